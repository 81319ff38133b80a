// SPDX-License-Identifier: GPL-2.0
/*
 * CSRs that the module does not know, handed to the VMM
 */
#include "test.h"
#include "insn.h"

/* In the ranges that the manual leaves to whoever makes the processor. */
#define CSR_CUSTOM_S	"0x5c0"
#define CSR_CUSTOM_U	"0x800"
/* One of the hypervisor's: raises a virtual-instruction exception instead. */
#define CSR_HTINST	"0x64a"

#define ANSWER		0x0123456789abcdefULL

/** struct csr_insn - An instruction, and how it must be understood. */
struct csr_insn {
	const char *name;
	const char *insn;
	__u64 csr;
	unsigned int op;	/* as in struct axvm_exit_sysreg */
	unsigned int reg;	/* that takes the old value */
	unsigned int source;	/* register it takes the value from, or 0 */
	unsigned int imm;	/* the value otherwise */
};

#define READ	0
#define WRITE	1
#define SET	2
#define CLEAR	3

INSN(insn_csrr,	  "norvc", "csrrs	a0, " CSR_CUSTOM_S ", x0");
INSN(insn_csrrw,  "norvc", "csrrw	a0, " CSR_CUSTOM_S ", a1");
INSN(insn_csrw,	  "norvc", "csrrw	x0, " CSR_CUSTOM_U ", a1");
INSN(insn_csrw0,  "norvc", "csrrw	t6, " CSR_CUSTOM_S ", x0");
INSN(insn_csrrs,  "norvc", "csrrs	s11, " CSR_CUSTOM_U ", a1");
INSN(insn_csrrc,  "norvc", "csrrc	a0, " CSR_CUSTOM_S ", a0");
INSN(insn_csrrwi, "norvc", "csrrwi	a0, " CSR_CUSTOM_S ", 31");
INSN(insn_csrwi0, "norvc", "csrrwi	x0, " CSR_CUSTOM_S ", 0");
INSN(insn_csrrsi, "norvc", "csrrsi	ra, " CSR_CUSTOM_S ", 17");
INSN(insn_csrrci, "norvc", "csrrci	a0, " CSR_CUSTOM_S ", 1");
INSN(insn_csrri,  "norvc", "csrrsi	a0, " CSR_CUSTOM_S ", 0");
INSN(insn_csrrci0, "norvc", "csrrci	a0, " CSR_CUSTOM_S ", 0");
INSN(insn_virtual, "norvc", "csrrw	a0, " CSR_HTINST ", a1");

static const struct csr_insn insns[] = {
	{ "csrrs x0",	insn_csrr,	0x5c0, READ,  REG_A0,  0,      0 },
	{ "csrrw",	insn_csrrw,	0x5c0, WRITE, REG_A0,  REG_A1, 0 },
	{ "csrw",	insn_csrw,	0x800, WRITE, 0,       REG_A1, 0 },
	{ "csrrw x0",	insn_csrw0,	0x5c0, WRITE, REG_T6,  0,      0 },
	{ "csrrs",	insn_csrrs,	0x800, SET,   REG_S11, REG_A1, 0 },
	{ "csrrc same",	insn_csrrc,	0x5c0, CLEAR, REG_A0,  REG_A0, 0 },
	{ "csrrwi",	insn_csrrwi,	0x5c0, WRITE, REG_A0,  0,      31 },
	{ "csrrwi 0",	insn_csrwi0,	0x5c0, WRITE, 0,       0,      0 },
	{ "csrrsi",	insn_csrrsi,	0x5c0, SET,   REG_RA,  0,      17 },
	{ "csrrci",	insn_csrrci,	0x5c0, CLEAR, REG_A0,  0,      1 },
	{ "csrrsi 0",	insn_csrri,	0x5c0, READ,  REG_A0,  0,      0 },
	{ "csrrci 0",	insn_csrrci0,	0x5c0, READ,  REG_A0,  0,      0 },
	{ "csrrw H",	insn_virtual,	0x64a, WRITE, REG_A0,  REG_A1, 0 },
};

static __guest void guest_start_up(void)
{
	GUEST_SYNC(1);
}

static struct vcpu *sysreg_vcpu(void)
{
	struct vcpu *vcpu = vcpu_new(guest_start_up);

	vm_set_reg(vcpu->vm, AXVM_REG_VM_EXITS, AXVM_EXITS_SYSREG);
	vcpu_expect_sync(vcpu, 1);
	return vcpu;
}

static void run_insn(struct vcpu *vcpu, const struct csr_insn *this, struct axvm_gprs *gprs)
{
	const struct axvm_exit_sysreg *exit = &vcpu->ax.exit->sysreg;

	test_note("%s", this->name);
	insn_fill(gprs, this->insn);
	insn_set(vcpu, gprs);
	vcpu_expect(vcpu, this->op == READ ? AXVM_EXIT_SYSREG_READ : AXVM_EXIT_SYSREG_WRITE);

	CHECK(vcpu->ax.exit->flags & AXVM_EXIT_WANTS_ANSWER);
	CHECK_EQ(exit->addr, this->csr);
	CHECK_EQ(exit->op, this->op);
	CHECK_EQ(exit->reg, this->reg);
	CHECK_EQ(exit->width, 8);
	CHECK_EQ(exit->value, this->op == READ ? 0 :
		 this->source ? gprs->x[this->source] : this->imm);
}

TEST(every_form)
{
	struct vcpu *vcpu = sysreg_vcpu();
	struct axvm_gprs gprs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		run_insn(vcpu, &insns[i], &gprs);
		axvm_answer(&vcpu->ax, ANSWER, 0);
		gprs.pc += 4;
		if (insns[i].reg)
			gprs.x[insns[i].reg] = ANSWER;
		insn_check_gprs(insn_finish(vcpu, 0), &gprs);
	}
}

TEST(refused)
{
	struct vcpu *vcpu = sysreg_vcpu();
	struct axvm_gprs gprs, want;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		run_insn(vcpu, &insns[i], &gprs);
		want = gprs;
		want.pc = vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_STVEC));
		insn_check_gprs(insn_finish(vcpu, AXVM_RUN_REFUSE), &want);
		insn_check_trap(vcpu, TRAP_ILLEGAL, gprs.pc, *(const __u32 *)insns[i].insn);
	}
}

static __guest void guest_undefined(void)
{
	GUEST_ASSERT_TRAPS(csr_read(0x5c0), TRAP_ILLEGAL);
	GUEST_ASSERT_TRAPS(csr_write(0x800, 1), TRAP_ILLEGAL);
	GUEST_ASSERT_TRAPS(csr_read(0x64a), TRAP_ILLEGAL);
	GUEST_ASSERT_TRAPS(csr_read(CSR_HGATP), TRAP_ILLEGAL);
	GUEST_ASSERT_TRAPS(csr_write(CSR_HSTATUS, 0), TRAP_ILLEGAL);
	GUEST_ASSERT_TRAPS(csr_read(CSR_VSSTATUS), TRAP_ILLEGAL);
	GUEST_ASSERT_TRAPS(csr_read(CSR_MSTATUS), TRAP_ILLEGAL);
}

/* Without the wish to see them they are undefined. */
TEST(undefined_by_default)
{
	vcpu_expect_done(vcpu_new(guest_undefined));
}

static __guest void guest_others(void)
{
	GUEST_ASSERT_TRAPS(asm volatile(".2byte 0"), TRAP_ILLEGAL);
	GUEST_ASSERT_TRAPS(asm volatile(".4byte 0x62000073"), TRAP_ILLEGAL); /* hfence.gvma */
	GUEST_ASSERT_TRAPS(asm volatile("mret"), TRAP_ILLEGAL);
}

/* The wish is about CSRs: what else is illegal stays the guest's affair. */
TEST(illegal_instructions_do_not_exit)
{
	struct vcpu *vcpu = vcpu_create(vm_create(0), 0, guest_others);

	vm_set_reg(vcpu->vm, AXVM_REG_VM_EXITS, AXVM_EXITS_SYSREG);
	vcpu_expect_done(vcpu);
}

TEST_HARNESS_MAIN
