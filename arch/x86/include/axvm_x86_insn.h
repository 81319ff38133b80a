/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86 instructions with an operand in memory, taken apart
 *
 * Accepted is what compilers and kernels use on device memory, and what the string
 * port instructions are; see the tables in opcodes.c and decode_vector.c. Anything
 * else is refused: forms without a memory operand, far and near calls, x87, masked
 * EVEX moves, and all arithmetic on vectors. Nothing is guessed.
 *
 * Nothing here depends on the kernel: selftests/decode compiles the same files as a
 * program, and compares them with another decoder.
 */
#ifndef _AXVM_X86_INSN_H
#define _AXVM_X86_INSN_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>

/** define AXVM_X86_INSN_MAX - The longest instruction, in bytes. */
#define AXVM_X86_INSN_MAX	15
/** define AXVM_X86_INSN_ROOM - Size of a buffer with an instruction. */
#define AXVM_X86_INSN_ROOM	16

/**
 * enum axvm_x86_mode - How code is read: by the code segment's D bit, or L with EFER.LMA.
 * @AXVM_X86_MODE_16: operands and addresses of 16 bits: also real and virtual-8086 mode.
 * @AXVM_X86_MODE_32: 32 bits.
 * @AXVM_X86_MODE_64: 64-bit mode.
 */
enum axvm_x86_mode {
	AXVM_X86_MODE_16,
	AXVM_X86_MODE_32,
	AXVM_X86_MODE_64,
};

/**
 * enum axvm_x86_op - What an instruction does.
 * @AXVM_X86_OP_UNKNOWN: not accepted.
 * @AXVM_X86_OP_NONE: accesses nothing: PREFETCH*, CLFLUSH*, CLWB, NOP.
 * @AXVM_X86_OP_ADD: this and the next seven are in the order of their opcodes.
 * @AXVM_X86_OP_OR: see @AXVM_X86_OP_ADD.
 * @AXVM_X86_OP_ADC: see @AXVM_X86_OP_ADD.
 * @AXVM_X86_OP_SBB: see @AXVM_X86_OP_ADD.
 * @AXVM_X86_OP_AND: see @AXVM_X86_OP_ADD.
 * @AXVM_X86_OP_SUB: see @AXVM_X86_OP_ADD.
 * @AXVM_X86_OP_XOR: see @AXVM_X86_OP_ADD.
 * @AXVM_X86_OP_CMP: see @AXVM_X86_OP_ADD.
 * @AXVM_X86_OP_ROL: this and the next seven are in the order of their encodings.
 * @AXVM_X86_OP_ROR: see @AXVM_X86_OP_ROL.
 * @AXVM_X86_OP_RCL: see @AXVM_X86_OP_ROL.
 * @AXVM_X86_OP_RCR: see @AXVM_X86_OP_ROL.
 * @AXVM_X86_OP_SHL: see @AXVM_X86_OP_ROL.
 * @AXVM_X86_OP_SHR: see @AXVM_X86_OP_ROL.
 * @AXVM_X86_OP_SAL: another encoding of SHL.
 * @AXVM_X86_OP_SAR: see @AXVM_X86_OP_ROL.
 * @AXVM_X86_OP_BT: this and the next three are in the order of their encodings.
 * @AXVM_X86_OP_BTS: see @AXVM_X86_OP_BT.
 * @AXVM_X86_OP_BTR: see @AXVM_X86_OP_BT.
 * @AXVM_X86_OP_BTC: see @AXVM_X86_OP_BT.
 * @AXVM_X86_OP_TEST: TEST.
 * @AXVM_X86_OP_INC: INC.
 * @AXVM_X86_OP_DEC: DEC.
 * @AXVM_X86_OP_NOT: NOT.
 * @AXVM_X86_OP_NEG: NEG.
 * @AXVM_X86_OP_MOV: MOV, MOVZX, MOVSX, MOVSXD, MOVNTI.
 * @AXVM_X86_OP_MOVBE: MOVBE.
 * @AXVM_X86_OP_MOV_SEG: MOV to or from a segment register.
 * @AXVM_X86_OP_XCHG: XCHG.
 * @AXVM_X86_OP_XADD: XADD.
 * @AXVM_X86_OP_CMPXCHG: CMPXCHG.
 * @AXVM_X86_OP_CMPXCHG_PAIR: CMPXCHG8B, CMPXCHG16B.
 * @AXVM_X86_OP_SETCC: SETcc.
 * @AXVM_X86_OP_CMOVCC: CMOVcc.
 * @AXVM_X86_OP_PUSH: PUSH from memory.
 * @AXVM_X86_OP_POP: POP to memory.
 * @AXVM_X86_OP_MOVS: from here to the last, string instructions.
 * @AXVM_X86_OP_STOS: see @AXVM_X86_OP_MOVS.
 * @AXVM_X86_OP_LODS: see @AXVM_X86_OP_MOVS.
 * @AXVM_X86_OP_CMPS: see @AXVM_X86_OP_MOVS.
 * @AXVM_X86_OP_SCAS: see @AXVM_X86_OP_MOVS.
 * @AXVM_X86_OP_INS: see @AXVM_X86_OP_MOVS.
 * @AXVM_X86_OP_OUTS: see @AXVM_X86_OP_MOVS.
 * @AXVM_X86_OP_VECTOR: a vector register is moved whole or in its lowest part; when loaded,
 *	the rest of 16 bytes becomes 0.
 * @AXVM_X86_OP_VECTOR_LOW: MOVLPS, MOVLPD: bytes 7:0; the rest of 16 bytes comes
 *	from @source.
 * @AXVM_X86_OP_VECTOR_HIGH: MOVHPS, MOVHPD: bytes 15:8, likewise.
 */
enum axvm_x86_op {
	AXVM_X86_OP_UNKNOWN,
	AXVM_X86_OP_NONE,
	AXVM_X86_OP_ADD,
	AXVM_X86_OP_OR,
	AXVM_X86_OP_ADC,
	AXVM_X86_OP_SBB,
	AXVM_X86_OP_AND,
	AXVM_X86_OP_SUB,
	AXVM_X86_OP_XOR,
	AXVM_X86_OP_CMP,
	AXVM_X86_OP_ROL,
	AXVM_X86_OP_ROR,
	AXVM_X86_OP_RCL,
	AXVM_X86_OP_RCR,
	AXVM_X86_OP_SHL,
	AXVM_X86_OP_SHR,
	AXVM_X86_OP_SAL,
	AXVM_X86_OP_SAR,
	AXVM_X86_OP_BT,
	AXVM_X86_OP_BTS,
	AXVM_X86_OP_BTR,
	AXVM_X86_OP_BTC,
	AXVM_X86_OP_TEST,
	AXVM_X86_OP_INC,
	AXVM_X86_OP_DEC,
	AXVM_X86_OP_NOT,
	AXVM_X86_OP_NEG,
	AXVM_X86_OP_MOV,
	AXVM_X86_OP_MOVBE,
	AXVM_X86_OP_MOV_SEG,
	AXVM_X86_OP_XCHG,
	AXVM_X86_OP_XADD,
	AXVM_X86_OP_CMPXCHG,
	AXVM_X86_OP_CMPXCHG_PAIR,
	AXVM_X86_OP_SETCC,
	AXVM_X86_OP_CMOVCC,
	AXVM_X86_OP_PUSH,
	AXVM_X86_OP_POP,
	AXVM_X86_OP_MOVS,
	AXVM_X86_OP_STOS,
	AXVM_X86_OP_LODS,
	AXVM_X86_OP_CMPS,
	AXVM_X86_OP_SCAS,
	AXVM_X86_OP_INS,
	AXVM_X86_OP_OUTS,
	AXVM_X86_OP_VECTOR,
	AXVM_X86_OP_VECTOR_LOW,
	AXVM_X86_OP_VECTOR_HIGH,
};

/* What else &struct axvm_x86_insn.reg, .base and .index can say. */
/** define AXVM_X86_BASE_RIP - The address is relative to the next instruction. */
#define AXVM_X86_BASE_RIP	32
/** define AXVM_X86_NO_REG - There is no register. */
#define AXVM_X86_NO_REG		33
/** define AXVM_X86_MMX - As a vector register: MM0, and seven more. */
#define AXVM_X86_MMX		32

/* &struct axvm_x86_insn.flags */
/** define AXVM_X86_INSN_READ - The memory operand is read. */
#define AXVM_X86_INSN_READ		BIT(0)
/** define AXVM_X86_INSN_WRITE - The memory operand is written. */
#define AXVM_X86_INSN_WRITE		BIT(1)
/** define AXVM_X86_INSN_REG - There is a register operand, @reg. */
#define AXVM_X86_INSN_REG		BIT(2)
/** define AXVM_X86_INSN_TO_REG - It is the first operand, or the only one that is written. */
#define AXVM_X86_INSN_TO_REG		BIT(3)
/** define AXVM_X86_INSN_HIGH_BYTE - It is AH, CH, DH or BH: bits 15:8 of @reg. */
#define AXVM_X86_INSN_HIGH_BYTE	BIT(4)
/** define AXVM_X86_INSN_IMM - There is an immediate operand. */
#define AXVM_X86_INSN_IMM		BIT(5)
/** define AXVM_X86_INSN_SIGN - What is read is sign-extended to the register. */
#define AXVM_X86_INSN_SIGN		BIT(6)
/** define AXVM_X86_INSN_LOCK - Prefix LOCK. */
#define AXVM_X86_INSN_LOCK		BIT(7)
/** define AXVM_X86_INSN_REP - Prefix REP or REPE. */
#define AXVM_X86_INSN_REP		BIT(8)
/** define AXVM_X86_INSN_REPNE - Prefix REPNE; the last of the two prefixes counts. */
#define AXVM_X86_INSN_REPNE		BIT(9)
/** define AXVM_X86_INSN_ALIGNED - The address must be a multiple of @width. */
#define AXVM_X86_INSN_ALIGNED	BIT(10)
/** define AXVM_X86_INSN_VEX - VEX or EVEX: a vector register is set whole, 0 beyond the operand. */
#define AXVM_X86_INSN_VEX		BIT(11)
/** define AXVM_X86_INSN_STRING - The operands are where (E)SI and (E)DI point. */
#define AXVM_X86_INSN_STRING		BIT(12)

/**
 * struct axvm_x86_insn - An instruction.
 * @op: enum axvm_x86_op.
 * @mode: enum axvm_x86_mode that it was read in.
 * @length: in bytes.
 * @operand_size: bytes of general operands: 1, 2, 4 or 8; 0 if it has none.
 * @address_size: bytes of addresses: 2, 4 or 8.
 * @width: bytes of memory accessed: up to 64; 0 for %AXVM_X86_OP_NONE. Of string
 *	instructions, at either address.
 * @segment: enum axvm_x86_segment_name of the memory operand, or of the one at (E)SI.
 * @base: number of the base register, %AXVM_X86_BASE_RIP or %AXVM_X86_NO_REG.
 * @index: number of the index register, or %AXVM_X86_NO_REG.
 * @scale: the index is shifted left by this.
 * @reg: number of the register operand: general, segment, or vector with %AXVM_X86_MMX.
 * @source: of vector loads that leave a part: the register that it comes from.
 * @condition: of SETcc, CMOVcc: the low four bits of the opcode.
 * @flags: %AXVM_X86_INSN_READ and so on.
 * @displacement: sign-extended; or a whole address.
 * @immediate: sign-extended.
 */
struct axvm_x86_insn {
	u8 op;
	u8 mode;
	u8 length;
	u8 operand_size;
	u8 address_size;
	u8 width;
	u8 segment;
	u8 base;
	u8 index;
	u8 scale;
	u8 reg;
	u8 source;
	u8 condition;
	u16 flags;
	u64 displacement;
	u64 immediate;
};

/**
 * enum axvm_x86_decoded - What became of decoding.
 * @AXVM_X86_DECODED: it is one of those that are accepted.
 * @AXVM_X86_DECODED_UNKNOWN: it is not.
 * @AXVM_X86_DECODED_SHORT: more bytes are needed to tell.
 * @AXVM_X86_DECODED_UD: it is one of those, but with LOCK where that is #UD, or with VEX
 *	and a prefix that must not be there.
 * @AXVM_X86_DECODED_GP: it is longer than 15 bytes: #GP(0).
 */
enum axvm_x86_decoded {
	AXVM_X86_DECODED,
	AXVM_X86_DECODED_UNKNOWN,
	AXVM_X86_DECODED_SHORT,
	AXVM_X86_DECODED_UD,
	AXVM_X86_DECODED_GP,
};

/**
 * axvm_x86_decode() - Take an instruction apart.
 * @bytes: the instruction and what may follow it.
 * @nr: how many bytes there are; what is after the 15th is not looked at.
 * @mode: what the code segment says.
 * @insn: filled if it is accepted, else of no meaning.
 *
 * Return: see enum axvm_x86_decoded.
 */
enum axvm_x86_decoded axvm_x86_decode(const u8 *bytes, unsigned int nr, enum axvm_x86_mode mode,
				      struct axvm_x86_insn *insn);

/**
 * struct axvm_x86_mov - A plain move between memory and a register.
 * @write: to memory.
 * @immediate: what is written is @value, not a register; then @reg is 0.
 * @width: bytes of memory: 1, 2, 4 or 8.
 * @sign_extend: what is read is sign-extended to @reg_width.
 * @reg: the register.
 * @reg_width: bytes of it. 4 sets the upper half to 0; of 1 and 2 the rest stays.
 * @length: of the instruction.
 * @value: immediate, sign-extended; else 0.
 */
struct axvm_x86_mov {
	bool write;
	bool immediate;
	u8 width;
	u8 sign_extend;
	u8 reg;
	u8 reg_width;
	u8 length;
	u64 value;
};

/*
 * By ModRM: how many bytes it is with SIB and displacement, 0 for a register; and whether
 * SIB may tell of a displacement.
 */
#define AXVM_X86_MODRM_LENGTH	0x07
#define AXVM_X86_MODRM_SIB	0x08
extern const u8 axvm_x86_modrm[256];

/* C6 and C7. @insn: ModRM in the lowest byte; the immediate is at @length. */
static inline bool axvm_x86_decode_mov_immediate(const u8 *bytes, u8 modrm,
						 struct axvm_x86_mov *mov)
{
	unsigned int size = mov->width < 4 ? mov->width : 4;
	s32 value;

	/* What is read beyond the instruction is shifted out again. */
	memcpy(&value, bytes + mov->length, sizeof(value));
	mov->value = (s64)((u64)value << (64 - size * 8)) >> (64 - size * 8);
	mov->length += size;
	mov->immediate = true;
	mov->write = true;
	mov->reg = 0;
	return !(modrm & 0x38);
}

/**
 * axvm_x86_decode_mov() - Take the accesses apart that nearly all are, and quickly.
 * @bytes: the instruction, in a buffer of %AXVM_X86_INSN_ROOM bytes.
 * @nr: how many of them are valid.
 * @mov: filled if it is one; else of no meaning.
 *
 * In 64-bit mode only: MOV by opcodes 88 to 8B, C6 and C7, MOVZX and MOVSX, with
 * an operand-size prefix or REX or both. AH to BH are left to axvm_x86_decode(). Inline, so
 * that what it finds need not go through memory.
 *
 * Return: whether it is one of these.
 */
static __always_inline bool axvm_x86_decode_mov(const u8 *bytes, unsigned int nr,
						struct axvm_x86_mov *mov)
{
	unsigned int size = 4, length = 0, rex = 0;
	u8 opcode, modrm, shape;
	u64 insn;

	/* Two prefixes, two bytes of opcode, ModRM and SIB fit. */
	memcpy(&insn, bytes, sizeof(insn));
	if (unlikely((u8)insn == 0x66)) {
		size = 2;
		insn >>= 8;
		length = 1;
	}
	if ((insn & 0xf0) == 0x40) {
		rex = insn & 0xff;
		size = rex & 8 ? 8 : size;
		insn >>= 8;
		length++;
	}
	opcode = insn;
	*mov = (struct axvm_x86_mov){ .width = opcode & 1 ? size : 1 };
	mov->reg_width = mov->width;
	if (likely((opcode & 0xfc) == 0x88)) {
		mov->write = !(opcode & 2);
	} else if ((insn & 0xf6ff) == 0xb60f) {
		insn >>= 8;
		length++;
		mov->width = 1 + (insn & 1);
		mov->reg_width = size;
		mov->sign_extend = insn >> 3 & 1;
	} else if ((opcode & 0xfe) != 0xc6) {
		return false;
	}
	modrm = insn >> 8;
	shape = axvm_x86_modrm[modrm];
	if (shape & AXVM_X86_MODRM_SIB && (insn >> 16 & 7) == 5)
		length += 4;
	mov->reg = (modrm >> 3 & 7) | (rex << 1 & 8);
	mov->length = 1 + length + (shape & AXVM_X86_MODRM_LENGTH);
	if (unlikely(!shape))
		return false;
	if (unlikely((opcode & 0xfe) == 0xc6)) {
		if (!axvm_x86_decode_mov_immediate(bytes, modrm, mov))
			return false;
	} else if (mov->reg_width == 1 && !rex && mov->reg >= 4) {
		/* Without REX these are AH to BH. */
		return false;
	}
	return mov->length <= nr;
}

#endif /* _AXVM_X86_INSN_H */
