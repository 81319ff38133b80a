// SPDX-License-Identifier: GPL-2.0
/*
 * onpty: run a command on a pseudo terminal of its own, as script(1) does
 *
 *   onpty COMMAND [ARGUMENT...]
 *
 * What comes on standard input is typed there, what appears there is written to
 * standard output. The status is the command's, 128+n if signal n ended it.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* False at the end of @from: for a terminal, EIO when nobody has it open. */
static bool relay(int from, int to)
{
	char buf[4096];
	ssize_t len = read(from, buf, sizeof(buf));

	if (len <= 0)
		return len < 0 && errno == EINTR;
	for (ssize_t done = 0; done < len;) {
		ssize_t n = write(to, buf + done, len - done);

		if (n < 0 && errno != EINTR)
			err(1, "write");
		done += n > 0 ? n : 0;
	}
	return true;
}

static void relay_all(int terminal)
{
	struct pollfd fds[] = {
		{ .fd = terminal, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			err(1, "poll");
		if (fds[0].revents && !relay(terminal, STDOUT_FILENO))
			return;
		if (fds[1].revents && !relay(STDIN_FILENO, terminal))
			fds[1].fd = -1;
	}
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 50, .ws_col = 200 };
	int terminal, status;
	pid_t child;

	if (argc < 2)
		errx(1, "usage: onpty COMMAND [ARGUMENT...]");
	child = forkpty(&terminal, NULL, NULL, &size);
	if (child < 0)
		err(1, "forkpty");
	if (!child) {
		/* A shell ignores these for what it starts in the background. */
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	relay_all(terminal);
	if (waitpid(child, &status, 0) < 0)
		err(1, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
