/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's CPUs: those that the test may run on, whatever their numbers are
 */
#ifndef SELFTESTS_CPUS_H
#define SELFTESTS_CPUS_H

#include <sched.h>

/** host_cpus() - How many there were when the program was started. */
unsigned int host_cpus(void);

/** host_cpu() - The number of one of them; @index is less than host_cpus(). */
unsigned int host_cpu(unsigned int index);

/** move_to_cpu() - From now on this thread runs on the CPU of this @number only. */
void move_to_cpu(unsigned int number);

/** need_two_cpus() - Skip the test where there is one only. */
void need_two_cpus(void);

#endif /* SELFTESTS_CPUS_H */
