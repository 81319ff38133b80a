// SPDX-License-Identifier: GPL-2.0
/*
 * What goes into guest memory before the guest starts, and where
 *
 * All of it is in RAM's first range.
 */
#include "arch.h"
#include "boot.h"
#include "report.h"

bool boot_place_after(const struct range *previous, u64 align, u64 size, struct range *range)
{
	return align_up(previous->end, align, &range->start) &&
	       !__builtin_add_overflow(range->start, size, &range->end);
}

static u64 end_of(const struct boot *boot)
{
	u64 end = boot->image.memory.end;

	if (boot->description.end > end)
		end = boot->description.end;
	if (boot->initrd.end > end)
		end = boot->initrd.end;
	return end;
}

static int check_fit(const struct boot *boot, const struct options *opts)
{
	struct ram ram = { };
	u64 need;

	arch_ram_layout(opts->memory, &ram);
	need = end_of(boot) - ram.ranges[0].start;
	if (need <= range_size(&ram.ranges[0]))
		return 0;
	return fail("too little memory for %s: the guest has %llu MiB: give --memory %lluM or more",
		    opts->image, opts->memory / MIB, (need + MIB - 1) / MIB);
}

int boot_open(struct boot *boot, const struct options *opts)
{
	*boot = (struct boot){ .initrd_file.fd = -1 };
	if (image_open(&boot->image, opts->image, arch_image_base))
		return -1;
	if (opts->initrd && file_open(&boot->initrd_file, "initrd", opts->initrd))
		goto close;
	if (arch_place(boot, opts) || check_fit(boot, opts))
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
