// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: KVM needs to be told nothing that axvm is not told
 */
#include "driver.h"

int arch_init_kvm_vm(int vm)
{
	(void)vm;
	return 0;
}

int arch_init_kvm_vcpu(int sys, int vcpu)
{
	(void)sys;
	(void)vcpu;
	return 0;
}
