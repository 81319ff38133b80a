/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an architecture provides to the library, in lib/<arch>/
 *
 * Guest side: processor.h (struct guest_cpu_arch, guest_this_cpu(),
 * guest_mmio_*(), guest_halt(), guest_relax(), ..., and the macros ARCH_*, of which
 * %ARCH_DEVICE_TYPE is only there if the architecture has a device with a file), where a
 * vCPU starts, and a trap handler that sends %UCALL_TRAP. Host side: the functions below.
 */
#ifndef SELFTESTS_ARCH_H
#define SELFTESTS_ARCH_H

#include "vm.h"

/** arch_init_vm() - A VM has its memory: build page tables, if @vm->flags or the CPU want them. */
void arch_init_vm(struct vm *vm);

/**
 * arch_init_cpu() - Fill in the architecture's part of a struct guest_cpu.
 * @vcpu: the vCPU; all else of it is set up.
 * @stack: guest address of the end of its stack.
 * @trap_stack: guest address of the end of its trap handler's stack.
 */
void arch_init_cpu(struct vcpu *vcpu, __u64 stack, __u64 trap_stack);

/** arch_set_entry() - Set the registers of a new vCPU so that it starts. */
void arch_set_entry(struct vcpu *vcpu);

/** arch_pc() - Its program counter, for messages. */
__u64 arch_pc(struct vcpu *vcpu);

/** arch_describe_trap() - Print what a %UCALL_TRAP says. */
void arch_describe_trap(const struct ucall *uc, char *text, size_t len);

#endif /* SELFTESTS_ARCH_H */
