// SPDX-License-Identifier: GPL-2.0
/* Statistics: the counters of a vCPU by name */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "axvm_arch.h"
#include "axvm_vcpu.h"

static const char *const names[] = {
	[AXVM_EXIT_NOTHING]		= "exit_nothing",
	[AXVM_EXIT_HYPERCALL]		= "exit_hypercall",
	[AXVM_EXIT_MMIO_READ]		= "exit_mmio_read",
	[AXVM_EXIT_MMIO_WRITE]		= "exit_mmio_write",
	[AXVM_EXIT_PORT_READ]		= "exit_port_read",
	[AXVM_EXIT_PORT_WRITE]		= "exit_port_write",
	[AXVM_EXIT_SYSREG_READ]		= "exit_sysreg_read",
	[AXVM_EXIT_SYSREG_WRITE]	= "exit_sysreg_write",
	[AXVM_EXIT_MEMORY_FAULT]	= "exit_memory_fault",
	[AXVM_EXIT_HALT]		= "exit_halt",
	[AXVM_EXIT_CPU_UP]		= "exit_cpu_up",
	[AXVM_EXIT_CPU_DOWN]		= "exit_cpu_down",
	[AXVM_EXIT_SYSTEM_DOWN]		= "exit_system_down",
	[AXVM_EXIT_SEND_IPI]		= "exit_send_ipi",
	[AXVM_EXIT_INTERRUPT]		= "exit_interrupt",
	[AXVM_EXIT_FAIL_ENTRY]		= "exit_fail_entry",
	[AXVM_EXIT_DEBUG]		= "exit_debug",
	[AXVM_EXIT_KICK]		= "exit_kick",
	[AXVM_EXIT_SIGNAL]		= "exit_signal",
	[AXVM_EXIT_RING_FULL]		= "exit_ring_full",
	[AXVM_EXIT_UNDECODED]		= "exit_undecoded",
	[AXVM_EXIT_INTERRUPT_END]	= "exit_interrupt_end",
	[AXVM_EXIT_INTERRUPT_ACK]	= "exit_interrupt_ack",
	[AXVM_COUNT_RUNS]		= "runs",
	[AXVM_COUNT_BINDS_COLD]		= "binds_cold",
	[AXVM_COUNT_MIGRATIONS]		= "migrations",
	[AXVM_COUNT_INTERRUPTS]		= "interrupts",
	[AXVM_COUNT_FAULTS]		= "faults",
	[AXVM_COUNT_HUGE_PAGES]		= "huge_pages",
	[AXVM_COUNT_IO_KERNEL]		= "io_kernel",
	[AXVM_COUNT_HALTS]		= "halts",
	[AXVM_COUNT_HALT_POLL_HITS]	= "halt_poll_hits",
};

static_assert(ARRAY_SIZE(names) == AXVM_COUNT_ARCH);

#define COUNTERS	(AXVM_COUNT_ARCH + AXVM_ARCH_COUNTERS)

static const char *name_of(unsigned int counter)
{
	if (counter < AXVM_COUNT_ARCH)
		return names[counter];
	return axvm_arch_counter_names[counter - AXVM_COUNT_ARCH];
}

/* The vCPU may be counting meanwhile: each value is whole, together they are no snapshot. */
long axvm_vcpu_get_stats(struct axvm_vcpu *vcpu, struct axvm_stats *args)
{
	struct axvm_stat __user *to = u64_to_user_ptr(args->stats);
	u32 room = args->count;
	struct axvm_stat stat;
	unsigned int i;

	args->count = COUNTERS;
	if (room < COUNTERS)
		return -ENOSPC;
	for (i = 0; i < COUNTERS; i++) {
		strscpy_pad(stat.name, name_of(i), sizeof(stat.name));
		stat.value = READ_ONCE(vcpu->counters[i]);
		if (copy_to_user(&to[i], &stat, sizeof(stat)))
			return -EFAULT;
	}
	return 0;
}
