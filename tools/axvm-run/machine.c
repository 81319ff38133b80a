// SPDX-License-Identifier: GPL-2.0
/*
 * The virtual machine: memory, vCPUs and devices
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch.h"
#include "libaxvm.h"
#include "machine.h"
#include "report.h"

#define EXPLANATION	256

static int check_limits(const struct options *opts, const struct axvm_system_info *info)
{
	u64 most = arch_ram_most(1ULL << info->gpa_bits);

	if (opts->cpus > info->max_vcpus)
		return fail("--cpus %u: a VM has at most %u vCPUs here", opts->cpus,
			    info->max_vcpus);
	if (opts->memory > most)
		return fail("--memory: a guest has at most %llu GiB here", most / GIB);
	return 0;
}

static int create_vm(struct machine *machine, int sys)
{
	struct axvm_system_info info;
	char text[EXPLANATION];
	int ret;

	ret = axvm_get_system_info(sys, &info);
	if (ret)
		return fail("cannot ask %s what it can do: %s: is the module of another release?",
			    AXVM_DEVICE_PATH, strerror(-ret));
	ret = axvm_create_vm(sys);
	if (ret < 0)
		return fail("%s", axvm_explain_create_vm(sys, ret, text, sizeof(text)));
	machine->vm = ret;
	return check_limits(machine->opts, &info);
}

static int open_vm(struct machine *machine)
{
	char text[EXPLANATION];
	int sys, ret;

	sys = axvm_open();
	if (sys < 0)
		return fail("%s", axvm_explain_open(sys, text, sizeof(text)));
	ret = create_vm(machine, sys);
	close(sys);
	if (ret)
		return -1;
	return arch_setup_vm(machine);
}

static int map_ram(const struct machine *machine, const struct range *range)
{
	u64 size = range_size(range);
	int ret;

	ret = axvm_mem_map(machine->vm, range->start, ram_at(&machine->ram, range->start, size),
			   size, AXVM_MEM_READ | AXVM_MEM_WRITE | AXVM_MEM_EXEC);
	if (ret)
		return fail("cannot give the guest its memory: %s", strerror(-ret));
	return 0;
}

static int create_ram(struct machine *machine)
{
	struct ram *ram = &machine->ram;

	arch_ram_layout(machine->opts->memory, ram);
	if (ram_create(ram))
		return -1;
	for (unsigned int i = 0; i < ram->count; i++) {
		if (map_ram(machine, &ram->ranges[i]))
			return -1;
	}
	return boot_load(machine->boot, ram);
}

static int create_vcpus(struct machine *machine)
{
	unsigned int count = machine->opts->cpus;

	machine->vcpus = calloc(count, sizeof(*machine->vcpus));
	if (!machine->vcpus)
		return fail("no memory for %u vCPUs", count);
	while (machine->nr_vcpus < count) {
		unsigned int i = machine->nr_vcpus;

		if (vcpu_create(&machine->vcpus[i], machine, i))
			return -1;
		machine->nr_vcpus++;
	}
	return 0;
}

static int describe(struct machine *machine)
{
	int len = arch_describe(machine);

	if (len < 0)
		return -1;
	machine->description_len = len;
	return 0;
}

static int build(struct machine *machine)
{
	if (open_vm(machine) || create_ram(machine) || create_vcpus(machine) ||
	    arch_create_devices(machine) || describe(machine))
		return -1;
	return arch_start(machine);
}

int machine_create(struct machine *machine, const struct options *opts,
		   const struct boot *boot, struct console *console)
{
	*machine = (struct machine){
		.opts = opts,
		.boot = boot,
		.console = console,
		.vm = -1,
		.complained = ATOMIC_FLAG_INIT,
	};
	if (ending_init(&machine->ending))
		return -1;
	if (build(machine)) {
		machine_destroy(machine);
		return -1;
	}
	return 0;
}

void machine_destroy(struct machine *machine)
{
	/* Devices first: they may still have something to say to a vCPU. */
	arch_destroy(machine);
	while (machine->nr_vcpus)
		vcpu_destroy(&machine->vcpus[--machine->nr_vcpus]);
	free(machine->vcpus);
	if (machine->vm >= 0)
		close(machine->vm);
	ram_destroy(&machine->ram);
	ending_destroy(&machine->ending);
}

int machine_start(struct machine *machine)
{
	for (unsigned int i = 0; i < machine->nr_vcpus; i++) {
		if (vcpu_start(&machine->vcpus[i]))
			return -1;
	}
	return 0;
}

void machine_stop(struct machine *machine)
{
	/* The reason to end is there already, or the threads would go on. */
	end_run(&machine->ending, ENDING_ERROR, "stopped");

	/* A thread may be waiting in the kernel, or for the console's reader. */
	console_set_flowing(machine->console, false);
	for (unsigned int i = 0; i < machine->nr_vcpus; i++)
		vcpu_kick(&machine->vcpus[i]);
	for (unsigned int i = 0; i < machine->nr_vcpus; i++)
		vcpu_join(&machine->vcpus[i]);
	console_set_flowing(machine->console, true);
}

static int dump_failed(const char *path)
{
	return fail("cannot write the %s to %s: %s", arch_text.description, path,
		    strerror(errno));
}

int machine_dump(const struct machine *machine, const char *path)
{
	FILE *file = fopen(path, "we");
	bool failed;

	if (!file)
		return dump_failed(path);
	arch_dump(machine, file);
	failed = ferror(file);
	if (fclose(file) || failed)
		return dump_failed(path);
	return 0;
}
