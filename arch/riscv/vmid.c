// SPDX-License-Identifier: GPL-2.0
/*
 * VMIDs: tags of guest translations, in generations
 *
 * A VM gets the next free number when it first comes to a CPU. When none is left,
 * a new generation begins: every number is free again but those that are on some
 * CPU at that moment, and each CPU drops all guest translations before it next
 * loads a vCPU.
 *
 * KVM hands numbers out from 1 upwards and never asks anybody, so these are
 * handed out from the top downwards. See also foreign translations in load.c.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <asm/csr.h>

#include "axvm_riscv_arch.h"

#define VMIDS_MOST	BIT(14)

static DEFINE_RAW_SPINLOCK(lock);
atomic64_t axvm_riscv_vmid_generation = ATOMIC64_INIT(1ULL << AXVM_RISCV_VMID_SHIFT);
static DECLARE_BITMAP(used, VMIDS_MOST);
static unsigned int vmids;
static unsigned int next_vmid;
/* There are enough numbers for tags to be worth it: more than two a CPU. */
static bool tagged __ro_after_init;
static struct cpumask flush_pending;
DEFINE_PER_CPU(atomic64_t, axvm_riscv_vmid_active);
/* What it ran with when that happened. */
static DEFINE_PER_CPU(u64, reserved);

void __init axvm_riscv_vmid_init(void)
{
	vmids = 1U << axvm_riscv_machine.vmid_bits;
	next_vmid = vmids - 1;
	tagged = vmids > 2 * num_possible_cpus();
}

static void begin_generation(void)
{
	int cpu;
	u64 vmid;

	atomic64_add(1ULL << AXVM_RISCV_VMID_SHIFT, &axvm_riscv_vmid_generation);
	bitmap_zero(used, VMIDS_MOST);
	for_each_possible_cpu(cpu) {
		vmid = atomic64_xchg_relaxed(&per_cpu(axvm_riscv_vmid_active, cpu), 0);
		/* It has been through two generations without a load: still reserved. */
		if (!vmid)
			vmid = per_cpu(reserved, cpu);
		__set_bit(vmid & AXVM_RISCV_VMID_NUMBER, used);
		per_cpu(reserved, cpu) = vmid;
	}
	cpumask_setall(&flush_pending);
}

/* A VM that was on a CPU keeps its number into the new generation. */
static bool was_reserved(u64 vmid, u64 renewed)
{
	bool found = false;
	int cpu;

	for_each_possible_cpu(cpu) {
		if (per_cpu(reserved, cpu) == vmid) {
			per_cpu(reserved, cpu) = renewed;
			found = true;
		}
	}
	return found;
}

static unsigned int find_free(void)
{
	unsigned int tried;

	for (tried = 0; tried < vmids; tried++) {
		unsigned int vmid = next_vmid;

		next_vmid = next_vmid ? next_vmid - 1 : vmids - 1;
		/* 0 is what a guest-less hgatp holds. */
		if (vmid && !test_bit(vmid, used))
			return vmid;
	}
	return 0;
}

static u64 new_vmid(u64 old)
{
	u64 renewed = atomic64_read(&axvm_riscv_vmid_generation) | (old & AXVM_RISCV_VMID_NUMBER);
	unsigned int vmid;

	if (old && was_reserved(old, renewed))
		return renewed;
	vmid = find_free();
	if (!vmid) {
		begin_generation();
		vmid = find_free();
	}
	__set_bit(vmid, used);
	return atomic64_read(&axvm_riscv_vmid_generation) | vmid;
}

static void update_locked(struct axvm_vm *vm)
{
	u64 vmid = atomic64_read(&vm->arch.vmid);

	if (!axvm_riscv_vmid_is_current(vmid)) {
		u64 old = vmid;

		vmid = new_vmid(old);
		/* With another number no CPU holds translations of this VM yet. */
		if ((old ^ vmid) & AXVM_RISCV_VMID_NUMBER)
			cpumask_clear(vm->arch.cpus);
		atomic64_set(&vm->arch.vmid, vmid);
	}
	if (cpumask_test_and_clear_cpu(smp_processor_id(), &flush_pending))
		axvm_hfence_gvma_all();
	atomic64_set(this_cpu_ptr(&axvm_riscv_vmid_active), vmid);
}

/*
 * A compare-and-exchange with what this CPU ran with: a new generation that begins
 * meanwhile leaves 0 there, and sends us the slow way.
 */
unsigned long axvm_riscv_vmid_renew(struct axvm_vm *vm)
{
	u64 vmid = atomic64_read(&vm->arch.vmid);
	atomic64_t *active = this_cpu_ptr(&axvm_riscv_vmid_active);
	u64 here = atomic64_read(active);
	unsigned long flags;

	/* Without tags, load.c drops everything instead. */
	if (!tagged)
		return 0;
	if (here && axvm_riscv_vmid_is_current(vmid) &&
	    atomic64_cmpxchg_relaxed(active, here, vmid) == here)
		return vmid & AXVM_RISCV_VMID_NUMBER;
	raw_spin_lock_irqsave(&lock, flags);
	update_locked(vm);
	raw_spin_unlock_irqrestore(&lock, flags);
	return axvm_riscv_vmid_number(vm);
}

bool axvm_riscv_vmid_tagged(void)
{
	return tagged;
}
