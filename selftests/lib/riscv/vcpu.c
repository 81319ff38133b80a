// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: setting vCPUs up
 */
#include <stdio.h>

#include "arch.h"
#include "paging.h"

void guest_start(void);

void arch_init_vm(struct vm *vm)
{
	if (vm->flags & VM_PAGING)
		vm->tables = paging_identity(vm);
}

void arch_init_cpu(struct vcpu *vcpu, __u64 stack, __u64 trap_stack)
{
	struct guest_cpu_arch *arch = &vcpu->cpu->arch;

	arch->sp = stack;
	arch->trap_sp = trap_stack;
	if (vcpu->vm->tables)
		arch->satp = paging_satp(vcpu->vm, SATP_MODE_SV39, 0);
}

/* As the boot protocol has it; supervisor mode and the rest are a new vCPU's. */
void arch_set_entry(struct vcpu *vcpu)
{
	vcpu_set_reg(vcpu, AXVM_RISCV_PC, (__u64)guest_start);
	vcpu_set_reg(vcpu, AXVM_RISCV_X(10), vcpu->id);
	vcpu_set_reg(vcpu, AXVM_RISCV_X(11), vcpu->cpu_gpa);
}

__u64 arch_pc(struct vcpu *vcpu)
{
	return vcpu_get_reg(vcpu, AXVM_RISCV_PC);
}

void arch_describe_trap(const struct ucall *uc, char *text, size_t len)
{
	snprintf(text, len, "scause 0x%llx, sepc 0x%llx, stval 0x%llx, sstatus 0x%llx",
		 uc->args[0], uc->args[1], uc->args[2], uc->args[3]);
}
