/* SPDX-License-Identifier: GPL-2.0 */
/* Random instructions, with registers that make them access the guest's memory. */
#ifndef DECODE_SAMPLE_H
#define DECODE_SAMPLE_H

#include "axvm.h"
#include "axvm_x86_insn.h"

/**
 * struct sample - An instruction to execute.
 * @bytes: its bytes, and random ones.
 * @insn: taken apart.
 * @gprs: the registers it is to find.
 */
struct sample {
	u8 bytes[AXVM_X86_INSN_ROOM];
	struct axvm_x86_insn insn;
	struct axvm_gprs gprs;
};

/** sample_make() - Another one. @avx: VEX may be used. */
void sample_make(struct sample *sample, enum axvm_x86_mode mode, bool avx);
/** sample_linear() - The linear address of its operand, if it is no string instruction. */
u64 sample_linear(const struct sample *sample);

#endif /* DECODE_SAMPLE_H */
