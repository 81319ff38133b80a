/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Integer types and small helpers, named as in the kernel
 */
#ifndef AXVM_BENCH_TYPES_H
#define AXVM_BENCH_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

typedef __u32 u32;
typedef __u64 u64;

#define KIB		1024ULL
#define MIB		(1024 * KIB)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#endif /* AXVM_BENCH_TYPES_H */
