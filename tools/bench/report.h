/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Telling the user
 */
#ifndef AXVM_BENCH_REPORT_H
#define AXVM_BENCH_REPORT_H

/**
 * report() - Print one line on standard error, after the program's name.
 * @fmt: as for printf(), without a newline.
 */
[[gnu::format(printf, 1, 2)]]
void report(const char *fmt, ...);

/**
 * die() - report() why a measurement is not possible, and end the process.
 * @fmt: as for printf(), without a newline.
 *
 * Every measurement has a process of its own, so only that one is lost.
 */
[[gnu::noreturn, gnu::format(printf, 1, 2)]]
void die(const char *fmt, ...);

#endif /* AXVM_BENCH_REPORT_H */
