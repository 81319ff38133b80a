// SPDX-License-Identifier: GPL-2.0
/* SBI TIME: the next timer event; see irq.c for the timer */
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

static enum axvm_next time(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	if (axvm_riscv_sbi_function(vcpu) != SBI_EXT_TIME_SET_TIMER)
		return axvm_riscv_sbi_fail(result, SBI_ERR_NOT_SUPPORTED);
	axvm_riscv_pmu_count(vcpu, SBI_PMU_FW_SET_TIMER);
	axvm_riscv_set_timer(vcpu, axvm_riscv_sbi_argument(vcpu, 0));
	return AXVM_NEXT_ENTER;
}

const struct axvm_riscv_sbi_extension axvm_riscv_sbi_time = {
	.id		= SBI_EXT_TIME,
	.policy		= AXVM_RISCV_SBI_TIME,
	.default_policy	= AXVM_RISCV_SBI_KERNEL,
	.quick		= BIT(SBI_EXT_TIME_SET_TIMER),
	.handle		= time,
};
