/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtual machine: memory, vCPUs and devices
 */
#ifndef AXVM_RUN_MACHINE_H
#define AXVM_RUN_MACHINE_H

#include <stdatomic.h>

#include "boot.h"
#include "bus.h"
#include "console.h"
#include "ending.h"
#include "machine_arch.h"
#include "options.h"
#include "ram.h"
#include "uart.h"
#include "vcpu.h"

/**
 * struct machine - A VM and all that belongs to it.
 * @opts: the command line.
 * @boot: what goes into memory.
 * @console: what the UART is connected to; outlives the machine.
 * @vm: VM file; -1 for none.
 * @ram: guest memory.
 * @bus: memory-mapped devices that are emulated here.
 * @uart: the console's UART.
 * @arch: what the architecture needs.
 * @vcpus: the vCPUs.
 * @nr_vcpus: how many.
 * @description_len: bytes of what describes it to the guest.
 * @ending: why the run is over.
 * @complained: an access to nothing was reported; the next are not.
 *
 * Constant between machine_create() and machine_destroy(), but for what has
 * locks of its own, and @complained, which is atomic.
 */
struct machine {
	const struct options *opts;
	const struct boot *boot;
	struct console *console;
	int vm;
	struct ram ram;
	struct bus bus;
	struct uart uart;
	struct machine_arch arch;
	struct vcpu *vcpus;
	unsigned int nr_vcpus;
	unsigned int description_len;
	struct ending ending;
	atomic_flag complained;
};

/**
 * machine_create() - Make a machine that is ready to start.
 * @machine: filled in.
 * @opts: the command line.
 * @boot: what goes into memory.
 * @console: what the UART is connected to.
 *
 * Return: 0, or -1 with the reason reported and nothing left.
 */
int machine_create(struct machine *machine, const struct options *opts,
		   const struct boot *boot, struct console *console);
void machine_destroy(struct machine *machine);

/* Start a thread for every vCPU. */
int machine_start(struct machine *machine);

/* Have all vCPU threads end, and wait for that. */
void machine_stop(struct machine *machine);

/* Write what describes it to the guest to a file. */
int machine_dump(const struct machine *machine, const char *path);

#endif /* AXVM_RUN_MACHINE_H */
