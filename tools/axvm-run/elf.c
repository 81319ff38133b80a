// SPDX-License-Identifier: GPL-2.0
/*
 * ELF images: statically linked, 64 bits, little-endian
 */
#include <linux/elf.h>
#include <string.h>

#include "arch.h"
#include "image.h"
#include "report.h"

/* More than any linker makes, and few enough to hold. */
#define MAX_SEGMENTS	64

/* The program headers of a file. */
struct segments {
	struct elf64_hdr header;
	struct elf64_phdr entries[MAX_SEGMENTS];
	unsigned int count;
};

static bool elf_matches(const struct image *image)
{
	return !memcmp(image->head, ELFMAG, SELFMAG);
}

static int check_header(const struct image *image, const struct elf64_hdr *header)
{
	const char *path = image->file.path;

	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
		return fail("%s is not a 64-bit little-endian ELF file", path);
	if (header->e_machine != arch_elf_machine)
		return fail("%s is an ELF file for another machine, not for %s", path, arch_name);
	if (header->e_type != ET_EXEC)
		return fail("%s is an ELF file without fixed addresses: link with -static -no-pie",
			    path);
	if (header->e_phentsize != sizeof(struct elf64_phdr) || !header->e_phnum ||
	    header->e_phnum > MAX_SEGMENTS)
		return fail("%s is a malformed ELF file: %u program headers of %u bytes", path,
			    header->e_phnum, header->e_phentsize);
	return 0;
}

static int read_segments(const struct image *image, struct segments *segments)
{
	const struct elf64_hdr *header = &segments->header;
	u64 len, end;

	if (image->file.size < sizeof(*header))
		return fail("%s is a malformed ELF file: it ends within its header",
			    image->file.path);
	if (file_read(&image->file, &segments->header, sizeof(*header), 0) ||
	    check_header(image, header))
		return -1;

	len = header->e_phnum * sizeof(struct elf64_phdr);
	if (__builtin_add_overflow(header->e_phoff, len, &end) || end > image->file.size)
		return fail("%s is a malformed ELF file: it ends within its program headers",
			    image->file.path);
	segments->count = header->e_phnum;
	return file_read(&image->file, segments->entries, len, header->e_phoff);
}

static bool is_loaded(const struct elf64_phdr *segment)
{
	return segment->p_type == PT_LOAD && segment->p_memsz;
}

static int check_segment(const struct image *image, const struct elf64_phdr *segment, u64 base)
{
	const char *path = image->file.path;
	u64 end;

	if (segment->p_filesz > segment->p_memsz)
		return fail("%s is a malformed ELF file: a segment is longer than its memory",
			    path);
	if (__builtin_add_overflow(segment->p_offset, segment->p_filesz, &end) ||
	    end > image->file.size)
		return fail("%s is a malformed ELF file: it ends within a segment", path);
	if (__builtin_add_overflow(segment->p_paddr, segment->p_memsz, &end) ||
	    segment->p_paddr < base)
		return fail("%s has a segment at %#llx, and the guest's memory is at %#llx: %s",
			    path, segment->p_paddr, base, "link it there (Linux: give the Image)");
	return 0;
}

/* The entry point is a virtual address; the guest starts with physical ones. */
static int find_entry(struct image *image, const struct segments *segments)
{
	u64 entry = segments->header.e_entry;

	for (unsigned int i = 0; i < segments->count; i++) {
		const struct elf64_phdr *segment = &segments->entries[i];
		u64 offset = entry - segment->p_vaddr;

		if (is_loaded(segment) && entry >= segment->p_vaddr && offset < segment->p_memsz) {
			image->entry = segment->p_paddr + offset;
			return 0;
		}
	}
	return fail("%s is a malformed ELF file: its entry point %#llx is in no segment",
		    image->file.path, entry);
}

static int elf_plan(struct image *image, u64 base)
{
	struct segments segments;
	struct range *memory = &image->memory;

	if (read_segments(image, &segments))
		return -1;

	memory->start = ~0ULL;
	memory->end = 0;
	for (unsigned int i = 0; i < segments.count; i++) {
		const struct elf64_phdr *segment = &segments.entries[i];

		if (!is_loaded(segment))
			continue;
		if (check_segment(image, segment, base))
			return -1;
		if (segment->p_paddr < memory->start)
			memory->start = segment->p_paddr;
		if (segment->p_paddr + segment->p_memsz > memory->end)
			memory->end = segment->p_paddr + segment->p_memsz;
	}
	return find_entry(image, &segments);
}

static int elf_load(const struct image *image, const struct ram *ram)
{
	struct segments segments;

	if (read_segments(image, &segments))
		return -1;
	for (unsigned int i = 0; i < segments.count; i++) {
		const struct elf64_phdr *segment = &segments.entries[i];
		void *to;

		if (!is_loaded(segment))
			continue;
		/* The file may have changed since it was checked. */
		to = ram_at(ram, segment->p_paddr, segment->p_filesz);
		if (!to)
			return fail("%s has changed while it was read", image->file.path);
		if (file_read(&image->file, to, segment->p_filesz, segment->p_offset))
			return -1;
	}
	return 0;
}

const struct image_kind elf_image = {
	.matches = elf_matches,
	.plan = elf_plan,
	.load = elf_load,
};
