// SPDX-License-Identifier: GPL-2.0
/*
 * Guest RAM
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "ram.h"
#include "report.h"

/* What stage 2 maps huge; the host's memory must be aligned like the guest's. */
#define HUGE_PAGE	(2 * MIB)

/* Cut a mapping of @size + HUGE_PAGE bytes down to @size aligned ones. */
static void *trim(void *mapping, u64 size)
{
	unsigned long start = (unsigned long)mapping;
	unsigned long aligned = (start + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	unsigned long head = aligned - start;
	unsigned long tail = HUGE_PAGE - head;

	if (head)
		munmap(mapping, head);
	if (tail)
		munmap((void *)(aligned + size), tail);
	return (void *)aligned;
}

static u64 size_of(const struct ram *ram)
{
	u64 size = 0;

	for (unsigned int i = 0; i < ram->count; i++)
		size += range_size(&ram->ranges[i]);
	return size;
}

int ram_create(struct ram *ram)
{
	u64 size = size_of(ram);
	u64 room = size + HUGE_PAGE;
	void *mapping = MAP_FAILED;

	/* Nothing is touched here, so nothing but addresses is used up. */
	errno = ENOMEM;
	if (room > size && room == (size_t)room)
		mapping = mmap(NULL, room, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mapping == MAP_FAILED)
		return fail("cannot reserve %llu MiB of guest memory: %s: give a smaller --memory",
			    size / MIB, strerror(errno));

	ram->size = size;
	ram->host = trim(mapping, size);

	/* Only speed depends on it: a host without huge pages is fine. */
	madvise(ram->host, size, MADV_HUGEPAGE);
	return 0;
}

void ram_destroy(struct ram *ram)
{
	if (ram->host)
		munmap(ram->host, ram->size);
	ram->host = NULL;
}

void *ram_at(const struct ram *ram, u64 gpa, u64 len)
{
	char *host = ram->host;

	for (unsigned int i = 0; i < ram->count; i++) {
		const struct range *range = &ram->ranges[i];
		u64 size = range_size(range);
		u64 offset = gpa - range->start;

		if (gpa >= range->start && offset <= size && len <= size - offset)
			return host + offset;
		host += size;
	}
	return NULL;
}
