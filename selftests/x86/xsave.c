// SPDX-License-Identifier: GPL-2.0
/*
 * The extended state: each guest has its own, and the process too
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "regs.h"
#include "test.h"
#include "vcpu.h"
#include "xsave.h"

#define ROUNDS		100
#define PATTERNS	(XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512)

/* What the guest may switch on, and what of that is compared. */
static __u64 guest_mask;

static __u64 mask_of(struct vm *vm)
{
	__u64 mask = vm_cpuid(vm, 0xd, 0, 0) | (__u64)vm_cpuid(vm, 0xd, 0, 3) << 32;

	return mask & PATTERNS;
}

static bool has_xsave(struct vm *vm)
{
	return vm_has_cpuid(vm, 1, 0, 2, 26);
}

/* ------------------------------------------------------------------------- */
/* What a guest finds                                                        */
/* ------------------------------------------------------------------------- */

static __guest void guest_looks(__u64 area)
{
	__u64 i;

	fxsave((void *)area);
	GUEST_ASSERT_EQ(*(__u16 *)area, 0x37f);
	GUEST_ASSERT_EQ(*(__u32 *)(area + XSAVE_MXCSR), 0x1f80);
	GUEST_ASSERT_EQ(*(__u8 *)(area + 4), 0);
	for (i = XSAVE_ST; i < XSAVE_XMM + 256; i += 8)
		GUEST_ASSERT_EQ(*(__u64 *)(area + i), 0);
	if (!READ_ONCE(guest_mask))
		return;
	write_cr4(read_cr4() | CR4_OSXSAVE);
	GUEST_ASSERT_EQ(xgetbv(0), XCR0_X87);
	xsetbv(0, READ_ONCE(guest_mask));
	xsave((void *)area, ~0ULL);
	for (i = XSAVE_HEADER + 64; i < XSAVE_MAX; i += 8)
		GUEST_ASSERT_EQ(*(__u64 *)(area + i), 0);
}

static struct vcpu *area_vcpu(struct vm *vm, unsigned int id, void *fn)
{
	struct vcpu *vcpu = vcpu_create(vm, id, fn);

	*guest_var(vm, guest_mask) = has_xsave(vm) ? mask_of(vm) : 0;
	vcpu_arg(vcpu, 0, vm_alloc(vm, 3 * XSAVE_MAX));
	return vcpu;
}

static __u64 host_mask(void)
{
	return cpuid(1, 0).ecx >> 27 & 1 ? xgetbv(0) & PATTERNS : 0;
}

/* An area with a pattern in all that the process has. */
static __u8 *host_pattern(__u64 seed)
{
	__u8 *area = host_alloc(XSAVE_MAX, page_size());

	xsave_fill(area, host_mask() ?: XCR0_X87 | XCR0_SSE, seed);
	return area;
}

static __always_inline void host_load(const void *area)
{
	if (host_mask())
		xrstor(area, host_mask());
	else
		fxrstor(area);
}

static __always_inline void host_store(void *area)
{
	if (host_mask())
		xsave(area, host_mask());
	else
		fxsave(area);
}

/* The process has its registers full when the guest first looks at its own. */
TEST(a_new_guest_has_the_initial_state)
{
	struct vcpu *vcpu = area_vcpu(vm_create(0), 0, guest_looks);

	host_load(host_pattern(1));
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* XCR0                                                                      */
/* ------------------------------------------------------------------------- */

static __guest void guest_xsetbv(__u64 supported)
{
	__u64 bit;

	GUEST_ASSERT_TRAPS(xgetbv(0), TRAP_UD);
	GUEST_ASSERT_TRAPS(xsetbv(0, 1), TRAP_UD);
	write_cr4(read_cr4() | CR4_OSXSAVE);
	GUEST_ASSERT_EQ(xgetbv(0), XCR0_X87);
	GUEST_ASSERT_TRAPS(xsetbv(0, 0), TRAP_GP);
	GUEST_ASSERT_TRAPS(xsetbv(0, XCR0_SSE), TRAP_GP);
	GUEST_ASSERT_TRAPS(xsetbv(1, 1), TRAP_GP);
	GUEST_ASSERT_TRAPS(xsetbv(~0U, 1), TRAP_GP);
	GUEST_ASSERT_TRAPS(xsetbv(0, XCR0_X87 | XCR0_AVX), TRAP_GP);
	GUEST_ASSERT_TRAPS(xsetbv(0, XCR0_X87 | XCR0_SSE | X86_BIT(5)), TRAP_GP);
	for (bit = 0; bit < 64; bit++)
		if (!(supported & X86_BIT(bit)))
			GUEST_ASSERT_TRAPS(xsetbv(0, XCR0_X87 | XCR0_SSE | X86_BIT(bit)), TRAP_GP);
	GUEST_ASSERT_EQ(xgetbv(0), XCR0_X87);
	GUEST_ASSERT_RUNS(xsetbv(0, XCR0_X87 | XCR0_SSE));
	GUEST_ASSERT_RUNS(xsetbv(0, supported));
	GUEST_ASSERT_EQ(xgetbv(0), supported);
	GUEST_SYNC(1);
	GUEST_ASSERT_EQ(xgetbv(0), supported);
}

TEST(xcr0)
{
	struct vcpu *vcpu = vcpu_new(guest_xsetbv);
	struct vm *vm = vcpu->vm;
	__u64 supported = vm_cpuid(vm, 0xd, 0, 0) | (__u64)vm_cpuid(vm, 0xd, 0, 3) << 32;
	__u64 host;

	if (!has_xsave(vm))
		test_skip("guests have no XSAVE here");
	host = xgetbv(0);
	vcpu_arg(vcpu, 0, supported);
	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_XCR0), supported);
	CHECK_EQ(xgetbv(0), host);
	vcpu_expect_done(vcpu);
	CHECK_EQ(xgetbv(0), host);
}

/* ------------------------------------------------------------------------- */
/* PKRU                                                                      */
/* ------------------------------------------------------------------------- */

static __always_inline __u32 rdpkru(void)
{
	__u32 v, edx;

	asm volatile(".byte 0x0f, 0x01, 0xee" : "=a" (v), "=d" (edx) : "c" (0));
	return v;
}

static __always_inline void wrpkru(__u32 v)
{
	asm volatile(".byte 0x0f, 0x01, 0xef" : : "a" (v), "c" (0), "d" (0) : "memory");
}

static __guest void guest_pkru(__u64 value)
{
	__u64 i;

	write_cr4(read_cr4() | CR4_PKE);
	GUEST_ASSERT_EQ(rdpkru(), 0);
	for (i = 0; i < 20; i++) {
		wrpkru(value + i);
		GUEST_SYNC(1);
		GUEST_ASSERT_EQ(rdpkru(), value + i);
		cpuid(0, 0);
		GUEST_ASSERT_EQ(rdpkru(), value + i);
	}
}

TEST(pkru)
{
	struct vm *vms[2] = { vm_create(0), vm_create(0) };
	struct vcpu *vcpus[2];
	__u32 i, host;

	if (!vm_has_cpuid(vms[0], 7, 0, 2, 3) || !(cpuid(7, 0).ecx >> 4 & 1))
		test_skip("this machine has no protection keys");
	for (i = 0; i < 2; i++) {
		vcpus[i] = vcpu_create_flags(vms[i], 0, guest_pkru, 0, host_cpu(0));
		vcpu_arg(vcpus[i], 0, 0xaaaa0000 + 0x1000 * i);
	}
	host = rdpkru();
	for (i = 0; i < 40; i++) {
		wrpkru(host ^ (i & 1 ? 0xc : 0));
		vcpu_expect_sync(vcpus[i & 1], 1);
		CHECK_EQ(rdpkru(), host ^ (i & 1 ? 0xc : 0));
	}
	wrpkru(host);
	for (i = 0; i < 2; i++)
		vcpu_expect_done(vcpus[i]);
}

/* ------------------------------------------------------------------------- */
/* Isolation                                                                 */
/* ------------------------------------------------------------------------- */

/* Load a pattern of its own, leave the guest in one way or another, and look. */
static __guest void guest_keeps(__u64 area, __u64 seed)
{
	__u8 *load = (__u8 *)area, *store = load + XSAVE_MAX;
	__u64 mask = READ_ONCE(guest_mask), round;

	if (mask) {
		write_cr4(read_cr4() | CR4_OSXSAVE);
		xsetbv(0, mask);
	}
	for (round = 0; round < ROUNDS; round++) {
		xsave_fill(load, mask ?: XCR0_X87 | XCR0_SSE, seed + round);
		if (mask)
			xrstor(load, mask);
		else
			fxrstor(load);
		if (round & 1)
			GUEST_SYNC(1);
		else
			rdmsr(MSR_APIC_BASE);
		if (mask)
			xsave(store, mask);
		else
			fxsave(store);
		GUEST_ASSERT_EQ(xsave_differs(load, store, mask), 0);
	}
}

static struct vcpu *keeping_vcpu(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = area_vcpu(vm, id, guest_keeps);

	vcpu_arg(vcpu, 1, (__u64)vcpu * 77);
	return vcpu;
}

/*
 * The process's registers, across one RUN. Nothing may touch them in between: the
 * system call is made here.
 */
static long run_with_registers(int fd, const void *load, void *store)
{
	long ret = __NR_ioctl;

	host_load(load);
	asm volatile("syscall"
		     : "+a" (ret) : "D" ((long)fd), "S" ((long)AXVM_RUN), "d" (0L)
		     : "rcx", "r11", "memory");
	host_store(store);
	return ret;
}

static void *check_host_and_guest(void *data)
{
	struct vcpu *vcpu = data;
	__u8 *store = host_alloc(XSAVE_MAX, page_size()), *load;
	__u64 round, syncs = 0;
	struct ucall uc;

	for (round = 0;; round++) {
		load = host_pattern(round ^ (__u64)vcpu);
		CHECK_EQ(run_with_registers(vcpu->ax.fd, load, store), 0);
		if (xsave_differs(load, store, host_mask()))
			FAIL("the process's state differs at byte %u",
			     xsave_differs(load, store, host_mask()));
		CHECK_SYS(munmap(load, XSAVE_MAX));
		if (vcpu->ax.exit->reason == AXVM_EXIT_NOTHING)
			continue;
		CHECK_EQ(vcpu->ax.exit->reason, AXVM_EXIT_MMIO_WRITE);
		syncs++;
		uc = *(struct ucall *)vm_hva(vcpu->vm, vcpu->ax.exit->mmio.data);
		if (uc.kind == UCALL_FAIL)
			check_failed((struct where){ uc.file, uc.line }, "%s (0x%llx, 0x%llx)",
				     uc.text, uc.args[0], uc.args[1]);
		if (uc.kind == UCALL_DONE)
			break;
		CHECK_EQ(uc.kind, UCALL_SYNC);
	}
	CHECK_EQ(syncs, ROUNDS / 2 + 1);
	return NULL;
}

TEST(guest_and_process)
{
	check_host_and_guest(keeping_vcpu(vm_create(0), 0));
}

/* More threads than CPUs, all of them with guests, from VMs that share a CPU. */
TEST(guests_and_threads)
{
	struct vm *vms[2] = { vm_create(0), vm_create(0) };
	pthread_t threads[6];
	unsigned int i;

	for (i = 0; i < 6; i++)
		threads[i] = thread_start(check_host_and_guest, keeping_vcpu(vms[i & 1], i));
	for (i = 0; i < 6; i++)
		thread_join(threads[i]);
}

/* One thread that runs two guests in turn. */
TEST(guests_in_turn)
{
	struct vcpu *a = keeping_vcpu(vm_create(0), 0), *b = keeping_vcpu(vm_create(0), 0);
	unsigned int i;

	for (i = 0; i < ROUNDS / 2; i++) {
		vcpu_expect_sync(a, 1);
		vcpu_expect_sync(b, 1);
	}
	vcpu_expect_done(a);
	vcpu_expect_done(b);
}

/* A vCPU that goes from thread to thread and CPU to CPU takes its state along. */
static void *run_one_sync(void *data)
{
	vcpu_expect_sync((struct vcpu *)data, 1);
	return NULL;
}

TEST(migrating_guest)
{
	struct vcpu *vcpu = keeping_vcpu(vm_create(0), 0);
	unsigned int i;

	for (i = 0; i < ROUNDS / 2; i++) {
		move_to_cpu(host_cpu(i % host_cpus()));
		thread_join(thread_start(run_one_sync, vcpu));
	}
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* As registers                                                              */
/* ------------------------------------------------------------------------- */

static __guest void guest_loads_and_stores(__u64 area)
{
	__u8 *load = (__u8 *)area, *store = load + XSAVE_MAX;
	__u64 mask = READ_ONCE(guest_mask);

	if (mask) {
		write_cr4(read_cr4() | CR4_OSXSAVE);
		xsetbv(0, mask);
		xsave_fill(load, mask, 5);
		xrstor(load, mask);
	} else {
		xsave_fill(load, XCR0_X87 | XCR0_SSE, 5);
		fxrstor(load);
	}
	GUEST_SYNC(1);
	if (mask)
		xsave(store, mask);
	else
		fxsave(store);
	GUEST_SYNC(2);
}

TEST(registers)
{
	struct vcpu *vcpu = area_vcpu(vm_create(0), 0, guest_loads_and_stores);
	__u64 mask = *guest_var(vcpu->vm, guest_mask);
	__u8 *want = host_alloc(XSAVE_MAX, page_size()), *got = host_alloc(XSAVE_MAX, page_size());
	__u8 *store = (__u8 *)vm_hva(vcpu->vm, vcpu->cpu->args[0]) + XSAVE_MAX;
	struct reg_set *set;
	__u64 i;

	vcpu_expect_sync(vcpu, 1);
	xsave_fill(want, mask ?: XCR0_X87 | XCR0_SSE, 5);
	set = regs_save(vcpu->ax.fd);
	for (i = 0; i < XSAVE_MAX / 8; i++)
		if (regs_find(set, AXVM_X86_XSAVE(i)))
			*(__u64 *)(got + 8 * i) = regs_find(set, AXVM_X86_XSAVE(i))->value;
	CHECK_EQ(xsave_differs(want, got, mask), 0);

	/* Another pattern, written here, is what the guest then has. */
	xsave_fill(want, mask ?: XCR0_X87 | XCR0_SSE, 6);
	for (i = 0; i < XSAVE_MAX / 8; i++)
		if (regs_find(set, AXVM_X86_XSAVE(i)))
			regs_find(set, AXVM_X86_XSAVE(i))->value = *(__u64 *)(want + 8 * i);
	regs_load(vcpu->ax.fd, set);
	vcpu_expect_sync(vcpu, 2);
	CHECK_EQ(xsave_differs(want, store, mask), 0);
}

TEST_HARNESS_MAIN
