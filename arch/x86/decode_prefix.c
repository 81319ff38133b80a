// SPDX-License-Identifier: GPL-2.0
/*
 * Instructions up to their opcode: prefixes, REX, VEX, EVEX, the opcode's map
 *
 * SDM volume 2, chapter 2, "Instruction Format".
 */
#include <linux/kernel.h>

#include "axvm.h"
#include "decode.h"

/* In 64-bit mode the prefixes of the other segments mean nothing, not even in place of FS or GS. */
static void take_segment(struct decoder *d, u8 segment)
{
	if (d->mode != AXVM_X86_MODE_64 || segment >= AXVM_X86_FS)
		d->segment = segment;
}

static bool take_legacy_prefix(struct decoder *d, u8 byte)
{
	switch (byte) {
	case 0x26:
		take_segment(d, AXVM_X86_ES);
		return true;
	case 0x2e:
		take_segment(d, AXVM_X86_CS);
		return true;
	case 0x36:
		take_segment(d, AXVM_X86_SS);
		return true;
	case 0x3e:
		take_segment(d, AXVM_X86_DS);
		return true;
	case 0x64:
		take_segment(d, AXVM_X86_FS);
		return true;
	case 0x65:
		take_segment(d, AXVM_X86_GS);
		return true;
	case 0x66:
		d->operand_16 = true;
		return true;
	case 0x67:
		d->address_other = true;
		return true;
	case 0xf0:
		d->lock = true;
		return true;
	case 0xf2:
	case 0xf3:
		d->repeat = byte;
		return true;
	default:
		return false;
	}
}

/* A REX prefix that is not the last one is ignored. Return: the first byte that is no prefix. */
static u8 take_prefixes(struct decoder *d)
{
	u8 byte = next_byte(d);

	for (;; byte = next_byte(d)) {
		if (d->mode == AXVM_X86_MODE_64 && (byte & 0xf0) == 0x40) {
			d->rex = byte & 0xf;
			d->has_rex = true;
		} else if (take_legacy_prefix(d, byte)) {
			d->rex = 0;
			d->has_rex = false;
		} else {
			return byte;
		}
	}
}

/* Outside of 64-bit mode these bytes begin LES, LDS and BOUND, if what follows is not mod = 3. */
static bool is_vex(const struct decoder *d)
{
	return d->mode == AXVM_X86_MODE_64 || d->at >= d->nr || d->bytes[d->at] >= 0xc0;
}

/*
 * Registers 8 and up are for 64-bit mode; elsewhere their bits are ignored. So is W
 * of VEX, but not of EVEX.
 */
static void take_vex_bits(struct decoder *d, u8 rex, u8 vvvv)
{
	if (d->mode != AXVM_X86_MODE_64)
		rex &= d->encoding == ENCODING_EVEX ? REX_W : 0;
	d->rex = rex;
	d->vvvv = vvvv;
}

static u8 simd_prefix(u8 pp)
{
	static const u8 prefix[4] = { 0, 0x66, 0xf3, 0xf2 };

	return prefix[pp & 3];
}

/* The second byte: R and, with three, X, B and the map. All are inverted. The last: W vvvv L pp. */
static enum axvm_x86_decoded take_vex(struct decoder *d, bool three)
{
	u8 first = next_byte(d);
	u8 last = three ? next_byte(d) : first & 0x7f;
	u8 rex = ~first >> 5 & (three ? 7 : REX_R);

	d->encoding = ENCODING_VEX;
	d->map = three ? first & 0x1f : MAP_0F;
	d->vector = last & 4 ? 32 : 16;
	d->simd = simd_prefix(last);
	take_vex_bits(d, rex | (last & 0x80 ? REX_W : 0), ~last >> 3 & 0xf);
	d->opcode = next_byte(d);
	return AXVM_X86_DECODED;
}

/* Without a mask, zeroing or broadcast. */
static enum axvm_x86_decoded take_evex(struct decoder *d)
{
	u8 first = next_byte(d);
	u8 second = next_byte(d);
	u8 third = next_byte(d);
	u8 length = third >> 5 & 3;

	if (!(second & 4) || third & 0x97 || length == 3)
		return AXVM_X86_DECODED_UNKNOWN;
	d->encoding = ENCODING_EVEX;
	d->map = first & 0xf;
	d->vector = 16 << length;
	d->simd = simd_prefix(second);
	take_vex_bits(d, (~first >> 5 & 7) | (second & 0x80 ? REX_W : 0),
		      (~second >> 3 & 0xf) | (third & 8 ? 0 : 0x10));
	d->reg_16 = d->mode == AXVM_X86_MODE_64 && !(first & 0x10);
	d->opcode = next_byte(d);
	return AXVM_X86_DECODED;
}

static enum axvm_x86_decoded take_any_vex(struct decoder *d, u8 byte)
{
	enum axvm_x86_decoded decoded;

	if (d->has_rex || d->operand_16 || d->repeat || d->lock)
		return AXVM_X86_DECODED_UD;
	decoded = byte == 0x62 ? take_evex(d) : take_vex(d, byte == 0xc4);
	if (decoded == AXVM_X86_DECODED && d->map != MAP_0F && d->map != MAP_0F38)
		return AXVM_X86_DECODED_UNKNOWN;
	return decoded;
}

static void take_opcode(struct decoder *d, u8 byte)
{
	d->map = MAP_ONE;
	if (byte == 0x0f) {
		d->map = MAP_0F;
		byte = next_byte(d);
		if (byte == 0x38) {
			d->map = MAP_0F38;
			byte = next_byte(d);
		}
	}
	d->opcode = byte;
	d->simd = d->repeat ?: d->operand_16 ? 0x66 : 0;
	d->vector = 16;
}

enum axvm_x86_decoded axvm_x86_decode_prefixes(struct decoder *d)
{
	u8 byte = take_prefixes(d);

	if ((byte == 0xc4 || byte == 0xc5 || byte == 0x62) && is_vex(d))
		return take_any_vex(d, byte);
	take_opcode(d, byte);
	return AXVM_X86_DECODED;
}
