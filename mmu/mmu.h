/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of guest memory use of one another */
#ifndef _AXVM_MMU_MMU_H
#define _AXVM_MMU_MMU_H

#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/types.h>

#include "axvm_mmu.h"
#include "axvm_vm.h"

/* ---- mapping.c ---- */

/**
 * struct mapping_range - A part of a mapping that is in force.
 * @mapping: the mapping; kept by RCU.
 * @gpa: first address of this part.
 * @last: its last one.
 */
struct mapping_range {
	struct axvm_mapping *mapping;
	u64 gpa;
	u64 last;
};

/** mapping_find() - What is mapped at an address? Context: under RCU. */
bool mapping_find(struct axvm_vm *vm, u64 gpa, struct mapping_range *range);

/**
 * mapping_find_next() - The first part of [gpa, last] in which something is mapped.
 * @vm: whose.
 * @gpa: first address.
 * @last: last one.
 * @part: found: the part, inside of that range.
 *
 * Context: under RCU.
 */
bool mapping_find_next(struct axvm_vm *vm, u64 gpa, u64 last, struct mapping_range *part);

/** mapping_destroy_all() - Forget every mapping; no vCPU is left. */
void mapping_destroy_all(struct axvm_vm *vm);

static inline unsigned long mapping_hva(const struct axvm_mapping *mapping, u64 gpa)
{
	return mapping->hva + (gpa - mapping->gpa);
}

/* ---- notifier.c ---- */

extern const struct mmu_notifier_ops axvm_mmu_notifier_ops;

/**
 * invalidate_snapshot() - To be called before a fault looks at anything.
 *
 * Return: what invalidated_since() wants.
 */
static inline unsigned long invalidate_snapshot(struct axvm_mmu *mmu)
{
	unsigned long seq = READ_ONCE(mmu->invalidate_seq);

	/* What is looked at is at least as new. Pairs with the writers' barrier. */
	smp_rmb();
	return seq;
}

/**
 * invalidated_since() - May what a fault found be stale?
 *
 * Context: under the vCPU's fault lock, and installing is under the same hold:
 * whoever invalidates has raised the count before passing through that lock.
 */
static inline bool invalidated_since(struct axvm_mmu *mmu, unsigned long seq, unsigned long hva)
{
	if (unlikely(READ_ONCE(mmu->invalidations)) &&
	    hva >= READ_ONCE(mmu->invalidate_start) && hva < READ_ONCE(mmu->invalidate_end))
		return true;
	/* The count is lowered after the sequence is raised. */
	smp_rmb();
	return READ_ONCE(mmu->invalidate_seq) != seq;
}

/**
 * invalidate_faults() - Mappings were changed: no fault that began before installs
 *	anything any more when this returns.
 */
void invalidate_faults(struct axvm_vm *vm);

/* ---- host.c ---- */

/**
 * struct host_page - What the process has at an address.
 * @pfn: of the 4 KiB page at the address.
 * @level: how large the host maps it: 0 for 4 KiB.
 * @writable: whether it may be written without asking the host again.
 * @prot: the host's entry, for its memory type.
 */
struct host_page {
	unsigned long pfn;
	unsigned int level;
	bool writable;
	pgprot_t prot;
};

/**
 * host_page_find() - Look into the process's page tables.
 * @mm: the process.
 * @hva: the address.
 * @write: it is to be written.
 * @dirtied: a page that is marked dirty already: a clean entry is good for writing it.
 * @page: what was found.
 *
 * Takes no lock and no reference: what is found is true as long as no
 * invalidation comes in between, see invalidated_since().
 *
 * Return: whether there is something that can be used.
 */
bool host_page_find(struct mm_struct *mm, unsigned long hva, bool write, unsigned long dirtied,
		    struct host_page *page);

/** define NO_PAGE - A page number that no page has. */
#define NO_PAGE		ULONG_MAX
/**
 * define NOT_COUNTED - Stands for all pages that have no struct page.
 *
 * Nobody asks if they are dirty.
 */
#define NOT_COUNTED	(ULONG_MAX - 1)

/**
 * host_page_get() - Have the host put memory there. May sleep.
 * @hva: the address, of the current process.
 * @write: it is to be written.
 * @got: written: the page's number, or %NOT_COUNTED.
 *
 * A page that is to be written is marked dirty.
 *
 * Return: 0, or a negative errno: %-EFAULT: there is none, %-EHWPOISON: it is
 * broken, %-ENOMEM, %-EINTR: a signal came first, %-EAGAIN: try again.
 */
int host_page_get(unsigned long hva, bool write, unsigned long *got);

/* ---- dirty.c ---- */

/** dirty_log_create() - A clean log for @pages pages from @gpa on. Return: it, or NULL. */
struct axvm_dirty_log *dirty_log_create(u64 gpa, u64 pages);
/** dirty_log_put() - One mapping less uses it. NULL is fine. */
void dirty_log_put(struct axvm_dirty_log *log);
/** dirty_log_set() - The page at @gpa is about to become writable. */
void dirty_log_set(struct axvm_dirty_log *log, u64 gpa);

#endif /* _AXVM_MMU_MMU_H */
