/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's names for what the compiler offers
 */
#ifndef SELFTESTS_COMPILER_H
#define SELFTESTS_COMPILER_H

#include <sys/cdefs.h>	/* __always_inline */

#ifndef __noreturn
#define __noreturn		__attribute__((__noreturn__))
#endif
#ifndef __printf
#define __printf(fmt, args)	__attribute__((__format__(__printf__, fmt, args)))
#endif
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#endif

/* A function that runs in the guest; see guest.h. */
#define __guest			__attribute__((__noinline__, __section__("guest_text")))

#define __maybe_unused		__attribute__((__unused__))

#define BIT(n)			(1UL << (n))

/* One access, of the type's own size, done where it is written. */
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile typeof(x) *)&(x) = (v))

#endif /* SELFTESTS_COMPILER_H */
