/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DECODE_LINUX_BITS_H
#define DECODE_LINUX_BITS_H

#define BIT(n)		(1UL << (n))
#define BIT_ULL(n)	(1ULL << (n))

#endif /* DECODE_LINUX_BITS_H */
