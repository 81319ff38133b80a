// SPDX-License-Identifier: GPL-2.0
/*
 * For axvm_x86_decode_mov(): the shapes of operands by ModRM
 *
 * SDM volume 2, "32-Bit Addressing Forms with the ModR/M Byte". A line for each value of
 * reg, eight of them for each of mod; registers, mod = 3, are 0.
 */
#include "axvm_x86_insn.h"

#define SIB	AXVM_X86_MODRM_SIB

const u8 axvm_x86_modrm[256] = {
	/* mod = 0: no displacement, or 4 bytes without a base */
	1, 1, 1, 1, 2 | SIB, 5, 1, 1,
	1, 1, 1, 1, 2 | SIB, 5, 1, 1,
	1, 1, 1, 1, 2 | SIB, 5, 1, 1,
	1, 1, 1, 1, 2 | SIB, 5, 1, 1,
	1, 1, 1, 1, 2 | SIB, 5, 1, 1,
	1, 1, 1, 1, 2 | SIB, 5, 1, 1,
	1, 1, 1, 1, 2 | SIB, 5, 1, 1,
	1, 1, 1, 1, 2 | SIB, 5, 1, 1,
	/* mod = 1: a byte */
	2, 2, 2, 2, 3, 2, 2, 2,
	2, 2, 2, 2, 3, 2, 2, 2,
	2, 2, 2, 2, 3, 2, 2, 2,
	2, 2, 2, 2, 3, 2, 2, 2,
	2, 2, 2, 2, 3, 2, 2, 2,
	2, 2, 2, 2, 3, 2, 2, 2,
	2, 2, 2, 2, 3, 2, 2, 2,
	2, 2, 2, 2, 3, 2, 2, 2,
	/* mod = 2: 4 bytes */
	5, 5, 5, 5, 6, 5, 5, 5,
	5, 5, 5, 5, 6, 5, 5, 5,
	5, 5, 5, 5, 6, 5, 5, 5,
	5, 5, 5, 5, 6, 5, 5, 5,
	5, 5, 5, 5, 6, 5, 5, 5,
	5, 5, 5, 5, 6, 5, 5, 5,
	5, 5, 5, 5, 6, 5, 5, 5,
	5, 5, 5, 5, 6, 5, 5, 5,
};
