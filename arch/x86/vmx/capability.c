// SPDX-License-Identifier: GPL-2.0
/*
 * What the CPUs have: capability MSRs, read and honoured
 *
 * SDM volume 3, "VMX Capability Reporting Facility". What a guest cannot do without
 * makes the module refuse, by name; all else is used if it is there.
 */
#define pr_fmt(fmt) "axvm: " fmt

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include "vmx.h"

/* IA32_VMX_BASIC */
#define BASIC_REVISION		GENMASK_ULL(30, 0)
#define BASIC_SIZE		GENMASK_ULL(44, 32)
#define BASIC_MEMORY_TYPE	GENMASK_ULL(53, 50)
#define BASIC_TRUE_CONTROLS	BIT_ULL(55)
#define WRITE_BACK		6

/* IA32_VMX_MISC */
#define MISC_TIMER_RATE		GENMASK_ULL(4, 0)

struct axvm_vmx_capability axvm_vmx __ro_after_init;

/* What every CPU must have alike: those that anything below is made of. */
static const u32 msrs[] = {
	MSR_IA32_VMX_BASIC,
	MSR_IA32_VMX_TRUE_PINBASED_CTLS,
	MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
	MSR_IA32_VMX_TRUE_EXIT_CTLS,
	MSR_IA32_VMX_TRUE_ENTRY_CTLS,
	MSR_IA32_VMX_PROCBASED_CTLS2,
	MSR_IA32_VMX_EPT_VPID_CAP,
	MSR_IA32_VMX_MISC,
	MSR_IA32_VMX_CR0_FIXED0,
	MSR_IA32_VMX_CR4_FIXED0,
};

static u64 found[ARRAY_SIZE(msrs)] __ro_after_init;

static bool has_true_controls(void)
{
	u64 basic;

	return !rdmsrl_safe(MSR_IA32_VMX_BASIC, &basic) && (basic & BASIC_TRUE_CONTROLS);
}

static u64 read_msr(u32 msr)
{
	u64 value;

	return rdmsrl_safe(msr, &value) ? 0 : value;
}

bool axvm_vmx_cpu_is_alike(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		if (read_msr(msrs[i]) != found[i])
			return false;
	return true;
}

/**
 * struct control - A control that matters.
 * @bit: in its word.
 * @name: as the SDM names it.
 */
struct control {
	u32 bit;
	const char *name;
};

#define CONTROL(bit, name)	{ (bit), (name) }
#define END			{}

/* Controls without which there is no guest, each word ended by an empty entry. */
static const struct control needed_pin[] = {
	CONTROL(PIN_BASED_EXT_INTR_MASK, "external-interrupt exiting"),
	CONTROL(PIN_BASED_NMI_EXITING, "NMI exiting"),
	CONTROL(PIN_BASED_VIRTUAL_NMIS, "virtual NMIs"),
	END
};

static const struct control needed_primary[] = {
	CONTROL(CPU_BASED_USE_TSC_OFFSETTING, "use TSC offsetting"),
	CONTROL(CPU_BASED_HLT_EXITING, "HLT exiting"),
	CONTROL(CPU_BASED_MWAIT_EXITING, "MWAIT exiting"),
	CONTROL(CPU_BASED_MONITOR_EXITING, "MONITOR exiting"),
	CONTROL(CPU_BASED_RDPMC_EXITING, "RDPMC exiting"),
	CONTROL(CPU_BASED_MOV_DR_EXITING, "MOV-DR exiting"),
	CONTROL(CPU_BASED_UNCOND_IO_EXITING, "unconditional I/O exiting"),
	CONTROL(CPU_BASED_USE_MSR_BITMAPS, "use MSR bitmaps"),
	CONTROL(CPU_BASED_ACTIVATE_SECONDARY_CONTROLS, "activate secondary controls"),
	END
};

static const struct control needed_secondary[] = {
	CONTROL(SECONDARY_EXEC_ENABLE_EPT, "enable EPT"),
	CONTROL(SECONDARY_EXEC_UNRESTRICTED_GUEST, "unrestricted guest"),
	CONTROL(SECONDARY_EXEC_WBINVD_EXITING, "WBINVD exiting"),
	END
};

static const struct control needed_exit[] = {
	CONTROL(VM_EXIT_HOST_ADDR_SPACE_SIZE, "host address-space size"),
	CONTROL(VM_EXIT_LOAD_IA32_PAT, "load IA32_PAT at exits"),
	CONTROL(VM_EXIT_LOAD_IA32_EFER, "load IA32_EFER at exits"),
	END
};

static const struct control needed_entry[] = {
	CONTROL(VM_ENTRY_LOAD_DEBUG_CONTROLS, "load debug controls"),
	CONTROL(VM_ENTRY_LOAD_IA32_PAT, "load IA32_PAT at entries"),
	CONTROL(VM_ENTRY_LOAD_IA32_EFER, "load IA32_EFER at entries"),
	END
};

/* Controls that the hardware must not insist on. */
#define UNWANTED_PRIMARY	(CPU_BASED_CR3_LOAD_EXITING | CPU_BASED_CR3_STORE_EXITING | \
				 CPU_BASED_INVLPG_EXITING)

/**
 * struct word - A word of controls.
 * @msr: what tells which bits may be 0 (its lower half) and 1 (the upper one).
 * @needed: see above.
 * @wanted: those to set if they can be.
 * @unwanted: those that must not be 1.
 */
struct word {
	u32 msr;
	const struct control *needed;
	u32 wanted;
	u32 unwanted;
};

static const struct word pin_word = {
	.msr		= MSR_IA32_VMX_TRUE_PINBASED_CTLS,
	.needed		= needed_pin,
};

static const struct word primary_word = {
	.msr		= MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
	.needed		= needed_primary,
	.wanted		= CPU_BASED_TPR_SHADOW,
	.unwanted	= UNWANTED_PRIMARY,
};

static const struct word secondary_word = {
	.msr		= MSR_IA32_VMX_PROCBASED_CTLS2,
	.needed		= needed_secondary,
	.wanted		= SECONDARY_EXEC_ENABLE_INVPCID | SECONDARY_EXEC_ENCLS_EXITING,
};

static const struct word exit_word = {
	.msr		= MSR_IA32_VMX_TRUE_EXIT_CTLS,
	.needed		= needed_exit,
	.wanted		= VM_EXIT_CLEAR_BNDCFGS,
};

static const struct word entry_word = {
	.msr		= MSR_IA32_VMX_TRUE_ENTRY_CTLS,
	.needed		= needed_entry,
};

static u32 allowed(u32 msr)
{
	return read_msr(msr) >> 32;
}

/* Which bits are to be 1, in @value. */
static int choose(const struct word *word, u32 *value)
{
	u64 msr = read_msr(word->msr);
	u32 must = (u32)msr, may = msr >> 32;
	const struct control *control;

	if (must & word->unwanted) {
		pr_err("this CPU's VMX insists on exits that no guest needs (controls %#x)\n",
		       must & word->unwanted);
		return -EOPNOTSUPP;
	}
	*value = must | (word->wanted & may);
	for (control = word->needed; control->bit; control++) {
		if (!(may & control->bit)) {
			pr_err("this CPU's VMX lacks \"%s\", which guests need\n", control->name);
			return -EOPNOTSUPP;
		}
		*value |= control->bit;
	}
	return 0;
}

static int choose_all(struct axvm_vmx_capability *vmx)
{
	return choose(&pin_word, &vmx->pin) ?: choose(&primary_word, &vmx->primary) ?:
	       choose(&secondary_word, &vmx->secondary) ?: choose(&exit_word, &vmx->exit) ?:
	       choose(&entry_word, &vmx->entry);
}

static int refuse(const char *what)
{
	pr_err("this CPU's VMX lacks %s, which guests need\n", what);
	return -EOPNOTSUPP;
}

static int find_ept(struct axvm_vmx_capability *vmx)
{
	u64 cap = read_msr(MSR_IA32_VMX_EPT_VPID_CAP);

	vmx->ept = (u32)cap;
	vmx->invvpid = cap >> 32;
	if (!(vmx->ept & VMX_EPT_PAGE_WALK_4_BIT) || !(vmx->ept & VMX_EPTP_WB_BIT))
		return refuse("EPT of four levels in write-back memory");
	if (!(vmx->ept & VMX_EPT_INVEPT_BIT) ||
	    !(vmx->ept & (VMX_EPT_EXTENT_CONTEXT_BIT | VMX_EPT_EXTENT_GLOBAL_BIT)))
		return refuse("INVEPT");
	vmx->eptp = VMX_EPTP_MT_WB | VMX_EPTP_PWL_4;
	if (vmx->ept & VMX_EPT_AD_BIT)
		vmx->eptp |= VMX_EPTP_AD_ENABLE_BIT;
	return 0;
}

/* What each feature is made of. */
#define APICV	(SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE | SECONDARY_EXEC_APIC_REGISTER_VIRT | \
		 SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)
#define INVVPID	(VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT | VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT)

static bool has_all(u32 word, u32 bits)
{
	return (word & bits) == bits;
}

/* The host's handler of the notification is there only if the kernel was built for KVM. */
static bool can_post(u32 pin)
{
#ifdef AXVM_VMX_POSTED_VECTOR
	return (pin & PIN_BASED_POSTED_INTR) &&
	       (allowed(MSR_IA32_VMX_TRUE_EXIT_CTLS) & VM_EXIT_ACK_INTR_ON_EXIT);
#else
	return false;
#endif
}

static void find_optional(struct axvm_vmx_capability *vmx)
{
	u32 pin = allowed(MSR_IA32_VMX_TRUE_PINBASED_CTLS);
	u32 secondary = allowed(MSR_IA32_VMX_PROCBASED_CTLS2);

	vmx->tpr_shadow = vmx->primary & CPU_BASED_TPR_SHADOW;
	if (!vmx->tpr_shadow)
		vmx->primary |= CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING;
	vmx->vpid = (secondary & SECONDARY_EXEC_ENABLE_VPID) &&
		    (vmx->invvpid & VMX_VPID_INVVPID_BIT) && (vmx->invvpid & INVVPID);
	vmx->rdtscp = (secondary & SECONDARY_EXEC_ENABLE_RDTSCP) &&
		      axvm_x86_machine.has_tsc_aux;
	vmx->xsaves = (secondary & SECONDARY_XSAVES) && axvm_x86_machine.has_xss;
	vmx->apicv = vmx->tpr_shadow && has_all(secondary, APICV);
	vmx->posted = vmx->apicv && can_post(pin);
	if (vmx->posted)
		vmx->exit |= VM_EXIT_ACK_INTR_ON_EXIT;
	vmx->pml = (secondary & SECONDARY_EXEC_ENABLE_PML) && (vmx->ept & VMX_EPT_AD_BIT);
	if (vmx->pml)
		vmx->secondary |= SECONDARY_EXEC_ENABLE_PML;
	vmx->preemption_timer = pin & PIN_BASED_VMX_PREEMPTION_TIMER;
	vmx->timer_shift = read_msr(MSR_IA32_VMX_MISC) & MISC_TIMER_RATE;
	axvm_x86_machine.tsc_scaling = secondary & SECONDARY_EXEC_TSC_SCALING;
	axvm_x86_machine.tsc_fraction = 48;
}

/*
 * Bochs (3.0 and before) blocks the host's interrupts while a guest runs that had its own
 * disabled at the entry; nothing but the preemption timer ends that. No processor with VMX
 * has no revision of its microcode, so this is for emulators alone.
 */
#define EMULATED_RUN_MS		10

static void look_for_emulator(struct axvm_vmx_capability *vmx)
{
	vmx->emulated = !boot_cpu_data.microcode;
	if (vmx->preemption_timer && vmx->emulated)
		vmx->longest_run = (u64)axvm_x86_machine.tsc_khz * EMULATED_RUN_MS;
}

static int find_basic(struct axvm_vmx_capability *vmx)
{
	u64 basic = read_msr(MSR_IA32_VMX_BASIC);

	vmx->revision = basic & BASIC_REVISION;
	if ((basic & BASIC_SIZE) >> 32 > PAGE_SIZE)
		return refuse("a VMCS of no more than a page");
	if ((basic & BASIC_MEMORY_TYPE) >> 50 != WRITE_BACK)
		return refuse("a VMCS in write-back memory");
	return 0;
}

/*
 * Paging and protection may be off in an unrestricted guest; of what else must be 1,
 * its own view is kept apart from the register.
 */
static void find_fixed(struct axvm_vmx_capability *vmx)
{
	vmx->cr0_fixed = read_msr(MSR_IA32_VMX_CR0_FIXED0) & ~(u64)(X86_CR0_PE | X86_CR0_PG);
	vmx->cr4_fixed = read_msr(MSR_IA32_VMX_CR4_FIXED0);
}

int axvm_vmx_find_capability(void)
{
	struct axvm_vmx_capability *vmx = &axvm_vmx;
	unsigned int i;
	int error;

	if (!has_true_controls())
		return refuse("the true controls' MSRs");
	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		found[i] = read_msr(msrs[i]);
	error = find_basic(vmx) ?: choose_all(vmx) ?: find_ept(vmx);
	if (error)
		return error;
	find_optional(vmx);
	find_fixed(vmx);
	look_for_emulator(vmx);
	return 0;
}
