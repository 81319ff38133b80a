// SPDX-License-Identifier: GPL-2.0
/*
 * The image to boot: what kind it is, where it goes, and loading it
 */
#include <string.h>

#include "arch.h"
#include "image.h"
#include "report.h"

static bool has_bytes(const struct image *image, unsigned int offset, const char *bytes,
		      size_t len)
{
	return !memcmp(image->head + offset, bytes, len);
}

static const struct {
	const char *magic;
	size_t len;
	const char *format;
	const char *tool;
} compressed[] = {
	{ "\x1f\x8b", 2, "gzip", "gunzip" },
	{ "\xfd\x37zXZ", 5, "xz", "unxz" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd", "unzstd" },
	{ "BZh", 3, "bzip2", "bunzip2" },
	{ "\x02\x21\x4c\x18", 4, "lz4", "lz4 -d" },
	{ "\x04\x22\x4d\x18", 4, "lz4", "lz4 -d" },
	{ "\x89LZO", 4, "lzop", "lzop -d" },
};

/* A compressed kernel would run as a flat binary, and crash. */
static int refuse_compressed(const struct image *image)
{
	const char *path = image->file.path;

	for (unsigned int i = 0; i < ARRAY_SIZE(compressed); i++) {
		if (has_bytes(image, 0, compressed[i].magic, compressed[i].len))
			return fail("%s is compressed with %s: unpack it first (%s < %s > image)",
				    path, compressed[i].format, compressed[i].tool, path);
	}
	return 0;
}

/*
 * An EFI program with its kernel packed inside: "MZ", two bytes, "zimg", then
 * offset and size of the payload and, at 24, the name of the compression.
 */
static int refuse_zboot(const struct image *image)
{
	u32 offset, size;

	if (!has_bytes(image, 0, "MZ", 2) || !has_bytes(image, 4, "zimg", 4))
		return 0;
	memcpy(&offset, image->head + 8, sizeof(offset));
	memcpy(&size, image->head + 12, sizeof(size));
	return fail("%s is an EFI program with a kernel in it: unpack that (%.8s, %u bytes at %u)",
		    image->file.path, image->head + 24, size, offset);
}

static int refuse_others_kernel(const struct image *image)
{
	if (has_bytes(image, 0, "MZ", 2) || has_bytes(image, 0x38, "ARM\x64", 4) ||
	    has_bytes(image, 0x30, "RISCV\0\0\0", 8))
		return fail("%s is an EFI program or another machine's kernel, not %s",
			    image->file.path, arch_text.kernel);
	return 0;
}

int image_refuse_foreign(const struct image *image)
{
	if (refuse_compressed(image) || refuse_zboot(image))
		return -1;
	return refuse_others_kernel(image);
}

bool image_read_part(const struct image *image, void *part, u64 len, u64 offset)
{
	return offset <= image->file.size && len <= image->file.size - offset &&
	       !file_read(&image->file, part, len, offset);
}

int image_load_file(const struct file *file, const struct ram *ram, u64 gpa)
{
	return file_read(file, ram_at(ram, gpa, file->size), file->size, 0);
}

static bool flat_matches(const struct image *image)
{
	(void)image;
	return true;
}

static int flat_plan(struct image *image, u64 base)
{
	if (image_refuse_foreign(image))
		return -1;
	image->memory.start = base;
	image->entry = base;
	if (__builtin_add_overflow(base, image->file.size, &image->memory.end))
		return fail("%s is too large", image->file.path);
	return 0;
}

static int flat_load(const struct image *image, const struct ram *ram)
{
	return image_load_file(&image->file, ram, image->memory.start);
}

const struct image_kind flat_image = {
	.matches = flat_matches,
	.plan = flat_plan,
	.load = flat_load,
};

static int identify(struct image *image, u64 base)
{
	u64 len = image->file.size < IMAGE_HEAD ? image->file.size : IMAGE_HEAD;
	unsigned int i = 0;

	if (file_read(&image->file, image->head, len, 0))
		return -1;
	while (!arch_image_kinds[i]->matches(image))
		i++;
	image->kind = arch_image_kinds[i];
	return image->kind->plan(image, base);
}

int image_open(struct image *image, const char *path, u64 base)
{
	*image = (struct image){ };
	if (file_open(&image->file, "image", path))
		return -1;
	if (identify(image, base)) {
		image_close(image);
		return -1;
	}
	return 0;
}

int image_load(const struct image *image, const struct ram *ram)
{
	return image->kind->load(image, ram);
}

void image_close(struct image *image)
{
	file_close(&image->file);
}
