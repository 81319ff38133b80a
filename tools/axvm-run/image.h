/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The image to boot: what kind it is, where it goes, and loading it
 */
#ifndef AXVM_RUN_IMAGE_H
#define AXVM_RUN_IMAGE_H

#include "file.h"
#include "ram.h"

/* As much of a file's start as most kinds are told by. */
#define IMAGE_HEAD	64

/**
 * struct image - A file to boot.
 * @file: the file.
 * @kind: how to load it.
 * @head: the file's first bytes, zero beyond its end.
 * @memory: what it takes up in the guest, its zeroed part included.
 * @entry: where it starts.
 *
 * Constant from image_open() to image_close().
 */
struct image {
	struct file file;
	const struct image_kind *kind;
	u8 head[IMAGE_HEAD];
	struct range memory;
	u64 entry;
};

/**
 * struct image_kind - One file format.
 * @matches: is it this one? Only @file and @head are there.
 * @plan: check the file and fill in @memory and @entry; @base is where an image can be
 *	first.
 * @load: put it into RAM, which has room for @memory.
 */
struct image_kind {
	bool (*matches)(const struct image *image);
	int (*plan)(struct image *image, u64 base);
	int (*load)(const struct image *image, const struct ram *ram);
};

/* What is at the start of RAM and starts there. */
extern const struct image_kind flat_image;

/* Open and check an image, and decide where it goes. */
int image_open(struct image *image, const char *path, u64 base);
int image_load(const struct image *image, const struct ram *ram);
void image_close(struct image *image);

/* Read part of an image; false if the file has no such part, or cannot be read. */
bool image_read_part(const struct image *image, void *part, u64 len, u64 offset);

/* Refuse what is a kernel of another format, and would only crash; 0 or -1. */
int image_refuse_foreign(const struct image *image);

/* Load a whole file at @gpa, where there is room. */
int image_load_file(const struct file *file, const struct ram *ram, u64 gpa);

#endif /* AXVM_RUN_IMAGE_H */
