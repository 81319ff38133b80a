/* SPDX-License-Identifier: GPL-2.0 */
/* The emulator beside the CPU. */
#ifndef DECODE_EXECUTE_H
#define DECODE_EXECUTE_H

#include "axvm_x86_insn.h"

/**
 * struct execution - What was executed.
 * @done: how many instructions.
 * @faults: how many more came to an exception.
 * @by_op: those that were done, by enum axvm_x86_op.
 */
struct execution {
	u64 done;
	u64 faults;
	u64 by_op[64];
};

/**
 * execute_random() - Emulate random instructions, and execute them; compare.
 *
 * A difference is printed.
 *
 * Return: whether there is none.
 */
bool execute_random(enum axvm_x86_mode mode, unsigned long times, struct execution *execution);

#endif /* DECODE_EXECUTE_H */
