/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Integer types and small helpers, named as in the kernel
 */
#ifndef AXVM_RUN_TYPES_H
#define AXVM_RUN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define KIB		1024ULL
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)
#define TIB		(1024 * GIB)

#define BIT(n)		(1U << (n))
#define BIT_ULL(n)	(1ULL << (n))

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* @align is a power of two; false if the result does not fit. */
static inline bool align_up(u64 value, u64 align, u64 *result)
{
	if (__builtin_add_overflow(value, align - 1, result))
		return false;
	*result &= ~(align - 1);
	return true;
}

#endif /* AXVM_RUN_TYPES_H */
