// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that is saved in the middle of something goes on in another VM
 */
#include "duplicate.h"
#include "test.h"
#include "vcpu.h"
#include "xsave.h"

#define PORT	0x77

static bool on_svm;

static struct vm *new_vm(__u64 exits)
{
	struct vm *vm = vm_create(0);

	vm_set_reg(vm, AXVM_REG_VM_EXITS, exits);
	*guest_var(vm, on_svm) = is_svm();
	return vm;
}

/* ------------------------------------------------------------------------- */
/* A pending access                                                          */
/* ------------------------------------------------------------------------- */

enum what { MMIO, RMW, PORT_READ, STRING, CALL, SYSREG };

static __always_inline __u64 do_access(__u64 what, __u8 *memory)
{
	__u64 value = 0;

	switch (what) {
	case MMIO:
		asm volatile("movswq (%1), %0" : "=r" (value) : "r" (MMIO_GPA));
		break;
	case RMW:
		value = 0x10000;
		asm volatile("lock xaddq %0, (%1)" : "+r" (value) : "r" (MMIO_GPA) : "memory");
		break;
	case PORT_READ:
		value = in32(PORT);
		break;
	case STRING:
		/* The second unit is the one that is asked for here. */
		asm volatile("rep insw" : : "d" (PORT), "c" (2UL), "D" (memory) : "memory");
		value = *(__u16 *)(memory + 2);
		break;
	case CALL:
		if (READ_ONCE(on_svm))
			asm volatile("vmmcall" : "=a" (value) : "a" (0x7777) : "memory");
		else
			asm volatile("vmcall" : "=a" (value) : "a" (0x7777) : "memory");
		break;
	case SYSREG:
		value = rdmsr(0x1234);
		break;
	}
	return value;
}

/* Everything is in use while the access is made; every part of it is checked after. */
static __guest void guest_in_the_middle(__u64 what, __u64 area)
{
	__u8 *load = (__u8 *)area, *store = load + XSAVE_MAX;
	__u64 value;

	xsave_fill(load, XCR0_X87 | XCR0_SSE, 7);
	fxrstor(load);
	wrmsr(MSR_LSTAR, 0xffff800000001234);
	wrmsr(MSR_KERNEL_GS_BASE, 0x5678);
	write_dr1(0x1111);
	write_cr2(0x2222);
	value = do_access(what, store + 0x800);
	fxsave(store);
	GUEST_ASSERT_EQ(xsave_differs(load, store, 0), 0);
	GUEST_ASSERT_EQ(rdmsr(MSR_LSTAR), 0xffff800000001234);
	GUEST_ASSERT_EQ(rdmsr(MSR_KERNEL_GS_BASE), 0x5678);
	GUEST_ASSERT_EQ(read_dr1(), 0x1111);
	GUEST_ASSERT_EQ(read_cr2(), 0x2222);
	GUEST_SYNC(1, value);
}

/* From the answer on: an access that writes what it read plus more does that first. */
static void check_rest(struct vcpu *vcpu, enum what what, __u64 answer)
{
	axvm_answer(&vcpu->ax, answer, 0);
	if (what == RMW) {
		vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);
		CHECK_EQ(vcpu->ax.exit->mmio.data, answer + 0x10000);
	}
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], answer);
	vcpu_expect_done(vcpu);
}

static void save_while_pending(enum what what, __u32 reason, __u64 exits)
{
	struct vm *vm = new_vm(exits);
	struct vcpu *vcpu = vcpu_create(vm, 3, guest_in_the_middle), *copy, *third;

	vcpu_arg(vcpu, 0, what);
	vcpu_arg(vcpu, 1, vm_alloc(vm, 2 * XSAVE_MAX));
	vcpu_expect(vcpu, reason);
	if (what == STRING) {
		axvm_answer(&vcpu->ax, 0x9999, 0);
		vcpu_expect(vcpu, reason);
	}
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_REG_PENDING_REASON), reason);
	copy = vcpu_duplicate(vcpu);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_REG_PENDING_REASON), reason);
	third = vcpu_duplicate(copy);
	/* Each takes its own answer. */
	check_rest(third, what, 0x3333);
	check_rest(vcpu, what, 0x1111);
	check_rest(copy, what, 0x2222);
}

TEST(pending_mmio_read)
{
	save_while_pending(MMIO, AXVM_EXIT_MMIO_READ, 0);
}

TEST(half_done_read_modify_write)
{
	save_while_pending(RMW, AXVM_EXIT_MMIO_READ, 0);
}

TEST(pending_port_read)
{
	save_while_pending(PORT_READ, AXVM_EXIT_PORT_READ, 0);
}

TEST(half_done_string)
{
	save_while_pending(STRING, AXVM_EXIT_PORT_READ, 0);
}

TEST(pending_hypercall)
{
	save_while_pending(CALL, AXVM_EXIT_HYPERCALL, AXVM_EXITS_HYPERCALL);
}

TEST(pending_sysreg_read)
{
	save_while_pending(SYSREG, AXVM_EXIT_SYSREG_READ, AXVM_EXITS_SYSREG);
}

static __guest void guest_reads_msr(void)
{
	GUEST_SYNC(1, guest_try(rdmsr(0x1234)));
}

/* A refusal finds its way in the other VM, too. */
TEST(pending_access_is_refused)
{
	struct vcpu *vcpu = vcpu_create(new_vm(AXVM_EXITS_SYSREG), 0, guest_reads_msr), *copy;

	vcpu_expect(vcpu, AXVM_EXIT_SYSREG_READ);
	copy = vcpu_duplicate(vcpu);
	axvm_request(&copy->ax, AXVM_RUN_REFUSE);
	CHECK_EQ(vcpu_expect_sync(copy, 1)->args[1], TRAP_GP);
}

/* ------------------------------------------------------------------------- */
/* States                                                                    */
/* ------------------------------------------------------------------------- */

static __u64 nmis;

static __guest void on_nmi(struct guest_frame *frame)
{
	(void)frame;
	WRITE_ONCE(nmis, READ_ONCE(nmis) + 1);
}

static __guest void guest_halts(void)
{
	guest_set_nmi_handler(on_nmi);
	guest_halt();
	GUEST_SYNC(1, READ_ONCE(nmis));
}

/* One that waits goes on waiting, and is woken there. */
TEST(halted)
{
	struct vcpu *vcpu = vcpu_create(new_vm(0), 0, guest_halts), *copy;
	pthread_t kicker = vcpu_kick_soon(vcpu);

	vcpu_expect(vcpu, AXVM_EXIT_KICK);
	thread_join(kicker);
	/* However soon that was, the next kick finds it waiting. */
	while (vcpu_get_reg(vcpu, AXVM_REG_RUN_STATE) != AXVM_RUN_SUSPENDED) {
		kicker = vcpu_kick_soon(vcpu);
		vcpu_expect(vcpu, AXVM_EXIT_KICK);
		thread_join(kicker);
	}
	copy = vcpu_duplicate(vcpu);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_REG_RUN_STATE), AXVM_RUN_SUSPENDED);
	CHECK_OK(axvm_kick(&copy->ax));
	vcpu_expect(copy, AXVM_EXIT_KICK);
	CHECK_OK(axvm_set_irq(copy->ax.fd, AXVM_X86_IRQ_NMI, 1));
	CHECK_EQ(vcpu_expect_sync(copy, 1)->args[1], 1);
}

static __guest void guest_never(void)
{
	GUEST_FAIL("a stopped CPU goes on");
}

TEST(stopped)
{
	struct vcpu *vcpu = vcpu_create_flags(new_vm(0), 2, guest_never, AXVM_VCPU_STOPPED,
					      AXVM_HOME_ANY), *copy;

	copy = vcpu_duplicate(vcpu);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
	CHECK_OK(axvm_kick(&copy->ax));
	vcpu_expect(copy, AXVM_EXIT_KICK);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
}

TEST_HARNESS_MAIN
