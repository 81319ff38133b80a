// SPDX-License-Identifier: GPL-2.0
/*
 * How a run ends, and what axvm-run says and returns then
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ending.h"
#include "report.h"
#include "types.h"

int ending_init(struct ending *ending)
{
	*ending = (struct ending){ .lock = PTHREAD_MUTEX_INITIALIZER };
	ending->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ending->event < 0)
		return fail("cannot make an eventfd: %s", strerror(errno));
	return 0;
}

void ending_destroy(struct ending *ending)
{
	close(ending->event);
	pthread_mutex_destroy(&ending->lock);
}

bool ended_by_reset(struct ending *ending)
{
	int kind = atomic_load_explicit(&ending->kind, memory_order_acquire);

	return kind == ENDING_REBOOTED || kind == ENDING_TRIPLE_FAULT;
}

static bool is_of_the_user(enum ending_kind kind)
{
	return kind == ENDING_QUIT || kind == ENDING_TIMED_OUT || kind == ENDING_SIGNAL;
}

/* With the lock held. */
static bool counts(struct ending *ending, enum ending_kind kind)
{
	return !ended(ending) || (is_of_the_user(kind) && ended_by_reset(ending));
}

/* With the lock held: the reason is complete, wake whoever waits for it. */
static void publish(struct ending *ending, enum ending_kind kind)
{
	atomic_store_explicit(&ending->kind, kind, memory_order_release);
	eventfd_write(ending->event, 1);
}

void end_run(struct ending *ending, enum ending_kind kind, const char *fmt, ...)
{
	va_list args;

	pthread_mutex_lock(&ending->lock);
	if (counts(ending, kind)) {
		va_start(args, fmt);
		vsnprintf(ending->text, sizeof(ending->text), fmt, args);
		va_end(args);
		publish(ending, kind);
	}
	pthread_mutex_unlock(&ending->lock);
}

void end_run_by_signal(struct ending *ending, int signal)
{
	pthread_mutex_lock(&ending->lock);
	if (counts(ending, ENDING_SIGNAL)) {
		ending->number = signal;
		snprintf(ending->text, sizeof(ending->text), "signal %d, %s", signal,
			 strsignal(signal));
		publish(ending, ENDING_SIGNAL);
	}
	pthread_mutex_unlock(&ending->lock);
}

void end_run_by_guest(struct ending *ending, u32 number)
{
	u32 status = number < STATUS_EXITED_MOST - STATUS_EXITED ? STATUS_EXITED + number :
								   STATUS_EXITED_MOST;

	pthread_mutex_lock(&ending->lock);
	if (counts(ending, ENDING_EXITED)) {
		ending->number = number ? status : STATUS_POWERED_OFF;
		snprintf(ending->text, sizeof(ending->text), "it wrote %u to its debug-exit port",
			 number);
		publish(ending, ENDING_EXITED);
	}
	pthread_mutex_unlock(&ending->lock);
}

static const struct {
	const char *what;
	int status;
} endings[] = {
	[ENDING_POWERED_OFF]	= { "guest powered off", STATUS_POWERED_OFF },
	[ENDING_REBOOTED]	= { "guest rebooted", STATUS_REBOOTED },
	[ENDING_CRASHED]	= { "guest crashed", STATUS_CRASHED },
	[ENDING_TRIPLE_FAULT]	= { "guest crashed", STATUS_CRASHED },
	[ENDING_EXITED]		= { "guest exited", 0 },
	[ENDING_QUIT]		= { "quit by Ctrl-A x", STATUS_QUIT },
	[ENDING_TIMED_OUT]	= { "guest stopped by --timeout", STATUS_TIMED_OUT },
	[ENDING_SIGNAL]		= { "stopped by a signal", STATUS_SIGNAL },
	[ENDING_ERROR]		= { "failed", STATUS_ERROR },
};

int ending_report(const struct ending *ending, double seconds)
{
	report("%s after %.1f s%s%s", endings[ending->kind].what, seconds,
	       ending->text[0] ? ": " : "", ending->text);
	return endings[ending->kind].status + ending->number;
}
