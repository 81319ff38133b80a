// SPDX-License-Identifier: GPL-2.0
/* Events into the guest by VM entries, and those that an exit interrupted */
#include <uapi/asm/debugreg.h>

#include "vmx.h"

/* The lower half of the interruption information means the same in all its fields. */
#define EVENT_BITS	(AXVM_X86_EVENT_VECTOR | AXVM_X86_EVENT_TYPE | AXVM_X86_EVENT_HAS_ERROR)

/* Of these the entry is to know how long the instruction is. */
static bool is_software(u32 info)
{
	return (info & AXVM_X86_EVENT_TYPE) >= AXVM_X86_EVENT_SOFTWARE;
}

static void write_event(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_event *event = &vcpu->arch.event;

	if (event->info & AXVM_X86_EVENT_HAS_ERROR)
		vmcs_write(VM_ENTRY_EXCEPTION_ERROR_CODE, event->error);
	if (is_software(event->info))
		vmcs_write(VM_ENTRY_INSTRUCTION_LEN, event->length);
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD, event->info);
	event->info = 0;
	vcpu->arch.attention &= ~AXVM_X86_ATTENTION_EVENT;
}

static void write_windows(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	u32 windows = vcpu->arch.windows;

	vmx->windows = windows;
	vmx->primary &= ~(CPU_BASED_INTR_WINDOW_EXITING | CPU_BASED_NMI_WINDOW_EXITING);
	if (windows & AXVM_X86_WINDOW_IRQ)
		vmx->primary |= CPU_BASED_INTR_WINDOW_EXITING;
	if (windows & AXVM_X86_WINDOW_NMI)
		vmx->primary |= CPU_BASED_NMI_WINDOW_EXITING;
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, vmx->primary);
}

/*
 * A single step that STI or MOV SS holds back is pending, or the entry fails: the processor
 * says so itself at exits, but not of a #DB that it gave to us instead.
 */
static void keep_step_pending(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	axvm_x86_need(vcpu, AXVM_X86_RFLAGS_PART | AXVM_X86_DR_PART);
	if (!(state->rflags & X86_EFLAGS_TF) || (state->debugctl & DEBUGCTLMSR_BTF))
		return;
	state->debug_pending |= DR_STEP;
	axvm_x86_changed(vcpu, AXVM_X86_DR_PART);
}

void axvm_vmx_inject(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;

	if (arch->event.info) {
		axvm_x86_need(vcpu, AXVM_X86_SHADOW_PART);
		if (unlikely(arch->state.shadow))
			keep_step_pending(vcpu);
		/* It looks at what is to be injected. */
		if (arch->dirty & AXVM_X86_SHADOW_PART)
			axvm_vmx_write_shadow(vcpu);
		write_event(vcpu);
	}
	if (arch->windows != arch->vmx->windows)
		write_windows(vcpu);
}

void axvm_vmx_take_back(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_event *event = &vcpu->arch.event;
	u32 info = vmcs_read(VM_ENTRY_INTR_INFO_FIELD);

	if (!(info & INTR_INFO_VALID_MASK))
		return;
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD, 0);
	event->info = info;
	event->error = vmcs_read(VM_ENTRY_EXCEPTION_ERROR_CODE);
	event->length = vmcs_read(VM_ENTRY_INSTRUCTION_LEN);
	vcpu->arch.attention |= AXVM_X86_ATTENTION_EVENT;
}

void axvm_vmx_block_nmis(void)
{
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
		   vmcs_read(GUEST_INTERRUPTIBILITY_INFO) | GUEST_INTR_STATE_NMI);
}

static void unblock_nmis(void)
{
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
		   vmcs_read(GUEST_INTERRUPTIBILITY_INFO) & ~(u64)GUEST_INTR_STATE_NMI);
}

void axvm_vmx_interrupted_delivery(struct axvm_vcpu *vcpu)
{
	u32 info = vmcs_read(IDT_VECTORING_INFO_FIELD);
	u32 error = 0, length = 0;

	if (likely(!(info & VECTORING_INFO_VALID_MASK)))
		return;
	if (info & VECTORING_INFO_DELIVER_CODE_MASK)
		error = vmcs_read(IDT_VECTORING_ERROR_CODE);
	if (is_software(info))
		length = vmcs_read(VM_EXIT_INSTRUCTION_LEN);
	/* Its delivery is what blocks them, and it is delivered once more. */
	if ((info & VECTORING_INFO_TYPE_MASK) == INTR_TYPE_NMI_INTR)
		unblock_nmis();
	axvm_x86_interrupted_event(vcpu, info & EVENT_BITS, error, length);
}
