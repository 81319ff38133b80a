// SPDX-License-Identifier: GPL-2.0
/* Why an entry failed: SDM volume 3, "Checks on Host Control Registers, MSRs" and "... Segment" */
#include "vmx.h"

static u64 fixed(u32 msr)
{
	u64 value;

	rdmsrl(msr, value);
	return value;
}

static bool breaks_fixed(u64 value, u32 fixed0, u32 fixed1)
{
	return (fixed(fixed0) & ~value) || (value & ~fixed(fixed1));
}

static bool cr0(void)
{
	return breaks_fixed(vmread(HOST_CR0), MSR_IA32_VMX_CR0_FIXED0, MSR_IA32_VMX_CR0_FIXED1);
}

static bool cr4(void)
{
	return breaks_fixed(vmread(HOST_CR4), MSR_IA32_VMX_CR4_FIXED0, MSR_IA32_VMX_CR4_FIXED1);
}

static bool cr3(void)
{
	return vmread(HOST_CR3) >> axvm_x86_machine.physical_bits;
}

static bool is_canonical(u64 address)
{
	unsigned int unused = vmread(HOST_CR4) & X86_CR4_LA57 ? 7 : 16;

	return (u64)((s64)(address << unused) >> unused) == address;
}

static bool sysenter(void)
{
	return !is_canonical(vmread(HOST_IA32_SYSENTER_ESP)) ||
	       !is_canonical(vmread(HOST_IA32_SYSENTER_EIP));
}

static bool pat(void)
{
	u64 value = vmread(HOST_IA32_PAT);

	/* Types 0, 1, 4, 5, 6 and 7. */
	return (value & 0xf8f8f8f8f8f8f8f8ULL) ||
	       ((value & 0x0202020202020202ULL) & ~((value & 0x0404040404040404ULL) >> 1));
}

static bool efer(void)
{
	u64 value = vmread(HOST_IA32_EFER);

	return !(value & EFER_LMA) || !(value & EFER_LME);
}

static bool selectors(void)
{
	return (vmread(HOST_CS_SELECTOR) | vmread(HOST_SS_SELECTOR) | vmread(HOST_DS_SELECTOR) |
		vmread(HOST_ES_SELECTOR) | vmread(HOST_FS_SELECTOR) | vmread(HOST_GS_SELECTOR) |
		vmread(HOST_TR_SELECTOR)) & 7;
}

static bool cs_tr(void)
{
	return !vmread(HOST_CS_SELECTOR) || !vmread(HOST_TR_SELECTOR);
}

static bool bases(void)
{
	return !is_canonical(vmread(HOST_FS_BASE)) || !is_canonical(vmread(HOST_GS_BASE)) ||
	       !is_canonical(vmread(HOST_GDTR_BASE)) || !is_canonical(vmread(HOST_IDTR_BASE)) ||
	       !is_canonical(vmread(HOST_TR_BASE));
}

static bool rip(void)
{
	return !is_canonical(vmread(HOST_RIP));
}

static const struct axvm_vmx_check checks[] = {
	{ "host CR0", cr0 },
	{ "host CR4", cr4 },
	{ "host CR3", cr3 },
	{ "host IA32_SYSENTER_ESP or IA32_SYSENTER_EIP", sysenter },
	{ "host IA32_PAT", pat },
	{ "host IA32_EFER", efer },
	{ "host selectors: TI or RPL", selectors },
	{ "host CS or TR selector is 0", cs_tr },
	{ "host FS, GS, GDTR, IDTR or TR base", bases },
	{ "host RIP", rip },
};

const char *axvm_vmx_audit_host(void)
{
	return axvm_vmx_first_failing(checks, ARRAY_SIZE(checks));
}
