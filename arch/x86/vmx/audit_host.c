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
	return breaks_fixed(vmcs_read(HOST_CR0), MSR_IA32_VMX_CR0_FIXED0, MSR_IA32_VMX_CR0_FIXED1);
}

static bool cr4(void)
{
	return breaks_fixed(vmcs_read(HOST_CR4), MSR_IA32_VMX_CR4_FIXED0, MSR_IA32_VMX_CR4_FIXED1);
}

static bool cr3(void)
{
	return vmcs_read(HOST_CR3) >> axvm_x86_machine.physical_bits;
}

static bool is_canonical(u64 address)
{
	unsigned int unused = vmcs_read(HOST_CR4) & X86_CR4_LA57 ? 7 : 16;

	return (u64)((s64)(address << unused) >> unused) == address;
}

static bool sysenter(void)
{
	return !is_canonical(vmcs_read(HOST_IA32_SYSENTER_ESP)) ||
	       !is_canonical(vmcs_read(HOST_IA32_SYSENTER_EIP));
}

static bool pat(void)
{
	u64 value = vmcs_read(HOST_IA32_PAT);

	/* Types 0, 1, 4, 5, 6 and 7. */
	return (value & 0xf8f8f8f8f8f8f8f8ULL) ||
	       ((value & 0x0202020202020202ULL) & ~((value & 0x0404040404040404ULL) >> 1));
}

static bool efer(void)
{
	u64 value = vmcs_read(HOST_IA32_EFER);

	return !(value & EFER_LMA) || !(value & EFER_LME);
}

static bool selectors(void)
{
	unsigned int i;

	/* From ES to TR they are two apart. */
	for (i = 0; i < 7; i++)
		if (vmcs_read(HOST_ES_SELECTOR + i * 2) & 7)
			return true;
	return false;
}

static bool cs_tr(void)
{
	return !vmcs_read(HOST_CS_SELECTOR) || !vmcs_read(HOST_TR_SELECTOR);
}

static bool bases(void)
{
	unsigned int i;

	/* FS, GS, TR, GDTR and IDTR. */
	for (i = 0; i < 5; i++)
		if (!is_canonical(vmcs_read(HOST_FS_BASE + i * 2)))
			return true;
	return false;
}

static bool rip(void)
{
	return !is_canonical(vmcs_read(HOST_RIP));
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
