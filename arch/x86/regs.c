// SPDX-License-Identifier: GPL-2.0
/*
 * vCPU registers: what can be read and written of the state, and what a value must be
 *
 * All of the state is valid here (axvm_arch_vcpu_settle()), and each entry is checked by
 * itself: what does not fit together shows at the next entry.
 */
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <asm/msr-index.h>

#include "axvm_x86_arch.h"

#define RFLAGS_RESERVED	(~0x3f7fd7ULL)
#define ATTRIBUTES	0x1f0ffULL
#define DEBUG_PENDING	(BIT(16) | BIT(14) | BIT(12) | 0xf)
#define DR6_WRITABLE	0xffffefffULL
#define DR7_RESERVED	0xd800ULL

#define EVENT_INFO	GENMASK_ULL(31, 0)
#define EVENT_ERROR	GENMASK_ULL(63, 32)
#define EVENT_KNOWN	(AXVM_X86_EVENT_VALID | AXVM_X86_EVENT_HAS_ERROR | AXVM_X86_EVENT_TYPE | \
			 AXVM_X86_EVENT_VECTOR)

#define NMI_PENDING	BIT(0)
#define NMI_BLOCKED	BIT(1)
#define INIT_PENDING	BIT(0)
#define SIPI_PENDING	BIT(1)
#define SIPI_VECTOR	GENMASK(15, 8)

#define EMULATION_LENGTH	GENMASK_ULL(7, 0)
#define EMULATION_ANSWERS	GENMASK_ULL(15, 8)
#define EMULATION_FIRST		3

static const u8 control[] = { 0, 2, 3, 4, 8, 16 };
static const u8 debug[] = { 0, 1, 2, 3, 6, 7 };

bool axvm_x86_rflags_ok(u64 rflags)
{
	return !(rflags & RFLAGS_RESERVED) && (rflags & X86_EFLAGS_FIXED);
}

static struct axvm_x86_state *state_of(struct axvm_vcpu *vcpu)
{
	return &vcpu->arch.state;
}

/* ---- core ---- */

static int get_core(struct axvm_vcpu *vcpu, u32 index, u64 *value)
{
	if (index < 16)
		*value = vcpu->arch.sw.r[index];
	else if (index == 16)
		*value = state_of(vcpu)->rip;
	else if (index == 17)
		*value = state_of(vcpu)->rflags;
	else
		return -ENOENT;
	return 0;
}

static int check_core(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	if (index == 16)
		return axvm_x86_is_canonical(vcpu, value) ? 0 : -EINVAL;
	if (index == 17)
		return axvm_x86_rflags_ok(value) ? 0 : -EINVAL;
	return index < 16 ? 0 : -ENOENT;
}

static void set_core(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	/* What is half done goes on with these. */
	vcpu->arch.emulation_restored = true;
	if (index < 16)
		axvm_x86_set_r(vcpu, index, value);
	else if (index == 16)
		axvm_x86_set_rip(vcpu, value);
	else
		axvm_x86_set_rflags(vcpu, value);
}

/* ---- segments and tables ---- */

enum segment_part { SELECTOR, BASE, LIMIT, ATTRIBUTE };

static int get_segment(struct axvm_vcpu *vcpu, u32 index, u64 *value)
{
	const struct axvm_x86_segment *segment;

	if (index >> 2 >= AXVM_X86_SEGMENTS)
		return -ENOENT;
	segment = &state_of(vcpu)->segment[index >> 2];
	switch ((enum segment_part)(index & 3)) {
	case SELECTOR:
		*value = segment->selector;
		break;
	case BASE:
		*value = segment->base;
		break;
	case LIMIT:
		*value = segment->limit;
		break;
	case ATTRIBUTE:
		*value = segment->attributes;
		break;
	}
	return 0;
}

static int check_segment(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	bool ok = false;

	if (index >> 2 >= AXVM_X86_SEGMENTS)
		return -ENOENT;
	switch ((enum segment_part)(index & 3)) {
	case SELECTOR:
		ok = !(value >> 16);
		break;
	case BASE:
		ok = axvm_x86_is_canonical(vcpu, value);
		break;
	case LIMIT:
		ok = !(value >> 32);
		break;
	case ATTRIBUTE:
		ok = !(value & ~ATTRIBUTES);
		break;
	}
	return ok ? 0 : -EINVAL;
}

static u32 segment_part(unsigned int name)
{
	switch (name) {
	case AXVM_X86_CS:
		return AXVM_X86_CS_PART;
	case AXVM_X86_SS:
		return AXVM_X86_SS_PART;
	case AXVM_X86_LDTR:
	case AXVM_X86_TR:
		return AXVM_X86_SYSTEM_PART;
	default:
		return AXVM_X86_DATA_PART;
	}
}

static void set_segment(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	struct axvm_x86_segment *segment = &state_of(vcpu)->segment[index >> 2];

	switch ((enum segment_part)(index & 3)) {
	case SELECTOR:
		segment->selector = value;
		break;
	case BASE:
		segment->base = value;
		break;
	case LIMIT:
		segment->limit = value;
		break;
	case ATTRIBUTE:
		segment->attributes = value;
		break;
	}
	axvm_x86_changed(vcpu, segment_part(index >> 2));
}

static struct axvm_x86_table *table(struct axvm_vcpu *vcpu, u32 index)
{
	return index & 2 ? &state_of(vcpu)->idtr : &state_of(vcpu)->gdtr;
}

static int get_table(struct axvm_vcpu *vcpu, u32 index, u64 *value)
{
	if (index > 3)
		return -ENOENT;
	*value = index & 1 ? table(vcpu, index)->limit : table(vcpu, index)->base;
	return 0;
}

static int check_table(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	bool ok;

	if (index > 3)
		return -ENOENT;
	ok = index & 1 ? !(value >> 16) : axvm_x86_is_canonical(vcpu, value);
	return ok ? 0 : -EINVAL;
}

static void set_table(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	if (index & 1)
		table(vcpu, index)->limit = value;
	else
		table(vcpu, index)->base = value;
	axvm_x86_changed(vcpu, AXVM_X86_SYSTEM_PART);
}

/* ---- control and debug registers ---- */

static int get_control(struct axvm_vcpu *vcpu, u32 index, u64 *value)
{
	switch (index) {
	case 0:
		*value = state_of(vcpu)->cr0;
		return 0;
	case 2:
		*value = state_of(vcpu)->cr2;
		return 0;
	case 3:
		*value = state_of(vcpu)->cr3;
		return 0;
	case 4:
		*value = state_of(vcpu)->cr4;
		return 0;
	case 8:
		*value = axvm_x86_apic_get_cr8(vcpu);
		return 0;
	case 16:
		*value = state_of(vcpu)->xcr0;
		return axvm_x86_machine.host_xcr0 ? 0 : -ENOENT;
	}
	return -ENOENT;
}

static int check_control(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	bool ok;

	switch (index) {
	case 0:
		ok = axvm_x86_cr0_ok(vcpu, value);
		break;
	case 2:
		ok = true;
		break;
	case 3:
		ok = axvm_x86_cr3_ok(vcpu, value);
		break;
	case 4:
		ok = axvm_x86_cr4_ok(vcpu, value);
		break;
	case 8:
		ok = !(value >> 4);
		break;
	case 16:
		if (!axvm_x86_machine.host_xcr0)
			return -ENOENT;
		/* The reset value is all that a guest without XSAVE has. */
		ok = value == 1 || axvm_x86_xcr0_ok(vcpu, value);
		break;
	default:
		return -ENOENT;
	}
	return ok ? 0 : -EINVAL;
}

static void set_control(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	struct axvm_x86_state *state = state_of(vcpu);

	switch (index) {
	case 0:
		state->cr0 = value;
		axvm_x86_changed(vcpu, AXVM_X86_CR0_PART);
		break;
	case 2:
		state->cr2 = value;
		break;
	case 3:
		state->cr3 = value;
		axvm_x86_changed(vcpu, AXVM_X86_CR3_PART);
		break;
	case 4:
		state->cr4 = value;
		axvm_x86_changed(vcpu, AXVM_X86_CR4_PART);
		break;
	case 8:
		/* The APIC's TPR has it, and four bits more, which are not to get lost. */
		if (value != axvm_x86_apic_get_cr8(vcpu))
			axvm_x86_apic_set_cr8(vcpu, value);
		break;
	case 16:
		state->xcr0 = value;
		break;
	}
	axvm_x86_fpu_update(vcpu);
	axvm_x86_flush_guest(vcpu);
}

static u64 *debug_register(struct axvm_vcpu *vcpu, u32 index)
{
	struct axvm_x86_state *state = state_of(vcpu);

	if (index < 4)
		return &state->dr[index];
	if (index == 6)
		return &state->dr6;
	return index == 7 ? &state->dr7 : NULL;
}

static int get_debug(struct axvm_vcpu *vcpu, u32 index, u64 *value)
{
	const u64 *dr = debug_register(vcpu, index);

	if (!dr)
		return -ENOENT;
	*value = *dr;
	return 0;
}

static int check_debug(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	if (!debug_register(vcpu, index))
		return -ENOENT;
	if (index == 6)
		return value & ~DR6_WRITABLE ? -EINVAL : 0;
	if (index == 7)
		return value >> 32 || value & DR7_RESERVED ? -EINVAL : 0;
	return 0;
}

static void set_debug(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	*debug_register(vcpu, index) = value;
	axvm_x86_changed(vcpu, AXVM_X86_DR_PART);
}

/* ---- MSRs: some are not what the guest's own writes make of them ---- */

static int get_msr(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	/* To the guest it is #GP to read some: here there are none such. */
	return axvm_x86_msr_read(vcpu, msr, value) ? -ENOENT : 0;
}

static int check_msr(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	u64 now;

	if (msr == MSR_EFER)
		return axvm_x86_efer_ok(vcpu, value) ? 0 : -EINVAL;
	if (axvm_x86_msr_read(vcpu, msr, &now))
		return -ENOENT;
	if (value == now)
		return 0;
	return axvm_x86_msr_check(vcpu, msr, value);
}

/* The guest's TSC_ADJUST and TSC move each other; here each is only what it is. */
static void set_msr(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	switch (msr) {
	case MSR_EFER:
		state_of(vcpu)->efer = value;
		axvm_x86_changed(vcpu, AXVM_X86_EFER_PART);
		break;
	case MSR_IA32_TSC:
		axvm_x86_restore_guest_tsc(vcpu, value);
		break;
	case MSR_IA32_TSC_ADJUST:
		vcpu->arch.tsc_adjust = value;
		break;
	default:
		axvm_x86_msr_restore(vcpu, msr, value);
		break;
	}
}

/* ---- events ---- */

static int get_event(struct axvm_vcpu *vcpu, u32 index, u64 *value)
{
	const struct axvm_arch_vcpu *arch = &vcpu->arch;

	switch (AXVM_X86_REG(EVENT, index)) {
	case AXVM_X86_EVENT:
		/* What is left of the last one does not count. */
		*value = arch->event.info ? arch->event.info |
			 FIELD_PREP(EVENT_ERROR, arch->event.error) : 0;
		return 0;
	case AXVM_X86_EVENT_LENGTH:
		*value = arch->event.length;
		return 0;
	case AXVM_X86_SHADOW:
		*value = arch->state.shadow;
		return 0;
	case AXVM_X86_NMI:
		*value = (atomic_read(&arch->nmi_pending) ? NMI_PENDING : 0) |
			 (arch->nmi_blocked ? NMI_BLOCKED : 0);
		return 0;
	case AXVM_X86_LINES:
		*value = READ_ONCE(arch->lines);
		return 0;
	case AXVM_X86_INIT:
		*value = READ_ONCE(arch->init_pending) ? INIT_PENDING : 0;
		if (arch->sipi)
			*value |= SIPI_PENDING | FIELD_PREP(SIPI_VECTOR, arch->sipi & 0xff);
		return 0;
	case AXVM_X86_DEBUG_PENDING:
		*value = arch->state.debug_pending;
		return 0;
	}
	return -ENOENT;
}

static bool event_ok(u64 value)
{
	u32 info = value & EVENT_INFO;

	if (!(info & AXVM_X86_EVENT_VALID))
		return !value;
	if (info & ~(u32)EVENT_KNOWN)
		return false;
	if (!(info & AXVM_X86_EVENT_HAS_ERROR) && value & EVENT_ERROR)
		return false;
	switch (info & AXVM_X86_EVENT_TYPE) {
	case AXVM_X86_EVENT_NMI:
		return (info & (AXVM_X86_EVENT_VECTOR | AXVM_X86_EVENT_HAS_ERROR)) == X86_TRAP_NMI;
	case AXVM_X86_EVENT_EXCEPTION:
		return (info & AXVM_X86_EVENT_VECTOR) < 32;
	case AXVM_X86_EVENT_EXTERNAL:
	case AXVM_X86_EVENT_SOFTWARE:
		return !(info & AXVM_X86_EVENT_HAS_ERROR);
	case AXVM_X86_EVENT_PRIVILEGED:
	case AXVM_X86_EVENT_SOFTWARE_EXCEPTION:
		return (info & AXVM_X86_EVENT_VECTOR) < 32 && !(info & AXVM_X86_EVENT_HAS_ERROR);
	default:
		return false;
	}
}

static int check_event(u32 index, u64 value)
{
	bool ok;

	switch (AXVM_X86_REG(EVENT, index)) {
	case AXVM_X86_EVENT:
		ok = event_ok(value);
		break;
	case AXVM_X86_EVENT_LENGTH:
		ok = value <= AXVM_X86_INSN_MAX;
		break;
	case AXVM_X86_SHADOW:
		ok = value < 3;
		break;
	case AXVM_X86_NMI:
		ok = !(value & ~(u64)(NMI_PENDING | NMI_BLOCKED));
		break;
	case AXVM_X86_LINES:
		ok = value < 8;
		break;
	case AXVM_X86_INIT:
		ok = !(value & ~(u64)(INIT_PENDING | SIPI_PENDING | SIPI_VECTOR));
		break;
	case AXVM_X86_DEBUG_PENDING:
		ok = !(value & ~(u64)DEBUG_PENDING);
		break;
	default:
		return -ENOENT;
	}
	return ok ? 0 : -EINVAL;
}

static void set_event(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;

	switch (AXVM_X86_REG(EVENT, index)) {
	case AXVM_X86_EVENT:
		arch->event.info = value & EVENT_INFO;
		arch->event.error = FIELD_GET(EVENT_ERROR, value);
		if (value)
			arch->attention |= AXVM_X86_ATTENTION_EVENT;
		else
			arch->attention &= ~AXVM_X86_ATTENTION_EVENT;
		break;
	case AXVM_X86_EVENT_LENGTH:
		arch->event.length = value;
		break;
	case AXVM_X86_SHADOW:
		arch->state.shadow = value;
		axvm_x86_changed(vcpu, AXVM_X86_SHADOW_PART);
		break;
	case AXVM_X86_NMI:
		atomic_set(&arch->nmi_pending, value & NMI_PENDING);
		arch->nmi_blocked = value & NMI_BLOCKED;
		arch->attention |= AXVM_X86_ATTENTION_NMI;
		axvm_x86_changed(vcpu, AXVM_X86_SHADOW_PART);
		break;
	case AXVM_X86_LINES:
		WRITE_ONCE(arch->lines, value);
		break;
	case AXVM_X86_INIT:
		WRITE_ONCE(arch->init_pending, value & INIT_PENDING);
		arch->sipi = value & SIPI_PENDING ? FIELD_GET(SIPI_VECTOR, value) | 256 : 0;
		if (value)
			axvm_vcpu_request(vcpu, AXVM_REQUEST_X86_INIT);
		break;
	case AXVM_X86_DEBUG_PENDING:
		arch->state.debug_pending = value;
		axvm_x86_changed(vcpu, AXVM_X86_DR_PART);
		break;
	}
}

/* ---- the half-done instruction ---- */

static int get_emulation(struct axvm_vcpu *vcpu, u32 index, u64 *value)
{
	const struct axvm_x86_emulation *em = &vcpu->arch.emulation;

	if (index >= EMULATION_FIRST + AXVM_X86_EMULATION_ANSWERS)
		return -ENOENT;
	if (index == 0)
		*value = FIELD_PREP(EMULATION_LENGTH, em->length) |
			 FIELD_PREP(EMULATION_ANSWERS, em->nr_answers);
	else if (index < EMULATION_FIRST)
		memcpy(value, &em->bytes[8 * (index - 1)], sizeof(*value));
	else
		*value = em->answers[index - EMULATION_FIRST];
	return 0;
}

static int check_emulation(u32 index, u64 value)
{
	if (index >= EMULATION_FIRST + AXVM_X86_EMULATION_ANSWERS)
		return -ENOENT;
	if (index)
		return 0;
	return value & ~(EMULATION_LENGTH | EMULATION_ANSWERS) ||
	       FIELD_GET(EMULATION_LENGTH, value) > AXVM_X86_INSN_MAX ||
	       FIELD_GET(EMULATION_ANSWERS, value) > AXVM_X86_EMULATION_ANSWERS ? -EINVAL : 0;
}

static void set_emulation(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	struct axvm_x86_emulation *em = &vcpu->arch.emulation;

	/* Taken apart anew before it goes on. */
	vcpu->arch.emulation_restored = true;
	if (index == 0) {
		em->length = FIELD_GET(EMULATION_LENGTH, value);
		em->nr_answers = FIELD_GET(EMULATION_ANSWERS, value);
	} else if (index < EMULATION_FIRST) {
		memcpy(&em->bytes[8 * (index - 1)], &value, sizeof(value));
	} else {
		em->answers[index - EMULATION_FIRST] = value;
	}
}

/* ---- all of them ---- */

static int get(void *object, u64 id, u64 *value)
{
	struct axvm_vcpu *vcpu = object;
	u32 index = AXVM_REG_INDEX(id);

	if (AXVM_REG_ARCH(id) != AXVM_REG_X86)
		return -ENOENT;
	switch (AXVM_REG_GROUP(id)) {
	case AXVM_X86_GROUP_CORE:
		return get_core(vcpu, index, value);
	case AXVM_X86_GROUP_SEGMENT:
		return get_segment(vcpu, index, value);
	case AXVM_X86_GROUP_TABLE:
		return get_table(vcpu, index, value);
	case AXVM_X86_GROUP_CONTROL:
		return get_control(vcpu, index, value);
	case AXVM_X86_GROUP_DEBUG:
		return get_debug(vcpu, index, value);
	case AXVM_X86_GROUP_MSR:
		return get_msr(vcpu, index, value);
	case AXVM_X86_GROUP_EVENT:
		return get_event(vcpu, index, value);
	case AXVM_X86_GROUP_XSAVE:
		return axvm_x86_xsave_get(vcpu, index, value);
	case AXVM_X86_GROUP_APIC:
		return axvm_x86_apic_get_reg(vcpu, index, value);
	case AXVM_X86_GROUP_EMULATION:
		return get_emulation(vcpu, index, value);
	}
	return -ENOENT;
}

static int check(void *object, u64 id, u64 value)
{
	struct axvm_vcpu *vcpu = object;
	u32 index = AXVM_REG_INDEX(id);

	if (AXVM_REG_ARCH(id) != AXVM_REG_X86)
		return -ENOENT;
	switch (AXVM_REG_GROUP(id)) {
	case AXVM_X86_GROUP_CORE:
		return check_core(vcpu, index, value);
	case AXVM_X86_GROUP_SEGMENT:
		return check_segment(vcpu, index, value);
	case AXVM_X86_GROUP_TABLE:
		return check_table(vcpu, index, value);
	case AXVM_X86_GROUP_CONTROL:
		return check_control(vcpu, index, value);
	case AXVM_X86_GROUP_DEBUG:
		return check_debug(vcpu, index, value);
	case AXVM_X86_GROUP_MSR:
		return check_msr(vcpu, index, value);
	case AXVM_X86_GROUP_EVENT:
		return check_event(index, value);
	case AXVM_X86_GROUP_XSAVE:
		return axvm_x86_xsave_check(vcpu, index, value);
	case AXVM_X86_GROUP_APIC:
		return axvm_x86_apic_check_reg(vcpu, index, value);
	case AXVM_X86_GROUP_EMULATION:
		return check_emulation(index, value);
	}
	return -ENOENT;
}

static void set(void *object, u64 id, u64 value)
{
	struct axvm_vcpu *vcpu = object;
	u32 index = AXVM_REG_INDEX(id);

	switch (AXVM_REG_GROUP(id)) {
	case AXVM_X86_GROUP_CORE:
		set_core(vcpu, index, value);
		break;
	case AXVM_X86_GROUP_SEGMENT:
		set_segment(vcpu, index, value);
		break;
	case AXVM_X86_GROUP_TABLE:
		set_table(vcpu, index, value);
		break;
	case AXVM_X86_GROUP_CONTROL:
		set_control(vcpu, index, value);
		break;
	case AXVM_X86_GROUP_DEBUG:
		set_debug(vcpu, index, value);
		break;
	case AXVM_X86_GROUP_MSR:
		set_msr(vcpu, index, value);
		break;
	case AXVM_X86_GROUP_EVENT:
		set_event(vcpu, index, value);
		break;
	case AXVM_X86_GROUP_XSAVE:
		axvm_x86_xsave_set(vcpu, index, value);
		break;
	case AXVM_X86_GROUP_APIC:
		axvm_x86_apic_set_reg(vcpu, index, value);
		break;
	case AXVM_X86_GROUP_EMULATION:
		set_emulation(vcpu, index, value);
		break;
	}
}

static void list_row(struct axvm_reg_sink *sink, u64 first, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		axvm_reg_sink_add(sink, first + i);
}

static u32 list(void *object, u64 *ids, u32 room)
{
	struct axvm_reg_sink sink = { .ids = ids, .room = room };
	struct axvm_vcpu *vcpu = object;
	unsigned int i;

	/* What there is of the MSRs is found by reading them. */
	axvm_arch_vcpu_settle(vcpu);
	list_row(&sink, AXVM_X86_REG(CORE, 0), 18);
	list_row(&sink, AXVM_X86_REG(SEGMENT, 0), 4 * AXVM_X86_SEGMENTS);
	list_row(&sink, AXVM_X86_REG(TABLE, 0), 4);
	for (i = 0; i < ARRAY_SIZE(control); i++)
		if (control[i] != 16 || axvm_x86_machine.host_xcr0)
			axvm_reg_sink_add(&sink, AXVM_X86_REG(CONTROL, control[i]));
	for (i = 0; i < ARRAY_SIZE(debug); i++)
		axvm_reg_sink_add(&sink, AXVM_X86_REG(DEBUG, debug[i]));
	axvm_x86_msr_list(vcpu, &sink);
	list_row(&sink, AXVM_X86_REG(EVENT, 0), 7);
	axvm_x86_xsave_list(vcpu, &sink);
	axvm_x86_apic_list_regs(vcpu, &sink);
	list_row(&sink, AXVM_X86_REG(EMULATION, 0), EMULATION_FIRST + AXVM_X86_EMULATION_ANSWERS);
	return sink.count;
}

const struct axvm_reg_ops axvm_arch_vcpu_regs = {
	.get = get,
	.check = check,
	.set = set,
	.list = list,
};
