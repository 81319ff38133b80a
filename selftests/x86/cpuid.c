// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID: a table that the VMM may cut, and no more
 */
#include "apic.h"
#include "regs.h"
#include "test.h"
#include "vcpu.h"

enum { EAX, EBX, ECX, EDX };

/* Bits of leaf 1. */
#define ECX_VMX		5
#define ECX_X2APIC	21
#define ECX_XSAVE	26
#define ECX_OSXSAVE	27
#define ECX_AVX		28
#define ECX_HYPERVISOR	31
#define EDX_FPU		0
#define EDX_TSC		4
#define EDX_APIC	9
#define EDX_HTT		28
/* Of leaf 8000_0001H. */
#define ECX_CMP_LEGACY	1

static __guest void guest_tells(__u64 leaf, __u64 subleaf)
{
	struct cpuid_regs r = cpuid(leaf, subleaf);

	GUEST_SYNC(1, (__u64)r.ebx << 32 | r.eax, (__u64)r.edx << 32 | r.ecx);
}

/* What a vCPU of its own says of a leaf. */
static void ask(struct vm *vm, __u64 id, __u32 leaf, __u32 subleaf, __u32 reg[4])
{
	struct vcpu *vcpu = vcpu_create(vm, id, guest_tells);
	const struct ucall *uc;

	vcpu_arg(vcpu, 0, leaf);
	vcpu_arg(vcpu, 1, subleaf);
	uc = vcpu_expect_sync(vcpu, 1);
	reg[EAX] = uc->args[1];
	reg[EBX] = uc->args[1] >> 32;
	reg[ECX] = uc->args[2];
	reg[EDX] = uc->args[2] >> 32;
}

static void put(struct vm *vm, __u32 leaf, __u32 subleaf, unsigned int reg, __u32 value)
{
	vm_set_reg(vm, AXVM_X86_CPUID(leaf, subleaf, reg), value);
}

/* ------------------------------------------------------------------------- */
/* The table                                                                 */
/* ------------------------------------------------------------------------- */

TEST(what_is_supported)
{
	struct vm *vm = vm_create(0);

	CHECK_GE(vm_cpuid(vm, 0, 0, EAX), 0xd);
	CHECK_GE(vm_cpuid(vm, 0x80000000, 0, EAX), 0x80000008);
	CHECK(vm_has_cpuid(vm, 1, 0, EDX, EDX_FPU));
	CHECK(vm_has_cpuid(vm, 1, 0, EDX, EDX_TSC));
	CHECK(vm_has_cpuid(vm, 1, 0, EDX, EDX_APIC));
	CHECK(vm_has_cpuid(vm, 1, 0, ECX, ECX_X2APIC));
	CHECK(vm_has_cpuid(vm, 1, 0, ECX, ECX_HYPERVISOR));
	CHECK(vm_has_cpuid(vm, 0x80000001, 0, EDX, 29));
	/* No virtualization in guests. */
	CHECK(!vm_has_cpuid(vm, 1, 0, ECX, ECX_VMX));
	CHECK(!vm_has_cpuid(vm, 0x80000001, 0, ECX, 2));
	/* No more than the host has, but for what the module does. */
	CHECK_EQ(vm_cpuid(vm, 7, 0, EBX) & ~(cpuid(7, 0).ebx | 2), 0);
	CHECK_EQ(vm_cpuid(vm, 7, 0, ECX) & ~cpuid(7, 0).ecx, 0);
	CHECK_EQ(vm_cpuid(vm, 0xd, 0, EAX) & ~cpuid(0xd, 0).eax, 0);
	CHECK_EQ(vm_cpuid(vm, 0x80000001, 0, EDX) & ~cpuid(0x80000001, 0).edx, 0);
}

/* The guest sees the table, and what is its vCPU's own. */
TEST(the_guest_sees_it)
{
	static const __u32 leaves[] = { 0, 7, 0x80000000, 0x80000001, 0x80000008, 0x40000000 };
	struct vm *vm = vm_create(0);
	__u32 reg[4];
	unsigned int i, r;

	for (i = 0; i < ARRAY_SIZE(leaves); i++) {
		ask(vm, i, leaves[i], 0, reg);
		for (r = EAX; r <= EDX; r++)
			CHECK_EQ(reg[r], vm_cpuid(vm, leaves[i], 0, r));
	}
	ask(vm, 9, 1, 0, reg);
	CHECK_EQ(reg[EDX], vm_cpuid(vm, 1, 0, EDX));
	CHECK_EQ(reg[ECX], vm_cpuid(vm, 1, 0, ECX));
	CHECK_EQ(reg[EBX] >> 24, 9);
}

TEST(apic_ids)
{
	struct vm *vm = vm_create(0);
	__u32 reg[4];

	/* A topology: the leaf is there. */
	put(vm, 0xb, 0, EAX, 1);
	put(vm, 0xb, 0, EBX, 2);
	put(vm, 0xb, 0, ECX, 0x100);
	ask(vm, 5, 0xb, 0, reg);
	CHECK_EQ(reg[EAX], 1);
	CHECK_EQ(reg[EBX], 2);
	CHECK_EQ(reg[ECX], 0x100);
	CHECK_EQ(reg[EDX], 5);
	ask(vm, 7, 0xb, 0, reg);
	CHECK_EQ(reg[EDX], 7);
}

TEST(identification_is_the_vmms)
{
	struct vm *vm = vm_create(0);
	__u32 reg[4];

	put(vm, 0, 0, EBX, 0x11111111);
	put(vm, 0, 0, EDX, 0x22222222);
	put(vm, 0, 0, ECX, 0x33333333);
	put(vm, 1, 0, EAX, 0x12345);
	put(vm, 0x80000002, 0, EAX, 0x6d76786c);
	put(vm, 0x40000000, 0, EBX, 0x44444444);
	ask(vm, 0, 0, 0, reg);
	CHECK_EQ(reg[EBX], 0x11111111);
	CHECK_EQ(reg[EDX], 0x22222222);
	CHECK_EQ(reg[ECX], 0x33333333);
	ask(vm, 1, 1, 0, reg);
	CHECK_EQ(reg[EAX], 0x12345);
	ask(vm, 2, 0x80000002, 0, reg);
	CHECK_EQ(reg[EAX], 0x6d76786c);
	ask(vm, 3, 0x40000000, 0, reg);
	CHECK_EQ(reg[EBX], 0x44444444);
}

/* A leaf of zeros is not there, and one that nobody has is zeros. */
TEST(leaves_that_are_not_there)
{
	struct vm *vm = vm_create(0);
	__u32 reg[4];

	ask(vm, 0, 0x12345, 0, reg);
	CHECK_EQ(reg[EAX] | reg[EBX] | reg[ECX] | reg[EDX], 0);
	ask(vm, 1, 0x80000fff, 3, reg);
	CHECK_EQ(reg[EAX] | reg[EBX] | reg[ECX] | reg[EDX], 0);
	ask(vm, 2, 0xffffffff, 3, reg);
	CHECK_EQ(reg[EAX] | reg[EBX] | reg[ECX] | reg[EDX], 0);
}

/* ------------------------------------------------------------------------- */
/* Refusals                                                                  */
/* ------------------------------------------------------------------------- */

static void check_refused(struct vm *vm, __u32 leaf, __u32 subleaf, unsigned int reg, __u64 value)
{
	__u64 id = AXVM_X86_CPUID(leaf, subleaf, reg);
	__u32 before = vm_cpuid(vm, leaf, subleaf, reg);
	int ret = axvm_set_reg(vm->fd, id, value);

	if (ret != -EINVAL && ret != -ENOENT)
		FAIL("leaf 0x%x, %u, register %u, takes 0x%llx", leaf, subleaf, reg, value);
	CHECK_EQ(vm_cpuid(vm, leaf, subleaf, reg), before);
}

/* Each bit that is not there, in each of the leaves that have features, but for topology. */
static void check_features(struct vm *vm, __u32 leaf, __u32 subleaf, unsigned int reg)
{
	__u32 supported = vm_cpuid(vm, leaf, subleaf, reg), bit;

	if (leaf == 1 && reg == EDX)
		supported |= 1U << EDX_HTT;
	if (leaf == 0x80000001 && reg == ECX)
		supported |= 1U << ECX_CMP_LEGACY;

	for (bit = 0; bit < 32; bit++)
		if (!(supported >> bit & 1))
			check_refused(vm, leaf, subleaf, reg, supported | 1U << bit);
}

TEST(features_that_are_not_supported)
{
	struct vm *vm = vm_create(0);

	check_features(vm, 1, 0, EDX);
	check_features(vm, 7, 0, EBX);
	check_features(vm, 7, 0, EDX);
	check_features(vm, 0xd, 1, EAX);
	check_features(vm, 0x80000001, 0, ECX);
	check_features(vm, 0x80000001, 0, EDX);
	check_refused(vm, 1, 0, ECX, vm_cpuid(vm, 1, 0, ECX) | 1U << ECX_VMX);
	check_refused(vm, 0xd, 0, EAX, vm_cpuid(vm, 0xd, 0, EAX) | 1U << 17);
	check_refused(vm, 0xd, 0, EDX, 1U << 31);
	/* More address bits than there are. */
	check_refused(vm, 0x80000008, 0, EAX, vm_cpuid(vm, 0x80000008, 0, EAX) + 1);
	/* Not a value of 32 bits; a leaf beyond the table. */
	check_refused(vm, 0, 0, EBX, 1ULL << 32);
	check_refused(vm, 0x123, 0, EAX, 1);
	check_refused(vm, 0x80000fff, 0, EAX, 1);
	check_refused(vm, 0, 5, EAX, 1);
}

/* ------------------------------------------------------------------------- */
/* What follows from it                                                      */
/* ------------------------------------------------------------------------- */

static __guest void guest_without_xsave(void)
{
	GUEST_ASSERT_TRAPS(write_cr4(read_cr4() | CR4_OSXSAVE), TRAP_GP);
	GUEST_ASSERT_TRAPS(xgetbv(0), TRAP_UD);
	GUEST_ASSERT_TRAPS(xsetbv(0, 1), TRAP_UD);
}

TEST(without_xsave)
{
	struct vm *vm = vm_create(0);
	__u32 bits = vm_cpuid(vm, 1, 0, ECX);

	if (!(bits >> ECX_XSAVE & 1))
		test_skip("this machine has no XSAVE");
	put(vm, 1, 0, ECX, bits & ~(1U << ECX_XSAVE | 1U << ECX_AVX));
	vcpu_expect_done(vcpu_create(vm, 0, guest_without_xsave));
}

static __guest void guest_with_xsave(void)
{
	__u32 before = cpuid(1, 0).ecx;

	GUEST_ASSERT(!(before >> ECX_OSXSAVE & 1));
	write_cr4(read_cr4() | CR4_OSXSAVE);
	GUEST_ASSERT_EQ(cpuid(1, 0).ecx, before | 1U << ECX_OSXSAVE);
	/* The size of what is switched on, and of all that could be. */
	GUEST_ASSERT_EQ(cpuid(0xd, 0).ebx, 576);
	xsetbv(0, cpuid(0xd, 0).eax & (XCR0_X87 | XCR0_SSE | XCR0_AVX));
	GUEST_ASSERT_GE(cpuid(0xd, 0).ebx, 576);
	GUEST_ASSERT_GE(cpuid(0xd, 0).ecx, cpuid(0xd, 0).ebx);
	write_cr4(read_cr4() & ~CR4_OSXSAVE);
	GUEST_ASSERT_EQ(cpuid(1, 0).ecx, before);
}

TEST(what_follows_the_guests_registers)
{
	struct vm *vm = vm_create(0);

	if (!vm_has_cpuid(vm, 1, 0, ECX, ECX_XSAVE))
		test_skip("this machine has no XSAVE");
	vcpu_expect_done(vcpu_create(vm, 0, guest_with_xsave));
}

static __guest void guest_without_features(void)
{
	GUEST_ASSERT_TRAPS(write_cr4(read_cr4() | CR4_SMEP), TRAP_GP);
	GUEST_ASSERT_TRAPS(write_cr4(read_cr4() | CR4_SMAP), TRAP_GP);
	GUEST_ASSERT_TRAPS(write_cr4(read_cr4() | CR4_FSGSBASE), TRAP_GP);
	GUEST_ASSERT_TRAPS(write_cr4(read_cr4() | CR4_PCIDE), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_X2APIC), TRAP_GP);
}

TEST(features_taken_away)
{
	struct vm *vm = vm_create(0);

	put(vm, 7, 0, EBX, 0);
	put(vm, 1, 0, ECX, vm_cpuid(vm, 1, 0, ECX) & ~(1U << ECX_X2APIC | 1U << 17));
	vcpu_expect_done(vcpu_create(vm, 0, guest_without_features));
}

/* ------------------------------------------------------------------------- */
/* Fixed                                                                     */
/* ------------------------------------------------------------------------- */

static __guest void guest_nothing(void)
{
}

TEST(fixed_after_the_first_run)
{
	struct vm *vm = vm_create(0);
	__u64 id = AXVM_X86_CPUID(0, 0, EBX);

	vcpu_expect_done(vcpu_create(vm, 0, guest_nothing));
	vm_set_reg(vm, id, vm_get_reg(vm, id));
	CHECK_ERRNO(axvm_set_reg(vm->fd, id, vm_get_reg(vm, id) + 1), EBUSY);
	/* Nor can a leaf be added, or taken away. */
	CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_X86_CPUID(0x4000000a, 0, EAX), 1), EBUSY);
	CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_X86_CPUID(0x40000001, 0, EAX), 0), EBUSY);
}

/* The whole table goes to another VM, in whatever order. */
TEST(copied)
{
	struct vm *from = vm_create(0), *to = vm_create(0);
	struct reg_set *set, *read;

	put(from, 7, 0, EBX, 0);
	put(from, 0x80000002, 0, EAX, 0x12345678);
	set = regs_save(from->fd);
	regs_remove(set, AXVM_X86_VM_CLOCK);
	regs_reverse(set);
	regs_load(to->fd, set);
	read = regs_save(to->fd);
	regs_remove(read, AXVM_X86_VM_CLOCK);
	regs_check_same(set, read);
}

TEST_HARNESS_MAIN
