/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world switch
 *
 * Everything between a guest's exit and its next entry is here and in
 * axvm_riscv_exit(). As long as that returns 0 this loop goes round without
 * restoring the host's callee-saved registers: the C compiler keeps its own
 * promises about them, and the guest's are in the structure.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/csr.h>

#include "axvm_riscv_switch.h"

#define FRAME	(14 * 8)

/* Apply \op to every register but x0, x2 (sp is done, too), a0 and t0. */
.macro for_gprs op
	\op	ra, AXVM_SWITCH_X(1)(a0)
	\op	sp, AXVM_SWITCH_X(2)(a0)
	\op	gp, AXVM_SWITCH_X(3)(a0)
	\op	tp, AXVM_SWITCH_X(4)(a0)
	\op	t0, AXVM_SWITCH_X(5)(a0)
	\op	t1, AXVM_SWITCH_X(6)(a0)
	\op	t2, AXVM_SWITCH_X(7)(a0)
	\op	s0, AXVM_SWITCH_X(8)(a0)
	\op	s1, AXVM_SWITCH_X(9)(a0)
	\op	a1, AXVM_SWITCH_X(11)(a0)
	\op	a2, AXVM_SWITCH_X(12)(a0)
	\op	a3, AXVM_SWITCH_X(13)(a0)
	\op	a4, AXVM_SWITCH_X(14)(a0)
	\op	a5, AXVM_SWITCH_X(15)(a0)
	\op	a6, AXVM_SWITCH_X(16)(a0)
	\op	a7, AXVM_SWITCH_X(17)(a0)
	\op	s2, AXVM_SWITCH_X(18)(a0)
	\op	s3, AXVM_SWITCH_X(19)(a0)
	\op	s4, AXVM_SWITCH_X(20)(a0)
	\op	s5, AXVM_SWITCH_X(21)(a0)
	\op	s6, AXVM_SWITCH_X(22)(a0)
	\op	s7, AXVM_SWITCH_X(23)(a0)
	\op	s8, AXVM_SWITCH_X(24)(a0)
	\op	s9, AXVM_SWITCH_X(25)(a0)
	\op	s10, AXVM_SWITCH_X(26)(a0)
	\op	s11, AXVM_SWITCH_X(27)(a0)
	\op	t3, AXVM_SWITCH_X(28)(a0)
	\op	t4, AXVM_SWITCH_X(29)(a0)
	\op	t5, AXVM_SWITCH_X(30)(a0)
	\op	t6, AXVM_SWITCH_X(31)(a0)
.endm

/* The host's callee-saved registers, on its stack. */
.macro for_callee_saved op
	\op	ra, 0(sp)
	\op	s0, 8(sp)
	\op	s1, 16(sp)
	\op	s2, 24(sp)
	\op	s3, 32(sp)
	\op	s4, 40(sp)
	\op	s5, 48(sp)
	\op	s6, 56(sp)
	\op	s7, 64(sp)
	\op	s8, 72(sp)
	\op	s9, 80(sp)
	\op	s10, 88(sp)
	\op	s11, 96(sp)
.endm

/* unsigned int axvm_riscv_switch(struct axvm_riscv_switch *a0) */
SYM_FUNC_START(axvm_riscv_switch)
	addi	sp, sp, -FRAME
	for_callee_saved sd
	sd	sp, AXVM_SWITCH_HOST_SP(a0)
	sd	gp, AXVM_SWITCH_HOST_GP(a0)
	sd	tp, AXVM_SWITCH_HOST_TP(a0)
	csrr	t0, CSR_STVEC
	sd	t0, AXVM_SWITCH_HOST_STVEC(a0)
	csrr	t0, CSR_SSTATUS
	sd	t0, AXVM_SWITCH_HOST_SSTATUS(a0)
	csrr	t0, CSR_HSTATUS
	sd	t0, AXVM_SWITCH_HOST_HSTATUS(a0)

.Lenter:
	/*
	 * A trap in the host since the last exit (a warning, say) has changed
	 * sstatus.SPP and hstatus.SPV, so both are written each time.
	 */
	ld	t0, AXVM_SWITCH_SSTATUS(a0)
	csrw	CSR_SSTATUS, t0
	ld	t1, AXVM_SWITCH_HSTATUS(a0)
	csrw	CSR_HSTATUS, t1
	ld	t2, AXVM_SWITCH_PC(a0)
	csrw	CSR_SEPC, t2
	lla	t3, .Lexit
	csrw	CSR_STVEC, t3
	csrw	CSR_SSCRATCH, a0
	for_gprs ld
	ld	a0, AXVM_SWITCH_X(10)(a0)
	sret

	/* stvec ignores the lowest two bits of the address: they are its mode. */
	.balign 4
.Lexit:
	csrrw	a0, CSR_SSCRATCH, a0
	for_gprs sd
	ld	t3, AXVM_SWITCH_HOST_STVEC(a0)
	csrw	CSR_STVEC, t3
	ld	sp, AXVM_SWITCH_HOST_SP(a0)
	ld	gp, AXVM_SWITCH_HOST_GP(a0)
	ld	tp, AXVM_SWITCH_HOST_TP(a0)
	/* The host's trap entry takes sscratch 0 as "came from the kernel". */
	csrrw	t0, CSR_SSCRATCH, zero
	sd	t0, AXVM_SWITCH_X(10)(a0)
	csrr	t1, CSR_SEPC
	sd	t1, AXVM_SWITCH_PC(a0)
	csrr	t2, CSR_SSTATUS
	sd	t2, AXVM_SWITCH_SSTATUS(a0)
	csrr	a1, CSR_SCAUSE
	mv	s1, a0
	call	axvm_riscv_exit
	bnez	a0, .Lleave
	mv	a0, s1
	j	.Lenter

.Lleave:
	ld	t0, AXVM_SWITCH_HOST_SSTATUS(s1)
	csrw	CSR_SSTATUS, t0
	/* Clears SPV, or the host's next sret would go to a guest. */
	ld	t1, AXVM_SWITCH_HOST_HSTATUS(s1)
	csrw	CSR_HSTATUS, t1
	for_callee_saved ld
	addi	sp, sp, FRAME
	ret
SYM_FUNC_END(axvm_riscv_switch)
