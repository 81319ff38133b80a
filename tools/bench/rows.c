// SPDX-License-Identifier: GPL-2.0
/*
 * The rows of the table
 */
#include "guest.h"
#include "rows.h"

#define GUEST(entry)	.sample = sample_guest, .arg = guest_##entry

const struct row rows[] = {
	{ "syscall_getppid", "a system call that does nothing",
	  .sample = sample_syscall },
	{ "run_immediate", "the run ioctl, told to return at once",
	  .sample = sample_run_nothing },
	{ "guest_nop_loop", "a turn of an empty loop in the guest",
	  GUEST(nop) },
	{ "hypercall_kernel", "a hypercall that the kernel answers",
	  GUEST(hypercall) },
	{ "sysreg_kernel", "a system register read that traps, and the kernel answers",
	  GUEST(sysreg) },
	{ "mmio_write_user", "a device write, to the VMM and back",
	  GUEST(mmio_write) },
	{ "mmio_read_user", "a device read, to the VMM and back",
	  GUEST(mmio_read) },
	{ "selfipi_roundtrip", "an IPI to oneself, sent and taken",
	  GUEST(self_ipi) },
};

const size_t nr_rows = ARRAY_SIZE(rows);
