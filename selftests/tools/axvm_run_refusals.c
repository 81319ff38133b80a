// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run: a bad command line, file or size is one clear line and its status
 */
#include <linux/elf.h>
#include <sys/stat.h>

#include "test.h"
#include "command.h"

/* An image's machine and place, and how much memory one with an initrd of 64M needs. */
#if defined(__riscv)
#define MACHINE		EM_RISCV
#define FOREIGN		EM_X86_64
#define IMAGE_BASE	0x80000000ULL
#define NEEDED		"67M"
#define DUMP		"--dump-dtb"
#define OTHER_DUMP	"--dump-acpi"
#elif defined(__x86_64__)
#define MACHINE		EM_X86_64
#define FOREIGN		EM_RISCV
#define IMAGE_BASE	0x100000ULL
#define NEEDED		"66M"
#define DUMP		"--dump-acpi"
#define OTHER_DUMP	"--dump-dtb"
#endif

#define STATUS_ERROR	1
#define STATUS_USAGE	2

#define RUN(outcome, ...)						\
	command_run((const char *const []){ "axvm-run", __VA_ARGS__, NULL }, outcome)

static struct outcome outcome;

/* ------------------------------------------------------------------------- */
/* Command lines                                                             */
/* ------------------------------------------------------------------------- */

TEST(help_and_version)
{
	RUN(&outcome, "--help");
	CHECK_EQ(outcome.status, 0);
	CHECK(strstr(outcome.out, "Usage: axvm-run"));
	CHECK(!outcome.err[0]);
	RUN(&outcome, "--version");
	CHECK_EQ(outcome.status, 0);
	CHECK(!strncmp(outcome.out, "axvm-run ", 9));
	CHECK(!outcome.err[0]);
}

TEST(no_image)
{
	command_run((const char *const []){ "axvm-run", NULL }, &outcome);
	CHECK_SAID(&outcome, STATUS_USAGE, "no IMAGE");
	RUN(&outcome, "one", "two");
	CHECK_SAID(&outcome, STATUS_USAGE, "two");
}

TEST(bad_options)
{
	static const char *const options[][3] = {
		{ "--nonsense", NULL, "--nonsense" },
		{ "-z", NULL, "-z" },
		{ "--c", NULL, "--c" },
		{ "--memory", "0", "--memory 0" },
		{ "--memory", "12Q", "12Q" },
		{ "--memory", "12MM", "12MM" },
		{ "--memory", "-1", "-1" },
		{ "--memory", "5", "multiple of 4K" },
		{ "--memory", "99999999999999T", "--memory" },
		{ "--cpus", "0", "--cpus 0" },
		{ "--cpus", "1x", "--cpus 1x" },
		{ "--cpus", "99999999999999999999", "--cpus" },
		{ "--bind", "", "--bind" },
		{ "--bind", "0,", "--bind 0," },
		{ "--bind", "a", "--bind a" },
		{ "--timeout", "0", "--timeout 0" },
		{ "--timeout", "soon", "--timeout soon" },
		{ OTHER_DUMP, "file", DUMP },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (options[i][1])
			RUN(&outcome, options[i][0], options[i][1], "image");
		else
			RUN(&outcome, options[i][0], "image");
		CHECK_SAID(&outcome, STATUS_USAGE, options[i][2]);
	}
	RUN(&outcome, "--memory");
	CHECK_SAID(&outcome, STATUS_USAGE, "needs an argument");
}

/* ------------------------------------------------------------------------- */
/* Files                                                                     */
/* ------------------------------------------------------------------------- */

/*
 * An executable of one segment: what the tests below make wrong. The note is the PVH
 * entry point that x86 starts an ELF file at; for others it is nothing.
 */
struct elf {
	struct elf64_hdr header;
	struct elf64_phdr segment;
	struct elf64_phdr notes;
	struct {
		struct elf64_note head;
		char name[4];
		__u32 entry;
	} note;
	char code[12];
};

static const struct elf good_elf = {
	.header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = MACHINE,
		.e_version = EV_CURRENT,
		.e_entry = IMAGE_BASE,
		.e_phoff = offsetof(struct elf, segment),
		.e_ehsize = sizeof(struct elf64_hdr),
		.e_phentsize = sizeof(struct elf64_phdr),
		.e_phnum = 2,
	},
	.segment = {
		.p_type = PT_LOAD,
		.p_offset = offsetof(struct elf, code),
		.p_vaddr = IMAGE_BASE,
		.p_paddr = IMAGE_BASE,
		.p_filesz = sizeof(good_elf.code),
		.p_memsz = 4096,
	},
	.notes = {
		.p_type = PT_NOTE,
		.p_offset = offsetof(struct elf, note),
		.p_filesz = sizeof(good_elf.note),
	},
	.note = {
		.head = { .n_namesz = 4, .n_descsz = 4, .n_type = 18 },
		.name = "Xen",
		.entry = IMAGE_BASE,
	},
};

static void write_good_image(void)
{
	write_file("image", &good_elf, sizeof(good_elf));
}

/* The file with these bytes is refused. */
static void check_refused(struct where where, const void *bytes, size_t len, const char *words)
{
	write_file("image", bytes, len);
	RUN(&outcome, "image");
	check_said(where, &outcome, STATUS_ERROR, words);
	check_said(where, &outcome, STATUS_ERROR, "image");
}

#define CHECK_REFUSED(bytes, len, words)	check_refused(HERE, bytes, len, words)

TEST(no_such_file)
{
	RUN(&outcome, "missing");
	CHECK_SAID(&outcome, STATUS_ERROR, "missing: No such file");
	RUN(&outcome, "/");
	CHECK_SAID(&outcome, STATUS_ERROR, "not a regular file");
	RUN(&outcome, "/dev/zero");
	CHECK_SAID(&outcome, STATUS_ERROR, "not a regular file");
	CHECK_SYS(mkfifo("fifo", 0600));
	RUN(&outcome, "fifo");
	CHECK_SAID(&outcome, STATUS_ERROR, "not a regular file");
	CHECK_REFUSED("", 0, "is empty");
	write_good_image();
	RUN(&outcome, "--initrd", "missing", "image");
	CHECK_SAID(&outcome, STATUS_ERROR, "missing: No such file");
	RUN(&outcome, "--console", "no/such/file", "image");
	CHECK_SAID(&outcome, STATUS_ERROR, "no/such/file");
	RUN(&outcome, DUMP, "no/such/file", "image");
	CHECK_SAID(&outcome, STATUS_ERROR, "no/such/file");
}

TEST(packed_and_foreign)
{
	CHECK_REFUSED("\x1f\x8b\x08\0", 4, "gunzip");
	CHECK_REFUSED("\xfd\x37zXZ\0", 6, "unxz");
	CHECK_REFUSED("\x28\xb5\x2f\xfd", 4, "unzstd");
	CHECK_REFUSED("MZ\0\0zimg\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0gzip\0\0\0", 32, "gzip");
	CHECK_REFUSED("MZ and then something else", 26, "EFI program");
}

#define CHECK_BAD_ELF(field, value, words) do {				\
	struct elf __elf = good_elf;					\
									\
	__elf.field = value;						\
	CHECK_REFUSED(&__elf, sizeof(__elf), words);			\
} while (0)

TEST(malformed_elf_header)
{
	CHECK_REFUSED(&good_elf, 20, "ends within its header");
	CHECK_REFUSED(&good_elf, sizeof(struct elf64_hdr) + 10, "ends within its program headers");
	CHECK_BAD_ELF(header.e_ident[EI_DATA], ELFDATA2MSB, "little-endian");
	CHECK_BAD_ELF(header.e_machine, FOREIGN, "another machine");
	CHECK_BAD_ELF(header.e_type, ET_DYN, "-static");
	CHECK_BAD_ELF(header.e_phnum, 0, "0 program headers");
	CHECK_BAD_ELF(header.e_phnum, 0xffff, "program headers");
	CHECK_BAD_ELF(header.e_phentsize, 1, "program headers");
	CHECK_BAD_ELF(header.e_phoff, ~0ULL, "ends within its program headers");
#ifdef __x86_64__
	/* Those of 32 bits have another machine's number. */
	CHECK_BAD_ELF(header.e_ident[EI_CLASS], ELFCLASS32, "another machine");
	CHECK_BAD_ELF(header.e_ident[EI_CLASS], 3, "little-endian");
	CHECK_BAD_ELF(note.entry, 0, "in no segment");
#else
	CHECK_BAD_ELF(header.e_ident[EI_CLASS], ELFCLASS32, "64-bit");
	CHECK_BAD_ELF(header.e_entry, 0, "in no segment");
#endif
}

TEST(malformed_elf_segment)
{
	CHECK_REFUSED(&good_elf, sizeof(good_elf) - 1, "ends within a segment");
	CHECK_BAD_ELF(segment.p_type, PT_NULL, "in no segment");
	CHECK_BAD_ELF(segment.p_memsz, 1, "longer than its memory");
	CHECK_BAD_ELF(segment.p_offset, ~0ULL, "ends within a segment");
	CHECK_BAD_ELF(segment.p_paddr, 0, "guest's memory");
	CHECK_BAD_ELF(segment.p_paddr, ~0ULL, "guest's memory");
	CHECK_BAD_ELF(segment.p_memsz, 1ULL << 30, "too little memory");
	CHECK_BAD_ELF(segment.p_memsz, ~0ULL - IMAGE_BASE, "too large");
}

/* ------------------------------------------------------------------------- */
/* Sizes and CPUs                                                            */
/* ------------------------------------------------------------------------- */

TEST(too_little_memory)
{
	write_good_image();
	RUN(&outcome, "--memory", "4K", "image");
	CHECK_SAID(&outcome, STATUS_ERROR, "too little memory");

	/* What it asks for is enough, as far as the files go. */
	write_file("initrd", "x", 1);
	CHECK_SYS(truncate("initrd", 64 << 20));
	RUN(&outcome, "--memory", "64M", "--initrd", "initrd", "image");
	CHECK_SAID(&outcome, STATUS_ERROR, "give --memory " NEEDED " or more");
	RUN(&outcome, "--memory", NEEDED, "--initrd", "initrd", DUMP, "dump", "image");
	CHECK_EQ(outcome.status, 0);
}

TEST(more_than_there_is)
{
	write_good_image();
	RUN(&outcome, "--memory", "1048576T", "image");
	CHECK_SAID(&outcome, STATUS_ERROR, "--memory");
	RUN(&outcome, "--cpus", "4096", "image");
	CHECK_SAID(&outcome, STATUS_ERROR, "--cpus 4096");
	RUN(&outcome, "--bind", "4000", "image");
	CHECK_SAID(&outcome, STATUS_ERROR, "CPU 4000");
}

TEST_HARNESS_MAIN
