// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings: which process memory is where in the guest
 *
 * They are in a tree by guest page number, where each range refers to its mapping,
 * and in one by user address, for the notifier. A change replaces a range in the
 * first tree in one step, which cuts what was there; a mapping goes when no range
 * refers to it. Until then the second tree has all of it: the notifier may take out
 * of stage 2 what is no longer its, which costs a fault and harms nothing.
 *
 * Everything here but mapping_find() runs under the VM's lock.
 */
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "axvm_arch.h"
#include "mmu.h"
#include "stage2.h"

static unsigned long first_page(const struct axvm_memory *args)
{
	return args->gpa >> PAGE_SHIFT;
}

static unsigned long last_page(const struct axvm_memory *args)
{
	return (args->gpa + args->len - 1) >> PAGE_SHIFT;
}

bool mapping_find(struct axvm_vm *vm, u64 gpa, struct mapping_range *range)
{
	MA_STATE(mas, &vm->mmu.mappings, gpa >> PAGE_SHIFT, gpa >> PAGE_SHIFT);

	range->mapping = mas_walk(&mas);
	if (!range->mapping)
		return false;
	range->gpa = (u64)mas.index << PAGE_SHIFT;
	range->last = ((u64)mas.last << PAGE_SHIFT) + PAGE_SIZE - 1;
	return true;
}

bool mapping_find_next(struct axvm_vm *vm, u64 gpa, u64 last, struct mapping_range *part)
{
	MA_STATE(mas, &vm->mmu.mappings, gpa >> PAGE_SHIFT, gpa >> PAGE_SHIFT);

	part->mapping = mas_find(&mas, last >> PAGE_SHIFT);
	if (!part->mapping)
		return false;
	part->gpa = max(gpa, (u64)mas.index << PAGE_SHIFT);
	part->last = min(last, ((u64)mas.last << PAGE_SHIFT) + PAGE_SIZE - 1);
	return true;
}

/* ---- a mapping's life ---- */

/* @log: what to go on with, if the flags want one; NULL for a clean one. */
static struct axvm_mapping *create(const struct axvm_memory *args, struct axvm_dirty_log *log)
{
	struct axvm_mapping *mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);

	if (!mapping)
		return NULL;
	mapping->gpa = args->gpa;
	mapping->len = args->len;
	mapping->hva = args->hva;
	mapping->flags = args->flags;
	if (!(args->flags & AXVM_MEM_LOG_DIRTY))
		return mapping;
	if (log)
		refcount_inc(&log->users);
	else
		log = dirty_log_create(args->gpa, args->len >> PAGE_SHIFT);
	if (!log) {
		kfree(mapping);
		return NULL;
	}
	mapping->log = log;
	return mapping;
}

static void insert_by_hva(struct axvm_mmu *mmu, struct axvm_mapping *mapping)
{
	mapping->by_hva.start = mapping->hva;
	mapping->by_hva.last = mapping->hva + mapping->len - 1;
	write_lock(&mmu->hva_lock);
	interval_tree_insert(&mapping->by_hva, &mmu->by_hva);
	write_unlock(&mmu->hva_lock);
}

/* Before the first fault can find it: for the notifier, and for those who collect logs. */
static void announce(struct axvm_mmu *mmu, struct axvm_mapping *mapping)
{
	if (mapping->log)
		WRITE_ONCE(mmu->logs_dirty, true);
	insert_by_hva(mmu, mapping);
}

static void free_mapping(struct axvm_mapping *mapping)
{
	dirty_log_put(mapping->log);
	kfree(mapping);
}

static void free_mapping_rcu(struct rcu_head *rcu)
{
	free_mapping(container_of(rcu, struct axvm_mapping, rcu));
}

static void retire(struct axvm_mmu *mmu, struct axvm_mapping *mapping)
{
	write_lock(&mmu->hva_lock);
	interval_tree_remove(&mapping->by_hva, &mmu->by_hva);
	write_unlock(&mmu->hva_lock);
	call_rcu(&mapping->rcu, free_mapping_rcu);
}

/* ---- ranges ---- */

static bool is_covered(struct axvm_mmu *mmu, unsigned long first, unsigned long last)
{
	MA_STATE(mas, &mmu->mappings, first, first);
	unsigned long next = first;
	bool covered = false;
	void *entry;

	rcu_read_lock();
	mas_for_each(&mas, entry, last) {
		if (mas.index > next)
			break;
		covered = mas.last >= last;
		next = mas.last + 1;
	}
	rcu_read_unlock();
	return covered;
}

/**
 * struct cut - What a replacement does to the mappings that were there.
 * @first: first page replaced.
 * @last: last one.
 * @left: the mapping that keeps its pages below, or NULL.
 * @right: the one that keeps its pages above, or NULL.
 * @ranges: how many ranges there are more afterwards, without the new one.
 */
struct cut {
	unsigned long first;
	unsigned long last;
	struct axvm_mapping *left;
	struct axvm_mapping *right;
	int ranges;
};

/* Count the ranges that a replacement takes and leaves. */
static void count_cut(struct axvm_mmu *mmu, struct cut *cut)
{
	MA_STATE(mas, &mmu->mappings, cut->first, cut->first);
	struct axvm_mapping *mapping;

	rcu_read_lock();
	mas_for_each(&mas, mapping, cut->last) {
		cut->ranges--;
		if (mas.index < cut->first) {
			cut->left = mapping;
			cut->ranges++;
		}
		if (mas.last > cut->last) {
			cut->right = mapping;
			cut->ranges++;
		}
	}
	rcu_read_unlock();
}

/* Every mapping that has a range here, each once for each range. */
static unsigned int gather(struct axvm_mmu *mmu, const struct cut *cut,
			   struct axvm_mapping **mappings)
{
	MA_STATE(mas, &mmu->mappings, cut->first, cut->first);
	struct axvm_mapping *mapping;
	unsigned int count = 0;

	rcu_read_lock();
	mas_for_each(&mas, mapping, cut->last)
		mappings[count++] = mapping;
	rcu_read_unlock();
	return count;
}

static unsigned int count_ranges(struct axvm_mmu *mmu, const struct cut *cut)
{
	MA_STATE(mas, &mmu->mappings, cut->first, cut->first);
	unsigned int count = 0;
	void *entry;

	rcu_read_lock();
	mas_for_each(&mas, entry, cut->last)
		count++;
	rcu_read_unlock();
	return count;
}

static void take_stage2_out(struct axvm_vm *vm, u64 gpa, u64 len)
{
	u64 done;

	invalidate_faults(vm);
	for (; len; gpa += done, len -= done) {
		done = stage2_unmap(vm, gpa, len, true);
		cond_resched();
	}
}

/*
 * Put @mapping (or nothing) in the place of whatever is in its range, in one step
 * for everybody who looks, and take stage 2 out.
 */
static long replace_range(struct axvm_vm *vm, const struct axvm_memory *args,
			  struct axvm_mapping *mapping)
{
	struct cut cut = { .first = first_page(args), .last = last_page(args) };
	struct axvm_mmu *mmu = &vm->mmu;
	struct axvm_mapping **old;
	unsigned int count, i;
	long error;

	count_cut(mmu, &cut);
	if ((int)mmu->nr_ranges + cut.ranges + !!mapping > AXVM_MAX_MAPPINGS)
		return -ENOSPC;
	count = count_ranges(mmu, &cut);
	old = kvmalloc_array(count, sizeof(*old), GFP_KERNEL_ACCOUNT);
	if (!old)
		return -ENOMEM;
	count = gather(mmu, &cut, old);

	error = mtree_store_range(&mmu->mappings, cut.first, cut.last, mapping,
				  GFP_KERNEL_ACCOUNT);
	if (error)
		goto out;
	mmu->nr_ranges += cut.ranges + !!mapping;
	if (cut.left)
		cut.left->ranges++;
	if (cut.right)
		cut.right->ranges++;
	take_stage2_out(vm, args->gpa, args->len);
	for (i = 0; i < count; i++)
		if (!--old[i]->ranges)
			retire(mmu, old[i]);
out:
	kvfree(old);
	return error;
}

/* ---- the ioctls ---- */

#define RIGHTS	(AXVM_MEM_READ | AXVM_MEM_WRITE | AXVM_MEM_EXEC)
#define FLAGS	(RIGHTS | AXVM_MEM_LOG_DIRTY)

static bool is_range(const struct axvm_memory *args)
{
	u64 limit = BIT_ULL(axvm_arch_gpa_bits());

	return args->len && !((args->gpa | args->len) & ~PAGE_MASK) &&
	       args->gpa < limit && args->len <= limit - args->gpa;
}

static bool is_hva(const struct axvm_memory *args)
{
	return !(args->hva & ~PAGE_MASK) && args->hva + args->len > args->hva &&
	       access_ok(u64_to_user_ptr(args->hva), args->len);
}

static bool are_flags(const struct axvm_memory *args)
{
	if (args->flags & AXVM_MEM_LOG_DIRTY && args->len > AXVM_MEM_LOG_DIRTY_MOST)
		return false;
	return !(args->flags & ~FLAGS) && args->flags & AXVM_MEM_READ;
}

long axvm_mmu_map(struct axvm_vm *vm, const struct axvm_memory *args)
{
	struct axvm_mmu *mmu = &vm->mmu;
	struct axvm_mapping *mapping;
	long error;

	if (!is_range(args) || !is_hva(args) || !are_flags(args))
		return -EINVAL;
	if (mmu->nr_ranges >= AXVM_MAX_MAPPINGS)
		return -ENOSPC;
	mapping = create(args, NULL);
	if (!mapping)
		return -ENOMEM;
	mapping->ranges = 1;
	announce(mmu, mapping);
	error = mtree_insert_range(&mmu->mappings, first_page(args), last_page(args), mapping,
				   GFP_KERNEL_ACCOUNT);
	if (error) {
		retire(mmu, mapping);
		return error;
	}
	mmu->nr_ranges++;
	/* Release: whoever remembers with this number that nothing is there has looked before. */
	smp_store_release(&mmu->map_seq, mmu->map_seq + 1);
	return 0;
}

long axvm_mmu_unmap(struct axvm_vm *vm, const struct axvm_memory *args)
{
	if (!is_range(args) || args->flags || args->hva)
		return -EINVAL;
	if (!is_covered(&vm->mmu, first_page(args), last_page(args)))
		return -ENOENT;
	return replace_range(vm, args, NULL);
}

static long replace_with(struct axvm_vm *vm, const struct axvm_memory *args,
			 struct axvm_dirty_log *log)
{
	struct axvm_mapping *mapping = create(args, log);
	long error;

	if (!mapping)
		return -ENOMEM;
	mapping->ranges = 1;
	announce(&vm->mmu, mapping);
	error = replace_range(vm, args, mapping);
	if (error)
		retire(&vm->mmu, mapping);
	return error;
}

long axvm_mmu_replace(struct axvm_vm *vm, const struct axvm_memory *args)
{
	if (!is_range(args) || !is_hva(args) || !are_flags(args))
		return -EINVAL;
	if (!is_covered(&vm->mmu, first_page(args), last_page(args)))
		return -ENOENT;
	return replace_with(vm, args, NULL);
}

/*
 * The same memory with other flags, range by range as they stand. A log that was
 * kept is kept: what is dirty stays dirty.
 */
long axvm_mmu_protect(struct axvm_vm *vm, const struct axvm_memory *args)
{
	u64 end = args->gpa + args->len;
	struct axvm_memory part = *args;
	struct mapping_range range;
	long error = 0;

	if (!is_range(args) || args->hva || !are_flags(args))
		return -EINVAL;
	if (!is_covered(&vm->mmu, first_page(args), last_page(args)))
		return -ENOENT;
	for (; !error && part.gpa < end; part.gpa += part.len) {
		rcu_read_lock();
		mapping_find(vm, part.gpa, &range);
		part.len = min(end, range.last + 1) - part.gpa;
		part.hva = mapping_hva(range.mapping, part.gpa);
		rcu_read_unlock();
		/* The VM's lock keeps the mapping, and with it the log. */
		error = replace_with(vm, &part, range.mapping->log);
	}
	return error;
}

/* ---- the VM's part ---- */

int axvm_mmu_init(struct axvm_vm *vm)
{
	struct axvm_mmu *mmu = &vm->mmu;
	int error;

	/*
	 * MT_FLAGS_ALLOC_RANGE is for its nodes: without it, 6.12 takes the metadata in
	 * the last slot of an inner node for a pointer when it frees a deep tree.
	 */
	mt_init_flags(&mmu->mappings, MT_FLAGS_USE_RCU | MT_FLAGS_ALLOC_RANGE);
	mmu->by_hva = RB_ROOT_CACHED;
	rwlock_init(&mmu->hva_lock);
	spin_lock_init(&mmu->invalidate_lock);
	error = stage2_init(&mmu->stage2);
	if (error)
		return error;
	mmu->notifier.ops = &axvm_mmu_notifier_ops;
	error = mmu_notifier_register(&mmu->notifier, vm->mm);
	if (error)
		stage2_destroy(&mmu->stage2);
	return error;
}

static void forget_mappings(struct axvm_mmu *mmu)
{
	struct axvm_mapping *mapping;
	unsigned long page = 0;

	/* Nobody else is here; a dirty log may be too large to be freed under a lock. */
	mt_for_each(&mmu->mappings, mapping, page, ULONG_MAX)
		if (!--mapping->ranges)
			free_mapping(mapping);
	mtree_destroy(&mmu->mappings);
}

void axvm_mmu_destroy(struct axvm_vm *vm)
{
	/* After this nobody else is here. */
	mmu_notifier_unregister(&vm->mmu.notifier, vm->mm);
	forget_mappings(&vm->mmu);
	axvm_arch_stage2_forget(vm);
	stage2_destroy(&vm->mmu.stage2);
}

void axvm_mmu_vcpu_init(struct axvm_vcpu *vcpu)
{
	spin_lock_init(&vcpu->mmu.lock);
	vcpu->mmu.io_page = U64_MAX;
}

void axvm_mmu_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	while (vcpu->mmu.nr_tables)
		free_page((unsigned long)vcpu->mmu.tables[--vcpu->mmu.nr_tables]);
}
