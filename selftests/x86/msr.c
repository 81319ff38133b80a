// SPDX-License-Identifier: GPL-2.0
/*
 * MSRs: what exits, what faults, what is the guest's own
 */
#include "apic.h"
#include "test.h"
#include "vcpu.h"

#define MSR_NOBODYS	0x1234
#define MSR_SYSCFG	0xc0010010
#define MSR_NB_CFG	0xc001001f
#define MSR_INT_PENDING	0xc0010055
#define MSR_LS_CFG	0xc0011020
#define MSR_DE_CFG	0xc0011029
#define ANSWER		0x0123456789abcdefULL

/* ------------------------------------------------------------------------- */
/* Those that nobody knows                                                   */
/* ------------------------------------------------------------------------- */

static __guest void guest_unknown(void)
{
	GUEST_SYNC(1, rdmsr(MSR_NOBODYS));
	wrmsr(MSR_NOBODYS + 1, 0xfedcba9876543210);
	GUEST_ASSERT_TRAPS(rdmsr(MSR_NOBODYS + 2), TRAP_GP);
	GUEST_ASSERT_EQ(guest_this_cpu()->arch.trap_error, 0);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_NOBODYS + 3, 1), TRAP_GP);
}

static struct vcpu *sysreg_vcpu(void *fn)
{
	struct vcpu *vcpu = vcpu_new(fn);

	vm_set_reg(vcpu->vm, AXVM_REG_VM_EXITS, AXVM_EXITS_SYSREG);
	return vcpu;
}

static void check_exit(struct vcpu *vcpu, __u32 reason, __u64 msr, __u64 value)
{
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, reason);

	CHECK(exit->flags & AXVM_EXIT_WANTS_ANSWER);
	CHECK_EQ(exit->sysreg.addr, msr);
	CHECK_EQ(exit->sysreg.value, value);
	CHECK_EQ(exit->sysreg.width, 8);
	CHECK_EQ(exit->sysreg.op, reason == AXVM_EXIT_SYSREG_WRITE);
}

TEST(unknown_ones_exit)
{
	struct vcpu *vcpu = sysreg_vcpu(guest_unknown);

	check_exit(vcpu, AXVM_EXIT_SYSREG_READ, MSR_NOBODYS, 0);
	axvm_answer(&vcpu->ax, ANSWER, 0);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], ANSWER);
	check_exit(vcpu, AXVM_EXIT_SYSREG_WRITE, MSR_NOBODYS + 1, 0xfedcba9876543210);
	check_exit(vcpu, AXVM_EXIT_SYSREG_READ, MSR_NOBODYS + 2, 0);
	axvm_request(&vcpu->ax, AXVM_RUN_REFUSE);
	check_exit(vcpu, AXVM_EXIT_SYSREG_WRITE, MSR_NOBODYS + 3, 1);
	axvm_request(&vcpu->ax, AXVM_RUN_REFUSE);
	vcpu_expect_done(vcpu);
}

static __guest void guest_undefined(void)
{
	GUEST_ASSERT_TRAPS(rdmsr(MSR_NOBODYS), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_NOBODYS, 0), TRAP_GP);
	GUEST_ASSERT_TRAPS(rdmsr(0x40000000), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(0x40000001, 1), TRAP_GP);
	GUEST_ASSERT_TRAPS(rdmsr(0xffffffff), TRAP_GP);
	/* Those of virtualization itself. */
	GUEST_ASSERT_TRAPS(rdmsr(0x480), TRAP_GP);
	GUEST_ASSERT_TRAPS(rdmsr(MSR_VM_HSAVE_PA), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_VM_HSAVE_PA, 0x1000), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_EFER, read_cr0() ? VCPU_EFER | EFER_SVME : 0), TRAP_GP);
}

TEST(undefined_by_default)
{
	vcpu_expect_done(vcpu_new(guest_undefined));
}

/* ------------------------------------------------------------------------- */
/* Those that are known                                                      */
/* ------------------------------------------------------------------------- */

static __always_inline void check_holds(__u32 msr, __u64 value)
{
	__u64 before = rdmsr(msr);

	GUEST_ASSERT_RUNS(wrmsr(msr, value));
	GUEST_ASSERT_EQ(rdmsr(msr), value);
	GUEST_ASSERT_RUNS(wrmsr(msr, before));
	GUEST_ASSERT_EQ(rdmsr(msr), before);
}

static __guest void guest_own(void)
{
	check_holds(MSR_STAR, 0x123456789abcdef0);
	check_holds(MSR_LSTAR, 0xffff800012345678);
	check_holds(MSR_CSTAR, 0x7fff12345678);
	check_holds(MSR_SFMASK, 0x47700);
	check_holds(MSR_KERNEL_GS_BASE, 0xffffffff80000000);
	check_holds(MSR_FS_BASE, 0x1000);
	check_holds(MSR_SYSENTER_CS, 8);
	check_holds(MSR_SYSENTER_ESP, 0xffff800000001000);
	check_holds(MSR_SYSENTER_EIP, 0x401000);
	check_holds(MSR_PAT, 0x0606060606060606);
	check_holds(MSR_EFER, VCPU_EFER | EFER_SCE);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_PAT, 0x0202020202020202), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_EFER, 1ULL << 40), TRAP_GP);
	/* LME cannot go while there is paging. */
	GUEST_ASSERT_TRAPS(wrmsr(MSR_EFER, EFER_NXE), TRAP_GP);
	/* LMA is not for the guest to write. */
	GUEST_ASSERT_RUNS(wrmsr(MSR_EFER, EFER_LME | EFER_NXE));
	GUEST_ASSERT_EQ(rdmsr(MSR_EFER), VCPU_EFER);
}

TEST(own_ones)
{
	vcpu_expect_done(vcpu_new(guest_own));
}

/* Those of AMD that kernels look at on the way up: nothing is on, and nothing is kept. */
static __guest void guest_of_amd(void)
{
	static const __u32 zeros[] = {
		MSR_SYSCFG, MSR_NB_CFG, MSR_INT_PENDING, MSR_LS_CFG, MSR_DE_CFG,
	};
	__u64 i;

	for (i = 0; i < ARRAY_SIZE(zeros); i++) {
		GUEST_ASSERT_EQ(rdmsr(zeros[i]), 0);
		wrmsr(zeros[i], ~0ULL);
		GUEST_ASSERT_EQ(rdmsr(zeros[i]), 0);
	}
}

TEST(of_amd)
{
	vcpu_expect_done(vcpu_new(guest_of_amd));
}

/* These are the processor's own to refuse: they do not exit. */
static __guest void guest_not_canonical(void)
{
	GUEST_ASSERT_TRAPS(wrmsr(MSR_LSTAR, 1ULL << 63), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_CSTAR, 1ULL << 60), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_FS_BASE, 1ULL << 62), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_KERNEL_GS_BASE, 0x8000000000000000), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_SYSENTER_EIP, 0x8000000000000000), TRAP_GP);
}

TEST(addresses_are_canonical)
{
	if (is_tcg())
		test_skip("QEMU takes any address");
	vcpu_expect_done(vcpu_new(guest_not_canonical));
}

/* What the guest writes without an exit is what the registers tell, and the reverse. */
static const __u32 passed[] = {
	MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_SFMASK, MSR_KERNEL_GS_BASE, MSR_FS_BASE,
	MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP,
};

static __guest void guest_passed(void)
{
	__u64 i;

	for (i = 0; i < ARRAY_SIZE(passed); i++)
		wrmsr(passed[i], 0x1000 + i);
	GUEST_SYNC(1);
	for (i = 0; i < ARRAY_SIZE(passed); i++)
		GUEST_ASSERT_EQ(rdmsr(passed[i]), 0x2000 + i);
}

TEST(passed_ones_are_the_registers)
{
	struct vcpu *vcpu = vcpu_new(guest_passed);
	unsigned int i;

	vcpu_expect_sync(vcpu, 1);
	for (i = 0; i < ARRAY_SIZE(passed); i++) {
		CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_MSR(passed[i])), 0x1000 + i);
		vcpu_set_reg(vcpu, AXVM_X86_MSR(passed[i]), 0x2000 + i);
	}
	vcpu_expect_done(vcpu);
}

/* They are not the host's, nor another guest's. */
static __guest void guest_keeps(__u64 seed)
{
	__u64 round, i;

	for (round = 0; round < 50; round++) {
		for (i = 0; i < ARRAY_SIZE(passed); i++)
			wrmsr(passed[i], seed + 16 * round + i);
		GUEST_SYNC(1);
		for (i = 0; i < ARRAY_SIZE(passed); i++)
			GUEST_ASSERT_EQ(rdmsr(passed[i]), seed + 16 * round + i);
	}
}

TEST(guests_have_their_own)
{
	struct vcpu *a = vcpu_create_flags(vm_create(0), 0, guest_keeps, 0, host_cpu(0));
	struct vcpu *b = vcpu_create_flags(vm_create(0), 0, guest_keeps, 0, host_cpu(0));
	unsigned int i;

	vcpu_arg(a, 0, 0x1000);
	vcpu_arg(b, 0, 0x2000);
	for (i = 0; i < 50; i++) {
		vcpu_expect_sync(a, 1);
		vcpu_expect_sync(b, 1);
	}
	vcpu_expect_done(a);
	vcpu_expect_done(b);
}

/* SYSCALL in the process itself works as before: LSTAR and its like are the host's again. */
static __guest void guest_breaks_system_calls(void)
{
	__u64 i;

	for (i = 0; i < 100; i++) {
		wrmsr(MSR_LSTAR, 0xdead0000);
		wrmsr(MSR_STAR, 0);
		wrmsr(MSR_SFMASK, 0xffffffff);
		wrmsr(MSR_KERNEL_GS_BASE, 0xdead1000);
		wrmsr(MSR_SYSENTER_EIP, 0xdead2000);
		GUEST_SYNC(1);
	}
}

TEST(the_hosts_are_restored)
{
	struct vcpu *vcpu = vcpu_new(guest_breaks_system_calls);
	unsigned int i;

	for (i = 0; i < 100; i++) {
		vcpu_expect_sync(vcpu, 1);
		CHECK_EQ(getppid(), getppid());
		sched_yield();
	}
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* All of them                                                               */
/* ------------------------------------------------------------------------- */

/* Those that the guest's code itself depends on, and time. */
static __always_inline int is_needed(__u32 msr)
{
	return msr == MSR_GS_BASE || msr == MSR_EFER || msr == MSR_APIC_BASE ||
	       (msr >= 0x800 && msr < 0x900) || msr == MSR_TSC_DEADLINE;
}

static __always_inline void touch(__u32 msr, __u64 value)
{
	__u64 cause = guest_try(rdmsr(msr));

	GUEST_ASSERT(cause == TRAP_NONE || cause == TRAP_GP);
	if (is_needed(msr))
		return;
	cause = guest_try(wrmsr(msr, value));
	GUEST_ASSERT(cause == TRAP_NONE || cause == TRAP_GP);
}

static __guest void guest_touches_all(__u64 first, __u64 last, __u64 value)
{
	__u64 msr;

	for (msr = first; msr <= last; msr++)
		touch(msr, value);
	GUEST_SYNC(1);
}

static void sweep(__u64 first, __u64 last)
{
	static const __u64 values[] = { 0, ~0ULL, 0x5555555555555555, 0x1000 };
	struct vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		vcpu = vcpu_new(guest_touches_all);
		vcpu_arg(vcpu, 0, first);
		vcpu_arg(vcpu, 1, last);
		vcpu_arg(vcpu, 2, values[i]);
		vcpu_expect_sync(vcpu, 1);
		vm_destroy(vcpu->vm);
	}
	/* The host, and another guest, are as they were. */
	vcpu_expect_done(vcpu_new(guest_own));
}

TEST(every_low_one)
{
	sweep(0, 0x1fff);
}

TEST(every_one_of_hypervisors)
{
	sweep(0x40000000, 0x400000ff);
	sweep(0x4b564d00, 0x4b564dff);
}

TEST(every_high_one)
{
	sweep(0xc0000000, 0xc0001fff);
}

TEST(every_one_of_amd)
{
	sweep(0xc0010000, 0xc0011fff);
}

TEST_HARNESS_MAIN
