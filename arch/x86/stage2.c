// SPDX-License-Identifier: GPL-2.0
/*
 * Stage 2 (EPT, nested page tables): flushes
 *
 * No instruction drops translations on another CPU. So a flush raises the VM's
 * generation, and has every CPU that is in one of its guests leave it: each vCPU
 * compares the generation before each entry and drops what is tagged as the VM's on the
 * CPU where it is then. One that comes to another CPU flushes there in any case: what
 * it left behind is of no use to it any more, and what others of the VM left there may be
 * older than its own last flush.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>

#include "axvm_x86_arch.h"

const struct axvm_stage2_format *axvm_arch_stage2_format(void)
{
	return axvm_x86_backend->format;
}

/* The processor walks no further than its own physical addresses reach. */
unsigned int axvm_arch_gpa_bits(void)
{
	const struct axvm_stage2_format *format = axvm_arch_stage2_format();
	unsigned int tree = PAGE_SHIFT + 9 * (format->levels - 1) + format->root_bits;

	return min(axvm_x86_machine.physical_bits, tree);
}

u64 axvm_arch_stage2_leaf(struct axvm_vm *vm, phys_addr_t physical, u32 rights,
			  unsigned int level, pgprot_t host)
{
	return axvm_x86_backend->leaf(vm, physical, rights, level, host);
}

void axvm_arch_flush_range(struct axvm_vm *vm, u64 gpa, u64 len)
{
	/* Entries are written before; a full barrier. Pairs with axvm_x86_wants_flush(). */
	atomic64_inc_return(&vm->arch.flush_generation);
	axvm_vcpu_sync(vm);
}

void axvm_arch_collect_dirty(struct axvm_vm *vm)
{
	if (axvm_x86_backend->collect_dirty)
		axvm_x86_backend->collect_dirty(vm);
}

/* A vCPU that has ended runs no more, and what a CPU may still hold is tagged as its. */
void axvm_arch_stage2_forget(struct axvm_vm *vm)
{
}
