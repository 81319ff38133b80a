// SPDX-License-Identifier: GPL-2.0
/* In-kernel devices and their files */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>

#include "axvm_arch.h"
#include "axvm_device.h"
#include "axvm_ioctl.h"
#include "axvm_vm.h"

static const struct axvm_device_ops *find_type(u32 type)
{
	const struct axvm_device_ops *const *ops;

	for (ops = axvm_arch_devices; *ops; ops++)
		if ((*ops)->type == type)
			return *ops;
	return NULL;
}

/* The VM's lock held. */
static struct axvm_device *create(struct axvm_vm *vm, const struct axvm_create_device *args)
{
	const struct axvm_device_ops *ops = find_type(args->type);
	struct axvm_device *device;
	int error;

	if (!ops || args->flags)
		return ERR_PTR(-EINVAL);
	device = ops->create(vm, args);
	if (IS_ERR(device))
		return device;
	device->vm = vm;
	device->ops = ops;
	error = axvm_io_register(&vm->bus, &device->io);
	if (error) {
		ops->destroy(device);
		return ERR_PTR(error);
	}
	axvm_vm_get(vm);
	WRITE_ONCE(vm->nr_devices, vm->nr_devices + 1);
	return device;
}

/* The VM's lock held; the VM is still to be put. */
static void destroy(struct axvm_device *device)
{
	struct axvm_vm *vm = device->vm;

	axvm_io_unregister(&vm->bus, &device->io);
	device->ops->destroy(device);
	WRITE_ONCE(vm->nr_devices, vm->nr_devices - 1);
}

static int release(struct inode *inode, struct file *file)
{
	struct axvm_device *device = file->private_data;
	struct axvm_vm *vm = device->vm;

	mutex_lock(&vm->lock);
	destroy(device);
	mutex_unlock(&vm->lock);
	axvm_vm_put(vm);
	return 0;
}

static long get_info(void *object, void *arg)
{
	struct axvm_device *device = object;
	struct axvm_device_info *info = arg;

	info->type = device->ops->type;
	info->gpa = device->io.gpa;
	info->len = device->io.len;
	info->irqs = device->irqs;
	info->pad = 0;
	return 0;
}

static long set_irq(void *object, void *arg)
{
	struct axvm_device *device = object;
	const struct axvm_irq_line *line = arg;

	if (line->pad || line->level > 1)
		return -EINVAL;
	return device->ops->set_irq(device, line->irq, line->level);
}

static long get_regs(void *object, void *arg)
{
	struct axvm_device *device = object;

	return axvm_regs_get(&device->ops->regs, device, arg);
}

static long set_regs(void *object, void *arg)
{
	struct axvm_device *device = object;

	return axvm_regs_set(&device->ops->regs, device, arg);
}

static long get_reg_list(void *object, void *arg)
{
	struct axvm_device *device = object;

	return axvm_regs_list(&device->ops->regs, device, arg);
}

static const struct axvm_ioctl ioctls[] = {
	AXVM_IOCTL(AXVM_GET_INFO, struct axvm_device_info, pad, AXVM_IOCTL_OUT, get_info),
	AXVM_IOCTL(AXVM_SET_IRQ, struct axvm_irq_line, pad, AXVM_IOCTL_OWNER, set_irq),
	AXVM_IOCTL(AXVM_GET_REGS, struct axvm_regs, pad,
		   AXVM_IOCTL_OWNER | AXVM_IOCTL_VM_LOCK | AXVM_IOCTL_OUT, get_regs),
	AXVM_IOCTL(AXVM_SET_REGS, struct axvm_regs, pad,
		   AXVM_IOCTL_OWNER | AXVM_IOCTL_VM_LOCK | AXVM_IOCTL_OUT, set_regs),
	AXVM_IOCTL(AXVM_GET_REG_LIST, struct axvm_reg_list, ids,
		   AXVM_IOCTL_OWNER | AXVM_IOCTL_VM_LOCK | AXVM_IOCTL_OUT, get_reg_list),
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct axvm_device *device = file->private_data;
	const struct axvm_ioctl_target target = { .object = device, .vm = device->vm };

	return axvm_ioctl(&target, ioctls, ARRAY_SIZE(ioctls), cmd, arg);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.release = release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct file *make_file(struct axvm_vm *vm, struct axvm_device *device)
{
	struct file *file = anon_inode_getfile(device->ops->name, &fops, device, O_RDWR);

	if (IS_ERR(file)) {
		destroy(device);
		axvm_vm_put(vm);
	}
	return file;
}

int axvm_device_create_file(struct axvm_vm *vm, const struct axvm_create_device *args)
{
	struct axvm_device *device;
	struct file *file;
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	device = create(vm, args);
	file = IS_ERR(device) ? ERR_CAST(device) : make_file(vm, device);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	/* Last: from here on another thread can close it. */
	fd_install(fd, file);
	return fd;
}
