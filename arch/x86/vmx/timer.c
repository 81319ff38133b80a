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

static u64 ticks_until(u64 deadline)
{
	u64 now = rdtsc();

	return now < deadline ? deadline - now : 0;
}

/* Rounded up: what comes too early comes for nothing. */
static u32 timer_value(u64 ticks)
{
	return ticks ? min_t(u64, (ticks >> axvm_vmx.timer_shift) + 1, U32_MAX) : 0;
}

static u64 longest_run(void)
{
	return unlikely(axvm_vmx.longest_run) ? axvm_vmx.longest_run : U64_MAX;
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
	u64 ticks = longest_run();

	if (!axvm_vmx.preemption_timer)
		return;
	vmx->timer_runs = deadline != U64_MAX;
	if (vmx->timer_runs)
		ticks = min(ticks, ticks_until(deadline));
	vmcs_write(VMX_PREEMPTION_TIMER_VALUE, timer_value(ticks));
	switch_on(vmx);
}
