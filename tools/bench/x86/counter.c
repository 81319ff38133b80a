// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the kernel's clock in terms of the TSC
 */
#include <stdio.h>
#include <time.h>

#include "clock.h"

/* So long the two are compared: far longer than it takes to read them. */
#define COMPARE_NS	10000000ULL

static double measure_ratio(void)
{
	u64 ns = read_clock(CLOCK_MONOTONIC), count = read_counter();

	while (read_clock(CLOCK_MONOTONIC) - ns < COMPARE_NS)
		;
	return (double)(read_counter() - count) / (read_clock(CLOCK_MONOTONIC) - ns);
}

u64 counter_of_time(u64 ns)
{
	static double ratio;

	if (!ratio)
		ratio = measure_ratio();
	return ns * ratio;
}
