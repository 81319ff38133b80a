// SPDX-License-Identifier: GPL-2.0
/*
 * Arithmetic and its flags, exactly
 *
 * Flags that the manuals call undefined stay as they are, but AF becomes 0 by
 * logical operations, as on every processor. A number's upper bits may be
 * anything when it comes in, and are 0 when it goes out.
 */
#include <linux/bits.h>
#include <linux/kernel.h>

#include "emulate.h"

static u64 flag(u64 flag, bool set)
{
	return set ? flag : 0;
}

static bool msb(u64 value, unsigned int bytes)
{
	return value >> (bytes * 8 - 1) & 1;
}

/* Even parity of the lowest byte: 0x6996 has the odd ones of 16. */
static bool even_parity(u64 value)
{
	return !(0x6996 >> ((value ^ value >> 4) & 0xf) & 1);
}

static u64 result_flags(u64 result, unsigned int bytes)
{
	return flag(FLAG_ZF, !(result & axvm_x86_mask(bytes))) |
	       flag(FLAG_SF, msb(result, bytes)) | flag(FLAG_PF, even_parity(result));
}

static void set_flags(u64 *flags, u64 which, u64 values)
{
	*flags = (*flags & ~which) | (values & which);
}

/* The carry into each bit is where the sum is not the exclusive or. */
static u64 add(unsigned int bytes, u64 first, u64 second, bool carry, u64 *flags)
{
	u64 result = first + second + carry;
	u64 carries = (first & second) | ((first | second) & ~result);
	u64 overflow = (first ^ result) & (second ^ result);

	set_flags(flags, FLAGS_ARITHMETIC,
		  result_flags(result, bytes) | flag(FLAG_CF, msb(carries, bytes)) |
		  flag(FLAG_OF, msb(overflow, bytes)) |
		  flag(FLAG_AF, (first ^ second ^ result) & 0x10));
	return result;
}

static u64 subtract(unsigned int bytes, u64 first, u64 second, bool borrow, u64 *flags)
{
	u64 result = first - second - borrow;
	u64 borrows = (~first & second) | ((~first | second) & result);
	u64 overflow = (first ^ second) & (first ^ result);

	set_flags(flags, FLAGS_ARITHMETIC,
		  result_flags(result, bytes) | flag(FLAG_CF, msb(borrows, bytes)) |
		  flag(FLAG_OF, msb(overflow, bytes)) |
		  flag(FLAG_AF, (first ^ second ^ result) & 0x10));
	return result;
}

static u64 logical(unsigned int bytes, u64 result, u64 *flags)
{
	set_flags(flags, FLAGS_ARITHMETIC, result_flags(result, bytes));
	return result;
}

u64 axvm_x86_arithmetic(enum axvm_x86_op op, unsigned int bytes, u64 first, u64 second,
			u64 *flags)
{
	bool carry = *flags & FLAG_CF;
	u64 result;

	switch (op) {
	case AXVM_X86_OP_ADD:
		result = add(bytes, first, second, false, flags);
		break;
	case AXVM_X86_OP_ADC:
		result = add(bytes, first, second, carry, flags);
		break;
	case AXVM_X86_OP_SBB:
		result = subtract(bytes, first, second, carry, flags);
		break;
	case AXVM_X86_OP_OR:
		result = logical(bytes, first | second, flags);
		break;
	case AXVM_X86_OP_XOR:
		result = logical(bytes, first ^ second, flags);
		break;
	case AXVM_X86_OP_AND:
	case AXVM_X86_OP_TEST:
		result = logical(bytes, first & second, flags);
		break;
	default:		/* SUB, CMP */
		result = subtract(bytes, first, second, false, flags);
		break;
	}
	return result & axvm_x86_mask(bytes);
}

/* INC and DEC leave CF alone, NOT leaves all. */
u64 axvm_x86_unary(enum axvm_x86_op op, unsigned int bytes, u64 value, u64 *flags)
{
	u64 carry = *flags & FLAG_CF;
	u64 result;

	switch (op) {
	case AXVM_X86_OP_INC:
		result = add(bytes, value, 1, false, flags);
		set_flags(flags, FLAG_CF, carry);
		break;
	case AXVM_X86_OP_DEC:
		result = subtract(bytes, value, 1, false, flags);
		set_flags(flags, FLAG_CF, carry);
		break;
	case AXVM_X86_OP_NEG:
		result = subtract(bytes, 0, value, false, flags);
		break;
	default:		/* NOT */
		result = ~value;
		break;
	}
	return result & axvm_x86_mask(bytes);
}

static u64 shift_left(unsigned int bits, u64 value, unsigned int count, bool *carry)
{
	/* Of 8 and 16 bits all can go, and the carry with them. */
	*carry = count <= bits && value >> (bits - count) & 1;
	return value << count;
}

static u64 shift_right(u64 value, unsigned int count, bool *carry)
{
	*carry = value >> (count - 1) & 1;
	return value >> count;
}

static u64 shift_right_signed(unsigned int bytes, u64 value, unsigned int count, bool *carry)
{
	s64 extended = axvm_x86_sign_extend(value, bytes);

	*carry = extended >> (count - 1) & 1;
	return extended >> count;
}

/* @count is not 0. OF is defined for 1 only, by a rule for each operation. */
static u64 shift(enum axvm_x86_op op, unsigned int bytes, u64 value, unsigned int count,
		 u64 *flags)
{
	u64 result, which = FLAG_CF | FLAG_ZF | FLAG_SF | FLAG_PF;
	bool carry, overflow;

	switch (op) {
	case AXVM_X86_OP_SHR:
		result = shift_right(value, count, &carry);
		overflow = msb(value, bytes);
		break;
	case AXVM_X86_OP_SAR:
		result = shift_right_signed(bytes, value, count, &carry);
		overflow = false;
		break;
	default:		/* SHL, SAL */
		result = shift_left(bytes * 8, value, count, &carry);
		overflow = msb(result, bytes) != carry;
		break;
	}
	if (count == 1)
		which |= FLAG_OF;
	set_flags(flags, which, result_flags(result, bytes) | flag(FLAG_CF, carry) |
		  flag(FLAG_OF, overflow));
	return result;
}

static u64 rotate_left(unsigned int bytes, u64 value, unsigned int count)
{
	unsigned int bits = bytes * 8;

	count %= bits;
	return count ? value << count | value >> (bits - count) : value;
}

/* Through the carry, a bit at a time: nobody does this to a device. */
static u64 rotate_with_carry(bool left, unsigned int bytes, u64 value, unsigned int count,
			     bool *carry)
{
	unsigned int top = bytes * 8 - 1;
	bool out;

	for (count %= bytes * 8 + 1; count; count--) {
		out = left ? value >> top & 1 : value & 1;
		if (left)
			value = (value << 1 & axvm_x86_mask(bytes)) | *carry;
		else
			value = value >> 1 | (u64)*carry << top;
		*carry = out;
	}
	return value;
}

/* @count is not 0. Of a rotation to the right, OF is whether the two highest bits differ. */
static u64 rotate(enum axvm_x86_op op, unsigned int bytes, u64 value, unsigned int count,
		  u64 *flags)
{
	bool carry = *flags & FLAG_CF, overflow;
	u64 result;

	switch (op) {
	case AXVM_X86_OP_ROL:
		result = rotate_left(bytes, value, count);
		carry = result & 1;
		break;
	case AXVM_X86_OP_ROR:
		result = rotate_left(bytes, value, bytes * 8 - count % (bytes * 8));
		carry = msb(result, bytes);
		break;
	default:		/* RCL, RCR */
		result = rotate_with_carry(op == AXVM_X86_OP_RCL, bytes, value, count, &carry);
		break;
	}
	if (op == AXVM_X86_OP_ROL || op == AXVM_X86_OP_RCL)
		overflow = msb(result, bytes) != carry;
	else
		overflow = msb(result, bytes) != msb(result << 1, bytes);
	set_flags(flags, count == 1 ? FLAG_CF | FLAG_OF : FLAG_CF,
		  flag(FLAG_CF, carry) | flag(FLAG_OF, overflow));
	return result;
}

u64 axvm_x86_shift(enum axvm_x86_op op, unsigned int bytes, u64 value, unsigned int count,
		   u64 *flags)
{
	u64 result;

	value &= axvm_x86_mask(bytes);
	count &= bytes == 8 ? 63 : 31;
	if (!count)
		return value;
	if (op >= AXVM_X86_OP_SHL)
		result = shift(op, bytes, value, count, flags);
	else
		result = rotate(op, bytes, value, count, flags);
	return result & axvm_x86_mask(bytes);
}

/* @bit is within the operand. */
u64 axvm_x86_bit(enum axvm_x86_op op, unsigned int bytes, u64 value, unsigned int bit, u64 *flags)
{
	u64 mask = 1ULL << (bit & (bytes * 8 - 1));

	set_flags(flags, FLAG_CF, flag(FLAG_CF, value & mask));
	switch (op) {
	case AXVM_X86_OP_BTS:
		return value | mask;
	case AXVM_X86_OP_BTR:
		return value & ~mask;
	case AXVM_X86_OP_BTC:
		return value ^ mask;
	default:		/* BT */
		return value;
	}
}

/* The lowest bit negates. */
bool axvm_x86_condition(u8 condition, u64 flags)
{
	bool less = !(flags & FLAG_SF) != !(flags & FLAG_OF);
	bool is;

	switch (condition >> 1 & 7) {
	case 0:
		is = flags & FLAG_OF;
		break;
	case 1:
		is = flags & FLAG_CF;
		break;
	case 2:
		is = flags & FLAG_ZF;
		break;
	case 3:
		is = flags & (FLAG_CF | FLAG_ZF);
		break;
	case 4:
		is = flags & FLAG_SF;
		break;
	case 5:
		is = flags & FLAG_PF;
		break;
	case 6:
		is = less;
		break;
	default:
		is = less || flags & FLAG_ZF;
		break;
	}
	return is != (condition & 1);
}
