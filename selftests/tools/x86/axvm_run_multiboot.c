// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run with Multiboot kernels of both versions, well-formed and not
 */
#include <linux/elf.h>

#include "test.h"
#include "image_file.h"

/* No header is found in it, so it is firmware. */
static void check_not_found(struct where where, const void *bytes, size_t len)
{
	write_file("image", bytes, len);
	RUN(&outcome, "--dump-acpi", "tables", "image");
	check_said(where, &outcome, 1, "is taken for a firmware image");
}

#define CHECK_NOT_FOUND(bytes, len)		check_not_found(HERE, bytes, len)

/* ------------------------------------------------------------------------- */
/* Version 1                                                                 */
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

static const struct multiboot good_multiboot = {
	.magic = 0x1badb002,
	.flags = 0x10003,
	.checksum = -(0x1badb002 + 0x10003),
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
	struct multiboot low = good_multiboot;

	CHECK_TAKEN(&good_multiboot, sizeof(good_multiboot));
	CHECK_APPEND_LIMIT();
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

	low.header_address = 0x10040;
	low.load_start = 0x10000;
	CHECK_REFUSED(&low, sizeof(low), "is loaded at 0x10000, and can be at 0x100000 or above");
}

/* The required words have to end within the first 8192 bytes. */
TEST(place_of_a_multiboot_header)
{
	static char file[8192 + sizeof(struct multiboot)];
	struct multiboot far = good_multiboot;

	far.header_address = 0x100000 + 8180;
	far.bss_end = 0;
	memcpy(file + 8180, &far.magic, sizeof(far) - sizeof(far.before));
	CHECK_TAKEN(file, sizeof(file));
	memset(file, 0, sizeof(file));
	far.header_address = 0x100000 + 8184;
	memcpy(file + 8184, &far.magic, sizeof(far) - sizeof(far.before));
	CHECK_NOT_FOUND(file, sizeof(file));
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

/* ------------------------------------------------------------------------- */
/* Version 2                                                                 */
/* ------------------------------------------------------------------------- */

#define MAGIC_2			0xe85250d6

enum {
	INFORMATION	= 1,
	ADDRESSES	= 2,
	ENTRY		= 3,
	CONSOLE		= 4,
	FRAMEBUFFER	= 5,
	ALIGN_MODULES	= 6,
	EFI_BOOT_SERVICES = 7,
	EFI_AMD64_ENTRY	= 9,
	RELOCATABLE	= 10,
};

#define OPTIONAL		1

struct tag {
	__u16 type;
	__u16 flags;
	__u32 size;
};

struct multiboot2 {
	char before[64];
	__u32 magic;
	__u32 architecture;
	__u32 length;
	__u32 checksum;
	struct {
		struct tag head;
		__u32 header_address;
		__u32 load_start;
		__u32 load_end;
		__u32 bss_end;
	} addresses;
	struct {
		struct tag head;
		__u32 entry;
		__u32 pad;
	} entry;
	struct {
		struct tag head;
		__u32 words[4];
	} wish;
	struct tag end;
	char code[32];
};

#define MULTIBOOT2_LENGTH						\
	((__u32)(offsetof(struct multiboot2, code) - offsetof(struct multiboot2, magic)))
#define IMAGE_END		(0x100000 + sizeof(struct multiboot2))

static const struct multiboot2 good_multiboot2 = {
	.magic = MAGIC_2,
	.length = MULTIBOOT2_LENGTH,
	.checksum = -(MAGIC_2 + MULTIBOOT2_LENGTH),
	.addresses = {
		.head = { ADDRESSES, .size = sizeof(good_multiboot2.addresses) },
		.header_address = 0x100040,
		.load_start = 0x100000,
	},
	.entry = {
		.head = { ENTRY, .size = 12 },
		.entry = 0x100080,
	},
	.wish = {
		.head = { INFORMATION, .size = sizeof(good_multiboot2.wish) },
		.words = { 6, 4, 1, 15 },
	},
	.end = { .size = sizeof(struct tag) },
};

#define CHECK_BAD_MULTIBOOT2(field, value, words)			\
	CHECK_BAD(good_multiboot2, field, value, words)

/* Its header's length and, as that has to fit, its checksum. */
static void check_length(struct where where, __u32 length, const char *words)
{
	struct multiboot2 bad = good_multiboot2;

	bad.length = length;
	bad.checksum = -(bad.magic + length);
	check_refused(where, &bad, sizeof(bad), words);
}

#define CHECK_LENGTH(length, words)	check_length(HERE, length, words)

TEST(multiboot2)
{
	struct multiboot2 other = good_multiboot2;

	CHECK_TAKEN(&good_multiboot2, sizeof(good_multiboot2));
	CHECK_APPEND_LIMIT();
	other.addresses.load_start = ~0U;
	CHECK_TAKEN(&other, sizeof(other));
	CHECK_BAD(other, addresses.header_address, 0x3f, "loaded from before itself");
	CHECK_BAD(other, addresses.header_address, 0x40, "is loaded at 0, and can be at 0x100000");
	other.architecture = 4;
	other.checksum -= 4;
	CHECK_REFUSED(&other, sizeof(other), "for another machine");
	CHECK_BAD_MULTIBOOT2(entry.head.type, ALIGN_MODULES, "says not where it starts");
	CHECK_BAD_MULTIBOOT2(addresses.head.type, ALIGN_MODULES, "says not where it is loaded");
	CHECK_BAD_MULTIBOOT2(addresses.header_address, 0, "loaded from before itself");
	CHECK_BAD_MULTIBOOT2(entry.entry, 0xfffff, "its entry 0xfffff is not in it");
	CHECK_BAD_MULTIBOOT2(entry.entry, IMAGE_END, "is not in it");
}

TEST(length_of_a_multiboot2_header)
{
	CHECK_LENGTH(0, "length cannot be");
	CHECK_LENGTH(8, "length cannot be");
	CHECK_LENGTH(0x1008, "length cannot be");
	CHECK_LENGTH(0xfffffff8, "length cannot be");
	CHECK_LENGTH(0x1000, "ends within its header");
	CHECK_LENGTH(16, "have no end");
	/* Behind the entry tag, and behind what fills it up. */
	CHECK_LENGTH(offsetof(struct multiboot2, entry.pad) - sizeof(good_multiboot2.before),
		     "have no end");
	CHECK_LENGTH(offsetof(struct multiboot2, wish) - sizeof(good_multiboot2.before),
		     "have no end");
	CHECK_LENGTH(MULTIBOOT2_LENGTH - 1, "have no end");
}

TEST(sizes_of_multiboot2_tags)
{
	CHECK_BAD_MULTIBOOT2(addresses.head.size, 7, "beyond its header");
	CHECK_BAD_MULTIBOOT2(addresses.head.size, 0xfffffff8, "beyond its header");
	CHECK_BAD_MULTIBOOT2(addresses.head.size, 20, "too short");
	CHECK_BAD_MULTIBOOT2(entry.head.size, 8, "too short");
	CHECK_BAD_MULTIBOOT2(end.size, 7, "beyond its header");
	CHECK_BAD_MULTIBOOT2(end.type, CONSOLE, "too short");
	CHECK_BAD_MULTIBOOT2(end.type, RELOCATABLE, "too short");
	CHECK_BAD_MULTIBOOT2(end.type, ALIGN_MODULES, "have no end");
}

/* The header has to end within the first 32768 bytes, and is aligned. */
TEST(place_of_a_multiboot2_header)
{
	static char file[32768 + sizeof(struct multiboot2)];
	const size_t len = sizeof(good_multiboot2) - sizeof(good_multiboot2.before);
	struct multiboot2 far = good_multiboot2;

	far.addresses.header_address = 0x100000 + 32752;
	memcpy(file + 32752, &far.magic, len);
	CHECK_TAKEN(file, sizeof(file));
	memset(file, 0, sizeof(file));
	far.addresses.header_address = 0x100000 + 32760;
	memcpy(file + 32760, &far.magic, len);
	CHECK_NOT_FOUND(file, sizeof(file));
	memset(file, 0, sizeof(file));
	far.addresses.header_address = 0x100000 + 68;
	memcpy(file + 68, &far.magic, len);
	CHECK_NOT_FOUND(file, sizeof(file));
}

/* A good kernel with a tag of 12 bytes, and the end behind it. */
static struct multiboot2 with_tag(__u16 type, __u16 flags, __u32 value)
{
	struct multiboot2 kernel = good_multiboot2;

	kernel.wish.head = (struct tag){ type, flags, 12 };
	kernel.wish.words[0] = value;
	memcpy(&kernel.wish.words[2], &kernel.end, sizeof(kernel.end));
	return kernel;
}

static void check_tag(struct where where, __u16 type, __u16 flags, __u32 value,
		      const char *words)
{
	struct multiboot2 kernel = with_tag(type, flags, value);

	if (words)
		check_refused(where, &kernel, sizeof(kernel), words);
	else
		check_taken(where, &kernel, sizeof(kernel));
}

#define CHECK_TAG_TAKEN(type, flags, value)	check_tag(HERE, type, flags, value, NULL)
#define CHECK_TAG_REFUSED(type, flags, value, words)			\
	check_tag(HERE, type, flags, value, words)

TEST(what_a_multiboot2_kernel_wants)
{
	CHECK_TAG_REFUSED(FRAMEBUFFER, 0, 0, "wants what is not known here (tag 5)");
	CHECK_TAG_TAKEN(FRAMEBUFFER, OPTIONAL, 0);
	CHECK_TAG_REFUSED(RELOCATABLE + 1, 0, 0, "wants what is not known here (tag 11)");
	CHECK_TAG_TAKEN(RELOCATABLE + 1, OPTIONAL, 0);
	for (__u16 type = EFI_BOOT_SERVICES; type <= EFI_AMD64_ENTRY; type++)
		CHECK_TAG_TAKEN(type, 0, 0);
}

/* That there is a console; that the kernel can do without EGA text. */
TEST(what_a_multiboot2_kernel_wants_of_a_console)
{
	CHECK_TAG_TAKEN(CONSOLE, 0, 0);
	CHECK_TAG_REFUSED(CONSOLE, 0, 1, "wants what is not known here (tag 4)");
	CHECK_TAG_TAKEN(CONSOLE, 0, 2);
	CHECK_TAG_REFUSED(CONSOLE, 0, 3, "wants what is not known here (tag 4)");
	CHECK_TAG_TAKEN(CONSOLE, OPTIONAL, 3);
}

/* All that is understood, be it there or not. */
TEST(what_a_multiboot2_kernel_wants_to_know)
{
	for (__u32 type = 0; type <= 21; type++) {
		if (type != 9)
			CHECK_TAG_TAKEN(INFORMATION, 0, type);
	}
	CHECK_TAG_REFUSED(INFORMATION, 0, 9, "wants what is not known here (information 9)");
	CHECK_TAG_REFUSED(INFORMATION, 0, 22, "wants what is not known here (information 22)");
	CHECK_TAG_TAKEN(INFORMATION, OPTIONAL, 22);
}

/* The image is where it is. */
static void check_limits(struct where where, __u16 flags, __u32 min_address, __u32 max_address,
			 const char *words)
{
	struct multiboot2 kernel = good_multiboot2;

	kernel.wish.head = (struct tag){ RELOCATABLE, flags, sizeof(kernel.wish) };
	kernel.wish.words[0] = min_address;
	kernel.wish.words[1] = max_address;
	if (words)
		check_refused(where, &kernel, sizeof(kernel), words);
	else
		check_taken(where, &kernel, sizeof(kernel));
}

#define CHECK_LIMITS_TAKEN(flags, min, max)	check_limits(HERE, flags, min, max, NULL)
#define CHECK_LIMITS_REFUSED(flags, min, max, words)			\
	check_limits(HERE, flags, min, max, words)

TEST(where_a_multiboot2_kernel_can_be)
{
	struct multiboot2 kernel = good_multiboot2;

	CHECK_LIMITS_TAKEN(0, 0, 0xffffffff);
	CHECK_LIMITS_TAKEN(0, 0x100000, IMAGE_END);
	CHECK_LIMITS_REFUSED(0, 0x100001, 0xffffffff, "is not to be outside 0x100001 to ");
	CHECK_LIMITS_REFUSED(0, 0, IMAGE_END - 1, "is not to be outside 0 to ");
	CHECK_LIMITS_REFUSED(0, 0x200000, 0x300000, "outside 0x200000 to 0x300000");
	CHECK_LIMITS_TAKEN(OPTIONAL, 0x200000, 0x300000);
	/* Its bss counts. */
	kernel.wish.head.type = RELOCATABLE;
	kernel.wish.words[0] = 0;
	kernel.wish.words[1] = 0x101000;
	CHECK_GOOD(kernel, addresses.bss_end, 0x101000);
	CHECK_BAD(kernel, addresses.bss_end, 0x101001, "is not to be outside 0 to 0x101000");
	CHECK_BAD(kernel, wish.head.size, 20, "too short");
}

/* ------------------------------------------------------------------------- */
/* Version 2, as ELF files                                                   */
/* ------------------------------------------------------------------------- */

struct multiboot2_elf_tags {
	__u32 magic;
	__u32 architecture;
	__u32 length;
	__u32 checksum;
	struct tag entry;
	__u64 address;
	struct tag end;
};

#define ELF_TAGS {							\
	.magic = MAGIC_2,						\
	.length = sizeof(struct multiboot2_elf_tags),			\
	.checksum = -(MAGIC_2 + (__u32)sizeof(struct multiboot2_elf_tags)), \
	.entry = { ENTRY, .size = 12 },					\
	.address = 0x100000,						\
	.end = { .size = sizeof(struct tag) },				\
}

/* Of 32 or 64 bits: two segments with room between them. */
#define DEFINE_ELF(bits, machine)					\
struct multiboot2_elf_##bits {						\
	struct elf##bits##_hdr header;					\
	struct elf##bits##_phdr segments[2];				\
	struct multiboot2_elf_tags tags;				\
};									\
									\
static const struct multiboot2_elf_##bits good_elf_##bits = {		\
	.header = {							\
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS##bits, ELFDATA2LSB, EV_CURRENT }, \
		.e_type = ET_EXEC,					\
		.e_machine = machine,					\
		.e_entry = 0xc0103000,					\
		.e_phoff = sizeof(struct elf##bits##_hdr),		\
		.e_phentsize = sizeof(struct elf##bits##_phdr),		\
		.e_phnum = 2,						\
	},								\
	.segments = {							\
		{							\
			.p_type = PT_LOAD,				\
			.p_vaddr = 0xc0100000,				\
			.p_paddr = 0x100000,				\
			.p_filesz = sizeof(struct multiboot2_elf_##bits), \
			.p_memsz = 0x1000,				\
		}, {							\
			.p_type = PT_LOAD,				\
			.p_vaddr = 0xc0103000,				\
			.p_paddr = 0x103000,				\
			.p_memsz = 0x1000,				\
		},							\
	},								\
	.tags = ELF_TAGS,						\
}

DEFINE_ELF(32, EM_386);
DEFINE_ELF(64, EM_X86_64);

/* The tag's address is a physical one, the file's own a virtual one, and they differ. */
#define CHECK_ELF(elf) do {						\
	__auto_type __elf = elf;					\
									\
	CHECK_TAKEN(&__elf, sizeof(__elf));				\
	CHECK_GOOD(__elf, header.e_entry, 0);				\
	CHECK_GOOD(__elf, tags.address, 0x100fff);			\
	CHECK_GOOD(__elf, tags.address, 0x103000);			\
	CHECK_BAD(__elf, tags.address, 0xfffff, "its entry 0xfffff is not in it"); \
	CHECK_BAD(__elf, tags.address, 0x101000, "its entry 0x101000 is not in it"); \
	CHECK_BAD(__elf, tags.address, 0x102fff, "its entry 0x102fff is not in it"); \
	CHECK_BAD(__elf, tags.address, 0x104000, "its entry 0x104000 is not in it"); \
									\
	/* Without that tag. */						\
	__elf.tags.entry.type = ALIGN_MODULES;				\
	CHECK_TAKEN(&__elf, sizeof(__elf));				\
	CHECK_BAD(__elf, header.e_entry, 0xc0101000, "0xc0101000 is in no segment"); \
	CHECK_BAD(__elf, header.e_entry, 0x100000, "0x100000 is in no segment"); \
} while (0)

TEST(multiboot2_elf_of_32_bits)
{
	CHECK_ELF(good_elf_32);
}

TEST(multiboot2_elf_of_64_bits)
{
	CHECK_ELF(good_elf_64);
}

TEST_HARNESS_MAIN
