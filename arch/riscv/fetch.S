/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the guest's instructions */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/csr.h>
#include <asm/insn-def.h>

/*
 * unsigned long axvm_riscv_fetch_half(unsigned long address, struct axvm_riscv_trap *trap)
 *
 * The 16 bits at a guest-virtual address, or the trap that reading them made.
 * Interrupts are off; hstatus.SPVP is the privilege to read with.
 */
SYM_FUNC_START(axvm_riscv_fetch_half)
	lla	t0, .Ltrap
	csrrw	t0, CSR_STVEC, t0
	HLVX_HU(a0, a0)
.Ldone:
	csrw	CSR_STVEC, t0
	ret

	/* stvec ignores the lowest two bits of the address: they are its mode. */
	.balign 4
.Ltrap:
	csrr	t1, CSR_SCAUSE
	REG_S	t1, 0(a1)
	csrr	t1, CSR_STVAL
	REG_S	t1, SZREG(a1)
	csrr	t1, CSR_HTVAL
	REG_S	t1, 2*SZREG(a1)
	lla	t1, .Ldone
	csrw	CSR_SEPC, t1
	sret
SYM_FUNC_END(axvm_riscv_fetch_half)
