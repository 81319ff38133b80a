// SPDX-License-Identifier: GPL-2.0
/* Binding: the vCPU's home, its state on a host CPU, the host's scheduler */
#include <linux/cpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "bind.h"

static struct axvm_vcpu *from_notifier(struct preempt_notifier *notifier)
{
	return container_of(notifier, struct axvm_vcpu, notifier);
}

void axvm_vcpu_moved(struct axvm_vcpu *vcpu, int cpu)
{
	if (vcpu->cpu >= 0)
		axvm_count(vcpu, AXVM_COUNT_MIGRATIONS);
	WRITE_ONCE(vcpu->cpu, cpu);
	/* Who sees it running sees where: pairs with request.c. */
	smp_wmb();
}

static void sched_in(struct preempt_notifier *notifier, int cpu)
{
	axvm_vcpu_load(from_notifier(notifier), cpu);
}

static void sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	axvm_vcpu_put(from_notifier(notifier));
}

static struct preempt_ops preempt_ops = {
	.sched_in = sched_in,
	.sched_out = sched_out,
};

void axvm_vcpu_bind_init(struct axvm_vcpu *vcpu)
{
	preempt_notifier_init(&vcpu->notifier, &preempt_ops);
	vcpu->cpu = -1;
	vcpu->home_cpu = AXVM_HOME_ANY;
}

void axvm_vcpu_bind_held(struct axvm_vcpu *vcpu)
{
	preempt_notifier_register(&vcpu->notifier);
	preempt_enable();
}

void axvm_vcpu_bind(struct axvm_vcpu *vcpu)
{
	axvm_vcpu_hold(vcpu);
	axvm_vcpu_bind_held(vcpu);
}

void axvm_vcpu_unbind(struct axvm_vcpu *vcpu)
{
	preempt_disable();
	preempt_notifier_unregister(&vcpu->notifier);
	axvm_vcpu_drop(vcpu);
}

/* A CPU whose going offline failed has had its extension off for a while. */
bool axvm_vcpu_reload(struct axvm_vcpu *vcpu)
{
	bool here;

	preempt_disable();
	if (!vcpu->loaded)
		axvm_vcpu_load(vcpu, smp_processor_id());
	here = vcpu->loaded && axvm_hardware_here();
	preempt_enable();
	return here;
}

int axvm_vcpu_set_home(struct axvm_vcpu *vcpu, int cpu)
{
	if (cpu != AXVM_HOME_ANY) {
		if (cpu < 0 || cpu >= nr_cpu_ids)
			return -EINVAL;
		if (!cpu_online(cpu) || !cpumask_test_cpu(cpu, vcpu->vm->cpus_allowed))
			return -ENXIO;
	}
	vcpu->home_cpu = cpu;
	return 0;
}

/* If the CPU is offline now, the guest goes on elsewhere until it comes back. */
void axvm_vcpu_move_home(struct axvm_vcpu *vcpu)
{
	if (cpu_online(vcpu->home_cpu))
		set_cpus_allowed_ptr(current, cpumask_of(vcpu->home_cpu));
}
