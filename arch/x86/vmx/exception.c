// SPDX-License-Identifier: GPL-2.0
/* Exits by exceptions of the guest's, and by NMIs, machine checks and interrupts of the host's */
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/idtentry.h>
#include <asm/traps.h>
#include <uapi/asm/debugreg.h>
#ifdef CONFIG_X86_FRED
#include <asm/fred.h>
#endif

#include "vmx.h"

/* ---- the host's ---- */

/*
 * NMIs are blocked, as they are for the kernel's handler, whose IRET ends that. It is the
 * entry that works on the present stack, made for the purpose.
 */
static void host_nmi(void)
{
#ifdef CONFIG_X86_FRED
	if (cpu_feature_enabled(X86_FEATURE_FRED)) {
		fred_entry_from_kvm(EVENT_TYPE_NMI, NMI_VECTOR);
		return;
	}
#endif
#ifdef AXVM_HAVE_NMI_KVM_VMX
	axvm_vmx_call_gate((unsigned long)asm_exc_nmi_kvm_vmx);
#else
	axvm_vmx_call_gate((unsigned long)asm_exc_nmi_noist);
#endif
}

/*
 * With posted interrupts the processor acknowledges interrupts at exits, and it is for us to
 * call the handler; without, enabling interrupts takes it.
 */
enum axvm_next axvm_vmx_exit_interrupt(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	const gate_desc *gate;

	vmx->interrupt = 0;
	if (!axvm_vmx.posted)
		return AXVM_NEXT_LOOP;
	vmx->interrupt = vmcs_read(VM_EXIT_INTR_INFO) & INTR_INFO_VECTOR_MASK;
#ifdef CONFIG_X86_FRED
	if (cpu_feature_enabled(X86_FEATURE_FRED)) {
		fred_entry_from_kvm(EVENT_TYPE_EXTINT, vmx->interrupt);
		return AXVM_NEXT_LOOP;
	}
#endif
	gate = (const gate_desc *)this_cpu_read(axvm_vmx_cpu.idt.address) + vmx->interrupt;
	axvm_vmx_call_gate(gate_offset(gate));
	return AXVM_NEXT_LOOP;
}

/* ---- the guest's ---- */

#define DR6_CAUSES	(DR_TRAP0 | DR_TRAP1 | DR_TRAP2 | DR_TRAP3)
#define DR6_OTHERS	(DR_STEP | BIT(13))
#define DR6_BD		BIT(13)
#define DR7_GD		BIT(13)

/*
 * The exit left DR6 and DR7 as they were: what the exception would have done to them is
 * done here. DR6 collects causes but for the breakpoints', which are this exception's.
 */
static void update_debug_registers(struct axvm_vcpu *vcpu, u64 cause)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	state->dr6 &= ~(u64)DR6_CAUSES;
	state->dr6 |= cause & (DR6_CAUSES | DR6_OTHERS);
	axvm_x86_need(vcpu, AXVM_X86_DR_PART);
	if (cause & DR6_BD)
		state->dr7 &= ~(u64)DR7_GD;
	/* It is not pending any more: it is delivered. */
	state->debug_pending = 0;
	axvm_x86_changed(vcpu, AXVM_X86_DR_PART);
}

static enum axvm_next debug(struct axvm_vcpu *vcpu, u32 info)
{
	/* INT1: no cause in DR6, and an instruction to go past. */
	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_PRIV_SW_EXCEPTION) {
		axvm_x86_interrupted_event(vcpu, INTR_TYPE_PRIV_SW_EXCEPTION | X86_TRAP_DB, 0,
					   vmcs_read(VM_EXIT_INSTRUCTION_LEN));
		return AXVM_NEXT_ENTER;
	}
	update_debug_registers(vcpu, vmcs_read(EXIT_QUALIFICATION));
	return axvm_x86_exception(vcpu, X86_TRAP_DB);
}

static enum axvm_next breakpoint(struct axvm_vcpu *vcpu)
{
	axvm_exit_prepare(vcpu, AXVM_EXIT_DEBUG, 0);
	vcpu->exit->debug.pc = axvm_x86_rip(vcpu);
	vcpu->exit->debug.cause = X86_TRAP_BP;
	return AXVM_NEXT_EXIT;
}

static enum axvm_next guest_exception(struct axvm_vcpu *vcpu, u32 info)
{
	unsigned int vector = info & INTR_INFO_VECTOR_MASK;

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_EXCEPTION);
	axvm_vmx_do_again(vcpu, info);
	if (vector == X86_TRAP_DB)
		return debug(vcpu, info);
	if (vector == X86_TRAP_BP)
		return breakpoint(vcpu);
	if (info & INTR_INFO_DELIVER_CODE_MASK)
		return axvm_x86_exception_error(vcpu, vector, vmcs_read(VM_EXIT_INTR_ERROR_CODE));
	return axvm_x86_exception(vcpu, vector);
}

enum axvm_next axvm_vmx_exit_exception(struct axvm_vcpu *vcpu)
{
	u32 info = vmcs_read(VM_EXIT_INTR_INFO);

	if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR) {
		axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_NMI);
		host_nmi();
		return AXVM_NEXT_LOOP;
	}
	if ((info & INTR_INFO_VECTOR_MASK) == X86_TRAP_MC) {
		axvm_vmx_interrupted_delivery(vcpu);
		axvm_x86_machine_check();
		return AXVM_NEXT_LOOP;
	}
	return guest_exception(vcpu, info);
}
