/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flat images for axvm-run, assembled into the test
 */
#ifndef SELFTESTS_TOOLS_FLAT_GUEST_H
#define SELFTESTS_TOOLS_FLAT_GUEST_H

#include "../command.h"

/** GUEST() - Define a guest: position-independent code, and data behind it. */
#define GUEST(name, code)						\
	asm(".pushsection .rodata\n"					\
	    ".balign 4\n"						\
	    ".globl guest_" #name ", guest_" #name "_end\n"		\
	    "guest_" #name ":\n" code "\n"				\
	    "guest_" #name "_end:\n"					\
	    ".popsection\n");						\
	extern const char guest_##name[], guest_##name##_end[]

/** WRITE_GUEST() - Make the file "image" of it. */
#define WRITE_GUEST(name)						\
	write_file("image", guest_##name, guest_##name##_end - guest_##name)

#endif /* SELFTESTS_TOOLS_FLAT_GUEST_H */
