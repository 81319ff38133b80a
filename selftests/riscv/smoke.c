// SPDX-License-Identifier: GPL-2.0
/*
 * The first things that must work, in the order in which they start to
 *
 * When everything fails, look here first: each test needs a little more of the
 * module than the one before it.
 */
#include "test.h"

/* Instructions from a page without the library's start-up code. */
#define CODE_GPA	TEST_GPA

static struct vcpu *flat_vcpu(const __u32 *code, size_t len)
{
	struct vm *vm = vm_create(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, NULL);

	memcpy(vm_map(vm, CODE_GPA, page_size(), MEM_RWX), code, len);
	vcpu_set_reg(vcpu, AXVM_RISCV_PC, CODE_GPA);
	return vcpu;
}

TEST(system_info)
{
	struct axvm_system_info info;

	CHECK_OK(axvm_get_system_info(system_fd(), &info));
	CHECK_EQ(info.size, sizeof(info));
	CHECK_EQ(info.version, AXVM_ABI_VERSION);
	CHECK_EQ(info.backend, AXVM_BACKEND_RISCV);
	CHECK_EQ(info.status, AXVM_STATUS_USABLE);
}

TEST(vm_without_memory)
{
	CHECK_OK(axvm_create_vm(system_fd()));
}

TEST(registers)
{
	struct vcpu *vcpu = vcpu_create(vm_create(0), 0, NULL);

	vcpu_set_reg(vcpu, AXVM_RISCV_X(10), 0x123456789abcdef0);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_X(10)), 0x123456789abcdef0);
}

/* The first fetch finds nothing: the shortest way into the guest and back. */
TEST(fetch_outside_memory)
{
	struct vcpu *vcpu = flat_vcpu(NULL, 0);
	const struct axvm_run_exit *exit;

	vcpu_set_reg(vcpu, AXVM_RISCV_PC, MMIO_GPA);
	exit = vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(exit->memory_fault.gpa, MMIO_GPA);
	CHECK_EQ(exit->memory_fault.access, AXVM_MEM_EXEC);
	CHECK_EQ(exit->memory_fault.error, -ENOENT);
}

/* One page, one call, no stack. */
TEST(ecall)
{
	static const __u32 code[] = {
		0x0a5008b7,	/* lui a7, 0xa500 : experimental extension space */
		0x00000073,	/* ecall */
	};
	struct vcpu *vcpu = flat_vcpu(code, sizeof(code));
	const struct axvm_run_exit *exit;

	vm_set_reg(vcpu->vm, AXVM_REG_VM_EXITS, AXVM_EXITS_HYPERCALL);
	exit = vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	CHECK_EQ(exit->hypercall.nr, 0x0a500000);
}

TEST(mmio_write)
{
	static const __u32 code[] = {
		0x100012b7,	/* lui t0, 0x10001 : MMIO_GPA */
		0x0a500313,	/* li t1, 0xa5 */
		0x0062a023,	/* sw t1, 0(t0) */
		0x0000006f,	/* j . */
	};
	struct vcpu *vcpu = flat_vcpu(code, sizeof(code));
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);

	CHECK_EQ(exit->mmio.addr, MMIO_GPA);
	CHECK_EQ(exit->mmio.data, 0xa5);
	CHECK_EQ(exit->mmio.width, 4);
	/* What was executed is not executed again. */
	CHECK_OK(axvm_kick(&vcpu->ax));
	vcpu_expect(vcpu, AXVM_EXIT_KICK);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_PC), CODE_GPA + 12);
}

static __guest void guest_c(__u64 a, __u64 b)
{
	GUEST_SYNC(1, a + b);
	GUEST_ASSERT_EQ(guest_id(), 0);
	GUEST_PRINT("%s is %llu", "the answer", 42);
}

/* From here on the library's whole guest side is in use. */
TEST(guest_in_c)
{
	struct vcpu *vcpu = vcpu_new(guest_c);

	vcpu_arg(vcpu, 0, 40);
	vcpu_arg(vcpu, 1, 2);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 42);
	vcpu_expect_done(vcpu);
}

TEST(guest_with_paging)
{
	struct vcpu *vcpu = vcpu_create(vm_create(VM_PAGING), 0, guest_c);

	vcpu_arg(vcpu, 0, 40);
	vcpu_arg(vcpu, 1, 2);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 42);
	vcpu_expect_done(vcpu);
}

static __guest void guest_traps(void)
{
	GUEST_ASSERT_TRAPS(asm volatile("unimp"), TRAP_ILLEGAL);
	GUEST_ASSERT_TRAPS(asm volatile("ebreak"), TRAP_BREAKPOINT);
}

TEST(traps_go_to_the_guest)
{
	vcpu_expect_done(vcpu_new(guest_traps));
}

TEST_HARNESS_MAIN
