// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that calls a device when a time has come
 */
#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "alarm.h"
#include "report.h"

#define NS_PER_S	1000000000ULL
/* Long ago, by any clock. */
#define AT_ONCE		1

u64 alarm_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Wait for the deadline, and have none; false: the thread is to end. */
static bool wait_for_deadline(struct alarm *alarm)
{
	u64 expirations;
	bool ending;

	/* It is an error that the clock was set, but then the device has to look, too. */
	while (read(alarm->timer, &expirations, sizeof(expirations)) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&alarm->lock);
	alarm->deadline = ALARM_NEVER;
	ending = alarm->ending;
	pthread_mutex_unlock(&alarm->lock);
	return !ending;
}

static void *alarm_main(void *arg)
{
	struct alarm *alarm = arg;

	while (wait_for_deadline(alarm))
		alarm->ring(alarm->opaque);
	return NULL;
}

static int start_thread(struct alarm *alarm)
{
	int error = pthread_create(&alarm->thread, NULL, alarm_main, alarm);

	if (error)
		return fail("cannot start the thread of a timer: %s", strerror(error));
	alarm->started = true;
	pthread_setname_np(alarm->thread, "alarm");
	return 0;
}

int alarm_create(struct alarm *alarm, clockid_t clock, void (*ring)(void *opaque), void *opaque)
{
	*alarm = (struct alarm){
		.ring = ring,
		.opaque = opaque,
		.timer = timerfd_create(clock, TFD_CLOEXEC),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.deadline = ALARM_NEVER,
	};
	if (alarm->timer < 0)
		return fail("cannot create a timer: %s", strerror(errno));
	if (!start_thread(alarm))
		return 0;
	close(alarm->timer);
	return -1;
}

static void set_timer(struct alarm *alarm, u64 deadline)
{
	struct itimerspec until = { };

	if (deadline != ALARM_NEVER) {
		until.it_value.tv_sec = deadline / NS_PER_S;
		until.it_value.tv_nsec = deadline % NS_PER_S;
	}
	/* If the clock was set just now, the deadline may be one of before. */
	while (timerfd_settime(alarm->timer, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
			       &until, NULL) && errno == ECANCELED)
		until.it_value = (struct timespec){ .tv_nsec = AT_ONCE };
}

void alarm_destroy(struct alarm *alarm)
{
	if (!alarm->started)
		return;
	pthread_mutex_lock(&alarm->lock);
	alarm->ending = true;
	set_timer(alarm, AT_ONCE);
	pthread_mutex_unlock(&alarm->lock);
	pthread_join(alarm->thread, NULL);
	close(alarm->timer);
	pthread_mutex_destroy(&alarm->lock);
	alarm->started = false;
}

void alarm_set(struct alarm *alarm, u64 deadline)
{
	pthread_mutex_lock(&alarm->lock);
	if (alarm->deadline != deadline && !alarm->ending) {
		alarm->deadline = deadline;
		set_timer(alarm, deadline);
	}
	pthread_mutex_unlock(&alarm->lock);
}
