// SPDX-License-Identifier: GPL-2.0
/*
 * Exits: what the VMM is told, and what its answer does
 *
 * MMIO, ports, MSRs, memory faults, kicks and signals have tests of their own.
 */
#include "apic.h"
#include "ap.h"
#include "test.h"
#include "vcpu.h"

static bool on_svm;

static struct vcpu *exits_vcpu(void *fn, __u64 exits)
{
	struct vcpu *vcpu = vcpu_new(fn);

	vm_set_reg(vcpu->vm, AXVM_REG_VM_EXITS, exits);
	*guest_var(vcpu->vm, on_svm) = is_svm();
	return vcpu;
}

/* What every exit page has. */
static void check_header(struct vcpu *vcpu)
{
	const struct axvm_run_exit *exit = vcpu->ax.exit;

	CHECK_EQ(exit->size, sizeof(*exit));
	CHECK_EQ(exit->error, 0);
	CHECK_EQ(exit->kicks, 0);
	/* The library runs it again where the host's kernel wanted the thread for a moment. */
	CHECK_GE(exit->runs, vcpu->runs);
}

/* ------------------------------------------------------------------------- */
/* Hypercalls                                                                */
/* ------------------------------------------------------------------------- */

#define HYPERCALL_UNKNOWN	(-1000)

/* Each vendor has an instruction of its own for it. */
static __always_inline __u64 call_vmm(__u64 nr, __u64 a, __u64 b, __u64 c, __u64 d)
{
	if (READ_ONCE(on_svm))
		asm volatile("vmmcall" : "+a" (nr) : "b" (a), "c" (b), "d" (c), "S" (d) : "memory");
	else
		asm volatile("vmcall" : "+a" (nr) : "b" (a), "c" (b), "d" (c), "S" (d) : "memory");
	return nr;
}

static __guest void guest_hypercall(void)
{
	GUEST_SYNC(1, call_vmm(0xabcdef0123456789, 1, 2, 3, ~0ULL));
}

TEST(hypercall)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, AXVM_EXITS_HYPERCALL);
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);

	check_header(vcpu);
	CHECK(exit->flags & AXVM_EXIT_WANTS_ANSWER);
	CHECK_EQ(exit->hypercall.nr, 0xabcdef0123456789);
	CHECK_EQ(exit->hypercall.function, 0);
	CHECK_EQ(exit->hypercall.args[0], 1);
	CHECK_EQ(exit->hypercall.args[1], 2);
	CHECK_EQ(exit->hypercall.args[2], 3);
	CHECK_EQ(exit->hypercall.args[3], ~0ULL);

	axvm_answer(&vcpu->ax, 0x123456789abcdef, 0);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 0x123456789abcdef);
}

TEST(unknown_hypercall_is_refused_by_default)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, 0);

	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], HYPERCALL_UNKNOWN);
}

TEST(refused_hypercall)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, AXVM_EXITS_HYPERCALL);

	vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	axvm_answer(&vcpu->ax, 1, 2);
	axvm_request(&vcpu->ax, AXVM_RUN_REFUSE);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], HYPERCALL_UNKNOWN);
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
/* CPUs and IPIs                                                             */
/* ------------------------------------------------------------------------- */

#define VECTOR	0x51

static __guest void guest_starts_another(void)
{
	apic_start();
	ap_start(3);
}

static __guest void guest_second(void)
{
	GUEST_ASSERT_EQ(guest_id(), 3);
}

TEST(cpu_up)
{
	struct vcpu *first = exits_vcpu(guest_starts_another, AXVM_EXITS_CPU);
	struct vcpu *second = vcpu_create_flags(first->vm, 3, guest_second, AXVM_VCPU_STOPPED,
						AXVM_HOME_ANY);
	const struct axvm_run_exit *exit;

	ap_setup(first->vm);
	exit = vcpu_expect(first, AXVM_EXIT_CPU_UP);
	check_header(first);
	CHECK_EQ(exit->cpu_up.target, 3);
	CHECK_EQ(exit->cpu_up.entry, AP_GPA);
	CHECK_EQ(vcpu_get_reg(second, AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
	vcpu_expect_done(first);

	/* The VMM does what the kernel does otherwise. */
	vcpu_set_real_mode(second, AP_GPA >> 4, 0);
	vcpu_set_reg(second, AXVM_REG_RUN_STATE, AXVM_RUN_STARTED);
	vcpu_expect_done(second);
}

static __guest void guest_sends_ipis(void)
{
	apic_start();
	apic_send(5, VECTOR);
	apic_write(APIC_SELF_IPI, VECTOR + 1);
	GUEST_SYNC(1);
}

TEST(send_ipi)
{
	struct vcpu *vcpu = exits_vcpu(guest_sends_ipis, AXVM_EXITS_IPI);
	const struct axvm_run_exit *exit;

	apic_use(vcpu->vm, APIC_X2APIC);
	vcpu_create(vcpu->vm, 5, guest_second);
	exit = vcpu_expect(vcpu, AXVM_EXIT_SEND_IPI);
	check_header(vcpu);
	CHECK_EQ(exit->send_ipi.mask << exit->send_ipi.base, 1ULL << 5);
	CHECK_EQ(exit->send_ipi.vector, VECTOR);
	exit = vcpu_expect(vcpu, AXVM_EXIT_SEND_IPI);
	CHECK_EQ(exit->send_ipi.mask << exit->send_ipi.base, 1);
	CHECK_EQ(exit->send_ipi.vector, VECTOR + 1);
	vcpu_expect_sync(vcpu, 1);
}

/* ------------------------------------------------------------------------- */
/* Interrupts of controllers outside                                         */
/* ------------------------------------------------------------------------- */

static __u64 taken;

static __guest void on_irq(__u64 vector)
{
	WRITE_ONCE(taken, vector);
	GUEST_SYNC(2, vector);
}

/* The reset value is ExtINT, masked: as a PC's firmware leaves it, it is not. */
static __guest void guest_has_a_pic(void)
{
	guest_set_irq_handler(on_irq);
	apic_start();
	apic_write(APIC_LVT_LINT0, APIC_EXTINT);
	GUEST_SYNC(1);
	guest_irq_enable();
	guest_wait_for(READ_ONCE(taken));
	GUEST_SYNC(3);
}

TEST(interrupt_acknowledge)
{
	struct vcpu *vcpu = exits_vcpu(guest_has_a_pic, 0);
	const struct axvm_run_exit *exit;

	vcpu_expect_sync(vcpu, 1);
	CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_LINT0, 1));
	exit = vcpu_expect(vcpu, AXVM_EXIT_INTERRUPT_ACK);
	check_header(vcpu);
	CHECK(exit->flags & AXVM_EXIT_WANTS_ANSWER);
	/* As a controller does when the CPU takes its interrupt. */
	CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_LINT0, 0));
	axvm_answer(&vcpu->ax, 0x79, 0);
	CHECK_EQ(vcpu_expect_sync(vcpu, 2)->args[1], 0x79);
	vcpu_expect_sync(vcpu, 3);
}

static __guest void on_level_irq(__u64 vector)
{
	GUEST_SYNC(2, vector);
	apic_eoi();
	WRITE_ONCE(taken, vector);
}

static __guest void guest_has_an_ioapic(void)
{
	guest_set_irq_handler(on_level_irq);
	apic_start();
	GUEST_SYNC(1);
	guest_irq_enable();
	guest_wait_for(READ_ONCE(taken));
	GUEST_SYNC(3);
}

#define MSI_LEVEL	(APIC_LEVEL | APIC_ASSERT)

TEST(end_of_a_level_interrupt)
{
	struct vcpu *vcpu = exits_vcpu(guest_has_an_ioapic, 0);

	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(axvm_send_msi(vcpu->vm->fd, 0xfee00000, 0x83 | MSI_LEVEL), 0);
	CHECK_EQ(vcpu_expect_sync(vcpu, 2)->args[1], 0x83);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_INTERRUPT_END)->interrupt.vector, 0x83);
	check_header(vcpu);
	vcpu_expect_sync(vcpu, 3);
}

/* ------------------------------------------------------------------------- */
/* System events, host interrupts                                            */
/* ------------------------------------------------------------------------- */

static __guest void guest_triple_fault(void)
{
	struct guest_table none = { 0, 0 };

	asm volatile("lidt %0; ud2" : : "m" (none));
}

TEST(triple_fault)
{
	struct vcpu *vcpu = exits_vcpu(guest_triple_fault, 0);
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_SYSTEM_DOWN);

	check_header(vcpu);
	CHECK_EQ(exit->system.event, AXVM_SYSTEM_TRIPLE_FAULT);
	CHECK_EQ(exit->system.pad, 0);
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
	struct vcpu *vcpu = vcpu_new(guest_nothing);
	const struct axvm_run_exit *exit;

	vcpu_set_reg(vcpu, AXVM_X86_CR(3), TEST_GPA);
	exit = vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(exit->memory_fault.gpa, TEST_GPA);
	CHECK_EQ(exit->memory_fault.error, -ENOENT);
	CHECK(exit->memory_fault.flags & AXVM_FAULT_TABLE_WALK);
	/* With tables there, the guest starts. */
	vcpu_set_reg(vcpu, AXVM_X86_CR(3), vcpu->vm->tables);
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* Debug                                                                     */
/* ------------------------------------------------------------------------- */

static __guest void guest_breakpoint(void)
{
	asm volatile(".globl the_breakpoint\n"
		     "the_breakpoint: int3");
	GUEST_SYNC(1);
}

extern const char the_breakpoint[];

TEST(breakpoint)
{
	struct vcpu *vcpu = exits_vcpu(guest_breakpoint, AXVM_EXITS_DEBUG);
	const struct axvm_run_exit *exit;

	if (is_tcg() && is_svm())
		test_skip("QEMU does not intercept INT3 as an exception");
	exit = vcpu_expect(vcpu, AXVM_EXIT_DEBUG);
	check_header(vcpu);
	CHECK_EQ(exit->debug.pc, (__u64)the_breakpoint);
	CHECK_EQ(exit->debug.cause, TRAP_BP);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RIP), (__u64)the_breakpoint);
	/* It is the VMM that decides where to go on. */
	vcpu_set_reg(vcpu, AXVM_X86_RIP, (__u64)the_breakpoint + 1);
	vcpu_expect_sync(vcpu, 1);
}

static __guest void guest_own_breakpoint(void)
{
	GUEST_ASSERT_TRAPS(asm volatile(TRY("int3")), TRAP_BP);
	/* Its RIP is after the instruction. */
	GUEST_ASSERT_EQ(*(__u8 *)(guest_this_cpu()->arch.trap_pc - 1), 0xcc);
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
	CHECK_EQ(exit->gprs.rip, vcpu_get_reg(vcpu, AXVM_X86_RIP));
	CHECK_EQ(exit->gprs.rflags, vcpu_get_reg(vcpu, AXVM_X86_RFLAGS));
	for (i = 0; i < 16; i++)
		CHECK_EQ(exit->gprs.r[i], vcpu_get_reg(vcpu, AXVM_X86_GPR(i)));
	CHECK_EQ(exit->gprs.r[0], 0xabcdef0123456789);
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

	axvm_request(&vcpu->ax, AXVM_RUN_GET_GPRS);
	vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	vcpu->ax.request->gprs = vcpu->ax.exit->gprs;
	vcpu->ax.request->gprs.r[0] = 1;
	axvm_request(&vcpu->ax, AXVM_RUN_SET_GPRS);
	axvm_answer(&vcpu->ax, 2, 3);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 2);
}

/* What the registers cannot hold is refused, and the answer is still awaited. */
TEST(impossible_gprs)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, AXVM_EXITS_HYPERCALL);
	struct axvm_gprs good;

	axvm_request(&vcpu->ax, AXVM_RUN_GET_GPRS);
	good = vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL)->gprs;
	vcpu->ax.request->gprs = good;
	vcpu->ax.request->gprs.rip = 1ULL << 63;
	axvm_request(&vcpu->ax, AXVM_RUN_SET_GPRS);
	CHECK_ERRNO(vcpu_try_run(vcpu), EINVAL);
	vcpu->ax.request->gprs = good;
	vcpu->ax.request->gprs.rflags = 1ULL << 40 | RFLAGS_ONE;
	CHECK_ERRNO(vcpu_try_run(vcpu), EINVAL);
	vcpu->ax.request->gprs.rflags = good.rflags & ~RFLAGS_ONE;
	CHECK_ERRNO(vcpu_try_run(vcpu), EINVAL);
	vcpu->ax.request->flags = 0;
	axvm_answer(&vcpu->ax, 4, 0);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 4);
}

TEST(no_enter_completes_only)
{
	struct vcpu *vcpu = exits_vcpu(guest_hypercall, AXVM_EXITS_HYPERCALL);
	__u64 rip;

	vcpu_expect(vcpu, AXVM_EXIT_HYPERCALL);
	rip = vcpu_get_reg(vcpu, AXVM_X86_RIP);
	axvm_answer(&vcpu->ax, 5, 6);
	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER);
	vcpu_expect(vcpu, AXVM_EXIT_NOTHING);
	check_header(vcpu);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RAX), 5);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RIP), rip + 3);

	/* There is nothing left to complete: another answer goes nowhere. */
	axvm_answer(&vcpu->ax, 7, 8);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 5);
}

/* ------------------------------------------------------------------------- */
/* Entries that fail                                                         */
/* ------------------------------------------------------------------------- */

/* Each register could be so; together they cannot, and the exit says which rule that is. */
static void check_fails(const struct axvm_reg *regs, __u32 count)
{
	struct vcpu *vcpu = vcpu_new(guest_nothing);
	const struct axvm_run_exit *exit;

	vcpu_set_regs(vcpu, regs, count);
	exit = vcpu_expect(vcpu, AXVM_EXIT_FAIL_ENTRY);
	check_header(vcpu);
	CHECK(exit->fail_entry.check[0]);
	CHECK(memchr(exit->fail_entry.check, 0, sizeof(exit->fail_entry.check)));
	test_note("%s", exit->fail_entry.check);
	/* Put in order, it works. */
	vcpu_set_reg(vcpu, AXVM_X86_CR(0), VCPU_CR0);
	vcpu_set_reg(vcpu, AXVM_X86_CR(4), VCPU_CR4);
	vcpu_set_reg(vcpu, AXVM_X86_MSR(MSR_EFER), VCPU_EFER);
	vcpu_set_segment(vcpu, AXVM_X86_CS, KERNEL_CS, 0, ~0U, SEG_CODE64);
	vcpu_expect_done(vcpu);
}

#define CHECK_FAILS(...) do {						\
	const struct axvm_reg __regs[] = { __VA_ARGS__ };		\
									\
	check_fails(__regs, ARRAY_SIZE(__regs));			\
} while (0)

TEST(failed_entry)
{
	/* Long mode without PAE. */
	CHECK_FAILS({ AXVM_X86_CR(4), VCPU_CR4 & ~CR4_PAE });
	/* Long mode without paging, and without protection. */
	CHECK_FAILS({ AXVM_X86_CR(0), VCPU_CR0 & ~CR0_PG });
	CHECK_FAILS({ AXVM_X86_CR(0), VCPU_CR0 & ~(CR0_PG | CR0_PE) });
	/* Paging with LME, and LMA is not set. */
	CHECK_FAILS({ AXVM_X86_MSR(MSR_EFER), VCPU_EFER & ~EFER_LMA });
	/* Code of 64 and of 32 bits at once. */
	CHECK_FAILS({ AXVM_X86_ATTRIBUTES(AXVM_X86_CS), SEG_CODE64 | SEG_DB });
}

TEST_HARNESS_MAIN
