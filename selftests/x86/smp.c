// SPDX-License-Identifier: GPL-2.0
/*
 * Several CPUs, brought up by the guest itself: INIT and start-up, IPIs, shootdowns
 */
#include "ap.h"
#include "paging.h"
#include "test.h"
#include "vcpu.h"

#define CPUS	4
#define VECTOR	0x61

/* A VM whose first vCPU runs @first; the others wait to be started, and run @other. */
static struct vm *create_cpus(void *first, void *other)
{
	struct vm *vm = vm_create(0);
	unsigned int i;

	for (i = 0; i < CPUS; i++)
		vcpu_create_flags(vm, i, i ? other : first, i ? AXVM_VCPU_STOPPED : 0,
				  AXVM_HOME_ANY);
	ap_setup(vm);
	return vm;
}

/* They never finish their run: they are kicked when the first one is done. */
static void *run_until_kicked(void *data)
{
	vcpu_expect((struct vcpu *)data, AXVM_EXIT_KICK);
	return NULL;
}

static void run_cpus(struct vm *vm)
{
	pthread_t threads[CPUS];
	unsigned int i;

	for (i = 1; i < CPUS; i++)
		threads[i] = thread_start(run_until_kicked, vm->vcpus[i]);
	vcpu_expect_done(vm->vcpus[0]);
	for (i = 1; i < CPUS; i++) {
		CHECK_OK(axvm_kick(&vm->vcpus[i]->ax));
		thread_join(threads[i]);
	}
}

/* ------------------------------------------------------------------------- */
/* Bring-up                                                                  */
/* ------------------------------------------------------------------------- */

static __u64 started[CPUS];
static bool stop;

static __always_inline void count_start(void)
{
	WRITE_ONCE(started[guest_id()], READ_ONCE(started[guest_id()]) + 1);
}

static __guest void guest_counts_and_waits(void)
{
	count_start();
	for (;;)
		guest_halt();
}

/* Each time from where it waits, by INIT. */
static __guest void guest_starts_others(void)
{
	__u64 round, id;

	apic_start();
	for (round = 1; round <= 20; round++) {
		for (id = 1; id < CPUS; id++)
			ap_start(id);
		for (id = 1; id < CPUS; id++)
			guest_wait_for(READ_ONCE(started[id]) == round);
	}
}

TEST(init_and_start_up)
{
	run_cpus(create_cpus(guest_starts_others, guest_counts_and_waits));
}

static __guest void guest_counts_and_spins(void)
{
	count_start();
	for (;;)
		guest_relax();
}

/* A CPU that runs is reset too; a start-up IPI that nobody waits for is ignored. */
static __guest void guest_interferes(void)
{
	__u64 i;

	apic_start();
	ap_start(1);
	guest_wait_for(READ_ONCE(started[1]) == 1);
	for (i = 0; i < 100; i++)
		apic_send(1, APIC_STARTUP | AP_GPA >> 12);
	for (i = 0; i < 1000; i++)
		guest_relax();
	GUEST_ASSERT_EQ(READ_ONCE(started[1]), 1);
	ap_start(1);
	guest_wait_for(READ_ONCE(started[1]) == 2);
	/* Nobody has this id. */
	ap_start(13);
}

TEST(init_of_a_running_cpu)
{
	run_cpus(create_cpus(guest_interferes, guest_counts_and_spins));
}

/* Between INIT and the start-up IPI it waits, and its registers are as after INIT. */
static __guest void guest_inits(void)
{
	apic_start();
	apic_send(1, APIC_INIT | APIC_ASSERT);
	GUEST_SYNC(1);
	apic_send(1, APIC_STARTUP | 0x12);
	GUEST_SYNC(2);
}

TEST(state_between_init_and_start_up)
{
	struct vm *vm = create_cpus(guest_inits, guest_counts_and_waits);
	struct vcpu *ap = vm->vcpus[1];

	vcpu_set_reg(ap, AXVM_X86_RBX, 77);
	vcpu_set_reg(ap, AXVM_X86_MSR(MSR_LSTAR), 0x1234);
	vcpu_expect_sync(vm->vcpus[0], 1);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_REG_RUN_STATE), AXVM_RUN_STOPPED);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_X86_RBX), 0);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_X86_MSR(MSR_LSTAR)), 0x1234);
	vcpu_expect_sync(vm->vcpus[0], 2);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_REG_RUN_STATE), AXVM_RUN_STARTED);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_X86_SELECTOR(AXVM_X86_CS)), 0x1200);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_X86_BASE(AXVM_X86_CS)), 0x12000);
	CHECK_EQ(vcpu_get_reg(ap, AXVM_X86_RIP), 0);
}

/* ------------------------------------------------------------------------- */
/* IPIs                                                                      */
/* ------------------------------------------------------------------------- */

static __u64 ipis_taken[CPUS], nmis_taken[CPUS];

static __guest void on_ipi(__u64 vector)
{
	GUEST_ASSERT_EQ(vector, VECTOR);
	__atomic_fetch_add(&ipis_taken[guest_id()], 1, __ATOMIC_SEQ_CST);
	apic_eoi();
}

static __guest void on_nmi(struct guest_frame *frame)
{
	(void)frame;
	__atomic_fetch_add(&nmis_taken[guest_id()], 1, __ATOMIC_SEQ_CST);
}

/* One spins, the others wait. */
static __guest void guest_takes_ipis(void)
{
	guest_set_irq_handler(on_ipi);
	guest_set_nmi_handler(on_nmi);
	apic_start();
	count_start();
	if (guest_id() != 2)
		for (;;)
			guest_take_irq();
	guest_irq_enable();
	for (;;)
		guest_relax();
}

static __always_inline void start_others(void)
{
	__u64 id;

	apic_start();
	for (id = 1; id < CPUS; id++) {
		ap_start(id);
		guest_wait_for(READ_ONCE(started[id]));
	}
}

/* One at a time, so that each is counted: an APIC keeps one of a vector. */
static __guest void guest_sends_ipis(void)
{
	__u64 round, id;

	start_others();
	for (round = 1; round <= 20; round++) {
		for (id = 1; id < CPUS; id++)
			apic_send(id, VECTOR);
		for (id = 1; id < CPUS; id++)
			guest_wait_for(READ_ONCE(ipis_taken[id]) == round);
	}
	GUEST_ASSERT_EQ(READ_ONCE(ipis_taken[0]), 0);
}

TEST(ipis)
{
	run_cpus(create_cpus(guest_sends_ipis, guest_takes_ipis));
}

TEST(ipis_x2apic)
{
	struct vm *vm = create_cpus(guest_sends_ipis, guest_takes_ipis);

	apic_use(vm, APIC_X2APIC);
	run_cpus(vm);
}

static __guest void guest_sends_nmis(void)
{
	__u64 round, id;

	start_others();
	for (round = 1; round <= 20; round++) {
		for (id = 1; id < CPUS; id++)
			apic_send(id, APIC_NMI);
		for (id = 1; id < CPUS; id++)
			guest_wait_for(READ_ONCE(nmis_taken[id]) == round);
	}
}

TEST(nmis)
{
	run_cpus(create_cpus(guest_sends_nmis, guest_takes_ipis));
}

static __guest void guest_sends_to_all(void)
{
	__u64 round, id;

	start_others();
	for (round = 1; round <= 20; round++) {
		apic_send(0, APIC_TO_OTHERS | VECTOR);
		for (id = 1; id < CPUS; id++)
			guest_wait_for(READ_ONCE(ipis_taken[id]) == round);
	}
	GUEST_ASSERT_EQ(READ_ONCE(ipis_taken[0]), 0);
}

TEST(ipis_to_all_others)
{
	run_cpus(create_cpus(guest_sends_to_all, guest_takes_ipis));
}

/* ------------------------------------------------------------------------- */
/* Shootdowns                                                                */
/* ------------------------------------------------------------------------- */

/*
 * The first CPU moves a page from one place to another, has the others drop their
 * translations, and then spoils the old place. Nobody may see that.
 */
#define GVA		PAGING_GVA
#define POISON		0xdeadbeefdeadbeefULL
#define ROUNDS		30

static __u64 dropped;

static __guest void on_shootdown(__u64 vector)
{
	GUEST_ASSERT_EQ(vector, VECTOR);
	guest_flush_page(GVA);
	apic_eoi();
	__atomic_fetch_add(&dropped, 1, __ATOMIC_SEQ_CST);
}

static __guest void guest_reads_through(void)
{
	guest_set_irq_handler(on_shootdown);
	apic_start();
	guest_irq_enable();
	count_start();
	while (!READ_ONCE(stop))
		GUEST_ASSERT_NE(READ_ONCE(*(__u64 *)GVA), POISON);
	for (;;)
		guest_relax();
}

static __guest void guest_redirects(__u64 pte_gpa, __u64 page0, __u64 page1)
{
	__u64 *pte = (__u64 *)pte_gpa;
	__u64 round, from, to;

	start_others();
	for (round = 0; round < ROUNDS; round++) {
		from = round & 1 ? page1 : page0;
		to = round & 1 ? page0 : page1;
		WRITE_ONCE(*(__u64 *)to, round);
		WRITE_ONCE(dropped, 0);
		WRITE_ONCE(*pte, to | PTE_RWX);
		guest_fence();
		apic_send(0, APIC_TO_OTHERS | VECTOR);
		guest_wait_for(READ_ONCE(dropped) == CPUS - 1);
		WRITE_ONCE(*(__u64 *)from, POISON);
	}
	WRITE_ONCE(stop, true);
}

TEST(shootdown)
{
	struct vm *vm = create_cpus(guest_redirects, guest_reads_through);
	__u64 page = vm_alloc(vm, 2 * page_size());

	paging_map(vm, GVA, page, PTE_RWX);
	vcpu_arg(vm->vcpus[0], 0, paging_pte(vm, GVA));
	vcpu_arg(vm->vcpus[0], 1, page);
	vcpu_arg(vm->vcpus[0], 2, page + page_size());
	run_cpus(vm);
}

TEST_HARNESS_MAIN
