/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's console at the host: a terminal, a pipe, a pty or a file
 */
#ifndef AXVM_RUN_CONSOLE_H
#define AXVM_RUN_CONSOLE_H

#include <pthread.h>

#include "escape.h"
#include "output.h"
#include "types.h"

#define CONSOLE_QUEUE	4096

/**
 * struct console - Where the guest's characters go to and come from.
 * @in: file descriptor of the input; -1 for none, or no more. The main thread's.
 * @out: file descriptor of the output; constant.
 * @slave: a pty's other end, held open; -1 for none. Constant.
 * @wake: eventfd: look at the console again. Constant.
 * @where: what it is called in messages; constant.
 * @owned: @in and @out were opened here; constant.
 * @terminal: @in is a terminal, and some keys are for axvm-run; constant.
 * @escape: those keys. The main thread's.
 * @output: what is to be written.
 * @lock: protects all that follows.
 * @paused: the input is not looked at, as the queue was full.
 * @first: index of the queue's first character.
 * @count: characters in it.
 * @queue: characters that the guest has not taken yet, a ring.
 *
 * It is never freed: a thread that writes to somebody who does not read can only
 * be ended by the end of the process.
 */
struct console {
	int in;
	int out;
	int slave;
	int wake;
	const char *where;
	bool owned;
	bool terminal;
	struct escape escape;
	struct output output;
	pthread_mutex_t lock;
	bool paused;
	size_t first;
	size_t count;
	u8 queue[CONSOLE_QUEUE];
};

/**
 * console_open() - Open the console; nothing about a terminal changes yet.
 * @console: filled in.
 * @where: "stdio", "pty" or the name of a file to write.
 *
 * Return: 0, or -1 with the reason reported.
 */
int console_open(struct console *console, const char *where);

/* Make a terminal raw, and start writing. */
int console_start(struct console *console);

/* Write out the rest and put the terminal's mode back. */
void console_stop(struct console *console);
void console_close(struct console *console);

/* Guest to host and host to guest; any thread may call these. */
void console_write(struct console *console, const void *buf, size_t len);
size_t console_read(struct console *console, u8 *buf, size_t len);

/* Whether console_write() may wait for a slow reader. */
void console_set_flowing(struct console *console, bool flowing);

/* What to poll for input; -1 for nothing, until @wake is readable. */
int console_input_fd(struct console *console);

/**
 * console_input() - Take in what is there.
 * @console: the console; console_input_fd() is readable.
 *
 * Return: %ESCAPE_QUIT if the user asks for the end, %ESCAPE_PASS if there may be
 * something for the guest, %ESCAPE_SWALLOW if not.
 */
enum escape_action console_input(struct console *console);

/* @wake was readable. The errno of a failed write, or 0. */
int console_woken(struct console *console);

/* What has kept output from being written, as an errno, or 0. */
int console_error(struct console *console);

#endif /* AXVM_RUN_CONSOLE_H */
