/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: the code that runs in the guest, without paging
 *
 * a0, a1 and a2 are the arguments. The count lives in s0: SBI calls change a0
 * and a1.
 */
#include "layout.h"

#define SBI_BASE		0x10
#define SBI_GET_SPEC_VERSION	0
#define SBI_IPI			0x735049
#define SBI_SEND_IPI		0

#define SIP_SSIP		0x2
#define SSTATUS_SIE		0x2

	.section .rodata
	/* An access has the same length wherever the assembler puts it. */
	.option	norvc
	/* The code runs elsewhere than it is linked: no short cuts by the linker. */
	.option	norelax
	.balign	4096
	.globl	guest_begin
guest_begin:

/* Begin an entry point; its trap vector reports what should not happen. */
	.macro	entry name, vector=guest_unexpected
	.balign	64
	.globl	\name
\name:
	lla	t0, \vector
	csrw	stvec, t0
	mv	s0, a0
	.endm

/* Count down to label 1, and end. */
	.macro	repeat
	addi	s0, s0, -1
	bnez	s0, 1b
	j	guest_done
	.endm

	entry	guest_nop
1:	repeat

	entry	guest_hypercall
	li	a7, SBI_BASE
	li	a6, SBI_GET_SPEC_VERSION
1:	ecall
	repeat

/*
 * cycle is what both hypervisors answer themselves: no firmware counter has to be
 * configured before, and neither lets the guest at the hardware's.
 */
	entry	guest_sysreg
1:	csrr	a0, cycle
	repeat

	entry	guest_mmio_write
	li	s1, GUEST_DEVICE
1:	sw	s0, 0(s1)
	repeat

	entry	guest_mmio_read
	li	s1, GUEST_DEVICE
1:	lw	a0, 0(s1)
	repeat

	entry	guest_touch
1:	sd	s0, 0(a1)
	add	a1, a1, a2
	repeat

/* s1 counts the interrupts taken, down as s0 does. */
	entry	guest_self_ipi, guest_ipi
	mv	s1, s0
	csrsi	sie, SIP_SSIP
	csrsi	sstatus, SSTATUS_SIE
	li	a7, SBI_IPI
	li	a6, SBI_SEND_IPI
1:	li	a0, 1
	li	a1, 0
	ecall
2:	beq	s0, s1, 2b
	repeat

	.balign	64
guest_ipi:
	csrr	t0, scause
	bgez	t0, guest_unexpected
	csrci	sip, SIP_SSIP
	addi	s1, s1, -1
	sret

/* Interrupts are off: what is pending ends the wait, and is not taken. */
	.macro	wait_for_ipi
2:	wfi
	csrr	t0, sip
	andi	t0, t0, SIP_SSIP
	beqz	t0, 2b
	csrci	sip, SIP_SSIP
	.endm

	.macro	send_ipi hart
	li	a0, 1
	li	a1, \hart
	ecall
	.endm

	entry	guest_ping
	csrsi	sie, SIP_SSIP
	li	a7, SBI_IPI
	li	a6, SBI_SEND_IPI
1:	send_ipi 1
	wait_for_ipi
	repeat

	entry	guest_pong
	csrsi	sie, SIP_SSIP
	li	a7, SBI_IPI
	li	a6, SBI_SEND_IPI
1:	wait_for_ipi
	send_ipi 0
	repeat

	.balign	64
guest_done:
	li	t0, GUEST_DONE
	sd	zero, 0(t0)
	j	guest_done

	.balign	64
guest_unexpected:
	csrr	t0, scause
	li	t1, GUEST_FAILED
	sd	t0, 0(t1)
	j	guest_unexpected

	.balign	8
	.globl	guest_end
guest_end:

	/* For a profiler: where the guest has guest_begin. */
	.globl	guest_address
	.set	guest_address, GUEST_CODE

	.section .note.GNU-stack, "", @progbits
