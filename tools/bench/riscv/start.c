// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: where a vCPU begins; the boot protocol's registers are the first arguments
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>

#include "driver.h"

#define A0	10

int arch_start_axvm(int vcpu, const struct start *start)
{
	const struct axvm_reg regs[] = {
		{ AXVM_RISCV_PC, start->pc },
		{ AXVM_RISCV_X(A0), start->args[0] },
		{ AXVM_RISCV_X(A0 + 1), start->args[1] },
		{ AXVM_RISCV_X(A0 + 2), start->args[2] },
	};

	return axvm_set_regs(vcpu, regs, ARRAY_SIZE(regs), NULL);
}

static int set_kvm_reg(int vcpu, u64 index, u64 value)
{
	struct kvm_one_reg reg = {
		.id = KVM_REG_RISCV | KVM_REG_SIZE_U64 | KVM_REG_RISCV_CORE | index,
		.addr = (unsigned long)&value,
	};

	return ioctl(vcpu, KVM_SET_ONE_REG, &reg) ? -errno : 0;
}

int arch_start_kvm(int vcpu, const struct start *start)
{
	int i, ret;

	ret = set_kvm_reg(vcpu, KVM_REG_RISCV_CORE_REG(regs.pc), start->pc);
	for (i = 0; !ret && i < GUEST_ARGS; i++)
		ret = set_kvm_reg(vcpu, KVM_REG_RISCV_CORE_REG(regs.a0) + i, start->args[i]);
	return ret;
}
