// SPDX-License-Identifier: GPL-2.0
/*
 * System calls, and exits that one vCPU makes
 */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine.h"
#include "report.h"
#include "rows.h"
#include "stretch.h"

/* So many that neither the clock's resolution nor the last exit counts. */
#define ROUND_TRIPS	20000
/*
 * The host's own tick takes some 50000 instructions every 4 million: each sample
 * of short round trips needs several of them, or it has one or none by chance.
 */
#define SHORT_TRIPS	100000

double sample_syscall(const struct driver *driver, const void *arg)
{
	u64 count = stretch_operations(ROUND_TRIPS), began, i;

	(void)driver;
	(void)arg;
	began = stretch_begin();
	for (i = 0; i < count; i++)
		syscall(SYS_getppid);
	return (double)stretch_end(began) / count;
}

static u64 time_run_nothing(const struct driver *driver, struct vcpu *vcpu, u64 count)
{
	u64 began = stretch_begin(), i;
	int ret;

	for (i = 0; i < count; i++) {
		ret = driver->run_nothing(vcpu);
		if (ret)
			die("%s: running nothing: %s", driver->name, strerror(-ret));
	}
	return stretch_end(began);
}

double sample_run_nothing(const struct driver *driver, const void *arg)
{
	u64 count = stretch_operations(ROUND_TRIPS), time;
	struct machine machine;
	struct vcpu vcpu;

	(void)arg;
	machine_create(&machine, &vcpu, driver);
	time = time_run_nothing(driver, &vcpu, count);
	machine_destroy(&machine, &vcpu);
	return (double)time / count;
}

static double time_guest(const struct driver *driver, const char *entry, u64 usual)
{
	u64 count = stretch_operations(usual), time;
	struct machine machine;
	struct vcpu vcpu;

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
