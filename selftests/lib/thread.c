// SPDX-License-Identifier: GPL-2.0
/*
 * Threads, and waiting with an end
 */
#include <time.h>

#include "thread.h"
#include "vm.h"

pthread_t thread_start(void *(*fn)(void *arg), void *arg)
{
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, fn, arg), 0);
	return thread;
}

/*
 * In slices: the signal that ends the watch may be taken by any thread, and the
 * other ones must notice.
 */
static int join_slice(pthread_t thread, void **result)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	return pthread_timedjoin_np(thread, result, &until);
}

void *thread_join(pthread_t thread)
{
	void *result;

	while (join_slice(thread, &result))
		if (watch_expired())
			FAIL("timed out joining a thread");
	return result;
}

static void *run_to_done(void *arg)
{
	vcpu_expect_done((struct vcpu *)arg);
	return NULL;
}

void vcpu_start(struct vcpu *vcpu)
{
	vcpu->thread = thread_start(run_to_done, vcpu);
}

void vcpu_join(struct vcpu *vcpu)
{
	thread_join(vcpu->thread);
}

static void *kick_soon(void *arg)
{
	struct vcpu *vcpu = arg;

	usleep(3000);
	CHECK_OK(axvm_kick(&vcpu->ax));
	return NULL;
}

pthread_t vcpu_kick_soon(struct vcpu *vcpu)
{
	return thread_start(kick_soon, vcpu);
}
