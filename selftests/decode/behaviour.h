/* SPDX-License-Identifier: GPL-2.0 */
/* What no CPU can be asked: accesses in their order, and instructions that are half done. */
#ifndef DECODE_BEHAVIOUR_H
#define DECODE_BEHAVIOUR_H

#include <stdbool.h>

/**
 * behaviour_each() - Run every test.
 * @report: told of each.
 */
void behaviour_each(void (*report)(const char *name, bool passed));

#endif /* DECODE_BEHAVIOUR_H */
