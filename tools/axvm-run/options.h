/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line
 */
#ifndef AXVM_RUN_OPTIONS_H
#define AXVM_RUN_OPTIONS_H

#include "types.h"

#define MAX_CPUS	4096

/**
 * struct options - What the command line asks for.
 * @image: file to boot.
 * @initrd: initial RAM disk, or %NULL.
 * @append: kernel command line.
 * @console: "stdio", "pty" or a file to write.
 * @dump: where to write what describes the machine instead of running, or %NULL.
 * @memory: guest memory in bytes.
 * @cpus: number of vCPUs.
 * @timeout: seconds after which the run ends; 0 for never.
 * @homes: host CPUs that the vCPUs are bound to, in turn.
 * @nr_homes: how many; 0: none is bound.
 * @reboot: start the guest anew when it reboots.
 * @stats: print the vCPUs' counters at the end.
 *
 * Constant once parsed; the strings are those of main().
 */
struct options {
	const char *image;
	const char *initrd;
	const char *append;
	const char *console;
	const char *dump;
	u64 memory;
	unsigned int cpus;
	unsigned int timeout;
	int homes[MAX_CPUS];
	unsigned int nr_homes;
	bool reboot;
	bool stats;
};

/* options_parse() found a guest to run. */
#define OPTIONS_RUN	(-1)

/**
 * options_parse() - Read the command line.
 * @argc: as in main().
 * @argv: as in main().
 * @opts: filled in.
 *
 * Return: %OPTIONS_RUN, or the status to exit with at once: help was printed, or
 * the command line makes no sense (which was reported).
 */
int options_parse(int argc, char **argv, struct options *opts);

#endif /* AXVM_RUN_OPTIONS_H */
