/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: the guest's own page tables, built by the host
 */
#ifndef SELFTESTS_RISCV_PAGING_H
#define SELFTESTS_RISCV_PAGING_H

#include "vm.h"

/** paging_identity() - A Sv39 table that maps 0 to 256 GiB to itself; its address. */
__u64 paging_identity(struct vm *vm);

/** paging_satp() - What to write into satp for the VM's tables. */
__u64 paging_satp(struct vm *vm, __u64 mode, __u64 asid);

/**
 * paging_map() - Map one page in the VM's tables.
 * @vm: a VM made with %VM_PAGING.
 * @gva: guest-virtual address of the page, 256 GiB or above: below lies the
 *	identity map.
 * @gpa: guest-physical address.
 * @prot: bits named PTE_*.
 */
void paging_map(struct vm *vm, __u64 gva, __u64 gpa, __u64 prot);

/** paging_pte() - Guest-physical address of the entry that maps @gva, after paging_map(). */
__u64 paging_pte(struct vm *vm, __u64 gva);

/** PAGING_GVA - Where paging_map() has room. */
#define PAGING_GVA	0xffffffc000000000ULL

#endif /* SELFTESTS_RISCV_PAGING_H */
