/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: single instructions in guest code
 */
#ifndef SELFTESTS_X86_INSN_H
#define SELFTESTS_X86_INSN_H

#include "vm.h"

/**
 * INSN() - Put one instruction into guest code, exactly as written.
 * @sym: a symbol for its address; @sym_end is the address after it.
 * @text: the instruction; several, or .code16 and .code32 before it, are fine.
 *
 * What follows it is a write to %INSN_PORT, for who lets the guest go on.
 */
#define INSN(sym, text)							\
	extern const char sym[], sym##_end[];				\
	asm(".pushsection guest_text, \"ax\"\n"				\
	    #sym ":	" text "\n"					\
	    #sym "_end:\n"						\
	    "	.code64\n"						\
	    "	outb	%al, $0x42\n"					\
	    "	ud2\n"							\
	    "	.popsection\n")

/**
 * PROGRAM() - Code for real mode, at an address of the test's choosing.
 * @sym: symbol of its beginning; that of its end is @sym_end.
 * @text: the code. A label's address is its distance from @sym, and that address.
 */
#define PROGRAM(sym, text)						\
	extern const char sym[], sym##_end[];				\
	asm(".pushsection .rodata\n"					\
	    ".code16\n"							\
	    #sym ":\n"							\
	    text "\n"							\
	    #sym "_end:\n"						\
	    ".code64\n"							\
	    ".popsection\n")

/** define INSN_PORT - See INSN(). */
#define INSN_PORT	0x42

/* Numbers of the registers that tests use in them. */
#define GPR_RAX	0
#define GPR_RCX	1
#define GPR_RDX	2
#define GPR_RBX	3
#define GPR_RSP	4
#define GPR_RBP	5
#define GPR_RSI	6
#define GPR_RDI	7
#define GPR_R8	8
#define GPR_R9	9
#define GPR_R12	12
#define GPR_R13	13
#define GPR_R15	15

/**
 * insn_fill() - Give every register a value of its own.
 *
 * They differ from each other, have all bytes different and their upper bit set.
 */
static inline void insn_fill(struct axvm_gprs *gprs, const char *insn)
{
	unsigned int i;

	gprs->rip = (__u64)insn;
	gprs->rflags = RFLAGS_ONE;
	for (i = 0; i < 16; i++)
		gprs->r[i] = 0xf1e2d3c4b5a69788ULL + i;
}

/** insn_set() - Have the next RUN start from these registers. */
static inline void insn_set(struct vcpu *vcpu, const struct axvm_gprs *gprs)
{
	vcpu->ax.request->gprs = *gprs;
	axvm_request(&vcpu->ax, AXVM_RUN_SET_GPRS);
}

/** insn_finish() - Complete the last exit without entering the guest. */
static inline const struct axvm_gprs *insn_finish(struct vcpu *vcpu, __u32 flags)
{
	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER | AXVM_RUN_GET_GPRS | flags);
	vcpu_expect(vcpu, AXVM_EXIT_NOTHING);
	CHECK(vcpu->ax.exit->flags & AXVM_EXIT_HAS_GPRS);
	return &vcpu->ax.exit->gprs;
}

/** insn_check_gprs() - All registers are as they should be. */
static inline void insn_check_gprs(const struct axvm_gprs *gprs, const struct axvm_gprs *want)
{
	unsigned int i;

	CHECK_EQ(gprs->rip, want->rip);
	CHECK_EQ(gprs->rflags, want->rflags);
	for (i = 0; i < 16; i++)
		if (gprs->r[i] != want->r[i])
			FAIL("register %u: 0x%llx, not 0x%llx", i, gprs->r[i], want->r[i]);
}

/* What an exception that was injected and not yet delivered looks like. */
#define INSN_EVENT(vector)	(1ULL << 31 | 3 << 8 | (vector))
#define INSN_EVENT_ERROR(vector, error) \
	(INSN_EVENT(vector) | 1 << 11 | (__u64)(error) << 32)

/** insn_check_event() - The guest takes this exception next. */
static inline void insn_check_event(struct vcpu *vcpu, __u64 event)
{
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_EVENT), event);
	vcpu_set_reg(vcpu, AXVM_X86_EVENT, 0);
}

#endif /* SELFTESTS_X86_INSN_H */
