// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU and its thread
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "report.h"
#include "vcpu.h"

static int home_of(const struct options *opts, unsigned int index)
{
	if (!opts->nr_homes)
		return AXVM_HOME_ANY;
	return opts->homes[index % opts->nr_homes];
}

static int fail_create(unsigned int index, int home, int error)
{
	if (home != AXVM_HOME_ANY && error == -EINVAL)
		return fail("--bind: vCPU %u cannot have host CPU %d: there is none of that number",
			    index, home);
	if (error == -ENXIO)
		return fail("--bind: vCPU %u cannot have host CPU %d: it is offline, or not for us",
			    index, home);
	if (error == -EMFILE)
		return fail("no file descriptor is left for vCPU %u: raise the limit (ulimit -n)",
			    index);
	return fail("cannot create vCPU %u: %s", index, strerror(-error));
}

int vcpu_create(struct vcpu *vcpu, struct machine *machine, unsigned int index)
{
	/* The first one boots, and starts the others. */
	u32 flags = index ? AXVM_VCPU_STOPPED : 0;
	int home = home_of(machine->opts, index);
	int ret;

	vcpu->machine = machine;
	vcpu->index = index;
	ret = axvm_create_vcpu(machine->vm, &vcpu->axvm, index, flags, home);
	if (ret)
		return fail_create(index, home, ret);
	return 0;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	axvm_destroy_vcpu(&vcpu->axvm);
}

static void run_failed(struct vcpu *vcpu, int error)
{
	const char *why = strerror(-error);

	if (error == -ENOMEM)
		why = "the host has no memory left for the guest's page tables";
	if (error == -ENODEV)
		why = "the hardware was taken away; the kernel log says why";
	end_run(&vcpu->machine->ending, ENDING_ERROR, "cannot run vCPU %u: %s", vcpu->index, why);
}

static void *vcpu_main(void *arg)
{
	struct vcpu *vcpu = arg;
	int ret;

	while (!ended(&vcpu->machine->ending)) {
		ret = axvm_run(&vcpu->axvm);
		if (!ret)
			vcpu_handle_exit(vcpu);
		else if (ret != -EINTR)
			run_failed(vcpu, ret);
	}
	return NULL;
}

int vcpu_start(struct vcpu *vcpu)
{
	char name[16];
	int error;

	error = pthread_create(&vcpu->thread, NULL, vcpu_main, vcpu);
	if (error)
		return fail("cannot start the thread of vCPU %u: %s", vcpu->index,
			    strerror(error));
	vcpu->started = true;
	snprintf(name, sizeof(name), "vcpu%u", vcpu->index);
	pthread_setname_np(vcpu->thread, name);
	return 0;
}

void vcpu_kick(struct vcpu *vcpu)
{
	if (vcpu->started)
		axvm_kick(&vcpu->axvm);
}

void vcpu_join(struct vcpu *vcpu)
{
	if (vcpu->started)
		pthread_join(vcpu->thread, NULL);
	vcpu->started = false;
}
