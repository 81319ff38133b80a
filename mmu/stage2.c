// SPDX-License-Identifier: GPL-2.0
/*
 * The walker: one radix tree for all stage-2 formats
 *
 * Nobody locks the tree. Entries change by compare-and-exchange. What is taken out of
 * one leaves a marker there, which says who took it, until it has been flushed; then
 * the marker becomes 0, or what takes the place. So nothing is put in before what was
 * there before is flushed everywhere ("break before make"), and who finds 0 knows
 * that no CPU has a translation from there.
 *
 * A table is unlinked, flushed (after which no hardware walk can still be in it) and
 * freed after an RCU grace period (after which no walk of ours can be). Walks here run
 * under RCU.
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

/* One that no other walk and no other fault has. */
static u64 new_marker(struct axvm_vm *vm)
{
	return (u64)atomic64_inc_return(&vm->mmu.stage2.markers) << STAGE2_MARKER_SHIFT |
	       STAGE2_MARKER;
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
		if (stage2_is_table(stage2->format, table[i], level))
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
		if (stage2_is_leaf(format, entry, level))
			count_pages(vm, level, -1);
		else if (stage2_is_table(format, entry, level))
			discard_tree(vm, table_at(format, entry), level - 1);
	}
	free_table(vm, table);
}

/* ---- mapping ---- */

/*
 * Take @old out of the way, at @level, for something else to be put in.
 *
 * Return: the marker in its place; 0 if another CPU has changed the entry.
 */
static u64 take_entry(struct axvm_vm *vm, u64 *entry, u64 old, u64 gpa, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(vm);
	u64 marker = new_marker(vm);

	if (cmpxchg(entry, old, marker) != old)
		return 0;
	gpa &= ~(stage2_level_size(level) - 1);
	axvm_arch_flush_range(vm, gpa, stage2_level_size(level));
	if (stage2_is_leaf(format, old, level))
		count_pages(vm, level, -1);
	else
		discard_tree(vm, table_at(format, old), level - 1);
	return marker;
}

/* @expected: 0, or our marker. */
static bool put_table(struct axvm_vm *vm, struct axvm_mmu_vcpu *spare, u64 *entry, u64 expected)
{
	u64 *table = spare->tables[spare->nr_tables - 1];

	if (cmpxchg(entry, expected, table_entry(format_of(vm), table)) != expected)
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
	u64 expected = 0;

	/* Dead, or not flushed yet. */
	if (old && !stage2_is_present(old))
		return STAGE2_RACE;
	if (stage2_is_leaf(format_of(vm), old, level) && suffices(format_of(vm), old, leaf)) {
		/* Another CPU was quicker; or this one remembers that nothing was here. */
		axvm_arch_flush_range(vm, gpa & PAGE_MASK, PAGE_SIZE);
		return STAGE2_MAPPED;
	}
	if (old) {
		expected = take_entry(vm, entry, old, gpa, level);
		if (!expected)
			return STAGE2_RACE;
	}
	if (cmpxchg(entry, expected, leaf) != expected)
		return STAGE2_RACE;
	count_pages(vm, level, 1);
	return STAGE2_MAPPED;
}

/* Have a table in an entry. @leaf: what is there is one, which is to give way. */
static enum stage2_result make_table(struct axvm_vm *vm, struct axvm_mmu_vcpu *spare, u64 *entry,
				     u64 leaf, u64 gpa, unsigned int level)
{
	u64 expected = 0;

	if (!spare->nr_tables)
		return STAGE2_NO_TABLE;
	if (leaf) {
		expected = take_entry(vm, entry, leaf, gpa, level);
		if (!expected)
			return STAGE2_RACE;
	}
	return put_table(vm, spare, entry, expected) ? STAGE2_MAPPED : STAGE2_RACE;
}

enum stage2_result stage2_map(struct axvm_vm *vm, struct axvm_mmu_vcpu *spare, u64 gpa,
			      unsigned int level, u64 leaf)
{
	const struct axvm_stage2_format *format = format_of(vm);
	u64 *table = vm->mmu.stage2.root;
	enum stage2_result result;
	unsigned int at;
	u64 *entry, old;

	for (at = format->levels - 1; at > level; at--) {
		entry = &table[index_at(format, gpa, at)];
		old = READ_ONCE(*entry);
		/* A leaf here: what is wanted is finer (the dirty log), so it has to go. */
		if (!old || stage2_is_leaf(format, old, at)) {
			result = make_table(vm, spare, entry, old, gpa, at);
			if (result != STAGE2_MAPPED)
				return result;
			old = READ_ONCE(*entry);
		}
		/* Dead, not flushed yet, or changed again by another CPU at once. */
		if (!stage2_is_table(format, old, at))
			return STAGE2_RACE;
		table = table_at(format, old);
	}
	return put_leaf(vm, &table[index_at(format, gpa, level)], gpa, level, leaf);
}

/* ---- walking a range ---- */

/*
 * How many entries are looked at in one go, that is with preemption off and, by the
 * notifier, under a lock. There are as few flushes as goes.
 */
#define WALK_ENTRIES	4096U

/**
 * struct walk - A walk over the leaves of a range.
 * @vm: whose.
 * @start: first address that is still to be looked at.
 * @end: the one behind the last.
 * @leaf: called for every leaf; says whether the entry changed in a way to be flushed.
 * @table: called for every table of leaves that lies wholly in the range, and every other
 *	table that is empty afterwards, in its entry's place; says whether it dealt with it.
 *	NULL: go into all of them and leave them.
 * @marker: called for every entry that was taken out and may not be flushed yet.
 * @data: for those three.
 * @left: how many entries may still be looked at in this go.
 * @next: where the next go begins.
 * @flush_start: what is to be flushed so far.
 * @flush_end: likewise.
 * @own: the marker that this go leaves in what it takes out; 0 as long as it left none.
 * @taken: how many entries have it.
 * @last: the last of them.
 * @unlinked: the tables that this go took out, each with the next one in its page's
 *	private field.
 */
struct walk {
	struct axvm_vm *vm;
	u64 start;
	u64 end;
	bool (*leaf)(struct walk *walk, u64 *entry, u64 gpa, unsigned int level);
	bool (*table)(struct walk *walk, u64 *entry, u64 gpa, unsigned int level);
	void (*marker)(struct walk *walk, u64 *entry, u64 gpa, unsigned int level);
	void *data;
	unsigned int left;
	u64 next;
	u64 flush_start;
	u64 flush_end;
	u64 own;
	unsigned int taken;
	u64 *last;
	u64 *unlinked;
};

static void add_flush(struct walk *walk, u64 gpa, unsigned int level)
{
	walk->flush_start = min(walk->flush_start, gpa);
	walk->flush_end = max(walk->flush_end, gpa + stage2_level_size(level));
}

static bool is_whole(const struct walk *walk, u64 gpa, unsigned int level)
{
	return gpa >= walk->start && gpa + stage2_level_size(level) <= walk->end;
}

/* What this walk has just taken out counts as nothing. */
static bool is_empty(const struct walk *walk, const u64 *table)
{
	unsigned int i;

	for (i = 0; i < BIT(STAGE2_LEVEL_BITS); i++)
		if (READ_ONCE(table[i]) && READ_ONCE(table[i]) != walk->own)
			return false;
	return true;
}

static void walk_table(struct walk *walk, u64 *table, u64 base, unsigned int level);

/*
 * A table that is dealt with whole, or gone through and then, if tables are wanted
 * and nothing is left in it, dealt with all the same. Should a fault fill it in
 * between, what it put there goes, too, and the guest faults again.
 */
static void visit_table(struct walk *walk, u64 *entry, u64 *table, u64 gpa, unsigned int level)
{
	if (walk->table && level == 1 && is_whole(walk, gpa, level) &&
	    walk->table(walk, entry, gpa, level)) {
		walk->left -= min_t(unsigned int, walk->left, BIT(STAGE2_LEVEL_BITS));
		return;
	}
	walk_table(walk, table, gpa, level - 1);
	if (walk->table && is_empty(walk, table))
		walk->table(walk, entry, gpa, level);
}

static void visit(struct walk *walk, u64 *at, u64 gpa, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(walk->vm);
	u64 entry = READ_ONCE(*at);

	if (stage2_is_leaf(format, entry, level)) {
		if (walk->leaf(walk, at, gpa, level))
			add_flush(walk, gpa, level);
	} else if (stage2_is_table(format, entry, level)) {
		visit_table(walk, at, table_at(format, entry), gpa, level);
	} else if (stage2_is_marker(entry)) {
		walk->marker(walk, at, gpa, level);
	}
	/* Dead: another walk has unlinked this table. */
}

static void walk_table(struct walk *walk, u64 *table, u64 base, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(walk->vm);
	u64 size = stage2_level_size(level);
	u64 gpa = max(walk->start, base) & ~(size - 1);
	u64 last;

	/* The table covers base up to last; the root's width is its own. */
	last = level == format->levels - 1 ? BIT_ULL(stage2_gpa_bits(format)) :
					     base + (size << STAGE2_LEVEL_BITS);
	last = min(walk->end, last);
	for (; gpa < last && walk->left; gpa += size) {
		walk->left--;
		visit(walk, &table[index_at(format, gpa, level)], gpa, level);
	}
	/* The innermost table that was not finished tells where. */
	if (gpa < last)
		walk->next = min(walk->next, gpa);
}

static void walk_from_root(struct walk *walk)
{
	walk_table(walk, walk->vm->mmu.stage2.root, 0, format_of(walk->vm)->levels - 1);
}

/* Another walk has taken it out. It may not have flushed it yet; so this one does, too. */
static void flush_marked(struct walk *walk, u64 *entry, u64 gpa, unsigned int level)
{
	add_flush(walk, gpa, level);
}

static bool leave_leaf(struct walk *walk, u64 *entry, u64 gpa, unsigned int level)
{
	return false;
}

/* Others' markers are theirs to release, after their own flush. */
static void release_own(struct walk *walk, u64 *entry, u64 gpa, unsigned int level)
{
	const struct walk *taker = walk->data;

	cmpxchg(entry, taker->own, 0);
}

/* What was taken out is flushed: its entries are free for faults to fill. */
static void release(struct walk *walk)
{
	struct walk again = {
		.vm	= walk->vm,
		.start	= walk->flush_start,
		.end	= walk->flush_end,
		.leaf	= leave_leaf,
		.marker	= release_own,
		.data	= walk,
		.left	= UINT_MAX,
	};

	if (walk->taken == 1)
		cmpxchg(walk->last, walk->own, 0);
	else if (walk->taken)
		walk_from_root(&again);
}

/* The next table and this one's level, in one word: tables are aligned. */
static void chain_unlinked(struct walk *walk, u64 *table, unsigned int level)
{
	set_page_private(virt_to_page(table), (unsigned long)walk->unlinked | level);
	walk->unlinked = table;
}

static void discard_unlinked(struct walk *walk)
{
	u64 *table, *next;
	unsigned long word;

	for (table = walk->unlinked; table; table = next) {
		word = page_private(virt_to_page(table));
		next = (u64 *)(word & PAGE_MASK);
		discard_tree(walk->vm, table, word & ~PAGE_MASK);
	}
}

static void flush(struct walk *walk)
{
	if (walk->flush_start >= walk->flush_end)
		return;
	axvm_arch_flush_range(walk->vm, walk->flush_start, walk->flush_end - walk->flush_start);
	discard_unlinked(walk);
	release(walk);
}

/*
 * One go. Preemption is off: a vCPU that faults on a marker tries until it is gone.
 *
 * Return: whether that was all.
 */
static bool walk_some(struct walk *walk)
{
	walk->left = WALK_ENTRIES;
	walk->next = walk->end;
	walk->flush_start = U64_MAX;
	walk->flush_end = 0;
	walk->own = 0;
	walk->taken = 0;
	walk->unlinked = NULL;
	rcu_read_lock();
	preempt_disable();
	walk_from_root(walk);
	flush(walk);
	preempt_enable();
	rcu_read_unlock();
	walk->start = walk->next;
	return walk->start >= walk->end;
}

static void walk_all(struct walk *walk)
{
	while (!walk_some(walk))
		;
}

/* Leave this walk's marker in place of @old. Return: what was found there, @old if it did. */
static u64 take_out(struct walk *walk, u64 *entry, u64 old)
{
	u64 found;

	if (!walk->own)
		walk->own = new_marker(walk->vm);
	found = cmpxchg(entry, old, walk->own);
	if (found == old) {
		walk->taken++;
		walk->last = entry;
	}
	return found;
}

static bool unmap_leaf(struct walk *walk, u64 *entry, u64 gpa, unsigned int level)
{
	u64 old = READ_ONCE(*entry);
	u64 found;

	for (;;) {
		/* Gone meanwhile, or a table that a fault put there: no older than this walk. */
		if (!stage2_is_leaf(format_of(walk->vm), old, level))
			return stage2_is_marker(old);
		found = take_out(walk, entry, old);
		if (found == old)
			break;
		old = found;
	}
	count_pages(walk->vm, level, -1);
	return true;
}

static bool unmap_table(struct walk *walk, u64 *entry, u64 gpa, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(walk->vm);
	u64 old = READ_ONCE(*entry);

	if (!stage2_is_table(format, old, level) || take_out(walk, entry, old) != old)
		return false;
	add_flush(walk, gpa, level);
	chain_unlinked(walk, table_at(format, old), level - 1);
	return true;
}

u64 stage2_unmap(struct axvm_vm *vm, u64 gpa, u64 len, bool free_tables)
{
	struct walk walk = {
		.vm	= vm,
		.start	= gpa,
		.end	= gpa + len,
		.leaf	= unmap_leaf,
		.table	= free_tables ? unmap_table : NULL,
		.marker	= flush_marked,
	};

	walk_some(&walk);
	return walk.start - gpa;
}

/**
 * struct pages - Some of a range.
 * @gpa: the page that the first bit stands for.
 * @bits: which they are.
 */
struct pages {
	u64 gpa;
	const unsigned long *bits;
};

static bool any_bit(const struct walk *walk, u64 gpa, unsigned int level)
{
	const struct pages *pages = walk->data;
	u64 from, to;

	from = (max(gpa, walk->start) - pages->gpa) >> PAGE_SHIFT;
	if (!level)
		return test_bit(from, pages->bits);
	to = (min(gpa + stage2_level_size(level), walk->end) - pages->gpa) >> PAGE_SHIFT;
	return find_next_bit(pages->bits, to, from) < to;
}

/*
 * The same page without the bit that lets writes pass unseen: it needs no marker, only the
 * flush. What is logged is mapped by small pages, of which alone the hardware's log tells.
 */
static bool catch_writes(struct walk *walk, u64 *entry, u64 gpa, unsigned int level)
{
	const struct axvm_stage2_format *format = format_of(walk->vm);
	u64 unseen = format->dirty && !level ? format->dirty : format->writable;
	u64 old;

	if (!any_bit(walk, gpa, level))
		return false;
	do {
		old = READ_ONCE(*entry);
		if (!stage2_is_leaf(format, old, level))
			return stage2_is_marker(old);
		if (!(old & unseen))
			return false;
	} while (cmpxchg(entry, old, old & ~unseen) != old);
	return true;
}

void stage2_catch_writes(struct axvm_vm *vm, u64 gpa, u64 len, const unsigned long *bits)
{
	struct pages pages = { .gpa = gpa, .bits = bits };
	struct walk walk = {
		.vm	= vm,
		.start	= gpa,
		.end	= gpa + len,
		.leaf	= catch_writes,
		.marker	= flush_marked,
		.data	= &pages,
	};

	walk_all(&walk);
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
		.marker	= flush_marked,
		.data	= &age,
	};

	walk_all(&walk);
	return age.used;
}
