/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads, and waiting with an end
 */
#ifndef SELFTESTS_THREAD_H
#define SELFTESTS_THREAD_H

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "check.h"
#include "watch.h"

/** thread_start() - Start a thread; the test fails if it cannot. */
pthread_t thread_start(void *(*fn)(void *arg), void *arg);

/** thread_join() - Wait for its end, as long as the watch allows. */
void *thread_join(pthread_t thread);

/**
 * wait_until() - Look again and again until @cond holds.
 *
 * For what cannot be waited for otherwise: the state of another thread's vCPU.
 */
#define wait_until(cond) do {						\
	while (!(cond)) {						\
		if (watch_expired())					\
			check_failed(HERE, "timed out waiting for: %s", #cond); \
		usleep(200);						\
	}								\
} while (0)

#endif /* SELFTESTS_THREAD_H */
