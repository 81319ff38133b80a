/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that go into guest memory
 */
#ifndef AXVM_RUN_FILE_H
#define AXVM_RUN_FILE_H

#include "types.h"

/**
 * struct file - An open regular file.
 * @path: its name, for messages.
 * @fd: file descriptor; -1 when there is none.
 * @size: bytes, when it was opened.
 */
struct file {
	const char *path;
	int fd;
	u64 size;
};

/* Open a regular file that is not empty; @what says what it is, for messages. */
int file_open(struct file *file, const char *what, const char *path);
void file_close(struct file *file);

/* Read exactly @len bytes at @offset, which lie within the file. */
int file_read(const struct file *file, void *buf, u64 len, u64 offset);

#endif /* AXVM_RUN_FILE_H */
