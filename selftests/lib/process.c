// SPDX-License-Identifier: GPL-2.0
/*
 * Processes, and what the system says of itself
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

int run_in_child(void (*fn)(void *data), void *data)
{
	pid_t pid = CHECK_SYS(fork());
	int status;

	if (!pid) {
		fn(data);
		_exit(0);
	}
	CHECK_SYS(waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

long read_number(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	CHECK_SYS(read(fd, text, sizeof(text) - 1));
	close(fd);
	return strtol(text, NULL, 0);
}

int write_string(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}
