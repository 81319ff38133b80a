// SPDX-License-Identifier: GPL-2.0
/*
 * Floating-point and vector registers, swapped when the guest first uses them
 *
 * While they are the host's, sstatus.FS and VS are off in the guest, and its first
 * instruction that needs them traps as illegal. A RUN in which the guest does not
 * use them costs nothing.
 *
 * What was loaded is always saved: sstatus.FS and VS do not tell reliably that it is
 * dirty, since a guest's write to fcsr or vcsr need not show there (QEMU 7.2).
 *
 * F and D stay the guest's until the vCPU leaves the CPU. V cannot: software
 * interrupts may use vector instructions and know only of the host task's state,
 * so the guest's is taken off before interrupts go on and put back at the entry.
 */
#include <linux/slab.h>
#include <asm/csr.h>

#include "axvm_riscv_arch.h"

static void fp_get(struct axvm_vcpu *vcpu)
{
	csr_set(CSR_SSTATUS, SR_FS);
	axvm_riscv_fp_save(&vcpu->arch.host_fp);
	axvm_riscv_fp_load(&vcpu->arch.fp);
	csr_clear(CSR_SSTATUS, SR_FS);
	vcpu->arch.sw.sstatus |= SR_FS_CLEAN;
	vcpu->arch.fp_loaded = true;
}

static void fp_put(struct axvm_vcpu *vcpu)
{
	csr_set(CSR_SSTATUS, SR_FS);
	axvm_riscv_fp_save(&vcpu->arch.fp);
	axvm_riscv_fp_load(&vcpu->arch.host_fp);
	csr_clear(CSR_SSTATUS, SR_FS);
	vcpu->arch.sw.sstatus &= ~SR_FS;
	vcpu->arch.fp_loaded = false;
}

void axvm_riscv_vector_enter(struct axvm_vcpu *vcpu)
{
	csr_set(CSR_SSTATUS, SR_VS);
	axvm_riscv_vector_load(&vcpu->arch.vector);
	csr_clear(CSR_SSTATUS, SR_VS);
	vcpu->arch.sw.sstatus &= ~SR_VS;
	vcpu->arch.sw.sstatus |= SR_VS_CLEAN;
}

void axvm_riscv_vector_leave(struct axvm_vcpu *vcpu)
{
	csr_set(CSR_SSTATUS, SR_VS);
	axvm_riscv_vector_save(&vcpu->arch.vector);
	csr_clear(CSR_SSTATUS, SR_VS);
}

/* The host task's own vector registers ended with its system call; see vector.S. */
static void vector_put(struct axvm_vcpu *vcpu)
{
	csr_set(CSR_SSTATUS, SR_VS);
	axvm_riscv_vector_discard();
	csr_clear(CSR_SSTATUS, SR_VS);
	vcpu->arch.sw.sstatus &= ~SR_VS;
	vcpu->arch.vector_loaded = false;
}

bool axvm_riscv_lazy_state(struct axvm_vcpu *vcpu)
{
	unsigned long vsstatus = csr_read(CSR_VSSTATUS);
	struct axvm_arch_vcpu *arch = &vcpu->arch;

	/* What the guest's kernel has switched off itself is not for us. */
	if (!arch->fp_loaded && (vsstatus & SR_FS) &&
	    axvm_riscv_guest_has(vcpu->vm, AXVM_RISCV_ISA_F)) {
		axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_FP_LOAD);
		fp_get(vcpu);
		return true;
	}
	if (!arch->vector_loaded && (vsstatus & SR_VS) &&
	    axvm_riscv_guest_has(vcpu->vm, AXVM_RISCV_ISA_V)) {
		axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_VECTOR_LOAD);
		arch->vector_loaded = true;
		axvm_riscv_vector_enter(vcpu);
		return true;
	}
	return false;
}

void axvm_riscv_lazy_put(struct axvm_vcpu *vcpu)
{
	if (vcpu->arch.fp_loaded)
		fp_put(vcpu);
	if (vcpu->arch.vector_loaded)
		vector_put(vcpu);
}

int axvm_riscv_lazy_init(struct axvm_vcpu *vcpu)
{
	if (!axvm_riscv_machine.vlenb)
		return 0;
	vcpu->arch.vector.v = kzalloc(32 * axvm_riscv_machine.vlenb, GFP_KERNEL_ACCOUNT);
	return vcpu->arch.vector.v ? 0 : -ENOMEM;
}

void axvm_riscv_lazy_destroy(struct axvm_vcpu *vcpu)
{
	kfree(vcpu->arch.vector.v);
}
