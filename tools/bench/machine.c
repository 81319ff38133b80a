// SPDX-License-Identifier: GPL-2.0
/*
 * A VM with the guest's code in it, and the loop that serves it
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"
#include "report.h"
#include "stretch.h"

/* What the device's register holds. */
#define DEVICE_DATA	0x5a

#define CODE_LEN	(64 * KIB)

/* The code, in memory of its own: one of the guest's, and the same for all VMs. */
static void *guest_code(void)
{
	static void *code;

	if (code)
		return code;
	code = mmap(NULL, CODE_LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		die("no memory for the guest's code");
	memcpy(code, guest_begin, guest_end - guest_begin);
	return code;
}

/* The result of a driver's function, unless it is an error. */
static int check(const struct machine *machine, int ret, const char *what)
{
	if (ret < 0)
		die("%s: %s: %s", machine->driver->name, what, strerror(-ret));
	return ret;
}

void machine_open(struct machine *machine, const struct driver *driver)
{
	*machine = (struct machine){ .driver = driver };
	machine->sys = check(machine, driver->open(), "opening the device");
}

void machine_create_vm(struct machine *machine)
{
	machine->vm = check(machine, machine->driver->create_vm(machine->sys), "creating a VM");
	machine->slots = 0;
	machine_map(machine, GUEST_CODE, guest_code(), CODE_LEN);
}

void machine_map(struct machine *machine, u64 gpa, void *hva, u64 len)
{
	check(machine, machine->driver->map(machine->vm, machine->slots, gpa, hva, len),
	      "giving a VM memory");
	machine->slots++;
}

void machine_log_dirty(const struct machine *machine, u64 gpa, void *hva, u64 len)
{
	check(machine, machine->driver->log_dirty(machine->vm, machine->slots - 1, gpa, hva, len),
	      "recording what the guest writes");
}

void machine_get_dirty(const struct machine *machine, u64 gpa, u64 len, void *bitmap)
{
	check(machine, machine->driver->get_dirty(machine->vm, machine->slots - 1, gpa, len,
						  bitmap),
	      "asking what the guest has written");
}

void machine_create_vcpu(struct machine *machine, struct vcpu *vcpu, u64 id)
{
	check(machine, machine->driver->create_vcpu(machine->sys, machine->vm, vcpu, id),
	      "creating a vCPU");
}

void machine_destroy_vm(struct machine *machine)
{
	close(machine->vm);
}

void machine_close(struct machine *machine)
{
	close(machine->sys);
}

void machine_create(struct machine *machine, struct vcpu *vcpu, const struct driver *driver)
{
	machine_open(machine, driver);
	machine_create_vm(machine);
	machine_create_vcpu(machine, vcpu, 0);
	machine_start(machine, vcpu, guest_mmio_read, 1, 0, 0);
	machine_serve(machine, vcpu);
}

void machine_destroy(struct machine *machine, struct vcpu *vcpu)
{
	machine->driver->destroy_vcpu(vcpu);
	machine_destroy_vm(machine);
	machine_close(machine);
}

void machine_start(const struct machine *machine, struct vcpu *vcpu, const char *entry,
		   u64 count, u64 first, u64 second)
{
	const struct start start = {
		.pc = GUEST_CODE + (entry - guest_begin),
		.args = { count, first, second },
	};

	check(machine, machine->driver->start(vcpu, &start), "setting a vCPU's registers");
}

/* True when the guest is done. */
static bool serve_write(const struct machine *machine, const struct stop *stop)
{
	if (stop->addr == GUEST_DONE)
		return true;
	if (stop->addr != GUEST_DEVICE)
		die("%s: the guest took a trap it should not: cause %#llx", machine->driver->name,
		    stop->data);
	return false;
}

void machine_serve(const struct machine *machine, struct vcpu *vcpu)
{
	const struct driver *driver = machine->driver;
	struct stop stop;

	for (;;) {
		check(machine, driver->run(vcpu, &stop), "running a vCPU");
		if (stop.kind == STOP_WRITE) {
			if (serve_write(machine, &stop))
				return;
		} else if (stop.kind == STOP_READ || stop.kind == STOP_PORT_READ) {
			driver->answer(vcpu, DEVICE_DATA);
		} else if (stop.kind == STOP_OTHER) {
			die("%s: a vCPU returned for reason %u", driver->name, stop.reason);
		}
	}
}

static void start_again(const struct machine *machine, struct vcpu *vcpu, const char *entry,
			u64 count, u64 first, u64 second)
{
	/* The last exit still has to move the program counter over its instruction. */
	check(machine, machine->driver->run_nothing(vcpu), "completing an exit");
	machine_start(machine, vcpu, entry, count, first, second);
}

void machine_call(const struct machine *machine, struct vcpu *vcpu, const char *entry,
		  u64 count, u64 first, u64 second)
{
	start_again(machine, vcpu, entry, count, first, second);
	machine_serve(machine, vcpu);
}

u64 machine_time(const struct machine *machine, struct vcpu *vcpu, const char *entry,
		 u64 count, u64 first, u64 second)
{
	u64 began;

	start_again(machine, vcpu, entry, count, first, second);
	began = stretch_begin();
	machine_serve(machine, vcpu);
	return stretch_end(began);
}
