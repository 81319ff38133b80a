// SPDX-License-Identifier: GPL-2.0
/*
 * Registers: the list, reading, writing, all or nothing, in any order
 */
#include <stdlib.h>

#include "apic.h"
#include "regs.h"
#include "test.h"
#include "vcpu.h"
#include "xsave.h"

#define NO_REG		AXVM_REG_ID(AXVM_REG_X86, 0xffff, 0)
#define MTRR_FIX64K	0x250

static __guest void guest_spin(void)
{
	for (;;)
		guest_relax();
}

/** struct writable - A register, or several in a row, and a value they can hold. */
struct writable {
	__u64 id;
	unsigned int count;
	__u64 mask;	/* of a value that differs from register to register */
	__u64 value;	/* added to that */
};

/* All that every vCPU has; XSAVE and the APIC come below. */
static const struct writable writable[] = {
	{ AXVM_X86_GPR(0),			16, ~0ULL, 0 },
	{ AXVM_X86_RIP,				1,  0, 0x123456789abc },
	{ AXVM_X86_RFLAGS,			1,  0, RFLAGS_ONE | RFLAGS_CF | RFLAGS_ID |
						       RFLAGS_AC | RFLAGS_DF | RFLAGS_IOPL },
	{ AXVM_X86_SELECTOR(AXVM_X86_ES),	1,  0xffff, 0 },
	{ AXVM_X86_BASE(AXVM_X86_ES),		1,  0xffffffff, 0 },
	{ AXVM_X86_LIMIT(AXVM_X86_ES),		1,  0xffffffff, 0 },
	{ AXVM_X86_ATTRIBUTES(AXVM_X86_ES),	1,  0, SEG_DATA32 | SEG_DPL(2) },
	{ AXVM_X86_SELECTOR(AXVM_X86_CS),	1,  0xfffc, 0 },
	{ AXVM_X86_ATTRIBUTES(AXVM_X86_CS),	1,  0, SEG_CODE32 },
	{ AXVM_X86_LIMIT(AXVM_X86_SS),		1,  0, 0xfffff },
	{ AXVM_X86_ATTRIBUTES(AXVM_X86_SS),	1,  0, SEG_DATA16 },
	{ AXVM_X86_BASE(AXVM_X86_FS),		1,  0, 0xffff812345678000 },
	{ AXVM_X86_ATTRIBUTES(AXVM_X86_LDTR),	1,  0, SEG_UNUSABLE },
	{ AXVM_X86_BASE(AXVM_X86_TR),		1,  0, 0xffff812345679000 },
	{ AXVM_X86_GDTR_BASE,			1,  0, 0xffff87654321f000 },
	{ AXVM_X86_GDTR_LIMIT,			1,  0xffff, 0 },
	{ AXVM_X86_IDTR_BASE,			1,  0, 0x7654321f000 },
	{ AXVM_X86_IDTR_LIMIT,			1,  0xffff, 0 },
	{ AXVM_X86_CR(0),			1,  0, VCPU_CR0 | CR0_AM | CR0_TS | CR0_CD },
	{ AXVM_X86_CR(2),			1,  ~0ULL, 0 },
	{ AXVM_X86_CR(3),			1,  0, 0x1234567018 },
	{ AXVM_X86_CR(4),			1,  0, VCPU_CR4 | CR4_DE | CR4_TSD },
	{ AXVM_X86_CR(8),			1,  0, 9 },
	{ AXVM_X86_APIC(APIC_TPR >> 4),		1,  0, 0x90 },
	{ AXVM_X86_DR(0),			4,  ~0ULL, 0 },
	{ AXVM_X86_DR(6),			1,  0, DR6_FIXED | DR6_BS | 5 },
	{ AXVM_X86_DR(7),			1,  0, DR7_FIXED | DR7_L(1) | DR7_RW(1, 1) },
	{ AXVM_X86_MSR(MSR_EFER),		1,  0, EFER_LME | EFER_LMA | EFER_SCE | EFER_NXE },
	{ AXVM_X86_MSR(MSR_FS_BASE),		1,  0, 0xffff812345678000 },
	{ AXVM_X86_MSR(MSR_STAR),		1,  ~0ULL, 0 },
	{ AXVM_X86_MSR(MSR_LSTAR),		1,  0, 0xffff800000123456 },
	{ AXVM_X86_MSR(MSR_CSTAR),		1,  0, 0xffff800000654321 },
	{ AXVM_X86_MSR(MSR_SFMASK),		1,  0, 0x3f7fd5 },
	{ AXVM_X86_MSR(MSR_KERNEL_GS_BASE),	1,  0, 0xffff800000abcdef },
	{ AXVM_X86_MSR(MSR_SYSENTER_CS),	1,  0xffffffff, 0 },
	{ AXVM_X86_MSR(MSR_SYSENTER_ESP),	2,  0, 0xffff800000555555 },
	{ AXVM_X86_MSR(MSR_PAT),		1,  0, 0x0007010600070106 },
	{ AXVM_X86_MSR(MTRR_FIX64K),		1,  0, 0x0606060606060606 },
	{ AXVM_X86_EVENT,			1,  0, 1ULL << 31 | 1 << 11 | 3 << 8 | TRAP_GP |
						       0x1234ULL << 32 },
	{ AXVM_X86_EVENT_LENGTH,		1,  0, 3 },
	{ AXVM_X86_SHADOW,			1,  0, 1 },
	{ AXVM_X86_NMI,				1,  0, 3 },
	{ AXVM_X86_LINES,			1,  0, 1 },
	{ AXVM_X86_DEBUG_PENDING,		1,  0, DR6_BS },
	{ AXVM_X86_EMULATION(0),		1,  0, 2 << 8 | 3 },
	{ AXVM_X86_EMULATION(1),		2,  ~0ULL, 0 },
	{ AXVM_X86_EMULATION(3),		AXVM_X86_EMULATION_ANSWERS, ~0ULL, 0 },
	{ AXVM_REG_RUN_STATE,			1,  0, AXVM_RUN_STOPPED },
	{ AXVM_REG_PENDING_REASON,		1,  0, AXVM_EXIT_MMIO_READ },
	{ AXVM_REG_PENDING_ADDR,		1,  ~0ULL, 0 },
	{ AXVM_REG_PENDING_SHAPE,		1,  0, 5ULL << 32 | 1 << 24 | 8 << 16 |
						       4 << 8 | 10 },
};

static void fill(struct reg_set *set, const struct writable *w)
{
	struct axvm_reg *reg;
	unsigned int i;

	for (i = 0; i < w->count; i++) {
		reg = regs_find(set, w->id + i);
		if (!reg)
			FAIL("register 0x%llx is not in the list", w->id + i);
		reg->value = w->value + (pattern(w->id, i) & w->mask);
	}
}

static void fill_all(struct reg_set *set)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writable); i++)
		fill(set, &writable[i]);
}

/* The extended state, from an area as an XSAVE would make it. */
static void fill_xsave(struct reg_set *set)
{
	struct axvm_reg *xcr0 = regs_find(set, AXVM_X86_XCR0), *reg;
	__u8 *area = host_alloc(XSAVE_MAX, page_size());
	__u64 mask = XCR0_X87 | XCR0_SSE;
	unsigned int i;

	if (xcr0) {
		mask |= cpuid(0xd, 0).eax & XCR0_AVX;
		xcr0->value = mask;
	}
	xsave_fill(area, mask, 77);
	for (i = 0; i < XSAVE_MAX / 8; i++) {
		reg = regs_find(set, AXVM_X86_XSAVE(i));
		if (reg)
			reg->value = *(__u64 *)(area + 8 * i);
	}
}

/* Time goes on, and what it moves with it. */
static void remove_clocks(struct reg_set *set)
{
	regs_remove(set, AXVM_X86_MSR(MSR_TSC));
	regs_remove(set, AXVM_X86_APIC_TIMER);
}

static struct vcpu *any_vcpu(void)
{
	return vcpu_create(vm_create(0), 0, guest_spin);
}

/* ------------------------------------------------------------------------- */
/* The list                                                                  */
/* ------------------------------------------------------------------------- */

static int compare_ids(const void *a, const void *b)
{
	__u64 x = ((const struct axvm_reg *)a)->id, y = ((const struct axvm_reg *)b)->id;

	return x < y ? -1 : x > y;
}

static void check_list(int fd)
{
	struct reg_set *set = regs_list(fd);
	__u32 i, count = 0;

	CHECK_GT(set->count, 0);
	CHECK_ERRNO(axvm_get_reg_list(fd, NULL, &count), ENOSPC);
	CHECK_EQ(count, set->count);
	qsort(set->regs, set->count, sizeof(set->regs[0]), compare_ids);
	for (i = 1; i < set->count; i++)
		CHECK_NE(set->regs[i].id, set->regs[i - 1].id);
	/* Every id can be read, alone too, and what was read be written. */
	regs_read(fd, set);
	for (i = 0; i < set->count; i++) {
		CHECK_OK(axvm_get_reg(fd, set->regs[i].id, &set->regs[i].value));
		if (axvm_set_reg(fd, set->regs[i].id, set->regs[i].value))
			FAIL("register 0x%llx does not take its value 0x%llx", set->regs[i].id,
			     set->regs[i].value);
	}
}

TEST(list_of_a_vcpu)
{
	check_list(any_vcpu()->ax.fd);
}

TEST(list_of_a_vm)
{
	check_list(any_vcpu()->vm->fd);
}

/* ------------------------------------------------------------------------- */
/* Values                                                                    */
/* ------------------------------------------------------------------------- */

static void check_value(struct reg_set *set, __u64 id, __u64 value)
{
	struct axvm_reg *reg = regs_find(set, id);

	CHECK(reg);
	if (reg->value != value)
		FAIL("register 0x%llx: 0x%llx, not 0x%llx", id, reg->value, value);
}

TEST(a_new_vcpu_is_as_after_a_reset)
{
	struct vm *vm = vm_create(0);
	struct axvm_vcpu vcpu;
	struct reg_set *set;
	unsigned int n;

	CHECK_OK(axvm_create_vcpu(vm->fd, &vcpu, 5, 0, AXVM_HOME_ANY));
	set = regs_save(vcpu.fd);
	check_value(set, AXVM_X86_RIP, 0xfff0);
	check_value(set, AXVM_X86_RFLAGS, RFLAGS_ONE);
	for (n = 0; n < 16; n++)
		if (n != 2)
			check_value(set, AXVM_X86_GPR(n), 0);
	check_value(set, AXVM_X86_CR(0), CR0_ET | CR0_CD | CR0_NW);
	check_value(set, AXVM_X86_CR(2), 0);
	check_value(set, AXVM_X86_CR(3), 0);
	check_value(set, AXVM_X86_CR(4), 0);
	check_value(set, AXVM_X86_MSR(MSR_EFER), 0);
	check_value(set, AXVM_X86_SELECTOR(AXVM_X86_CS), 0xf000);
	check_value(set, AXVM_X86_BASE(AXVM_X86_CS), 0xffff0000);
	for (n = AXVM_X86_ES; n < AXVM_X86_SEGMENTS; n++)
		check_value(set, AXVM_X86_LIMIT(n), 0xffff);
	check_value(set, AXVM_X86_IDTR_LIMIT, 0xffff);
	check_value(set, AXVM_X86_DR(6), DR6_FIXED);
	check_value(set, AXVM_X86_DR(7), DR7_FIXED);
	check_value(set, AXVM_X86_MSR(MSR_PAT), 0x0007040600070406);
	/* On, where it is always, and not the boot processor's. */
	check_value(set, AXVM_X86_MSR(MSR_APIC_BASE), 0xfee00000 | APIC_BASE_ENABLE);
	check_value(set, AXVM_X86_EVENT, 0);
	check_value(set, AXVM_X86_NMI, 0);
	check_value(set, AXVM_X86_INIT, 0);
	check_value(set, AXVM_X86_EMULATION(0), 0);
}

static void check_round_trip(bool reversed)
{
	struct vcpu *vcpu = any_vcpu();
	struct reg_set *wanted = regs_save(vcpu->ax.fd);
	struct reg_set *read;

	remove_clocks(wanted);
	fill_all(wanted);
	fill_xsave(wanted);
	if (reversed)
		regs_reverse(wanted);
	regs_load(vcpu->ax.fd, wanted);
	read = regs_save(vcpu->ax.fd);
	remove_clocks(read);
	regs_check_same(wanted, read);
}

TEST(round_trip)
{
	check_round_trip(false);
}

TEST(round_trip_in_the_other_order)
{
	check_round_trip(true);
}

/* These have two names: with one the other one changes. */
static bool is_shared(__u64 id)
{
	return id == AXVM_X86_CR(8) || id == AXVM_X86_APIC(APIC_TPR >> 4) ||
	       id == AXVM_X86_BASE(AXVM_X86_FS) || id == AXVM_X86_MSR(MSR_FS_BASE);
}

/* One at a time: writing one register changes no other one. */
TEST(registers_are_separate)
{
	struct vcpu *vcpu = any_vcpu();
	struct reg_set *all = regs_save(vcpu->ax.fd);
	struct reg_set *now;
	unsigned int i, j;

	remove_clocks(all);
	for (i = 0; i < ARRAY_SIZE(writable); i++) {
		if (is_shared(writable[i].id))
			continue;
		fill(all, &writable[i]);
		for (j = 0; j < writable[i].count; j++)
			vcpu_set_reg(vcpu, writable[i].id + j,
				     regs_find(all, writable[i].id + j)->value);
		now = regs_save(vcpu->ax.fd);
		remove_clocks(now);
		regs_check_same(all, now);
		free(now);
	}
}

TEST(task_priority_has_two_names)
{
	struct vcpu *vcpu = any_vcpu();

	vcpu_set_reg(vcpu, AXVM_X86_CR(8), 11);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_APIC(APIC_TPR >> 4)), 0xb0);
	vcpu_set_reg(vcpu, AXVM_X86_APIC(APIC_TPR >> 4), 0x47);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_CR(8)), 4);
}

TEST(bases_of_fs_and_gs_have_two_names)
{
	struct vcpu *vcpu = any_vcpu();

	vcpu_set_reg(vcpu, AXVM_X86_MSR(MSR_GS_BASE), 0x12345678000);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_BASE(AXVM_X86_GS)), 0x12345678000);
	vcpu_set_reg(vcpu, AXVM_X86_BASE(AXVM_X86_FS), 0x87654321000);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_MSR(MSR_FS_BASE)), 0x87654321000);
}

TEST(tsc)
{
	struct vcpu *vcpu = any_vcpu();
	__u64 value;

	vcpu_set_reg(vcpu, AXVM_X86_MSR(MSR_TSC), 1ULL << 50);
	value = vcpu_get_reg(vcpu, AXVM_X86_MSR(MSR_TSC));
	CHECK_GE(value, 1ULL << 50);
	CHECK_LT(value, (1ULL << 50) + (1ULL << 40));
}

TEST(vm_registers)
{
	struct vm *vm = vm_create(0);

	vm_set_reg(vm, AXVM_REG_VM_EXITS, AXVM_EXITS_ALL);
	CHECK_EQ(vm_get_reg(vm, AXVM_REG_VM_EXITS), AXVM_EXITS_ALL);
	CHECK_NE(vm_get_reg(vm, AXVM_X86_VM_TSC_KHZ), 0);
	CHECK_EQ(vm_get_reg(vm, AXVM_X86_VM_GUEST_TSC_KHZ), vm_get_reg(vm, AXVM_X86_VM_TSC_KHZ));
	CHECK_NE(vm_get_reg(vm, AXVM_X86_VM_APIC_HZ), 0);
	vm_set_reg(vm, AXVM_X86_VM_CLOCK, 1ULL << 50);
	CHECK_GE(vm_get_reg(vm, AXVM_X86_VM_CLOCK), 1ULL << 50);
}

/* ------------------------------------------------------------------------- */
/* Refusals                                                                  */
/* ------------------------------------------------------------------------- */

/* The bad entry stands in the middle; neither its neighbours nor it are written. */
static void check_refused(int fd, __u64 good, __u64 bad, __u64 value, int error)
{
	struct axvm_reg regs[] = {
		{ good, 0x11 }, { good, 0x22 }, { bad, value }, { good, 0x33 }, { bad, value },
	};
	__u64 before, after;
	__u32 failed = 77;

	CHECK_OK(axvm_get_reg(fd, good, &before));
	if (axvm_set_regs(fd, regs, ARRAY_SIZE(regs), &failed) != -error)
		FAIL("register 0x%llx, value 0x%llx: not %s", bad, value, strerror(error));
	CHECK_EQ(failed, 2);
	CHECK_OK(axvm_get_reg(fd, good, &after));
	CHECK_EQ(after, before);
	if (error != ENOENT)
		CHECK_OK(axvm_get_reg(fd, bad, &value));
}

/** struct refusal - A register, a value that it cannot hold, and the errno. */
struct refusal {
	__u64 id;
	__u64 value;
	int error;
};

static const struct refusal refusals[] = {
	{ NO_REG, 0, ENOENT },
	{ AXVM_X86_VM_CLOCK, 0, ENOENT },
	{ AXVM_X86_REG(CORE, 18), 0, ENOENT },
	{ AXVM_X86_REG(SEGMENT, 4 * AXVM_X86_SEGMENTS), 0, ENOENT },
	{ AXVM_X86_CR(1), 0, ENOENT },
	{ AXVM_X86_CR(5), 0, ENOENT },
	{ AXVM_X86_DR(4), 0, ENOENT },
	{ AXVM_X86_DR(5), 0, ENOENT },
	{ AXVM_X86_MSR(0x1234), 0, ENOENT },
	{ AXVM_X86_MSR(0xffffffff), 0, ENOENT },
	{ AXVM_X86_XSAVE(4096), 0, ENOENT },
	{ AXVM_X86_EMULATION(3 + AXVM_X86_EMULATION_ANSWERS), 0, ENOENT },
	{ AXVM_X86_RIP, 1ULL << 63, EINVAL },
	{ AXVM_X86_RIP, 1ULL << 57, EINVAL },
	{ AXVM_X86_RFLAGS, 0, EINVAL },
	{ AXVM_X86_RFLAGS, RFLAGS_ONE | 1ULL << 22, EINVAL },
	{ AXVM_X86_RFLAGS, RFLAGS_ONE | 1ULL << 32, EINVAL },
	{ AXVM_X86_RFLAGS, RFLAGS_ONE | 1ULL << 3, EINVAL },
	{ AXVM_X86_SELECTOR(AXVM_X86_DS), 0x10000, EINVAL },
	{ AXVM_X86_BASE(AXVM_X86_GS), 1ULL << 63, EINVAL },
	{ AXVM_X86_LIMIT(AXVM_X86_DS), 1ULL << 32, EINVAL },
	{ AXVM_X86_ATTRIBUTES(AXVM_X86_DS), 1ULL << 8, EINVAL },
	{ AXVM_X86_ATTRIBUTES(AXVM_X86_DS), 1ULL << 17, EINVAL },
	{ AXVM_X86_GDTR_BASE, 1ULL << 63, EINVAL },
	{ AXVM_X86_GDTR_LIMIT, 0x10000, EINVAL },
	{ AXVM_X86_IDTR_LIMIT, 0x10000, EINVAL },
	{ AXVM_X86_CR(0), CR0_PG, EINVAL },
	{ AXVM_X86_CR(0), CR0_PE | CR0_NW, EINVAL },
	{ AXVM_X86_CR(0), 1ULL << 32, EINVAL },
	{ AXVM_X86_CR(3), 1ULL << 63, EINVAL },
	{ AXVM_X86_CR(3), 1ULL << 52, EINVAL },
	{ AXVM_X86_CR(4), 1ULL << 15, EINVAL },
	{ AXVM_X86_CR(4), CR4_VMXE, EINVAL },
	{ AXVM_X86_CR(4), CR4_SMXE, EINVAL },
	{ AXVM_X86_CR(4), 1ULL << 63, EINVAL },
	{ AXVM_X86_CR(8), 16, EINVAL },
	{ AXVM_X86_DR(6), 1ULL << 32, EINVAL },
	{ AXVM_X86_DR(7), 1ULL << 32, EINVAL },
	{ AXVM_X86_DR(7), DR7_FIXED | 1ULL << 14, EINVAL },
	{ AXVM_X86_MSR(MSR_EFER), EFER_SVME, EINVAL },
	{ AXVM_X86_MSR(MSR_EFER), 1ULL << 1, EINVAL },
	{ AXVM_X86_MSR(MSR_EFER), 1ULL << 63, EINVAL },
	{ AXVM_X86_MSR(MSR_LSTAR), 1ULL << 63, EINVAL },
	{ AXVM_X86_MSR(MSR_KERNEL_GS_BASE), 1ULL << 63, EINVAL },
	{ AXVM_X86_MSR(MSR_PAT), 2, EINVAL },
	{ AXVM_X86_MSR(MSR_PAT), 3ULL << 56, EINVAL },
	{ AXVM_X86_MSR(MSR_PAT), 8, EINVAL },
	{ AXVM_X86_MSR(MSR_DEBUGCTL), 1, EINVAL },
	{ AXVM_X86_MSR(MSR_APIC_BASE), APIC_BASE_X2APIC, EINVAL },
	{ AXVM_X86_EVENT, 1ULL << 31 | 1 << 8, EINVAL },
	{ AXVM_X86_EVENT, 1ULL << 31 | 7 << 8, EINVAL },
	{ AXVM_X86_EVENT, 1ULL << 31 | 3 << 8 | 32, EINVAL },
	{ AXVM_X86_EVENT, 1ULL << 31 | 2 << 8 | 3, EINVAL },
	{ AXVM_X86_EVENT, 1ULL << 31 | 3 << 8 | TRAP_UD | 1ULL << 32, EINVAL },
	{ AXVM_X86_EVENT, 1, EINVAL },
	{ AXVM_X86_EVENT_LENGTH, 16, EINVAL },
	{ AXVM_X86_SHADOW, 4, EINVAL },
	{ AXVM_X86_NMI, 4, EINVAL },
	{ AXVM_X86_LINES, 8, EINVAL },
	{ AXVM_X86_INIT, 4, EINVAL },
	{ AXVM_X86_DEBUG_PENDING, 1ULL << 5, EINVAL },
	{ AXVM_X86_XSAVE(XSAVE_MXCSR / 8), 1ULL << 16, EINVAL },
	{ AXVM_X86_EMULATION(0), 16, EINVAL },
	{ AXVM_X86_EMULATION(0), (AXVM_X86_EMULATION_ANSWERS + 1) << 8, EINVAL },
	{ AXVM_X86_EMULATION(0), 1ULL << 16, EINVAL },
	{ AXVM_REG_RUN_STATE, 3, EINVAL },
	{ AXVM_REG_PENDING_REASON, 99, EINVAL },
};

TEST(all_or_nothing)
{
	struct vcpu *vcpu = any_vcpu();
	struct vm *vm = vcpu->vm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		check_refused(vcpu->ax.fd, AXVM_X86_RBX, refusals[i].id, refusals[i].value,
			      refusals[i].error);
	check_refused(vm->fd, AXVM_X86_CPUID(0x80000002, 0, 0), AXVM_REG_VM_EXITS,
		      AXVM_EXITS_ALL + 1, EINVAL);
	check_refused(vm->fd, AXVM_X86_CPUID(0x80000002, 0, 0), AXVM_X86_VM_TSC_KHZ, 1, EACCES);
	check_refused(vm->fd, AXVM_X86_CPUID(0x80000002, 0, 0), AXVM_X86_VM_APIC_HZ, 1, EACCES);
	check_refused(vm->fd, AXVM_X86_CPUID(0x80000002, 0, 0), AXVM_X86_RAX, 1, ENOENT);
}

TEST(xcr0)
{
	struct vcpu *vcpu = any_vcpu();
	__u64 value;

	if (axvm_get_reg(vcpu->ax.fd, AXVM_X86_XCR0, &value))
		test_skip("this machine has no XSAVE");
	CHECK_EQ(value, XCR0_X87);
	check_refused(vcpu->ax.fd, AXVM_X86_RBX, AXVM_X86_XCR0, 0, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_X86_RBX, AXVM_X86_XCR0, XCR0_SSE, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_X86_RBX, AXVM_X86_XCR0, XCR0_X87 | XCR0_AVX, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_X86_RBX, AXVM_X86_XCR0,
		      XCR0_X87 | XCR0_SSE | XCR0_AVX | 1ULL << 5, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_X86_RBX, AXVM_X86_XCR0, ~0ULL, EINVAL);
	/* A component that the guest has not cannot be in the area. */
	check_refused(vcpu->ax.fd, AXVM_X86_RBX, AXVM_X86_XSAVE(XSAVE_HEADER / 8), 1ULL << 62,
		      EINVAL);
	check_refused(vcpu->ax.fd, AXVM_X86_RBX, AXVM_X86_XSAVE(XSAVE_HEADER / 8 + 1), 1ULL << 63,
		      EINVAL);
}

/* A shape that no answer could be put in by must not be taken. */
TEST(malformed_pending_access)
{
	static const __u64 shapes[] = {
		4ULL << 32 | 8 << 16 | 4 << 8 | 32,	/* register 32 */
		4ULL << 32 | 8 << 16 | 3 << 8 | 10,	/* width 3 */
		4ULL << 32 | 8 << 16 | 16 << 8 | 10,	/* width 16 */
		1ULL << 40 | 4ULL << 32 | 8 << 16 | 4 << 8 | 10, /* an unknown bit */
	};
	struct vcpu *vcpu = any_vcpu();
	struct axvm_reg regs[] = {
		{ AXVM_REG_PENDING_REASON, AXVM_EXIT_MMIO_READ },
		{ AXVM_REG_PENDING_SHAPE, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		regs[1].value = shapes[i];
		CHECK_ERRNO(axvm_set_regs(vcpu->ax.fd, regs, 2, NULL), EINVAL);
		CHECK_EQ(vcpu_get_reg(vcpu, AXVM_REG_PENDING_REASON), 0);
	}
}

TEST(of_two_values_the_later_counts)
{
	struct vcpu *vcpu = any_vcpu();
	struct axvm_reg regs[] = {
		{ AXVM_X86_RBX, 1 }, { AXVM_X86_RCX, 2 }, { AXVM_X86_RBX, 3 },
	};

	CHECK_OK(axvm_set_regs(vcpu->ax.fd, regs, 3, NULL));
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RBX), 3);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RCX), 2);
}

/* A failed read leaves the caller's values alone. */
TEST(reading_is_all_or_nothing)
{
	struct vcpu *vcpu = any_vcpu();
	struct axvm_reg regs[] = { { AXVM_X86_RBX, 77 }, { NO_REG, 78 } };
	__u32 failed = 77;

	vcpu_set_reg(vcpu, AXVM_X86_RBX, 5);
	CHECK_ERRNO(axvm_get_regs(vcpu->ax.fd, regs, 2, &failed), ENOENT);
	CHECK_EQ(failed, 1);
	CHECK_EQ(regs[0].value, 77);
	CHECK_EQ(regs[1].value, 78);
}

TEST(counts)
{
	struct vcpu *vcpu = any_vcpu();
	static struct axvm_reg regs[AXVM_MAX_REGS + 1];
	unsigned int i;
	__u32 failed;

	CHECK_OK(axvm_set_regs(vcpu->ax.fd, NULL, 0, NULL));
	CHECK_OK(axvm_get_regs(vcpu->ax.fd, NULL, 0, NULL));
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		regs[i] = (struct axvm_reg){ AXVM_X86_GPR(i % 16), i };
	CHECK_OK(axvm_set_regs(vcpu->ax.fd, regs, AXVM_MAX_REGS, NULL));
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_GPR(0)), AXVM_MAX_REGS - 16);
	CHECK_ERRNO(axvm_set_regs(vcpu->ax.fd, regs, AXVM_MAX_REGS + 1, &failed), EINVAL);
	CHECK_EQ(failed, AXVM_MAX_REGS + 1);
	CHECK_ERRNO(axvm_get_regs(vcpu->ax.fd, regs, AXVM_MAX_REGS + 1, &failed), EINVAL);
	CHECK_EQ(failed, AXVM_MAX_REGS + 1);
}

static void *run_until_kicked(void *arg)
{
	vcpu_expect((struct vcpu *)arg, AXVM_EXIT_KICK);
	return NULL;
}

TEST(busy_while_running)
{
	struct vcpu *vcpu = any_vcpu();
	struct axvm_reg reg = { AXVM_X86_RBX, 0 };
	pthread_t thread = thread_start(run_until_kicked, vcpu);
	__u32 count = 0, failed = 77;

	wait_until(vcpu_is_running(vcpu));
	CHECK_ERRNO(axvm_get_regs(vcpu->ax.fd, &reg, 1, &failed), EBUSY);
	CHECK_EQ(failed, 1);
	CHECK_ERRNO(axvm_set_regs(vcpu->ax.fd, &reg, 1, &failed), EBUSY);
	CHECK_EQ(failed, 1);
	CHECK_ERRNO(axvm_get_reg_list(vcpu->ax.fd, NULL, &count), EBUSY);
	CHECK_OK(axvm_kick(&vcpu->ax));
	thread_join(thread);
	CHECK_OK(axvm_get_regs(vcpu->ax.fd, &reg, 1, NULL));
}

TEST(fixed_after_the_first_run)
{
	static const __u64 fixed[] = {
		AXVM_REG_VM_EXITS, AXVM_X86_VM_GUEST_TSC_KHZ, AXVM_X86_CPUID(0x80000002, 0, 0),
	};
	struct vcpu *vcpu = any_vcpu();
	struct vm *vm = vcpu->vm;
	unsigned int i;
	__u64 value;

	CHECK_OK(axvm_kick(&vcpu->ax));
	vcpu_expect(vcpu, AXVM_EXIT_KICK);
	for (i = 0; i < ARRAY_SIZE(fixed); i++) {
		value = vm_get_reg(vm, fixed[i]);
		/* A restored VM writes what is there already. */
		vm_set_reg(vm, fixed[i], value);
		CHECK_ERRNO(axvm_set_reg(vm->fd, fixed[i], value ^ 1), EBUSY);
		CHECK_EQ(vm_get_reg(vm, fixed[i]), value);
	}
}

/* The module hides CD from the processor, and so sees to CR0 itself while it is set. */
static __guest void guest_disables_its_caches(void)
{
	__u64 cr0 = read_cr0(), cr3 = read_cr3(), cr4 = read_cr4();

	write_cr2(0x1234567);
	write_cr0(cr0 | CR0_CD);
	GUEST_ASSERT_EQ(read_cr0(), cr0 | CR0_CD);
	GUEST_ASSERT_EQ(read_cr2(), 0x1234567);
	GUEST_ASSERT_EQ(read_cr3(), cr3);
	/* Of CR4 QEMU shows the host's MCE where it does not intercept. */
	GUEST_ASSERT_EQ(read_cr4() | CR4_MCE, cr4 | CR4_MCE);
	GUEST_ASSERT_EQ(read_cr8(), 0);
	write_cr0(cr0);
	GUEST_ASSERT_EQ(read_cr0(), cr0);
}

TEST(control_registers_with_caches_off)
{
	vcpu_expect_done(vcpu_new(guest_disables_its_caches));
}

TEST_HARNESS_MAIN
