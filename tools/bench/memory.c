// SPDX-License-Identifier: GPL-2.0
/*
 * First touches of the guest's memory, and later ones
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "huge.h"
#include "machine.h"
#include "report.h"
#include "rows.h"
#include "stretch.h"

#define PAGE_LEN	(4 * KIB)
#define PAGES		8192
#define HUGE_PAGES	64
/* A log is asked for by so many pages. */
#define LOG_PAGES	64

/**
 * struct region - Memory to touch.
 * @base: where.
 * @len: bytes.
 * @step: bytes of one of the host's pages.
 */
struct region {
	char *base;
	u64 len;
	u64 step;
};

static void *map_aligned(u64 len)
{
	unsigned long address;
	void *base;

	base = mmap(NULL, len + HUGE_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	if (base == MAP_FAILED)
		die("no address space for %llu MiB", len / MIB);
	address = (unsigned long)base + HUGE_LEN - 1;
	return (void *)(address & -HUGE_LEN);
}

static void advise(const struct region *region, int advice, const char *what)
{
	if (madvise(region->base, region->len, advice))
		die("%s: %s", what, strerror(errno));
}

/* Regions stay until the process ends, which is after one row. */
static struct region make_region(enum backing backing)
{
	u64 pages = stretch_operations(backing == BACKING_4K ? PAGES : HUGE_PAGES);
	u64 step = backing == BACKING_4K ? PAGE_LEN : HUGE_LEN;
	struct region region = { .step = step };

	if (backing == BACKING_4K)
		pages = (pages + LOG_PAGES - 1) / LOG_PAGES * LOG_PAGES;
	region.len = pages * step;

	if (backing == BACKING_HUGETLB) {
		region.base = hugetlb_map(pages);
		return region;
	}
	region.base = map_aligned(region.len);
	if (backing == BACKING_THP)
		advise(&region, MADV_HUGEPAGE, "transparent huge pages");
	else
		advise(&region, MADV_NOHUGEPAGE, "small pages");
	return region;
}

static void free_region(const struct region *region)
{
	munmap(region->base, region->len);
}

static void touch_from_host(const struct region *region)
{
	u64 offset;

	for (offset = 0; offset < region->len; offset += region->step)
		region->base[offset] = 1;
}

static double time_host(const struct region *region)
{
	u64 began = stretch_begin();

	touch_from_host(region);
	return (double)stretch_end(began) / (region->len / region->step);
}

static double time_guest(const struct machine *machine, struct vcpu *vcpu,
			 const struct region *region, u64 step)
{
	u64 count = region->len / step;

	return (double)machine_time(machine, vcpu, guest_touch, count, GUEST_DATA, step) / count;
}

static double time_discard(const struct region *region)
{
	u64 began = stretch_begin();

	advise(region, MADV_DONTNEED, "taking memory from the guest");
	return (double)stretch_end(began) / (region->len / region->step);
}

/* From the guest, as @step of @region says or smaller. */
static void touch(const struct machine *machine, struct vcpu *vcpu, const struct region *region,
		  u64 step)
{
	machine_call(machine, vcpu, guest_touch, region->len / step, GUEST_DATA, step);
}

/* All of @region was written, and that is known; then it is once more, and asked for. */
static double time_log(const struct machine *machine, struct vcpu *vcpu,
		       const struct region *region, enum phase phase)
{
	u64 pages = region->len / region->step, began;
	void *bitmap = calloc(pages / LOG_PAGES, sizeof(u64));

	if (!bitmap)
		die("no memory for a bitmap");
	machine_log_dirty(machine, GUEST_DATA, region->base, region->len);
	touch(machine, vcpu, region, region->step);
	machine_get_dirty(machine, GUEST_DATA, region->len, bitmap);
	if (phase == PHASE_LOGGED)
		return time_guest(machine, vcpu, region, region->step);
	touch(machine, vcpu, region, region->step);
	began = stretch_begin();
	machine_get_dirty(machine, GUEST_DATA, region->len, bitmap);
	return (double)stretch_end(began) / pages;
}

/* The time of one operation of @phase. */
static double time_phase(const struct machine *machine, struct vcpu *vcpu,
			 const struct region *region, enum phase phase)
{
	switch (phase) {
	case PHASE_WARM:
		touch_from_host(region);
		return time_guest(machine, vcpu, region, region->step);
	case PHASE_MAPPED:
		touch(machine, vcpu, region, region->step);
		return time_guest(machine, vcpu, region, PAGE_LEN);
	case PHASE_DISCARD:
		touch(machine, vcpu, region, PAGE_LEN);
		return time_discard(region);
	case PHASE_LOGGED:
	case PHASE_GET_LOG:
		return time_log(machine, vcpu, region, phase);
	default:
		return time_guest(machine, vcpu, region, region->step);
	}
}

static double sample_guest_memory(const struct driver *driver, const struct memory_case *what)
{
	struct region region = make_region(what->backing);
	struct machine machine;
	struct vcpu vcpu;
	double time;

	machine_create(&machine, &vcpu, driver);
	machine_map(&machine, GUEST_DATA, region.base, region.len);
	time = time_phase(&machine, &vcpu, &region, what->phase);
	if (what->backing == BACKING_THP && what->phase != PHASE_DISCARD)
		thp_check(region.base, region.len);
	machine_destroy(&machine, &vcpu);
	free_region(&region);
	return time;
}

double sample_memory(const struct driver *driver, const void *arg)
{
	const struct memory_case *what = arg;
	struct region region;
	double time;

	if (what->phase != PHASE_HOST)
		return sample_guest_memory(driver, what);
	region = make_region(what->backing);
	time = time_host(&region);
	free_region(&region);
	return time;
}
