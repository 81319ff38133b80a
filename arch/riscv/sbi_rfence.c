// SPDX-License-Identifier: GPL-2.0
/* SBI RFENCE: fences on other harts; see fence.c for how they get there */
#include <asm/csr.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

static enum axvm_next fence(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result,
			    const struct axvm_riscv_fence *fence, unsigned int event)
{
	unsigned long mask = axvm_riscv_sbi_argument(vcpu, 0);
	unsigned long base = axvm_riscv_sbi_argument(vcpu, 1);

	if (!axvm_riscv_sbi_harts_exist(vcpu->vm, mask, base))
		return axvm_riscv_sbi_fail(result, SBI_ERR_INVALID_PARAM);
	axvm_riscv_pmu_count(vcpu, event);
	axvm_riscv_fence(vcpu, mask, base, fence);
	return AXVM_NEXT_ENTER;
}

static enum axvm_next fence_i(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	const struct axvm_riscv_fence what = { .type = AXVM_RISCV_FENCE_I };

	return fence(vcpu, result, &what, SBI_PMU_FW_FENCE_I_SENT);
}

static enum axvm_next sfence_vma(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	const struct axvm_riscv_fence what = {
		.type	= AXVM_RISCV_FENCE_VMA,
		.start	= axvm_riscv_sbi_argument(vcpu, 2),
		.size	= axvm_riscv_sbi_argument(vcpu, 3),
	};

	return fence(vcpu, result, &what, SBI_PMU_FW_SFENCE_VMA_SENT);
}

static enum axvm_next sfence_vma_asid(struct axvm_vcpu *vcpu,
				      struct axvm_riscv_sbi_result *result)
{
	const struct axvm_riscv_fence what = {
		.type	= AXVM_RISCV_FENCE_VMA_ASID,
		.start	= axvm_riscv_sbi_argument(vcpu, 2),
		.size	= axvm_riscv_sbi_argument(vcpu, 3),
		/* The bits above are reserved in the instruction that it ends in. */
		.asid	= axvm_riscv_sbi_argument(vcpu, 4) & SATP_ASID_MASK,
	};

	return fence(vcpu, result, &what, SBI_PMU_FW_SFENCE_VMA_ASID_SENT);
}

/* The HFENCE functions are for hypervisors, and the guest has no H extension. */
static enum axvm_next rfence(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	switch (axvm_riscv_sbi_function(vcpu)) {
	case SBI_EXT_RFENCE_REMOTE_FENCE_I:
		return fence_i(vcpu, result);
	case SBI_EXT_RFENCE_REMOTE_SFENCE_VMA:
		return sfence_vma(vcpu, result);
	case SBI_EXT_RFENCE_REMOTE_SFENCE_VMA_ASID:
		return sfence_vma_asid(vcpu, result);
	default:
		return axvm_riscv_sbi_fail(result, SBI_ERR_NOT_SUPPORTED);
	}
}

/* None is quick: they wait for other CPUs. */
const struct axvm_riscv_sbi_extension axvm_riscv_sbi_rfence = {
	.id		= SBI_EXT_RFENCE,
	.policy		= AXVM_RISCV_SBI_RFENCE,
	.default_policy	= AXVM_RISCV_SBI_KERNEL,
	.handle		= rfence,
};
