// SPDX-License-Identifier: GPL-2.0
/* xorshift64* by Vigna */
#include "random.h"

static u64 state = 1;

void random_seed(u64 seed)
{
	state = seed;
}

u64 random_u64(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 2685821657736338717ULL;
}
