/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rows of the table
 */
#ifndef AXVM_BENCH_ROWS_H
#define AXVM_BENCH_ROWS_H

#include "driver.h"

/**
 * struct row - One operation that is measured.
 * @name: one word.
 * @help: what it is, one line.
 * @sample: measure it once; the result is in instructions for one operation.
 * @arg: what @sample is to do.
 * @only: the only driver that has such an operation; %NULL for both.
 * @runs: samples to take, for those that take long; 0 for as many as usual.
 */
struct row {
	const char *name;
	const char *help;
	double (*sample)(const struct driver *driver, const void *arg);
	const void *arg;
	const struct driver *only;
	unsigned int runs;
};

extern const struct row rows[];
extern const size_t nr_rows;

/*
 * Exits: @arg is the guest's entry point, if the guest takes part. What the kernel
 * handles is short, what goes to the VMM is long.
 */
double sample_syscall(const struct driver *driver, const void *arg);
double sample_run_nothing(const struct driver *driver, const void *arg);
double sample_handled(const struct driver *driver, const void *arg);
double sample_exit(const struct driver *driver, const void *arg);

/* Memory: @arg is a struct memory_case. */
enum backing {
	BACKING_4K,
	BACKING_THP,
	BACKING_HUGETLB,
};

enum phase {
	PHASE_HOST,
	PHASE_COLD,
	PHASE_WARM,
	PHASE_MAPPED,
	PHASE_DISCARD,
	PHASE_LOGGED,
	PHASE_GET_LOG,
};

/**
 * struct memory_case - What to touch, and when.
 * @backing: pages of the host.
 * @phase: %PHASE_HOST the host itself touches them first; %PHASE_COLD the guest
 *	does; %PHASE_WARM the host did, and now the guest does for the first time;
 *	%PHASE_MAPPED the guest touches every 4 KiB of what it has; %PHASE_DISCARD
 *	the host takes them away from the guest; %PHASE_LOGGED the guest writes them
 *	anew after the host has asked which it wrote; %PHASE_GET_LOG the host asks.
 */
struct memory_case {
	enum backing backing;
	enum phase phase;
};

double sample_memory(const struct driver *driver, const void *arg);

/* Two vCPUs with a thread each, or the two threads alone. */
double sample_pingpong(const struct driver *driver, const void *arg);
double sample_host_pingpong(const struct driver *driver, const void *arg);

/* A VM's life: @arg is an enum life. */
enum life {
	LIFE_CREATE_VM,
	LIFE_CREATE_VCPU,
	LIFE_FIRST_RUN,
	LIFE_DESTROY,
	LIFE_TOTAL,
	LIFE_CPU,
	LIFE_COUNT
};

double sample_life(const struct driver *driver, const void *arg);

/**
 * struct boot_guest - What sample_boot() boots: axvm-run and its files.
 * @run: the program, looked for in $PATH.
 * @kernel: a kernel, or %NULL: there is nothing to boot.
 * @initrd: its initrd.
 * @append: its command line, on which it powers off by itself.
 */
struct boot_guest {
	const char *run;
	const char *kernel;
	const char *initrd;
	const char *append;
};

extern struct boot_guest boot_guest;

double sample_boot(const struct driver *driver, const void *arg);

#endif /* AXVM_BENCH_ROWS_H */
