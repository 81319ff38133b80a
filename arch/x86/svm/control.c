// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to control and debug registers
 *
 * Which general register it is, decode assists tell; else the instruction does, which is
 * read with interrupts on: nothing here is frequent. Also for CR4 with decode assists: what
 * CR4 enables is switched around turns of entries.
 */
#include <asm/processor-flags.h>

#include "svm.h"

/* The second byte of an opcode. */
#define OPCODE_GROUP7		0x01
#define OPCODE_CLTS		0x06
#define OPCODE_MOV_FROM_CR	0x20
#define OPCODE_MOV_TO_CR	0x22

/* The reg field of a ModRM byte in group 7. */
#define GROUP7_SMSW		4
#define GROUP7_LMSW		6

#define REX_B			BIT(0)
#define REX_R			BIT(2)
#define REX_W			BIT(3)
#define OPERAND_SIZE		0x66

static unsigned int register_of(const struct axvm_svm_fetched *fetched)
{
	u8 modrm = fetched->bytes[fetched->prefixes + 2];

	return (modrm & 7) | (fetched->rex & REX_B ? 8 : 0);
}

static unsigned int control_register_of(const struct axvm_svm_fetched *fetched)
{
	u8 modrm = fetched->bytes[fetched->prefixes + 2];

	return (modrm >> 3 & 7) | (fetched->rex & REX_R ? 8 : 0);
}

static enum axvm_next handle_mov_cr(struct axvm_vcpu *vcpu, unsigned int cr, unsigned int r,
				    bool write)
{
	if (!write)
		return axvm_x86_handle_mov_from_cr(vcpu, cr, r);
	/* From now on it does that without an exit: see event.c. */
	if (cr == 8)
		vcpu->arch.svm->watch |= AXVM_SVM_WATCH_CR8;
	return axvm_x86_handle_mov_to_cr(vcpu, cr, r);
}

/* ---- machine status word ---- */

static unsigned int operand_size(struct axvm_vcpu *vcpu, const struct axvm_svm_fetched *fetched)
{
	bool narrow = false, wide = axvm_x86_in_64bit(vcpu);
	unsigned int i;

	if (wide && (fetched->rex & REX_W))
		return 8;
	for (i = 0; i < fetched->prefixes; i++)
		narrow |= fetched->bytes[i] == OPERAND_SIZE;
	axvm_x86_need(vcpu, AXVM_X86_CS_PART);
	wide |= vcpu->arch.state.segment[AXVM_X86_CS].attributes & AXVM_X86_ATTR_DB;
	return wide != narrow ? 4 : 2;
}

static enum axvm_next handle_smsw(struct axvm_vcpu *vcpu, const struct axvm_svm_fetched *fetched)
{
	unsigned int r = register_of(fetched);
	u64 value = axvm_x86_r(vcpu, r);

	axvm_x86_need(vcpu, AXVM_X86_CR0_PART);
	switch (operand_size(vcpu, fetched)) {
	case 2:
		value = (value & ~0xffffULL) | (vcpu->arch.state.cr0 & 0xffff);
		break;
	case 4:
		value = (u32)vcpu->arch.state.cr0;
		break;
	default:
		value = vcpu->arch.state.cr0;
		break;
	}
	axvm_x86_set_r(vcpu, r, value);
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

/*
 * With an operand in memory the guest does it by itself, in one step: neither of the two
 * reaches the bits that are hidden.
 */
static enum axvm_next handle_group7(struct axvm_vcpu *vcpu, const struct axvm_svm_fetched *fetched)
{
	u8 modrm = fetched->bytes[fetched->prefixes + 2];

	if (modrm >> 6 != 3)
		return axvm_svm_let_step(vcpu);
	switch (modrm >> 3 & 7) {
	case GROUP7_SMSW:
		return handle_smsw(vcpu, fetched);
	case GROUP7_LMSW:
		return axvm_x86_handle_lmsw(vcpu, axvm_x86_r(vcpu, register_of(fetched)));
	default:
		axvm_x86_flush_guest(vcpu);
		return AXVM_NEXT_ENTER;
	}
}

/* ---- control registers ---- */

static enum axvm_svm_insn insn_of(const struct axvm_svm_fetched *fetched)
{
	if (fetched->prefixes + 3 > fetched->nr)
		return AXVM_SVM_INSN_CLTS;
	switch (fetched->bytes[fetched->prefixes + 1]) {
	case OPCODE_GROUP7:
		return AXVM_SVM_INSN_GROUP7;
	case OPCODE_MOV_FROM_CR:
		return AXVM_SVM_INSN_MOV_FROM_CR;
	case OPCODE_MOV_TO_CR:
		return AXVM_SVM_INSN_MOV_TO_CR;
	default:
		return AXVM_SVM_INSN_CLTS;
	}
}

static enum axvm_next handle_fetched_cr(struct axvm_vcpu *vcpu, unsigned int cr)
{
	struct axvm_svm_fetched fetched;
	enum axvm_svm_insn insn;
	enum axvm_next next = axvm_svm_fetch(vcpu, &fetched);

	if (next != AXVM_NEXT_ENTER)
		return next;
	insn = insn_of(&fetched);
	if (!axvm_svm_take_length(vcpu, insn, &fetched))
		return AXVM_NEXT_LOOP;
	switch (insn) {
	case AXVM_SVM_INSN_GROUP7:
		return handle_group7(vcpu, &fetched);
	case AXVM_SVM_INSN_MOV_FROM_CR:
		/* QEMU 10 takes a read of any for one of CR0. */
		return handle_mov_cr(vcpu, cr ?: control_register_of(&fetched),
				     register_of(&fetched), false);
	case AXVM_SVM_INSN_MOV_TO_CR:
		return handle_mov_cr(vcpu, cr, register_of(&fetched), true);
	default:
		return axvm_x86_handle_clts(vcpu);
	}
}

enum axvm_next axvm_svm_handle_cr(struct axvm_vcpu *vcpu, bool quick)
{
	const struct axvm_svm_control *control = axvm_svm_control(vcpu);
	u64 code = control->exit_code, info = control->exit_info_1;
	unsigned int cr = code == SVM_EXIT_CR0_SELECTIVE ? 0 : code & 0xf;
	bool write = code >= SVM_EXIT_CR0_WRITE;

	if (quick && (cr == 4 || !axvm_svm_told_length(vcpu)))
		return AXVM_NEXT_HANDLE;
	if (axvm_svm_features.decode_assists && (info & SVM_CR_MOV) && axvm_svm_told_length(vcpu))
		return handle_mov_cr(vcpu, cr, info & SVM_CR_REGISTER, write);
	return quick ? AXVM_NEXT_HANDLE : handle_fetched_cr(vcpu, cr);
}

/* ---- debug registers ---- */

enum axvm_next axvm_svm_handle_dr(struct axvm_vcpu *vcpu, bool quick)
{
	const struct axvm_svm_control *control = axvm_svm_control(vcpu);
	unsigned int dr = control->exit_code & 0xf;
	bool write = control->exit_code >= SVM_EXIT_DR0_WRITE;
	struct axvm_svm_fetched fetched;
	enum axvm_next next;

	if (axvm_svm_features.decode_assists && axvm_svm_told_length(vcpu))
		return axvm_x86_handle_mov_dr(vcpu, dr, control->exit_info_1 & SVM_CR_REGISTER,
					      write);
	if (quick)
		return AXVM_NEXT_HANDLE;
	next = axvm_svm_slow_length(vcpu, write ? AXVM_SVM_INSN_MOV_TO_DR :
						  AXVM_SVM_INSN_MOV_FROM_DR, &fetched);
	if (next != AXVM_NEXT_ENTER)
		return next;
	return axvm_x86_handle_mov_dr(vcpu, dr, register_of(&fetched), write);
}
