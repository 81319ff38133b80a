// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run with malformed bzImages and firmware images: one clear line, and status 1
 */
#include <asm/bootparam.h>

#include "test.h"
#include "image_file.h"

/* ------------------------------------------------------------------------- */
/* bzImages                                                                  */
/* ------------------------------------------------------------------------- */

struct bzimage {
	char boot_sector[0x1f1];
	struct setup_header header;
	char setup[2 * 512 - 0x1f1 - sizeof(struct setup_header)];
	char kernel[1024];
};

static const struct bzimage good_bzimage = {
	.header = {
		.setup_sects = 1,
		.syssize = sizeof(good_bzimage.kernel) / 16,
		.boot_flag = 0xaa55,
		.jump = 0x66eb,
		.header = 0x53726448,
		.version = 0x020f,
		.loadflags = LOADED_HIGH,
		.xloadflags = XLF_KERNEL_64,
		.initrd_addr_max = 0x7fffffff,
		.kernel_alignment = 0x200000,
		.relocatable_kernel = 1,
		.cmdline_size = 2047,
		.pref_address = 0x1000000,
		.init_size = 0x10000,
	},
};

#define CHECK_BAD_BZIMAGE(field, value, words)	CHECK_BAD(good_bzimage, header.field, value, words)
#define CHECK_GOOD_BZIMAGE(field, value)	CHECK_GOOD(good_bzimage, header.field, value)

TEST(bzimages)
{
	CHECK_TAKEN(&good_bzimage, sizeof(good_bzimage));
	CHECK_REFUSED(&good_bzimage, 0x210, "truncated bzImage");
	CHECK_REFUSED(&good_bzimage, sizeof(good_bzimage) - 1, "truncated bzImage");
	CHECK_BAD_BZIMAGE(setup_sects, 0, "truncated bzImage");
	CHECK_BAD_BZIMAGE(syssize, 0xffffffff, "truncated bzImage");
	CHECK_BAD_BZIMAGE(syssize, 0, "malformed bzImage");
	CHECK_BAD_BZIMAGE(syssize, 0x200 / 16, "ends before its 64-bit entry point");
	CHECK_GOOD_BZIMAGE(syssize, 0x200 / 16 + 1);
	CHECK_BAD_BZIMAGE(version, 0x020b, "boot protocol 2.11");
	CHECK_BAD_BZIMAGE(loadflags, 0, "zImage");
	CHECK_BAD_BZIMAGE(xloadflags, 0, "32-bit kernel");
	CHECK_BAD_BZIMAGE(pref_address, 0, "malformed bzImage");
	CHECK_BAD_BZIMAGE(pref_address, ~0ULL << 21, "malformed bzImage");
	CHECK_BAD_BZIMAGE(pref_address, 0xc0000000, "malformed bzImage");
	CHECK_BAD_BZIMAGE(init_size, 0xffffffff, "malformed bzImage");
	CHECK_BAD_BZIMAGE(init_size, 0x40000000, "too little memory");
}

TEST(alignment_of_a_bzimage)
{
	struct bzimage fixed = good_bzimage;

	CHECK_BAD_BZIMAGE(pref_address, 0x1000001, "at 0x1000001, aligned to 0x200000");
	CHECK_BAD_BZIMAGE(pref_address, 0x1100000, "at 0x1100000, aligned to 0x200000");
	CHECK_GOOD_BZIMAGE(pref_address, 0x1200000);
	CHECK_BAD_BZIMAGE(kernel_alignment, 0, "aligned to 0");
	CHECK_BAD_BZIMAGE(kernel_alignment, 0x300000, "aligned to 0x300000");
	CHECK_BAD_BZIMAGE(kernel_alignment, 0x2000000, "aligned to 0x2000000");
	CHECK_GOOD_BZIMAGE(kernel_alignment, 1);
	/* A kernel that is not relocatable does not look at it. */
	fixed.header.relocatable_kernel = 0;
	CHECK_GOOD(fixed, header.kernel_alignment, 0);
	CHECK_GOOD(fixed, header.pref_address, 0x1100000);
	CHECK_BAD(fixed, header.pref_address, 0xbffff000, "at 0xbffff000, 65536 bytes");
}

TEST(what_a_bzimage_takes)
{
	struct bzimage small = good_bzimage;

	small.header.cmdline_size = 4;
	small.header.initrd_addr_max = 0x1010fff;
	write_file("image", &small, sizeof(small));
	RUN(&outcome, "--append", "four", "--dump-acpi", "tables", "image");
	CHECK_EQ(outcome.status, 0);
	RUN(&outcome, "--append", "five5", "image");
	CHECK_SAID(&outcome, 1, "--append: 5 bytes are too long for this kernel: it takes 4");

	/* It begins behind what the kernel needs at first. */
	write_file("initrd", "x", 1);
	CHECK_SYS(truncate("initrd", 0x1000));
	RUN(&outcome, "--initrd", "initrd", "--dump-acpi", "tables", "image");
	CHECK_EQ(outcome.status, 0);
	CHECK_SYS(truncate("initrd", 0x1001));
	RUN(&outcome, "--initrd", "initrd", "image");
	CHECK_SAID(&outcome, 1, "the kernel takes one that ends below 0x1011000");
}

/* ------------------------------------------------------------------------- */
/* Firmware, and what is taken for none                                      */
/* ------------------------------------------------------------------------- */

TEST(firmware)
{
	static const char zeros[64];

	CHECK_REFUSED("0123456789abcde", 15, "too short for a firmware image");
	CHECK_REFUSED("\177ELF and then something else", 30, "ELF");
	write_file("image", zeros, sizeof(zeros));
	CHECK_SYS(truncate("image", (16 << 20) + 1));
	RUN(&outcome, "image");
	CHECK_SAID(&outcome, 1, "too large for a firmware image");

	write_file("image", zeros, sizeof(zeros));
	RUN(&outcome, "--append", "x", "image");
	CHECK_SAID(&outcome, 1, "--append: image is taken for a firmware image");
	RUN(&outcome, "--initrd", "image", "image");
	CHECK_SAID(&outcome, 1, "--initrd: image is taken for a firmware image");
	RUN(&outcome, "--dump-acpi", "tables", "image");
	CHECK_SAID(&outcome, 1, "--dump-acpi: image is taken for a firmware image");
	RUN(&outcome, "--memory", "512K", "image");
	CHECK_SAID(&outcome, 1, "too little memory");
}

/* 64 bytes with @magic at @offset. */
static void check_foreign(struct where where, size_t offset, const char *magic, size_t len,
			  const char *words)
{
	char file[64] = { };

	memcpy(file + offset, magic, len);
	check_refused(where, file, sizeof(file), words);
}

#define CHECK_FOREIGN(offset, magic, words)				\
	check_foreign(HERE, offset, magic, sizeof(magic) - 1, words)

TEST(packed_and_foreign)
{
	CHECK_FOREIGN(0, "BZh9", "bzip2: unpack it first (bunzip2");
	CHECK_FOREIGN(0, "\x02\x21\x4c\x18", "lz4: unpack it first (lz4 -d");
	CHECK_FOREIGN(0, "\x04\x22\x4d\x18", "lz4: unpack it first (lz4 -d");
	CHECK_FOREIGN(0, "\x89LZO", "lzop: unpack it first (lzop -d");
	CHECK_FOREIGN(0x38, "ARM\x64", "another machine's kernel");
	CHECK_FOREIGN(0x30, "RISCV\0\0\0", "another machine's kernel");
}

TEST_HARNESS_MAIN
