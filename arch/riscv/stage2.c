// SPDX-License-Identifier: GPL-2.0
/* Stage 2 (G-stage) as the hardware has it: entries and flushes */
#include <linux/smp.h>
#include <asm/csr.h>
#include <asm/pgtable.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

/* Above this many pages, dropping the whole VMID is cheaper. */
#define FLUSH_PAGES	64

/* Four pages of root. */
#define ROOT_BITS	11

#define LEAF_FLAGS	(_PAGE_READ | _PAGE_WRITE | _PAGE_EXEC)

/*
 * "Sv39x4" and so on of the privileged architecture: a root of four pages, an
 * entry whose R, W and X are all 0 points to a table. 1 GiB is the largest leaf
 * that the host's own page tables can offer us.
 */
#define FORMAT(n) {						\
	.levels = (n),						\
	.root_bits = ROOT_BITS,					\
	.max_leaf_level = 2,					\
	.address_shift = _PAGE_PFN_SHIFT,			\
	.address_mask = _PAGE_PFN_MASK,				\
	.leaf_mask = LEAF_FLAGS,				\
	.leaf_table = 0,					\
	.table = _PAGE_PRESENT,					\
	.writable = _PAGE_WRITE,				\
	.accessed = _PAGE_ACCESSED,				\
}

static const struct axvm_stage2_format formats[] = { FORMAT(3), FORMAT(4), FORMAT(5) };

const struct axvm_stage2_format *axvm_arch_stage2_format(void)
{
	return &formats[axvm_riscv_machine.levels - 3];
}

unsigned int axvm_arch_gpa_bits(void)
{
	return PAGE_SHIFT + 9 * (axvm_riscv_machine.levels - 1) + ROOT_BITS;
}

/*
 * G-stage leaves are walked as user pages. A and D are set from the start: the
 * host page is marked accessed and dirty when it is found, so the hardware has
 * nothing to tell.
 */
u64 axvm_arch_stage2_leaf(struct axvm_vm *vm, phys_addr_t physical, u32 rights,
			  unsigned int level, pgprot_t host)
{
	u64 entry = (physical >> PAGE_SHIFT) << _PAGE_PFN_SHIFT;

	entry |= _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_READ;
	entry |= pgprot_val(host) & _PAGE_MTMASK;
	if (rights & AXVM_MEM_WRITE)
		entry |= _PAGE_WRITE | _PAGE_DIRTY;
	if (rights & AXVM_MEM_EXEC)
		entry |= _PAGE_EXEC;
	return entry;
}

static void flush_here(unsigned long vmid, u64 gpa, u64 len)
{
	u64 end = gpa + len;

	if (len > FLUSH_PAGES * PAGE_SIZE) {
		axvm_hfence_gvma_vmid(vmid);
		return;
	}
	for (; gpa < end; gpa += PAGE_SIZE)
		axvm_hfence_gvma(gpa, vmid);
}

static bool only_here(const struct cpumask *cpus)
{
	return cpumask_any_but(cpus, smp_processor_id()) >= nr_cpu_ids;
}

static void flush_vm_here(void *data)
{
	flush_here(axvm_riscv_vmid_number(data), 0, U64_MAX);
}

/* The firmware does it on other harts; should it refuse, an interrupt of ours does. */
static void flush_there(struct axvm_vm *vm, unsigned long vmid, u64 gpa, u64 len)
{
	if (len > FLUSH_PAGES * PAGE_SIZE) {
		gpa = 0;
		len = 0;
	}
	if (sbi_remote_hfence_gvma_vmid(vm->arch.cpus, gpa, len, vmid))
		on_each_cpu_mask(vm->arch.cpus, flush_vm_here, vm, true);
}

void axvm_arch_flush_range(struct axvm_vm *vm, u64 gpa, u64 len)
{
	unsigned long vmid;

	/* Entries are written before the CPUs that may use them are looked up: see load(). */
	smp_mb();
	vmid = axvm_riscv_vmid_number(vm);
	preempt_disable();
	if (only_here(vm->arch.cpus))
		flush_here(vmid, gpa, len);
	else
		flush_there(vm, vmid, gpa, len);
	preempt_enable();
}

/* Svadu keeps D bits, but nothing tells of the ones that were set. */
void axvm_arch_collect_dirty(struct axvm_vm *vm)
{
}
