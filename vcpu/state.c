// SPDX-License-Identifier: GPL-2.0
/* States of a vCPU: who may have it, and which moves there are */
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

int axvm_vcpu_take(struct axvm_vcpu *vcpu)
{
	int from = AXVM_VCPU_FREE;

	if (likely(atomic_try_cmpxchg_acquire(&vcpu->state, &from, AXVM_VCPU_READY)))
		return 0;
	return from == AXVM_VCPU_DEAD ? -EIO : -EBUSY;
}

void axvm_vcpu_release(struct axvm_vcpu *vcpu)
{
	bool dead = test_bit(AXVM_REQUEST_DEAD, &vcpu->requests);

	axvm_vcpu_set_state(vcpu, dead ? AXVM_VCPU_DEAD : AXVM_VCPU_FREE);
}
