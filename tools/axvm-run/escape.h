/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The keys that are for axvm-run and not for the guest: Ctrl-A and another
 */
#ifndef AXVM_RUN_ESCAPE_H
#define AXVM_RUN_ESCAPE_H

#include "types.h"

#define ESCAPE_KEY	0x01

/**
 * enum escape_action - What a key asks for.
 * @ESCAPE_PASS: the guest gets it.
 * @ESCAPE_SWALLOW: nobody gets it.
 * @ESCAPE_HELP: print the keys.
 * @ESCAPE_QUIT: end the run.
 */
enum escape_action {
	ESCAPE_PASS,
	ESCAPE_SWALLOW,
	ESCAPE_HELP,
	ESCAPE_QUIT,
};

/**
 * struct escape - What has been typed.
 * @armed: the last key was Ctrl-A.
 */
struct escape {
	bool armed;
};

enum escape_action escape_key(struct escape *escape, u8 key);

#endif /* AXVM_RUN_ESCAPE_H */
