/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A thread that calls a device when a time has come
 */
#ifndef AXVM_RUN_X86_ALARM_H
#define AXVM_RUN_X86_ALARM_H

#include <pthread.h>

#include "types.h"

#define ALARM_NEVER	(~0ULL)

/**
 * struct alarm - A deadline and the thread that waits for it.
 * @ring: called without a lock when the deadline has passed; constant.
 * @opaque: for @ring; constant.
 * @thread: the thread; constant while it is there.
 * @started: it is there.
 * @lock: protects all that follows.
 * @changed: one of these was changed.
 * @deadline: nanoseconds as alarm_now() counts them, or %ALARM_NEVER.
 * @ending: the thread is to end.
 */
struct alarm {
	void (*ring)(void *opaque);
	void *opaque;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	u64 deadline;
	bool ending;
};

/* Start the thread; 0, or -1 with the reason reported. */
int alarm_create(struct alarm *alarm, void (*ring)(void *opaque), void *opaque);

/* End the thread, if it was started; @ring runs no more. */
void alarm_destroy(struct alarm *alarm);

/* Ring at @deadline, once, and not at an earlier one; any lock may be held. */
void alarm_set(struct alarm *alarm, u64 deadline);

/* Nanoseconds of a clock that nobody sets. */
u64 alarm_now(void);

#endif /* AXVM_RUN_X86_ALARM_H */
