/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: setting vCPUs up
 */
#ifndef SELFTESTS_X86_VCPU_H
#define SELFTESTS_X86_VCPU_H

#include "vm.h"

/* Where vCPUs begin; see start.S. */
extern const char guest_start[], guest_start_bare[], guest_vectors[];

/** define VCPU_CR0 - What a vCPU of the library starts with. */
#define VCPU_CR0	(CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE)
#define VCPU_CR4	(CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT)
#define VCPU_EFER	(EFER_LMA | EFER_LME | EFER_NXE)

/** vcpu_set_segment() - A segment register as a whole. */
void vcpu_set_segment(struct vcpu *vcpu, unsigned int n, __u64 selector, __u64 base,
		      __u64 limit, __u64 attributes);

/** vcpu_set_real_mode() - Everything as after a reset, but for code at CS:IP = @cs:@ip. */
void vcpu_set_real_mode(struct vcpu *vcpu, __u16 cs, __u16 ip);

/** vcpu_set_regs() - Several registers at once. */
void vcpu_set_regs(struct vcpu *vcpu, const struct axvm_reg *regs, __u32 count);

/** vm_cpuid() - One register of a VM's CPUID: 0 EAX to 3 EDX. */
__u32 vm_cpuid(struct vm *vm, __u32 leaf, __u32 subleaf, unsigned int reg);

/** vm_has_cpuid() - Has it this bit? */
bool vm_has_cpuid(struct vm *vm, __u32 leaf, __u32 subleaf, unsigned int reg, unsigned int bit);

/** is_svm() - Is this machine AMD's? */
bool is_svm(void);

/** is_tcg() - Is it QEMU's, without some of the checks that a processor makes? */
bool is_tcg(void);

/** is_bochs() - Is it Bochs' (3.0), which is wrong about some interrupts? */
bool is_bochs(void);

#endif /* SELFTESTS_X86_VCPU_H */
