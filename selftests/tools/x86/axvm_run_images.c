// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run with malformed images of each kind: one clear line, and status 1
 */
#include <asm/bootparam.h>
#include <linux/elf.h>

#include "test.h"
#include "../command.h"

#define RUN(outcome, ...)						\
	command_run((const char *const []){ "axvm-run", __VA_ARGS__, NULL }, outcome)

static struct outcome outcome;

/* The file with these bytes is refused. */
static void check_refused(struct where where, const void *bytes, size_t len, const char *words)
{
	write_file("image", bytes, len);
	RUN(&outcome, "image");
	check_said(where, &outcome, 1, words);
	check_said(where, &outcome, 1, "image");
}

#define CHECK_REFUSED(bytes, len, words)	check_refused(HERE, bytes, len, words)

/* It is well-formed: what it says is how it would be described. */
static void check_taken(struct where where, const void *bytes, size_t len)
{
	write_file("image", bytes, len);
	RUN(&outcome, "--dump-acpi", "tables", "image");
	if (outcome.status)
		check_failed(where, "refused: %s", outcome.err);
}

#define CHECK_TAKEN(bytes, len)			check_taken(HERE, bytes, len)

/* A good file, but for one field. */
#define CHECK_BAD(good, field, value, words) do {			\
	__auto_type __bad = good;						\
									\
	__bad.field = value;						\
	CHECK_REFUSED(&__bad, sizeof(__bad), words);			\
} while (0)

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
		.cmdline_size = 2047,
		.pref_address = 0x1000000,
		.init_size = 0x10000,
	},
};

#define CHECK_BAD_BZIMAGE(field, value, words)	CHECK_BAD(good_bzimage, header.field, value, words)

TEST(bzimages)
{
	CHECK_TAKEN(&good_bzimage, sizeof(good_bzimage));
	CHECK_REFUSED(&good_bzimage, 0x210, "truncated bzImage");
	CHECK_REFUSED(&good_bzimage, sizeof(good_bzimage) - 1, "truncated bzImage");
	CHECK_BAD_BZIMAGE(setup_sects, 0, "truncated bzImage");
	CHECK_BAD_BZIMAGE(syssize, 0xffffffff, "truncated bzImage");
	CHECK_BAD_BZIMAGE(syssize, 0, "malformed bzImage");
	CHECK_BAD_BZIMAGE(version, 0x020b, "boot protocol 2.11");
	CHECK_BAD_BZIMAGE(loadflags, 0, "zImage");
	CHECK_BAD_BZIMAGE(xloadflags, 0, "32-bit kernel");
	CHECK_BAD_BZIMAGE(pref_address, 0, "malformed bzImage");
	CHECK_BAD_BZIMAGE(pref_address, ~0ULL, "malformed bzImage");
	CHECK_BAD_BZIMAGE(pref_address, 0xbffff000, "malformed bzImage");
	CHECK_BAD_BZIMAGE(init_size, 0xffffffff, "malformed bzImage");
	CHECK_BAD_BZIMAGE(init_size, 0x40000000, "too little memory");
}

TEST(what_a_bzimage_takes)
{
	struct bzimage small = good_bzimage;

	small.header.cmdline_size = 4;
	small.header.initrd_addr_max = 0x1001000;
	write_file("image", &small, sizeof(small));
	RUN(&outcome, "--append", "four", "--dump-acpi", "tables", "image");
	CHECK_EQ(outcome.status, 0);
	RUN(&outcome, "--append", "five5", "image");
	CHECK_SAID(&outcome, 1, "--append: 5 bytes are too long for this kernel: it takes 4");
	RUN(&outcome, "--initrd", "image", "image");
	CHECK_SAID(&outcome, 1, "initrd image is too large");
}

/* ------------------------------------------------------------------------- */
/* Multiboot                                                                 */
/* ------------------------------------------------------------------------- */

struct multiboot {
	char before[64];
	__u32 magic;
	__u32 flags;
	__u32 checksum;
	__u32 header_address;
	__u32 load_start;
	__u32 load_end;
	__u32 bss_end;
	__u32 entry;
	char code[32];
};

#define MULTIBOOT_FLAGS(f)	.flags = f, .checksum = -(0x1badb002 + (f))

static const struct multiboot good_multiboot = {
	.magic = 0x1badb002,
	MULTIBOOT_FLAGS(0x10003),
	.header_address = 0x100040,
	.load_start = 0x100000,
	.load_end = 0,
	.bss_end = 0x101000,
	.entry = 0x100060,
};

#define CHECK_BAD_MULTIBOOT(field, value, words)			\
	CHECK_BAD(good_multiboot, field, value, words)

/* Its flags and, as that has to fit, its checksum. */
static void check_flags(struct where where, __u32 flags, const char *words)
{
	struct multiboot bad = good_multiboot;

	bad.flags = flags;
	bad.checksum = -(bad.magic + flags);
	check_refused(where, &bad, sizeof(bad), words);
}

#define CHECK_FLAGS(flags, words)	check_flags(HERE, flags, words)

TEST(multiboot)
{
	CHECK_TAKEN(&good_multiboot, sizeof(good_multiboot));
	CHECK_FLAGS(0x10004, "video mode");
	CHECK_FLAGS(0x10008, "wants what is not known");
	CHECK_FLAGS(0, "says not where it is loaded");
	CHECK_REFUSED(&good_multiboot, offsetof(struct multiboot, entry), "ends within its header");
	CHECK_BAD_MULTIBOOT(header_address, 0x100000 - 1, "loaded from before itself");
	CHECK_BAD_MULTIBOOT(header_address, 0x100041, "loaded from before itself");
	CHECK_BAD_MULTIBOOT(load_start, 0x10000, "loaded from before itself");
	CHECK_BAD_MULTIBOOT(load_end, 0xfffff, "ends before its load end");
	CHECK_BAD_MULTIBOOT(load_end, 0x200000, "ends before its load end");
	CHECK_BAD_MULTIBOOT(bss_end, 0x100010, "bss ends before its file");
	CHECK_BAD_MULTIBOOT(bss_end, 0xfffffff0, "too large");
	CHECK_BAD_MULTIBOOT(bss_end, 0x80000000, "too little memory");
	CHECK_BAD_MULTIBOOT(entry, 0xfffff, "its entry 0xfffff is not in it");
	CHECK_BAD_MULTIBOOT(entry, 0x101000, "its entry 0x101000 is not in it");
}

/* Without addresses of its own it is an ELF file, and 32 bits are as good as 64. */
TEST(multiboot_elf)
{
	struct {
		struct elf32_hdr header;
		struct elf32_phdr segment;
		__u32 multiboot[3];
	} elf = {
		.header = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_386,
			.e_entry = 0xc0100000,
			.e_phoff = sizeof(struct elf32_hdr),
			.e_phentsize = sizeof(struct elf32_phdr),
			.e_phnum = 1,
		},
		.segment = {
			.p_type = PT_LOAD,
			.p_vaddr = 0xc0100000,
			.p_paddr = 0x100000,
			.p_filesz = sizeof(elf),
			.p_memsz = 4096,
		},
		.multiboot = { 0x1badb002, 0, -0x1badb002U },
	};

	CHECK_TAKEN(&elf, sizeof(elf));
	elf.header.e_entry = 0x100000;
	CHECK_REFUSED(&elf, sizeof(elf), "entry point 0x100000 is in no segment");
	elf.header.e_entry = 0xc0100000;
	elf.segment.p_paddr = 0x1000;
	CHECK_REFUSED(&elf, sizeof(elf), "link it there");
	elf.segment.p_paddr = 0xfffff000;
	CHECK_REFUSED(&elf, sizeof(elf), "too large");
	/* With a header that is not one it is neither kind of kernel. */
	elf.segment.p_paddr = 0x100000;
	elf.multiboot[2]++;
	CHECK_REFUSED(&elf, sizeof(elf), "without a PVH entry point or a Multiboot header");
}

struct multiboot2 {
	char before[64];
	__u32 magic;
	__u32 architecture;
	__u32 length;
	__u32 checksum;
	struct {
		__u16 type;
		__u16 flags;
		__u32 size;
		__u32 header_address;
		__u32 load_start;
		__u32 load_end;
		__u32 bss_end;
	} addresses;
	struct {
		__u16 type;
		__u16 flags;
		__u32 size;
		__u32 entry;
		__u32 pad;
	} entry;
	struct {
		__u16 type;
		__u16 flags;
		__u32 size;
		__u32 what;
		__u32 pad;
	} wish;
	struct {
		__u16 type;
		__u16 flags;
		__u32 size;
	} end;
	char code[32];
};

#define MULTIBOOT2_LENGTH						\
	((__u32)(offsetof(struct multiboot2, code) - offsetof(struct multiboot2, magic)))

static const struct multiboot2 good_multiboot2 = {
	.magic = 0xe85250d6,
	.length = MULTIBOOT2_LENGTH,
	.checksum = -(0xe85250d6 + MULTIBOOT2_LENGTH),
	.addresses = {
		.type = 2,
		.size = sizeof(good_multiboot2.addresses),
		.header_address = 0x100040,
		.load_start = 0x100000,
	},
	.entry = {
		.type = 3,
		.size = 12,
		.entry = 0x100080,
	},
	.wish = {
		.type = 1,
		.size = 12,
		.what = 6,
	},
	.end = {
		.size = 8,
	},
};

#define CHECK_BAD_MULTIBOOT2(field, value, words)			\
	CHECK_BAD(good_multiboot2, field, value, words)

TEST(multiboot2)
{
	struct multiboot2 other = good_multiboot2;

	CHECK_TAKEN(&good_multiboot2, sizeof(good_multiboot2));
	other.addresses.load_start = ~0U;
	CHECK_TAKEN(&other, sizeof(other));
	other.architecture = 4;
	other.checksum -= 4;
	CHECK_REFUSED(&other, sizeof(other), "for another machine");
	other = good_multiboot2;
	other.length = 0x1000;
	other.checksum = -(other.magic + other.length);
	CHECK_REFUSED(&other, sizeof(other), "ends within its header");
	other.length = 8;
	other.checksum = -(other.magic + other.length);
	CHECK_REFUSED(&other, sizeof(other), "length cannot be");
	CHECK_BAD_MULTIBOOT2(addresses.size, 7, "beyond its header");
	CHECK_BAD_MULTIBOOT2(addresses.size, 0xfffffff8, "beyond its header");
	CHECK_BAD_MULTIBOOT2(addresses.size, 8, "too short");
	CHECK_BAD_MULTIBOOT2(entry.size, 8, "too short");
	CHECK_BAD_MULTIBOOT2(end.type, 4, "wants what is not known here (tag 4)");
	CHECK_BAD_MULTIBOOT2(end.type, 10, "have no end");
	CHECK_BAD_MULTIBOOT2(entry.type, 10, "says not where it starts");
	CHECK_BAD_MULTIBOOT2(addresses.type, 10, "says not where it is loaded");
	CHECK_BAD_MULTIBOOT2(addresses.header_address, 0, "loaded from before itself");
}

TEST(what_a_multiboot2_kernel_wants)
{
	struct multiboot2 wish = good_multiboot2;

	/* Information that there is not: a framebuffer. */
	wish.wish.what = 8;
	CHECK_REFUSED(&wish, sizeof(wish), "wants what is not known here (information 8)");
	wish.wish.flags = 1;
	CHECK_TAKEN(&wish, sizeof(wish));
	wish.wish.type = 5;
	CHECK_TAKEN(&wish, sizeof(wish));
	wish.wish.flags = 0;
	CHECK_REFUSED(&wish, sizeof(wish), "wants what is not known here (tag 5)");
}

/* ------------------------------------------------------------------------- */
/* Firmware                                                                  */
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

TEST_HARNESS_MAIN
