// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run with ELF files that have a PVH entry point, well-formed and not
 */
#include <linux/elf.h>

#include "test.h"
#include "image_file.h"

#define ENTRY_NOTE	18
#define OTHER_NOTE	6
#define NO_ENTRY	"without a PVH entry point"

struct note {
	struct elf64_note head;
	char name[4];
	__u32 value;
};

/* Two segments with room between them, a note that is something else, and the entry. */
struct pvh {
	struct elf64_hdr header;
	struct elf64_phdr segments[2];
	struct elf64_phdr notes;
	struct note other;
	struct note entry;
	char code[8];
};

static const struct pvh good_pvh = {
	.header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_phoff = offsetof(struct pvh, segments),
		.e_phentsize = sizeof(struct elf64_phdr),
		.e_phnum = 3,
	},
	.segments = {
		{
			.p_type = PT_LOAD,
			.p_offset = offsetof(struct pvh, code),
			.p_paddr = 0x100000,
			.p_filesz = sizeof(good_pvh.code),
			.p_memsz = 0x1000,
		}, {
			.p_type = PT_LOAD,
			.p_paddr = 0x103000,
			.p_memsz = 0x1000,
		},
	},
	.notes = {
		.p_type = PT_NOTE,
		.p_offset = offsetof(struct pvh, other),
		.p_filesz = 2 * sizeof(struct note),
	},
	.other = {
		.head = { .n_namesz = 4, .n_descsz = 4, .n_type = OTHER_NOTE },
		.name = "Xen",
	},
	.entry = {
		.head = { .n_namesz = 4, .n_descsz = 4, .n_type = ENTRY_NOTE },
		.name = "Xen",
		.value = 0x100000,
	},
};

#define CHECK_BAD_PVH(field, value, words)	CHECK_BAD(good_pvh, field, value, words)
#define CHECK_GOOD_PVH(field, value)		CHECK_GOOD(good_pvh, field, value)

TEST(entry)
{
	CHECK_TAKEN(&good_pvh, sizeof(good_pvh));
	CHECK_GOOD_PVH(entry.value, 0x100fff);
	CHECK_GOOD_PVH(entry.value, 0x103000);
	CHECK_BAD_PVH(entry.value, 0xfffff, "its PVH entry 0xfffff is in no segment");
	CHECK_BAD_PVH(entry.value, 0x101000, "its PVH entry 0x101000 is in no segment");
	CHECK_BAD_PVH(entry.value, 0x102fff, "its PVH entry 0x102fff is in no segment");
	CHECK_BAD_PVH(entry.value, 0x104000, "its PVH entry 0x104000 is in no segment");
	CHECK_BAD_PVH(segments[0].p_type, PT_NULL, "is in no segment");
}

TEST(notes)
{
	CHECK_BAD_PVH(entry.head.n_type, OTHER_NOTE, NO_ENTRY);
	CHECK_BAD_PVH(entry.name[2], 'N', NO_ENTRY);
	CHECK_BAD_PVH(entry.head.n_namesz, 3, NO_ENTRY);
	CHECK_BAD_PVH(entry.head.n_namesz, 0xffffffff, NO_ENTRY);
	CHECK_BAD_PVH(entry.head.n_descsz, 0xffffffff, NO_ENTRY);
	CHECK_BAD_PVH(entry.head.n_descsz, 3, NO_ENTRY);
	CHECK_BAD_PVH(entry.head.n_descsz, 5, NO_ENTRY);
	/* What it has to do with the one behind it is where that begins. */
	CHECK_GOOD_PVH(other.head.n_namesz, 3);
	CHECK_GOOD_PVH(other.head.n_descsz, 1);
	CHECK_BAD_PVH(other.head.n_namesz, 5, NO_ENTRY);
	CHECK_BAD_PVH(other.head.n_namesz, 0xfffffff8, NO_ENTRY);
	CHECK_BAD_PVH(other.head.n_descsz, 0xffffffff, NO_ENTRY);
}

TEST(segments_of_notes)
{
	static char file[0x11000];
	struct pvh *pvh = (struct pvh *)file;

	CHECK_BAD_PVH(notes.p_filesz, 2 * sizeof(struct note) - 1, NO_ENTRY);
	CHECK_BAD_PVH(notes.p_filesz, sizeof(struct note), NO_ENTRY);
	CHECK_BAD_PVH(notes.p_filesz, 0, NO_ENTRY);
	CHECK_BAD_PVH(notes.p_offset, sizeof(good_pvh), NO_ENTRY);
	CHECK_BAD_PVH(notes.p_offset, sizeof(good_pvh) - 2 * sizeof(struct note) + 1, NO_ENTRY);
	CHECK_BAD_PVH(notes.p_offset, ~0ULL, NO_ENTRY);

	*pvh = good_pvh;
	pvh->notes.p_filesz = 64 << 10;
	CHECK_TAKEN(file, sizeof(file));
	pvh->notes.p_filesz++;
	CHECK_REFUSED(file, sizeof(file), NO_ENTRY);
}

#define TOO_LARGE	"does not end below 3 GiB"

TEST(too_large)
{
	CHECK_BAD_PVH(segments[1].p_memsz, 3ULL << 30, TOO_LARGE);
	CHECK_BAD_PVH(segments[1].p_memsz, (3ULL << 30) - 0x103000 + 1, TOO_LARGE);
	CHECK_BAD_PVH(segments[1].p_memsz, (3ULL << 30) - 0x103000, "too little memory");

	write_file("image", &good_pvh, sizeof(good_pvh));
	write_file("initrd", "x", 1);
	CHECK_SYS(truncate("initrd", 3LL << 30));
	RUN(&outcome, "--initrd", "initrd", "image");
	CHECK_SAID(&outcome, 1, TOO_LARGE);
	CHECK_SYS(truncate("initrd", (3LL << 30) - 0x104000 + 1));
	RUN(&outcome, "--initrd", "initrd", "image");
	CHECK_SAID(&outcome, 1, TOO_LARGE);
	CHECK_SYS(truncate("initrd", (3LL << 30) - 0x104000));
	RUN(&outcome, "--initrd", "initrd", "image");
	CHECK_SAID(&outcome, 1, "too little memory");
}

TEST(command_line)
{
	write_file("image", &good_pvh, sizeof(good_pvh));
	CHECK_APPEND_LIMIT();
}

/* ------------------------------------------------------------------------- */
/* Of 32 bits                                                                */
/* ------------------------------------------------------------------------- */

struct pvh_32 {
	struct elf32_hdr header;
	struct elf32_phdr segment;
	struct elf32_phdr notes;
	struct note entry;
};

static const struct pvh_32 good_pvh_32 = {
	.header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_phoff = offsetof(struct pvh_32, segment),
		.e_phentsize = sizeof(struct elf32_phdr),
		.e_phnum = 2,
	},
	.segment = {
		.p_type = PT_LOAD,
		.p_paddr = 0x100000,
		.p_filesz = sizeof(struct pvh_32),
		.p_memsz = 0x1000,
	},
	.notes = {
		.p_type = PT_NOTE,
		.p_offset = offsetof(struct pvh_32, entry),
		.p_filesz = sizeof(struct note),
	},
	.entry = {
		.head = { .n_namesz = 4, .n_descsz = 4, .n_type = ENTRY_NOTE },
		.name = "Xen",
		.value = 0x100000,
	},
};

TEST(of_32_bits)
{
	CHECK_TAKEN(&good_pvh_32, sizeof(good_pvh_32));
	CHECK_REFUSED(&good_pvh_32, sizeof(struct elf32_hdr) - 1, "ends within its header");
	CHECK_REFUSED(&good_pvh_32, sizeof(struct elf32_hdr), "ends within its program headers");
	CHECK_REFUSED(&good_pvh_32, offsetof(struct pvh_32, entry) - 1,
		      "ends within its program headers");
	CHECK_REFUSED(&good_pvh_32, offsetof(struct pvh_32, entry), NO_ENTRY);
	CHECK_BAD(good_pvh_32, header.e_phoff, 0xffffffff, "ends within its program headers");
	CHECK_BAD(good_pvh_32, header.e_machine, EM_X86_64, "another machine");
	CHECK_BAD(good_pvh_32, entry.value, 0x101000, "is in no segment");
}

TEST_HARNESS_MAIN
