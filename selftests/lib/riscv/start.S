/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: where a vCPU starts, and where it traps
 */
#include "offsets.h"

/* Save or load every register but x0 and tp. */
	.macro	each_x op
	.irp	n, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
	\op	x\n, CPU_X + \n * 8(tp)
	.endr
	.irp	n, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	x\n, CPU_X + \n * 8(tp)
	.endr
	.endm

	.section guest_text, "ax", @progbits
	/* Only this section is executable in the guest, by pages. */
	.balign	4096

/*
 * As the boot protocol and SBI HSM have it: a0 is the hart's id, a1 is the
 * address of struct guest_cpu.
 */
	.globl	guest_start
	.type	guest_start, @function
guest_start:
	.option	push
	.option	norelax
	la	gp, __global_pointer$
	.option	pop
	mv	tp, a1
	csrw	sscratch, tp
	la	t0, guest_vector
	csrw	stvec, t0
	ld	t0, CPU_SATP(tp)
	beqz	t0, 1f
	csrw	satp, t0
	sfence.vma
1:	ld	sp, CPU_SP(tp)
	ld	t0, CPU_FN(tp)
	ld	a0, CPU_ARGS + 0(tp)
	ld	a1, CPU_ARGS + 8(tp)
	ld	a2, CPU_ARGS + 16(tp)
	ld	a3, CPU_ARGS + 24(tp)
	jalr	t0
	call	guest_done
	.size	guest_start, . - guest_start

/*
 * sscratch holds struct guest_cpu all the time but for the first instructions
 * here. Neither sp nor tp of what was interrupted is relied on.
 */
	.balign	4
	.globl	guest_vector
	.type	guest_vector, @function
guest_vector:
	csrrw	tp, sscratch, tp
	each_x	sd
	csrr	t0, sscratch
	sd	t0, CPU_X + 4 * 8(tp)
	csrw	sscratch, tp
	ld	sp, CPU_TRAP_SP(tp)
	.option	push
	.option	norelax
	la	gp, __global_pointer$
	.option	pop
	mv	a0, tp
	call	guest_trap
	each_x	ld
	ld	tp, CPU_X + 4 * 8(tp)
	sret
	.size	guest_vector, . - guest_vector

	.section .note.GNU-stack, "", @progbits
