// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the local APIC, for guest code
 */
#include "apic.h"
#include "process.h"
#include "vcpu.h"

/* Does the hardware do it? For all VMs. */
#define PARAMETER	"/sys/module/axvm/parameters/apicv"

bool apic_x2apic;

static long found;

/* Before a program's first test, and after its last: each test is a child of it. */
static __attribute__((constructor)) void keep_parameter(void)
{
	found = read_number(PARAMETER);
}

static __attribute__((destructor)) void restore_parameter(void)
{
	if (found != read_number(PARAMETER))
		write_string(PARAMETER, found ? "1" : "0");
}

static void use_hardware(void)
{
	if (write_string(PARAMETER, "1") || read_number(PARAMETER) != 1)
		test_skip("no virtual-interrupt delivery here");
}

void apic_use(struct vm *vm, enum apic_kind kind)
{
	if (kind != APIC_XAPIC && !vm_has_cpuid(vm, 1, 0, 2, 21))
		test_skip("guests have no x2APIC here");
	if (kind == APIC_VIRTUAL)
		use_hardware();
	*guest_var(vm, apic_x2apic) = kind != APIC_XAPIC;
}
