/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes, and what the system says of itself
 */
#ifndef SELFTESTS_PROCESS_H
#define SELFTESTS_PROCESS_H

#include "check.h"

/** run_in_child() - Call @fn in a child process; its exit status, 0 when @fn returns. */
int run_in_child(void (*fn)(void *data), void *data);

/** read_number() - The number in a file of procfs or sysfs, or -1 if there is no such file. */
long read_number(const char *path);

/** write_string() - Write to a file of procfs or sysfs; a negative errno if that fails. */
int write_string(const char *path, const char *text);

#endif /* SELFTESTS_PROCESS_H */
