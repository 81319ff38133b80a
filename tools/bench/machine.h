/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VM with the guest's code in it, and the loop that serves it
 *
 * Nothing here fails: what goes wrong ends the measurement with a message.
 */
#ifndef AXVM_BENCH_MACHINE_H
#define AXVM_BENCH_MACHINE_H

#include "driver.h"
#include "guest.h"
#include "layout.h"

/**
 * struct machine - A VM of one of the drivers.
 * @driver: which.
 * @sys: its system file.
 * @vm: VM file.
 * @slots: how many mappings it has.
 */
struct machine {
	const struct driver *driver;
	int sys;
	int vm;
	u32 slots;
};

/** machine_open() - Open the driver; the VM comes later. */
void machine_open(struct machine *machine, const struct driver *driver);

/** machine_create_vm() - Make the VM, with nothing but the guest's code in it. */
void machine_create_vm(struct machine *machine);

/** machine_map() - Give the guest memory. */
void machine_map(struct machine *machine, u64 gpa, void *hva, u64 len);

/** machine_log_dirty() - Record what the guest writes to what was mapped last. */
void machine_log_dirty(const struct machine *machine, u64 gpa, void *hva, u64 len);

/** machine_get_dirty() - Take what is recorded of it: a bit for each page. */
void machine_get_dirty(const struct machine *machine, u64 gpa, u64 len, void *bitmap);

/** machine_create_vcpu() - Add a vCPU. */
void machine_create_vcpu(struct machine *machine, struct vcpu *vcpu, u64 id);

/** machine_destroy_vm() - Take back what machine_create_vm() made. */
void machine_destroy_vm(struct machine *machine);

/** machine_close() - Take back what machine_open() made. */
void machine_close(struct machine *machine);

/**
 * machine_create() - Do all of the above for a VM with one vCPU.
 * @machine: the VM.
 * @vcpu: its vCPU; it has run already, so no first time is left.
 * @driver: which driver.
 */
void machine_create(struct machine *machine, struct vcpu *vcpu, const struct driver *driver);

/** machine_destroy() - Take back what machine_create() made. */
void machine_destroy(struct machine *machine, struct vcpu *vcpu);

/**
 * machine_start() - Set a vCPU to begin at an entry point.
 * @machine: its VM.
 * @vcpu: the vCPU; it has not run yet.
 * @entry: one of those in guest.h.
 * @count: first argument, how often.
 * @first: second argument.
 * @second: third argument.
 */
void machine_start(const struct machine *machine, struct vcpu *vcpu, const char *entry,
		   u64 count, u64 first, u64 second);

/**
 * machine_serve() - Run a vCPU until the guest is done.
 * @machine: its VM.
 * @vcpu: the vCPU.
 */
void machine_serve(const struct machine *machine, struct vcpu *vcpu);

/**
 * machine_call() - Let a vCPU begin at an entry point, and serve it.
 * @machine: its VM.
 * @vcpu: the vCPU; it has run before.
 * @entry: as for machine_start(), like what follows.
 * @count: how often.
 * @first: second argument.
 * @second: third argument.
 */
void machine_call(const struct machine *machine, struct vcpu *vcpu, const char *entry,
		  u64 count, u64 first, u64 second);

/**
 * machine_time() - machine_call() as what is measured.
 * @machine: as above, like what follows.
 * @vcpu: the vCPU.
 * @entry: where to begin.
 * @count: how often.
 * @first: second argument.
 * @second: third argument.
 *
 * Return: how long it took until the guest was done.
 */
u64 machine_time(const struct machine *machine, struct vcpu *vcpu, const char *entry,
		 u64 count, u64 first, u64 second);

#endif /* AXVM_BENCH_MACHINE_H */
