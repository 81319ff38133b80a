/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Running axvm-run and looking at what it says
 */
#ifndef SELFTESTS_TOOLS_COMMAND_H
#define SELFTESTS_TOOLS_COMMAND_H

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern char **environ;

/** struct outcome - What a command did: its exit status, and what it wrote. */
struct outcome {
	int status;
	char out[16384];
	char err[16384];
};

/** struct command - A command that runs. */
struct command {
	pid_t pid;
	int out;
	int err;
};

/* A file for output that has no name. */
static inline int output_file(void)
{
	return CHECK_SYS(open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}

/** command_start() - Start @argv with nothing to read, its output kept. */
static inline struct command command_start(const char *const argv[])
{
	struct command command = { .out = output_file(), .err = output_file() };
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, command.out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, command.err, STDERR_FILENO);
	error = posix_spawnp(&command.pid, argv[0], &actions, NULL, (char **)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		FAIL("cannot start %s: %s", argv[0], strerror(error));
	return command;
}

/* What is in @file so far, as a string. */
static inline void read_output(int file, char *buf, size_t len)
{
	buf[CHECK_SYS(pread(file, buf, len - 1, 0))] = '\0';
}

/** command_end() - Wait for the command's own end. A signal's is -1. */
static inline void command_end(struct command *command, struct outcome *outcome)
{
	int status;

	CHECK_SYS(waitpid(command->pid, &status, 0));
	outcome->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	read_output(command->out, outcome->out, sizeof(outcome->out));
	read_output(command->err, outcome->err, sizeof(outcome->err));
	close(command->out);
	close(command->err);
}

/** command_run() - Run @argv to its end. */
static inline void command_run(const char *const argv[], struct outcome *outcome)
{
	struct command command = command_start(argv);

	command_end(&command, outcome);
}

/** check_said() - The status is @status, and the only line on stderr has @words in it. */
static inline void check_said(struct where where, const struct outcome *outcome, int status,
			      const char *words)
{
	const char *end = strchr(outcome->err, '\n');

	if (outcome->status != status)
		check_failed(where, "status %d, not %d: %s", outcome->status, status,
			     outcome->err);
	if (strncmp(outcome->err, "axvm-run: ", 10) || !end || end[1])
		check_failed(where, "not one line of axvm-run: %s", outcome->err);
	if (!strstr(outcome->err, words))
		check_failed(where, "does not say '%s': %s", words, outcome->err);
}

#define CHECK_SAID(outcome, status, words)	check_said(HERE, outcome, status, words)

/** write_file() - Make a file with these bytes. */
static inline void write_file(const char *path, const void *bytes, size_t len)
{
	int fd = CHECK_SYS(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));

	CHECK_EQ(CHECK_SYS(write(fd, bytes, len)), len);
	close(fd);
}

#endif /* SELFTESTS_TOOLS_COMMAND_H */
