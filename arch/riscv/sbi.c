// SPDX-License-Identifier: GPL-2.0
/*
 * SBI calls: find the extension, ask the VM's policy, let the extension answer
 *
 * "RISC-V Supervisor Binary Interface Specification", version 2.0. This is the path
 * that a guest takes most often, so it is one look at each: the id, the policy,
 * the function. Most calls are answered with interrupts still off.
 */
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/sched/stat.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

/* Extension ids below belong to the legacy extensions, which return nothing in a1. */
#define LEGACY_END	0x10

/* By enum axvm_riscv_sbi. */
static const struct axvm_riscv_sbi_extension *const extensions[] = {
	[AXVM_RISCV_SBI_TIME]	= &axvm_riscv_sbi_time,
	[AXVM_RISCV_SBI_IPI]	= &axvm_riscv_sbi_ipi,
	[AXVM_RISCV_SBI_RFENCE]	= &axvm_riscv_sbi_rfence,
	[AXVM_RISCV_SBI_HSM]	= &axvm_riscv_sbi_hsm,
	[AXVM_RISCV_SBI_SRST]	= &axvm_riscv_sbi_srst,
	[AXVM_RISCV_SBI_DBCN]	= &axvm_riscv_sbi_dbcn,
	[AXVM_RISCV_SBI_SUSP]	= &axvm_riscv_sbi_susp,
	[AXVM_RISCV_SBI_PMU]	= &axvm_riscv_sbi_pmu,
	[AXVM_RISCV_SBI_STA]	= &axvm_riscv_sbi_sta,
	[AXVM_RISCV_SBI_COUNT]	= &axvm_riscv_sbi_base,
};

static __always_inline const struct axvm_riscv_sbi_extension *find(unsigned long id)
{
	switch (id) {
	case SBI_EXT_BASE:
		return &axvm_riscv_sbi_base;
	case SBI_EXT_TIME:
		return &axvm_riscv_sbi_time;
	case SBI_EXT_IPI:
		return &axvm_riscv_sbi_ipi;
	case SBI_EXT_RFENCE:
		return &axvm_riscv_sbi_rfence;
	case SBI_EXT_HSM:
		return &axvm_riscv_sbi_hsm;
	case SBI_EXT_SRST:
		return &axvm_riscv_sbi_srst;
	case SBI_EXT_DBCN:
		return &axvm_riscv_sbi_dbcn;
	case SBI_EXT_SUSP:
		return &axvm_riscv_sbi_susp;
	case SBI_EXT_PMU:
		return &axvm_riscv_sbi_pmu;
	case SBI_EXT_STA:
		return &axvm_riscv_sbi_sta;
	default:
		return NULL;
	}
}

const struct axvm_riscv_sbi_extension *axvm_riscv_sbi_find(unsigned long id)
{
	return find(id);
}

enum axvm_next axvm_riscv_sbi_ask(struct axvm_vcpu *vcpu, enum axvm_exit_reason reason)
{
	vcpu->pending = (struct axvm_pending){
		.reason	= reason,
		.length	= AXVM_RISCV_ECALL_LENGTH,
	};
	return axvm_exit_prepare(vcpu, reason, AXVM_EXIT_WANTS_ANSWER);
}

enum axvm_next axvm_riscv_sbi_pass(struct axvm_vcpu *vcpu)
{
	struct axvm_exit_hypercall *call = &vcpu->exit->hypercall;
	unsigned int i;

	axvm_riscv_sbi_ask(vcpu, AXVM_EXIT_HYPERCALL);
	call->nr = axvm_riscv_x(vcpu, 17);
	call->function = axvm_riscv_sbi_function(vcpu);
	for (i = 0; i < ARRAY_SIZE(call->args); i++)
		call->args[i] = axvm_riscv_sbi_argument(vcpu, i);
	return AXVM_NEXT_EXIT;
}

static enum axvm_next refuse(struct axvm_vcpu *vcpu, unsigned long id)
{
	unsigned long a1 = id < LEGACY_END ? axvm_riscv_x(vcpu, 11) : 0;

	axvm_riscv_sbi_return(vcpu, SBI_ERR_NOT_SUPPORTED, a1);
	return AXVM_NEXT_ENTER;
}

/* An extension that is not the module's to answer, or no extension. */
static noinline enum axvm_next not_ours(struct axvm_vcpu *vcpu, unsigned long id,
					const struct axvm_riscv_sbi_extension *extension)
{
	const struct axvm_vm *vm = vcpu->vm;
	bool pass;

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_SBI);
	if (extension)
		pass = vm->arch.sbi_policy[extension->policy] == AXVM_RISCV_SBI_VMM;
	else
		pass = vm->exits & AXVM_EXITS_HYPERCALL;
	return pass ? axvm_riscv_sbi_pass(vcpu) : refuse(vcpu, id);
}

static bool is_quick(const struct axvm_riscv_sbi_extension *extension, unsigned long function)
{
	return function < 32 && extension->quick & BIT(function);
}

enum axvm_next axvm_riscv_handle_sbi(struct axvm_vcpu *vcpu, bool irqs_off)
{
	unsigned long id = axvm_riscv_x(vcpu, 17);
	const struct axvm_riscv_sbi_extension *extension = find(id);
	struct axvm_riscv_sbi_result *result = &vcpu->arch.sbi;
	enum axvm_next next;

	if (unlikely(!extension ||
		     vcpu->vm->arch.sbi_policy[extension->policy] != AXVM_RISCV_SBI_KERNEL))
		return not_ours(vcpu, id, extension);
	if (irqs_off && !is_quick(extension, axvm_riscv_sbi_function(vcpu)))
		return AXVM_NEXT_HANDLE;
	result->error = SBI_SUCCESS;
	result->value = 0;
	next = extension->handle(vcpu, result);
	if (unlikely(next == AXVM_NEXT_HANDLE))
		return next;
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_SBI);
	if (likely(next == AXVM_NEXT_ENTER))
		axvm_riscv_sbi_return(vcpu, result->error, result->value);
	return next;
}

bool axvm_riscv_sbi_harts_exist(struct axvm_vm *vm, unsigned long mask, unsigned long base)
{
	unsigned int bit;
	bool exist = true;

	if (base == ULONG_MAX)
		return true;
	if (base >= AXVM_MAX_VCPU_ID)
		return false;
	rcu_read_lock();
	for_each_set_bit(bit, &mask, BITS_PER_LONG)
		exist = exist && axvm_vm_vcpu(vm, base + bit);
	rcu_read_unlock();
	return exist;
}

bool axvm_riscv_sbi_entry_ok(struct axvm_vm *vm, unsigned long entry)
{
	bool ok;

	if (entry & 1)
		return false;
	rcu_read_lock();
	ok = axvm_mmu_hva(vm, entry, AXVM_MEM_READ | AXVM_MEM_EXEC);
	rcu_read_unlock();
	return ok;
}

void axvm_riscv_sbi_init_vm(struct axvm_vm *vm)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(extensions); i++)
		vm->arch.sbi_policy[i] = extensions[i]->default_policy;
	/* A host that does not count what it steals has nothing to tell. */
	if (!sched_info_on())
		vm->arch.sbi_policy[AXVM_RISCV_SBI_STA] = AXVM_RISCV_SBI_OFF;
}

int axvm_riscv_sbi_check_policy(u32 index, u64 policy)
{
	if (index >= AXVM_RISCV_SBI_COUNT || policy > AXVM_RISCV_SBI_VMM)
		return -EINVAL;
	if (policy != AXVM_RISCV_SBI_KERNEL)
		return 0;
	if (!extensions[index]->handle)
		return -EINVAL;
	return index == AXVM_RISCV_SBI_STA && !sched_info_on() ? -EINVAL : 0;
}
