/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread that calls a device when a time has come
 */
#ifndef AXVM_RUN_X86_ALARM_H
#define AXVM_RUN_X86_ALARM_H

#include <pthread.h>
#include <time.h>

#include "types.h"

#define ALARM_NEVER	(~0ULL)

/**
 * struct alarm - A deadline and the thread that waits for it.
 * @ring: called without a lock when the deadline has passed, when the clock was set, and at
 *	times for nothing; constant.
 * @opaque: for @ring; constant.
 * @timer: a timerfd.
 * @thread: the thread; constant while it is there.
 * @started: it is there.
 * @lock: protects all that follows, and changes of @timer.
 * @deadline: nanoseconds as alarm_now() counts them, or %ALARM_NEVER.
 * @ending: the thread is to end.
 */
struct alarm {
	void (*ring)(void *opaque);
	void *opaque;
	int timer;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	u64 deadline;
	bool ending;
};

/* Start the thread; deadlines are @clock's. 0, or -1 with the reason reported. */
int alarm_create(struct alarm *alarm, clockid_t clock, void (*ring)(void *opaque), void *opaque);

/* End the thread, if it was started; @ring runs no more. */
void alarm_destroy(struct alarm *alarm);

/* Ring at @deadline, once, instead of at an earlier one; any lock may be held. */
void alarm_set(struct alarm *alarm, u64 deadline);

/* What time it is, in nanoseconds. */
u64 alarm_now(clockid_t clock);

#endif /* AXVM_RUN_X86_ALARM_H */
