/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: where a vCPU starts, and where its exceptions and interrupts arrive
 */
#include "cpu.h"
#include "offsets.h"

	.section guest_text, "ax", @progbits
	/* Only this section is executable in the guest, by pages. */
	.balign	4096

/*
 * In 64-bit mode, with everything set by the host: RDI is the address of struct
 * guest_cpu, GS points to it, RSP is the end of its stack.
 */
	.globl	guest_start
	.type	guest_start, @function
guest_start:
	movq	%rdi, %rax
	movq	CPU_ARGS + 0(%rax), %rdi
	movq	CPU_ARGS + 8(%rax), %rsi
	movq	CPU_ARGS + 16(%rax), %rdx
	movq	CPU_ARGS + 24(%rax), %rcx
	call	*CPU_FN(%rax)
	call	guest_done
	.size	guest_start, . - guest_start

/*
 * In 64-bit mode as well, but come there by the guest itself: RDI is as above, the
 * page tables are the right ones, and nothing else is.
 */
	.globl	guest_start_bare
	.type	guest_start_bare, @function
guest_start_bare:
	lgdt	CPU_GDTR(%rdi)
	lidt	CPU_IDTR(%rdi)
	movq	CPU_SP(%rdi), %rsp
	movl	$KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	/* It is busy if this vCPU was here before. */
	movq	CPU_GDTR + 2(%rdi), %rax
	andb	$0xfd, TSS_SELECTOR + 5(%rax)
	movl	$TSS_SELECTOR, %eax
	ltr	%ax
	movl	$MSR_GS_BASE, %ecx
	movl	%edi, %eax
	movq	%rdi, %rdx
	shrq	$32, %rdx
	wrmsr
	pushq	$KERNEL_CS
	leaq	guest_start(%rip), %rax
	pushq	%rax
	lretq
	.size	guest_start_bare, . - guest_start_bare

/* These exceptions push an error code themselves: 8, 10 to 14, 17, 21, 29, 30. */
#define HAVE_ERROR	0x60227d00

/* One entry for each vector, 16 bytes apart. */
	.balign	16
	.globl	guest_vectors
	.type	guest_vectors, @function
guest_vectors:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	vector > 31 || !(HAVE_ERROR >> (vector & 31) & 1)
	pushq	$0
	.endif
	pushq	$vector
	jmp	guest_entry
	.set	vector, vector + 1
	.endr
	.size	guest_vectors, . - guest_vectors

/*
 * Each entry has a stack of its own kind, by the TSS, so nothing of what was
 * interrupted is relied on. What is pushed here is struct guest_frame.
 */
	.type	guest_entry, @function
guest_entry:
	.irp	n, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rsp, rbx, rdx, rcx, rax
	pushq	%\n
	.endr
	cld
	movq	%rsp, %rdi
	subq	$8, %rsp
	call	guest_trap
	addq	$8, %rsp
	.irp	n, rax, rcx, rdx, rbx
	popq	%\n
	.endr
	addq	$8, %rsp
	.irp	n, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	popq	%\n
	.endr
	addq	$16, %rsp
	iretq
	.size	guest_entry, . - guest_entry

	.section .note.GNU-stack, "", @progbits
