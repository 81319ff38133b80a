/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stretch of a sample that is measured
 *
 * Everything before and after it is preparation. A profiler can ask for fewer
 * operations than a good average needs, and to be waited for.
 */
#ifndef AXVM_BENCH_STRETCH_H
#define AXVM_BENCH_STRETCH_H

#include "types.h"

/**
 * struct stretch_options - What a profiler wishes.
 * @operations: so many in each sample; 0 for as many as usual.
 * @wait: before a stretch say BENCH-WAIT and wait for a line on standard input,
 *	after it say BENCH-DONE.
 */
struct stretch_options {
	u64 operations;
	bool wait;
};

extern struct stretch_options stretch_options;

/**
 * stretch_operations() - How many operations to do.
 * @usual: so many without a profiler.
 *
 * Return: how many.
 */
u64 stretch_operations(u64 usual);

/**
 * stretch_arm() - From now on wait for the profiler, if there is one.
 *
 * The first sample of a row is not like the others.
 */
void stretch_arm(void);

/**
 * stretch_begin() - The stretch begins.
 *
 * Return: the time, for stretch_end().
 */
u64 stretch_begin(void);

/**
 * stretch_end() - The stretch is over.
 * @began: from stretch_begin().
 *
 * Return: how long it took.
 */
u64 stretch_end(u64 began);

/*
 * They do nothing. A profiler finds their addresses in the program's symbols and
 * counts what is executed between the two.
 */
void profile_begin(void);
void profile_end(void);

#endif /* AXVM_BENCH_STRETCH_H */
