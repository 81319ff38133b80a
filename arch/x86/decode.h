/* SPDX-License-Identifier: GPL-2.0 */
/* The decoder: what its files share. */
#ifndef _AXVM_X86_DECODE_H
#define _AXVM_X86_DECODE_H

#include <linux/bits.h>
#include <linux/types.h>

#include "axvm_x86_insn.h"

/*
 * What the opcode tables say: an operation in the lowest byte, or the number of a
 * group, in which ModRM.reg tells them apart; and these.
 */
#define OPC_OP(opcode)	((opcode) & 0xff)
/* Operands are bytes; else their size is by prefixes. */
#define OPC_BYTE	BIT(8)
#define OPC_READ	BIT(9)
#define OPC_WRITE	BIT(10)
/* ModRM.reg is an operand, and perhaps the destination. */
#define OPC_REG		BIT(11)
#define OPC_TO_REG	BIT(12)
/* An immediate of the operand size, but no more than 4 bytes; of 1 byte; the number 1. */
#define OPC_IMM		BIT(13)
#define OPC_IMM8	BIT(14)
#define OPC_ONE		BIT(15)
/* CL is an operand. */
#define OPC_CL		BIT(16)
#define OPC_LOCK	BIT(17)
/* The memory operand's width, if it is not the operand size. */
#define OPC_MEM8	BIT(18)
#define OPC_MEM16	BIT(19)
#define OPC_SIGN	BIT(20)
/* 64-bit mode only, memory of 4 bytes. Refused with 66: vendors differ in what it reads then. */
#define OPC_MOVSXD	BIT(21)
#define OPC_NO64	BIT(22)
/* Operands are of 8 bytes in 64-bit mode without being asked. */
#define OPC_STACK	BIT(23)
/* Operands are of 4 bytes at most. */
#define OPC_NO_QWORD	BIT(24)
/* Without ModRM: a string instruction, a move of rAX to or from an address. */
#define OPC_STRING	BIT(25)
#define OPC_OFFSET	BIT(26)
#define OPC_GROUP	BIT(27)
/* Not with F2 or F3; with none of 66, F2, F3, and then operands are of 4 bytes or 8. */
#define OPC_NO_REP	BIT(28)
#define OPC_NO_SIMD	BIT(29)
/* In decode_vector.c. */
#define OPC_VECTOR	BIT(30)
#define OPC_MODIFY	(OPC_READ | OPC_WRITE | OPC_LOCK)

/* Opcode maps: one byte, after 0F, after 0F 38. */
#define MAP_ONE		0
#define MAP_0F		1
#define MAP_0F38	2

/* As in VEX and EVEX; they are ORed. */
#define REX_B		1
#define REX_X		2
#define REX_R		4
#define REX_W		8

enum encoding {
	ENCODING_LEGACY,
	ENCODING_VEX,
	ENCODING_EVEX,
};

/**
 * struct decoder - An instruction on its way.
 * @bytes: what there is of it.
 * @nr: how many bytes.
 * @at: the next one.
 * @ended: more were wanted than there are.
 * @mode: enum axvm_x86_mode.
 * @encoding: enum encoding.
 * @map: opcode map.
 * @opcode: opcode in it.
 * @modrm: its ModRM byte.
 * @rex: REX_W and so on, whichever prefix they came from.
 * @has_rex: with a REX prefix, byte registers 4 to 7 are SPL to DIL.
 * @operand_16: prefix 66.
 * @address_other: prefix 67.
 * @lock: prefix F0.
 * @repeat: the last of prefixes F2 and F3, or 0.
 * @segment: enum axvm_x86_segment_name by a prefix, or NO_SEGMENT.
 * @simd: VEX and EVEX: the prefix that pp stands for. Legacy: the one of 66, F2 and F3 that
 *	selects among vector instructions.
 * @vvvv: VEX and EVEX: the second source, 0 to 31.
 * @reg_16: EVEX: 16 is added to ModRM.reg.
 * @vector: VEX and EVEX: bytes of a vector.
 * @disp8_shift: EVEX: displacements of a byte are shifted left by this.
 * @insn: the result.
 */
struct decoder {
	const u8 *bytes;
	u8 nr;
	u8 at;
	bool ended;
	u8 mode;
	u8 encoding;
	u8 map;
	u8 opcode;
	u8 modrm;
	u8 rex;
	bool has_rex;
	bool operand_16;
	bool address_other;
	bool lock;
	u8 repeat;
	u8 segment;
	u8 simd;
	u8 vvvv;
	bool reg_16;
	u8 vector;
	u8 disp8_shift;
	struct axvm_x86_insn *insn;
};

#define NO_SEGMENT	0xff

/* Zeros after the end: whoever reads on looks at @ended before the result is used. */
static inline u8 next_byte(struct decoder *d)
{
	if (d->at < d->nr)
		return d->bytes[d->at++];
	d->ended = true;
	return 0;
}

static inline u8 modrm_reg(const struct decoder *d)
{
	return d->modrm >> 3 & 7;
}

/* opcodes.c: the entry of an opcode, 0 if it is not accepted; of a group's member. */
u32 axvm_x86_opcode(u8 map, u8 opcode);
u32 axvm_x86_group(u32 entry, u8 reg);

/* decode_prefix.c: up to and with the opcode. */
enum axvm_x86_decoded axvm_x86_decode_prefixes(struct decoder *d);

/* decode_memory.c: the operand of ModRM, SIB and displacement. */
void axvm_x86_decode_memory(struct decoder *d);
u64 axvm_x86_decode_number(struct decoder *d, unsigned int bytes);

/* decode_vector.c: what vector instruction it is, ModRM having been read. */
enum axvm_x86_decoded axvm_x86_decode_vector(struct decoder *d);

#endif /* _AXVM_X86_DECODE_H */
