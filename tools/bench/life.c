// SPDX-License-Identifier: GPL-2.0
/*
 * A VM's life, in its parts
 */
#include "clock.h"
#include "machine.h"
#include "median.h"
#include "rows.h"
#include "stretch.h"

#define LIVES	51

static void step(struct machine *machine, struct vcpu *vcpu, enum life part)
{
	switch (part) {
	case LIFE_CREATE_VM:
		machine_create_vm(machine);
		break;
	case LIFE_CREATE_VCPU:
		machine_create_vcpu(machine, vcpu, 0);
		machine_start(machine, vcpu, guest_nop, 1, 0, 0);
		break;
	case LIFE_FIRST_RUN:
		machine_serve(machine, vcpu);
		break;
	default:
		machine->driver->destroy_vcpu(vcpu);
		machine_destroy_vm(machine);
		break;
	}
}

/* One life, of which the parts from @first to @last are measured. */
static u64 live(struct machine *machine, enum life first, enum life last)
{
	u64 began = 0, time = 0;
	struct vcpu vcpu;
	enum life part;

	for (part = LIFE_CREATE_VM; part <= LIFE_DESTROY; part++) {
		if (part == first)
			began = stretch_begin();
		step(machine, &vcpu, part);
		if (part == last)
			time = stretch_end(began);
	}
	return time;
}

static u64 live_cpu(struct machine *machine)
{
	u64 began = thread_time();

	live(machine, LIFE_CREATE_VM, LIFE_DESTROY);
	return counter_of_time(thread_time() - began);
}

static u64 live_measured(struct machine *machine, enum life part)
{
	if (part == LIFE_CPU)
		return live_cpu(machine);
	if (part == LIFE_TOTAL)
		return live(machine, LIFE_CREATE_VM, LIFE_DESTROY);
	return live(machine, part, part);
}

/*
 * The middle one of many lives: the host's own housekeeping falls into some of
 * them, and is more than a part of a life.
 */
double sample_life(const struct driver *driver, const void *arg)
{
	unsigned int count = stretch_options.wait ? 1 : LIVES, i;
	const enum life *part = arg;
	struct machine machine;
	double lives[LIVES];

	machine_open(&machine, driver);
	for (i = 0; i < count; i++)
		lives[i] = live_measured(&machine, *part);
	machine_close(&machine);
	return median(lives, count);
}
