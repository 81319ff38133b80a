/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers that are random, and the same in every run
 *
 * Not for several threads at once: who gets which would not be the same.
 */
#ifndef SELFTESTS_RANDOM_H
#define SELFTESTS_RANDOM_H

#include <linux/types.h>
#include <stdbool.h>
#include <string.h>

/** random_seed() - Begin anew. @seed: not 0. */
void random_seed(__u64 seed);

/** random_u64() - 64 random bits. */
__u64 random_u64(void);

/** random_below() - A number from 0 to @end - 1. */
static inline unsigned int random_below(unsigned int end)
{
	return (random_u64() >> 32) * end >> 32;
}

/** random_percent() - True in so many of 100 cases. */
static inline bool random_percent(unsigned int percent)
{
	return random_below(100) < percent;
}

/** random_fill() - Random bytes. */
static inline void random_fill(void *data, size_t bytes)
{
	__u64 number;
	size_t n;

	for (; bytes; bytes -= n, data = (char *)data + n) {
		n = bytes < sizeof(number) ? bytes : sizeof(number);
		number = random_u64();
		memcpy(data, &number, n);
	}
}

#endif /* SELFTESTS_RANDOM_H */
