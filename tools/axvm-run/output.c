// SPDX-License-Identifier: GPL-2.0
/*
 * Buffered console output
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "output.h"
#include "report.h"

/* After a write, so long do more characters gather: nobody sees the difference. */
#define GATHER_MS	4
/* A lossy file that takes nothing for so long has no reader. */
#define STALL_MS	100
/* How long the end of a run waits for a reader to take some more. */
#define DRAIN_MS	1000

static void deadline_in(struct timespec *deadline, unsigned int ms)
{
	clock_gettime(CLOCK_MONOTONIC, deadline);
	deadline->tv_nsec += ms * 1000000L;
	deadline->tv_sec += deadline->tv_nsec / 1000000000L;
	deadline->tv_nsec %= 1000000000L;
}

/* ------------------------------------------------------------------------- */
/* The writer                                                                */
/* ------------------------------------------------------------------------- */

/* The file takes nothing now: wait a little, once; then it is stalled. */
static bool comes_to_life(struct output *output)
{
	struct pollfd pfd = { .fd = output->fd, .events = POLLOUT };

	if (output->stalled)
		return false;
	output->stalled = poll(&pfd, 1, STALL_MS) <= 0;
	return !output->stalled;
}

/* How many bytes are done with (written or dropped), or a negative errno. */
static ssize_t write_some(struct output *output, const void *buf, size_t len)
{
	ssize_t n;

	do {
		n = write(output->fd, buf, len);
	} while (n < 0 && (errno == EINTR ||
			   (output->lossy && errno == EAGAIN && comes_to_life(output))));
	if (n >= 0) {
		output->stalled = false;
		return n;
	}
	if (output->lossy)
		return len;
	if (errno == EAGAIN) {
		/* Someone else made a shared terminal or pipe non-blocking. */
		struct pollfd pfd = { .fd = output->fd, .events = POLLOUT };

		poll(&pfd, 1, -1);
		return 0;
	}
	return -errno;
}

/* With the lock held, which is dropped for the write. */
static void write_ring(struct output *output)
{
	size_t len = output->count;
	ssize_t done;

	if (len > OUTPUT_RING - output->first)
		len = OUTPUT_RING - output->first;

	pthread_mutex_unlock(&output->lock);
	done = write_some(output, output->ring + output->first, len);
	pthread_mutex_lock(&output->lock);

	if (done < 0) {
		output->error = -done;
		output->count = 0;
		eventfd_write(output->wake, 1);
	} else {
		output->first = (output->first + done) % OUTPUT_RING;
		output->count -= done;
	}
	pthread_cond_broadcast(&output->room);
	if (!output->count)
		pthread_cond_broadcast(&output->drained);
}

/* With the lock held: let characters gather, unless it is time to end. */
static void gather(struct output *output)
{
	struct timespec deadline;

	deadline_in(&deadline, GATHER_MS);
	while (!output->closing &&
	       pthread_cond_timedwait(&output->data, &output->lock, &deadline) != ETIMEDOUT)
		;
}

static void *writer(void *arg)
{
	struct output *output = arg;

	pthread_mutex_lock(&output->lock);
	while (output->count || !output->closing) {
		if (output->count) {
			write_ring(output);
			gather(output);
		} else {
			output->idle = true;
			pthread_cond_wait(&output->data, &output->lock);
		}
	}
	pthread_mutex_unlock(&output->lock);
	return NULL;
}

/* ------------------------------------------------------------------------- */
/* Everyone else                                                             */
/* ------------------------------------------------------------------------- */

static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attr);
	pthread_condattr_destroy(&attr);
}

int output_start(struct output *output, int fd, int wake, bool lossy)
{
	int error;

	output->fd = fd;
	output->wake = wake;
	output->lossy = lossy;
	output->flowing = true;
	output->last = '\n';
	pthread_mutex_init(&output->lock, NULL);
	init_condition(&output->data);
	init_condition(&output->room);
	init_condition(&output->drained);

	error = pthread_create(&output->writer, NULL, writer, output);
	if (error)
		return fail("cannot start a thread: %s", strerror(error));
	return 0;
}

/* False if the ring has not become empty, nor emptier for some time. */
static bool drain(struct output *output)
{
	struct timespec deadline;
	size_t before = 0;

	while (output->count && output->count != before) {
		before = output->count;
		deadline_in(&deadline, DRAIN_MS);
		pthread_cond_timedwait(&output->drained, &output->lock, &deadline);
	}
	return !output->count;
}

void output_stop(struct output *output)
{
	bool drained;

	pthread_mutex_lock(&output->lock);
	output->closing = true;
	output->flowing = false;
	pthread_cond_broadcast(&output->data);
	pthread_cond_broadcast(&output->room);
	drained = drain(output);
	pthread_mutex_unlock(&output->lock);

	/* A writer whose reader never reads is stuck; only exit() ends it. */
	if (drained)
		pthread_join(output->writer, NULL);
	else
		pthread_detach(output->writer);
}

/* With the lock held: there is data. Only the first to say so wakes the writer. */
static void wake_writer(struct output *output)
{
	if (output->idle)
		pthread_cond_signal(&output->data);
	output->idle = false;
}

static size_t put_some(struct output *output, const u8 *buf, size_t len)
{
	size_t at = (output->first + output->count) % OUTPUT_RING;
	size_t room = OUTPUT_RING - output->count;

	if (room > OUTPUT_RING - at)
		room = OUTPUT_RING - at;
	if (len > room)
		len = room;
	memcpy(output->ring + at, buf, len);
	output->count += len;
	wake_writer(output);
	return len;
}

void output_put(struct output *output, const void *buf, size_t len)
{
	const u8 *next = buf, *end = next + len;

	if (!len)
		return;
	pthread_mutex_lock(&output->lock);
	output->last = end[-1];
	while (next < end && !output->error) {
		if (output->count < OUTPUT_RING)
			next += put_some(output, next, end - next);
		else if (output->flowing)
			pthread_cond_wait(&output->room, &output->lock);
		else
			break;
	}
	pthread_mutex_unlock(&output->lock);
}

void output_set_flowing(struct output *output, bool flowing)
{
	pthread_mutex_lock(&output->lock);
	output->flowing = flowing;
	pthread_cond_broadcast(&output->room);
	pthread_mutex_unlock(&output->lock);
}

int output_error(struct output *output)
{
	int error;

	pthread_mutex_lock(&output->lock);
	error = output->error;
	pthread_mutex_unlock(&output->lock);
	return error;
}

bool output_at_line_start(struct output *output)
{
	bool at_start;

	pthread_mutex_lock(&output->lock);
	at_start = output->last == '\n';
	pthread_mutex_unlock(&output->lock);
	return at_start;
}
