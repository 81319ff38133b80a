// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that computes is moved from VM to VM, again and again
 */
#include "duplicate.h"
#include "test.h"

#define STEPS	20000000ULL

static __always_inline __u64 compute(__u64 steps)
{
	__u64 x = 1, i;

	for (i = 0; i < steps; i++)
		x = x * 6364136223846793005ULL + i;
	return x;
}

static __guest void guest_computes(__u64 steps)
{
	GUEST_SYNC(1, compute(steps));
}

/* Stopped wherever it happens to be. */
TEST(again_and_again)
{
	struct vcpu *vcpu = vcpu_new(guest_computes), *copy;
	__u64 steps = STEPS / watch_scale();
	unsigned int moves;
	pthread_t kicker;

	vcpu_arg(vcpu, 0, steps);
	for (moves = 0;; moves++) {
		kicker = vcpu_kick_soon(vcpu);
		vcpu_run(vcpu);
		thread_join(kicker);
		if (vcpu->uc.kind == UCALL_SYNC)
			break;
		CHECK_EQ(vcpu->ax.exit->reason, AXVM_EXIT_KICK);
		copy = vcpu_duplicate(vcpu);
		vm_destroy(vcpu->vm);
		vcpu = copy;
	}
	CHECK_EQ(vcpu->uc.args[1], compute(steps));
	CHECK_GT(moves, 3);
	test_note("moved %u times", moves);
}

TEST_HARNESS_MAIN
