// SPDX-License-Identifier: GPL-2.0
/*
 * NMIs: they come whatever RFLAGS.IF says, one at a time, until IRET
 */
#include <stdlib.h>

#include "test.h"
#include "vcpu.h"

static __u64 nmis;

static void raise_nmi(struct vcpu *vcpu)
{
	CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_NMI, 1));
	CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_NMI, 0));
}

static __guest void on_nmi(struct guest_frame *frame)
{
	(void)frame;
	WRITE_ONCE(nmis, READ_ONCE(nmis) + 1);
}

static __guest void guest_counts(void)
{
	guest_set_nmi_handler(on_nmi);
	for (;;)
		GUEST_SYNC(1, READ_ONCE(nmis));
}

TEST(taken_with_interrupts_off)
{
	struct vcpu *vcpu = vcpu_new(guest_counts);
	__u64 i;

	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 0);
	for (i = 1; i < 20; i++) {
		raise_nmi(vcpu);
		CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], i);
	}
}

/* An edge counts, not a level; and two before the first is taken are one or two, no more. */
TEST(edges)
{
	struct vcpu *vcpu = vcpu_new(guest_counts);
	unsigned int i;
	__u64 taken;

	vcpu_expect_sync(vcpu, 1);
	CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_NMI, 1));
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 1);
	CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_NMI, 1));
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 1);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_LINES), 1 << AXVM_X86_IRQ_NMI);
	CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_NMI, 0));
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 1);
	for (i = 0; i < 10; i++)
		raise_nmi(vcpu);
	vcpu_expect_sync(vcpu, 1);
	taken = vcpu_expect_sync(vcpu, 1)->args[1];
	CHECK_GE(taken, 2);
	CHECK_LE(taken, 3);
}

/* ------------------------------------------------------------------------- */
/* Blocked                                                                   */
/* ------------------------------------------------------------------------- */

static __u64 depth, deepest;

static __guest void on_nmi_that_lasts(struct guest_frame *frame)
{
	(void)frame;
	WRITE_ONCE(depth, READ_ONCE(depth) + 1);
	if (READ_ONCE(depth) > READ_ONCE(deepest))
		WRITE_ONCE(deepest, READ_ONCE(depth));
	WRITE_ONCE(nmis, READ_ONCE(nmis) + 1);
	GUEST_SYNC(2, READ_ONCE(nmis));
	GUEST_SYNC(3);
	WRITE_ONCE(depth, READ_ONCE(depth) - 1);
}

static __guest void guest_is_interrupted(void)
{
	guest_set_nmi_handler(on_nmi_that_lasts);
	GUEST_SYNC(1);
	guest_wait_for(READ_ONCE(nmis) == 2);
	guest_wait_for(!READ_ONCE(depth));
	GUEST_SYNC(4, READ_ONCE(deepest));
}

TEST(blocked_until_iret)
{
	struct vcpu *vcpu = vcpu_new(guest_is_interrupted);

	vcpu_expect_sync(vcpu, 1);
	raise_nmi(vcpu);
	CHECK_EQ(vcpu_expect_sync(vcpu, 2)->args[1], 1);
	/* In the handler: blocked, and none waits. */
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_NMI), 2);
	raise_nmi(vcpu);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_NMI), 3);
	vcpu_expect_sync(vcpu, 3);
	/* Its IRET lets the second one in, with nothing between them. */
	CHECK_EQ(vcpu_expect_sync(vcpu, 2)->args[1], 2);
	vcpu_expect_sync(vcpu, 3);
	CHECK_EQ(vcpu_expect_sync(vcpu, 4)->args[1], 1);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_NMI), 0);
}

/* The state goes along to another vCPU: the handler's IRET ends there what began here. */
TEST(blocked_and_restored)
{
	struct vcpu *vcpu = vcpu_new(guest_is_interrupted);

	vcpu_expect_sync(vcpu, 1);
	raise_nmi(vcpu);
	vcpu_expect_sync(vcpu, 2);
	vcpu_set_reg(vcpu, AXVM_X86_NMI, vcpu_get_reg(vcpu, AXVM_X86_NMI) | 1);
	vcpu_expect_sync(vcpu, 3);
	CHECK_EQ(vcpu_expect_sync(vcpu, 2)->args[1], 2);
	vcpu_expect_sync(vcpu, 3);
	CHECK_EQ(vcpu_expect_sync(vcpu, 4)->args[1], 1);
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* At odd moments                                                            */
/* ------------------------------------------------------------------------- */

static __guest void guest_waits(void)
{
	guest_set_nmi_handler(on_nmi);
	for (;;) {
		guest_halt();
		GUEST_SYNC(1, READ_ONCE(nmis));
	}
}

static void *run_to_sync(void *data)
{
	return (void *)vcpu_expect_sync((struct vcpu *)data, 1)->args[1];
}

TEST(ends_a_halt)
{
	struct vcpu *vcpu = vcpu_new(guest_waits);
	pthread_t thread;
	__u64 i;

	for (i = 1; i < 20; i++) {
		thread = thread_start(run_to_sync, vcpu);
		wait_until(vcpu_state(vcpu) == AXVM_VCPU_BLOCKED);
		raise_nmi(vcpu);
		CHECK_EQ((__u64)thread_join(thread), i);
	}
}

static bool stop;

static __guest void guest_computes(void)
{
	__u64 i, sum = 0;

	guest_set_nmi_handler(on_nmi);
	GUEST_SYNC(0);
	for (i = 0; !READ_ONCE(stop); i++) {
		sum += i;
		if (i % 64 == 0)
			cpuid(0, 0);
		/* Through the shadows of MOV SS and STI. */
		asm volatile("mov %%ss, %%eax; mov %%eax, %%ss; nop; sti; nop; cli" : : : "eax");
	}
	GUEST_SYNC(1, i * (i - 1) / 2 == sum, READ_ONCE(nmis));
}

static void *run_computing(void *data)
{
	struct ucall *uc = malloc(sizeof(*uc));

	*uc = *vcpu_expect_sync((struct vcpu *)data, 1);
	return uc;
}

/* One at a time, wherever the guest is. */
TEST(while_running)
{
	struct vcpu *vcpu = vcpu_new(guest_computes);
	__u64 *taken = guest_var(vcpu->vm, nmis), i;
	struct ucall *uc;
	pthread_t thread;

	vcpu_expect_sync(vcpu, 0);
	thread = thread_start(run_computing, vcpu);
	for (i = 1; i <= 100; i++) {
		raise_nmi(vcpu);
		while (READ_ONCE(*taken) != i) {
			CHECK_LE(READ_ONCE(*taken), i);
			if (watch_expired())
				FAIL("NMI %llu has not come", i);
			sched_yield();
		}
	}
	*guest_var(vcpu->vm, stop) = true;
	uc = thread_join(thread);
	CHECK_EQ(uc->args[1], 1);
	CHECK_EQ(uc->args[2], 100);
}

TEST_HARNESS_MAIN
