// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: the guest's own page tables, built by the host
 */
#include "csr.h"
#include "paging.h"

#define TABLE_LEN	4096
#define TABLE_ENTRIES	512
#define LEVELS		3	/* Sv39 */
#define PAGE_SHIFT	12
#define GIB_SHIFT	30

static __u64 make_pte(__u64 gpa, __u64 prot)
{
	return (gpa >> PAGE_SHIFT << PTE_PPN_SHIFT) | prot;
}

static __u64 pte_gpa(__u64 pte)
{
	return (pte >> PTE_PPN_SHIFT & ((1ULL << 44) - 1)) << PAGE_SHIFT;
}

__u64 paging_identity(struct vm *vm)
{
	__u64 root = vm_alloc(vm, TABLE_LEN);
	__u64 *table = vm_hva(vm, root);
	__u64 i;

	/* The upper half is for addresses with all the upper bits set. */
	for (i = 0; i < TABLE_ENTRIES / 2; i++)
		table[i] = make_pte(i << GIB_SHIFT, PTE_RWX);
	return root;
}

__u64 paging_satp(struct vm *vm, __u64 mode, __u64 asid)
{
	return mode << SATP_MODE_SHIFT | asid << SATP_ASID_SHIFT | vm->tables >> PAGE_SHIFT;
}

static unsigned int table_index(__u64 gva, int level)
{
	return gva >> (PAGE_SHIFT + 9 * level) & (TABLE_ENTRIES - 1);
}

__u64 paging_pte(struct vm *vm, __u64 gva)
{
	__u64 table = vm->tables;
	__u64 *pte;
	int level;

	for (level = LEVELS - 1; level; level--) {
		pte = (__u64 *)vm_hva(vm, table) + table_index(gva, level);
		if (!(*pte & PTE_V))
			*pte = make_pte(vm_alloc(vm, TABLE_LEN), PTE_V);
		table = pte_gpa(*pte);
	}
	return table + 8 * table_index(gva, 0);
}

void paging_map(struct vm *vm, __u64 gva, __u64 gpa, __u64 prot)
{
	CHECK(vm->tables);
	CHECK_GE(gva, PAGING_GVA);
	*(__u64 *)vm_hva(vm, paging_pte(vm, gva)) = make_pte(gpa, prot);
}
