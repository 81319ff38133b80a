// SPDX-License-Identifier: GPL-2.0
/*
 * A VM's life, in its parts
 */
#include "clock.h"
#include "machine.h"
#include "median.h"
#include "rows.h"

#define LIVES	51

/* One life: what each part of it took. */
static void live(struct machine *machine, double *time)
{
	u64 stamp[LIFE_TOTAL + 1], cpu = thread_time();
	struct vcpu vcpu;
	int i;

	stamp[LIFE_CREATE_VM] = elapsed();
	machine_create_vm(machine);
	stamp[LIFE_CREATE_VCPU] = elapsed();
	machine_create_vcpu(machine, &vcpu, 0);
	machine_start(machine, &vcpu, guest_nop, 1, 0, 0);
	stamp[LIFE_FIRST_RUN] = elapsed();
	machine_serve(machine, &vcpu);
	stamp[LIFE_DESTROY] = elapsed();
	machine->driver->destroy_vcpu(&vcpu);
	machine_destroy_vm(machine);
	stamp[LIFE_TOTAL] = elapsed();

	time[LIFE_CPU] = thread_time() - cpu;
	time[LIFE_TOTAL] = stamp[LIFE_TOTAL] - stamp[LIFE_CREATE_VM];
	for (i = LIFE_CREATE_VM; i < LIFE_TOTAL; i++)
		time[i] = stamp[i + 1] - stamp[i];
}

/*
 * The middle one of many lives: the host's own housekeeping falls into some of
 * them, and is more than a part of a life.
 */
double sample_life(const struct driver *driver, const void *arg)
{
	double time[LIFE_COUNT], lives[LIVES];
	struct machine machine;
	const int *part = arg;
	int i;

	machine_open(&machine, driver);
	for (i = 0; i < LIVES; i++) {
		live(&machine, time);
		lives[i] = time[*part];
	}
	machine_close(&machine);
	return median(lives, LIVES);
}
