// SPDX-License-Identifier: GPL-2.0
/*
 * ELF files with fixed addresses, little-endian
 */
#include <linux/elf.h>
#include <string.h>

#include "arch.h"
#include "elf.h"
#include "report.h"

/**
 * struct elf_table - Where a file's program headers are.
 * @offset: their place in the file.
 * @count: how many.
 * @entry_size: bytes of each.
 */
struct elf_table {
	u64 offset;
	unsigned int count;
	unsigned int entry_size;
};

bool elf_matches(const struct image *image)
{
	return !memcmp(image->head, ELFMAG, SELFMAG);
}

static bool is_64(const struct image *image)
{
	return image->head[EI_CLASS] == ELFCLASS64;
}

static int check_class(const struct image *image)
{
	const char *wanted = arch_elf_machine_32 ? "" : "64-bit ";
	bool fits = is_64(image) || (arch_elf_machine_32 && image->head[EI_CLASS] == ELFCLASS32);

	if (fits && image->head[EI_DATA] == ELFDATA2LSB)
		return 0;
	return fail("%s is not a %slittle-endian ELF file", image->file.path, wanted);
}

/* Both headers have these two at the same place. */
static int check_machine(const struct image *image, u16 type, u16 machine)
{
	const char *path = image->file.path;

	if (machine != (is_64(image) ? arch_elf_machine : arch_elf_machine_32))
		return fail("%s is an ELF file for another machine, not for %s", path,
			    arch_text.name);
	if (type != ET_EXEC)
		return fail("%s is an ELF file without fixed addresses: link with -static -no-pie",
			    path);
	return 0;
}

static int read_header(const struct image *image, struct elf *elf, struct elf_table *table)
{
	struct elf64_hdr header;

	if (!image_read_part(image, &header, sizeof(header), 0))
		return fail("%s is a malformed ELF file: it ends within its header",
			    image->file.path);
	elf->entry = header.e_entry;
	*table = (struct elf_table){ header.e_phoff, header.e_phnum, header.e_phentsize };
	return check_machine(image, header.e_type, header.e_machine);
}

static int read_header_32(const struct image *image, struct elf *elf, struct elf_table *table)
{
	struct elf32_hdr header;

	if (!image_read_part(image, &header, sizeof(header), 0))
		return fail("%s is a malformed ELF file: it ends within its header",
			    image->file.path);
	elf->entry = header.e_entry;
	*table = (struct elf_table){ header.e_phoff, header.e_phnum, header.e_phentsize };
	return check_machine(image, header.e_type, header.e_machine);
}

static int check_table(const struct image *image, const struct elf_table *table)
{
	unsigned int size = is_64(image) ? sizeof(struct elf64_phdr) : sizeof(struct elf32_phdr);
	u64 len = (u64)table->count * table->entry_size;
	const char *path = image->file.path;
	u64 end;

	if (table->entry_size != size || !table->count || table->count > ELF_SEGMENTS)
		return fail("%s is a malformed ELF file: %u program headers of %u bytes", path,
			    table->count, table->entry_size);
	if (__builtin_add_overflow(table->offset, len, &end) || end > image->file.size)
		return fail("%s is a malformed ELF file: it ends within its program headers",
			    path);
	return 0;
}

static int read_segments(const struct image *image, struct elf *elf,
			 const struct elf_table *table)
{
	struct elf64_phdr headers[ELF_SEGMENTS];

	if (file_read(&image->file, headers, table->count * sizeof(headers[0]), table->offset))
		return -1;
	for (unsigned int i = 0; i < table->count; i++)
		elf->segments[i] = (struct elf_segment){
			.type = headers[i].p_type,
			.offset = headers[i].p_offset,
			.vaddr = headers[i].p_vaddr,
			.paddr = headers[i].p_paddr,
			.file_size = headers[i].p_filesz,
			.memory_size = headers[i].p_memsz,
		};
	return 0;
}

static int read_segments_32(const struct image *image, struct elf *elf,
			    const struct elf_table *table)
{
	struct elf32_phdr headers[ELF_SEGMENTS];

	if (file_read(&image->file, headers, table->count * sizeof(headers[0]), table->offset))
		return -1;
	for (unsigned int i = 0; i < table->count; i++)
		elf->segments[i] = (struct elf_segment){
			.type = headers[i].p_type,
			.offset = headers[i].p_offset,
			.vaddr = headers[i].p_vaddr,
			.paddr = headers[i].p_paddr,
			.file_size = headers[i].p_filesz,
			.memory_size = headers[i].p_memsz,
		};
	return 0;
}

int elf_read(const struct image *image, struct elf *elf)
{
	struct elf_table table;

	if (check_class(image))
		return -1;
	if (is_64(image) ? read_header(image, elf, &table) : read_header_32(image, elf, &table))
		return -1;
	if (check_table(image, &table))
		return -1;
	elf->count = table.count;
	return is_64(image) ? read_segments(image, elf, &table) :
			      read_segments_32(image, elf, &table);
}

static bool is_loaded(const struct elf_segment *segment)
{
	return segment->type == PT_LOAD && segment->memory_size;
}

static int check_segment(const struct image *image, const struct elf_segment *segment, u64 base)
{
	const char *path = image->file.path;
	u64 end;

	if (segment->file_size > segment->memory_size)
		return fail("%s is a malformed ELF file: a segment is longer than its memory",
			    path);
	if (__builtin_add_overflow(segment->offset, segment->file_size, &end) ||
	    end > image->file.size)
		return fail("%s is a malformed ELF file: it ends within a segment", path);
	if (__builtin_add_overflow(segment->paddr, segment->memory_size, &end) ||
	    segment->paddr < base)
		return fail("%s has a segment at %#llx, and the guest's memory is at %#llx: %s",
			    path, segment->paddr, base, "link it there (Linux: give its Image)");
	return 0;
}

int elf_place(struct image *image, const struct elf *elf, u64 base)
{
	struct range *memory = &image->memory;

	*memory = (struct range){ .start = ~0ULL };
	for (unsigned int i = 0; i < elf->count; i++) {
		const struct elf_segment *segment = &elf->segments[i];

		if (!is_loaded(segment))
			continue;
		if (check_segment(image, segment, base))
			return -1;
		if (segment->paddr < memory->start)
			memory->start = segment->paddr;
		if (segment->paddr + segment->memory_size > memory->end)
			memory->end = segment->paddr + segment->memory_size;
	}
	return 0;
}

/* The entry point is a virtual address; the guest starts with physical ones. */
int elf_find_entry(struct image *image, const struct elf *elf)
{
	for (unsigned int i = 0; i < elf->count; i++) {
		const struct elf_segment *segment = &elf->segments[i];
		u64 offset = elf->entry - segment->vaddr;

		if (is_loaded(segment) && elf->entry >= segment->vaddr &&
		    offset < segment->memory_size) {
			image->entry = segment->paddr + offset;
			return 0;
		}
	}
	return fail("%s is a malformed ELF file: its entry point %#llx is in no segment",
		    image->file.path, elf->entry);
}

bool elf_covers(const struct elf *elf, u64 paddr)
{
	for (unsigned int i = 0; i < elf->count; i++) {
		const struct elf_segment *segment = &elf->segments[i];

		if (is_loaded(segment) && paddr >= segment->paddr &&
		    paddr - segment->paddr < segment->memory_size)
			return true;
	}
	return false;
}

int elf_load(const struct image *image, const struct ram *ram)
{
	struct elf elf;

	if (elf_read(image, &elf))
		return -1;
	for (unsigned int i = 0; i < elf.count; i++) {
		const struct elf_segment *segment = &elf.segments[i];
		void *to;

		if (!is_loaded(segment))
			continue;
		/* The file may have changed since it was checked. */
		to = ram_at(ram, segment->paddr, segment->file_size);
		if (!to)
			return fail("%s has changed while it was read", image->file.path);
		if (file_read(&image->file, to, segment->file_size, segment->offset))
			return -1;
	}
	return 0;
}
