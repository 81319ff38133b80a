// SPDX-License-Identifier: GPL-2.0
/* The VM's life, its file and its registers */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "axvm_arch.h"
#include "axvm_device.h"
#include "axvm_hardware.h"
#include "axvm_ioctl.h"
#include "axvm_regs.h"
#include "axvm_vcpu.h"
#include "axvm_vm.h"

/* ---- life ---- */

/*
 * Memory first and architecture second: the latter needs the root of stage 2.
 * Memory also ends first, as it may still flush by the architecture's means.
 */
static int init_parts(struct axvm_vm *vm)
{
	int error = axvm_mmu_init(vm);

	if (error)
		return error;
	error = axvm_arch_vm_init(vm);
	if (error)
		axvm_mmu_destroy(vm);
	return error;
}

static int init(struct axvm_vm *vm)
{
	int error;

	refcount_set(&vm->users, 1);
	mutex_init(&vm->lock);
	xa_init(&vm->vcpus);
	axvm_io_init(&vm->bus);
	if (!zalloc_cpumask_var(&vm->cpus_allowed, GFP_KERNEL_ACCOUNT))
		return -ENOMEM;
	cpumask_copy(vm->cpus_allowed, current->cpus_ptr);
	/* Keeps the structure, not the memory: the address alone must not be another's. */
	vm->mm = current->mm;
	mmgrab(vm->mm);
	error = init_parts(vm);
	if (error) {
		mmdrop(vm->mm);
		free_cpumask_var(vm->cpus_allowed);
	}
	return error;
}

static struct axvm_vm *create(struct file *system)
{
	struct axvm_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	int error;

	if (!vm)
		return ERR_PTR(-ENOMEM);
	error = axvm_hardware_get(vm);
	if (error)
		goto free;
	error = init(vm);
	if (error)
		goto put_hardware;
	vm->system = get_file(system);
	return vm;

put_hardware:
	axvm_hardware_put(vm);
free:
	kfree(vm);
	return ERR_PTR(error);
}

static void destroy(struct axvm_vm *vm)
{
	struct file *system = vm->system;

	axvm_mmu_destroy(vm);
	axvm_arch_vm_destroy(vm);
	axvm_io_destroy(&vm->bus);
	xa_destroy(&vm->vcpus);
	mmdrop(vm->mm);
	free_cpumask_var(vm->cpus_allowed);
	axvm_hardware_put(vm);
	mutex_destroy(&vm->lock);
	kfree(vm);
	fput(system);
}

void axvm_vm_get(struct axvm_vm *vm)
{
	refcount_inc(&vm->users);
}

void axvm_vm_put(struct axvm_vm *vm)
{
	if (refcount_dec_and_test(&vm->users))
		destroy(vm);
}

int axvm_vm_fix(struct axvm_vm *vm)
{
	if (mutex_lock_killable(&vm->lock))
		return -EINTR;
	/* Pairs with axvm_vm_start(). */
	smp_store_release(&vm->has_run, true);
	mutex_unlock(&vm->lock);
	return 0;
}

static int release(struct inode *inode, struct file *file)
{
	axvm_vm_put(file->private_data);
	return 0;
}

/* ---- registers, the VM's lock held ---- */

static bool is_generic(u64 id)
{
	return AXVM_REG_ARCH(id) == AXVM_REG_GENERIC;
}

static int get_reg(void *object, u64 id, u64 *value)
{
	const struct axvm_vm *vm = object;

	if (!is_generic(id))
		return axvm_arch_vm_regs.get(object, id, value);
	if (id != AXVM_REG_VM_EXITS)
		return -ENOENT;
	*value = vm->exits;
	return 0;
}

static int check_reg(void *object, u64 id, u64 value)
{
	const struct axvm_vm *vm = object;

	if (!is_generic(id))
		return axvm_arch_vm_regs.check(object, id, value);
	if (id != AXVM_REG_VM_EXITS)
		return -ENOENT;
	if (value & ~AXVM_EXITS_ALL)
		return -EINVAL;
	/* Running vCPUs read it without a lock. */
	return vm->has_run && value != vm->exits ? -EBUSY : 0;
}

static void set_reg(void *object, u64 id, u64 value)
{
	struct axvm_vm *vm = object;

	if (!is_generic(id))
		axvm_arch_vm_regs.set(object, id, value);
	else
		vm->exits = value;
}

static u32 list_regs(void *object, u64 *ids, u32 room)
{
	struct axvm_reg_sink sink = { .ids = ids, .room = room };
	u32 used;

	axvm_reg_sink_add(&sink, AXVM_REG_VM_EXITS);
	used = min(sink.count, room);
	return sink.count + axvm_arch_vm_regs.list(object, ids + used, room - used);
}

static const struct axvm_reg_ops reg_ops = {
	.get = get_reg,
	.check = check_reg,
	.set = set_reg,
	.list = list_regs,
};

/* ---- ioctls ---- */

static long get_info(void *object, void *arg)
{
	const struct axvm_vm *vm = object;
	struct axvm_vm_info *info = arg;

	info->vcpus = READ_ONCE(vm->nr_vcpus);
	info->mappings = READ_ONCE(vm->mmu.nr_ranges);
	info->devices = READ_ONCE(vm->nr_devices);
	info->stage2_tables = atomic_long_read(&vm->mmu.stage2.tables);
	info->stage2_pages = atomic_long_read(&vm->mmu.stage2.pages);
	return 0;
}

static long create_vcpu(void *object, void *arg)
{
	return axvm_vcpu_create_file(object, arg);
}

static long create_device(void *object, void *arg)
{
	return axvm_device_create_file(object, arg);
}

static long send_msi(void *object, void *arg)
{
	const struct axvm_msi *msi = arg;

	if (msi->flags || msi->pad)
		return -EINVAL;
	return axvm_arch_vm_msi(object, msi->address, msi->data);
}

static long map_memory(void *object, void *arg)
{
	return axvm_mmu_map(object, arg);
}

static long unmap_memory(void *object, void *arg)
{
	return axvm_mmu_unmap(object, arg);
}

static long protect_memory(void *object, void *arg)
{
	return axvm_mmu_protect(object, arg);
}

static long replace_memory(void *object, void *arg)
{
	return axvm_mmu_replace(object, arg);
}

static long get_dirty(void *object, void *arg)
{
	return axvm_mmu_get_dirty(object, arg);
}

static long get_regs(void *object, void *arg)
{
	return axvm_regs_get(&reg_ops, object, arg);
}

static long set_regs(void *object, void *arg)
{
	return axvm_regs_set(&reg_ops, object, arg);
}

static long get_reg_list(void *object, void *arg)
{
	return axvm_regs_list(&reg_ops, object, arg);
}

#define LOCKED	(AXVM_IOCTL_OWNER | AXVM_IOCTL_VM_LOCK)

static const struct axvm_ioctl ioctls[] = {
	AXVM_IOCTL(AXVM_GET_INFO, struct axvm_vm_info, stage2_pages, AXVM_IOCTL_OUT, get_info),
	AXVM_IOCTL(AXVM_CREATE_VCPU, struct axvm_create_vcpu, pad, LOCKED, create_vcpu),
	AXVM_IOCTL(AXVM_CREATE_DEVICE, struct axvm_create_device, gpa, LOCKED, create_device),
	AXVM_IOCTL(AXVM_SEND_MSI, struct axvm_msi, pad, AXVM_IOCTL_OWNER, send_msi),
	AXVM_IOCTL(AXVM_MEM_MAP, struct axvm_memory, hva, LOCKED, map_memory),
	AXVM_IOCTL(AXVM_MEM_UNMAP, struct axvm_memory, hva, LOCKED, unmap_memory),
	AXVM_IOCTL(AXVM_MEM_PROTECT, struct axvm_memory, hva, LOCKED, protect_memory),
	AXVM_IOCTL(AXVM_MEM_REPLACE, struct axvm_memory, hva, LOCKED, replace_memory),
	AXVM_IOCTL(AXVM_MEM_GET_DIRTY, struct axvm_dirty, bitmap, LOCKED, get_dirty),
	AXVM_IOCTL(AXVM_GET_REGS, struct axvm_regs, pad, LOCKED | AXVM_IOCTL_OUT, get_regs),
	AXVM_IOCTL(AXVM_SET_REGS, struct axvm_regs, pad, LOCKED | AXVM_IOCTL_OUT, set_regs),
	AXVM_IOCTL(AXVM_GET_REG_LIST, struct axvm_reg_list, ids, LOCKED | AXVM_IOCTL_OUT,
		   get_reg_list),
};

static long vm_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct axvm_vm *vm = file->private_data;
	const struct axvm_ioctl_target target = { .object = vm, .vm = vm };

	return axvm_ioctl(&target, ioctls, ARRAY_SIZE(ioctls), cmd, arg);
}

/* 32-bit callers have the same structures, pointers being 64 bits wide in them. */
static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.release = release,
	.unlocked_ioctl = vm_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct file *make_file(struct file *system)
{
	struct axvm_vm *vm = create(system);
	struct file *file;

	if (IS_ERR(vm))
		return ERR_CAST(vm);
	file = anon_inode_getfile("axvm-vm", &fops, vm, O_RDWR);
	if (IS_ERR(file))
		axvm_vm_put(vm);
	return file;
}

int axvm_vm_create_file(struct file *system)
{
	struct file *file;
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	file = make_file(system);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	/* Last: nothing can fail once the caller's other threads can see it. */
	fd_install(fd, file);
	return fd;
}
