/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What guest code may use
 *
 * Guest code is C in the test's own ELF, in functions marked __guest. A VM
 * starts with a copy of the whole image at its own addresses (see image.c), so
 * guest code calls and takes addresses as usual, and finds global variables as
 * the test left them when it made the VM. From then on each side has its own;
 * the host reaches the guest's with guest_var().
 *
 * Only __guest functions are executable in the guest, with the __always_inline
 * ones that have been made part of them. Whatever the compiler or the writer puts in besides,
 * a call of memset() for example, faults and is reported, instead of working
 * by luck.
 *
 * Every guest-physical address is at the same virtual address in the guest,
 * unless a test makes it otherwise.
 */
#ifndef SELFTESTS_GUEST_H
#define SELFTESTS_GUEST_H

#include <linux/types.h>

#include "compiler.h"

/* Where things are in guest-physical memory; the image is below all of it. */
#define UCALL_GPA	0x10000000ULL	/* a page; nothing is mapped there */
#define MMIO_GPA	0x10001000ULL	/* free for tests, unmapped, to RAM_GPA */
#define RAM_GPA		0x80000000ULL	/* stacks, page tables, vm_alloc() */
#define RAM_LEN		0x00800000ULL
#define TEST_GPA	0x100000000ULL	/* free for tests, from here up */

#include "ucall.h"
#include "processor.h"

/**
 * struct guest_cpu - What a vCPU of the guest knows of itself.
 * @fn: where it starts.
 * @args: with what arguments.
 * @id: which one it is.
 * @arch: the architecture's part.
 *
 * It lies in guest memory, above the vCPU's stack, and is set up by the host.
 */
struct guest_cpu {
	__u64 fn;
	__u64 args[4];
	__u64 id;
	struct guest_cpu_arch arch;
};

/** guest_id() - The id of this vCPU. */
#define guest_id()	(guest_this_cpu()->id)

/** guest_wait_for() - Spin until another vCPU or the host made @cond true. */
#define guest_wait_for(cond) do {					\
	while (!(cond))							\
		guest_relax();						\
} while (0)

/**
 * guest_halt_until() - Wait for interrupts until their handler made @cond true.
 *
 * With interrupts off from the look to the wait: one in between would be handled,
 * and then waited for.
 */
#define guest_halt_until(cond) do {					\
	guest_irq_disable();						\
	while (!(cond))							\
		guest_take_irq();					\
	guest_irq_enable();						\
} while (0)

#endif /* SELFTESTS_GUEST_H */
