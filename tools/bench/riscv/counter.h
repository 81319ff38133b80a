/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: the kernel's clock counts instructions, in QEMU with -icount shift=0
 */
#ifndef AXVM_BENCH_COUNTER_H
#define AXVM_BENCH_COUNTER_H

#include <time.h>

#include "types.h"

static inline u64 read_counter(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/** counter_of_time() - What the counter does in @ns nanoseconds of the kernel's clock. */
static inline u64 counter_of_time(u64 ns)
{
	return ns;
}

#endif /* AXVM_BENCH_COUNTER_H */
