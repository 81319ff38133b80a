// SPDX-License-Identifier: GPL-2.0
/*
 * Events: injection, windows, NMIs, CR8
 *
 * Software interrupts and exceptions are not injected: at an exit in the middle of their
 * delivery RIP is still that of their instruction, and the guest executes it again.
 */
#include <linux/smp.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <trace/events/ipi.h>

#include "svm.h"

#define DR7_GD		BIT(13)

#define WINDOW_BITS	(SVM_V_IRQ | SVM_V_INTR_PRIO | SVM_V_IGN_TPR)

static void set_int_ctl(struct axvm_vcpu *vcpu, u32 bits, bool on)
{
	u32 *int_ctl = &axvm_svm_control(vcpu)->int_ctl;

	*int_ctl = on ? *int_ctl | bits : *int_ctl & ~bits;
	axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_TPR);
}

/* ---- NMIs: blocked until IRET ---- */

/* Others than this file may have changed it: a reset, the register ioctls. */
void axvm_svm_sync_nmi(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;
	bool blocked = vcpu->arch.nmi_blocked;

	if (likely(blocked == svm->nmi_known))
		return;
	svm->nmi_known = blocked;
	if (svm->watch & AXVM_SVM_WATCH_VNMI) {
		set_int_ctl(vcpu, SVM_V_NMI_MASK, blocked);
		return;
	}
	svm->watch &= ~AXVM_SVM_WATCH_IRET;
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_IRET, blocked);
}

/* It is about to be executed: NMIs are blocked until RIP is another. */
enum axvm_next axvm_svm_handle_iret(struct axvm_vcpu *vcpu, bool quick)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;

	axvm_svm_intercept(vcpu, SVM_INTERCEPT_IRET, false);
	svm->watch |= AXVM_SVM_WATCH_IRET;
	svm->iret_rip = vcpu->arch.state.rip;
	if (atomic_read(&vcpu->arch.nmi_pending))
		vcpu->arch.attention |= AXVM_X86_ATTENTION_NMI;
	return AXVM_NEXT_ENTER;
}

static void watch_iret(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;

	if (vcpu->arch.state.rip == svm->iret_rip)
		return;
	svm->watch &= ~AXVM_SVM_WATCH_IRET;
	svm->nmi_known = false;
	vcpu->arch.nmi_blocked = false;
	vcpu->arch.windows &= ~AXVM_X86_WINDOW_NMI;
	if (atomic_read(&vcpu->arch.nmi_pending))
		vcpu->arch.attention |= AXVM_X86_ATTENTION_NMI;
}

/* ---- one instruction: the IRET, or what holds an NMI back for as long ---- */

/* With RF, so that a breakpoint that the guest has dealt with is not hit again. */
static void start_step(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;

	svm->watch |= AXVM_SVM_WATCH_STEP;
	svm->step_rflags = vcpu->arch.state.rflags;
	svm->step_rip = vcpu->arch.state.rip;
	svm->step_iret = svm->watch & AXVM_SVM_WATCH_IRET;
	axvm_x86_set_rflags(vcpu, svm->step_rflags | X86_EFLAGS_TF | X86_EFLAGS_RF);
}

/* It was not executed yet, and the flags are as they were. */
static void watch_step(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;

	if (axvm_svm_control(vcpu)->exit_code == SVM_EXIT_EXCEPTION + X86_TRAP_DB)
		return;
	svm->watch &= ~AXVM_SVM_WATCH_STEP;
	if (vcpu->arch.state.rip == svm->step_rip)
		axvm_x86_set_rflags(vcpu, svm->step_rflags);
}

enum axvm_next axvm_svm_let_step(struct axvm_vcpu *vcpu)
{
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_CR0_SELECTIVE, false);
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_CR_READ + 0, false);
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_CR_WRITE + 0, false);
	vcpu->arch.svm->watch |= AXVM_SVM_WATCH_CR0;
	start_step(vcpu);
	return AXVM_NEXT_ENTER;
}

/* If it has faulted, and the handler has set CD, that is seen now. */
static void watch_cr0(struct axvm_vcpu *vcpu)
{
	vcpu->arch.svm->watch &= ~AXVM_SVM_WATCH_CR0;
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_CR0_SELECTIVE, true);
	vcpu->arch.state.cr0 |= axvm_svm_save(vcpu)->cr0 & (X86_CR0_CD | X86_CR0_NW);
	axvm_x86_need(vcpu, AXVM_X86_CR0_PART);
	axvm_x86_changed(vcpu, AXVM_X86_CR0_PART);
}

/* Is it the end of our own step and nothing else? */
static bool is_own_step(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;
	struct axvm_x86_state *state = &vcpu->arch.state;

	if (!(svm->watch & AXVM_SVM_WATCH_STEP))
		return false;
	svm->watch &= ~AXVM_SVM_WATCH_STEP;
	if ((svm->step_rflags & X86_EFLAGS_TF) || !(state->dr6 & DR_STEP))
		return false;
	state->dr6 &= ~(u64)DR_STEP;
	/* IRET has brought its own flags; another instruction has left ours. */
	if (!svm->step_iret)
		axvm_x86_set_rflags(vcpu, state->rflags & ~(u64)X86_EFLAGS_TF);
	return !(state->dr6 & DR_TRAP_BITS);
}

/* DR6 tells already what it is; delivery clears DR7.GD. */
enum axvm_next axvm_svm_handle_debug(struct axvm_vcpu *vcpu, bool quick)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_EXCEPTION);
	state->dr6 = axvm_svm_save(vcpu)->dr6;
	if (is_own_step(vcpu))
		return AXVM_NEXT_ENTER;
	axvm_x86_need(vcpu, AXVM_X86_DR_PART);
	if (state->dr7 & DR7_GD) {
		state->dr7 &= ~(u64)DR7_GD;
		axvm_x86_changed(vcpu, AXVM_X86_DR_PART);
	}
	return axvm_x86_exception(vcpu, X86_TRAP_DB);
}

/* ---- CR8 ---- */

/*
 * The guest's CR8 is V_TPR in the VMCB, which it reads without an exit. Most guests never write
 * it, but by the APIC's register; once one has, it does so without an exit, too, unless an
 * interrupt may be waiting for a lower one.
 */
static void sync_tpr(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;
	u8 tpr = axvm_x86_apic_get_cr8(vcpu);

	if (tpr == svm->tpr)
		return;
	svm->tpr = tpr;
	set_int_ctl(vcpu, SVM_V_TPR, false);
	set_int_ctl(vcpu, tpr, true);
}

void axvm_svm_write_tpr(struct axvm_vcpu *vcpu)
{
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_CR_WRITE + 8, axvm_x86_apic_get_cr8(vcpu) &&
			   axvm_x86_apic_highest_irr(vcpu) >= 0);
	sync_tpr(vcpu);
}

static void watch_tpr(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;
	u8 tpr = axvm_svm_control(vcpu)->int_ctl & SVM_V_TPR;

	if (tpr == svm->tpr)
		return;
	svm->tpr = tpr;
	axvm_x86_apic_set_cr8(vcpu, tpr);
}

/* ---- after exits ---- */

static void watch_vnmi(struct axvm_vcpu *vcpu)
{
	bool blocked = axvm_svm_control(vcpu)->int_ctl & SVM_V_NMI_MASK;

	vcpu->arch.nmi_blocked = blocked;
	vcpu->arch.svm->nmi_known = blocked;
}

void axvm_svm_watch(struct axvm_vcpu *vcpu)
{
	u8 watch = vcpu->arch.svm->watch;

	if (watch & AXVM_SVM_WATCH_CR8)
		watch_tpr(vcpu);
	if (watch & AXVM_SVM_WATCH_STEP)
		watch_step(vcpu);
	if (watch & AXVM_SVM_WATCH_IRET)
		watch_iret(vcpu);
	if (watch & AXVM_SVM_WATCH_VNMI)
		watch_vnmi(vcpu);
	if (watch & AXVM_SVM_WATCH_CR0)
		watch_cr0(vcpu);
}

static bool is_software(u64 info)
{
	unsigned int vector = info & AXVM_X86_EVENT_VECTOR;

	switch (info & AXVM_X86_EVENT_TYPE) {
	case AXVM_X86_EVENT_EXTERNAL:
	case AXVM_X86_EVENT_NMI:
		return false;
	case AXVM_X86_EVENT_EXCEPTION:
		return vector == X86_TRAP_BP || vector == X86_TRAP_OF;
	default:
		return true;
	}
}

void axvm_svm_event_interrupted(struct axvm_vcpu *vcpu)
{
	u64 info = axvm_svm_control(vcpu)->exit_int_info;
	u32 kept = AXVM_X86_EVENT_VECTOR | AXVM_X86_EVENT_TYPE | AXVM_X86_EVENT_HAS_ERROR;

	if (!is_software(info))
		axvm_x86_interrupted_event(vcpu, info & kept, info >> SVM_EVENT_ERROR_SHIFT, 0);
}

/* ---- before entries ---- */

/* A trap of the instruction that was just emulated: before anything that comes from outside. */
static void look_at_debug(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	if (vcpu->arch.event.info)
		return;
	state->dr6 |= state->debug_pending;
	state->debug_pending = 0;
	/* An exception after none is what it is. */
	axvm_x86_exception(vcpu, X86_TRAP_DB);
}

static void inject(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_event *event = &vcpu->arch.event;
	u64 info = event->info;

	if (!(info & AXVM_X86_EVENT_VALID))
		return;
	vcpu->arch.attention &= ~AXVM_X86_ATTENTION_EVENT;
	event->info = 0;
	if (is_software(info))
		return;
	if (info & AXVM_X86_EVENT_HAS_ERROR)
		info |= (u64)event->error << SVM_EVENT_ERROR_SHIFT;
	axvm_svm_control(vcpu)->event_inj = info;
}

static void set_irq_window(struct axvm_vcpu *vcpu, bool on)
{
	set_int_ctl(vcpu, WINDOW_BITS, on);
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_VINTR, on);
}

enum axvm_next axvm_svm_handle_vintr(struct axvm_vcpu *vcpu, bool quick)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_WINDOW);
	set_irq_window(vcpu, false);
	vcpu->arch.svm->wanted &= ~AXVM_X86_WINDOW_IRQ;
	vcpu->arch.windows &= ~AXVM_X86_WINDOW_IRQ;
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
	return AXVM_NEXT_ENTER;
}

/* The hardware holds one back until it can be taken. */
static void leave_to_vnmi(struct axvm_vcpu *vcpu)
{
	if (axvm_svm_control(vcpu)->int_ctl & SVM_V_NMI_PENDING)
		return;
	set_int_ctl(vcpu, SVM_V_NMI_PENDING, true);
	if (!atomic_dec_return(&vcpu->arch.nmi_pending))
		vcpu->arch.attention &= ~AXVM_X86_ATTENTION_NMI;
}

/*
 * In an NMI handler, its IRET exits. After an event that this entry injects, the guest is to
 * exit at once: with an interrupt that waits for it. Else one instruction is in the way.
 */
static void set_nmi_window(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;

	if (svm->watch & AXVM_SVM_WATCH_VNMI)
		leave_to_vnmi(vcpu);
	else if (vcpu->arch.nmi_blocked && !(svm->watch & AXVM_SVM_WATCH_IRET))
		return;
	else if (axvm_svm_control(vcpu)->event_inj)
		smp_send_reschedule(smp_processor_id());
	else
		start_step(vcpu);
}

static void set_windows(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;
	u32 windows = vcpu->arch.windows;

	if ((windows ^ svm->wanted) & AXVM_X86_WINDOW_IRQ)
		set_irq_window(vcpu, windows & AXVM_X86_WINDOW_IRQ);
	svm->wanted = windows;
	if (windows & AXVM_X86_WINDOW_NMI)
		set_nmi_window(vcpu);
}

enum axvm_next axvm_svm_events(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;
	enum axvm_next next;

	if (arch->state.debug_pending)
		look_at_debug(vcpu);
	if (arch->attention & AXVM_X86_ATTENTION_FLUSH) {
		arch->attention &= ~AXVM_X86_ATTENTION_FLUSH;
		/* What the entry itself will see, and act on. */
		arch->flush_seen = ~0ULL;
	}
	next = axvm_x86_before_entry(vcpu);
	if (next != AXVM_NEXT_ENTER)
		return next;
	inject(vcpu);
	/* It had to let another event pass: look again at the next entry. */
	if (unlikely(arch->state.debug_pending))
		arch->attention |= AXVM_X86_ATTENTION_IRQ;
	axvm_svm_sync_nmi(vcpu);
	sync_tpr(vcpu);
	set_windows(vcpu);
	return AXVM_NEXT_ENTER;
}

void axvm_svm_take_back(struct axvm_vcpu *vcpu)
{
	if (!(axvm_svm_control(vcpu)->int_ctl & SVM_V_NMI_PENDING))
		return;
	set_int_ctl(vcpu, SVM_V_NMI_PENDING, false);
	atomic_add_unless(&vcpu->arch.nmi_pending, 1, 2);
	vcpu->arch.attention |= AXVM_X86_ATTENTION_NMI;
}
