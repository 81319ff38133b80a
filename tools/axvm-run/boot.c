// SPDX-License-Identifier: GPL-2.0
/*
 * What goes into guest memory before the guest starts, and where
 *
 * One after the other, from the start of RAM: image, device tree, initial RAM
 * disk. All the rest is one piece, as huge pages like it.
 */
#include <string.h>

#include "arch.h"
#include "boot.h"
#include "report.h"

/* A kernel maps its device tree by such a piece before it has page tables. */
#define DTB_ALIGN	(2 * MIB)
#define INITRD_ALIGN	(4 * KIB)

static u64 dtb_room(const struct options *opts)
{
	return 64 * KIB + opts->cpus * KIB + strlen(opts->append);
}

/* Put @size bytes after @previous; false if there are no such addresses. */
static bool place_after(const struct range *previous, u64 align, u64 size, struct range *range)
{
	return align_up(previous->end, align, &range->start) &&
	       !__builtin_add_overflow(range->start, size, &range->end);
}

static int check_fit(const struct boot *boot, const struct options *opts)
{
	u64 need = boot->initrd.end - arch_ram_base;

	if (need <= opts->memory)
		return 0;
	return fail("too little memory for %s: the guest has %llu MiB: give --memory %lluM or more",
		    opts->image, opts->memory / MIB, (need + MIB - 1) / MIB);
}

static int plan(struct boot *boot, const struct options *opts)
{
	if (!place_after(&boot->image.memory, DTB_ALIGN, dtb_room(opts), &boot->dtb) ||
	    !place_after(&boot->dtb, INITRD_ALIGN, boot->initrd_file.size, &boot->initrd))
		return fail("%s is too large for any machine", opts->image);
	return check_fit(boot, opts);
}

int boot_open(struct boot *boot, const struct options *opts)
{
	*boot = (struct boot){ .initrd_file.fd = -1 };
	if (image_open(&boot->image, opts->image, arch_ram_base))
		return -1;
	if (opts->initrd && file_open(&boot->initrd_file, "initrd", opts->initrd))
		goto close;
	if (plan(boot, opts))
		goto close;
	return 0;

close:
	boot_close(boot);
	return -1;
}

void boot_close(struct boot *boot)
{
	image_close(&boot->image);
	file_close(&boot->initrd_file);
}

int boot_load(const struct boot *boot, const struct ram *ram)
{
	if (image_load(&boot->image, ram))
		return -1;
	if (boot->initrd_file.fd < 0)
		return 0;
	return image_load_file(&boot->initrd_file, ram, boot->initrd.start);
}
