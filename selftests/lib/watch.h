/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The watch: no test hangs
 *
 * Shortly before the harness would kill a test, the watch stops its vCPUs, so
 * that the failure can say where the guest was.
 */
#ifndef SELFTESTS_WATCH_H
#define SELFTESTS_WATCH_H

#include <stdbool.h>

/** watch_begin() - Start the watch, if watch_set() did not yet: 25 seconds. */
void watch_begin(void);

/** watch_set() - Give the test @seconds from now on, or more where all is slow. */
void watch_set(unsigned int seconds);

/** watch_scale() - How many times longer everything may take here (TIME_SCALE). */
unsigned int watch_scale(void);

/** watch_add(), watch_remove() - A vCPU to stop when the time is over. */
void watch_add(int vcpu);
void watch_remove(int vcpu);

/** watch_expired() - Is the time over? */
bool watch_expired(void);

#endif /* SELFTESTS_WATCH_H */
