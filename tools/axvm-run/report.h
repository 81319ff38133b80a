/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Telling the user
 */
#ifndef AXVM_RUN_REPORT_H
#define AXVM_RUN_REPORT_H

/**
 * report() - Print one line on standard error, after the program's name.
 * @fmt: as for printf(), without a newline.
 *
 * The line is written at once, so that lines of several threads do not mix.
 */
[[gnu::format(printf, 1, 2)]]
void report(const char *fmt, ...);

/**
 * fail() - report() why something failed.
 * @fmt: as for printf(), without a newline: what failed, why, what to do.
 *
 * A function of axvm-run that returns -1 has reported why, so its callers only
 * pass that on.
 *
 * Return: -1, always.
 */
[[gnu::format(printf, 1, 2)]]
int fail(const char *fmt, ...);

#endif /* AXVM_RUN_REPORT_H */
