/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: from real mode to 64-bit mode, copied to AP_GPA
 */
#include "cpu.h"

#define AP_GPA	0x8000
#define CPUS	16

/* Addresses in real mode count from the code's beginning. */
#define AT(symbol)	(symbol - ap_trampoline)

	.section .rodata
	.balign	16
	.globl	ap_trampoline
ap_trampoline:
	.code16
	cli
	movw	%cs, %ax
	movw	%ax, %ds
	lgdtl	AT(ap_gdtr)
	movl	$(CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
	movl	%eax, %cr4
	movl	AT(ap_cr3), %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NXE), %eax
	wrmsr
	movl	$(CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE), %eax
	movl	%eax, %cr0
	ljmpl	$KERNEL_CS, $(AP_GPA + AT(ap_64bit))

	.code64
ap_64bit:
	movl	$1, %eax
	cpuid
	shrl	$24, %ebx
	movq	(AP_GPA + AT(ap_cpus))(, %rbx, 8), %rdi
	movq	$guest_start_bare, %rax
	jmp	*%rax

	.balign	8
ap_gdt:
	.quad	0
	.quad	0x00af9b000000ffff	/* code, 64 bits */
	.quad	0x00cf93000000ffff	/* data */
ap_gdt_end:
	.word	0
ap_gdtr:
	.word	ap_gdt_end - ap_gdt - 1
	.long	AP_GPA + AT(ap_gdt)
	.globl	ap_cr3
ap_cr3:
	.long	0
	.balign	8
	.globl	ap_cpus
ap_cpus:
	.fill	CPUS, 8, 0
	.globl	ap_trampoline_end
ap_trampoline_end:

	.section .note.GNU-stack, "", @progbits
