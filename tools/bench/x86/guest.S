/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the code that runs in the guest, in 64-bit mode
 *
 * RDI, RSI and RDX are the arguments. The count lives in RBX: CPUID and WRMSR want the
 * other registers.
 */
#include "layout.h"

#define MSR_APIC_BASE		0x1b
#define APIC_BASE_X2APIC	0xc00
#define MSR_X2APIC_EOI		0x80b
#define MSR_X2APIC_SVR		0x80f
#define MSR_X2APIC_ICR		0x830
#define MSR_X2APIC_SELF_IPI	0x83f
#define SVR_ENABLE		0x1ff

#define IPI_VECTOR		0x40
#define EXCEPTIONS		32

#define GATE_INTERRUPT		0x8e00
#define PTE_TABLE		0x27	/* present, writable, user, accessed */
#define PTE_HUGE		0xe3	/* present, writable, accessed, dirty, large */
#define STACK_LEN		0x400

	.section .rodata
	.balign	4096
	.globl	guest_begin
guest_begin:

/* Begin an entry point. */
	.macro	entry name, stack=0
	.balign	64
	.globl	\name
\name:
	movl	$(GUEST_CODE + GUEST_STACKS + (\stack + 1) * STACK_LEN), %esp
	movq	%rdi, %rbx
	.endm

/* Count down to label 1, and end. */
	.macro	repeat
	decq	%rbx
	jnz	1b
	jmp	guest_done
	.endm

	entry	guest_nop
1:	repeat

/* A leaf that both hypervisors just look up. */
	entry	guest_hypercall
1:	movl	$1, %eax
	xorl	%ecx, %ecx
	movq	%rbx, %r8
	cpuid
	movq	%r8, %rbx
	repeat

/* A register that both hypervisors have in memory: neither lets the guest at it. */
	entry	guest_sysreg
	movl	$MSR_APIC_BASE, %ecx
1:	rdmsr
	repeat

	entry	guest_mmio_write
	movl	$GUEST_DEVICE, %esi
1:	movl	%ebx, (%rsi)
	repeat

	entry	guest_mmio_read
	movl	$GUEST_DEVICE, %esi
1:	movl	(%rsi), %eax
	repeat

	entry	guest_port_write
	movl	$GUEST_PORT, %edx
1:	outl	%eax, %dx
	repeat

	entry	guest_port_read
	movl	$GUEST_PORT, %edx
1:	inl	%dx, %eax
	repeat

	entry	guest_touch
1:	movq	%rbx, (%rsi)
	addq	%rdx, %rsi
	repeat

	.macro	write_msr msr, low
	movl	$\msr, %ecx
	movl	$\low, %eax
	xorl	%edx, %edx
	wrmsr
	.endm

/* The local APIC, in x2APIC mode and on. */
	.macro	enable_apic
	movl	$MSR_APIC_BASE, %ecx
	rdmsr
	orl	$APIC_BASE_X2APIC, %eax
	wrmsr
	write_msr MSR_X2APIC_SVR, SVR_ENABLE
	.endm

/* RBP counts the interrupts taken, down as RBX does. */
	entry	guest_self_ipi
	enable_apic
	movq	%rbx, %rbp
	sti
	movl	$MSR_X2APIC_SELF_IPI, %ecx
	movl	$IPI_VECTOR, %eax
	xorl	%edx, %edx
1:	wrmsr
2:	cmpq	%rbx, %rbp
	je	2b
	repeat

/* Interrupts are on for the halt alone: what came before ends it at once. */
	.macro	wait_for_ipi
	movq	%rbp, %r12
2:	sti
	hlt
	cli
	cmpq	%rbp, %r12
	je	2b
	.endm

	.macro	send_ipi cpu
	movl	$MSR_X2APIC_ICR, %ecx
	movl	$IPI_VECTOR, %eax
	movl	$\cpu, %edx
	wrmsr
	.endm

	entry	guest_ping
	enable_apic
1:	send_ipi 1
	wait_for_ipi
	repeat

	entry	guest_pong, 1
	enable_apic
1:	wait_for_ipi
	send_ipi 0
	repeat

	.balign	64
guest_done:
	movl	$GUEST_DONE, %esi
	movq	%rbx, (%rsi)
	jmp	guest_done

/* R8 is the vector. */
	.balign	64
guest_unexpected:
	movl	$GUEST_FAILED, %esi
	movq	%r8, (%rsi)
	jmp	guest_unexpected

/* Handlers are where a gate can say it without knowing the code: 16 bytes each. */
	.org	guest_begin + GUEST_HANDLERS
	.set	vector, 0
	.rept	EXCEPTIONS
	.balign	16
	movl	$vector, %r8d
	jmp	guest_unexpected
	.set	vector, vector + 1
	.endr

	.org	guest_begin + GUEST_HANDLERS + IPI_VECTOR * 16
	/* On the stack: QEMU may deliver an interrupt a second time, in the middle of this. */
	pushq	%rcx
	pushq	%rax
	pushq	%rdx
	write_msr MSR_X2APIC_EOI, 0
	popq	%rdx
	popq	%rax
	popq	%rcx
	decq	%rbp
	iretq

	.org	guest_begin + GUEST_IDT
	.set	vector, 0
	.rept	IPI_VECTOR + 1
	.word	(GUEST_CODE + GUEST_HANDLERS + vector * 16) & 0xffff
	.word	GUEST_CS
	.word	GATE_INTERRUPT
	.word	(GUEST_CODE + GUEST_HANDLERS + vector * 16) >> 16
	.quad	0
	.set	vector, vector + 1
	.endr
	.globl	guest_idt_end
guest_idt_end:

	.org	guest_begin + GUEST_GDT
	.quad	0
	.quad	0x00af9b000000ffff	/* code, 64 bits */
	.quad	0x00cf93000000ffff	/* data */
	.globl	guest_gdt_end
guest_gdt_end:

/* Four GiB, mapped to themselves by pages of 2 MiB. */
	.org	guest_begin + GUEST_TABLES
	.quad	GUEST_CODE + GUEST_TABLES + 0x1000 + PTE_TABLE
	.org	guest_begin + GUEST_TABLES + 0x1000
	.set	table, 0
	.rept	4
	.quad	GUEST_CODE + GUEST_TABLES + 0x2000 + (table << 12) + PTE_TABLE
	.set	table, table + 1
	.endr
	.org	guest_begin + GUEST_TABLES + 0x2000
	.set	page, 0
	.rept	4 * 512
	.quad	(page << 21) + PTE_HUGE
	.set	page, page + 1
	.endr

	.balign	8
	.globl	guest_end
guest_end:

	/* For a profiler: where the guest has guest_begin. */
	.globl	guest_address
	.set	guest_address, GUEST_CODE

	.section .note.GNU-stack, "", @progbits
