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

#endif /* _AXVM_ARCH_INLINE_H */
