// SPDX-License-Identifier: GPL-2.0
/*
 * The opcodes that are accepted
 *
 * SDM volume 2, "Opcode Map"; the forms that have an operand in memory. A 0 is an
 * opcode that is refused.
 */
#include <linux/kernel.h>

#include "decode.h"

#define OP(name)	AXVM_X86_OP_##name
#define MOVE_TO_REG	(OPC_READ | OPC_REG | OPC_TO_REG)
#define STRING_READ	(OPC_STRING | OPC_READ)
#define STRING_WRITE	(OPC_STRING | OPC_WRITE)

/* Groups of opcodes, by the number in the manual. */
enum group {
	GROUP_1,
	GROUP_1A,
	GROUP_2,
	GROUP_3,
	GROUP_4,
	GROUP_5,
	GROUP_8,
	GROUP_9,
	GROUP_11,
	GROUP_15,
	GROUP_16,
	GROUP_P,
	GROUPS
};

static const u32 groups[GROUPS][8] = {
	[GROUP_1] = {
		OP(ADD) | OPC_MODIFY, OP(OR) | OPC_MODIFY, OP(ADC) | OPC_MODIFY,
		OP(SBB) | OPC_MODIFY, OP(AND) | OPC_MODIFY, OP(SUB) | OPC_MODIFY,
		OP(XOR) | OPC_MODIFY, OP(CMP) | OPC_READ,
	},
	[GROUP_1A] = { [0] = OP(POP) | OPC_WRITE | OPC_STACK },
	[GROUP_2] = {
		OP(ROL) | OPC_READ | OPC_WRITE, OP(ROR) | OPC_READ | OPC_WRITE,
		OP(RCL) | OPC_READ | OPC_WRITE, OP(RCR) | OPC_READ | OPC_WRITE,
		OP(SHL) | OPC_READ | OPC_WRITE, OP(SHR) | OPC_READ | OPC_WRITE,
		OP(SAL) | OPC_READ | OPC_WRITE, OP(SAR) | OPC_READ | OPC_WRITE,
	},
	[GROUP_3] = {
		[0] = OP(TEST) | OPC_READ | OPC_IMM,
		[1] = OP(TEST) | OPC_READ | OPC_IMM,
		[2] = OP(NOT) | OPC_MODIFY,
		[3] = OP(NEG) | OPC_MODIFY,
	},
	[GROUP_4] = {
		[0] = OP(INC) | OPC_MODIFY,
		[1] = OP(DEC) | OPC_MODIFY,
	},
	[GROUP_5] = {
		[0] = OP(INC) | OPC_MODIFY,
		[1] = OP(DEC) | OPC_MODIFY,
		[6] = OP(PUSH) | OPC_READ | OPC_STACK,
	},
	[GROUP_8] = {
		[4] = OP(BT) | OPC_READ,
		[5] = OP(BTS) | OPC_MODIFY,
		[6] = OP(BTR) | OPC_MODIFY,
		[7] = OP(BTC) | OPC_MODIFY,
	},
	[GROUP_9] = { [1] = OP(CMPXCHG_PAIR) | OPC_MODIFY },
	[GROUP_11] = { [0] = OP(MOV) | OPC_WRITE | OPC_IMM },
	[GROUP_15] = {
		/* CLWB with 66, else XSAVEOPT; see is_hint(). */
		[6] = OP(NONE) | OPC_NO_REP,
		[7] = OP(NONE) | OPC_NO_REP,
	},
	[GROUP_16] = {
		OP(NONE), OP(NONE), OP(NONE), OP(NONE), OP(NONE), OP(NONE), OP(NONE), OP(NONE),
	},
	[GROUP_P] = {
		OP(NONE), OP(NONE), OP(NONE), OP(NONE), OP(NONE), OP(NONE), OP(NONE), OP(NONE),
	},
};

/* From 00 on, eight opcodes for each of eight operations; the first four have ModRM. */
static const u32 arithmetic[4] = {
	OPC_MODIFY | OPC_REG | OPC_BYTE,
	OPC_MODIFY | OPC_REG,
	MOVE_TO_REG | OPC_BYTE,
	MOVE_TO_REG,
};

static const u32 one_byte[256] = {
	[0x63] = OP(MOV) | MOVE_TO_REG | OPC_SIGN | OPC_MOVSXD,
	[0x6c] = OP(INS) | STRING_WRITE | OPC_BYTE,
	[0x6d] = OP(INS) | STRING_WRITE | OPC_NO_QWORD,
	[0x6e] = OP(OUTS) | STRING_READ | OPC_BYTE,
	[0x6f] = OP(OUTS) | STRING_READ | OPC_NO_QWORD,
	[0x80] = GROUP_1 | OPC_GROUP | OPC_BYTE | OPC_IMM8,
	[0x81] = GROUP_1 | OPC_GROUP | OPC_IMM,
	[0x82] = GROUP_1 | OPC_GROUP | OPC_BYTE | OPC_IMM8 | OPC_NO64,
	[0x83] = GROUP_1 | OPC_GROUP | OPC_IMM8,
	[0x84] = OP(TEST) | OPC_READ | OPC_REG | OPC_BYTE,
	[0x85] = OP(TEST) | OPC_READ | OPC_REG,
	[0x86] = OP(XCHG) | OPC_MODIFY | OPC_REG | OPC_BYTE,
	[0x87] = OP(XCHG) | OPC_MODIFY | OPC_REG,
	[0x88] = OP(MOV) | OPC_WRITE | OPC_REG | OPC_BYTE,
	[0x89] = OP(MOV) | OPC_WRITE | OPC_REG,
	[0x8a] = OP(MOV) | MOVE_TO_REG | OPC_BYTE,
	[0x8b] = OP(MOV) | MOVE_TO_REG,
	[0x8c] = OP(MOV_SEG) | OPC_WRITE | OPC_REG | OPC_MEM16,
	[0x8e] = OP(MOV_SEG) | MOVE_TO_REG | OPC_MEM16,
	[0x8f] = GROUP_1A | OPC_GROUP,
	[0xa0] = OP(MOV) | MOVE_TO_REG | OPC_OFFSET | OPC_BYTE,
	[0xa1] = OP(MOV) | MOVE_TO_REG | OPC_OFFSET,
	[0xa2] = OP(MOV) | OPC_WRITE | OPC_REG | OPC_OFFSET | OPC_BYTE,
	[0xa3] = OP(MOV) | OPC_WRITE | OPC_REG | OPC_OFFSET,
	[0xa4] = OP(MOVS) | OPC_STRING | OPC_READ | OPC_WRITE | OPC_BYTE,
	[0xa5] = OP(MOVS) | OPC_STRING | OPC_READ | OPC_WRITE,
	[0xa6] = OP(CMPS) | STRING_READ | OPC_BYTE,
	[0xa7] = OP(CMPS) | STRING_READ,
	[0xaa] = OP(STOS) | STRING_WRITE | OPC_BYTE,
	[0xab] = OP(STOS) | STRING_WRITE,
	[0xac] = OP(LODS) | STRING_READ | OPC_BYTE,
	[0xad] = OP(LODS) | STRING_READ,
	[0xae] = OP(SCAS) | STRING_READ | OPC_BYTE,
	[0xaf] = OP(SCAS) | STRING_READ,
	[0xc0] = GROUP_2 | OPC_GROUP | OPC_BYTE | OPC_IMM8,
	[0xc1] = GROUP_2 | OPC_GROUP | OPC_IMM8,
	[0xc6] = GROUP_11 | OPC_GROUP | OPC_BYTE,
	[0xc7] = GROUP_11 | OPC_GROUP,
	[0xd0] = GROUP_2 | OPC_GROUP | OPC_BYTE | OPC_ONE,
	[0xd1] = GROUP_2 | OPC_GROUP | OPC_ONE,
	[0xd2] = GROUP_2 | OPC_GROUP | OPC_BYTE | OPC_CL,
	[0xd3] = GROUP_2 | OPC_GROUP | OPC_CL,
	[0xf6] = GROUP_3 | OPC_GROUP | OPC_BYTE,
	[0xf7] = GROUP_3 | OPC_GROUP,
	[0xfe] = GROUP_4 | OPC_GROUP | OPC_BYTE,
	[0xff] = GROUP_5 | OPC_GROUP,
};

/* After 0F. 1A and 1B are MPX's, and 1E without memory is more than NOP. */
static const u32 two_byte[256] = {
	[0x0d] = GROUP_P | OPC_GROUP,
	[0x10 ... 0x13] = OPC_VECTOR,
	[0x16 ... 0x17] = OPC_VECTOR,
	[0x18] = GROUP_16 | OPC_GROUP,
	[0x19] = OP(NONE),
	[0x1c ... 0x1f] = OP(NONE),
	[0x28 ... 0x29] = OPC_VECTOR,
	[0x2b] = OPC_VECTOR,
	[0x40 ... 0x4f] = OP(CMOVCC) | MOVE_TO_REG,
	[0x6e ... 0x6f] = OPC_VECTOR,
	[0x7e ... 0x7f] = OPC_VECTOR,
	[0x90 ... 0x9f] = OP(SETCC) | OPC_WRITE | OPC_BYTE,
	[0xa3] = OP(BT) | OPC_READ | OPC_REG,
	[0xab] = OP(BTS) | OPC_MODIFY | OPC_REG,
	[0xae] = GROUP_15 | OPC_GROUP,
	[0xb0] = OP(CMPXCHG) | OPC_MODIFY | OPC_REG | OPC_BYTE,
	[0xb1] = OP(CMPXCHG) | OPC_MODIFY | OPC_REG,
	[0xb3] = OP(BTR) | OPC_MODIFY | OPC_REG,
	[0xb6] = OP(MOV) | MOVE_TO_REG | OPC_MEM8,
	[0xb7] = OP(MOV) | MOVE_TO_REG | OPC_MEM16,
	[0xba] = GROUP_8 | OPC_GROUP | OPC_IMM8,
	[0xbb] = OP(BTC) | OPC_MODIFY | OPC_REG,
	[0xbe] = OP(MOV) | MOVE_TO_REG | OPC_MEM8 | OPC_SIGN,
	[0xbf] = OP(MOV) | MOVE_TO_REG | OPC_MEM16 | OPC_SIGN,
	[0xc0] = OP(XADD) | OPC_MODIFY | OPC_REG | OPC_BYTE,
	[0xc1] = OP(XADD) | OPC_MODIFY | OPC_REG,
	[0xc3] = OP(MOV) | OPC_WRITE | OPC_REG | OPC_NO_SIMD,
	[0xc7] = GROUP_9 | OPC_GROUP,
	[0xd6] = OPC_VECTOR,
	[0xe7] = OPC_VECTOR,
	[0xf0] = OPC_VECTOR,
};

/* After 0F 38. With F2, F0 and F1 are CRC32. */
static u32 opcode_0f38(u8 opcode)
{
	switch (opcode) {
	case 0x2a:
		return OPC_VECTOR;
	case 0xf0:
		return OP(MOVBE) | MOVE_TO_REG | OPC_NO_REP;
	case 0xf1:
		return OP(MOVBE) | OPC_WRITE | OPC_REG | OPC_NO_REP;
	default:
		return 0;
	}
}

static u32 opcode_arithmetic(u8 opcode)
{
	unsigned int op = OP(ADD) + (opcode >> 3);
	u32 entry = arithmetic[opcode & 3];

	if (op == OP(CMP))
		entry &= ~(OPC_WRITE | OPC_LOCK);
	return op | entry;
}

u32 axvm_x86_opcode(u8 map, u8 opcode)
{
	switch (map) {
	case MAP_ONE:
		if (opcode < 0x40 && (opcode & 7) < 4)
			return opcode_arithmetic(opcode);
		return one_byte[opcode];
	case MAP_0F:
		return two_byte[opcode];
	default:
		return opcode_0f38(opcode);
	}
}

u32 axvm_x86_group(u32 entry, u8 reg)
{
	u32 member = groups[OPC_OP(entry)][reg & 7];

	return member ? member | (entry & ~(0xff | OPC_GROUP)) : 0;
}
