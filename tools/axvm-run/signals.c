// SPDX-License-Identifier: GPL-2.0
/*
 * Signals for axvm-run, taken by its main loop
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "report.h"
#include "signals.h"
#include "terminal.h"
#include "types.h"

/* All that end a process by default, but for the faults: see terminal.c. */
static const int ending_signals[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM,
	SIGPROF, SIGXCPU, SIGIO, SIGPWR,
};

static bool is_ignored(int signal)
{
	struct sigaction action;

	return !sigaction(signal, NULL, &action) && action.sa_handler == SIG_IGN;
}

int signals_open(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGCONT);
	for (unsigned int i = 0; i < ARRAY_SIZE(ending_signals); i++) {
		if (!is_ignored(ending_signals[i]))
			sigaddset(&set, ending_signals[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);

	/* These are errors of write(), and dealt with there. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);

	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return fail("cannot make a signalfd: %s", strerror(errno));
	return fd;
}

int signals_take(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	switch (info.ssi_signo) {
	case SIGTSTP:
		terminal_suspend();
		kill(getpid(), SIGSTOP);
		return 0;
	case SIGCONT:
		terminal_resume();
		return 0;
	default:
		return info.ssi_signo;
	}
}
