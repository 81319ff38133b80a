// SPDX-License-Identifier: GPL-2.0
/*
 * The stretch of a sample that is measured
 */
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "report.h"
#include "stretch.h"

struct stretch_options stretch_options;

static bool armed;

u64 stretch_operations(u64 usual)
{
	return stretch_options.operations ?: usual;
}

void stretch_arm(void)
{
	armed = stretch_options.wait;
}

/* In one piece, and not into a buffer: the profiler stops the machine on it. */
static void say(const char *line)
{
	if (write(STDOUT_FILENO, line, strlen(line)) < 0)
		die("nobody hears %s", line);
}

static void wait_for_profiler(void)
{
	char line[80];

	say("BENCH-WAIT\n");
	if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
		die("--wait: nothing comes from standard input");
}

u64 stretch_begin(void)
{
	if (armed)
		wait_for_profiler();
	profile_begin();
	return elapsed();
}

u64 stretch_end(u64 began)
{
	u64 time = elapsed() - began;

	profile_end();
	if (armed)
		say("BENCH-DONE\n");
	return time;
}
