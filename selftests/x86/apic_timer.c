// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC's timer: one-shot, periodic, by a deadline of the TSC
 */
#include "test.h"
#include "apic.h"
#include "vcpu.h"

#define VECTOR		0x61
#define MS		1000000U	/* in counts that are not divided */

FIXTURE(timer) {
	struct vm *vm;
};

FIXTURE_VARIANT(timer) {
	enum apic_kind kind;
};

FIXTURE_VARIANT_ADD(timer, xapic) {
	.kind = APIC_XAPIC,
};

FIXTURE_VARIANT_ADD(timer, x2apic) {
	.kind = APIC_X2APIC,
};

FIXTURE_VARIANT_ADD(timer, virtual) {
	.kind = APIC_VIRTUAL,
};

static __u64 ticks, tsc_khz;

FIXTURE_SETUP(timer)
{
	self->vm = vm_create(0);
	apic_use(self->vm, variant->kind);
	*guest_var(self->vm, tsc_khz) = vm_get_reg(self->vm, AXVM_X86_VM_GUEST_TSC_KHZ);
	CHECK_EQ(vm_get_reg(self->vm, AXVM_X86_VM_APIC_HZ), 1000000000);
}

FIXTURE_TEARDOWN(timer)
{
	vm_destroy(self->vm);
}

static void need_deadline(struct vm *vm)
{
	if (!vm_has_cpuid(vm, 1, 0, 2, 24))
		test_skip("guests have no TSC deadline here");
}

static __guest void on_irq(__u64 vector)
{
	GUEST_ASSERT_EQ(vector, VECTOR);
	WRITE_ONCE(ticks, READ_ONCE(ticks) + 1);
	apic_eoi();
}

static __always_inline void begin(__u32 lvt)
{
	guest_set_irq_handler(on_irq);
	apic_start();
	apic_write(APIC_DIVIDE, APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, lvt);
	guest_irq_enable();
}

static __always_inline __u64 tsc_ms(__u64 ms)
{
	return READ_ONCE(tsc_khz) * ms;
}

/* ------------------------------------------------------------------------- */
/* One-shot                                                                  */
/* ------------------------------------------------------------------------- */

/* Never early: by no more than the host's clock and its TSC differ. */
static __always_inline void assert_passed(__u64 since, __u64 ms)
{
	GUEST_ASSERT_GE(rdtsc() - since, tsc_ms(ms) - tsc_ms(ms) / 100);
}

static __guest void guest_shoots(__u64 wait)
{
	__u64 start;
	__u32 i;

	begin(VECTOR);
	for (i = 1; i <= 10; i++) {
		start = rdtsc();
		apic_write(APIC_INITIAL_COUNT, 2 * MS);
		if (wait)
			guest_halt_until(READ_ONCE(ticks) == i);
		else
			guest_wait_for(READ_ONCE(ticks) == i);
		assert_passed(start, 2);
		GUEST_ASSERT_EQ(apic_read(APIC_CURRENT_COUNT), 0);
		GUEST_ASSERT_EQ(apic_read(APIC_INITIAL_COUNT), 2 * MS);
	}
	/* Once it was, and once it stays. */
	start = rdtsc();
	while (rdtsc() - start < tsc_ms(5))
		;
	GUEST_ASSERT_EQ(READ_ONCE(ticks), 10);
}

TEST_F(timer, interrupts_a_spinning_guest)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_shoots));
}

TEST_F(timer, wakes_a_waiting_guest)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_shoots);

	vcpu_arg(vcpu, 0, 1);
	vcpu_expect_done(vcpu);
}

static __guest void guest_counts(void)
{
	__u32 count, last, i;

	begin(VECTOR);
	GUEST_ASSERT_EQ(apic_read(APIC_CURRENT_COUNT), 0);
	apic_write(APIC_INITIAL_COUNT, 0xfffffffe);
	last = apic_read(APIC_CURRENT_COUNT);
	GUEST_ASSERT_LE(last, 0xfffffffe);
	for (i = 0; i < 100; i++) {
		count = apic_read(APIC_CURRENT_COUNT);
		GUEST_ASSERT_LE(count, last);
		last = count;
	}
	/* Another divider: the count goes on from where it is, and no faster. */
	apic_write(APIC_DIVIDE, APIC_DIVIDE_BY_128);
	count = apic_read(APIC_CURRENT_COUNT);
	GUEST_ASSERT_LE(count, last);
	GUEST_ASSERT_GT(count, 0xf0000000);
	/* 0 stops it. */
	apic_write(APIC_INITIAL_COUNT, 0);
	GUEST_ASSERT_EQ(apic_read(APIC_CURRENT_COUNT), 0);
	GUEST_ASSERT_EQ(READ_ONCE(ticks), 0);
}

TEST_F(timer, current_count)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_counts));
}

static __guest void guest_divides(void)
{
	static const __u8 shifts[] = { 1, 2, 3, 4, 5, 6, 7, 0 };
	__u64 start;
	__u32 i;

	begin(VECTOR);
	for (i = 0; i < 8; i++) {
		apic_write(APIC_DIVIDE, (i & 4) << 1 | (i & 3));
		start = rdtsc();
		apic_write(APIC_INITIAL_COUNT, 2 * MS >> shifts[i]);
		guest_halt_until(READ_ONCE(ticks) == i + 1);
		assert_passed(start, 2);
		/* Another divider would be twice as slow, or more. */
		GUEST_ASSERT_LT(rdtsc() - start, tsc_ms(2000));
	}
}

TEST_F(timer, dividers)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_divides));
}

/* Masked, it counts and tells nobody. */
static __guest void guest_masks(void)
{
	__u64 start;

	begin(APIC_MASKED | VECTOR);
	apic_write(APIC_INITIAL_COUNT, MS);
	guest_wait_for(!apic_read(APIC_CURRENT_COUNT));
	start = rdtsc();
	while (rdtsc() - start < tsc_ms(2))
		;
	apic_write(APIC_LVT_TIMER, VECTOR);
	GUEST_ASSERT_EQ(READ_ONCE(ticks), 0);
	apic_write(APIC_INITIAL_COUNT, MS);
	guest_halt_until(READ_ONCE(ticks) == 1);
}

TEST_F(timer, masked)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_masks));
}

static __guest void guest_syncs_while_due(void)
{
	begin(VECTOR);
	apic_write(APIC_INITIAL_COUNT, 3 * MS);
	GUEST_SYNC(1);
	guest_wait_for(READ_ONCE(ticks) == 1);
}

/* A timer that runs out while the VMM has the vCPU interrupts at the next RUN. */
TEST_F(timer, due_outside_the_guest)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_syncs_while_due);

	vcpu_expect_sync(vcpu, 1);
	wait_until(!vcpu_get_reg(vcpu, AXVM_X86_APIC_TIMER) ||
		   vcpu_get_reg(vcpu, AXVM_X86_APIC_TIMER) == ~0ULL);
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* Periodic                                                                  */
/* ------------------------------------------------------------------------- */

static __guest void guest_is_ticked(void)
{
	__u64 start = rdtsc(), seen;

	begin(APIC_PERIODIC | VECTOR);
	apic_write(APIC_INITIAL_COUNT, MS);
	guest_halt_until(READ_ONCE(ticks) >= 20);
	/* Not every one has to come, but none too many. */
	assert_passed(start, 20);
	GUEST_ASSERT_LE(apic_read(APIC_CURRENT_COUNT), MS);
	/* One-shot again, it is the last one that counts. */
	apic_write(APIC_LVT_TIMER, VECTOR);
	seen = READ_ONCE(ticks);
	guest_halt_until(READ_ONCE(ticks) > seen);
	apic_write(APIC_INITIAL_COUNT, 0);
	seen = READ_ONCE(ticks);
	start = rdtsc();
	while (rdtsc() - start < tsc_ms(3))
		;
	GUEST_ASSERT_EQ(READ_ONCE(ticks), seen);
	/* A period that would take all of the host's time is made longer. */
	apic_write(APIC_LVT_TIMER, APIC_PERIODIC | VECTOR);
	start = rdtsc();
	WRITE_ONCE(ticks, 0);
	apic_write(APIC_INITIAL_COUNT, 1);
	guest_halt_until(READ_ONCE(ticks) >= 50);
	assert_passed(start, 10);
	apic_write(APIC_INITIAL_COUNT, 0);
}

TEST_F(timer, periodic)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_is_ticked));
}

/* ------------------------------------------------------------------------- */
/* By deadline                                                               */
/* ------------------------------------------------------------------------- */

/* 0 is never: written in time, which takes as long as the host likes. */
static __always_inline void cancel_a_deadline(void)
{
	__u64 ms = 1, deadline, seen;

	do {
		ms *= 2;
		deadline = rdtsc() + tsc_ms(ms);
		wrmsr(MSR_TSC_DEADLINE, deadline);
		wrmsr(MSR_TSC_DEADLINE, 0);
		seen = READ_ONCE(ticks);
	} while (rdtsc() >= deadline);
	deadline += tsc_ms(2);
	while (rdtsc() < deadline)
		;
	GUEST_ASSERT_EQ(READ_ONCE(ticks), seen);
}

static __guest void guest_sets_deadlines(__u64 wait)
{
	__u64 deadline, seen;
	__u32 i;

	begin(APIC_TSC_DEADLINE | VECTOR);
	GUEST_ASSERT_EQ(rdmsr(MSR_TSC_DEADLINE), 0);
	for (i = 1; i <= 10; i++) {
		deadline = rdtsc() + tsc_ms(2);
		wrmsr(MSR_TSC_DEADLINE, deadline);
		if (wait)
			guest_halt_until(READ_ONCE(ticks) == i);
		else
			guest_wait_for(READ_ONCE(ticks) == i);
		/* Never early, not by a tick. */
		GUEST_ASSERT_GE(rdtsc(), deadline);
		GUEST_ASSERT_EQ(rdmsr(MSR_TSC_DEADLINE), 0);
	}
	/* The past is now. */
	wrmsr(MSR_TSC_DEADLINE, rdtsc() - 1);
	GUEST_ASSERT_EQ(READ_ONCE(ticks), 11);
	wrmsr(MSR_TSC_DEADLINE, 1);
	GUEST_ASSERT_EQ(READ_ONCE(ticks), 12);
	cancel_a_deadline();
	seen = READ_ONCE(ticks);
	/* As far as it goes. */
	wrmsr(MSR_TSC_DEADLINE, ~0ULL);
	GUEST_ASSERT_EQ(rdmsr(MSR_TSC_DEADLINE), ~0ULL);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + (1ULL << 62));
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + tsc_ms(1));
	guest_halt_until(READ_ONCE(ticks) == seen + 1);
}

TEST_F(timer, deadline)
{
	need_deadline(self->vm);
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_sets_deadlines));
}

TEST_F(timer, deadline_wakes)
{
	struct vcpu *vcpu;

	need_deadline(self->vm);
	vcpu = vcpu_create(self->vm, 0, guest_sets_deadlines);
	vcpu_arg(vcpu, 0, 1);
	vcpu_expect_done(vcpu);
}

/* Did it take so little that neither had come to its end? */
static __guest bool change_modes(unsigned int ms)
{
	__u64 start = rdtsc();

	apic_write(APIC_INITIAL_COUNT, ms * MS);
	apic_write(APIC_LVT_TIMER, APIC_TSC_DEADLINE | VECTOR);
	GUEST_ASSERT_EQ(apic_read(APIC_CURRENT_COUNT), 0);
	apic_write(APIC_INITIAL_COUNT, ms * MS);
	GUEST_ASSERT_EQ(apic_read(APIC_INITIAL_COUNT), 0);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + tsc_ms(ms));
	apic_write(APIC_LVT_TIMER, APIC_PERIODIC | VECTOR);
	return rdtsc() - start < tsc_ms(ms);
}

/* Of count and deadline only one is there at a time; a change of modes stops either. */
static __guest void guest_changes_modes(void)
{
	__u64 start;

	begin(VECTOR);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + tsc_ms(1));
	GUEST_ASSERT_EQ(rdmsr(MSR_TSC_DEADLINE), 0);
	/* On a busy host a thread may be off its CPU for longer than that. */
	do {
		apic_write(APIC_LVT_TIMER, VECTOR);
		WRITE_ONCE(ticks, 0);
	} while (!change_modes(10));
	start = rdtsc();
	while (rdtsc() - start < tsc_ms(15))
		;
	GUEST_ASSERT_EQ(READ_ONCE(ticks), 0);
	GUEST_ASSERT_EQ(rdmsr(MSR_TSC_DEADLINE), 0);
}

TEST_F(timer, deadline_and_count)
{
	need_deadline(self->vm);
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_changes_modes));
}

/* Whoever moves the TSC moves the deadline nearer. */
static __guest void guest_moves_tsc(void)
{
	begin(APIC_TSC_DEADLINE | VECTOR);
	wrmsr(MSR_TSC_DEADLINE, rdtsc() + (1ULL << 50));
	wrmsr(MSR_TSC, rdtsc() + (1ULL << 50));
	guest_wait_for(READ_ONCE(ticks) == 1);
}

TEST_F(timer, deadline_with_moved_tsc)
{
	need_deadline(self->vm);
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_moves_tsc));
}

static __guest void guest_has_no_deadline(void)
{
	begin(VECTOR);
	GUEST_ASSERT_TRAPS(rdmsr(MSR_TSC_DEADLINE), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_TSC_DEADLINE, 0), TRAP_GP);
	if (READ_ONCE(apic_x2apic)) {
		GUEST_ASSERT_TRAPS(apic_write(APIC_LVT_TIMER, APIC_TSC_DEADLINE), TRAP_GP);
		return;
	}
	apic_write(APIC_LVT_TIMER, APIC_TSC_DEADLINE);
	GUEST_ASSERT_EQ(apic_read(APIC_LVT_TIMER), 0);
}

TEST_F(timer, without_deadline)
{
	vm_set_reg(self->vm, AXVM_X86_CPUID(1, 0, 2), vm_cpuid(self->vm, 1, 0, 2) & ~BIT(24));
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_has_no_deadline));
}

TEST_HARNESS_MAIN
