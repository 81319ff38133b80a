/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: what the guest's CPUID says of its topology
 */
#ifndef AXVM_RUN_X86_CPUID_H
#define AXVM_RUN_X86_CPUID_H

/**
 * cpuid_set_topology() - Make the vCPUs the cores of one package.
 * @vm: VM file; its table is still what the module supports on this host.
 * @cpus: how many vCPUs.
 *
 * Return: 0, or -1 with the reason reported.
 */
int cpuid_set_topology(int vm, unsigned int cpus);

#endif /* AXVM_RUN_X86_CPUID_H */
