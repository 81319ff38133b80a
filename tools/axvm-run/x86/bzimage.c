// SPDX-License-Identifier: GPL-2.0
/*
 * x86: Linux bzImages, started by the 64-bit boot protocol
 *
 * See Documentation/arch/x86/boot.rst in the kernel.
 */
#include <asm/bootparam.h>
#include <string.h>
#include <sys/random.h>

#include "layout.h"
#include "machine.h"
#include "protocol.h"
#include "report.h"

#define HEADER_OFFSET	0x1f1
#define BOOT_FLAG	0xaa55
#define HEADER_MAGIC	0x53726448	/* "HdrS" */
/* The first with xloadflags: Linux 3.8. */
#define VERSION_NEEDED	0x020c
#define SECTOR		512
#define ENTRY_64	0x200
#define LOADER_UNKNOWN	0xff

#define SEED_LEN	32
#ifndef SETUP_RNG_SEED
#define SETUP_RNG_SEED	9
#endif

/**
 * struct kernel - What the header says of the kernel proper.
 * @offset: its place in the file.
 * @len: bytes of it there.
 */
struct kernel {
	u64 offset;
	u64 len;
};

static bool bzimage_matches(const struct image *image)
{
	struct setup_header header;

	return image_read_part(image, &header.boot_flag, sizeof(header.boot_flag),
			       HEADER_OFFSET + offsetof(struct setup_header, boot_flag)) &&
	       image_read_part(image, &header.header, sizeof(header.header),
			       HEADER_OFFSET + offsetof(struct setup_header, header)) &&
	       header.boot_flag == BOOT_FLAG && header.header == HEADER_MAGIC;
}

static int read_header(const struct image *image, struct setup_header *header)
{
	if (image_read_part(image, header, sizeof(*header), HEADER_OFFSET))
		return 0;
	return fail("%s is a truncated bzImage: it ends within its header", image->file.path);
}

static int check_header(const struct image *image, const struct setup_header *header)
{
	const char *path = image->file.path;

	if (header->version < VERSION_NEEDED)
		return fail("%s is a Linux kernel of boot protocol %u.%02u: 2.12 is needed", path,
			    header->version >> 8, header->version & 0xff);
	if (!(header->loadflags & LOADED_HIGH))
		return fail("%s is a zImage, not a bzImage", path);
	if (!(header->xloadflags & XLF_KERNEL_64))
		return fail("%s is a 32-bit kernel: axvm-run boots 64-bit ones", path);
	return 0;
}

static bool is_aligned(const struct setup_header *header)
{
	u64 align = header->kernel_alignment;

	return align && !(align & (align - 1)) && !(header->pref_address & (align - 1));
}

static int check_place(const struct image *image, const struct setup_header *header)
{
	const char *path = image->file.path;

	if (!header->syssize)
		return fail("%s is a malformed bzImage: its header says that it is empty", path);
	if (header->syssize * 16ULL <= ENTRY_64)
		return fail("%s is a malformed bzImage: it ends before its 64-bit entry point",
			    path);
	/* Others do not use the alignment. */
	if (header->relocatable_kernel && !is_aligned(header))
		return fail("%s is a malformed bzImage: its header has it at %#llx, aligned to %#x",
			    path, header->pref_address, header->kernel_alignment);
	return 0;
}

static int find_kernel(const struct image *image, const struct setup_header *header,
		       struct kernel *kernel)
{
	unsigned int sectors = header->setup_sects ? header->setup_sects : 4;

	/* The first sector is the old boot sector's. */
	kernel->offset = (1 + sectors) * SECTOR;
	kernel->len = header->syssize * 16ULL;
	if (kernel->offset + kernel->len <= image->file.size)
		return 0;
	return fail("%s is a truncated bzImage: %llu bytes of %llu", image->file.path,
		    image->file.size, kernel->offset + kernel->len);
}

static int bzimage_plan(struct image *image, u64 base)
{
	struct range *memory = &image->memory;
	struct setup_header header;
	struct kernel kernel;
	u64 size;

	if (read_header(image, &header) || check_header(image, &header) ||
	    check_place(image, &header) || find_kernel(image, &header, &kernel))
		return -1;

	/* What it needs while it unpacks itself and starts. */
	size = header.init_size > kernel.len ? header.init_size : kernel.len;
	memory->start = header.pref_address;
	if (memory->start < base || memory->start > HOLE_BASE || size > HOLE_BASE - memory->start)
		return fail("%s is a malformed bzImage: its header has it at %#llx, %llu bytes",
			    image->file.path, header.pref_address, size);
	memory->end = memory->start + size;
	image->entry = memory->start + ENTRY_64;
	return 0;
}

static int bzimage_load(const struct image *image, const struct ram *ram)
{
	struct setup_header header;
	struct kernel kernel;
	void *to;

	if (read_header(image, &header) || find_kernel(image, &header, &kernel))
		return -1;
	/* The file may have changed since it was checked. */
	to = ram_at(ram, image->memory.start, kernel.len);
	if (!to)
		return fail("%s has changed while it was read", image->file.path);
	return file_read(&image->file, to, kernel.len, kernel.offset);
}

static int bzimage_check(const struct boot *boot, const struct options *opts)
{
	struct setup_header header;

	if (read_header(&boot->image, &header))
		return -1;
	if (strlen(opts->append) > header.cmdline_size)
		return fail("--append: %zu bytes are too long for this kernel: it takes %u",
			    strlen(opts->append), header.cmdline_size);
	if (opts->initrd && boot->initrd.end - 1 > header.initrd_addr_max)
		return fail("initrd %s is too large: the kernel takes one that ends below %#llx",
			    opts->initrd, header.initrd_addr_max + 1ULL);
	return 0;
}

/* A failure leaves the guest without: it then waits for randomness of its own. */
static u64 put_seed(const struct machine *machine)
{
	struct setup_data *data = ram_at(&machine->ram, SETUP_DATA_BASE,
					 sizeof(*data) + SEED_LEN);

	*data = (struct setup_data){ .type = SETUP_RNG_SEED, .len = SEED_LEN };
	if (getrandom(data->data, SEED_LEN, GRND_NONBLOCK) != SEED_LEN)
		return 0;
	return SETUP_DATA_BASE;
}

static void put_memory_map(const struct machine *machine, struct boot_params *params)
{
	struct memory_entry entries[MEMORY_ENTRIES];
	unsigned int count = memory_map(&machine->ram, entries);

	for (unsigned int i = 0; i < count; i++)
		params->e820_table[i] = (struct boot_e820_entry){
			.addr = entries[i].start,
			.size = entries[i].size,
			.type = entries[i].type,
		};
	params->e820_entries = count;
}

/* The header reaches as far as the jump over it goes. */
static size_t header_len(const struct setup_header *header)
{
	size_t len = offsetof(struct setup_header, header) + (header->jump >> 8);

	return len < sizeof(*header) ? len : sizeof(*header);
}

static int bzimage_prepare(struct machine *machine, struct start *start)
{
	const struct boot *boot = machine->boot;
	struct boot_params *params = ram_at(&machine->ram, ZERO_PAGE_BASE, sizeof(*params));
	struct setup_header header;

	if (read_header(&boot->image, &header))
		return -1;
	memset(params, 0, sizeof(*params));
	memcpy(&params->hdr, &header, header_len(&header));
	params->hdr.type_of_loader = LOADER_UNKNOWN;
	params->hdr.cmd_line_ptr = CMDLINE_BASE;
	params->hdr.ramdisk_image = boot->initrd.start;
	params->hdr.ramdisk_size = range_size(&boot->initrd);
	params->hdr.setup_data = put_seed(machine);
	params->acpi_rsdp_addr = rsdp_address(machine);
	put_memory_map(machine, params);
	put_cmdline(machine);

	*start = (struct start){
		.mode = START_LONG,
		.rip = boot->image.entry,
		.rsi = ZERO_PAGE_BASE,
	};
	return 0;
}

const struct protocol bzimage_protocol = {
	.kind = {
		.matches = bzimage_matches,
		.plan = bzimage_plan,
		.load = bzimage_load,
	},
	.check = bzimage_check,
	.prepare = bzimage_prepare,
};
