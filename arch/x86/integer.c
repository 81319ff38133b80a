// SPDX-License-Identifier: GPL-2.0
/*
 * What instructions with one operand in memory come to
 *
 * Functions of what is in memory and in registers; nothing is accessed here. What
 * they come to is put in place when a device that has to be written has been.
 */
#include <linux/kernel.h>

#include "emulate.h"

static u64 get_register(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs)
{
	if (insn->flags & AXVM_X86_INSN_HIGH_BYTE)
		return axvm_x86_get_gpr(gprs, insn->reg, 2) >> 8;
	return axvm_x86_get_gpr(gprs, insn->reg, insn->operand_size);
}

static void set_register(const struct axvm_x86_insn *insn, struct axvm_x86_values *values,
			 u64 value)
{
	values->reg = insn->reg;
	values->reg_bytes = insn->operand_size;
	values->high = insn->flags & AXVM_X86_INSN_HIGH_BYTE;
	values->value = value;
}

/* The operand that is not in memory. */
static u64 get_other(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs)
{
	return insn->flags & AXVM_X86_INSN_IMM ? insn->immediate : get_register(insn, gprs);
}

static void move(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
		 struct axvm_x86_values *values)
{
	if (insn->flags & AXVM_X86_INSN_WRITE)
		values->memory = get_other(insn, gprs);
	else if (insn->flags & AXVM_X86_INSN_SIGN)
		set_register(insn, values, axvm_x86_sign_extend(values->memory, insn->width));
	else
		set_register(insn, values, values->memory);
}

static void move_swapped(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
			 struct axvm_x86_values *values)
{
	unsigned int shift = 64 - insn->width * 8;

	if (insn->flags & AXVM_X86_INSN_WRITE)
		values->memory = __builtin_bswap64(get_register(insn, gprs)) >> shift;
	else
		set_register(insn, values, __builtin_bswap64(values->memory) >> shift);
}

static void arithmetic(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
		       struct axvm_x86_values *values)
{
	u64 other = get_other(insn, gprs);
	u64 result;

	if (!(insn->flags & AXVM_X86_INSN_TO_REG)) {
		values->memory = axvm_x86_arithmetic(insn->op, insn->width, values->memory, other,
						     &values->flags);
		return;
	}
	result = axvm_x86_arithmetic(insn->op, insn->width, other, values->memory,
				     &values->flags);
	if (insn->op != AXVM_X86_OP_CMP)
		set_register(insn, values, result);
}

/* By CL or an immediate. */
static void shift(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
		  struct axvm_x86_values *values)
{
	u8 count = insn->flags & AXVM_X86_INSN_IMM ? insn->immediate : gprs->r[RCX];

	values->memory = axvm_x86_shift(insn->op, insn->width, values->memory, count,
					&values->flags);
}

static void bit(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
		struct axvm_x86_values *values)
{
	unsigned int number = get_other(insn, gprs) & (insn->width * 8 - 1);

	values->memory = axvm_x86_bit(insn->op, insn->width, values->memory, number,
				      &values->flags);
}

static void exchange(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
		     struct axvm_x86_values *values)
{
	u64 old = values->memory;

	values->memory = get_register(insn, gprs);
	set_register(insn, values, old);
}

static void exchange_add(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
			 struct axvm_x86_values *values)
{
	u64 old = values->memory;

	values->memory = axvm_x86_arithmetic(AXVM_X86_OP_ADD, insn->width, old,
					     get_register(insn, gprs), &values->flags);
	set_register(insn, values, old);
}

/* Memory is written in any case, if not with the new value then with its own. */
static void compare_exchange(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
			     struct axvm_x86_values *values)
{
	u64 accumulator = axvm_x86_get_gpr(gprs, RAX, insn->width);

	axvm_x86_arithmetic(AXVM_X86_OP_CMP, insn->width, accumulator, values->memory,
			    &values->flags);
	if (values->flags & FLAG_ZF) {
		values->memory = get_register(insn, gprs);
		return;
	}
	values->reg = RAX;
	values->reg_bytes = insn->width;
	values->value = values->memory;
}

/* Memory is read in any case, and 4 bytes set the upper half to 0 in any case. */
static void conditional_move(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
			     struct axvm_x86_values *values)
{
	if (axvm_x86_condition(insn->condition, values->flags))
		set_register(insn, values, values->memory);
	else
		set_register(insn, values, get_register(insn, gprs));
}

void axvm_x86_integer(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
		      struct axvm_x86_values *values)
{
	switch (insn->op) {
	case AXVM_X86_OP_MOV:
		return move(insn, gprs, values);
	case AXVM_X86_OP_MOVBE:
		return move_swapped(insn, gprs, values);
	case AXVM_X86_OP_ADD ... AXVM_X86_OP_CMP:
	case AXVM_X86_OP_TEST:
		return arithmetic(insn, gprs, values);
	case AXVM_X86_OP_ROL ... AXVM_X86_OP_SAR:
		return shift(insn, gprs, values);
	case AXVM_X86_OP_BT ... AXVM_X86_OP_BTC:
		return bit(insn, gprs, values);
	case AXVM_X86_OP_INC ... AXVM_X86_OP_NEG:
		values->memory = axvm_x86_unary(insn->op, insn->width, values->memory,
						&values->flags);
		return;
	case AXVM_X86_OP_XCHG:
		return exchange(insn, gprs, values);
	case AXVM_X86_OP_XADD:
		return exchange_add(insn, gprs, values);
	case AXVM_X86_OP_CMPXCHG:
		return compare_exchange(insn, gprs, values);
	case AXVM_X86_OP_SETCC:
		values->memory = axvm_x86_condition(insn->condition, values->flags);
		return;
	default:
		return conditional_move(insn, gprs, values);
	}
}
