// SPDX-License-Identifier: GPL-2.0
/*
 * Taking apart instructions with an operand in memory
 *
 * Prefixes and opcode, then ModRM, then what the opcode's table entry says about
 * sizes and operands, then the memory operand, then an immediate; in the order in
 * which the bytes are there.
 */
#include <linux/kernel.h>

#include "axvm.h"
#include "decode.h"

#define CL	1

static u8 address_size(const struct decoder *d)
{
	switch (d->mode) {
	case AXVM_X86_MODE_16:
		return d->address_other ? 4 : 2;
	case AXVM_X86_MODE_32:
		return d->address_other ? 2 : 4;
	default:
		return d->address_other ? 4 : 8;
	}
}

static u8 operand_size(const struct decoder *d, u32 entry)
{
	if (entry & OPC_BYTE)
		return 1;
	if (d->rex & REX_W)
		return entry & OPC_NO_QWORD ? 4 : 8;
	if (entry & OPC_NO_SIMD)
		return 4;
	if (d->mode == AXVM_X86_MODE_16 ? !d->operand_16 : d->operand_16)
		return 2;
	return d->mode == AXVM_X86_MODE_64 && entry & OPC_STACK ? 8 : 4;
}

static u8 width(const struct axvm_x86_insn *insn, u32 entry)
{
	if (insn->op == AXVM_X86_OP_NONE)
		return 0;
	if (insn->op == AXVM_X86_OP_CMPXCHG_PAIR)
		return insn->operand_size == 8 ? 16 : 8;
	if (entry & OPC_MEM8)
		return 1;
	if (entry & OPC_MEM16)
		return 2;
	return entry & OPC_MOVSXD ? 4 : insn->operand_size;
}

/* Without REX, byte registers 4 to 7 are AH to BH. */
static void general_register(struct decoder *d)
{
	struct axvm_x86_insn *insn = d->insn;

	insn->reg = modrm_reg(d) | (d->rex & REX_R ? 8 : 0);
	if (insn->operand_size == 1 && !d->has_rex && insn->reg >= 4) {
		insn->reg -= 4;
		insn->flags |= AXVM_X86_INSN_HIGH_BYTE;
	}
}

/* There are six, and CS cannot be loaded this way. REX.R does not count. */
static enum axvm_x86_decoded segment_register(struct decoder *d)
{
	struct axvm_x86_insn *insn = d->insn;

	insn->reg = modrm_reg(d);
	if (insn->reg == AXVM_X86_CS && insn->flags & AXVM_X86_INSN_TO_REG)
		return AXVM_X86_DECODED_UD;
	return insn->reg <= AXVM_X86_GS ? AXVM_X86_DECODED : AXVM_X86_DECODED_UD;
}

static enum axvm_x86_decoded register_operand(struct decoder *d, u32 entry)
{
	struct axvm_x86_insn *insn = d->insn;

	if (entry & OPC_REG) {
		insn->flags |= AXVM_X86_INSN_REG;
		if (insn->op == AXVM_X86_OP_MOV_SEG)
			return segment_register(d);
		if (entry & OPC_OFFSET)
			insn->reg = 0;
		else
			general_register(d);
	} else if (entry & OPC_CL) {
		insn->flags |= AXVM_X86_INSN_REG;
		insn->reg = CL;
	}
	return AXVM_X86_DECODED;
}

static void immediate(struct decoder *d, u32 entry)
{
	struct axvm_x86_insn *insn = d->insn;

	if (!(entry & (OPC_IMM | OPC_IMM8 | OPC_ONE)))
		return;
	insn->flags |= AXVM_X86_INSN_IMM;
	if (entry & OPC_ONE)
		insn->immediate = 1;
	else
		insn->immediate = axvm_x86_decode_number(d, entry & OPC_IMM8 ? 1 :
							 min_t(u8, insn->operand_size, 4));
}

static bool prefixes_allowed(const struct decoder *d, u32 entry)
{
	if (entry & OPC_NO_SIMD && d->simd)
		return false;
	if (entry & OPC_NO_REP && d->repeat)
		return false;
	if (entry & OPC_MOVSXD)
		return d->mode == AXVM_X86_MODE_64 && (!d->operand_16 || d->rex & REX_W);
	return !(entry & OPC_NO64) || d->mode != AXVM_X86_MODE_64;
}

/* Of group 15 only the flushes of cache lines. 66 makes CLWB of XSAVEOPT, and CLFLUSHOPT. */
static bool is_hint(const struct decoder *d)
{
	return d->map != MAP_0F || d->opcode != 0xae || modrm_reg(d) != 6 || d->operand_16;
}

static enum axvm_x86_decoded general(struct decoder *d, u32 entry)
{
	struct axvm_x86_insn *insn = d->insn;

	if (!prefixes_allowed(d, entry))
		return AXVM_X86_DECODED_UNKNOWN;
	insn->op = OPC_OP(entry);
	if (insn->op == AXVM_X86_OP_NONE)
		return is_hint(d) ? AXVM_X86_DECODED : AXVM_X86_DECODED_UNKNOWN;
	insn->operand_size = operand_size(d, entry);
	insn->width = width(insn, entry);
	insn->condition = d->opcode & 0xf;
	insn->flags |= entry & OPC_READ ? AXVM_X86_INSN_READ : 0;
	insn->flags |= entry & OPC_WRITE ? AXVM_X86_INSN_WRITE : 0;
	insn->flags |= entry & OPC_TO_REG ? AXVM_X86_INSN_TO_REG : 0;
	insn->flags |= entry & OPC_SIGN ? AXVM_X86_INSN_SIGN : 0;
	insn->flags |= entry & OPC_STRING ? AXVM_X86_INSN_STRING : 0;
	/* CMPXCHG16B. */
	insn->flags |= insn->width == 16 ? AXVM_X86_INSN_ALIGNED : 0;
	return register_operand(d, entry);
}

/* mod = 3 is a register, and then it is not for us. */
static enum axvm_x86_decoded find(struct decoder *d, u32 *found)
{
	u32 entry = axvm_x86_opcode(d->map, d->opcode);

	if (!entry || (d->encoding != ENCODING_LEGACY && entry != OPC_VECTOR))
		return AXVM_X86_DECODED_UNKNOWN;
	if (!(entry & (OPC_STRING | OPC_OFFSET))) {
		d->modrm = next_byte(d);
		if (d->modrm >= 0xc0)
			return AXVM_X86_DECODED_UNKNOWN;
	}
	if (entry & OPC_GROUP)
		entry = axvm_x86_group(entry, modrm_reg(d));
	*found = entry;
	return entry ? AXVM_X86_DECODED : AXVM_X86_DECODED_UNKNOWN;
}

/* INS, STOS and SCAS have theirs in ES whatever the prefix. */
static void override_segment(struct decoder *d)
{
	struct axvm_x86_insn *insn = d->insn;

	switch (insn->op) {
	case AXVM_X86_OP_INS:
	case AXVM_X86_OP_STOS:
	case AXVM_X86_OP_SCAS:
		insn->segment = AXVM_X86_ES;
		break;
	default:
		if (d->segment != NO_SEGMENT)
			insn->segment = d->segment;
	}
}

static void memory(struct decoder *d, u32 entry)
{
	struct axvm_x86_insn *insn = d->insn;

	if (entry & OPC_OFFSET)
		insn->displacement = axvm_x86_decode_number(d, insn->address_size);
	else if (!(entry & OPC_STRING))
		axvm_x86_decode_memory(d);
	override_segment(d);
}

static enum axvm_x86_decoded decode(struct decoder *d)
{
	enum axvm_x86_decoded decoded;
	u32 entry = 0;

	decoded = axvm_x86_decode_prefixes(d);
	if (decoded)
		return decoded;
	d->insn->address_size = address_size(d);
	decoded = find(d, &entry);
	if (decoded)
		return decoded;
	decoded = entry == OPC_VECTOR ? axvm_x86_decode_vector(d) : general(d, entry);
	if (decoded)
		return decoded;
	memory(d, entry);
	immediate(d, entry);
	if (d->lock && !(entry & OPC_LOCK))
		return AXVM_X86_DECODED_UD;
	return AXVM_X86_DECODED;
}

static u16 prefix_flags(const struct decoder *d)
{
	u16 flags = d->lock ? AXVM_X86_INSN_LOCK : 0;

	if (d->insn->flags & AXVM_X86_INSN_STRING && d->repeat)
		flags |= d->repeat == 0xf3 ? AXVM_X86_INSN_REP : AXVM_X86_INSN_REPNE;
	return flags;
}

enum axvm_x86_decoded axvm_x86_decode(const u8 *bytes, unsigned int nr, enum axvm_x86_mode mode,
				      struct axvm_x86_insn *insn)
{
	struct decoder d = {
		.bytes = bytes,
		.nr = min_t(unsigned int, nr, AXVM_X86_INSN_MAX),
		.mode = mode,
		.segment = NO_SEGMENT,
		.insn = insn,
	};
	enum axvm_x86_decoded decoded;

	*insn = (struct axvm_x86_insn) {
		.mode = mode,
		.segment = AXVM_X86_DS,
		.base = AXVM_X86_NO_REG,
		.index = AXVM_X86_NO_REG,
		.reg = AXVM_X86_NO_REG,
	};
	decoded = decode(&d);
	if (d.ended)
		return d.nr < AXVM_X86_INSN_MAX ? AXVM_X86_DECODED_SHORT : AXVM_X86_DECODED_GP;
	insn->length = d.at;
	insn->flags |= prefix_flags(&d);
	return decoded;
}
