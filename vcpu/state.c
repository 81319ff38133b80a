// SPDX-License-Identifier: GPL-2.0
/* States of a vCPU: which moves there are. To take one is in axvm_vcpu.h. */
#include <linux/bug.h>

#include "axvm_vcpu.h"

#define TO(state)	BIT(AXVM_VCPU_##state)

/* The moves, by where they start. A move to "dead" is a request, see AXVM_REQUEST_DEAD. */
static const u8 moves[] = {
	[AXVM_VCPU_CREATED]	= TO(FREE),
	[AXVM_VCPU_FREE]	= TO(READY) | TO(DEAD),
	[AXVM_VCPU_READY]	= TO(FREE) | TO(RUNNING) | TO(BLOCKED) | TO(DEAD),
	[AXVM_VCPU_RUNNING]	= TO(READY),
	[AXVM_VCPU_BLOCKED]	= TO(READY),
	[AXVM_VCPU_DEAD]	= 0,
};

void axvm_vcpu_set_state(struct axvm_vcpu *vcpu, enum axvm_vcpu_state to)
{
	int from = atomic_read(&vcpu->state);

	if (WARN_ON_ONCE(!(moves[from] & BIT(to))))
		return;
	/* Release: whoever takes the vCPU next sees all that was done to it. */
	atomic_set_release(&vcpu->state, to);
}

/* Whoever has taken it finds the request when it gives it back. */
void axvm_vcpu_die(struct axvm_vcpu *vcpu)
{
	axvm_vcpu_request(vcpu, AXVM_REQUEST_DEAD);
	atomic_cmpxchg(&vcpu->state, AXVM_VCPU_FREE, AXVM_VCPU_DEAD);
}
