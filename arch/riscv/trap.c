// SPDX-License-Identifier: GPL-2.0
/* Exits by their cause: first with interrupts off, the rest with interrupts on */
#include <linux/context_tracking.h>
#include <asm/cacheflush.h>
#include <asm/csr.h>

#include "axvm_riscv_arch.h"

void axvm_riscv_inject(struct axvm_vcpu *vcpu, unsigned long cause, unsigned long tval)
{
	struct axvm_riscv_switch *sw = &vcpu->arch.sw;
	unsigned long vsstatus;

	preempt_disable();
	vsstatus = axvm_riscv_get_csr(vcpu, CSR_VSSTATUS, vsstatus);
	vsstatus &= ~(SR_SPP | SR_SPIE);
	if (sw->sstatus & SR_SPP)
		vsstatus |= SR_SPP;
	if (vsstatus & SR_SIE)
		vsstatus |= SR_SPIE;
	vsstatus &= ~SR_SIE;
	axvm_riscv_set_csr(vcpu, CSR_VSSTATUS, vsstatus, vsstatus);
	axvm_riscv_set_csr(vcpu, CSR_VSCAUSE, vscause, cause);
	axvm_riscv_set_csr(vcpu, CSR_VSTVAL, vstval, tval);
	axvm_riscv_set_csr(vcpu, CSR_VSEPC, vsepc, axvm_riscv_pc(vcpu));
	axvm_riscv_set_pc(vcpu, axvm_riscv_get_csr(vcpu, CSR_VSTVEC, vstvec) & ~3UL);
	sw->sstatus |= SR_SPP;
	preempt_enable();
}

/* A fault that the hardware did not delegate and that is the guest's own. */
static enum axvm_next redirect(struct axvm_vcpu *vcpu, unsigned long cause)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_REDIRECT);
	axvm_riscv_inject(vcpu, cause, csr_read(CSR_STVAL));
	return AXVM_NEXT_ENTER;
}

/* Hardware that does not tell the instruction leaves stval 0: fetch it, interrupts on. */
static enum axvm_next emulate_instruction(struct axvm_vcpu *vcpu)
{
	u32 insn = csr_read(CSR_STVAL);

	vcpu->arch.exit.stval = insn;
	return likely(insn) ? axvm_riscv_handle_virtual_instruction(vcpu, insn, true) :
			      AXVM_NEXT_HANDLE;
}

static enum axvm_next illegal_instruction(struct axvm_vcpu *vcpu)
{
	return axvm_riscv_lazy_state(vcpu) ? AXVM_NEXT_ENTER : emulate_instruction(vcpu);
}

static enum axvm_next keep_for_later(struct axvm_vcpu *vcpu)
{
	vcpu->arch.exit.stval = csr_read(CSR_STVAL);
	vcpu->arch.exit.htval = csr_read(CSR_HTVAL);
	vcpu->arch.exit.htinst = csr_read(CSR_HTINST);
	return AXVM_NEXT_HANDLE;
}

static u64 fault_address(const struct axvm_vcpu *vcpu)
{
	return vcpu->arch.exit.htval << 2 | (vcpu->arch.exit.stval & 3);
}

/* A guest that talks to a device does so again and again: that is looked at first. */
static __always_inline enum axvm_next data_fault(struct axvm_vcpu *vcpu, unsigned long cause)
{
	u64 gpa;

	keep_for_later(vcpu);
	gpa = fault_address(vcpu);
	if (!vcpu->arch.exit.htinst && axvm_mmu_is_io(&vcpu->vm->mmu, &vcpu->mmu, gpa))
		return axvm_riscv_quick_mmio(vcpu, gpa, cause == EXC_STORE_GUEST_PAGE_FAULT);
	return AXVM_NEXT_HANDLE;
}

static noinline enum axvm_next rare_exit(struct axvm_vcpu *vcpu, unsigned long cause)
{
	switch (cause) {
	case EXC_INST_ILLEGAL:
		return illegal_instruction(vcpu);
	case EXC_INST_ACCESS:
	case EXC_LOAD_ACCESS:
	case EXC_STORE_ACCESS:
	case EXC_INST_MISALIGNED:
	case EXC_LOAD_MISALIGNED:
	case EXC_STORE_MISALIGNED:
		return redirect(vcpu, cause);
	default:
		return keep_for_later(vcpu);
	}
}

/* The ones that come often first, each to be left without a frame to take down. */
static __always_inline enum axvm_next exit_irqs_off(struct axvm_vcpu *vcpu, unsigned long cause)
{
	vcpu->arch.exit.scause = cause;
	if (cause == EXC_SUPERVISOR_SYSCALL)
		return axvm_riscv_handle_sbi(vcpu, true);
	if ((long)cause < 0)
		return AXVM_NEXT_LOOP;
	if (cause == EXC_VIRTUAL_INST_FAULT)
		return emulate_instruction(vcpu);
	if (cause == EXC_LOAD_GUEST_PAGE_FAULT || cause == EXC_STORE_GUEST_PAGE_FAULT)
		return data_fault(vcpu, cause);
	return rare_exit(vcpu, cause);
}

/* With a tickless CPU, RCU is told of every world switch: handlers may use RCU. */
static noinline enum axvm_next exit_tracked(struct axvm_vcpu *vcpu, unsigned long cause)
{
	enum axvm_next next;

	context_tracking_guest_exit();
	next = exit_irqs_off(vcpu, cause);
	if (next == AXVM_NEXT_ENTER)
		context_tracking_guest_enter();
	return next;
}

unsigned int axvm_riscv_exit(struct axvm_riscv_switch *sw, unsigned long cause)
{
	struct axvm_vcpu *vcpu = container_of(sw, struct axvm_vcpu, arch.sw);

	if (context_tracking_enabled())
		return exit_tracked(vcpu, cause);
	return exit_irqs_off(vcpu, cause);
}

static u32 access_of(unsigned long cause)
{
	switch (cause) {
	case EXC_INST_GUEST_PAGE_FAULT:
		return AXVM_MEM_EXEC;
	case EXC_STORE_GUEST_PAGE_FAULT:
		return AXVM_MEM_WRITE;
	default:
		return AXVM_MEM_READ;
	}
}

/*
 * htinst of the walk of the guest's own page tables: "pseudoinstructions" of the
 * privileged architecture's table of htinst values. The access of a walk is a
 * read, or a write when it updates A and D.
 */
static bool is_table_walk(unsigned long htinst, u32 *access)
{
	switch (htinst) {
	case 0x2000:
	case 0x3000:
		*access = AXVM_MEM_READ;
		return true;
	case 0x2020:
	case 0x3020:
		*access = AXVM_MEM_WRITE;
		return true;
	default:
		return false;
	}
}

static int why_not_memory(struct axvm_vcpu *vcpu, u64 gpa)
{
	int error;

	rcu_read_lock();
	error = axvm_mmu_hva(vcpu->vm, gpa, AXVM_MEM_READ) ? -EACCES : -ENOENT;
	rcu_read_unlock();
	return error;
}

static enum axvm_next guest_page_fault(struct axvm_vcpu *vcpu)
{
	unsigned long cause = vcpu->arch.exit.scause;
	struct axvm_fault_info fault = {
		.gpa = fault_address(vcpu),
		.gva = vcpu->arch.exit.stval,
		.access = access_of(cause),
		.flags = AXVM_FAULT_GVA,
	};

	if (is_table_walk(vcpu->arch.exit.htinst, &fault.access))
		fault.flags |= AXVM_FAULT_TABLE_WALK;
	switch (axvm_mmu_fault(vcpu, &fault)) {
	case AXVM_FAULT_RESOLVED:
		/* What the host has written there is code now. */
		if (cause == EXC_INST_GUEST_PAGE_FAULT)
			local_flush_icache_all();
		return AXVM_NEXT_LOOP;
	case AXVM_FAULT_FAILED:
		return AXVM_NEXT_EXIT;
	case AXVM_FAULT_IO:
		break;
	}
	if (fault.flags & AXVM_FAULT_TABLE_WALK || cause == EXC_INST_GUEST_PAGE_FAULT)
		return axvm_exit_memory_fault(vcpu, &fault, why_not_memory(vcpu, fault.gpa));
	return axvm_riscv_handle_mmio(vcpu, fault.gpa, cause == EXC_STORE_GUEST_PAGE_FAULT);
}

static enum axvm_next breakpoint(struct axvm_vcpu *vcpu)
{
	axvm_exit_prepare(vcpu, AXVM_EXIT_DEBUG, 0);
	vcpu->exit->debug.pc = axvm_riscv_pc(vcpu);
	vcpu->exit->debug.cause = EXC_BREAKPOINT;
	return AXVM_NEXT_EXIT;
}

static enum axvm_next fetch_and_handle(struct axvm_vcpu *vcpu)
{
	long insn = vcpu->arch.exit.stval ?: axvm_riscv_fetch(vcpu);

	if (insn < 0)
		return AXVM_NEXT_LOOP;
	return axvm_riscv_handle_virtual_instruction(vcpu, insn, false);
}

enum axvm_next axvm_arch_vcpu_handle(struct axvm_vcpu *vcpu)
{
	enum axvm_next next;

	switch (vcpu->arch.exit.scause) {
	case EXC_SUPERVISOR_SYSCALL:
		next = axvm_riscv_handle_sbi(vcpu, false);
		break;
	case EXC_VIRTUAL_INST_FAULT:
	case EXC_INST_ILLEGAL:
		next = fetch_and_handle(vcpu);
		break;
	case EXC_INST_GUEST_PAGE_FAULT:
	case EXC_LOAD_GUEST_PAGE_FAULT:
	case EXC_STORE_GUEST_PAGE_FAULT:
		return guest_page_fault(vcpu);
	case EXC_BREAKPOINT:
		next = breakpoint(vcpu);
		break;
	default:
		next = axvm_exit_fail_entry(vcpu, vcpu->arch.exit.scause, vcpu->arch.exit.stval,
					    "exit with an exception code that is not known");
		break;
	}
	return next == AXVM_NEXT_ENTER ? AXVM_NEXT_LOOP : next;
}

s64 axvm_arch_vcpu_interrupted(struct axvm_vcpu *vcpu)
{
	unsigned long cause = vcpu->arch.exit.scause;

	return (long)cause < 0 ? cause & ~CAUSE_IRQ_FLAG : -1;
}
