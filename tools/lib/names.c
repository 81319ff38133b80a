// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1
/*
 * Names for the interface's numbers
 */
#include "internal.h"

static const char *name_of(const char *const *table, size_t count, __u32 n)
{
	return n < count && table[n] ? table[n] : "unknown";
}

static const char *const exit_names[] = {
	[AXVM_EXIT_NOTHING]		= "nothing",
	[AXVM_EXIT_HYPERCALL]		= "hypercall",
	[AXVM_EXIT_MMIO_READ]		= "mmio_read",
	[AXVM_EXIT_MMIO_WRITE]		= "mmio_write",
	[AXVM_EXIT_PORT_READ]		= "port_read",
	[AXVM_EXIT_PORT_WRITE]		= "port_write",
	[AXVM_EXIT_SYSREG_READ]		= "sysreg_read",
	[AXVM_EXIT_SYSREG_WRITE]	= "sysreg_write",
	[AXVM_EXIT_MEMORY_FAULT]	= "memory_fault",
	[AXVM_EXIT_HALT]		= "halt",
	[AXVM_EXIT_CPU_UP]		= "cpu_up",
	[AXVM_EXIT_CPU_DOWN]		= "cpu_down",
	[AXVM_EXIT_SYSTEM_DOWN]		= "system_down",
	[AXVM_EXIT_SEND_IPI]		= "send_ipi",
	[AXVM_EXIT_INTERRUPT]		= "interrupt",
	[AXVM_EXIT_FAIL_ENTRY]		= "fail_entry",
	[AXVM_EXIT_DEBUG]		= "debug",
	[AXVM_EXIT_KICK]		= "kick",
	[AXVM_EXIT_SIGNAL]		= "signal",
	[AXVM_EXIT_RING_FULL]		= "ring_full",
	[AXVM_EXIT_UNDECODED]		= "undecoded",
	[AXVM_EXIT_INTERRUPT_END]	= "interrupt_end",
	[AXVM_EXIT_INTERRUPT_ACK]	= "interrupt_ack",
};

const char *axvm_exit_name(__u32 reason)
{
	return name_of(exit_names, ARRAY_SIZE(exit_names), reason);
}

static const char *const backend_names[] = {
	[AXVM_BACKEND_NONE]	= "none",
	[AXVM_BACKEND_VMX]	= "vmx",
	[AXVM_BACKEND_SVM]	= "svm",
	[AXVM_BACKEND_VHE]	= "vhe",
	[AXVM_BACKEND_NVHE]	= "nvhe",
	[AXVM_BACKEND_RISCV]	= "riscv",
};

const char *axvm_backend_name(__u32 backend)
{
	return name_of(backend_names, ARRAY_SIZE(backend_names), backend);
}

static const char *const vcpu_state_names[] = {
	[AXVM_VCPU_CREATED]	= "created",
	[AXVM_VCPU_FREE]	= "free",
	[AXVM_VCPU_READY]	= "ready",
	[AXVM_VCPU_RUNNING]	= "running",
	[AXVM_VCPU_BLOCKED]	= "blocked",
	[AXVM_VCPU_DEAD]	= "dead",
};

const char *axvm_vcpu_state_name(__u32 state)
{
	return name_of(vcpu_state_names, ARRAY_SIZE(vcpu_state_names), state);
}

static const char *const system_event_names[] = {
	[AXVM_SYSTEM_SHUTDOWN]		= "shutdown",
	[AXVM_SYSTEM_RESET]		= "reset",
	[AXVM_SYSTEM_WARM_RESET]	= "warm_reset",
	[AXVM_SYSTEM_CRASH]		= "crash",
	[AXVM_SYSTEM_SUSPEND]		= "suspend",
	[AXVM_SYSTEM_TRIPLE_FAULT]	= "triple_fault",
};

const char *axvm_system_event_name(__u32 event)
{
	return name_of(system_event_names, ARRAY_SIZE(system_event_names), event);
}

const char *axvm_access_name(__u32 access)
{
	switch (access) {
	case AXVM_MEM_READ:
		return "read";
	case AXVM_MEM_WRITE:
		return "write";
	case AXVM_MEM_EXEC:
		return "execute";
	default:
		return "unknown";
	}
}
