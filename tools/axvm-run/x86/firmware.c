// SPDX-License-Identifier: GPL-2.0
/*
 * x86: firmware images, started at the reset vector
 *
 * The file ends at 4 GiB, where it can be read and executed but not written. What fits of
 * its end is in RAM below 1 MiB, too: that is where real mode can get at it. Nothing else is
 * in memory: what a guest finds beyond that it makes itself.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "firmware.h"
#include "layout.h"
#include "machine.h"
#include "protocol.h"
#include "report.h"

#define PAGE		(4 * KIB)
/* The processor starts so many bytes before the end. */
#define RESET_VECTOR	16

static bool firmware_matches(const struct image *image)
{
	(void)image;
	return true;
}

/* Bytes of the file's end that are below 1 MiB, too. */
static u64 low_len(const struct image *image)
{
	u64 most = BIOS_END - BIOS_BASE;

	return image->file.size < most ? image->file.size : most;
}

static int firmware_plan(struct image *image, u64 base)
{
	const char *path = image->file.path;
	u64 most = HOLE_END - FIRMWARE_BASE;

	(void)base;
	if (image_refuse_foreign(image))
		return -1;
	if (image->file.size < RESET_VECTOR)
		return fail("%s is too short for a firmware image: its last 16 bytes are the start",
			    path);
	if (image->file.size > most)
		return fail("%s is too large for a firmware image: it can have %llu MiB", path,
			    most / MIB);
	image->memory = (struct range){ BIOS_END - low_len(image), BIOS_END };
	image->entry = HOLE_END - RESET_VECTOR;
	return 0;
}

static int firmware_load(const struct image *image, const struct ram *ram)
{
	u64 len = low_len(image);

	return file_read(&image->file, ram_at(ram, BIOS_END - len, len), len,
			 image->file.size - len);
}

/* Nobody is there who would pass it on. */
static int firmware_check(const struct boot *boot, const struct options *opts)
{
	const char *option = NULL;

	(void)boot;
	if (opts->initrd)
		option = "initrd";
	else if (opts->append[0])
		option = "append";
	else if (opts->dump)
		option = "dump-acpi";
	if (option)
		return fail("--%s: %s is taken for a firmware image, which has no use for it",
			    option, opts->image);
	return 0;
}

static int firmware_prepare(struct machine *machine, struct start *start)
{
	(void)machine;
	*start = (struct start){ .mode = START_RESET };
	return 0;
}

const struct protocol firmware_protocol = {
	.kind = {
		.matches = firmware_matches,
		.plan = firmware_plan,
		.load = firmware_load,
	},
	.check = firmware_check,
	.prepare = firmware_prepare,
};

/* ------------------------------------------------------------------------- */
/* The memory up to 4 GiB                                                    */
/* ------------------------------------------------------------------------- */

static u64 read_nothing(void *opaque, u64 offset, unsigned int width)
{
	(void)opaque;
	(void)offset;
	(void)width;
	return ~0ULL;
}

/* It is read-only, and what is written is lost, as with a ROM. */
static void write_nothing(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)opaque;
	(void)offset;
	(void)width;
	(void)data;
}

static int map(struct machine *machine, u64 size)
{
	struct machine_arch *arch = &machine->arch;
	int ret;

	ret = axvm_mem_map(machine->vm, HOLE_END - size, arch->rom, size,
			   AXVM_MEM_READ | AXVM_MEM_EXEC);
	if (ret)
		return fail("cannot give the guest its firmware: %s", strerror(-ret));
	bus_add(&machine->bus, &(struct bus_device){
		.base = HOLE_END - size,
		.len = size,
		.widest = 8,
		.read = read_nothing,
		.write = write_nothing,
	});
	return 0;
}

int firmware_create(struct machine *machine)
{
	const struct image *image = &machine->boot->image;
	struct machine_arch *arch = &machine->arch;
	u64 len = image->file.size, size;
	void *mapping;

	if (protocol_of(image) != &firmware_protocol)
		return 0;
	align_up(len, PAGE, &size);
	mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapping == MAP_FAILED)
		return fail("no memory for the firmware: %s", strerror(errno));
	arch->rom = mapping;
	arch->rom_size = size;
	if (file_read(&image->file, (u8 *)mapping + size - len, len, 0))
		return -1;
	return map(machine, size);
}

void firmware_destroy(struct machine *machine)
{
	struct machine_arch *arch = &machine->arch;

	if (arch->rom)
		munmap(arch->rom, arch->rom_size);
	arch->rom = NULL;
}
