/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ACPI's fixed power-management registers: sleep states and a timer
 *
 * None of the fixed events ever happens, so there is no interrupt.
 */
#ifndef AXVM_RUN_X86_PM_H
#define AXVM_RUN_X86_PM_H

#include <pthread.h>

#include "types.h"

/* Offsets of the register blocks; the FADT tells them. */
#define PM_EVENT	0
#define PM_EVENT_LEN	4
#define PM_CONTROL	4
#define PM_CONTROL_LEN	2
#define PM_TIMER	8
#define PM_TIMER_LEN	4
#define PM_LEN		12

/* The sleep type of power-off; also in dsdt.asl. */
#define PM_SLEEP_S5	5

/**
 * struct pm_ops - What the registers are connected to.
 * @now: nanoseconds.
 * @power_off: the guest goes to state S5; called with the lock held.
 */
struct pm_ops {
	u64 (*now)(void *opaque);
	void (*power_off)(void *opaque);
};

/**
 * struct pm - State of the registers.
 * @lock: protects @enable and @control.
 * @ops: what they are connected to; constant.
 * @opaque: for @ops; constant.
 * @enable: which events the guest wants.
 * @control: PM1 control.
 */
struct pm {
	pthread_mutex_t lock;
	const struct pm_ops *ops;
	void *opaque;
	u16 enable;
	u16 control;
};

void pm_init(struct pm *pm, const struct pm_ops *ops, void *opaque);
void pm_destroy(struct pm *pm);

/* The guest's accesses, within PM_LEN bytes. */
u32 pm_read(struct pm *pm, unsigned int offset, unsigned int width);
void pm_write(struct pm *pm, unsigned int offset, unsigned int width, u32 value);

#endif /* AXVM_RUN_X86_PM_H */
