// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that does anything: the host goes on, and another VM does not notice
 *
 * The VMM here is as careless as the guest is wild: it answers every exit with
 * something, or refuses it. All from a fixed seed.
 */
#include "test.h"
#include "accessor.h"
#include "insn.h"
#include "paging.h"
#include "sbi.h"

#define SECONDS		50
#define RUNS		1200
#define CANARY		0x5ca1ab1e0ddba11ULL
#define CODE_GPA	TEST_GPA
#define CODE_PAGES	4
#define CODE_LEN	(CODE_PAGES * page_size())

FIXTURE(hostile) {
	struct vcpu *witness;
	__u64 *witness_memory;
	struct vcpu *vcpu;
	char *code;		/* the guest's, executable, with a page around it that is not */
};

static __u64 random_state = 0x9e3779b97f4a7c15;

static __u64 random_u64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void *kick_for_ever(void *data)
{
	for (;;) {
		CHECK_OK(axvm_kick((struct axvm_vcpu *)data));
		usleep(1000);
	}
	return NULL;
}

static __guest void guest_idle(void)
{
	for (;;)
		guest_relax();
}

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
	char *host;

	watch_set(SECONDS);
	self->witness = accessor_new(0);
	self->witness_memory = vm_map(self->witness->vm, TEST_GPA, page_size(), MEM_RW);
	*self->witness_memory = CANARY;

	self->vcpu = vcpu_create(vm_create(VM_PAGING), 0, guest_idle);
	vm_set_reg(self->vcpu->vm, AXVM_REG_VM_EXITS, variant->exits);
	host = host_alloc(CODE_LEN + 2 * page_size(), page_size());
	memset(host, 0x77, CODE_LEN + 2 * page_size());
	self->code = host + page_size();
	CHECK_OK(axvm_mem_map(self->vcpu->vm->fd, CODE_GPA, self->code, CODE_LEN, MEM_RWX));
	thread_start(kick_for_ever, &self->vcpu->ax);
}

FIXTURE_TEARDOWN(hostile)
{
	/* Whatever the guest has become: it ends with the process. */
}

/* Nothing beside the guest's memory has changed, and the other VM works. */
static void check_unharmed(struct vcpu *witness, __u64 *memory, const char *code)
{
	__u64 i;

	CHECK_EQ(*memory, CANARY);
	CHECK_EQ(accessor_read(witness, TEST_GPA), CANARY);
	for (i = 0; i < page_size(); i++) {
		CHECK_EQ((code - page_size())[i], 0x77);
		CHECK_EQ((code + CODE_LEN)[i], 0x77);
	}
}

/* One run from these registers; then whatever is pending gets some answer. */
static void wild_run(struct vcpu *vcpu, const struct axvm_gprs *gprs)
{
	__u32 wish = random_u64() & 1 ? AXVM_RUN_REFUSE : 0;
	int ret;

	insn_set(vcpu, gprs);
	ret = vcpu_try_run(vcpu);
	CHECK(ret == 0 || ret == -ENOMEM);
	CHECK_EQ(vcpu->ax.exit->error, ret);
	CHECK_LE(vcpu->ax.exit->reason, AXVM_EXIT_INTERRUPT_ACK);
	axvm_answer(&vcpu->ax, random_u64(), random_u64());
	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER | wish);
	CHECK_OK(vcpu_try_run(vcpu));
	/* A hart that stopped or suspended itself is on again. */
	vcpu_set_reg(vcpu, AXVM_REG_RUN_STATE, AXVM_RUN_STARTED);
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
	gprs->pc = (CODE_GPA + random_u64() % CODE_LEN) & ~1ULL;
}

/* Traps land in the middle of it all, too; paging is off at first, and may go on. */
static void wild_state(struct vcpu *vcpu)
{
	vcpu_set_reg(vcpu, AXVM_RISCV_MODE, random_u64() % 4 != 0);
	vcpu_set_reg(vcpu, AXVM_RISCV_CSR(CSR_STVEC),
		     (CODE_GPA + random_u64() % CODE_LEN) & ~3ULL);
	vcpu_set_reg(vcpu, AXVM_RISCV_CSR(CSR_SATP), 0);
	vcpu_set_reg(vcpu, AXVM_RISCV_CSR(CSR_SSTATUS), random_u64() &
		     (SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | SSTATUS_MXR | SSTATUS_SPP));
}

static void fill_code(char *code)
{
	__u64 *words = (__u64 *)code, i;

	for (i = 0; i < CODE_LEN / 8; i++)
		words[i] = random_u64();
}

TEST_F_TIMEOUT(hostile, random_instructions, SECONDS + 10)
{
	struct axvm_gprs gprs;
	unsigned int i;

	for (i = 0; i < RUNS; i++) {
		if (i % 64 == 0)
			fill_code(self->code);
		wild_state(self->vcpu);
		wild_registers(&gprs);
		wild_run(self->vcpu, &gprs);
		if (i % 256 == 0)
			check_unharmed(self->witness, self->witness_memory, self->code);
	}
	check_unharmed(self->witness, self->witness_memory, self->code);
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
			((__u32 *)self->code)[j] = odd_instruction();
		wild_state(self->vcpu);
		wild_registers(&gprs);
		gprs.pc = CODE_GPA;
		wild_run(self->vcpu, &gprs);
		if (i % 256 == 0)
			check_unharmed(self->witness, self->witness_memory, self->code);
	}
	check_unharmed(self->witness, self->witness_memory, self->code);
}

TEST_F_TIMEOUT(hostile, random_sbi_calls, SECONDS + 10)
{
	static const __u64 ids[] = {
		SBI_BASE, SBI_TIME, SBI_IPI, SBI_RFENCE, SBI_HSM, SBI_SRST, SBI_PMU, SBI_DBCN,
		SBI_SUSP, SBI_STA, SBI_UNKNOWN, 0, 1, 8,
	};
	struct axvm_gprs gprs;
	unsigned int i;

	((__u32 *)self->code)[0] = 0x00000073;	/* ecall */
	((__u32 *)self->code)[1] = 0x0000006f;	/* j . */
	for (i = 0; i < RUNS; i++) {
		wild_registers(&gprs);
		gprs.pc = CODE_GPA;
		gprs.x[16] = random_u64() % 10;
		gprs.x[17] = ids[random_u64() % ARRAY_SIZE(ids)];
		if (random_u64() & 1)
			gprs.x[10] = random_u64() % 4;
		if (random_u64() & 1)
			gprs.x[11] = random_u64() % 4;
		wild_state(self->vcpu);
		vcpu_set_reg(self->vcpu, AXVM_RISCV_MODE, 1);
		wild_run(self->vcpu, &gprs);
	}
	check_unharmed(self->witness, self->witness_memory, self->code);
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
	__u64 *tables = vm_hva(self->vcpu->vm, vm_alloc(self->vcpu->vm, 2 * page_size()));
	__u64 widest = vm_get_reg(self->vcpu->vm, AXVM_RISCV_VM_SATP_MODE);
	struct axvm_gprs gprs;
	__u64 mode, root, i, j;

	for (i = 0; i < RUNS; i++) {
		for (j = 0; i % 16 == 0 && j < 2 * page_size() / 8; j++) {
			((__u64 *)self->code)[j] = wild_pte();
			tables[j] = wild_pte();
		}
		wild_state(self->vcpu);
		wild_registers(&gprs);
		gprs.pc = random_u64() & ~1ULL;
		mode = SATP_MODE_SV39 + random_u64() % (widest - SATP_MODE_SV39 + 1);
		root = (random_u64() & 1 ? CODE_GPA : random_u64() % (1ULL << 50)) >> 12;
		vcpu_set_reg(self->vcpu, AXVM_RISCV_CSR(CSR_SATP), mode << SATP_MODE_SHIFT | root);
		wild_run(self->vcpu, &gprs);
	}
	check_unharmed(self->witness, self->witness_memory, self->code);
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
