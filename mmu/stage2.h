/* SPDX-License-Identifier: GPL-2.0 */
/* The walker: one radix tree for all stage-2 formats */
#ifndef _AXVM_MMU_STAGE2_H
#define _AXVM_MMU_STAGE2_H

#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "axvm_mmu.h"

#define STAGE2_LEVEL_BITS	9

/*
 * In every format, an entry that the hardware takes for one has one of these bits; it
 * does not look at any other bit of an entry that has none of them.
 */
#define STAGE2_PRESENT		GENMASK_ULL(2, 0)

/*
 * What the entries of a table hold that was unlinked: nothing to the hardware, and not
 * 0, so that a fault that is still in there can put nothing in.
 */
#define STAGE2_DEAD		BIT_ULL(9)

/*
 * What an entry holds whose contents were taken out, until they are flushed. In the
 * bits above the shift, by whom.
 */
#define STAGE2_MARKER		BIT_ULL(11)
#define STAGE2_MARKER_SHIFT	12

/** stage2_level_shift() - Address bits below the index of @level. */
static inline unsigned int stage2_level_shift(unsigned int level)
{
	return PAGE_SHIFT + level * STAGE2_LEVEL_BITS;
}

/** stage2_level_size() - What one entry of @level covers, in bytes. */
static inline u64 stage2_level_size(unsigned int level)
{
	return BIT_ULL(stage2_level_shift(level));
}

/** stage2_gpa_bits() - Width of an address that the tree translates. */
static inline unsigned int stage2_gpa_bits(const struct axvm_stage2_format *format)
{
	return stage2_level_shift(format->levels - 1) + format->root_bits;
}

/** stage2_is_present() - Does the hardware see something in an entry? */
static inline bool stage2_is_present(u64 entry)
{
	return entry & STAGE2_PRESENT;
}

/** stage2_is_marker() - Was the entry's contents taken out, and may not be flushed yet? */
static inline bool stage2_is_marker(u64 entry)
{
	return !stage2_is_present(entry) && entry & STAGE2_MARKER;
}

/** stage2_is_leaf() - Does an entry of this level map memory? */
static inline bool stage2_is_leaf(const struct axvm_stage2_format *format, u64 entry,
				  unsigned int level)
{
	return stage2_is_present(entry) &&
	       (!level || (entry & format->leaf_mask) != format->leaf_table);
}

/** stage2_is_table() - Does an entry of this level point to a table? */
static inline bool stage2_is_table(const struct axvm_stage2_format *format, u64 entry,
				   unsigned int level)
{
	return level && stage2_is_present(entry) &&
	       (entry & format->leaf_mask) == format->leaf_table;
}

/** stage2_init() - An empty tree. Return: 0 or %-ENOMEM. */
int stage2_init(struct axvm_stage2 *stage2);
/** stage2_destroy() - Free a tree that nobody walks any more. */
void stage2_destroy(struct axvm_stage2 *stage2);

/**
 * enum stage2_result - What came of stage2_map().
 * @STAGE2_MAPPED: the entry is there, or one that allows as much already was.
 * @STAGE2_RACE: another CPU changed the tree; try again.
 * @STAGE2_NO_TABLE: the spare tables ran out.
 */
enum stage2_result {
	STAGE2_MAPPED,
	STAGE2_RACE,
	STAGE2_NO_TABLE,
};

/**
 * stage2_map() - Put a leaf in.
 * @vm: whose.
 * @spare: tables to use.
 * @gpa: address.
 * @level: of the leaf.
 * @leaf: the entry.
 *
 * What stands in the way (a larger leaf, a table of smaller ones, a leaf that
 * allows less) is taken out and flushed first.
 *
 * Context: preemption off; any number of CPUs at once.
 */
enum stage2_result stage2_map(struct axvm_vm *vm, struct axvm_mmu_vcpu *spare, u64 gpa,
			      unsigned int level, u64 leaf);

/**
 * stage2_unmap() - Take the leaves in a range out, and flush.
 * @vm: whose.
 * @gpa: first address.
 * @len: length.
 * @free_tables: also give tables back in which nothing is left.
 *
 * A leaf that reaches beyond the range goes, too. Tables are freed when no CPU
 * can be walking them. What others are just taking out is flushed when this returns,
 * as well.
 *
 * Return: how many bytes of the range are done. It stops after some work, so
 * that the caller can let others have the CPU, and is called again for the rest.
 */
u64 stage2_unmap(struct axvm_vm *vm, u64 gpa, u64 len, bool free_tables);

/**
 * stage2_catch_writes() - Have the next write to each of some pages fault, or be logged by
 *	the hardware if it can do that, and flush.
 * @vm: whose.
 * @gpa: first address.
 * @len: length.
 * @bits: which pages: bit 0 is the one at @gpa.
 */
void stage2_catch_writes(struct axvm_vm *vm, u64 gpa, u64 len, const unsigned long *bits);

/** stage2_age() - Was anything in a range used? @clear: forget that it was. */
bool stage2_age(struct axvm_vm *vm, u64 gpa, u64 len, bool clear);

/**
 * stage2_fill_spare() - Make sure there are enough spare tables for a map.
 *
 * Return: 0 or %-ENOMEM.
 */
int stage2_fill_spare(struct axvm_vm *vm, struct axvm_mmu_vcpu *spare);

#endif /* _AXVM_MMU_STAGE2_H */
