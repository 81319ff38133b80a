// SPDX-License-Identifier: GPL-2.0
/*
 * The PLIC, as its specification has it
 */
#include "test.h"
#include "accessor.h"
#include "regs.h"

#define PLIC_GPA	0x20000000ULL
#define SOURCES		95

#define PRIORITY(n)	(PLIC_GPA + 4 * (n))
#define PENDING(n)	(PLIC_GPA + 0x1000 + 4 * (n))
#define ENABLE(c, n)	(PLIC_GPA + 0x2000 + 0x80 * (c) + 4 * (n))
#define THRESHOLD(c)	(PLIC_GPA + 0x200000 + 0x1000 * (c))
#define CLAIM(c)	(PLIC_GPA + 0x200004 + 0x1000 * (c))

FIXTURE(plic) {
	struct vcpu *vcpu;
	int fd;
};

FIXTURE_SETUP(plic)
{
	self->vcpu = accessor_new(0);
	self->fd = CHECK_OK(axvm_create_device(self->vcpu->vm->fd, AXVM_DEVICE_RISCV_PLIC,
					       PLIC_GPA, SOURCES));
}

FIXTURE_TEARDOWN(plic)
{
	vm_destroy(self->vcpu->vm);
}

static void set_line(int fd, __u32 source, bool level)
{
	CHECK_OK(axvm_set_irq(fd, source, level));
}

/* Ready to interrupt context 0. */
static void set_up(struct vcpu *vcpu, __u32 source, __u32 priority)
{
	__u64 enable = ENABLE(0, source / 32);

	accessor_write32(vcpu, PRIORITY(source), priority);
	accessor_write32(vcpu, enable, accessor_read32(vcpu, enable) | BIT(source % 32));
}

static bool interrupted(struct vcpu *vcpu)
{
	return vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_SIP)) & SIE_EXTERNAL;
}

static __u32 claim(struct vcpu *vcpu)
{
	return accessor_read32(vcpu, CLAIM(0));
}

static void complete(struct vcpu *vcpu, __u32 source)
{
	accessor_write32(vcpu, CLAIM(0), source);
}

TEST_F(plic, registers_at_reset)
{
	unsigned int i;

	for (i = 0; i <= SOURCES; i++)
		CHECK_EQ(accessor_read32(self->vcpu, PRIORITY(i)), 0);
	for (i = 0; i <= SOURCES / 32; i++) {
		CHECK_EQ(accessor_read32(self->vcpu, PENDING(i)), 0);
		CHECK_EQ(accessor_read32(self->vcpu, ENABLE(0, i)), 0);
	}
	CHECK_EQ(accessor_read32(self->vcpu, THRESHOLD(0)), 0);
	CHECK_EQ(claim(self->vcpu), 0);
}

TEST_F(plic, registers_hold_what_they_can)
{
	struct vcpu *vcpu = self->vcpu;

	accessor_write32(vcpu, PRIORITY(1), 7);
	CHECK_EQ(accessor_read32(vcpu, PRIORITY(1)), 7);
	/* Source 0 does not exist, nor do those above the last one. */
	accessor_write32(vcpu, PRIORITY(0), 7);
	CHECK_EQ(accessor_read32(vcpu, PRIORITY(0)), 0);
	accessor_write32(vcpu, PRIORITY(SOURCES + 1), 7);
	CHECK_EQ(accessor_read32(vcpu, PRIORITY(SOURCES + 1)), 0);
	accessor_write32(vcpu, ENABLE(0, 0), ~0U);
	CHECK_EQ(accessor_read32(vcpu, ENABLE(0, 0)), ~1U);
	accessor_write32(vcpu, ENABLE(0, 2), ~0U);
	CHECK_EQ(accessor_read32(vcpu, ENABLE(0, 2)), ~0U);
	accessor_write32(vcpu, ENABLE(0, 3), ~0U);
	CHECK_EQ(accessor_read32(vcpu, ENABLE(0, 3)), 0);
	accessor_write32(vcpu, THRESHOLD(0), 5);
	CHECK_EQ(accessor_read32(vcpu, THRESHOLD(0)), 5);
	/* Pending bits are read-only. */
	accessor_write32(vcpu, PENDING(0), ~0U);
	CHECK_EQ(accessor_read32(vcpu, PENDING(0)), 0);
	/* A context without a vCPU has nothing. */
	accessor_write32(vcpu, ENABLE(7, 0), ~0U);
	CHECK_EQ(accessor_read32(vcpu, ENABLE(7, 0)), 0);
}

TEST_F(plic, claim_and_complete)
{
	struct vcpu *vcpu = self->vcpu;

	set_up(vcpu, 10, 1);
	CHECK(!interrupted(vcpu));
	set_line(self->fd, 10, 1);
	CHECK(interrupted(vcpu));
	CHECK_EQ(accessor_read32(vcpu, PENDING(0)), BIT(10));
	CHECK_EQ(claim(vcpu), 10);
	CHECK_EQ(accessor_read32(vcpu, PENDING(0)), 0);
	CHECK(!interrupted(vcpu));
	CHECK_EQ(claim(vcpu), 0);
	set_line(self->fd, 10, 0);
	complete(vcpu, 10);
	CHECK(!interrupted(vcpu));
	CHECK_EQ(claim(vcpu), 0);
}

/* A level that stays high comes again, after it has been completed. */
TEST_F(plic, level)
{
	struct vcpu *vcpu = self->vcpu;
	unsigned int i;

	set_up(vcpu, 33, 1);
	set_line(self->fd, 33, 1);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(claim(vcpu), 33);
		CHECK(!interrupted(vcpu));
		/* What is in service is not forwarded a second time. */
		set_line(self->fd, 33, 0);
		set_line(self->fd, 33, 1);
		CHECK(!interrupted(vcpu));
		complete(vcpu, 33);
		CHECK(interrupted(vcpu));
	}
	CHECK_EQ(claim(vcpu), 33);
	set_line(self->fd, 33, 0);
	complete(vcpu, 33);
	CHECK(!interrupted(vcpu));
}

TEST_F(plic, priorities)
{
	struct vcpu *vcpu = self->vcpu;

	set_up(vcpu, 5, 2);
	set_up(vcpu, 6, 3);
	set_up(vcpu, 64, 3);
	set_up(vcpu, 7, 7);
	set_line(self->fd, 5, 1);
	set_line(self->fd, 64, 1);
	set_line(self->fd, 6, 1);
	set_line(self->fd, 7, 1);
	/* The highest first; of equals, the lowest number. */
	CHECK_EQ(claim(vcpu), 7);
	CHECK_EQ(claim(vcpu), 6);
	CHECK_EQ(claim(vcpu), 64);
	CHECK_EQ(claim(vcpu), 5);
	CHECK_EQ(claim(vcpu), 0);
}

TEST_F(plic, priority_zero_never_interrupts)
{
	set_up(self->vcpu, 9, 0);
	set_line(self->fd, 9, 1);
	CHECK(!interrupted(self->vcpu));
	CHECK_EQ(accessor_read32(self->vcpu, PENDING(0)), BIT(9));
	CHECK_EQ(claim(self->vcpu), 0);
	accessor_write32(self->vcpu, PRIORITY(9), 1);
	CHECK(interrupted(self->vcpu));
}

TEST_F(plic, threshold)
{
	struct vcpu *vcpu = self->vcpu;

	set_up(vcpu, 9, 3);
	accessor_write32(vcpu, THRESHOLD(0), 3);
	set_line(self->fd, 9, 1);
	CHECK(!interrupted(vcpu));
	accessor_write32(vcpu, THRESHOLD(0), 2);
	CHECK(interrupted(vcpu));
	accessor_write32(vcpu, THRESHOLD(0), 7);
	CHECK(!interrupted(vcpu));
	/* A claim is not held back by the threshold. */
	CHECK_EQ(claim(vcpu), 9);
}

TEST_F(plic, not_enabled)
{
	struct vcpu *vcpu = self->vcpu;

	accessor_write32(vcpu, PRIORITY(20), 1);
	set_line(self->fd, 20, 1);
	CHECK(!interrupted(vcpu));
	CHECK_EQ(claim(vcpu), 0);
	CHECK_EQ(accessor_read32(vcpu, PENDING(0)), BIT(20));
	accessor_write32(vcpu, ENABLE(0, 0), BIT(20));
	CHECK(interrupted(vcpu));
	accessor_write32(vcpu, ENABLE(0, 0), 0);
	CHECK(!interrupted(vcpu));
}

/* Completing what was not claimed, or is not enabled, changes nothing. */
TEST_F(plic, wrong_completions)
{
	struct vcpu *vcpu = self->vcpu;

	set_up(vcpu, 3, 1);
	set_line(self->fd, 3, 1);
	complete(vcpu, 3);
	complete(vcpu, 0);
	complete(vcpu, SOURCES + 1);
	complete(vcpu, ~0U);
	CHECK(interrupted(vcpu));
	CHECK_EQ(claim(vcpu), 3);
	complete(vcpu, 4);
	CHECK(!interrupted(vcpu));
	accessor_write32(vcpu, ENABLE(0, 0), 0);
	complete(vcpu, 3);
	accessor_write32(vcpu, ENABLE(0, 0), BIT(3));
	/* It is still in service. */
	CHECK(!interrupted(vcpu));
	complete(vcpu, 3);
	CHECK(interrupted(vcpu));
}

/* What has been forwarded stays pending, even if the line falls before the claim. */
TEST_F(plic, pulse_is_not_lost)
{
	set_up(self->vcpu, 12, 1);
	set_line(self->fd, 12, 1);
	set_line(self->fd, 12, 0);
	CHECK(interrupted(self->vcpu));
	CHECK_EQ(claim(self->vcpu), 12);
	complete(self->vcpu, 12);
	CHECK(!interrupted(self->vcpu));
}

TEST_F(plic, contexts)
{
	struct vcpu *a = self->vcpu, *b = accessor_add(a->vm, 1);

	accessor_write32(a, PRIORITY(4), 2);
	accessor_write32(a, ENABLE(0, 0), BIT(4));
	accessor_write32(a, ENABLE(1, 0), BIT(4));
	set_line(self->fd, 4, 1);
	CHECK(interrupted(a));
	CHECK(interrupted(b));
	/* Whoever claims it has it. */
	CHECK_EQ(accessor_read32(b, CLAIM(1)), 4);
	CHECK(!interrupted(a));
	CHECK(!interrupted(b));
	CHECK_EQ(accessor_read32(a, CLAIM(0)), 0);
	accessor_write32(b, CLAIM(1), 4);
	/* Each has a threshold of its own. */
	accessor_write32(a, THRESHOLD(1), 2);
	CHECK(interrupted(a));
	CHECK(!interrupted(b));
}

/* ------------------------------------------------------------------------- */
/* Interrupts of a running guest                                             */
/* ------------------------------------------------------------------------- */

#define INTERRUPTS	100

static __u64 handled;

static __guest void on_external(__u64 irq)
{
	__u32 source;

	GUEST_ASSERT_EQ(irq, IRQ_EXTERNAL);
	source = guest_mmio_read32(CLAIM(0));
	GUEST_ASSERT_EQ(source, 17);
	/* The VMM takes the line back when it sees this. */
	guest_mmio_write32(MMIO_GPA, source);
	guest_mmio_write32(CLAIM(0), source);
	WRITE_ONCE(handled, READ_ONCE(handled) + 1);
}

static __guest void guest_handles(__u64 wait)
{
	guest_set_irq_handler(on_external);
	guest_mmio_write32(PRIORITY(17), 1);
	guest_mmio_write32(ENABLE(0, 0), BIT(17));
	csr_write(CSR_SIE, SIE_EXTERNAL);
	guest_irq_enable();
	GUEST_SYNC(1);
	if (wait)
		guest_halt_until(READ_ONCE(handled) == INTERRUPTS);
	else
		guest_wait_for(READ_ONCE(handled) == INTERRUPTS);
}

static int line_fd;

static void *run_and_lower(void *data)
{
	struct vcpu *vcpu = data;

	for (;;) {
		vcpu_run(vcpu);
		if (vcpu->uc.kind == UCALL_DONE)
			return NULL;
		CHECK_EQ(vcpu->ax.exit->reason, AXVM_EXIT_MMIO_WRITE);
		CHECK_EQ(vcpu->ax.exit->mmio.addr, MMIO_GPA);
		set_line(line_fd, 17, 0);
	}
}

/* The line is raised from another thread, while the guest runs or waits. */
static void interrupt_a_lot(bool wait)
{
	struct vcpu *vcpu = vcpu_new(guest_handles);
	pthread_t thread;
	__u64 i;

	line_fd = CHECK_OK(axvm_create_device(vcpu->vm->fd, AXVM_DEVICE_RISCV_PLIC, PLIC_GPA,
					      SOURCES));
	vcpu_arg(vcpu, 0, wait);
	vcpu_expect_sync(vcpu, 1);
	thread = thread_start(run_and_lower, vcpu);
	for (i = 0; i < INTERRUPTS; i++) {
		set_line(line_fd, 17, 1);
		wait_until(READ_ONCE(*guest_var(vcpu->vm, handled)) > i);
	}
	thread_join(thread);
	CHECK_EQ(*guest_var(vcpu->vm, handled), INTERRUPTS);
}

TEST(interrupts_a_spinning_guest)
{
	interrupt_a_lot(false);
}

TEST(wakes_a_waiting_guest)
{
	interrupt_a_lot(true);
}

/* ------------------------------------------------------------------------- */
/* State                                                                     */
/* ------------------------------------------------------------------------- */

TEST_F(plic, save_and_restore)
{
	struct vcpu *other = accessor_new(0);
	int fd = CHECK_OK(axvm_create_device(other->vm->fd, AXVM_DEVICE_RISCV_PLIC, PLIC_GPA,
					     SOURCES));
	struct reg_set *saved, *restored;

	set_up(self->vcpu, 40, 4);
	set_up(self->vcpu, 41, 5);
	accessor_write32(self->vcpu, THRESHOLD(0), 3);
	set_line(self->fd, 40, 1);
	set_line(self->fd, 41, 1);
	CHECK_EQ(claim(self->vcpu), 41);
	saved = regs_save(self->fd);
	CHECK_EQ(regs_find(saved, AXVM_RISCV_PLIC_PRIORITY(40))->value, 4);
	CHECK_EQ(regs_find(saved, AXVM_RISCV_PLIC_PENDING(1))->value, BIT(40 - 32));
	CHECK_EQ(regs_find(saved, AXVM_RISCV_PLIC_LEVEL(1))->value, BIT(40 - 32) | BIT(41 - 32));
	CHECK_EQ(regs_find(saved, AXVM_RISCV_PLIC_CLAIMED(1))->value, BIT(41 - 32));
	CHECK_EQ(regs_find(saved, AXVM_RISCV_PLIC_ENABLE(0, 1))->value,
		 BIT(40 - 32) | BIT(41 - 32));
	CHECK_EQ(regs_find(saved, AXVM_RISCV_PLIC_THRESHOLD(0))->value, 3);

	regs_reverse(saved);
	regs_load(fd, saved);
	restored = regs_save(fd);
	regs_check_same(saved, restored);
	CHECK(interrupted(other));
	CHECK_EQ(claim(other), 40);
	complete(other, 41);
	CHECK_EQ(claim(other), 41);
}

TEST_F(plic, bad_registers)
{
	CHECK_ERRNO(axvm_set_reg(self->fd, AXVM_RISCV_PLIC_PRIORITY(1), 8), EINVAL);
	CHECK_ERRNO(axvm_set_reg(self->fd, AXVM_RISCV_PLIC_PRIORITY(SOURCES + 1), 1), ENOENT);
	CHECK_ERRNO(axvm_set_reg(self->fd, AXVM_RISCV_PLIC_PRIORITY(0), 1), ENOENT);
	CHECK_ERRNO(axvm_set_reg(self->fd, AXVM_RISCV_PLIC_PENDING(0), 1), EINVAL);
	CHECK_ERRNO(axvm_set_reg(self->fd, AXVM_RISCV_PLIC_LEVEL(0), 1ULL << 32), EINVAL);
	CHECK_ERRNO(axvm_set_reg(self->fd, AXVM_RISCV_PLIC_PENDING(3), 1), ENOENT);
	CHECK_ERRNO(axvm_set_reg(self->fd, AXVM_RISCV_PLIC_THRESHOLD(0), 8), EINVAL);
	CHECK_ERRNO(axvm_set_reg(self->fd, AXVM_RISCV_X(1), 8), ENOENT);
}

/* A vCPU with the id of one that is no more has a context of its own. */
TEST_F(plic, vcpu_replaced)
{
	struct vcpu *a = self->vcpu, *b = accessor_add(a->vm, 1);

	accessor_write32(a, PRIORITY(4), 2);
	accessor_write32(a, ENABLE(1, 0), BIT(4));
	accessor_write32(a, THRESHOLD(1), 1);
	set_line(self->fd, 4, 1);
	CHECK(interrupted(b));
	axvm_destroy_vcpu(&b->ax);
	CHECK_EQ(accessor_read32(a, ENABLE(1, 0)), 0);

	b = accessor_add(a->vm, 1);
	CHECK(!interrupted(b));
	CHECK_EQ(accessor_read32(b, ENABLE(1, 0)), 0);
	CHECK_EQ(accessor_read32(b, THRESHOLD(1)), 0);
	accessor_write32(b, ENABLE(1, 0), BIT(4));
	CHECK(interrupted(b));
	CHECK_EQ(accessor_read32(b, CLAIM(1)), 4);
	CHECK(!interrupted(b));
}

/* vCPUs that were there before the PLIC, and that come and go, in any order. */
TEST_F(plic, replaced)
{
	struct vcpu *a = self->vcpu, *b = accessor_add(a->vm, 1);

	set_up(a, 8, 1);
	accessor_write32(a, ENABLE(1, 0), BIT(8));
	set_line(self->fd, 8, 1);
	CHECK(interrupted(a));
	CHECK(interrupted(b));
	CHECK_SYS(close(self->fd));
	CHECK(!interrupted(a));
	CHECK(!interrupted(b));
	self->fd = CHECK_OK(axvm_create_device(a->vm->fd, AXVM_DEVICE_RISCV_PLIC, PLIC_GPA,
					       SOURCES));
	CHECK_EQ(accessor_read32(a, ENABLE(0, 0)), 0);
	CHECK_EQ(accessor_read32(a, ENABLE(1, 0)), 0);
	accessor_write32(a, PRIORITY(8), 1);
	accessor_write32(a, ENABLE(1, 0), BIT(8));
	axvm_destroy_vcpu(&b->ax);
	set_line(self->fd, 8, 1);
	CHECK(!interrupted(a));
	accessor_write32(a, ENABLE(0, 0), BIT(8));
	CHECK(interrupted(a));
}

/* Accesses of other widths, or beside the registers, must do no harm. */
TEST_F(plic, odd_accesses)
{
	struct axvm_device_info info;
	__u64 offset;

	CHECK_OK(axvm_get_device_info(self->fd, &info));
	CHECK_EQ(info.gpa, PLIC_GPA);
	for (offset = 0; offset < info.len; offset += 0x3ffc) {
		accessor_write32(self->vcpu, PLIC_GPA + offset, ~0U);
		accessor_read32(self->vcpu, PLIC_GPA + offset);
	}
	accessor_write32(self->vcpu, PLIC_GPA + info.len - 4, ~0U);
	/* Right behind it is the VMM's. */
	accessor_write_mmio(self->vcpu, PLIC_GPA + info.len);
}

/* The device's file is the device: closed, the addresses are the VMM's. */
TEST_F(plic, closed)
{
	set_up(self->vcpu, 8, 1);
	set_line(self->fd, 8, 1);
	CHECK(interrupted(self->vcpu));
	CHECK_SYS(close(self->fd));
	accessor_write_mmio(self->vcpu, PRIORITY(2));
	CHECK(!interrupted(self->vcpu));
}

TEST_HARNESS_MAIN
