// SPDX-License-Identifier: GPL-2.0
/* Onto a CPU and off it, and the turns of entries in between */
#include <linux/context_tracking.h>
#include <linux/hw_breakpoint.h>
#include <linux/percpu.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/spec-ctrl.h>
#include <asm/trapnr.h>

#include "svm.h"

#define DR7_ENABLES	0xff

/* ---- on and off a CPU ---- */

/* Those that the host needs only in user space; KVM leaves them in place as long. */
static void load_tsc_aux(struct axvm_svm_cpu *this, u64 value)
{
	if (this->tsc_aux == value)
		return;
	this->tsc_aux = value;
	wrmsrl(MSR_TSC_AUX, value);
}

/* It has no effect on the host, so it is never put back. */
static void load_tsc_ratio(struct axvm_svm_cpu *this, u64 ratio)
{
	ratio = ratio ?: BIT_ULL(32);
	if (this->tsc_ratio == ratio)
		return;
	this->tsc_ratio = ratio;
	wrmsrl(MSR_AMD64_TSC_RATIO, ratio);
}

/* The branch predictor knows another guest; see KVM. */
static noinline void load_cold(struct axvm_vcpu *vcpu, struct axvm_svm_cpu *this)
{
	if (!cpu_feature_enabled(X86_FEATURE_IBPB_ON_VMEXIT))
		indirect_branch_prediction_barrier();
	this->last = vcpu->arch.svm->serial;
	vcpu->arch.svm->sw.host_pa = this->host_pa;
	axvm_count(vcpu, AXVM_COUNT_BINDS_COLD);
}

void axvm_svm_load(struct axvm_vcpu *vcpu, int cpu)
{
	struct axvm_svm_cpu *this = this_cpu_ptr(&axvm_svm_cpu);

	if (unlikely(vcpu->cpu != cpu)) {
		/* Nothing is here that is this vCPU's: neither translations nor a VMCB. */
		vcpu->arch.svm->asid_generation = 0;
		axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_ALL);
	}
	if (unlikely(this->last != vcpu->arch.svm->serial ||
		     vcpu->arch.svm->sw.host_pa != this->host_pa))
		load_cold(vcpu, this);
	if (vcpu->vm->arch.guest.rdtscp)
		load_tsc_aux(this, vcpu->arch.state.tsc_aux);
	if (axvm_svm_features.tsc_ratio)
		load_tsc_ratio(this, vcpu->vm->arch.tsc_ratio);
}

void axvm_svm_put(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_cpu *this = this_cpu_ptr(&axvm_svm_cpu);

	if (vcpu->vm->arch.guest.rdtscp)
		load_tsc_aux(this, this->host_tsc_aux);
	if (unlikely(vcpu->arch.svm->watch & AXVM_SVM_WATCH_VNMI))
		axvm_svm_take_back(vcpu);
}

/* ---- before each entry ---- */

static void write_tsc(struct axvm_vcpu *vcpu)
{
	axvm_svm_control(vcpu)->tsc_offset = vcpu->arch.tsc_offset;
	axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_I);
	vcpu->arch.tsc_changed = false;
}

/* The two that are always valid, so that nobody tells when they change. */
static __always_inline void write_always(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;
	struct axvm_svm_save *save = axvm_svm_save(vcpu);

	if (unlikely(save->cr2 != state->cr2)) {
		save->cr2 = state->cr2;
		axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_CR2);
	}
	if (unlikely(save->dr6 != state->dr6)) {
		save->dr6 = state->dr6;
		axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_DR);
	}
}

/* The generation is read first: what is lost later is for the next entry. */
static noinline void flush(struct axvm_vcpu *vcpu)
{
	vcpu->arch.flush_seen = atomic64_read(&vcpu->vm->arch.flush_generation);
	axvm_svm_asid_flush(vcpu);
}

enum axvm_next axvm_svm_prepare(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;
	enum axvm_next next;

	if (unlikely(arch->attention || (arch->dirty & AXVM_X86_DR_PART))) {
		next = axvm_svm_events(vcpu);
		if (next != AXVM_NEXT_ENTER)
			return next;
	}
	/* Past an instruction, and nothing else: most often. */
	if (likely(arch->dirty == AXVM_X86_RIP_PART))
		axvm_svm_save(vcpu)->rip = arch->state.rip;
	else if (arch->dirty)
		axvm_svm_write(vcpu, arch->dirty);
	arch->dirty = 0;
	write_always(vcpu);
	if (unlikely(arch->tsc_changed))
		write_tsc(vcpu);
	if (unlikely(arch->svm->watch & AXVM_SVM_WATCH_CR8))
		axvm_svm_write_tpr(vcpu);
	if (unlikely(axvm_x86_wants_flush(vcpu)))
		flush(vcpu);
	return AXVM_NEXT_ENTER;
}

/* ---- a turn: from the host to the guest, and back after some exits ---- */

static bool uses_breakpoints(const struct axvm_vcpu *vcpu)
{
	return axvm_svm_save(vcpu)->dr7 & DR7_ENABLES;
}

/* VMRUN and exits switch DR6 and DR7; with none enabled, nobody sees the others. */
static noinline void load_breakpoints(struct axvm_vcpu *vcpu)
{
	const u64 *dr = vcpu->arch.state.dr;

	set_debugreg(dr[0], 0);
	set_debugreg(dr[1], 1);
	set_debugreg(dr[2], 2);
	set_debugreg(dr[3], 3);
}

/*
 * Two values that are the same make the switch leave IA32_SPEC_CTRL alone: where the CPU has
 * none, or switches it itself.
 */
static void set_spec_ctrl(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_switch *sw = &vcpu->arch.svm->sw;
	u64 value = vcpu->arch.state.spec_ctrl;

	if (axvm_svm_features.spec_ctrl) {
		axvm_svm_save(vcpu)->spec_ctrl = value;
	} else if (cpu_feature_enabled(X86_FEATURE_MSR_SPEC_CTRL)) {
		sw->host_spec_ctrl = this_cpu_read(x86_spec_ctrl_current);
		sw->guest_spec_ctrl = value;
	}
}

/* Interrupts are off still, and GIF is on: an NMI that ended the turn has been taken. */
static __always_inline void after_turn(struct axvm_vcpu *vcpu)
{
	axvm_x86_fpu_leave(vcpu);
	if (unlikely(hw_breakpoint_active()))
		hw_breakpoint_restore();
	if (unlikely(axvm_svm_control(vcpu)->exit_code == SVM_EXIT_EXCEPTION + X86_TRAP_MC))
		axvm_x86_machine_check();
	if (cpu_feature_enabled(X86_FEATURE_IBPB_EXIT_TO_USER))
		this_cpu_write(x86_ibpb_exit_to_user, true);
}

/* What may have changed since the last turn. */
static __always_inline void before_turn(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;

	if (unlikely(!svm->set_up))
		axvm_svm_set_up(vcpu);
	axvm_svm_sync_nmi(vcpu);
	set_spec_ctrl(vcpu);
	if (vcpu->vm->arch.guest.rdtscp)
		load_tsc_aux(this_cpu_ptr(&axvm_svm_cpu), vcpu->arch.state.tsc_aux);
}

enum axvm_next axvm_svm_enter(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;
	enum axvm_next next = AXVM_NEXT_ENTER;

	before_turn(vcpu);
	if (unlikely(vcpu->arch.dirty & AXVM_SVM_CHECKED_PARTS))
		next = axvm_svm_check(vcpu);
	if (likely(next == AXVM_NEXT_ENTER))
		next = axvm_svm_prepare(vcpu);
	if (next != AXVM_NEXT_ENTER)
		return next;
	axvm_svm_asid_enter(vcpu);
	axvm_x86_fpu_enter(vcpu);
	if (unlikely(uses_breakpoints(vcpu)))
		load_breakpoints(vcpu);
	/* For handlers that look into the guest's code. */
	pagefault_disable();
	context_tracking_guest_enter();
	svm->live = axvm_svm_features.fsgsbase;
	next = axvm_svm_switch(&svm->sw, &vcpu->arch.sw);
	svm->live = false;
	pagefault_enable();
	after_turn(vcpu);
	return next;
}
