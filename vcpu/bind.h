/* SPDX-License-Identifier: GPL-2.0 */
/* A vCPU's state on and off a host CPU: what binding and the run loop share. */
#ifndef _AXVM_VCPU_BIND_H
#define _AXVM_VCPU_BIND_H

#include <linux/preempt.h>
#include <linux/smp.h>

#include "axvm_arch.h"
#include "axvm_hardware.h"
#include "axvm_vcpu.h"

/** axvm_vcpu_moved() - It is on another CPU than last time. */
void axvm_vcpu_moved(struct axvm_vcpu *vcpu, int cpu);

/**
 * axvm_vcpu_load() - Put a taken vCPU's state on this CPU, if guests may run here.
 *
 * If not, it has a request that does not let it enter the guest.
 * Context: preemption off.
 */
static __always_inline void axvm_vcpu_load(struct axvm_vcpu *vcpu, int cpu)
{
	if (unlikely(!axvm_hardware_here())) {
		set_bit(AXVM_REQUEST_CPU, &vcpu->requests);
		return;
	}
	axvm_arch_vcpu_load(vcpu, cpu);
	vcpu->loaded = true;
	if (unlikely(vcpu->cpu != cpu))
		axvm_vcpu_moved(vcpu, cpu);
}

/** axvm_vcpu_put() - Take it off again, if it is there. Context: preemption off. */
static __always_inline void axvm_vcpu_put(struct axvm_vcpu *vcpu)
{
	if (unlikely(!vcpu->loaded))
		return;
	axvm_arch_vcpu_put(vcpu);
	vcpu->loaded = false;
}

/**
 * axvm_vcpu_hold() - Bind a taken vCPU for a short while: preemption is off until
 *	axvm_vcpu_drop() or axvm_vcpu_bind_held(), so the scheduler need not be told.
 */
static __always_inline void axvm_vcpu_hold(struct axvm_vcpu *vcpu)
{
	preempt_disable();
	axvm_vcpu_load(vcpu, smp_processor_id());
}

/** axvm_vcpu_drop() - The end of axvm_vcpu_hold(). */
static __always_inline void axvm_vcpu_drop(struct axvm_vcpu *vcpu)
{
	axvm_vcpu_put(vcpu);
	preempt_enable();
}

/** axvm_vcpu_bind_held() - It will take longer: from held to bound. */
void axvm_vcpu_bind_held(struct axvm_vcpu *vcpu);

/**
 * axvm_vcpu_reload() - Look again if a bound vCPU can be on this CPU.
 *
 * Return: whether it is, and guests may run here.
 */
bool axvm_vcpu_reload(struct axvm_vcpu *vcpu);

#endif /* _AXVM_VCPU_BIND_H */
