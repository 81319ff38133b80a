/* SPDX-License-Identifier: GPL-2.0 */
/* Ioctls by table: what each takes, what it needs, who does it. */
#ifndef _AXVM_IOCTL_H
#define _AXVM_IOCTL_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/** define AXVM_IOCTL_OWNER - Only for the process that made the VM (%EPERM). */
#define AXVM_IOCTL_OWNER	0x01
/** define AXVM_IOCTL_VM_LOCK - Runs with &struct axvm_vm.lock held. */
#define AXVM_IOCTL_VM_LOCK	0x02
/**
 * define AXVM_IOCTL_TAKE_VCPU - Runs with the vCPU taken.
 *
 * Nobody else runs or reads it (%EBUSY).
 */
#define AXVM_IOCTL_TAKE_VCPU	0x04
/** define AXVM_IOCTL_OUT - The argument is copied back, also on failure. */
#define AXVM_IOCTL_OUT		0x08

/** define AXVM_IOCTL_MAX_SIZE - Room for the largest argument. */
#define AXVM_IOCTL_MAX_SIZE	96

/**
 * struct axvm_ioctl - One ioctl of one kind of file.
 * @cmd: its number.
 * @size_min: size of its argument in the first version of the interface; 0 for
 *	an ioctl without an argument.
 * @size: size of its argument now.
 * @flags: bits named AXVM_IOCTL_*.
 * @handler: does it. @object is the file's object, @arg the argument in kernel
 *	memory. Returns 0, a positive result, or a negative errno.
 */
struct axvm_ioctl {
	unsigned int cmd;
	u16 size_min;
	u16 size;
	u16 flags;
	long (*handler)(void *object, void *arg);
};

/** AXVM_IOCTL() - An entry with an argument; @last is the last field of the first version. */
#define AXVM_IOCTL(_cmd, _type, _last, _flags, _handler) {		\
	.cmd = (_cmd),							\
	.size_min = offsetofend(_type, _last),				\
	.size = sizeof(_type) + BUILD_BUG_ON_ZERO(sizeof(_type) > AXVM_IOCTL_MAX_SIZE), \
	.flags = (_flags),						\
	.handler = (_handler),						\
}

/** AXVM_IOCTL_NO_ARG() - An entry without an argument. */
#define AXVM_IOCTL_NO_ARG(_cmd, _flags, _handler) {			\
	.cmd = (_cmd),							\
	.flags = (_flags),						\
	.handler = (_handler),						\
}

struct axvm_vm;
struct axvm_vcpu;

/**
 * struct axvm_ioctl_target - What an ioctl is called on.
 * @object: handed to the handler.
 * @vm: the VM whose owner and lock count; NULL for the system file.
 * @vcpu: the vCPU to take; NULL but for vCPU files.
 */
struct axvm_ioctl_target {
	void *object;
	struct axvm_vm *vm;
	struct axvm_vcpu *vcpu;
};

/**
 * axvm_ioctl() - Look an ioctl up in a table and do it.
 * @target: what it is called on.
 * @table: the ioctls of this kind of file.
 * @count: how many there are.
 * @cmd: from user space.
 * @arg: from user space.
 *
 * Return: the handler's result, or one of the common errnos of axvm.h.
 */
long axvm_ioctl(const struct axvm_ioctl_target *target, const struct axvm_ioctl *table,
		size_t count, unsigned int cmd, unsigned long arg);

#endif /* _AXVM_IOCTL_H */
