/* SPDX-License-Identifier: GPL-2.0 */
/* Which encodings the two decoders are compared in. */
#ifndef DECODE_ENCODINGS_H
#define DECODE_ENCODINGS_H

#include "zydis.h"

/** encodings_legacy() - Every opcode with every ModRM, below many prefixes. */
bool encodings_legacy(enum axvm_x86_mode mode, struct comparison *comparison);
/** encodings_vex() - Every VEX and every plain EVEX prefix, with the opcodes that matter. */
bool encodings_vex(enum axvm_x86_mode mode, struct comparison *comparison);
/** encodings_sib() - Every ModRM with every SIB and REX. */
bool encodings_sib(enum axvm_x86_mode mode, struct comparison *comparison);
/** encodings_long() - Instructions of 13 to 17 bytes. */
bool encodings_long(enum axvm_x86_mode mode, struct comparison *comparison);
/** encodings_random() - Random bytes that begin like instructions. */
bool encodings_random(enum axvm_x86_mode mode, unsigned long times, struct comparison *comparison);

#endif /* DECODE_ENCODINGS_H */
