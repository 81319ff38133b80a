// SPDX-License-Identifier: GPL-2.0
/* Blocking: a vCPU with nothing to do polls a while, then sleeps */
#include <linux/ktime.h>
#include <linux/rcuwait.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>

#include "axvm_arch.h"
#include "axvm_compat.h"
#include "axvm_vcpu.h"

/*
 * Polling saves a sleep and a wake-up when what the guest waits for comes soon.
 * The time adapts: it doubles when a longer poll would have been enough and is
 * dropped when the wait turns out long.
 */
#define POLL_FIRST_NS	10000U
#define POLL_MOST_NS	200000U

static bool has_reason_to_wake(struct axvm_vcpu *vcpu)
{
	if (READ_ONCE(vcpu->requests) || signal_pending(current))
		return true;
	return READ_ONCE(vcpu->run_state) != AXVM_RUN_STOPPED && axvm_arch_vcpu_has_work(vcpu);
}

/*
 * Other threads that want this CPU have it meanwhile: often one of them is the vCPU
 * that is waited for, and it then needs not wake anybody.
 */
static void poll_once(void)
{
	if (single_task_running())
		cpu_relax();
	else
		yield();
}

static bool poll(struct axvm_vcpu *vcpu)
{
	u64 end;

	if (!vcpu->poll_ns)
		return false;
	end = ktime_get_ns() + vcpu->poll_ns;
	do {
		poll_once();
		if (has_reason_to_wake(vcpu)) {
			axvm_count(vcpu, AXVM_COUNT_HALT_POLL_HITS);
			return true;
		}
	} while (!need_resched() && ktime_get_ns() < end);
	return false;
}

static enum hrtimer_restart wake_timer_expired(struct hrtimer *timer)
{
	struct axvm_vcpu *vcpu = container_of(timer, struct axvm_vcpu, wake_timer);

	axvm_vcpu_request(vcpu, AXVM_REQUEST_WAKE);
	return HRTIMER_NORESTART;
}

void axvm_vcpu_block_init(struct axvm_vcpu *vcpu)
{
	rcuwait_init(&vcpu->wait);
	axvm_hrtimer_setup(&vcpu->wake_timer, wake_timer_expired, HRTIMER_MODE_ABS);
	vcpu->poll_ns = POLL_FIRST_NS;
}

void axvm_vcpu_block_destroy(struct axvm_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->wake_timer);
}

static void adapt_poll(struct axvm_vcpu *vcpu, u64 waited)
{
	if (waited > POLL_MOST_NS)
		vcpu->poll_ns = 0;
	else if (waited > vcpu->poll_ns)
		vcpu->poll_ns = clamp(vcpu->poll_ns * 2, POLL_FIRST_NS, POLL_MOST_NS);
}

static bool start_wake_timer(struct axvm_vcpu *vcpu)
{
	ktime_t when;

	if (READ_ONCE(vcpu->run_state) == AXVM_RUN_STOPPED ||
	    !axvm_arch_vcpu_wake_time(vcpu, &when))
		return false;
	hrtimer_start(&vcpu->wake_timer, when, HRTIMER_MODE_ABS);
	return true;
}

/* The scheduler takes the guest's state off the CPU and brings it back: see bind.c. */
static void sleep(struct axvm_vcpu *vcpu)
{
	bool timed = start_wake_timer(vcpu);
	u64 start = ktime_get_ns();

	axvm_vcpu_set_state(vcpu, AXVM_VCPU_BLOCKED);
	prepare_to_rcuwait(&vcpu->wait);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (has_reason_to_wake(vcpu))
			break;
		schedule();
	}
	finish_rcuwait(&vcpu->wait);
	axvm_vcpu_set_state(vcpu, AXVM_VCPU_READY);
	if (timed)
		hrtimer_cancel(&vcpu->wake_timer);
	adapt_poll(vcpu, ktime_get_ns() - start);
}

void axvm_vcpu_block(struct axvm_vcpu *vcpu)
{
	if (has_reason_to_wake(vcpu))
		return;
	axvm_count(vcpu, AXVM_COUNT_HALTS);
	if (!poll(vcpu))
		sleep(vcpu);
}
