/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples of one row, and what they say together
 */
#ifndef AXVM_BENCH_MEASURE_H
#define AXVM_BENCH_MEASURE_H

#include "rows.h"

#define MAX_RUNS	99

/**
 * struct result - What the samples of a row say.
 * @runs: how many there are; 0 if the row could not be measured.
 * @median: the middle one.
 * @spread: from the least to the greatest, as a part of @median.
 */
struct result {
	unsigned int runs;
	double median;
	double spread;
};

/**
 * measure() - Take samples of a row.
 * @row: which.
 * @driver: for which driver.
 * @runs: how many samples.
 * @result: filled in.
 *
 * A process of its own does it: what was measured before leaves nothing behind in
 * its address space, and a guest that hangs or a missing feature cost one row.
 */
void measure(const struct row *row, const struct driver *driver, unsigned int runs,
	     struct result *result);

#endif /* AXVM_BENCH_MEASURE_H */
