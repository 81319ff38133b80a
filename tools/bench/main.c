// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-bench: count what operations cost under axvm and under KVM
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"
#include "report.h"
#include "rows.h"
#include "stretch.h"

#define STATUS_ERROR	1
#define STATUS_USAGE	2

#define MAX_OPERATIONS	1000000

/* Medians of samples that differ more than this are doubtful, */
#define DOUBTFUL_SPREAD	0.02
/* unless it is less than the clock's resolution lets one see in a short row. */
#define NOISE		1.0

static const char help_text[] =
"Usage: axvm-bench [options] [ROW...]\n"
"\n"
"Measure what operations cost under axvm and under KVM, with the same guest and the\n"
"same client. Each ROW is an operation of --list; without any, all are measured.\n"
"The unit is the nanosecond; in QEMU with -icount shift=0 that is one instruction\n"
"executed, by host and guest together.\n"
"\n"
"  -d, --driver NAME   only this column: axvm or kvm\n"
"  -r, --runs N        take the median of N samples (default 3)\n"
"  -v, --verbose       tell the spread of every row's samples\n"
"  -l, --list          list the rows and exit\n"
"\n"
"For the row guest_boot, which is left out without the first two:\n"
"  -k, --kernel FILE   kernel to boot\n"
"  -i, --initrd FILE   its initrd\n"
"  -a, --append TEXT   a command line on which it powers off by itself\n"
"                      (default axvm.test=poweroff)\n"
"  -R, --run PROGRAM   another axvm-run than the one in $PATH\n"
"\n"
"For a profiler:\n"
"  -n, --operations N  do so many in each sample, however bad an average that makes\n"
"  -w, --wait          before each sample say BENCH-WAIT and wait for a line on standard\n"
"                      input, after it say BENCH-DONE\n"
"\n"
"  -h, --help          print this and exit\n"
"\n"
"The table is printed between the lines BENCH-BEGIN and BENCH-END: the row's name and\n"
"a number for each column, with tabs between them; - is what was not measured.\n"
"\n"
"Exit status: 0, 1 if a row failed or there is nothing to measure, 2 for a bad\n"
"command line.\n";

static const struct option long_options[] = {
	{ "append",	required_argument,	NULL, 'a' },
	{ "driver",	required_argument,	NULL, 'd' },
	{ "help",	no_argument,		NULL, 'h' },
	{ "initrd",	required_argument,	NULL, 'i' },
	{ "kernel",	required_argument,	NULL, 'k' },
	{ "list",	no_argument,		NULL, 'l' },
	{ "operations",	required_argument,	NULL, 'n' },
	{ "run",	required_argument,	NULL, 'R' },
	{ "runs",	required_argument,	NULL, 'r' },
	{ "verbose",	no_argument,		NULL, 'v' },
	{ "wait",	no_argument,		NULL, 'w' },
	{ }
};

/* The columns, in their order. */
static const struct driver *const drivers[] = { &driver_axvm, &driver_kvm };

/**
 * struct options - The command line.
 * @driver: the only column, or %NULL for all.
 * @runs: samples of each row.
 * @verbose: tell every spread.
 */
struct options {
	const char *driver;
	unsigned int runs;
	bool verbose;
};

/**
 * struct column - A column of the table.
 * @driver: whose.
 * @present: it can be measured.
 */
struct column {
	const struct driver *driver;
	bool present;
};

static void usage(const char *what, const char *word)
{
	report("%s%s; see axvm-bench --help", what, word);
	exit(STATUS_USAGE);
}

static void list_rows(void)
{
	size_t i;

	for (i = 0; i < nr_rows; i++)
		printf("%-24s %s\n", rows[i].name, rows[i].help);
}

static unsigned int parse_number(const char *text, unsigned long max)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*end || !number || number > max)
		usage("not a number, or too small or large: ", text);
	return number;
}

static const char *parse_driver(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strcmp(drivers[i]->name, name))
			return name;
	usage("there is no driver ", name);
	return NULL;
}

static void parse_option(int c, struct options *options)
{
	switch (c) {
	case 'a':
		boot_guest.append = optarg;
		break;
	case 'd':
		options->driver = parse_driver(optarg);
		break;
	case 'h':
		fputs(help_text, stdout);
		exit(EXIT_SUCCESS);
	case 'i':
		boot_guest.initrd = optarg;
		break;
	case 'k':
		boot_guest.kernel = optarg;
		break;
	case 'l':
		list_rows();
		exit(EXIT_SUCCESS);
	case 'n':
		stretch_options.operations = parse_number(optarg, MAX_OPERATIONS);
		break;
	case 'R':
		boot_guest.run = optarg;
		break;
	case 'r':
		options->runs = parse_number(optarg, MAX_RUNS);
		break;
	case 'v':
		options->verbose = true;
		break;
	case 'w':
		stretch_options.wait = true;
		break;
	default:
		exit(STATUS_USAGE);
	}
}

static void parse_options(int argc, char **argv, struct options *options)
{
	int c;

	for (;;) {
		c = getopt_long(argc, argv, "a:d:hi:k:ln:R:r:vw", long_options, NULL);
		if (c < 0)
			break;
		parse_option(c, options);
	}
}

static bool is_row(const char *name)
{
	size_t i;

	for (i = 0; i < nr_rows; i++)
		if (!strcmp(rows[i].name, name))
			return true;
	return false;
}

static void check_names(char **names)
{
	for (; *names; names++)
		if (!is_row(*names))
			usage("there is no row ", *names);
}

static bool is_wanted(const struct row *row, char **names)
{
	if (!*names)
		return row->sample != sample_boot || boot_guest.kernel;
	for (; *names; names++)
		if (!strcmp(row->name, *names))
			return true;
	return false;
}

/* A column of which there is no device stays empty. */
static bool try_driver(const struct driver *driver)
{
	char why[256];
	int fd = driver->open();

	if (fd >= 0) {
		close(fd);
		return true;
	}
	driver->explain(fd, why, sizeof(why));
	report("%s", why);
	return false;
}

static bool find_columns(struct column *columns, const struct options *options)
{
	bool any = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		const char *name = drivers[i]->name;

		columns[i].driver = drivers[i];
		columns[i].present = (!options->driver || !strcmp(options->driver, name)) &&
				     try_driver(drivers[i]);
		any |= columns[i].present;
	}
	return any;
}

/* Measures a row in one column; false if there should be a number and is none. */
static bool measure_column(const struct row *row, const struct column *column,
			   const struct options *options, struct result *result)
{
	result->runs = 0;
	if (!column->present || (row->only && row->only != column->driver))
		return true;
	measure(row, column->driver, options->runs, result);
	return result->runs;
}

/* All of the row at once: messages must not get into the middle of it. */
static void print_row(const struct row *row, const struct result *results)
{
	size_t i;

	printf("%s", row->name);
	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		if (results[i].runs)
			printf("\t%.1f", results[i].median);
		else
			printf("\t-");
	}
	printf("\n");
	fflush(stdout);
}

static bool is_doubtful(const struct result *result)
{
	return result->spread > DOUBTFUL_SPREAD && result->spread * result->median > NOISE;
}

static void tell_spread(const struct row *row, const struct result *results,
			const struct options *options)
{
	const struct result *result;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++) {
		result = &results[i];
		if (result->runs && (options->verbose || is_doubtful(result)))
			report("%s: %s: %u samples within %.2f %%", row->name, drivers[i]->name,
			       result->runs, result->spread * 100);
	}
}

static bool do_row(const struct row *row, const struct column *columns,
		   const struct options *options)
{
	struct result results[ARRAY_SIZE(drivers)];
	bool good = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(drivers); i++)
		good &= measure_column(row, &columns[i], options, &results[i]);
	print_row(row, results);
	tell_spread(row, results, options);
	return good;
}

int main(int argc, char **argv)
{
	struct column columns[ARRAY_SIZE(drivers)];
	struct options options = { .runs = 3 };
	bool good = true;
	size_t i;

	parse_options(argc, argv, &options);
	check_names(argv + optind);
	if (!find_columns(columns, &options)) {
		report("there is nothing to measure");
		return STATUS_ERROR;
	}
	puts("BENCH-BEGIN");
	for (i = 0; i < nr_rows; i++)
		if (is_wanted(&rows[i], argv + optind))
			good &= do_row(&rows[i], columns, &options);
	puts("BENCH-END");
	return good ? EXIT_SUCCESS : STATUS_ERROR;
}
