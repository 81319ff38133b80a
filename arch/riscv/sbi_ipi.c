// SPDX-License-Identifier: GPL-2.0
/* SBI IPI: software interrupts between harts */
#include <linux/irqflags.h>
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <asm/csr.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

/* Nobody has to be told. */
static void send_to_self(struct axvm_vcpu *vcpu)
{
	preempt_disable();
	axvm_riscv_raise(vcpu, BIT(IRQ_VS_SOFT));
	preempt_enable();
	axvm_riscv_pmu_count(vcpu, SBI_PMU_FW_IPI_RCVD);
}

static void send(struct axvm_vcpu *vcpu, struct axvm_vcpu *target)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_IPI);
	axvm_riscv_pmu_count(vcpu, SBI_PMU_FW_IPI_SENT);
	if (target == vcpu)
		send_to_self(vcpu);
	else
		axvm_riscv_set_irq(target, IRQ_VS_SOFT, true);
}

static void send_to_all(struct axvm_vcpu *vcpu)
{
	struct axvm_vcpu *target;
	unsigned long id;

	rcu_read_lock();
	axvm_for_each_vcpu(vcpu->vm, id, target)
		send(vcpu, target);
	rcu_read_unlock();
}

static bool send_to_mask(struct axvm_vcpu *vcpu, unsigned long mask, unsigned long base)
{
	struct axvm_vcpu *target;
	unsigned int bit;

	/* If one of them is not there, none gets it. */
	if (!axvm_riscv_sbi_harts_exist(vcpu->vm, mask, base))
		return false;
	rcu_read_lock();
	for_each_set_bit(bit, &mask, BITS_PER_LONG) {
		target = axvm_vm_vcpu(vcpu->vm, base + bit);
		if (target)
			send(vcpu, target);
	}
	rcu_read_unlock();
	return true;
}

static bool send_to_one(struct axvm_vcpu *vcpu, u64 id)
{
	struct axvm_vcpu *target;

	rcu_read_lock();
	target = axvm_vm_vcpu(vcpu->vm, id);
	if (target)
		send(vcpu, target);
	rcu_read_unlock();
	return target;
}

static enum axvm_next let_vmm_send(struct axvm_vcpu *vcpu)
{
	axvm_riscv_sbi_ask(vcpu, AXVM_EXIT_SEND_IPI);
	vcpu->exit->send_ipi.mask = axvm_riscv_sbi_argument(vcpu, 0);
	vcpu->exit->send_ipi.base = axvm_riscv_sbi_argument(vcpu, 1);
	return AXVM_NEXT_EXIT;
}

/* One target is quick enough for interrupts off; how many more there are is the guest's choice. */
static enum axvm_next send_to_others(struct axvm_vcpu *vcpu, unsigned long mask,
				     unsigned long base, struct axvm_riscv_sbi_result *result)
{
	bool one = base < AXVM_MAX_VCPU_ID && is_power_of_2(mask);
	bool sent = true;

	if (!one && irqs_disabled())
		return AXVM_NEXT_HANDLE;
	if (one)
		sent = send_to_one(vcpu, base + __ffs(mask));
	else if (base == ULONG_MAX)
		send_to_all(vcpu);
	else
		sent = send_to_mask(vcpu, mask, base);
	result->error = sent ? SBI_SUCCESS : SBI_ERR_INVALID_PARAM;
	return AXVM_NEXT_ENTER;
}

static enum axvm_next ipi(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	unsigned long mask = axvm_riscv_sbi_argument(vcpu, 0);
	unsigned long base = axvm_riscv_sbi_argument(vcpu, 1);
	/* Not below 64 if the base is above the id: it wraps around. */
	unsigned long self = vcpu->id - base;

	if (axvm_riscv_sbi_function(vcpu) != SBI_EXT_IPI_SEND_IPI)
		return axvm_riscv_sbi_fail(result, SBI_ERR_NOT_SUPPORTED);
	if (unlikely(vcpu->vm->exits & AXVM_EXITS_IPI))
		return let_vmm_send(vcpu);
	if (self < BITS_PER_LONG && mask == BIT(self) && base != ULONG_MAX) {
		send(vcpu, vcpu);
		return AXVM_NEXT_ENTER;
	}
	return send_to_others(vcpu, mask, base, result);
}

const struct axvm_riscv_sbi_extension axvm_riscv_sbi_ipi = {
	.id		= SBI_EXT_IPI,
	.policy		= AXVM_RISCV_SBI_IPI,
	.default_policy	= AXVM_RISCV_SBI_KERNEL,
	.quick		= BIT(SBI_EXT_IPI_SEND_IPI),
	.handle		= ipi,
};
