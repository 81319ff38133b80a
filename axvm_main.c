// SPDX-License-Identifier: GPL-2.0
/* Loading and unloading, and the system file */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "axvm_arch.h"
#include "axvm_hardware.h"
#include "axvm_ioctl.h"
#include "axvm_vm.h"

static long get_info(void *object, void *arg)
{
	struct axvm_system_info *info = arg;
	u32 size = info->size;

	*info = (struct axvm_system_info) {
		.size = size,
		.version = AXVM_ABI_VERSION,
		.max_vcpus = AXVM_MAX_VCPUS,
		.max_vcpu_id = AXVM_MAX_VCPU_ID,
		.max_mappings = AXVM_MAX_MAPPINGS,
	};
	axvm_hardware_status(info);
	axvm_arch_system_info(info);
	return 0;
}

static long create_vm(void *object, void *arg)
{
	const struct axvm_create_vm *args = arg;

	return args->flags ? -EINVAL : axvm_vm_create_file(object);
}

static const struct axvm_ioctl ioctls[] = {
	AXVM_IOCTL(AXVM_GET_INFO, struct axvm_system_info, tag_bits, AXVM_IOCTL_OUT, get_info),
	AXVM_IOCTL(AXVM_CREATE_VM, struct axvm_create_vm, flags, 0, create_vm),
};

static long system_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct axvm_ioctl_target target = { .object = file };

	return axvm_ioctl(&target, ioctls, ARRAY_SIZE(ioctls), cmd, arg);
}

/* After the last VM that was made by it: another hypervisor finds the machine as it was. */
static int release(struct inode *inode, struct file *file)
{
	axvm_arch_settle();
	return 0;
}

/* The owner: a file of any kind keeps the module, so it cannot go while there is a VM. */
static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.release = release,
	.unlocked_ioctl = system_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/*
 * For root: a VM takes kernel memory and processor time. Whom else to give it to
 * is the administrator's decision, by a udev rule.
 */
static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "axvm",
	.fops = &fops,
	.mode = 0600,
};

static int __init axvm_init(void)
{
	int error = axvm_arch_init();

	if (error)
		return error;
	error = axvm_hardware_init();
	if (error)
		goto exit_arch;
	/* Here, as it patches code on every CPU: too dear for each VM. */
	preempt_notifier_inc();
	/* Last: it can be opened at once. */
	error = misc_register(&device);
	if (error)
		goto exit_hardware;
	return 0;

exit_hardware:
	preempt_notifier_dec();
	axvm_hardware_exit();
exit_arch:
	axvm_arch_exit();
	return error;
}

static void __exit axvm_exit(void)
{
	misc_deregister(&device);
	preempt_notifier_dec();
	axvm_hardware_exit();
	/* Callbacks of the last VM's notifier, vCPUs and tables may still be on their way. */
	mmu_notifier_synchronize();
	rcu_barrier();
	axvm_arch_exit();
}

module_init(axvm_init);
module_exit(axvm_exit);

MODULE_DESCRIPTION("axvm: a hypervisor that can be inserted and removed");
MODULE_AUTHOR("The axvm developers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
