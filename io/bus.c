// SPDX-License-Identifier: GPL-2.0
/* The I/O bus: which device in the kernel answers an access to no memory */
#include <linux/gfp.h>
#include <linux/rcupdate.h>

#include "axvm_io.h"
#include "axvm_vcpu.h"
#include "axvm_vm.h"

void axvm_io_init(struct axvm_io_bus *bus)
{
	mt_init_flags(&bus->devices, MT_FLAGS_USE_RCU);
}

void axvm_io_destroy(struct axvm_io_bus *bus)
{
	mtree_destroy(&bus->devices);
}

static unsigned long last_byte(const struct axvm_io_device *device)
{
	return device->gpa + device->len - 1;
}

int axvm_io_register(struct axvm_io_bus *bus, struct axvm_io_device *device)
{
	return mtree_insert_range(&bus->devices, device->gpa, last_byte(device), device,
				  GFP_KERNEL_ACCOUNT);
}

void axvm_io_unregister(struct axvm_io_bus *bus, struct axvm_io_device *device)
{
	MA_STATE(mas, &bus->devices, device->gpa, last_byte(device));

	/* Taking a range out can need a node; the device ends, so this cannot fail. */
	mas_lock(&mas);
	mas_store_gfp(&mas, NULL, GFP_KERNEL | __GFP_NOFAIL);
	mas_unlock(&mas);
	/* Pairs with the RCU sections below: no vCPU is in the device any more. */
	synchronize_rcu();
}

/* An access that begins in a device and ends outside is nobody's. Context: under RCU. */
static struct axvm_io_device *find(struct axvm_io_bus *bus, u64 gpa, unsigned int width)
{
	struct axvm_io_device *device = mtree_load(&bus->devices, gpa);

	if (!device || device->gpa + device->len - gpa < width)
		return NULL;
	return device;
}

bool axvm_io_read(struct axvm_vcpu *vcpu, u64 gpa, unsigned int width, u64 *data)
{
	struct axvm_io_bus *bus = &vcpu->vm->bus;
	struct axvm_io_device *device;

	rcu_read_lock();
	device = find(bus, gpa, width);
	if (device)
		*data = device->ops->read(device, vcpu, gpa - device->gpa, width);
	rcu_read_unlock();
	return device;
}

bool axvm_io_write(struct axvm_vcpu *vcpu, u64 gpa, unsigned int width, u64 data)
{
	struct axvm_io_bus *bus = &vcpu->vm->bus;
	struct axvm_io_device *device;

	rcu_read_lock();
	device = find(bus, gpa, width);
	if (device)
		device->ops->write(device, vcpu, gpa - device->gpa, width, data);
	rcu_read_unlock();
	return device;
}
