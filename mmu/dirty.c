// SPDX-License-Identifier: GPL-2.0
/* The dirty log: which pages the guest wrote, got and cleared by range */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

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

/* Move what is dirty in [gpa, gpa + pages) out of the mappings' logs into @bits. */
static bool take_bits(struct axvm_vm *vm, u64 gpa, unsigned long pages, unsigned long *bits)
{
	struct mapping_range range;
	unsigned long i;
	bool any = false;

	rcu_read_lock();
	for (i = 0; i < pages; i++) {
		u64 at = gpa + ((u64)i << PAGE_SHIFT);
		struct axvm_dirty_log *log;

		if (!mapping_find(vm, at, &range))
			continue;
		log = range.mapping->log;
		if (!log) {
			/* To the end of what has no log. */
			i += min_t(u64, (range.last - at) >> PAGE_SHIFT, pages - 1 - i);
			continue;
		}
		if (test_bit((at - log->gpa) >> PAGE_SHIFT, log->bits) &&
		    test_and_clear_bit((at - log->gpa) >> PAGE_SHIFT, log->bits)) {
			__set_bit(i, bits);
			any = true;
		}
	}
	rcu_read_unlock();
	return any;
}

/* Undelivered: dirty again. Their pages are write-protected, which does no harm. */
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
 * bits already, or faults and sets its bit anew.
 */
static long get_chunk(struct axvm_vm *vm, u64 gpa, unsigned long pages, void __user *to)
{
	DECLARE_BITMAP(bits, CHUNK_PAGES);

	bitmap_zero(bits, CHUNK_PAGES);
	if (take_bits(vm, gpa, pages, bits)) {
		/* A fault that set its bit before has installed its page, or starts again. */
		invalidate_faults(vm);
		stage2_write_protect(vm, gpa, (u64)pages << PAGE_SHIFT, bits);
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
	for (done = 0; !error && done < args->len; done += len) {
		len = min_t(u64, args->len - done, CHUNK_SIZE);
		error = get_chunk(vm, args->gpa + done, len >> PAGE_SHIFT,
				  to + (done >> PAGE_SHIFT) / BITS_PER_BYTE);
		cond_resched();
	}
	return error;
}
