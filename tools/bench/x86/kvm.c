// SPDX-License-Identifier: GPL-2.0
/*
 * x86: what KVM wants to be told besides what axvm is told
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>

#include "driver.h"

/* Some of KVM's ways to run real mode need guest memory: it lies where nothing else is. */
#define IDENTITY_MAP	0xfffbc000
#define TSS		0xfffbd000

#define IOAPIC_ROUTES	24
#define CPUID_ENTRIES	128

/* As axvm: local APICs in the kernel, the rest of a PC's controllers in the VMM. */
int arch_init_kvm_vm(int vm)
{
	struct kvm_enable_cap split = {
		.cap = KVM_CAP_SPLIT_IRQCHIP,
		.args = { IOAPIC_ROUTES },
	};
	__u64 identity_map = IDENTITY_MAP;

	if (ioctl(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity_map) ||
	    ioctl(vm, KVM_SET_TSS_ADDR, TSS) || ioctl(vm, KVM_ENABLE_CAP, &split))
		return -errno;
	return 0;
}

/* All that KVM supports, as with axvm, where a VM has that from the beginning. */
static struct kvm_cpuid2 *supported_cpuid(int sys)
{
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[CPUID_ENTRIES];
	} cpuid;

	if (!cpuid.head.nent) {
		cpuid.head.nent = CPUID_ENTRIES;
		if (ioctl(sys, KVM_GET_SUPPORTED_CPUID, &cpuid))
			return NULL;
	}
	return &cpuid.head;
}

int arch_init_kvm_vcpu(int sys, int vcpu)
{
	struct kvm_cpuid2 *cpuid = supported_cpuid(sys);

	return !cpuid || ioctl(vcpu, KVM_SET_CPUID2, cpuid) ? -errno : 0;
}
