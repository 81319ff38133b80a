// SPDX-License-Identifier: GPL-2.0
/*
 * Why an entry failed: SDM volume 3, "Checking and Loading Guest State", in its order
 *
 * All with "unrestricted guest" set, as it always is here.
 */
#include "vmx.h"

static u64 msr(u32 index)
{
	u64 value;

	rdmsrl(index, value);
	return value;
}

static bool ia32e(void)
{
	return vmcs_read(VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE;
}

static bool is_canonical(u64 address)
{
	unsigned int unused = vmcs_read(GUEST_CR4) & X86_CR4_LA57 ? 7 : 16;

	return (u64)((s64)(address << unused) >> unused) == address;
}

/* ---- control registers, debug registers, MSRs ---- */

static bool cr0_fixed(void)
{
	u64 free = X86_CR0_PE | X86_CR0_PG;
	u64 cr0 = vmcs_read(GUEST_CR0);

	return (msr(MSR_IA32_VMX_CR0_FIXED0) & ~cr0 & ~free) ||
	       (cr0 & ~msr(MSR_IA32_VMX_CR0_FIXED1));
}

static bool paging_without_protection(void)
{
	u64 cr0 = vmcs_read(GUEST_CR0);

	return (cr0 & X86_CR0_PG) && !(cr0 & X86_CR0_PE);
}

static bool cr4_fixed(void)
{
	u64 cr4 = vmcs_read(GUEST_CR4);

	return (msr(MSR_IA32_VMX_CR4_FIXED0) & ~cr4) || (cr4 & ~msr(MSR_IA32_VMX_CR4_FIXED1));
}

static bool ia32e_paging(void)
{
	return ia32e() && (!(vmcs_read(GUEST_CR0) & X86_CR0_PG) ||
			   !(vmcs_read(GUEST_CR4) & X86_CR4_PAE));
}

static bool pcide(void)
{
	return !ia32e() && (vmcs_read(GUEST_CR4) & X86_CR4_PCIDE);
}

static bool cr3(void)
{
	return vmcs_read(GUEST_CR3) >> axvm_x86_machine.physical_bits;
}

static bool dr7(void)
{
	return vmcs_read(GUEST_DR7) >> 32;
}

static bool sysenter(void)
{
	return !is_canonical(vmcs_read(GUEST_SYSENTER_ESP)) ||
	       !is_canonical(vmcs_read(GUEST_SYSENTER_EIP));
}

static bool pat(void)
{
	u64 value = vmcs_read(GUEST_IA32_PAT);

	return (value & 0xf8f8f8f8f8f8f8f8ULL) ||
	       ((value & 0x0202020202020202ULL) & ~((value & 0x0404040404040404ULL) >> 1));
}

static bool efer(void)
{
	u64 value = vmcs_read(GUEST_IA32_EFER);

	if (value & ~(u64)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX))
		return true;
	if (!!(value & EFER_LMA) != ia32e())
		return true;
	return (vmcs_read(GUEST_CR0) & X86_CR0_PG) && !(value & EFER_LME) != !(value & EFER_LMA);
}

/* ---- segments ---- */

#define FIELD(field, n)	vmcs_read((field) + 2 * (n))

static u32 attributes(unsigned int n)
{
	return FIELD(GUEST_ES_AR_BYTES, n);
}

static u16 selector(unsigned int n)
{
	return FIELD(GUEST_ES_SELECTOR, n);
}

static u64 base(unsigned int n)
{
	return FIELD(GUEST_ES_BASE, n);
}

static bool is_usable(unsigned int n)
{
	return !(attributes(n) & VMX_AR_UNUSABLE_MASK);
}

static unsigned int type(unsigned int n)
{
	return attributes(n) & VMX_AR_TYPE_MASK;
}

static bool v86(void)
{
	return vmcs_read(GUEST_RFLAGS) & X86_EFLAGS_VM;
}

#define TI	4

static bool tr_selector(void)
{
	return selector(AXVM_X86_TR) & TI;
}

static bool ldtr_selector(void)
{
	return is_usable(AXVM_X86_LDTR) && (selector(AXVM_X86_LDTR) & TI);
}

/* All six segments of virtual-8086 mode are what that mode makes of selectors. */
static bool v86_segments(void)
{
	unsigned int n;

	for (n = AXVM_X86_ES; v86() && n <= AXVM_X86_GS; n++)
		if (base(n) != (u64)selector(n) << 4 || FIELD(GUEST_ES_LIMIT, n) != 0xffff ||
		    attributes(n) != 0xf3)
			return true;
	return false;
}

static bool canonical_bases(void)
{
	return !is_canonical(base(AXVM_X86_TR)) || !is_canonical(base(AXVM_X86_FS)) ||
	       !is_canonical(base(AXVM_X86_GS)) ||
	       (is_usable(AXVM_X86_LDTR) && !is_canonical(base(AXVM_X86_LDTR)));
}

static bool low_bases(void)
{
	return base(AXVM_X86_CS) >> 32 ||
	       (is_usable(AXVM_X86_SS) && base(AXVM_X86_SS) >> 32) ||
	       (is_usable(AXVM_X86_DS) && base(AXVM_X86_DS) >> 32) ||
	       (is_usable(AXVM_X86_ES) && base(AXVM_X86_ES) >> 32);
}

static bool cs_type(void)
{
	if (v86())
		return false;
	switch (type(AXVM_X86_CS)) {
	case 3:
	case 9:
	case 11:
	case 13:
	case 15:
		return false;
	default:
		return true;
	}
}

static bool ss_type(void)
{
	return !v86() && is_usable(AXVM_X86_SS) && type(AXVM_X86_SS) != 3 &&
	       type(AXVM_X86_SS) != 7;
}

/* Accessed; and what is code is readable. */
static bool data_types(void)
{
	static const u8 data[] = { AXVM_X86_DS, AXVM_X86_ES, AXVM_X86_FS, AXVM_X86_GS };
	unsigned int i, t;

	for (i = 0; !v86() && i < ARRAY_SIZE(data); i++) {
		t = type(data[i]);
		if (is_usable(data[i]) && (!(t & VMX_AR_TYPE_ACCESSES_MASK) ||
					   ((t & VMX_AR_TYPE_CODE_MASK) &&
					    !(t & VMX_AR_TYPE_READABLE_MASK))))
			return true;
	}
	return false;
}

static bool any_of_six(bool (*wrong)(unsigned int n))
{
	unsigned int n;

	for (n = AXVM_X86_ES; !v86() && n <= AXVM_X86_GS; n++)
		if ((n == AXVM_X86_CS || is_usable(n)) && wrong(n))
			return true;
	return false;
}

static bool wrong_s(unsigned int n)
{
	return !(attributes(n) & VMX_AR_S_MASK);
}

static bool segment_s(void)
{
	return any_of_six(wrong_s);
}

static bool cs_dpl(void)
{
	unsigned int dpl = VMX_AR_DPL(attributes(AXVM_X86_CS));
	unsigned int ss = VMX_AR_DPL(attributes(AXVM_X86_SS));

	if (v86())
		return false;
	switch (type(AXVM_X86_CS)) {
	case 3:
		return dpl;
	case 9:
	case 11:
		return dpl != ss;
	case 13:
	case 15:
		return dpl > ss;
	default:
		return false;
	}
}

static bool ss_dpl(void)
{
	return !v86() && (type(AXVM_X86_CS) == 3 || !(vmcs_read(GUEST_CR0) & X86_CR0_PE)) &&
	       VMX_AR_DPL(attributes(AXVM_X86_SS));
}

static bool wrong_p(unsigned int n)
{
	return !(attributes(n) & VMX_AR_P_MASK);
}

static bool segment_p(void)
{
	return any_of_six(wrong_p);
}

static bool wrong_reserved(unsigned int n)
{
	return attributes(n) & (GENMASK(31, 17) | GENMASK(11, 8));
}

static bool segment_reserved(void)
{
	return any_of_six(wrong_reserved);
}

static bool cs_db(void)
{
	u32 cs = attributes(AXVM_X86_CS);

	return !v86() && ia32e() && (cs & VMX_AR_L_MASK) && (cs & VMX_AR_DB_MASK);
}

/* A limit of more than a mebibyte ends with a page, one with other low bits is in bytes. */
static bool wrong_g(unsigned int n)
{
	bool g = attributes(n) & VMX_AR_G_MASK;
	u32 limit = FIELD(GUEST_ES_LIMIT, n);

	return ((limit & 0xfff) != 0xfff && g) || (limit >> 20 && !g);
}

static bool segment_g(void)
{
	return any_of_six(wrong_g);
}

static bool tr(void)
{
	if (!is_usable(AXVM_X86_TR) || wrong_p(AXVM_X86_TR) || !wrong_s(AXVM_X86_TR) ||
	    wrong_reserved(AXVM_X86_TR) || wrong_g(AXVM_X86_TR))
		return true;
	return type(AXVM_X86_TR) != 11 && (ia32e() || type(AXVM_X86_TR) != 3);
}

static bool ldtr(void)
{
	return is_usable(AXVM_X86_LDTR) &&
	       (type(AXVM_X86_LDTR) != 2 || !wrong_s(AXVM_X86_LDTR) || wrong_p(AXVM_X86_LDTR) ||
		wrong_reserved(AXVM_X86_LDTR) || wrong_g(AXVM_X86_LDTR));
}

static bool tables(void)
{
	return !is_canonical(vmcs_read(GUEST_GDTR_BASE)) ||
	       !is_canonical(vmcs_read(GUEST_IDTR_BASE)) ||
	       vmcs_read(GUEST_GDTR_LIMIT) >> 16 || vmcs_read(GUEST_IDTR_LIMIT) >> 16;
}

/* ---- RIP, RFLAGS, what is not a register ---- */

static bool rip(void)
{
	u64 value = vmcs_read(GUEST_RIP);

	if (!ia32e() || !(attributes(AXVM_X86_CS) & VMX_AR_L_MASK))
		return value >> 32;
	return !is_canonical(value);
}

static bool rflags_reserved(void)
{
	u64 value = vmcs_read(GUEST_RFLAGS);

	return value >> 22 || (value & (BIT(15) | BIT(5) | BIT(3))) || !(value & BIT(1));
}

static bool rflags_vm(void)
{
	return v86() && (ia32e() || !(vmcs_read(GUEST_CR0) & X86_CR0_PE));
}

static u32 event(void)
{
	u32 info = vmcs_read(VM_ENTRY_INTR_INFO_FIELD);

	return info & INTR_INFO_VALID_MASK ? info & INTR_INFO_INTR_TYPE_MASK : ~0U;
}

static bool interrupts(void)
{
	return vmcs_read(GUEST_RFLAGS) & X86_EFLAGS_IF;
}

static bool rflags_if(void)
{
	return event() == INTR_TYPE_EXT_INTR && !interrupts();
}

static u32 blocking(void)
{
	return vmcs_read(GUEST_INTERRUPTIBILITY_INFO);
}

#define BY_BOTH	(GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)

static bool activity(void)
{
	return vmcs_read(GUEST_ACTIVITY_STATE) > GUEST_ACTIVITY_WAIT_SIPI;
}

static bool blocking_reserved(void)
{
	return blocking() >> 5;
}

static bool blocking_both(void)
{
	return (blocking() & BY_BOTH) == BY_BOTH;
}

static bool blocking_sti(void)
{
	return (blocking() & GUEST_INTR_STATE_STI) && !interrupts();
}

static bool blocking_interrupt(void)
{
	return event() == INTR_TYPE_EXT_INTR && (blocking() & BY_BOTH);
}

static bool blocking_nmi(void)
{
	return event() == INTR_TYPE_NMI_INTR &&
	       (blocking() & (GUEST_INTR_STATE_MOV_SS | GUEST_INTR_STATE_NMI));
}

#define PENDING_BS	BIT(14)
#define PENDING_KNOWN	(GENMASK(3, 0) | BIT(11) | BIT(12) | PENDING_BS | BIT(16))

static bool pending_reserved(void)
{
	return vmcs_read(GUEST_PENDING_DBG_EXCEPTIONS) & ~(u64)PENDING_KNOWN;
}

static bool pending_step(void)
{
	bool steps = (vmcs_read(GUEST_RFLAGS) & X86_EFLAGS_TF) &&
		     !(vmcs_read(GUEST_IA32_DEBUGCTL) & DEBUGCTLMSR_BTF);

	return (blocking() & BY_BOTH) &&
	       steps != !!(vmcs_read(GUEST_PENDING_DBG_EXCEPTIONS) & PENDING_BS);
}

static bool link_pointer(void)
{
	return vmcs_read(VMCS_LINK_POINTER) != U64_MAX;
}

static const struct axvm_vmx_check checks[] = {
	{ "guest CR0: bits that VMX fixes", cr0_fixed },
	{ "guest CR0: PG without PE", paging_without_protection },
	{ "guest CR4: bits that VMX fixes", cr4_fixed },
	{ "IA-32e mode without CR0.PG or CR4.PAE", ia32e_paging },
	{ "guest CR4: PCIDE outside of IA-32e mode", pcide },
	{ "guest CR3", cr3 },
	{ "guest DR7", dr7 },
	{ "guest IA32_SYSENTER_ESP or IA32_SYSENTER_EIP", sysenter },
	{ "guest IA32_PAT", pat },
	{ "guest IA32_EFER", efer },
	{ "TR selector: TI", tr_selector },
	{ "LDTR selector: TI", ldtr_selector },
	{ "segments in virtual-8086 mode", v86_segments },
	{ "TR, FS, GS or LDTR base is not canonical", canonical_bases },
	{ "CS, SS, DS or ES base above 4 GiB", low_bases },
	{ "CS attributes: type", cs_type },
	{ "SS attributes: type", ss_type },
	{ "DS, ES, FS or GS attributes: type", data_types },
	{ "segment attributes: S", segment_s },
	{ "CS attributes: DPL", cs_dpl },
	{ "SS attributes: DPL", ss_dpl },
	{ "segment attributes: P", segment_p },
	{ "segment attributes: reserved bits", segment_reserved },
	{ "CS attributes: D/B with L", cs_db },
	{ "segment attributes: G and the limit", segment_g },
	{ "TR attributes", tr },
	{ "LDTR attributes", ldtr },
	{ "GDTR or IDTR", tables },
	{ "guest RIP", rip },
	{ "guest RFLAGS: reserved bits", rflags_reserved },
	{ "guest RFLAGS: VM", rflags_vm },
	{ "guest RFLAGS: IF is 0 and an interrupt is injected", rflags_if },
	{ "activity state", activity },
	{ "interruptibility state: reserved bits", blocking_reserved },
	{ "interruptibility state: blocking by STI and by MOV SS", blocking_both },
	{ "interruptibility state: blocking by STI with IF 0", blocking_sti },
	{ "interruptibility state: an interrupt is injected", blocking_interrupt },
	{ "interruptibility state: an NMI is injected", blocking_nmi },
	{ "pending debug exceptions: reserved bits", pending_reserved },
	{ "pending debug exceptions: BS", pending_step },
	{ "VMCS link pointer", link_pointer },
};

const char *axvm_vmx_audit_guest(void)
{
	return axvm_vmx_first_failing(checks, ARRAY_SIZE(checks));
}
