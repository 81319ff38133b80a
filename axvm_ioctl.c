// SPDX-License-Identifier: GPL-2.0
/* Ioctls by table: the argument comes in once, the locks are taken here */
#define pr_fmt(fmt) "axvm: " fmt

#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "axvm_ioctl.h"
#include "axvm_vcpu.h"
#include "axvm_vm.h"

/* Errnos from here on are the kernel's own. */
#define FIRST_INTERNAL_ERRNO	512

/* Structures grow at their end: zero what an older caller leaves out. */
static int copy_in(const struct axvm_ioctl *ioctl, void *arg, const void __user *user)
{
	u32 size;
	int error;

	if (get_user(size, (const u32 __user *)user))
		return -EFAULT;
	if (size < ioctl->size_min)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	error = copy_struct_from_user(arg, ioctl->size, user, size);
	/* Not a second reading: the caller may have changed it in between. */
	*(u32 *)arg = size;
	return error;
}

static int copy_out(const struct axvm_ioctl *ioctl, const void *arg, void __user *user)
{
	u32 size = min_t(u32, *(const u32 *)arg, ioctl->size);

	return copy_to_user(user, arg, size) ? -EFAULT : 0;
}

static long call_with_vcpu(const struct axvm_ioctl_target *target,
			   const struct axvm_ioctl *ioctl, void *arg)
{
	long result;

	if (!(ioctl->flags & AXVM_IOCTL_TAKE_VCPU))
		return ioctl->handler(target->object, arg);
	result = axvm_vcpu_take(target->vcpu);
	if (result)
		return result;
	result = ioctl->handler(target->object, arg);
	axvm_vcpu_release(target->vcpu);
	return result;
}

/* Killable: memory ioctls and faults of user memory can hold the lock for long. */
static long call_with_vm(const struct axvm_ioctl_target *target,
			 const struct axvm_ioctl *ioctl, void *arg)
{
	long result;

	if (!(ioctl->flags & AXVM_IOCTL_VM_LOCK))
		return call_with_vcpu(target, ioctl, arg);
	if (mutex_lock_killable(&target->vm->lock))
		return -EINTR;
	result = call_with_vcpu(target, ioctl, arg);
	mutex_unlock(&target->vm->lock);
	return result;
}

static long call(const struct axvm_ioctl_target *target, const struct axvm_ioctl *ioctl,
		 void __user *user)
{
	u64 arg[AXVM_IOCTL_MAX_SIZE / sizeof(u64)];
	long result;

	if (!ioctl->size)
		return call_with_vm(target, ioctl, NULL);
	result = copy_in(ioctl, arg, user);
	if (result)
		return result;
	result = call_with_vm(target, ioctl, arg);
	if ((ioctl->flags & AXVM_IOCTL_OUT) && copy_out(ioctl, arg, user))
		return -EFAULT;
	return result;
}

/* A code that means something only inside the kernel is a bug here, not the caller's problem. */
static long for_user(const struct axvm_ioctl *ioctl, long result)
{
	if (likely(result > -FIRST_INTERNAL_ERRNO))
		return result;
	pr_err_once("ioctl %#x ended with the internal code %ld\n", ioctl->cmd, result);
	return -EIO;
}

static const struct axvm_ioctl *find(const struct axvm_ioctl *table, size_t count,
				     unsigned int cmd)
{
	const struct axvm_ioctl *ioctl;

	for (ioctl = table; ioctl < table + count; ioctl++)
		if (ioctl->cmd == cmd)
			return ioctl;
	return NULL;
}

long axvm_ioctl(const struct axvm_ioctl_target *target, const struct axvm_ioctl *table,
		size_t count, unsigned int cmd, unsigned long arg)
{
	const struct axvm_ioctl *ioctl = find(table, count, cmd);

	if (!ioctl)
		return -ENOTTY;
	if ((ioctl->flags & AXVM_IOCTL_OWNER) && current->mm != target->vm->mm)
		return -EPERM;
	return for_user(ioctl, call(target, ioctl, (void __user *)arg));
}
