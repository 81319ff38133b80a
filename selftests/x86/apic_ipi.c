// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts between CPUs: every destination and every mode of delivery
 *
 * One CPU sends each kind of message with a vector of its own; when all is over each
 * must have what was for it and nothing else.
 */
#include "test.h"
#include "apic.h"
#include "vcpu.h"

#define CPUS	4
/* The last one is in another cluster of x2APIC's. */
static const __u32 ids[CPUS] = { 0, 1, 2, 17 };

/* A receiver that has this one has taken all others: it is the lowest. */
#define VECTOR_OVER	0x20
#define VECTOR_FIRST	0x31

static __u32 taken[CPUS][256], nmis[CPUS], expected[256];
static __u32 ready, nr_cases;
static __u32 priority[CPUS], over[CPUS];

FIXTURE(ipi) {
	struct vm *vm;
};

FIXTURE_VARIANT(ipi) {
	enum apic_kind kind;
};

FIXTURE_VARIANT_ADD(ipi, xapic) {
	.kind = APIC_XAPIC,
};

FIXTURE_VARIANT_ADD(ipi, x2apic) {
	.kind = APIC_X2APIC,
};

FIXTURE_VARIANT_ADD(ipi, virtual) {
	.kind = APIC_VIRTUAL,
};

FIXTURE_SETUP(ipi)
{
	self->vm = vm_create(0);
	apic_use(self->vm, variant->kind);
}

FIXTURE_TEARDOWN(ipi)
{
	vm_destroy(self->vm);
}

static __always_inline __u32 this_index(void)
{
	__u64 id = guest_id();

	return id == 17 ? 3 : id;
}

static __guest void on_irq(__u64 vector)
{
	__u32 i = this_index();

	WRITE_ONCE(taken[i][vector], taken[i][vector] + 1);
	if (vector == VECTOR_OVER)
		WRITE_ONCE(over[i], 1);
	apic_eoi();
}

static __guest void on_nmi(struct guest_frame *frame)
{
	(void)frame;
	WRITE_ONCE(nmis[this_index()], nmis[this_index()] + 1);
}

/* With what each compares a logical destination: flat, a bit each. */
static __always_inline void begin(void)
{
	__u32 i = this_index();

	guest_irq_disable();
	guest_set_irq_handler(on_irq);
	guest_set_nmi_handler(on_nmi);
	apic_start();
	apic_write(APIC_TPR, READ_ONCE(priority[i]));
	if (!READ_ONCE(apic_x2apic))
		apic_write(APIC_LDR, 1U << (24 + i));
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
}

static __guest void guest_receives(void)
{
	begin();
	guest_halt_until(READ_ONCE(over[this_index()]));
}

/* In two clusters of two, by xAPIC's other way of logical destinations. */
static __guest void guest_receives_in_cluster(void)
{
	__u32 i = this_index();

	begin();
	apic_write(APIC_DFR, 0x0fffffff);
	apic_write(APIC_LDR, (i / 2 << 4 | 1U << i % 2) << 24);
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	guest_halt_until(READ_ONCE(over[this_index()]));
}

/* Each case waits for what it sent, so that a slow receiver is no error. */
static __always_inline void send_case(__u32 destination, __u32 command, __u32 mask)
{
	__u32 vector = VECTOR_FIRST + READ_ONCE(nr_cases), i;

	WRITE_ONCE(nr_cases, nr_cases + 1);
	WRITE_ONCE(expected[vector], mask);
	apic_send(destination, command | vector);
	for (i = 0; i < CPUS; i++)
		if (mask & 1U << i)
			guest_wait_for(READ_ONCE(taken[i][vector]));
}

static __always_inline void wait_for_end(void)
{
	__u32 i;

	apic_send(0, APIC_TO_OTHERS | VECTOR_OVER);
	for (i = 1; i < CPUS; i++)
		guest_wait_for(READ_ONCE(over[i]));
}

static __always_inline void check_all(void)
{
	__u32 vector, i;

	for (vector = VECTOR_FIRST; vector < VECTOR_FIRST + nr_cases; vector++)
		for (i = 0; i < CPUS; i++)
			if (taken[i][vector] != (expected[vector] >> i & 1))
				GUEST_FAIL("wrong receiver", vector, i, taken[i][vector],
					   expected[vector]);
}

static void run_all(struct vm *vm, void *sender, void *receiver)
{
	unsigned int i;

	vcpu_start(vcpu_create(vm, ids[0], sender));
	for (i = 1; i < CPUS; i++)
		vcpu_start(vcpu_create(vm, ids[i], receiver));
	for (i = 0; i < CPUS; i++)
		vcpu_join(vm->vcpus[i]);
}

/* ------------------------------------------------------------------------- */
/* Fixed interrupts                                                          */
/* ------------------------------------------------------------------------- */

static __guest void guest_sends_fixed(void)
{
	__u32 all = READ_ONCE(apic_x2apic) ? ~0U : 0xff;

	begin();
	guest_wait_for(READ_ONCE(ready) == CPUS);
	guest_irq_enable();
	send_case(2, 0, 1 << 2);
	send_case(17, 0, 1 << 3);
	send_case(0, 0, 1 << 0);
	send_case(5, 0, 0);
	send_case(all, 0, 0xf);
	send_case(all, APIC_LOGICAL, 0xf);
	send_case(0, APIC_TO_SELF, 1 << 0);
	send_case(0, APIC_TO_ALL, 0xf);
	send_case(0, APIC_TO_OTHERS, 0xe);
	/* A shorthand makes no difference of what stands for the destination. */
	send_case(2, APIC_TO_OTHERS | APIC_LOGICAL, 0xe);
	send_case(5, APIC_LOGICAL, 1 << 0 | 1 << 2);
	send_case(2, APIC_LOGICAL, 1 << 1);
	send_case(0x10, APIC_LOGICAL, 0);
	if (READ_ONCE(apic_x2apic)) {
		/* An id of xAPIC's "everybody" is a CPU that is not there. */
		send_case(0xff, 0, 0);
		send_case(1 << 16 | 2, APIC_LOGICAL, 1 << 3);
		send_case(1 << 16 | 1, APIC_LOGICAL, 0);
		send_case(2 << 16 | 2, APIC_LOGICAL, 0);
		send_case(0xffff, APIC_LOGICAL, 7);
	} else {
		send_case(0xa, APIC_LOGICAL, 1 << 1 | 1 << 3);
	}
	wait_for_end();
	check_all();
}

TEST_F(ipi, fixed)
{
	run_all(self->vm, guest_sends_fixed, guest_receives);
}

static __guest void guest_sends_to_clusters(void)
{
	begin();
	apic_write(APIC_DFR, 0x0fffffff);
	apic_write(APIC_LDR, 0x01000000);
	__atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
	guest_wait_for(READ_ONCE(ready) == 2 * CPUS);
	guest_irq_enable();
	send_case(0x01, APIC_LOGICAL, 1 << 0);
	send_case(0x02, APIC_LOGICAL, 1 << 1);
	send_case(0x03, APIC_LOGICAL, 3);
	send_case(0x12, APIC_LOGICAL, 1 << 3);
	send_case(0x13, APIC_LOGICAL, 0xc);
	send_case(0x1c, APIC_LOGICAL, 0);
	send_case(0x23, APIC_LOGICAL, 0);
	send_case(0xff, APIC_LOGICAL, 0xf);
	wait_for_end();
	check_all();
}

TEST(clusters)
{
	struct vm *vm = vm_create(0);

	apic_use(vm, APIC_XAPIC);
	run_all(vm, guest_sends_to_clusters, guest_receives_in_cluster);
}

/* ------------------------------------------------------------------------- */
/* Lowest priority                                                           */
/* ------------------------------------------------------------------------- */

static __guest void guest_sends_to_lowest(void)
{
	begin();
	guest_wait_for(READ_ONCE(ready) == CPUS);
	guest_irq_enable();
	/* The third is the least busy. */
	send_case(7, APIC_LOGICAL | APIC_LOWEST, 1 << 2);
	send_case(3, APIC_LOGICAL | APIC_LOWEST, 1 << 1);
	send_case(0, APIC_TO_OTHERS | APIC_LOWEST, 1 << 2);
	send_case(1, APIC_LOWEST, 1 << 1);
	send_case(8 << 4, APIC_LOGICAL | APIC_LOWEST, 0);
	/* These are no way to send it. */
	send_case(0, APIC_TO_SELF | APIC_LOWEST, 0);
	send_case(0, APIC_TO_ALL | APIC_LOWEST, 0);
	wait_for_end();
	check_all();
}

TEST_F(ipi, lowest_priority)
{
	__u32 (*guest_priority)[CPUS] = guest_var(self->vm, priority);

	(*guest_priority)[0] = 0x2f;
	(*guest_priority)[1] = 0x1f;
	(*guest_priority)[2] = 0x0f;
	(*guest_priority)[3] = 0x1f;
	run_all(self->vm, guest_sends_to_lowest, guest_receives);
}

/* ------------------------------------------------------------------------- */
/* NMI, and what is not sent                                                 */
/* ------------------------------------------------------------------------- */

static __guest void guest_sends_nmis(void)
{
	__u32 i;

	begin();
	guest_wait_for(READ_ONCE(ready) == CPUS);
	apic_send(1, APIC_NMI);
	guest_wait_for(READ_ONCE(nmis[1]) == 1);
	apic_send(0, APIC_TO_OTHERS | APIC_NMI | 0x77);
	for (i = 1; i < CPUS; i++)
		guest_wait_for(READ_ONCE(nmis[i]) == 1 + (i == 1));
	/* These are not sent: SMI, the reserved mode, ExtINT, an NMI to itself. */
	apic_send(1, APIC_SMI);
	apic_send(1, 3 << 8);
	apic_send(1, APIC_EXTINT | 0x55);
	apic_send(0, APIC_TO_SELF | APIC_NMI);
	/* By its id it can be. */
	apic_send(0, APIC_NMI);
	GUEST_ASSERT_EQ(READ_ONCE(nmis[0]), 1);
	/* The INIT that takes nothing back, and a start-up IPI to one that runs. */
	apic_send(0, APIC_TO_ALL | APIC_INIT | APIC_LEVEL);
	apic_send(0, APIC_TO_OTHERS | APIC_INIT | APIC_LEVEL);
	apic_send(0, APIC_TO_OTHERS | APIC_STARTUP | 0x10);
	wait_for_end();
	for (i = 1; i < CPUS; i++) {
		GUEST_ASSERT_EQ(READ_ONCE(nmis[i]), 1 + (i == 1));
		GUEST_ASSERT_EQ(READ_ONCE(taken[i][0x55]), 0);
		GUEST_ASSERT_EQ(READ_ONCE(taken[i][0x77]), 0);
	}
}

TEST_F(ipi, nmi)
{
	run_all(self->vm, guest_sends_nmis, guest_receives);
}

/* ------------------------------------------------------------------------- */
/* INIT and start-up                                                         */
/* ------------------------------------------------------------------------- */

#define LOW_GPA		0x8000	/* two pages, by the vectors 8 and 9 */
#define LOW_LEN		0x2000
#define MARKS_GPA	0x8800

/*
 * In real mode: count in a byte that its CS chooses, which is 800H or 900H, and wait.
 */
static const unsigned char real_mode_code[] = {
	0x31, 0xc0,			/* xor %ax, %ax */
	0x8e, 0xd8,			/* mov %ax, %ds */
	0x8c, 0xcb,			/* mov %cs, %bx */
	0xfe, 0x87, 0x00, 0x80,		/* incb 0x8000(%bx) */
	0xf4,				/* hlt */
	0xeb, 0xfd,			/* jmp to it */
};

static __always_inline __u8 marks(__u32 vector)
{
	return READ_ONCE(*(__u8 *)(MARKS_GPA + (vector - 8ULL) * 0x100));
}

static __guest void guest_starts_another(void)
{
	apic_start();
	/* It waits from its creation on. */
	apic_send(1, APIC_STARTUP | 8);
	guest_wait_for(marks(8) == 1);
	/* It runs now, and takes no notice. */
	apic_send(1, APIC_STARTUP | 9);
	apic_send(1, APIC_INIT | APIC_ASSERT);
	apic_send(1, APIC_STARTUP | 9);
	guest_wait_for(marks(9) == 1);
	/* The first of two counts. */
	apic_send(1, APIC_INIT | APIC_ASSERT | APIC_LEVEL);
	apic_send(1, APIC_INIT | APIC_LEVEL);
	apic_send(1, APIC_STARTUP | 8);
	apic_send(1, APIC_STARTUP | 9);
	guest_wait_for(marks(8) == 2);
	GUEST_ASSERT_EQ(marks(9), 1);
	apic_send(0, APIC_TO_OTHERS | APIC_INIT);
	apic_send(0, APIC_TO_OTHERS | APIC_STARTUP | 9);
	guest_wait_for(marks(9) == 2);
	GUEST_ASSERT_EQ(marks(8), 2);
}

static void *run_until_kicked(void *data)
{
	struct vcpu *vcpu = data;

	vcpu_expect(vcpu, AXVM_EXIT_KICK);
	return NULL;
}

TEST_F(ipi, init_and_startup)
{
	struct vcpu *ap, *bsp;
	unsigned char *low = vm_map(self->vm, LOW_GPA, LOW_LEN, MEM_RWX);
	pthread_t thread;

	memcpy(low, real_mode_code, sizeof(real_mode_code));
	memcpy(low + 0x1000, real_mode_code, sizeof(real_mode_code));
	bsp = vcpu_create(self->vm, 0, guest_starts_another);
	ap = vcpu_create_flags(self->vm, 1, NULL, AXVM_VCPU_STOPPED, AXVM_HOME_ANY);
	vcpu_set_real_mode(ap, 0xf000, 0xfff0);
	thread = thread_start(run_until_kicked, ap);
	vcpu_expect_done(bsp);
	CHECK_OK(axvm_kick(&ap->ax));
	thread_join(thread);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_X86_BASE(AXVM_X86_CS)), 0x9000);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_X86_SELECTOR(AXVM_X86_CS)), 0x900);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_X86_CR(0)) & CR0_PE, 0);
}

static __guest void guest_restarts_bsp(void)
{
	apic_start();
	apic_send(0, APIC_INIT | APIC_ASSERT);
	WRITE_ONCE(nr_cases, 1);
	for (;;)
		guest_relax();
}

/* The bootstrap processor goes to the reset vector, and waits for nobody. */
TEST_F(ipi, init_of_bsp)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_restarts_bsp);
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);

	/* Not one instruction later. */
	CHECK_EQ(*guest_var(self->vm, nr_cases), 0);
	CHECK_EQ(exit->memory_fault.gpa, 0xfffffff0);
	CHECK_EQ(exit->memory_fault.access, AXVM_MEM_EXEC);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RIP), 0xfff0);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_REG_RUN_STATE), AXVM_RUN_STARTED);
	/* The mode is as it was, all else as after a reset. */
	CHECK_EQ(!!(vcpu_get_reg(vcpu, AXVM_X86_MSR(MSR_APIC_BASE)) & APIC_BASE_X2APIC),
		 variant->kind != APIC_XAPIC);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_APIC(APIC_SVR >> 4)), 0xff);
}

/* ------------------------------------------------------------------------- */
/* For the VMM                                                               */
/* ------------------------------------------------------------------------- */

static __guest void guest_sends_to_vmm(void)
{
	begin();
	apic_send(1, 0x41);
	apic_send(0, APIC_TO_SELF | 0x42);
	apic_send(0, APIC_TO_ALL | 0x43);
	apic_send(0, APIC_TO_OTHERS | 0x44);
	apic_send(6, APIC_LOGICAL | 0x45);
	apic_send(0x55, 0x46);
	apic_send(1, APIC_NMI);
	GUEST_SYNC(1, READ_ONCE(nmis[0]));
}

static void expect_ipi(struct vcpu *vcpu, __u64 base, __u64 mask, __u64 vector, __u64 mode)
{
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_SEND_IPI);

	CHECK_EQ(exit->flags & AXVM_EXIT_WANTS_ANSWER, 0);
	CHECK_EQ(exit->send_ipi.vector, vector);
	CHECK_EQ(exit->send_ipi.command & 0x7ff, mode | vector);
	CHECK_EQ(exit->send_ipi.base, base);
	if (base + 1)
		CHECK_EQ(exit->send_ipi.mask, mask);
}

TEST_F(ipi, exits)
{
	struct vcpu *vcpu;
	unsigned int i;

	vm_set_reg(self->vm, AXVM_REG_VM_EXITS, AXVM_EXITS_IPI);
	vcpu = vcpu_create(self->vm, 0, guest_sends_to_vmm);
	for (i = 1; i < 3; i++) {
		vcpu_create(self->vm, i, guest_receives);
		/* As if they had begun already. */
		vcpu_set_reg(self->vm->vcpus[i], AXVM_X86_APIC(APIC_LDR >> 4), 1 << (24 + i));
		if (variant->kind != APIC_XAPIC)
			vcpu_set_reg(self->vm->vcpus[i], AXVM_X86_MSR(MSR_APIC_BASE),
				     APIC_GPA | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	}
	expect_ipi(vcpu, 1, 1, 0x41, 0);
	expect_ipi(vcpu, 0, 1, 0x42, 0);
	expect_ipi(vcpu, ~0ULL, 0, 0x43, 0);
	expect_ipi(vcpu, 1, 3, 0x44, 0);
	expect_ipi(vcpu, 1, 3, 0x45, 0);
	expect_ipi(vcpu, 0, 0, 0x46, 0);
	expect_ipi(vcpu, 1, 1, 0, APIC_NMI);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 0);
}

static __guest void guest_starts_by_vmm(void)
{
	apic_start();
	apic_send(1, APIC_INIT | APIC_ASSERT);
	apic_send(1, APIC_STARTUP | 0x12);
	GUEST_SYNC(1);
	apic_send(1, APIC_STARTUP | 0x13);
	GUEST_SYNC(2);
	apic_send(1, APIC_INIT | APIC_ASSERT);
	GUEST_SYNC(3);
}

/* The VMM starts CPUs, and hears when one is stopped. */
TEST_F(ipi, cpu_exits)
{
	const struct axvm_run_exit *exit;
	struct vcpu *bsp, *ap;

	vm_set_reg(self->vm, AXVM_REG_VM_EXITS, AXVM_EXITS_CPU);
	bsp = vcpu_create(self->vm, 0, guest_starts_by_vmm);
	ap = vcpu_create_flags(self->vm, 1, NULL, AXVM_VCPU_STOPPED, AXVM_HOME_ANY);
	exit = vcpu_expect(bsp, AXVM_EXIT_CPU_UP);
	CHECK_EQ(exit->cpu_up.target, 1);
	CHECK_EQ(exit->cpu_up.entry, 0x12000);
	CHECK_EQ(exit->cpu_up.arg, 0);
	CHECK_EQ(exit->flags & AXVM_EXIT_WANTS_ANSWER, 0);
	vcpu_expect_sync(bsp, 1);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
	vcpu_set_reg(ap, AXVM_REG_RUN_STATE, AXVM_RUN_STARTED);
	/* To one that runs it is nothing. */
	vcpu_expect_sync(bsp, 2);
	vcpu_expect_sync(bsp, 3);
	vcpu_expect(ap, AXVM_EXIT_CPU_DOWN);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
	vcpu_expect_done(bsp);
}

TEST_HARNESS_MAIN
