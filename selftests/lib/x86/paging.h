/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the guest's own page tables, built by the host
 */
#ifndef SELFTESTS_X86_PAGING_H
#define SELFTESTS_X86_PAGING_H

#include "vm.h"

/** paging_identity() - A 4-level table that maps the first 128 GiB to themselves; its address. */
__u64 paging_identity(struct vm *vm);

/**
 * paging_map() - Map one page in the VM's tables.
 * @vm: the VM.
 * @gva: linear address of the page, from %PAGING_GVA on: below lies the identity map.
 * @gpa: guest-physical address.
 * @prot: bits named PTE_*.
 */
void paging_map(struct vm *vm, __u64 gva, __u64 gpa, __u64 prot);

/** paging_pte() - Guest-physical address of the entry that maps @gva, after paging_map(). */
__u64 paging_pte(struct vm *vm, __u64 gva);

/** PAGING_GVA - Where paging_map() has room. */
#define PAGING_GVA	0xffffc00000000000ULL

#endif /* SELFTESTS_X86_PAGING_H */
