// SPDX-License-Identifier: GPL-2.0
/* vCPU registers: the few that every architecture has; the rest is the architecture's */
#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>

#include "axvm_arch.h"
#include "axvm_regs.h"
#include "axvm_vcpu.h"

/* See AXVM_REG_PENDING_SHAPE. */
#define SHAPE_REG		GENMASK_ULL(7, 0)
#define SHAPE_WIDTH		GENMASK_ULL(15, 8)
#define SHAPE_REG_WIDTH		GENMASK_ULL(23, 16)
#define SHAPE_SIGN_EXTEND	BIT_ULL(24)
#define SHAPE_LENGTH		GENMASK_ULL(39, 32)
#define SHAPE_ALL		(SHAPE_REG | SHAPE_WIDTH | SHAPE_REG_WIDTH |	\
				 SHAPE_SIGN_EXTEND | SHAPE_LENGTH)

/* More than any architecture has, as far as they index with what a VMM wrote. */
#define MAX_REG			32
#define MAX_LENGTH		15

#define MAY_PEND									\
	(BIT(AXVM_EXIT_HYPERCALL) | BIT(AXVM_EXIT_MMIO_READ) |				\
	 BIT(AXVM_EXIT_MMIO_WRITE) | BIT(AXVM_EXIT_PORT_READ) |				\
	 BIT(AXVM_EXIT_PORT_WRITE) | BIT(AXVM_EXIT_SYSREG_READ) |			\
	 BIT(AXVM_EXIT_SYSREG_WRITE) | BIT(AXVM_EXIT_MEMORY_FAULT) | BIT(AXVM_EXIT_CPU_UP) | \
	 BIT(AXVM_EXIT_SYSTEM_DOWN) | BIT(AXVM_EXIT_SEND_IPI) | BIT(AXVM_EXIT_UNDECODED) |	\
	 BIT(AXVM_EXIT_INTERRUPT_ACK))

static const u64 generic_ids[] = {
	AXVM_REG_RUN_STATE,
	AXVM_REG_PENDING_REASON,
	AXVM_REG_PENDING_ADDR,
	AXVM_REG_PENDING_SHAPE,
};

static u64 get_shape(const struct axvm_pending *pending)
{
	return FIELD_PREP(SHAPE_REG, pending->reg) |
	       FIELD_PREP(SHAPE_WIDTH, pending->width) |
	       FIELD_PREP(SHAPE_REG_WIDTH, pending->reg_width) |
	       FIELD_PREP(SHAPE_SIGN_EXTEND, pending->sign_extend) |
	       FIELD_PREP(SHAPE_LENGTH, pending->length);
}

static void set_shape(struct axvm_pending *pending, u64 shape)
{
	pending->reg = FIELD_GET(SHAPE_REG, shape);
	pending->width = FIELD_GET(SHAPE_WIDTH, shape);
	pending->reg_width = FIELD_GET(SHAPE_REG_WIDTH, shape);
	pending->sign_extend = FIELD_GET(SHAPE_SIGN_EXTEND, shape);
	pending->length = FIELD_GET(SHAPE_LENGTH, shape);
}

static bool width_ok(u64 width)
{
	return width <= 8 && hweight64(width) <= 1;
}

static bool shape_ok(u64 shape)
{
	return !(shape & ~SHAPE_ALL) && FIELD_GET(SHAPE_REG, shape) < MAX_REG &&
	       width_ok(FIELD_GET(SHAPE_WIDTH, shape)) &&
	       width_ok(FIELD_GET(SHAPE_REG_WIDTH, shape)) &&
	       FIELD_GET(SHAPE_LENGTH, shape) <= MAX_LENGTH &&
	       !(FIELD_GET(SHAPE_LENGTH, shape) % AXVM_ARCH_INSN_ALIGN);
}

static bool reason_ok(u64 reason)
{
	return !reason || (reason < BITS_PER_LONG && (MAY_PEND & BIT(reason)));
}

static int get_generic(struct axvm_vcpu *vcpu, u64 id, u64 *value)
{
	switch (id) {
	case AXVM_REG_RUN_STATE:
		*value = READ_ONCE(vcpu->run_state);
		return 0;
	case AXVM_REG_PENDING_REASON:
		*value = vcpu->pending.reason;
		return 0;
	case AXVM_REG_PENDING_ADDR:
		*value = vcpu->pending.addr;
		return 0;
	case AXVM_REG_PENDING_SHAPE:
		*value = get_shape(&vcpu->pending);
		return 0;
	}
	return -ENOENT;
}

static int check_generic(u64 id, u64 value)
{
	switch (id) {
	case AXVM_REG_RUN_STATE:
		return value <= AXVM_RUN_SUSPENDED ? 0 : -EINVAL;
	case AXVM_REG_PENDING_REASON:
		return reason_ok(value) ? 0 : -EINVAL;
	case AXVM_REG_PENDING_ADDR:
		return 0;
	case AXVM_REG_PENDING_SHAPE:
		return shape_ok(value) ? 0 : -EINVAL;
	}
	return -ENOENT;
}

static void set_generic(struct axvm_vcpu *vcpu, u64 id, u64 value)
{
	switch (id) {
	case AXVM_REG_RUN_STATE:
		WRITE_ONCE(vcpu->run_state, value);
		break;
	case AXVM_REG_PENDING_REASON:
		vcpu->pending.reason = value;
		break;
	case AXVM_REG_PENDING_ADDR:
		vcpu->pending.addr = value;
		break;
	case AXVM_REG_PENDING_SHAPE:
		set_shape(&vcpu->pending, value);
		break;
	}
}

static bool is_generic(u64 id)
{
	return AXVM_REG_ARCH(id) == AXVM_REG_GENERIC;
}

static int get(void *object, u64 id, u64 *value)
{
	return is_generic(id) ? get_generic(object, id, value) :
				axvm_arch_vcpu_regs.get(object, id, value);
}

static int check(void *object, u64 id, u64 value)
{
	return is_generic(id) ? check_generic(id, value) :
				axvm_arch_vcpu_regs.check(object, id, value);
}

static void set(void *object, u64 id, u64 value)
{
	if (is_generic(id))
		set_generic(object, id, value);
	else
		axvm_arch_vcpu_regs.set(object, id, value);
}

static u32 list(void *object, u64 *ids, u32 room)
{
	struct axvm_reg_sink sink = { .ids = ids, .room = room };
	u32 used, i;

	for (i = 0; i < ARRAY_SIZE(generic_ids); i++)
		axvm_reg_sink_add(&sink, generic_ids[i]);
	used = min(sink.count, room);
	return sink.count + axvm_arch_vcpu_regs.list(object, ids + used, room - used);
}

const struct axvm_reg_ops axvm_vcpu_reg_ops = {
	.get = get,
	.check = check,
	.set = set,
	.list = list,
};
