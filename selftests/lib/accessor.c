// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that does one memory access at a time, as it is told
 */
#include "accessor.h"

#define STAGE	0xacce55

/* What to do next; set by the host in the guest's copy. */
static __u64 order_gpa;
static __u64 order_value;
static __u64 order_op;

enum { READ64, WRITE64, READ32, WRITE32 };

static __guest void guest_accesses(void)
{
	__u64 value = 0;

	for (;;) {
		GUEST_SYNC(STAGE, value);
		value = READ_ONCE(order_value);
		switch (READ_ONCE(order_op)) {
		case READ64:
			value = guest_mmio_read64(READ_ONCE(order_gpa));
			break;
		case WRITE64:
			guest_mmio_write64(READ_ONCE(order_gpa), value);
			break;
		case READ32:
			value = guest_mmio_read32(READ_ONCE(order_gpa));
			break;
		case WRITE32:
			guest_mmio_write32(READ_ONCE(order_gpa), value);
			break;
		}
	}
}

static void order(struct vcpu *vcpu, __u64 gpa, __u64 op, __u64 value)
{
	*guest_var(vcpu->vm, order_gpa) = gpa;
	*guest_var(vcpu->vm, order_op) = op;
	*guest_var(vcpu->vm, order_value) = value;
}

void accessor_order_read(struct vcpu *vcpu, __u64 gpa)
{
	order(vcpu, gpa, READ64, 0);
}

void accessor_order_write(struct vcpu *vcpu, __u64 gpa, __u64 value)
{
	order(vcpu, gpa, WRITE64, value);
}

__u64 __accessor_finish(struct where where, struct vcpu *vcpu)
{
	return __vcpu_expect_sync(where, vcpu, STAGE)->args[1];
}

__u64 __accessor_read(struct where where, struct vcpu *vcpu, __u64 gpa)
{
	accessor_order_read(vcpu, gpa);
	return __accessor_finish(where, vcpu);
}

void __accessor_write(struct where where, struct vcpu *vcpu, __u64 gpa, __u64 value)
{
	accessor_order_write(vcpu, gpa, value);
	__accessor_finish(where, vcpu);
}

void __accessor_read_mmio(struct where where, struct vcpu *vcpu, __u64 gpa)
{
	accessor_order_read(vcpu, gpa);
	CHECK_EQ(__vcpu_expect(where, vcpu, AXVM_EXIT_MMIO_READ)->mmio.addr, gpa);
	axvm_answer(&vcpu->ax, 0x55aa, 0);
	CHECK_EQ(__accessor_finish(where, vcpu), 0x55aa);
}

void __accessor_write_mmio(struct where where, struct vcpu *vcpu, __u64 gpa)
{
	accessor_order_write(vcpu, gpa, 0x77);
	CHECK_EQ(__vcpu_expect(where, vcpu, AXVM_EXIT_MMIO_WRITE)->mmio.addr, gpa);
	CHECK_EQ(vcpu->ax.exit->mmio.data, 0x77);
	__accessor_finish(where, vcpu);
}

__u32 __accessor_read32(struct where where, struct vcpu *vcpu, __u64 gpa)
{
	order(vcpu, gpa, READ32, 0);
	return __accessor_finish(where, vcpu);
}

void __accessor_write32(struct where where, struct vcpu *vcpu, __u64 gpa, __u32 value)
{
	order(vcpu, gpa, WRITE32, value);
	__accessor_finish(where, vcpu);
}

struct vcpu *accessor_new(unsigned int vm_flags)
{
	return accessor_add(vm_create(vm_flags), 0);
}

struct vcpu *accessor_add(struct vm *vm, __u64 id)
{
	struct vcpu *vcpu = vcpu_create(vm, id, guest_accesses);

	vcpu_expect_sync(vcpu, STAGE);
	accessor_read_mmio(vcpu, MMIO_GPA);
	accessor_write_mmio(vcpu, MMIO_GPA);
	return vcpu;
}
