/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ucall: how guest code talks to the test
 *
 * The guest fills a structure in its memory and writes its address to
 * %UCALL_GPA, where nothing is mapped: every backend turns that into
 * %AXVM_EXIT_MMIO_WRITE. Strings are not copied: the two sides have one image,
 * so a pointer to a literal is good on both.
 */
#ifndef SELFTESTS_UCALL_H
#define SELFTESTS_UCALL_H

#include <linux/types.h>

#define UCALL_ARGS	4

/**
 * enum ucall_kind - What the guest has to say.
 * @UCALL_NONE: nothing; not sent.
 * @UCALL_SYNC: it reached a point; the first argument says which one.
 * @UCALL_PRINT: a line for the log: a format and its arguments.
 * @UCALL_FAIL: an assertion does not hold: the text and the two values.
 * @UCALL_TRAP: a trap that nobody expected: its cause, value and place.
 * @UCALL_DONE: its function returned.
 */
enum ucall_kind {
	UCALL_NONE,
	UCALL_SYNC,
	UCALL_PRINT,
	UCALL_FAIL,
	UCALL_TRAP,
	UCALL_DONE,
};

/**
 * struct ucall - A message of the guest.
 * @kind: one of enum ucall_kind.
 * @file: where it was sent from.
 * @line: where it was sent from.
 * @text: a literal.
 * @args: numbers, by @kind.
 */
struct ucall {
	__u64 kind;
	const char *file;
	__u64 line;
	const char *text;
	__u64 args[UCALL_ARGS];
};

void guest_ucall(enum ucall_kind kind, const char *file, __u64 line, const char *text,
		 __u64 a0, __u64 a1, __u64 a2, __u64 a3);

#define __GUEST_UCALL(kind, text, a0, a1, a2, a3, ...)			\
	guest_ucall(kind, __FILE__, __LINE__, text,			\
		    (__u64)(a0), (__u64)(a1), (__u64)(a2), (__u64)(a3))

/** GUEST_SYNC() - Tell the test that point @stage is reached, with up to three numbers. */
#define GUEST_SYNC(...)	__GUEST_UCALL(UCALL_SYNC, "", __VA_ARGS__, 0, 0, 0, 0)

/** GUEST_PRINT() - Have the test print a line; up to four numbers or literals. */
#define GUEST_PRINT(fmt, ...) \
	__GUEST_UCALL(UCALL_PRINT, fmt, ##__VA_ARGS__, 0, 0, 0, 0)

/** GUEST_DONE() - The guest's part of the test is over. */
#define GUEST_DONE()	__GUEST_UCALL(UCALL_DONE, "", 0, 0, 0, 0)

/** GUEST_FAIL() - The guest found something wrong: a literal and up to four numbers. */
#define GUEST_FAIL(text, ...) \
	__GUEST_UCALL(UCALL_FAIL, text, ##__VA_ARGS__, 0, 0, 0, 0)

/** GUEST_ASSERT() - @cond must hold, in the guest. */
#define GUEST_ASSERT(cond) do {						\
	if (!(cond))							\
		GUEST_FAIL(#cond);					\
} while (0)

#define __GUEST_ASSERT_CMP(a, op, b) do {				\
	__u64 __a = (__u64)(a), __b = (__u64)(b);			\
									\
	if (!(__a op __b))						\
		GUEST_FAIL(#a " " #op " " #b, __a, __b);		\
} while (0)

/* Both sides are taken as unsigned 64-bit numbers. */
#define GUEST_ASSERT_EQ(a, b)	__GUEST_ASSERT_CMP(a, ==, b)
#define GUEST_ASSERT_NE(a, b)	__GUEST_ASSERT_CMP(a, !=, b)
#define GUEST_ASSERT_LT(a, b)	__GUEST_ASSERT_CMP(a, <, b)
#define GUEST_ASSERT_LE(a, b)	__GUEST_ASSERT_CMP(a, <=, b)
#define GUEST_ASSERT_GT(a, b)	__GUEST_ASSERT_CMP(a, >, b)
#define GUEST_ASSERT_GE(a, b)	__GUEST_ASSERT_CMP(a, >=, b)

#endif /* SELFTESTS_UCALL_H */
