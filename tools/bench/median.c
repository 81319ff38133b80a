// SPDX-License-Identifier: GPL-2.0
/*
 * The middle of some values
 */
#include <stdlib.h>

#include "median.h"

static int compare(const void *a, const void *b)
{
	double first = *(const double *)a, second = *(const double *)b;

	return (first > second) - (first < second);
}

double median(double *values, unsigned int n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}
