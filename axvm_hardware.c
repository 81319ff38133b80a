// SPDX-License-Identifier: GPL-2.0
/*
 * The processor's extension: enabled with the first VM, disabled with the last
 *
 * Between the two it follows hotplug, suspend and shutdown. No entry into a guest
 * pays for that. A CPU is disabled by one of its own threads, or by an interrupt
 * after every vCPU was sent AXVM_REQUEST_CPU; a vCPU's thread that comes back to
 * such a CPU notices when it binds (axvm_hardware_here()), and one that is bound
 * notices the request.
 */
#define pr_fmt(fmt) "axvm: " fmt

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>

#include "axvm_arch.h"
#include "axvm_compat.h"
#include "axvm_hardware.h"

DEFINE_PER_CPU(bool, axvm_cpu_enabled);

/* Taken inside cpus_read_lock(), which keeps the CPUs that are online as they are. */
static DEFINE_MUTEX(lock);

/*
 * VMs that exist. Changed under both locks, so that a hotplug callback, which
 * excludes the outer one, needs none.
 */
static LIST_HEAD(vms);

/* How the last attempt went, for AXVM_GET_INFO. Under the lock. */
static u32 status = AXVM_STATUS_USABLE;
static int status_cpu = -1;

/* The machine goes down. Set once, under the lock. */
static bool shut_down;

static enum cpuhp_state hotplug_state;

static int enable_here(void)
{
	int error;

	if (__this_cpu_read(axvm_cpu_enabled))
		return 0;
	if (shut_down)
		return -ENODEV;
	error = axvm_arch_enable_cpu();
	if (!error)
		__this_cpu_write(axvm_cpu_enabled, true);
	return error;
}

static void disable_here(void *unused)
{
	if (!__this_cpu_read(axvm_cpu_enabled))
		return;
	/* First: whoever is scheduled in from here on keeps its hands off. */
	__this_cpu_write(axvm_cpu_enabled, false);
	barrier();
	axvm_arch_disable_cpu();
}

/**
 * struct attempt - Enabling every CPU.
 * @first: the CPU that failed first, plus one; 0 for none.
 * @error: how. Written by that CPU, read when all have answered.
 */
struct attempt {
	atomic_t first;
	int error;
};

static void enable_for(void *data)
{
	struct attempt *attempt = data;
	int error = enable_here();

	if (error && !atomic_cmpxchg(&attempt->first, 0, smp_processor_id() + 1))
		attempt->error = error;
}

static int enable_all(void)
{
	struct attempt attempt = {};

	on_each_cpu(enable_for, &attempt, 1);
	status_cpu = atomic_read(&attempt.first) - 1;
	if (!attempt.error) {
		status = AXVM_STATUS_USABLE;
		return 0;
	}
	status = attempt.error == -EBUSY ? AXVM_STATUS_IN_USE : AXVM_STATUS_CPU_DIFFERS;
	on_each_cpu(disable_here, NULL, 1);
	return attempt.error;
}

int axvm_hardware_get(struct axvm_vm *vm)
{
	int error = 0;

	cpus_read_lock();
	mutex_lock(&lock);
	if (list_empty(&vms)) {
		error = enable_all();
		if (!error)
			axvm_arch_enabled();
	}
	if (!error)
		list_add(&vm->hardware, &vms);
	mutex_unlock(&lock);
	cpus_read_unlock();
	return error;
}

void axvm_hardware_put(struct axvm_vm *vm)
{
	cpus_read_lock();
	mutex_lock(&lock);
	list_del(&vm->hardware);
	if (list_empty(&vms)) {
		on_each_cpu(disable_here, NULL, 1);
		axvm_arch_disabled();
	}
	mutex_unlock(&lock);
	cpus_read_unlock();
}

void axvm_hardware_status(struct axvm_system_info *info)
{
	mutex_lock(&lock);
	info->status = status;
	info->status_cpu = status_cpu;
	mutex_unlock(&lock);
}

/* A CPU that cannot run guests stays offline while there are any: threads could land on it. */
static int cpu_comes(unsigned int cpu)
{
	int error = 0;

	preempt_disable();
	if (!list_empty(&vms))
		error = enable_here();
	preempt_enable();
	return error;
}

/* In a thread of that CPU: whoever was in a guest there has been scheduled out. */
static int cpu_goes(unsigned int cpu)
{
	preempt_disable();
	disable_here(NULL);
	preempt_enable();
	return 0;
}

/* Suspend and resume: on the only CPU that is left, interrupts off, all threads frozen. */
static int suspend(AXVM_SYSCORE_ARGS)
{
	disable_here(NULL);
	return 0;
}

static void resume(AXVM_SYSCORE_ARGS)
{
	if (!list_empty(&vms) && enable_here())
		pr_err("guests cannot run on CPU %d after suspend\n", smp_processor_id());
}

static void request_all(struct axvm_vm *vm)
{
	struct axvm_vcpu *vcpu;
	unsigned long id;

	rcu_read_lock();
	axvm_for_each_vcpu(vm, id, vcpu)
		axvm_vcpu_request(vcpu, AXVM_REQUEST_CPU);
	rcu_read_unlock();
}

static void forbid_here(void *unused)
{
	__this_cpu_write(axvm_cpu_enabled, false);
}

static void disable_forbidden(void *unused)
{
	axvm_arch_disable_cpu();
}

/*
 * Threads still run, and none may enter a guest once its CPU is disabled. So CPUs
 * are forbidden first: whoever takes the request sees that it is not to go on. A
 * vCPU that the last interrupt finds on its way into the guest has the request
 * before it and turns back; one that was in the guest is out.
 */
static void stop_all(void)
{
	struct axvm_vm *vm;

	on_each_cpu(forbid_here, NULL, 1);
	list_for_each_entry(vm, &vms, hardware)
		request_all(vm);
	on_each_cpu(disable_forbidden, NULL, 1);
}

static void shutdown(AXVM_SYSCORE_ARGS)
{
	cpus_read_lock();
	mutex_lock(&lock);
	shut_down = true;
	if (!list_empty(&vms))
		stop_all();
	mutex_unlock(&lock);
	cpus_read_unlock();
}

AXVM_DEFINE_SYSCORE(syscore, suspend, resume, shutdown);

int axvm_hardware_init(void)
{
	int state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "axvm:online",
					      cpu_comes, cpu_goes);

	if (state < 0)
		return state;
	hotplug_state = state;
	axvm_register_syscore(&syscore);
	return 0;
}

void axvm_hardware_exit(void)
{
	axvm_unregister_syscore(&syscore);
	cpuhp_remove_state_nocalls(hotplug_state);
}
