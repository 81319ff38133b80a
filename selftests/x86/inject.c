// SPDX-License-Identifier: GPL-2.0
/*
 * Events whose delivery is interrupted: each arrives, and once
 *
 * The processor reads the IDT, the GDT and the TSS and writes the stack to deliver one. If
 * stage 2 has not those pages the guest exits in the middle of that, and the event has to be
 * delivered again: nobody else knows of it any more.
 */
#include "apic.h"
#include "arch.h"
#include "image.h"
#include "paging.h"
#include "test.h"
#include "vcpu.h"

#define VECTOR		0x71
#define SOFTWARE	0x80
#define ROUNDS		20

static __u64 taken[256];

static __guest void on_irq(__u64 vector)
{
	WRITE_ONCE(taken[vector], READ_ONCE(taken[vector]) + 1);
	if (vector == VECTOR)
		apic_eoi();
}

static __guest void on_nmi(struct guest_frame *frame)
{
	WRITE_ONCE(taken[frame->vector], READ_ONCE(taken[frame->vector]) + 1);
}

/* Exceptions that are let pass: UD2 has two bytes, INT3 and INTO come after theirs. */
static __guest __u64 on_exception(struct guest_frame *frame)
{
	WRITE_ONCE(taken[frame->vector], READ_ONCE(taken[frame->vector]) + 1);
	if (frame->vector == TRAP_UD)
		frame->rip += 2;
	return 1;
}

/* Nothing of the VM is in stage 2 afterwards: the same memory is put in its own place. */
static void empty_stage2(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	__u64 text = (__u64)__start_guest_text & ~(page_size() - 1);
	__u64 text_end = ((__u64)__stop_guest_text + page_size() - 1) & ~(page_size() - 1);
	__u64 start = image_start(), end = start + image_len();
	char *hva = vm->image;

	CHECK_OK(axvm_mem_replace(vm->fd, start, hva, text - start, MEM_RW));
	CHECK_OK(axvm_mem_replace(vm->fd, text, hva + (text - start), text_end - text, MEM_RWX));
	CHECK_OK(axvm_mem_replace(vm->fd, text_end, hva + (text_end - start), end - text_end,
				  MEM_RW));
	CHECK_OK(axvm_mem_replace(vm->fd, RAM_GPA, vm->ram, RAM_LEN, MEM_RW));
}

/* At each sync stage 2 is emptied; what comes next finds none of its pages. */
static void run_emptying(void *fn, unsigned int rounds)
{
	struct vcpu *vcpu = vcpu_new(fn);
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		vcpu_expect_sync(vcpu, 1);
		empty_stage2(vcpu);
	}
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* By the guest itself                                                       */
/* ------------------------------------------------------------------------- */

static __guest void guest_software_interrupts(void)
{
	__u64 i;

	guest_set_irq_handler(on_irq);
	for (i = 1; i <= ROUNDS; i++) {
		GUEST_SYNC(1);
		/* Executed again, or not past it, this would count wrongly. */
		asm volatile("int %0" : : "i" (SOFTWARE) : "memory");
		GUEST_ASSERT_EQ(READ_ONCE(taken[SOFTWARE]), i);
	}
}

TEST(software_interrupts)
{
	run_emptying(guest_software_interrupts, ROUNDS);
}

static __guest void guest_exceptions(void)
{
	__u64 i;

	guest_set_exception_handler(on_exception);
	for (i = 1; i <= ROUNDS; i++) {
		GUEST_SYNC(1);
		asm volatile("ud2" : : : "memory");
		GUEST_ASSERT_EQ(READ_ONCE(taken[TRAP_UD]), i);
		GUEST_SYNC(1);
		asm volatile("int3" : : : "memory");
		GUEST_ASSERT_EQ(READ_ONCE(taken[TRAP_BP]), i);
	}
}

TEST(exceptions)
{
	run_emptying(guest_exceptions, 2 * ROUNDS);
}

/* Those with an error code, of which that must not get lost; and CR2. */
static __guest void guest_error_codes(void)
{
	struct guest_cpu_arch *arch = &guest_this_cpu()->arch;
	__u64 i;

	for (i = 0; i < ROUNDS; i++) {
		GUEST_SYNC(1);
		GUEST_ASSERT_TRAPS(guest_mmio_write64(PAGING_GVA + 8 * i, 0), TRAP_PF);
		GUEST_ASSERT_EQ(arch->trap_error, PFERR_W);
		GUEST_ASSERT_EQ(arch->trap_value, PAGING_GVA + 8 * i);
		GUEST_SYNC(1);
		GUEST_ASSERT_TRAPS(asm volatile(TRY("movl %0, %%fs") : : "r" (0x1230)), TRAP_GP);
		GUEST_ASSERT_EQ(arch->trap_error, 0x1230);
	}
}

TEST(error_codes)
{
	run_emptying(guest_error_codes, 2 * ROUNDS);
}

/* Those that the module injects. */
static __guest void guest_injected(void)
{
	__u64 i;

	for (i = 0; i < ROUNDS; i++) {
		GUEST_SYNC(1);
		GUEST_ASSERT_TRAPS(rdmsr(0x1234), TRAP_GP);
		GUEST_ASSERT_EQ(guest_this_cpu()->arch.trap_error, 0);
		GUEST_SYNC(1);
		GUEST_ASSERT_TRAPS(xsetbv(7, 0), read_cr4() & CR4_OSXSAVE ? TRAP_GP : TRAP_UD);
	}
}

TEST(injected_exceptions)
{
	run_emptying(guest_injected, 2 * ROUNDS);
}

/* ------------------------------------------------------------------------- */
/* From outside                                                              */
/* ------------------------------------------------------------------------- */

static __guest void guest_interrupts(void)
{
	__u64 i;

	guest_set_irq_handler(on_irq);
	apic_start();
	for (i = 1; i <= ROUNDS; i++) {
		GUEST_SYNC(1);
		guest_irq_enable();
		guest_irq_disable();
		GUEST_ASSERT_EQ(READ_ONCE(taken[VECTOR]), i);
	}
}

TEST(interrupts)
{
	struct vcpu *vcpu = vcpu_new(guest_interrupts);
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		vcpu_expect_sync(vcpu, 1);
		CHECK_EQ(axvm_send_msi(vcpu->vm->fd, 0xfee00000, VECTOR), 0);
		empty_stage2(vcpu);
	}
	vcpu_expect_done(vcpu);
}

static __guest void guest_nmis(void)
{
	__u64 i;

	guest_set_nmi_handler(on_nmi);
	for (i = 1; i <= ROUNDS; i++) {
		GUEST_SYNC(1);
		GUEST_ASSERT_EQ(READ_ONCE(taken[TRAP_NMI]), i);
	}
}

/* The NMI is taken before anything else; it stays blocked on the way, and is not doubled. */
TEST(nmis)
{
	struct vcpu *vcpu = vcpu_new(guest_nmis);
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		vcpu_expect_sync(vcpu, 1);
		CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_NMI, 1));
		CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_NMI, 0));
		empty_stage2(vcpu);
	}
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* Memory that the VMM has to put there first                                */
/* ------------------------------------------------------------------------- */

static __guest void guest_one_interrupt(void)
{
	guest_set_irq_handler(on_irq);
	GUEST_SYNC(1);
	asm volatile("int %0" : : "i" (SOFTWARE) : "memory");
	GUEST_SYNC(2, READ_ONCE(taken[SOFTWARE]));
}

/*
 * For who wants to move the guest now: it is told as what is being delivered, or it has not
 * begun and the instruction will be executed again.
 */
static void check_software_event(struct vcpu *vcpu)
{
	__u64 event = vcpu_get_reg(vcpu, AXVM_X86_EVENT);
	const __u8 *insn = vm_hva(vcpu->vm, arch_pc(vcpu));

	CHECK_EQ(insn[0], 0xcd);
	CHECK_EQ(insn[1], SOFTWARE);
	if (!event)
		return;
	CHECK_EQ(event, 1ULL << 31 | 4 << 8 | SOFTWARE);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_EVENT_LENGTH), 2);
}

/* The handler's stack is a hole: the VMM is told, mends it, and the interrupt arrives. */
TEST(hole_in_the_stack)
{
	struct vcpu *vcpu = vcpu_new(guest_one_interrupt);
	__u64 stack = (vcpu->cpu->arch.tss.ist[3] - 8) & ~(page_size() - 1);
	void *hva = vm_hva(vcpu->vm, stack), *saved = host_alloc(page_size(), page_size());
	const struct axvm_run_exit *exit;

	vcpu_expect_sync(vcpu, 1);
	memcpy(saved, hva, page_size());
	CHECK_OK(axvm_mem_unmap(vcpu->vm->fd, stack, page_size()));
	CHECK_SYS(mprotect(saved, page_size(), PROT_NONE));
	CHECK_OK(axvm_mem_map(vcpu->vm->fd, stack, saved, page_size(), MEM_RW));
	exit = vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(exit->memory_fault.gpa & ~(page_size() - 1), stack);
	CHECK_EQ(exit->memory_fault.error, -EFAULT);
	check_software_event(vcpu);
	CHECK_SYS(mprotect(saved, page_size(), PROT_READ | PROT_WRITE));
	CHECK_EQ(vcpu_expect_sync(vcpu, 2)->args[1], 1);
}

/* ------------------------------------------------------------------------- */
/* Events in registers                                                       */
/* ------------------------------------------------------------------------- */

static __guest __u64 tell_exception(struct guest_frame *frame)
{
	GUEST_SYNC(3, frame->vector, frame->error, frame->rip);
	return 1;
}

static __guest void guest_waits(void)
{
	guest_set_exception_handler(tell_exception);
	guest_set_irq_handler(on_irq);
	guest_set_nmi_handler(on_nmi);
	/* A VM entry with an interrupt that would not have been taken fails on VMX. */
	guest_irq_enable();
	for (;;)
		GUEST_SYNC(1, READ_ONCE(taken[0x99]), READ_ONCE(taken[TRAP_NMI]));
}

#define EVENT(type, vector)	(1ULL << 31 | (type) << 8 | (vector))

TEST(written_by_the_vmm)
{
	struct vcpu *vcpu = vcpu_new(guest_waits);
	const struct ucall *uc;
	__u64 rip;

	vcpu_expect_sync(vcpu, 1);
	rip = vcpu_get_reg(vcpu, AXVM_X86_RIP);
	vcpu_set_reg(vcpu, AXVM_X86_EVENT, EVENT(3, TRAP_GP) | 1 << 11 | 0x4321ULL << 32);
	uc = vcpu_expect_sync(vcpu, 3);
	CHECK_EQ(uc->args[1], TRAP_GP);
	CHECK_EQ(uc->args[2], 0x4321);
	CHECK_EQ(uc->args[3], rip);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_EVENT), 0);
	vcpu_expect_sync(vcpu, 1);
	vcpu_set_reg(vcpu, AXVM_X86_EVENT, EVENT(0, 0x99));
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 1);
	vcpu_set_reg(vcpu, AXVM_X86_EVENT, EVENT(2, TRAP_NMI));
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[2], 1);
	/* And nothing of it comes again. */
	uc = vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(uc->args[1], 1);
	CHECK_EQ(uc->args[2], 1);
}

/* ------------------------------------------------------------------------- */
/* Exceptions on the way to exceptions                                       */
/* ------------------------------------------------------------------------- */

#define GATE_PRESENT	0x80

/* A gate that is not present: #NP instead, which after #GP makes #DF. */
static __always_inline void break_gate(unsigned int vector)
{
	struct guest_cpu *cpu = guest_this_cpu();

	((__u8 *)cpu->arch.idtr.base)[16 * vector + 5] &= ~GATE_PRESENT;
}

static __guest __u64 on_double_fault(struct guest_frame *frame)
{
	GUEST_SYNC(4, frame->vector, frame->error);
	return 0;
}

/*
 * A first one, well delivered, and a touch of the stack that double faults have for themselves:
 * what delivery reads and writes is in stage 2 then, and the module has nothing to inject
 * again, which QEMU would forget to be an exception.
 */
static __guest void deliver_once(void)
{
	const struct guest_cpu_arch *arch = &guest_this_cpu()->arch;
	__u64 *stack = (__u64 *)arch->tss.ist[IST_DOUBLE_FAULT - 1] - 1;

	WRITE_ONCE(*stack, 0);
	GUEST_ASSERT_EQ(guest_try(rdmsr(0x1234)), TRAP_GP);
}

static __guest void guest_double_fault(__u64 injected)
{
	deliver_once();
	guest_set_exception_handler(on_double_fault);
	break_gate(TRAP_GP);
	if (injected)
		rdmsr(0x1234);
	else
		asm volatile("movl %0, %%fs" : : "r" (0x1230));
	GUEST_FAIL("no exception");
}

static void check_double_fault(__u64 injected)
{
	struct vcpu *vcpu = vcpu_new(guest_double_fault);
	const struct ucall *uc;

	vcpu_arg(vcpu, 0, injected);
	uc = vcpu_expect_sync(vcpu, 4);
	CHECK_EQ(uc->args[1], TRAP_DF);
	CHECK_EQ(uc->args[2], 0);
}

TEST(double_fault)
{
	check_double_fault(false);
}

TEST(double_fault_after_an_injected_exception)
{
	if (is_tcg())
		test_skip("QEMU forgets that the first one was an exception");
	check_double_fault(true);
}

static __guest void guest_triple_fault(__u64 injected)
{
	break_gate(TRAP_DF);
	break_gate(TRAP_NP);
	guest_double_fault(injected);
}

TEST(triple_fault)
{
	struct vcpu *vcpu;
	__u64 injected;

	for (injected = 0; injected < 2; injected++) {
		vcpu = vcpu_new(guest_triple_fault);
		vcpu_arg(vcpu, 0, injected);
		CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_SYSTEM_DOWN)->system.event,
			 AXVM_SYSTEM_TRIPLE_FAULT);
	}
}

/* A benign exception whose gate is not present is followed by #NP alone, served first. */
static __guest __u64 on_not_present(struct guest_frame *frame)
{
	GUEST_SYNC(5, frame->vector, frame->error);
	return 0;
}

static __guest void guest_serial_faults(void)
{
	guest_set_exception_handler(on_not_present);
	break_gate(TRAP_UD);
	asm volatile("ud2");
}

TEST(exceptions_in_series)
{
	struct vcpu *vcpu = vcpu_new(guest_serial_faults);
	const struct ucall *uc = vcpu_expect_sync(vcpu, 5);

	CHECK_EQ(uc->args[1], TRAP_NP);
	/* Which gate: of the IDT; whether from outside differs. QEMU counts otherwise. */
	if (!is_tcg())
		CHECK_EQ(uc->args[2] & ~1ULL, TRAP_UD << 3 | 2);
}

TEST_HARNESS_MAIN
