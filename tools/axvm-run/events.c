// SPDX-License-Identifier: GPL-2.0
/*
 * What the main thread does while the vCPUs run
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "events.h"
#include "signals.h"

u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static void take_signal(struct machine *machine, int fd)
{
	int signal = signals_take(fd);

	if (signal)
		end_run_by_signal(&machine->ending, signal);
}

static void take_input(struct machine *machine)
{
	switch (console_input(machine->console)) {
	case ESCAPE_QUIT:
		end_run(&machine->ending, ENDING_QUIT, "%s", "");
		break;
	case ESCAPE_PASS:
		uart_receive(&machine->uart);
		break;
	default:
		break;
	}
}

static void check_console(struct machine *machine)
{
	int error = console_woken(machine->console);

	if (error)
		end_run(&machine->ending, ENDING_ERROR, "cannot write the console (%s): %s",
			machine->console->where, strerror(error));
}

/* For poll(): -1 for no limit. */
static int time_left(struct machine *machine, u64 deadline)
{
	u64 now = now_ms();

	if (!deadline)
		return -1;
	if (now < deadline)
		return deadline - now < INT_MAX ? (int)(deadline - now) : INT_MAX;
	end_run(&machine->ending, ENDING_TIMED_OUT, "%s", "");
	return 0;
}

enum { POLL_END, POLL_SIGNALS, POLL_CONSOLE, POLL_INPUT, POLL_COUNT };

void events_loop(struct machine *machine, int signals, u64 deadline)
{
	struct pollfd fds[POLL_COUNT] = {
		[POLL_END]	= { .fd = machine->ending.event, .events = POLLIN },
		[POLL_SIGNALS]	= { .fd = signals, .events = POLLIN },
		[POLL_CONSOLE]	= { .fd = machine->console->wake, .events = POLLIN },
		[POLL_INPUT]	= { .events = POLLIN },
	};

	/* What was typed before a reboot is still there. */
	uart_receive(&machine->uart);
	while (!ended(&machine->ending)) {
		int timeout = time_left(machine, deadline);

		/* poll() leaves a negative descriptor out. */
		fds[POLL_INPUT].fd = console_input_fd(machine->console);
		if (poll(fds, POLL_COUNT, timeout) <= 0)
			continue;
		if (fds[POLL_SIGNALS].revents)
			take_signal(machine, signals);
		if (fds[POLL_CONSOLE].revents)
			check_console(machine);
		if (fds[POLL_INPUT].revents)
			take_input(machine);
	}
}
