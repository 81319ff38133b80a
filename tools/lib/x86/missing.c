// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1
/*
 * x86: does this machine have VMX or SVM?
 *
 * The processor itself is asked, not /proc/cpuinfo: that leaves VMX out as well when
 * the firmware has locked it, which the module can tell better.
 */
#include <cpuid.h>
#include <stdbool.h>

#include "../internal.h"

#define LEAF_1_ECX_VMX		0x20
#define LEAF_80000001_ECX_SVM	0x04

static bool ecx_has(unsigned int leaf, unsigned int bit)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(leaf, &eax, &ebx, &ecx, &edx) && (ecx & bit);
}

const char *axvm_arch_missing(void)
{
	if (ecx_has(1, LEAF_1_ECX_VMX) || ecx_has(0x80000001, LEAF_80000001_ECX_SVM))
		return NULL;
	return "virtualization extension (Intel VMX or AMD SVM)";
}
