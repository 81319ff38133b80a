// SPDX-License-Identifier: GPL-2.0
/*
 * SBI SUSP: suspend to RAM
 *
 * The VMM decides what suspending is. If it answers 0, the hart goes on as from a
 * suspend that forgets, at the address it gave.
 */
#include <linux/rcupdate.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

/*
 * A hart that another one starts just now may be missed; but all are stopped but
 * this one, so no other is there to start it, if the guest keeps to the rules.
 */
static bool others_are_stopped(struct axvm_vcpu *vcpu)
{
	struct axvm_vcpu *other;
	unsigned long id;
	bool stopped = true;

	rcu_read_lock();
	axvm_for_each_vcpu(vcpu->vm, id, other) {
		if (other != vcpu && axvm_riscv_hsm_status(other) != SBI_HSM_STATE_STOPPED) {
			stopped = false;
			break;
		}
	}
	rcu_read_unlock();
	return stopped;
}

static enum axvm_next let_vmm_suspend(struct axvm_vcpu *vcpu)
{
	axvm_exit_system(vcpu, AXVM_SYSTEM_SUSPEND, 0);
	vcpu->exit->flags |= AXVM_EXIT_WANTS_ANSWER;
	vcpu->exit->system.entry = axvm_riscv_sbi_argument(vcpu, 1);
	vcpu->exit->system.arg = axvm_riscv_sbi_argument(vcpu, 2);
	vcpu->pending = (struct axvm_pending){
		.reason	= AXVM_EXIT_SYSTEM_DOWN,
		.length	= AXVM_RISCV_ECALL_LENGTH,
	};
	return AXVM_NEXT_EXIT;
}

static enum axvm_next susp(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	if (axvm_riscv_sbi_function(vcpu) != SBI_EXT_SUSP_SYSTEM_SUSPEND)
		return axvm_riscv_sbi_fail(result, SBI_ERR_NOT_SUPPORTED);
	if ((u32)axvm_riscv_sbi_argument(vcpu, 0) != SBI_SUSP_SLEEP_TYPE_SUSPEND_TO_RAM)
		return axvm_riscv_sbi_fail(result, SBI_ERR_INVALID_PARAM);
	if (!axvm_riscv_sbi_entry_ok(vcpu->vm, axvm_riscv_sbi_argument(vcpu, 1)))
		return axvm_riscv_sbi_fail(result, SBI_ERR_INVALID_ADDRESS);
	if (!others_are_stopped(vcpu))
		return axvm_riscv_sbi_fail(result, SBI_ERR_DENIED);
	return let_vmm_suspend(vcpu);
}

/* The arguments of the call are still in a1 and a2, also in a VM that was moved. */
void axvm_riscv_susp_complete(struct axvm_vcpu *vcpu, const u64 answer[2])
{
	if (answer[0] == SBI_SUCCESS)
		axvm_riscv_hsm_reset(vcpu, axvm_riscv_sbi_argument(vcpu, 1),
				     axvm_riscv_sbi_argument(vcpu, 2));
	else
		axvm_riscv_sbi_return(vcpu, answer[0], answer[1]);
}

const struct axvm_riscv_sbi_extension axvm_riscv_sbi_susp = {
	.id		= SBI_EXT_SUSP,
	.policy		= AXVM_RISCV_SBI_SUSP,
	.default_policy	= AXVM_RISCV_SBI_KERNEL,
	.handle		= susp,
};
