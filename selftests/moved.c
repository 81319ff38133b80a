// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that computes is moved from VM to VM, again and again
 */
#include "duplicate.h"
#include "test.h"

#define MOVES	20

static int enough;

static __always_inline __u64 step(__u64 x, __u64 i)
{
	return x * 6364136223846793005ULL + i;
}

static __guest void guest_computes(void)
{
	__u64 x = 1, i;

	for (i = 0; !READ_ONCE(enough); i++)
		x = step(x, i);
	GUEST_SYNC(i, x);
}

/* Stopped wherever it happens to be. */
TEST(again_and_again)
{
	struct vcpu *vcpu = vcpu_new(guest_computes), *copy;
	__u64 x = 1, i;
	int moves;

	for (moves = 0; moves < MOVES; moves++) {
		pthread_t kicker = vcpu_kick_soon(vcpu);

		vcpu_run(vcpu);
		thread_join(kicker);
		CHECK_EQ(vcpu->ax.exit->reason, AXVM_EXIT_KICK);
		copy = vcpu_duplicate(vcpu);
		vm_destroy(vcpu->vm);
		vcpu = copy;
	}
	*guest_var(vcpu->vm, enough) = 1;
	vcpu_run(vcpu);
	CHECK_EQ(vcpu->uc.kind, UCALL_SYNC);
	for (i = 0; i < vcpu->uc.args[0]; i++)
		x = step(x, i);
	CHECK_EQ(vcpu->uc.args[1], x);
	test_note("moved %d times in %llu steps", MOVES, i);
}

TEST_HARNESS_MAIN
