// SPDX-License-Identifier: GPL-2.0
/*
 * ACPI's fixed power-management registers: sleep states and a timer
 */
#include "pm.h"

#define TIMER_HZ		3579545ULL
#define NS_PER_S		1000000000ULL

/* PM1 control. */
#define CONTROL_SCI_ENABLE	0x0001
#define CONTROL_SLEEP_TYPE	0x1c00
#define CONTROL_SLEEP_SHIFT	10
#define CONTROL_SLEEP_ENABLE	0x2000

void pm_init(struct pm *pm, const struct pm_ops *ops, void *opaque)
{
	*pm = (struct pm){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.ops = ops,
		.opaque = opaque,
		/* There is no other mode than ACPI's. */
		.control = CONTROL_SCI_ENABLE,
	};
}

void pm_destroy(struct pm *pm)
{
	pthread_mutex_destroy(&pm->lock);
}

static u32 timer(const struct pm *pm)
{
	return (__uint128_t)pm->ops->now(pm->opaque) * TIMER_HZ / NS_PER_S;
}

/* All registers as they lie beside one another. */
static void show(struct pm *pm, u8 bytes[PM_LEN])
{
	u32 now = timer(pm);

	for (unsigned int i = 0; i < PM_LEN; i++)
		bytes[i] = 0;
	pthread_mutex_lock(&pm->lock);
	for (unsigned int i = 0; i < 2; i++) {
		bytes[PM_EVENT + PM_EVENT_LEN / 2 + i] = pm->enable >> (8 * i);
		bytes[PM_CONTROL + i] = pm->control >> (8 * i);
	}
	pthread_mutex_unlock(&pm->lock);
	for (unsigned int i = 0; i < PM_TIMER_LEN; i++)
		bytes[PM_TIMER + i] = now >> (8 * i);
}

u32 pm_read(struct pm *pm, unsigned int offset, unsigned int width)
{
	u8 bytes[PM_LEN];
	u32 value = 0;

	show(pm, bytes);
	for (unsigned int i = 0; i < width; i++)
		value |= (u32)bytes[offset + i] << (8 * i);
	return value;
}

static void put_byte(u16 *reg, unsigned int i, u8 value)
{
	*reg = i ? (*reg & 0x00ff) | value << 8 : (*reg & 0xff00) | value;
}

static void write_control(struct pm *pm, unsigned int i, u8 value)
{
	put_byte(&pm->control, i, value);
	pm->control |= CONTROL_SCI_ENABLE;
	if (!(pm->control & CONTROL_SLEEP_ENABLE))
		return;
	/* It is only ever written. Other states are not offered, and not entered. */
	pm->control &= ~CONTROL_SLEEP_ENABLE;
	if ((pm->control & CONTROL_SLEEP_TYPE) >> CONTROL_SLEEP_SHIFT == PM_SLEEP_S5)
		pm->ops->power_off(pm->opaque);
}

void pm_write(struct pm *pm, unsigned int offset, unsigned int width, u32 value)
{
	pthread_mutex_lock(&pm->lock);
	for (unsigned int i = 0; i < width; i++) {
		unsigned int at = offset + i;
		u8 byte = value >> (8 * i);

		/* Of status there is none to clear, and the timer cannot be written. */
		if (at >= PM_EVENT + PM_EVENT_LEN / 2 && at < PM_EVENT + PM_EVENT_LEN)
			put_byte(&pm->enable, at % 2, byte);
		else if (at >= PM_CONTROL && at < PM_CONTROL + PM_CONTROL_LEN)
			write_control(pm, at % 2, byte);
	}
	pthread_mutex_unlock(&pm->lock);
}
