/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DECODE_LINUX_COMPILER_H
#define DECODE_LINUX_COMPILER_H

#include <sys/cdefs.h>

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define noinline		__attribute_noinline__

#endif /* DECODE_LINUX_COMPILER_H */
