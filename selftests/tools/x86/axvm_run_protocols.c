// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run with a small kernel of each protocol: what it finds in registers and memory
 *
 * The kernels write what they find to the debug console, and the tests look at that.
 */
#include <asm/bootparam.h>
#include <sys/stat.h>

#include "test.h"
#include "flat_guest.h"

/* Write so many bytes that are at an address below 4 GiB. */
#define TELL(address, length)						\
	"mov	" address ", %esi\n"					\
	"mov	" length ", %ecx\n"					\
	"mov	$0xe9, %dx\n"						\
	"rep	outsb\n"

/* EAX, EBX and ESI, and the BIOS data area's size of base memory. */
#define TELL_STATE							\
	"mov	%eax, 0x200000\n"					\
	"mov	%ebx, 0x200004\n"					\
	"mov	%esi, 0x200008\n"					\
	"mov	0x413, %ax\n"						\
	"mov	%eax, 0x20000c\n"					\
	TELL("$0x200000", "$14")

#pragma pack(push, 1)
struct state {
	__u32 eax;
	__u32 ebx;
	__u32 esi;
	__u16 base_memory;
};

struct memory {
	__u64 start;
	__u64 size;
	__u32 type;
};

#pragma pack(pop)

#define RAM		1
#define RESERVED	2

/* With 4 GiB, of which 1 GiB is above the devices. */
static const struct memory memory_map[] = {
	{ 0, 0xa0000, RAM },
	{ 0xa0000, 0x60000, RESERVED },
	{ 0x100000, 0xbff00000, RAM },
	{ 0xfec00000, 0x1000, RESERVED },
	{ 0xfee00000, 0x1000, RESERVED },
	{ 0x100000000, 0x40000000, RAM },
};

/* What was written and is not looked at yet. */
static const char *rest;

static void take(void *to, size_t len)
{
	memcpy(to, rest, len);
	rest += len;
}

/* Run the file "image", with itself as initrd, to its end, and take the state. */
static struct state run(const char *memory)
{
	struct state state;

	RUN(&outcome, "--memory", memory, "--append", "hello", "--initrd", "image");
	CHECK_SAID(&outcome, 0, "wrote 0 ");
	rest = outcome.out;
	take(&state, sizeof(state));
	CHECK_EQ(state.base_memory, 640);
	return state;
}

/* Entries of @stride bytes that all begin with the same three fields. */
static void check_map(struct where where, const char *entries, size_t stride, size_t count)
{
	if (count != ARRAY_SIZE(memory_map))
		check_failed(where, "%zu pieces of memory", count);
	for (size_t i = 0; i < count; i++) {
		struct memory entry;

		memcpy(&entry, entries + i * stride, sizeof(entry));
		if (memcmp(&entry, &memory_map[i], sizeof(entry)))
			check_failed(where, "piece %zu is 0x%llx, 0x%llx bytes, type %u", i,
				     entry.start, entry.size, entry.type);
	}
}

#define CHECK_MAP(entries, stride, count)	check_map(HERE, entries, stride, count)

static void check_module(struct where where, __u64 start, __u64 size)
{
	struct stat file;

	CHECK_SYS(stat("image", &file));
	if (start < 0x100000 || start % 0x1000 || size != (__u64)file.st_size)
		check_failed(where, "a module at 0x%llx, %llu bytes", start, size);
}

#define CHECK_MODULE(start, size)		check_module(HERE, start, size)

static void check_command_line(struct where where)
{
	char text[sizeof("hello")];

	take(text, sizeof(text));
	if (memcmp(text, "hello", sizeof(text)))
		check_failed(where, "another command line");
}

#define CHECK_COMMAND_LINE()			check_command_line(HERE)

/* ------------------------------------------------------------------------- */
/* Multiboot                                                                 */
/* ------------------------------------------------------------------------- */

/* In 32-bit mode without paging; the module is the image itself. */
#define TELLS_MULTIBOOT							\
	TELL_STATE							\
	"mov	%cr0, %eax\n"						\
	"and	$0x80000001, %eax\n"					\
	"cmp	$1, %eax\n"						\
	"jne	1f\n"							\
	TELL("%ebx", "$88")						\
	TELL("16(%ebx)", "$6")						\
	"mov	24(%ebx), %eax\n"					\
	TELL("%eax", "$16")						\
	TELL("(%eax)", "$4")						\
	TELL("48(%ebx)", "44(%ebx)")					\
	EXIT("0") HANG							\
	"1:\n"								\
	EXIT("1") HANG

MULTIBOOT_GUEST(tells_multiboot, TELLS_MULTIBOOT);

TEST(multiboot)
{
	__u32 info[22], module[4], magic;
	struct state state;

	WRITE_GUEST(tells_multiboot);
	state = run("4G");
	CHECK_EQ(state.eax, 0x2badb002);
	take(info, sizeof(info));
	/* Memory, command line, modules, memory map. */
	CHECK_EQ(info[0] & 0x4d, 0x4d);
	CHECK_EQ(info[1], 640);
	CHECK_EQ(info[2], (3 << 20) - (1 << 10));
	CHECK_EQ(info[5], 1);
	CHECK_COMMAND_LINE();
	take(module, sizeof(module));
	CHECK_MODULE(module[0], module[1] - module[0]);
	take(&magic, sizeof(magic));
	CHECK_EQ(magic, 0x1badb002);
	/* The size before each entry does not count itself. */
	CHECK_MAP(rest + 4, 24, info[11] / 24);
	for (unsigned int i = 0; i < ARRAY_SIZE(memory_map); i++) {
		CHECK_EQ(*rest, 20);
		rest += 24;
	}
}

/* Without a piece above the devices. */
TEST(little_memory)
{
	__u32 info[22];

	WRITE_GUEST(tells_multiboot);
	run("64M");
	take(info, sizeof(info));
	CHECK_EQ(info[2], 63 << 10);
	CHECK_EQ(info[11], (ARRAY_SIZE(memory_map) - 1) * 24);
}

/* ------------------------------------------------------------------------- */
/* Multiboot 2                                                               */
/* ------------------------------------------------------------------------- */

#define TELLS_MULTIBOOT2						\
	TELL_STATE							\
	"mov	(%ebx), %eax\n"						\
	TELL("%ebx", "%eax")						\
	EXIT("0") HANG

MULTIBOOT2_GUEST(tells_multiboot2, TELLS_MULTIBOOT2);

enum {
	TAG_END		= 0,
	TAG_CMDLINE	= 1,
	TAG_LOADER_NAME	= 2,
	TAG_MODULE	= 3,
	TAG_BASIC_MEMORY = 4,
	TAG_MEMORY_MAP	= 6,
	TAG_RSDP_OLD	= 14,
	TAG_RSDP_NEW	= 15,
	TAG_LOAD_BASE	= 21,
};

struct tag {
	__u32 type;
	__u32 size;
	__u32 words[];
};

/* Its length comes first. */
static __u32 information[1024];

/* NULL if the information has no such tag; every one begins at a multiple of 8. */
static const struct tag *find_tag(__u32 type)
{
	__u32 at = 8;

	for (;;) {
		const struct tag *tag = (const void *)&information[at / 4];

		CHECK_LE(at + sizeof(*tag), information[0]);
		CHECK(tag->size >= sizeof(*tag) && tag->size <= information[0] - at);
		if (tag->type == type)
			return tag;
		if (tag->type == TAG_END)
			return NULL;
		at += (tag->size + 7) & ~7;
	}
}

static void take_information(void)
{
	struct state state = run("4G");
	__u32 len;

	CHECK_EQ(state.eax, 0x36d76289);
	CHECK_EQ(state.ebx % 8, 0);
	memcpy(&len, rest, sizeof(len));
	CHECK_LE(len, sizeof(information));
	take(information, len);
}

static void check_string(struct where where, const struct tag *tag, const char *text)
{
	size_t len = strlen(text) + 1;

	if (!tag || tag->size != sizeof(*tag) + len || memcmp(tag->words, text, len))
		check_failed(where, "no tag that says '%s'", text);
}

#define CHECK_STRING(tag, text)			check_string(HERE, tag, text)

/* It has a checksum: all its bytes together are 0. */
static void check_rsdp(struct where where, const struct tag *tag, size_t len)
{
	const char *rsdp = (const char *)tag->words;
	__u8 sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += rsdp[i];
	if (tag->size != sizeof(*tag) + len || memcmp(rsdp, "RSD PTR ", 8) || sum)
		check_failed(where, "no RSDP of %zu bytes", len);
}

#define CHECK_RSDP(tag, len)			check_rsdp(HERE, tag, len)

TEST(multiboot2)
{
	const struct tag *tag;

	WRITE_GUEST(tells_multiboot2);
	take_information();
	CHECK_EQ(information[1], 0);
	CHECK_STRING(find_tag(TAG_CMDLINE), "hello");
	CHECK_STRING(find_tag(TAG_LOADER_NAME), "axvm-run");
	tag = find_tag(TAG_MODULE);
	CHECK_EQ(tag->size, 8 + 8 + 1);
	CHECK_MODULE(tag->words[0], tag->words[1] - tag->words[0]);
	CHECK_EQ(*(const char *)&tag->words[2], 0);
	tag = find_tag(TAG_BASIC_MEMORY);
	CHECK_EQ(tag->size, 16);
	CHECK_EQ(tag->words[0], 640);
	CHECK_EQ(tag->words[1], (3 << 20) - (1 << 10));
	tag = find_tag(TAG_MEMORY_MAP);
	CHECK_EQ(tag->words[0], 24);
	CHECK_EQ(tag->words[1], 0);
	CHECK_MAP((const char *)&tag->words[2], 24, (tag->size - 16) / 24);
	CHECK_RSDP(find_tag(TAG_RSDP_OLD), 20);
	CHECK_RSDP(find_tag(TAG_RSDP_NEW), 36);
	tag = find_tag(TAG_END);
	CHECK_EQ(tag->size, 8);
	CHECK_EQ((const char *)tag + 8 - (const char *)information, information[0]);
}

/* That is for images that can be moved. */
TEST(where_a_multiboot2_kernel_is)
{
	char kernel[512];
	size_t len = guest_tells_multiboot2_end - guest_tells_multiboot2;
	const struct tag *tag;

	WRITE_GUEST(tells_multiboot2);
	take_information();
	tag = find_tag(TAG_LOAD_BASE);
	CHECK(tag);
	CHECK_EQ(tag->size, 12);
	CHECK_EQ(tag->words[0], 0x100000);

	/* With a tag that says of modules that they are to be aligned. */
	CHECK_LE(len, sizeof(kernel));
	memcpy(kernel, guest_tells_multiboot2, len);
	kernel[MULTIBOOT2_RELOCATABLE] = 6;
	write_file("image", kernel, len);
	take_information();
	CHECK(!find_tag(TAG_LOAD_BASE));
}

/* ------------------------------------------------------------------------- */
/* PVH                                                                       */
/* ------------------------------------------------------------------------- */

struct start_info {
	__u32 magic;
	__u32 version;
	__u32 flags;
	__u32 modules;
	__u64 module_list;
	__u64 cmdline;
	__u64 rsdp;
	__u64 memory_map;
	__u32 memory_entries;
	__u32 reserved;
};

#define TELLS_PVH							\
	TELL_STATE							\
	TELL("%ebx", "$56")						\
	TELL("24(%ebx)", "$6")						\
	TELL("16(%ebx)", "$32")						\
	TELL("32(%ebx)", "$8")						\
	"imul	$24, 48(%ebx), %eax\n"					\
	TELL("40(%ebx)", "%eax")					\
	EXIT("0") HANG

PVH_GUEST(tells_pvh, TELLS_PVH);

TEST(pvh)
{
	struct start_info info;
	__u64 module[4];
	char rsdp[8];

	WRITE_GUEST(tells_pvh);
	run("4G");
	take(&info, sizeof(info));
	CHECK_EQ(info.magic, 0x336ec578);
	CHECK_EQ(info.version, 1);
	CHECK_EQ(info.flags, 0);
	CHECK_EQ(info.modules, 1);
	CHECK_COMMAND_LINE();
	take(module, sizeof(module));
	CHECK_MODULE(module[0], module[1]);
	CHECK_EQ(module[2], 0);
	take(rsdp, sizeof(rsdp));
	CHECK(!memcmp(rsdp, "RSD PTR ", sizeof(rsdp)));
	CHECK_MAP(rest, 24, info.memory_entries);
}

/* ------------------------------------------------------------------------- */
/* bzImages                                                                  */
/* ------------------------------------------------------------------------- */

#define SETUP_RNG_SEED	9
#define SEED_LEN	32

/* The zero page, the command line and the setup data; all are below 4 GiB. */
#define TELLS_ZERO_PAGE							\
	TELL_STATE							\
	"mov	0x200008, %ebx\n"					\
	TELL("%ebx", "$4096")						\
	TELL("0x228(%ebx)", "$6")					\
	TELL("0x250(%ebx)", "$48")					\
	TELL("0x70(%ebx)", "$8")					\
	EXIT("0") HANG

BZIMAGE_GUEST(tells_zero_page, TELLS_ZERO_PAGE);

static bool is_zero(const __u8 *bytes, size_t len)
{
	while (len && !*bytes) {
		bytes++;
		len--;
	}
	return !len;
}

TEST(bzimage)
{
	struct boot_params params;
	struct {
		struct setup_data head;
		__u8 seed[SEED_LEN];
	} data;
	char rsdp[8];

	WRITE_GUEST(tells_zero_page);
	run("4G");
	take(&params, sizeof(params));
	CHECK_EQ(params.sentinel, 0);
	CHECK_EQ(params.hdr.boot_flag, 0xaa55);
	CHECK_EQ(params.hdr.header, 0x53726448);
	CHECK_EQ(params.hdr.init_size, 0x10000);
	CHECK_EQ(params.hdr.type_of_loader, 0xff);
	CHECK_MODULE(params.hdr.ramdisk_image, params.hdr.ramdisk_size);
	CHECK_MAP((const char *)params.e820_table, sizeof(params.e820_table[0]),
		  params.e820_entries);
	CHECK_COMMAND_LINE();

	take(&data, sizeof(data));
	CHECK_EQ(params.hdr.setup_data >> 32, 0);
	CHECK_EQ(data.head.next, 0);
	CHECK_EQ(data.head.type, SETUP_RNG_SEED);
	CHECK_EQ(data.head.len, SEED_LEN);
	CHECK(!is_zero(data.seed, sizeof(data.seed)));

	take(rsdp, sizeof(rsdp));
	CHECK(!memcmp(rsdp, "RSD PTR ", sizeof(rsdp)));
}

TEST_HARNESS_MAIN
