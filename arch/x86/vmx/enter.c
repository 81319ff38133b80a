// SPDX-License-Identifier: GPL-2.0
/* Before an entry: what is to be dropped, injected, watched for */
#include <linux/context_tracking.h>
#include <asm/cpufeature.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>

#include "vmx.h"

void axvm_vmx_flush_stage2(struct axvm_vcpu *vcpu)
{
	u64 seen = atomic64_read(&vcpu->vm->arch.flush_generation);

	/* What the generation stands for is not in the tables any more: then they are dropped. */
	smp_mb();
	axvm_vmx_invept(vcpu->vm->arch.root);
	vcpu->arch.flush_seen = seen;
}

void axvm_vmx_write_tsc_offset(struct axvm_vcpu *vcpu)
{
	vmcs_write(TSC_OFFSET, vcpu->arch.tsc_offset);
	vcpu->arch.tsc_changed = false;
}

enum axvm_next axvm_vmx_attend(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;
	struct axvm_vmx_vcpu *vmx = arch->vmx;
	enum axvm_next next;

	if (arch->attention & AXVM_X86_ATTENTION_FLUSH) {
		axvm_vmx_invvpid(vmx);
		arch->attention &= ~AXVM_X86_ATTENTION_FLUSH;
	}
	if (unlikely(vmx->mode_changed))
		axvm_vmx_apic_apply(vcpu);
	next = axvm_x86_before_entry(vcpu);
	if (next != AXVM_NEXT_ENTER)
		return next;
	axvm_vmx_inject(vcpu);
	axvm_vmx_set_tpr_threshold(vcpu);
	return AXVM_NEXT_ENTER;
}

/* Both change when the thread is scheduled, not between an exit and an entry. */
static __always_inline void write_host(struct axvm_vmx_vcpu *vmx)
{
	u64 cr3 = __native_read_cr3();
	u64 cr4 = cr4_read_shadow();

	if (unlikely(cr3 != vmx->host_cr3)) {
		vmx->host_cr3 = cr3;
		vmcs_write(HOST_CR3, cr3);
	}
	if (unlikely(cr4 != vmx->host_cr4)) {
		vmx->host_cr4 = cr4;
		vmcs_write(HOST_CR4, cr4);
	}
}

/* What others posted and thought that the hardware would deliver, as the guest ran. */
static __always_inline void look_at_posted(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_apic *apic = &vcpu->arch.apic;

	if (unlikely(apic->hardware) && test_bit(AXVM_X86_POSTED_ON, &apic->posted->control))
		vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
}

enum axvm_next axvm_vmx_enter(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	enum axvm_next next;

	vmx->reason = AXVM_VMX_REASON_NONE;
	look_at_posted(vcpu);
	next = axvm_vmx_before_entry(vcpu);
	if (unlikely(next != AXVM_NEXT_ENTER))
		return next;
	write_host(vmx);
	axvm_x86_fpu_enter(vcpu);
	axvm_vmx_before_guest(vcpu);
	context_tracking_guest_enter();
	next = axvm_vmx_switch(&vcpu->arch.sw, &vmx->frame);
	axvm_vmx_after_guest(vcpu);
	axvm_x86_fpu_leave(vcpu);
	return next;
}
