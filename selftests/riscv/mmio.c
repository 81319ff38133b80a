// SPDX-License-Identifier: GPL-2.0
/*
 * MMIO: every load and store that there is, taken apart
 *
 * Each instruction is run alone, from registers set by the test, and completed
 * without entering the guest again: so what is seen is what the module did, and
 * nothing else.
 */
#include "test.h"
#include "insn.h"

#define ADDR		(MMIO_GPA + 0x100)
#define ANSWER		0xe1d2c3b4a5968778ULL

#define SIGN		BIT(0)	/* a load that extends the sign */
#define STORE		BIT(1)

/**
 * struct access - An instruction, and how it must be understood.
 * @name: for messages.
 * @insn: where it is in guest code.
 * @length: its length in bytes.
 * @base: its base register.
 * @offset: what it adds to that.
 * @reg: the register it loads or stores.
 * @width: bytes.
 * @flags: SIGN, STORE.
 */
struct access {
	const char *name;
	const char *insn;
	unsigned int length;
	unsigned int base;
	int offset;
	unsigned int reg;
	unsigned int width;
	unsigned int flags;
};

INSN(insn_lb,	"norvc", "lb	a0, 0(a1)");
INSN(insn_lbu,	"norvc", "lbu	a0, 1(a1)");
INSN(insn_lh,	"norvc", "lh	a0, -2(a1)");
INSN(insn_lhu,	"norvc", "lhu	t6, 2047(a1)");
INSN(insn_lw,	"norvc", "lw	s11, -2048(a1)");
INSN(insn_lwu,	"norvc", "lwu	ra, 4(a1)");
INSN(insn_ld,	"norvc", "ld	a0, 8(t6)");
INSN(insn_base,	"norvc", "ld	a1, 0(a1)");
INSN(insn_x0,	"norvc", "lw	x0, 0(a1)");
INSN(insn_sb,	"norvc", "sb	a0, 0(a1)");
INSN(insn_sh,	"norvc", "sh	t6, -2048(a1)");
INSN(insn_sw,	"norvc", "sw	a0, 2047(a1)");
INSN(insn_sd,	"norvc", "sd	ra, -8(t6)");
INSN(insn_sx0,	"norvc", "sd	x0, 8(a1)");
INSN(insn_c_lw,	"rvc",	 "c.lw	a0, 124(a1)");
INSN(insn_c_ld,	"rvc",	 "c.ld	s0, 248(a5)");
INSN(insn_c_sw,	"rvc",	 "c.sw	a0, 64(a1)");
INSN(insn_c_sd,	"rvc",	 "c.sd	a5, 192(s0)");
INSN(insn_c_lwsp, "rvc", "c.lwsp	t6, 252(sp)");
INSN(insn_c_ldsp, "rvc", "c.ldsp	ra, 504(sp)");
INSN(insn_c_swsp, "rvc", "c.swsp	t6, 128(sp)");
INSN(insn_c_sdsp, "rvc", "c.sdsp	a0, 256(sp)");

static const struct access accesses[] = {
	{ "lb",		insn_lb,	4, REG_A1, 0,		REG_A0,	1, SIGN },
	{ "lbu",	insn_lbu,	4, REG_A1, 1,		REG_A0,	1, 0 },
	{ "lh",		insn_lh,	4, REG_A1, -2,		REG_A0,	2, SIGN },
	{ "lhu",	insn_lhu,	4, REG_A1, 2047,	REG_T6,	2, 0 },
	{ "lw",		insn_lw,	4, REG_A1, -2048,	REG_S11,	4, SIGN },
	{ "lwu",	insn_lwu,	4, REG_A1, 4,		REG_RA,	4, 0 },
	{ "ld",		insn_ld,	4, REG_T6, 8,		REG_A0,	8, 0 },
	{ "ld base",	insn_base,	4, REG_A1, 0,		REG_A1,	8, 0 },
	{ "lw x0",	insn_x0,	4, REG_A1, 0,		0,	4, SIGN },
	{ "sb",		insn_sb,	4, REG_A1, 0,		REG_A0,	1, STORE },
	{ "sh",		insn_sh,	4, REG_A1, -2048,	REG_T6,	2, STORE },
	{ "sw",		insn_sw,	4, REG_A1, 2047,	REG_A0,	4, STORE },
	{ "sd",		insn_sd,	4, REG_T6, -8,		REG_RA,	8, STORE },
	{ "sd x0",	insn_sx0,	4, REG_A1, 8,		0,	8, STORE },
	{ "c.lw",	insn_c_lw,	2, REG_A1, 124,		REG_A0,	4, SIGN },
	{ "c.ld",	insn_c_ld,	2, REG_A5, 248,		REG_S0,	8, 0 },
	{ "c.sw",	insn_c_sw,	2, REG_A1, 64,		REG_A0,	4, STORE },
	{ "c.sd",	insn_c_sd,	2, REG_S0, 192,		REG_A5,	8, STORE },
	{ "c.lwsp",	insn_c_lwsp,	2, REG_SP, 252,		REG_T6,	4, SIGN },
	{ "c.ldsp",	insn_c_ldsp,	2, REG_SP, 504,		REG_RA,	8, 0 },
	{ "c.swsp",	insn_c_swsp,	2, REG_SP, 128,		REG_T6,	4, STORE },
	{ "c.sdsp",	insn_c_sdsp,	2, REG_SP, 256,		REG_A0,	8, STORE },
};

FIXTURE(mmio) {
	struct vcpu *vcpu;
};

FIXTURE_VARIANT(mmio) {
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(mmio, bare) {
	.flags = 0,
};

FIXTURE_VARIANT_ADD(mmio, paging) {
	.flags = VM_PAGING,
};

static __guest void guest_idle(void)
{
	GUEST_SYNC(1);
}

/* Through the library's start-up code once, for page tables and trap vector. */
FIXTURE_SETUP(mmio)
{
	self->vcpu = vcpu_create(vm_create(variant->flags), 0, guest_idle);
	vcpu_expect_sync(self->vcpu, 1);
}

FIXTURE_TEARDOWN(mmio)
{
	vm_destroy(self->vcpu->vm);
}

static __u64 width_mask(unsigned int width)
{
	return width == 8 ? ~0ULL : (1ULL << 8 * width) - 1;
}

static __u64 extend(__u64 value, const struct access *access)
{
	unsigned int shift = 64 - 8 * access->width;

	if (access->flags & SIGN)
		return (__s64)(value << shift) >> shift;
	return value & width_mask(access->width);
}

static void prepare(struct vcpu *vcpu, const struct access *access, struct axvm_gprs *gprs)
{
	test_note("%s", access->name);
	insn_fill(gprs, access->insn);
	gprs->x[access->base] = ADDR - access->offset;
	insn_set(vcpu, gprs);
}

static void run_access(struct vcpu *vcpu, const struct access *access)
{
	bool store = access->flags & STORE;

	vcpu_expect(vcpu, store ? AXVM_EXIT_MMIO_WRITE : AXVM_EXIT_MMIO_READ);
}

static void check_exit(const struct axvm_run_exit *exit, const struct access *access,
		       const struct axvm_gprs *gprs)
{
	const struct axvm_exit_mmio *mmio = &exit->mmio;

	CHECK_EQ(mmio->addr, ADDR);
	CHECK_EQ(mmio->width, access->width);
	CHECK_EQ(mmio->pad, 0);
	if (access->flags & STORE) {
		CHECK_EQ(exit->flags & AXVM_EXIT_WANTS_ANSWER, 0);
		CHECK_EQ(mmio->data, gprs->x[access->reg] & width_mask(access->width));
		return;
	}
	CHECK_EQ(exit->flags & AXVM_EXIT_WANTS_ANSWER, AXVM_EXIT_WANTS_ANSWER);
	CHECK_EQ(mmio->data, 0);
	CHECK_EQ(mmio->reg, access->reg);
	CHECK_EQ(mmio->reg_width, 8);
	CHECK_EQ(mmio->sign_extend, !!(access->flags & SIGN));
}

/* The access does what it should, and no more. */
static void try_access(struct vcpu *vcpu, const struct access *access, __u64 answer)
{
	struct axvm_gprs gprs;

	prepare(vcpu, access, &gprs);
	run_access(vcpu, access);
	check_exit(vcpu->ax.exit, access, &gprs);

	axvm_answer(&vcpu->ax, answer, 0);
	gprs.pc += access->length;
	if (!(access->flags & STORE) && access->reg)
		gprs.x[access->reg] = extend(answer, access);
	insn_check_gprs(insn_finish(vcpu, 0), &gprs);
}

TEST_F(mmio, every_load_and_store)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(accesses); i++)
		try_access(self->vcpu, &accesses[i], ANSWER);
}

/* The other sign, with all bits set that a narrow load must ignore. */
TEST_F(mmio, sign_extension)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(accesses); i++)
		if (!(accesses[i].flags & STORE))
			try_access(self->vcpu, &accesses[i],
				   ~(1ULL << (8 * accesses[i].width - 1)));
}

/* A refused access is an access fault for the guest, at the instruction. */
TEST_F(mmio, refused)
{
	struct vcpu *vcpu = self->vcpu;
	struct axvm_gprs gprs, want;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(accesses); i++) {
		prepare(vcpu, &accesses[i], &gprs);
		run_access(vcpu, &accesses[i]);
		want = gprs;
		want.pc = vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_STVEC));
		insn_check_gprs(insn_finish(vcpu, AXVM_RUN_REFUSE), &want);
		insn_check_trap(vcpu, accesses[i].flags & STORE ? TRAP_STORE_ACCESS :
				TRAP_LOAD_ACCESS, gprs.pc, ADDR);
	}
}

TEST_HARNESS_MAIN
