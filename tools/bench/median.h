/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The middle of some values
 */
#ifndef AXVM_BENCH_MEDIAN_H
#define AXVM_BENCH_MEDIAN_H

/**
 * median() - Sort values and find the middle one.
 * @values: the values; in ascending order afterwards.
 * @n: how many, not 0.
 *
 * Return: the middle one; of an even number, the upper of the two.
 */
double median(double *values, unsigned int n);

#endif /* AXVM_BENCH_MEDIAN_H */
