// SPDX-License-Identifier: GPL-2.0
/* Binding: the vCPU's home, its state on a host CPU, the host's scheduler */
#include <linux/cpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "axvm_arch.h"
#include "axvm_hardware.h"
#include "axvm_vcpu.h"

static struct axvm_vcpu *from_notifier(struct preempt_notifier *notifier)
{
	return container_of(notifier, struct axvm_vcpu, notifier);
}

static void load(struct axvm_vcpu *vcpu, int cpu)
{
	axvm_arch_vcpu_load(vcpu, cpu);
	if (unlikely(!axvm_hardware_here()))
		set_bit(AXVM_REQUEST_CPU, &vcpu->requests);
	if (unlikely(vcpu->cpu != cpu)) {
		if (vcpu->cpu >= 0)
			axvm_count(vcpu, AXVM_COUNT_MIGRATIONS);
		WRITE_ONCE(vcpu->cpu, cpu);
		/* Who sees it running sees where: pairs with request.c. */
		smp_wmb();
	}
}

static void sched_in(struct preempt_notifier *notifier, int cpu)
{
	load(from_notifier(notifier), cpu);
}

static void sched_out(struct preempt_notifier *notifier, struct task_struct *next)
{
	axvm_arch_vcpu_put(from_notifier(notifier));
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

void axvm_vcpu_bind(struct axvm_vcpu *vcpu)
{
	preempt_disable();
	preempt_notifier_register(&vcpu->notifier);
	load(vcpu, smp_processor_id());
	preempt_enable();
}

void axvm_vcpu_unbind(struct axvm_vcpu *vcpu)
{
	preempt_disable();
	axvm_arch_vcpu_put(vcpu);
	preempt_notifier_unregister(&vcpu->notifier);
	preempt_enable();
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
