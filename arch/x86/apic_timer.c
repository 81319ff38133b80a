// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC's timer: one-shot, periodic, and by a deadline of the TSC
 *
 * It is a timer of the host's, whose handler posts the vector as any other sender does;
 * so it wakes a vCPU that waits. A backend that ends the guest's run at a deadline by
 * itself has @deadline_by_backend: then nothing runs beside the guest, and a vCPU that waits
 * is woken by axvm_x86_apic_wake_time().
 *
 * A count goes down once in a nanosecond, before the divider, so counts are nanoseconds
 * shifted by it.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <asm/msr.h>
#include <asm/tsc.h>

#include "axvm_compat.h"
#include "apic.h"

static_assert(AXVM_X86_APIC_HZ_VALUE == NSEC_PER_SEC);

/*
 * A guest that wants to be interrupted more often than this by a timer that goes on
 * alone would have the host do little else.
 */
#define PERIOD_LEAST_NS		(200 * NSEC_PER_USEC)

static bool by_deadline(const struct axvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->arch.apic.timer_mode) == LAPIC_DEADLINE;
}

static u64 initial_count_ns(const struct axvm_vcpu *vcpu)
{
	u64 ns = (u64)lapic_reg(vcpu, APIC_TMICT) << vcpu->arch.apic.timer_shift;

	if (ns && vcpu->arch.apic.timer_mode == LAPIC_PERIODIC)
		ns = max_t(u64, ns, PERIOD_LEAST_NS);
	return ns;
}

/* ---- the deadline ---- */

static void deadline_reached(struct axvm_vcpu *vcpu, bool own)
{
	WRITE_ONCE(vcpu->arch.apic.deadline, 0);
	WRITE_ONCE(vcpu->arch.apic.deadline_tsc, U64_MAX);
	lapic_local(vcpu, lapic_reg(vcpu, APIC_LVTT), own);
}

/* How long until the deadline, in ticks of the guest's TSC. */
static u64 ticks_left(const struct axvm_vcpu *vcpu, u64 host)
{
	u64 now = axvm_x86_guest_tsc(vcpu, host);
	u64 deadline = READ_ONCE(vcpu->arch.apic.deadline);

	return deadline > now ? deadline - now : 0;
}

/* One that is very far away is looked at again before it comes. */
static void arm_deadline(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	u64 host = rdtsc(), ticks;

	apic->deadline_tsc = U64_MAX;
	if (!apic->deadline)
		return;
	ticks = ticks_left(vcpu, host);
	if (!ticks) {
		deadline_reached(vcpu, true);
		return;
	}
	apic->deadline_tsc = host + axvm_x86_tsc_to_host(vcpu->vm, ticks);
	if (!apic->deadline_by_backend)
		hrtimer_start(&apic->timer,
			      ktime_add_ns(ktime_get(), axvm_x86_tsc_to_ns(vcpu->vm, ticks)),
			      HRTIMER_MODE_ABS_HARD);
}

/* The host's clock does not go exactly as the TSC does: never too early. */
static enum hrtimer_restart deadline_expired(struct axvm_vcpu *vcpu, struct hrtimer *timer)
{
	u64 ticks = ticks_left(vcpu, rdtsc());

	if (ticks) {
		hrtimer_set_expires(timer, ktime_add_ns(ktime_get(),
							axvm_x86_tsc_to_ns(vcpu->vm, ticks)));
		return HRTIMER_RESTART;
	}
	deadline_reached(vcpu, false);
	return HRTIMER_NORESTART;
}

u64 lapic_timer_get_deadline(const struct axvm_vcpu *vcpu)
{
	return by_deadline(vcpu) ? READ_ONCE(vcpu->arch.apic.deadline) : 0;
}

void lapic_timer_set_deadline(struct axvm_vcpu *vcpu, u64 deadline)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;

	if (!by_deadline(vcpu))
		return;
	if (!apic->deadline_by_backend)
		hrtimer_cancel(&apic->timer);
	apic->deadline = deadline;
	arm_deadline(vcpu);
}

void axvm_x86_apic_timer_fired(struct axvm_vcpu *vcpu)
{
	if (by_deadline(vcpu))
		arm_deadline(vcpu);
}

void axvm_x86_apic_tsc_changed(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;

	if (!by_deadline(vcpu) || apic->timer_held)
		return;
	hrtimer_cancel(&apic->timer);
	arm_deadline(vcpu);
}

int lapic_timer_due(const struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_apic *apic = &vcpu->arch.apic;
	u32 lvt;

	if (likely(!apic->deadline_by_backend) || apic->deadline_tsc == U64_MAX ||
	    rdtsc() < apic->deadline_tsc)
		return -1;
	lvt = lapic_reg(vcpu, APIC_LVTT);
	return lvt & APIC_LVT_MASKED ? -1 : (int)(lvt & APIC_VECTOR_MASK);
}

bool axvm_x86_apic_wake_time(struct axvm_vcpu *vcpu, ktime_t *when)
{
	const struct axvm_x86_apic *apic = &vcpu->arch.apic;

	if (!apic->deadline_by_backend || !by_deadline(vcpu) || !apic->deadline ||
	    (lapic_reg(vcpu, APIC_LVTT) & APIC_LVT_MASKED))
		return false;
	*when = ktime_add_ns(ktime_get(),
			     axvm_x86_tsc_to_ns(vcpu->vm, ticks_left(vcpu, rdtsc())));
	return true;
}

/* ---- the count ---- */

/* Not by deadline. */
static void start(struct axvm_vcpu *vcpu, ktime_t expires)
{
	WRITE_ONCE(vcpu->arch.apic.expires, expires);
	if (expires != KTIME_MAX)
		hrtimer_start(&vcpu->arch.apic.timer, expires, HRTIMER_MODE_ABS_HARD);
}

void lapic_timer_count_changed(struct axvm_vcpu *vcpu)
{
	u64 ns = initial_count_ns(vcpu);
	bool runs = ns && vcpu->arch.apic.timer_mode <= LAPIC_PERIODIC;

	hrtimer_cancel(&vcpu->arch.apic.timer);
	start(vcpu, runs ? ktime_add_ns(ktime_get(), ns) : KTIME_MAX);
}

u32 lapic_timer_count(const struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_apic *apic = &vcpu->arch.apic;
	ktime_t expires = READ_ONCE(apic->expires);
	s64 left;

	if (expires == KTIME_MAX || by_deadline(vcpu))
		return 0;
	left = ktime_to_ns(ktime_sub(expires, ktime_get()));
	if (left <= 0)
		return 0;
	/* A period that was made longer counts from no more than what was asked for. */
	return min_t(u64, left >> apic->timer_shift, lapic_reg(vcpu, APIC_TMICT));
}

/* Bits 3, 1 and 0 count together, from 2 on; 7 is 1. */
static u8 shift_of(u32 divide)
{
	return (((divide & 3) | (divide & 8) >> 1) + 1) & 7;
}

/* What is left of the count goes on at the other speed. */
void lapic_timer_divider_changed(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	u8 shift = shift_of(lapic_reg(vcpu, APIC_TDCR));
	u64 left;

	if (shift == apic->timer_shift)
		return;
	if (by_deadline(vcpu) || READ_ONCE(apic->expires) == KTIME_MAX) {
		apic->timer_shift = shift;
		return;
	}
	hrtimer_cancel(&apic->timer);
	left = lapic_timer_count(vcpu);
	apic->timer_shift = shift;
	/* It may have expired meanwhile. */
	if (apic->expires != KTIME_MAX)
		start(vcpu, ktime_add_ns(ktime_get(), left << shift));
}

/* Runs in the host's interrupt, on any CPU; everybody else cancels before changing anything. */
static enum hrtimer_restart expired(struct hrtimer *timer)
{
	struct axvm_vcpu *vcpu = container_of(timer, struct axvm_vcpu, arch.apic.timer);
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	u64 period;

	if (by_deadline(vcpu))
		return deadline_expired(vcpu, timer);
	lapic_local(vcpu, lapic_reg(vcpu, APIC_LVTT), false);
	period = apic->timer_mode == LAPIC_PERIODIC ? initial_count_ns(vcpu) : 0;
	if (!period) {
		WRITE_ONCE(apic->expires, KTIME_MAX);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(period));
	WRITE_ONCE(apic->expires, hrtimer_get_expires(timer));
	return HRTIMER_RESTART;
}

/* ---- modes ---- */

static void disarm(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;

	hrtimer_cancel(&apic->timer);
	apic->expires = KTIME_MAX;
	apic->deadline = 0;
	apic->deadline_tsc = U64_MAX;
	lapic_set_reg(vcpu, APIC_TMICT, 0);
}

static u8 mode_of(const struct axvm_vcpu *vcpu)
{
	return (lapic_reg(vcpu, APIC_LVTT) >> 17) & 3;
}

/* To a deadline or away from it disarms the timer; one-shot and periodic share the count. */
void lapic_timer_mode_changed(struct axvm_vcpu *vcpu)
{
	u8 mode = mode_of(vcpu);

	if (mode == vcpu->arch.apic.timer_mode)
		return;
	if (mode == LAPIC_DEADLINE || by_deadline(vcpu))
		disarm(vcpu);
	WRITE_ONCE(vcpu->arch.apic.timer_mode, mode);
}

void lapic_timer_reset(struct axvm_vcpu *vcpu)
{
	disarm(vcpu);
	lapic_set_reg(vcpu, APIC_TDCR, 0);
	vcpu->arch.apic.timer_mode = LAPIC_ONE_SHOT;
	vcpu->arch.apic.timer_shift = shift_of(0);
}

/* ---- registers, life ---- */

void lapic_timer_hold(struct axvm_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->arch.apic.timer);
	vcpu->arch.apic.timer_held = true;
	set_bit(AXVM_REQUEST_X86_TIMER, &vcpu->requests);
}

void lapic_timer_settle(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;

	/* Also waits for its handler, which is not in between after this. */
	hrtimer_cancel(&apic->timer);
	if (apic->expires != KTIME_MAX || apic->deadline)
		lapic_timer_hold(vcpu);
}

void lapic_timer_from_regs(struct axvm_vcpu *vcpu)
{
	lapic_timer_hold(vcpu);
	vcpu->arch.apic.timer_mode = mode_of(vcpu);
	vcpu->arch.apic.timer_shift = shift_of(lapic_reg(vcpu, APIC_TDCR));
}

/* What came to its end meanwhile fires at once. */
void axvm_x86_apic_timer_start(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;

	apic->timer_held = false;
	if (by_deadline(vcpu))
		arm_deadline(vcpu);
	else
		start(vcpu, apic->expires);
}

void lapic_timer_init(struct axvm_vcpu *vcpu)
{
	axvm_hrtimer_setup(&vcpu->arch.apic.timer, expired, HRTIMER_MODE_ABS_HARD);
}

void lapic_timer_destroy(struct axvm_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->arch.apic.timer);
}
