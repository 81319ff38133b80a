// SPDX-License-Identifier: GPL-2.0
/*
 * Assertions of the host side: reporting
 *
 * Everything goes to standard error, unbuffered and as TAP comments: the
 * harness ends its children with _exit(), which loses what stdio holds.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "check.h"

static void print_comment(const char *prefix, const char *fmt, va_list args)
{
	char text[512];

	vsnprintf(text, sizeof(text), fmt, args);
	dprintf(STDERR_FILENO, "# %s%s\n", prefix, text);
}

void check_failed(struct where where, const char *fmt, ...)
{
	char prefix[128];
	va_list args;

	snprintf(prefix, sizeof(prefix), "%s:%d: ", where.file, where.line);
	va_start(args, fmt);
	print_comment(prefix, fmt, args);
	va_end(args);
	_exit(KSFT_FAIL);
}

void check_errno(struct where where, const char *call, long ret, int err)
{
	if (ret == -err)
		return;
	if (ret < 0)
		check_failed(where, "%s: '%s', not '%s'", call,
			     strerror(-ret), strerror(err));
	check_failed(where, "%s: returned %ld, not '%s'", call, ret,
		     strerror(err));
}

void test_skip(const char *fmt, ...)
{
	char reason[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	test_set_reason(reason);
	_exit(KSFT_SKIP);
}

void test_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_comment("", fmt, args);
	va_end(args);
}
