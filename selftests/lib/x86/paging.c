// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the guest's own page tables, built by the host
 */
#include "paging.h"

#define TABLE_LEN	4096
#define TABLE_ENTRIES	512
#define LEVELS		4
#define PAGE_SHIFT	12
#define MIB2_SHIFT	21
#define GIB_SHIFT	30
#define IDENTITY_GIB	128ULL

/* Tables let everything pass: what counts is at the leaf. */
#define TABLE_PROT	(PTE_RWX | PTE_U)

static bool has_1gib_pages(struct vm *vm)
{
	return vm_get_reg(vm, AXVM_X86_CPUID(0x80000001, 0, 3)) & X86_BIT(26);
}

static __u64 table_of_2mib_pages(struct vm *vm, __u64 from)
{
	__u64 gpa = vm_alloc(vm, TABLE_LEN);
	__u64 *table = vm_hva(vm, gpa);
	__u64 i;

	for (i = 0; i < TABLE_ENTRIES; i++)
		table[i] = (from + (i << MIB2_SHIFT)) | PTE_RWX | PTE_PS;
	return gpa;
}

__u64 paging_identity(struct vm *vm)
{
	__u64 root = vm_alloc(vm, TABLE_LEN), gpa = vm_alloc(vm, TABLE_LEN);
	__u64 *table = vm_hva(vm, gpa);
	bool huge = has_1gib_pages(vm);
	__u64 i;

	*(__u64 *)vm_hva(vm, root) = gpa | TABLE_PROT;
	for (i = 0; i < IDENTITY_GIB; i++)
		table[i] = huge ? i << GIB_SHIFT | PTE_RWX | PTE_PS :
			   table_of_2mib_pages(vm, i << GIB_SHIFT) | TABLE_PROT;
	return root;
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
		if (!(*pte & PTE_P))
			*pte = vm_alloc(vm, TABLE_LEN) | TABLE_PROT;
		table = *pte & PTE_ADDR;
	}
	return table + 8 * table_index(gva, 0);
}

void paging_map(struct vm *vm, __u64 gva, __u64 gpa, __u64 prot)
{
	CHECK_GE(gva, PAGING_GVA);
	*(__u64 *)vm_hva(vm, paging_pte(vm, gva)) = gpa | prot;
}
