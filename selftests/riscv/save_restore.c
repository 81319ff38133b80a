// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that is saved in the middle of something goes on in another VM
 */
#include "test.h"
#include "duplicate.h"
#include "fp.h"
#include "sbi.h"

#define VECTOR_BYTES	(32 * VLENB_MAX)
#define REFUSED		(MMIO_GPA + 0x128)

static bool with_fp, with_vectors;

static struct vm *new_vm(__u64 exits)
{
	struct vm *vm = vm_create(0);

	vm_set_reg(vm, AXVM_REG_VM_EXITS, exits);
	*guest_var(vm, with_fp) = vm_get_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_D));
	*guest_var(vm, with_vectors) = vm_get_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_V));
	return vm;
}

/* ------------------------------------------------------------------------- */
/* A pending access                                                          */
/* ------------------------------------------------------------------------- */

/* Everything is in use while the access is made; every part of it is checked after. */
static __guest void guest_in_the_middle(__u64 kind, __u64 area)
{
	__u64 *load = (__u64 *)area, *store = load + VECTOR_BYTES / 8;
	__u64 value = 0, i, words = 32;

	for (i = 0; i < VECTOR_BYTES / 8; i++)
		load[i] = pattern(5, i);
	csr_write(CSR_SCOUNTEREN, 5);
	csr_write(CSR_SEPC, 0x1234);
	csr_write(CSR_STVAL, 0x5678);
	if (READ_ONCE(with_vectors)) {
		csr_set(CSR_SSTATUS, SSTATUS_VS_INITIAL);
		vector_load(load);
		csr_write(CSR_VCSR, 5);
	}
	if (READ_ONCE(with_fp)) {
		csr_set(CSR_SSTATUS, SSTATUS_FS_INITIAL);
		csr_write(CSR_FCSR, 0x61);
		fp_load(load + 100);
	}
	switch (kind) {
	case AXVM_EXIT_MMIO_READ:
		asm volatile("lh %0, 0(%1)" : "=r" (value) : "r" (MMIO_GPA));
		break;
	case AXVM_EXIT_HYPERCALL:
		value = sbi_call(SBI_UNKNOWN, 3).value;
		break;
	case AXVM_EXIT_SYSREG_READ:
		value = csr_read(0x5c0);
		break;
	}
	if (READ_ONCE(with_fp)) {
		fp_store(store);
		for (i = 0; i < words; i++)
			GUEST_ASSERT_EQ(store[i], load[100 + i]);
		GUEST_ASSERT_EQ(csr_read(CSR_FCSR), 0x61);
	}
	if (READ_ONCE(with_vectors)) {
		GUEST_ASSERT_EQ(csr_read(CSR_VCSR), 5);
		vector_store(store);
		for (i = 0; i < 4 * vlenb(); i++)
			GUEST_ASSERT_EQ(store[i], load[i]);
	}
	GUEST_ASSERT_EQ(csr_read(CSR_SCOUNTEREN), 5);
	GUEST_ASSERT_EQ(csr_read(CSR_SEPC), 0x1234);
	GUEST_ASSERT_EQ(csr_read(CSR_STVAL), 0x5678);
	GUEST_SYNC(1, value);
}

static void save_while_pending(__u32 reason, __u64 exits)
{
	struct vm *vm = new_vm(exits);
	struct vcpu *vcpu = vcpu_create(vm, 3, guest_in_the_middle), *copy, *third;

	vcpu_arg(vcpu, 0, reason);
	vcpu_arg(vcpu, 1, vm_alloc(vm, 2 * VECTOR_BYTES));
	vcpu_expect(vcpu, reason);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_REG_PENDING_REASON), reason);
	copy = vcpu_duplicate(vcpu);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_REG_PENDING_REASON), reason);
	third = vcpu_duplicate(copy);

	/* Each takes its own answer, in the right width. */
	axvm_answer(&vcpu->ax, 0x1111, 0x1111);
	axvm_answer(&copy->ax, 0x2222, 0x2222);
	axvm_answer(&third->ax, 0x3333, 0x3333);
	CHECK_EQ(vcpu_expect_sync(third, 1)->args[1], 0x3333);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 0x1111);
	CHECK_EQ(vcpu_expect_sync(copy, 1)->args[1], 0x2222);
	vcpu_expect_done(copy);
	vcpu_expect_done(vcpu);
}

TEST(pending_mmio_read)
{
	save_while_pending(AXVM_EXIT_MMIO_READ, 0);
}

TEST(pending_hypercall)
{
	save_while_pending(AXVM_EXIT_HYPERCALL, AXVM_EXITS_HYPERCALL);
}

TEST(pending_sysreg_read)
{
	save_while_pending(AXVM_EXIT_SYSREG_READ, AXVM_EXITS_SYSREG);
}

static __guest void guest_accesses(__u64 reason, __u64 store)
{
	__u64 cause = 0, value = 0;

	switch (reason) {
	case AXVM_EXIT_MMIO_READ:
		cause = guest_try(value = guest_mmio_read64(REFUSED));
		break;
	case AXVM_EXIT_MMIO_WRITE:
		cause = guest_try(guest_mmio_write64(REFUSED, 1));
		break;
	case AXVM_EXIT_SYSREG_READ:
		cause = guest_try(value = csr_read(0x5c0));
		break;
	case AXVM_EXIT_UNDECODED:
		if (store)
			cause = guest_try(asm volatile("amoadd.d %0, %0, (%1)"
						       : "+r" (value) : "r" (REFUSED)));
		else
			cause = guest_try(asm volatile("lr.d %0, (%1)"
						       : "=r" (value) : "r" (REFUSED)));
		break;
	}
	GUEST_SYNC(1, cause, guest_this_cpu()->arch.trap_value, guest_this_cpu()->arch.trap_pc);
	(void)value;
}

/*
 * The other VM's guest takes the same fault, told of the same way, as the first one,
 * and as the copy of a copy does.
 */
static void refuse_copy(__u32 reason, bool store, __u64 exits)
{
	struct vcpu *vcpu = vcpu_create(new_vm(exits), 0, guest_accesses), *copy;
	struct ucall first;

	vcpu_arg(vcpu, 0, reason);
	vcpu_arg(vcpu, 1, store);
	vcpu_expect(vcpu, reason);
	copy = vcpu_duplicate(vcpu_duplicate(vcpu));
	axvm_request(&vcpu->ax, AXVM_RUN_REFUSE);
	first = *vcpu_expect_sync(vcpu, 1);
	CHECK_NE(first.args[1], TRAP_NONE);
	CHECK_NE(first.args[2], 0);
	axvm_request(&copy->ax, AXVM_RUN_REFUSE);
	vcpu_expect_sync(copy, 1);
	CHECK_EQ(copy->uc.args[1], first.args[1]);
	CHECK_EQ(copy->uc.args[2], first.args[2]);
	CHECK_EQ(copy->uc.args[3], first.args[3]);
	vcpu_expect_done(copy);
}

TEST(pending_read_is_refused)
{
	refuse_copy(AXVM_EXIT_MMIO_READ, false, 0);
}

TEST(pending_write_is_refused)
{
	refuse_copy(AXVM_EXIT_MMIO_WRITE, true, 0);
}

TEST(pending_sysreg_read_is_refused)
{
	refuse_copy(AXVM_EXIT_SYSREG_READ, false, AXVM_EXITS_SYSREG);
}

TEST(pending_undecoded_read_is_refused)
{
	refuse_copy(AXVM_EXIT_UNDECODED, false, 0);
}

TEST(pending_undecoded_write_is_refused)
{
	refuse_copy(AXVM_EXIT_UNDECODED, true, 0);
}

/* ------------------------------------------------------------------------- */
/* Timers and states                                                         */
/* ------------------------------------------------------------------------- */

static __u64 ticks;

static __guest void on_timer(__u64 irq)
{
	GUEST_ASSERT_EQ(irq, IRQ_TIMER);
	WRITE_ONCE(ticks, 1);
	sbi_call(SBI_TIME, SBI_TIME_SET_TIMER, ~0UL);
}

static __guest void guest_waits_for_timer(__u64 delay)
{
	guest_set_irq_handler(on_timer);
	sbi_call(SBI_TIME, SBI_TIME_SET_TIMER, guest_time() + delay);
	csr_write(CSR_SIE, SIE_TIMER);
	guest_irq_enable();
	GUEST_SYNC(1);
	guest_halt_until(READ_ONCE(ticks));
}

/* The clock goes on where it was, and so does the timer. */
static void move_timer(bool sstc)
{
	struct vm *vm = new_vm(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_waits_for_timer), *copy;

	if (!sstc)
		vm_set_reg(vm, AXVM_RISCV_ISA(AXVM_RISCV_ISA_SSTC), 0);
	vcpu_arg(vcpu, 0, vm_get_reg(vm, AXVM_RISCV_VM_TIMEBASE) / 10);
	vcpu_expect_sync(vcpu, 1);
	copy = vcpu_duplicate(vcpu);
	vcpu_expect_done(copy);
	vcpu_expect_done(vcpu);
}

TEST(timer)
{
	move_timer(true);
}

TEST(timer_without_sstc)
{
	move_timer(false);
}

static __guest void guest_stops(void)
{
	sbi_call(SBI_HSM, SBI_HSM_STOP);
	GUEST_FAIL("a stopped hart goes on");
}

/* A stopped hart stays one: it is kicked out of its wait, not out of the guest. */
TEST(stopped)
{
	struct vcpu *vcpu = vcpu_create(new_vm(AXVM_EXITS_CPU), 0, guest_stops), *copy;

	vcpu_expect(vcpu, AXVM_EXIT_CPU_DOWN);
	copy = vcpu_duplicate(vcpu);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
	CHECK_OK(axvm_kick(&copy->ax));
	vcpu_expect(copy, AXVM_EXIT_KICK);
	CHECK_EQ(vcpu_get_reg(copy, AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
}

TEST_HARNESS_MAIN
