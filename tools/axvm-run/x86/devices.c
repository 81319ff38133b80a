// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the devices and how they are connected
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "arch.h"
#include "devices.h"
#include "layout.h"
#include "machine.h"
#include "serial.h"

/* ------------------------------------------------------------------------- */
/* Interrupts                                                                */
/* ------------------------------------------------------------------------- */

static void set_lint0(void *opaque, bool level)
{
	struct machine *machine = opaque;
	int ret = axvm_set_irq(machine->vcpus[0].axvm.fd, AXVM_X86_IRQ_LINT0, level);

	if (ret)
		end_run(&machine->ending, ENDING_ERROR, "cannot set LINT0: %s", strerror(-ret));
}

static bool send_message(void *opaque, u64 address, u32 data)
{
	struct machine *machine = opaque;
	int ret = axvm_send_msi(machine->vm, address, data);

	if (ret < 0)
		end_run(&machine->ending, ENDING_ERROR, "cannot send an interrupt: %s",
			strerror(-ret));
	return !ret;
}

void arch_set_irq(struct machine *machine, unsigned int irq, bool level)
{
	pic_set_irq(&machine->arch.pic, irq, level);
	ioapic_set_irq(&machine->arch.ioapic, irq == IRQ_PIT ? GSI_PIT : irq, level);
}

/* ------------------------------------------------------------------------- */
/* PIT                                                                       */
/* ------------------------------------------------------------------------- */

static u64 now(void *opaque)
{
	(void)opaque;
	return alarm_now(CLOCK_MONOTONIC);
}

static void pit_set_alarm(void *opaque, u64 at)
{
	struct machine *machine = opaque;

	alarm_set(&machine->arch.pit_alarm, at);
}

static void pit_interrupt(void *opaque, bool level)
{
	arch_set_irq(opaque, IRQ_PIT, level);
}

static const struct pit_ops pit_ops = {
	.now = now,
	.set_alarm = pit_set_alarm,
	.interrupt = pit_interrupt,
};

static void pit_ring(void *opaque)
{
	pit_expire(opaque);
}

static u64 pit_in(void *opaque, u64 offset, unsigned int width)
{
	(void)width;
	return pit_read(opaque, offset);
}

static void pit_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)width;
	pit_write(opaque, offset, data);
}

static u64 speaker_in(void *opaque, u64 offset, unsigned int width)
{
	(void)offset;
	(void)width;
	return pit_read_speaker(opaque);
}

static void speaker_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)offset;
	(void)width;
	pit_write_speaker(opaque, data);
}

/* ------------------------------------------------------------------------- */
/* RTC                                                                       */
/* ------------------------------------------------------------------------- */

static u64 time_of_day(void *opaque)
{
	(void)opaque;
	return alarm_now(CLOCK_REALTIME);
}

static void rtc_set_alarm(void *opaque, u64 at)
{
	struct machine *machine = opaque;

	alarm_set(&machine->arch.rtc_alarm, at);
}

static void rtc_interrupt(void *opaque, bool level)
{
	arch_set_irq(opaque, IRQ_RTC, level);
}

static const struct rtc_ops rtc_ops = {
	.now = time_of_day,
	.set_alarm = rtc_set_alarm,
	.interrupt = rtc_interrupt,
};

static void rtc_ring(void *opaque)
{
	rtc_expire(opaque);
}

static u64 rtc_in(void *opaque, u64 offset, unsigned int width)
{
	(void)width;
	return rtc_read(opaque, offset);
}

static void rtc_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)width;
	rtc_write(opaque, offset, data);
}

/* ------------------------------------------------------------------------- */
/* PM                                                                        */
/* ------------------------------------------------------------------------- */

static void power_off(void *opaque)
{
	struct machine *machine = opaque;

	end_run(&machine->ending, ENDING_POWERED_OFF, "%s", "");
}

static const struct pm_ops pm_ops = {
	.now = now,
	.power_off = power_off,
};

static u64 pm_in(void *opaque, u64 offset, unsigned int width)
{
	return pm_read(opaque, offset, width);
}

static void pm_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	pm_write(opaque, offset, width, data);
}

/* ------------------------------------------------------------------------- */
/* PIC and I/O APIC                                                          */
/* ------------------------------------------------------------------------- */

/* Each chip is a device of its own on the bus. */
static u64 pic_1_in(void *opaque, u64 offset, unsigned int width)
{
	(void)width;
	return pic_read(opaque, 0, offset);
}

static void pic_1_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)width;
	pic_write(opaque, 0, offset, data);
}

static u64 pic_2_in(void *opaque, u64 offset, unsigned int width)
{
	(void)width;
	return pic_read(opaque, 1, offset);
}

static void pic_2_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)width;
	pic_write(opaque, 1, offset, data);
}

static u64 trigger_in(void *opaque, u64 offset, unsigned int width)
{
	(void)width;
	return pic_read_trigger(opaque, offset);
}

static void trigger_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)width;
	pic_write_trigger(opaque, offset, data);
}

/* Registers are 32 bits wide: of a wider access only the first count. */
static u64 ioapic_in(void *opaque, u64 offset, unsigned int width)
{
	(void)width;
	return ioapic_read(opaque, offset);
}

static void ioapic_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)width;
	ioapic_write(opaque, offset, data);
}

/* ------------------------------------------------------------------------- */
/* All of them                                                               */
/* ------------------------------------------------------------------------- */

static void init_devices(struct machine *machine)
{
	struct machine_arch *arch = &machine->arch;

	pic_init(&arch->pic, set_lint0, machine);
	ioapic_init(&arch->ioapic, send_message, machine);
	pit_init(&arch->pit, &pit_ops, machine);
	rtc_init(&arch->rtc, &rtc_ops, machine);
	rtc_set_memory(&arch->rtc, range_size(&machine->ram.ranges[0]),
		       range_size(&machine->ram.ranges[1]));
	pm_init(&arch->pm, &pm_ops, machine);
	arch->has_devices = true;
}

static void connect_devices(struct machine *machine)
{
	struct machine_arch *arch = &machine->arch;
	const struct bus_device at_ports[] = {
		{ PORT_PIC_1, 2, 1, &arch->pic, pic_1_in, pic_1_out },
		{ PORT_PIC_2, 2, 1, &arch->pic, pic_2_in, pic_2_out },
		{ PORT_PIC_TRIGGER, 2, 1, &arch->pic, trigger_in, trigger_out },
		{ PORT_PIT, 4, 1, &arch->pit, pit_in, pit_out },
		{ PORT_SPEAKER, 1, 1, &arch->pit, speaker_in, speaker_out },
		{ PORT_RTC, 2, 1, &arch->rtc, rtc_in, rtc_out },
		{ PORT_PM, PM_LEN, 4, &arch->pm, pm_in, pm_out },
	};
	const struct bus_device ioapic = {
		IOAPIC_BASE, IOAPIC_LEN, 8, &arch->ioapic, ioapic_in, ioapic_out
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(at_ports); i++)
		bus_add(&arch->ports, &at_ports[i]);
	bus_add(&machine->bus, &ioapic);
	serial_create(machine, &arch->ports, PORT_SERIAL, UART_REGISTERS);
	ports_create(machine);
}

int devices_create(struct machine *machine)
{
	struct machine_arch *arch = &machine->arch;

	init_devices(machine);
	connect_devices(machine);
	if (alarm_create(&arch->pit_alarm, CLOCK_MONOTONIC, pit_ring, &arch->pit))
		return -1;
	return alarm_create(&arch->rtc_alarm, CLOCK_REALTIME, rtc_ring, &arch->rtc);
}

void devices_destroy(struct machine *machine)
{
	struct machine_arch *arch = &machine->arch;

	if (!arch->has_devices)
		return;
	alarm_destroy(&arch->rtc_alarm);
	alarm_destroy(&arch->pit_alarm);
	serial_destroy(machine);
	pm_destroy(&arch->pm);
	rtc_destroy(&arch->rtc);
	pit_destroy(&arch->pit);
	ioapic_destroy(&arch->ioapic);
	pic_destroy(&arch->pic);
	arch->has_devices = false;
}
