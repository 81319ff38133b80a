// SPDX-License-Identifier: GPL-2.0
/*
 * Exits by their reason: first with interrupts off, the rest with interrupts on
 *
 * Those that come often are compared with first; the others go by a table. There is an
 * entry for each reason that the SDM has: what was never asked for makes the VMM hear
 * of it by name.
 */
#include <linux/context_tracking.h>
#include <linux/kernel.h>
#include <linux/nospec.h>

#include "vmx.h"

/* ---- what handlers need nearly always ---- */

/* To go past the instruction; each by itself, through the backend, would cost more. */
static __always_inline void read_for_skip(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;
	u32 info = vmcs_read(GUEST_INTERRUPTIBILITY_INFO);

	arch->state.rip = vmcs_read(GUEST_RIP);
	arch->state.rflags = vmcs_read(GUEST_RFLAGS);
	arch->state.shadow = info & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);
	arch->nmi_blocked = info & GUEST_INTR_STATE_NMI;
	arch->valid |= AXVM_X86_RIP_PART | AXVM_X86_RFLAGS_PART | AXVM_X86_SHADOW_PART;
}

unsigned int axvm_vmx_insn_length(struct axvm_vcpu *vcpu)
{
	unsigned int length;

	/* Only exits that are for an instruction tell. */
	if (axvm_vmx_of(vcpu)->reason == EXIT_REASON_EPT_VIOLATION)
		return 0;
	axvm_vmx_hold(vcpu);
	length = vmcs_read(VM_EXIT_INSTRUCTION_LEN);
	preempt_enable();
	return length;
}

/* ---- instructions ---- */

static enum axvm_next undefined(struct axvm_vcpu *vcpu)
{
	return axvm_x86_ud(vcpu);
}

static enum axvm_next refuse(struct axvm_vcpu *vcpu)
{
	return axvm_x86_gp(vcpu);
}

/* Caches are the host's business: guest memory is coherent. */
static enum axvm_next skip(struct axvm_vcpu *vcpu)
{
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

static enum axvm_next later(struct axvm_vcpu *vcpu)
{
	return AXVM_NEXT_HANDLE;
}

static enum axvm_next handle_cpuid(struct axvm_vcpu *vcpu)
{
	return axvm_x86_handle_cpuid(vcpu);
}

/*
 * For what has changed something that is put in place before a first entry only: XCR0, its
 * use, breakpoints.
 */
static enum axvm_next first_entry_again(enum axvm_next next)
{
	return next == AXVM_NEXT_ENTER ? AXVM_NEXT_LOOP : next;
}

/* The guest's XCR0 is taken from the register for the last time before it changes. */
static enum axvm_next xsetbv(struct axvm_vcpu *vcpu)
{
	axvm_x86_fpu_leave(vcpu);
	return first_entry_again(axvm_x86_handle_xsetbv(vcpu));
}

static enum axvm_next read_msr(struct axvm_vcpu *vcpu)
{
	return axvm_x86_handle_msr(vcpu, false, true);
}

static enum axvm_next write_msr(struct axvm_vcpu *vcpu)
{
	return axvm_x86_handle_msr(vcpu, true, true);
}

/* Exit qualification of control-register accesses. */
#define CR_NUMBER	GENMASK(3, 0)
#define CR_TYPE		GENMASK(5, 4)
#define CR_TO		0x00
#define CR_FROM		0x10
#define CR_CLTS		0x20
#define CR_R(q)		(((q) >> 8) & 15)
#define CR_SOURCE(q)	((u16)((q) >> 16))

/* OSXSAVE and PKE decide whether the guest has an XCR0 and a PKRU of its own. */
static enum axvm_next mov_to_cr4(struct axvm_vcpu *vcpu, unsigned int r)
{
	axvm_x86_fpu_leave(vcpu);
	return first_entry_again(axvm_x86_handle_mov_to_cr(vcpu, 4, r));
}

static enum axvm_next control_register(struct axvm_vcpu *vcpu)
{
	u32 access = vmcs_read(EXIT_QUALIFICATION);

	switch (access & CR_TYPE) {
	case CR_TO:
		if ((access & CR_NUMBER) == 4)
			return mov_to_cr4(vcpu, CR_R(access));
		return axvm_x86_handle_mov_to_cr(vcpu, access & CR_NUMBER, CR_R(access));
	case CR_FROM:
		return axvm_x86_handle_mov_from_cr(vcpu, access & CR_NUMBER, CR_R(access));
	case CR_CLTS:
		return axvm_x86_handle_clts(vcpu);
	default:
		return axvm_x86_handle_lmsw(vcpu, CR_SOURCE(access));
	}
}

/* Exit qualification of MOV DR. */
#define DR_NUMBER	GENMASK(2, 0)
#define DR_FROM		BIT(4)

static enum axvm_next debug_register(struct axvm_vcpu *vcpu)
{
	u32 access = vmcs_read(EXIT_QUALIFICATION);
	enum axvm_next next;

	next = axvm_x86_handle_mov_dr(vcpu, access & DR_NUMBER, CR_R(access), !(access & DR_FROM));
	return access & DR_FROM ? next : first_entry_again(next);
}

/* Exit qualification of I/O instructions. */
#define IO_SIZE		GENMASK(2, 0)
#define IO_IN		BIT(3)
#define IO_STRING	BIT(4)

static __always_inline struct axvm_x86_port_access port_access(u64 qualification)
{
	return (struct axvm_x86_port_access){
		.port = qualification >> 16,
		.width = (qualification & IO_SIZE) + 1,
		.write = !(qualification & IO_IN),
		.string = qualification & IO_STRING,
	};
}

static noinline enum axvm_next port(struct axvm_vcpu *vcpu)
{
	u64 qualification = vmcs_read(EXIT_QUALIFICATION);
	struct axvm_x86_port_access access = port_access(qualification);

	read_for_skip(vcpu);
	axvm_vmx_of(vcpu)->qualification = qualification;
	if (unlikely(access.string))
		return AXVM_NEXT_HANDLE;
	return axvm_x86_handle_port(vcpu, &access, true);
}

/* ---- memory ---- */

static __always_inline void describe_fault(const struct axvm_vmx_vcpu *vmx,
					   struct axvm_fault_info *fault)
{
	u64 q = vmx->qualification;

	fault->gpa = vmx->gpa;
	fault->gva = vmx->gva;
	fault->access = q & EPT_VIOLATION_ACC_WRITE ? AXVM_MEM_WRITE :
			q & EPT_VIOLATION_ACC_INSTR ? AXVM_MEM_EXEC : AXVM_MEM_READ;
	fault->flags = 0;
	if (q & EPT_VIOLATION_GVA_IS_VALID) {
		fault->flags = AXVM_FAULT_GVA;
		if (!(q & EPT_VIOLATION_GVA_TRANSLATED))
			fault->flags |= AXVM_FAULT_TABLE_WALK;
	}
}

static noinline enum axvm_next ept_violation(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	struct axvm_fault_info fault;

	vmx->qualification = vmcs_read(EXIT_QUALIFICATION);
	vmx->gpa = vmcs_read(GUEST_PHYSICAL_ADDRESS);
	vmx->gva = vmcs_read(GUEST_LINEAR_ADDRESS);
	axvm_vmx_do_again(vcpu, vmx->qualification);
	describe_fault(vmx, &fault);
	return axvm_x86_quick_mmio(vcpu, &fault);
}

static enum axvm_next pml_full(struct axvm_vcpu *vcpu)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_DIRTY_LOG_FULL);
	axvm_vmx_do_again(vcpu, vmcs_read(EXIT_QUALIFICATION));
	axvm_vmx_pml_empty(vcpu);
	return AXVM_NEXT_ENTER;
}

static enum axvm_next ept_misconfiguration(struct axvm_vcpu *vcpu)
{
	return axvm_exit_fail_entry(vcpu, EXIT_REASON_EPT_MISCONFIG,
				    vmcs_read(GUEST_PHYSICAL_ADDRESS), "EPT misconfiguration");
}

/* ---- interrupts ---- */

static enum axvm_next interrupt_window(struct axvm_vcpu *vcpu)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_WINDOW);
	vcpu->arch.windows &= ~AXVM_X86_WINDOW_IRQ;
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
	return AXVM_NEXT_ENTER;
}

static enum axvm_next nmi_window(struct axvm_vcpu *vcpu)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_WINDOW);
	vcpu->arch.windows &= ~AXVM_X86_WINDOW_NMI;
	vcpu->arch.attention |= AXVM_X86_ATTENTION_NMI;
	return AXVM_NEXT_ENTER;
}

static enum axvm_next tpr_below_threshold(struct axvm_vcpu *vcpu)
{
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
	return AXVM_NEXT_ENTER;
}

/* It may be the only way for the host's interrupts, and then counts as one of them. */
static enum axvm_next let_host_in(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	vmx->reason = EXIT_REASON_EXTERNAL_INTERRUPT;
	vmx->interrupt = 0;
	return AXVM_NEXT_LOOP;
}

static enum axvm_next preemption_timer(struct axvm_vcpu *vcpu)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_PREEMPTION_TIMER);
	axvm_x86_apic_timer_fired(vcpu);
	return unlikely(axvm_vmx.longest_run) ? let_host_in(vcpu) : AXVM_NEXT_ENTER;
}

static enum axvm_next eoi(struct axvm_vcpu *vcpu)
{
	return axvm_x86_apic_eoi(vcpu, vmcs_read(EXIT_QUALIFICATION) & 0xff);
}

static enum axvm_next apic_write(struct axvm_vcpu *vcpu)
{
	return axvm_x86_apic_after_write(vcpu, vmcs_read(EXIT_QUALIFICATION) & 0xff0);
}

/* ---- what goes to the VMM ---- */

/* Through a task gate or to a TSS of the guest's. Nobody's code has such any more. */
static enum axvm_next task_switch(struct axvm_vcpu *vcpu)
{
	struct axvm_exit_undecoded *undecoded = &vcpu->exit->undecoded;

	axvm_exit_prepare(vcpu, AXVM_EXIT_UNDECODED, 0);
	undecoded->syndrome = vmcs_read(EXIT_QUALIFICATION) | (u64)EXIT_REASON_TASK_SWITCH << 32;
	undecoded->access = AXVM_MEM_EXEC;
	vcpu->pending.reason = AXVM_EXIT_UNDECODED;
	vcpu->pending.length = 0;
	return AXVM_NEXT_EXIT;
}

static enum axvm_next machine_check(struct axvm_vcpu *vcpu)
{
	axvm_x86_machine_check();
	return AXVM_NEXT_LOOP;
}

static enum axvm_next unexpected(struct axvm_vcpu *vcpu)
{
	return axvm_exit_fail_entry(vcpu, axvm_vmx_of(vcpu)->reason, vmcs_read(EXIT_QUALIFICATION),
				    "VM exit that was not asked for");
}

static enum axvm_next init_signal(struct axvm_vcpu *vcpu)
{
	return axvm_exit_fail_entry(vcpu, EXIT_REASON_INIT_SIGNAL, 0, "INIT signal to the host");
}

static enum axvm_next sipi_signal(struct axvm_vcpu *vcpu)
{
	return axvm_exit_fail_entry(vcpu, EXIT_REASON_SIPI_SIGNAL, 0, "start-up IPI to the host");
}

static enum axvm_next again(struct axvm_vcpu *vcpu)
{
	return AXVM_NEXT_LOOP;
}

typedef enum axvm_next (*handler)(struct axvm_vcpu *vcpu);

/* Interrupts off. Reasons that are missing are those that no processor has. */
static const handler quick_handlers[] = {
	[EXIT_REASON_EXCEPTION_NMI]		= axvm_vmx_exit_exception,
	[EXIT_REASON_EXTERNAL_INTERRUPT]	= axvm_vmx_exit_interrupt,
	[EXIT_REASON_TRIPLE_FAULT]		= axvm_x86_handle_triple_fault,
	[EXIT_REASON_INIT_SIGNAL]		= init_signal,
	[EXIT_REASON_SIPI_SIGNAL]		= sipi_signal,
	[EXIT_REASON_INTERRUPT_WINDOW]		= interrupt_window,
	[EXIT_REASON_NMI_WINDOW]		= nmi_window,
	[EXIT_REASON_TASK_SWITCH]		= task_switch,
	[EXIT_REASON_CPUID]			= handle_cpuid,
	[EXIT_REASON_GETSEC]			= undefined,
	[EXIT_REASON_HLT]			= later,
	[EXIT_REASON_INVD]			= skip,
	[EXIT_REASON_INVLPG]			= unexpected,
	[EXIT_REASON_RDPMC]			= refuse,
	[EXIT_REASON_RDTSC]			= unexpected,
	[EXIT_REASON_RSM]			= undefined,
	[EXIT_REASON_VMCALL]			= later,
	[EXIT_REASON_VMCLEAR]			= undefined,
	[EXIT_REASON_VMLAUNCH]			= undefined,
	[EXIT_REASON_VMPTRLD]			= undefined,
	[EXIT_REASON_VMPTRST]			= undefined,
	[EXIT_REASON_VMREAD]			= undefined,
	[EXIT_REASON_VMRESUME]			= undefined,
	[EXIT_REASON_VMWRITE]			= undefined,
	[EXIT_REASON_VMOFF]			= undefined,
	[EXIT_REASON_VMON]			= undefined,
	[EXIT_REASON_CR_ACCESS]			= control_register,
	[EXIT_REASON_DR_ACCESS]			= debug_register,
	[EXIT_REASON_IO_INSTRUCTION]		= port,
	[EXIT_REASON_MSR_READ]			= read_msr,
	[EXIT_REASON_MSR_WRITE]			= write_msr,
	[EXIT_REASON_MWAIT_INSTRUCTION]		= undefined,
	[EXIT_REASON_MONITOR_TRAP_FLAG]		= unexpected,
	[EXIT_REASON_MONITOR_INSTRUCTION]	= undefined,
	[EXIT_REASON_PAUSE_INSTRUCTION]		= skip,
	[EXIT_REASON_MCE_DURING_VMENTRY]	= machine_check,
	[EXIT_REASON_TPR_BELOW_THRESHOLD]	= tpr_below_threshold,
	[EXIT_REASON_APIC_ACCESS]		= unexpected,
	[EXIT_REASON_EOI_INDUCED]		= eoi,
	[EXIT_REASON_GDTR_IDTR]			= unexpected,
	[EXIT_REASON_LDTR_TR]			= unexpected,
	[EXIT_REASON_EPT_VIOLATION]		= ept_violation,
	[EXIT_REASON_EPT_MISCONFIG]		= ept_misconfiguration,
	[EXIT_REASON_INVEPT]			= undefined,
	[EXIT_REASON_RDTSCP]			= undefined,
	[EXIT_REASON_PREEMPTION_TIMER]		= preemption_timer,
	[EXIT_REASON_INVVPID]			= undefined,
	[EXIT_REASON_WBINVD]			= skip,
	[EXIT_REASON_XSETBV]			= xsetbv,
	[EXIT_REASON_APIC_WRITE]		= apic_write,
	[EXIT_REASON_RDRAND]			= unexpected,
	[EXIT_REASON_INVPCID]			= undefined,
	[EXIT_REASON_VMFUNC]			= undefined,
	[EXIT_REASON_ENCLS]			= undefined,
	[EXIT_REASON_RDSEED]			= unexpected,
	[EXIT_REASON_PML_FULL]			= pml_full,
	[EXIT_REASON_XSAVES]			= unexpected,
	[EXIT_REASON_XRSTORS]			= unexpected,
	[EXIT_REASON_PCONFIG]			= undefined,
	[EXIT_REASON_SPP]			= unexpected,
	[EXIT_REASON_UMWAIT]			= undefined,
	[EXIT_REASON_TPAUSE]			= undefined,
	[EXIT_REASON_LOADIWKEY]			= undefined,
	[EXIT_REASON_ENCLV]			= undefined,
	[EXIT_REASON_BUS_LOCK]			= again,
	[EXIT_REASON_NOTIFY]			= again,
};

static noinline enum axvm_next rare_exit(struct axvm_vcpu *vcpu, u32 reason)
{
	u32 basic = reason & 0xffff;

	if (reason & EXIT_REASON_FAILED_ENTRY)
		return axvm_vmx_entry_failed(vcpu, 0);
	if (basic >= ARRAY_SIZE(quick_handlers))
		return unexpected(vcpu);
	basic = array_index_nospec(basic, ARRAY_SIZE(quick_handlers));
	return quick_handlers[basic] ? quick_handlers[basic](vcpu) : unexpected(vcpu);
}

/* The ones that come often, each with what it is going to need. */
static __always_inline enum axvm_next dispatch(struct axvm_vcpu *vcpu)
{
	u32 reason = vmcs_read(VM_EXIT_REASON);

	axvm_vmx_of(vcpu)->reason = reason;
	if (reason == EXIT_REASON_MSR_WRITE) {
		read_for_skip(vcpu);
		return axvm_x86_handle_msr(vcpu, true, true);
	}
	if (reason == EXIT_REASON_EPT_VIOLATION)
		return ept_violation(vcpu);
	if (reason == EXIT_REASON_EXTERNAL_INTERRUPT)
		return axvm_vmx_exit_interrupt(vcpu);
	if (reason == EXIT_REASON_CPUID) {
		read_for_skip(vcpu);
		return axvm_x86_handle_cpuid(vcpu);
	}
	if (reason == EXIT_REASON_IO_INSTRUCTION)
		return port(vcpu);
	if (reason == EXIT_REASON_HLT)
		return AXVM_NEXT_HANDLE;
	return rare_exit(vcpu, reason);
}

static __always_inline enum axvm_next exit_irqs_off(struct axvm_vcpu *vcpu)
{
	enum axvm_next next;

	vcpu->arch.state.cr2 = native_read_cr2();
	vcpu->arch.valid &= AXVM_VMX_KEPT_PARTS;
	next = dispatch(vcpu);
	if (next != AXVM_NEXT_ENTER)
		return next;
	if (static_branch_unlikely(&axvm_vmx_flushes_l1d_always))
		axvm_vmx_flush_l1d();
	return axvm_vmx_before_entry(vcpu);
}

/* With a tickless CPU, RCU is told of every world switch: handlers may use RCU. */
static noinline enum axvm_next exit_tracked(struct axvm_vcpu *vcpu)
{
	enum axvm_next next;

	context_tracking_guest_exit();
	next = exit_irqs_off(vcpu);
	if (next == AXVM_NEXT_ENTER)
		context_tracking_guest_enter();
	return next;
}

static struct axvm_vcpu *vcpu_of(struct axvm_x86_switch *sw)
{
	return container_of(sw, struct axvm_vcpu, arch.sw);
}

unsigned int axvm_vmx_exit(struct axvm_x86_switch *sw)
{
	if (context_tracking_enabled())
		return exit_tracked(vcpu_of(sw));
	return exit_irqs_off(vcpu_of(sw));
}

unsigned int axvm_vmx_not_entered(struct axvm_x86_switch *sw)
{
	context_tracking_guest_exit();
	return axvm_vmx_entry_failed(vcpu_of(sw), vmcs_read(VM_INSTRUCTION_ERROR));
}

/* ---- interrupts on ---- */

static enum axvm_next handle_port(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_port_access access = port_access(axvm_vmx_of(vcpu)->qualification);

	return axvm_x86_handle_port(vcpu, &access, false);
}

static enum axvm_next handle_fault(struct axvm_vcpu *vcpu)
{
	struct axvm_fault_info fault;

	describe_fault(axvm_vmx_of(vcpu), &fault);
	return axvm_x86_handle_fault(vcpu, &fault);
}

static enum axvm_next handle(struct axvm_vcpu *vcpu)
{
	u32 reason = axvm_vmx_of(vcpu)->reason;

	switch (reason) {
	case EXIT_REASON_EPT_VIOLATION:
		return handle_fault(vcpu);
	case EXIT_REASON_HLT:
		return axvm_x86_handle_hlt(vcpu);
	case EXIT_REASON_IO_INSTRUCTION:
		return handle_port(vcpu);
	case EXIT_REASON_MSR_READ:
	case EXIT_REASON_MSR_WRITE:
		return axvm_x86_handle_msr(vcpu, reason == EXIT_REASON_MSR_WRITE, false);
	case EXIT_REASON_VMCALL:
		return axvm_x86_handle_hypercall(vcpu);
	case AXVM_VMX_REASON_PDPTES:
		return axvm_vmx_load_pdptes(vcpu, false);
	default:
		return axvm_exit_fail_entry(vcpu, reason, 0, "VM exit that nobody handles");
	}
}

enum axvm_next axvm_vmx_handle(struct axvm_vcpu *vcpu)
{
	enum axvm_next next = handle(vcpu);

	return next == AXVM_NEXT_ENTER ? AXVM_NEXT_LOOP : next;
}

s64 axvm_vmx_interrupted(struct axvm_vcpu *vcpu)
{
	const struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	return vmx->reason == EXIT_REASON_EXTERNAL_INTERRUPT ? (s64)vmx->interrupt : -1;
}
