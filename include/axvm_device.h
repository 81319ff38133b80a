/* SPDX-License-Identifier: GPL-2.0 */
/* In-kernel devices: a file each, made by AXVM_CREATE_DEVICE. */
#ifndef _AXVM_DEVICE_H
#define _AXVM_DEVICE_H

#include <linux/types.h>

#include "axvm.h"
#include "axvm_io.h"
#include "axvm_regs.h"

struct axvm_vm;
struct axvm_device;

/**
 * struct axvm_device_ops - What one type of device does.
 * @name: for the file's name in /proc.
 * @type: one of enum axvm_device_type.
 * @create: check the argument and make the device. Called with the VM's lock
 *	held. Return it or an ERR_PTR().
 * @destroy: undo @create. The device is on no bus any more.
 * @set_irq: %AXVM_SET_IRQ. Any context that may not sleep. Return 0 or %-EINVAL.
 * @regs: its state as registers. The set function must be safe against the
 *	guest's accesses.
 */
struct axvm_device_ops {
	const char *name;
	u32 type;
	struct axvm_device *(*create)(struct axvm_vm *vm, const struct axvm_create_device *args);
	void (*destroy)(struct axvm_device *device);
	int (*set_irq)(struct axvm_device *device, u32 irq, bool level);
	struct axvm_reg_ops regs;
};

/**
 * struct axvm_device - An in-kernel device. Constant after creation.
 * @vm: keeps the VM.
 * @ops: its type.
 * @io: its registers on the bus.
 * @irqs: number of interrupt sources.
 */
struct axvm_device {
	struct axvm_vm *vm;
	const struct axvm_device_ops *ops;
	struct axvm_io_device io;
	u32 irqs;
};

/**
 * axvm_device_create_file() - Make a device and a file for it.
 * @vm: the VM, its lock held.
 * @args: checked only by the type's @create.
 *
 * Return: the file descriptor or a negative errno.
 */
int axvm_device_create_file(struct axvm_vm *vm, const struct axvm_create_device *args);

#endif /* _AXVM_DEVICE_H */
