// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC's registers, as the guest reads and writes them
 *
 * In xAPIC mode they are in a page of memory, and what is reserved is ignored. In
 * x2APIC mode they are MSRs, and it is #GP (SDM volume 3, "x2APIC Register Address
 * Space" and "Reserved Bit Checking in x2APIC Mode").
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <asm/msr-index.h>

#include "apic.h"

#define INDEX(offset)	((offset) >> 4)
#define REG(offset)	BIT_ULL(INDEX(offset))
#define VECTORS(base)	(0xffULL << INDEX(base))
#define LVTS		(REG(APIC_LVTT) | REG(APIC_LVTTHMR) | REG(APIC_LVTPC) |		\
			 REG(APIC_LVT0) | REG(APIC_LVT1) | REG(APIC_LVTERR))

#define X2APIC_READABLE	(REG(APIC_ID) | REG(APIC_LVR) | REG(APIC_TASKPRI) | REG(APIC_PROCPRI) |	\
			 REG(APIC_LDR) | REG(APIC_SPIV) | VECTORS(APIC_ISR) | VECTORS(APIC_TMR) | \
			 VECTORS(APIC_IRR) | REG(APIC_ESR) | REG(APIC_ICR) | LVTS |		\
			 REG(APIC_TMICT) | REG(APIC_TMCCT) | REG(APIC_TDCR))
#define XAPIC_READABLE	(X2APIC_READABLE | REG(APIC_DFR) | REG(APIC_ICR2))

#define X2APIC_WRITABLE	(REG(APIC_TASKPRI) | REG(APIC_EOI) | REG(APIC_SPIV) | REG(APIC_ESR) |	\
			 REG(APIC_ICR) | LVTS | REG(APIC_TMICT) | REG(APIC_TDCR) |		\
			 REG(APIC_SELF_IPI))
#define XAPIC_WRITABLE	((X2APIC_WRITABLE & ~REG(APIC_SELF_IPI)) | REG(APIC_LDR) |		\
			 REG(APIC_DFR) | REG(APIC_ICR2))

#define LVT_MODE		GENMASK(10, 8)
#define LVT_READ_ONLY		(APIC_SEND_PENDING | APIC_LVT_REMOTE_IRR)
#define LVT_LINT		(APIC_VECTOR_MASK | LVT_MODE | APIC_INPUT_POLARITY |	\
				 APIC_LVT_LEVEL_TRIGGER | APIC_LVT_MASKED)

/* ICR in x2APIC mode: the busy bit is not there any more, and nobody minds if it is written. */
#define ICR_RESERVED		(0xfff00000U | GENMASK(17, 16) | BIT(13))

u32 lapic_valid_bits(const struct axvm_vcpu *vcpu, unsigned int index)
{
	u32 deadline = vcpu->vm->arch.guest.tsc_deadline ? APIC_LVT_TIMER_TSCDEADLINE : 0;

	switch (index << 4) {
	case APIC_TASKPRI:
		return 0xff;
	case APIC_SPIV:
		/* With bit 9, focus processor checking, which no processor does any more. */
		return APIC_VECTOR_MASK | APIC_SPIV_APIC_ENABLED | APIC_SPIV_FOCUS_DISABLED;
	case APIC_LDR:
	case APIC_ICR2:
		return 0xff000000;
	case APIC_DFR:
		return LAPIC_DFR_MODEL;
	case APIC_ICR:
		return ~(u32)(ICR_RESERVED | APIC_ICR_BUSY);
	case APIC_LVTT:
		return APIC_VECTOR_MASK | APIC_LVT_MASKED | APIC_LVT_TIMER_PERIODIC | deadline;
	case APIC_LVTTHMR:
	case APIC_LVTPC:
		return APIC_VECTOR_MASK | LVT_MODE | APIC_LVT_MASKED;
	case APIC_LVT0:
	case APIC_LVT1:
		return LVT_LINT;
	case APIC_LVTERR:
		return APIC_VECTOR_MASK | APIC_LVT_MASKED;
	case APIC_TMICT:
		return ~0U;
	case APIC_TDCR:
		return APIC_TDR_DIV_1;
	default:
		return 0;
	}
}

/* ---- reading ---- */

static u32 read_lint(const struct axvm_vcpu *vcpu, u32 offset)
{
	u32 lvt = lapic_reg(vcpu, offset);

	if (test_bit(offset == APIC_LVT1, &vcpu->arch.apic.lint_irr))
		lvt |= APIC_LVT_REMOTE_IRR;
	return lvt;
}

u32 lapic_read(const struct axvm_vcpu *vcpu, unsigned int index)
{
	u32 offset = index << 4;

	switch (offset) {
	case APIC_PROCPRI:
		return lapic_ppr(vcpu);
	case APIC_TMCCT:
		return lapic_timer_count(vcpu);
	case APIC_LVT0:
	case APIC_LVT1:
		return read_lint(vcpu, offset);
	default:
		return lapic_reg(vcpu, offset);
	}
}

/* The manual has aligned accesses only; what is between the registers reads as 0. */
u32 axvm_x86_apic_read(struct axvm_vcpu *vcpu, u32 offset)
{
	unsigned int index = INDEX(offset);

	if (offset & 0xf)
		return 0;
	if (index >= LAPIC_REGS || !(XAPIC_READABLE & BIT_ULL(index))) {
		lapic_error(vcpu, LAPIC_ERROR_REGISTER, true);
		return 0;
	}
	return lapic_read(vcpu, index);
}

static int x2apic_read(struct axvm_vcpu *vcpu, unsigned int index, u64 *value)
{
	if (!axvm_x86_apic_x2apic(vcpu) || index >= LAPIC_REGS ||
	    !(X2APIC_READABLE & BIT_ULL(index)))
		return -EINVAL;
	*value = lapic_read(vcpu, index);
	if (index == INDEX(APIC_ICR))
		*value |= (u64)lapic_reg(vcpu, APIC_ICR2) << 32;
	return 0;
}

int axvm_x86_apic_msr_read(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	if (likely(msr - APIC_BASE_MSR < 0x100))
		return x2apic_read(vcpu, msr - APIC_BASE_MSR, value);
	switch (msr) {
	case MSR_IA32_APICBASE:
		*value = vcpu->arch.apic.base;
		return 0;
	case MSR_IA32_TSC_DEADLINE:
		if (!vcpu->vm->arch.guest.tsc_deadline)
			return -ENOENT;
		*value = lapic_timer_get_deadline(vcpu);
		return 0;
	}
	return -ENOENT;
}

/* ---- writing ---- */

static void write_spurious(struct axvm_vcpu *vcpu, u32 value)
{
	u32 offset;

	lapic_set_reg(vcpu, APIC_SPIV, value);
	if (value & APIC_SPIV_APIC_ENABLED)
		return;
	for (offset = APIC_LVTT; offset <= APIC_LVTERR; offset += 16)
		lapic_set_reg(vcpu, offset, lapic_reg(vcpu, offset) | APIC_LVT_MASKED);
}

/* Disabled by software, it keeps all of them masked. */
static void write_lvt(struct axvm_vcpu *vcpu, u32 offset, u32 value)
{
	if (!lapic_software_enabled(vcpu))
		value |= APIC_LVT_MASKED;
	lapic_set_reg(vcpu, offset, value);
	if (offset == APIC_LVTT)
		lapic_timer_mode_changed(vcpu);
	else if (offset == APIC_LVT0 || offset == APIC_LVT1)
		lapic_look_at_lines(vcpu);
}

static void write_task_priority(struct axvm_vcpu *vcpu, u32 value)
{
	lapic_set_reg(vcpu, APIC_TASKPRI, value);
	/* Also for the hardware's CR8. */
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
}

/* A register that can be written; @value has valid bits only. */
static enum axvm_next write_reg(struct axvm_vcpu *vcpu, u32 offset, u32 value)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;

	switch (offset) {
	case APIC_EOI:
		return lapic_eoi(vcpu);
	case APIC_ICR:
		return lapic_icr(vcpu, (u64)(lapic_reg(vcpu, APIC_ICR2) >> 24) << 32 | value);
	case APIC_TASKPRI:
		write_task_priority(vcpu, value);
		break;
	case APIC_LDR:
		apic->xapic_ldr = value;
		lapic_set_reg(vcpu, APIC_LDR, value);
		break;
	case APIC_DFR:
		lapic_set_reg(vcpu, APIC_DFR, value | ~LAPIC_DFR_MODEL);
		break;
	case APIC_SPIV:
		write_spurious(vcpu, value);
		break;
	case APIC_ESR:
		lapic_set_reg(vcpu, APIC_ESR, xchg(&apic->errors, 0));
		break;
	case APIC_TMICT:
		/* With a deadline there is no count. */
		if (apic->timer_mode == LAPIC_DEADLINE)
			break;
		lapic_set_reg(vcpu, APIC_TMICT, value);
		lapic_timer_count_changed(vcpu);
		break;
	case APIC_TDCR:
		lapic_set_reg(vcpu, APIC_TDCR, value);
		lapic_timer_divider_changed(vcpu);
		break;
	case APIC_ICR2:
		lapic_set_reg(vcpu, APIC_ICR2, value);
		break;
	default:
		write_lvt(vcpu, offset, value);
		break;
	}
	return AXVM_NEXT_ENTER;
}

enum axvm_next axvm_x86_apic_write(struct axvm_vcpu *vcpu, u32 offset, u32 value)
{
	unsigned int index = INDEX(offset);

	if (offset & 0xf)
		return AXVM_NEXT_ENTER;
	if (likely(index < LAPIC_REGS && (XAPIC_WRITABLE & BIT_ULL(index))))
		return write_reg(vcpu, offset, value & lapic_valid_bits(vcpu, index));
	/* Those that only read are no error. */
	if (index >= LAPIC_REGS || !(XAPIC_READABLE & BIT_ULL(index)))
		lapic_error(vcpu, LAPIC_ERROR_REGISTER, true);
	return AXVM_NEXT_ENTER;
}

enum axvm_next axvm_x86_apic_after_write(struct axvm_vcpu *vcpu, u32 offset)
{
	u32 value;

	offset &= LAPIC_REGS * 16 - 16;
	value = lapic_reg(vcpu, offset);
	if (!axvm_x86_apic_x2apic(vcpu))
		return axvm_x86_apic_write(vcpu, offset, value);
	if (offset == APIC_SELF_IPI)
		return lapic_self_ipi(vcpu, value);
	if (offset == APIC_ICR)
		return lapic_icr(vcpu, (u64)lapic_reg(vcpu, APIC_ICR + 4) << 32 | value);
	if (!(X2APIC_WRITABLE & REG(offset)))
		return AXVM_NEXT_ENTER;
	return write_reg(vcpu, offset, value & lapic_valid_bits(vcpu, INDEX(offset)));
}

/* The destination in full, and no second register to write first. */
static int x2apic_write_icr(struct axvm_vcpu *vcpu, u64 value, enum axvm_next *next)
{
	if (value & ICR_RESERVED)
		return -EINVAL;
	lapic_set_reg(vcpu, APIC_ICR2, value >> 32);
	*next = lapic_icr(vcpu, value & ~(u64)APIC_ICR_BUSY);
	return 0;
}

static int x2apic_write(struct axvm_vcpu *vcpu, unsigned int index, u64 value,
			enum axvm_next *next)
{
	u32 valid;

	if (!axvm_x86_apic_x2apic(vcpu) || index >= LAPIC_REGS ||
	    !(X2APIC_WRITABLE & BIT_ULL(index)))
		return -EINVAL;
	if (index == INDEX(APIC_ICR))
		return x2apic_write_icr(vcpu, value, next);
	if (index == INDEX(APIC_SELF_IPI)) {
		if (value & ~(u64)APIC_VECTOR_MASK)
			return -EINVAL;
		*next = lapic_self_ipi(vcpu, value);
		return 0;
	}
	valid = lapic_valid_bits(vcpu, index);
	if (value & ~(u64)valid) {
		/* What can be read and not written may be written back. */
		if (!(LVTS & BIT_ULL(index)) || (value & ~(u64)(valid | LVT_READ_ONLY)))
			return -EINVAL;
	}
	*next = write_reg(vcpu, index << 4, value & valid);
	return 0;
}

/* ---- IA32_APIC_BASE ---- */

static bool base_ok(const struct axvm_vcpu *vcpu, u64 base)
{
	const struct axvm_x86_guest_features *guest = &vcpu->vm->arch.guest;
	u64 valid = MSR_IA32_APICBASE_BSP | MSR_IA32_APICBASE_ENABLE;

	valid |= GENMASK_ULL(guest->physical_bits - 1, PAGE_SHIFT);
	if (guest->x2apic)
		valid |= X2APIC_ENABLE;
	return !(base & ~valid) &&
	       (!(base & X2APIC_ENABLE) || (base & MSR_IA32_APICBASE_ENABLE));
}

/* From x2APIC mode it goes only off, and to it only from xAPIC mode. */
static bool transition_ok(u64 from, u64 to)
{
	if (from & X2APIC_ENABLE)
		return !(to & MSR_IA32_APICBASE_ENABLE) || (to & X2APIC_ENABLE);
	return !(to & X2APIC_ENABLE) || (from & MSR_IA32_APICBASE_ENABLE);
}

static int write_base(struct axvm_vcpu *vcpu, u64 base)
{
	if (!base_ok(vcpu, base) || !transition_ok(vcpu->arch.apic.base, base))
		return -EINVAL;
	if (base != vcpu->arch.apic.base)
		lapic_set_base(vcpu, base);
	return 0;
}

int axvm_x86_apic_msr_write(struct axvm_vcpu *vcpu, u32 msr, u64 value, enum axvm_next *next)
{
	*next = AXVM_NEXT_ENTER;
	if (likely(msr - APIC_BASE_MSR < 0x100))
		return x2apic_write(vcpu, msr - APIC_BASE_MSR, value, next);
	switch (msr) {
	case MSR_IA32_APICBASE:
		return write_base(vcpu, value);
	case MSR_IA32_TSC_DEADLINE:
		if (!vcpu->vm->arch.guest.tsc_deadline)
			return -ENOENT;
		lapic_timer_set_deadline(vcpu, value);
		return 0;
	}
	return -ENOENT;
}

int axvm_x86_apic_msr_check(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	switch (msr) {
	case MSR_IA32_APICBASE:
		return base_ok(vcpu, value) ? 0 : -EINVAL;
	case MSR_IA32_TSC_DEADLINE:
		return vcpu->vm->arch.guest.tsc_deadline ? 0 : -ENOENT;
	}
	return -ENOENT;
}

void axvm_x86_apic_msr_restore(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	if (msr == MSR_IA32_APICBASE) {
		lapic_set_base(vcpu, value);
	} else if (msr == MSR_IA32_TSC_DEADLINE) {
		lapic_timer_hold(vcpu);
		WRITE_ONCE(vcpu->arch.apic.deadline, value);
	}
}
