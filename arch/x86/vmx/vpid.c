// SPDX-License-Identifier: GPL-2.0
/*
 * VPIDs: tags of the guests' own translations
 *
 * Each vCPU has a number of its own for its life. What an earlier owner left behind on a
 * CPU is dropped when the vCPU first comes there, like what it left itself before it
 * went elsewhere: see host.c. With more vCPUs than numbers the last ones have none, and
 * the processor drops everything at each of their entries and exits.
 */
#include <linux/bitmap.h>
#include <linux/spinlock.h>
#include <asm/asm.h>

#include "vmx.h"

static DEFINE_SPINLOCK(lock);
/* 0 is the host. */
static DECLARE_BITMAP(used, VMX_NR_VPIDS) = { 1 };
static unsigned int next_vpid = 1;

/* Round and round, so that a number rests before it is used again. */
static unsigned int find_free(void)
{
	unsigned int vpid = find_next_zero_bit(used, VMX_NR_VPIDS, next_vpid);

	if (vpid >= VMX_NR_VPIDS)
		vpid = find_first_zero_bit(used, VMX_NR_VPIDS);
	return vpid < VMX_NR_VPIDS ? vpid : 0;
}

u16 axvm_vmx_vpid_alloc(void)
{
	unsigned int vpid;

	if (!axvm_vmx.vpid)
		return 0;
	spin_lock(&lock);
	vpid = find_free();
	if (vpid) {
		__set_bit(vpid, used);
		next_vpid = vpid + 1;
	}
	spin_unlock(&lock);
	return vpid;
}

void axvm_vmx_vpid_free(u16 vpid)
{
	if (!vpid)
		return;
	spin_lock(&lock);
	__clear_bit(vpid, used);
	spin_unlock(&lock);
}

static void drop(unsigned long type, u16 vpid)
{
	struct {
		u64 vpid;
		u64 address;
	} descriptor = { .vpid = vpid };

	asm volatile("1: invvpid %0, %1\n2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : "m" (descriptor), "r" (type) : "cc", "memory");
}

/* Without a tag every entry drops them. */
void axvm_vmx_invvpid(const struct axvm_vmx_vcpu *vmx)
{
	if (!vmx->vpid)
		return;
	if (axvm_vmx.invvpid & VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT)
		drop(VMX_VPID_EXTENT_SINGLE_CONTEXT, vmx->vpid);
	else
		drop(VMX_VPID_EXTENT_ALL_CONTEXT, 0);
}
