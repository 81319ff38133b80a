// SPDX-License-Identifier: GPL-2.0
/*
 * The keys that are for axvm-run and not for the guest: Ctrl-A and another
 */
#include "escape.h"

enum escape_action escape_key(struct escape *escape, u8 key)
{
	if (!escape->armed) {
		escape->armed = key == ESCAPE_KEY;
		return escape->armed ? ESCAPE_SWALLOW : ESCAPE_PASS;
	}

	escape->armed = false;
	switch (key) {
	case ESCAPE_KEY:
		return ESCAPE_PASS;
	case 'x':
	case 'X':
		return ESCAPE_QUIT;
	case 'h':
	case 'H':
	case '?':
		return ESCAPE_HELP;
	default:
		return ESCAPE_SWALLOW;
	}
}
