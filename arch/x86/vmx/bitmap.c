// SPDX-License-Identifier: GPL-2.0
/*
 * MSR bitmaps: every access exits but those in the list of what is passed
 *
 * Which MSRs those are does not depend on the guest, so all vCPUs share two bitmaps: one
 * with the virtual x2APIC's registers, and one without. I/O needs no bitmap: every
 * access exits, which "unconditional I/O exiting" says as well.
 */
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/string.h>
#include <asm/apicdef.h>

#include "vmx.h"

/* SDM volume 3, "MSR-Bitmap Address": a kilobyte each for reads and writes, low and high. */
#define WRITES		2048
#define HIGH		1024
#define HIGH_FIRST	0xc0000000U
#define RANGE		0x2000U

static void *plain, *virtual_apic;

static void pass(void *bitmap, u32 msr, bool write)
{
	void *at = bitmap;

	if (msr >= HIGH_FIRST)
		at += HIGH;
	if (write)
		at += WRITES;
	__clear_bit(msr & (RANGE - 1), at);
}

/*
 * The host needs these for itself when a thread goes to user space, and VM exits do not
 * restore them. A guest writes them once, so that exits: what it wrote is known, and need
 * not be read back each time.
 */
static bool is_kept(u32 msr)
{
	switch (msr) {
	case MSR_STAR:
	case MSR_LSTAR:
	case MSR_CSTAR:
	case MSR_SYSCALL_MASK:
		return true;
	default:
		return false;
	}
}

static void pass_list(void *bitmap)
{
	const u32 *msr;

	memset(bitmap, 0xff, PAGE_SIZE);
	for (msr = axvm_x86_passed_msrs; *msr; msr++) {
		if (is_kept(*msr))
			continue;
		pass(bitmap, *msr, false);
		pass(bitmap, *msr, true);
	}
}

static u32 x2apic_msr(unsigned int offset)
{
	return APIC_BASE_MSR + (offset >> 4);
}

/* What a guest reads and writes all the time; the rest keeps its one place in software. */
static void pass_x2apic(void *bitmap)
{
	unsigned int i;

	pass(bitmap, x2apic_msr(APIC_TASKPRI), false);
	pass(bitmap, x2apic_msr(APIC_PROCPRI), false);
	for (i = 0; i < 8; i++) {
		pass(bitmap, x2apic_msr(APIC_ISR + i * 16), false);
		pass(bitmap, x2apic_msr(APIC_TMR + i * 16), false);
		pass(bitmap, x2apic_msr(APIC_IRR + i * 16), false);
	}
	pass(bitmap, x2apic_msr(APIC_TASKPRI), true);
	pass(bitmap, x2apic_msr(APIC_EOI), true);
	pass(bitmap, x2apic_msr(APIC_SELF_IPI), true);
}

int axvm_vmx_bitmap_init(void)
{
	plain = (void *)__get_free_page(GFP_KERNEL);
	virtual_apic = (void *)__get_free_page(GFP_KERNEL);
	if (!plain || !virtual_apic) {
		axvm_vmx_bitmap_exit();
		return -ENOMEM;
	}
	pass_list(plain);
	pass_list(virtual_apic);
	pass_x2apic(virtual_apic);
	return 0;
}

void axvm_vmx_bitmap_exit(void)
{
	free_page((unsigned long)plain);
	free_page((unsigned long)virtual_apic);
	plain = NULL;
	virtual_apic = NULL;
}

u64 axvm_vmx_bitmap(bool apicv)
{
	return __pa(apicv ? virtual_apic : plain);
}
