// SPDX-License-Identifier: GPL-2.0
/*
 * Exits: what the VMM is told, and what its answer does
 *
 * MMIO, CSRs, memory faults, kicks and signals have tests of their own.
 */
#include "test.h"
#include "sbi.h"

static struct vcpu *exits_vcpu(void *fn, __u64 exits)
{
	struct vcpu *vcpu = vcpu_new(fn);

	vm_set_reg(vcpu->vm, AXVM_REG_VM_EXITS, exits);
	return vcpu;
}

/* What every exit page has. libaxvm runs on after an exit for nothing, which counts, too. */
static void check_header(struct vcpu *vcpu)
{
	const struct axvm_run_exit *exit = vcpu->ax.exit;

	CHECK_EQ(exit->size, sizeof(*exit));
	CHECK_EQ(exit->error, 0);
	CHECK_EQ(exit->kicks, 0);
	CHECK_GE(exit->runs, vcpu->runs);
}

/* ------------------------------------------------------------------------- */
/* Hypercalls                                                                */
/* ------------------------------------------------------------------------- */

static __guest void guest_hypercall(void)
{
	struct sbi_ret ret = sbi_call(SBI_UNKNOWN, 7, 1, 2, 3, 4, 5, ~0UL);

	GUEST_SYNC(1, ret.error, ret.value);
}

TEST(hypercall)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, AXVM_EXITS_HYPERCALL);
	const struct axvm_run_exit *exit;
	const struct ucall *uc;
	unsigned int i;

	exit = vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	check_header(vcpu);
	CHECK(exit->flags & AXVM_EXIT_WANTS_ANSWER);
	CHECK_EQ(exit->hypercall.nr, SBI_UNKNOWN);
	CHECK_EQ(exit->hypercall.function, 7);
	for (i = 0; i < 5; i++)
		CHECK_EQ(exit->hypercall.args[i], i + 1);
	CHECK_EQ(exit->hypercall.args[5], ~0UL);

	axvm_answer(&vcpu->ax, -77, 0x123456789abcdef);
	uc = vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(uc->args[1], -77);
	CHECK_EQ(uc->args[2], 0x123456789abcdef);
}

TEST(unknown_hypercall_is_refused_by_default)
{
	const struct ucall *uc = vcpu_expect_sync(vcpu_new(guest_hypercall), 1);

	CHECK_EQ(uc->args[1], SBI_ERR_NOT_SUPPORTED);
}

/* A call that the VMM refuses was denied: calls have a way of their own to say so. */
TEST(refused_hypercall)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, AXVM_EXITS_HYPERCALL);

	vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	axvm_answer(&vcpu->ax, 1, 2);
	axvm_request(&vcpu->ax, AXVM_RUN_REFUSE);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], SBI_ERR_DENIED);
}

/* ------------------------------------------------------------------------- */
/* Halt                                                                      */
/* ------------------------------------------------------------------------- */

static __guest void guest_halts(void)
{
	guest_halt();
	GUEST_SYNC(1);
	guest_halt();
}

TEST(halt)
{
	struct vcpu *vcpu = exits_vcpu(guest_halts, AXVM_EXITS_HALT);

	vcpu_expect(vcpu, AXVM_EXIT_HALT);
	check_header(vcpu);
	/* The instruction is over: the guest goes on after it. */
	vcpu_expect_sync(vcpu, 1);
	vcpu_expect(vcpu, AXVM_EXIT_HALT);
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* CPUs                                                                      */
/* ------------------------------------------------------------------------- */

static __guest void guest_second(void)
{
	GUEST_ASSERT_EQ(guest_id(), 3);
	GUEST_SYNC(2);
	sbi_call(SBI_HSM, SBI_HSM_STOP);
	GUEST_FAIL("a stopped hart goes on");
}

static __guest void guest_first(__u64 entry, __u64 arg)
{
	GUEST_ASSERT_SBI(sbi_call(SBI_HSM, SBI_HSM_START, 3, entry, arg), SBI_ERR_DENIED);
	GUEST_ASSERT_SBI(sbi_call(SBI_HSM, SBI_HSM_START, 3, entry, arg), SBI_SUCCESS);
}

static void check_cpu_up(struct vcpu *vcpu, struct vcpu *target, __u64 entry)
{
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_CPU_UP);

	CHECK(exit->flags & AXVM_EXIT_WANTS_ANSWER);
	CHECK_EQ(exit->cpu_up.target, target->id);
	CHECK_EQ(exit->cpu_up.entry, entry);
	CHECK_EQ(exit->cpu_up.arg, target->cpu_gpa);
}

/* The VMM does what the kernel does otherwise: entry, a0, a1, and off. */
static void start_vcpu(struct vcpu *vcpu, __u64 entry)
{
	vcpu_set_reg(vcpu, AXVM_RISCV_PC, entry);
	vcpu_set_reg(vcpu, AXVM_RISCV_X(10), vcpu->id);
	vcpu_set_reg(vcpu, AXVM_RISCV_X(11), vcpu->cpu_gpa);
	vcpu_set_reg(vcpu, AXVM_REG_RUN_STATE, AXVM_RUN_STARTED);
}

TEST(cpu_up_and_down)
{
	struct vcpu *first = exits_vcpu(guest_first, AXVM_EXITS_CPU);
	struct vcpu *second = vcpu_create_flags(first->vm, 3, guest_second, AXVM_VCPU_STOPPED,
						AXVM_HOME_ANY);
	__u64 entry = vcpu_get_reg(first, AXVM_RISCV_PC);

	vcpu_arg(first, 0, entry);
	vcpu_arg(first, 1, second->cpu_gpa);
	check_cpu_up(first, second, entry);
	CHECK_EQ(vcpu_get_reg(second, AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
	axvm_answer(&first->ax, SBI_ERR_DENIED, 0);
	check_cpu_up(first, second, entry);
	axvm_answer(&first->ax, SBI_SUCCESS, 0);
	vcpu_expect_done(first);

	start_vcpu(second, entry);
	vcpu_expect_sync(second, 2);
	vcpu_expect(second, AXVM_EXIT_CPU_DOWN);
	CHECK_EQ(vcpu_get_reg(second, AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
}

/* ------------------------------------------------------------------------- */
/* System events                                                             */
/* ------------------------------------------------------------------------- */

static __guest void guest_reset(__u64 type, __u64 reason)
{
	sbi_call(SBI_SRST, SBI_SRST_RESET, type, reason);
	GUEST_FAIL("the reset returned");
}

static void check_reset(__u64 type, __u64 reason, __u32 event)
{
	struct vcpu *vcpu = vcpu_new(guest_reset);
	const struct axvm_run_exit *exit;

	vcpu_arg(vcpu, 0, type);
	vcpu_arg(vcpu, 1, reason);
	exit = vcpu_expect(vcpu, AXVM_EXIT_SYSTEM_DOWN);
	check_header(vcpu);
	CHECK_EQ(exit->system.event, event);
	CHECK_EQ(exit->system.reason, reason);
	CHECK_EQ(exit->system.pad, 0);
}

TEST(shutdown)
{
	check_reset(SBI_SRST_SHUTDOWN, SBI_SRST_NO_REASON, AXVM_SYSTEM_SHUTDOWN);
}

TEST(reset)
{
	check_reset(SBI_SRST_COLD_REBOOT, SBI_SRST_NO_REASON, AXVM_SYSTEM_RESET);
}

TEST(warm_reset)
{
	check_reset(SBI_SRST_WARM_REBOOT, SBI_SRST_NO_REASON, AXVM_SYSTEM_WARM_RESET);
}

TEST(crash)
{
	check_reset(SBI_SRST_SHUTDOWN, SBI_SRST_SYSTEM_FAILURE, AXVM_SYSTEM_CRASH);
}

/* ------------------------------------------------------------------------- */
/* IPIs and host interrupts                                                  */
/* ------------------------------------------------------------------------- */

static __guest void guest_ipi(void)
{
	GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 0x15, 64), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 0, SBI_ALL_HARTS), SBI_SUCCESS);
	/* The VMM had it: nobody was interrupted. */
	GUEST_ASSERT_EQ(csr_read(CSR_SIP) & SIE_SOFTWARE, 0);
}

TEST(send_ipi)
{
	struct vcpu *vcpu = exits_vcpu(guest_ipi, AXVM_EXITS_IPI);
	const struct axvm_run_exit *exit;

	exit = vcpu_expect(vcpu, AXVM_EXIT_SEND_IPI);
	CHECK(exit->flags & AXVM_EXIT_WANTS_ANSWER);
	CHECK_EQ(exit->send_ipi.mask, 0x15);
	CHECK_EQ(exit->send_ipi.base, 64);
	CHECK_EQ(exit->send_ipi.vector, 0);
	axvm_answer(&vcpu->ax, SBI_ERR_INVALID_PARAM, 0);

	exit = vcpu_expect(vcpu, AXVM_EXIT_SEND_IPI);
	CHECK_EQ(exit->send_ipi.base, SBI_ALL_HARTS);
	axvm_answer(&vcpu->ax, SBI_SUCCESS, 0);
	vcpu_expect_done(vcpu);
}

static __guest void guest_spin(void)
{
	for (;;)
		guest_relax();
}

TEST(host_interrupt)
{
	struct vcpu *vcpu = exits_vcpu(guest_spin, AXVM_EXITS_INTERRUPT);
	unsigned int i;

	/* The host's tick comes, if nothing else does. */
	for (i = 0; i < 3; i++) {
		vcpu_expect(vcpu, AXVM_EXIT_INTERRUPT);
		check_header(vcpu);
	}
}

/* ------------------------------------------------------------------------- */
/* The walk of the guest's own page tables                                   */
/* ------------------------------------------------------------------------- */

static __guest void guest_nothing(void)
{
}

/* The root is where nothing is: the walk for the first fetch faults. */
TEST(page_tables_outside_memory)
{
	struct vcpu *vcpu = vcpu_create(vm_create(VM_PAGING), 0, guest_nothing);
	const struct axvm_run_exit *exit;
	__u64 pc = vcpu_get_reg(vcpu, AXVM_RISCV_PC);

	vcpu_set_reg(vcpu, AXVM_RISCV_CSR(CSR_SATP), SATP_MODE_SV39 << SATP_MODE_SHIFT |
						     TEST_GPA >> 12);
	exit = vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(exit->memory_fault.gpa, TEST_GPA + (pc >> 30) * 8);
	CHECK_EQ(exit->memory_fault.error, -ENOENT);
	CHECK(exit->memory_fault.flags & AXVM_FAULT_TABLE_WALK);
	CHECK(exit->memory_fault.flags & AXVM_FAULT_GVA);
	CHECK_EQ(exit->memory_fault.gva, pc);
	/* With tables there, the guest starts. */
	vcpu_set_reg(vcpu, AXVM_RISCV_CSR(CSR_SATP), vcpu->cpu->arch.satp);
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* Debug                                                                     */
/* ------------------------------------------------------------------------- */

static __guest void guest_breakpoint(void)
{
	asm volatile(".globl the_breakpoint\n"
		     "the_breakpoint: .4byte 0x00100073");	/* ebreak */
	GUEST_SYNC(1);
}

extern const char the_breakpoint[];

TEST(breakpoint)
{
	struct vcpu *vcpu = exits_vcpu(guest_breakpoint, AXVM_EXITS_DEBUG);
	const struct axvm_run_exit *exit;

	exit = vcpu_expect(vcpu, AXVM_EXIT_DEBUG);
	check_header(vcpu);
	CHECK_EQ(exit->debug.pc, (__u64)the_breakpoint);
	CHECK_EQ(exit->debug.cause, TRAP_BREAKPOINT);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_PC), (__u64)the_breakpoint);
	/* It is the VMM that decides where to go on. */
	vcpu_set_reg(vcpu, AXVM_RISCV_PC, (__u64)the_breakpoint + 4);
	vcpu_expect_sync(vcpu, 1);
}

static __guest void guest_own_breakpoint(void)
{
	GUEST_ASSERT_TRAPS(asm volatile("ebreak"), TRAP_BREAKPOINT);
}

TEST(breakpoint_belongs_to_the_guest_by_default)
{
	vcpu_expect_done(vcpu_new(guest_own_breakpoint));
}

/* ------------------------------------------------------------------------- */
/* The general registers in the run structure                                */
/* ------------------------------------------------------------------------- */

TEST(gprs_travel_along)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, AXVM_EXITS_HYPERCALL);
	const struct axvm_run_exit *exit;
	unsigned int i;

	axvm_request(&vcpu->ax, AXVM_RUN_GET_GPRS);
	exit = vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	CHECK(exit->flags & AXVM_EXIT_HAS_GPRS);
	CHECK_EQ(exit->gprs.pc, vcpu_get_reg(vcpu, AXVM_RISCV_PC));
	CHECK_EQ(exit->gprs.x[0], 0);
	for (i = 1; i < 32; i++)
		CHECK_EQ(exit->gprs.x[i], vcpu_get_reg(vcpu, AXVM_RISCV_X(i)));
	CHECK_EQ(exit->gprs.x[17], SBI_UNKNOWN);
}

TEST(gprs_are_not_written_unasked)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, AXVM_EXITS_HYPERCALL);

	vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	CHECK_EQ(vcpu->ax.exit->flags & AXVM_EXIT_HAS_GPRS, 0);
}

/* Registers first, the answer after them: it is the answer that the guest sees. */
TEST(answer_comes_after_set_gprs)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, AXVM_EXITS_HYPERCALL);
	const struct ucall *uc;

	axvm_request(&vcpu->ax, AXVM_RUN_GET_GPRS);
	vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	vcpu->ax.request->gprs = vcpu->ax.exit->gprs;
	vcpu->ax.request->gprs.x[10] = 1;
	vcpu->ax.request->gprs.x[0] = 1;
	axvm_request(&vcpu->ax, AXVM_RUN_SET_GPRS);
	axvm_answer(&vcpu->ax, 2, 3);
	uc = vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(uc->args[1], 2);
	CHECK_EQ(uc->args[2], 3);
}

TEST(no_enter_completes_only)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, AXVM_EXITS_HYPERCALL);
	__u64 pc;

	vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	pc = vcpu_get_reg(vcpu, AXVM_RISCV_PC);
	axvm_answer(&vcpu->ax, 5, 6);
	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER);
	vcpu_expect(vcpu, AXVM_EXIT_NOTHING);
	check_header(vcpu);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_X(10)), 5);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_X(11)), 6);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_PC), pc + 4);

	/* There is nothing left to complete: another answer goes nowhere. */
	axvm_answer(&vcpu->ax, 7, 8);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 5);
}

TEST_HARNESS_MAIN
