/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PC's option ROM that boots a kernel through its PVH entry
 *
 * The kernel and all that it wants to find in memory are on the first hard disk, which
 * is read by its registers: that takes no time, and a BIOS and a boot loader would need
 * minutes of an emulator's. The runner fills in where things are, and the checksum.
 */
#define DATA		0x1f0
#define COUNT		0x1f2
#define STATUS		0x1f7
#define COMMAND		0x1f7

#define READ_SECTORS	0x20
#define BUSY		0x80
#define REQUEST		0x08

	.code16
	.globl	_start
_start:
	.byte	0x55, 0xaa, (end - _start) / 512

	/* The BIOS calls this with the segment of the ROM, and is not returned to. */
	cli
	cld
	lgdtl	%cs:gdt_pointer - _start
	inb	$0x92, %al
	orb	$2, %al			/* address line 20 */
	outb	%al, $0x92
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$8, $protected

	.code32
protected:
	movw	$16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$parts, %ebp
next_part:
	movl	(%ebp), %ebx		/* the first sector */
	movl	4(%ebp), %esi		/* how many */
	movl	8(%ebp), %edi		/* to which address */
	addl	$12, %ebp
	testl	%esi, %esi
	jz	boot
next_sector:
	/* Drive 0 before anything else: the BIOS may have left the other one. */
	movl	%ebx, %eax
	shrl	$24, %eax
	orb	$0xe0, %al
	movw	$0x1f6, %dx
	outb	%al, %dx
	incl	%edx
1:	inb	%dx, %al		/* STATUS */
	testb	$BUSY, %al
	jnz	1b
	movw	$COUNT, %dx
	movb	$1, %al
	outb	%al, %dx
	movl	%ebx, %eax
	incl	%edx
	outb	%al, %dx
	shrl	$8, %eax
	incl	%edx
	outb	%al, %dx
	shrl	$8, %eax
	incl	%edx
	outb	%al, %dx
	movw	$COMMAND, %dx
	movb	$READ_SECTORS, %al
	outb	%al, %dx
2:	inb	%dx, %al		/* STATUS */
	andb	$BUSY | REQUEST, %al
	cmpb	$REQUEST, %al
	jne	2b
	movw	$DATA, %dx
	movl	$128, %ecx
	rep insl
	incl	%ebx
	decl	%esi
	jnz	next_sector
	jmp	next_part
boot:
	movl	%edi, %ebx		/* struct hvm_start_info */
	jmp	*entry

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* 8: code, all of memory */
	.quad	0x00cf93000000ffff	/* 16: data */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	/* From here on the runner writes. */
	.org	256
entry:
	.long	0
parts:
	.org	512
end:
