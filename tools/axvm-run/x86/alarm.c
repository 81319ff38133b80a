// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that calls a device when a time has come
 */
#include <string.h>
#include <time.h>

#include "alarm.h"
#include "report.h"

#define NS_PER_S	1000000000ULL

u64 alarm_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* With the lock held: wait until the deadline, or until something has changed. */
static void wait_for_deadline(struct alarm *alarm)
{
	struct timespec until = {
		.tv_sec = alarm->deadline / NS_PER_S,
		.tv_nsec = alarm->deadline % NS_PER_S,
	};

	if (alarm->deadline == ALARM_NEVER)
		pthread_cond_wait(&alarm->changed, &alarm->lock);
	else
		pthread_cond_timedwait(&alarm->changed, &alarm->lock, &until);
}

static void *alarm_main(void *arg)
{
	struct alarm *alarm = arg;

	pthread_mutex_lock(&alarm->lock);
	while (!alarm->ending) {
		if (alarm_now() < alarm->deadline) {
			wait_for_deadline(alarm);
			continue;
		}
		alarm->deadline = ALARM_NEVER;
		pthread_mutex_unlock(&alarm->lock);
		alarm->ring(alarm->opaque);
		pthread_mutex_lock(&alarm->lock);
	}
	pthread_mutex_unlock(&alarm->lock);
	return NULL;
}

int alarm_create(struct alarm *alarm, void (*ring)(void *opaque), void *opaque)
{
	pthread_condattr_t attributes;
	int error;

	*alarm = (struct alarm){
		.ring = ring,
		.opaque = opaque,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.deadline = ALARM_NEVER,
	};
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&alarm->changed, &attributes);
	pthread_condattr_destroy(&attributes);

	error = pthread_create(&alarm->thread, NULL, alarm_main, alarm);
	if (error) {
		pthread_cond_destroy(&alarm->changed);
		return fail("cannot start the thread of a timer: %s", strerror(error));
	}
	alarm->started = true;
	pthread_setname_np(alarm->thread, "alarm");
	return 0;
}

void alarm_destroy(struct alarm *alarm)
{
	if (!alarm->started)
		return;
	pthread_mutex_lock(&alarm->lock);
	alarm->ending = true;
	pthread_cond_signal(&alarm->changed);
	pthread_mutex_unlock(&alarm->lock);
	pthread_join(alarm->thread, NULL);
	pthread_cond_destroy(&alarm->changed);
	pthread_mutex_destroy(&alarm->lock);
	alarm->started = false;
}

void alarm_set(struct alarm *alarm, u64 deadline)
{
	pthread_mutex_lock(&alarm->lock);
	if (alarm->deadline != deadline) {
		alarm->deadline = deadline;
		pthread_cond_signal(&alarm->changed);
	}
	pthread_mutex_unlock(&alarm->lock);
}
