// SPDX-License-Identifier: GPL-2.0
/*
 * Nested page tables
 *
 * They are page tables as the host's own (APM volume 2, "Nested Paging"), and the hardware
 * walks them in the host's mode: with as many levels as the host has, through the host's PAT.
 * All accesses of the guest's are those of a user.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <asm/pgtable_types.h>
#include <asm/tlbflush.h>

#include "svm.h"

#define TABLE_FLAGS	(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED)

#define FORMAT(n) {							\
	.levels = (n),							\
	.root_bits = 9,							\
	.max_leaf_level = 2,						\
	.address_shift = PAGE_SHIFT,					\
	.address_mask = GENMASK_ULL(51, 12),				\
	.leaf_mask = _PAGE_PSE,						\
	.leaf_table = 0,						\
	.table = TABLE_FLAGS,						\
	.writable = _PAGE_RW,						\
	.accessed = _PAGE_ACCESSED,					\
}

static const struct axvm_stage2_format formats[] = { FORMAT(4), FORMAT(5) };

const struct axvm_stage2_format *axvm_svm_npt_format(void)
{
	return &formats[!!(cr4_read_shadow() & X86_CR4_LA57)];
}

/*
 * The host's cache bits. PAT, which is elsewhere in large entries, is left out in small ones:
 * a part of a large page has a large entry's bits, where the same bit says that it is large.
 * The kernel has write-protected and write-through memory there; the latter becomes uncached.
 */
static u64 cache_bits(pgprot_t host, unsigned int level)
{
	u64 bits = _PAGE_PWT | _PAGE_PCD;

	if (level)
		bits |= _PAGE_PAT_LARGE;
	return pgprot_val(host) & bits;
}

/*
 * Accessed and dirty are set from the start: the host's page is marked so when it is found,
 * and the hardware has nothing to tell.
 */
u64 axvm_svm_npt_leaf(struct axvm_vm *vm, phys_addr_t physical, u32 rights, unsigned int level,
		      pgprot_t host)
{
	u64 entry = physical | _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED;

	entry |= cache_bits(host, level);
	if (level)
		entry |= _PAGE_PSE;
	if (rights & AXVM_MEM_WRITE)
		entry |= _PAGE_RW | _PAGE_DIRTY;
	if (!(rights & AXVM_MEM_EXEC))
		entry |= _PAGE_NX;
	return entry;
}
