/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest RAM
 */
#ifndef AXVM_RUN_RAM_H
#define AXVM_RUN_RAM_H

#include "types.h"

/* Most pieces that an architecture's RAM is in. */
#define RAM_RANGES	2

/**
 * struct range - Guest-physical addresses.
 * @start: first.
 * @end: one past the last.
 */
struct range {
	u64 start;
	u64 end;
};

static inline u64 range_size(const struct range *range)
{
	return range->end - range->start;
}

/**
 * struct ram - Guest RAM.
 * @ranges: where it is in the guest, in order.
 * @count: how many there are.
 * @size: bytes, of all together.
 * @host: where it is in this process, one range after the other, aligned as huge pages
 *	need it.
 *
 * Constant from ram_create() to ram_destroy(); what is in it is the guest's too,
 * and may change at any time while a vCPU runs.
 */
struct ram {
	struct range ranges[RAM_RANGES];
	unsigned int count;
	u64 size;
	void *host;
};

/**
 * ram_create() - Reserve guest RAM.
 * @ram: @ranges and @count are filled in; the ranges are multiples of a huge page, but for
 *	the last one's end. The rest is filled in here.
 *
 * Return: 0, or -1 with the reason reported.
 */
int ram_create(struct ram *ram);
void ram_destroy(struct ram *ram);

/**
 * ram_at() - Find guest memory in this process.
 * @ram: guest RAM.
 * @gpa: guest-physical address, as wild as a guest may give it.
 * @len: bytes.
 *
 * Return: where it is, or %NULL if some of it is not RAM.
 */
void *ram_at(const struct ram *ram, u64 gpa, u64 len);

#endif /* AXVM_RUN_RAM_H */
