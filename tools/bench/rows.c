// SPDX-License-Identifier: GPL-2.0
/*
 * The rows of the table
 */
#include "guest.h"
#include "layout.h"
#include "rows.h"

#define MEMORY(b, p) \
	.sample = sample_memory, .arg = &(const struct memory_case){ BACKING_##b, PHASE_##p }

#define LIFE(l)		.sample = sample_life, .arg = &(const enum life){ LIFE_##l }

#define HANDLED(entry)	.sample = sample_handled, .arg = guest_##entry
#define EXIT(entry)	.sample = sample_exit, .arg = guest_##entry

const struct row rows[] = {
	{ "syscall_getppid", "a system call that does nothing",
	  .sample = sample_syscall },
	{ "run_immediate", "the run ioctl, told to return at once",
	  .sample = sample_run_nothing },
	{ "guest_nop_loop", "a turn of an empty loop in the guest",
	  HANDLED(nop) },
	{ "hypercall_kernel", "a call that the kernel answers: the cheapest hypercall, or CPUID",
	  HANDLED(hypercall) },
	{ "sysreg_kernel", "a system register read that traps, and the kernel answers",
	  HANDLED(sysreg) },
	{ "mmio_write_user", "a device write, to the VMM and back",
	  EXIT(mmio_write) },
	{ "mmio_read_user", "a device read, to the VMM and back",
	  EXIT(mmio_read) },
#ifdef GUEST_PORT
	{ "port_write_user", "a port write, to the VMM and back",
	  EXIT(port_write) },
	{ "port_read_user", "a port read, to the VMM and back",
	  EXIT(port_read) },
#endif
	{ "selfipi_roundtrip", "an IPI to oneself, sent and taken",
	  HANDLED(self_ipi) },
	{ "host_pingpong", "two of the host's threads waking one another, there and back",
	  .sample = sample_host_pingpong },
	{ "ipi_pingpong_halt", "an IPI there and back between two halted vCPUs",
	  .sample = sample_pingpong },
	{ "host_populate4k", "the host's own first touch of a 4 KiB page",
	  MEMORY(4K, HOST) },
	{ "populate4k_cold", "first touch of a 4 KiB page that the host has not yet",
	  MEMORY(4K, COLD) },
	{ "populate4k_warm", "first touch of a 4 KiB page that the host has",
	  MEMORY(4K, WARM) },
	{ "touch4k_mapped", "later touch of a 4 KiB page",
	  MEMORY(4K, MAPPED) },
	{ "unmap4k_dontneed", "a 4 KiB page of the guest taken back by madvise()",
	  MEMORY(4K, DISCARD) },
	{ "dirtylog_write4k", "a write to a 4 KiB page that is logged, the first one since asked",
	  MEMORY(4K, LOGGED) },
	{ "dirtylog_get4k", "a 4 KiB page in the answer to which were written, when all were",
	  MEMORY(4K, GET_LOG) },
	{ "populate2m_cold", "first touch of a transparent huge page that the host has not yet",
	  MEMORY(THP, COLD) },
	{ "populate2m_warm", "first touch of a transparent huge page that the host has",
	  MEMORY(THP, WARM) },
	{ "touch4k_in_2m", "later touch of 4 KiB in a transparent huge page",
	  MEMORY(THP, MAPPED) },
	{ "unmap2m_dontneed", "a transparent huge page of the guest taken back by madvise()",
	  MEMORY(THP, DISCARD) },
	{ "populate2m_hugetlb_cold", "first touch of a hugetlb page that the host has not yet",
	  MEMORY(HUGETLB, COLD) },
	{ "populate2m_hugetlb_warm", "first touch of a hugetlb page that the host has",
	  MEMORY(HUGETLB, WARM) },
	{ "touch4k_in_hugetlb", "later touch of 4 KiB in a hugetlb page",
	  MEMORY(HUGETLB, MAPPED) },
	{ "life_create_vm", "a VM made, and memory given to it",
	  LIFE(CREATE_VM) },
	{ "life_create_vcpu", "a vCPU made, its pages mapped, its registers set",
	  LIFE(CREATE_VCPU) },
	{ "life_first_run", "its first run, to its first exit",
	  LIFE(FIRST_RUN) },
	{ "life_destroy", "both closed, with the waits in that",
	  LIFE(DESTROY) },
	{ "life_total", "all four",
	  LIFE(TOTAL) },
	{ "life_cpu", "all four, without waits: what the VMM's thread executes",
	  LIFE(CPU) },
	{ "guest_boot", "a kernel booted by axvm-run, to power-off: what its process executes",
	  .sample = sample_boot, .only = &driver_axvm, .runs = 3 },
};

const size_t nr_rows = ARRAY_SIZE(rows);
