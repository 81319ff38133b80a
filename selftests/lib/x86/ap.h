/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: application processors, started by the guest itself
 *
 * From real mode, by INIT and a start-up IPI, as a PC's kernel does it. Ids are below 16.
 */
#ifndef SELFTESTS_X86_AP_H
#define SELFTESTS_X86_AP_H

#include "apic.h"
#include "vm.h"

/** define AP_GPA - Where they begin: a page of its own. */
#define AP_GPA		0x8000

/** ap_setup() - Put the code there; after all vCPUs were created (%AXVM_VCPU_STOPPED). */
void ap_setup(struct vm *vm);

/** ap_start() - Start one, in guest code. It begins in its own function. */
static __always_inline void ap_start(__u32 id)
{
	apic_send(id, APIC_INIT | APIC_ASSERT);
	apic_send(id, APIC_STARTUP | APIC_ASSERT | AP_GPA >> 12);
}

/* ap_trampoline.S */
extern const char ap_trampoline[], ap_trampoline_end[];
extern const char ap_cr3[], ap_cpus[];

#endif /* SELFTESTS_X86_AP_H */
