// SPDX-License-Identifier: GPL-2.0
/*
 * VMs and vCPUs: set-up and inspection
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch.h"
#include "cpus.h"
#include "image.h"
#include "watch.h"

#define STACK_LEN	0x4000
#define TRAP_STACK_LEN	0x2000

int system_fd(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = CHECK_OK(axvm_open());
	return fd;
}

struct vm *vm_create(unsigned int flags)
{
	struct vm *vm = calloc(1, sizeof(*vm));

	CHECK(vm);
	watch_begin();
	vm->fd = CHECK_OK(axvm_create_vm(system_fd()));
	vm->flags = flags;
	image_load(vm);
	vm->ram = vm_map(vm, RAM_GPA, RAM_LEN, MEM_RW);
	arch_init_vm(vm);
	return vm;
}

void vm_destroy(struct vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		watch_remove(vm->vcpus[i]->ax.fd);
		axvm_destroy_vcpu(&vm->vcpus[i]->ax);
		free(vm->vcpus[i]);
	}
	CHECK_SYS(close(vm->fd));
	munmap(vm->ram, RAM_LEN);
	munmap(vm->image, image_len());
	free(vm);
}

/* A vCPU's memory, from below: stack, the trap handler's stack, guest_cpu. */
static void init_cpu(struct vcpu *vcpu, void *fn)
{
	__u64 base = vm_alloc(vcpu->vm, STACK_LEN + TRAP_STACK_LEN + sizeof(*vcpu->cpu));
	__u64 stack = base + STACK_LEN;
	__u64 trap_stack = stack + TRAP_STACK_LEN;

	vcpu->cpu_gpa = trap_stack;
	vcpu->cpu = vm_hva(vcpu->vm, vcpu->cpu_gpa);
	vcpu->cpu->fn = (__u64)fn;
	vcpu->cpu->id = vcpu->id;
	arch_init_cpu(vcpu, stack, trap_stack);
}

struct vcpu *vcpu_create_flags(struct vm *vm, __u64 id, void *fn, __u32 flags, int home_cpu)
{
	struct vcpu *vcpu = calloc(1, sizeof(*vcpu));

	CHECK(vcpu);
	CHECK_LT(vm->nr_vcpus, MAX_VCPUS);
	vcpu->vm = vm;
	vcpu->id = id;
	CHECK_OK(axvm_create_vcpu(vm->fd, &vcpu->ax, id, flags, home_cpu));
	vm->vcpus[vm->nr_vcpus++] = vcpu;
	watch_add(vcpu->ax.fd);
	init_cpu(vcpu, fn);
	if (!(flags & AXVM_VCPU_STOPPED))
		arch_set_entry(vcpu);
	return vcpu;
}

struct vcpu *vcpu_create(struct vm *vm, __u64 id, void *fn)
{
	return vcpu_create_flags(vm, id, fn, 0, AXVM_HOME_ANY);
}

struct vcpu *vcpu_new(void *fn)
{
	return vcpu_create(vm_create(0), 0, fn);
}

void vcpu_arg(struct vcpu *vcpu, unsigned int n, __u64 value)
{
	CHECK_LT(n, ARRAY_SIZE(vcpu->cpu->args));
	vcpu->cpu->args[n] = value;
}

void vcpu_set_reg(struct vcpu *vcpu, __u64 id, __u64 value)
{
	CHECK_OK(axvm_set_reg(vcpu->ax.fd, id, value));
}

__u64 vcpu_get_reg(struct vcpu *vcpu, __u64 id)
{
	__u64 value;

	CHECK_OK(axvm_get_reg(vcpu->ax.fd, id, &value));
	return value;
}

void vm_set_reg(struct vm *vm, __u64 id, __u64 value)
{
	CHECK_OK(axvm_set_reg(vm->fd, id, value));
}

__u64 vm_get_reg(struct vm *vm, __u64 id)
{
	__u64 value;

	CHECK_OK(axvm_get_reg(vm->fd, id, &value));
	return value;
}

struct axvm_vm_info vm_info(struct vm *vm)
{
	struct axvm_vm_info info;

	CHECK_OK(axvm_get_vm_info(vm->fd, &info));
	return info;
}

__u32 vcpu_state(struct vcpu *vcpu)
{
	struct axvm_vcpu_info info;

	CHECK_OK(axvm_get_vcpu_info(vcpu->ax.fd, &info));
	return info.state;
}

bool vcpu_is_running(struct vcpu *vcpu)
{
	return vcpu_state(vcpu) == (host_cpus() == 1 ? AXVM_VCPU_READY : AXVM_VCPU_RUNNING);
}

__u64 vcpu_stat(struct vcpu *vcpu, const char *name)
{
	struct axvm_stat stats[128];
	__u32 i, count = 128;

	CHECK_OK(axvm_get_stats(vcpu->ax.fd, stats, &count));
	for (i = 0; i < count; i++)
		if (!strcmp(stats[i].name, name))
			return stats[i].value;
	FAIL("there is no counter '%s'", name);
}
