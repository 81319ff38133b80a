// SPDX-License-Identifier: GPL-2.0
/* Events for the guest: exceptions, interrupts, NMIs, and what comes first */
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "axvm_x86_arch.h"

/* Classes of SDM volume 3, "Interrupt 8, Double Fault Exception". */
enum fault_class {
	BENIGN,
	CONTRIBUTORY,
	PAGE_FAULT,
	DOUBLE_FAULT,
};

static enum fault_class class_of(unsigned int vector)
{
	switch (vector) {
	case X86_TRAP_PF:
		return PAGE_FAULT;
	case X86_TRAP_DE:
	case X86_TRAP_TS:
	case X86_TRAP_NP:
	case X86_TRAP_SS:
	case X86_TRAP_GP:
		return CONTRIBUTORY;
	case X86_TRAP_DF:
		return DOUBLE_FAULT;
	default:
		return BENIGN;
	}
}

static bool makes_double_fault(enum fault_class first, enum fault_class second)
{
	return (first == CONTRIBUTORY && second == CONTRIBUTORY) ||
	       (first == PAGE_FAULT && (second == CONTRIBUTORY || second == PAGE_FAULT));
}

static bool has_exception(const struct axvm_vcpu *vcpu)
{
	u32 info = vcpu->arch.event.info;

	return (info & AXVM_X86_EVENT_VALID) &&
	       (info & AXVM_X86_EVENT_TYPE) == AXVM_X86_EVENT_EXCEPTION;
}

static void set_event(struct axvm_vcpu *vcpu, u32 info, u32 error, u32 length)
{
	vcpu->arch.event = (struct axvm_x86_event){
		.info = info | AXVM_X86_EVENT_VALID,
		.error = error,
		.length = length,
	};
	vcpu->arch.attention |= AXVM_X86_ATTENTION_EVENT;
}

/*
 * An exception on the way to another event's handler. After an interrupt or a benign
 * exception it simply takes that one's place: the processor handles them one after the
 * other, and the first had its turn.
 */
static enum axvm_next raise(struct axvm_vcpu *vcpu, u32 info, u32 error)
{
	enum fault_class first, second = class_of(info & AXVM_X86_EVENT_VECTOR);

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_INJECTED);
	if (has_exception(vcpu)) {
		first = class_of(vcpu->arch.event.info & AXVM_X86_EVENT_VECTOR);
		if (first == DOUBLE_FAULT && second != BENIGN)
			return axvm_x86_handle_triple_fault(vcpu);
		if (makes_double_fault(first, second)) {
			info = X86_TRAP_DF | AXVM_X86_EVENT_HAS_ERROR;
			error = 0;
		}
	}
	/* Real mode pushes no error codes. */
	axvm_x86_need(vcpu, AXVM_X86_CR0_PART);
	if (!(vcpu->arch.state.cr0 & X86_CR0_PE))
		info &= ~AXVM_X86_EVENT_HAS_ERROR;
	set_event(vcpu, info | AXVM_X86_EVENT_EXCEPTION, error, 0);
	return AXVM_NEXT_ENTER;
}

enum axvm_next axvm_x86_exception(struct axvm_vcpu *vcpu, unsigned int vector)
{
	return raise(vcpu, vector, 0);
}

enum axvm_next axvm_x86_exception_error(struct axvm_vcpu *vcpu, unsigned int vector, u32 error)
{
	return raise(vcpu, vector | AXVM_X86_EVENT_HAS_ERROR, error);
}

enum axvm_next axvm_x86_page_fault(struct axvm_vcpu *vcpu, u64 address, u32 error)
{
	vcpu->arch.state.cr2 = address;
	return axvm_x86_exception_error(vcpu, X86_TRAP_PF, error);
}

enum axvm_next axvm_x86_handle_triple_fault(struct axvm_vcpu *vcpu)
{
	vcpu->arch.event.info = 0;
	return axvm_exit_system(vcpu, AXVM_SYSTEM_TRIPLE_FAULT, 0);
}

void axvm_x86_interrupted_event(struct axvm_vcpu *vcpu, u32 info, u32 error, u32 length)
{
	set_event(vcpu, info, error, length);
}

void axvm_x86_acknowledged(struct axvm_vcpu *vcpu, u8 vector)
{
	set_event(vcpu, vector | AXVM_X86_EVENT_EXTERNAL, 0, 0);
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
}

void axvm_x86_raise_nmi(struct axvm_vcpu *vcpu)
{
	/* One that is handled and one that waits: more are lost, as on hardware. */
	atomic_add_unless(&vcpu->arch.nmi_pending, 1, 2);
	axvm_vcpu_request(vcpu, AXVM_REQUEST_IRQ);
}

/* MOV SS holds NMIs back, too; so does STI on some processors. */
static bool can_take_nmi(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_SHADOW_PART);
	return !vcpu->arch.event.info && !vcpu->arch.nmi_blocked && !vcpu->arch.state.shadow;
}

static void look_at_nmi(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;

	if (!atomic_read(&arch->nmi_pending)) {
		arch->attention &= ~AXVM_X86_ATTENTION_NMI;
		return;
	}
	if (!can_take_nmi(vcpu)) {
		arch->windows |= AXVM_X86_WINDOW_NMI;
		return;
	}
	if (!atomic_dec_return(&arch->nmi_pending))
		arch->attention &= ~AXVM_X86_ATTENTION_NMI;
	else
		arch->windows |= AXVM_X86_WINDOW_NMI;
	arch->nmi_blocked = true;
	set_event(vcpu, X86_TRAP_NMI | AXVM_X86_EVENT_NMI, 0, 0);
}

static bool can_take_irq(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_SHADOW_PART | AXVM_X86_RFLAGS_PART);
	return !vcpu->arch.event.info && !vcpu->arch.state.shadow &&
	       (vcpu->arch.state.rflags & X86_EFLAGS_IF);
}

/* Only the controller outside knows the vector: it answers at the next RUN. */
static enum axvm_next ask_for_vector(struct axvm_vcpu *vcpu)
{
	vcpu->pending.reason = AXVM_EXIT_INTERRUPT_ACK;
	vcpu->pending.length = 0;
	return axvm_exit_prepare(vcpu, AXVM_EXIT_INTERRUPT_ACK, AXVM_EXIT_WANTS_ANSWER);
}

/* Lower ones wait for an EOI or a new TPR, which look here again. */
static enum axvm_next look_at_irq(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;
	bool external = axvm_x86_apic_extint(vcpu);
	int vector = arch->apic.hardware ? -1 : axvm_x86_apic_pending(vcpu);

	if (arch->apic.hardware)
		axvm_x86_backend->apic_sync(vcpu);
	if (!external && vector < 0) {
		arch->attention &= ~AXVM_X86_ATTENTION_IRQ;
		return AXVM_NEXT_ENTER;
	}
	if (!can_take_irq(vcpu)) {
		arch->windows |= AXVM_X86_WINDOW_IRQ;
		return AXVM_NEXT_ENTER;
	}
	if (external)
		return ask_for_vector(vcpu);
	arch->attention &= ~AXVM_X86_ATTENTION_IRQ;
	axvm_x86_apic_accept(vcpu, vector);
	set_event(vcpu, vector | AXVM_X86_EVENT_EXTERNAL, 0, 0);
	return AXVM_NEXT_ENTER;
}

enum axvm_next axvm_x86_before_entry(struct axvm_vcpu *vcpu)
{
	vcpu->arch.windows = 0;
	if (vcpu->arch.attention & AXVM_X86_ATTENTION_NMI)
		look_at_nmi(vcpu);
	if (vcpu->arch.attention & AXVM_X86_ATTENTION_IRQ)
		return look_at_irq(vcpu);
	return AXVM_NEXT_ENTER;
}
