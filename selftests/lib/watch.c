// SPDX-License-Identifier: GPL-2.0
/*
 * The watch: no test hangs
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest.h"
#include "libaxvm.h"
#include "check.h"
#include "watch.h"

#define WATCH_SECONDS	25	/* the harness gives a test 30 */
#define LAST_SECONDS	3	/* to report the failure */
#define WATCH_VCPUS	256

static int vcpus[WATCH_VCPUS];
static unsigned int nr_vcpus;
static bool running;
static bool expired;	/* set in a signal handler */

static void give_up(void)
{
	static const char text[] = "# timed out, and a vCPU could not be stopped\n";

	/* Only async-signal-safe functions here. */
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(KSFT_FAIL);
	_exit(KSFT_FAIL);
}

static void on_alarm(int sig)
{
	unsigned int i, count = __atomic_load_n(&nr_vcpus, __ATOMIC_ACQUIRE);

	(void)sig;
	if (watch_expired())
		give_up();
	__atomic_store_n(&expired, true, __ATOMIC_RELAXED);
	for (i = 0; i < count; i++)
		if (vcpus[i] >= 0)
			ioctl(vcpus[i], AXVM_KICK, 0);
	alarm(LAST_SECONDS);
}

unsigned int watch_scale(void)
{
	const char *scale = getenv("TIME_SCALE");
	long times = scale ? strtol(scale, NULL, 10) : 1;

	return times > 0 && times < 100 ? times : 1;
}

void watch_set(unsigned int seconds)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	running = true;
	CHECK_SYS(sigaction(SIGALRM, &action, NULL));
	alarm(seconds * watch_scale());
}

void watch_begin(void)
{
	if (!running)
		watch_set(WATCH_SECONDS);
}

void watch_add(int vcpu)
{
	CHECK_LT(nr_vcpus, WATCH_VCPUS);
	vcpus[nr_vcpus] = vcpu;
	__atomic_store_n(&nr_vcpus, nr_vcpus + 1, __ATOMIC_RELEASE);
}

void watch_remove(int vcpu)
{
	unsigned int i;

	for (i = 0; i < nr_vcpus; i++)
		if (vcpus[i] == vcpu)
			vcpus[i] = -1;
}

bool watch_expired(void)
{
	return __atomic_load_n(&expired, __ATOMIC_RELAXED);
}
