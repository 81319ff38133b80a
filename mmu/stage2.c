// SPDX-License-Identifier: GPL-2.0
/*
 * The walker: one radix tree for all stage-2 formats
 *
 * Nobody locks the tree. Entries change by compare-and-exchange, and whoever takes
 * a valid entry out flushes it before going on. A table is unlinked, flushed (after
 * which no hardware walk can still be in it) and freed after an RCU grace period
 * (after which no walk of ours can be). Walks here run under RCU.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "axvm_arch.h"
#include "stage2.h"

static const struct axvm_stage2_format *format_of(struct axvm_vm *vm)
{
	return vm->mmu.stage2.format;
}

static unsigned int index_at(const struct axvm_stage2_format *format, u64 gpa, unsigned int level)
{
	unsigned int bits = level == format->levels - 1 ? format->root_bits : STAGE2_LEVEL_BITS;

	return gpa >> stage2_level_shift(level) & (BIT(bits) - 1);
}

static u64 *table_at(const struct axvm_stage2_format *format, u64 entry)
{
	u64 pfn = (entry & format->address_mask) >> format->address_shift;

	return __va(PFN_PHYS(pfn));
}

static u64 table_entry(const struct axvm_stage2_format *format, u64 *table)
{
	return (u64)PHYS_PFN(__pa(table)) << format->address_shift | format->table;
}

static void count_pages(struct axvm_vm *vm, unsigned int level, int sign)
{
	atomic_long_add(sign * (long)BIT(level * STAGE2_LEVEL_BITS), &vm->mmu.stage2.pages);
}

static unsigned int root_order(const struct axvm_stage2_format *format)
{
	return format->root_bits - STAGE2_LEVEL_BITS;
}

int stage2_init(struct axvm_stage2 *stage2)
{
	stage2->format = axvm_arch_stage2_format();
	stage2->root = (u64 *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					       root_order(stage2->format));
	return stage2->root ? 0 : -ENOMEM;
}

static void free_tree(struct axvm_stage2 *stage2, u64 *table, unsigned int level)
{
	unsigned int i, count = BIT(STAGE2_LEVEL_BITS);

	if (level == stage2->format->levels - 1)
		count = BIT(stage2->format->root_bits);
	for (i = 0; level && i < count; i++)
		if (table[i] && !stage2_is_leaf(stage2->format, table[i], level))
			free_tree(stage2, table_at(stage2->format, table[i]), level - 1);
	if (level == stage2->format->levels - 1)
		free_pages((unsigned long)table, root_order(stage2->format));
	else
		free_page((unsigned long)table);
}

void stage2_destroy(struct axvm_stage2 *stage2)
{
	/* Tables on their way out are freed by RCU on their own. */
	free_tree(stage2, stage2->root, stage2->format->levels - 1);
}

int stage2_fill_spare(struct axvm_vm *vm, struct axvm_mmu_vcpu *spare)
{
	while (spare->nr_tables < format_of(vm)->levels - 1) {
		u64 *table = (u64 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);

		if (!table)
			return -ENOMEM;
		spare->tables[spare->nr_tables++] = table;
	}
	return 0;
}

/* ---- freeing tables ---- */

/* struct page's rcu_head is free for our use in a page of our own. */
static void free_table_rcu(struct rcu_head *rcu)
{
	__free_page(container_of(rcu, struct page, rcu_head));
}

static void free_table(struct axvm_vm *vm, u64 *table)
{
	atomic_long_dec(&vm->mmu.stage2.tables);
	call_rcu(&virt_to_page(table)->rcu_head, free_table_rcu);
}

/* A subtree that was unlinked and flushed: its leaves are counted out, its tables go. */
static void discard_tree(struct axvm_vm *vm, u64 *table, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(vm);
	unsigned int i;
	u64 entry;

	for (i = 0; i < BIT(STAGE2_LEVEL_BITS); i++) {
		entry = xchg(&table[i], STAGE2_DEAD);
		if (!entry)
			continue;
		if (stage2_is_leaf(format, entry, level))
			count_pages(vm, level, -1);
		else
			discard_tree(vm, table_at(format, entry), level - 1);
	}
	free_table(vm, table);
}

/* ---- mapping ---- */

/* Take @old out of the way, at @level, for something else to be put in. */
static bool clear_entry(struct axvm_vm *vm, u64 *entry, u64 old, u64 gpa, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(vm);

	if (cmpxchg(entry, old, 0) != old)
		return false;
	gpa &= ~(stage2_level_size(level) - 1);
	axvm_arch_flush_range(vm, gpa, stage2_level_size(level));
	if (stage2_is_leaf(format, old, level))
		count_pages(vm, level, -1);
	else
		discard_tree(vm, table_at(format, old), level - 1);
	return true;
}

static bool put_table(struct axvm_vm *vm, struct axvm_mmu_vcpu *spare, u64 *entry)
{
	u64 *table = spare->tables[spare->nr_tables - 1];

	if (cmpxchg(entry, 0, table_entry(format_of(vm), table)))
		return false;
	spare->nr_tables--;
	atomic_long_inc(&vm->mmu.stage2.tables);
	return true;
}

/* Does the entry that is there allow what @leaf does? */
static bool suffices(const struct axvm_stage2_format *format, u64 old, u64 leaf)
{
	return !((old ^ leaf) & format->address_mask) && !(leaf & ~old);
}

static enum stage2_result put_leaf(struct axvm_vm *vm, u64 *entry, u64 gpa, unsigned int level,
				   u64 leaf)
{
	u64 old = READ_ONCE(*entry);

	if (old == STAGE2_DEAD)
		return STAGE2_RACE;
	if (old && stage2_is_leaf(format_of(vm), old, level) &&
	    suffices(format_of(vm), old, leaf)) {
		/* Another CPU was quicker; or this one remembers that nothing was here. */
		axvm_arch_flush_range(vm, gpa & PAGE_MASK, PAGE_SIZE);
		return STAGE2_MAPPED;
	}
	if (old && !clear_entry(vm, entry, old, gpa, level))
		return STAGE2_RACE;
	if (cmpxchg(entry, 0, leaf))
		return STAGE2_RACE;
	count_pages(vm, level, 1);
	return STAGE2_MAPPED;
}

enum stage2_result stage2_map(struct axvm_vm *vm, struct axvm_mmu_vcpu *spare, u64 gpa,
			      unsigned int level, u64 leaf)
{
	const struct axvm_stage2_format *format = format_of(vm);
	u64 *table = vm->mmu.stage2.root;
	unsigned int at;
	u64 *entry, old;

	for (at = format->levels - 1; at > level; at--) {
		entry = &table[index_at(format, gpa, at)];
		old = READ_ONCE(*entry);
		if (old == STAGE2_DEAD)
			return STAGE2_RACE;
		if (old && stage2_is_leaf(format, old, at)) {
			/* What is wanted is finer (the dirty log), so this one has to go. */
			if (!clear_entry(vm, entry, old, gpa, at))
				return STAGE2_RACE;
			old = 0;
		}
		if (!old) {
			if (!spare->nr_tables)
				return STAGE2_NO_TABLE;
			if (!put_table(vm, spare, entry))
				return STAGE2_RACE;
			old = READ_ONCE(*entry);
			/* Taken out again by another CPU at once. */
			if (!old || old == STAGE2_DEAD || stage2_is_leaf(format, old, at))
				return STAGE2_RACE;
		}
		table = table_at(format, old);
	}
	return put_leaf(vm, &table[index_at(format, gpa, level)], gpa, level, leaf);
}

/* ---- walking a range ---- */

/**
 * struct walk - A walk over the leaves of a range.
 * @vm: whose.
 * @start: first address.
 * @end: the one behind the last.
 * @leaf: called for every leaf; says whether the entry changed in a way to be flushed.
 * @table: called for every table that lies wholly in the range, and every other one
 *	that is empty afterwards, in its entry's place; says whether it dealt with it.
 *	NULL: go into all of them and leave them.
 * @data: for those two.
 * @flush_start: what is to be flushed so far.
 * @flush_end: likewise.
 */
struct walk {
	struct axvm_vm *vm;
	u64 start;
	u64 end;
	bool (*leaf)(struct walk *walk, u64 *entry, u64 gpa, unsigned int level);
	bool (*table)(struct walk *walk, u64 *entry, u64 gpa, unsigned int level);
	void *data;
	u64 flush_start;
	u64 flush_end;
};

static void add_flush(struct walk *walk, u64 gpa, unsigned int level)
{
	walk->flush_start = min(walk->flush_start, gpa);
	walk->flush_end = max(walk->flush_end, gpa + stage2_level_size(level));
}

static void flush(struct walk *walk)
{
	if (walk->flush_start < walk->flush_end)
		axvm_arch_flush_range(walk->vm, walk->flush_start,
				      walk->flush_end - walk->flush_start);
	walk->flush_start = U64_MAX;
	walk->flush_end = 0;
}

static bool is_whole(const struct walk *walk, u64 gpa, unsigned int level)
{
	return gpa >= walk->start && gpa + stage2_level_size(level) <= walk->end;
}

static bool is_empty(const u64 *table)
{
	return !memchr_inv(table, 0, PAGE_SIZE);
}

static void walk_table(struct walk *walk, u64 *table, u64 base, unsigned int level);

/*
 * A table that is dealt with whole, or gone through and then, if tables are wanted
 * and nothing is left in it, dealt with all the same. Should a fault fill it in
 * between, what it put there goes, too, and the guest faults again.
 */
static void visit_table(struct walk *walk, u64 *entry, u64 *table, u64 gpa, unsigned int level)
{
	if (walk->table && is_whole(walk, gpa, level) && walk->table(walk, entry, gpa, level))
		return;
	walk_table(walk, table, gpa, level - 1);
	if (walk->table && is_empty(table))
		walk->table(walk, entry, gpa, level);
}

static void walk_table(struct walk *walk, u64 *table, u64 base, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(walk->vm);
	u64 size = stage2_level_size(level);
	u64 from = max(walk->start, base);
	u64 gpa, last, entry;
	u64 *at;

	/* The table covers base up to last; the root's width is its own. */
	last = level == format->levels - 1 ? BIT_ULL(stage2_gpa_bits(format)) :
					     base + (size << STAGE2_LEVEL_BITS);
	last = min(walk->end, last);
	for (gpa = from & ~(size - 1); gpa < last; gpa += size) {
		at = &table[index_at(format, gpa, level)];
		entry = READ_ONCE(*at);
		/* Dead: another walk has unlinked this table. */
		if (!entry || entry == STAGE2_DEAD)
			continue;
		if (stage2_is_leaf(format, entry, level)) {
			if (walk->leaf(walk, at, gpa, level))
				add_flush(walk, gpa, level);
		} else {
			visit_table(walk, at, table_at(format, entry), gpa, level);
		}
	}
}

static void walk_range(struct walk *walk)
{
	walk->flush_start = U64_MAX;
	walk->flush_end = 0;
	rcu_read_lock();
	walk_table(walk, walk->vm->mmu.stage2.root, 0, format_of(walk->vm)->levels - 1);
	flush(walk);
	rcu_read_unlock();
}

static bool unmap_leaf(struct walk *walk, u64 *entry, u64 gpa, unsigned int level)
{
	u64 old;

	do {
		old = READ_ONCE(*entry);
		/* Gone meanwhile, or a table that a fault put there: no older than this walk. */
		if (!old || old == STAGE2_DEAD ||
		    !stage2_is_leaf(format_of(walk->vm), old, level))
			return false;
	} while (cmpxchg(entry, old, 0) != old);
	count_pages(walk->vm, level, -1);
	return true;
}

static bool unmap_table(struct walk *walk, u64 *entry, u64 gpa, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(walk->vm);
	u64 old = READ_ONCE(*entry);

	if (!old || old == STAGE2_DEAD || stage2_is_leaf(format, old, level))
		return false;
	if (cmpxchg(entry, old, 0) != old)
		return false;
	add_flush(walk, gpa, level);
	flush(walk);
	discard_tree(walk->vm, table_at(format, old), level - 1);
	return true;
}

void stage2_unmap(struct axvm_vm *vm, u64 gpa, u64 len, bool free_tables)
{
	struct walk walk = {
		.vm	= vm,
		.start	= gpa,
		.end	= gpa + len,
		.leaf	= unmap_leaf,
		.table	= free_tables ? unmap_table : NULL,
	};

	walk_range(&walk);
}

static bool any_bit(const struct walk *walk, u64 gpa, unsigned int level)
{
	const unsigned long *bits = walk->data;
	u64 from, to;

	if (!bits)
		return true;
	from = (max(gpa, walk->start) - walk->start) >> PAGE_SHIFT;
	to = (min(gpa + stage2_level_size(level), walk->end) - walk->start) >> PAGE_SHIFT;
	return find_next_bit(bits, to, from) < to;
}

static bool protect_leaf(struct walk *walk, u64 *entry, u64 gpa, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(walk->vm);
	u64 old;

	if (!any_bit(walk, gpa, level))
		return false;
	do {
		old = READ_ONCE(*entry);
		if (!(old & format->writable) || old == STAGE2_DEAD ||
		    !stage2_is_leaf(format, old, level))
			return false;
	} while (cmpxchg(entry, old, old & ~format->writable) != old);
	return true;
}

void stage2_write_protect(struct axvm_vm *vm, u64 gpa, u64 len, const unsigned long *bits)
{
	struct walk walk = {
		.vm	= vm,
		.start	= gpa,
		.end	= gpa + len,
		.leaf	= protect_leaf,
		.data	= (void *)bits,
	};

	walk_range(&walk);
}

struct age {
	bool clear;
	bool used;
};

static bool age_leaf(struct walk *walk, u64 *entry, u64 gpa, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(walk->vm);
	struct age *age = walk->data;
	u64 old = READ_ONCE(*entry);

	/* Without such a bit, what is mapped counts as used. */
	if (format->accessed && !(old & format->accessed))
		return false;
	age->used = true;
	/* Taken out altogether: the next use shows up as a fault, on any hardware. */
	return age->clear && unmap_leaf(walk, entry, gpa, level);
}

bool stage2_age(struct axvm_vm *vm, u64 gpa, u64 len, bool clear)
{
	struct age age = { .clear = clear };
	struct walk walk = {
		.vm	= vm,
		.start	= gpa,
		.end	= gpa + len,
		.leaf	= age_leaf,
		.data	= &age,
	};

	walk_range(&walk);
	return age.used;
}
