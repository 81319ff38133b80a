/* SPDX-License-Identifier: GPL-2.0 */
/* x86: the parts of axvm_arch.h that are too small to call. */
#ifndef _AXVM_ARCH_INLINE_H
#define _AXVM_ARCH_INLINE_H

#include <linux/pgtable.h>

#include "axvm_vcpu.h"

#define AXVM_ARCH_INSN_ALIGN	1

void axvm_x86_advance(struct axvm_vcpu *vcpu, unsigned int length);

void axvm_x86_fpu_begin(struct axvm_vcpu *vcpu);
void axvm_x86_fpu_end(struct axvm_vcpu *vcpu);
void axvm_x86_settle_gprs(struct axvm_vcpu *vcpu);

static inline void axvm_arch_vcpu_begin(struct axvm_vcpu *vcpu)
{
	axvm_x86_fpu_begin(vcpu);
}

/* Off the CPU, the hardware does not tell them any more. */
static inline void axvm_arch_vcpu_end(struct axvm_vcpu *vcpu)
{
	if (unlikely(vcpu->run_flags & AXVM_RUN_GET_GPRS))
		axvm_x86_settle_gprs(vcpu);
	axvm_x86_fpu_end(vcpu);
}

/* What depends on the CPU is done by the backend, before each entry. */
static inline void axvm_arch_vcpu_prepare(struct axvm_vcpu *vcpu)
{
}

/* 0: the instruction has more to do, and goes past itself. */
static inline void axvm_arch_vcpu_skip(struct axvm_vcpu *vcpu, unsigned int length)
{
	if (length)
		axvm_x86_advance(vcpu, length);
}

static inline bool axvm_arch_vcpu_goes_on(const struct axvm_vcpu *vcpu)
{
	return vcpu->arch.emulation.length;
}

/*
 * A plain load: a byte or word leaves the rest of the register alone, a doubleword
 * clears its upper half (SDM volume 1, "General-Purpose Registers in 64-Bit Mode"). Bit
 * 4 of @reg: the second byte of the register (AH to BH).
 */
static inline void axvm_x86_load_gpr(struct axvm_vcpu *vcpu,
				     const struct axvm_pending *pending, u64 data)
{
	u64 *r = &vcpu->arch.sw.r[pending->reg & 15];

	data = axvm_extend(data, pending->width, pending->sign_extend);
	if (pending->reg_width == 1)
		*r = pending->reg & 16 ? (*r & ~0xff00ULL) | (data & 0xff) << 8 :
					 (*r & ~0xffULL) | (data & 0xff);
	else if (pending->reg_width == 2)
		*r = (*r & ~0xffffULL) | (data & 0xffff);
	else
		*r = pending->reg_width == 4 ? (u32)data : data;
	if ((pending->reg & 15) == 4) {
		vcpu->arch.valid |= AXVM_X86_RSP_PART;
		vcpu->arch.dirty |= AXVM_X86_RSP_PART;
	}
}

static inline void axvm_arch_vcpu_complete_read(struct axvm_vcpu *vcpu,
						const struct axvm_pending *pending, u64 data)
{
	axvm_x86_load_gpr(vcpu, pending, data);
	axvm_x86_advance(vcpu, pending->length);
}

/* PROT_NONE entries are present to the kernel, but no user may use them. */
static inline bool axvm_arch_host_pte_ok(pte_t pte)
{
	return (pte_flags(pte) & (_PAGE_PRESENT | _PAGE_USER)) == (_PAGE_PRESENT | _PAGE_USER);
}

static inline p4d_t *axvm_arch_p4d_offset(pgd_t *pgd, unsigned long hva)
{
	return p4d_offset(pgd, hva);
}

static inline pud_t *axvm_arch_pud_offset(p4d_t *p4d, unsigned long hva)
{
	return pud_offset(p4d, hva);
}

static inline unsigned long axvm_arch_host_pte_pfn(pte_t pte, unsigned long hva)
{
	return pte_pfn(pte);
}

#endif /* _AXVM_ARCH_INLINE_H */
