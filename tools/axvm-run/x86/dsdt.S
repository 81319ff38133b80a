/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The compiled dsdt.asl
 */
	.section .rodata, "a"
	.balign	16
	.globl	dsdt_aml, dsdt_aml_end
dsdt_aml:
	.incbin	"dsdt.aml"
dsdt_aml_end:

	.section .note.GNU-stack, "", %progbits
