/* SPDX-License-Identifier: GPL-2.0 */
/* The decoder beside another one: Zydis. */
#ifndef DECODE_ZYDIS_H
#define DECODE_ZYDIS_H

#include "axvm_x86_insn.h"

/**
 * struct comparison - What two decoders made of encodings.
 * @compared: how many were looked at.
 * @accepted: how many of them our decoder accepts.
 * @by_op: the accepted ones by enum axvm_x86_op.
 * @excepted: how many it refuses for a reason listed in zydis.c, though they access memory.
 * @quick: how many axvm_x86_decode_mov() accepts.
 */
struct comparison {
	u64 compared;
	u64 accepted;
	u64 by_op[64];
	u64 excepted;
	u64 quick;
};

/** zydis_init() - Before anything else here. */
void zydis_init(void);

/**
 * zydis_compare() - Do both say the same of these 15 bytes?
 * @mode: how code is read.
 * @bytes: the instruction and what follows it.
 * @comparison: counts.
 *
 * A difference is printed.
 *
 * Return: whether they do.
 */
bool zydis_compare(enum axvm_x86_mode mode, const u8 *bytes, struct comparison *comparison);

#endif /* DECODE_ZYDIS_H */
