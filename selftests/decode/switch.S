/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Into an instruction with all registers set, and out of it with all of them kept
 *
 * The instruction may be in a code segment of 16 or 32 bits, so a far jump leads to
 * it, and one behind it leads back. Neither changes a register, nor do the moves
 * before and after change flags.
 */
#include "native.h"

#define FIELD(offset)	native + (offset)(%rip)

	.text
	.globl	native_run
	.type	native_run, @function
native_run:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, FIELD(NATIVE_HOST_RSP)
	rdfsbase %rax
	mov	%rax, FIELD(NATIVE_HOST_FS)
	rdgsbase %rax
	mov	%rax, FIELD(NATIVE_HOST_GS)

	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movq	FIELD(NATIVE_MM + \n * 8), %mm\n
	.endr
	cmpb	$0, FIELD(NATIVE_HAS_AVX)
	je	1f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu	FIELD(NATIVE_VECTOR + \n * 32), %ymm\n
	.endr
	jmp	2f
1:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu	FIELD(NATIVE_VECTOR + \n * 32), %xmm\n
	.endr
2:
	cmpb	$0, FIELD(NATIVE_HAS_SEGMENTS)
	je	3f
	mov	FIELD(NATIVE_SELECTOR + 0), %es
	mov	FIELD(NATIVE_SELECTOR + 4), %ss
	mov	FIELD(NATIVE_SELECTOR + 6), %ds
	mov	FIELD(NATIVE_SELECTOR + 8), %fs
	mov	FIELD(NATIVE_SELECTOR + 10), %gs
	jmp	4f
3:
	mov	FIELD(NATIVE_GS_BASE), %rax
	wrgsbase %rax
4:
	pushq	FIELD(NATIVE_RFLAGS)
	popfq
	mov	FIELD(NATIVE_R + 0), %rax
	mov	FIELD(NATIVE_R + 8), %rcx
	mov	FIELD(NATIVE_R + 16), %rdx
	mov	FIELD(NATIVE_R + 24), %rbx
	mov	FIELD(NATIVE_R + 32), %rsp
	mov	FIELD(NATIVE_R + 40), %rbp
	mov	FIELD(NATIVE_R + 48), %rsi
	mov	FIELD(NATIVE_R + 56), %rdi
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	FIELD(NATIVE_R + \n * 8), %r\n
	.endr
	ljmpl	*FIELD(NATIVE_FAR)

	.globl	native_return
native_return:
	mov	%rax, FIELD(NATIVE_R + 0)
	mov	%rcx, FIELD(NATIVE_R + 8)
	mov	%rdx, FIELD(NATIVE_R + 16)
	mov	%rbx, FIELD(NATIVE_R + 24)
	mov	%rsp, FIELD(NATIVE_R + 32)
	mov	%rbp, FIELD(NATIVE_R + 40)
	mov	%rsi, FIELD(NATIVE_R + 48)
	mov	%rdi, FIELD(NATIVE_R + 56)
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15
	mov	%r\n, FIELD(NATIVE_R + \n * 8)
	.endr
	mov	%es, FIELD(NATIVE_SELECTOR + 0)
	mov	%ss, FIELD(NATIVE_SELECTOR + 4)
	mov	%ds, FIELD(NATIVE_SELECTOR + 6)
	mov	%fs, FIELD(NATIVE_SELECTOR + 8)
	mov	%gs, FIELD(NATIVE_SELECTOR + 10)
	mov	$0x2b, %eax
	mov	%eax, %ss
	mov	FIELD(NATIVE_HOST_RSP), %rsp
	pushfq
	popq	FIELD(NATIVE_RFLAGS)
	cld
	xor	%eax, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %fs
	mov	%eax, %gs
	mov	FIELD(NATIVE_HOST_FS), %rax
	wrfsbase %rax
	mov	FIELD(NATIVE_HOST_GS), %rax
	wrgsbase %rax

	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	movq	%mm\n, FIELD(NATIVE_MM + \n * 8)
	.endr
	emms
	cmpb	$0, FIELD(NATIVE_HAS_AVX)
	je	5f
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu	%ymm\n, FIELD(NATIVE_VECTOR + \n * 32)
	.endr
	vzeroupper
	jmp	6f
5:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu	%xmm\n, FIELD(NATIVE_VECTOR + \n * 32)
	.endr
6:
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	native_run, . - native_run
	.section .note.GNU-stack, "", @progbits
