/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's huge pages
 */
#ifndef AXVM_BENCH_HUGE_H
#define AXVM_BENCH_HUGE_H

#include "types.h"

#define HUGE_LEN	(2 * MIB)

/**
 * hugetlb_map() - Map pages of 2 MiB from hugetlb's pool.
 * @pages: how many.
 *
 * The pool grows for that if it must, until the process ends.
 *
 * Return: where they are; without them the measurement ends.
 */
void *hugetlb_map(u64 pages);

/**
 * thp_check() - End the measurement unless memory consists of huge pages.
 * @base: where, as it was mapped.
 * @len: bytes.
 *
 * The kernel falls back to small pages when memory is short or fragmented.
 */
void thp_check(const void *base, u64 len);

#endif /* AXVM_BENCH_HUGE_H */
