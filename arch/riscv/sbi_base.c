// SPDX-License-Identifier: GPL-2.0
/* SBI Base: what this SBI is and which extensions it has */
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

#define SPEC_MAJOR	2
#define SPEC_MINOR	0

/*
 * The specification hands out small numbers (bhyve has the last one, 11). "axvm" in
 * ASCII will not meet one of them.
 */
#define IMPLEMENTATION	0x6178766d

static bool has_extension(const struct axvm_vm *vm, unsigned long id)
{
	const struct axvm_riscv_sbi_extension *extension = axvm_riscv_sbi_find(id);

	return extension && vm->arch.sbi_policy[extension->policy] != AXVM_RISCV_SBI_OFF;
}

/* A VMM that answers extensions of its own is asked whether it has this one. */
static bool is_for_vmm(const struct axvm_vm *vm, unsigned long id)
{
	return vm->exits & AXVM_EXITS_HYPERCALL && !axvm_riscv_sbi_find(id);
}

static enum axvm_next base(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	const struct axvm_vm *vm = vcpu->vm;

	switch (axvm_riscv_sbi_function(vcpu)) {
	case SBI_EXT_BASE_GET_SPEC_VERSION:
		result->value = sbi_mk_version(SPEC_MAJOR, SPEC_MINOR);
		break;
	case SBI_EXT_BASE_GET_IMP_ID:
		result->value = IMPLEMENTATION;
		break;
	case SBI_EXT_BASE_GET_IMP_VERSION:
		result->value = AXVM_ABI_VERSION;
		break;
	case SBI_EXT_BASE_PROBE_EXT:
		if (is_for_vmm(vm, axvm_riscv_sbi_argument(vcpu, 0)))
			return axvm_riscv_sbi_pass(vcpu);
		result->value = has_extension(vm, axvm_riscv_sbi_argument(vcpu, 0));
		break;
	case SBI_EXT_BASE_GET_MVENDORID:
		result->value = vm->arch.mvendorid;
		break;
	case SBI_EXT_BASE_GET_MARCHID:
		result->value = vm->arch.marchid;
		break;
	case SBI_EXT_BASE_GET_MIMPID:
		result->value = vm->arch.mimpid;
		break;
	default:
		return axvm_riscv_sbi_fail(result, SBI_ERR_NOT_SUPPORTED);
	}
	return AXVM_NEXT_ENTER;
}

const struct axvm_riscv_sbi_extension axvm_riscv_sbi_base = {
	.id		= SBI_EXT_BASE,
	.policy		= AXVM_RISCV_SBI_COUNT,
	.default_policy	= AXVM_RISCV_SBI_KERNEL,
	.quick		= BIT(SBI_EXT_BASE_GET_SPEC_VERSION) | BIT(SBI_EXT_BASE_GET_IMP_ID) |
			  BIT(SBI_EXT_BASE_GET_IMP_VERSION) | BIT(SBI_EXT_BASE_PROBE_EXT) |
			  BIT(SBI_EXT_BASE_GET_MVENDORID) | BIT(SBI_EXT_BASE_GET_MARCHID) |
			  BIT(SBI_EXT_BASE_GET_MIMPID),
	.handle		= base,
};
