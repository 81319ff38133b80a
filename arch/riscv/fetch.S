/* SPDX-License-Identifier: GPL-2.0 */
/* Reading the guest's instructions */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/csr.h>
#include <asm/insn-def.h>

/*
 * unsigned long axvm_riscv_fetch_insn(unsigned long address, struct axvm_riscv_trap *trap)
 *
 * The instruction at a guest-virtual address, or the trap that reading it made. A
 * page may end between its two halves, so the second is read only if there is one.
 * Interrupts are off; hstatus.SPVP is the privilege to read with.
 */
SYM_FUNC_START(axvm_riscv_fetch_insn)
	lla	t0, .Ltrap
	csrrw	t0, CSR_STVEC, t0
	addi	t2, a0, 2
	HLVX_HU(a0, a0)
	/* Not compressed: both of the lowest bits are set. */
	not	t1, a0
	andi	t1, t1, 3
	bnez	t1, .Ldone
	HLVX_HU(t2, t2)
	slli	t2, t2, 16
	or	a0, a0, t2
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
SYM_FUNC_END(axvm_riscv_fetch_insn)
