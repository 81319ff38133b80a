// SPDX-License-Identifier: GPL-2.0
/*
 * Emulating an instruction: from its operand to its effect
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "emulate.h"

enum axvm_x86_emulate axvm_x86_emulate_begin(struct axvm_x86_emulation *em,
					     enum axvm_x86_mode mode)
{
	unsigned int nr = min_t(unsigned int, em->length, AXVM_X86_INSN_MAX);

	switch (axvm_x86_decode(em->bytes, nr, mode, &em->insn)) {
	case AXVM_X86_DECODED:
		em->length = em->insn.length;
		return AXVM_X86_EMULATE_DONE;
	case AXVM_X86_DECODED_UD:
		return axvm_x86_fault(em, VECTOR_UD, 0);
	case AXVM_X86_DECODED_GP:
		return axvm_x86_fault(em, VECTOR_GP, 0);
	default:
		return AXVM_X86_EMULATE_UNKNOWN;
	}
}

void axvm_x86_answer(struct axvm_x86_emulation *em, u64 data)
{
	if (em->nr_answers >= AXVM_X86_EMULATION_ANSWERS)
		return;
	if (em->access.wanted == AXVM_X86_EMULATE_OUT)
		data = em->access.count;
	em->answers[em->nr_answers++] = data;
}

/* ---- instructions with one operand in memory ---- */

/* With a register as bit offset, the operand is the one that has the bit: up to 2^60 away. */
static u64 bit_displacement(const struct axvm_x86_emulation *em)
{
	const struct axvm_x86_insn *insn = &em->insn;
	s64 offset;

	if (insn->op < AXVM_X86_OP_BT || insn->op > AXVM_X86_OP_BTC ||
	    !(insn->flags & AXVM_X86_INSN_REG))
		return 0;
	offset = axvm_x86_sign_extend(em->gprs->r[insn->reg & 15], insn->width);
	return (u64)(offset >> 3) & ~(u64)(insn->width - 1);
}

static enum axvm_x86_emulate find_operand(struct axvm_x86_run *run,
					  struct axvm_x86_operand *operand)
{
	const struct axvm_x86_insn *insn = &run->em->insn;
	u64 offset = axvm_x86_effective_address(run->em) + bit_displacement(run->em);

	offset &= axvm_x86_mask(insn->address_size);
	return axvm_x86_find_operand(run, insn->segment, offset, insn->width,
				     insn->flags & AXVM_X86_INSN_WRITE, operand);
}

static void set_high_byte(struct axvm_gprs *gprs, u8 reg, u64 value)
{
	gprs->r[reg & 3] = (gprs->r[reg & 3] & ~0xff00ULL) | (value & 0xff) << 8;
}

static void put_in_place(struct axvm_gprs *gprs, const struct axvm_x86_values *values)
{
	gprs->rflags = values->flags;
	if (values->reg_bytes && values->high)
		set_high_byte(gprs, values->reg, values->value);
	else if (values->reg_bytes)
		axvm_x86_set_gpr(gprs, values->reg, values->reg_bytes, values->value);
}

static enum axvm_x86_emulate integer(struct axvm_x86_run *run,
				     const struct axvm_x86_operand *operand)
{
	const struct axvm_x86_insn *insn = &run->em->insn;
	struct axvm_gprs *gprs = run->em->gprs;
	struct axvm_x86_values values = { .flags = gprs->rflags };
	enum axvm_x86_emulate status = AXVM_X86_EMULATE_DONE;

	if (insn->flags & AXVM_X86_INSN_READ)
		status = axvm_x86_load(run, operand, &values.memory);
	if (status)
		return status;
	axvm_x86_integer(insn, gprs, &values);
	if (insn->flags & AXVM_X86_INSN_WRITE)
		status = axvm_x86_store(run, operand, &values.memory);
	if (status)
		return status;
	put_in_place(gprs, &values);
	return AXVM_X86_EMULATE_DONE;
}

/* CMPXCHG8B and CMPXCHG16B: memory is written in any case, as by CMPXCHG. */
static enum axvm_x86_emulate compare_exchange_pair(struct axvm_x86_run *run,
						   const struct axvm_x86_operand *operand)
{
	struct axvm_gprs *gprs = run->em->gprs;
	unsigned int half = operand->width / 2;
	u64 low = 0, high = 0, swap_low, swap_high;
	enum axvm_x86_emulate status;
	u8 data[16];
	bool equal;

	status = axvm_x86_load(run, operand, data);
	if (status)
		return status;
	memcpy(&low, data, half);
	memcpy(&high, data + half, half);
	equal = low == axvm_x86_get_gpr(gprs, RAX, half) &&
		high == axvm_x86_get_gpr(gprs, RDX, half);
	swap_low = equal ? gprs->r[RBX] : low;
	swap_high = equal ? gprs->r[RCX] : high;
	memcpy(data, &swap_low, half);
	memcpy(data + half, &swap_high, half);
	status = axvm_x86_store(run, operand, data);
	if (status)
		return status;
	gprs->rflags = (gprs->rflags & ~FLAG_ZF) | (equal ? FLAG_ZF : 0);
	if (!equal) {
		axvm_x86_set_gpr(gprs, RAX, half, low);
		axvm_x86_set_gpr(gprs, RDX, half, high);
	}
	return AXVM_X86_EMULATE_DONE;
}

static enum axvm_x86_emulate move_segment(struct axvm_x86_run *run,
					  const struct axvm_x86_operand *operand)
{
	const struct axvm_x86_insn *insn = &run->em->insn;
	struct axvm_x86_segment segment = {};
	enum axvm_x86_emulate status;
	u16 selector;

	if (insn->flags & AXVM_X86_INSN_WRITE) {
		run->ops->get_segment(run->context, insn->reg, &segment);
		return axvm_x86_store(run, operand, &segment.selector);
	}
	if (run->em->keeps_segments)
		return AXVM_X86_EMULATE_UNKNOWN;
	status = axvm_x86_load(run, operand, &selector);
	if (status)
		return status;
	return run->ops->set_segment(run->context, insn->reg, selector, &run->em->fault);
}

static enum axvm_x86_emulate one_operand(struct axvm_x86_run *run)
{
	struct axvm_x86_operand operand;
	enum axvm_x86_emulate status;

	status = find_operand(run, &operand);
	if (status)
		return status;
	if (axvm_x86_is_memory(&operand))
		return AXVM_X86_EMULATE_RETRY;
	switch (run->em->insn.op) {
	case AXVM_X86_OP_VECTOR:
	case AXVM_X86_OP_VECTOR_LOW:
	case AXVM_X86_OP_VECTOR_HIGH:
		return axvm_x86_vector(run, &operand);
	case AXVM_X86_OP_CMPXCHG_PAIR:
		return compare_exchange_pair(run, &operand);
	case AXVM_X86_OP_MOV_SEG:
		return move_segment(run, &operand);
	default:
		return integer(run, &operand);
	}
}

static enum axvm_x86_emulate execute(struct axvm_x86_run *run)
{
	switch (run->em->insn.op) {
	case AXVM_X86_OP_UNKNOWN:
		return AXVM_X86_EMULATE_UNKNOWN;
	case AXVM_X86_OP_NONE:
		return AXVM_X86_EMULATE_DONE;
	case AXVM_X86_OP_PUSH:
	case AXVM_X86_OP_POP:
		return axvm_x86_stack(run);
	case AXVM_X86_OP_MOVS ... AXVM_X86_OP_OUTS:
		return axvm_x86_string(run);
	default:
		return one_operand(run);
	}
}

static void finish(struct axvm_x86_emulation *em)
{
	struct axvm_gprs *gprs = em->gprs;

	gprs->rip += em->insn.length;
	if (em->insn.mode != AXVM_X86_MODE_64)
		gprs->rip &= 0xffffffff;
	gprs->rflags &= ~FLAG_RF;
	em->nr_answers = 0;
}

enum axvm_x86_emulate axvm_x86_emulate(struct axvm_x86_emulation *em,
				       const struct axvm_x86_emulate_ops *ops, void *context)
{
	struct axvm_x86_run run = { .em = em, .ops = ops, .context = context };
	enum axvm_x86_emulate status;

	if (em->nr_answers > AXVM_X86_EMULATION_ANSWERS)
		return AXVM_X86_EMULATE_UNKNOWN;
	status = execute(&run);
	if (status == AXVM_X86_EMULATE_DONE)
		finish(em);
	return status;
}
