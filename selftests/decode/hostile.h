/* SPDX-License-Identifier: GPL-2.0 */
/* The emulator with everything against it. */
#ifndef DECODE_HOSTILE_H
#define DECODE_HOSTILE_H

#include <stdbool.h>

/**
 * hostile() - Emulate so many random things with random answers.
 *
 * Return: whether all ended, and every access was one that can be made.
 */
bool hostile(unsigned long times);

#endif /* DECODE_HOSTILE_H */
