// SPDX-License-Identifier: GPL-2.0
/*
 * Marks for a profiler: in a file of their own, so that calls of them are calls
 */
#include "stretch.h"

void profile_begin(void)
{
}

void profile_end(void)
{
}
