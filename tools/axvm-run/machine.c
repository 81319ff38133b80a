// SPDX-License-Identifier: GPL-2.0
/*
 * The virtual machine: memory, vCPUs and devices
 */
#include <errno.h>
#include <fcntl.h>
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
	if (opts->cpus > info->max_vcpus)
		return fail("--cpus %u: a VM has at most %u vCPUs here", opts->cpus,
			    info->max_vcpus);
	if (opts->memory > (1ULL << info->gpa_bits) - arch_ram_base)
		return fail("--memory: a guest has at most %llu GiB here",
			    ((1ULL << info->gpa_bits) - arch_ram_base) / GIB);
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

static int create_ram(struct machine *machine)
{
	struct ram *ram = &machine->ram;
	int ret;

	if (ram_create(ram, arch_ram_base, machine->opts->memory))
		return -1;
	ret = axvm_mem_map(machine->vm, ram->base, ram->host, ram->size,
			   AXVM_MEM_READ | AXVM_MEM_WRITE | AXVM_MEM_EXEC);
	if (ret)
		return fail("cannot give the guest its memory: %s", strerror(-ret));
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
	machine->dtb_len = len;
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
	while (machine->nr_vcpus)
		vcpu_destroy(&machine->vcpus[--machine->nr_vcpus]);
	free(machine->vcpus);
	arch_destroy(machine);
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

static int write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		buf += n;
		len -= n;
	}
	return 0;
}

int machine_dump_dtb(const struct machine *machine, const char *path)
{
	const char *dtb = ram_at(&machine->ram, machine->boot->dtb.start, machine->dtb_len);
	int fd, ret;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail("cannot write the device tree to %s: %s", path, strerror(errno));
	ret = write_all(fd, dtb, machine->dtb_len);
	if (ret)
		fail("cannot write the device tree to %s: %s", path, strerror(errno));
	if (close(fd) && !ret)
		ret = fail("cannot write the device tree to %s: %s", path, strerror(errno));
	return ret;
}
