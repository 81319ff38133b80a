// SPDX-License-Identifier: GPL-2.0
/*
 * The host's CPUs: those that the test may run on, whatever their numbers are
 */
#include "check.h"
#include "cpus.h"

static cpu_set_t all;

/* Before anything is bound: a run takes its thread to the vCPU's home, and it stays there. */
static void __attribute__((constructor)) find_cpus(void)
{
	sched_getaffinity(0, sizeof(all), &all);
}

unsigned int host_cpus(void)
{
	return CPU_COUNT(&all);
}

unsigned int host_cpu(unsigned int index)
{
	unsigned int number;

	for (number = 0; number < CPU_SETSIZE; number++)
		if (CPU_ISSET(number, &all) && !index--)
			return number;
	FAIL("there are %u CPUs only", host_cpus());
}

void move_to_cpu(unsigned int number)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(number, &set);
	CHECK_SYS(sched_setaffinity(0, sizeof(set), &set));
}

void need_two_cpus(void)
{
	if (host_cpus() < 2)
		test_skip("there is one CPU only");
}
