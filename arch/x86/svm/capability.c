// SPDX-License-Identifier: GPL-2.0
/*
 * SVM: what the CPUs offer, and the backend as the rest of x86 sees it
 *
 * AVIC is not used, though a CPU may offer it. It would take the guest's ICR writes and EOIs
 * without an exit, and deliver interrupts to running vCPUs; but it knows only xAPIC (before
 * x2AVIC), has to be switched off and on when the guest uses ExtINT or asks to be told of
 * an EOI, wants a table of physical APIC ids that changes at each migration, and several
 * generations have errata in it. What it saves is here about 300 instructions an IPI.
 */
#define pr_fmt(fmt) "axvm: " fmt

#include <linux/errno.h>
#include <linux/printk.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include "svm.h"

#define LEAF_SVM	0x8000000aU

/* CPUID 8000_000AH EDX */
#define NESTED_PAGING	BIT(0)
#define LBR_VIRT	BIT(1)
#define NRIPS		BIT(3)
#define TSC_RATE_MSR	BIT(4)
#define VMCB_CLEAN	BIT(5)
#define FLUSH_BY_ASID	BIT(6)
#define DECODE_ASSISTS	BIT(7)
#define PAUSE_FILTER	BIT(10)
#define SPEC_CTRL_VIRT	BIT(20)
#define HOST_MCE	BIT(23)
#define VNMI		BIT(25)

/* MSR_VM_CR */
#define VM_CR_LOCK	BIT_ULL(3)
#define VM_CR_SVMDIS	BIT_ULL(4)

#define TSC_RATIO_FRACTION	32

struct axvm_svm_features axvm_svm_features __ro_after_init;

static bool __init is_disabled(void)
{
	u64 vm_cr;

	if (rdmsrl_safe(MSR_VM_CR, &vm_cr) || !(vm_cr & VM_CR_SVMDIS))
		return false;
	pr_err("SVM is disabled by the firmware (VM_CR.SVMDIS)%s\n",
	       vm_cr & VM_CR_LOCK ? ": enable it in its set-up" : " and not locked");
	return true;
}

static void __init find_features(u32 ebx, u32 edx)
{
	axvm_svm_features = (struct axvm_svm_features){
		.asids = ebx,
		.clean = edx & VMCB_CLEAN ? SVM_CLEAN_ALL & ~SVM_CLEAN_AVIC : 0,
		.lbr = edx & LBR_VIRT,
		.next_rip = edx & NRIPS,
		.tsc_ratio = edx & TSC_RATE_MSR,
		.flush_by_asid = edx & FLUSH_BY_ASID,
		.decode_assists = edx & DECODE_ASSISTS,
		.pause_filter = edx & PAUSE_FILTER,
		.spec_ctrl = edx & SPEC_CTRL_VIRT,
		.vnmi = edx & VNMI,
		.host_mce = edx & HOST_MCE,
		.fsgsbase = boot_cpu_has(X86_FEATURE_FSGSBASE),
	};
	axvm_x86_machine.tsc_scaling = axvm_svm_features.tsc_ratio;
	axvm_x86_machine.tsc_fraction = TSC_RATIO_FRACTION;
}

static int __init find_out(void)
{
	u32 eax, ebx, ecx, edx;

	if (!boot_cpu_has(X86_FEATURE_SVM) || cpuid_eax(0x80000000) < LEAF_SVM)
		return -ENODEV;
	if (is_disabled())
		return -EOPNOTSUPP;
	cpuid(LEAF_SVM, &eax, &ebx, &ecx, &edx);
	if (!(edx & NESTED_PAGING)) {
		pr_err("this CPU's SVM has no nested paging: it cannot run guests\n");
		return -EOPNOTSUPP;
	}
	/* 0 is the host's. */
	if (ebx < 2) {
		pr_err("this CPU's SVM has no address-space identifiers for guests\n");
		return -EOPNOTSUPP;
	}
	find_features(ebx, edx);
	return 0;
}

static void __init tell(void)
{
	pr_info("AMD SVM, nested paging with %u levels, %u ASIDs%s%s%s%s%s\n",
		axvm_svm_backend.format->levels, axvm_svm_features.asids - 1,
		axvm_svm_features.clean ? ", clean bits" : "",
		axvm_svm_features.flush_by_asid ? ", flush by ASID" : "",
		axvm_svm_features.next_rip ? ", next RIP" : "",
		axvm_svm_features.decode_assists ? ", decode assists" : "",
		axvm_svm_features.tsc_ratio ? ", TSC scaling" : "");
}

static int __init svm_init(void)
{
	int error = find_out();

	if (!error)
		error = axvm_svm_bitmap_init();
	if (error)
		return error;
	error = axvm_svm_cpu_init();
	if (error) {
		axvm_svm_bitmap_exit();
		return error;
	}
	axvm_svm_backend.format = axvm_svm_npt_format();
	tell();
	return 0;
}

static void svm_exit(void)
{
	axvm_svm_cpu_exit();
	axvm_svm_bitmap_exit();
}

static void system_info(struct axvm_system_info *info)
{
	info->features |= AXVM_FEATURE_TAGGED_TLB;
	info->tag_bits = fls(axvm_svm_features.asids - 1);
}

static void vm_init(struct axvm_vm *vm)
{
	vm->arch.root = __pa(vm->mmu.stage2.root);
}

static unsigned int insn_length(struct axvm_vcpu *vcpu)
{
	return vcpu->arch.svm->length;
}

/* The APIC's page is never mapped and its MSRs always exit. */
static void apic_mode(struct axvm_vcpu *vcpu)
{
}

static bool notify(struct axvm_vcpu *vcpu)
{
	return false;
}

struct axvm_x86_backend axvm_svm_backend __refdata = {
	.id = AXVM_BACKEND_SVM,
	.init = svm_init,
	.exit = svm_exit,
	.enable_cpu = axvm_svm_enable_cpu,
	.disable_cpu = axvm_svm_disable_cpu,
	.system_info = system_info,
	.emergency = axvm_svm_switch_off,
	.vm_init = vm_init,
	.leaf = axvm_svm_npt_leaf,
	.vcpu_init = axvm_svm_vcpu_init,
	.vcpu_destroy = axvm_svm_vcpu_destroy,
	.load = axvm_svm_load,
	.put = axvm_svm_put,
	.enter = axvm_svm_enter,
	.handle = axvm_svm_handle,
	.interrupted = axvm_svm_interrupted,
	.read = axvm_svm_read,
	.insn_length = insn_length,
	.apic_mode = apic_mode,
	.notify = notify,
	.guest_insn = axvm_svm_guest_insn,
};
