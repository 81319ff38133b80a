// SPDX-License-Identifier: GPL-2.0
/*
 * The notifier: whatever the process does to its memory, stage 2 follows
 *
 * The order against faults:
 *
 *   fault                                 invalidation
 *   -----                                 ------------
 *   snapshot of invalidate_seq            invalidations++
 *   look at mappings and host tables      pass through every vCPU's fault lock
 *   take own fault lock                   take the range out of stage 2, flush
 *   invalidations? seq changed? -> again  (the host changes its tables)
 *   install                               invalidate_seq++
 *   release the lock                      invalidations--
 *
 * A fault that got its lock before the invalidation passed through it has installed
 * what the invalidation then takes out; one that gets it later sees the count, or
 * the sequence. Faults of different vCPUs share no lock.
 */
#include <linux/interval_tree.h>
#include <linux/mmu_notifier.h>
#include <linux/rcupdate.h>

#include "axvm_vcpu.h"
#include "mmu.h"
#include "stage2.h"

static struct axvm_vm *vm_of(struct mmu_notifier *notifier)
{
	return container_of(notifier, struct axvm_vm, mmu.notifier);
}

/* No install that began before is under way when this returns. */
static void pass_through_faults(struct axvm_vm *vm)
{
	struct axvm_vcpu *vcpu;
	unsigned long id;

	rcu_read_lock();
	axvm_for_each_vcpu(vm, id, vcpu) {
		spin_lock(&vcpu->mmu.lock);
		spin_unlock(&vcpu->mmu.lock);
	}
	rcu_read_unlock();
}

void invalidate_faults(struct axvm_vm *vm)
{
	spin_lock(&vm->mmu.invalidate_lock);
	WRITE_ONCE(vm->mmu.invalidate_seq, vm->mmu.invalidate_seq + 1);
	spin_unlock(&vm->mmu.invalidate_lock);
	pass_through_faults(vm);
}

static void begin(struct axvm_mmu *mmu, unsigned long start, unsigned long end)
{
	spin_lock(&mmu->invalidate_lock);
	if (!mmu->invalidations) {
		WRITE_ONCE(mmu->invalidate_start, start);
		WRITE_ONCE(mmu->invalidate_end, end);
	} else {
		/* One range for all of them: wide, but never too narrow. */
		WRITE_ONCE(mmu->invalidate_start, min(mmu->invalidate_start, start));
		WRITE_ONCE(mmu->invalidate_end, max(mmu->invalidate_end, end));
	}
	WRITE_ONCE(mmu->invalidations, mmu->invalidations + 1);
	spin_unlock(&mmu->invalidate_lock);
}

/* What a mapping shows of a range of user addresses. */
static u64 overlap(const struct axvm_mapping *mapping, unsigned long start, unsigned long end,
		   u64 *gpa)
{
	unsigned long from = max(start, mapping->hva);
	unsigned long to = min(end, mapping->hva + (unsigned long)mapping->len);

	*gpa = mapping->gpa + (from - mapping->hva);
	return to - from;
}

#define for_each_overlap(mmu, node, start, end)					\
	for (node = interval_tree_iter_first(&(mmu)->by_hva, start, (end) - 1);	\
	     node; node = interval_tree_iter_next(node, start, (end) - 1))

/* Some of what a mapping shows of a range. Return: the end of what is done of the range. */
static unsigned long take_some(struct axvm_vm *vm, const struct axvm_mapping *mapping,
			       unsigned long start, unsigned long end)
{
	u64 gpa, len, done;

	len = overlap(mapping, start, end, &gpa);
	done = stage2_unmap(vm, gpa, len, false);
	return done == len ? end : mapping->hva + (gpa - mapping->gpa) + done;
}

/*
 * One go, under the lock. The same memory can be in several mappings: what one of
 * them does not get done ends the go for all.
 */
static unsigned long take_out_some(struct axvm_vm *vm, unsigned long start, unsigned long end)
{
	struct interval_tree_node *node;

	read_lock(&vm->mmu.hva_lock);
	for_each_overlap(&vm->mmu, node, start, end)
		end = take_some(vm, container_of(node, struct axvm_mapping, by_hva), start, end);
	read_unlock(&vm->mmu.hva_lock);
	return end;
}

/*
 * In steps: a range can be all of the process's memory. Mappings may change between
 * two of them; what comes is not filled as long as the invalidation lasts.
 */
static void take_out(struct axvm_vm *vm, unsigned long start, unsigned long end, bool may_sleep)
{
	while (start < end) {
		start = take_out_some(vm, start, end);
		if (may_sleep)
			cond_resched();
	}
}

static int invalidate_range_start(struct mmu_notifier *notifier,
				  const struct mmu_notifier_range *range)
{
	struct axvm_vm *vm = vm_of(notifier);

	begin(&vm->mmu, range->start, range->end);
	pass_through_faults(vm);
	take_out(vm, range->start, range->end, mmu_notifier_range_blockable(range));
	return 0;
}

static void invalidate_range_end(struct mmu_notifier *notifier,
				 const struct mmu_notifier_range *range)
{
	struct axvm_mmu *mmu = &vm_of(notifier)->mmu;

	spin_lock(&mmu->invalidate_lock);
	WRITE_ONCE(mmu->invalidate_seq, mmu->invalidate_seq + 1);
	/* Who sees the lower count sees the higher sequence. */
	smp_wmb();
	WRITE_ONCE(mmu->invalidations, mmu->invalidations - 1);
	spin_unlock(&mmu->invalidate_lock);
}

static bool age(struct axvm_vm *vm, unsigned long start, unsigned long end, bool clear)
{
	struct interval_tree_node *node;
	struct axvm_mapping *mapping;
	bool used = false;
	u64 gpa, len;

	read_lock(&vm->mmu.hva_lock);
	for_each_overlap(&vm->mmu, node, start, end) {
		mapping = container_of(node, struct axvm_mapping, by_hva);
		len = overlap(mapping, start, end, &gpa);
		used |= stage2_age(vm, gpa, len, clear);
	}
	read_unlock(&vm->mmu.hva_lock);
	return used;
}

static int clear_flush_young(struct mmu_notifier *notifier, struct mm_struct *mm,
			     unsigned long start, unsigned long end)
{
	return age(vm_of(notifier), start, end, true);
}

static int clear_young(struct mmu_notifier *notifier, struct mm_struct *mm,
		       unsigned long start, unsigned long end)
{
	return age(vm_of(notifier), start, end, true);
}

static int test_young(struct mmu_notifier *notifier, struct mm_struct *mm, unsigned long address)
{
	return age(vm_of(notifier), address, address + 1, false);
}

/* The address space ends: nothing of it may be reachable when this returns. */
static void release(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct axvm_vm *vm = vm_of(notifier);
	struct axvm_vcpu *vcpu;
	unsigned long id;

	begin(&vm->mmu, 0, ULONG_MAX);
	rcu_read_lock();
	axvm_for_each_vcpu(vm, id, vcpu)
		axvm_vcpu_die(vcpu);
	rcu_read_unlock();
	pass_through_faults(vm);
	take_out(vm, 0, ULONG_MAX, true);
}

const struct mmu_notifier_ops axvm_mmu_notifier_ops = {
	.invalidate_range_start	= invalidate_range_start,
	.invalidate_range_end	= invalidate_range_end,
	.clear_flush_young	= clear_flush_young,
	.clear_young		= clear_young,
	.test_young		= test_young,
	.release		= release,
};
