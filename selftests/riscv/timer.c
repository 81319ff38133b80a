// SPDX-License-Identifier: GPL-2.0
/*
 * Time: the time CSR, the SBI timer, and stimecmp, with Sstc and without
 */
#include "test.h"
#include "sbi.h"

FIXTURE(timer) {
	struct vm *vm;
};

/* How the guest sets its timer, and whether it has Sstc. */
FIXTURE_VARIANT(timer) {
	bool sstc;
	bool by_sbi;
};

FIXTURE_VARIANT_ADD(timer, stimecmp) {
	.sstc = true,
	.by_sbi = false,
};

FIXTURE_VARIANT_ADD(timer, sbi_with_sstc) {
	.sstc = true,
	.by_sbi = true,
};

FIXTURE_VARIANT_ADD(timer, sbi_without_sstc) {
	.sstc = false,
	.by_sbi = true,
};

static bool use_sbi;
static __u64 timebase;

FIXTURE_SETUP(timer)
{
	__u64 sstc;

	self->vm = vm_create(0);
	sstc = vm_get_reg(self->vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_SSTC));
	if (variant->sstc && !sstc)
		test_skip("this machine has no Sstc");
	if (!variant->sstc)
		vm_set_reg(self->vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_SSTC), 0);
	*guest_var(self->vm, use_sbi) = variant->by_sbi;
	*guest_var(self->vm, timebase) = vm_get_reg(self->vm, AXVM_RISCV_VM_TIMEBASE);
}

FIXTURE_TEARDOWN(timer)
{
	vm_destroy(self->vm);
}

static __always_inline void set_timer(__u64 when)
{
	if (READ_ONCE(use_sbi))
		GUEST_ASSERT_SBI(sbi_call(SBI_TIME, SBI_TIME_SET_TIMER, when), SBI_SUCCESS);
	else
		csr_write(CSR_STIMECMP, when);
}

#define NEVER	(~0ULL)

static __always_inline __u64 milliseconds(__u64 ms)
{
	return READ_ONCE(timebase) / 1000 * ms;
}

static __u64 ticks, due;

static __guest void on_timer(__u64 irq)
{
	GUEST_ASSERT_EQ(irq, IRQ_TIMER);
	GUEST_ASSERT_GE(guest_time(), READ_ONCE(due));
	WRITE_ONCE(ticks, READ_ONCE(ticks) + 1);
	set_timer(NEVER);
}

static __always_inline void take_timer_interrupts(void)
{
	guest_set_irq_handler(on_timer);
	set_timer(NEVER);
	csr_write(CSR_SIE, SIE_TIMER);
	guest_irq_enable();
}

/* ------------------------------------------------------------------------- */
/* The timer                                                                 */
/* ------------------------------------------------------------------------- */

static __guest void guest_ticks(__u64 wait)
{
	__u64 i;

	take_timer_interrupts();
	for (i = 1; i <= 20; i++) {
		WRITE_ONCE(due, guest_time() + milliseconds(2));
		set_timer(READ_ONCE(due));
		if (wait)
			guest_halt_until(READ_ONCE(ticks) == i);
		else
			guest_wait_for(READ_ONCE(ticks) == i);
	}
}

TEST_F(timer, interrupts_a_spinning_guest)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_ticks));
}

TEST_F(timer, wakes_a_waiting_guest)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_ticks);

	vcpu_arg(vcpu, 0, 1);
	vcpu_expect_done(vcpu);
	CHECK_EQ(vcpu_stat(vcpu, "exit_halt"), 0);
}

static __u64 probed, shown_in_sip;

static __guest void on_probe(__u64 irq)
{
	GUEST_ASSERT_EQ(irq, IRQ_TIMER);
	WRITE_ONCE(probed, 1);
	csr_clear(CSR_SIE, SIE_TIMER);
}

/*
 * Pending is what interrupts when it may. A write to sstatus or sie is followed by a look
 * at that. sip tells as well, but not on every machine.
 */
static __always_inline __u64 timer_is_pending(void)
{
	WRITE_ONCE(probed, 0);
	csr_set(CSR_SIE, SIE_TIMER);
	guest_irq_enable();
	guest_irq_disable();
	csr_clear(CSR_SIE, SIE_TIMER);
	return READ_ONCE(probed);
}

/* It does not change from one look to the next: the timer is due, or far away. */
static __always_inline void check_pending(__u64 pending)
{
	GUEST_ASSERT_EQ(timer_is_pending(), pending);
	if (READ_ONCE(shown_in_sip))
		GUEST_ASSERT_EQ(!!(csr_read(CSR_SIP) & SIE_TIMER), pending);
}

/* It is pending as long as it is due, and not a moment earlier. */
static __guest void guest_polls(void)
{
	__u64 when, pending, now;

	guest_set_irq_handler(on_probe);
	set_timer(NEVER);
	check_pending(0);
	when = guest_time() + milliseconds(5);
	set_timer(when);
	do {
		pending = timer_is_pending();
		now = guest_time();
		if (pending)
			GUEST_ASSERT_GE(now, when);
		/* Late it may be, but not for ever. */
		GUEST_ASSERT_LT(now, when + milliseconds(5000));
	} while (!pending);
	check_pending(1);
	/* sip.STIP is not the guest's to clear. */
	csr_clear(CSR_SIP, SIE_TIMER);
	check_pending(1);
	set_timer(NEVER);
	check_pending(0);
	/* The past is due at once. */
	set_timer(guest_time() - 1);
	guest_wait_for(timer_is_pending());
	set_timer(0);
	guest_wait_for(timer_is_pending());
	check_pending(1);
}

static __guest void guest_shows_pending(void)
{
	GUEST_SYNC(1, csr_read(CSR_SIP));
}

/* QEMU 7.2 does not show a guest more of sip than SSIP. */
static bool sip_is_shown(void)
{
	struct vcpu *vcpu = vcpu_new(guest_shows_pending);

	CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_RISCV_IRQ_EXTERNAL, 1));
	return vcpu_expect_sync(vcpu, 1)->args[1] & SIE_EXTERNAL;
}

TEST_F(timer, pending)
{
	*guest_var(self->vm, shown_in_sip) = sip_is_shown();
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_polls));
}

/* WFI with a timer that is enabled in sie, and interrupts off as a whole. */
static __guest void guest_waits_with_interrupts_off(void)
{
	__u64 when;

	guest_irq_disable();
	csr_write(CSR_SIE, SIE_TIMER);
	when = guest_time() + milliseconds(5);
	set_timer(when);
	while (guest_time() < when)
		guest_halt();
	GUEST_ASSERT_EQ(READ_ONCE(ticks), 0);
}

TEST_F(timer, wakes_with_interrupts_off)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_waits_with_interrupts_off));
}

static __guest void guest_syncs_while_due(void)
{
	take_timer_interrupts();
	WRITE_ONCE(due, guest_time() + milliseconds(3));
	set_timer(READ_ONCE(due));
	GUEST_SYNC(1);
	guest_wait_for(READ_ONCE(ticks) == 1);
}

/* A timer that runs out while the VMM has the vCPU interrupts at the next RUN. */
TEST_F(timer, due_outside_the_guest)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_syncs_while_due);
	__u64 when;

	vcpu_expect_sync(vcpu, 1);
	when = *guest_var(self->vm, due);
	wait_until(vm_get_reg(self->vm, AXVM_RISCV_VM_TIME) > when);
	vcpu_expect_done(vcpu);
}

static __guest void guest_leaves_a_timer(void)
{
	csr_write(CSR_SIE, SIE_TIMER);
	GUEST_SYNC(1);
	set_timer(guest_time() + milliseconds(1));
	GUEST_SYNC(2);
}

static __guest void no_interrupt(__u64 irq)
{
	GUEST_FAIL("an interrupt from nowhere", irq);
}

static __guest void guest_has_no_timer(void)
{
	__u64 end = guest_time() + milliseconds(20);

	guest_set_irq_handler(no_interrupt);
	csr_write(CSR_SIE, SIE_TIMER);
	guest_irq_enable();
	guest_wait_for(guest_time() > end);
	guest_irq_disable();
}

/* A timer that one guest has left on a CPU, and that is due, is nobody else's. */
TEST_F(timer, of_another_guest)
{
	__u64 second = vm_get_reg(self->vm, AXVM_RISCV_VM_TIMEBASE), now;
	struct vm *other = vm_create(0);
	struct vcpu *vcpu, *without;

	*guest_var(other, timebase) = second;
	vcpu = vcpu_create_flags(self->vm, 0, guest_leaves_a_timer, 0, host_cpu(0));
	vcpu_expect_sync(vcpu, 1);
	vcpu_expect_sync(vcpu, 2);
	now = vm_get_reg(self->vm, AXVM_RISCV_VM_TIME);
	wait_until(vm_get_reg(self->vm, AXVM_RISCV_VM_TIME) > now + second / 100);
	vm_set_reg(other, AXVM_RISCV_ISA(AXVM_RISCV_ISA_SSTC), 0);
	without = vcpu_create_flags(other, 0, guest_has_no_timer, 0, host_cpu(0));
	vcpu_expect_done(without);
	vcpu_expect_done(vcpu);
}

#define HOUR	(3600 * 1000ULL)

static __guest void guest_waits_for_an_hour(__u64 sync)
{
	take_timer_interrupts();
	WRITE_ONCE(due, guest_time() + milliseconds(HOUR));
	set_timer(READ_ONCE(due));
	if (sync)
		GUEST_SYNC(1);
	guest_halt_until(READ_ONCE(ticks) == 1);
}

/* The clock is moved under a vCPU that waits: to the time it waits for, or back and then there. */
static void move_clock(struct vm *vm, bool back)
{
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_waits_for_an_hour);

	vcpu_start(vcpu);
	wait_until(vcpu_state(vcpu) == AXVM_VCPU_BLOCKED);
	if (back) {
		vm_set_reg(vm, AXVM_RISCV_VM_TIME, 0);
		wait_until(vcpu_state(vcpu) == AXVM_VCPU_BLOCKED);
		CHECK_EQ(*guest_var(vm, ticks), 0);
	}
	vm_set_reg(vm, AXVM_RISCV_VM_TIME, *guest_var(vm, due));
	vcpu_join(vcpu);
}

TEST_F(timer, clock_moved_while_waiting)
{
	move_clock(self->vm, false);
}

TEST_F(timer, clock_moved_back_and_forth)
{
	move_clock(self->vm, true);
}

/* The timer in software counts on while its vCPU does not run. */
TEST_F(timer, clock_moved_outside_the_guest)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_waits_for_an_hour);

	vcpu_arg(vcpu, 0, 1);
	vcpu_expect_sync(vcpu, 1);
	vm_set_reg(self->vm, AXVM_RISCV_VM_TIME, *guest_var(self->vm, due));
	vcpu_expect_done(vcpu);
}

static __guest void guest_expects_a_tick(void)
{
	guest_set_irq_handler(on_timer);
	GUEST_SYNC(1);
	csr_write(CSR_SIE, SIE_TIMER);
	guest_irq_enable();
	guest_wait_for(READ_ONCE(ticks) == 1);
}

/*
 * A timer that runs out while the registers are written, before sip is, which has been
 * saved without its interrupt.
 */
TEST_F(timer, due_while_restored)
{
	struct axvm_reg regs[] = {
		{ AXVM_RISCV_SBI_TIMER, 1 },
		{ AXVM_RISCV_CSR(CSR_SIP), 0 },
	};
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_expects_a_tick);

	vcpu_expect_sync(vcpu, 1);
	CHECK_OK(axvm_set_regs(vcpu->ax.fd, regs, 1, NULL));
	wait_until(vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_SIP)) || variant->sstc);
	CHECK_OK(axvm_set_regs(vcpu->ax.fd, &regs[1], 1, NULL));
	vcpu_expect_done(vcpu);
}

static __guest void guest_sleeps_by_its_clock(void)
{
	__u64 i;

	take_timer_interrupts();
	for (i = 1; i <= 50; i++) {
		WRITE_ONCE(due, guest_time() + milliseconds(2));
		set_timer(READ_ONCE(due));
		guest_halt_until(READ_ONCE(ticks) == i);
	}
}

/* Two guests on one CPU, whose clocks are days apart: none has the other's. */
TEST_F(timer, beside_another_clock)
{
	__u64 day = 24 * 3600 * vm_get_reg(self->vm, AXVM_RISCV_VM_TIMEBASE);
	struct vm *other = vm_create(0);
	struct vcpu *a, *b;

	*guest_var(other, use_sbi) = variant->by_sbi;
	*guest_var(other, timebase) = day / (24 * 3600);
	vm_set_reg(other, AXVM_RISCV_ISA(AXVM_RISCV_ISA_SSTC), variant->sstc);
	vm_set_reg(other, AXVM_RISCV_VM_TIME, 100 * day);
	a = vcpu_create_flags(self->vm, 0, guest_sleeps_by_its_clock, 0, host_cpu(0));
	b = vcpu_create_flags(other, 0, guest_sleeps_by_its_clock, 0, host_cpu(0));
	vcpu_start(a);
	vcpu_start(b);
	vcpu_join(a);
	vcpu_join(b);
}

/* The register that every VMM saves says when, whatever the guest set it by. */
static __guest void guest_sets_and_syncs(__u64 when)
{
	set_timer(when);
	GUEST_SYNC(1);
	for (;;)
		guest_halt();
}

TEST_F(timer, register_says_when)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_sets_and_syncs);

	vcpu_arg(vcpu, 0, 1ULL << 60);
	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_SBI_TIMER), 1ULL << 60);
	if (variant->sstc)
		CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_STIMECMP)), 1ULL << 60);
}

/* With Sstc stimecmp is the same timer as SBI's; without, it is not there. */
static __guest void guest_compares_both(__u64 sstc)
{
	__u64 value = 0;

	sbi_call(SBI_TIME, SBI_TIME_SET_TIMER, 1ULL << 59);
	GUEST_ASSERT_EQ(guest_try(value = csr_read(CSR_STIMECMP)), sstc ? TRAP_NONE : TRAP_ILLEGAL);
	if (sstc)
		GUEST_ASSERT_EQ(value, 1ULL << 59);
	GUEST_ASSERT_SBI(sbi_call(SBI_TIME, 1), SBI_ERR_NOT_SUPPORTED);
}

TEST_F(timer, stimecmp_and_sbi)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_compares_both);

	vcpu_arg(vcpu, 0, variant->sstc);
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* The time CSR                                                              */
/* ------------------------------------------------------------------------- */

static __guest void guest_tells_time(void)
{
	for (;;)
		GUEST_SYNC(1, guest_time());
}

TEST(time_is_the_vm_s)
{
	struct vm *vm = vm_create(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_tells_time);
	__u64 before, now, after;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		before = vm_get_reg(vm, AXVM_RISCV_VM_TIME);
		now = vcpu_expect_sync(vcpu, 1)->args[1];
		after = vm_get_reg(vm, AXVM_RISCV_VM_TIME);
		CHECK_LE(before, now);
		CHECK_LE(now, after);
	}
}

TEST(time_can_be_set)
{
	static const __u64 times[] = { 0, 1ULL << 40, 12345, 1ULL << 63 };
	struct vm *vm = vm_create(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_tells_time);
	__u64 second = vm_get_reg(vm, AXVM_RISCV_VM_TIMEBASE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		vm_set_reg(vm, AXVM_RISCV_VM_TIME, times[i]);
		CHECK_LT(vm_get_reg(vm, AXVM_RISCV_VM_TIME) - times[i], 10 * second);
		CHECK_LT(vcpu_expect_sync(vcpu, 1)->args[1] - times[i], 10 * second);
	}
}

static __guest void guest_waits_for_time(__u64 when)
{
	guest_wait_for(guest_time() >= when);
}

/* A vCPU that runs, and needs nothing from anybody, sees its clock moved. */
TEST(time_can_be_set_while_running)
{
	struct vcpu *vcpu = vcpu_new(guest_waits_for_time);
	__u64 when = 1ULL << 50;

	vcpu_arg(vcpu, 0, when);
	vcpu_start(vcpu);
	wait_until(vcpu_is_running(vcpu));
	vm_set_reg(vcpu->vm, AXVM_RISCV_VM_TIME, when);
	vcpu_join(vcpu);
}

TEST(each_vm_has_its_own_time)
{
	struct vcpu *a = vcpu_new(guest_tells_time), *b = vcpu_new(guest_tells_time);
	__u64 far = 1ULL << 50;
	unsigned int i;

	vm_set_reg(a->vm, AXVM_RISCV_VM_TIME, far);
	vm_set_reg(b->vm, AXVM_RISCV_VM_TIME, 0);
	for (i = 0; i < 20; i++) {
		CHECK_GE(vcpu_expect_sync(a, 1)->args[1], far);
		CHECK_LT(vcpu_expect_sync(b, 1)->args[1], far);
	}
}

/* A turn of the clock is passed from vCPU to vCPU: it never goes back. */
static __u64 latest, turn;
#define VCPUS	4
#define TURNS	300

static __guest void guest_compares(void)
{
	__u64 id = guest_id(), now;

	while (READ_ONCE(turn) < TURNS) {
		if (READ_ONCE(turn) % VCPUS != id) {
			guest_relax();
			continue;
		}
		guest_fence();
		now = guest_time();
		GUEST_ASSERT_GE(now, READ_ONCE(latest));
		WRITE_ONCE(latest, now);
		guest_fence();
		WRITE_ONCE(turn, READ_ONCE(turn) + 1);
	}
}

TEST(monotonic_across_vcpus)
{
	struct vm *vm = vm_create(0);
	unsigned int i;

	for (i = 0; i < VCPUS; i++)
		vcpu_start(vcpu_create(vm, i, guest_compares));
	for (i = 0; i < VCPUS; i++)
		vcpu_join(vm->vcpus[i]);
}

TEST_HARNESS_MAIN
