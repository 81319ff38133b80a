// SPDX-License-Identifier: GPL-2.0
/*
 * The dirty log: which pages the guest wrote, got and cleared by range
 *
 * Who writes a page is known by a fault, since it is write-protected until then; or, if
 * the hardware can do that (&struct axvm_stage2_format.dirty), from a log of its own, which
 * is collected before bits are taken.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "axvm_arch.h"
#include "axvm_vm.h"
#include "mmu.h"
#include "stage2.h"

/* The unit of work: as many bits as fit here, copied out before more are taken. */
#define CHUNK_PAGES	512UL
#define CHUNK_SIZE	(CHUNK_PAGES << PAGE_SHIFT)
#define MOST		SZ_1G
#define UNIT		(BITS_PER_LONG * PAGE_SIZE)

struct axvm_dirty_log *dirty_log_create(u64 gpa, u64 pages)
{
	struct axvm_dirty_log *log;

	/* Large ones fail rather than have somebody killed. */
	log = kvzalloc(struct_size(log, bits, BITS_TO_LONGS(pages)),
		       GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	if (!log)
		return NULL;
	refcount_set(&log->users, 1);
	log->gpa = gpa;
	log->pages = pages;
	return log;
}

void dirty_log_put(struct axvm_dirty_log *log)
{
	if (log && refcount_dec_and_test(&log->users))
		kvfree(log);
}

void dirty_log_set(struct axvm_dirty_log *log, u64 gpa)
{
	u64 page = (gpa - log->gpa) >> PAGE_SHIFT;

	if (!test_bit(page, log->bits))
		set_bit(page, log->bits);
}

void axvm_mmu_mark_dirty(struct axvm_vm *vm, u64 gpa)
{
	axvm_mmu_mark_all_dirty(vm, &gpa, 1);
}

/* Most are in the same mapping as the one before. */
void axvm_mmu_mark_all_dirty(struct axvm_vm *vm, const u64 *gpas, unsigned int count)
{
	struct mapping_range range = { .gpa = 1, .last = 0 };
	bool found = false;

	rcu_read_lock();
	for (; count; count--, gpas++) {
		if (*gpas < range.gpa || *gpas > range.last)
			found = mapping_find(vm, *gpas, &range);
		if (found && range.mapping->log)
			dirty_log_set(range.mapping->log, *gpas);
	}
	rcu_read_unlock();
}

/* Move what is dirty in a part of a mapping out of its log. @bits begins at @gpa. */
static bool take_part(const struct mapping_range *part, u64 gpa, unsigned long *bits)
{
	struct axvm_dirty_log *log = part->mapping->log;
	unsigned long page = (part->gpa - log->gpa) >> PAGE_SHIFT;
	unsigned long end = ((part->last - log->gpa) >> PAGE_SHIFT) + 1;
	bool any = false;

	for_each_set_bit_from(page, log->bits, end) {
		if (!test_and_clear_bit(page, log->bits))
			continue;
		__set_bit((log->gpa + ((u64)page << PAGE_SHIFT) - gpa) >> PAGE_SHIFT, bits);
		any = true;
	}
	return any;
}

/* Move what is dirty in [gpa, gpa + pages) out of the mappings' logs into @bits. */
static bool take_bits(struct axvm_vm *vm, u64 gpa, unsigned long pages, unsigned long *bits)
{
	u64 at = gpa, last = gpa + ((u64)pages << PAGE_SHIFT) - 1;
	struct mapping_range part;
	bool any = false;

	rcu_read_lock();
	while (at < last && mapping_find_next(vm, at, last, &part)) {
		at = part.last + 1;
		if (part.mapping->log)
			any |= take_part(&part, gpa, bits);
	}
	rcu_read_unlock();
	return any;
}

/* Undelivered: dirty again. That their next write shows, too, does no harm. */
static void put_back(struct axvm_vm *vm, u64 gpa, unsigned long pages, const unsigned long *bits)
{
	struct mapping_range range;
	unsigned long i;

	rcu_read_lock();
	for_each_set_bit(i, bits, pages) {
		u64 at = gpa + ((u64)i << PAGE_SHIFT);

		if (mapping_find(vm, at, &range) && range.mapping->log)
			dirty_log_set(range.mapping->log, at);
	}
	rcu_read_unlock();
}

/*
 * The bits are taken before the pages are protected: a write in between is in the
 * bits already, or faults (or is logged) and sets its bit anew. What the hardware has logged
 * and nobody has collected has no bit yet: its leaf stays as it is until it has.
 */
static long get_chunk(struct axvm_vm *vm, u64 gpa, unsigned long pages, void __user *to)
{
	DECLARE_BITMAP(bits, CHUNK_PAGES);

	bitmap_zero(bits, CHUNK_PAGES);
	if (take_bits(vm, gpa, pages, bits)) {
		/* A fault that set its bit before has installed its page, or starts again. */
		invalidate_faults(vm);
		stage2_catch_writes(vm, gpa, (u64)pages << PAGE_SHIFT, bits);
	}
	if (copy_to_user(to, bits, pages / BITS_PER_BYTE)) {
		put_back(vm, gpa, pages, bits);
		return -EFAULT;
	}
	return 0;
}

static bool is_range(const struct axvm_dirty *args)
{
	return args->len && args->len <= MOST && !((args->gpa | args->len) & (UNIT - 1)) &&
	       args->gpa + args->len > args->gpa;
}

long axvm_mmu_get_dirty(struct axvm_vm *vm, const struct axvm_dirty *args)
{
	u8 __user *to = u64_to_user_ptr(args->bitmap);
	u64 done, len;
	long error = 0;

	if (args->flags || !is_range(args))
		return -EINVAL;
	if (vm->mmu.stage2.format->dirty)
		axvm_arch_collect_dirty(vm);
	for (done = 0; !error && done < args->len; done += len) {
		len = min_t(u64, args->len - done, CHUNK_SIZE);
		error = get_chunk(vm, args->gpa + done, len >> PAGE_SHIFT,
				  to + (done >> PAGE_SHIFT) / BITS_PER_BYTE);
		cond_resched();
	}
	return error;
}
