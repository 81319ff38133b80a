// SPDX-License-Identifier: GPL-2.0
/* The VMCB of a vCPU: its life, and what exits */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/trapnr.h>

#include "svm.h"

/* KVM's own figures: this many PAUSE, each within so many cycles of the last. */
#define PAUSE_COUNT	3000
#define PAUSE_THRESHOLD	128

/*
 * What a guest could use against the host, and what it would see of it. Not among them:
 *
 * - CR3, INVLPG, INVPCID: nested paging holds whatever it does with its own page tables.
 * - Task switches: the CPU does them whole, from the guest's memory.
 * - RDTSC, RDTSCP, the descriptor tables, PUSHF, POPF, INTn: they concern nobody else.
 *
 * #DB and #AC exit because each can be had to come for ever in the middle of its own
 * delivery, where the CPU takes no interrupt.
 */
static const u8 intercepts[] = {
	SVM_INTERCEPT_CR_WRITE + 4,
	SVM_INTERCEPT_CR_WRITE + 8,
	SVM_INTERCEPT_EXCEPTION + X86_TRAP_DB,
	SVM_INTERCEPT_EXCEPTION + X86_TRAP_AC,
	SVM_INTERCEPT_EXCEPTION + X86_TRAP_MC,
	SVM_INTERCEPT_INTR,
	SVM_INTERCEPT_NMI,
	SVM_INTERCEPT_SMI,
	SVM_INTERCEPT_INIT,
	SVM_INTERCEPT_CR0_SELECTIVE,
	SVM_INTERCEPT_RDPMC,
	SVM_INTERCEPT_CPUID,
	SVM_INTERCEPT_RSM,
	SVM_INTERCEPT_INVD,
	SVM_INTERCEPT_HLT,
	SVM_INTERCEPT_INVLPGA,
	SVM_INTERCEPT_IOIO,
	SVM_INTERCEPT_MSR,
	SVM_INTERCEPT_FERR_FREEZE,
	SVM_INTERCEPT_SHUTDOWN,
	SVM_INTERCEPT_VMRUN,
	SVM_INTERCEPT_VMMCALL,
	SVM_INTERCEPT_VMLOAD,
	SVM_INTERCEPT_VMSAVE,
	SVM_INTERCEPT_STGI,
	SVM_INTERCEPT_CLGI,
	SVM_INTERCEPT_SKINIT,
	SVM_INTERCEPT_ICEBP,
	SVM_INTERCEPT_WBINVD,
	SVM_INTERCEPT_MONITOR,
	SVM_INTERCEPT_MWAIT,
	SVM_INTERCEPT_MWAIT_ARMED,
	SVM_INTERCEPT_XSETBV,
	SVM_INTERCEPT_RDPRU,
	SVM_INTERCEPT_INVLPGB,
	SVM_INTERCEPT_INVLPGB_ILLEGAL,
	SVM_INTERCEPT_MCOMMIT,
	SVM_INTERCEPT_TLBSYNC,
};

static void set_intercepts(struct axvm_vcpu *vcpu)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(intercepts); i++)
		axvm_svm_intercept(vcpu, intercepts[i], true);
	for (i = 0; i < 16; i++) {
		axvm_svm_intercept(vcpu, SVM_INTERCEPT_DR_READ + i, true);
		axvm_svm_intercept(vcpu, SVM_INTERCEPT_DR_WRITE + i, true);
	}
}

static void fill_control(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_control *control = axvm_svm_control(vcpu);

	set_intercepts(vcpu);
	control->iopm = axvm_svm_iopm_pa;
	control->msrpm = axvm_svm_msrpm_pa;
	control->nested_ctl = SVM_NP_ENABLE;
	control->ncr3 = vcpu->vm->arch.root;
	/* The host's RFLAGS.IF counts for its interrupts, the guest's for virtual ones. */
	control->int_ctl = SVM_V_INTR_MASKING;
	if (axvm_svm_features.vnmi) {
		control->int_ctl |= SVM_V_NMI_ENABLE;
		vcpu->arch.svm->watch |= AXVM_SVM_WATCH_VNMI;
	}
	if (axvm_svm_features.pause_filter) {
		axvm_svm_intercept(vcpu, SVM_INTERCEPT_PAUSE, true);
		control->pause_count = PAUSE_COUNT;
		control->pause_threshold = PAUSE_THRESHOLD;
	}
}

/* A guest that has no RDTSCP or INVPCID by its CPUID gets #UD, and learns nothing of the host. */
void axvm_svm_set_up(struct axvm_vcpu *vcpu)
{
	const struct axvm_vm *vm = vcpu->vm;

	axvm_svm_intercept(vcpu, SVM_INTERCEPT_RDTSCP, !vm->arch.guest.rdtscp);
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_INVPCID, !axvm_x86_cpuid_has(vm, 7, 0, 1, 10));
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_EXCEPTION + X86_TRAP_BP,
			   vm->exits & AXVM_EXITS_DEBUG);
	vcpu->arch.svm->set_up = true;
}

void axvm_svm_refill(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;

	memset(axvm_svm_control(vcpu), 0, sizeof(struct axvm_svm_control));
	fill_control(vcpu);
	svm->set_up = false;
	svm->watch &= AXVM_SVM_WATCH_VNMI;
	svm->tpr = 0;
	svm->nmi_known = false;
	svm->wanted = 0;
	svm->asid_generation = 0;
	vcpu->arch.tsc_changed = true;
}

int axvm_svm_vcpu_init(struct axvm_vcpu *vcpu)
{
	static atomic64_t serials;
	struct axvm_svm_vcpu *svm = kzalloc(sizeof(*svm), GFP_KERNEL_ACCOUNT);
	unsigned long page = get_zeroed_page(GFP_KERNEL_ACCOUNT);

	if (!svm || !page) {
		kfree(svm);
		free_page(page);
		return -ENOMEM;
	}
	svm->sw.vmcb = (struct axvm_svm_vmcb *)page;
	svm->sw.vmcb_pa = __pa(page);
	svm->serial = atomic64_inc_return(&serials);
	vcpu->arch.svm = svm;
	fill_control(vcpu);
	return 0;
}

void axvm_svm_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	free_page((unsigned long)vcpu->arch.svm->sw.vmcb);
	kfree(vcpu->arch.svm);
}
