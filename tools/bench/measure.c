// SPDX-License-Identifier: GPL-2.0
/*
 * Samples of one row, and what they say together
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "measure.h"
#include "median.h"
#include "report.h"
#include "stretch.h"

/* Of virtual time, if the machine has that: far more than any row needs. */
#define SAMPLE_SECONDS	30

/* In the row's own process. The first sample finds caches of all kinds cold. */
static void take_samples(const struct row *row, const struct driver *driver, unsigned int runs,
			 int out)
{
	unsigned int seconds = at_least(SAMPLE_SECONDS);
	double value;

	if (!row->runs)
		row->sample(driver, row->arg);
	stretch_arm();
	while (runs--) {
		alarm(seconds);
		value = row->sample(driver, row->arg);
		if (write(out, &value, sizeof(value)) != sizeof(value))
			exit(EXIT_FAILURE);
	}
	exit(EXIT_SUCCESS);
}

static pid_t start(const struct row *row, const struct driver *driver, unsigned int runs,
		   int *from)
{
	int ends[2];
	pid_t child;

	fflush(NULL);
	if (pipe(ends))
		die("no pipe");
	child = fork();
	if (child < 0)
		die("no process to measure in");
	if (!child)
		take_samples(row, driver, runs, ends[1]);
	close(ends[1]);
	*from = ends[0];
	return child;
}

static unsigned int collect(int from, double *values, unsigned int runs)
{
	unsigned int n = 0;

	while (n < runs && read(from, &values[n], sizeof(*values)) == sizeof(*values))
		n++;
	close(from);
	return n;
}

static bool ended_well(pid_t child, const struct row *row, const struct driver *driver)
{
	int status;

	waitpid(child, &status, 0);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		report("%s: %s: no end after %u s", row->name, driver->name,
		       at_least(SAMPLE_SECONDS));
	else if (status)
		report("%s: %s: cannot be measured (status %#x)", row->name, driver->name, status);
	return !status;
}

static void sum_up(double *values, unsigned int runs, struct result *result)
{
	result->runs = runs;
	result->median = median(values, runs);
	result->spread = (values[runs - 1] - values[0]) / result->median;
}

void measure(const struct row *row, const struct driver *driver, unsigned int runs,
	     struct result *result)
{
	double values[MAX_RUNS];
	unsigned int n;
	pid_t child;
	int from;

	if (row->runs && row->runs < runs)
		runs = row->runs;
	result->runs = 0;
	child = start(row, driver, runs, &from);
	n = collect(from, values, runs);
	if (ended_well(child, row, driver) && n == runs)
		sum_up(values, n, result);
}
