/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: single instructions in guest code
 */
#ifndef SELFTESTS_RISCV_INSN_H
#define SELFTESTS_RISCV_INSN_H

#include "vm.h"

/**
 * INSN() - Put one instruction into guest code, exactly as written.
 * @sym: a symbol for its address.
 * @opt: options for the assembler: "norvc", "rvc", "arch, +v".
 * @text: the instruction.
 *
 * What follows it traps.
 */
#define INSN(sym, opt, text)						\
	extern const char sym[];					\
	asm(".pushsection guest_text, \"ax\"\n"				\
	    "	.option push\n"						\
	    "	.option " opt "\n"					\
	    "	.balign 4\n"						\
	    #sym ":	" text "\n"					\
	    "	unimp\n"						\
	    "	.option pop\n"						\
	    "	.popsection\n")

/* Numbers of the registers that tests use in them. */
#define REG_RA	1
#define REG_SP	2
#define REG_T0	5
#define REG_S0	8
#define REG_A0	10
#define REG_A1	11
#define REG_A5	15
#define REG_S11	27
#define REG_T6	31

/**
 * insn_fill() - Give every register a value of its own.
 *
 * They differ from each other, have all bytes different and their upper bit set.
 */
static inline void insn_fill(struct axvm_gprs *gprs, const char *insn)
{
	unsigned int i;

	gprs->pc = (__u64)insn;
	gprs->x[0] = 0;
	for (i = 1; i < 32; i++)
		gprs->x[i] = 0xf1e2d3c4b5a69788ULL + i;
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

	CHECK_EQ(gprs->pc, want->pc);
	for (i = 0; i < 32; i++)
		CHECK_EQ(gprs->x[i], want->x[i]);
}

/** insn_check_trap() - The guest has just taken a trap. */
static inline void insn_check_trap(struct vcpu *vcpu, __u64 cause, __u64 pc, __u64 value)
{
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_SCAUSE)), cause);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_SEPC)), pc);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_STVAL)), value);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_PC),
		 vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_STVEC)));
	CHECK(vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_SSTATUS)) & SSTATUS_SPP);
}

#endif /* SELFTESTS_RISCV_INSN_H */
