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

/* Exits: @arg is the guest's entry point, if the guest takes part. */
double sample_syscall(const struct driver *driver, const void *arg);
double sample_run_nothing(const struct driver *driver, const void *arg);
double sample_guest(const struct driver *driver, const void *arg);

#endif /* AXVM_BENCH_ROWS_H */
