// SPDX-License-Identifier: GPL-2.0
/* Extended page tables: their format, their leaves, and INVEPT */
#include <linux/bits.h>
#include <linux/pgtable.h>
#include <asm/asm.h>

#include "vmx.h"

#define LEAF_LARGE	BIT_ULL(7)

enum memory_type {
	UNCACHED	= 0,
	WRITE_COMBINING	= 1,
	WRITE_BACK	= 6,
};

/* SDM volume 3, "EPT Translation Mechanism". Four levels reach as far as any memory does. */
struct axvm_stage2_format axvm_vmx_ept_format __ro_after_init = {
	.levels		= 4,
	.root_bits	= 9,
	.max_leaf_level	= 0,
	.address_shift	= PAGE_SHIFT,
	.address_mask	= GENMASK_ULL(51, 12),
	.leaf_mask	= LEAF_LARGE,
	.leaf_table	= 0,
	.table		= VMX_EPT_RWX_MASK,
	.writable	= VMX_EPT_WRITABLE_MASK,
	.accessed	= 0,
	.dirty		= 0,
};

void axvm_vmx_ept_init(void)
{
	if (axvm_vmx.ept & VMX_EPT_2MB_PAGE_BIT)
		axvm_vmx_ept_format.max_leaf_level = 1;
	if (axvm_vmx_ept_format.max_leaf_level && (axvm_vmx.ept & VMX_EPT_1GB_PAGE_BIT))
		axvm_vmx_ept_format.max_leaf_level = 2;
	if (axvm_vmx.ept & VMX_EPT_AD_BIT)
		axvm_vmx_ept_format.accessed = VMX_EPT_ACCESS_BIT;
	if (axvm_vmx.pml)
		axvm_vmx_ept_format.dirty = VMX_EPT_DIRTY_BIT;
}

/*
 * As the host maps it: PWT and PCD tell, in the way that the kernel sets its PAT up. What
 * is neither cached nor combined is so on both sides.
 */
static enum memory_type memory_type(pgprot_t host)
{
	switch (pgprot_val(host) & (_PAGE_PWT | _PAGE_PCD)) {
	case 0:
		return WRITE_BACK;
	case _PAGE_PWT:
		return WRITE_COMBINING;
	default:
		return UNCACHED;
	}
}

/*
 * The guest's own PAT does not count: two types for one page would be the host's trouble.
 * Accessed and dirty are set from the start, as nobody asks the hardware (but for the dirty
 * log): a host page is marked when it is found.
 */
u64 axvm_vmx_ept_leaf(struct axvm_vm *vm, phys_addr_t physical, u32 rights, unsigned int level,
		      pgprot_t host)
{
	u64 entry = physical | VMX_EPT_READABLE_MASK | VMX_EPT_IPAT_BIT;

	entry |= (u64)memory_type(host) << VMX_EPT_MT_EPTE_SHIFT;
	if (rights & AXVM_MEM_WRITE)
		entry |= VMX_EPT_WRITABLE_MASK;
	if (rights & AXVM_MEM_EXEC)
		entry |= VMX_EPT_EXECUTABLE_MASK;
	if (axvm_vmx.ept & VMX_EPT_AD_BIT) {
		entry |= VMX_EPT_ACCESS_BIT;
		if (rights & AXVM_MEM_WRITE)
			entry |= VMX_EPT_DIRTY_BIT;
	}
	if (level)
		entry |= LEAF_LARGE;
	return entry;
}

static void drop(unsigned long type, u64 eptp)
{
	struct {
		u64 eptp;
		u64 reserved;
	} descriptor = { .eptp = eptp };

	asm volatile("1: invept %0, %1\n2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : "m" (descriptor), "r" (type) : "cc", "memory");
}

void axvm_vmx_invept(u64 eptp)
{
	if (axvm_vmx.ept & VMX_EPT_EXTENT_CONTEXT_BIT)
		drop(VMX_EPT_EXTENT_CONTEXT, eptp);
	else
		drop(VMX_EPT_EXTENT_GLOBAL, 0);
}
