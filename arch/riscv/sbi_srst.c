// SPDX-License-Identifier: GPL-2.0
/* SBI SRST: power off and reboot, which are the VMM's to do */
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

/* Reasons below are reserved; from here on they are whatever guest and VMM agree on. */
#define REASON_CUSTOM	0xe0000000U

static bool is_reason(u32 reason)
{
	return reason <= SBI_SRST_RESET_REASON_SYS_FAILURE || reason >= REASON_CUSTOM;
}

static enum axvm_next srst(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	static const enum axvm_system_event events[] = {
		[SBI_SRST_RESET_TYPE_SHUTDOWN]		= AXVM_SYSTEM_SHUTDOWN,
		[SBI_SRST_RESET_TYPE_COLD_REBOOT]	= AXVM_SYSTEM_RESET,
		[SBI_SRST_RESET_TYPE_WARM_REBOOT]	= AXVM_SYSTEM_WARM_RESET,
	};
	u32 type = axvm_riscv_sbi_argument(vcpu, 0);
	u32 reason = axvm_riscv_sbi_argument(vcpu, 1);

	if (axvm_riscv_sbi_function(vcpu) != SBI_EXT_SRST_RESET)
		return axvm_riscv_sbi_fail(result, SBI_ERR_NOT_SUPPORTED);
	if (type >= ARRAY_SIZE(events) || !is_reason(reason))
		return axvm_riscv_sbi_fail(result, SBI_ERR_INVALID_PARAM);
	/* Seen only if the VMM lets the guest go on. */
	axvm_riscv_sbi_return(vcpu, SBI_ERR_FAILURE, 0);
	if (reason == SBI_SRST_RESET_REASON_SYS_FAILURE)
		return axvm_exit_system(vcpu, AXVM_SYSTEM_CRASH, reason);
	return axvm_exit_system(vcpu, events[type], reason);
}

const struct axvm_riscv_sbi_extension axvm_riscv_sbi_srst = {
	.id		= SBI_EXT_SRST,
	.policy		= AXVM_RISCV_SBI_SRST,
	.default_policy	= AXVM_RISCV_SBI_KERNEL,
	.handle		= srst,
};
