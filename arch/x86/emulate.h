/* SPDX-License-Identifier: GPL-2.0 */
/* The emulator: what its files share. */
#ifndef _AXVM_X86_EMULATE_PRIVATE_H
#define _AXVM_X86_EMULATE_PRIVATE_H

#include <linux/types.h>

#include "axvm_x86_emulate.h"

/* Bits of RFLAGS. */
#define FLAG_CF		BIT(0)
#define FLAG_PF		BIT(2)
#define FLAG_AF		BIT(4)
#define FLAG_ZF		BIT(6)
#define FLAG_SF		BIT(7)
#define FLAG_DF		BIT(10)
#define FLAG_OF		BIT(11)
#define FLAG_RF		BIT(16)
#define FLAGS_ARITHMETIC (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

/* Numbers of registers. */
enum {
	RAX = 0,
	RCX = 1,
	RDX = 2,
	RBX = 3,
	RSP = 4,
	RSI = 6,
	RDI = 7,
};

/* Exceptions. */
enum {
	VECTOR_UD = 6,
	VECTOR_SS = 12,
	VECTOR_GP = 13,
	VECTOR_PF = 14,
};

/* ---- alu.c: numbers and flags; bytes is 1, 2, 4 or 8 ---- */

static inline u64 axvm_x86_mask(unsigned int bytes)
{
	return ~0ULL >> (64 - bytes * 8);
}

static inline u64 axvm_x86_sign_extend(u64 value, unsigned int bytes)
{
	unsigned int shift = 64 - bytes * 8;

	return (u64)((s64)(value << shift) >> shift);
}

u64 axvm_x86_arithmetic(enum axvm_x86_op op, unsigned int bytes, u64 first, u64 second,
			u64 *flags);
u64 axvm_x86_unary(enum axvm_x86_op op, unsigned int bytes, u64 value, u64 *flags);
u64 axvm_x86_shift(enum axvm_x86_op op, unsigned int bytes, u64 value, unsigned int count,
		   u64 *flags);
u64 axvm_x86_bit(enum axvm_x86_op op, unsigned int bytes, u64 value, unsigned int bit, u64 *flags);
bool axvm_x86_condition(u8 condition, u64 flags);

/* ---- registers: a write of 4 bytes sets the upper half to 0, one of less leaves the rest ---- */

static inline u64 axvm_x86_get_gpr(const struct axvm_gprs *gprs, u8 reg, unsigned int bytes)
{
	return gprs->r[reg & 15] & axvm_x86_mask(bytes);
}

static inline void axvm_x86_set_gpr(struct axvm_gprs *gprs, u8 reg, unsigned int bytes, u64 value)
{
	u64 keep = bytes < 4 ? ~axvm_x86_mask(bytes) : 0;

	gprs->r[reg & 15] = (gprs->r[reg & 15] & keep) | (value & axvm_x86_mask(bytes));
}

/* ---- integer.c: instructions with one operand in memory, as functions ---- */

/**
 * struct axvm_x86_values - What an instruction works on and comes to.
 * @memory: the operand in memory: what was read, what is to be written.
 * @flags: RFLAGS.
 * @reg_bytes: how much of a register is to be set; 0 for none.
 * @reg: which.
 * @high: it is AH to BH.
 * @value: to what.
 */
struct axvm_x86_values {
	u64 memory;
	u64 flags;
	u8 reg_bytes;
	u8 reg;
	bool high;
	u64 value;
};

void axvm_x86_integer(const struct axvm_x86_insn *insn, const struct axvm_gprs *gprs,
		      struct axvm_x86_values *values);

/* ---- operand.c: operands in memory, and devices ---- */

/**
 * struct axvm_x86_run - One call of axvm_x86_emulate().
 * @em: the instruction.
 * @ops: the guest.
 * @context: for @ops.
 * @used: answers that have been used.
 */
struct axvm_x86_run {
	struct axvm_x86_emulation *em;
	const struct axvm_x86_emulate_ops *ops;
	void *context;
	unsigned int used;
};

/**
 * struct axvm_x86_operand - An operand in memory, its address translated.
 * @linear: linear address.
 * @width: in bytes.
 * @first: how many of them are in the first page.
 * @pages: where these and the rest are.
 * @pages.place: enum axvm_x86_place.
 * @pages.gpa: guest-physical address.
 */
struct axvm_x86_operand {
	u64 linear;
	u8 width;
	u8 first;
	struct {
		u8 place;
		u64 gpa;
	} pages[2];
};

enum axvm_x86_emulate axvm_x86_fault(struct axvm_x86_emulation *em, u8 vector, u32 error_code);
/* Not yet cut to the size of addresses. */
u64 axvm_x86_effective_address(const struct axvm_x86_emulation *em);
/* All checks and translations; for a write also if it is read before. */
enum axvm_x86_emulate axvm_x86_find_operand(struct axvm_x86_run *run, u8 segment, u64 offset,
					    unsigned int width, bool write,
					    struct axvm_x86_operand *operand);
/* Is all of it memory that can be accessed as it was looked for? */
bool axvm_x86_is_memory(const struct axvm_x86_operand *operand);
enum axvm_x86_emulate axvm_x86_load(struct axvm_x86_run *run,
				    const struct axvm_x86_operand *operand, void *data);
enum axvm_x86_emulate axvm_x86_store(struct axvm_x86_run *run,
				     const struct axvm_x86_operand *operand, const void *data);
/* An access that only the caller can make, or the answer to it. */
enum axvm_x86_emulate axvm_x86_ask(struct axvm_x86_run *run, const struct axvm_x86_access *access,
				   u64 *answer);

/* ---- the other instructions ---- */

/* emulate_string.c */
enum axvm_x86_emulate axvm_x86_string(struct axvm_x86_run *run);
/* emulate_stack.c */
enum axvm_x86_emulate axvm_x86_stack(struct axvm_x86_run *run);
/* emulate_vector.c; their operand is found already. */
enum axvm_x86_emulate axvm_x86_vector(struct axvm_x86_run *run,
				      const struct axvm_x86_operand *operand);

#endif /* _AXVM_X86_EMULATE_PRIVATE_H */
