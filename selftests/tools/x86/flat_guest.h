/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small images for axvm-run, assembled into the test
 */
#ifndef SELFTESTS_TOOLS_X86_FLAT_GUEST_H
#define SELFTESTS_TOOLS_X86_FLAT_GUEST_H

#include "../command.h"

/* GUEST() - Define an image by what is in it. */
#define GUEST(name, contents)						\
	asm(".pushsection .rodata\n"					\
	    ".balign 16\n"						\
	    ".globl guest_" #name ", guest_" #name "_end\n"		\
	    "guest_" #name ":\n"					\
	    contents							\
	    ".code64\n"							\
	    "guest_" #name "_end:\n"					\
	    ".popsection\n");						\
	extern const char guest_##name[], guest_##name##_end[]

/**
 * FIRMWARE() - Define a guest that is a firmware image of 64 KiB.
 *
 * Its code is at F000:0000 in real mode, with data behind it; labels are offsets there.
 */
#define FIRMWARE(name, code)						\
	GUEST(name,							\
	    ".code16\n" code "\n"					\
	    ".org	guest_" #name " + 0xfff0\n"			\
	    "ljmp	$0xf000, $0\n"					\
	    ".org	guest_" #name " + 0x10000\n")

/* Where MULTIBOOT_GUEST() and those below are loaded. */
#define MULTIBOOT_BASE	"0x100000"

/**
 * MULTIBOOT_GUEST() - Define a guest that is a Multiboot kernel.
 *
 * Its code is 32-bit; a label's address is "label - guest_NAME + MULTIBOOT_BASE".
 */
#define MULTIBOOT_GUEST(name, code)					\
	GUEST(name,							\
	    ".long	0x1badb002, 0x10003, -(0x1badb002 + 0x10003)\n"	\
	    ".long	" MULTIBOOT_BASE ", " MULTIBOOT_BASE ", 0\n"	\
	    ".long	" MULTIBOOT_BASE " + 0x10000\n"			\
	    ".long	" MULTIBOOT_BASE " + 0x20\n"			\
	    ".code32\n" code "\n")

/* Where the type of its relocatable tag is. */
#define MULTIBOOT2_RELOCATABLE	56

/** MULTIBOOT2_GUEST() - The same for Multiboot 2; it can be told where it is. */
#define MULTIBOOT2_GUEST(name, code)					\
	GUEST(name,							\
	    ".long	0xe85250d6, 0, 88, -(0xe85250d6 + 88)\n"	\
	    ".long	2, 24, " MULTIBOOT_BASE ", " MULTIBOOT_BASE ", 0\n" \
	    ".long	" MULTIBOOT_BASE " + 0x10000\n"			\
	    ".long	3, 12, " MULTIBOOT_BASE " + 88, 0\n"		\
	    ".long	10, 24, " MULTIBOOT_BASE ", " MULTIBOOT_BASE " + 0x10000\n" \
	    ".long	4096, 0\n"					\
	    ".long	0, 8\n"						\
	    ".code32\n" code "\n")

/** PVH_GUEST() - The same for an ELF file with a PVH entry point. */
#define PVH_GUEST(name, code)						\
	GUEST(name,							\
	    ".byte	0x7f, 'E', 'L', 'F', 1, 1, 1\n"			\
	    ".org	guest_" #name " + 16\n"				\
	    ".word	2, 3\n"		/* ET_EXEC, EM_386 */	\
	    ".long	1, 0, 52, 0, 0\n"				\
	    ".word	52, 32, 2, 0, 0, 0\n"				\
	    ".long	1, 0, " MULTIBOOT_BASE ", " MULTIBOOT_BASE "\n"	\
	    ".long	guest_" #name "_end - guest_" #name "\n"	\
	    ".long	0x10000, 7, 4096\n"				\
	    ".long	4, 116, 0, 0, 20, 0, 4, 4\n"			\
	    ".long	4, 4, 18\n"					\
	    ".asciz	\"Xen\"\n"					\
	    ".long	" MULTIBOOT_BASE " + 136\n"			\
	    ".code32\n" code "\n")

/**
 * BZIMAGE_GUEST() - Define a guest that is a bzImage.
 *
 * Its code is 64-bit, where the kernel's 64-bit entry point is. The sentinel is as it is in
 * a file.
 */
#define BZIMAGE_GUEST(name, code)					\
	GUEST(name,							\
	    ".org	guest_" #name " + 0x1ef\n"			\
	    ".byte	0xff, 0, 1\n"	/* setup_sects */		\
	    ".org	guest_" #name " + 0x1f4\n"			\
	    ".long	(0x1000 - 0x400) / 16\n"			\
	    ".org	guest_" #name " + 0x1fe\n"			\
	    ".word	0xaa55, 0x66eb\n"				\
	    ".ascii	\"HdrS\"\n"					\
	    ".word	0x020f\n"					\
	    ".org	guest_" #name " + 0x211\n"			\
	    ".byte	1\n"		/* LOADED_HIGH */		\
	    ".org	guest_" #name " + 0x22c\n"			\
	    ".long	0x7fffffff, 0x200000\n"				\
	    ".word	1, 1\n"		/* XLF_KERNEL_64 */		\
	    ".long	2047\n"						\
	    ".org	guest_" #name " + 0x258\n"			\
	    ".quad	0x1000000\n"					\
	    ".long	0x10000\n"	/* init_size */			\
	    ".org	guest_" #name " + 0x600\n"			\
	    code "\n"							\
	    ".org	guest_" #name " + 0x1000\n")

#define OUTB_AL(port)							\
	"mov	$" port ", %dx\n"					\
	"outb	%al, %dx\n"

#define OUTB(port, value)						\
	"mov	$" value ", %al\n"					\
	OUTB_AL(port)

/* End, with a number that is known or is in AL. */
#define EXIT(value)	OUTB("0xf4", value)
#define EXIT_AL		OUTB_AL("0xf4")

#define HANG								\
	"9:	hlt\n"							\
	"jmp	9b\n"

/* Run the file "image". */
#define RUN(outcome, ...)						\
	command_run((const char *const []){ "axvm-run", "--timeout", "20", __VA_ARGS__,	\
		    "image", NULL }, outcome)

static struct outcome outcome;

/** WRITE_GUEST() - Make the file "image" of it. */
#define WRITE_GUEST(name)						\
	write_file("image", guest_##name, guest_##name##_end - guest_##name)

#endif /* SELFTESTS_TOOLS_X86_FLAT_GUEST_H */
