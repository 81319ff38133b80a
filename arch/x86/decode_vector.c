// SPDX-License-Identifier: GPL-2.0
/*
 * Moves between memory and vector registers: MMX, SSE, AVX, AVX-512 without a mask
 */
#include <linux/kernel.h>

#include "decode.h"

/* How wide: a whole vector, 4 or 8 bytes, or one of these by W. */
enum width {
	WIDTH_VECTOR,
	WIDTH_4,
	WIDTH_8,
	WIDTH_BY_W,
};

/* Which prefixes there are: legacy, VEX, EVEX with W either way or only one. */
#define LEGACY		BIT(0)
#define VEX		BIT(1)
#define EVEX_W0		BIT(2)
#define EVEX_W1		BIT(3)
#define EVEX		(EVEX_W0 | EVEX_W1)
#define LOAD		BIT(4)
#define STORE		BIT(5)
#define ALIGNED		BIT(6)
#define MMX		BIT(7)
/* For vectors of 16 bytes only. */
#define VECTOR_128	BIT(8)
/* Loads take the other half from a register, vvvv if there is one. */
#define LOW		BIT(9)
#define HIGH		BIT(10)
#define HALF		(LEGACY | VEX | VECTOR_128)

/**
 * struct vector_opcode - A vector instruction.
 * @map: of the opcode.
 * @opcode: the opcode.
 * @simd: its prefix: none, 66, F2 or F3.
 * @width: enum width.
 * @flags: as above.
 */
struct vector_opcode {
	u8 map;
	u8 opcode;
	u8 simd;
	u8 width;
	u16 flags;
};

static const struct vector_opcode vector_opcodes[] = {
	/* MOVUPS, MOVUPD, MOVSS, MOVSD */
	{ MAP_0F, 0x10, 0, WIDTH_VECTOR, LOAD | LEGACY | VEX | EVEX_W0 },
	{ MAP_0F, 0x11, 0, WIDTH_VECTOR, STORE | LEGACY | VEX | EVEX_W0 },
	{ MAP_0F, 0x10, 0x66, WIDTH_VECTOR, LOAD | LEGACY | VEX | EVEX_W1 },
	{ MAP_0F, 0x11, 0x66, WIDTH_VECTOR, STORE | LEGACY | VEX | EVEX_W1 },
	{ MAP_0F, 0x10, 0xf3, WIDTH_4, LOAD | LEGACY | VEX | EVEX_W0 },
	{ MAP_0F, 0x11, 0xf3, WIDTH_4, STORE | LEGACY | VEX | EVEX_W0 },
	{ MAP_0F, 0x10, 0xf2, WIDTH_8, LOAD | LEGACY | VEX | EVEX_W1 },
	{ MAP_0F, 0x11, 0xf2, WIDTH_8, STORE | LEGACY | VEX | EVEX_W1 },
	/* MOVLPS, MOVLPD, MOVHPS, MOVHPD */
	{ MAP_0F, 0x12, 0, WIDTH_8, LOAD | LOW | HALF | EVEX_W0 },
	{ MAP_0F, 0x13, 0, WIDTH_8, STORE | LOW | HALF | EVEX_W0 },
	{ MAP_0F, 0x12, 0x66, WIDTH_8, LOAD | LOW | HALF | EVEX_W1 },
	{ MAP_0F, 0x13, 0x66, WIDTH_8, STORE | LOW | HALF | EVEX_W1 },
	{ MAP_0F, 0x16, 0, WIDTH_8, LOAD | HIGH | HALF | EVEX_W0 },
	{ MAP_0F, 0x17, 0, WIDTH_8, STORE | HIGH | HALF | EVEX_W0 },
	{ MAP_0F, 0x16, 0x66, WIDTH_8, LOAD | HIGH | HALF | EVEX_W1 },
	{ MAP_0F, 0x17, 0x66, WIDTH_8, STORE | HIGH | HALF | EVEX_W1 },
	/* MOVAPS, MOVAPD, MOVNTPS, MOVNTPD */
	{ MAP_0F, 0x28, 0, WIDTH_VECTOR, LOAD | ALIGNED | LEGACY | VEX | EVEX_W0 },
	{ MAP_0F, 0x29, 0, WIDTH_VECTOR, STORE | ALIGNED | LEGACY | VEX | EVEX_W0 },
	{ MAP_0F, 0x28, 0x66, WIDTH_VECTOR, LOAD | ALIGNED | LEGACY | VEX | EVEX_W1 },
	{ MAP_0F, 0x29, 0x66, WIDTH_VECTOR, STORE | ALIGNED | LEGACY | VEX | EVEX_W1 },
	{ MAP_0F, 0x2b, 0, WIDTH_VECTOR, STORE | ALIGNED | LEGACY | VEX | EVEX_W0 },
	{ MAP_0F, 0x2b, 0x66, WIDTH_VECTOR, STORE | ALIGNED | LEGACY | VEX | EVEX_W1 },
	/* MOVD, MOVQ */
	{ MAP_0F, 0x6e, 0, WIDTH_BY_W, LOAD | MMX | LEGACY },
	{ MAP_0F, 0x7e, 0, WIDTH_BY_W, STORE | MMX | LEGACY },
	{ MAP_0F, 0x6e, 0x66, WIDTH_BY_W, LOAD | LEGACY | VEX | EVEX | VECTOR_128 },
	{ MAP_0F, 0x7e, 0x66, WIDTH_BY_W, STORE | LEGACY | VEX | EVEX | VECTOR_128 },
	{ MAP_0F, 0x6f, 0, WIDTH_8, LOAD | MMX | LEGACY },
	{ MAP_0F, 0x7f, 0, WIDTH_8, STORE | MMX | LEGACY },
	{ MAP_0F, 0x7e, 0xf3, WIDTH_8, LOAD | LEGACY | VEX | EVEX_W1 | VECTOR_128 },
	{ MAP_0F, 0xd6, 0x66, WIDTH_8, STORE | LEGACY | VEX | EVEX_W1 | VECTOR_128 },
	/* MOVDQA and VMOVDQA32/64, MOVDQU and VMOVDQU32/64, VMOVDQU8/16, LDDQU */
	{ MAP_0F, 0x6f, 0x66, WIDTH_VECTOR, LOAD | ALIGNED | LEGACY | VEX | EVEX },
	{ MAP_0F, 0x7f, 0x66, WIDTH_VECTOR, STORE | ALIGNED | LEGACY | VEX | EVEX },
	{ MAP_0F, 0x6f, 0xf3, WIDTH_VECTOR, LOAD | LEGACY | VEX | EVEX },
	{ MAP_0F, 0x7f, 0xf3, WIDTH_VECTOR, STORE | LEGACY | VEX | EVEX },
	{ MAP_0F, 0x6f, 0xf2, WIDTH_VECTOR, LOAD | EVEX },
	{ MAP_0F, 0x7f, 0xf2, WIDTH_VECTOR, STORE | EVEX },
	{ MAP_0F, 0xf0, 0xf2, WIDTH_VECTOR, LOAD | LEGACY | VEX },
	/* MOVNTQ, MOVNTDQ, MOVNTDQA */
	{ MAP_0F, 0xe7, 0, WIDTH_8, STORE | MMX | LEGACY },
	{ MAP_0F, 0xe7, 0x66, WIDTH_VECTOR, STORE | ALIGNED | LEGACY | VEX | EVEX_W0 },
	{ MAP_0F38, 0x2a, 0x66, WIDTH_VECTOR, LOAD | ALIGNED | LEGACY | VEX | EVEX_W0 },
};

static u16 wanted_encoding(const struct decoder *d)
{
	switch (d->encoding) {
	case ENCODING_LEGACY:
		return LEGACY;
	case ENCODING_VEX:
		return VEX;
	default:
		return d->rex & REX_W ? EVEX_W1 : EVEX_W0;
	}
}

static const struct vector_opcode *find(const struct decoder *d)
{
	u16 encoding = wanted_encoding(d);
	const struct vector_opcode *v;

	for (v = vector_opcodes; v < vector_opcodes + ARRAY_SIZE(vector_opcodes); v++)
		if (v->opcode == d->opcode && v->map == d->map && v->simd == d->simd &&
		    v->flags & encoding)
			return v;
	return NULL;
}

/* vvvv must be all ones, here inverted to 0, where it names no register. */
static bool allowed(const struct decoder *d, const struct vector_opcode *v)
{
	if (v->flags & VECTOR_128 && d->vector != 16)
		return false;
	if (d->mode != AXVM_X86_MODE_64 && d->vvvv > 15)
		return false;
	return !d->vvvv || (v->flags & LOAD && v->flags & (LOW | HIGH));
}

static u8 width(const struct decoder *d, const struct vector_opcode *v)
{
	switch (v->width) {
	case WIDTH_VECTOR:
		return d->vector;
	case WIDTH_4:
		return 4;
	case WIDTH_8:
		return 8;
	default:
		return d->rex & REX_W && d->mode == AXVM_X86_MODE_64 ? 8 : 4;
	}
}

static u8 vector_register(const struct decoder *d, const struct vector_opcode *v)
{
	if (v->flags & MMX)
		return AXVM_X86_MMX + modrm_reg(d);
	return modrm_reg(d) + (d->rex & REX_R ? 8 : 0) + (d->reg_16 ? 16 : 0);
}

static u8 operation(const struct vector_opcode *v)
{
	if (v->flags & LOW)
		return AXVM_X86_OP_VECTOR_LOW;
	return v->flags & HIGH ? AXVM_X86_OP_VECTOR_HIGH : AXVM_X86_OP_VECTOR;
}

enum axvm_x86_decoded axvm_x86_decode_vector(struct decoder *d)
{
	const struct vector_opcode *v = find(d);
	struct axvm_x86_insn *insn = d->insn;

	if (!v || !allowed(d, v))
		return AXVM_X86_DECODED_UNKNOWN;
	insn->op = operation(v);
	insn->width = width(d, v);
	insn->reg = vector_register(d, v);
	insn->flags |= AXVM_X86_INSN_REG;
	if (v->flags & LOAD)
		insn->flags |= AXVM_X86_INSN_READ | AXVM_X86_INSN_TO_REG;
	else
		insn->flags |= AXVM_X86_INSN_WRITE;
	if (v->flags & ALIGNED)
		insn->flags |= AXVM_X86_INSN_ALIGNED;
	insn->source = insn->reg;
	if (d->encoding != ENCODING_LEGACY) {
		insn->flags |= AXVM_X86_INSN_VEX;
		insn->source = d->mode == AXVM_X86_MODE_64 ? d->vvvv : d->vvvv & 7;
	}
	if (d->encoding == ENCODING_EVEX)
		d->disp8_shift = __builtin_ctz(insn->width);
	return AXVM_X86_DECODED;
}
