// SPDX-License-Identifier: GPL-2.0
/*
 * The terminal that axvm-run was started on: raw while the guest has it
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "report.h"
#include "terminal.h"
#include "types.h"

/*
 * A signal handler has nothing but globals. @saved and @raw are constant while
 * @taken is set. @is_raw says that there is a mode to put back.
 */
static struct {
	int fd;
	struct termios saved;
	struct termios raw;
	atomic_bool taken;
	atomic_bool is_raw;
} terminal;

/*
 * Only calls that a signal handler may make. TCSANOW: a terminal that was
 * stopped by Ctrl-S would make the others wait for ever.
 */
static void restore(void)
{
	if (!terminal.is_raw)
		return;
	terminal.is_raw = false;
	tcsetattr(terminal.fd, TCSANOW, &terminal.saved);
}

/* Signals that a fault in axvm-run itself raises, or abort(). */
static const int fatal_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS };

static void restore_and_die(int signal)
{
	/* SA_RESETHAND has put the default action back; it comes on return. */
	restore();
	raise(signal);
}

static void catch_fatal_signals(void)
{
	struct sigaction action = {
		.sa_handler = restore_and_die,
		.sa_flags = SA_RESETHAND,
	};

	sigemptyset(&action.sa_mask);
	for (unsigned int i = 0; i < ARRAY_SIZE(fatal_signals); i++)
		sigaction(fatal_signals[i], &action, NULL);
}

static void make_raw_mode(const struct termios *saved, struct termios *raw)
{
	*raw = *saved;
	cfmakeraw(raw);
	/* Messages of axvm-run still need their carriage returns. */
	raw->c_oflag = saved->c_oflag;
	raw->c_cc[VMIN] = 1;
	raw->c_cc[VTIME] = 0;
}

int terminal_take(int fd)
{
	static bool prepared;

	if (tcgetattr(fd, &terminal.saved))
		return fail("cannot read the terminal's mode: %s", strerror(errno));
	make_raw_mode(&terminal.saved, &terminal.raw);
	terminal.fd = fd;
	terminal.taken = true;
	if (!prepared) {
		catch_fatal_signals();
		atexit(terminal_release);
		prepared = true;
	}
	terminal_resume();
	return 0;
}

void terminal_release(void)
{
	restore();
	terminal.taken = false;
}

void terminal_suspend(void)
{
	restore();
}

void terminal_resume(void)
{
	/* In the background the terminal's mode is somebody else's. */
	if (!terminal.taken || tcgetpgrp(terminal.fd) != getpgrp())
		return;
	terminal.is_raw = true;
	tcsetattr(terminal.fd, TCSANOW, &terminal.raw);
}
