// SPDX-License-Identifier: GPL-2.0
/*
 * The preemption timer: the guest's TSC deadline ends its run
 *
 * It counts the host's TSC down while the guest runs, from what the VMCS has at each
 * entry. A deadline that is further away than it can count is looked at again when it
 * is through. Without a deadline it counts all the same, as far as it can: exits that come
 * to nothing, seconds apart, are cheaper than switching it off and on.
 */
#include <asm/tsc.h>

#include "vmx.h"

static u32 timer_value(u64 deadline)
{
	u64 now = rdtsc();

	if (now >= deadline)
		return 0;
	/* Rounded up: what comes too early comes for nothing. */
	return min_t(u64, ((deadline - now) >> axvm_vmx.timer_shift) + 1, U32_MAX);
}

static void switch_on(struct axvm_vmx_vcpu *vmx)
{
	if (vmx->pin & PIN_BASED_VMX_PREEMPTION_TIMER)
		return;
	vmx->pin |= PIN_BASED_VMX_PREEMPTION_TIMER;
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, vmx->pin);
}

void axvm_vmx_set_timer(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	u64 deadline = vcpu->arch.apic.deadline_tsc;

	if (!vcpu->arch.apic.deadline_by_backend)
		return;
	vmx->timer_runs = deadline != U64_MAX;
	vmcs_write(VMX_PREEMPTION_TIMER_VALUE, vmx->timer_runs ? timer_value(deadline) : U32_MAX);
	switch_on(vmx);
}
