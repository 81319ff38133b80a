// SPDX-License-Identifier: GPL-2.0
/*
 * The first things that must work, in the order in which they start to
 *
 * When everything fails, look here first: each test needs a little more of the
 * module than the one before it.
 */
#include "test.h"
#include "vcpu.h"

/* Instructions from a page without the library's start-up code. */
#define CODE_GPA	0x7000

static struct vcpu *flat_vcpu(const __u8 *code, size_t len)
{
	struct vm *vm = vm_create(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, NULL);

	if (len)
		memcpy(vm_map(vm, CODE_GPA, page_size(), MEM_RWX), code, len);
	vcpu_set_real_mode(vcpu, CODE_GPA >> 4, 0);
	return vcpu;
}

TEST(system_info)
{
	struct axvm_system_info info;

	CHECK_OK(axvm_get_system_info(system_fd(), &info));
	CHECK_EQ(info.size, sizeof(info));
	CHECK_EQ(info.version, AXVM_ABI_VERSION);
	CHECK(info.backend == AXVM_BACKEND_VMX || info.backend == AXVM_BACKEND_SVM);
	CHECK_EQ(info.status, AXVM_STATUS_USABLE);
}

TEST(vm_without_memory)
{
	CHECK_OK(axvm_create_vm(system_fd()));
}

TEST(registers)
{
	struct vcpu *vcpu = vcpu_create(vm_create(0), 0, NULL);

	vcpu_set_reg(vcpu, AXVM_X86_RBX, 0x123456789abcdef0);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RBX), 0x123456789abcdef0);
}

/* The first fetch finds nothing: the shortest way into the guest and back. */
TEST(fetch_outside_memory)
{
	struct vcpu *vcpu = flat_vcpu(NULL, 0);
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);

	CHECK_EQ(exit->memory_fault.gpa, CODE_GPA);
	CHECK_EQ(exit->memory_fault.access, AXVM_MEM_EXEC);
	CHECK_EQ(exit->memory_fault.error, -ENOENT);
}

/* One page in real mode, one port, no stack. */
TEST(port_write)
{
	static const __u8 code[] = {
		0xb0, 0xa5,		/* mov $0xa5, %al */
		0xe6, 0x80,		/* out %al, $0x80 */
		0xeb, 0xfe,		/* jmp . */
	};
	struct vcpu *vcpu = flat_vcpu(code, sizeof(code));
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_PORT_WRITE);

	CHECK_EQ(exit->port.port, 0x80);
	CHECK_EQ(exit->port.width, 1);
	CHECK_EQ(exit->port.count, 1);
	CHECK_EQ(exit->port.data[0], 0xa5);
	/* What was executed is not executed again. */
	CHECK_OK(axvm_kick(&vcpu->ax));
	vcpu_expect(vcpu, AXVM_EXIT_KICK);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RIP), 4);
}

/* A device's address, which the module has to take the instruction apart for. */
TEST(mmio_write)
{
	static const __u8 code[] = {
		0xb8, 0x00, 0xa0,	/* mov $0xa000, %ax */
		0x8e, 0xd8,		/* mov %ax, %ds */
		0xb8, 0x34, 0x12,	/* mov $0x1234, %ax */
		0xa3, 0x10, 0x00,	/* mov %ax, 0x10 */
		0xeb, 0xfe,		/* jmp . */
	};
	struct vcpu *vcpu = flat_vcpu(code, sizeof(code));
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);

	CHECK_EQ(exit->mmio.addr, 0xa0010);
	CHECK_EQ(exit->mmio.data, 0x1234);
	CHECK_EQ(exit->mmio.width, 2);
	CHECK_OK(axvm_kick(&vcpu->ax));
	vcpu_expect(vcpu, AXVM_EXIT_KICK);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RIP), 11);
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

static __guest void guest_traps(void)
{
	GUEST_ASSERT_TRAPS(asm volatile(TRY("ud2")), TRAP_UD);
	GUEST_ASSERT_TRAPS(asm volatile(TRY("int3")), TRAP_BP);
	GUEST_ASSERT_TRAPS(guest_mmio_read64(1ULL << 63), TRAP_GP);
	GUEST_ASSERT_TRAPS(guest_mmio_read64(0xffff800000000000), TRAP_PF);
	GUEST_ASSERT_EQ(guest_this_cpu()->arch.trap_value, 0xffff800000000000);
}

TEST(exceptions_go_to_the_guest)
{
	vcpu_expect_done(vcpu_new(guest_traps));
}

TEST_HARNESS_MAIN
