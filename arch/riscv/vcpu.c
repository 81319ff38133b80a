// SPDX-License-Identifier: GPL-2.0
/* A RISC-V vCPU's life, its requests, its entry */
#include <linux/atomic.h>
#include <linux/string.h>
#include <linux/context_tracking.h>
#include <asm/csr.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

static atomic64_t next_serial = ATOMIC64_INIT(1);

int axvm_arch_vcpu_init(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;
	int error = axvm_riscv_lazy_init(vcpu);

	if (error)
		return error;
	arch->serial = atomic64_inc_return(&next_serial);
	/* Interrupts are on while the guest runs (SPIE), floating point and vectors off. */
	arch->sw.sstatus = (csr_read(CSR_SSTATUS) & SR_UXL) | SR_SPP | SR_SPIE;
	/* sret goes to the guest; WFI traps; hlv acts for the supervisor. */
	arch->sw.hstatus = (csr_read(CSR_HSTATUS) & HSTATUS_VSXL) | HSTATUS_SPV | HSTATUS_SPVP |
			   HSTATUS_VTW;
	spin_lock_init(&arch->fences.lock);
	spin_lock_init(&arch->start.lock);
	axvm_riscv_timer_init(vcpu);
	axvm_riscv_pmu_reset(vcpu);
	axvm_riscv_steal_reset(vcpu);
	axvm_riscv_plic_add_vcpu(vcpu);
	return 0;
}

void axvm_arch_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	axvm_riscv_plic_remove_vcpu(vcpu);
	axvm_riscv_timer_destroy(vcpu);
	axvm_riscv_lazy_destroy(vcpu);
}

enum axvm_next axvm_arch_vcpu_requests(struct axvm_vcpu *vcpu)
{
	if (axvm_vcpu_test_request(vcpu, AXVM_REQUEST_IRQ))
		axvm_riscv_merge_irqs(vcpu);
	if (axvm_vcpu_test_request(vcpu, AXVM_REQUEST_RISCV_START))
		axvm_riscv_hsm_apply_start(vcpu);
	if (axvm_vcpu_test_request(vcpu, AXVM_REQUEST_RISCV_FENCE))
		axvm_riscv_do_fences(vcpu);
	if (axvm_vcpu_test_request(vcpu, AXVM_REQUEST_RISCV_TIME))
		axvm_riscv_take_time(vcpu);
	if (axvm_vcpu_test_request(vcpu, AXVM_REQUEST_RISCV_STEAL))
		axvm_riscv_steal_update(vcpu);
	return AXVM_NEXT_ENTER;
}

void axvm_arch_vcpu_settle(struct axvm_vcpu *vcpu)
{
	axvm_riscv_merge_irqs(vcpu);
	axvm_riscv_hsm_apply_start(vcpu);
}

enum axvm_next axvm_arch_vcpu_enter(struct axvm_vcpu *vcpu)
{
	enum axvm_next next;

	if (unlikely(vcpu->arch.vector_loaded))
		axvm_riscv_vector_enter(vcpu);
	context_tracking_guest_enter();
	next = axvm_riscv_switch(&vcpu->arch.sw);
	if (unlikely(vcpu->arch.vector_loaded))
		axvm_riscv_vector_leave(vcpu);
	return next;
}

static void complete_call(struct axvm_vcpu *vcpu, const u64 answer[2])
{
	vcpu->arch.sw.x[10] = answer[0];
	vcpu->arch.sw.x[11] = answer[1];
}

static void refuse(struct axvm_vcpu *vcpu, const struct axvm_pending *pending)
{
	switch (pending->reason) {
	case AXVM_EXIT_MMIO_READ:
		axvm_riscv_inject(vcpu, EXC_LOAD_ACCESS, vcpu->arch.exit.stval);
		break;
	case AXVM_EXIT_MMIO_WRITE:
		/* It was past the instruction already. */
		axvm_riscv_set_pc(vcpu, axvm_riscv_pc(vcpu) - pending->length);
		axvm_riscv_inject(vcpu, EXC_STORE_ACCESS, vcpu->arch.exit.stval);
		break;
	case AXVM_EXIT_SYSREG_READ:
	case AXVM_EXIT_SYSREG_WRITE:
		axvm_riscv_inject(vcpu, EXC_INST_ILLEGAL, vcpu->arch.exit.stval);
		break;
	case AXVM_EXIT_UNDECODED:
		axvm_riscv_inject(vcpu, vcpu->arch.exit.scause == EXC_STORE_GUEST_PAGE_FAULT ?
				  EXC_STORE_ACCESS : EXC_LOAD_ACCESS, vcpu->arch.exit.stval);
		break;
	default:
		/* A call has a way of its own to say no. */
		complete_call(vcpu, (u64[]){ SBI_ERR_DENIED, 0 });
		axvm_riscv_set_pc(vcpu, axvm_riscv_pc(vcpu) + pending->length);
		break;
	}
}

enum axvm_next axvm_arch_vcpu_complete(struct axvm_vcpu *vcpu, const struct axvm_pending *pending,
				       const u64 answer[2], bool refused)
{
	/* Only a VMM makes it pending. Nothing was done, and all of it is tried again. */
	if (pending->reason == AXVM_EXIT_MEMORY_FAULT)
		return AXVM_NEXT_ENTER;
	if (refused) {
		refuse(vcpu, pending);
		return AXVM_NEXT_ENTER;
	}
	switch (pending->reason) {
	case AXVM_EXIT_MMIO_READ:
		axvm_arch_vcpu_complete_read(vcpu, pending, answer[0]);
		return AXVM_NEXT_ENTER;
	case AXVM_EXIT_SYSREG_READ:
	case AXVM_EXIT_SYSREG_WRITE:
		axvm_riscv_csr_complete(vcpu, pending, answer[0]);
		break;
	case AXVM_EXIT_MMIO_WRITE:
		break;
	case AXVM_EXIT_SYSTEM_DOWN:
		axvm_riscv_susp_complete(vcpu, answer);
		return AXVM_NEXT_ENTER;
	case AXVM_EXIT_UNDECODED:
		/* The VMM has done what it could; nothing is known of the instruction. */
		return AXVM_NEXT_ENTER;
	default:
		complete_call(vcpu, answer);
		break;
	}
	axvm_riscv_set_pc(vcpu, axvm_riscv_pc(vcpu) + pending->length);
	return AXVM_NEXT_ENTER;
}

void axvm_arch_vcpu_get_gprs(struct axvm_vcpu *vcpu, struct axvm_gprs *gprs)
{
	gprs->pc = axvm_riscv_pc(vcpu);
	gprs->x[0] = 0;
	memcpy(&gprs->x[1], &vcpu->arch.sw.x[1], 31 * sizeof(gprs->x[0]));
}

int axvm_arch_vcpu_set_gprs(struct axvm_vcpu *vcpu, const struct axvm_gprs *gprs)
{
	if (gprs->pc & 1)
		return -EINVAL;
	memcpy(&vcpu->arch.sw.x[1], &gprs->x[1], 31 * sizeof(gprs->x[0]));
	axvm_riscv_set_pc(vcpu, gprs->pc);
	return 0;
}

const char *const axvm_arch_counter_names[AXVM_ARCH_COUNTERS] = {
	[AXVM_RISCV_COUNT_SBI]		= "sbi_calls",
	[AXVM_RISCV_COUNT_CSR]		= "csr_traps",
	[AXVM_RISCV_COUNT_WFI]		= "wfi",
	[AXVM_RISCV_COUNT_ILLEGAL]	= "illegal_instructions",
	[AXVM_RISCV_COUNT_FP_LOAD]	= "fp_loads",
	[AXVM_RISCV_COUNT_VECTOR_LOAD]	= "vector_loads",
	[AXVM_RISCV_COUNT_REDIRECT]	= "redirected_exceptions",
	[AXVM_RISCV_COUNT_IPI]		= "ipis_sent",
	[AXVM_RISCV_COUNT_RFENCE]	= "remote_fences",
};
