/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest RAM
 */
#ifndef AXVM_RUN_RAM_H
#define AXVM_RUN_RAM_H

#include "types.h"

/**
 * struct ram - Guest RAM: one range of guest-physical addresses.
 * @base: its guest-physical address.
 * @size: bytes.
 * @host: where it is in this process, aligned as huge pages need it.
 *
 * Constant from ram_create() to ram_destroy(); what is in it is the guest's too,
 * and may change at any time while a vCPU runs.
 */
struct ram {
	u64 base;
	u64 size;
	void *host;
};

int ram_create(struct ram *ram, u64 base, u64 size);
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
