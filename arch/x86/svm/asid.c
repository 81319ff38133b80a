// SPDX-License-Identifier: GPL-2.0
/*
 * Address-space identifiers: tags of translations, in generations
 *
 * They are each CPU's own. A vCPU gets the next free one when it comes to a CPU and keeps it
 * until it goes to another, or until there is none left: then all translations of guests are
 * dropped there, and a new generation begins. Where the hardware cannot drop those of one
 * ASID, a new ASID does the same: what has the old one is never asked for again.
 *
 * ASIDs are given right before an entry and after all that could prevent it, so the flush
 * that begins a generation is done before another vCPU gets one of its ASIDs.
 */
#include <linux/percpu.h>

#include "svm.h"

static void give(struct axvm_vcpu *vcpu, struct axvm_svm_cpu *this)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;
	struct axvm_svm_control *control = axvm_svm_control(vcpu);

	if (this->next_asid >= axvm_svm_features.asids) {
		this->generation++;
		this->next_asid = 1;
		control->tlb_control = SVM_TLB_FLUSH_ALL;
	}
	control->asid = this->next_asid++;
	svm->asid_generation = this->generation;
	axvm_svm_touch(svm, SVM_CLEAN_ASID);
}

void axvm_svm_asid_enter(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_cpu *this = this_cpu_ptr(&axvm_svm_cpu);

	if (unlikely(vcpu->arch.svm->asid_generation != this->generation))
		give(vcpu, this);
}

void axvm_svm_asid_flush(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_cpu *this = this_cpu_ptr(&axvm_svm_cpu);

	if (axvm_svm_features.flush_by_asid && vcpu->arch.svm->asid_generation == this->generation)
		axvm_svm_control(vcpu)->tlb_control = SVM_TLB_FLUSH_ASID;
	else
		give(vcpu, this);
}
