// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads that wake one another: each a vCPU's, or the host's own
 */
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "machine.h"
#include "report.h"
#include "rows.h"
#include "stretch.h"

#define ROUND_TRIPS	5000
/* Long enough for the other vCPU to get into its halt. */
#define SETTLE_US	100000

/**
 * struct pong - The vCPU that answers.
 * @machine: its VM.
 * @vcpu: the vCPU.
 */
struct pong {
	struct machine *machine;
	struct vcpu vcpu;
};

static void *pong_thread(void *arg)
{
	struct pong *pong = arg;

	machine_serve(pong->machine, &pong->vcpu);
	return NULL;
}

static pthread_t start_pong(struct pong *pong, struct machine *machine)
{
	pthread_t thread;

	pong->machine = machine;
	machine_create_vcpu(machine, &pong->vcpu, 1);
	machine_start(machine, &pong->vcpu, guest_pong, stretch_operations(ROUND_TRIPS), 0, 0);
	if (pthread_create(&thread, NULL, pong_thread, pong))
		die("no thread for the second vCPU");
	usleep(SETTLE_US);
	return thread;
}

double sample_pingpong(const struct driver *driver, const void *arg)
{
	u64 count = stretch_operations(ROUND_TRIPS), time;
	struct machine machine;
	struct vcpu vcpu;
	struct pong pong;
	pthread_t thread;

	(void)arg;
	machine_create(&machine, &vcpu, driver);
	thread = start_pong(&pong, &machine);
	time = machine_time(&machine, &vcpu, guest_ping, count, 0, 0);
	pthread_join(thread, NULL);
	driver->destroy_vcpu(&pong.vcpu);
	machine_destroy(&machine, &vcpu);
	return (double)time / count;
}

/**
 * struct host_pong - The host's thread that answers.
 * @ping: what it waits for.
 * @pong: what it answers with.
 */
struct host_pong {
	int ping;
	int pong;
};

static void host_turns(int wake, int wait, bool begin)
{
	u64 count = stretch_operations(ROUND_TRIPS), i;
	eventfd_t value;

	for (i = 0; i < count; i++) {
		if (begin)
			eventfd_write(wake, 1);
		eventfd_read(wait, &value);
		if (!begin)
			eventfd_write(wake, 1);
	}
}

static void *host_pong_thread(void *arg)
{
	struct host_pong *pong = arg;

	host_turns(pong->pong, pong->ping, false);
	return NULL;
}

double sample_host_pingpong(const struct driver *driver, const void *arg)
{
	struct host_pong pong = { eventfd(0, 0), eventfd(0, 0) };
	pthread_t thread;
	u64 began, time;

	(void)driver;
	(void)arg;
	if (pong.ping < 0 || pong.pong < 0 ||
	    pthread_create(&thread, NULL, host_pong_thread, &pong))
		die("no second thread");
	usleep(SETTLE_US);
	began = stretch_begin();
	host_turns(pong.ping, pong.pong, true);
	time = stretch_end(began);
	pthread_join(thread, NULL);
	close(pong.ping);
	close(pong.pong);
	return (double)time / stretch_operations(ROUND_TRIPS);
}
