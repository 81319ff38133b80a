// SPDX-License-Identifier: GPL-2.0
/* The local APIC's registers, as the VMM saves and restores them */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/ktime.h>

#include "apic.h"

/* Offsets, and how many there are from there on. */
static const struct {
	u16 first;
	u16 count;
} listed[] = {
	{ APIC_ID, 2 },			/* and the version */
	{ APIC_TASKPRI, 1 },
	{ APIC_LDR, 3 },		/* DFR, SVR */
	{ APIC_ISR, 25 },		/* TMR, IRR, ESR */
	{ APIC_ICR, 9 },		/* ICR2, LVT, initial count */
	{ APIC_TDCR, 1 },
};

static bool is_listed(u32 index)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(listed); i++)
		if (index - (listed[i].first >> 4) < listed[i].count)
			return true;
	return false;
}

/* Made of others, when they are asked for. */
static bool is_derived(u32 index)
{
	return index == APIC_PROCPRI >> 4 || index == APIC_TMCCT >> 4;
}

static u64 timer_left(const struct axvm_vcpu *vcpu)
{
	ktime_t expires = READ_ONCE(vcpu->arch.apic.expires);
	s64 left;

	if (expires == KTIME_MAX)
		return U64_MAX;
	left = ktime_to_ns(ktime_sub(expires, ktime_get()));
	return left > 0 ? left : 0;
}

int axvm_x86_apic_get_reg(struct axvm_vcpu *vcpu, u32 index, u64 *value)
{
	if (index == AXVM_REG_INDEX(AXVM_X86_APIC_TIMER))
		*value = timer_left(vcpu);
	else if (index == AXVM_REG_INDEX(AXVM_X86_APIC_ERRORS))
		*value = READ_ONCE(vcpu->arch.apic.errors);
	else if (is_listed(index) || is_derived(index))
		*value = lapic_read(vcpu, index);
	else
		return -ENOENT;
	return 0;
}

/* Whatever the mode was that it was read in. */
static bool id_ok(const struct axvm_vcpu *vcpu, u64 value)
{
	return value == vcpu->id || value == (u32)(vcpu->id << 24);
}

static bool errors_ok(u64 value)
{
	return !(value & ~(u64)(BIT(LAPIC_ERROR_SENT_VECTOR) | BIT(LAPIC_ERROR_RECEIVED_VECTOR) |
				BIT(LAPIC_ERROR_REGISTER)));
}

static bool is_vectors(u32 offset)
{
	return offset >= APIC_ISR && offset < APIC_ESR;
}

/* The first of the eight words of IRR, ISR and TMR has the vectors that are not legal. */
static bool vectors_ok(u32 offset, u64 value)
{
	return (offset & 0x70) || !(value & GENMASK(LAPIC_FIRST_VECTOR - 1, 0));
}

static u64 writable(const struct axvm_vcpu *vcpu, u32 index)
{
	switch (index << 4) {
	case APIC_LDR:
	case APIC_DFR:
	case APIC_ICR2:
		return U32_MAX;
	case APIC_LVT0:
	case APIC_LVT1:
		return lapic_valid_bits(vcpu, index) | APIC_LVT_REMOTE_IRR;
	default:
		return lapic_valid_bits(vcpu, index);
	}
}

static int check_in_page(const struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	u32 offset = index << 4;

	if (offset == APIC_ID)
		return id_ok(vcpu, value) ? 0 : -EACCES;
	if (offset == APIC_LVR)
		return value == LAPIC_VERSION ? 0 : -EACCES;
	if (is_derived(index))
		return value == lapic_read(vcpu, index) ? 0 : -EACCES;
	if (is_vectors(offset))
		return value <= U32_MAX && vectors_ok(offset, value) ? 0 : -EINVAL;
	if (offset == APIC_ESR)
		return errors_ok(value) ? 0 : -EINVAL;
	return value & ~writable(vcpu, index) ? -EINVAL : 0;
}

int axvm_x86_apic_check_reg(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	if (index == AXVM_REG_INDEX(AXVM_X86_APIC_TIMER))
		return value == U64_MAX || value <= KTIME_MAX / 2 ? 0 : -EINVAL;
	if (index == AXVM_REG_INDEX(AXVM_X86_APIC_ERRORS))
		return errors_ok(value) ? 0 : -EINVAL;
	if (!is_listed(index) && !is_derived(index))
		return -ENOENT;
	return check_in_page(vcpu, index, value);
}

static void set_lint(struct axvm_vcpu *vcpu, u32 offset, u32 value)
{
	assign_bit(offset == APIC_LVT1, &vcpu->arch.apic.lint_irr, value & APIC_LVT_REMOTE_IRR);
	lapic_set_reg(vcpu, offset, value & ~APIC_LVT_REMOTE_IRR);
}

static void set_in_page(struct axvm_vcpu *vcpu, u32 index, u32 value)
{
	u32 offset = index << 4;

	switch (offset) {
	case APIC_ID:
	case APIC_LVR:
	case APIC_PROCPRI:
	case APIC_TMCCT:
		return;
	case APIC_LDR:
		/* With x2APIC mode it is made of the id, whichever of the two comes last. */
		vcpu->arch.apic.xapic_ldr = value;
		lapic_identify(vcpu);
		return;
	case APIC_DFR:
		value |= ~LAPIC_DFR_MODEL;
		break;
	case APIC_ICR2:
		lapic_set_reg(vcpu, APIC_ICR + 4, value);
		break;
	case APIC_LVT0:
	case APIC_LVT1:
		set_lint(vcpu, offset, value);
		return;
	}
	lapic_set_reg(vcpu, offset, value);
	if (offset == APIC_LVTT || offset == APIC_TDCR)
		lapic_timer_from_regs(vcpu);
	else if (is_vectors(offset))
		lapic_count_words(vcpu);
}

void axvm_x86_apic_set_reg(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;

	if (index == AXVM_REG_INDEX(AXVM_X86_APIC_TIMER)) {
		lapic_timer_hold(vcpu);
		apic->expires = value == U64_MAX ? KTIME_MAX : ktime_add_ns(ktime_get(), value);
	} else if (index == AXVM_REG_INDEX(AXVM_X86_APIC_ERRORS)) {
		apic->errors = value;
	} else {
		set_in_page(vcpu, index, value);
	}
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
}

void axvm_x86_apic_list_regs(struct axvm_vcpu *vcpu, struct axvm_reg_sink *sink)
{
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(listed); i++)
		for (n = 0; n < listed[i].count; n++)
			axvm_reg_sink_add(sink, AXVM_X86_APIC((listed[i].first >> 4) + n));
	axvm_reg_sink_add(sink, AXVM_X86_APIC_TIMER);
	axvm_reg_sink_add(sink, AXVM_X86_APIC_ERRORS);
}
