/* SPDX-License-Identifier: GPL-2.0 */
/* The I/O bus: which in-kernel device answers an access to no memory. */
#ifndef _AXVM_IO_H
#define _AXVM_IO_H

#include <linux/maple_tree.h>
#include <linux/types.h>

struct axvm_vcpu;
struct axvm_vm;
struct axvm_io_device;

/**
 * struct axvm_io_ops - How a device answers. Called by the accessing vCPU, with
 *	RCU held: it may not sleep.
 * @read: @offset into the device, @width 1, 2, 4 or 8; the access does not
 *	leave the device. Return the data, zero-extended.
 * @write: likewise, @data zero-extended.
 */
struct axvm_io_ops {
	u64 (*read)(struct axvm_io_device *device, struct axvm_vcpu *vcpu, u64 offset,
		    unsigned int width);
	void (*write)(struct axvm_io_device *device, struct axvm_vcpu *vcpu, u64 offset,
		      unsigned int width, u64 data);
};

/**
 * struct axvm_io_device - A range of guest-physical addresses and who answers
 *	there. Constant while on a bus.
 * @ops: who.
 * @gpa: first address.
 * @len: length in bytes.
 */
struct axvm_io_device {
	const struct axvm_io_ops *ops;
	u64 gpa;
	u64 len;
};

/**
 * struct axvm_io_bus - The devices of a VM by address.
 * @devices: ranges; changed under &struct axvm_vm.lock, read under RCU.
 */
struct axvm_io_bus {
	struct maple_tree devices;
};

/** axvm_io_init() - An empty bus. */
void axvm_io_init(struct axvm_io_bus *bus);
/** axvm_io_destroy() - The end of an empty bus. */
void axvm_io_destroy(struct axvm_io_bus *bus);

/** axvm_io_empty() - Is there no device at all? Saves asking when there is nobody to ask. */
static inline bool axvm_io_empty(const struct axvm_io_bus *bus)
{
	return mtree_empty(&bus->devices);
}

/**
 * axvm_io_register() - Put a device on the bus.
 *
 * Return: 0, %-EEXIST if another one is there, or %-ENOMEM.
 */
int axvm_io_register(struct axvm_io_bus *bus, struct axvm_io_device *device);

/** axvm_io_unregister() - Take a device off the bus; when this returns no vCPU is in it. */
void axvm_io_unregister(struct axvm_io_bus *bus, struct axvm_io_device *device);

/**
 * axvm_io_read() - Let the devices answer a read.
 *
 * Return: true and the data in @data, or false: nobody is there.
 */
bool axvm_io_read(struct axvm_vcpu *vcpu, u64 gpa, unsigned int width, u64 *data);

/** axvm_io_write() - Let the devices take a write. Return: whether somebody is there. */
bool axvm_io_write(struct axvm_vcpu *vcpu, u64 gpa, unsigned int width, u64 data);

#endif /* _AXVM_IO_H */
