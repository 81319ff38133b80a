// SPDX-License-Identifier: GPL-2.0
/*
 * Taking loads and stores apart
 *
 * Integer loads and stores of RV64I, C and Zcb. The address is not looked at: the
 * hardware has told it. Nothing here depends on the kernel, so that it can be
 * tested as a program.
 */
#include "axvm_riscv_arch.h"

/* Registers that only 3 bits tell are x8 to x15. */
#define SHORT_REG(insn, shift)	(8 + ((insn) >> (shift) & 7))
#define REG(insn, shift)	((insn) >> (shift) & 31)

#define OPCODE_LOAD	0x03
#define OPCODE_STORE	0x23

static bool is_load(struct axvm_pending *access, unsigned int reg, unsigned int width,
		    bool sign_extend)
{
	access->reason = AXVM_EXIT_MMIO_READ;
	access->reg = reg;
	access->width = width;
	access->reg_width = 8;
	/* Of a whole register there is nothing to extend. */
	access->sign_extend = sign_extend && width < 8;
	return true;
}

static bool is_store(struct axvm_pending *access, unsigned int reg, unsigned int width)
{
	access->reason = AXVM_EXIT_MMIO_WRITE;
	access->reg = reg;
	access->width = width;
	access->reg_width = 8;
	access->sign_extend = false;
	return true;
}

/* funct3: the width in the lower two bits, "unsigned" above; there is no ldu. */
static bool decode_load(u32 insn, struct axvm_pending *access)
{
	unsigned int funct3 = insn >> 12 & 7;

	if (funct3 == 7)
		return false;
	return is_load(access, REG(insn, 7), 1 << (funct3 & 3), !(funct3 & 4));
}

static bool decode_store(u32 insn, struct axvm_pending *access)
{
	unsigned int funct3 = insn >> 12 & 7;

	if (funct3 > 3)
		return false;
	return is_store(access, REG(insn, 20), 1 << funct3);
}

/* Zcb: c.lbu, c.lhu and c.lh, c.sb, c.sh by bits 12:10, bit 6 telling c.lh from c.lhu. */
static bool decode_zcb(u32 insn, struct axvm_pending *access)
{
	unsigned int reg = SHORT_REG(insn, 2);
	bool bit_6 = insn & 0x40;

	switch (insn >> 10 & 7) {
	case 0:
		return is_load(access, reg, 1, false);
	case 1:
		return is_load(access, reg, 2, bit_6);
	case 2:
		return is_store(access, reg, 1);
	case 3:
		return !bit_6 && is_store(access, reg, 2);
	default:
		return false;
	}
}

static bool decode_quadrant_0(u32 insn, struct axvm_pending *access)
{
	unsigned int reg = SHORT_REG(insn, 2);

	switch (insn >> 13 & 7) {
	case 2:		/* c.lw */
		return is_load(access, reg, 4, true);
	case 3:		/* c.ld */
		return is_load(access, reg, 8, true);
	case 4:
		return decode_zcb(insn, access);
	case 6:		/* c.sw */
		return is_store(access, reg, 4);
	case 7:		/* c.sd */
		return is_store(access, reg, 8);
	default:
		return false;
	}
}

/* Relative to sp; a load into x0 is reserved. */
static bool decode_quadrant_2(u32 insn, struct axvm_pending *access)
{
	switch (insn >> 13 & 7) {
	case 2:		/* c.lwsp */
		return REG(insn, 7) && is_load(access, REG(insn, 7), 4, true);
	case 3:		/* c.ldsp */
		return REG(insn, 7) && is_load(access, REG(insn, 7), 8, true);
	case 6:		/* c.swsp */
		return is_store(access, REG(insn, 2), 4);
	case 7:		/* c.sdsp */
		return is_store(access, REG(insn, 2), 8);
	default:
		return false;
	}
}

static bool decode_32(u32 insn, struct axvm_pending *access)
{
	switch (insn & 0x7f) {
	case OPCODE_LOAD:
		return decode_load(insn, access);
	case OPCODE_STORE:
		return decode_store(insn, access);
	default:
		return false;
	}
}

bool axvm_riscv_decode_access(u32 insn, struct axvm_pending *access)
{
	switch (insn & 3) {
	case 0:
		access->length = 2;
		return decode_quadrant_0(insn, access);
	case 2:
		access->length = 2;
		return decode_quadrant_2(insn, access);
	case 3:
		access->length = 4;
		return decode_32(insn, access);
	default:
		return false;
	}
}
