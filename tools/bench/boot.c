// SPDX-License-Identifier: GPL-2.0
/*
 * A whole guest, from axvm-run's first instruction to its last
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "report.h"
#include "rows.h"

struct boot_guest boot_guest = {
	.run = "axvm-run",
	.append = "axvm.test=poweroff",
};

/* A guest that gets there needs far less. */
#define BOOT_SECONDS	25

static void exec_guest(int messages, const char *timeout)
{
	const struct boot_guest *guest = &boot_guest;
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(messages, STDERR_FILENO);
	execlp(guest->run, guest->run, "--cpus", "1", "--memory", "256M", "--timeout", timeout,
	       "--initrd", guest->initrd, "--append", guest->append, guest->kernel, NULL);
	die("%s: %s", guest->run, strerror(errno));
}

/* What axvm-run says is of interest only if that is not the power-off. */
static void show(int messages)
{
	char text[1024];
	ssize_t len = pread(messages, text, sizeof(text), 0);

	if (len > 0)
		fwrite(text, len, 1, stderr);
}

static void wait_guest(pid_t child, int messages)
{
	int status;

	waitpid(child, &status, 0);
	if (!status)
		return;
	show(messages);
	die("the guest did not get to its power-off: %s ended with status %#x", boot_guest.run,
	    status);
}

/* User time has the guest's in it. */
static double children_time(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
}

double sample_boot(const struct driver *driver, const void *arg)
{
	double before = children_time();
	int messages = memfd_create("messages", MFD_CLOEXEC);
	char timeout[24];
	pid_t child;

	(void)driver;
	(void)arg;
	if (!boot_guest.kernel || !boot_guest.initrd)
		die("nothing to boot: give --kernel and --initrd");
	snprintf(timeout, sizeof(timeout), "%u", at_least(BOOT_SECONDS));
	child = fork();
	if (child < 0)
		die("no process for %s", boot_guest.run);
	if (!child)
		exec_guest(messages, timeout);
	wait_guest(child, messages);
	close(messages);
	return counter_of_time(children_time() - before);
}
