/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Device registers in an address space: guest-physical memory, or I/O ports
 */
#ifndef AXVM_RUN_BUS_H
#define AXVM_RUN_BUS_H

#include "types.h"

#define BUS_MAX_DEVICES	48

/**
 * struct bus_device - A device's registers.
 * @base: address of the first.
 * @len: bytes.
 * @widest: the widest access that it takes as one; not looked at here.
 * @opaque: for the functions.
 * @read: read @width bytes (1, 2, 4 or 8) at @offset; called by any vCPU thread.
 * @write: write them.
 */
struct bus_device {
	u64 base;
	u64 len;
	unsigned int widest;
	void *opaque;
	u64 (*read)(void *opaque, u64 offset, unsigned int width);
	void (*write)(void *opaque, u64 offset, unsigned int width, u64 data);
};

/**
 * struct bus - The devices, in order of their addresses.
 * @devices: them.
 * @count: how many.
 *
 * Constant once the first vCPU runs.
 */
struct bus {
	struct bus_device devices[BUS_MAX_DEVICES];
	unsigned int count;
};

/* Add a device whose registers overlap no other's; there is room for it. */
void bus_add(struct bus *bus, const struct bus_device *device);

/* The device that @width bytes at @addr belong to as a whole, or NULL. */
const struct bus_device *bus_find(const struct bus *bus, u64 addr, unsigned int width);

#endif /* AXVM_RUN_BUS_H */
