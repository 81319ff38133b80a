/* SPDX-License-Identifier: GPL-2.0 */
/* The processor's extension: on while there are VMs, on every online CPU. */
#ifndef _AXVM_HARDWARE_H
#define _AXVM_HARDWARE_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "axvm.h"

struct axvm_vm;

DECLARE_PER_CPU(bool, axvm_cpu_enabled);

/** axvm_hardware_init() - Follow the CPUs' comings and goings. Return: 0 or a negative errno. */
int axvm_hardware_init(void);
/** axvm_hardware_exit() - Undo axvm_hardware_init(). */
void axvm_hardware_exit(void);

/**
 * axvm_hardware_get() - Have the hardware for one more VM.
 * @vm: which. Its vCPUs are told if the hardware has to be taken away.
 *
 * Return: 0; %-EBUSY or %-ENODEV as %AXVM_CREATE_VM documents.
 */
int axvm_hardware_get(struct axvm_vm *vm);
/** axvm_hardware_put() - The VM needs it no more. */
void axvm_hardware_put(struct axvm_vm *vm);

/**
 * axvm_hardware_here() - May a guest run on this CPU now?
 *
 * False between a CPU's going offline and its last thread's leaving it, and from
 * the machine's shutdown on.
 *
 * Context: preemption off.
 */
static inline bool axvm_hardware_here(void)
{
	return __this_cpu_read(axvm_cpu_enabled);
}

/** axvm_hardware_status() - Fill in @status and @status_cpu. */
void axvm_hardware_status(struct axvm_system_info *info);

#endif /* _AXVM_HARDWARE_H */
