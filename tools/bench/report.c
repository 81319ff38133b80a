// SPDX-License-Identifier: GPL-2.0
/*
 * Telling the user
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

static void report_line(const char *fmt, va_list args)
{
	fputs("axvm-bench: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void report(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_line(fmt, args);
	va_end(args);
}

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_line(fmt, args);
	va_end(args);
	exit(EXIT_FAILURE);
}
