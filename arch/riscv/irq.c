// SPDX-License-Identifier: GPL-2.0
/* Interrupt inputs and the timer of a vCPU */
#include <linux/hrtimer.h>
#include <linux/math64.h>
#include <linux/timex.h>
#include <asm/csr.h>
#include <asm/sbi.h>

#include "axvm_compat.h"
#include "axvm_riscv_arch.h"

/* Longest time that is told to a timer: it comes back then and looks again. */
#define TICKS_MOST(timebase)	((timebase) * 3600 * 24)

void axvm_riscv_set_irq(struct axvm_vcpu *vcpu, unsigned int irq, bool level)
{
	if (level)
		set_bit(irq, &vcpu->arch.irqs);
	else
		clear_bit(irq, &vcpu->arch.irqs);
	/* Who takes the bit of the change finds the level. */
	smp_mb__before_atomic();
	set_bit(irq, &vcpu->arch.irqs_changed);
	axvm_vcpu_request(vcpu, AXVM_REQUEST_IRQ);
}

int axvm_arch_vcpu_set_irq(struct axvm_vcpu *vcpu, u32 irq, bool level)
{
	switch (irq) {
	case AXVM_RISCV_IRQ_SOFTWARE:
	case AXVM_RISCV_IRQ_TIMER:
	case AXVM_RISCV_IRQ_EXTERNAL:
		axvm_riscv_set_irq(vcpu, irq + VSIP_TO_HVIP_SHIFT, level);
		return 0;
	default:
		return -EINVAL;
	}
}

void axvm_riscv_merge_irqs(struct axvm_vcpu *vcpu)
{
	unsigned long changed = xchg(&vcpu->arch.irqs_changed, 0);
	unsigned long levels = READ_ONCE(vcpu->arch.irqs) & changed;

	if (levels & BIT(IRQ_VS_SOFT))
		axvm_riscv_pmu_count(vcpu, SBI_PMU_FW_IPI_RCVD);
	preempt_disable();
	axvm_riscv_lower(vcpu, changed & ~levels);
	axvm_riscv_raise(vcpu, levels);
	preempt_enable();
}

u64 axvm_riscv_time(const struct axvm_vm *vm)
{
	return get_cycles64() + READ_ONCE(vm->arch.time_delta);
}

u64 axvm_riscv_ticks_to_ns(u64 ticks)
{
	u64 timebase = axvm_riscv_machine.timebase;

	return mul_u64_u32_div(min(ticks, TICKS_MOST(timebase)), NSEC_PER_SEC, timebase);
}

static ktime_t ktime_of(const struct axvm_vm *vm, u64 guest_time)
{
	u64 now = axvm_riscv_time(vm);
	u64 ticks = guest_time > now ? guest_time - now : 0;

	return ktime_add_ns(ktime_get(), axvm_riscv_ticks_to_ns(ticks));
}

/* Only without Sstc: the hardware compares otherwise. */
static enum hrtimer_restart timer_expired(struct hrtimer *timer)
{
	struct axvm_vcpu *vcpu = container_of(timer, struct axvm_vcpu, arch.timer);
	u64 next = READ_ONCE(vcpu->arch.timer_next);

	if (next > axvm_riscv_time(vcpu->vm)) {
		hrtimer_set_expires(timer, ktime_of(vcpu->vm, next));
		return HRTIMER_RESTART;
	}
	axvm_riscv_set_irq(vcpu, IRQ_VS_TIMER, true);
	return HRTIMER_NORESTART;
}

static void clear_timer_irq(struct axvm_vcpu *vcpu)
{
	clear_bit(IRQ_VS_TIMER, &vcpu->arch.irqs);
	clear_bit(IRQ_VS_TIMER, &vcpu->arch.irqs_changed);
	preempt_disable();
	axvm_riscv_lower(vcpu, BIT(IRQ_VS_TIMER));
	preempt_enable();
}

static void set_soft_timer(struct axvm_vcpu *vcpu, u64 next)
{
	hrtimer_cancel(&vcpu->arch.timer);
	WRITE_ONCE(vcpu->arch.timer_next, next);
	clear_timer_irq(vcpu);
	if (next != U64_MAX)
		hrtimer_start(&vcpu->arch.timer, ktime_of(vcpu->vm, next), HRTIMER_MODE_ABS_HARD);
}

void axvm_riscv_set_timer(struct axvm_vcpu *vcpu, u64 next)
{
	if (!axvm_riscv_has_sstc(vcpu)) {
		set_soft_timer(vcpu, next);
		return;
	}
	preempt_disable();
	vcpu->arch.csrs.vstimecmp = next;
	if (vcpu->loaded)
		csr_write(CSR_VSTIMECMP, next);
	else
		vcpu->arch.csrs_changed = true;
	preempt_enable();
}

void axvm_riscv_restore_timer(struct axvm_vcpu *vcpu, u64 next)
{
	if (axvm_riscv_has_sstc(vcpu)) {
		axvm_riscv_set_timer(vcpu, next);
		return;
	}
	hrtimer_cancel(&vcpu->arch.timer);
	WRITE_ONCE(vcpu->arch.timer_next, next);
	if (next != U64_MAX)
		hrtimer_start(&vcpu->arch.timer, ktime_of(vcpu->vm, next), HRTIMER_MODE_ABS_HARD);
}

void axvm_riscv_recheck_timer(struct axvm_vcpu *vcpu)
{
	if (!axvm_riscv_has_sstc(vcpu))
		axvm_riscv_restore_timer(vcpu, vcpu->arch.timer_next);
}

/*
 * A timer in software is counted anew. One that blocks goes through the run loop for
 * this, so that the time of its wake-up is computed anew, too.
 */
void axvm_riscv_take_time(struct axvm_vcpu *vcpu)
{
	preempt_disable();
	if (vcpu->loaded) {
		csr_write(CSR_HTIMEDELTA, READ_ONCE(vcpu->vm->arch.time_delta));
		/* Emulators compare anew only when this is written (QEMU 7.2). */
		if (axvm_riscv_has_sstc(vcpu))
			csr_write(CSR_VSTIMECMP, csr_read(CSR_VSTIMECMP));
	}
	preempt_enable();
	axvm_riscv_recheck_timer(vcpu);
}

u64 axvm_riscv_get_timer(struct axvm_vcpu *vcpu)
{
	return axvm_riscv_has_sstc(vcpu) ? vcpu->arch.csrs.vstimecmp : vcpu->arch.timer_next;
}

void axvm_riscv_timer_init(struct axvm_vcpu *vcpu)
{
	axvm_hrtimer_setup(&vcpu->arch.timer, timer_expired, HRTIMER_MODE_ABS_HARD);
	vcpu->arch.timer_next = U64_MAX;
	vcpu->arch.csrs.vstimecmp = U64_MAX;
}

void axvm_riscv_timer_destroy(struct axvm_vcpu *vcpu)
{
	hrtimer_cancel(&vcpu->arch.timer);
}

/*
 * Pending and enabled is enough, whatever sstatus.SIE says. hip has the timer
 * compared in it, if that is in hardware, and hvip what we have put there; vsip would
 * be both, but does not show all of it in QEMU 7.2.
 */
static unsigned long ready_on_cpu(void)
{
	return (csr_read(CSR_HIP) | csr_read(CSR_HVIP)) >> VSIP_TO_HVIP_SHIFT & csr_read(CSR_VSIE);
}

/* As the hardware would have it. */
static unsigned long ready_in_memory(const struct axvm_vcpu *vcpu)
{
	const struct axvm_riscv_csrs *csrs = &vcpu->arch.csrs;
	unsigned long pending = csrs->hvip;

	if (axvm_riscv_has_sstc(vcpu) && axvm_riscv_time(vcpu->vm) >= csrs->vstimecmp)
		pending |= BIT(IRQ_VS_TIMER);
	return pending >> VSIP_TO_HVIP_SHIFT & csrs->vsie;
}

bool axvm_arch_vcpu_has_work(struct axvm_vcpu *vcpu)
{
	bool ready;

	preempt_disable();
	ready = likely(vcpu->loaded) ? ready_on_cpu() : ready_in_memory(vcpu);
	preempt_enable();
	return ready;
}

bool axvm_arch_vcpu_wake_time(struct axvm_vcpu *vcpu, ktime_t *when)
{
	u64 next;

	/* Without Sstc the timer itself wakes it. */
	if (!axvm_riscv_has_sstc(vcpu))
		return false;
	preempt_disable();
	next = axvm_riscv_get_csr(vcpu, CSR_VSTIMECMP, vstimecmp);
	preempt_enable();
	if (next == U64_MAX)
		return false;
	*when = ktime_of(vcpu->vm, next);
	return true;
}
