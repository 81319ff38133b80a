// SPDX-License-Identifier: GPL-2.0
/*
 * System instructions that the hardware does not let the guest execute
 *
 * They trap as "virtual instruction", which the guest never sees as such: what is
 * not emulated here is an illegal instruction to it. An illegal instruction proper
 * may be one of these, too: a CSR that the VMM knows, or a counter that firmware has
 * switched off. What a guest does not have is all that belongs to hypervisors, and
 * the counters but for time: cycle and instret are made of the time, the others read
 * as the zero of a counter that is not there.
 */
#include <asm/csr.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

#define OPCODE_SYSTEM	0x73
#define INSN_CSRR	0x00002073
#define INSN_CSRR_MASK	0x000ff07f
#define INSN_WFI	0x10500073
#define INSN_WRS_NTO	0x00d00073
#define INSN_WRS_STO	0x01d00073
#define INSN_LENGTH	4

/* fflags, frm, fcsr. */
#define CSR_FLOAT_FIRST	0x001
#define CSR_FLOAT_LAST	0x003

/* Of a CSR instruction's funct3: writing comes before setting and clearing bits. */
#define FUNCT3_WRITE	1
#define FUNCT3_IMMEDIATE	4

/* The number of a CSR tells who may access it, and whether it can be written. */
#define CSR_LEVEL(csr)		((csr) >> 8 & 3)
#define CSR_LEVEL_HYPERVISOR	2
#define CSR_IS_READ_ONLY(csr)	((csr) >> 10 == 3)

/**
 * struct access - A CSR instruction taken apart.
 * @csr: number of the CSR.
 * @op: 0 read, 1 write, 2 set bits, 3 clear bits; as in struct axvm_exit_sysreg.
 * @rd: destination register.
 * @rs1: source register, or the immediate.
 * @immediate: @rs1 is one.
 */
struct access {
	u16 csr;
	u8 op;
	u8 rd;
	u8 rs1;
	bool immediate;
};

static inline struct access take_apart(u32 insn)
{
	struct access access = {
		.csr		= insn >> 20,
		.op		= insn >> 12 & 3,
		.rd		= insn >> 7 & 31,
		.rs1		= insn >> 15 & 31,
		.immediate	= insn >> 12 & FUNCT3_IMMEDIATE,
	};

	/* Setting or clearing the bits of x0, or none, does not write. */
	if (access.op != FUNCT3_WRITE && !access.rs1)
		access.op = 0;
	return access;
}

static void skip(struct axvm_vcpu *vcpu)
{
	axvm_riscv_set_pc(vcpu, axvm_riscv_pc(vcpu) + INSN_LENGTH);
}

static noinline enum axvm_next illegal(struct axvm_vcpu *vcpu, u32 insn)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_ILLEGAL);
	axvm_riscv_pmu_count(vcpu, SBI_PMU_FW_ILLEGAL_INSN);
	axvm_riscv_inject(vcpu, EXC_INST_ILLEGAL, insn);
	return AXVM_NEXT_ENTER;
}

/* A counter that the guest's supervisor may read; its programs may, if it allows them to. */
static bool may_count(struct axvm_vcpu *vcpu, unsigned int csr)
{
	unsigned long allowed;

	if (axvm_riscv_in_supervisor(vcpu))
		return true;
	preempt_disable();
	allowed = axvm_riscv_get_csr(vcpu, CSR_SCOUNTEREN, scounteren);
	preempt_enable();
	return allowed & BIT(csr - CSR_CYCLE);
}

/* Return: whether it is a counter that the guest may read; then @value is what it reads. */
static __always_inline bool read_counter(struct axvm_vcpu *vcpu, unsigned int csr,
					 unsigned long *value)
{
	if (csr < CSR_CYCLE || csr > CSR_HPMCOUNTER31 || unlikely(!may_count(vcpu, csr)))
		return false;
	*value = csr <= CSR_INSTRET ? axvm_riscv_time(vcpu->vm) : 0;
	return true;
}

/*
 * CSRs that belong to extensions which the guest either has, and then accesses
 * without us, or has not: then they are as undefined as the extension.
 */
static bool is_known(unsigned int csr)
{
	switch (csr) {
	case CSR_FLOAT_FIRST ... CSR_FLOAT_LAST:
	case CSR_VSTART ... CSR_VCSR:
	case CSR_VL ... CSR_VLENB:
	case CSR_STIMECMP:
	case CSR_SSTATUS ... CSR_SENVCFG:
	case CSR_SSCRATCH ... CSR_SIP:
	case CSR_SATP:
	case CSR_CYCLE ... CSR_HPMCOUNTER31:
		return true;
	default:
		return false;
	}
}

/* A VMM that asked for it may even give the guest's supervisor hypervisor CSRs. */
static bool may_ask(const struct axvm_vcpu *vcpu, const struct access *access)
{
	unsigned int level = axvm_riscv_in_supervisor(vcpu) ? CSR_LEVEL_HYPERVISOR : 0;

	if (!(vcpu->vm->exits & AXVM_EXITS_SYSREG) || is_known(access->csr))
		return false;
	return CSR_LEVEL(access->csr) <= level &&
	       !(access->op && CSR_IS_READ_ONLY(access->csr));
}

static enum axvm_next ask(struct axvm_vcpu *vcpu, const struct access *access, u32 insn)
{
	u32 reason = access->op ? AXVM_EXIT_SYSREG_WRITE : AXVM_EXIT_SYSREG_READ;
	struct axvm_exit_sysreg *sysreg = &vcpu->exit->sysreg;

	axvm_exit_prepare(vcpu, reason, AXVM_EXIT_WANTS_ANSWER);
	sysreg->addr = access->csr;
	if (access->op)
		sysreg->value = access->immediate ? access->rs1 : axvm_riscv_x(vcpu, access->rs1);
	sysreg->reg = access->rd;
	sysreg->width = sizeof(u64);
	sysreg->op = access->op;
	vcpu->pending = (struct axvm_pending){
		.reason		= reason,
		.reg		= access->rd,
		.width		= sizeof(u64),
		.reg_width	= sizeof(u64),
		.length		= INSN_LENGTH,
		.addr		= access->csr,
	};
	/* For stval, should the VMM refuse. */
	vcpu->arch.exit.stval = insn;
	return AXVM_NEXT_EXIT;
}

void axvm_riscv_csr_complete(struct axvm_vcpu *vcpu, const struct axvm_pending *pending, u64 value)
{
	axvm_riscv_set_x(vcpu, pending->reg, value);
}

/* Only reading a counter is emulated, and that came first. */
static enum axvm_next access_csr(struct axvm_vcpu *vcpu, u32 insn)
{
	struct access access = take_apart(insn);
	unsigned long value;

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_CSR);
	/* Clearing no bits, or setting none of an immediate, is reading, too. */
	if (!access.op && read_counter(vcpu, access.csr, &value)) {
		axvm_riscv_set_x(vcpu, access.rd, value);
		skip(vcpu);
		return AXVM_NEXT_ENTER;
	}
	return may_ask(vcpu, &access) ? ask(vcpu, &access, insn) : illegal(vcpu, insn);
}

enum axvm_next axvm_riscv_wfi(struct axvm_vcpu *vcpu)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_WFI);
	skip(vcpu);
	if (vcpu->vm->exits & AXVM_EXITS_HALT)
		return axvm_exit_prepare(vcpu, AXVM_EXIT_HALT, 0);
	axvm_vcpu_block(vcpu);
	return AXVM_NEXT_LOOP;
}

/* A program that waits would hold its supervisor's CPU: it may not. */
static enum axvm_next wait(struct axvm_vcpu *vcpu, u32 insn, bool irqs_off)
{
	if (!axvm_riscv_in_supervisor(vcpu))
		return illegal(vcpu, insn);
	return irqs_off ? AXVM_NEXT_HANDLE : axvm_riscv_wfi(vcpu);
}

/*
 * Waiting for another hart's store traps when it takes long. That hart may be one
 * that does not run because this one does: the host gets its chance.
 */
static enum axvm_next wait_for_store(struct axvm_vcpu *vcpu)
{
	skip(vcpu);
	return AXVM_NEXT_LOOP;
}

static noinline enum axvm_next handle(struct axvm_vcpu *vcpu, u32 insn, bool irqs_off)
{
	if ((insn & 0x7f) != OPCODE_SYSTEM)
		return illegal(vcpu, insn);
	if (insn >> 12 & 3)
		return access_csr(vcpu, insn);
	switch (insn) {
	case INSN_WFI:
		return wait(vcpu, insn, irqs_off);
	case INSN_WRS_NTO:
	case INSN_WRS_STO:
		return wait_for_store(vcpu);
	default:
		return illegal(vcpu, insn);
	}
}

/* What a guest does most often comes first and needs no frame: csrr. */
enum axvm_next axvm_riscv_handle_virtual_instruction(struct axvm_vcpu *vcpu, u32 insn,
						     bool irqs_off)
{
	unsigned long value;

	if ((insn & INSN_CSRR_MASK) != INSN_CSRR || !read_counter(vcpu, insn >> 20, &value))
		return handle(vcpu, insn, irqs_off);
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_CSR);
	axvm_riscv_set_x(vcpu, insn >> 7 & 31, value);
	skip(vcpu);
	return AXVM_NEXT_ENTER;
}
