/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the main thread does while the vCPUs run
 */
#ifndef AXVM_RUN_EVENTS_H
#define AXVM_RUN_EVENTS_H

#include "machine.h"

/**
 * events_loop() - Serve input, signals and the time-out until the run is over.
 * @machine: started.
 * @signals: from signals_open().
 * @deadline: when to end the run, in milliseconds as now_ms() counts them; 0:
 *	never.
 */
void events_loop(struct machine *machine, int signals, u64 deadline);

/* Milliseconds of a clock that nobody sets. */
u64 now_ms(void);

#endif /* AXVM_RUN_EVENTS_H */
