// SPDX-License-Identifier: GPL-2.0
/* The guest's instructions: reading them, and emulating its accesses to devices */
#include <linux/irqflags.h>
#include <asm/csr.h>

#include "axvm_riscv_arch.h"

static bool is_compressed(u32 insn)
{
	return (insn & 3) != 3;
}

/*
 * The guest's own fault is given to it as what it is, one of fetching. For ours the
 * page is brought in; if it cannot be had, the guest's next try to execute there
 * exits with that.
 */
static noinline long handle_trap(struct axvm_vcpu *vcpu, const struct axvm_riscv_trap *trap)
{
	const struct axvm_fault_info fault = {
		.gpa	= trap->htval << 2 | (trap->stval & 3),
		.gva	= trap->stval,
		.access	= AXVM_MEM_EXEC,
		.flags	= AXVM_FAULT_GVA,
	};

	switch (trap->cause) {
	case EXC_INST_GUEST_PAGE_FAULT:
	case EXC_LOAD_GUEST_PAGE_FAULT:
		axvm_mmu_fault(vcpu, &fault);
		break;
	case EXC_INST_PAGE_FAULT:
	case EXC_LOAD_PAGE_FAULT:
		axvm_riscv_inject(vcpu, EXC_INST_PAGE_FAULT, trap->stval);
		break;
	default:
		axvm_riscv_inject(vcpu, EXC_INST_ACCESS, trap->stval);
		break;
	}
	return -1;
}

/* Interrupts are off: stvec is not the host's meanwhile. What went wrong is in @trap. */
static __always_inline u32 fetch(struct axvm_vcpu *vcpu, struct axvm_riscv_trap *trap)
{
	unsigned long hstatus = vcpu->arch.sw.hstatus;
	u32 insn;

	if (unlikely(!axvm_riscv_in_supervisor(vcpu)))
		hstatus &= ~HSTATUS_SPVP;
	trap->cause = 0;
	hstatus = csr_swap(CSR_HSTATUS, hstatus);
	insn = axvm_riscv_fetch_insn(axvm_riscv_pc(vcpu), trap);
	csr_write(CSR_HSTATUS, hstatus);
	return insn;
}

long axvm_riscv_fetch(struct axvm_vcpu *vcpu)
{
	struct axvm_riscv_trap *trap = &vcpu->arch.fetch;
	u32 insn;

	local_irq_disable();
	/* Not here any more: once it is somewhere else the guest comes back to this. */
	if (unlikely(!vcpu->loaded)) {
		local_irq_enable();
		return -1;
	}
	insn = fetch(vcpu, trap);
	local_irq_enable();
	return likely(!trap->cause) ? insn : handle_trap(vcpu, trap);
}

/* The VMM may know what to do with it. */
static noinline enum axvm_next undecoded(struct axvm_vcpu *vcpu, u64 gpa, bool store)
{
	struct axvm_exit_undecoded *exit = &vcpu->exit->undecoded;
	long insn;

	vcpu->pending.reason = 0;
	insn = axvm_riscv_fetch(vcpu);
	if (insn < 0)
		return AXVM_NEXT_LOOP;
	axvm_exit_prepare(vcpu, AXVM_EXIT_UNDECODED, 0);
	exit->gpa = gpa;
	exit->gva = vcpu->arch.exit.stval;
	exit->syndrome = vcpu->arch.exit.scause;
	exit->instruction = insn;
	exit->length = is_compressed(insn) ? 2 : 4;
	exit->access = store ? AXVM_MEM_WRITE : AXVM_MEM_READ;
	/* Without an answer, but the VMM can refuse. */
	vcpu->pending = (struct axvm_pending){ .reason = AXVM_EXIT_UNDECODED, .addr = gpa };
	return AXVM_NEXT_EXIT;
}

/*
 * htinst, if it is not 0, has the instruction as its 32-bit form, bit 1 telling
 * whether it was compressed, and in place of the base register how far the fault
 * is from where the access began. Not 0, that is an access that begins in memory
 * and ends in a device: not for us.
 */
static bool decode_htinst(unsigned long htinst, struct axvm_pending *access)
{
	if (htinst >> 15 & 31 || !axvm_riscv_decode_access(htinst | 2, access))
		return false;
	access->length = htinst & 2 ? 4 : 2;
	return true;
}

static bool is_write(const struct axvm_pending *access)
{
	return access->reason == AXVM_EXIT_MMIO_WRITE;
}

static enum axvm_next emulate(struct axvm_vcpu *vcpu)
{
	const struct axvm_pending *access = &vcpu->pending;
	u64 data = 0;

	if (is_write(access))
		data = axvm_extend(axvm_riscv_x(vcpu, access->reg), access->width, false);
	return axvm_exit_mmio(vcpu, data);
}

/* The access is described right where it will be waited for. */
enum axvm_next axvm_riscv_handle_mmio(struct axvm_vcpu *vcpu, u64 gpa, bool store)
{
	unsigned long htinst = vcpu->arch.exit.htinst;
	struct axvm_pending *access = &vcpu->pending;
	bool decoded;
	long insn;

	access->addr = gpa;
	if (htinst & 1) {
		decoded = decode_htinst(htinst, access);
	} else {
		insn = axvm_riscv_fetch(vcpu);
		if (insn < 0)
			return AXVM_NEXT_LOOP;
		decoded = axvm_riscv_decode_access(insn, access);
	}
	/* A guest can change the instruction between the fault and the fetch. */
	if (!decoded || is_write(access) != store)
		return undecoded(vcpu, gpa, store);
	return emulate(vcpu);
}

enum axvm_next axvm_riscv_quick_mmio(struct axvm_vcpu *vcpu, u64 gpa, bool store)
{
	struct axvm_pending *access = &vcpu->pending;
	u32 insn = fetch(vcpu, &vcpu->arch.fetch);

	access->addr = gpa;
	if (likely(!vcpu->arch.fetch.cause && axvm_riscv_decode_access(insn, access) &&
		   is_write(access) == store))
		return emulate(vcpu);
	access->reason = 0;
	return AXVM_NEXT_HANDLE;
}
