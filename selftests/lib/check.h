/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Assertions of the host side
 *
 * kselftest_harness.h has ASSERT_*(), but they are good in a test's own body
 * only: they jump out of it. These end the process of the test wherever they
 * are, so helpers and threads may use them too. The harness runs each test in
 * a process of its own and takes its exit status for the result.
 */
#ifndef SELFTESTS_CHECK_H
#define SELFTESTS_CHECK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <linux/types.h>

#include "compiler.h"

/** struct where - A place in a test: what a failure is reported at. */
struct where {
	const char *file;
	int line;
};

#define HERE		((struct where){ __FILE__, __LINE__ })

/** check_failed() - Report a failure at @where and end the test. */
void check_failed(struct where where, const char *fmt, ...)
	__printf(2, 3) __noreturn;

/** test_skip() - End the test as skipped, for the reason given. */
void test_skip(const char *fmt, ...) __printf(1, 2) __noreturn;

/** test_set_reason() - Tell the harness why a test is skipped; see test.h. */
void test_set_reason(const char *reason);

/** test_note() - Print a line that is not a result. */
void test_note(const char *fmt, ...) __printf(1, 2);

/** FAIL() - End the test with a message. */
#define FAIL(...)	check_failed(HERE, __VA_ARGS__)

/** CHECK() - @cond must hold. */
#define CHECK(cond) do {						\
	if (!(cond))							\
		check_failed(HERE, "not so: %s", #cond);		\
} while (0)

/** CHECK_OK() - @call must return 0 or more; negative is an errno (libaxvm). */
#define CHECK_OK(call) ({						\
	long __ret = (long)(call);					\
									\
	if (__ret < 0)							\
		check_failed(HERE, "%s: %s", #call, strerror(-__ret));	\
	__ret;								\
})

/** CHECK_SYS() - @call must not return -1; the reason is in errno (libc). */
#define CHECK_SYS(call) ({						\
	__auto_type __ret = (call);					\
									\
	if ((long)__ret == -1)						\
		check_failed(HERE, "%s: %s", #call, strerror(errno));	\
	__ret;								\
})

/** CHECK_ERRNO() - @call must return the negative errno of @err. */
#define CHECK_ERRNO(call, err)						\
	check_errno(HERE, #call, (long)(call), err)

void check_errno(struct where where, const char *call, long ret, int err);

#define __CHECK_CMP(a, op, b) do {					\
	__u64 __a = (__u64)(a), __b = (__u64)(b);			\
									\
	if (!(__a op __b))						\
		check_failed(HERE, "not so: %s " #op " %s (0x%llx, 0x%llx)", \
			     #a, #b, __a, __b);				\
} while (0)

/* Both sides are taken as unsigned 64-bit numbers. */
#define CHECK_EQ(a, b)	__CHECK_CMP(a, ==, b)
#define CHECK_NE(a, b)	__CHECK_CMP(a, !=, b)
#define CHECK_LT(a, b)	__CHECK_CMP(a, <, b)
#define CHECK_LE(a, b)	__CHECK_CMP(a, <=, b)
#define CHECK_GT(a, b)	__CHECK_CMP(a, >, b)
#define CHECK_GE(a, b)	__CHECK_CMP(a, >=, b)

#endif /* SELFTESTS_CHECK_H */
