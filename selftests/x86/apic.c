// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC of one CPU: registers, priorities, the end of interrupts, errors, modes
 */
#include "test.h"
#include "apic.h"
#include "vcpu.h"

FIXTURE(apic) {
	struct vm *vm;
};

FIXTURE_VARIANT(apic) {
	enum apic_kind kind;
};

FIXTURE_VARIANT_ADD(apic, xapic) {
	.kind = APIC_XAPIC,
};

FIXTURE_VARIANT_ADD(apic, x2apic) {
	.kind = APIC_X2APIC,
};

FIXTURE_VARIANT_ADD(apic, virtual) {
	.kind = APIC_VIRTUAL,
};

FIXTURE_SETUP(apic)
{
	self->vm = vm_create(0);
	apic_use(self->vm, variant->kind);
}

FIXTURE_TEARDOWN(apic)
{
	vm_destroy(self->vm);
}

/* What came, in order. */
#define MOST	64
static __u64 came[MOST], nr_came, nmis, tsc_khz;
/* The handler leaves the end of its interrupt to others. */
static bool no_eoi;

static __guest void on_irq(__u64 vector)
{
	if (nr_came < MOST)
		WRITE_ONCE(came[nr_came], vector);
	WRITE_ONCE(nr_came, nr_came + 1);
	if (!READ_ONCE(no_eoi))
		apic_eoi();
}

static __guest void on_nmi(struct guest_frame *frame)
{
	(void)frame;
	WRITE_ONCE(nmis, nmis + 1);
}

/* Interrupts are off, and will arrive in on_irq(). */
static __always_inline void begin(void)
{
	guest_irq_disable();
	guest_set_irq_handler(on_irq);
	guest_set_nmi_handler(on_nmi);
	apic_start();
	WRITE_ONCE(nr_came, 0);
}

/* What waits comes now. */
static __always_inline void let_in(void)
{
	guest_irq_enable();
	guest_irq_disable();
}

static __always_inline void send_self(__u32 vector)
{
	apic_send(0, APIC_TO_SELF | APIC_FIXED | vector);
}

/* ------------------------------------------------------------------------- */
/* Registers                                                                 */
/* ------------------------------------------------------------------------- */

static __guest void guest_after_reset(void)
{
	static const __u32 lvts[] = {
		APIC_LVT_TIMER, APIC_LVT_THERMAL, APIC_LVT_PERFORMANCE, APIC_LVT_LINT0,
		APIC_LVT_LINT1, APIC_LVT_ERROR,
	};
	static const __u32 zeros[] = {
		APIC_TPR, APIC_PPR, APIC_ESR, APIC_ICR, APIC_INITIAL_COUNT, APIC_CURRENT_COUNT,
		APIC_DIVIDE,
	};
	__u64 id = guest_id(), base = APIC_GPA | APIC_BASE_ENABLE;
	__u32 i;

	GUEST_ASSERT_EQ(rdmsr(MSR_APIC_BASE), base | (id ? 0 : APIC_BASE_BSP));
	apic_set_mode();
	if (READ_ONCE(apic_x2apic)) {
		GUEST_ASSERT_EQ(apic_read(APIC_ID), id);
		GUEST_ASSERT_EQ(apic_read(APIC_LDR), id >> 4 << 16 | 1 << (id & 15));
	} else {
		GUEST_ASSERT_EQ(apic_read(APIC_ID), id << 24);
		GUEST_ASSERT_EQ(apic_read(APIC_LDR), 0);
		GUEST_ASSERT_EQ(apic_read(APIC_DFR), 0xffffffff);
	}
	GUEST_ASSERT_EQ(apic_read(APIC_VERSION), 0x50014);
	GUEST_ASSERT_EQ(apic_read(APIC_SVR), 0xff);
	for (i = 0; i < ARRAY_SIZE(lvts); i++)
		GUEST_ASSERT_EQ(apic_read(lvts[i]), APIC_MASKED);
	for (i = 0; i < ARRAY_SIZE(zeros); i++)
		GUEST_ASSERT_EQ(apic_read(zeros[i]), 0);
	for (i = APIC_ISR; i < APIC_ESR; i += 16)
		GUEST_ASSERT_EQ(apic_read(i), 0);
}

TEST_F(apic, after_reset)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_after_reset));
	vcpu_expect_done(vcpu_create(self->vm, 0x37, guest_after_reset));
}

/* What can be written is kept, and nothing else is. */
static __guest void guest_writes_all(void)
{
	static const struct { __u32 offset, bits; } kept[] = {
		{ APIC_TPR, 0xff },
		{ APIC_SVR, 0x3ff },
		{ APIC_LVT_THERMAL, 0x107ff },
		{ APIC_LVT_PERFORMANCE, 0x107ff },
		{ APIC_LVT_LINT0, 0x1a7ff },
		{ APIC_LVT_LINT1, 0x1a7ff },
		{ APIC_LVT_ERROR, 0x100ff },
		{ APIC_DIVIDE, 0xb },
	};
	bool x2apic = READ_ONCE(apic_x2apic);
	__u32 i;

	begin();
	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		apic_write(kept[i].offset, kept[i].bits);
		GUEST_ASSERT_EQ(apic_read(kept[i].offset), kept[i].bits);
		if (!x2apic)
			apic_write(kept[i].offset, ~0U);
		else
			GUEST_ASSERT_TRAPS(apic_write(kept[i].offset, ~0U), TRAP_GP);
		GUEST_ASSERT_EQ(apic_read(kept[i].offset), kept[i].bits);
		apic_write(kept[i].offset, kept[i].offset == APIC_SVR ? 0x1ff : APIC_MASKED &
			   kept[i].bits);
	}
	if (x2apic)
		return;
	apic_write(APIC_LDR, ~0U);
	GUEST_ASSERT_EQ(apic_read(APIC_LDR), 0xff000000);
	apic_write(APIC_DFR, 0);
	GUEST_ASSERT_EQ(apic_read(APIC_DFR), 0x0fffffff);
	apic_write(APIC_ICR_HIGH, ~0U);
	GUEST_ASSERT_EQ(apic_read(APIC_ICR_HIGH), 0xff000000);
	/* Those that are only read stay as they are. */
	apic_write(APIC_ID, ~0U);
	GUEST_ASSERT_EQ(apic_read(APIC_ID), 0);
	apic_write(APIC_VERSION, ~0U);
	GUEST_ASSERT_EQ(apic_read(APIC_VERSION), 0x50014);
	apic_write(APIC_IRR, ~0U);
	GUEST_ASSERT_EQ(apic_read(APIC_IRR), 0);
}

TEST_F(apic, reserved_bits)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_writes_all));
}

/* ------------------------------------------------------------------------- */
/* Interrupts                                                                */
/* ------------------------------------------------------------------------- */

static __guest void guest_interrupts_itself(void)
{
	begin();
	send_self(0x41);
	GUEST_ASSERT(apic_has(APIC_IRR, 0x41));
	GUEST_ASSERT(!apic_has(APIC_ISR, 0x41));
	GUEST_ASSERT_EQ(nr_came, 0);
	WRITE_ONCE(no_eoi, true);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	GUEST_ASSERT_EQ(READ_ONCE(came[0]), 0x41);
	GUEST_ASSERT(!apic_has(APIC_IRR, 0x41));
	GUEST_ASSERT(apic_has(APIC_ISR, 0x41));
	GUEST_ASSERT(!apic_has(APIC_TMR, 0x41));
	GUEST_ASSERT_EQ(apic_read(APIC_PPR), 0x40);
	/* The same again has to wait for the end of the first. */
	send_self(0x41);
	send_self(0x41);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	apic_eoi();
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 2);
	apic_eoi();
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 2);
	/* With interrupts on it comes at once; an end of nothing is nothing. */
	WRITE_ONCE(no_eoi, false);
	guest_irq_enable();
	send_self(0xfe);
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 3);
	GUEST_ASSERT_EQ(READ_ONCE(came[2]), 0xfe);
	apic_eoi();
	if (!READ_ONCE(apic_x2apic))
		return;
	wrmsr(MSR_X2APIC(APIC_SELF_IPI), 0x20);
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 4);
	GUEST_ASSERT_EQ(READ_ONCE(came[3]), 0x20);
}

TEST_F(apic, self_ipi)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_interrupts_itself));
}

/* While interrupts are off one that waits goes on waiting, whatever the host has to do. */
static __guest void guest_stays_off(void)
{
	__u64 until;

	begin();
	let_in();
	if (READ_ONCE(apic_x2apic))
		wrmsr(MSR_X2APIC(APIC_SELF_IPI), 0x41);
	else
		send_self(0x41);
	until = rdtsc() + READ_ONCE(tsc_khz) * 30;
	while (rdtsc() < until)
		;
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 0);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
}

TEST_F(apic, interrupts_off)
{
	if (variant->kind == APIC_VIRTUAL && is_bochs())
		test_skip("Bochs lets virtual interrupts in when one of the host's comes");
	*guest_var(self->vm, tsc_khz) = vm_get_reg(self->vm, AXVM_X86_VM_GUEST_TSC_KHZ);
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_stays_off));
}

/* Every vector there is, sent from low to high, comes from high to low. */
static __guest void guest_sends_all(void)
{
	__u32 vector, i;

	for (vector = 32; vector < 256; vector += MOST) {
		begin();
		for (i = 0; i < MOST && vector + i < 256; i++)
			send_self(vector + i);
		let_in();
		GUEST_ASSERT_EQ(READ_ONCE(nr_came), i);
		while (i--)
			GUEST_ASSERT_EQ(READ_ONCE(came[nr_came - 1 - i]), vector + i);
	}
}

TEST_F(apic, by_priority)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_sends_all));
}

/* One that is in service holds back its own class and those below. */
static __guest void guest_nests(void)
{
	begin();
	WRITE_ONCE(no_eoi, true);
	send_self(0x51);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	send_self(0x5f);
	send_self(0x41);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	send_self(0x60);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 2);
	GUEST_ASSERT_EQ(READ_ONCE(came[1]), 0x60);
	GUEST_ASSERT_EQ(apic_read(APIC_PPR), 0x60);
	/* The highest in service ends first. */
	apic_eoi();
	GUEST_ASSERT(!apic_has(APIC_ISR, 0x60));
	GUEST_ASSERT(apic_has(APIC_ISR, 0x51));
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 2);
	apic_eoi();
	WRITE_ONCE(no_eoi, false);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 4);
	GUEST_ASSERT_EQ(READ_ONCE(came[2]), 0x5f);
	GUEST_ASSERT_EQ(READ_ONCE(came[3]), 0x41);
}

TEST_F(apic, in_service)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_nests));
}

static __guest void guest_sets_priority(void)
{
	begin();
	guest_irq_enable();
	apic_write(APIC_TPR, 0x5a);
	GUEST_ASSERT_EQ(read_cr8(), 5);
	GUEST_ASSERT_EQ(apic_read(APIC_PPR), 0x5a);
	send_self(0x5f);
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 0);
	send_self(0x60);
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	GUEST_ASSERT_EQ(READ_ONCE(came[0]), 0x60);
	write_cr8(4);
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 2);
	GUEST_ASSERT_EQ(READ_ONCE(came[1]), 0x5f);
	GUEST_ASSERT_EQ(apic_read(APIC_TPR), 0x40);
	write_cr8(15);
	send_self(0xff);
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 2);
	apic_write(APIC_TPR, 0);
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 3);
	GUEST_ASSERT_EQ(read_cr8(), 0);
	/* QEMU's CPU takes this, where a guest has CR8 to itself. */
	if (guest_try(write_cr8(16)) != TRAP_GP)
		GUEST_ASSERT_EQ(read_cr8(), 0);
}

TEST_F(apic, task_priority)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_sets_priority));
}

/* A wait ends only with an interrupt that is taken. */
static __guest void guest_waits_with_priority(void)
{
	begin();
	write_cr8(5);
	send_self(0x51);
	apic_write(APIC_DIVIDE, APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, 0x61);
	apic_write(APIC_INITIAL_COUNT, 2000000);
	guest_take_irq();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	GUEST_ASSERT_EQ(READ_ONCE(came[0]), 0x61);
	write_cr8(0);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 2);
}

TEST_F(apic, halted_below_priority)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_waits_with_priority));
}

/* ------------------------------------------------------------------------- */
/* Off, by software and by hardware                                          */
/* ------------------------------------------------------------------------- */

static __guest void guest_disables_by_software(void)
{
	begin();
	send_self(0x71);
	apic_write(APIC_LVT_TIMER, 0x61);
	apic_write(APIC_SVR, 0xff);
	GUEST_ASSERT_EQ(apic_read(APIC_LVT_TIMER), APIC_MASKED | 0x61);
	/* Masked they stay... */
	apic_write(APIC_LVT_TIMER, 0x62);
	GUEST_ASSERT_EQ(apic_read(APIC_LVT_TIMER), APIC_MASKED | 0x62);
	/* ...and nothing new comes in, but what was there, and what is no interrupt. */
	send_self(0x81);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	GUEST_ASSERT_EQ(READ_ONCE(came[0]), 0x71);
	apic_send(guest_id(), APIC_NMI);
	GUEST_ASSERT_EQ(READ_ONCE(nmis), 1);
	apic_write(APIC_SVR, 0x1ff);
	GUEST_ASSERT_EQ(apic_read(APIC_LVT_TIMER), APIC_MASKED | 0x62);
	apic_write(APIC_LVT_TIMER, 0x62);
	GUEST_ASSERT_EQ(apic_read(APIC_LVT_TIMER), 0x62);
	send_self(0x82);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 2);
}

TEST_F(apic, disabled_by_software)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_disables_by_software));
}

static __guest void guest_switches_modes(void)
{
	__u64 off = APIC_GPA | APIC_BASE_BSP, on = off | APIC_BASE_ENABLE;
	bool x2apic = READ_ONCE(apic_x2apic);

	begin();
	send_self(0x71);
	/* x2APIC mode needs xAPIC mode before it, and does not go back. */
	GUEST_ASSERT_TRAPS(wrmsr(MSR_APIC_BASE, off | APIC_BASE_X2APIC), TRAP_GP);
	if (x2apic)
		GUEST_ASSERT_TRAPS(wrmsr(MSR_APIC_BASE, on), TRAP_GP);
	wrmsr(MSR_APIC_BASE, off);
	GUEST_ASSERT_EQ(rdmsr(MSR_APIC_BASE), off);
	GUEST_ASSERT_TRAPS(rdmsr(MSR_X2APIC(APIC_ID)), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_APIC_BASE, on | APIC_BASE_X2APIC), TRAP_GP);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 0);
	/* All is forgotten. */
	wrmsr(MSR_APIC_BASE, on);
	GUEST_ASSERT_EQ(guest_mmio_read32(APIC_GPA + APIC_SVR), 0xff);
	GUEST_ASSERT_EQ(guest_mmio_read32(APIC_GPA + APIC_IRR + 0x30), 0);
	apic_start();
	send_self(0x72);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	GUEST_ASSERT_EQ(READ_ONCE(came[0]), 0x72);
	/* Reserved bits. */
	GUEST_ASSERT_TRAPS(wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | 1), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | X86_BIT(9)), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | X86_BIT(63)), TRAP_GP);
}

TEST_F(apic, modes)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_switches_modes));
}

/* Its page goes where the guest wants it; what was below is there again. */
static __guest void guest_moves_page(void)
{
	__u64 to = MMIO_GPA + 0x5000;

	wrmsr(MSR_APIC_BASE, to | APIC_BASE_BSP | APIC_BASE_ENABLE);
	GUEST_ASSERT_EQ(guest_mmio_read32(to + APIC_VERSION), 0x50014);
	GUEST_SYNC(1);
	GUEST_ASSERT_EQ(guest_mmio_read32(APIC_GPA + APIC_VERSION), 0x1234);
	wrmsr(MSR_APIC_BASE, APIC_GPA | APIC_BASE_BSP | APIC_BASE_ENABLE);
	GUEST_ASSERT_EQ(guest_mmio_read32(APIC_GPA + APIC_VERSION), 0x50014);
}

TEST(page_is_moved)
{
	struct vcpu *vcpu = vcpu_new(guest_moves_page);

	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ)->mmio.addr, APIC_GPA + APIC_VERSION);
	axvm_answer(&vcpu->ax, 0x1234, 0);
	vcpu_expect_done(vcpu);
}

/* ------------------------------------------------------------------------- */
/* Errors                                                                    */
/* ------------------------------------------------------------------------- */

static __always_inline __u32 errors(void)
{
	apic_write(APIC_ESR, 0);
	return apic_read(APIC_ESR);
}

static __guest void guest_makes_errors(void)
{
	begin();
	GUEST_ASSERT_EQ(errors(), 0);
	send_self(0xf);
	/* They show when the register is written, and then are gone. */
	GUEST_ASSERT_EQ(apic_read(APIC_ESR), 0);
	GUEST_ASSERT_EQ(errors(), APIC_ERROR_SENT | APIC_ERROR_RECEIVED);
	GUEST_ASSERT_EQ(errors(), 0);
	/* With an interrupt. */
	apic_write(APIC_LVT_ERROR, 0xd1);
	send_self(0);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	GUEST_ASSERT_EQ(READ_ONCE(came[0]), 0xd1);
	GUEST_ASSERT_EQ(errors(), APIC_ERROR_SENT | APIC_ERROR_RECEIVED);
	/* Of an illegal vector itself: no more than the error. */
	apic_write(APIC_LVT_ERROR, 0x3);
	send_self(0xa);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
	GUEST_ASSERT_EQ(errors(), APIC_ERROR_SENT | APIC_ERROR_RECEIVED);
	apic_write(APIC_LVT_ERROR, APIC_MASKED);
	/* Nobody there is no error. */
	apic_send(0x66, 0x45);
	GUEST_ASSERT_EQ(errors(), 0);
	if (READ_ONCE(apic_x2apic))
		return;
	guest_mmio_read32(APIC_GPA + 0x40);
	GUEST_ASSERT_EQ(errors(), APIC_ERROR_REGISTER);
	guest_mmio_write32(APIC_GPA + 0x3f0, 0x45);
	GUEST_ASSERT_EQ(errors(), APIC_ERROR_REGISTER);
	guest_mmio_write32(APIC_GPA + 0xff0, 0);
	GUEST_ASSERT_EQ(errors(), APIC_ERROR_REGISTER);
	let_in();
	GUEST_ASSERT_EQ(READ_ONCE(nr_came), 1);
}

TEST_F(apic, errors)
{
	vcpu_expect_done(vcpu_create(self->vm, 0, guest_makes_errors));
}

/* ------------------------------------------------------------------------- */
/* What is #GP in x2APIC mode                                                */
/* ------------------------------------------------------------------------- */

#define MSR_IN_APIC(n)	(0x800 + (n))

/* All 256 of them: which can be read. */
static __guest void guest_reads_all_msrs(void)
{
	static const __u8 readable[] = {
		0x02, 0x03, 0x08, 0x0a, 0x0d, 0x0f, 0x28, 0x30, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37,
		0x38, 0x39, 0x3e,
	};
	__u32 n, i, expected;

	begin();
	for (n = 0; n < 0x100; n++) {
		expected = n >= 0x10 && n < 0x28 ? ~0U : TRAP_GP;
		for (i = 0; i < ARRAY_SIZE(readable); i++)
			if (readable[i] == n)
				expected = ~0U;
		GUEST_ASSERT_EQ((__u32)guest_try(rdmsr(MSR_IN_APIC(n))), expected);
	}
}

/* Which can be written, and what is reserved in them. */
static __guest void guest_writes_all_msrs(void)
{
	static const __u8 writable[] = {
		0x08, 0x0b, 0x0f, 0x28, 0x30, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x3e, 0x3f,
	};
	static const struct { __u16 n; __u64 value; } refused[] = {
		{ 0x08, 0x100 }, { 0x08, 1ULL << 32 }, { 0x0b, 1 }, { 0x0f, 0x1400 },
		{ 0x28, 1 }, { 0x30, 1 << 13 }, { 0x30, 1 << 16 }, { 0x30, 1 << 20 },
		{ 0x30, 1U << 31 }, { 0x32, 1 << 19 }, { 0x32, 1 << 8 }, { 0x35, 1 << 17 },
		{ 0x37, 0x100 }, { 0x38, 1ULL << 32 }, { 0x3e, 4 }, { 0x3f, 0x100 },
		{ 0x3f, 1ULL << 32 },
	};
	__u32 n, i, expected;

	begin();
	for (n = 0; n < 0x100; n++) {
		expected = TRAP_GP;
		for (i = 0; i < ARRAY_SIZE(writable); i++)
			if (writable[i] == n)
				expected = ~0U;
		/* Zeros everywhere: an IPI with vector 0, errors, the APIC is off. */
		GUEST_ASSERT_EQ((__u32)guest_try(wrmsr(MSR_IN_APIC(n), 0)), expected);
	}
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		GUEST_ASSERT_TRAPS(wrmsr(MSR_IN_APIC(refused[i].n), refused[i].value), TRAP_GP);
	/* What reads as status may be written back. */
	GUEST_ASSERT_RUNS(wrmsr(MSR_IN_APIC(0x30), 1 << 12 | APIC_SMI));
	GUEST_ASSERT_RUNS(wrmsr(MSR_IN_APIC(0x35), APIC_MASKED | APIC_REMOTE_IRR | 1 << 12));
}

/* Without that mode there are none. */
static __guest void guest_has_no_x2apic(void)
{
	GUEST_ASSERT_TRAPS(rdmsr(MSR_X2APIC(APIC_ID)), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_X2APIC(APIC_EOI), 0), TRAP_GP);
	GUEST_ASSERT_TRAPS(wrmsr(MSR_APIC_BASE, APIC_GPA | APIC_BASE_ENABLE | APIC_BASE_X2APIC),
			   TRAP_GP);
}

static struct vm *x2apic_vm(void)
{
	struct vm *vm = vm_create(0);

	apic_use(vm, APIC_X2APIC);
	return vm;
}

TEST(x2apic_reads)
{
	vcpu_expect_done(vcpu_create(x2apic_vm(), 0, guest_reads_all_msrs));
}

TEST(x2apic_writes)
{
	vcpu_expect_done(vcpu_create(x2apic_vm(), 0, guest_writes_all_msrs));
}

TEST(without_x2apic)
{
	struct vm *vm = x2apic_vm();

	vm_set_reg(vm, AXVM_X86_CPUID(1, 0, 2), vm_cpuid(vm, 1, 0, 2) & ~BIT(21));
	vcpu_expect_done(vcpu_create(vm, 0, guest_has_no_x2apic));
}

TEST_HARNESS_MAIN
