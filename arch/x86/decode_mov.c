// SPDX-License-Identifier: GPL-2.0
/*
 * The moves that nearly every access to a device is, in a few dozen instructions
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "axvm_x86_insn.h"

/* How many bytes ModRM, SIB and the displacement are. @insn: ModRM in the lowest byte. */
static __always_inline unsigned int operand_length(u32 insn)
{
	unsigned int mod = insn >> 6 & 3;
	unsigned int base = insn & 7;
	unsigned int length = 1;

	if (base == 4) {
		length = 2;
		base = insn >> 8 & 7;
	}
	if (mod == 1)
		return length + 1;
	if (mod == 2 || base == 5)
		return length + 4;
	return length;
}

/* The opcode, or two, in the lowest bytes. */
static __always_inline bool is_mov(u32 insn)
{
	return (insn & 0xfc) == 0x88;
}

static __always_inline bool is_movzx(u32 insn)
{
	return (insn & 0xf6ff) == 0xb60f;
}

static __always_inline bool is_mov_immediate(u32 insn)
{
	return (insn & 0xfe) == 0xc6;
}

/* C6 and C7. @insn: ModRM in the lowest byte; @length: what is before it. */
static noinline bool immediate(const u8 *bytes, unsigned int nr, u32 insn, unsigned int length,
			       struct axvm_x86_mov *mov)
{
	unsigned int size = min_t(unsigned int, mov->width, 4);
	s32 value;

	if (insn & 0x38 || (insn & 0xc0) == 0xc0)
		return false;
	length += operand_length(insn);
	/* What is beyond the instruction is shifted out again. */
	memcpy(&value, bytes + length, sizeof(value));
	mov->value = (s64)((u64)value << (64 - size * 8)) >> (64 - size * 8);
	mov->immediate = true;
	mov->write = true;
	mov->sign_extend = false;
	mov->length = length + size;
	return mov->length <= nr;
}

bool axvm_x86_decode_mov(const u8 *bytes, unsigned int nr, struct axvm_x86_mov *mov)
{
	unsigned int size = 4, length = 1, rex = 0;
	u64 insn;

	/* Two prefixes, two bytes of opcode, ModRM and SIB fit. */
	memcpy(&insn, bytes, sizeof(insn));
	if ((u8)insn == 0x66) {
		size = 2;
		insn >>= 8;
		length++;
	}
	if ((insn & 0xf0) == 0x40) {
		rex = insn & 0xff;
		size = rex & 8 ? 8 : size;
		insn >>= 8;
		length++;
	}
	mov->width = insn & 1 ? size : 1;
	if (likely(is_mov(insn))) {
		mov->write = !(insn & 2);
		mov->reg_width = mov->width;
		mov->sign_extend = false;
	} else if (is_movzx(insn)) {
		insn >>= 8;
		length++;
		mov->write = false;
		mov->width = insn & 1 ? 2 : 1;
		mov->reg_width = size;
		mov->sign_extend = insn >> 3 & 1;
	} else {
		return is_mov_immediate(insn) && immediate(bytes, nr, insn >> 8, length, mov);
	}
	insn >>= 8;
	mov->immediate = false;
	mov->reg = (insn >> 3 & 7) | (rex << 1 & 8);
	/* Without REX, byte registers 4 to 7 are AH to BH. */
	if ((insn & 0xc0) == 0xc0 || (mov->reg_width == 1 && !rex && mov->reg >= 4))
		return false;
	mov->length = length + operand_length(insn);
	return mov->length <= nr;
}
