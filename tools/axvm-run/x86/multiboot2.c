// SPDX-License-Identifier: GPL-2.0
/*
 * x86: Multiboot kernels, version 2
 *
 * See "Multiboot2 Specification version 2.0".
 */
#include <string.h>

#include "layout.h"
#include "machine.h"
#include "protocol.h"
#include "raw.h"
#include "report.h"

#define WINDOW			32768
#define HEADER_MAGIC		0xe85250d6
#define LOADED_MAGIC		0x36d76289
#define LOADER_NAME		"axvm-run"
#define TAG_ALIGN		8

/* Words of the header; tags follow. */
enum { MAGIC, ARCHITECTURE, LENGTH, CHECKSUM, HEADER_WORDS };
#define ARCHITECTURE_I386	0
/* Tags have to be read: more than there is use for. */
#define HEADER_MOST		4096

/* What a header's tag asks for. */
struct wish {
	u16 type;
	u16 flags;
	u32 size;
};

#define WISH_OPTIONAL		1

enum wish_type {
	WISH_END		= 0,
	WISH_INFORMATION	= 1,
	WISH_ADDRESSES		= 2,
	WISH_ENTRY		= 3,
	WISH_CONSOLE		= 4,
	WISH_ALIGN_MODULES	= 6,
	WISH_EFI_BOOT_SERVICES	= 7,
	WISH_EFI_I386_ENTRY	= 8,
	WISH_EFI_AMD64_ENTRY	= 9,
	WISH_RELOCATABLE	= 10,
};

/* Bits of the console tag. That the kernel knows EGA text asks for nothing. */
#define CONSOLE_REQUIRED	BIT(0)

/* The load address that stands for "from the start of the file". */
#define FROM_START		0xffffffffU

/* What a kernel can be told. */
enum tag_type {
	TAG_END			= 0,
	TAG_CMDLINE		= 1,
	TAG_LOADER_NAME		= 2,
	TAG_MODULE		= 3,
	TAG_BASIC_MEMORY	= 4,
	TAG_BOOT_DEVICE		= 5,
	TAG_MEMORY_MAP		= 6,
	TAG_VBE			= 7,
	TAG_FRAMEBUFFER		= 8,
	TAG_ELF_SYMBOLS		= 9,
	TAG_APM			= 10,
	TAG_EFI_32_TABLE	= 11,
	TAG_EFI_64_TABLE	= 12,
	TAG_SMBIOS		= 13,
	TAG_RSDP_OLD		= 14,
	TAG_RSDP_NEW		= 15,
	TAG_NETWORK		= 16,
	TAG_EFI_MEMORY_MAP	= 17,
	TAG_EFI_BOOT_SERVICES	= 18,
	TAG_EFI_32_HANDLE	= 19,
	TAG_EFI_64_HANDLE	= 20,
	TAG_LOAD_BASE		= 21,
};

#define RSDP_OLD_LEN		20
#define RSDP_NEW_LEN		36

struct tag {
	u32 type;
	u32 size;
};

struct memory_map_entry {
	u64 start;
	u64 length;
	u32 type;
	u32 reserved;
};

/* ------------------------------------------------------------------------- */
/* The header                                                                */
/* ------------------------------------------------------------------------- */

static bool is_header(const u32 *words)
{
	return words[MAGIC] == HEADER_MAGIC &&
	       words[MAGIC] + words[ARCHITECTURE] + words[LENGTH] + words[CHECKSUM] == 0;
}

static bool find_header(const struct image *image, u64 *offset)
{
	return raw_search(image, WINDOW, TAG_ALIGN, HEADER_WORDS, is_header, offset);
}

static bool multiboot2_matches(const struct image *image)
{
	u64 offset;

	return find_header(image, &offset);
}

static int refuse_malformed(const struct image *image, const char *why)
{
	return fail("%s is a malformed Multiboot 2 kernel: %s", image->file.path, why);
}

static int wants_unknown(const struct image *image, const char *what, u32 number)
{
	return fail("%s is a Multiboot 2 kernel that wants what is not known here (%s %u)",
		    image->file.path, what, number);
}

/* The words behind a tag's head; NULL with the reason reported if they are fewer. */
static const u32 *words_of(const struct image *image, const struct wish *wish,
			   unsigned int count)
{
	if (wish->size - sizeof(*wish) >= count * sizeof(u32))
		return (const u32 *)(wish + 1);
	refuse_malformed(image, "a tag is too short");
	return NULL;
}

/*
 * What this machine has not, such as EFI, is left out, and the kernel looks whether it is
 * there. An ELF file's symbols would be there.
 */
static bool is_understood(u32 type)
{
	return type <= TAG_LOAD_BASE && type != TAG_ELF_SYMBOLS;
}

/* A list of tags that the loader has to understand. */
static int take_information(const struct image *image, const struct wish *wish)
{
	const u32 *types = (const u32 *)(wish + 1);
	unsigned int count = (wish->size - sizeof(*wish)) / sizeof(u32);

	for (unsigned int i = 0; i < count; i++) {
		if (!is_understood(types[i]) && !(wish->flags & WISH_OPTIONAL))
			return wants_unknown(image, "information", types[i]);
	}
	return 0;
}

static int take_addresses(const struct image *image, const struct wish *wish, struct raw *raw)
{
	const u32 *words = words_of(image, wish, 4);

	if (!words)
		return -1;
	raw->present = true;
	raw->header_address = words[0];
	raw->load_start = words[1];
	raw->load_end = words[2];
	raw->bss_end = words[3];
	if (raw->load_start == FROM_START)
		raw->load_start = raw->header_address - raw->header_offset;
	return 0;
}

static int take_entry(const struct image *image, const struct wish *wish, struct raw *raw)
{
	const u32 *words = words_of(image, wish, 1);

	if (!words)
		return -1;
	raw->has_entry = true;
	raw->entry = words[0];
	return 0;
}

/* The console is a serial port; none that the kernel could be told of is there. */
static int take_console(const struct image *image, const struct wish *wish)
{
	const u32 *words = words_of(image, wish, 1);

	if (!words)
		return -1;
	if (words[0] & CONSOLE_REQUIRED && !(wish->flags & WISH_OPTIONAL))
		return wants_unknown(image, "tag", wish->type);
	return 0;
}

/* It stays where it was linked, even if it would rather be elsewhere. */
static int take_relocatable(const struct image *image, const struct wish *wish, struct raw *raw)
{
	const u32 *words = words_of(image, wish, 4);

	if (!words)
		return -1;
	raw->relocatable = true;
	raw->has_limits = !(wish->flags & WISH_OPTIONAL);
	raw->min_address = words[0];
	raw->max_address = words[1];
	return 0;
}

static int take_wish(const struct image *image, const struct wish *wish, struct raw *raw)
{
	switch (wish->type) {
	case WISH_INFORMATION:
		return take_information(image, wish);
	case WISH_ADDRESSES:
		return take_addresses(image, wish, raw);
	case WISH_ENTRY:
		return take_entry(image, wish, raw);
	case WISH_CONSOLE:
		return take_console(image, wish);
	case WISH_RELOCATABLE:
		return take_relocatable(image, wish, raw);
	case WISH_ALIGN_MODULES:
		/* They always are. */
		return 0;
	case WISH_EFI_BOOT_SERVICES:
	case WISH_EFI_I386_ENTRY:
	case WISH_EFI_AMD64_ENTRY:
		/* They count only where there is EFI. */
		return 0;
	}
	if (wish->flags & WISH_OPTIONAL)
		return 0;
	return wants_unknown(image, "tag", wish->type);
}

static int take_wishes(const struct image *image, const u8 *header, u32 len, struct raw *raw)
{
	u32 at = HEADER_WORDS * sizeof(u32);

	for (;;) {
		const struct wish *wish = (const void *)(header + at);

		if (at > len || len - at < sizeof(*wish))
			return refuse_malformed(image, "its tags have no end");
		if (wish->size < sizeof(*wish) || wish->size > len - at)
			return refuse_malformed(image, "a tag reaches beyond its header");
		if (wish->type == WISH_END)
			return 0;
		if (take_wish(image, wish, raw))
			return -1;
		at += (wish->size + TAG_ALIGN - 1) & ~(TAG_ALIGN - 1);
	}
}

static int read_header(const struct image *image, struct raw *raw)
{
	static u64 header[HEADER_MOST / sizeof(u64)];
	u32 words[HEADER_WORDS];
	u64 offset = 0;

	if (!find_header(image, &offset) ||
	    !image_read_part(image, words, sizeof(words), offset))
		return fail("%s has changed while it was read", image->file.path);
	if (words[ARCHITECTURE] != ARCHITECTURE_I386)
		return fail("%s is a Multiboot 2 kernel for another machine, not for x86",
			    image->file.path);
	if (words[LENGTH] < sizeof(words) || words[LENGTH] > sizeof(header))
		return refuse_malformed(image, "its header's length cannot be");
	if (!image_read_part(image, header, words[LENGTH], offset))
		return refuse_malformed(image, "it ends within its header");

	*raw = (struct raw){ .header_offset = offset };
	if (take_wishes(image, (const u8 *)header, words[LENGTH], raw))
		return -1;
	if (raw->present && !raw->has_entry)
		return refuse_malformed(image, "it says not where it starts");
	return 0;
}

static int multiboot2_plan(struct image *image, u64 base)
{
	struct raw raw;

	if (read_header(image, &raw))
		return -1;
	return raw_plan(image, &raw, base);
}

static int multiboot2_load(const struct image *image, const struct ram *ram)
{
	struct raw raw;

	if (read_header(image, &raw))
		return -1;
	return raw_load(image, &raw, ram);
}

/* ------------------------------------------------------------------------- */
/* The information                                                           */
/* ------------------------------------------------------------------------- */

/**
 * struct writer - Information that is being written, in guest memory.
 * @buf: where; there is room for all of it, as the command line's length was checked.
 * @len: bytes so far.
 */
struct writer {
	u8 *buf;
	u32 len;
};

/* Begin a tag with @size bytes behind its head, and return where they go. */
static void *put_tag(struct writer *writer, u32 type, u32 size)
{
	struct tag *tag = (void *)(writer->buf + writer->len);
	u32 room = (sizeof(*tag) + size + TAG_ALIGN - 1) & ~(TAG_ALIGN - 1);

	memset(tag, 0, room);
	*tag = (struct tag){ type, sizeof(*tag) + size };
	writer->len += room;
	return tag + 1;
}

static void put_bytes(struct writer *writer, u32 type, const void *bytes, u32 size)
{
	memcpy(put_tag(writer, type, size), bytes, size);
}

static void put_string(struct writer *writer, u32 type, const char *text)
{
	put_bytes(writer, type, text, strlen(text) + 1);
}

/* A module's start, its end, and a string with nothing in it. */
static void put_module(struct writer *writer, const struct range *initrd)
{
	u32 words[] = { initrd->start, initrd->end };

	memcpy(put_tag(writer, TAG_MODULE, sizeof(words) + 1), words, sizeof(words));
}

static void put_basic_memory(struct writer *writer, const struct ram *ram)
{
	u32 kib[] = {
		LOW_MEMORY_END / KIB, (ram->ranges[0].end - HIGH_MEMORY_BASE) / KIB
	};

	put_bytes(writer, TAG_BASIC_MEMORY, kib, sizeof(kib));
}

static void put_memory_map(struct writer *writer, const struct ram *ram)
{
	struct memory_entry entries[MEMORY_ENTRIES];
	unsigned int count = memory_map(ram, entries);
	struct memory_map_entry *to;
	u32 *head;

	/* The size of an entry, and their version, come first. */
	head = put_tag(writer, TAG_MEMORY_MAP, 2 * sizeof(u32) + count * sizeof(*to));
	head[0] = sizeof(*to);
	to = (void *)(head + 2);
	for (unsigned int i = 0; i < count; i++)
		to[i] = (struct memory_map_entry){
			.start = entries[i].start,
			.length = entries[i].size,
			.type = entries[i].type,
		};
}

static void put_load_base(struct writer *writer, const struct image *image)
{
	u32 base = image->memory.start;

	put_bytes(writer, TAG_LOAD_BASE, &base, sizeof(base));
}

/* Where a command line is for other protocols: there is more room than at INFO_BASE. */
static void put_information(struct machine *machine, const struct raw *raw)
{
	struct writer writer = {
		.buf = ram_at(&machine->ram, CMDLINE_BASE, LOW_MEMORY_END - CMDLINE_BASE),
		.len = 2 * sizeof(u32),
	};
	const void *rsdp = ram_at(&machine->ram, rsdp_address(machine), RSDP_NEW_LEN);
	u32 *head = (u32 *)writer.buf;

	put_string(&writer, TAG_CMDLINE, machine->opts->append);
	put_string(&writer, TAG_LOADER_NAME, LOADER_NAME);
	if (range_size(&machine->boot->initrd))
		put_module(&writer, &machine->boot->initrd);
	put_basic_memory(&writer, &machine->ram);
	put_memory_map(&writer, &machine->ram);
	put_bytes(&writer, TAG_RSDP_OLD, rsdp, RSDP_OLD_LEN);
	put_bytes(&writer, TAG_RSDP_NEW, rsdp, RSDP_NEW_LEN);
	if (raw->relocatable)
		put_load_base(&writer, &machine->boot->image);
	put_tag(&writer, TAG_END, 0);

	head[0] = writer.len;
	head[1] = 0;
}

static int multiboot2_prepare(struct machine *machine, struct start *start)
{
	struct raw raw;

	if (read_header(&machine->boot->image, &raw))
		return -1;
	put_information(machine, &raw);
	*start = (struct start){
		.mode = START_PROTECTED,
		.rip = machine->boot->image.entry,
		.rax = LOADED_MAGIC,
		.rbx = CMDLINE_BASE,
	};
	return 0;
}

const struct protocol multiboot2_protocol = {
	.kind = {
		.matches = multiboot2_matches,
		.plan = multiboot2_plan,
		.load = multiboot2_load,
	},
	.prepare = multiboot2_prepare,
};
