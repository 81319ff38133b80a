/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ELF files with fixed addresses, little-endian
 */
#ifndef AXVM_RUN_ELF_H
#define AXVM_RUN_ELF_H

#include "image.h"

/* More than any linker makes, and few enough to hold. */
#define ELF_SEGMENTS	64

/**
 * struct elf_segment - A program header.
 * @type: PT_LOAD and so on.
 * @offset: where it is in the file.
 * @vaddr: its virtual address.
 * @paddr: its physical address.
 * @file_size: bytes in the file.
 * @memory_size: bytes in memory; those beyond the file's are zero.
 */
struct elf_segment {
	u32 type;
	u64 offset;
	u64 vaddr;
	u64 paddr;
	u64 file_size;
	u64 memory_size;
};

/**
 * struct elf - What is in an ELF file's header and program headers, of either size.
 * @entry: where it starts, a virtual address.
 * @count: how many segments there are.
 * @segments: them.
 */
struct elf {
	u64 entry;
	unsigned int count;
	struct elf_segment segments[ELF_SEGMENTS];
};

bool elf_matches(const struct image *image);

/* Read the headers and check them; 0, or -1 with the reason reported. */
int elf_read(const struct image *image, struct elf *elf);

/**
 * elf_place() - Check the segments, and fill in what memory an image takes up.
 * @image: its @memory is filled in.
 * @elf: from elf_read().
 * @base: where an image can be first.
 *
 * Return: 0, or -1 with the reason reported.
 */
int elf_place(struct image *image, const struct elf *elf, u64 base);

/* Find the physical address of the entry point, for an image that starts there. */
int elf_find_entry(struct image *image, const struct elf *elf);

/* Is this physical address in memory that a segment takes up? */
bool elf_covers(const struct elf *elf, u64 paddr);

/* What an &struct image_kind needs whose files are simply loaded. */
int elf_load(const struct image *image, const struct ram *ram);

#endif /* AXVM_RUN_ELF_H */
