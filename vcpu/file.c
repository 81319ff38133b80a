// SPDX-License-Identifier: GPL-2.0
/* The vCPU's life, its file and its two pages */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "axvm_arch.h"
#include "axvm_compat.h"
#include "axvm_ioctl.h"
#include "axvm_regs.h"
#include "axvm_vcpu.h"

/* Where the pages are in the file. */
#define EXIT_OFFSET	0
#define REQUEST_OFFSET	PAGE_SIZE

static_assert(sizeof(struct axvm_run_exit) <= PAGE_SIZE);
static_assert(sizeof(struct axvm_run_request) <= PAGE_SIZE);

/* ---- life ---- */

static void free_memory(struct axvm_vcpu *vcpu)
{
	free_page((unsigned long)vcpu->request);
	free_page((unsigned long)vcpu->exit);
	kfree(vcpu);
}

static void free_after_rcu(struct rcu_head *rcu)
{
	free_memory(container_of(rcu, struct axvm_vcpu, rcu));
}

static struct axvm_vcpu *alloc(void)
{
	struct axvm_vcpu *vcpu = kzalloc(sizeof(*vcpu), GFP_KERNEL_ACCOUNT);

	if (!vcpu)
		return NULL;
	vcpu->exit = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	vcpu->request = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (vcpu->exit && vcpu->request)
		return vcpu;
	free_memory(vcpu);
	return NULL;
}

/* What the vCPU alone uses; others may make requests of it until a grace period is over. */
static void destroy(struct axvm_vcpu *vcpu)
{
	axvm_arch_vcpu_destroy(vcpu);
	axvm_mmu_vcpu_destroy(vcpu);
	axvm_vcpu_block_destroy(vcpu);
}

static int init(struct axvm_vcpu *vcpu, struct axvm_vm *vm, const struct axvm_create_vcpu *args)
{
	int error;

	vcpu->vm = vm;
	vcpu->id = args->id;
	vcpu->exit->size = sizeof(*vcpu->exit);
	if (args->flags & AXVM_VCPU_STOPPED)
		vcpu->run_state = AXVM_RUN_STOPPED;
	axvm_vcpu_bind_init(vcpu);
	error = axvm_vcpu_set_home(vcpu, args->home_cpu);
	if (error)
		return error;
	axvm_vcpu_block_init(vcpu);
	axvm_mmu_vcpu_init(vcpu);
	error = axvm_arch_vcpu_init(vcpu);
	if (error) {
		axvm_mmu_vcpu_destroy(vcpu);
		axvm_vcpu_block_destroy(vcpu);
	}
	return error;
}

static struct axvm_vcpu *make(struct axvm_vm *vm, const struct axvm_create_vcpu *args)
{
	struct axvm_vcpu *vcpu = alloc();
	int error;

	if (!vcpu)
		return ERR_PTR(-ENOMEM);
	error = init(vcpu, vm, args);
	if (!error)
		return vcpu;
	free_memory(vcpu);
	return ERR_PTR(error);
}

/* From here on the VM's other vCPUs see it. The VM's lock held. */
static int insert(struct axvm_vcpu *vcpu)
{
	struct axvm_vm *vm = vcpu->vm;
	int error = xa_insert(&vm->vcpus, vcpu->id, vcpu, GFP_KERNEL_ACCOUNT);

	if (error)
		return error;
	axvm_vm_get(vm);
	WRITE_ONCE(vm->nr_vcpus, vm->nr_vcpus + 1);
	axvm_vcpu_set_state(vcpu, AXVM_VCPU_FREE);
	return 0;
}

/* The VM's lock held; the VM is still to be put. */
static void remove(struct axvm_vcpu *vcpu)
{
	struct axvm_vm *vm = vcpu->vm;

	xa_erase(&vm->vcpus, vcpu->id);
	WRITE_ONCE(vm->nr_vcpus, vm->nr_vcpus - 1);
	destroy(vcpu);
	call_rcu(&vcpu->rcu, free_after_rcu);
}

static int release(struct inode *inode, struct file *file)
{
	struct axvm_vcpu *vcpu = file->private_data;
	struct axvm_vm *vm = vcpu->vm;

	mutex_lock(&vm->lock);
	remove(vcpu);
	mutex_unlock(&vm->lock);
	axvm_vm_put(vm);
	return 0;
}

/* ---- ioctls ---- */

static long get_info(void *object, void *arg)
{
	struct axvm_vcpu *vcpu = object;
	struct axvm_vcpu_info *info = arg;

	info->state = atomic_read(&vcpu->state);
	info->id = vcpu->id;
	info->home_cpu = READ_ONCE(vcpu->home_cpu);
	info->last_cpu = READ_ONCE(vcpu->cpu);
	info->exit_offset = EXIT_OFFSET;
	info->exit_len = PAGE_SIZE;
	info->request_offset = REQUEST_OFFSET;
	info->request_len = PAGE_SIZE;
	return 0;
}

static long kick(void *object, void *arg)
{
	axvm_vcpu_kick(object);
	return 0;
}

static long bind(void *object, void *arg)
{
	const struct axvm_bind *args = arg;

	return axvm_vcpu_set_home(object, args->home_cpu);
}

static long set_irq(void *object, void *arg)
{
	const struct axvm_irq_line *line = arg;

	if (line->pad || line->level > 1)
		return -EINVAL;
	return axvm_arch_vcpu_set_irq(object, line->irq, line->level);
}

static long get_regs(void *object, void *arg)
{
	axvm_arch_vcpu_settle(object);
	return axvm_regs_get(&axvm_vcpu_reg_ops, object, arg);
}

static long set_regs(void *object, void *arg)
{
	axvm_arch_vcpu_settle(object);
	return axvm_regs_set(&axvm_vcpu_reg_ops, object, arg);
}

static long get_reg_list(void *object, void *arg)
{
	return axvm_regs_list(&axvm_vcpu_reg_ops, object, arg);
}

static long get_stats(void *object, void *arg)
{
	return axvm_vcpu_get_stats(object, arg);
}

#define TAKEN	(AXVM_IOCTL_OWNER | AXVM_IOCTL_TAKE_VCPU)

static const struct axvm_ioctl ioctls[] = {
	AXVM_IOCTL_NO_ARG(AXVM_KICK, 0, kick),
	AXVM_IOCTL(AXVM_SET_IRQ, struct axvm_irq_line, pad, AXVM_IOCTL_OWNER, set_irq),
	AXVM_IOCTL(AXVM_GET_REGS, struct axvm_regs, pad, TAKEN | AXVM_IOCTL_OUT, get_regs),
	AXVM_IOCTL(AXVM_SET_REGS, struct axvm_regs, pad, TAKEN | AXVM_IOCTL_OUT, set_regs),
	AXVM_IOCTL(AXVM_GET_REG_LIST, struct axvm_reg_list, ids, TAKEN | AXVM_IOCTL_OUT,
		   get_reg_list),
	AXVM_IOCTL(AXVM_BIND, struct axvm_bind, home_cpu, TAKEN, bind),
	AXVM_IOCTL(AXVM_GET_INFO, struct axvm_vcpu_info, request_len, AXVM_IOCTL_OUT, get_info),
	AXVM_IOCTL(AXVM_GET_STATS, struct axvm_stats, stats, AXVM_IOCTL_OUT, get_stats),
};

/* RUN is not in the table: every exit to the VMM passes here. */
static long vcpu_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct axvm_vcpu *vcpu = file->private_data;
	struct axvm_vm *vm = vcpu->vm;

	if (likely(cmd == AXVM_RUN))
		return likely(current->mm == vm->mm) ? axvm_vcpu_run(vcpu) : -EPERM;
	return axvm_ioctl(&(struct axvm_ioctl_target) { .object = vcpu, .vm = vm, .vcpu = vcpu },
			  ioctls, ARRAY_SIZE(ioctls), cmd, arg);
}

/* ---- the pages ---- */

/* Shared, or a write would go to a copy that the module never reads. */
static int check_mapping(const struct axvm_vcpu *vcpu, const struct vm_area_struct *vma)
{
	if (vma->vm_mm != vcpu->vm->mm)
		return -EPERM;
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	return 0;
}

/*
 * Not inherited: a child of fork() cannot use the vCPU, and must not be able to
 * scribble on its parent's requests either.
 */
static int vcpu_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct axvm_vcpu *vcpu = file->private_data;
	unsigned long set = VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP;
	int error = check_mapping(vcpu, vma);

	if (error)
		return error;
	switch (vma->vm_pgoff) {
	case EXIT_OFFSET >> PAGE_SHIFT:
		if (vma->vm_flags & VM_WRITE)
			return -EACCES;
		axvm_vm_flags_mod(vma, set, VM_MAYWRITE);
		return vm_insert_page(vma, vma->vm_start, virt_to_page(vcpu->exit));
	case REQUEST_OFFSET >> PAGE_SHIFT:
		axvm_vm_flags_mod(vma, set, 0);
		return vm_insert_page(vma, vma->vm_start, virt_to_page(vcpu->request));
	}
	return -EINVAL;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.release = release,
	.unlocked_ioctl = vcpu_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = vcpu_mmap,
	.llseek = noop_llseek,
};

/* ---- creation ---- */

static int check_args(struct axvm_vm *vm, const struct axvm_create_vcpu *args)
{
	if (args->flags & ~AXVM_VCPU_STOPPED || args->pad || args->id >= AXVM_MAX_VCPU_ID)
		return -EINVAL;
	if (xa_load(&vm->vcpus, args->id))
		return -EEXIST;
	if (vm->nr_vcpus >= AXVM_MAX_VCPUS)
		return -ENOSPC;
	return 0;
}

static struct axvm_vcpu *create(struct axvm_vm *vm, const struct axvm_create_vcpu *args)
{
	struct axvm_vcpu *vcpu;
	int error = check_args(vm, args);

	if (error)
		return ERR_PTR(error);
	vcpu = make(vm, args);
	if (IS_ERR(vcpu))
		return vcpu;
	error = insert(vcpu);
	if (!error)
		return vcpu;
	destroy(vcpu);
	free_memory(vcpu);
	return ERR_PTR(error);
}

static struct file *make_file(struct axvm_vm *vm, struct axvm_vcpu *vcpu)
{
	struct file *file = anon_inode_getfile("axvm-vcpu", &fops, vcpu, O_RDWR);

	if (IS_ERR(file)) {
		remove(vcpu);
		axvm_vm_put(vm);
	}
	return file;
}

int axvm_vcpu_create_file(struct axvm_vm *vm, const struct axvm_create_vcpu *args)
{
	struct axvm_vcpu *vcpu;
	struct file *file;
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		return fd;
	vcpu = create(vm, args);
	file = IS_ERR(vcpu) ? ERR_CAST(vcpu) : make_file(vm, vcpu);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	/* Last: from here on another thread can close it. */
	fd_install(fd, file);
	return fd;
}
