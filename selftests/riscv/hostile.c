// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that does anything: the host goes on, and another VM does not notice
 */
#include "test.h"
#include "insn.h"
#include "paging.h"
#include "random.h"
#include "sbi.h"
#include "wild.h"

#define SECONDS		50
#define RUNS		1200
#define CODE_GPA	TEST_GPA

FIXTURE(hostile) {
	struct wild wild;
};

FIXTURE_VARIANT(hostile) {
	__u64 exits;
};

FIXTURE_VARIANT_ADD(hostile, handled) {
	.exits = 0,
};

FIXTURE_VARIANT_ADD(hostile, passed_on) {
	.exits = AXVM_EXITS_ALL & ~AXVM_EXITS_INTERRUPT,
};

FIXTURE_SETUP(hostile)
{
	watch_set(SECONDS);
	wild_begin(&self->wild, VM_PAGING, variant->exits, CODE_GPA);
}

FIXTURE_TEARDOWN(hostile)
{
}

static void wild_registers(struct axvm_gprs *gprs)
{
	static const __u64 values[] = {
		CODE_GPA, CODE_GPA + 0x100, RAM_GPA, MMIO_GPA, UCALL_GPA, 0, ~0ULL, PAGING_GVA,
		1ULL << 38, 1ULL << 41, 1ULL << 56, 1ULL << 63,
	};
	unsigned int i;

	for (i = 1; i < 32; i++)
		gprs->x[i] = random_u64() & 1 ? values[random_u64() % ARRAY_SIZE(values)] :
			     random_u64();
	gprs->x[0] = 0;
	gprs->pc = (CODE_GPA + random_u64() % WILD_CODE_LEN) & ~1ULL;
}

static void run_from(struct wild *wild, const struct axvm_gprs *gprs)
{
	insn_set(wild->vcpu, gprs);
	wild_run(wild);
}

/* Traps land in the middle of it all, too; paging is off at first, and may go on. */
static void wild_state(struct vcpu *vcpu)
{
	vcpu_set_reg(vcpu, AXVM_RISCV_MODE, random_u64() % 4 != 0);
	vcpu_set_reg(vcpu, AXVM_RISCV_CSR(CSR_STVEC),
		     (CODE_GPA + random_u64() % WILD_CODE_LEN) & ~3ULL);
	vcpu_set_reg(vcpu, AXVM_RISCV_CSR(CSR_SATP), 0);
	vcpu_set_reg(vcpu, AXVM_RISCV_CSR(CSR_SSTATUS), random_u64() &
		     (SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR | SSTATUS_SPP));
}

TEST_F_TIMEOUT(hostile, random_instructions, SECONDS + 10)
{
	struct axvm_gprs gprs;
	unsigned int i;

	for (i = 0; i < RUNS; i++) {
		if (i % 64 == 0)
			wild_fill_code(&self->wild);
		wild_state(self->wild.vcpu);
		wild_registers(&gprs);
		run_from(&self->wild, &gprs);
		if (i % 256 == 0)
			wild_check(&self->wild);
	}
	wild_check(&self->wild);
}

/* Instructions of the kinds that trap, with random operands. */
static __u32 odd_instruction(void)
{
	static const __u32 kinds[] = {
		0x00000073,	/* SYSTEM: CSRs, ecall, fences, H loads and stores */
		0x0000002f,	/* AMO */
		0x00000003,	/* loads */
		0x00000023,	/* stores */
		0x0000000f,	/* fences, cache blocks */
		0x00000007,	/* FP and vector loads */
		0x00000027,	/* FP and vector stores */
		0x00000057,	/* vectors */
		0x00000053,	/* FP */
		0x00000067,	/* jumps by register */
	};
	__u32 insn = random_u64() & ~0x7fU;

	return insn | kinds[random_u64() % ARRAY_SIZE(kinds)];
}

TEST_F_TIMEOUT(hostile, odd_instructions, SECONDS + 10)
{
	struct axvm_gprs gprs;
	unsigned int i, j;

	for (i = 0; i < RUNS; i++) {
		for (j = 0; j < 16; j++)
			((__u32 *)self->wild.code)[j] = odd_instruction();
		wild_state(self->wild.vcpu);
		wild_registers(&gprs);
		gprs.pc = CODE_GPA;
		run_from(&self->wild, &gprs);
		if (i % 256 == 0)
			wild_check(&self->wild);
	}
	wild_check(&self->wild);
}

TEST_F_TIMEOUT(hostile, random_sbi_calls, SECONDS + 10)
{
	static const __u64 ids[] = {
		SBI_BASE, SBI_TIME, SBI_IPI, SBI_RFENCE, SBI_HSM, SBI_SRST, SBI_PMU, SBI_DBCN,
		SBI_SUSP, SBI_STA, SBI_UNKNOWN, 0, 1, 8,
	};
	struct axvm_gprs gprs;
	unsigned int i;

	((__u32 *)self->wild.code)[0] = 0x00000073;	/* ecall */
	((__u32 *)self->wild.code)[1] = 0x0000006f;	/* j . */
	for (i = 0; i < RUNS; i++) {
		wild_registers(&gprs);
		gprs.pc = CODE_GPA;
		gprs.x[16] = random_u64() % 10;
		gprs.x[17] = ids[random_u64() % ARRAY_SIZE(ids)];
		if (random_u64() & 1)
			gprs.x[10] = random_u64() % 4;
		if (random_u64() & 1)
			gprs.x[11] = random_u64() % 4;
		wild_state(self->wild.vcpu);
		vcpu_set_reg(self->wild.vcpu, AXVM_RISCV_MODE, 1);
		run_from(&self->wild, &gprs);
	}
	wild_check(&self->wild);
}

/* Entries that lead to each other, to nowhere, far out, and with reserved bits. */
static __u64 wild_pte(void)
{
	static const __u64 targets[] = {
		RAM_GPA, RAM_GPA + 0x1000, CODE_GPA, CODE_GPA + 0x1000, MMIO_GPA, 0, 1ULL << 40,
		1ULL << 55, ~0ULL,
	};
	__u64 target = targets[random_u64() % ARRAY_SIZE(targets)];
	__u64 pte = target >> 12 << PTE_PPN_SHIFT | (random_u64() & 0x3ff);

	if (random_u64() % 8)
		pte |= PTE_V;
	if (random_u64() % 8 == 0)
		pte ^= random_u64() & ~0ULL << 54;
	return pte;
}

TEST_F_TIMEOUT(hostile, wild_page_tables, SECONDS + 10)
{
	struct vcpu *vcpu = self->wild.vcpu;
	__u64 *tables = vm_hva(vcpu->vm, vm_alloc(vcpu->vm, 2 * page_size()));
	__u64 widest = vm_get_reg(vcpu->vm, AXVM_RISCV_VM_SATP_MODE);
	struct axvm_gprs gprs;
	__u64 mode, root, i, j;

	for (i = 0; i < RUNS; i++) {
		for (j = 0; i % 16 == 0 && j < 2 * page_size() / 8; j++) {
			((__u64 *)self->wild.code)[j] = wild_pte();
			tables[j] = wild_pte();
		}
		wild_state(vcpu);
		wild_registers(&gprs);
		gprs.pc = random_u64() & ~1ULL;
		mode = SATP_MODE_SV39 + random_u64() % (widest - SATP_MODE_SV39 + 1);
		root = (random_u64() & 1 ? CODE_GPA : random_u64() % (1ULL << 50)) >> 12;
		vcpu_set_reg(vcpu, AXVM_RISCV_CSR(CSR_SATP), mode << SATP_MODE_SHIFT | root);
		run_from(&self->wild, &gprs);
	}
	wild_check(&self->wild);
}

/* ------------------------------------------------------------------------- */
/* Every CSR                                                                 */
/* ------------------------------------------------------------------------- */

/* Those that the guest's own trap handler needs as they are. */
static __always_inline int is_needed(__u64 csr)
{
	return csr == CSR_STVEC || csr == CSR_SATP || csr == CSR_SSCRATCH || csr == CSR_SSTATUS;
}

/* By the manual's numbering: bits 9:8 are the lowest privilege that may. */
static __always_inline int is_beyond_supervisor(__u64 csr)
{
	return (csr >> 8 & 3) > 1;
}

/* Run one instruction out of memory: csrr a0, csr or csrw csr, a1. */
static __always_inline void touch(__u32 *code, __u64 csr, __u32 insn, __u64 value)
{
	__u64 cause;

	code[0] = csr << 20 | insn;
	code[1] = 0x00008067;	/* ret */
	guest_sync_code();
	cause = guest_try(((void (*)(__u64, __u64))code)(0, value));
	GUEST_ASSERT(cause == TRAP_NONE || cause == TRAP_ILLEGAL);
	if (is_beyond_supervisor(csr))
		GUEST_ASSERT_EQ(cause, TRAP_ILLEGAL);
}

#define CSRR_A0		(2 << 12 | 10 << 7 | 0x73)
#define CSRW_A1		(11 << 15 | 1 << 12 | 0x73)

static __guest void guest_touches_csrs(__u64 code_gpa, __u64 value)
{
	__u64 csr;

	for (csr = 0; csr < 4096; csr++) {
		touch((__u32 *)code_gpa, csr, CSRR_A0, 0);
		if (!is_needed(csr))
			touch((__u32 *)code_gpa, csr, CSRW_A1, value);
		/* What it switched on must not come now. */
		csr_write(CSR_SIE, 0);
	}
}

TEST(every_csr)
{
	static const __u64 values[] = { 0, ~0ULL, 0x5555555555555555 };
	struct vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		vcpu = vcpu_new(guest_touches_csrs);
		vm_map(vcpu->vm, CODE_GPA, page_size(), MEM_RWX);
		vcpu_arg(vcpu, 0, CODE_GPA);
		vcpu_arg(vcpu, 1, values[i]);
		vcpu_expect_done(vcpu);
	}
}

TEST_HARNESS_MAIN
