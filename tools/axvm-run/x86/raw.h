/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the file of a Multiboot kernel: an ELF file, or one whose Multiboot header
 * says where it goes
 */
#ifndef AXVM_RUN_X86_RAW_H
#define AXVM_RUN_X86_RAW_H

#include "image.h"

/**
 * struct raw - What a Multiboot header says of where the file goes.
 * @present: it says so, by @header_address to @bss_end; otherwise the file is an ELF file.
 * @header_offset: the header's place in the file.
 * @header_address: the header's place in memory.
 * @load_start: what is loaded begins here in memory.
 * @load_end: and ends here; 0: with the file.
 * @bss_end: memory from @load_end to here is zero; 0: there is none.
 * @has_entry: @entry is valid.
 * @entry: where it starts.
 * @relocatable: it could be elsewhere, and is told where it is.
 * @has_limits: @min_address and @max_address are valid.
 * @min_address: no part of it is to be below this.
 * @max_address: no part of it is to be above this.
 */
struct raw {
	bool present;
	u64 header_offset;
	u32 header_address;
	u32 load_start;
	u32 load_end;
	u32 bss_end;
	bool has_entry;
	u32 entry;
	bool relocatable;
	bool has_limits;
	u32 min_address;
	u32 max_address;
};

/* As @plan and @load of &struct image_kind. */
int raw_plan(struct image *image, const struct raw *raw, u64 base);
int raw_load(const struct image *image, const struct raw *raw, const struct ram *ram);

/**
 * raw_search() - Search the start of a file for a header.
 * @image: the file.
 * @window: bytes of the file to look at.
 * @align: what a header's place is a multiple of.
 * @words: 32-bit words that it begins with.
 * @is_header: are these words a header's?
 * @offset: where it is.
 *
 * Return: false if there is none.
 */
bool raw_search(const struct image *image, u32 window, u32 align, u32 words,
		bool (*is_header)(const u32 *words), u64 *offset);

#endif /* AXVM_RUN_X86_RAW_H */
