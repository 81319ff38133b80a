// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the local APIC, for guest code
 */
#include <fcntl.h>
#include <unistd.h>

#include "apic.h"
#include "process.h"
#include "vcpu.h"

/* Does the hardware do it? For all VMs. */
#define PARAMETER	"/sys/module/axvm/parameters/apicv"

bool apic_x2apic;

static char found;

static char parameter(void)
{
	int fd = open(PARAMETER, O_RDONLY | O_CLOEXEC);
	char c = 0;

	if (fd < 0)
		return 0;
	if (read(fd, &c, 1) != 1)
		c = 0;
	close(fd);
	return c;
}

/* Before a program's first test, and after its last: each test is a child of it. */
static __attribute__((constructor)) void keep_parameter(void)
{
	found = parameter();
}

static __attribute__((destructor)) void restore_parameter(void)
{
	if (found && found != parameter())
		write_string(PARAMETER, found == 'Y' ? "Y" : "N");
}

static void use_hardware(void)
{
	if (write_string(PARAMETER, "Y") || parameter() != 'Y')
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
