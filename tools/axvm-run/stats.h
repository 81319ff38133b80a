/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters of the vCPUs, as a table
 */
#ifndef AXVM_RUN_STATS_H
#define AXVM_RUN_STATS_H

#include "machine.h"

/* Print them on standard error; a failure is reported there and has no other effect. */
void stats_print(const struct machine *machine);

#endif /* AXVM_RUN_STATS_H */
