// SPDX-License-Identifier: GPL-2.0
/*
 * Which encodings the two decoders are compared in
 *
 * What comes after an opcode's ModRM is random: displacements and immediates.
 */
#include <string.h>

#include <linux/kernel.h>

#include "encodings.h"
#include "random.h"

/* Prefixes and opcode, then random bytes up to here. */
#define ROOM	24

static const u8 prefixes[] = { 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x64, 0x2e, 0x36 };
static const u8 rexes[] = { 0x00, 0x40, 0x41, 0x42, 0x44, 0x48, 0x4f };

/**
 * struct encoding - An instruction under construction.
 * @mode: how code is read.
 * @bytes: prefixes and opcode, then what is random.
 * @at: where ModRM goes.
 */
struct encoding {
	enum axvm_x86_mode mode;
	u8 bytes[ROOM];
	unsigned int at;
};

static void put(struct encoding *e, u8 byte)
{
	e->bytes[e->at++] = byte;
}

static void put_map(struct encoding *e, unsigned int map)
{
	if (map > 0)
		put(e, 0x0f);
	if (map > 1)
		put(e, map == 2 ? 0x38 : 0x3a);
}

static bool compare(struct encoding *e, u8 modrm, struct comparison *comparison)
{
	random_fill(e->bytes + e->at, 8);
	e->bytes[e->at] = modrm;
	return zydis_compare(e->mode, e->bytes, comparison);
}

/* Of registers in place of memory, one for each ModRM.reg will do. */
static bool compare_all(struct encoding *e, struct comparison *comparison)
{
	unsigned int modrm;
	bool same = true;

	for (modrm = 0; modrm < 0xc0; modrm++)
		same &= compare(e, modrm, comparison);
	for (; modrm < 0x100; modrm += 9)
		same &= compare(e, modrm, comparison);
	return same;
}

static bool compare_few(struct encoding *e, struct comparison *comparison)
{
	unsigned int modrm;
	bool same = true;

	for (modrm = 0x05; modrm < 0x100; modrm += 0x28)
		same &= compare(e, modrm, comparison);
	return same;
}

/* An opcode that is never accepted is not looked at as closely below many prefixes. */
static bool matters[4][256];

static bool find_what_matters(enum axvm_x86_mode mode, struct comparison *comparison)
{
	static const u8 simd[] = { 0x00, 0x66, 0xf2, 0xf3 };
	unsigned int map, opcode, i;
	u64 before;
	bool same = true;

	for (map = 0; map < 4; map++) {
		for (opcode = 0; opcode < 256; opcode++) {
			before = comparison->accepted;
			for (i = 0; i < ARRAY_SIZE(simd); i++) {
				struct encoding e = { .mode = mode };

				if (simd[i])
					put(&e, simd[i]);
				put_map(&e, map);
				put(&e, opcode);
				same &= compare_all(&e, comparison);
			}
			matters[map][opcode] = comparison->accepted > before;
		}
	}
	return same;
}

static bool with_prefixes(struct encoding *e, struct comparison *comparison)
{
	unsigned int map, opcode, start = e->at;
	bool same = true;

	for (map = 0; map < 4; map++) {
		for (opcode = 0; opcode < 256; opcode++) {
			e->at = start;
			put_map(e, map);
			put(e, opcode);
			same &= matters[map][opcode] ? compare_all(e, comparison) :
						       compare_few(e, comparison);
		}
	}
	return same;
}

static bool with_rexes(const struct encoding *prefixed, struct comparison *comparison)
{
	unsigned int i;
	bool same = true;

	for (i = 0; i < ARRAY_SIZE(rexes); i++) {
		struct encoding e = *prefixed;

		if (i && e.mode != AXVM_X86_MODE_64)
			break;
		if (i)
			put(&e, rexes[i]);
		same &= with_prefixes(&e, comparison);
	}
	return same;
}

bool encodings_legacy(enum axvm_x86_mode mode, struct comparison *comparison)
{
	struct encoding none = { .mode = mode };
	unsigned int first, second;
	bool same = find_what_matters(mode, comparison);

	same &= with_rexes(&none, comparison);
	for (first = 0; first < ARRAY_SIZE(prefixes); first++) {
		for (second = 0; second <= first; second++) {
			struct encoding e = { .mode = mode };

			put(&e, prefixes[first]);
			if (second != first)
				put(&e, prefixes[second]);
			same &= with_rexes(&e, comparison);
		}
	}
	return same;
}

/* ---- VEX and EVEX ---- */

static const u8 vector_opcodes[] = {
	0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x28, 0x29, 0x2a, 0x2b, 0x2e,
	0x6e, 0x6f, 0x7e, 0x7f, 0xd6, 0xe7, 0xf0, 0xf1, 0x77, 0xae,
};

static const u8 vector_modrms[] = { 0x00, 0x05, 0x4a, 0x94, 0x3c, 0x7d, 0xb6, 0xc8 };

static bool with_opcodes(struct encoding *e, unsigned int modrms, struct comparison *comparison)
{
	unsigned int opcode, i, start = e->at;
	bool same = true;

	for (opcode = 0; opcode < ARRAY_SIZE(vector_opcodes); opcode++) {
		e->at = start;
		put(e, vector_opcodes[opcode]);
		for (i = 0; i < modrms; i++) {
			u8 modrm = vector_modrms[random_below(ARRAY_SIZE(vector_modrms))];

			same &= compare(e, modrm, comparison);
		}
	}
	return same;
}

static bool vex2(enum axvm_x86_mode mode, struct comparison *comparison)
{
	unsigned int byte;
	bool same = true;

	for (byte = 0; byte < 256; byte++) {
		struct encoding e = { .mode = mode };

		put(&e, 0xc5);
		put(&e, byte);
		same &= with_opcodes(&e, ARRAY_SIZE(vector_modrms), comparison);
	}
	return same;
}

static bool vex3(enum axvm_x86_mode mode, struct comparison *comparison)
{
	static const u8 maps[] = { 0, 1, 2, 3, 5, 31 };
	unsigned int bits, map, last;
	bool same = true;

	for (bits = 0; bits < 8; bits++) {
		for (map = 0; map < ARRAY_SIZE(maps); map++) {
			for (last = 0; last < 256; last++) {
				struct encoding e = { .mode = mode };

				put(&e, 0xc4);
				put(&e, bits << 5 | maps[map]);
				put(&e, last);
				same &= with_opcodes(&e, 2, comparison);
			}
		}
	}
	return same;
}

/* The second byte: W, vvvv, a bit that is 1, pp. The third: z, L'L, b, V', mask. */
static bool evex_rest(enum axvm_x86_mode mode, u8 first, struct comparison *comparison)
{
	static const u8 sources[] = { 0x78, 0x70, 0x38, 0x00 };
	static const u8 thirds[] = {
		0x08, 0x28, 0x48, 0x68, 0x00, 0x20, 0x40, 0x18, 0x88, 0x09, 0x0f, 0x89, 0x58,
	};
	unsigned int i, w_pp, third;
	bool same = true;

	for (i = 0; i < ARRAY_SIZE(sources); i++) {
		for (w_pp = 0; w_pp < 8; w_pp++) {
			for (third = 0; third < ARRAY_SIZE(thirds); third++) {
				struct encoding e = { .mode = mode };

				put(&e, 0x62);
				put(&e, first);
				put(&e, (w_pp & 4) << 5 | sources[i] | 4 | (w_pp & 3));
				put(&e, thirds[third]);
				same &= with_opcodes(&e, 1, comparison);
			}
		}
	}
	return same;
}

static bool evex(enum axvm_x86_mode mode, struct comparison *comparison)
{
	static const u8 maps[] = { 0, 1, 2, 3, 5, 9 };
	unsigned int bits, map;
	bool same = true;

	for (bits = 0; bits < 16; bits++)
		for (map = 0; map < ARRAY_SIZE(maps); map++)
			same &= evex_rest(mode, bits << 4 | maps[map], comparison);
	return same;
}

/* Prefixes before VEX are #UD, but for segments and the address size. */
static bool vex_prefixed(enum axvm_x86_mode mode, struct comparison *comparison)
{
	static const u8 before[] = { 0x66, 0xf2, 0xf3, 0xf0, 0x67, 0x65, 0x2e, 0x40, 0x48 };
	static const u8 vexes[][4] = {
		{ 0xc5, 0xf8 }, { 0xc4, 0xe1, 0x78 }, { 0x62, 0xf1, 0x7c, 0x48 },
	};
	unsigned int i, vex, at;
	bool same = true;

	for (i = 0; i < ARRAY_SIZE(before); i++) {
		for (vex = 0; vex < ARRAY_SIZE(vexes); vex++) {
			struct encoding e = { .mode = mode };

			put(&e, before[i]);
			for (at = 0; at < 2 + vex; at++)
				put(&e, vexes[vex][at]);
			same &= with_opcodes(&e, ARRAY_SIZE(vector_modrms), comparison);
		}
	}
	return same;
}

bool encodings_vex(enum axvm_x86_mode mode, struct comparison *comparison)
{
	bool same = vex2(mode, comparison);

	same &= vex3(mode, comparison);
	same &= evex(mode, comparison);
	return vex_prefixed(mode, comparison) && same;
}

/* ---- addresses, and lengths ---- */

static bool sib_bytes(struct encoding *e, struct comparison *comparison)
{
	unsigned int modrm, sib;
	bool same = true;

	for (modrm = 0; modrm < 0xc0; modrm++) {
		for (sib = 0; sib < 256; sib++) {
			random_fill(e->bytes + e->at, 8);
			e->bytes[e->at] = modrm;
			e->bytes[e->at + 1] = sib;
			same &= zydis_compare(e->mode, e->bytes, comparison);
			/* Without SIB that byte is part of a displacement. */
			if ((modrm & 7) != 4)
				break;
		}
	}
	return same;
}

bool encodings_sib(enum axvm_x86_mode mode, struct comparison *comparison)
{
	static const u8 opcodes[] = { 0x89, 0x8a, 0x81 };
	unsigned int rex, i, other;
	bool same = true;

	for (rex = 0x3f; rex < 0x50; rex++) {
		for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
			for (other = 0; other < 2; other++) {
				struct encoding e = { .mode = mode };

				if (other)
					put(&e, 0x67);
				if (rex >= 0x40)
					put(&e, rex);
				put(&e, opcodes[i]);
				same &= sib_bytes(&e, comparison);
			}
		}
		if (mode != AXVM_X86_MODE_64)
			break;
	}
	return same;
}

bool encodings_long(enum axvm_x86_mode mode, struct comparison *comparison)
{
	static const u8 opcodes[] = { 0x88, 0x8b, 0xa1, 0xa4, 0xc6, 0xc7, 0x81, 0xf7 };
	unsigned int i, padding;
	bool same = true;

	for (i = 0; i < ARRAY_SIZE(opcodes); i++) {
		for (padding = 1; padding < 15; padding++) {
			struct encoding e = { .mode = mode };

			while (e.at < padding)
				put(&e, random_percent(50) ? 0x65 : 0x67);
			put(&e, opcodes[i]);
			same &= compare_all(&e, comparison);
		}
	}
	return same;
}

/* ---- random ---- */

static void random_prefixes(struct encoding *e)
{
	static const u8 all[] = {
		0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
	};

	while (e->at < 5 && random_percent(25)) {
		put(e, all[random_below(ARRAY_SIZE(all))]);
		if (e->mode == AXVM_X86_MODE_64 && random_percent(10))
			put(e, 0x40 | random_below(16));
	}
	if (e->mode == AXVM_X86_MODE_64 && random_percent(50))
		put(e, 0x40 | random_below(16));
}

static void random_evex(struct encoding *e)
{
	u64 random = random_u64();

	put(e, 0x62);
	put(e, (random & 0xf0) | (1 + random_below(3)));
	/* vvvv, and a bit that has to be 1. */
	put(e, (random >> 8 & 0x83) | (random_percent(60) ? 0x78 : random >> 8 & 0x78) |
	       (random_percent(95) ? 4 : 0));
	put(e, random_percent(70) ? (random >> 16 & 0x68) | 8 : random >> 16);
}

static void random_start(struct encoding *e)
{
	u64 random = random_u64();

	switch (random_below(9)) {
	case 0 ... 2:
		put_map(e, 1);
		break;
	case 3:
		put_map(e, 2 + (random & 1));
		break;
	case 4:
		put(e, 0xc5);
		put(e, random);
		break;
	case 5:
		put(e, 0xc4);
		put(e, (random & 0xe0) | (1 + random_below(3)));
		put(e, random >> 8);
		break;
	case 6:
		random_evex(e);
		break;
	default:
		break;
	}
}

bool encodings_random(enum axvm_x86_mode mode, unsigned long times, struct comparison *comparison)
{
	bool same = true;

	while (times--) {
		struct encoding e = { .mode = mode };

		random_prefixes(&e);
		random_start(&e);
		random_fill(e.bytes + e.at, ROOM - e.at);
		same &= zydis_compare(mode, e.bytes, comparison);
	}
	return same;
}
