// SPDX-License-Identifier: GPL-2.0
/*
 * x86: ELF files with a PVH entry point, such as Linux's vmlinux
 *
 * See "x86/HVM direct boot ABI" and elfnote.h in Xen.
 */
#include <linux/elf.h>
#include <string.h>

#include "elf.h"
#include "layout.h"
#include "machine.h"
#include "protocol.h"
#include "report.h"

#define NOTE_NAME		"Xen"
#define NOTE_PHYS32_ENTRY	18
/* Notes are short; a file with more is not one that was linked. */
#define NOTES_MOST		(64 * KIB)
#define NOTE_ALIGN		4

#define START_INFO_MAGIC	0x336ec578
#define START_INFO_VERSION	1

struct start_info {
	u32 magic;
	u32 version;
	u32 flags;
	u32 modules;
	u64 module_list;
	u64 cmdline;
	u64 rsdp;
	u64 memory_map;
	u32 memory_entries;
	u32 reserved;
};

struct module_entry {
	u64 address;
	u64 size;
	u64 cmdline;
	u64 reserved;
};

struct memory_map_entry {
	u64 address;
	u64 size;
	u32 type;
	u32 reserved;
};

/* What lies at INFO_BASE. */
struct information {
	struct start_info info;
	struct module_entry module;
	struct memory_map_entry memory[MEMORY_ENTRIES];
};

/* Find the entry point in a segment of notes; false: there is none. */
static bool find_in_notes(const u8 *notes, u64 len, u64 *entry)
{
	while (len >= sizeof(struct elf64_note)) {
		struct elf64_note note;
		u64 name, description, next;
		u32 value;

		memcpy(&note, notes, sizeof(note));
		name = sizeof(note);
		if (!align_up(name + note.n_namesz, NOTE_ALIGN, &description) ||
		    !align_up(description + note.n_descsz, NOTE_ALIGN, &next) || next > len)
			return false;
		if (note.n_type == NOTE_PHYS32_ENTRY && note.n_namesz == sizeof(NOTE_NAME) &&
		    !memcmp(notes + name, NOTE_NAME, sizeof(NOTE_NAME)) &&
		    note.n_descsz >= sizeof(value)) {
			memcpy(&value, notes + description, sizeof(value));
			*entry = value;
			return true;
		}
		notes += next;
		len -= next;
	}
	return false;
}

static bool find_entry(const struct image *image, const struct elf *elf, u64 *entry)
{
	static u8 notes[NOTES_MOST];

	for (unsigned int i = 0; i < elf->count; i++) {
		const struct elf_segment *segment = &elf->segments[i];

		if (segment->type == PT_NOTE && segment->file_size <= sizeof(notes) &&
		    image_read_part(image, notes, segment->file_size, segment->offset) &&
		    find_in_notes(notes, segment->file_size, entry))
			return true;
	}
	return false;
}

static int pvh_plan(struct image *image, u64 base)
{
	struct elf elf;

	if (elf_read(image, &elf))
		return -1;
	if (!find_entry(image, &elf, &image->entry))
		return fail("%s is an ELF file without a PVH entry point or a Multiboot header",
			    image->file.path);
	if (elf_place(image, &elf, base))
		return -1;
	if (!elf_covers(&elf, image->entry))
		return fail("%s is a malformed ELF file: its PVH entry %#llx is in no segment",
			    image->file.path, image->entry);
	return 0;
}

static void put_information(const struct machine *machine)
{
	struct information *to = ram_at(&machine->ram, INFO_BASE, sizeof(*to));
	const struct range *initrd = &machine->boot->initrd;
	struct memory_entry entries[MEMORY_ENTRIES];

	memset(to, 0, sizeof(*to));
	to->info = (struct start_info){
		.magic = START_INFO_MAGIC,
		.version = START_INFO_VERSION,
		.cmdline = CMDLINE_BASE,
		.rsdp = rsdp_address(machine),
		.memory_map = INFO_BASE + offsetof(struct information, memory),
		.memory_entries = memory_map(&machine->ram, entries),
	};
	if (range_size(initrd)) {
		to->info.modules = 1;
		to->info.module_list = INFO_BASE + offsetof(struct information, module);
		to->module.address = initrd->start;
		to->module.size = range_size(initrd);
	}
	for (unsigned int i = 0; i < to->info.memory_entries; i++)
		to->memory[i] = (struct memory_map_entry){
			.address = entries[i].start,
			.size = entries[i].size,
			.type = entries[i].type,
		};
}

static int pvh_prepare(struct machine *machine, struct start *start)
{
	put_information(machine);
	put_cmdline(machine);
	*start = (struct start){
		.mode = START_PROTECTED,
		.rip = machine->boot->image.entry,
		.rbx = INFO_BASE,
	};
	return 0;
}

const struct protocol pvh_protocol = {
	.kind = {
		.matches = elf_matches,
		.plan = pvh_plan,
		.load = elf_load,
	},
	.prepare = pvh_prepare,
};
