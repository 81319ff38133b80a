// SPDX-License-Identifier: GPL-2.0
/*
 * SBI HSM: harts that start, stop and suspend
 *
 * Only a vCPU's own thread changes its run state. Who starts a stopped hart leaves
 * the parameters in its struct axvm_riscv_start and sets "pending" there, under its
 * lock; so of two that start it at the same time one is told that it came late. The
 * hart's thread, woken by the request, applies them.
 */
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <asm/csr.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

/* The guest's vsstatus and vsatp, wherever they are. */
static void disable_interrupts_and_paging(struct axvm_vcpu *vcpu)
{
	/* Being scheduled out would move them. */
	preempt_disable();
	if (vcpu->loaded) {
		csr_clear(CSR_VSSTATUS, SR_SIE);
		csr_write(CSR_VSATP, 0);
	} else {
		vcpu->arch.csrs.vsstatus &= ~SR_SIE;
		vcpu->arch.csrs.vsatp = 0;
		vcpu->arch.csrs_changed = true;
	}
	preempt_enable();
}

/*
 * All else "remains in an undefined state": it is left as it was, sie and sip too,
 * which a suspended hart still needs to wake up.
 */
void axvm_riscv_hsm_reset(struct axvm_vcpu *vcpu, unsigned long entry, unsigned long opaque)
{
	disable_interrupts_and_paging(vcpu);
	vcpu->arch.sw.sstatus |= SR_SPP;
	axvm_riscv_set_pc(vcpu, entry);
	axvm_riscv_set_x(vcpu, 10, vcpu->id);
	axvm_riscv_set_x(vcpu, 11, opaque);
}

void axvm_riscv_hsm_apply_start(struct axvm_vcpu *vcpu)
{
	struct axvm_riscv_start *start = &vcpu->arch.start;

	spin_lock(&start->lock);
	if (start->pending) {
		axvm_riscv_hsm_reset(vcpu, start->entry, start->opaque);
		axvm_riscv_pmu_reset(vcpu);
		axvm_riscv_steal_reset(vcpu);
		WRITE_ONCE(vcpu->run_state, AXVM_RUN_STARTED);
		/* Pairs with axvm_riscv_hsm_status(): no longer pending means started. */
		smp_store_release(&start->pending, false);
	}
	spin_unlock(&start->lock);
}

unsigned int axvm_riscv_hsm_status(struct axvm_vcpu *vcpu)
{
	/* In this order, or a hart that starts could be seen stopped after it was pending. */
	if (smp_load_acquire(&vcpu->arch.start.pending))
		return SBI_HSM_STATE_START_PENDING;
	/* Who sees it stopped also sees all that it wrote before. */
	switch (smp_load_acquire(&vcpu->run_state)) {
	case AXVM_RUN_STOPPED:
		return SBI_HSM_STATE_STOPPED;
	case AXVM_RUN_SUSPENDED:
		return SBI_HSM_STATE_SUSPENDED;
	default:
		return SBI_HSM_STATE_STARTED;
	}
}

static long start(struct axvm_vcpu *target, unsigned long entry, unsigned long opaque)
{
	struct axvm_riscv_start *start = &target->arch.start;
	long error = SBI_ERR_ALREADY_AVAILABLE;

	spin_lock(&start->lock);
	if (axvm_riscv_hsm_status(target) == SBI_HSM_STATE_STOPPED) {
		start->entry = entry;
		start->opaque = opaque;
		WRITE_ONCE(start->pending, true);
		error = SBI_SUCCESS;
	}
	spin_unlock(&start->lock);
	if (!error)
		axvm_vcpu_request(target, AXVM_REQUEST_RISCV_START);
	return error;
}

static enum axvm_next let_vmm_start(struct axvm_vcpu *vcpu)
{
	axvm_riscv_sbi_ask(vcpu, AXVM_EXIT_CPU_UP);
	vcpu->exit->cpu_up.target = axvm_riscv_sbi_argument(vcpu, 0);
	vcpu->exit->cpu_up.entry = axvm_riscv_sbi_argument(vcpu, 1);
	vcpu->exit->cpu_up.arg = axvm_riscv_sbi_argument(vcpu, 2);
	return AXVM_NEXT_EXIT;
}

static enum axvm_next hart_start(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	unsigned long entry = axvm_riscv_sbi_argument(vcpu, 1);
	struct axvm_vcpu *target;

	if (vcpu->vm->exits & AXVM_EXITS_CPU)
		return let_vmm_start(vcpu);
	rcu_read_lock();
	target = axvm_vm_vcpu(vcpu->vm, axvm_riscv_sbi_argument(vcpu, 0));
	if (!target)
		result->error = SBI_ERR_INVALID_PARAM;
	else if (!axvm_riscv_sbi_entry_ok(vcpu->vm, entry))
		result->error = SBI_ERR_INVALID_ADDRESS;
	else
		result->error = start(target, entry, axvm_riscv_sbi_argument(vcpu, 2));
	rcu_read_unlock();
	return AXVM_NEXT_ENTER;
}

static enum axvm_next hart_stop(struct axvm_vcpu *vcpu)
{
	bool tell = vcpu->vm->exits & AXVM_EXITS_CPU;

	/* Seen only if the VMM makes it go on from here. */
	axvm_riscv_sbi_return(vcpu, SBI_ERR_FAILURE, 0);
	/*
	 * From now on another hart can start this one: nothing of it is touched any
	 * more. Pairs with axvm_riscv_hsm_status().
	 */
	smp_store_release(&vcpu->run_state, AXVM_RUN_STOPPED);
	return tell ? axvm_exit_prepare(vcpu, AXVM_EXIT_CPU_DOWN, 0) : AXVM_NEXT_LOOP;
}

static enum axvm_next hart_status(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	struct axvm_vcpu *target;

	rcu_read_lock();
	target = axvm_vm_vcpu(vcpu->vm, axvm_riscv_sbi_argument(vcpu, 0));
	if (target)
		result->value = axvm_riscv_hsm_status(target);
	else
		result->error = SBI_ERR_INVALID_PARAM;
	rcu_read_unlock();
	return AXVM_NEXT_ENTER;
}

/* The run loop waits, and makes it started again when an interrupt is there. */
static enum axvm_next suspend(struct axvm_vcpu *vcpu)
{
	if (vcpu->vm->exits & AXVM_EXITS_HALT)
		return axvm_exit_prepare(vcpu, AXVM_EXIT_HALT, 0);
	WRITE_ONCE(vcpu->run_state, AXVM_RUN_SUSPENDED);
	return AXVM_NEXT_LOOP;
}

static enum axvm_next suspend_and_forget(struct axvm_vcpu *vcpu,
					 struct axvm_riscv_sbi_result *result)
{
	unsigned long entry = axvm_riscv_sbi_argument(vcpu, 1);

	if (!axvm_riscv_sbi_entry_ok(vcpu->vm, entry))
		return axvm_riscv_sbi_fail(result, SBI_ERR_INVALID_ADDRESS);
	axvm_riscv_hsm_reset(vcpu, entry, axvm_riscv_sbi_argument(vcpu, 2));
	return suspend(vcpu);
}

static enum axvm_next hart_suspend(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	switch ((u32)axvm_riscv_sbi_argument(vcpu, 0)) {
	case SBI_HSM_SUSPEND_RET_DEFAULT:
		axvm_riscv_sbi_return(vcpu, SBI_SUCCESS, 0);
		return suspend(vcpu);
	case SBI_HSM_SUSPEND_NON_RET_DEFAULT:
		return suspend_and_forget(vcpu, result);
	default:
		return axvm_riscv_sbi_fail(result, SBI_ERR_INVALID_PARAM);
	}
}

static enum axvm_next hsm(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	switch (axvm_riscv_sbi_function(vcpu)) {
	case SBI_EXT_HSM_HART_START:
		return hart_start(vcpu, result);
	case SBI_EXT_HSM_HART_STOP:
		return hart_stop(vcpu);
	case SBI_EXT_HSM_HART_STATUS:
		return hart_status(vcpu, result);
	case SBI_EXT_HSM_HART_SUSPEND:
		return hart_suspend(vcpu, result);
	default:
		return axvm_riscv_sbi_fail(result, SBI_ERR_NOT_SUPPORTED);
	}
}

const struct axvm_riscv_sbi_extension axvm_riscv_sbi_hsm = {
	.id		= SBI_EXT_HSM,
	.policy		= AXVM_RISCV_SBI_HSM,
	.default_policy	= AXVM_RISCV_SBI_KERNEL,
	.quick		= BIT(SBI_EXT_HSM_HART_STATUS),
	.handle		= hsm,
};
