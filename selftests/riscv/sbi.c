// SPDX-License-Identifier: GPL-2.0
/*
 * SBI: what is there, who answers it, and what is refused
 *
 * HSM, IPI and RFENCE are in smp, TIME is in timer, PMU in sbi_pmu, STA in sbi_sta.
 */
#include "test.h"
#include "insn.h"
#include "sbi.h"

/* ------------------------------------------------------------------------- */
/* Base                                                                      */
/* ------------------------------------------------------------------------- */

static __guest void guest_base(void)
{
	struct sbi_ret ret;

	ret = sbi_call(SBI_BASE, SBI_BASE_GET_SPEC_VERSION);
	GUEST_ASSERT_EQ(ret.error, SBI_SUCCESS);
	GUEST_ASSERT_EQ(ret.value, 2 << 24);
	GUEST_ASSERT_SBI(sbi_call(SBI_BASE, SBI_BASE_GET_IMPL_ID), SBI_SUCCESS);
	GUEST_ASSERT_SBI(sbi_call(SBI_BASE, SBI_BASE_GET_IMPL_VERSION), SBI_SUCCESS);
	GUEST_ASSERT_EQ(sbi_call(SBI_BASE, SBI_BASE_GET_MVENDORID).value, 0x1111);
	GUEST_ASSERT_EQ(sbi_call(SBI_BASE, SBI_BASE_GET_MARCHID).value, 0x2222);
	GUEST_ASSERT_EQ(sbi_call(SBI_BASE, SBI_BASE_GET_MIMPID).value, 0x3333);
	ret = sbi_call(SBI_BASE, SBI_BASE_PROBE_EXTENSION, SBI_BASE);
	GUEST_ASSERT_EQ(ret.error, SBI_SUCCESS);
	GUEST_ASSERT_NE(ret.value, 0);
	ret = sbi_call(SBI_BASE, SBI_BASE_PROBE_EXTENSION, SBI_UNKNOWN);
	GUEST_ASSERT_EQ(ret.error, SBI_SUCCESS);
	GUEST_ASSERT_EQ(ret.value, 0);
	GUEST_ASSERT_SBI(sbi_call(SBI_BASE, 7), SBI_ERR_NOT_SUPPORTED);
	GUEST_ASSERT_SBI(sbi_call(SBI_BASE, ~0UL), SBI_ERR_NOT_SUPPORTED);
}

TEST(base)
{
	struct vm *vm = vm_create(0);

	vm_set_reg(vm, AXVM_RISCV_VM_MVENDORID, 0x1111);
	vm_set_reg(vm, AXVM_RISCV_VM_MARCHID, 0x2222);
	vm_set_reg(vm, AXVM_RISCV_VM_MIMPID, 0x3333);
	vcpu_expect_done(vcpu_create(vm, 0, guest_base));
}

static __guest void guest_unknown(void)
{
	__u64 ext;

	/* The legacy calls of version 0.1 among them. */
	for (ext = 0; ext < 0x10; ext++)
		GUEST_ASSERT_SBI(sbi_call(ext, 0), SBI_ERR_NOT_SUPPORTED);
	for (ext = 0x11; ext < 0x40; ext++)
		GUEST_ASSERT_SBI(sbi_call(ext, 0), SBI_ERR_NOT_SUPPORTED);
	GUEST_ASSERT_SBI(sbi_call(SBI_UNKNOWN, 0), SBI_ERR_NOT_SUPPORTED);
	GUEST_ASSERT_SBI(sbi_call(~0UL, ~0UL), SBI_ERR_NOT_SUPPORTED);
	GUEST_ASSERT_SBI(sbi_call(SBI_BASE | 1UL << 32, 0), SBI_ERR_NOT_SUPPORTED);
}

TEST(unknown_extensions)
{
	vcpu_expect_done(vcpu_new(guest_unknown));
}

/* Only a0 and a1 change, by the calling convention. */
INSN(insn_ecall, "norvc", "ecall\n	ebreak");

TEST(other_registers_are_kept)
{
	struct vcpu *vcpu = vcpu_new(guest_unknown);
	struct axvm_gprs gprs;

	vm_set_reg(vcpu->vm, AXVM_REG_VM_EXITS, AXVM_EXITS_DEBUG);
	insn_fill(&gprs, insn_ecall);
	gprs.x[16] = SBI_BASE_GET_SPEC_VERSION;
	gprs.x[17] = SBI_BASE;
	insn_set(vcpu, &gprs);
	axvm_request(&vcpu->ax, AXVM_RUN_GET_GPRS);
	vcpu_expect(vcpu, AXVM_EXIT_DEBUG);
	gprs.pc += 4;
	gprs.x[10] = SBI_SUCCESS;
	gprs.x[11] = 2 << 24;
	insn_check_gprs(&vcpu->ax.exit->gprs, &gprs);
}

/* ------------------------------------------------------------------------- */
/* Policies                                                                  */
/* ------------------------------------------------------------------------- */

static const struct {
	unsigned int index;
	__u64 id;
} extensions[] = {
	{ AXVM_RISCV_SBI_TIME,		SBI_TIME },
	{ AXVM_RISCV_SBI_IPI,		SBI_IPI },
	{ AXVM_RISCV_SBI_RFENCE,	SBI_RFENCE },
	{ AXVM_RISCV_SBI_HSM,		SBI_HSM },
	{ AXVM_RISCV_SBI_SRST,		SBI_SRST },
	{ AXVM_RISCV_SBI_DBCN,		SBI_DBCN },
	{ AXVM_RISCV_SBI_SUSP,		SBI_SUSP },
	{ AXVM_RISCV_SBI_PMU,		SBI_PMU },
	{ AXVM_RISCV_SBI_STA,		SBI_STA },
};

/* Is it there, and what does a function that none of them has say? */
static __guest void guest_probes(__u64 id, __u64 fn)
{
	struct sbi_ret ret = sbi_call(SBI_BASE, SBI_BASE_PROBE_EXTENSION, id);

	GUEST_ASSERT_EQ(ret.error, SBI_SUCCESS);
	GUEST_SYNC(1, ret.value);
	ret = sbi_call(id, fn, 11, 12, 13, 14, 15, 16);
	GUEST_SYNC(2, ret.error, ret.value);
}

static struct vcpu *probing_vcpu(unsigned int i, __u64 policy)
{
	struct vcpu *vcpu = vcpu_new(guest_probes);

	vm_set_reg(vcpu->vm, AXVM_RISCV_SBI_POLICY(extensions[i].index), policy);
	CHECK_EQ(vm_get_reg(vcpu->vm, AXVM_RISCV_SBI_POLICY(extensions[i].index)), policy);
	vcpu_arg(vcpu, 0, extensions[i].id);
	vcpu_arg(vcpu, 1, 1000);
	return vcpu;
}

TEST(policy_off)
{
	struct vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(extensions); i++) {
		vcpu = probing_vcpu(i, AXVM_RISCV_SBI_OFF);
		CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 0);
		CHECK_EQ(vcpu_expect_sync(vcpu, 2)->args[1], SBI_ERR_NOT_SUPPORTED);
		vm_destroy(vcpu->vm);
	}
}

static void expect_passed_on(struct vcpu *vcpu, __u64 id)
{
	const struct axvm_exit_hypercall *call = &vcpu->ax.exit->hypercall;
	const struct ucall *uc;
	unsigned int i;

	vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	CHECK_EQ(call->nr, id);
	CHECK_EQ(call->function, 1000);
	for (i = 0; i < 6; i++)
		CHECK_EQ(call->args[i], 11 + i);
	axvm_answer(&vcpu->ax, -99, 98);
	uc = vcpu_expect_sync(vcpu, 2);
	CHECK_EQ(uc->args[1], -99);
	CHECK_EQ(uc->args[2], 98);
}

TEST(policy_vmm)
{
	struct vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(extensions); i++) {
		vcpu = probing_vcpu(i, AXVM_RISCV_SBI_VMM);
		CHECK_NE(vcpu_expect_sync(vcpu, 1)->args[1], 0);
		expect_passed_on(vcpu, extensions[i].id);
		vm_destroy(vcpu->vm);
	}
}

/* The module says itself that it has no such function. */
TEST(policy_kernel)
{
	struct vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(extensions); i++) {
		if (extensions[i].id == SBI_DBCN || extensions[i].id == SBI_STA)
			continue;
		vcpu = probing_vcpu(i, AXVM_RISCV_SBI_KERNEL);
		CHECK_NE(vcpu_expect_sync(vcpu, 1)->args[1], 0);
		CHECK_EQ(vcpu_expect_sync(vcpu, 2)->args[1], SBI_ERR_NOT_SUPPORTED);
		vm_destroy(vcpu->vm);
	}
}

TEST(policies_of_a_new_vm)
{
	struct vm *vm = vm_create(0);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(extensions); i++)
		if (extensions[i].id != SBI_STA)
			CHECK_EQ(vm_get_reg(vm, AXVM_RISCV_SBI_POLICY(extensions[i].index)),
				 extensions[i].id == SBI_DBCN ? AXVM_RISCV_SBI_VMM :
				 AXVM_RISCV_SBI_KERNEL);
}

TEST(bad_policies)
{
	struct vm *vm = vm_create(0);

	CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_RISCV_SBI_POLICY(AXVM_RISCV_SBI_DBCN),
				 AXVM_RISCV_SBI_KERNEL), EINVAL);
	CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_RISCV_SBI_POLICY(AXVM_RISCV_SBI_HSM), 3), EINVAL);
	CHECK_ERRNO(axvm_set_reg(vm->fd, AXVM_RISCV_SBI_POLICY(AXVM_RISCV_SBI_COUNT), 0), ENOENT);
}

/* ------------------------------------------------------------------------- */
/* DBCN                                                                      */
/* ------------------------------------------------------------------------- */

static __guest void guest_writes(__u64 gpa)
{
	struct sbi_ret ret = sbi_call(SBI_DBCN, SBI_DBCN_WRITE, 5, gpa, 0);

	GUEST_SYNC(1, ret.error, ret.value);
}

TEST(debug_console_goes_to_the_vmm)
{
	struct vcpu *vcpu = vcpu_new(guest_writes);
	const struct axvm_run_exit *exit;
	const struct ucall *uc;

	vcpu_arg(vcpu, 0, RAM_GPA + 0x1000);
	exit = vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	CHECK_EQ(exit->hypercall.nr, SBI_DBCN);
	CHECK_EQ(exit->hypercall.function, SBI_DBCN_WRITE);
	CHECK_EQ(exit->hypercall.args[0], 5);
	CHECK_EQ(exit->hypercall.args[1], RAM_GPA + 0x1000);
	axvm_answer(&vcpu->ax, SBI_SUCCESS, 5);
	uc = vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(uc->args[1], SBI_SUCCESS);
	CHECK_EQ(uc->args[2], 5);
}

/* ------------------------------------------------------------------------- */
/* SRST: what is refused; exits has the rest                                 */
/* ------------------------------------------------------------------------- */

static __guest void guest_bad_resets(void)
{
	GUEST_ASSERT_SBI(sbi_call(SBI_SRST, SBI_SRST_RESET, 3, 0), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_SRST, SBI_SRST_RESET, 0xefffffff, 0), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_SRST, SBI_SRST_RESET, 0, 2), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_SRST, 1), SBI_ERR_NOT_SUPPORTED);
}

TEST(bad_resets)
{
	vcpu_expect_done(vcpu_new(guest_bad_resets));
}

/* ------------------------------------------------------------------------- */
/* SUSP                                                                      */
/* ------------------------------------------------------------------------- */

static __guest void guest_suspends(__u64 entry, __u64 arg, __u64 type)
{
	GUEST_SYNC(1, sbi_call(SBI_SUSP, SBI_SUSP_SYSTEM_SUSPEND, type, entry, arg).error);
}

static __guest void guest_resumed(void)
{
	GUEST_ASSERT_EQ(csr_read(CSR_SSTATUS) & SSTATUS_SIE, 0);
	GUEST_SYNC(2, guest_id());
}

static struct vcpu *suspending_vcpu(__u64 type)
{
	struct vcpu *vcpu = vcpu_new(guest_suspends);

	vcpu_arg(vcpu, 0, vcpu_get_reg(vcpu, AXVM_RISCV_PC));
	vcpu_arg(vcpu, 1, vcpu->cpu_gpa);
	vcpu_arg(vcpu, 2, type);
	return vcpu;
}

TEST(suspend_and_resume)
{
	struct vcpu *vcpu = suspending_vcpu(0);
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_SYSTEM_DOWN);

	CHECK(exit->flags & AXVM_EXIT_WANTS_ANSWER);
	CHECK_EQ(exit->system.event, AXVM_SYSTEM_SUSPEND);
	CHECK_EQ(exit->system.entry, vcpu->cpu->args[0]);
	CHECK_EQ(exit->system.arg, vcpu->cpu_gpa);
	/* It wakes up where it said, as a hart that starts. */
	vcpu->cpu->fn = (__u64)guest_resumed;
	axvm_answer(&vcpu->ax, SBI_SUCCESS, 0);
	vcpu_expect_sync(vcpu, 2);
}

TEST(suspend_refused_by_the_vmm)
{
	struct vcpu *vcpu = suspending_vcpu(0);

	vcpu_expect(vcpu, AXVM_EXIT_SYSTEM_DOWN);
	axvm_answer(&vcpu->ax, SBI_ERR_DENIED, 0);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], SBI_ERR_DENIED);
}

TEST(suspend_errors)
{
	struct vcpu *vcpu = suspending_vcpu(1);

	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], SBI_ERR_INVALID_PARAM);
	/* Not while another hart is on. */
	vcpu = suspending_vcpu(0);
	vcpu_create(vcpu->vm, 1, guest_resumed);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], SBI_ERR_DENIED);
	vcpu = suspending_vcpu(0);
	vcpu_create_flags(vcpu->vm, 1, guest_resumed, AXVM_VCPU_STOPPED, AXVM_HOME_ANY);
	vcpu_expect(vcpu, AXVM_EXIT_SYSTEM_DOWN);
}

TEST_HARNESS_MAIN
