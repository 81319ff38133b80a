// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging in the guest: single steps and breakpoints of its own, apart from the host's
 */
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "test.h"
#include "vcpu.h"

#define MOST	64

/* Where the guest was at each debug exception, and what DR6 said. */
static __u64 steps, step_rip[MOST], step_dr6[MOST];

static __guest __u64 on_debug(struct guest_frame *frame)
{
	if (frame->vector != TRAP_DB)
		return 0;
	if (steps < MOST) {
		step_rip[steps] = frame->rip;
		step_dr6[steps] = read_dr6();
	}
	steps++;
	write_dr6(DR6_FIXED);
	/* A breakpoint on an instruction comes before it. */
	frame->rflags |= RFLAGS_RF;
	return 1;
}

/* ------------------------------------------------------------------------- */
/* Single steps                                                              */
/* ------------------------------------------------------------------------- */

/*
 * TF is on for the instructions between two POPF. Some of them exit, and the module goes
 * past them.
 */
extern const char step_first[], step_last[];

static __always_inline void step_through(__u64 mmio)
{
	asm volatile("pushfq\n"
		     "orq	$0x100, (%%rsp)\n"
		     "popfq\n"
		     "	.globl	step_first\n"
		     "step_first:\n"
		     "nop\n"
		     "xorl	%%eax, %%eax\n"
		     "cpuid\n"
		     "nop\n"
		     "movl	$0x1b, %%ecx\n"
		     "rdmsr\n"
		     "outb	%%al, $0x80\n"
		     "movl	(%0), %%eax\n"
		     "movl	%%eax, (%0)\n"
		     "mov	%%cr0, %%rax\n"
		     "nop\n"
		     "pushfq\n"
		     "andq	$~0x100, (%%rsp)\n"
		     "	.globl	step_last\n"
		     "step_last:\n"
		     "popfq\n"
		     : : "D" (mmio) : "rax", "rbx", "rcx", "rdx", "memory");
}

static __guest void guest_steps(void)
{
	__u64 i;

	guest_set_exception_handler(on_debug);
	step_through(MMIO_GPA);
	GUEST_SYNC(1, steps);
	for (i = 0; i < steps; i++) {
		GUEST_ASSERT_EQ(step_dr6[i] & DR6_BS, DR6_BS);
		GUEST_ASSERT(i == 0 || step_rip[i] > step_rip[i - 1]);
	}
	GUEST_ASSERT_GT(step_rip[0], (__u64)step_first);
	GUEST_ASSERT_GT(step_rip[steps - 1], (__u64)step_last);
}

/* After each of the fourteen instructions, the last of which is the POPF itself. */
#define STEPS	14

TEST(single_steps)
{
	struct vcpu *vcpu = vcpu_new(guest_steps);

	vcpu_expect(vcpu, AXVM_EXIT_PORT_WRITE);
	vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	axvm_answer(&vcpu->ax, 5, 0);
	vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], STEPS);
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* Breakpoints                                                               */
/* ------------------------------------------------------------------------- */

extern const char the_place[];

static __always_inline void pass_the_place(void)
{
	asm volatile("	.globl	the_place\n"
		     "the_place:\n"
		     "nop");
}

static __u64 watched, not_watched;

static __guest void guest_breakpoints(void)
{
	guest_set_exception_handler(on_debug);
	write_dr0((__u64)the_place);
	write_dr1((__u64)&watched);
	write_dr7(DR7_FIXED | DR7_L(0) | DR7_L(1) | DR7_RW(1, 1) | DR7_LEN(1, 2));
	pass_the_place();
	GUEST_ASSERT_EQ(steps, 1);
	GUEST_ASSERT_EQ(step_rip[0], (__u64)the_place);
	GUEST_ASSERT_EQ(step_dr6[0] & 0xf, 1);
	WRITE_ONCE(not_watched, 1);
	GUEST_ASSERT_EQ(steps, 1);
	WRITE_ONCE(watched, 1);
	GUEST_ASSERT_EQ(steps, 2);
	GUEST_ASSERT_EQ(step_dr6[1] & 0xf, 2);
	/* They last across exits, and are in the registers. */
	GUEST_SYNC(1);
	WRITE_ONCE(watched, 2);
	GUEST_ASSERT_EQ(steps, 3);
	GUEST_ASSERT_EQ(read_dr0(), (__u64)the_place);
	write_dr7(DR7_FIXED);
	WRITE_ONCE(watched, 3);
	GUEST_ASSERT_EQ(steps, 3);
	GUEST_SYNC(2);
	/* Now the VMM has set one. */
	WRITE_ONCE(not_watched, 2);
	GUEST_ASSERT_EQ(steps, 4);
	GUEST_ASSERT_EQ(step_dr6[3] & 0xf, 8);
}

TEST(breakpoints)
{
	struct vcpu *vcpu = vcpu_new(guest_breakpoints);

	if (is_svm() && is_tcg())
		test_skip("QEMU's VMRUN does not arm what DR7 enables");
	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_DR(0)), (__u64)the_place);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_DR(1)), (__u64)&watched);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_DR(7)) & 0xf, 5);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_DR(6)), DR6_FIXED);
	vcpu_expect_sync(vcpu, 2);
	vcpu_set_reg(vcpu, AXVM_X86_DR(3), (__u64)&not_watched);
	vcpu_set_reg(vcpu, AXVM_X86_DR(7), DR7_FIXED | DR7_L(3) | DR7_RW(3, 1) | DR7_LEN(3, 2));
	vcpu_expect_done(vcpu);
}

static __guest void guest_general_detect(void)
{
	guest_set_exception_handler(on_debug);
	write_dr7(DR7_FIXED | DR7_GD);
	GUEST_ASSERT_TRAPS(read_dr0(), TRAP_DB);
	GUEST_ASSERT_EQ(read_dr6() & DR6_BD, DR6_BD);
	/* The exception itself switches it off. */
	GUEST_ASSERT_RUNS(read_dr7());
	GUEST_ASSERT_EQ(read_dr7() & DR7_GD, 0);
	GUEST_ASSERT_TRAPS(write_dr7(1ULL << 32), TRAP_GP);
	GUEST_ASSERT_TRAPS(write_dr6(1ULL << 63), TRAP_GP);
}

TEST(general_detect)
{
	vcpu_expect_done(vcpu_new(guest_general_detect));
}

/* ------------------------------------------------------------------------- */
/* The host's                                                                */
/* ------------------------------------------------------------------------- */

static int watch_variable(void *p)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (__u64)p,
		.bp_len = HW_BREAKPOINT_LEN_8,
		.exclude_kernel = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

	if (fd < 0)
		test_skip("this kernel gives no hardware breakpoints: %s", strerror(errno));
	return fd;
}

static __u64 count_of(int fd)
{
	__u64 count;

	CHECK_EQ(read(fd, &count, sizeof(count)), sizeof(count));
	return count;
}

static __guest void guest_debugs_a_lot(__u64 address)
{
	__u64 i;

	guest_set_exception_handler(on_debug);
	for (i = 1; i <= 20; i++) {
		write_dr0((__u64)&watched);
		write_dr7(DR7_FIXED | DR7_L(0) | DR7_RW(0, 1) | DR7_LEN(0, 2));
		WRITE_ONCE(watched, i);
		GUEST_SYNC(1);
		WRITE_ONCE(watched, i);
		GUEST_ASSERT_EQ(steps, 2 * i);
		/* The host's is at this address, in its own process. */
		WRITE_ONCE(*(__u64 *)address, i);
		GUEST_ASSERT_EQ(steps, 2 * i);
		write_dr7(DR7_FIXED);
		GUEST_SYNC(2);
	}
}

/* Both have one, at different addresses; each takes its own, and no other's. */
TEST(the_hosts_are_apart)
{
	struct vcpu *vcpu = vcpu_new(guest_debugs_a_lot);
	static __u64 variable;
	int fd = watch_variable(&variable);
	__u64 i;

	vcpu_arg(vcpu, 0, (__u64)&variable);
	for (i = 1; i <= 20; i++) {
		vcpu_expect_sync(vcpu, 1);
		WRITE_ONCE(variable, i);
		/* What the guest watches is a variable of this process's, too. */
		WRITE_ONCE(watched, i);
		CHECK_EQ(count_of(fd), 2 * i - 1);
		vcpu_expect_sync(vcpu, 2);
		WRITE_ONCE(variable, i);
		CHECK_EQ(count_of(fd), 2 * i);
	}
	vcpu_expect_done(vcpu);
}

TEST_HARNESS_MAIN
