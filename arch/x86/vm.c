// SPDX-License-Identifier: GPL-2.0
/* An x86 VM: what it is made of, and its registers */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "axvm_device.h"
#include "axvm_x86_arch.h"

int axvm_arch_vm_init(struct axvm_vm *vm)
{
	axvm_x86_tsc_vm_init(vm);
	axvm_x86_clock_vm_init(vm);
	axvm_x86_cpuid_init(vm);
	axvm_x86_backend->vm_init(vm);
	return 0;
}

void axvm_arch_vm_destroy(struct axvm_vm *vm)
{
}

/* Local APICs are parts of the vCPUs; all else is the VMM's. */
const struct axvm_device_ops *const axvm_arch_devices[] = {
	NULL
};

/* ---- registers, the VM's lock held ---- */

static int get_vm(struct axvm_vm *vm, u64 id, u64 *value)
{
	switch (id) {
	case AXVM_X86_VM_TSC_KHZ:
		*value = axvm_x86_machine.tsc_khz;
		return 0;
	case AXVM_X86_VM_GUEST_TSC_KHZ:
		*value = vm->arch.tsc_khz;
		return 0;
	case AXVM_X86_VM_CLOCK:
		*value = axvm_x86_clock_now(vm);
		return 0;
	case AXVM_X86_VM_APIC_HZ:
		*value = AXVM_X86_APIC_HZ_VALUE;
		return 0;
	}
	return -ENOENT;
}

static int check_tsc_khz(const struct axvm_vm *vm, u64 khz)
{
	if (vm->has_run && khz != vm->arch.tsc_khz)
		return -EBUSY;
	return axvm_x86_tsc_khz_ok(khz) ? 0 : -EINVAL;
}

static int check_vm(const struct axvm_vm *vm, u64 id, u64 value)
{
	switch (id) {
	case AXVM_X86_VM_TSC_KHZ:
		return value == axvm_x86_machine.tsc_khz ? 0 : -EACCES;
	case AXVM_X86_VM_GUEST_TSC_KHZ:
		return check_tsc_khz(vm, value);
	case AXVM_X86_VM_CLOCK:
		return value >> 63 ? -EINVAL : 0;
	case AXVM_X86_VM_APIC_HZ:
		return value == AXVM_X86_APIC_HZ_VALUE ? 0 : -EACCES;
	}
	return -ENOENT;
}

static void set_vm(struct axvm_vm *vm, u64 id, u64 value)
{
	switch (id) {
	case AXVM_X86_VM_GUEST_TSC_KHZ:
		axvm_x86_tsc_set_khz(vm, value);
		break;
	case AXVM_X86_VM_CLOCK:
		axvm_x86_clock_set(vm, value);
		break;
	}
}

static bool is_cpuid(u64 id)
{
	return AXVM_REG_ARCH(id) == AXVM_REG_X86 && AXVM_REG_GROUP(id) == AXVM_X86_GROUP_CPUID;
}

static int get(void *object, u64 id, u64 *value)
{
	if (is_cpuid(id))
		return axvm_x86_cpuid_get_reg(object, AXVM_REG_INDEX(id), value);
	return get_vm(object, id, value);
}

static int check(void *object, u64 id, u64 value)
{
	if (is_cpuid(id))
		return axvm_x86_cpuid_check_reg(object, AXVM_REG_INDEX(id), value);
	return check_vm(object, id, value);
}

static void set(void *object, u64 id, u64 value)
{
	if (is_cpuid(id))
		axvm_x86_cpuid_set_reg(object, AXVM_REG_INDEX(id), value);
	else
		set_vm(object, id, value);
}

static u32 list(void *object, u64 *ids, u32 room)
{
	static const u64 own[] = {
		AXVM_X86_VM_TSC_KHZ, AXVM_X86_VM_GUEST_TSC_KHZ, AXVM_X86_VM_CLOCK,
		AXVM_X86_VM_APIC_HZ,
	};
	struct axvm_reg_sink sink = { .ids = ids, .room = room };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(own); i++)
		axvm_reg_sink_add(&sink, own[i]);
	axvm_x86_cpuid_list_regs(object, &sink);
	return sink.count;
}

const struct axvm_reg_ops axvm_arch_vm_regs = {
	.get = get,
	.check = check,
	.set = set,
	.list = list,
};
