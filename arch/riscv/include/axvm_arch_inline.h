/* SPDX-License-Identifier: GPL-2.0 */
/* RISC-V: the parts of axvm_arch.h that are too small to call. */
#ifndef _AXVM_ARCH_INLINE_H
#define _AXVM_ARCH_INLINE_H

#include <linux/pgtable.h>

/* PROT_NONE entries are present to the kernel, but no user may use them. */
static inline bool axvm_arch_host_pte_ok(pte_t pte)
{
	return pte_val(pte) & _PAGE_USER;
}

/* All entries of a contiguous (Svnapot) mapping look alike: add what differs. */
static inline unsigned long axvm_arch_host_pte_pfn(pte_t pte, unsigned long hva)
{
	unsigned long pfn = pte_pfn(pte);

	if (pte_val(pte) & _PAGE_NAPOT && has_svnapot())
		pfn += hva >> PAGE_SHIFT & (napot_pte_num(napot_cont_order(pte)) - 1);
	return pfn;
}

#endif /* _AXVM_ARCH_INLINE_H */
