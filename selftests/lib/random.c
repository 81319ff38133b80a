// SPDX-License-Identifier: GPL-2.0
/* Marsaglia's xorshift of 64 bits */
#include "random.h"

static __u64 state = 0x9e3779b97f4a7c15;

void random_seed(__u64 seed)
{
	state = seed;
}

__u64 random_u64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}
