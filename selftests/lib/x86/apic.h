/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the local APIC, for guest code
 *
 * In xAPIC mode, or in x2APIC mode if apic_use() said so.
 */
#ifndef SELFTESTS_X86_APIC_H
#define SELFTESTS_X86_APIC_H

#include "vm.h"

/** define APIC_GPA - Where its page is after a reset. */
#define APIC_GPA		0xfee00000ULL

/* MSR_APIC_BASE */
#define APIC_BASE_BSP		X86_BIT(8)
#define APIC_BASE_X2APIC	X86_BIT(10)
#define APIC_BASE_ENABLE	X86_BIT(11)

/* Offsets of registers. */
#define APIC_ID			0x020
#define APIC_VERSION		0x030
#define APIC_TPR		0x080
#define APIC_PPR		0x0a0
#define APIC_EOI		0x0b0
#define APIC_LDR		0x0d0
#define APIC_DFR		0x0e0
#define APIC_SVR		0x0f0
#define APIC_ISR		0x100
#define APIC_TMR		0x180
#define APIC_IRR		0x200
#define APIC_ESR		0x280
#define APIC_ICR		0x300
#define APIC_ICR_HIGH		0x310
#define APIC_LVT_TIMER		0x320
#define APIC_LVT_THERMAL	0x330
#define APIC_LVT_PERFORMANCE	0x340
#define APIC_LVT_LINT0		0x350
#define APIC_LVT_LINT1		0x360
#define APIC_LVT_ERROR		0x370
#define APIC_INITIAL_COUNT	0x380
#define APIC_CURRENT_COUNT	0x390
#define APIC_DIVIDE		0x3e0
#define APIC_SELF_IPI		0x3f0

#define APIC_SVR_ENABLE		X86_BIT(8)

/* ICR, LVT, the data of messages. */
#define APIC_FIXED		(0U << 8)
#define APIC_LOWEST		BIT(8)
#define APIC_SMI		(2U << 8)
#define APIC_NMI		(4U << 8)
#define APIC_INIT		(5U << 8)
#define APIC_STARTUP		(6U << 8)
#define APIC_EXTINT		(7U << 8)
#define APIC_LOGICAL		BIT(11)
#define APIC_REMOTE_IRR		BIT(14)
#define APIC_ASSERT		BIT(14)
#define APIC_LEVEL		BIT(15)
#define APIC_MASKED		BIT(16)
#define APIC_PERIODIC		BIT(17)
#define APIC_TSC_DEADLINE	(2U << 17)
#define APIC_TO_SELF		BIT(18)
#define APIC_TO_ALL		(2U << 18)
#define APIC_TO_OTHERS		(3U << 18)

#define APIC_ERROR_SENT		X86_BIT(5)
#define APIC_ERROR_RECEIVED	X86_BIT(6)
#define APIC_ERROR_REGISTER	X86_BIT(7)

/** define APIC_DIVIDE_BY_1 - For %APIC_DIVIDE: a count a nanosecond. */
#define APIC_DIVIDE_BY_1	0xb
#define APIC_DIVIDE_BY_2	0x0
#define APIC_DIVIDE_BY_128	0xa

/* Guest code uses its APIC by MSRs. */
extern bool apic_x2apic;

/**
 * enum apic_kind - Its mode, and whose it is.
 * @APIC_XAPIC: xAPIC mode.
 * @APIC_X2APIC: x2APIC mode, by the module or by the hardware as they have it.
 * @APIC_VIRTUAL: x2APIC mode by the hardware, with virtual-interrupt delivery.
 */
enum apic_kind { APIC_XAPIC, APIC_X2APIC, APIC_VIRTUAL };

/** apic_use() - Say how; the test is skipped if guests have no such thing here. */
void apic_use(struct vm *vm, enum apic_kind kind);

static __always_inline __u32 apic_read(__u32 offset)
{
	if (READ_ONCE(apic_x2apic))
		return rdmsr(MSR_X2APIC(offset));
	return guest_mmio_read32(APIC_GPA + offset);
}

static __always_inline void apic_write(__u32 offset, __u32 value)
{
	if (READ_ONCE(apic_x2apic))
		wrmsr(MSR_X2APIC(offset), value);
	else
		guest_mmio_write32(APIC_GPA + offset, value);
}

static __always_inline void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

/** apic_has() - Is a vector in IRR, ISR or TMR (@base)? */
static __always_inline bool apic_has(__u32 base, __u32 vector)
{
	return apic_read(base + vector / 32 * 16) >> vector % 32 & 1;
}

/** apic_send() - Write the interrupt command register. */
static __always_inline void apic_send(__u32 destination, __u32 command)
{
	if (READ_ONCE(apic_x2apic)) {
		wrmsr(MSR_X2APIC(APIC_ICR), (__u64)destination << 32 | command);
		return;
	}
	guest_mmio_write32(APIC_GPA + APIC_ICR_HIGH, destination << 24);
	guest_mmio_write32(APIC_GPA + APIC_ICR, command);
}

/**
 * apic_touch() - Have in stage 2 all that the delivery of an interrupt needs.
 *
 * Bochs (3.0) forgets which virtual interrupt it was delivering if that takes an EPT
 * violation, and tells of the event before it.
 */
static __always_inline void apic_touch(void)
{
	const struct guest_cpu_arch *arch = &guest_this_cpu()->arch;
	const __u8 *idt = (const __u8 *)arch->idtr.base;
	__u64 *stack = (__u64 *)arch->tss.ist[IST_INTERRUPT - 1] - 1;

	WRITE_ONCE(*stack, 0);
	(void)READ_ONCE(idt[0]);
	(void)READ_ONCE(idt[arch->idtr.limit]);
	(void)READ_ONCE(arch->gdt[KERNEL_CS >> 3]);
}

/** apic_set_mode() - xAPIC or x2APIC mode, as apic_use() said. */
static __always_inline void apic_set_mode(void)
{
	if (!READ_ONCE(apic_x2apic))
		return;
	apic_touch();
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_X2APIC);
}

/** apic_start() - The same, and enabled, with spurious vector FFH. */
static __always_inline void apic_start(void)
{
	apic_set_mode();
	apic_write(APIC_SVR, APIC_SVR_ENABLE | 0xff);
}

#endif /* SELFTESTS_X86_APIC_H */
