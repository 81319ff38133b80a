// SPDX-License-Identifier: GPL-2.0
/*
 * Extensions that the VMM takes from the guest are really gone
 *
 * F, D and V are in fp, Sstc is in timer.
 */
#include "test.h"
#include "paging.h"

static const unsigned int removable[] = {
	AXVM_RISCV_ISA_F, AXVM_RISCV_ISA_V, AXVM_RISCV_ISA_SSTC, AXVM_RISCV_ISA_SVPBMT,
	AXVM_RISCV_ISA_SVADU, AXVM_RISCV_ISA_ZICBOM, AXVM_RISCV_ISA_ZICBOZ,
};

static const unsigned int fixed[] = {
	AXVM_RISCV_ISA_C, AXVM_RISCV_ISA_SVINVAL, AXVM_RISCV_ISA_SVNAPOT, AXVM_RISCV_ISA_ZBA,
	AXVM_RISCV_ISA_ZBB, AXVM_RISCV_ISA_ZBC, AXVM_RISCV_ISA_ZBS, AXVM_RISCV_ISA_ZIHINTPAUSE,
	AXVM_RISCV_ISA_ZICOND,
};

static bool has(struct vm *vm, unsigned int extension)
{
	return vm_get_reg(vm, AXVM_RISCV_ISA(extension));
}

TEST(values)
{
	struct vm *vm = vm_create(0);
	unsigned int i;

	for (i = 0; i < AXVM_RISCV_ISA_COUNT; i++) {
		CHECK_LE(vm_get_reg(vm, AXVM_RISCV_ISA(i)), 1);
		CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_RISCV_ISA(i), 2), EINVAL);
		/* What the host has not, the guest cannot have. */
		if (!has(vm, i))
			CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_RISCV_ISA(i), 1), EINVAL);
	}
	CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_RISCV_ISA(AXVM_RISCV_ISA_COUNT), 0), ENOENT);
}

TEST(removable_extensions)
{
	struct vm *vm = vm_create(0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(removable); i++) {
		if (!has(vm, removable[i]))
			continue;
		vm_set_reg(vm, AXVM_RISCV_ISA(removable[i]), 0);
		CHECK(!has(vm, removable[i]));
		/* And back, as long as no vCPU has run. */
		vm_set_reg(vm, AXVM_RISCV_ISA(removable[i]), 1);
		CHECK(has(vm, removable[i]));
	}
}

TEST(what_the_hardware_cannot_take_away)
{
	struct vm *vm = vm_create(0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fixed); i++) {
		if (!has(vm, fixed[i]))
			continue;
		CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_RISCV_ISA(fixed[i]), 0), EINVAL);
		CHECK(has(vm, fixed[i]));
	}
}

TEST(f_takes_d_along)
{
	struct vm *vm = vm_create(0);

	if (!has(vm, AXVM_RISCV_ISA_D))
		test_skip("this machine has no D");
	vm_set_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_F), 0);
	CHECK(!has(vm, AXVM_RISCV_ISA_D));
	CHECK(!has(vm, AXVM_RISCV_ISA_ZFH));
}

/* A register that comes with an extension goes with it. */
TEST(registers_go_along)
{
	struct vm *vm = vm_create(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, NULL);
	__u64 value;

	if (has(vm, AXVM_RISCV_ISA_F)) {
		CHECK_OK(axvm_get_reg(vcpu->ax.fd, AXVM_RISCV_F(0), &value));
		vm_set_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_F), 0);
		CHECK_ERRNO(axvm_get_reg(vcpu->ax.fd, AXVM_RISCV_F(0), &value), ENOENT);
	}
	if (has(vm, AXVM_RISCV_ISA_SSTC)) {
		CHECK_OK(axvm_get_reg(vcpu->ax.fd, AXVM_RISCV_CSR(CSR_STIMECMP), &value));
		vm_set_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_SSTC), 0);
		CHECK_ERRNO(axvm_get_reg(vcpu->ax.fd, AXVM_RISCV_CSR(CSR_STIMECMP), &value),
			    ENOENT);
	}
}

/* ------------------------------------------------------------------------- */
/* Cache blocks                                                              */
/* ------------------------------------------------------------------------- */

#define CBO_INVAL	0
#define CBO_CLEAN	1
#define CBO_FLUSH	2
#define CBO_ZERO	4

static __always_inline void cbo(const unsigned int op, __u64 address)
{
	asm volatile(".insn i 0x0f, 2, x0, %0, %1" : : "r" (address), "i" (op) : "memory");
}

static __guest void guest_zeroes(__u64 gpa, __u64 block)
{
	__u64 *words = (__u64 *)gpa, i;

	for (i = 0; i < 2 * block / 8; i++)
		words[i] = ~0ULL;
	if (!block) {
		GUEST_ASSERT_TRAPS(cbo(CBO_ZERO, gpa), TRAP_ILLEGAL);
		return;
	}
	GUEST_ASSERT_RUNS(cbo(CBO_ZERO, gpa + 8));
	for (i = 0; i < 2 * block / 8; i++)
		GUEST_ASSERT_EQ(words[i], i < block / 8 ? 0 : ~0ULL);
}

static void check_zicboz(bool keep)
{
	struct vm *vm = vm_create(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_zeroes);

	if (!has(vm, AXVM_RISCV_ISA_ZICBOZ))
		test_skip("this machine has no Zicboz");
	vm_set_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_ZICBOZ), keep);
	vcpu_arg(vcpu, 0, vm_alloc(vm, page_size()));
	vcpu_arg(vcpu, 1, keep ? vm_get_reg(vm, AXVM_RISCV_VM_CBOZ_SIZE) : 0);
	vcpu_expect_done(vcpu);
}

TEST(zicboz)
{
	check_zicboz(true);
}

TEST(zicboz_taken_away)
{
	check_zicboz(false);
}

static __guest void guest_manages_cache(__u64 gpa, __u64 there)
{
	__u64 wanted = there ? TRAP_NONE : TRAP_ILLEGAL;

	WRITE_ONCE(*(__u64 *)gpa, 0x1234);
	GUEST_ASSERT_EQ(guest_try(cbo(CBO_CLEAN, gpa)), wanted);
	GUEST_ASSERT_EQ(guest_try(cbo(CBO_FLUSH, gpa)), wanted);
	/* Nothing may be thrown away that another has to see: inval acts as flush. */
	GUEST_ASSERT_EQ(guest_try(cbo(CBO_INVAL, gpa)), wanted);
	GUEST_ASSERT_EQ(READ_ONCE(*(__u64 *)gpa), 0x1234);
}

static void check_zicbom(bool keep)
{
	struct vm *vm = vm_create(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_manages_cache);

	if (!has(vm, AXVM_RISCV_ISA_ZICBOM))
		test_skip("this machine has no Zicbom");
	vm_set_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_ZICBOM), keep);
	vcpu_arg(vcpu, 0, vm_alloc(vm, page_size()));
	vcpu_arg(vcpu, 1, keep);
	vcpu_expect_done(vcpu);
}

TEST(zicbom)
{
	check_zicbom(true);
}

TEST(zicbom_taken_away)
{
	check_zicbom(false);
}

/* ------------------------------------------------------------------------- */
/* Page tables                                                               */
/* ------------------------------------------------------------------------- */

static __guest void guest_reads(__u64 gva)
{
	__u64 value = 0;

	GUEST_SYNC(1, guest_try(value = READ_ONCE(*(__u64 *)gva)));
	(void)value;
}

/* QEMU tells its version as the implementation of an architecture that it has made up. */
static void need_pbmte(struct vm *vm)
{
	__u64 id = vm_get_reg(vm, AXVM_RISCV_VM_MARCHID);

	if (!vm_get_reg(vm, AXVM_RISCV_VM_MVENDORID) && id < 0x80000 && id >= 0x70000)
		test_skip("QEMU 7 does not look at henvcfg.PBMTE");
}

/* A memory type in an entry is reserved without Svpbmt. */
static void check_svpbmt(bool keep)
{
	struct vm *vm = vm_create(VM_PAGING);
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_reads);

	if (!has(vm, AXVM_RISCV_ISA_SVPBMT))
		test_skip("this machine has no Svpbmt");
	if (!keep)
		need_pbmte(vm);
	vm_set_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_SVPBMT), keep);
	paging_map(vm, PAGING_GVA, vm_alloc(vm, page_size()), PTE_RWX | PTE_PBMT_NC);
	vcpu_arg(vcpu, 0, PAGING_GVA);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], keep ? TRAP_NONE : TRAP_LOAD_PAGE);
}

TEST(svpbmt)
{
	check_svpbmt(true);
}

TEST(svpbmt_taken_away)
{
	check_svpbmt(false);
}

/* Without Svadu the guest's kernel sets A and D itself, on a page fault. */
static void check_svadu(bool keep)
{
	struct vm *vm = vm_create(VM_PAGING);
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_reads);
	__u64 *pte;

	if (!has(vm, AXVM_RISCV_ISA_SVADU))
		test_skip("this machine has no Svadu");
	vm_set_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_SVADU), keep);
	paging_map(vm, PAGING_GVA, vm_alloc(vm, page_size()), PTE_V | PTE_R | PTE_W);
	pte = vm_hva(vm, paging_pte(vm, PAGING_GVA));
	vcpu_arg(vcpu, 0, PAGING_GVA);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], keep ? TRAP_NONE : TRAP_LOAD_PAGE);
	CHECK_EQ(*pte & PTE_A, keep ? PTE_A : 0);
}

TEST(svadu)
{
	check_svadu(true);
}

TEST(svadu_taken_away)
{
	check_svadu(false);
}

TEST_HARNESS_MAIN
