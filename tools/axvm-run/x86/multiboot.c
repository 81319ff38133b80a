// SPDX-License-Identifier: GPL-2.0
/*
 * x86: Multiboot kernels, version 1
 *
 * See "Multiboot Specification version 0.6.96".
 */
#include <string.h>

#include "layout.h"
#include "machine.h"
#include "protocol.h"
#include "raw.h"
#include "report.h"

#define WINDOW			8192
#define HEADER_MAGIC		0x1badb002
#define LOADED_MAGIC		0x2badb002
#define LOADER_NAME		"axvm-run"

/* Words of the header, and bits of its flags. */
enum { MAGIC, FLAGS, CHECKSUM, REQUIRED_WORDS };
#define FLAG_PAGE_ALIGN		BIT(0)
#define FLAG_MEMORY		BIT(1)
#define FLAG_VIDEO		BIT(2)
#define FLAG_ADDRESSES		BIT(16)
/* Those that a loader must know. */
#define FLAGS_REQUIRED		0xffffU
#define FLAGS_KNOWN		(FLAG_PAGE_ALIGN | FLAG_MEMORY)

struct addresses {
	u32 header;
	u32 load_start;
	u32 load_end;
	u32 bss_end;
	u32 entry;
};

#define INFO_MEMORY		BIT(0)
#define INFO_CMDLINE		BIT(2)
#define INFO_MODULES		BIT(3)
#define INFO_MEMORY_MAP		BIT(6)
#define INFO_LOADER_NAME	BIT(9)

struct info {
	u32 flags;
	u32 memory_lower;
	u32 memory_upper;
	u32 boot_device;
	u32 cmdline;
	u32 modules;
	u32 module_list;
	u32 symbols[4];
	u32 memory_map_len;
	u32 memory_map;
	u32 drives_len;
	u32 drives;
	u32 config_table;
	u32 loader_name;
	u32 apm_table;
	u32 vbe[4];
	u32 framebuffer[6];
};

struct module {
	u32 start;
	u32 end;
	u32 string;
	u32 reserved;
};

/* Its size does not count itself. */
#pragma pack(push, 1)
struct memory_map_entry {
	u32 size;
	u64 start;
	u64 length;
	u32 type;
};

#pragma pack(pop)

/* What lies at INFO_BASE. */
struct information {
	struct info info;
	struct module module;
	struct memory_map_entry memory[MEMORY_ENTRIES];
	char loader_name[sizeof(LOADER_NAME)];
};

static bool is_header(const u32 *words)
{
	return words[MAGIC] == HEADER_MAGIC &&
	       words[MAGIC] + words[FLAGS] + words[CHECKSUM] == 0;
}

static bool find_header(const struct image *image, u64 *offset)
{
	return raw_search(image, WINDOW, 4, REQUIRED_WORDS, is_header, offset);
}

static bool multiboot_matches(const struct image *image)
{
	u64 offset;

	return find_header(image, &offset);
}

static int read_addresses(const struct image *image, u64 offset, struct raw *raw)
{
	struct addresses addresses;

	if (!image_read_part(image, &addresses, sizeof(addresses),
			     offset + REQUIRED_WORDS * sizeof(u32)))
		return fail("%s is a truncated Multiboot kernel: it ends within its header",
			    image->file.path);
	*raw = (struct raw){
		.present = true,
		.header_offset = offset,
		.header_address = addresses.header,
		.load_start = addresses.load_start,
		.load_end = addresses.load_end,
		.bss_end = addresses.bss_end,
		.has_entry = true,
		.entry = addresses.entry,
	};
	return 0;
}

static int read_header(const struct image *image, struct raw *raw)
{
	const char *path = image->file.path;
	u64 offset = 0;
	u32 flags;

	*raw = (struct raw){ };
	if (!find_header(image, &offset) ||
	    !image_read_part(image, &flags, sizeof(flags), offset + FLAGS * sizeof(u32)))
		return fail("%s has changed while it was read", path);
	if (flags & FLAG_VIDEO)
		return fail("%s is a Multiboot kernel that wants a video mode: there is no screen",
			    path);
	if (flags & FLAGS_REQUIRED & ~FLAGS_KNOWN)
		return fail("%s is a Multiboot kernel that wants what is not known (flags %#x)",
			    path, flags);
	return flags & FLAG_ADDRESSES ? read_addresses(image, offset, raw) : 0;
}

static int multiboot_plan(struct image *image, u64 base)
{
	struct raw raw;

	if (read_header(image, &raw))
		return -1;
	return raw_plan(image, &raw, base);
}

static int multiboot_load(const struct image *image, const struct ram *ram)
{
	struct raw raw;

	if (read_header(image, &raw))
		return -1;
	return raw_load(image, &raw, ram);
}

#define ADDRESS_OF(member)	(INFO_BASE + offsetof(struct information, member))

static void put_module(struct information *to, const struct range *initrd)
{
	to->info.flags |= INFO_MODULES;
	if (!range_size(initrd))
		return;
	to->info.modules = 1;
	to->info.module_list = ADDRESS_OF(module);
	to->module.start = initrd->start;
	to->module.end = initrd->end;
	/* It has none: this is the end of another. */
	to->module.string = ADDRESS_OF(loader_name) + sizeof(LOADER_NAME) - 1;
}

static void put_memory_map(struct information *to, const struct ram *ram)
{
	struct memory_entry entries[MEMORY_ENTRIES];
	unsigned int count = memory_map(ram, entries);

	for (unsigned int i = 0; i < count; i++)
		to->memory[i] = (struct memory_map_entry){
			.size = sizeof(to->memory[i]) - sizeof(to->memory[i].size),
			.start = entries[i].start,
			.length = entries[i].size,
			.type = entries[i].type,
		};
	to->info.flags |= INFO_MEMORY | INFO_MEMORY_MAP;
	to->info.memory_map = ADDRESS_OF(memory);
	to->info.memory_map_len = count * sizeof(to->memory[0]);
	to->info.memory_lower = LOW_MEMORY_END / KIB;
	to->info.memory_upper = (ram->ranges[0].end - HIGH_MEMORY_BASE) / KIB;
}

static int multiboot_prepare(struct machine *machine, struct start *start)
{
	struct information *to = ram_at(&machine->ram, INFO_BASE, sizeof(*to));

	memset(to, 0, sizeof(*to));
	memcpy(to->loader_name, LOADER_NAME, sizeof(LOADER_NAME));
	to->info.flags = INFO_CMDLINE | INFO_LOADER_NAME;
	to->info.cmdline = CMDLINE_BASE;
	to->info.loader_name = ADDRESS_OF(loader_name);
	put_module(to, &machine->boot->initrd);
	put_memory_map(to, &machine->ram);
	put_cmdline(machine);

	*start = (struct start){
		.mode = START_PROTECTED,
		.rip = machine->boot->image.entry,
		.rax = LOADED_MAGIC,
		.rbx = INFO_BASE,
	};
	return 0;
}

const struct protocol multiboot_protocol = {
	.kind = {
		.matches = multiboot_matches,
		.plan = multiboot_plan,
		.load = multiboot_load,
	},
	.prepare = multiboot_prepare,
};
