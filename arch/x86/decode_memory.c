// SPDX-License-Identifier: GPL-2.0
/*
 * Operands in memory: ModRM, SIB, displacements
 *
 * SDM volume 2, "Addressing-Mode Encoding of ModR/M and SIB Bytes".
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "axvm.h"
#include "decode.h"

enum { RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7 };

/* Little-endian and sign-extended. */
u64 axvm_x86_decode_number(struct decoder *d, unsigned int bytes)
{
	unsigned int i;
	u64 number = 0;

	for (i = 0; i < bytes; i++)
		number |= (u64)next_byte(d) << (i * 8);
	if (bytes && bytes < 8 && number >> (bytes * 8 - 1))
		number |= -1ULL << (bytes * 8);
	return number;
}

static void take_displacement(struct decoder *d, unsigned int bytes)
{
	u64 number = axvm_x86_decode_number(d, bytes);

	d->insn->displacement = bytes == 1 ? number << d->disp8_shift : number;
}

static u8 scaled_base(struct decoder *d)
{
	struct axvm_x86_insn *insn = d->insn;
	u8 sib = next_byte(d);
	u8 index = (sib >> 3 & 7) | (d->rex & REX_X ? 8 : 0);

	if (index != RSP) {
		insn->index = index;
		insn->scale = sib >> 6;
	}
	return sib & 7;
}

/* mod = 0 has no displacement, but where the base would be RBP there is one without a base. */
static void memory_32(struct decoder *d)
{
	static const u8 displacement[4] = { 0, 1, 4, 0 };
	struct axvm_x86_insn *insn = d->insn;
	u8 mod = d->modrm >> 6;
	u8 base = d->modrm & 7;
	bool sib = base == RSP;

	if (sib)
		base = scaled_base(d);
	if (mod == 0 && base == RBP) {
		if (!sib && d->mode == AXVM_X86_MODE_64)
			insn->base = AXVM_X86_BASE_RIP;
		take_displacement(d, 4);
		return;
	}
	insn->base = base | (d->rex & REX_B ? 8 : 0);
	if (base == RSP || base == RBP)
		insn->segment = insn->base < 8 ? AXVM_X86_SS : AXVM_X86_DS;
	take_displacement(d, displacement[mod]);
}

static void memory_16(struct decoder *d)
{
	static const struct {
		u8 base, index, segment;
	} forms[8] = {
		{ RBX, RSI, AXVM_X86_DS },
		{ RBX, RDI, AXVM_X86_DS },
		{ RBP, RSI, AXVM_X86_SS },
		{ RBP, RDI, AXVM_X86_SS },
		{ RSI, AXVM_X86_NO_REG, AXVM_X86_DS },
		{ RDI, AXVM_X86_NO_REG, AXVM_X86_DS },
		{ RBP, AXVM_X86_NO_REG, AXVM_X86_SS },
		{ RBX, AXVM_X86_NO_REG, AXVM_X86_DS },
	};
	struct axvm_x86_insn *insn = d->insn;
	u8 mod = d->modrm >> 6;
	u8 rm = d->modrm & 7;

	if (mod == 0 && rm == 6) {
		take_displacement(d, 2);
		return;
	}
	insn->base = forms[rm].base;
	insn->index = forms[rm].index;
	insn->segment = forms[rm].segment;
	take_displacement(d, mod);
}

void axvm_x86_decode_memory(struct decoder *d)
{
	if (d->insn->address_size == 2)
		memory_16(d);
	else
		memory_32(d);
}
