/* SPDX-License-Identifier: GPL-2.0 */
/* The VM: what its vCPUs and devices share, and how long it lives. */
#ifndef _AXVM_VM_H
#define _AXVM_VM_H

#include <linux/cpumask.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "axvm.h"
#include "axvm_arch_types.h"
#include "axvm_io.h"
#include "axvm_mmu.h"

/** define AXVM_MAX_VCPUS - Most vCPUs in a VM. */
#define AXVM_MAX_VCPUS		512
/** define AXVM_MAX_VCPU_ID - Ids of vCPUs are below this. */
#define AXVM_MAX_VCPU_ID	65536

struct axvm_vcpu;

/**
 * struct axvm_vm - A virtual machine.
 * @users: files that keep the VM: its own, its vCPUs' and its devices'.
 * @system: the file it was made by. Constant.
 * @mm: address space of the process that made it. Constant.
 * @lock: serialises what changes the VM: creation of vCPUs and devices, memory
 *	ioctls, VM registers. Never taken by a running vCPU.
 * @vcpus: vCPUs by id. Changed under @lock, read under RCU.
 * @nr_vcpus: how many. Under @lock.
 * @nr_devices: how many. Under @lock.
 * @has_run: a vCPU has entered %AXVM_RUN, so that the VM's configuration is
 *	fixed. Set once, under @lock.
 * @exits: AXVM_EXITS_* bits. Under @lock until @has_run, then constant.
 * @cpus_allowed: where the creating thread might run; homes lie in it. Constant.
 * @hardware: in the list of VMs that need the hardware; see axvm_hardware.c.
 * @mmu: guest memory; has locks of its own.
 * @bus: in-kernel devices; changed under @lock, read under RCU.
 * @arch: the architecture's part.
 */
struct axvm_vm {
	refcount_t users;
	struct file *system;
	struct mm_struct *mm;
	struct mutex lock;	/* see above */
	struct xarray vcpus;
	unsigned int nr_vcpus;
	unsigned int nr_devices;
	bool has_run;
	u64 exits;
	cpumask_var_t cpus_allowed;
	struct list_head hardware;
	struct axvm_mmu mmu;
	struct axvm_io_bus bus;
	struct axvm_arch_vm arch;
};

/**
 * axvm_vm_create_file() - Make a VM and a file for it.
 * @system: the file by which that is done; it is not released before the VM is gone.
 *
 * Return: the file descriptor or a negative errno.
 */
int axvm_vm_create_file(struct file *system);

/** axvm_vm_fix() - Fix the configuration, as a vCPU is about to run. Return: 0 or %-EINTR. */
int axvm_vm_fix(struct axvm_vm *vm);

/** axvm_vm_start() - To be called before a vCPU runs. Return: 0 or %-EINTR. */
static inline int axvm_vm_start(struct axvm_vm *vm)
{
	/* Acquire: what was configured before is seen. Pairs with axvm_vm_fix(). */
	return likely(smp_load_acquire(&vm->has_run)) ? 0 : axvm_vm_fix(vm);
}

/** axvm_vm_get() - Take one more reference. */
void axvm_vm_get(struct axvm_vm *vm);
/** axvm_vm_put() - Give a reference back; the last one destroys the VM. */
void axvm_vm_put(struct axvm_vm *vm);

/**
 * axvm_vm_vcpu() - Find a vCPU by its id.
 *
 * Context: under rcu_read_lock(), which also keeps the vCPU.
 * Return: the vCPU, or NULL.
 */
static inline struct axvm_vcpu *axvm_vm_vcpu(struct axvm_vm *vm, u64 id)
{
	return id < AXVM_MAX_VCPU_ID ? xa_load(&vm->vcpus, id) : NULL;
}

/** axvm_for_each_vcpu() - Visit every vCPU of a VM, under RCU or its lock. */
#define axvm_for_each_vcpu(vm, id, vcpu) xa_for_each(&(vm)->vcpus, id, vcpu)

#endif /* _AXVM_VM_H */
