// SPDX-License-Identifier: GPL-2.0
/*
 * System calls, and exits that one vCPU makes
 */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "machine.h"
#include "report.h"
#include "rows.h"

/* So many that neither the clock's resolution nor the last exit counts. */
#define ROUND_TRIPS	20000
/*
 * The host's own tick takes some 50000 instructions every 4 million: each sample
 * of short round trips needs several of them, or it has one or none by chance.
 */
#define SHORT_TRIPS	100000

double sample_syscall(const struct driver *driver, const void *arg)
{
	u64 began = elapsed();
	int i;

	(void)driver;
	(void)arg;
	for (i = 0; i < ROUND_TRIPS; i++)
		syscall(SYS_getppid);
	return (double)(elapsed() - began) / ROUND_TRIPS;
}

static u64 time_run_nothing(const struct driver *driver, struct vcpu *vcpu)
{
	u64 began = elapsed();
	int i, ret;

	for (i = 0; i < ROUND_TRIPS; i++) {
		ret = driver->run_nothing(vcpu);
		if (ret)
			die("%s: running nothing: %s", driver->name, strerror(-ret));
	}
	return elapsed() - began;
}

double sample_run_nothing(const struct driver *driver, const void *arg)
{
	struct machine machine;
	struct vcpu vcpu;
	u64 time;

	(void)arg;
	machine_create(&machine, &vcpu, driver);
	time = time_run_nothing(driver, &vcpu);
	machine_destroy(&machine, &vcpu);
	return (double)time / ROUND_TRIPS;
}

static double time_guest(const struct driver *driver, const char *entry, u64 count)
{
	struct machine machine;
	struct vcpu vcpu;
	u64 time;

	machine_create(&machine, &vcpu, driver);
	time = machine_time(&machine, &vcpu, entry, count, 0, 0);
	machine_destroy(&machine, &vcpu);
	return (double)time / count;
}

double sample_handled(const struct driver *driver, const void *arg)
{
	return time_guest(driver, arg, SHORT_TRIPS);
}

double sample_exit(const struct driver *driver, const void *arg)
{
	return time_guest(driver, arg, ROUND_TRIPS);
}
