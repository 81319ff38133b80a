/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1 */
/*
 * What the files of libaxvm share
 */
#ifndef _LIBAXVM_INTERNAL_H
#define _LIBAXVM_INTERNAL_H

#include <errno.h>
#include <sys/ioctl.h>

#include "libaxvm.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* An ioctl that returns a negative errno, as the kernel did. */
static inline int axvm_ioctl(int fd, unsigned long nr, void *arg)
{
	int ret = ioctl(fd, nr, arg);

	return ret < 0 ? -errno : ret;
}

static inline __u64 axvm_address(const void *p)
{
	return (__u64)(unsigned long)p;
}

/**
 * axvm_arch_missing() - Say which extension this machine's CPUs lack.
 *
 * Return: a constant string, or NULL if none is known to be missing.
 */
const char *axvm_arch_missing(void);

#endif /* _LIBAXVM_INTERNAL_H */
