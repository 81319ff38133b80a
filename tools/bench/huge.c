// SPDX-License-Identifier: GPL-2.0
/*
 * The host's huge pages
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "huge.h"
#include "report.h"

#define POOL	"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB	(21 << 26)
#endif

/* What the pool had before we came. */
static u64 pool_before;

static u64 read_pool(void)
{
	FILE *file = fopen(POOL, "re");
	u64 pages;

	if (!file || fscanf(file, "%llu", &pages) != 1)
		die(POOL ": cannot be read: the kernel has no hugetlb pages of 2 MiB");
	fclose(file);
	return pages;
}

/* Whether it worked is seen when the pages are mapped. */
static void write_pool(u64 pages)
{
	FILE *file = fopen(POOL, "we");

	if (!file)
		return;
	fprintf(file, "%llu", pages);
	fclose(file);
}

static void restore_pool(void)
{
	write_pool(pool_before);
}

static void grow_pool(u64 pages)
{
	static bool grown;

	if (grown)
		return;
	grown = true;
	pool_before = read_pool();
	write_pool(pool_before + pages);
	atexit(restore_pool);
}

void *hugetlb_map(u64 pages)
{
	void *base;

	grow_pool(pages);
	base = mmap(NULL, pages * HUGE_LEN, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_2MB, -1, 0);
	if (base == MAP_FAILED)
		die("no %llu hugetlb pages: run as root, or write more into " POOL, pages);
	return base;
}

/* Advances to the mapping that begins at @base. */
static bool find_mapping(FILE *smaps, unsigned long base)
{
	unsigned long begin, end;
	char line[512];

	while (fgets(line, sizeof(line), smaps))
		if (sscanf(line, "%lx-%lx ", &begin, &end) == 2 && begin <= base && base < end)
			return true;
	return false;
}

static u64 huge_bytes(FILE *smaps)
{
	char line[512];
	u64 kib;

	while (fgets(line, sizeof(line), smaps))
		if (sscanf(line, "AnonHugePages: %llu kB", &kib) == 1)
			return kib * KIB;
	return 0;
}

void thp_check(const void *base, u64 len)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");

	if (!smaps || !find_mapping(smaps, (unsigned long)base) || huge_bytes(smaps) < len)
		die("the kernel gave no transparent huge pages: is there enough free memory?");
	fclose(smaps);
}
