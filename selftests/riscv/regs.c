// SPDX-License-Identifier: GPL-2.0
/*
 * Registers: the list, reading, writing, all or nothing, in any order
 */
#include <stdlib.h>

#include "test.h"
#include "fp.h"
#include "regs.h"

#define NO_REG		AXVM_REG_ID(AXVM_REG_RISCV, 0xffff, 0)

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

/*
 * All that a vCPU must have, but for sip (its bits are the inputs') and the
 * vector registers (as many as vlenb says).
 */
static const struct writable writable[] = {
	{ AXVM_RISCV_PC,			1,  0, 0x123456789abcde },
	{ AXVM_RISCV_X(1),			31, ~0ULL, 0 },
	{ AXVM_RISCV_MODE,			1,  0, 0 },
	{ AXVM_RISCV_PENDING_SCAUSE,		1,  0, 21 },
	{ AXVM_RISCV_PENDING_STVAL,		1,  ~0ULL, 0 },
	{ AXVM_RISCV_CSR(CSR_SSTATUS),		1,  0, SSTATUS_SUM | SSTATUS_SPP | SSTATUS_SPIE |
						       SSTATUS_FS_INITIAL | 2ULL << 32 },
	{ AXVM_RISCV_CSR(CSR_SIE),		1,  0, SIE_EXTERNAL | SIE_SOFTWARE },
	{ AXVM_RISCV_CSR(CSR_STVEC),		1,  0, 0x8000123456789abd & ~2ULL },
	{ AXVM_RISCV_CSR(CSR_SCOUNTEREN),	1,  0, 5 },
	{ AXVM_RISCV_CSR(CSR_SSCRATCH),		1,  ~0ULL, 0 },
	{ AXVM_RISCV_CSR(CSR_SEPC),		1,  0, 0xfedcba9876543210 },
	{ AXVM_RISCV_CSR(CSR_SCAUSE),		1,  0, SCAUSE_INTERRUPT | 9 },
	{ AXVM_RISCV_CSR(CSR_STVAL),		1,  ~0ULL, 0 },
	{ AXVM_RISCV_CSR(CSR_SATP),		1,  0, SATP_MODE_SV39 << SATP_MODE_SHIFT | 0x8012 },
	{ AXVM_RISCV_CSR(CSR_FCSR),		1,  0, 0x5f },
	{ AXVM_RISCV_F(0),			32, ~0ULL, 0 },
	{ AXVM_RISCV_SBI_TIMER,			1,  0, 0x7fffffff12345678 },
	{ AXVM_RISCV_SBI_STA_SHMEM,		1,  0, RAM_GPA + 0x1000 },
	{ AXVM_RISCV_PMU_EVENT(0),		1,  0, 1ULL << 63 | 0xf0005 },
	{ AXVM_RISCV_PMU_VALUE(0),		AXVM_RISCV_PMU_COUNTERS, ~0ULL, 0 },
	{ AXVM_REG_RUN_STATE,			1,  0, AXVM_RUN_STOPPED },
	{ AXVM_REG_PENDING_REASON,		1,  0, AXVM_EXIT_MMIO_READ },
	{ AXVM_REG_PENDING_ADDR,		1,  ~0ULL, 0 },
	{ AXVM_REG_PENDING_SHAPE,		1,  0, 4ULL << 32 | 1 << 24 | 8 << 16 |
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

/* Without Sstc one timer, with it another name of the same. */
static void fill_all(struct reg_set *set)
{
	struct axvm_reg *stimecmp = regs_find(set, AXVM_RISCV_CSR(CSR_STIMECMP));
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writable); i++)
		fill(set, &writable[i]);
	if (stimecmp)
		stimecmp->value = regs_find(set, AXVM_RISCV_SBI_TIMER)->value;
}

static void fill_vectors(struct reg_set *set)
{
	__u32 i;

	for (i = 0; i < set->count; i++)
		if (AXVM_REG_ARCH(set->regs[i].id) == AXVM_REG_RISCV &&
		    AXVM_REG_GROUP(set->regs[i].id) == AXVM_RISCV_GROUP_V)
			set->regs[i].value = pattern(99, i);
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
		CHECK_OK(axvm_set_reg(fd, set->regs[i].id, set->regs[i].value));
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

TEST(list_of_a_device)
{
	struct vm *vm = vm_create(0);

	check_list(CHECK_OK(axvm_create_device(vm->fd, AXVM_DEVICE_RISCV_PLIC, 0xc000000, 95)));
}

/* ------------------------------------------------------------------------- */
/* Values                                                                    */
/* ------------------------------------------------------------------------- */

TEST(a_new_vcpu_is_in_supervisor_mode_and_zero)
{
	struct vm *vm = vm_create(0);
	struct axvm_vcpu vcpu;
	struct reg_set *set;
	__u32 i;

	CHECK_OK(axvm_create_vcpu(vm->fd, &vcpu, 5, 0, AXVM_HOME_ANY));
	set = regs_save(vcpu.fd);
	CHECK_EQ(regs_find(set, AXVM_RISCV_MODE)->value, 1);
	regs_remove(set, AXVM_RISCV_MODE);
	regs_remove(set, AXVM_RISCV_PC);
	/* These have a "none" that is not 0. */
	CHECK_EQ(regs_find(set, AXVM_RISCV_SBI_TIMER)->value, ~0ULL);
	regs_remove(set, AXVM_RISCV_SBI_TIMER);
	CHECK_EQ(regs_find(set, AXVM_RISCV_SBI_STA_SHMEM)->value, ~0ULL);
	regs_remove(set, AXVM_RISCV_SBI_STA_SHMEM);
	regs_remove(set, AXVM_RISCV_CSR(CSR_STIMECMP));
	/* These say what the hardware is. */
	regs_remove(set, AXVM_RISCV_CSR(CSR_VLENB));
	CHECK_EQ(regs_find(set, AXVM_RISCV_CSR(CSR_SSTATUS))->value & ~(3ULL << 32), 0);
	regs_remove(set, AXVM_RISCV_CSR(CSR_SSTATUS));
	for (i = 0; i < set->count; i++)
		if (set->regs[i].value)
			FAIL("register 0x%llx is 0x%llx", set->regs[i].id, set->regs[i].value);
}

static void check_round_trip(bool reversed)
{
	struct vcpu *vcpu = any_vcpu();
	struct reg_set *wanted = regs_save(vcpu->ax.fd);
	struct reg_set *read;

	fill_all(wanted);
	fill_vectors(wanted);
	if (reversed)
		regs_reverse(wanted);
	regs_load(vcpu->ax.fd, wanted);
	read = regs_save(vcpu->ax.fd);
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

/* One at a time: writing one register changes no other one. */
TEST(registers_are_separate)
{
	struct vcpu *vcpu = any_vcpu();
	struct reg_set *all = regs_save(vcpu->ax.fd);
	bool sstc = regs_find(all, AXVM_RISCV_CSR(CSR_STIMECMP));
	struct reg_set *now;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(writable); i++) {
		if (sstc && writable[i].id == AXVM_RISCV_SBI_TIMER)
			continue;
		fill(all, &writable[i]);
		for (j = 0; j < writable[i].count; j++)
			vcpu_set_reg(vcpu, writable[i].id + j,
				     regs_find(all, writable[i].id + j)->value);
		now = regs_save(vcpu->ax.fd);
		regs_check_same(all, now);
		free(now);
	}
}

/* Those of a VM that are not about its extensions; sbi and isa have the others. */
TEST(vm_registers)
{
	struct vm *vm = vm_create(0);

	vm_set_reg(vm, AXVM_REG_VM_EXITS, AXVM_EXITS_ALL);
	CHECK_EQ(vm_get_reg(vm, AXVM_REG_VM_EXITS), AXVM_EXITS_ALL);
	vm_set_reg(vm, AXVM_RISCV_VM_MVENDORID, 0x12345678);
	vm_set_reg(vm, AXVM_RISCV_VM_MARCHID, ~0ULL);
	vm_set_reg(vm, AXVM_RISCV_VM_MIMPID, 0x89abcdef);
	CHECK_EQ(vm_get_reg(vm, AXVM_RISCV_VM_MVENDORID), 0x12345678);
	CHECK_EQ(vm_get_reg(vm, AXVM_RISCV_VM_MARCHID), ~0ULL);
	CHECK_EQ(vm_get_reg(vm, AXVM_RISCV_VM_MIMPID), 0x89abcdef);
	CHECK_NE(vm_get_reg(vm, AXVM_RISCV_VM_TIMEBASE), 0);
	CHECK_GE(vm_get_reg(vm, AXVM_RISCV_VM_SATP_MODE), SATP_MODE_SV39);
	CHECK_LE(vm_get_reg(vm, AXVM_RISCV_VM_SATP_MODE), SATP_MODE_SV57);
}

/* ------------------------------------------------------------------------- */
/* Refusals                                                                  */
/* ------------------------------------------------------------------------- */

/* The bad entry stands in the middle; neither its neighbours nor it are written. */
static void check_refused(int fd, __u64 good, __u64 bad, __u64 value, int error)
{
	struct axvm_reg regs[] = {
		{ good, 0x1110 }, { good, 0x2220 }, { bad, value }, { good, 0x3330 },
		{ bad, value },
	};
	__u64 before, after;
	__u32 failed = 77;

	CHECK_OK(axvm_get_reg(fd, good, &before));
	CHECK_ERRNO(axvm_set_regs(fd, regs, ARRAY_SIZE(regs), &failed), error);
	CHECK_EQ(failed, 2);
	CHECK_OK(axvm_get_reg(fd, good, &after));
	CHECK_EQ(after, before);
	if (error != ENOENT)
		CHECK_OK(axvm_get_reg(fd, bad, &value));
}

TEST(all_or_nothing)
{
	struct vcpu *vcpu = any_vcpu();
	struct vm *vm = vcpu->vm;

	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), NO_REG, 0, ENOENT);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_VM_TIME, 0, ENOENT);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_CSR(CSR_HSTATUS), 0, ENOENT);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_REG(CORE, 35), 0, ENOENT);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_F(32), 0, ENOENT);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_PC, 1, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_MODE, 2, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_PENDING_SCAUSE, 64, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_CSR(CSR_STVEC), 2, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_CSR(CSR_SIE), 1, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_CSR(CSR_SATP),
		      15UL << SATP_MODE_SHIFT, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_CSR(CSR_FCSR), 0x100, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_REG_RUN_STATE, 3, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_REG_PENDING_REASON, 99, EINVAL);
	check_refused(vcpu->ax.fd, AXVM_RISCV_X(5), AXVM_RISCV_SBI_STA_SHMEM, 1, EINVAL);
	check_refused(vm->fd, AXVM_RISCV_VM_MARCHID, AXVM_REG_VM_EXITS, AXVM_EXITS_ALL + 1, EINVAL);
	check_refused(vm->fd, AXVM_RISCV_VM_MARCHID, AXVM_RISCV_VM_TIMEBASE, 1, EACCES);
	check_refused(vm->fd, AXVM_RISCV_VM_MARCHID, AXVM_RISCV_VM_SATP_MODE, 1, EACCES);
	check_refused(vm->fd, AXVM_RISCV_VM_MARCHID, AXVM_RISCV_VM_CBOM_SIZE, 3, EACCES);
	check_refused(vm->fd, AXVM_RISCV_VM_MARCHID, AXVM_RISCV_VM_CBOZ_SIZE, 3, EACCES);
	check_refused(vm->fd, AXVM_RISCV_VM_MARCHID, AXVM_RISCV_X(1), 3, ENOENT);
}

/* A shape that no answer could be put in by must not be taken. */
TEST(malformed_pending_access)
{
	static const __u64 shapes[] = {
		4ULL << 32 | 8 << 16 | 4 << 8 | 32,	/* register 32 */
		4ULL << 32 | 8 << 16 | 3 << 8 | 10,	/* width 3 */
		4ULL << 32 | 8 << 16 | 16 << 8 | 10,	/* width 16 */
		3ULL << 32 | 8 << 16 | 4 << 8 | 10,	/* instruction of 3 bytes */
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

/* An access to memory is tried again, whatever the VMM says to it. */
static void check_tried_again(struct vcpu *vcpu, __u32 flags)
{
	__u64 pc = vcpu_get_reg(vcpu, AXVM_RISCV_PC);

	vcpu_set_reg(vcpu, AXVM_RISCV_X(10), 1);
	vcpu_set_reg(vcpu, AXVM_RISCV_X(11), 2);
	vcpu_set_reg(vcpu, AXVM_REG_PENDING_SHAPE, 4ULL << 32);
	vcpu_set_reg(vcpu, AXVM_REG_PENDING_REASON, AXVM_EXIT_MEMORY_FAULT);
	axvm_answer(&vcpu->ax, 0x1111, 0x2222);
	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER | flags);
	CHECK_OK(vcpu_try_run(vcpu));
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_REG_PENDING_REASON), 0);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_X(10)), 1);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_X(11)), 2);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_PC), pc);
}

TEST(pending_memory_fault)
{
	struct vcpu *vcpu = any_vcpu();

	check_tried_again(vcpu, 0);
	check_tried_again(vcpu, AXVM_RUN_REFUSE);
}

TEST(read_only_registers_take_their_own_value)
{
	struct vcpu *vcpu = any_vcpu();
	struct vm *vm = vcpu->vm;
	__u64 value;

	vm_set_reg(vm, AXVM_RISCV_VM_TIMEBASE, vm_get_reg(vm, AXVM_RISCV_VM_TIMEBASE));
	if (axvm_get_reg(vcpu->ax.fd, AXVM_RISCV_CSR(CSR_VLENB), &value))
		return;
	vcpu_set_reg(vcpu, AXVM_RISCV_CSR(CSR_VLENB), value);
	CHECK_ERRNO(axvm_set_reg(vcpu->ax.fd, AXVM_RISCV_CSR(CSR_VLENB), value + 8), EACCES);
}

TEST(of_two_values_the_later_counts)
{
	struct vcpu *vcpu = any_vcpu();
	struct axvm_reg regs[] = {
		{ AXVM_RISCV_X(7), 1 }, { AXVM_RISCV_X(8), 2 }, { AXVM_RISCV_X(7), 3 },
	};

	CHECK_OK(axvm_set_regs(vcpu->ax.fd, regs, 3, NULL));
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_X(7)), 3);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_X(8)), 2);
}

/* A failed read leaves the caller's values alone. */
TEST(reading_is_all_or_nothing)
{
	struct vcpu *vcpu = any_vcpu();
	struct axvm_reg regs[] = { { AXVM_RISCV_X(10), 77 }, { NO_REG, 78 } };
	__u32 failed = 77;

	vcpu_set_reg(vcpu, AXVM_RISCV_X(10), 5);
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
		regs[i] = (struct axvm_reg){ AXVM_RISCV_X(1 + i % 31), i };
	CHECK_OK(axvm_set_regs(vcpu->ax.fd, regs, AXVM_MAX_REGS, NULL));
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_X(1)), (AXVM_MAX_REGS - 1) / 31 * 31);
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
	struct axvm_reg reg = { AXVM_RISCV_X(10), 0 };
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
		AXVM_REG_VM_EXITS, AXVM_RISCV_VM_MVENDORID, AXVM_RISCV_VM_MARCHID,
		AXVM_RISCV_VM_MIMPID, AXVM_RISCV_ISA(AXVM_RISCV_ISA_F),
		AXVM_RISCV_SBI_POLICY(AXVM_RISCV_SBI_HSM),
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

TEST_HARNESS_MAIN
