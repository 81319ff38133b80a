/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small images for axvm-run, assembled into the test
 */
#ifndef SELFTESTS_TOOLS_X86_FLAT_GUEST_H
#define SELFTESTS_TOOLS_X86_FLAT_GUEST_H

#include "../command.h"

/**
 * FIRMWARE() - Define a guest that is a firmware image of 64 KiB.
 *
 * Its code is at F000:0000 in real mode, with data behind it; labels are offsets there.
 */
#define FIRMWARE(name, code)						\
	asm(".pushsection .rodata\n"					\
	    ".balign 16\n"						\
	    ".globl guest_" #name ", guest_" #name "_end\n"		\
	    "guest_" #name ":\n"					\
	    ".code16\n" code "\n"					\
	    ".org	guest_" #name " + 0xfff0\n"			\
	    "ljmp	$0xf000, $0\n"					\
	    ".org	guest_" #name " + 0x10000\n"			\
	    ".code64\n"							\
	    "guest_" #name "_end:\n"					\
	    ".popsection\n");						\
	extern const char guest_##name[], guest_##name##_end[]

/* Where MULTIBOOT_GUEST() is loaded. */
#define MULTIBOOT_BASE	"0x100000"

/**
 * MULTIBOOT_GUEST() - Define a guest that is a Multiboot kernel.
 *
 * Its code is 32-bit; a label's address is "label - guest_NAME + MULTIBOOT_BASE".
 */
#define MULTIBOOT_GUEST(name, code)					\
	asm(".pushsection .rodata\n"					\
	    ".balign 16\n"						\
	    ".globl guest_" #name ", guest_" #name "_end\n"		\
	    "guest_" #name ":\n"					\
	    ".long	0x1badb002, 0x10003, -(0x1badb002 + 0x10003)\n"	\
	    ".long	" MULTIBOOT_BASE ", " MULTIBOOT_BASE ", 0\n"	\
	    ".long	" MULTIBOOT_BASE " + 0x10000\n"			\
	    ".long	" MULTIBOOT_BASE " + 0x20\n"			\
	    ".code32\n" code "\n"					\
	    ".code64\n"							\
	    "guest_" #name "_end:\n"					\
	    ".popsection\n");						\
	extern const char guest_##name[], guest_##name##_end[]

/** WRITE_GUEST() - Make the file "image" of it. */
#define WRITE_GUEST(name)						\
	write_file("image", guest_##name, guest_##name##_end - guest_##name)

#endif /* SELFTESTS_TOOLS_X86_FLAT_GUEST_H */
