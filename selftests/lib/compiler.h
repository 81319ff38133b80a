/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's names for what the compiler offers
 */
#ifndef SELFTESTS_COMPILER_H
#define SELFTESTS_COMPILER_H

#include <sys/cdefs.h>	/* __always_inline */

#include "kselftest.h"	/* __noreturn, __printf, ARRAY_SIZE */

/* A function that runs in the guest; see guest.h. */
#define __guest								\
	__attribute__((__noinline__,					\
		       __section__("guest_text")))

#define BIT(n)			(1UL << (n))

/* One access, of the type's own size, done where it is written. */
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)

/* Not __atomic_store_n(): RISC-V's GCC 12 makes that an atomic exchange. */
#define WRITE_ONCE(x, v) do {						\
	asm volatile("" : : : "memory");				\
	(x) = (v);							\
	asm volatile("" : : : "memory");				\
} while (0)

#endif /* SELFTESTS_COMPILER_H */
