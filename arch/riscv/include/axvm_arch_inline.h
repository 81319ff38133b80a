/* SPDX-License-Identifier: GPL-2.0 */
/* RISC-V: the parts of axvm_arch.h that are too small to call. */
#ifndef _AXVM_ARCH_INLINE_H
#define _AXVM_ARCH_INLINE_H

#include <linux/pgtable.h>

#include "axvm_vcpu.h"

/* With compressed instructions, as every host that runs Linux's stock kernels has them. */
#define AXVM_ARCH_INSN_ALIGN	2

/* Floating-point state is swapped when the guest first uses it: see lazy.c. */
static inline void axvm_arch_vcpu_begin(struct axvm_vcpu *vcpu)
{
}

static inline void axvm_arch_vcpu_end(struct axvm_vcpu *vcpu)
{
}

/* All that depends on the CPU is done when the guest's state is loaded. */
static inline void axvm_arch_vcpu_prepare(struct axvm_vcpu *vcpu)
{
}

static inline void axvm_arch_vcpu_skip(struct axvm_vcpu *vcpu, unsigned int length)
{
	vcpu->arch.sw.x[0] += length;
}

/* Only as much of an answer as the access was wide; x0 stays 0. */
static inline void axvm_arch_vcpu_complete_read(struct axvm_vcpu *vcpu,
						const struct axvm_pending *pending, u64 data)
{
	if (pending->reg)
		vcpu->arch.sw.x[pending->reg] = axvm_extend(data, pending->width,
							    pending->sign_extend);
	vcpu->arch.sw.x[0] += pending->length;
}

/* Every instruction makes one access. */
static inline bool axvm_arch_vcpu_goes_on(const struct axvm_vcpu *vcpu)
{
	return false;
}

/* PROT_NONE entries are present to the kernel, but no user may use them. */
static inline bool axvm_arch_host_pte_ok(pte_t pte)
{
	return pte_val(pte) & _PAGE_USER;
}

/* p4d_offset() and pud_offset() are functions here that modules cannot call. */
static inline p4d_t *axvm_arch_p4d_offset(pgd_t *pgd, unsigned long hva)
{
	return pgtable_l5_enabled ? pgd_pgtable(READ_ONCE(*pgd)) + p4d_index(hva) : (p4d_t *)pgd;
}

static inline pud_t *axvm_arch_pud_offset(p4d_t *p4d, unsigned long hva)
{
	return pgtable_l4_enabled ? p4d_pgtable(READ_ONCE(*p4d)) + pud_index(hva) : (pud_t *)p4d;
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
