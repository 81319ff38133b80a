// SPDX-License-Identifier: GPL-2.0
/*
 * The run loop: finish the last exit, bind, enter until the VMM is needed, unbind
 *
 * Between the guest's exit and its next entry this file looks at as little as it
 * can. An exit that the architecture handles with interrupts off does not come
 * here at all (AXVM_NEXT_ENTER): whatever was asked of the vCPU meanwhile has
 * sent it an interrupt, and that ends the very next entry.
 */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>
#include <linux/thread_info.h>
#include <linux/vtime.h>

#include "axvm_arch.h"
#include "axvm_compat.h"
#include "axvm_vcpu.h"
#include "bind.h"

static noinline int read_gprs(struct axvm_vcpu *vcpu)
{
	struct axvm_gprs gprs;

	memcpy(&gprs, &vcpu->request->gprs, sizeof(gprs));
	return axvm_arch_vcpu_set_gprs(vcpu, &gprs);
}

/* What the VMM asked for, read once out of the page that it can write at any time. */
static int read_request(struct axvm_vcpu *vcpu)
{
	struct axvm_run_request *request = vcpu->request;
	u32 size = READ_ONCE(request->size);
	u32 flags = READ_ONCE(request->flags);

	if (unlikely(!size))
		flags = 0;
	else if (unlikely(size != sizeof(*request) || flags & ~AXVM_RUN_FLAGS))
		return -EINVAL;
	vcpu->run_flags = flags;
	if (unlikely(flags & AXVM_RUN_SET_GPRS))
		return read_gprs(vcpu);
	return 0;
}

/* Acknowledge what came before this moment; what comes later is for the next run. */
static u64 take_kicks(struct axvm_vcpu *vcpu)
{
	if (!axvm_vcpu_test_request(vcpu, AXVM_REQUEST_KICK))
		return 0;
	return atomic64_xchg(&vcpu->kicks, 0);
}

/* A kick may have been counted by the last return, and asked for only after it. */
static bool is_kicked(struct axvm_vcpu *vcpu)
{
	if (!axvm_vcpu_test_request(vcpu, AXVM_REQUEST_KICK))
		return false;
	if (!atomic64_read(&vcpu->kicks))
		return false;
	/* To be acknowledged when the exit is published. */
	set_bit(AXVM_REQUEST_KICK, &vcpu->requests);
	return true;
}

/*
 * The extension is off on this CPU. If that goes offline, the scheduler is about to
 * move this thread; if the machine goes down, there is no CPU left to move to.
 */
static enum axvm_next handle_cpu(struct axvm_vcpu *vcpu)
{
	/* Clear, look, set again: a request in between is not lost. */
	clear_bit(AXVM_REQUEST_CPU, &vcpu->requests);
	if (axvm_vcpu_reload(vcpu))
		return AXVM_NEXT_ENTER;
	set_bit(AXVM_REQUEST_CPU, &vcpu->requests);
	if (system_state > SYSTEM_RUNNING && system_state < SYSTEM_SUSPEND)
		return axvm_exit_prepare(vcpu, AXVM_EXIT_NOTHING, 0);
	schedule_timeout_interruptible(1);
	return AXVM_NEXT_LOOP;
}

/*
 * What other threads asked for. The kick comes last: another reason to return
 * acknowledges it on the way.
 */
static enum axvm_next handle_requests(struct axvm_vcpu *vcpu)
{
	if (test_bit(AXVM_REQUEST_DEAD, &vcpu->requests))
		return axvm_exit_prepare(vcpu, AXVM_EXIT_NOTHING, 0);
	if (test_bit(AXVM_REQUEST_CPU, &vcpu->requests)) {
		enum axvm_next next = handle_cpu(vcpu);

		if (next != AXVM_NEXT_ENTER)
			return next;
	}
	clear_bit(AXVM_REQUEST_WAKE, &vcpu->requests);
	if (axvm_arch_vcpu_requests(vcpu) == AXVM_NEXT_EXIT)
		return AXVM_NEXT_EXIT;
	if (is_kicked(vcpu))
		return axvm_exit_prepare(vcpu, AXVM_EXIT_KICK, 0);
	return AXVM_NEXT_ENTER;
}

/*
 * Is there something that the host wants of this thread now?
 *
 * Of what TIF_NOTIFY_RESUME stands for only task work cannot wait; the rest, such
 * as restartable sequences, is for the return to user space whenever that comes,
 * and must not make every entry slow until then.
 */
static bool host_wants(unsigned long *flags)
{
	*flags = read_thread_flags() & AXVM_HOST_WORK;
	if (likely(!*flags))
		return false;
	return *flags != _TIF_NOTIFY_RESUME || task_work_pending(current);
}

static enum axvm_next handle_host_work(struct axvm_vcpu *vcpu, unsigned long flags)
{
	if (flags & (_TIF_SIGPENDING | _TIF_NOTIFY_SIGNAL))
		return axvm_exit_prepare(vcpu, AXVM_EXIT_SIGNAL, 0);
	if ((flags & _TIF_NOTIFY_RESUME) && task_work_pending(current))
		return axvm_exit_prepare(vcpu, AXVM_EXIT_NOTHING, 0);
	schedule();
	return AXVM_NEXT_ENTER;
}

/* Everything that may be waiting, with interrupts on. */
static enum axvm_next before_entry(struct axvm_vcpu *vcpu)
{
	enum axvm_next next = AXVM_NEXT_ENTER;
	unsigned long flags;

	if (unlikely(READ_ONCE(vcpu->requests)))
		next = handle_requests(vcpu);
	if (next != AXVM_NEXT_EXIT && unlikely(host_wants(&flags)))
		return handle_host_work(vcpu, flags) ?: next;
	return next;
}

/* Precise accounting, if it is on, must not be interrupted. */
static void account_guest_exit(void)
{
	if (vtime_accounting_enabled_this_cpu()) {
		local_irq_disable();
		vtime_account_guest_exit();
		local_irq_enable();
	} else {
		vtime_account_guest_exit();
	}
}

/*
 * Enter the guest. Interrupts go off first, then the state says "running", then
 * comes the last look: whoever makes a request after that look sees the state and
 * sends an interrupt, which is held back until the guest runs and ends it at once.
 *
 * Return: what the exit wants, or %AXVM_NEXT_ENTER: it was not to be entered yet.
 */
static __always_inline enum axvm_next enter(struct axvm_vcpu *vcpu)
{
	enum axvm_next next;
	unsigned long flags;

	local_irq_disable();
	atomic_set(&vcpu->state, AXVM_VCPU_RUNNING);
	/* Pairs with the barrier in axvm_vcpu_request(). */
	smp_mb();
	if (unlikely(READ_ONCE(vcpu->requests) || host_wants(&flags))) {
		atomic_set(&vcpu->state, AXVM_VCPU_READY);
		local_irq_enable();
		return AXVM_NEXT_ENTER;
	}
	axvm_arch_vcpu_prepare(vcpu);
	vtime_account_guest_enter();
	next = axvm_arch_vcpu_enter(vcpu);
	atomic_set(&vcpu->state, AXVM_VCPU_READY);
	/* The host takes its interrupt here: a tick is still the guest's time. */
	local_irq_enable();
	account_guest_exit();
	return next;
}

/*
 * An interrupt ended the guest's run. To RCU this is a quiescent state: a guest
 * that never exits otherwise, on a CPU whose tick finds it in the kernel each
 * time, would hold up grace periods.
 */
static noinline enum axvm_next after_interrupt(struct axvm_vcpu *vcpu, u64 vector)
{
	axvm_count(vcpu, AXVM_COUNT_INTERRUPTS);
	local_irq_disable();
	axvm_rcu_note_guest();
	local_irq_enable();
	if (likely(!(vcpu->vm->exits & AXVM_EXITS_INTERRUPT)))
		return AXVM_NEXT_LOOP;
	axvm_exit_prepare(vcpu, AXVM_EXIT_INTERRUPT, 0);
	vcpu->exit->interrupt.vector = vector;
	return AXVM_NEXT_EXIT;
}

static enum axvm_next after_exit(struct axvm_vcpu *vcpu, enum axvm_next next)
{
	s64 vector;

	if (likely(next == AXVM_NEXT_HANDLE))
		return axvm_arch_vcpu_handle(vcpu);
	if (next != AXVM_NEXT_LOOP)
		return next;
	vector = axvm_arch_vcpu_interrupted(vcpu);
	return vector >= 0 ? after_interrupt(vcpu, vector) : next;
}

/* A stopped or suspended CPU executes nothing; it waits here until that changes. */
static enum axvm_next idle(struct axvm_vcpu *vcpu)
{
	axvm_vcpu_block(vcpu);
	if (READ_ONCE(vcpu->run_state) == AXVM_RUN_SUSPENDED && axvm_arch_vcpu_has_work(vcpu))
		WRITE_ONCE(vcpu->run_state, AXVM_RUN_STARTED);
	return AXVM_NEXT_LOOP;
}

/* @next: what an entry before the loop has left to do. */
static void run_loop(struct axvm_vcpu *vcpu, enum axvm_next next)
{
	next = after_exit(vcpu, next);
	while (next != AXVM_NEXT_EXIT) {
		next = before_entry(vcpu);
		if (unlikely(next != AXVM_NEXT_ENTER))
			continue;
		if (unlikely(READ_ONCE(vcpu->run_state) != AXVM_RUN_STARTED))
			next = idle(vcpu);
		else
			next = after_exit(vcpu, enter(vcpu));
	}
}

static noinline enum axvm_next take_answer(struct axvm_vcpu *vcpu, u32 reason, bool refuse)
{
	struct axvm_run_request *request = vcpu->request;
	u64 answer[2] = { READ_ONCE(request->answer[0]), READ_ONCE(request->answer[1]) };
	struct axvm_pending last = vcpu->pending;

	last.reason = reason;
	return axvm_arch_vcpu_complete(vcpu, &last, answer, refuse);
}

/* A write is open only to be refused, or where its instruction goes on. */
static bool is_over(const struct axvm_vcpu *vcpu, u32 reason, bool refuse)
{
	return (reason == AXVM_EXIT_MMIO_WRITE || reason == AXVM_EXIT_PORT_WRITE) && !refuse &&
	       !axvm_arch_vcpu_goes_on(vcpu);
}

/* Finish what the last exit left open: %AXVM_NEXT_EXIT if the instruction asks for more. */
static enum axvm_next complete_last_exit(struct axvm_vcpu *vcpu)
{
	bool refuse = vcpu->run_flags & AXVM_RUN_REFUSE;
	u32 reason = vcpu->pending.reason;

	vcpu->pending.reason = 0;
	if (reason && !is_over(vcpu, reason, refuse))
		return take_answer(vcpu, reason, refuse);
	return AXVM_NEXT_ENTER;
}

/* A request that is still there is what ended the run. */
static int exit_error(const struct axvm_vcpu *vcpu)
{
	if (vcpu->exit->reason == AXVM_EXIT_SIGNAL)
		return -EINTR;
	if (vcpu->exit->reason == AXVM_EXIT_MEMORY_FAULT)
		return vcpu->exit->memory_fault.error == -ENOMEM ? -ENOMEM : 0;
	if (likely(vcpu->exit->reason != AXVM_EXIT_NOTHING))
		return 0;
	if (test_bit(AXVM_REQUEST_DEAD, &vcpu->requests))
		return -EIO;
	if (test_bit(AXVM_REQUEST_CPU, &vcpu->requests) && !(vcpu->run_flags & AXVM_RUN_NO_ENTER))
		return -ENODEV;
	return 0;
}

/* The exit page is whole before the ioctl returns, whatever it returns. */
static int publish(struct axvm_vcpu *vcpu, int error)
{
	struct axvm_run_exit *exit = vcpu->exit;

	exit->kicks = unlikely(READ_ONCE(vcpu->requests)) ? take_kicks(vcpu) : 0;
	exit->error = error;
	exit->runs++;
	if (vcpu->run_flags & AXVM_RUN_GET_GPRS) {
		axvm_arch_vcpu_get_gprs(vcpu, &exit->gprs);
		exit->flags |= AXVM_EXIT_HAS_GPRS;
	}
	return error;
}

/* Accesses to devices, those of them that are answered with what was read, and 0 for none. */
#define READS		(BIT(AXVM_EXIT_MMIO_READ) | BIT(AXVM_EXIT_PORT_READ))
#define SHORT_REASONS	(BIT(0) | READS | BIT(AXVM_EXIT_MMIO_WRITE) | BIT(AXVM_EXIT_PORT_WRITE))

/*
 * Most RUNs bring the answer to an access to a device and end with the next one. Nothing
 * in them sleeps, so such a one is tried with preemption off from beginning to end. Held.
 */
static __always_inline bool is_short(const struct axvm_vcpu *vcpu)
{
	return likely(vcpu->loaded) && (BIT(vcpu->pending.reason) & SHORT_REASONS) &&
	       !(vcpu->run_flags & (AXVM_RUN_REFUSE | AXVM_RUN_NO_ENTER)) &&
	       !axvm_arch_vcpu_goes_on(vcpu) &&
	       READ_ONCE(vcpu->run_state) == AXVM_RUN_STARTED;
}

static __always_inline enum axvm_next run_short(struct axvm_vcpu *vcpu)
{
	u32 reason = vcpu->pending.reason;

	vcpu->pending.reason = 0;
	if (BIT(reason) & READS)
		axvm_arch_vcpu_complete_read(vcpu, &vcpu->pending,
					     READ_ONCE(vcpu->request->answer[0]));
	return enter(vcpu);
}

/* All else is bound, and may sleep. @next: what a short run that was tried left to do. */
static noinline void run_bound(struct axvm_vcpu *vcpu, bool tried, enum axvm_next next)
{
	axvm_vcpu_bind_held(vcpu);
	if (!tried)
		next = complete_last_exit(vcpu);
	if (next != AXVM_NEXT_EXIT && vcpu->run_flags & AXVM_RUN_NO_ENTER)
		next = axvm_exit_prepare(vcpu, AXVM_EXIT_NOTHING, 0);
	if (next != AXVM_NEXT_EXIT)
		run_loop(vcpu, next);
	axvm_arch_vcpu_end(vcpu);
	axvm_vcpu_unbind(vcpu);
}

static __always_inline void run(struct axvm_vcpu *vcpu)
{
	enum axvm_next next = AXVM_NEXT_ENTER;
	bool tried;

	axvm_vcpu_go_home(vcpu);
	axvm_vcpu_hold(vcpu);
	axvm_arch_vcpu_begin(vcpu);
	tried = is_short(vcpu);
	if (likely(tried))
		next = run_short(vcpu);
	if (unlikely(next != AXVM_NEXT_EXIT)) {
		run_bound(vcpu, tried, next);
		return;
	}
	axvm_arch_vcpu_end(vcpu);
	axvm_vcpu_drop(vcpu);
}

long axvm_vcpu_run(struct axvm_vcpu *vcpu)
{
	int error;

	error = axvm_vcpu_take(vcpu);
	if (unlikely(error))
		return error;
	error = axvm_vm_start(vcpu->vm);
	if (likely(!error))
		error = read_request(vcpu);
	if (unlikely(error)) {
		axvm_exit_prepare(vcpu, AXVM_EXIT_NOTHING, 0);
	} else {
		axvm_count(vcpu, AXVM_COUNT_RUNS);
		run(vcpu);
		axvm_count(vcpu, vcpu->exit->reason);
		error = exit_error(vcpu);
	}
	error = publish(vcpu, error);
	axvm_vcpu_release(vcpu);
	return error;
}
