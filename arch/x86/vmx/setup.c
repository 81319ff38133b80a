// SPDX-License-Identifier: GPL-2.0
/* What a VMCS holds from the start: controls, and the host's state to come back to */
#include <linux/smp.h>
#include <asm/cpu_entry_area.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/segment.h>
#include <asm/special_insns.h>

#include "vmx.h"

/* Loading a vector of MSRs at each entry and exit costs more than what is done instead. */
static void setup_no_lists(void)
{
	vmcs_write(VM_EXIT_MSR_STORE_COUNT, 0);
	vmcs_write(VM_EXIT_MSR_LOAD_COUNT, 0);
	vmcs_write(VM_ENTRY_MSR_LOAD_COUNT, 0);
	vmcs_write(CR3_TARGET_COUNT, 0);
}

/*
 * Of exceptions the guest's own business is its own, but for three. A machine check is the
 * host's. #AC and #DB can come again and again while they are being delivered (to a
 * misaligned stack, by a breakpoint on it), a loop in microcode that no interrupt ends:
 * as exits they are delivered one at a time.
 */
static u32 exception_bitmap(const struct axvm_vm *vm)
{
	u32 bitmap = BIT(X86_TRAP_MC) | BIT(X86_TRAP_DB) | BIT(X86_TRAP_AC);

	if (vm->exits & AXVM_EXITS_DEBUG)
		bitmap |= BIT(X86_TRAP_BP);
	return bitmap;
}

static u32 secondary_controls(const struct axvm_vcpu *vcpu)
{
	const struct axvm_vm *vm = vcpu->vm;
	u32 secondary = axvm_vmx.secondary;

	if (axvm_vmx_of(vcpu)->vpid)
		secondary |= SECONDARY_EXEC_ENABLE_VPID;
	/* Without the control the instruction is #UD, as for a guest that has not the feature. */
	if (axvm_vmx.rdtscp && vm->arch.guest.rdtscp)
		secondary |= SECONDARY_EXEC_ENABLE_RDTSCP;
	if (axvm_vmx.xsaves && axvm_x86_cpuid_has(vm, 0xd, 1, 0, 3))
		secondary |= SECONDARY_XSAVES;
	if (!axvm_x86_cpuid_has(vm, 7, 0, 1, 10))
		secondary &= ~SECONDARY_EXEC_ENABLE_INVPCID;
	if (vm->arch.tsc_ratio)
		secondary |= SECONDARY_EXEC_TSC_SCALING;
	return secondary;
}

static void setup_controls(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	vmx->pin = axvm_vmx.pin;
	vmx->primary = axvm_vmx.primary;
	vmx->secondary = secondary_controls(vcpu);
	vmx->entry = axvm_vmx.entry;
	vmx->exception_bitmap = exception_bitmap(vcpu->vm);
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, vmx->pin);
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, vmx->primary);
	vmcs_write(SECONDARY_VM_EXEC_CONTROL, vmx->secondary);
	vmcs_write(VM_EXIT_CONTROLS, axvm_vmx.exit);
	vmcs_write(VM_ENTRY_CONTROLS, vmx->entry);
	vmcs_write(EXCEPTION_BITMAP, vmx->exception_bitmap);
	vmcs_write(PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmcs_write(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD, 0);
	if (vmx->secondary & SECONDARY_XSAVES)
		vmcs_write(XSS_EXIT_BITMAP, 0);
	if (vmx->secondary & SECONDARY_EXEC_ENCLS_EXITING)
		vmcs_write(ENCLS_EXITING_BITMAP, U64_MAX);
}

static void setup_tables(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	vmcs_write(EPT_POINTER, vcpu->vm->arch.root);
	vmcs_write(MSR_BITMAP, axvm_vmx_bitmap(false));
	if (vmx->vpid)
		vmcs_write(VIRTUAL_PROCESSOR_ID, vmx->vpid);
	if (axvm_vmx.tpr_shadow) {
		vmcs_write(VIRTUAL_APIC_PAGE_ADDR, __pa(vcpu->arch.apic.regs));
		vmcs_write(TPR_THRESHOLD, 0);
	}
	axvm_vmx_pml_setup(vmx);
	if (vmx->secondary & SECONDARY_EXEC_TSC_SCALING)
		vmcs_write(TSC_MULTIPLIER, vcpu->vm->arch.tsc_ratio);
}

/*
 * CR0's bits that the guest does not own read as the shadow says, and exit when written
 * otherwise. Of CR4 it owns what has no consequence for us; what it must not set is not
 * among that.
 */
#define CR4_OWNED	(X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE | X86_CR4_PGE |	\
			 X86_CR4_PCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT | X86_CR4_UMIP |	\
			 X86_CR4_FSGSBASE | X86_CR4_SMEP | X86_CR4_SMAP)

static void setup_masks(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	vmx->cr4_owned = CR4_OWNED & vcpu->vm->arch.guest.cr4;
	vmcs_write(CR0_GUEST_HOST_MASK, ~(u64)AXVM_VMX_CR0_OWNED);
	vmcs_write(CR4_GUEST_HOST_MASK, ~vmx->cr4_owned);
}

static void setup_guest(void)
{
	vmcs_write(VMCS_LINK_POINTER, U64_MAX);
	vmcs_write(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
}

static void setup_host(void)
{
	u64 value;

	vmcs_write(HOST_CR0, read_cr0());
	vmcs_write(HOST_CS_SELECTOR, __KERNEL_CS);
	vmcs_write(HOST_SS_SELECTOR, __KERNEL_DS);
	vmcs_write(HOST_DS_SELECTOR, 0);
	vmcs_write(HOST_ES_SELECTOR, 0);
	vmcs_write(HOST_FS_SELECTOR, 0);
	vmcs_write(HOST_GS_SELECTOR, 0);
	vmcs_write(HOST_TR_SELECTOR, GDT_ENTRY_TSS * 8);
	vmcs_write(HOST_RIP, (unsigned long)axvm_vmx_exited);
	rdmsrl(MSR_IA32_CR_PAT, value);
	vmcs_write(HOST_IA32_PAT, value);
	rdmsrl(MSR_EFER, value);
	vmcs_write(HOST_IA32_EFER, value);
	rdmsrl(MSR_IA32_SYSENTER_CS, value);
	vmcs_write(HOST_IA32_SYSENTER_CS, value);
	rdmsrl(MSR_IA32_SYSENTER_EIP, value);
	vmcs_write(HOST_IA32_SYSENTER_EIP, value);
}

void axvm_vmx_setup_cpu(int cpu)
{
	const struct axvm_vmx_cpu *here = this_cpu_ptr(&axvm_vmx_cpu);
	u64 value;

	vmcs_write(HOST_TR_BASE, (unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss);
	vmcs_write(HOST_GDTR_BASE, here->gdt.address);
	vmcs_write(HOST_IDTR_BASE, here->idt.address);
	rdmsrl(MSR_GS_BASE, value);
	vmcs_write(HOST_GS_BASE, value);
	rdmsrl(MSR_IA32_SYSENTER_ESP, value);
	vmcs_write(HOST_IA32_SYSENTER_ESP, value);
}

void axvm_vmx_setup(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	setup_controls(vcpu);
	setup_no_lists();
	setup_tables(vcpu);
	setup_masks(vcpu);
	setup_guest();
	setup_host();
	/* What is compared with these is to be written the first time. */
	vmx->frame.host_rsp = 0;
	vmx->host_cr3 = 0;
	vmx->host_cr4 = 0;
	vmx->host_fs_base = 0;
	vmcs_write(HOST_FS_BASE, 0);
	axvm_vmx_write_tsc_offset(vcpu);
	if (axvm_vmx.longest_run)
		axvm_vmx_set_timer(vcpu);
	vmx->ready = true;
}
