/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DECODE_LINUX_KERNEL_H
#define DECODE_LINUX_KERNEL_H

#include <linux/types.h>
#include <sys/cdefs.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b)	((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define noinline		__attribute_noinline__

#endif /* DECODE_LINUX_KERNEL_H */
