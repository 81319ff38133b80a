// SPDX-License-Identifier: GPL-2.0
/* VMCALL and VMMCALL: the module itself knows no hypercall */
#include <linux/errno.h>

#include "axvm_x86_arch.h"

/* KVM_ENOSYS and KVM_EPERM of the kernel's uapi/linux/kvm_para.h. */
#define UNKNOWN		(-1000L)
#define NOT_ALLOWED	(-1L)

static enum axvm_next answer(struct axvm_vcpu *vcpu, long result)
{
	axvm_x86_set_r(vcpu, 0, axvm_x86_in_64bit(vcpu) ? result : (u32)result);
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

/* As Linux's guests call: number in RAX, arguments in RBX, RCX, RDX and RSI. */
static enum axvm_next pass_on(struct axvm_vcpu *vcpu)
{
	u64 mask = axvm_x86_in_64bit(vcpu) ? ~0ULL : U32_MAX;

	vcpu->pending = (struct axvm_pending){
		.reason = AXVM_EXIT_HYPERCALL,
		.length = static_call(axvm_x86_insn_length)(vcpu),
	};
	axvm_exit_prepare(vcpu, AXVM_EXIT_HYPERCALL, AXVM_EXIT_WANTS_ANSWER);
	vcpu->exit->hypercall = (struct axvm_exit_hypercall){
		.nr = axvm_x86_r(vcpu, 0) & mask,
		.args = {
			axvm_x86_r(vcpu, 3) & mask, axvm_x86_r(vcpu, 1) & mask,
			axvm_x86_r(vcpu, 2) & mask, axvm_x86_r(vcpu, 6) & mask,
		},
	};
	return AXVM_NEXT_EXIT;
}

enum axvm_next axvm_x86_handle_hypercall(struct axvm_vcpu *vcpu)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_HYPERCALL);
	if (axvm_x86_cpl(vcpu))
		return answer(vcpu, NOT_ALLOWED);
	if (!(vcpu->vm->exits & AXVM_EXITS_HYPERCALL))
		return answer(vcpu, UNKNOWN);
	return pass_on(vcpu);
}
