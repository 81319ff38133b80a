// SPDX-License-Identifier: GPL-2.0
/*
 * Permission maps: which MSRs and ports the guest may use without an exit
 *
 * All bits are set, so everything exits; those of the few MSRs that VMLOAD and VMSAVE switch
 * are cleared. No port is passed. One pair of maps does for all guests.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "svm.h"

/* APM volume 2, "I/O Intercepts" and "MSR Intercepts". */
#define IOPM_ORDER	2	/* 12 KiB are looked at */
#define MSRPM_ORDER	1

/* Two bits an MSR (read, write), 8192 of them a range. */
#define MSR_RANGE	0x2000U

static void *iopm, *msrpm;
u64 axvm_svm_msrpm_pa __ro_after_init;
u64 axvm_svm_iopm_pa __ro_after_init;

/* The number of the first bit, or -1 for an MSR that always exits. */
static int __init bit_of(u32 msr)
{
	static const u32 ranges[] __initconst = { 0, 0xc0000000, 0xc0010000 };
	int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (msr - ranges[i] < MSR_RANGE)
			return (i * MSR_RANGE + msr - ranges[i]) * 2;
	return -1;
}

static void __init pass(u32 msr)
{
	int bit = bit_of(msr);

	if (bit < 0)
		return;
	__clear_bit(bit, msrpm);
	__clear_bit(bit + 1, msrpm);
}

int __init axvm_svm_bitmap_init(void)
{
	const u32 *msr;

	iopm = (void *)__get_free_pages(GFP_KERNEL, IOPM_ORDER);
	msrpm = (void *)__get_free_pages(GFP_KERNEL, MSRPM_ORDER);
	if (!iopm || !msrpm) {
		axvm_svm_bitmap_exit();
		return -ENOMEM;
	}
	memset(iopm, 0xff, PAGE_SIZE << IOPM_ORDER);
	memset(msrpm, 0xff, PAGE_SIZE << MSRPM_ORDER);
	for (msr = axvm_x86_passed_msrs; *msr; msr++)
		pass(*msr);
	axvm_svm_iopm_pa = __pa(iopm);
	axvm_svm_msrpm_pa = __pa(msrpm);
	return 0;
}

void axvm_svm_bitmap_exit(void)
{
	free_pages((unsigned long)iopm, IOPM_ORDER);
	free_pages((unsigned long)msrpm, MSRPM_ORDER);
}
