// SPDX-License-Identifier: GPL-2.0
/* Requests and kicks: making a vCPU look up, wherever it is */
#include <linux/sched.h>
#include <linux/smp.h>
#include <trace/events/ipi.h>

#include "axvm_arch.h"
#include "axvm_vcpu.h"

/* Out of the guest, if it is in it; it looks at its requests before it goes back. */
static void interrupt(struct axvm_vcpu *vcpu)
{
	int cpu, here;

	if (atomic_read(&vcpu->state) != AXVM_VCPU_RUNNING)
		return;
	/* Where it runs, not where it ran before: pairs with bind.c. */
	smp_rmb();
	here = get_cpu();
	cpu = READ_ONCE(vcpu->cpu);
	if (cpu >= 0 && cpu != here && cpu_online(cpu))
		smp_send_reschedule(cpu);
	put_cpu();
}

void axvm_vcpu_request(struct axvm_vcpu *vcpu, unsigned int request)
{
	set_bit(request, &vcpu->requests);
	/* The request is seen, or we see that it runs: pairs with the run loop's enter(). */
	smp_mb__after_atomic();
	if (rcuwait_active(&vcpu->wait))
		rcuwait_wake_up(&vcpu->wait);
	else
		interrupt(vcpu);
}

static void nothing(void *data)
{
}

/* A CPU that has answered is out of the guest, and looks before it goes back. */
static void interrupt_and_wait(struct axvm_vcpu *vcpu)
{
	int cpu;

	if (atomic_read(&vcpu->state) != AXVM_VCPU_RUNNING)
		return;
	/* As in interrupt(). */
	smp_rmb();
	cpu = READ_ONCE(vcpu->cpu);
	if (cpu >= 0)
		smp_call_function_single(cpu, nothing, NULL, true);
}

void axvm_vcpu_sync_request(struct axvm_vm *vm, unsigned int request,
			    bool (*wanted)(struct axvm_vcpu *vcpu, void *data), void *data)
{
	struct axvm_vcpu *vcpu;
	unsigned long id;

	rcu_read_lock();
	axvm_for_each_vcpu(vm, id, vcpu) {
		if (!wanted(vcpu, data))
			continue;
		set_bit(request, &vcpu->requests);
		/* Pairs with the run loop's enter(). */
		smp_mb__after_atomic();
	}
	axvm_for_each_vcpu(vm, id, vcpu)
		if (test_bit(request, &vcpu->requests))
			interrupt_and_wait(vcpu);
	rcu_read_unlock();
}

/* The caller's barrier pairs with the run loop's enter(), as in axvm_vcpu_request(). */
void axvm_vcpu_sync(struct axvm_vm *vm)
{
	struct axvm_vcpu *vcpu;
	unsigned long id;

	rcu_read_lock();
	axvm_for_each_vcpu(vm, id, vcpu)
		interrupt_and_wait(vcpu);
	rcu_read_unlock();
}

void axvm_vcpu_kick(struct axvm_vcpu *vcpu)
{
	/* The count first: whoever takes the request takes at least this kick with it. */
	atomic64_inc(&vcpu->kicks);
	axvm_vcpu_request(vcpu, AXVM_REQUEST_KICK);
}
