/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DECODE_LINUX_KERNEL_H
#define DECODE_LINUX_KERNEL_H

#include <linux/compiler.h>
#include <linux/types.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b)	((type)(a) > (type)(b) ? (type)(a) : (type)(b))

#endif /* DECODE_LINUX_KERNEL_H */
