/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buffered console output
 *
 * A guest's UART gives characters one at a time, and a file or terminal takes
 * them best in large pieces. So vCPU threads put them into a ring, and a thread
 * of its own writes the ring out. Nothing but that thread waits for a reader
 * that does not read, until the ring is full.
 */
#ifndef AXVM_RUN_OUTPUT_H
#define AXVM_RUN_OUTPUT_H

#include <pthread.h>

#include "types.h"

#define OUTPUT_RING	(64 * KIB)

/**
 * struct output - A file and what is to be written to it.
 * @fd: the file; constant.
 * @lossy: what the file does not take at once is dropped; constant.
 * @wake: eventfd that is written when @error is set; constant.
 * @writer: the thread that writes; constant.
 * @lock: protects all that follows.
 * @data: there is something to write, or @closing is set.
 * @room: there is room in the ring, or nobody is to wait for it.
 * @drained: the ring has become empty, or it will not.
 * @first: index of the ring's first byte.
 * @count: bytes in it.
 * @idle: the writer waits for @data.
 * @flowing: threads may wait for @room.
 * @closing: the writer is to end when the ring is empty.
 * @error: errno of a failed write; nothing is written any more.
 * @last: the last byte put in.
 * @stalled: the file takes nothing now. Only the writer's.
 * @ring: the bytes.
 */
struct output {
	int fd;
	bool lossy;
	int wake;
	pthread_t writer;
	pthread_mutex_t lock;
	pthread_cond_t data;
	pthread_cond_t room;
	pthread_cond_t drained;
	size_t first;
	size_t count;
	bool idle;
	bool flowing;
	bool closing;
	int error;
	u8 last;
	bool stalled;
	u8 ring[OUTPUT_RING];
};

/* Start writing to @fd. */
int output_start(struct output *output, int fd, int wake, bool lossy);

/* Write out what is left, unless that takes long, and stop. */
void output_stop(struct output *output);

/* Put bytes into the ring. Waits for room while the output flows. */
void output_put(struct output *output, const void *buf, size_t len);

/* Whether output_put() may wait. When it may not, what has no room is dropped. */
void output_set_flowing(struct output *output, bool flowing);

/* The errno of a failed write, or 0. */
int output_error(struct output *output);

/* Is the next byte the first of a line? */
bool output_at_line_start(struct output *output);

#endif /* AXVM_RUN_OUTPUT_H */
