// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses that cannot be described as MMIO: floating point, atomics, cache blocks
 */
#include "test.h"
#include "insn.h"

#define ADDR	(MMIO_GPA + 0x100)

/**
 * struct odd - An instruction that must come back undecoded.
 * @name: for messages.
 * @insn: where it is in guest code.
 * @length: its length in bytes.
 * @offset: what it adds to its base register (a1 or sp).
 * @access: how it accesses memory.
 */
struct odd {
	const char *name;
	const char *insn;
	unsigned int length;
	int offset;
	__u32 access;
};

INSN(insn_flw,		"norvc", "flw	fa0, 4(a1)");
INSN(insn_fld,		"norvc", "fld	fa0, -8(a1)");
INSN(insn_fsw,		"norvc", "fsw	fa0, 4(a1)");
INSN(insn_fsd,		"norvc", "fsd	fa0, 8(a1)");
INSN(insn_c_fld,	"rvc",	 "c.fld	fa0, 16(a1)");
INSN(insn_c_fsd,	"rvc",	 "c.fsd	fa0, 24(a1)");
INSN(insn_c_fldsp,	"rvc",	 "c.fldsp	fa0, 32(sp)");
INSN(insn_c_fsdsp,	"rvc",	 "c.fsdsp	fa0, 40(sp)");
INSN(insn_amoadd,	"norvc", "amoadd.w	a0, a2, (a1)");
INSN(insn_amoswap,	"norvc", "amoswap.d.aqrl	a0, a2, (a1)");
INSN(insn_lr,		"norvc", "lr.d	a0, (a1)");

static const struct odd odd[] = {
	{ "flw",	insn_flw,	4, 4,	AXVM_MEM_READ },
	{ "fld",	insn_fld,	4, -8,	AXVM_MEM_READ },
	{ "fsw",	insn_fsw,	4, 4,	AXVM_MEM_WRITE },
	{ "fsd",	insn_fsd,	4, 8,	AXVM_MEM_WRITE },
	{ "c.fld",	insn_c_fld,	2, 16,	AXVM_MEM_READ },
	{ "c.fsd",	insn_c_fsd,	2, 24,	AXVM_MEM_WRITE },
	{ "c.fldsp",	insn_c_fldsp,	2, 32,	AXVM_MEM_READ },
	{ "c.fsdsp",	insn_c_fsdsp,	2, 40,	AXVM_MEM_WRITE },
	{ "amoadd.w",	insn_amoadd,	4, 0,	AXVM_MEM_WRITE },
	{ "amoswap.d",	insn_amoswap,	4, 0,	AXVM_MEM_WRITE },
	{ "lr.d",	insn_lr,	4, 0,	AXVM_MEM_READ },
};

FIXTURE(undecoded) {
	struct vcpu *vcpu;
};

FIXTURE_VARIANT(undecoded) {
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(undecoded, bare) {
	.flags = 0,
};

FIXTURE_VARIANT_ADD(undecoded, paging) {
	.flags = VM_PAGING,
};

static __guest void guest_with_fp(void)
{
	csr_set(CSR_SSTATUS, SSTATUS_FS_INITIAL);
	GUEST_SYNC(1);
}

FIXTURE_SETUP(undecoded)
{
	self->vcpu = vcpu_create(vm_create(variant->flags), 0, guest_with_fp);
	vcpu_expect_sync(self->vcpu, 1);
}

FIXTURE_TEARDOWN(undecoded)
{
	vm_destroy(self->vcpu->vm);
}

static void run_odd(struct vcpu *vcpu, const struct odd *this, struct axvm_gprs *gprs)
{
	const struct axvm_exit_undecoded *exit = &vcpu->ax.exit->undecoded;
	__u64 insn = 0;

	test_note("%s", this->name);
	insn_fill(gprs, this->insn);
	gprs->x[REG_A1] = ADDR - this->offset;
	gprs->x[REG_SP] = ADDR - this->offset;
	insn_set(vcpu, gprs);
	vcpu_expect(vcpu, AXVM_EXIT_UNDECODED);

	memcpy(&insn, this->insn, this->length);
	CHECK_EQ(exit->gpa, ADDR);
	CHECK_EQ(exit->gva, ADDR);
	CHECK_EQ(exit->access, this->access);
	CHECK_EQ(exit->length, this->length);
	CHECK_EQ(exit->instruction, insn);
	CHECK_EQ(vcpu->ax.exit->flags & AXVM_EXIT_WANTS_ANSWER, 0);
}

/* The VMM gets the instruction; nothing happened to the guest yet. */
TEST_F(undecoded, described)
{
	struct axvm_gprs gprs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		run_odd(self->vcpu, &odd[i], &gprs);
		insn_check_gprs(insn_finish(self->vcpu, 0), &gprs);
	}
}

/* It is tried again if the VMM does nothing about it. */
TEST_F(undecoded, tried_again)
{
	struct axvm_gprs gprs;

	run_odd(self->vcpu, &odd[0], &gprs);
	vcpu_expect(self->vcpu, AXVM_EXIT_UNDECODED);
	CHECK_EQ(self->vcpu->ax.exit->undecoded.gpa, ADDR);
}

TEST_F(undecoded, refused)
{
	struct vcpu *vcpu = self->vcpu;
	struct axvm_gprs gprs, want;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		run_odd(vcpu, &odd[i], &gprs);
		want = gprs;
		want.pc = vcpu_get_reg(vcpu, AXVM_RISCV_CSR(CSR_STVEC));
		insn_check_gprs(insn_finish(vcpu, AXVM_RUN_REFUSE), &want);
		insn_check_trap(vcpu, odd[i].access == AXVM_MEM_WRITE ? TRAP_STORE_ACCESS :
				TRAP_LOAD_ACCESS, gprs.pc, ADDR);
	}
}

static __guest void guest_amo(void)
{
	__u64 old;

	asm volatile("amoadd.d %0, %1, (%2)"
		     : "=r" (old) : "r" (5), "r" (ADDR) : "memory");
	GUEST_SYNC(1, old);
}

/* What the documentation tells a VMM to do: change the registers, skip it. */
TEST(emulated_by_the_vmm)
{
	struct vcpu *vcpu = vcpu_new(guest_amo);
	const struct axvm_run_exit *exit;
	struct axvm_gprs gprs;

	axvm_request(&vcpu->ax, AXVM_RUN_GET_GPRS);
	exit = vcpu_expect(vcpu, AXVM_EXIT_UNDECODED);
	gprs = exit->gprs;
	gprs.x[exit->undecoded.instruction >> 7 & 31] = 37;
	gprs.pc += exit->undecoded.length;
	insn_set(vcpu, &gprs);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 37);
}

TEST_HARNESS_MAIN
