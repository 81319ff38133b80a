// SPDX-License-Identifier: GPL-2.0
/*
 * Telling the user
 */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "report.h"
#include "types.h"

static void report_line(const char *fmt, va_list args)
{
	char line[1024];
	size_t room = sizeof(line) - 1;
	size_t len;
	int more;

	len = snprintf(line, room, "axvm-run: ");
	more = vsnprintf(line + len, room - len, fmt, args);
	if (more > 0)
		len += (size_t)more < room - len ? (size_t)more : room - len - 1;
	line[len++] = '\n';

	/* Nobody is left to tell if this fails. */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}

void report(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_line(fmt, args);
	va_end(args);
}

int fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_line(fmt, args);
	va_end(args);
	return -1;
}
