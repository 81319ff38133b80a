// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: a Linux kernel's Image file
 *
 * See Documentation/arch/riscv/boot-image-header.rst in the kernel.
 */
#include <assert.h>
#include <endian.h>
#include <string.h>

#include "images.h"
#include "report.h"

struct riscv_image_header {
	__le32 code[2];
	__le64 text_offset;
	__le64 image_size;
	__le64 flags;
	__le32 version;
	__le32 res1;
	__le64 res2;
	__le64 magic;
	char magic2[4];
	__le32 pe_offset;
};

/* The kernel is an EFI program, too: what of that format tells its length. */
struct pe_header {
	char magic[4];
	__le16 machine;
	__le16 sections;
	__le32 unused[3];
	__le16 optional_len;
	__le16 flags;
};

struct pe_section {
	char name[8];
	__le32 memory_len;
	__le32 memory_offset;
	__le32 file_len;
	__le32 file_offset;
	__le32 unused[4];
};

#define FLAG_BIG_ENDIAN	1

/* A kernel is mapped by entries of this size before it has page tables. */
#define KERNEL_ALIGN	(2 * MIB)

static const struct riscv_image_header *header_of(const struct image *image)
{
	static_assert(sizeof(struct riscv_image_header) == IMAGE_HEAD, "all of it is read");

	return (const void *)image->head;
}

static bool linux_matches(const struct image *image)
{
	return !memcmp(header_of(image)->magic2, "RSC\x05", 4);
}

static bool has_sections(const struct image *image)
{
	u64 offset = le32toh(header_of(image)->pe_offset);
	struct pe_header pe;

	if (!image_read_part(image, &pe, sizeof(pe), offset))
		return false;
	offset += sizeof(pe) + le16toh(pe.optional_len);
	for (unsigned int i = 0; i < le16toh(pe.sections); i++) {
		struct pe_section section;

		if (!image_read_part(image, &section, sizeof(section),
				     offset + i * sizeof(section)))
			return false;
		if ((u64)le32toh(section.file_offset) + le32toh(section.file_len) >
		    image->file.size)
			return false;
	}
	return true;
}

/* A kernel that is no EFI program does not tell. */
static bool is_complete(const struct image *image)
{
	return memcmp(image->head, "MZ", 2) || has_sections(image);
}

static int linux_plan(struct image *image, u64 base)
{
	const struct riscv_image_header *header = header_of(image);
	u64 offset = le64toh(header->text_offset);
	u64 size = le64toh(header->image_size);
	const char *path = image->file.path;

	if (le64toh(header->flags) & FLAG_BIG_ENDIAN)
		return fail("%s is a big-endian kernel: axvm runs little-endian guests", path);
	if (!size)
		return fail("%s is a malformed Linux Image: its header says that it is empty",
			    path);
	if (offset % KERNEL_ALIGN)
		return fail("%s is a malformed Linux Image: its offset is no multiple of 2 MiB",
			    path);

	if (!is_complete(image))
		return fail("%s is a truncated Linux Image: get it again", path);

	/* What is in the file after the kernel proper is loaded with it. */
	if (size < image->file.size)
		size = image->file.size;
	if (__builtin_add_overflow(base, offset, &image->memory.start) ||
	    __builtin_add_overflow(image->memory.start, size, &image->memory.end))
		return fail("%s is a malformed Linux Image: its header has it at %llu bytes",
			    path, size);
	image->entry = image->memory.start;
	return 0;
}

static int linux_load(const struct image *image, const struct ram *ram)
{
	return image_load_file(&image->file, ram, image->memory.start);
}

const struct image_kind linux_image = {
	.matches = linux_matches,
	.plan = linux_plan,
	.load = linux_load,
};
