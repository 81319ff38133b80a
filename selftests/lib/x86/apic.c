// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the local APIC, for guest code
 */
#include "apic.h"
#include "vcpu.h"

bool apic_x2apic;

void apic_use(struct vm *vm, bool x2apic)
{
	if (x2apic && !vm_has_cpuid(vm, 1, 0, 2, 21))
		test_skip("guests have no x2APIC here");
	*guest_var(vm, apic_x2apic) = x2apic;
}
