// SPDX-License-Identifier: GPL-2.0
/*
 * What comes to the local APIC from outside: messages of devices, LINT0 and LINT1
 */
#include "test.h"
#include "apic.h"
#include "vcpu.h"

FIXTURE(inputs) {
	struct vm *vm;
};

FIXTURE_VARIANT(inputs) {
	enum apic_kind kind;
};

FIXTURE_VARIANT_ADD(inputs, xapic) {
	.kind = APIC_XAPIC,
};

FIXTURE_VARIANT_ADD(inputs, x2apic) {
	.kind = APIC_X2APIC,
};

FIXTURE_VARIANT_ADD(inputs, virtual) {
	.kind = APIC_VIRTUAL,
};

FIXTURE_SETUP(inputs)
{
	self->vm = vm_create(0);
	apic_use(self->vm, variant->kind);
}

FIXTURE_TEARDOWN(inputs)
{
	vm_destroy(self->vm);
}

#define CPUS	3
static __u32 taken[CPUS][256], nmis[CPUS], came[CPUS];
static __u32 priority[CPUS];
static bool no_eoi;

static __guest void on_irq(__u64 vector)
{
	__u64 id = guest_id();

	WRITE_ONCE(taken[id][vector], taken[id][vector] + 1);
	WRITE_ONCE(came[id], came[id] + 1);
	if (!READ_ONCE(no_eoi))
		apic_eoi();
}

static __guest void on_nmi(struct guest_frame *frame)
{
	__u64 id = guest_id();

	(void)frame;
	WRITE_ONCE(nmis[id], nmis[id] + 1);
}

static __always_inline void begin(void)
{
	__u64 id = guest_id();

	guest_irq_disable();
	guest_set_irq_handler(on_irq);
	guest_set_nmi_handler(on_nmi);
	apic_start();
	apic_write(APIC_TPR, priority[id]);
	if (!READ_ONCE(apic_x2apic))
		apic_write(APIC_LDR, 1U << (24 + id));
}

/* Tells what came, again and again. */
static __guest void guest_tells(void)
{
	__u64 id = guest_id();

	begin();
	for (;;) {
		guest_irq_enable();
		guest_irq_disable();
		GUEST_SYNC(1, READ_ONCE(came[id]), READ_ONCE(nmis[id]));
	}
}

/* ------------------------------------------------------------------------- */
/* Messages                                                                  */
/* ------------------------------------------------------------------------- */

#define MSI_ADDRESS	0xfee00000ULL
#define MSI_LOGICAL	X86_BIT(2)
#define MSI_REDIRECT	X86_BIT(3)
#define MSI_LEVEL	(APIC_LEVEL | APIC_ASSERT)

/* The upper bits of a destination are below the others. */
static __u64 msi_to(__u64 id)
{
	return MSI_ADDRESS | (id & 0xff) << 12 | (id >> 8 & 0x7f) << 5;
}

static void create_all(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		vcpu_expect_sync(vcpu_create(vm, i, guest_tells), 1);
}

/* Who has it, as bits; each is asked, and tells since the last time. */
static unsigned int receivers(struct vm *vm, __u64 vector)
{
	unsigned int i, mask = 0;
	__u32 *count;

	for (i = 0; i < CPUS; i++) {
		vcpu_expect_sync(vm->vcpus[i], 1);
		count = &(*guest_var(vm, taken))[i][vector];
		CHECK_LE(*count, 1);
		if (*count)
			mask |= 1 << i;
		*count = 0;
	}
	return mask;
}

#define expect_message(...)	__expect_message(HERE, __VA_ARGS__)
static void __expect_message(struct where where, struct vm *vm, __u64 address, __u32 data,
			     unsigned int mask)
{
	int ret = axvm_send_msi(vm->fd, address, data);
	unsigned int got = receivers(vm, data & 0xff);

	if (ret != !mask || got != mask)
		check_failed(where, "returned %d, came to 0x%x instead of 0x%x", ret, got, mask);
}

TEST_F(inputs, messages)
{
	struct vm *vm = self->vm;

	create_all(vm);
	expect_message(vm, msi_to(0), 0x41, 1);
	expect_message(vm, msi_to(2), 0x42, 4);
	expect_message(vm, msi_to(3), 0x43, 0);
	expect_message(vm, msi_to(0xff), 0x44, 7);
	expect_message(vm, msi_to(0xff) | MSI_LOGICAL, 0x45, 7);
	expect_message(vm, msi_to(5) | MSI_LOGICAL, 0x46, 5);
	expect_message(vm, msi_to(2) | MSI_LOGICAL, 0x47, 2);
	expect_message(vm, msi_to(8) | MSI_LOGICAL, 0x48, 0);
	expect_message(vm, msi_to(0x102), 0x49, 0);
	expect_message(vm, msi_to(0x7f00), 0x4a, 0);
	/* Two at once, and one that is there already. */
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(1), 0x51), 0);
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(1), 0x51), 0);
	expect_message(vm, msi_to(1), 0x52, 2);
	CHECK_EQ((*guest_var(vm, taken))[1][0x51], 1);
	/* A level that ends is none. */
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(1), APIC_LEVEL | 0x53), 0);
	CHECK_EQ(receivers(vm, 0x53), 0);
}

static struct vcpu *vcpu_with_x2apic(struct vm *vm, __u32 id)
{
	struct vcpu *vcpu = vcpu_create(vm, id, guest_tells);

	vcpu_set_reg(vcpu, AXVM_X86_MSR(MSR_APIC_BASE),
		     vcpu_get_reg(vcpu, AXVM_X86_MSR(MSR_APIC_BASE)) | APIC_BASE_X2APIC);
	vcpu_set_reg(vcpu, AXVM_X86_APIC(APIC_SVR >> 4), 0x1ff);
	return vcpu;
}

static bool is_requested(struct vcpu *vcpu, __u32 vector)
{
	return vcpu_get_reg(vcpu, AXVM_X86_APIC(APIC_IRR >> 4) + vector / 32) >> vector % 32 & 1;
}

/* Everybody in 8 bits, or the one in x2APIC mode that has this id. */
TEST_F(inputs, message_to_255)
{
	struct vcpu *first = vcpu_with_x2apic(self->vm, 0), *last;

	CHECK_EQ(axvm_send_msi(self->vm->fd, msi_to(0xff), 0x44), 0);
	CHECK(is_requested(first, 0x44));
	last = vcpu_with_x2apic(self->vm, 0xff);
	CHECK_EQ(axvm_send_msi(self->vm->fd, msi_to(0xff), 0x45), 0);
	CHECK(!is_requested(first, 0x45) && is_requested(last, 0x45));
	CHECK_EQ(axvm_send_msi(self->vm->fd, msi_to(0xff) | MSI_LOGICAL, 0x46), 0);
	CHECK(is_requested(first, 0x46) && is_requested(last, 0x46));
}

TEST_F(inputs, lowest_priority)
{
	struct vm *vm = self->vm;

	(*guest_var(vm, priority))[0] = 0x30;
	(*guest_var(vm, priority))[1] = 0x10;
	(*guest_var(vm, priority))[2] = 0x20;
	create_all(vm);
	expect_message(vm, msi_to(7) | MSI_LOGICAL, APIC_LOWEST | 0x41, 2);
	expect_message(vm, msi_to(5) | MSI_LOGICAL, APIC_LOWEST | 0x42, 4);
	expect_message(vm, msi_to(5) | MSI_LOGICAL | MSI_REDIRECT, 0x43, 4);
	expect_message(vm, msi_to(0xff) | MSI_REDIRECT, 0x44, 2);
	expect_message(vm, msi_to(0), APIC_LOWEST | 0x45, 1);
	expect_message(vm, msi_to(8) | MSI_LOGICAL, APIC_LOWEST | 0x46, 0);
}

/* Of equals each vector has its own, and all have their share. */
TEST_F(inputs, lowest_priority_of_equals)
{
	unsigned int vector, mask, all = 0;
	struct vm *vm = self->vm;

	create_all(vm);
	for (vector = 0x40; vector < 0x48; vector++) {
		CHECK_EQ(axvm_send_msi(vm->fd, msi_to(7) | MSI_LOGICAL, APIC_LOWEST | vector), 0);
		mask = receivers(vm, vector);
		CHECK(mask && !(mask & (mask - 1)));
		expect_message(vm, msi_to(7) | MSI_LOGICAL, APIC_LOWEST | vector, mask);
		all |= mask;
	}
	CHECK_EQ(all, 7);
}

TEST_F(inputs, other_modes)
{
	struct vm *vm = self->vm;

	create_all(vm);
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(1), APIC_NMI), 0);
	CHECK_EQ(vcpu_expect_sync(vm->vcpus[1], 1)->args[2], 1);
	CHECK_EQ(vcpu_expect_sync(vm->vcpus[0], 1)->args[2], 0);
	/* Nobody has such modes. */
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(1), APIC_SMI), 1);
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(1), 3 << 8), 1);
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(1), APIC_EXTINT | 0x41), 1);
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(1), APIC_STARTUP | 8), 1);
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(2), APIC_INIT), 0);
	CHECK_EQ(vcpu_get_reg(vm->vcpus[2], AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
	/* These are for memory, or for one who remaps. */
	CHECK_ERRNO(axvm_send_msi(vm->fd, 0xfed00000, 0x41), EINVAL);
	CHECK_ERRNO(axvm_send_msi(vm->fd, 0xfef00000, 0x41), EINVAL);
	CHECK_ERRNO(axvm_send_msi(vm->fd, MSI_ADDRESS | 1ULL << 32, 0x41), EINVAL);
	CHECK_ERRNO(axvm_send_msi(vm->fd, MSI_ADDRESS | 1 << 4, 0x41), EINVAL);
	/* An illegal vector is the receiver's error. */
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(1), 0x8), 0);
	CHECK_EQ(vcpu_expect_sync(vm->vcpus[1], 1)->args[1], 0);
	CHECK_EQ(vcpu_get_reg(vm->vcpus[1], AXVM_X86_APIC_ERRORS), APIC_ERROR_RECEIVED);
}

/* Nobody is there before its APIC is on. */
TEST(not_enabled)
{
	struct vm *vm = vm_create(0);

	vcpu_create(vm, 0, guest_tells);
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(0), 0x41), 1);
	CHECK_EQ(axvm_send_msi(vm->fd, msi_to(0), APIC_NMI), 0);
}

static __guest void guest_halts(void)
{
	begin();
	GUEST_SYNC(1);
	guest_halt_until(READ_ONCE(came[0]) == 1);
}

static void *send_soon(void *data)
{
	struct vcpu *vcpu = data;

	wait_until(vcpu_state(vcpu) == AXVM_VCPU_BLOCKED);
	CHECK_EQ(axvm_send_msi(vcpu->vm->fd, msi_to(0), 0x41), 0);
	return NULL;
}

TEST_F(inputs, message_wakes)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_halts);
	pthread_t thread;

	vcpu_expect_sync(vcpu, 1);
	thread = thread_start(send_soon, vcpu);
	vcpu_expect_done(vcpu);
	thread_join(thread);
}

/* One that spins is interrupted. */
static __guest void guest_spins(void)
{
	begin();
	guest_irq_enable();
	GUEST_SYNC(1);
	guest_wait_for(READ_ONCE(came[0]) == 200);
}

static void *send_many(void *data)
{
	struct vcpu *vcpu = data;
	__u32 *seen = &(*guest_var(vcpu->vm, came))[0], i;

	for (i = 0; i < 200; i++) {
		CHECK_EQ(axvm_send_msi(vcpu->vm->fd, msi_to(0), 0x40 + i % 64), 0);
		wait_until(READ_ONCE(*seen) == i + 1);
	}
	return NULL;
}

TEST_F(inputs, messages_to_a_running_guest)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_spins);
	pthread_t thread;

	vcpu_expect_sync(vcpu, 1);
	thread = thread_start(send_many, vcpu);
	vcpu_expect_done(vcpu);
	thread_join(thread);
}

/* ------------------------------------------------------------------------- */
/* Level-triggered ones                                                      */
/* ------------------------------------------------------------------------- */

static __guest void guest_ends_levels(void)
{
	begin();
	WRITE_ONCE(no_eoi, true);
	GUEST_SYNC(1);
	GUEST_ASSERT(apic_has(APIC_IRR, 0x71));
	GUEST_ASSERT(apic_has(APIC_TMR, 0x71));
	guest_irq_enable();
	guest_irq_disable();
	GUEST_ASSERT_EQ(READ_ONCE(came[0]), 1);
	GUEST_ASSERT(apic_has(APIC_TMR, 0x71));
	apic_eoi();
	GUEST_SYNC(2);
	/* The same vector by an edge. */
	GUEST_ASSERT(!apic_has(APIC_TMR, 0x71));
	guest_irq_enable();
	guest_irq_disable();
	GUEST_ASSERT_EQ(READ_ONCE(came[0]), 2);
	apic_eoi();
	GUEST_SYNC(3);
}

TEST_F(inputs, end_of_level)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_ends_levels);

	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(axvm_send_msi(self->vm->fd, msi_to(0), MSI_LEVEL | 0x71), 0);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_INTERRUPT_END)->interrupt.vector, 0x71);
	vcpu_expect_sync(vcpu, 2);
	CHECK_EQ(axvm_send_msi(self->vm->fd, msi_to(0), 0x71), 0);
	vcpu_expect_sync(vcpu, 3);
}

/* By an instruction that is not a plain move. */
static __guest void guest_ends_by_xchg(void)
{
	__u32 zero = 0;

	begin();
	WRITE_ONCE(no_eoi, true);
	GUEST_SYNC(1);
	guest_irq_enable();
	guest_irq_disable();
	asm volatile("xchgl %0, (%1)" : "+r" (zero) : "r" (APIC_GPA + APIC_EOI) : "memory");
	GUEST_SYNC(2);
}

TEST(end_of_level_by_xchg)
{
	struct vcpu *vcpu = vcpu_new(guest_ends_by_xchg);

	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(axvm_send_msi(vcpu->vm->fd, msi_to(0), MSI_LEVEL | 0x72), 0);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_INTERRUPT_END)->interrupt.vector, 0x72);
	vcpu_expect_sync(vcpu, 2);
}

/* ------------------------------------------------------------------------- */
/* LINT0 and LINT1                                                           */
/* ------------------------------------------------------------------------- */

static void set_line(struct vcpu *vcpu, __u32 irq, __u32 level)
{
	CHECK_OK(axvm_set_irq(vcpu->ax.fd, irq, level));
}

static void pulse(struct vcpu *vcpu, __u32 irq)
{
	set_line(vcpu, irq, 1);
	set_line(vcpu, irq, 0);
}

static __guest void guest_has_lints(__u64 lint0, __u64 lint1)
{
	begin();
	apic_write(APIC_LVT_LINT0, lint0);
	apic_write(APIC_LVT_LINT1, lint1);
	guest_tells();
}

static struct vcpu *vcpu_with_lints(struct vm *vm, __u32 lint0, __u32 lint1)
{
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_has_lints);

	vcpu_arg(vcpu, 0, lint0);
	vcpu_arg(vcpu, 1, lint1);
	vcpu_expect_sync(vcpu, 1);
	return vcpu;
}

static __u64 came_of(struct vcpu *vcpu)
{
	return vcpu_expect_sync(vcpu, 1)->args[1];
}

TEST_F(inputs, lint_edges)
{
	struct vcpu *vcpu = vcpu_with_lints(self->vm, 0x61, 0x62);

	set_line(vcpu, AXVM_X86_IRQ_LINT0, 1);
	CHECK_EQ(came_of(vcpu), 1);
	CHECK_EQ((*guest_var(self->vm, taken))[0][0x61], 1);
	/* Another edge comes only after this one's end. */
	set_line(vcpu, AXVM_X86_IRQ_LINT0, 0);
	CHECK_EQ(came_of(vcpu), 1);
	pulse(vcpu, AXVM_X86_IRQ_LINT0);
	CHECK_EQ(came_of(vcpu), 2);
	pulse(vcpu, AXVM_X86_IRQ_LINT1);
	CHECK_EQ(came_of(vcpu), 3);
	CHECK_EQ((*guest_var(self->vm, taken))[0][0x62], 1);
}

TEST_F(inputs, lint_masked)
{
	struct vcpu *vcpu = vcpu_with_lints(self->vm, APIC_MASKED | 0x61, APIC_MASKED | APIC_NMI);

	pulse(vcpu, AXVM_X86_IRQ_LINT0);
	pulse(vcpu, AXVM_X86_IRQ_LINT1);
	CHECK_EQ(came_of(vcpu), 0);
	CHECK_EQ(vcpu->uc.args[2], 0);
}

TEST_F(inputs, lint_nmi)
{
	struct vcpu *vcpu = vcpu_with_lints(self->vm, APIC_MASKED, APIC_NMI);

	pulse(vcpu, AXVM_X86_IRQ_LINT1);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[2], 1);
	pulse(vcpu, AXVM_X86_IRQ_NMI);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[2], 2);
}

/* As long as it is high it comes again after each end. */
TEST_F(inputs, lint_level)
{
	struct vcpu *vcpu = vcpu_with_lints(self->vm, APIC_LEVEL | 0x61, APIC_MASKED);
	unsigned int i;

	set_line(vcpu, AXVM_X86_IRQ_LINT0, 1);
	for (i = 0; i < 3; i++)
		CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_INTERRUPT_END)->interrupt.vector, 0x61);
	set_line(vcpu, AXVM_X86_IRQ_LINT0, 0);
	/* One is on its way since the last end. */
	vcpu_expect(vcpu, AXVM_EXIT_INTERRUPT_END);
	CHECK_EQ(came_of(vcpu), 4);
	CHECK_EQ(came_of(vcpu), 4);
}

/* The vector is asked for when the CPU takes the interrupt. */
TEST_F(inputs, lint_extint)
{
	struct vcpu *vcpu = vcpu_with_lints(self->vm, APIC_EXTINT, APIC_MASKED);

	set_line(vcpu, AXVM_X86_IRQ_LINT0, 1);
	vcpu_expect(vcpu, AXVM_EXIT_INTERRUPT_ACK);
	set_line(vcpu, AXVM_X86_IRQ_LINT0, 0);
	axvm_answer(&vcpu->ax, 0x33, 0);
	CHECK_EQ(came_of(vcpu), 1);
	CHECK_EQ((*guest_var(self->vm, taken))[0][0x33], 1);
	/* Low again before it was taken: nothing. */
	pulse(vcpu, AXVM_X86_IRQ_LINT0);
	CHECK_EQ(came_of(vcpu), 1);
}

/* Without the APIC the inputs are the CPU's own. */
static __guest void guest_has_no_apic(void)
{
	guest_set_irq_handler(on_irq);
	guest_set_nmi_handler(on_nmi);
	WRITE_ONCE(no_eoi, true);
	wrmsr(MSR_APIC_BASE, APIC_GPA);
	for (;;) {
		guest_irq_enable();
		guest_irq_disable();
		GUEST_SYNC(1, READ_ONCE(came[0]), READ_ONCE(nmis[0]));
	}
}

TEST(inputs_without_apic)
{
	struct vcpu *vcpu = vcpu_new(guest_has_no_apic);

	vcpu_expect_sync(vcpu, 1);
	set_line(vcpu, AXVM_X86_IRQ_LINT0, 1);
	vcpu_expect(vcpu, AXVM_EXIT_INTERRUPT_ACK);
	set_line(vcpu, AXVM_X86_IRQ_LINT0, 0);
	axvm_answer(&vcpu->ax, 0x34, 0);
	CHECK_EQ(came_of(vcpu), 1);
	pulse(vcpu, AXVM_X86_IRQ_LINT1);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[2], 1);
	CHECK_EQ(axvm_send_msi(vcpu->vm->fd, msi_to(0), 0x41), 1);
}

TEST_HARNESS_MAIN
