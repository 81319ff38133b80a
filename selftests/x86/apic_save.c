// SPDX-License-Identifier: GPL-2.0
/*
 * A local APIC that is saved in the middle of something goes on in another VM
 */
#include "test.h"
#include "apic.h"
#include "image.h"
#include "regs.h"
#include "vcpu.h"

FIXTURE(save) {
	struct vm *vm;
};

FIXTURE_VARIANT(save) {
	enum apic_kind kind;
};

FIXTURE_VARIANT_ADD(save, xapic) {
	.kind = APIC_XAPIC,
};

FIXTURE_VARIANT_ADD(save, x2apic) {
	.kind = APIC_X2APIC,
};

FIXTURE_VARIANT_ADD(save, virtual) {
	.kind = APIC_VIRTUAL,
};

static __u64 came[256], nr_came, tsc_khz;
static bool no_eoi;

FIXTURE_SETUP(save)
{
	self->vm = vm_create(0);
	apic_use(self->vm, variant->kind);
	*guest_var(self->vm, tsc_khz) = vm_get_reg(self->vm, AXVM_X86_VM_GUEST_TSC_KHZ);
}

FIXTURE_TEARDOWN(save)
{
	vm_destroy(self->vm);
}

static __guest void on_irq(__u64 vector)
{
	WRITE_ONCE(came[nr_came % 256], vector);
	WRITE_ONCE(nr_came, nr_came + 1);
	if (!READ_ONCE(no_eoi))
		apic_eoi();
}

static __always_inline void begin(void)
{
	guest_irq_disable();
	guest_set_irq_handler(on_irq);
	apic_start();
}

static __always_inline void let_in(void)
{
	guest_irq_enable();
	guest_irq_disable();
}

/* Here the VMM saves it. What goes on is another VM, whose memory nobody has touched yet. */
static __always_inline void be_saved(void)
{
	GUEST_SYNC(1);
	apic_touch();
}

/*
 * Another VM with the same memory and the same registers. @backwards: the registers are
 * written in the other order.
 */
static struct vcpu *duplicate(struct vcpu *vcpu, bool backwards)
{
	struct reg_set *vm_regs = regs_save(vcpu->vm->fd), *regs = regs_save(vcpu->ax.fd);
	struct vm *vm = vm_create(0);
	struct vcpu *copy = vcpu_create(vm, vcpu->id, NULL);

	memcpy(vm->ram, vcpu->vm->ram, RAM_LEN);
	memcpy(vm->image, vcpu->vm->image, image_len());
	if (backwards)
		regs_reverse(regs);
	regs_load(vm->fd, vm_regs);
	regs_load(copy->ax.fd, regs);
	return copy;
}

static void run_copies(struct vcpu *vcpu)
{
	struct vcpu *copy = duplicate(vcpu, false), *third = duplicate(copy, true);

	vcpu_expect_done(third);
	vcpu_expect_done(vcpu);
	vcpu_expect_done(copy);
}

/* ------------------------------------------------------------------------- */
/* Interrupts                                                                */
/* ------------------------------------------------------------------------- */

/* One in service, two requested, and one that the VMM sends while it saves. */
static __guest void guest_in_the_middle(void)
{
	begin();
	WRITE_ONCE(no_eoi, true);
	apic_write(APIC_TPR, 0x22);
	if (!READ_ONCE(apic_x2apic)) {
		apic_write(APIC_LDR, 0x04000000);
		apic_write(APIC_DFR, 0x0fffffff);
	}
	apic_write(APIC_LVT_ERROR, APIC_MASKED | 0x99);
	apic_send(0, APIC_TO_SELF | 0x51);
	let_in();
	apic_send(0, APIC_TO_SELF | 0x41);
	apic_send(0, APIC_TO_SELF | 0x54);
	apic_send(0, APIC_TO_SELF | 0x3);
	apic_send(0x23, 0x45);
	be_saved();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	GUEST_ASSERT(apic_has(APIC_ISR, 0x51));
	GUEST_ASSERT(apic_has(APIC_IRR, 0x41));
	GUEST_ASSERT(apic_has(APIC_IRR, 0x54));
	GUEST_ASSERT(apic_has(APIC_IRR, 0x71));
	GUEST_ASSERT(apic_has(APIC_TMR, 0x71));
	GUEST_ASSERT_EQ(apic_read(APIC_TPR), 0x22);
	GUEST_ASSERT_EQ(apic_read(APIC_PPR), 0x50);
	GUEST_ASSERT_EQ(apic_read(APIC_LVT_ERROR), APIC_MASKED | 0x99);
	GUEST_ASSERT_EQ(apic_read(APIC_ICR), 0x45);
	if (READ_ONCE(apic_x2apic)) {
		GUEST_ASSERT_EQ(rdmsr(MSR_X2APIC(APIC_ICR)), 0x2300000045ULL);
		GUEST_ASSERT_EQ(apic_read(APIC_LDR), 1);
	} else {
		GUEST_ASSERT_EQ(apic_read(APIC_ICR_HIGH), 0x23000000);
		GUEST_ASSERT_EQ(apic_read(APIC_LDR), 0x04000000);
		GUEST_ASSERT_EQ(apic_read(APIC_DFR), 0x0fffffff);
	}
	apic_write(APIC_ESR, 0);
	GUEST_ASSERT_EQ(apic_read(APIC_ESR), APIC_ERROR_SENT | APIC_ERROR_RECEIVED);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 2);
	GUEST_ASSERT_EQ(READ_ONCE(came[1]), 0x71);
	GUEST_SYNC(2);
	apic_eoi();
	GUEST_SYNC(3);
	apic_eoi();
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 3);
	GUEST_ASSERT_EQ(READ_ONCE(came[2]), 0x54);
	apic_eoi();
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 4);
	GUEST_ASSERT_EQ(READ_ONCE(came[3]), 0x41);
}

static void go_on(struct vcpu *vcpu)
{
	vcpu_expect_sync(vcpu, 2);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_INTERRUPT_END)->interrupt.vector, 0x71);
	vcpu_expect_sync(vcpu, 3);
	vcpu_expect_done(vcpu);
}

TEST_F(save, interrupts)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_in_the_middle), *copy, *third;

	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(axvm_send_msi(self->vm->fd, APIC_GPA, APIC_LEVEL | APIC_ASSERT | 0x71), 0);
	copy = duplicate(vcpu, false);
	third = duplicate(copy, true);
	go_on(third);
	go_on(vcpu);
	go_on(copy);
}

/* What is read is what was written, whatever else there is. */
TEST_F(save, registers)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_in_the_middle), *copy;

	vcpu_expect_sync(vcpu, 1);
	copy = duplicate(vcpu, true);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_X86_APIC(APIC_PPR >> 4)), 0x50);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_X86_APIC(APIC_CURRENT_COUNT >> 4)), 0);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_X86_APIC(APIC_ISR >> 4) + 2), 1 << 17);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_X86_APIC(APIC_ID >> 4)), 0);
}

TEST_F(save, refusals)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 3, guest_in_the_middle);
	int fd = vcpu->ax.fd;
	__u64 n;

	/* Either mode's id, and no other. */
	CHECK_OK(axvm_set_reg(fd, AXVM_X86_APIC(APIC_ID >> 4), 3));
	CHECK_OK(axvm_set_reg(fd, AXVM_X86_APIC(APIC_ID >> 4), 3 << 24));
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC(APIC_ID >> 4), 4), EACCES);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC(APIC_VERSION >> 4), 4), EACCES);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC(APIC_PPR >> 4), 4), EACCES);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC(APIC_IRR >> 4), 1), EINVAL);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC(APIC_ISR >> 4), 1ULL << 32), EINVAL);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC(APIC_TPR >> 4), 0x100), EINVAL);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC(APIC_LVT_LINT0 >> 4), 1 << 20), EINVAL);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC(APIC_INITIAL_COUNT >> 4), 1ULL << 32), EINVAL);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC_ERRORS, 1), EINVAL);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC_TIMER, 1ULL << 63), EINVAL);
	for (n = 0; n < 0x300; n++)
		if (axvm_set_reg(fd, AXVM_X86_APIC(n), 0) == -ENOENT)
			CHECK_ERRNO(axvm_get_reg(fd, AXVM_X86_APIC(n), &(__u64){ 0 }), ENOENT);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC(APIC_EOI >> 4), 0), ENOENT);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_APIC(APIC_SELF_IPI >> 4), 0), ENOENT);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_MSR(MSR_APIC_BASE), APIC_GPA | APIC_BASE_X2APIC),
		    EINVAL);
	CHECK_ERRNO(axvm_set_reg(fd, AXVM_X86_MSR(MSR_APIC_BASE), APIC_GPA | 1), EINVAL);
}

/* ------------------------------------------------------------------------- */
/* The timer                                                                 */
/* ------------------------------------------------------------------------- */

#define MS	1000000U

static __always_inline __u64 tsc_ms(__u64 ms)
{
	return READ_ONCE(tsc_khz) * ms;
}

static __guest void guest_waits_for_count(__u64 mode)
{
	begin();
	apic_write(APIC_DIVIDE, APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, mode | 0x61);
	apic_write(APIC_INITIAL_COUNT, 20 * MS);
	be_saved();
	GUEST_ASSERT_LE(apic_read(APIC_CURRENT_COUNT), 20 * MS);
	guest_halt_until(READ_ONCE(nr_came) == (mode ? 3 : 1));
}

TEST_F(save, one_shot)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_waits_for_count);

	vcpu_expect_sync(vcpu, 1);
	run_copies(vcpu);
}

TEST_F(save, periodic)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_waits_for_count);

	vcpu_arg(vcpu, 0, APIC_PERIODIC);
	vcpu_expect_sync(vcpu, 1);
	run_copies(vcpu);
}

/* It stands still while it is saved, and the one that comes to its end is not lost. */
TEST_F(save, expired_while_stopped)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_waits_for_count);

	vcpu_expect_sync(vcpu, 1);
	wait_until(vcpu_get_reg(vcpu, AXVM_X86_APIC_TIMER) == 0 ||
		   vcpu_get_reg(vcpu, AXVM_X86_APIC_TIMER) == ~0ULL);
	run_copies(vcpu);
}

static __guest void guest_waits_for_deadline(void)
{
	__u64 deadline;

	begin();
	apic_write(APIC_LVT_TIMER, APIC_TSC_DEADLINE | 0x61);
	deadline = rdtsc() + tsc_ms(20);
	wrmsr(MSR_TSC_DEADLINE, deadline);
	be_saved();
	guest_halt_until(READ_ONCE(nr_came) == 1);
	GUEST_ASSERT_GE(rdtsc(), deadline);
	GUEST_ASSERT_EQ(rdmsr(MSR_TSC_DEADLINE), 0);
}

TEST_F(save, deadline)
{
	struct vcpu *vcpu;

	if (!vm_has_cpuid(self->vm, 1, 0, 2, 24))
		test_skip("guests have no TSC deadline here");
	vcpu = vcpu_create(self->vm, 0, guest_waits_for_deadline);
	vcpu_expect_sync(vcpu, 1);
	run_copies(vcpu);
}

/* One that was set by registers alone, and nothing else. */
static __guest void guest_only_waits(void)
{
	guest_irq_disable();
	guest_set_irq_handler(on_irq);
	guest_halt_until(READ_ONCE(nr_came) == 1);
	GUEST_ASSERT_EQ(READ_ONCE(came[0]), 0x62);
}

TEST(by_registers)
{
	struct vcpu *vcpu = vcpu_new(guest_only_waits);
	const struct axvm_reg regs[] = {
		{ AXVM_X86_APIC_TIMER, 3 * MS },
		{ AXVM_X86_APIC(APIC_LVT_TIMER >> 4), 0x62 },
		{ AXVM_X86_APIC(APIC_SVR >> 4), 0x1ff },
	};

	vcpu_set_regs(vcpu, regs, ARRAY_SIZE(regs));
	CHECK_LE(vcpu_get_reg(vcpu, AXVM_X86_APIC_TIMER), 3 * MS);
	vcpu_expect_done(vcpu);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_APIC_TIMER), ~0ULL);
}

TEST_HARNESS_MAIN
