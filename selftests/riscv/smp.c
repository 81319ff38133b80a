// SPDX-License-Identifier: GPL-2.0
/*
 * Several harts: start, stop, suspend, IPIs, remote fences
 */
#include "test.h"
#include "insn.h"
#include "paging.h"
#include "sbi.h"

#define HARTS	4

/* Set by the host: where harts start, and what they start with. */
static __u64 start_address;
static __u64 start_args[HARTS];

static __always_inline long start_hart(__u64 id)
{
	return sbi_call(SBI_HSM, SBI_HSM_START, id, start_address, start_args[id]).error;
}

static __always_inline long hart_status(__u64 id)
{
	struct sbi_ret ret = sbi_call(SBI_HSM, SBI_HSM_STATUS, id);

	return ret.error ?: (long)ret.value;
}

/* A VM whose hart 0 runs @first and starts the others, which run @other. */
static struct vm *create_harts(unsigned int flags, void *first, void *other)
{
	struct vm *vm = vm_create(flags);
	struct vcpu *vcpu;
	unsigned int i;

	for (i = 0; i < HARTS; i++) {
		vcpu = vcpu_create_flags(vm, i, i ? other : first, i ? AXVM_VCPU_STOPPED : 0,
					 AXVM_HOME_ANY);
		(*guest_var(vm, start_args))[i] = vcpu->cpu_gpa;
	}
	*guest_var(vm, start_address) = vcpu_get_reg(vm->vcpus[0], AXVM_RISCV_PC);
	return vm;
}

/* Harts that stop never finish their run: they are kicked when hart 0 is done. */
static void *run_until_kicked(void *data)
{
	vcpu_expect((struct vcpu *)data, AXVM_EXIT_KICK);
	return NULL;
}

static void run_harts(struct vm *vm)
{
	pthread_t threads[HARTS];
	unsigned int i;

	for (i = 1; i < HARTS; i++)
		threads[i] = thread_start(run_until_kicked, vm->vcpus[i]);
	vcpu_expect_done(vm->vcpus[0]);
	for (i = 1; i < HARTS; i++) {
		CHECK_OK(axvm_kick(&vm->vcpus[i]->ax));
		thread_join(threads[i]);
	}
}

/* ------------------------------------------------------------------------- */
/* HSM: start, stop, status                                                  */
/* ------------------------------------------------------------------------- */

static __u64 started[HARTS];

static __guest void guest_counts_and_stops(void)
{
	WRITE_ONCE(started[guest_id()], READ_ONCE(started[guest_id()]) + 1);
	sbi_call(SBI_HSM, SBI_HSM_STOP);
	GUEST_FAIL("a stopped hart goes on");
}

static __guest void guest_starts_others(void)
{
	__u64 round, id;

	for (round = 1; round <= 20; round++) {
		for (id = 1; id < HARTS; id++)
			GUEST_ASSERT_EQ(start_hart(id), SBI_SUCCESS);
		for (id = 1; id < HARTS; id++) {
			guest_wait_for(hart_status(id) == SBI_HSM_STOPPED);
			GUEST_ASSERT_EQ(READ_ONCE(started[id]), round);
		}
	}
}

TEST(start_and_stop)
{
	run_harts(create_harts(0, guest_starts_others, guest_counts_and_stops));
}

static __guest void guest_spins(void)
{
	WRITE_ONCE(started[guest_id()], 1);
	for (;;)
		guest_relax();
}

static __guest void guest_hsm_errors(void)
{
	GUEST_ASSERT_EQ(hart_status(0), SBI_HSM_STARTED);
	GUEST_ASSERT_EQ(hart_status(1), SBI_HSM_STOPPED);
	GUEST_ASSERT_EQ(hart_status(HARTS), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_EQ(hart_status(~0UL), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_HSM, SBI_HSM_START, HARTS, start_address, 0),
			 SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_HSM, SBI_HSM_START, 0, start_address, 0),
			 SBI_ERR_ALREADY_AVAILABLE);
	GUEST_ASSERT_SBI(sbi_call(SBI_HSM, 99), SBI_ERR_NOT_SUPPORTED);
	GUEST_ASSERT_EQ(start_hart(1), SBI_SUCCESS);
	guest_wait_for(READ_ONCE(started[1]));
	GUEST_ASSERT_EQ(hart_status(1), SBI_HSM_STARTED);
	GUEST_ASSERT_EQ(start_hart(1), SBI_ERR_ALREADY_AVAILABLE);
}

TEST(hsm_errors)
{
	run_harts(create_harts(0, guest_hsm_errors, guest_spins));
}

/* What a started hart finds, by the specification: only a0, a1, and satp and SIE off. */
static __guest void guest_leaves_traces(void)
{
	csr_write(CSR_SSCRATCH, 0x1234);
	csr_write(CSR_SIE, SIE_SOFTWARE);
	csr_set(CSR_SSTATUS, SSTATUS_SIE);
	csr_write(CSR_SATP, 0);
	WRITE_ONCE(started[guest_id()], READ_ONCE(started[guest_id()]) + 1);
	sbi_call(SBI_HSM, SBI_HSM_STOP);
}

/* Tell a0, satp and sstatus, and then that it is done. */
#define TELL								\
	"csrr	t0, satp\n"						\
	"	csrr	t1, sstatus\n"					\
	"	sd	a0, 0(a1)\n"					\
	"	sd	t0, 8(a1)\n"					\
	"	sd	t1, 16(a1)\n"					\
	"	fence	rw, rw\n"					\
	"	li	t0, 1\n"					\
	"	sd	t0, 24(a1)\n"					\
	"1:	j	1b"

INSN(found_start, "norvc", TELL);

static __guest void guest_looks_at_a_start(__u64 area)
{
	__u64 *found = (__u64 *)area;

	GUEST_ASSERT_EQ(start_hart(2), SBI_SUCCESS);
	guest_wait_for(hart_status(2) == SBI_HSM_STOPPED);
	GUEST_ASSERT_SBI(sbi_call(SBI_HSM, SBI_HSM_START, 2, found_start, area), SBI_SUCCESS);
	guest_wait_for(READ_ONCE(found[3]));
	GUEST_ASSERT_EQ(found[0], 2);
	GUEST_ASSERT_EQ(found[1], 0);
	GUEST_ASSERT_EQ(found[2] & SSTATUS_SIE, 0);
}

TEST(state_of_a_started_hart)
{
	struct vm *vm = create_harts(0, guest_looks_at_a_start, guest_leaves_traces);

	vcpu_arg(vm->vcpus[0], 0, vm_alloc(vm, page_size()));
	run_harts(vm);
}

/* ------------------------------------------------------------------------- */
/* IPIs                                                                      */
/* ------------------------------------------------------------------------- */

static __u64 ipis_taken[HARTS];

static __guest void on_ipi(__u64 irq)
{
	GUEST_ASSERT_EQ(irq, IRQ_SOFTWARE);
	csr_clear(CSR_SIP, SIE_SOFTWARE);
	__atomic_fetch_add(&ipis_taken[guest_id()], 1, __ATOMIC_SEQ_CST);
}

static __guest void guest_takes_ipis(void)
{
	guest_set_irq_handler(on_ipi);
	csr_write(CSR_SIE, SIE_SOFTWARE);
	guest_irq_enable();
	WRITE_ONCE(started[guest_id()], 1);
	/* Half of them wait, the other half spin. */
	for (;;) {
		if (guest_id() & 1)
			guest_halt();
		else
			guest_relax();
	}
}

static __always_inline void start_others(void)
{
	__u64 id;

	for (id = 1; id < HARTS; id++) {
		GUEST_ASSERT_EQ(start_hart(id), SBI_SUCCESS);
		guest_wait_for(READ_ONCE(started[id]));
	}
}

/* One at a time, so that each is counted: IPIs are not queued. */
static __guest void guest_sends_ipis(void)
{
	__u64 round, id;

	start_others();
	for (round = 1; round <= 50; round++) {
		for (id = 1; id < HARTS; id++)
			GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 1, id), SBI_SUCCESS);
		for (id = 1; id < HARTS; id++)
			guest_wait_for(READ_ONCE(ipis_taken[id]) == round);
	}
	GUEST_ASSERT_EQ(READ_ONCE(ipis_taken[0]), 0);
}

TEST(ipis)
{
	run_harts(create_harts(0, guest_sends_ipis, guest_takes_ipis));
}

static __guest void guest_masks(void)
{
	__u64 id;

	start_others();
	/* 1 and 3, counted from 1. */
	GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 5, 1), SBI_SUCCESS);
	guest_wait_for(READ_ONCE(ipis_taken[1]) == 1 && READ_ONCE(ipis_taken[3]) == 1);
	GUEST_ASSERT_EQ(READ_ONCE(ipis_taken[2]), 0);
	/* Everybody, and so this hart too. */
	GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 0, SBI_ALL_HARTS), SBI_SUCCESS);
	for (id = 1; id < HARTS; id++)
		guest_wait_for(READ_ONCE(ipis_taken[id]) == (id == 2 ? 1 : 2));
	GUEST_ASSERT(csr_read(CSR_SIP) & SIE_SOFTWARE);
	csr_clear(CSR_SIP, SIE_SOFTWARE);
	GUEST_ASSERT_EQ(csr_read(CSR_SIP) & SIE_SOFTWARE, 0);
	/* Nobody. */
	GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 0, 0), SBI_SUCCESS);
	GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 1, HARTS), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 1UL << HARTS, 0),
			 SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 1, ~0UL - 1), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_IPI, 1), SBI_ERR_NOT_SUPPORTED);
}

TEST(ipi_masks)
{
	run_harts(create_harts(0, guest_masks, guest_takes_ipis));
}

static __guest void guest_interrupts_itself(void)
{
	__u64 round;

	guest_set_irq_handler(on_ipi);
	csr_write(CSR_SIE, SIE_SOFTWARE);
	guest_irq_enable();
	for (round = 1; round <= 100; round++) {
		GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 1, 0), SBI_SUCCESS);
		guest_wait_for(READ_ONCE(ipis_taken[0]) == round);
	}
}

TEST(self_ipi)
{
	vcpu_expect_done(vcpu_new(guest_interrupts_itself));
}

/* ------------------------------------------------------------------------- */
/* Suspend                                                                   */
/* ------------------------------------------------------------------------- */

static __guest void guest_suspends(void)
{
	__u64 id = guest_id();

	csr_write(CSR_SIE, SIE_SOFTWARE);
	for (;;) {
		WRITE_ONCE(started[id], READ_ONCE(started[id]) + 1);
		GUEST_ASSERT_SBI(sbi_call(SBI_HSM, SBI_HSM_SUSPEND, SBI_HSM_RETENTIVE),
				 SBI_SUCCESS);
		/* Only an interrupt that is enabled wakes it; it is pending now. */
		GUEST_ASSERT(csr_read(CSR_SIP) & SIE_SOFTWARE);
		csr_clear(CSR_SIP, SIE_SOFTWARE);
	}
}

static __guest void guest_wakes(void)
{
	__u64 round, id;

	for (id = 1; id < HARTS; id++)
		GUEST_ASSERT_EQ(start_hart(id), SBI_SUCCESS);
	for (round = 1; round <= 20; round++)
		for (id = 1; id < HARTS; id++) {
			guest_wait_for(READ_ONCE(started[id]) == round);
			guest_wait_for(hart_status(id) == SBI_HSM_SUSPENDED);
			GUEST_ASSERT_SBI(sbi_call(SBI_IPI, SBI_IPI_SEND, 1, id), SBI_SUCCESS);
		}
}

TEST(retentive_suspend)
{
	run_harts(create_harts(0, guest_wakes, guest_suspends));
}

/* The hart comes back at an address of its choice, as if started. */
static __guest void guest_suspends_deeply(void)
{
	__u64 id = guest_id();

	csr_write(CSR_SIE, SIE_SOFTWARE);
	csr_clear(CSR_SIP, SIE_SOFTWARE);
	WRITE_ONCE(started[id], READ_ONCE(started[id]) + 1);
	sbi_call(SBI_HSM, SBI_HSM_SUSPEND, SBI_HSM_NON_RETENTIVE, start_address, start_args[id]);
	GUEST_FAIL("a non-retentive suspend returned");
}

TEST(non_retentive_suspend)
{
	run_harts(create_harts(0, guest_wakes, guest_suspends_deeply));
}

static __guest void guest_suspend_errors(void)
{
	GUEST_ASSERT_SBI(sbi_call(SBI_HSM, SBI_HSM_SUSPEND, 1), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_HSM, SBI_HSM_SUSPEND, 0x7fffffff), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_HSM, SBI_HSM_SUSPEND, 0x80000001), SBI_ERR_INVALID_PARAM);
}

TEST(suspend_errors)
{
	vcpu_expect_done(vcpu_new(guest_suspend_errors));
}

/* ------------------------------------------------------------------------- */
/* Remote fences                                                             */
/* ------------------------------------------------------------------------- */

/*
 * The others read through a page that hart 0 redirects. Having told a hart to fence,
 * hart 0 may take the page that was there for something else: nobody looks there
 * any more. So: change, fence, overwrite the old page with poison. Whoever sees
 * poison read through a translation that was to be gone.
 */
#define GVA		PAGING_GVA
#define POISON		0xdeadbeefdeadbeefULL
#define ROUNDS		200

static bool stop;

static __guest void guest_reads_through(void)
{
	WRITE_ONCE(started[guest_id()], 1);
	while (!READ_ONCE(stop))
		GUEST_ASSERT_NE(READ_ONCE(*(__u64 *)GVA), POISON);
	sbi_call(SBI_HSM, SBI_HSM_STOP);
}

static __always_inline long fence(__u64 fn)
{
	switch (fn) {
	case SBI_RFENCE_SFENCE_VMA:
		return sbi_call(SBI_RFENCE, fn, 0, SBI_ALL_HARTS, GVA, 4096).error;
	case SBI_RFENCE_SFENCE_VMA_ASID:
		return sbi_call(SBI_RFENCE, fn, 0, SBI_ALL_HARTS, GVA, 4096, 0).error;
	default:
		/* By mask, and everything. */
		return sbi_call(SBI_RFENCE, SBI_RFENCE_SFENCE_VMA, 7, 1, 0, ~0UL).error;
	}
}

static __guest void guest_redirects(__u64 pte_gpa, __u64 page0, __u64 page1, __u64 fn)
{
	__u64 *pte = (__u64 *)pte_gpa;
	__u64 round, from, to, id;

	start_others();
	for (round = 0; round < ROUNDS; round++) {
		from = round & 1 ? page1 : page0;
		to = round & 1 ? page0 : page1;
		WRITE_ONCE(*(__u64 *)to, round);
		guest_fence();
		WRITE_ONCE(*pte, to >> 12 << PTE_PPN_SHIFT | PTE_RWX);
		guest_fence();
		GUEST_ASSERT_EQ(fence(fn), SBI_SUCCESS);
		WRITE_ONCE(*(__u64 *)from, POISON);
	}
	WRITE_ONCE(stop, true);
	for (id = 1; id < HARTS; id++)
		guest_wait_for(hart_status(id) == SBI_HSM_STOPPED);
}

static void check_remote_fence(__u64 fn)
{
	struct vm *vm = create_harts(VM_PAGING, guest_redirects, guest_reads_through);
	__u64 page = vm_alloc(vm, 2 * page_size());

	paging_map(vm, GVA, page, PTE_RWX);
	vcpu_arg(vm->vcpus[0], 0, paging_pte(vm, GVA));
	vcpu_arg(vm->vcpus[0], 1, page);
	vcpu_arg(vm->vcpus[0], 2, page + page_size());
	vcpu_arg(vm->vcpus[0], 3, fn);
	run_harts(vm);
}

TEST(remote_sfence_vma)
{
	check_remote_fence(SBI_RFENCE_SFENCE_VMA);
}

TEST(remote_sfence_vma_asid)
{
	check_remote_fence(SBI_RFENCE_SFENCE_VMA_ASID);
}

TEST(remote_sfence_vma_all)
{
	check_remote_fence(SBI_RFENCE_FENCE_I);
}

/*
 * Code that is rewritten for the other harts. They call it when they are told to,
 * and tell what it returned: after the fence, what was written before it. They do
 * not call it all the time, because QEMU may keep code that it translates just
 * while that is being written.
 */
static __u64 returned[HARTS], call_now;
static __u64 code_at;

static __guest void guest_calls(void)
{
	__u64 round;

	WRITE_ONCE(started[guest_id()], 1);
	for (round = 1; !READ_ONCE(stop); round++) {
		guest_wait_for(READ_ONCE(call_now) == round || READ_ONCE(stop));
		WRITE_ONCE(returned[guest_id()], ((__u64 (*)(void))code_at)());
	}
	sbi_call(SBI_HSM, SBI_HSM_STOP);
}

static __guest void guest_rewrites(void)
{
	__u32 *code = (__u32 *)code_at;
	__u64 value, id;

	start_others();
	for (value = 1; value < 100; value++) {
		WRITE_ONCE(code[0], value << 20 | 0x513);	/* li a0, value */
		guest_fence();
		GUEST_ASSERT_SBI(sbi_call(SBI_RFENCE, SBI_RFENCE_FENCE_I, 0, SBI_ALL_HARTS),
				 SBI_SUCCESS);
		WRITE_ONCE(call_now, value);
		for (id = 1; id < HARTS; id++)
			guest_wait_for(READ_ONCE(returned[id]) == value);
	}
	WRITE_ONCE(stop, true);
	for (id = 1; id < HARTS; id++)
		guest_wait_for(hart_status(id) == SBI_HSM_STOPPED);
}

TEST(remote_fence_i)
{
	static const __u32 code[] = { 0x00000513, 0x00008067 };	/* li a0, 0; ret */
	struct vm *vm = create_harts(0, guest_rewrites, guest_calls);

	memcpy(vm_map(vm, TEST_GPA, page_size(), MEM_RWX), code, sizeof(code));
	*guest_var(vm, code_at) = TEST_GPA;
	run_harts(vm);
}

static __guest void guest_fence_errors(void)
{
	GUEST_ASSERT_SBI(sbi_call(SBI_RFENCE, SBI_RFENCE_SFENCE_VMA, 1, HARTS, 0, 4096),
			 SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_RFENCE, SBI_RFENCE_FENCE_I, 1UL << 63, 0),
			 SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_RFENCE, SBI_RFENCE_SFENCE_VMA, 0, 0, 0, 0), SBI_SUCCESS);
	/* A guest without the hypervisor extension has nothing to fence there. */
	GUEST_ASSERT_SBI(sbi_call(SBI_RFENCE, SBI_RFENCE_HFENCE_GVMA, 1, 0, 0, 4096),
			 SBI_ERR_NOT_SUPPORTED);
	GUEST_ASSERT_SBI(sbi_call(SBI_RFENCE, SBI_RFENCE_HFENCE_VVMA, 1, 0, 0, 4096),
			 SBI_ERR_NOT_SUPPORTED);
	GUEST_ASSERT_SBI(sbi_call(SBI_RFENCE, 77), SBI_ERR_NOT_SUPPORTED);
}

TEST(fence_errors)
{
	vcpu_expect_done(vcpu_new(guest_fence_errors));
}

TEST_HARNESS_MAIN
