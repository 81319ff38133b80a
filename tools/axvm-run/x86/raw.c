// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the file of a Multiboot kernel: an ELF file, or one whose Multiboot header
 * says where it goes
 */
#include <string.h>

#include "elf.h"
#include "layout.h"
#include "raw.h"
#include "report.h"

/* The largest window of the two versions. */
#define WINDOW_MOST	32768

bool raw_search(const struct image *image, u32 window, u32 align, u32 words,
		bool (*is_header)(const u32 *words), u64 *offset)
{
	static u32 start[WINDOW_MOST / sizeof(u32)];
	u64 len = image->file.size < window ? image->file.size : window;

	if (!image_read_part(image, start, len, 0))
		return false;
	for (u64 at = 0; at + words * sizeof(u32) <= len; at += align) {
		if (is_header(start + at / sizeof(u32))) {
			*offset = at;
			return true;
		}
	}
	return false;
}

/* Where the part of the file that is loaded begins; false if it is before the file. */
static bool find_start(const struct raw *raw, u64 *offset)
{
	u32 before = raw->header_address - raw->load_start;

	if (raw->load_start > raw->header_address || before > raw->header_offset)
		return false;
	*offset = raw->header_offset - before;
	return true;
}

/* Bytes of the file that are loaded; false if it has not so many. */
static bool find_length(const struct image *image, const struct raw *raw, u64 offset, u64 *len)
{
	*len = image->file.size - offset;
	if (!raw->load_end)
		return true;
	if (raw->load_end < raw->load_start || raw->load_end - raw->load_start > *len)
		return false;
	*len = raw->load_end - raw->load_start;
	return true;
}

static int refuse_entry(const struct image *image, u64 entry)
{
	return fail("%s is a malformed Multiboot kernel: its entry %#llx is not in it",
		    image->file.path, entry);
}

static int place_raw(struct image *image, const struct raw *raw, u64 base)
{
	const char *path = image->file.path;
	struct range *memory = &image->memory;
	u64 offset, len;

	if (!find_start(raw, &offset))
		return fail("%s is a malformed Multiboot kernel: it is loaded from before itself",
			    path);
	if (!find_length(image, raw, offset, &len))
		return fail("%s is a truncated Multiboot kernel: it ends before its load end",
			    path);
	if (raw->load_start < base)
		return fail("%s is loaded at %#x, and can be at %#llx or above: link it there",
			    path, raw->load_start, base);

	memory->start = raw->load_start;
	memory->end = memory->start + len;
	if (raw->bss_end && raw->bss_end < memory->end)
		return fail("%s is a malformed Multiboot kernel: its bss ends before its file",
			    path);
	if (raw->bss_end)
		memory->end = raw->bss_end;
	return 0;
}

static int plan_raw(struct image *image, const struct raw *raw, u64 base)
{
	const struct range *memory = &image->memory;

	if (place_raw(image, raw, base))
		return -1;
	if (raw->entry < memory->start || raw->entry >= memory->end)
		return refuse_entry(image, raw->entry);
	image->entry = raw->entry;
	return 0;
}

static int plan_elf(struct image *image, const struct raw *raw, u64 base)
{
	struct elf elf;

	if (!elf_matches(image))
		return fail("%s is a malformed Multiboot kernel: it says not where it is loaded",
			    image->file.path);
	if (elf_read(image, &elf) || elf_place(image, &elf, base))
		return -1;
	if (!raw->has_entry)
		return elf_find_entry(image, &elf);
	if (!elf_covers(&elf, raw->entry))
		return refuse_entry(image, raw->entry);
	image->entry = raw->entry;
	return 0;
}

static int check_limits(const struct image *image, const struct raw *raw)
{
	const struct range *memory = &image->memory;

	if (!raw->has_limits ||
	    (memory->start >= raw->min_address && memory->end <= raw->max_address))
		return 0;
	return fail("%s is linked at %#llx to %#llx, but is not to be outside %#x to %#x",
		    image->file.path, memory->start, memory->end, raw->min_address,
		    raw->max_address);
}

int raw_plan(struct image *image, const struct raw *raw, u64 base)
{
	if (raw->present ? plan_raw(image, raw, base) : plan_elf(image, raw, base))
		return -1;
	if (image->memory.end > HOLE_BASE)
		return fail("%s is too large: it does not end below 3 GiB", image->file.path);
	return check_limits(image, raw);
}

int raw_load(const struct image *image, const struct raw *raw, const struct ram *ram)
{
	u64 offset, len;
	void *to;

	if (!raw->present)
		return elf_load(image, ram);
	/* The file may have changed since it was checked. */
	to = NULL;
	if (find_start(raw, &offset) && offset <= image->file.size &&
	    find_length(image, raw, offset, &len))
		to = ram_at(ram, raw->load_start, len);
	if (!to)
		return fail("%s has changed while it was read", image->file.path);
	return file_read(&image->file, to, len, offset);
}
