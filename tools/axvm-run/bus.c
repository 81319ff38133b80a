// SPDX-License-Identifier: GPL-2.0
/*
 * Device registers in an address space: guest-physical memory, or I/O ports
 */
#include <assert.h>

#include "bus.h"

void bus_add(struct bus *bus, const struct bus_device *device)
{
	unsigned int i = bus->count++;

	assert(i < BUS_MAX_DEVICES);
	for (; i && bus->devices[i - 1].base > device->base; i--)
		bus->devices[i] = bus->devices[i - 1];
	bus->devices[i] = *device;
}

const struct bus_device *bus_find(const struct bus *bus, u64 addr, unsigned int width)
{
	unsigned int low = 0, high = bus->count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;
		const struct bus_device *device = &bus->devices[middle];

		if (addr < device->base)
			high = middle;
		else if (addr - device->base >= device->len)
			low = middle + 1;
		else
			return width <= device->len - (addr - device->base) ? device : NULL;
	}
	return NULL;
}
