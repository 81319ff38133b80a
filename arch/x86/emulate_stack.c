// SPDX-License-Identifier: GPL-2.0
/*
 * PUSH from memory and POP to memory, one or both of them a device
 */
#include <linux/kernel.h>

#include "emulate.h"

#define ATTRIBUTE_BIG	BIT(14)

/* Width of the stack pointer. */
static unsigned int stack_bytes(struct axvm_x86_run *run)
{
	struct axvm_x86_segment segment = {};

	if (run->em->insn.mode == AXVM_X86_MODE_64)
		return 8;
	run->ops->get_segment(run->context, AXVM_X86_SS, &segment);
	return segment.attributes & ATTRIBUTE_BIG ? 4 : 2;
}

/* RSP in an address is what it is after a POP. */
static u64 address(const struct axvm_x86_emulation *em)
{
	const struct axvm_x86_insn *insn = &em->insn;
	u64 address = axvm_x86_effective_address(em);

	if (insn->op == AXVM_X86_OP_POP && insn->base == RSP)
		address += insn->width;
	return address & axvm_x86_mask(insn->address_size);
}

static enum axvm_x86_emulate find_operands(struct axvm_x86_run *run, u64 top,
					   struct axvm_x86_operand *stack,
					   struct axvm_x86_operand *other)
{
	const struct axvm_x86_insn *insn = &run->em->insn;
	bool pop = insn->op == AXVM_X86_OP_POP;
	enum axvm_x86_emulate status;

	status = axvm_x86_find_operand(run, AXVM_X86_SS, top, insn->width, !pop, stack);
	if (status)
		return status;
	status = axvm_x86_find_operand(run, insn->segment, address(run->em), insn->width, pop,
				       other);
	if (status)
		return status;
	return axvm_x86_is_memory(stack) && axvm_x86_is_memory(other) ? AXVM_X86_EMULATE_RETRY :
									AXVM_X86_EMULATE_DONE;
}

enum axvm_x86_emulate axvm_x86_stack(struct axvm_x86_run *run)
{
	const struct axvm_x86_insn *insn = &run->em->insn;
	struct axvm_gprs *gprs = run->em->gprs;
	bool pop = insn->op == AXVM_X86_OP_POP;
	unsigned int bytes = stack_bytes(run);
	struct axvm_x86_operand stack, other;
	enum axvm_x86_emulate status;
	u64 rsp = gprs->r[RSP];
	u64 data = 0;

	rsp = pop ? rsp + insn->width : rsp - insn->width;
	status = find_operands(run, (pop ? gprs->r[RSP] : rsp) & axvm_x86_mask(bytes), &stack,
			       &other);
	if (status)
		return status;
	status = axvm_x86_load(run, pop ? &stack : &other, &data);
	if (status)
		return status;
	status = axvm_x86_store(run, pop ? &other : &stack, &data);
	if (status)
		return status;
	axvm_x86_set_gpr(gprs, RSP, bytes, rsp);
	return AXVM_X86_EMULATE_DONE;
}
