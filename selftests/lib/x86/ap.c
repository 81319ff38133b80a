// SPDX-License-Identifier: GPL-2.0
/*
 * x86: application processors, started by the guest itself
 */
#include "ap.h"

void ap_setup(struct vm *vm)
{
	char *page = vm_map(vm, AP_GPA, page_size(), MEM_RWX);
	__u64 *cpus = (__u64 *)(page + (ap_cpus - ap_trampoline));
	unsigned int i;

	memcpy(page, ap_trampoline, ap_trampoline_end - ap_trampoline);
	*(__u32 *)(page + (ap_cr3 - ap_trampoline)) = vm->tables;
	for (i = 0; i < vm->nr_vcpus; i++)
		cpus[vm->vcpus[i]->id] = vm->vcpus[i]->cpu_gpa;
}
