// SPDX-License-Identifier: GPL-2.0
/*
 * Model-specific registers
 *
 * All exit but a few (axvm_x86_passed_msrs). Those that are known are in a sorted table;
 * any other exits to the VMM, if it wants that, or is #GP.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>

#include "axvm_x86_arch.h"

const u32 axvm_x86_passed_msrs[] = {
	MSR_FS_BASE,
	MSR_GS_BASE,
	MSR_KERNEL_GS_BASE,
	MSR_STAR,
	MSR_LSTAR,
	MSR_CSTAR,
	MSR_SYSCALL_MASK,
	MSR_IA32_SYSENTER_CS,
	MSR_IA32_SYSENTER_ESP,
	MSR_IA32_SYSENTER_EIP,
	0
};

/* Of IA32_ARCH_CAPABILITIES, what says that a CPU is not vulnerable. */
#define ARCH_CAP_TOLD	(ARCH_CAP_RDCL_NO | ARCH_CAP_IBRS_ALL | ARCH_CAP_SKIP_VMENTRY_L1DFLUSH | \
			 ARCH_CAP_SSB_NO | ARCH_CAP_MDS_NO | ARCH_CAP_PSCHANGE_MC_NO | \
			 ARCH_CAP_TAA_NO | ARCH_CAP_SBDR_SSDP_NO | ARCH_CAP_FBSDP_NO | \
			 ARCH_CAP_PSDP_NO)

/* SYSCFG and HWCR of AMD: nothing is on; TscFreqSel says that the TSC runs at P0. */
#define HWCR_TSC_FREQ_SEL	BIT_ULL(24)

/**
 * struct known_msr - One that is known, or a row of them.
 * @first: its number.
 * @last: the last one's.
 * @saved: it is part of the state: @write takes what @read gave.
 * @read: 0 or a negative errno.
 * @check: would @write take it? 0, or %-EINVAL for #GP. NULL: anything.
 * @write: cannot fail after @check. NULL: the guest's writes are #GP.
 */
struct known_msr {
	u32 first;
	u32 last;
	bool saved;
	int (*read)(struct axvm_vcpu *vcpu, u32 msr, u64 *value);
	int (*check)(struct axvm_vcpu *vcpu, u32 msr, u64 value);
	void (*write)(struct axvm_vcpu *vcpu, u32 msr, u64 value);
};

/* ---- simple ones ---- */

static int read_zero(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = 0;
	return 0;
}

static void ignore_write(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
}

/* ---- what the hardware holds ---- */

static u64 *held(struct axvm_x86_state *state, u32 msr)
{
	switch (msr) {
	case MSR_STAR:
		return &state->star;
	case MSR_LSTAR:
		return &state->lstar;
	case MSR_CSTAR:
		return &state->cstar;
	case MSR_SYSCALL_MASK:
		return &state->sfmask;
	case MSR_KERNEL_GS_BASE:
		return &state->kernel_gs_base;
	case MSR_IA32_SYSENTER_CS:
		return &state->sysenter_cs;
	case MSR_IA32_SYSENTER_ESP:
		return &state->sysenter_esp;
	case MSR_IA32_SYSENTER_EIP:
		return &state->sysenter_eip;
	default:
		return &state->pat;
	}
}

static int read_held(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	axvm_x86_need(vcpu, AXVM_X86_MSR_PART);
	*value = *held(&vcpu->arch.state, msr);
	return 0;
}

static void write_held(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	axvm_x86_need(vcpu, AXVM_X86_MSR_PART);
	*held(&vcpu->arch.state, msr) = value;
	axvm_x86_changed(vcpu, AXVM_X86_MSR_PART);
}

static int check_canonical(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	return axvm_x86_is_canonical(vcpu, value) ? 0 : -EINVAL;
}

/* Types 2 and 3 are none, nor is anything above 7. */
static int check_pat(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	u64 high = value & 0x0404040404040404ULL;

	if (value & 0xf8f8f8f8f8f8f8f8ULL)
		return -EINVAL;
	/* Bit 1 without bit 2 is type 2 or 3. */
	return (value & 0x0202020202020202ULL) & ~(high >> 1) ? -EINVAL : 0;
}

static int read_base(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	unsigned int segment = msr == MSR_FS_BASE ? AXVM_X86_FS : AXVM_X86_GS;

	axvm_x86_need(vcpu, AXVM_X86_DATA_PART);
	*value = vcpu->arch.state.segment[segment].base;
	return 0;
}

static void write_base(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	unsigned int segment = msr == MSR_FS_BASE ? AXVM_X86_FS : AXVM_X86_GS;

	axvm_x86_need(vcpu, AXVM_X86_DATA_PART);
	vcpu->arch.state.segment[segment].base = value;
	axvm_x86_changed(vcpu, AXVM_X86_DATA_PART);
}

static int read_efer(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	axvm_x86_need(vcpu, AXVM_X86_EFER_PART);
	*value = vcpu->arch.state.efer;
	return 0;
}

static int check_efer(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	if (!axvm_x86_efer_ok(vcpu, value))
		return -EINVAL;
	axvm_x86_need(vcpu, AXVM_X86_EFER_PART | AXVM_X86_CR0_PART);
	return (value ^ vcpu->arch.state.efer) & EFER_LME &&
	       (vcpu->arch.state.cr0 & X86_CR0_PG) ? -EINVAL : 0;
}

static void write_efer(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	axvm_x86_set_efer(vcpu, value);
}

static int read_debugctl(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	axvm_x86_need(vcpu, AXVM_X86_DR_PART);
	*value = vcpu->arch.state.debugctl;
	return 0;
}

/* Single steps on branches; no recording. */
static int check_debugctl(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	return value & ~(u64)DEBUGCTLMSR_BTF ? -EINVAL : 0;
}

static void write_debugctl(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	axvm_x86_need(vcpu, AXVM_X86_DR_PART);
	vcpu->arch.state.debugctl = value;
	axvm_x86_changed(vcpu, AXVM_X86_DR_PART);
}

/* ---- time ---- */

static int read_tsc(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = axvm_x86_guest_tsc(vcpu, rdtsc());
	return 0;
}

/* TSC_ADJUST tells by how much the guest itself has moved its TSC. */
static void write_tsc(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	u64 by = value - axvm_x86_guest_tsc(vcpu, rdtsc());

	vcpu->arch.tsc_adjust += by;
	axvm_x86_move_guest_tsc(vcpu, by);
}

static int read_tsc_adjust(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = vcpu->arch.tsc_adjust;
	return 0;
}

static void write_tsc_adjust(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	axvm_x86_move_guest_tsc(vcpu, value - vcpu->arch.tsc_adjust);
	vcpu->arch.tsc_adjust = value;
}

static int read_tsc_aux(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = vcpu->arch.state.tsc_aux;
	return vcpu->vm->arch.guest.rdtscp ? 0 : -ENOENT;
}

static int check_tsc_aux(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	if (!vcpu->vm->arch.guest.rdtscp)
		return -ENOENT;
	return value >> 32 ? -EINVAL : 0;
}

static void write_tsc_aux(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	axvm_x86_need(vcpu, AXVM_X86_MSR_PART);
	vcpu->arch.state.tsc_aux = value;
	axvm_x86_changed(vcpu, AXVM_X86_MSR_PART);
}

/* ---- speculation ---- */

static bool has_spec_ctrl(const struct axvm_vcpu *vcpu)
{
	return axvm_x86_cpuid_has(vcpu->vm, 7, 0, 3, 26) ||
	       axvm_x86_cpuid_has(vcpu->vm, 0x80000008, 0, 1, 14);
}

static int read_spec_ctrl(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = vcpu->arch.state.spec_ctrl;
	return has_spec_ctrl(vcpu) ? 0 : -ENOENT;
}

/* The host puts it into the register at entries: a bit that this CPU lacks would be its fault. */
static u64 spec_ctrl_bits(void)
{
	u64 bits = SPEC_CTRL_IBRS;

	if (boot_cpu_has(X86_FEATURE_STIBP))
		bits |= SPEC_CTRL_STIBP;
	if (boot_cpu_has(X86_FEATURE_SSBD))
		bits |= SPEC_CTRL_SSBD;
	return bits;
}

static int check_spec_ctrl(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	if (!has_spec_ctrl(vcpu))
		return -ENOENT;
	return value & ~spec_ctrl_bits() ? -EINVAL : 0;
}

static void write_spec_ctrl(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	vcpu->arch.state.spec_ctrl = value;
}

static int check_pred_cmd(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	if (!has_spec_ctrl(vcpu) && !axvm_x86_cpuid_has(vcpu->vm, 0x80000008, 0, 1, 12))
		return -ENOENT;
	return value & ~(u64)PRED_CMD_IBPB ? -EINVAL : 0;
}

/* The barrier is on this CPU, where the guest is. A register ioctl's has nothing to do. */
static void write_pred_cmd(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	if (value && boot_cpu_has(X86_FEATURE_IBPB))
		wrmsrl(MSR_IA32_PRED_CMD, PRED_CMD_IBPB);
}

static int read_nothing(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	return -EINVAL;
}

static int read_arch_capabilities(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	if (!axvm_x86_cpuid_has(vcpu->vm, 7, 0, 3, 29))
		return -ENOENT;
	*value = 0;
	if (boot_cpu_has(X86_FEATURE_ARCH_CAPABILITIES))
		rdmsrl(MSR_IA32_ARCH_CAPABILITIES, *value);
	*value &= ARCH_CAP_TOLD;
	return 0;
}

/* ---- memory types: kept, not used; the memory's own type counts ---- */

#define MTRR_CAP	0xfe
#define MTRR_VARIABLE	0x200
#define MTRR_FIX64K	0x250
#define MTRR_FIX16K	0x258
#define MTRR_FIX4K	0x268
#define MTRR_DEFAULT	0x2ff

#define MTRRCAP		(8 | BIT(8) | BIT(10))	/* 8 variable ones, fixed ones, write-combining */
#define FIXED_AT	16
#define DEFAULT_AT	27
#define DEFAULT_ALLOWED	(BIT(11) | BIT(10) | 0xff)

static unsigned int mtrr_index(u32 msr)
{
	switch (msr) {
	case MTRR_FIX64K:
		return FIXED_AT;
	case MTRR_FIX16K:
	case MTRR_FIX16K + 1:
		return FIXED_AT + 1 + (msr - MTRR_FIX16K);
	case MTRR_FIX4K ... MTRR_FIX4K + 7:
		return FIXED_AT + 3 + (msr - MTRR_FIX4K);
	case MTRR_DEFAULT:
		return DEFAULT_AT;
	default:
		return msr - MTRR_VARIABLE;
	}
}

static int read_mtrrcap(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = MTRRCAP;
	return 0;
}

/* The guest chose the number, and a CPU may run ahead of the look into the table. */
static u64 *mtrr(struct axvm_vcpu *vcpu, u32 msr)
{
	return &vcpu->arch.mtrr[array_index_nospec(mtrr_index(msr),
						   ARRAY_SIZE(vcpu->arch.mtrr))];
}

static int read_mtrr(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = *mtrr(vcpu, msr);
	return 0;
}

static bool is_type(u64 type)
{
	return type < 7 && type != 2 && type != 3;
}

static bool fixed_ok(u64 value)
{
	unsigned int i;

	for (i = 0; i < 8; i++, value >>= 8)
		if (!is_type(value & 0xff))
			return false;
	return true;
}

static int check_mtrr(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	unsigned int index = mtrr_index(msr);
	u64 beyond = ~(BIT_ULL(vcpu->vm->arch.guest.physical_bits) - 1);
	bool ok;

	if (index == DEFAULT_AT)
		ok = !(value & ~(u64)DEFAULT_ALLOWED) && is_type(value & 0xff);
	else if (index >= FIXED_AT)
		ok = fixed_ok(value);
	else if (index & 1)
		ok = !(value & (beyond | 0x7ff));
	else
		ok = !(value & (beyond | 0xf00)) && is_type(value & 0xff);
	return ok ? 0 : -EINVAL;
}

static void write_mtrr(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	*mtrr(vcpu, msr) = value;
}

/* ---- the rest ---- */

static int read_mcg_status(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = vcpu->arch.mcg_status;
	return 0;
}

static void write_mcg_status(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	vcpu->arch.mcg_status = value;
}

static int read_misc_enable(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = vcpu->arch.misc_enable;
	return 0;
}

#define MISC_ENABLE_ALLOWED	(MSR_IA32_MISC_ENABLE_FAST_STRING |		\
				 MSR_IA32_MISC_ENABLE_BTS_UNAVAIL |		\
				 MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL |		\
				 MSR_IA32_MISC_ENABLE_ENHANCED_SPEEDSTEP |	\
				 MSR_IA32_MISC_ENABLE_LIMIT_CPUID |		\
				 MSR_IA32_MISC_ENABLE_XD_DISABLE)

static int check_misc_enable(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	return value & ~(u64)MISC_ENABLE_ALLOWED ? -EINVAL : 0;
}

static void write_misc_enable(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	vcpu->arch.misc_enable = value;
}

static int read_xss(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = vcpu->arch.state.xss;
	return axvm_x86_cpuid_has(vcpu->vm, 0xd, 1, 0, 3) ? 0 : -ENOENT;
}

static int check_xss(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	if (!axvm_x86_cpuid_has(vcpu->vm, 0xd, 1, 0, 3))
		return -ENOENT;
	return value & ~vcpu->vm->arch.guest.xss ? -EINVAL : 0;
}

static void write_xss(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	vcpu->arch.state.xss = value;
	axvm_x86_fpu_update(vcpu);
}

static int read_hwcr(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	*value = HWCR_TSC_FREQ_SEL;
	return 0;
}

/* Kept in order: searched by halves. AMD's and Intel's are there on both. */
static const struct known_msr msrs[] = {
	{ MSR_IA32_TSC, MSR_IA32_TSC, true, read_tsc, NULL, write_tsc },
	{ MSR_IA32_PLATFORM_ID, MSR_IA32_PLATFORM_ID, false, read_zero },
	{ MSR_IA32_TSC_ADJUST, MSR_IA32_TSC_ADJUST, true, read_tsc_adjust, NULL,
	  write_tsc_adjust },
	{ MSR_IA32_SPEC_CTRL, MSR_IA32_SPEC_CTRL, true, read_spec_ctrl, check_spec_ctrl,
	  write_spec_ctrl },
	{ MSR_IA32_PRED_CMD, MSR_IA32_PRED_CMD, false, read_nothing, check_pred_cmd,
	  write_pred_cmd },
	{ MSR_IA32_UCODE_REV, MSR_IA32_UCODE_REV, false, read_zero, NULL, ignore_write },
	{ MTRR_CAP, MTRR_CAP, false, read_mtrrcap },
	{ MSR_IA32_ARCH_CAPABILITIES, MSR_IA32_ARCH_CAPABILITIES, false,
	  read_arch_capabilities },
	{ MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_CS, true, read_held, NULL, write_held },
	{ MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_EIP, true, read_held, check_canonical,
	  write_held },
	{ MSR_IA32_MCG_CAP, MSR_IA32_MCG_CAP, false, read_zero },
	{ MSR_IA32_MCG_STATUS, MSR_IA32_MCG_STATUS, true, read_mcg_status, NULL,
	  write_mcg_status },
	{ MSR_IA32_MISC_ENABLE, MSR_IA32_MISC_ENABLE, true, read_misc_enable,
	  check_misc_enable, write_misc_enable },
	{ MSR_IA32_DEBUGCTLMSR, MSR_IA32_DEBUGCTLMSR, true, read_debugctl, check_debugctl,
	  write_debugctl },
	{ MTRR_VARIABLE, MTRR_VARIABLE + 15, true, read_mtrr, check_mtrr, write_mtrr },
	{ MTRR_FIX64K, MTRR_FIX64K, true, read_mtrr, check_mtrr, write_mtrr },
	{ MTRR_FIX16K, MTRR_FIX16K + 1, true, read_mtrr, check_mtrr, write_mtrr },
	{ MTRR_FIX4K, MTRR_FIX4K + 7, true, read_mtrr, check_mtrr, write_mtrr },
	{ MSR_IA32_CR_PAT, MSR_IA32_CR_PAT, true, read_held, check_pat, write_held },
	{ MTRR_DEFAULT, MTRR_DEFAULT, true, read_mtrr, check_mtrr, write_mtrr },
	{ MSR_IA32_XSS, MSR_IA32_XSS, true, read_xss, check_xss, write_xss },
	{ MSR_EFER, MSR_EFER, true, read_efer, check_efer, write_efer },
	{ MSR_STAR, MSR_STAR, true, read_held, NULL, write_held },
	{ MSR_LSTAR, MSR_CSTAR, true, read_held, check_canonical, write_held },
	{ MSR_SYSCALL_MASK, MSR_SYSCALL_MASK, true, read_held, NULL, write_held },
	{ MSR_FS_BASE, MSR_GS_BASE, true, read_base, check_canonical, write_base },
	{ MSR_KERNEL_GS_BASE, MSR_KERNEL_GS_BASE, true, read_held, check_canonical, write_held },
	{ MSR_TSC_AUX, MSR_TSC_AUX, true, read_tsc_aux, check_tsc_aux, write_tsc_aux },
	{ MSR_AMD64_SYSCFG, MSR_AMD64_SYSCFG, false, read_zero, NULL, ignore_write },
	{ MSR_K7_HWCR, MSR_K7_HWCR, false, read_hwcr, NULL, ignore_write },
	{ MSR_AMD64_NB_CFG, MSR_AMD64_NB_CFG, false, read_zero, NULL, ignore_write },
	/* Family 0FH looks here for C1E, before it has a handler for exceptions. */
	{ MSR_K8_INT_PENDING_MSG, MSR_K8_INT_PENDING_MSG, false, read_zero, NULL,
	  ignore_write },
	{ MSR_AMD64_LS_CFG, MSR_AMD64_LS_CFG, false, read_zero, NULL, ignore_write },
	{ MSR_AMD64_DE_CFG, MSR_AMD64_DE_CFG, false, read_zero, NULL, ignore_write },
};

static const struct known_msr *find(u32 number)
{
	unsigned int low = 0, high = ARRAY_SIZE(msrs), middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (msrs[middle].last < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ARRAY_SIZE(msrs) && msrs[low].first <= number ? &msrs[low] : NULL;
}

/* ---- as the guest, and as the register ioctls, see them ---- */

static bool is_apic(u32 msr)
{
	return (msr >= 0x800 && msr <= 0x8ff) || msr == MSR_IA32_TSC_DEADLINE ||
	       msr == MSR_IA32_APICBASE;
}

static bool is_clock(u32 msr)
{
	return msr == 0x11 || msr == 0x12 || (msr >> 8) == 0x4b564d;
}

int axvm_x86_msr_read(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	const struct known_msr *known;

	if (is_apic(msr))
		return axvm_x86_apic_msr_read(vcpu, msr, value);
	if (is_clock(msr))
		return axvm_x86_clock_msr_read(vcpu, msr, value);
	known = find(msr);
	return known ? known->read(vcpu, msr, value) : -ENOENT;
}

int axvm_x86_msr_check(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	const struct known_msr *known;

	if (is_apic(msr))
		return axvm_x86_apic_msr_check(vcpu, msr, value);
	if (is_clock(msr))
		return axvm_x86_clock_msr_check(vcpu, msr, value);
	known = find(msr);
	if (!known)
		return -ENOENT;
	if (!known->write)
		return -EINVAL;
	return known->check ? known->check(vcpu, msr, value) : 0;
}

static int write(struct axvm_vcpu *vcpu, u32 msr, u64 value, enum axvm_next *next)
{
	int error;

	if (is_apic(msr))
		return axvm_x86_apic_msr_write(vcpu, msr, value, next);
	if (is_clock(msr)) {
		*next = AXVM_NEXT_LOOP;
		return axvm_x86_clock_msr_write(vcpu, msr, value);
	}
	error = axvm_x86_msr_check(vcpu, msr, value);
	if (error)
		return error;
	find(msr)->write(vcpu, msr, value);
	/* The clock may have to be written anew, before the guest reads it. */
	if (unlikely(READ_ONCE(vcpu->requests)))
		*next = AXVM_NEXT_LOOP;
	return 0;
}

void axvm_x86_msr_restore(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	const struct known_msr *known;

	if (is_apic(msr)) {
		axvm_x86_apic_msr_restore(vcpu, msr, value);
	} else if (is_clock(msr)) {
		axvm_x86_clock_msr_restore(vcpu, msr, value);
	} else {
		known = find(msr);
		if (known && known->write)
			known->write(vcpu, msr, value);
	}
}

/* What depends on the guest's CPUID is listed only if the guest has it. */
void axvm_x86_msr_list(struct axvm_vcpu *vcpu, struct axvm_reg_sink *sink)
{
	static const u32 elsewhere[] = {
		MSR_IA32_APICBASE, MSR_IA32_TSC_DEADLINE, 0x11, 0x12, 0x4b564d00, 0x4b564d01,
	};
	unsigned int i;
	u64 value;
	u32 msr;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		for (msr = msrs[i].first; msrs[i].saved && msr <= msrs[i].last; msr++)
			if (!msrs[i].read(vcpu, msr, &value))
				axvm_reg_sink_add(sink, AXVM_X86_MSR(msr));
	for (i = 0; i < ARRAY_SIZE(elsewhere); i++)
		if (!axvm_x86_msr_read(vcpu, elsewhere[i], &value))
			axvm_reg_sink_add(sink, AXVM_X86_MSR(elsewhere[i]));
}

/* ---- RDMSR and WRMSR ---- */

static enum axvm_next unknown(struct axvm_vcpu *vcpu, u32 msr, bool is_write)
{
	struct axvm_pending *pending = &vcpu->pending;
	struct axvm_exit_sysreg *sysreg = &vcpu->exit->sysreg;

	if (!(vcpu->vm->exits & AXVM_EXITS_SYSREG))
		return axvm_x86_gp(vcpu);
	*pending = (struct axvm_pending){
		.reason = is_write ? AXVM_EXIT_SYSREG_WRITE : AXVM_EXIT_SYSREG_READ,
		.width = 8,
		.reg_width = 8,
		.length = static_call(axvm_x86_insn_length)(vcpu),
		.addr = msr,
	};
	axvm_exit_prepare(vcpu, pending->reason, AXVM_EXIT_WANTS_ANSWER);
	*sysreg = (struct axvm_exit_sysreg){
		.addr = msr,
		.value = is_write ? axvm_x86_edx_eax(vcpu) : 0,
		.width = 8,
		.op = is_write,
	};
	return AXVM_NEXT_EXIT;
}

static enum axvm_next read_msr(struct axvm_vcpu *vcpu, u32 msr)
{
	u64 value;
	int error = axvm_x86_msr_read(vcpu, msr, &value);

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_MSR_READ);
	if (error)
		return error == -ENOENT ? unknown(vcpu, msr, false) : axvm_x86_gp(vcpu);
	axvm_x86_set_edx_eax(vcpu, value);
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

static enum axvm_next write_msr(struct axvm_vcpu *vcpu, u32 msr)
{
	enum axvm_next next = AXVM_NEXT_ENTER;
	int error = write(vcpu, msr, axvm_x86_edx_eax(vcpu), &next);

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_MSR_WRITE);
	if (error)
		return error == -ENOENT ? unknown(vcpu, msr, true) : axvm_x86_gp(vcpu);
	axvm_x86_skip(vcpu);
	return next;
}

/* Nothing here sleeps: what has to, is a request. */
enum axvm_next axvm_x86_handle_msr(struct axvm_vcpu *vcpu, bool is_write, bool quick)
{
	u32 msr = axvm_x86_r(vcpu, 1);

	return is_write ? write_msr(vcpu, msr) : read_msr(vcpu, msr);
}
