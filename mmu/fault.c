// SPDX-License-Identifier: GPL-2.0
/* Stage-2 faults: from a guest-physical address to an entry */
#include <linux/rcupdate.h>
#include <linux/uaccess.h>

#include "axvm_arch.h"
#include "mmu.h"
#include "stage2.h"

/**
 * struct lookup - What a fault found out.
 * @seq: see invalidate_snapshot().
 * @range: the mapping's part. Only its numbers are good outside of RCU.
 * @flags: the mapping's.
 * @hva: user address of the page.
 * @page: the host's page there.
 */
struct lookup {
	unsigned long seq;
	struct mapping_range range;
	u32 flags;
	unsigned long hva;
	struct host_page page;
};

static bool find_mapping(struct axvm_vm *vm, u64 gpa, struct lookup *lookup)
{
	bool found;

	lookup->seq = invalidate_snapshot(&vm->mmu);
	rcu_read_lock();
	found = mapping_find(vm, gpa, &lookup->range);
	if (found) {
		lookup->flags = lookup->range.mapping->flags;
		lookup->hva = mapping_hva(lookup->range.mapping, gpa & PAGE_MASK);
	}
	rcu_read_unlock();
	return found;
}

/*
 * The largest leaf that both sides allow: the host maps that much in one piece,
 * guest and user addresses are aligned alike, and all of it is this mapping.
 */
static unsigned int leaf_level(struct axvm_vm *vm, const struct lookup *lookup, u64 gpa)
{
	unsigned int level = min(lookup->page.level, vm->mmu.stage2.format->max_leaf_level);
	u64 size, start;

	if (lookup->flags & AXVM_MEM_LOG_DIRTY)
		return 0;
	for (; level; level--) {
		size = stage2_level_size(level);
		start = gpa & ~(size - 1);
		if (!((gpa ^ lookup->hva) & (size - 1) & PAGE_MASK) &&
		    start >= lookup->range.gpa && start + size - 1 <= lookup->range.last)
			break;
	}
	return level;
}

/* If the hardware logs writes, the first one through the new leaf is to be logged. */
static u64 make_leaf(struct axvm_vm *vm, const struct lookup *lookup, unsigned int level,
		     bool writable)
{
	unsigned long pages = BIT(level * STAGE2_LEVEL_BITS);
	u32 rights = lookup->flags;
	u64 leaf;

	if (!writable)
		rights &= ~AXVM_MEM_WRITE;
	leaf = axvm_arch_stage2_leaf(vm, PFN_PHYS(lookup->page.pfn & ~(pages - 1)), rights, level,
				     lookup->page.prot);
	return rights & AXVM_MEM_LOG_DIRTY ? leaf & ~vm->mmu.stage2.format->dirty : leaf;
}

/* Has the module to see a fault for each first write? */
static bool logs_by_faults(struct axvm_vm *vm, const struct lookup *lookup)
{
	return lookup->flags & AXVM_MEM_LOG_DIRTY && !vm->mmu.stage2.format->dirty;
}

/*
 * Under the vCPU's fault lock. A mapping that is still in force has not been freed,
 * so its log can be used.
 */
static enum stage2_result install_locked(struct axvm_vcpu *vcpu, const struct lookup *lookup,
					 u64 gpa, bool write)
{
	unsigned int level = leaf_level(vcpu->vm, lookup, gpa);
	bool writable = lookup->page.writable;

	/* A page that is logged becomes writable only when it is written. */
	if (logs_by_faults(vcpu->vm, lookup)) {
		writable &= write;
		if (writable)
			dirty_log_set(lookup->range.mapping->log, gpa);
	}
	if (level)
		axvm_count(vcpu, AXVM_COUNT_HUGE_PAGES);
	return stage2_map(vcpu->vm, &vcpu->mmu, gpa, level,
			  make_leaf(vcpu->vm, lookup, level, writable));
}

/* Whether it succeeds or not, the guest tries again: at worst it faults once more. */
static void install(struct axvm_vcpu *vcpu, const struct lookup *lookup, u64 gpa, bool write)
{
	spin_lock(&vcpu->mmu.lock);
	rcu_read_lock();
	if (!invalidated_since(&vcpu->vm->mmu, lookup->seq, lookup->hva))
		install_locked(vcpu, lookup, gpa, write);
	rcu_read_unlock();
	spin_unlock(&vcpu->mmu.lock);
}

static enum axvm_fault failed(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault,
			      int error)
{
	/* A signal, or a page that is on its way: nothing has happened yet. */
	if (error == -EINTR || error == -EAGAIN)
		return AXVM_FAULT_RESOLVED;
	axvm_exit_memory_fault(vcpu, fault, error);
	return AXVM_FAULT_FAILED;
}

static int find_page(struct axvm_vm *vm, const struct axvm_fault_info *fault, bool write,
		     struct lookup *lookup)
{
	unsigned long got;
	int error;

	if (likely(host_page_find(vm->mm, lookup->hva, write, NO_PAGE, &lookup->page)))
		return 0;
	error = host_page_get(lookup->hva, write, &got);
	if (error)
		return error;
	/* Time has passed: look at everything again. */
	if (!find_mapping(vm, fault->gpa, lookup))
		return -EAGAIN;
	return host_page_find(vm->mm, lookup->hva, write, got, &lookup->page) ? 0 : -EAGAIN;
}

static void remember_io(struct axvm_vcpu *vcpu, u64 gpa, unsigned long map_seq)
{
	vcpu->mmu.io_page = gpa >> PAGE_SHIFT;
	vcpu->mmu.io_seq = map_seq;
}

enum axvm_fault axvm_mmu_fault(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault)
{
	bool write = fault->access == AXVM_MEM_WRITE;
	struct axvm_vm *vm = vcpu->vm;
	/* Acquire: the mappings that are looked at below are at least as new. */
	unsigned long map_seq = smp_load_acquire(&vm->mmu.map_seq);
	struct lookup lookup;
	int error;

	if (!find_mapping(vm, fault->gpa, &lookup)) {
		remember_io(vcpu, fault->gpa, map_seq);
		return AXVM_FAULT_IO;
	}
	axvm_count(vcpu, AXVM_COUNT_FAULTS);
	if (unlikely(!(lookup.flags & fault->access)))
		return write ? AXVM_FAULT_IO : failed(vcpu, fault, -EACCES);
	error = find_page(vm, fault, write, &lookup);
	if (likely(!error) && vcpu->mmu.nr_tables < vm->mmu.stage2.format->levels - 1)
		error = stage2_fill_spare(vm, &vcpu->mmu);
	if (unlikely(error))
		return failed(vcpu, fault, error);
	install(vcpu, &lookup, fault->gpa, write);
	return AXVM_FAULT_RESOLVED;
}

unsigned long axvm_mmu_hva(struct axvm_vm *vm, u64 gpa, u32 rights)
{
	struct mapping_range range;

	if (!mapping_find(vm, gpa, &range) || (range.mapping->flags & rights) != rights)
		return 0;
	return mapping_hva(range.mapping, gpa);
}

unsigned long axvm_mmu_look(struct axvm_mmu *mmu, struct axvm_mmu_vcpu *vcpu, u64 gpa, u32 rights)
{
	struct axvm_vm *vm = container_of(mmu, struct axvm_vm, mmu);
	unsigned long seq = READ_ONCE(mmu->invalidate_seq), hva = 0;
	struct mapping_range range;

	/* Pairs with the barriers of whoever changes mappings: see notifier.c. */
	smp_rmb();
	rcu_read_lock();
	if (mapping_find(vm, gpa, &range) && (range.mapping->flags & rights) == rights) {
		hva = mapping_hva(range.mapping, gpa);
		vcpu->view_gpa = range.gpa;
		vcpu->view_len = range.last - range.gpa + 1;
		vcpu->view_hva = hva - (gpa - range.gpa);
		vcpu->view_rights = range.mapping->flags;
		vcpu->view_seq = seq;
	}
	rcu_read_unlock();
	return hva;
}

int axvm_mmu_write_guest(struct axvm_vm *vm, u64 gpa, const void *data, unsigned int len)
{
	unsigned long hva;

	rcu_read_lock();
	hva = axvm_mmu_hva(vm, gpa, AXVM_MEM_WRITE);
	rcu_read_unlock();
	if (!hva || copy_to_user((void __user *)hva, data, len))
		return -EFAULT;
	axvm_mmu_mark_dirty(vm, gpa);
	return 0;
}
