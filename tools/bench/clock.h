/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clocks: in an emulator that lets them, they count instructions
 */
#ifndef AXVM_BENCH_CLOCK_H
#define AXVM_BENCH_CLOCK_H

#include <time.h>

#include "counter.h"
#include "types.h"

static inline u64 read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* Everything that the CPU executes, and the waits. */
static inline u64 elapsed(void)
{
	return read_counter();
}

/*
 * What the CPU executes for the calling thread, in nanoseconds for counter_of_time(): in
 * it, in the kernel, in the guest.
 */
static inline u64 thread_time(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/*
 * A time-out: @seconds, or longer where that is less than as many thousand million
 * instructions.
 */
static inline unsigned int at_least(unsigned int seconds)
{
	u64 longer = seconds * 1000000000ULL / (counter_of_time(1000000000) + 1);

	return longer > seconds ? longer : seconds;
}

#endif /* AXVM_BENCH_CLOCK_H */
