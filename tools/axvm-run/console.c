// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's console at the host: a terminal, a pipe, a pty or a file
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include "console.h"
#include "report.h"
#include "terminal.h"

static const char keys_text[] =
"\n"
"Ctrl-A x       quit: end the guest and axvm-run\n"
"Ctrl-A h       print this\n"
"Ctrl-A Ctrl-A  send Ctrl-A to the guest\n";

/* ------------------------------------------------------------------------- */
/* Opening and closing                                                       */
/* ------------------------------------------------------------------------- */

static int open_stdio(struct console *console)
{
	console->in = STDIN_FILENO;
	console->out = STDOUT_FILENO;
	console->where = "standard output";
	console->terminal = isatty(STDIN_FILENO);
	return 0;
}

/*
 * Output that nobody reads is dropped, as on a line with nothing connected. The
 * other end is kept open: without, polling would find it hung up all the time.
 */
static int open_pty(struct console *console)
{
	struct termios mode;
	char name[64];

	console->where = "the pty";
	console->owned = true;
	console->out = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (console->out < 0 || grantpt(console->out) || unlockpt(console->out) ||
	    ptsname_r(console->out, name, sizeof(name)))
		return fail("cannot make a pty: %s", strerror(errno));
	console->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (console->slave < 0 || tcgetattr(console->slave, &mode))
		return fail("cannot open %s: %s", name, strerror(errno));

	/* The guest echoes and edits; the pty must not do so as well. */
	cfmakeraw(&mode);
	tcsetattr(console->slave, TCSANOW, &mode);
	console->in = console->out;
	report("console on %s", name);
	return 0;
}

static int open_file(struct console *console, const char *path)
{
	console->where = path;
	console->owned = true;
	console->out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC, 0666);
	if (console->out < 0)
		return fail("cannot write console %s: %s", path, strerror(errno));
	return 0;
}

static int open_where(struct console *console, const char *where)
{
	if (!strcmp(where, "stdio"))
		return open_stdio(console);
	if (!strcmp(where, "pty"))
		return open_pty(console);
	return open_file(console, where);
}

int console_open(struct console *console, const char *where)
{
	*console = (struct console){
		.in = -1,
		.out = -1,
		.slave = -1,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	console->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (console->wake < 0)
		return fail("cannot make an eventfd: %s", strerror(errno));
	if (open_where(console, where)) {
		console_close(console);
		return -1;
	}
	return 0;
}

int console_start(struct console *console)
{
	bool lossy = console->slave >= 0;

	if (output_start(&console->output, console->out, console->wake, lossy))
		return -1;
	if (console->terminal && terminal_take(console->in)) {
		output_stop(&console->output);
		return -1;
	}
	return 0;
}

void console_stop(struct console *console)
{
	output_stop(&console->output);
	terminal_release();
	/* The line that comes next is not to be glued to the guest's last. */
	if (!console->owned && isatty(STDERR_FILENO) && !output_at_line_start(&console->output))
		fputc('\n', stderr);
}

void console_close(struct console *console)
{
	if (console->owned && console->out >= 0)
		close(console->out);
	if (console->slave >= 0)
		close(console->slave);
	close(console->wake);
}

/* ------------------------------------------------------------------------- */
/* Guest to host                                                             */
/* ------------------------------------------------------------------------- */

void console_write(struct console *console, const void *buf, size_t len)
{
	output_put(&console->output, buf, len);
}

void console_set_flowing(struct console *console, bool flowing)
{
	output_set_flowing(&console->output, flowing);
}

int console_error(struct console *console)
{
	return output_error(&console->output);
}

int console_woken(struct console *console)
{
	eventfd_t count;

	eventfd_read(console->wake, &count);
	return console_error(console);
}

/* ------------------------------------------------------------------------- */
/* Host to guest                                                             */
/* ------------------------------------------------------------------------- */

size_t console_read(struct console *console, u8 *buf, size_t len)
{
	size_t n = 0;

	pthread_mutex_lock(&console->lock);
	for (; n < len && console->count; n++, console->count--) {
		buf[n] = console->queue[console->first];
		console->first = (console->first + 1) % CONSOLE_QUEUE;
	}
	if (console->paused && console->count <= CONSOLE_QUEUE / 2) {
		console->paused = false;
		eventfd_write(console->wake, 1);
	}
	pthread_mutex_unlock(&console->lock);
	return n;
}

static size_t queue_room(struct console *console)
{
	size_t room;

	pthread_mutex_lock(&console->lock);
	room = CONSOLE_QUEUE - console->count;
	pthread_mutex_unlock(&console->lock);
	return room;
}

/* What has no room is lost: only keys typed at a guest that does not listen. */
static void enqueue(struct console *console, u8 c)
{
	pthread_mutex_lock(&console->lock);
	if (console->count < CONSOLE_QUEUE)
		console->queue[(console->first + console->count++) % CONSOLE_QUEUE] = c;
	pthread_mutex_unlock(&console->lock);
}

int console_input_fd(struct console *console)
{
	bool paused;

	/* A terminal is always heard: Ctrl-A x must work with every guest. */
	if (console->in < 0 || console->terminal)
		return console->in;
	pthread_mutex_lock(&console->lock);
	paused = console->paused || console->count == CONSOLE_QUEUE;
	console->paused = paused;
	pthread_mutex_unlock(&console->lock);
	return paused ? -1 : console->in;
}

static enum escape_action key_pressed(struct console *console, u8 key)
{
	enum escape_action action = ESCAPE_PASS;

	if (console->terminal)
		action = escape_key(&console->escape, key);
	if (action == ESCAPE_PASS)
		enqueue(console, key);
	if (action == ESCAPE_HELP)
		fputs(keys_text, stderr);
	return action;
}

enum escape_action console_input(struct console *console)
{
	size_t room = console->terminal ? CONSOLE_QUEUE : queue_room(console);
	u8 buf[CONSOLE_QUEUE];
	ssize_t n;

	n = read(console->in, buf, room);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return ESCAPE_SWALLOW;
	if (n <= 0) {
		/* The end of the input is not the end of the guest. */
		console->in = -1;
		return ESCAPE_SWALLOW;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (key_pressed(console, buf[i]) == ESCAPE_QUIT)
			return ESCAPE_QUIT;
	}
	return ESCAPE_PASS;
}
