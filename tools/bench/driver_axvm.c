// SPDX-License-Identifier: GPL-2.0
/*
 * The driver for axvm, over libaxvm
 */
#include "driver.h"

static void explain(int error, char *text, size_t len)
{
	axvm_explain_open(error, text, len);
}

#define RIGHTS	(AXVM_MEM_READ | AXVM_MEM_WRITE | AXVM_MEM_EXEC)

static int map(int vm, u32 slot, u64 gpa, void *hva, u64 len)
{
	(void)slot;
	return axvm_mem_map(vm, gpa, hva, len, RIGHTS);
}

static int log_dirty(int vm, u32 slot, u64 gpa, void *hva, u64 len)
{
	(void)slot;
	(void)hva;
	return axvm_mem_protect(vm, gpa, len, RIGHTS | AXVM_MEM_LOG_DIRTY);
}

static int get_dirty(int vm, u32 slot, u64 gpa, u64 len, void *bitmap)
{
	(void)slot;
	return axvm_mem_get_dirty(vm, gpa, len, bitmap);
}

static int create_vcpu(int sys, int vm, struct vcpu *vcpu, u64 id)
{
	(void)sys;
	return axvm_create_vcpu(vm, &vcpu->axvm, id, 0, AXVM_HOME_ANY);
}

static void destroy_vcpu(struct vcpu *vcpu)
{
	axvm_destroy_vcpu(&vcpu->axvm);
}

static int start(struct vcpu *vcpu, const struct start *start)
{
	return arch_start_axvm(vcpu->axvm.fd, start);
}

static int run(struct vcpu *vcpu, struct stop *stop)
{
	const struct axvm_run_exit *exit = vcpu->axvm.exit;
	int ret = axvm_run(&vcpu->axvm);

	if (ret)
		return ret;
	stop->reason = exit->reason;
	switch (exit->reason) {
	case AXVM_EXIT_NOTHING:
		stop->kind = STOP_NOTHING;
		break;
	case AXVM_EXIT_MMIO_READ:
		stop->kind = STOP_READ;
		stop->addr = exit->mmio.addr;
		break;
	case AXVM_EXIT_MMIO_WRITE:
		stop->kind = STOP_WRITE;
		stop->addr = exit->mmio.addr;
		stop->data = exit->mmio.data;
		break;
	case AXVM_EXIT_PORT_READ:
		stop->kind = STOP_PORT_READ;
		stop->addr = exit->port.port;
		break;
	case AXVM_EXIT_PORT_WRITE:
		stop->kind = STOP_PORT_WRITE;
		stop->addr = exit->port.port;
		break;
	default:
		stop->kind = STOP_OTHER;
		break;
	}
	return 0;
}

static void answer(struct vcpu *vcpu, u64 data)
{
	axvm_answer(&vcpu->axvm, data, 0);
}

static int run_nothing(struct vcpu *vcpu)
{
	axvm_request(&vcpu->axvm, AXVM_RUN_NO_ENTER);
	return axvm_run(&vcpu->axvm);
}

const struct driver driver_axvm = {
	.name		= "axvm",
	.open		= axvm_open,
	.explain	= explain,
	.create_vm	= axvm_create_vm,
	.map		= map,
	.log_dirty	= log_dirty,
	.get_dirty	= get_dirty,
	.create_vcpu	= create_vcpu,
	.destroy_vcpu	= destroy_vcpu,
	.start		= start,
	.run		= run,
	.answer		= answer,
	.run_nothing	= run_nothing,
};
