// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of the vCPUs, as a table
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "stats.h"

/**
 * struct table - A column of counters for each vCPU.
 * @rows: how many counters each has.
 * @columns: how many vCPUs.
 * @stats: them, one column after the other.
 */
struct table {
	u32 rows;
	unsigned int columns;
	struct axvm_stat *stats;
};

static const struct axvm_stat *cell(const struct table *table, u32 row, unsigned int column)
{
	return &table->stats[(size_t)column * table->rows + row];
}

/* All vCPUs have the same counters, in the same order. */
static int read_table(const struct machine *machine, struct table *table)
{
	int ret;

	table->rows = 0;
	table->columns = machine->nr_vcpus;
	ret = axvm_get_stats(machine->vcpus[0].axvm.fd, NULL, &table->rows);
	if (ret && ret != -ENOSPC)
		return ret;
	table->stats = calloc((size_t)table->rows * table->columns, sizeof(*table->stats));
	if (!table->stats)
		return -ENOMEM;

	for (unsigned int i = 0; i < table->columns; i++) {
		u32 count = table->rows;

		ret = axvm_get_stats(machine->vcpus[i].axvm.fd,
				     table->stats + (size_t)i * table->rows, &count);
		if (ret)
			return ret;
	}
	return 0;
}

static void print_heading(const struct table *table)
{
	char name[16];

	fprintf(stderr, "%-24s", "counter");
	for (unsigned int i = 0; i < table->columns; i++) {
		snprintf(name, sizeof(name), "vcpu%u", i);
		fprintf(stderr, " %14s", name);
	}
	fprintf(stderr, " %14s\n", "total");
}

static void print_row(const struct table *table, u32 row)
{
	u64 total = 0;

	for (unsigned int i = 0; i < table->columns; i++)
		total += cell(table, row, i)->value;
	if (!total)
		return;

	fprintf(stderr, "%-24.*s", (int)sizeof(table->stats->name), cell(table, row, 0)->name);
	for (unsigned int i = 0; i < table->columns; i++)
		fprintf(stderr, " %14llu", cell(table, row, i)->value);
	fprintf(stderr, " %14llu\n", total);
}

void stats_print(const struct machine *machine)
{
	struct table table = { };
	int ret;

	ret = read_table(machine, &table);
	if (ret) {
		report("cannot read the counters: %s", strerror(-ret));
	} else {
		print_heading(&table);
		for (u32 row = 0; row < table.rows; row++)
			print_row(&table, row);
	}
	free(table.stats);
}
