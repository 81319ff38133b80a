/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: what counts instructions is the TSC, in QEMU with -icount shift=0 and in Bochs
 *
 * The kernel's clocks are made of it, but their second is as long as the emulator says.
 */
#ifndef AXVM_BENCH_COUNTER_H
#define AXVM_BENCH_COUNTER_H

#include "types.h"

static inline u64 read_counter(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return low | (u64)high << 32;
}

/** counter_of_time() - What the counter does in @ns nanoseconds of the kernel's clock. */
u64 counter_of_time(u64 ns);

#endif /* AXVM_BENCH_COUNTER_H */
