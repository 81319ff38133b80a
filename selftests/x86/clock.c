// SPDX-License-Identifier: GPL-2.0
/*
 * Time: the TSC, and the paravirtual clock with its MSRs and pages
 */
#include <stdalign.h>
#include <time.h>

#include "test.h"
#include "image.h"
#include "regs.h"
#include "vcpu.h"

#define CLOCK_STABLE	X86_BIT(0)

/* As in the kernel's asm/pvclock-abi.h. */
struct clock_page {
	__u32 version;
	__u32 pad0;
	__u64 tsc_timestamp;
	__u64 system_time;
	__u32 mul;
	__s8 shift;
	__u8 flags;
	__u8 pad[2];
};

struct wall_page {
	__u32 version;
	__u32 sec;
	__u32 nsec;
};

#define VCPUS	3
/* Aligned so that none of them crosses a page. */
static alignas(128) struct clock_page clocks[VCPUS];
static alignas(16) struct wall_page wall;

static __always_inline __u64 multiply(__u64 ticks, __u32 mul)
{
	__u64 low, high;

	asm("mulq %3" : "=a" (low), "=d" (high) : "a" (ticks), "r" ((__u64)mul));
	return low >> 32 | high << 32;
}

/* As a guest reads it. */
static __always_inline __u64 read_clock(struct clock_page *page)
{
	__u64 ticks, ns;
	__u32 version;

	do {
		version = READ_ONCE(page->version);
		guest_fence();
		ticks = rdtsc() - READ_ONCE(page->tsc_timestamp);
		if (page->shift < 0)
			ticks >>= -page->shift;
		else
			ticks <<= page->shift;
		ns = READ_ONCE(page->system_time) + multiply(ticks, READ_ONCE(page->mul));
		guest_fence();
	} while (version & 1 || version != READ_ONCE(page->version));
	return ns;
}

static __always_inline struct clock_page *own_clock(void)
{
	return &clocks[guest_id()];
}

static __always_inline void start_clock(void)
{
	wrmsr(MSR_KVM_SYSTEM_TIME, (__u64)own_clock() | 1);
}

static __guest void guest_tells_clock(void)
{
	start_clock();
	for (;;)
		GUEST_SYNC(1, read_clock(own_clock()), own_clock()->flags, own_clock()->version);
}

/* ------------------------------------------------------------------------- */
/* The clock                                                                 */
/* ------------------------------------------------------------------------- */

TEST(clock_is_the_vm_s)
{
	struct vcpu *vcpu = vcpu_new(guest_tells_clock);
	__u64 before, now, after;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		before = vm_get_reg(vcpu->vm, AXVM_X86_VM_CLOCK);
		now = vcpu_expect_sync(vcpu, 1)->args[1];
		after = vm_get_reg(vcpu->vm, AXVM_X86_VM_CLOCK);
		CHECK_LE(before, now);
		CHECK_LE(now, after);
		CHECK_EQ(vcpu->uc.args[3] & 1, 0);
	}
}

static __u64 host_ns(void)
{
	struct timespec ts;

	CHECK_SYS(clock_gettime(CLOCK_BOOTTIME, &ts));
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* It goes as fast as the host's clocks do. */
TEST(clock_goes_right)
{
	struct vcpu *vcpu = vcpu_new(guest_tells_clock);
	__u64 host = host_ns(), guest = vcpu_expect_sync(vcpu, 1)->args[1], passed;

	usleep(200000);
	guest = vcpu_expect_sync(vcpu, 1)->args[1] - guest;
	passed = host_ns() - host;
	CHECK_LE(guest, passed + passed / 100);
	CHECK_GE(guest, 190000000);
}

TEST(clock_can_be_set)
{
	static const __u64 times[] = { 0, 1ULL << 40, 12345, 1ULL << 62 };
	struct vcpu *vcpu = vcpu_new(guest_tells_clock);
	__u64 second = 1000000000;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		vm_set_reg(vcpu->vm, AXVM_X86_VM_CLOCK, times[i]);
		CHECK_LT(vm_get_reg(vcpu->vm, AXVM_X86_VM_CLOCK) - times[i], 10 * second);
		CHECK_LT(vcpu_expect_sync(vcpu, 1)->args[1] - times[i], 10 * second);
	}
}

/* While the TSC is stable nothing is written that need not be. */
TEST(clock_is_stable)
{
	struct vcpu *vcpu = vcpu_new(guest_tells_clock);
	__u64 version;
	unsigned int i;

	vcpu_expect_sync(vcpu, 1);
	if (!vm_has_cpuid(vcpu->vm, 0x40000001, 0, 0, 24))
		test_skip("the host's TSC is not stable");
	CHECK_EQ(vcpu->uc.args[2], CLOCK_STABLE);
	version = vcpu->uc.args[3];
	for (i = 0; i < 100; i++)
		vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(vcpu->uc.args[3], version);
}

static __guest void guest_has_several_tscs(void)
{
	start_clock();
	GUEST_SYNC(1, own_clock()->flags);
	wrmsr(MSR_TSC, rdtsc() + (1ULL << 40));
	GUEST_SYNC(2, own_clock()->flags);
}

/* Two TSCs that differ are nothing that one page could tell. */
TEST(clock_with_differing_tscs)
{
	struct vm *vm = vm_create(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_has_several_tscs);
	bool stable = vm_has_cpuid(vm, 0x40000001, 0, 0, 24);

	vcpu_create(vm, 1, guest_tells_clock);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], stable ? CLOCK_STABLE : 0);
	CHECK_EQ(vcpu_expect_sync(vm->vcpus[1], 1)->args[2], stable ? CLOCK_STABLE : 0);
	CHECK_EQ(vcpu_expect_sync(vcpu, 2)->args[1], 0);
	CHECK_EQ(vcpu_expect_sync(vm->vcpus[1], 1)->args[2], 0);
}

/* A turn of the clock is passed from vCPU to vCPU: it never goes back. */
static __u64 latest, turn;
#define TURNS	300

static __guest void guest_compares(void)
{
	__u64 id = guest_id(), now;

	start_clock();
	while (READ_ONCE(turn) < TURNS) {
		if (READ_ONCE(turn) % VCPUS != id) {
			guest_relax();
			continue;
		}
		guest_fence();
		now = read_clock(own_clock());
		GUEST_ASSERT_GE(now, READ_ONCE(latest));
		/* And the first one's page is good for all, if it says so. */
		if (READ_ONCE(clocks[0].flags) & CLOCK_STABLE)
			GUEST_ASSERT_GE(read_clock(&clocks[0]), now);
		WRITE_ONCE(latest, now);
		guest_fence();
		WRITE_ONCE(turn, READ_ONCE(turn) + 1);
	}
}

TEST(clock_is_monotonic)
{
	struct vm *vm = vm_create(0);
	unsigned int i;

	if (!vm_has_cpuid(vm, 0x40000001, 0, 0, 24))
		test_skip("the host's TSC is not stable");
	for (i = 0; i < VCPUS; i++)
		vcpu_start(vcpu_create(vm, i, guest_compares));
	for (i = 0; i < VCPUS; i++)
		vcpu_join(vm->vcpus[i]);
}

/* ------------------------------------------------------------------------- */
/* The time of day                                                           */
/* ------------------------------------------------------------------------- */

static __guest void guest_tells_wall_clock(void)
{
	start_clock();
	WRITE_ONCE(wall.version, 5);
	wrmsr(MSR_KVM_WALL_CLOCK, (__u64)&wall);
	GUEST_ASSERT_EQ(rdmsr(MSR_KVM_WALL_CLOCK), (__u64)&wall);
	GUEST_ASSERT_EQ(READ_ONCE(wall.version) & 1, 0);
	GUEST_ASSERT_GT(READ_ONCE(wall.version), 5);
	GUEST_SYNC(1, wall.sec * 1000000000ULL + wall.nsec + read_clock(own_clock()));
	/* By the older number, too. */
	WRITE_ONCE(wall.sec, 0);
	wrmsr(0x11, (__u64)&wall);
	GUEST_ASSERT_NE(READ_ONCE(wall.sec), 0);
	/* And only when it is asked for. */
	WRITE_ONCE(wall.sec, 0);
	GUEST_SYNC(2);
	GUEST_ASSERT_EQ(READ_ONCE(wall.sec), 0);
}

TEST(time_of_day)
{
	struct vcpu *vcpu = vcpu_new(guest_tells_wall_clock);
	__u64 now = vcpu_expect_sync(vcpu, 1)->args[1] / 1000000000;

	CHECK_LE(now, time(NULL) + 1);
	CHECK_GE(now + 10, time(NULL));
	vcpu_expect_sync(vcpu, 2);
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* The MSRs                                                                  */
/* ------------------------------------------------------------------------- */

static __guest void guest_writes_msrs(__u64 page)
{
	wrmsr(MSR_KVM_SYSTEM_TIME, page | 1);
	GUEST_ASSERT_EQ(rdmsr(MSR_KVM_SYSTEM_TIME), page | 1);
	GUEST_ASSERT_EQ(rdmsr(0x12), page | 1);
	/* Not aligned to 4, and across a page. */
	GUEST_ASSERT_TRAPS(wrmsr(MSR_KVM_SYSTEM_TIME, page | 3), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_KVM_SYSTEM_TIME, (page + 4096 - 28) | 1), TRAP_GP);
	GUEST_ASSERT_RUNS(wrmsr(MSR_KVM_SYSTEM_TIME, (page + 4096 - 32) | 1));
	GUEST_ASSERT_NE(((struct clock_page *)(page + 4096 - 32))->mul, 0);
	GUEST_ASSERT_RUNS(wrmsr(MSR_KVM_SYSTEM_TIME, (page + 4) | 1));
	GUEST_ASSERT_TRAPS(wrmsr(MSR_KVM_WALL_CLOCK, page + 2), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_KVM_WALL_CLOCK, page + 4096 - 8), TRAP_GP);
	/* Where nothing is nothing is written. */
	GUEST_ASSERT_RUNS(wrmsr(MSR_KVM_SYSTEM_TIME, MMIO_GPA | 1));
	GUEST_ASSERT_RUNS(wrmsr(MSR_KVM_SYSTEM_TIME, (1ULL << 63) | 1));
	GUEST_ASSERT_RUNS(wrmsr(MSR_KVM_WALL_CLOCK, MMIO_GPA));
	GUEST_ASSERT_RUNS(wrmsr(MSR_KVM_SYSTEM_TIME, 0));
	/* Others of that kind are not there. */
	GUEST_ASSERT_TRAPS(rdmsr(0x4b564d02), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(0x4b564d03, 0), TRAP_GP);
}

TEST(msrs)
{
	struct vm *vm = vm_create(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_writes_msrs);

	vcpu_arg(vcpu, 0, vm_alloc(vm, 8192));
	vcpu_expect_done(vcpu);
}

static __guest void guest_has_no_clock(void)
{
	GUEST_ASSERT_TRAPS(wrmsr(MSR_KVM_SYSTEM_TIME, (__u64)own_clock() | 1), TRAP_GP);
	GUEST_ASSERT_TRAPS(rdmsr(MSR_KVM_WALL_CLOCK), TRAP_GP);
	GUEST_ASSERT_TRAPS(rdmsr(0x12), TRAP_GP);
}

TEST(without_clock)
{
	struct vm *vm = vm_create(0);

	vm_set_reg(vm, AXVM_X86_CPUID(0x40000001, 0, 0), 0);
	vcpu_expect_done(vcpu_create(vm, 0, guest_has_no_clock));
}

/* ------------------------------------------------------------------------- */
/* The TSC                                                                   */
/* ------------------------------------------------------------------------- */

#define MSR_TSC_ADJUST	0x3b

static __guest void guest_sets_tsc(void)
{
	__u64 before, after;

	GUEST_ASSERT_EQ(rdmsr(MSR_TSC_ADJUST), 0);
	wrmsr(MSR_TSC, 1ULL << 50);
	before = rdtsc();
	GUEST_ASSERT_GE(before, 1ULL << 50);
	GUEST_ASSERT_LT(before, (1ULL << 50) + (1ULL << 40));
	GUEST_ASSERT_GE(rdmsr(MSR_TSC), before);
	GUEST_ASSERT_NE(rdmsr(MSR_TSC_ADJUST), 0);
	/* Back again, to the tick. */
	wrmsr(MSR_TSC_ADJUST, 0);
	GUEST_ASSERT_LT(rdtsc(), 1ULL << 50);
	before = rdtsc();
	wrmsr(MSR_TSC_ADJUST, 1ULL << 45);
	wrmsr(MSR_TSC_ADJUST, 0);
	after = rdtsc();
	GUEST_ASSERT_GE(after, before);
	GUEST_SYNC(1, before);
	for (;;)
		GUEST_SYNC(2, rdtsc());
}

TEST(tsc_of_the_guest)
{
	struct vcpu *vcpu = vcpu_new(guest_sets_tsc);
	__u64 tsc;

	vcpu_expect_sync(vcpu, 1);
	tsc = vcpu_get_reg(vcpu, AXVM_X86_MSR(MSR_TSC));
	CHECK_GE(tsc, vcpu->uc.args[1]);
	CHECK_GE(vcpu_expect_sync(vcpu, 2)->args[1], tsc);
	vcpu_set_reg(vcpu, AXVM_X86_MSR(MSR_TSC), 1ULL << 60);
	CHECK_GE(vcpu_expect_sync(vcpu, 2)->args[1], 1ULL << 60);
	CHECK_LT(vcpu->uc.args[1] - (1ULL << 60), 1ULL << 40);
}

static __guest void guest_tells_tsc(void)
{
	for (;;)
		GUEST_SYNC(1, rdtsc());
}

/* All of a VM's are the same, also when they are restored one after the other. */
TEST(tscs_of_a_vm)
{
	struct vm *vm = vm_create(0);
	__u64 khz = vm_get_reg(vm, AXVM_X86_VM_GUEST_TSC_KHZ), last = 0, now;
	unsigned int i;

	for (i = 0; i < VCPUS; i++)
		vcpu_create(vm, i, guest_tells_tsc);
	for (i = 0; i < 30; i++) {
		now = vcpu_expect_sync(vm->vcpus[i % VCPUS], 1)->args[1];
		CHECK_GT(now, last);
		last = now;
	}
	/* Since the VM was made. */
	CHECK_LT(last, khz * 1000 * 100);
	for (i = 0; i < VCPUS; i++) {
		vcpu_set_reg(vm->vcpus[i], AXVM_X86_MSR(MSR_TSC), (1ULL << 45) - i * khz);
		usleep(1000);
	}
	last = 0;
	for (i = 0; i < 30; i++) {
		now = vcpu_expect_sync(vm->vcpus[i % VCPUS], 1)->args[1];
		CHECK_GT(now, last);
		last = now;
	}
	/* One that is meant to differ does. */
	vcpu_set_reg(vm->vcpus[0], AXVM_X86_MSR(MSR_TSC), 1ULL << 50);
	CHECK_GE(vcpu_expect_sync(vm->vcpus[0], 1)->args[1], 1ULL << 50);
	CHECK_LT(vcpu_expect_sync(vm->vcpus[1], 1)->args[1], 1ULL << 50);
}

TEST(tsc_frequency)
{
	struct vm *vm = vm_create(0);
	__u64 khz = vm_get_reg(vm, AXVM_X86_VM_TSC_KHZ), slow = khz / 2, first, passed, start;
	struct vcpu *vcpu;

	CHECK_GT(khz, 0);
	CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_X86_VM_TSC_KHZ, khz + 1), EACCES);
	CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_X86_VM_GUEST_TSC_KHZ, 0), EINVAL);
	CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_X86_VM_GUEST_TSC_KHZ, khz << 32), EINVAL);
	vm_set_reg(vm, AXVM_X86_VM_GUEST_TSC_KHZ, khz);
	if (axvm_set_reg(vm->fd, AXVM_X86_VM_GUEST_TSC_KHZ, slow) == -EINVAL)
		test_skip("this CPU does not scale the TSC");
	vcpu = vcpu_create(vm, 0, guest_tells_tsc);
	start = host_ns();
	first = vcpu_expect_sync(vcpu, 1)->args[1];
	usleep(100000);
	passed = vcpu_expect_sync(vcpu, 1)->args[1] - first;
	CHECK_GE(passed, slow * 99);
	CHECK_LE(passed, slow * ((host_ns() - start) / 1000000 + 2));
	CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_X86_VM_GUEST_TSC_KHZ, khz), EBUSY);
}

/* ------------------------------------------------------------------------- */
/* In another VM                                                             */
/* ------------------------------------------------------------------------- */

TEST(moved)
{
	struct vcpu *vcpu = vcpu_new(guest_tells_clock), *copy;
	struct reg_set *vm_regs, *regs;
	__u64 before, version, now;
	struct vm *vm;

	before = vcpu_expect_sync(vcpu, 1)->args[1];
	version = vcpu->uc.args[3];
	vm_regs = regs_save(vcpu->vm->fd);
	regs = regs_save(vcpu->ax.fd);
	vm = vm_create(0);
	copy = vcpu_create(vm, 0, NULL);
	memcpy(vm->ram, vcpu->vm->ram, RAM_LEN);
	memcpy(vm->image, vcpu->vm->image, image_len());
	regs_load(vm->fd, vm_regs);
	regs_load(copy->ax.fd, regs);
	now = vcpu_expect_sync(copy, 1)->args[1];
	CHECK_GE(now, before);
	CHECK_LT(now - before, 30000000000);
	/* A reader that began over there notices. */
	CHECK_GT(copy->uc.args[3], version);
	CHECK_LE(now, vm_get_reg(vm, AXVM_X86_VM_CLOCK));
}

TEST_HARNESS_MAIN
