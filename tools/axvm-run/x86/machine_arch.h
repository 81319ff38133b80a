/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an x86 machine has besides the common things
 */
#ifndef AXVM_RUN_MACHINE_ARCH_H
#define AXVM_RUN_MACHINE_ARCH_H

#include "acpi.h"
#include "alarm.h"
#include "bus.h"
#include "ioapic.h"
#include "pic.h"
#include "pit.h"
#include "pm.h"
#include "rtc.h"

/**
 * struct machine_arch - x86: the devices of a PC, and what describes it.
 * @ports: devices at I/O ports.
 * @pic: connected to the first vCPU's LINT0.
 * @ioapic: sends messages to the VM's local APICs.
 * @pit: interrupt 0.
 * @pit_alarm: for @pit.
 * @rtc: interrupt 8.
 * @rtc_alarm: for @rtc.
 * @pm: ACPI's registers.
 * @has_devices: all of these are there.
 * @acpi: the tables.
 * @rom: a firmware image's memory, or %NULL.
 * @rom_size: bytes of it.
 *
 * Constant once the machine is complete, but for what has locks of its own.
 */
struct machine_arch {
	struct bus ports;
	struct pic pic;
	struct ioapic ioapic;
	struct pit pit;
	struct alarm pit_alarm;
	struct rtc rtc;
	struct alarm rtc_alarm;
	struct pm pm;
	bool has_devices;
	struct acpi acpi;
	void *rom;
	u64 rom_size;
};

#endif /* AXVM_RUN_MACHINE_ARCH_H */
