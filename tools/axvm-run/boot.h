/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What goes into guest memory before the guest starts, and where
 */
#ifndef AXVM_RUN_BOOT_H
#define AXVM_RUN_BOOT_H

#include "image.h"
#include "options.h"

/**
 * struct boot - The files to boot and where they go.
 * @image: the kernel or program.
 * @initrd_file: the initial RAM disk; its fd is -1 if there is none.
 * @initrd: where it goes; empty if there is none.
 * @description: room for what describes the machine to the guest.
 *
 * Constant from boot_open() to boot_close().
 */
struct boot {
	struct image image;
	struct file initrd_file;
	struct range initrd;
	struct range description;
};

/**
 * boot_open() - Open the files and check that they fit into guest memory.
 * @boot: filled in.
 * @opts: the command line.
 *
 * Return: 0, or -1 with the reason reported.
 */
int boot_open(struct boot *boot, const struct options *opts);
void boot_close(struct boot *boot);

/**
 * boot_place_after() - Find room behind something.
 * @previous: it.
 * @align: a power of two that the room starts at a multiple of.
 * @size: bytes of the room.
 * @range: filled in.
 *
 * Return: false if there are no such addresses.
 */
bool boot_place_after(const struct range *previous, u64 align, u64 size, struct range *range);

/* Put the files into @ram; it has the size that boot_open() checked. */
int boot_load(const struct boot *boot, const struct ram *ram);

#endif /* AXVM_RUN_BOOT_H */
