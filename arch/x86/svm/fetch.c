// SPDX-License-Identifier: GPL-2.0
/*
 * The length of the instruction that exited
 *
 * With NRIPS the hardware tells it. Without, which instruction it is is known from the exit
 * code, and what is not known is its prefixes: so its bytes are read (code.c) and must
 * be what they are said to be. If they are not, the guest has changed its code or its page
 * tables and not told its CPU; then its translations are dropped and it goes on where it
 * is. No instruction is skipped that was not seen.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "svm.h"

/**
 * struct opcode - What follows the prefixes.
 * @length: how many bytes.
 * @mask: which of their bits count.
 * @bytes: what they are, the first in bits 7:0.
 */
struct opcode {
	u8 length;
	u32 mask;
	u32 bytes;
};

static const struct opcode opcodes[] = {
	[AXVM_SVM_INSN_CPUID]		= { 2, 0xffff, 0xa20f },
	[AXVM_SVM_INSN_RDMSR]		= { 2, 0xffff, 0x320f },
	[AXVM_SVM_INSN_WRMSR]		= { 2, 0xffff, 0x300f },
	[AXVM_SVM_INSN_HLT]		= { 1, 0xff, 0xf4 },
	[AXVM_SVM_INSN_VMMCALL]		= { 3, 0xffffff, 0xd9010f },
	[AXVM_SVM_INSN_INVD]		= { 2, 0xffff, 0x080f },
	[AXVM_SVM_INSN_WBINVD]		= { 2, 0xffff, 0x090f },
	[AXVM_SVM_INSN_XSETBV]		= { 3, 0xffffff, 0xd1010f },
	[AXVM_SVM_INSN_PAUSE]		= { 1, 0xff, 0x90 },
	[AXVM_SVM_INSN_ICEBP]		= { 1, 0xff, 0xf1 },
	[AXVM_SVM_INSN_MOV_FROM_CR]	= { 3, 0xffff, 0x200f },
	[AXVM_SVM_INSN_MOV_FROM_DR]	= { 3, 0xffff, 0x210f },
	[AXVM_SVM_INSN_MOV_TO_CR]	= { 3, 0xffff, 0x220f },
	[AXVM_SVM_INSN_MOV_TO_DR]	= { 3, 0xffff, 0x230f },
	[AXVM_SVM_INSN_CLTS]		= { 2, 0xffff, 0x060f },
	/* LMSW and SMSW are longer, by what their operand needs. */
	[AXVM_SVM_INSN_GROUP7]		= { 3, 0xffff, 0x010f },
};

static_assert(ARRAY_SIZE(opcodes) == AXVM_SVM_INSN_GROUP7 + 1);

static bool is_opcode(u32 bytes, enum axvm_svm_insn insn)
{
	return (bytes & opcodes[insn].mask) == opcodes[insn].bytes;
}

static bool in_64bit(const struct axvm_svm_save *save)
{
	return (save->efer & EFER_LMA) && (save->cs.attributes & SVM_ATTR_L);
}

/* ---- prefixes ---- */

static bool is_prefix(u8 byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64 ... 0x67:
	case 0xf0:
	case 0xf2:
	case 0xf3:
		return true;
	default:
		return false;
	}
}

/* A REX prefix counts only right before the opcode. */
static void parse_prefixes(struct axvm_svm_fetched *fetched, bool rex)
{
	unsigned int i;
	u8 byte;

	fetched->rex = 0;
	for (i = 0; i < fetched->nr; i++) {
		byte = fetched->bytes[i];
		if (rex && (byte & 0xf0) == 0x40)
			fetched->rex = byte;
		else if (is_prefix(byte))
			fetched->rex = 0;
		else
			break;
	}
	fetched->prefixes = i;
}

/* Its length, or 0 if it is another one. */
static unsigned int length_of(const struct axvm_vcpu *vcpu, struct axvm_svm_fetched *fetched,
			      enum axvm_svm_insn insn)
{
	u32 opcode = 0;
	unsigned int length;

	parse_prefixes(fetched, in_64bit(axvm_svm_save(vcpu)));
	length = fetched->prefixes + opcodes[insn].length;
	if (length > fetched->nr)
		return 0;
	memcpy(&opcode, fetched->bytes + fetched->prefixes, opcodes[insn].length);
	return is_opcode(opcode, insn) ? length : 0;
}

/* ---- at once ---- */

static bool read_words(struct axvm_vcpu *vcpu, u64 words[2])
{
	const struct axvm_svm_save *save = axvm_svm_save(vcpu);
	u64 root = vcpu->arch.svm->code_root;

	return root && axvm_x86_read_code(vcpu, save->cr3 | root, axvm_svm_code_at(save), words);
}

static noinline bool quick_prefixed(struct axvm_vcpu *vcpu, enum axvm_svm_insn insn,
				    const u64 words[2])
{
	struct axvm_svm_fetched fetched = { .words = { words[0], words[1] }, .nr = 15 };

	vcpu->arch.svm->length = length_of(vcpu, &fetched, insn);
	return vcpu->arch.svm->length;
}

bool axvm_svm_told_length(struct axvm_vcpu *vcpu)
{
	u64 next_rip = axvm_svm_control(vcpu)->next_rip;

	vcpu->arch.svm->length = 0;
	if (!axvm_svm_features.next_rip || !next_rip)
		return false;
	vcpu->arch.svm->length = next_rip - axvm_svm_save(vcpu)->rip;
	return true;
}

bool axvm_svm_quick_length(struct axvm_vcpu *vcpu, enum axvm_svm_insn insn)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;
	u64 words[2];

	if (axvm_svm_told_length(vcpu))
		return true;
	if (unlikely(!read_words(vcpu, words)))
		return false;
	if (unlikely(!is_opcode(words[0], insn)))
		return quick_prefixed(vcpu, insn, words);
	svm->length = opcodes[insn].length;
	return true;
}

unsigned int axvm_svm_guest_insn(struct axvm_vcpu *vcpu, u8 *insn)
{
	const struct axvm_svm_control *control = axvm_svm_control(vcpu);
	unsigned int told = 0;

	if (axvm_svm_features.decode_assists)
		told = min_t(unsigned int, control->insn_length, sizeof(control->insn));
	memcpy(insn, control->insn, told);
	return told;
}

/* ---- with interrupts on ---- */

static enum axvm_next no_code(struct axvm_vcpu *vcpu, const struct axvm_x86_walk *walk)
{
	struct axvm_fault_info fault = {
		.gpa = walk->gpa,
		.access = AXVM_MEM_EXEC,
	};

	return axvm_exit_memory_fault(vcpu, &fault, -EFAULT);
}

enum axvm_next axvm_svm_fetch(struct axvm_vcpu *vcpu, struct axvm_svm_fetched *fetched)
{
	struct axvm_x86_walk walk = {};
	int nr;

	memset(fetched, 0, sizeof(*fetched));
	nr = axvm_x86_fetch(vcpu, fetched->bytes, &walk);
	if (nr == -EFAULT)
		return axvm_x86_page_fault(vcpu, walk.address, walk.error) ?: AXVM_NEXT_LOOP;
	if (nr < 0)
		return no_code(vcpu, &walk);
	fetched->nr = nr;
	parse_prefixes(fetched, in_64bit(axvm_svm_save(vcpu)));
	return AXVM_NEXT_ENTER;
}

bool axvm_svm_take_length(struct axvm_vcpu *vcpu, enum axvm_svm_insn insn,
			  struct axvm_svm_fetched *fetched)
{
	vcpu->arch.svm->length = length_of(vcpu, fetched, insn);
	if (vcpu->arch.svm->length)
		return true;
	axvm_x86_flush_guest(vcpu);
	return false;
}

enum axvm_next axvm_svm_slow_length(struct axvm_vcpu *vcpu, enum axvm_svm_insn insn,
				    struct axvm_svm_fetched *fetched)
{
	enum axvm_next next = axvm_svm_fetch(vcpu, fetched);

	if (next != AXVM_NEXT_ENTER)
		return next;
	return axvm_svm_take_length(vcpu, insn, fetched) ? AXVM_NEXT_ENTER : AXVM_NEXT_LOOP;
}
