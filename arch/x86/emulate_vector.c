// SPDX-License-Identifier: GPL-2.0
/*
 * Moves between a device and a vector register
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "emulate.h"

#define VECTOR_MAX	64

/* Where in the register the operand goes or comes from. */
static unsigned int part(const struct axvm_x86_insn *insn)
{
	return insn->op == AXVM_X86_OP_VECTOR_HIGH ? 8 : 0;
}

static unsigned int register_bytes(const struct axvm_x86_insn *insn)
{
	if (insn->reg >= AXVM_X86_MMX)
		return 8;
	return max_t(unsigned int, insn->width, 16);
}

static enum axvm_x86_emulate load(struct axvm_x86_run *run,
				  const struct axvm_x86_operand *operand)
{
	const struct axvm_x86_insn *insn = &run->em->insn;
	unsigned int bytes = register_bytes(insn);
	enum axvm_x86_emulate status;
	u8 data[VECTOR_MAX];

	/* First, so that no device is read in vain. */
	if (!run->ops->get_vector(run->context, insn->source, data, bytes))
		return AXVM_X86_EMULATE_UNKNOWN;
	if (insn->op == AXVM_X86_OP_VECTOR)
		memset(data, 0, bytes);
	status = axvm_x86_load(run, operand, data + part(insn));
	if (status)
		return status;
	return run->ops->set_vector(run->context, insn->reg, data, bytes,
				    insn->flags & AXVM_X86_INSN_VEX) ?
	       AXVM_X86_EMULATE_DONE : AXVM_X86_EMULATE_UNKNOWN;
}

static enum axvm_x86_emulate store(struct axvm_x86_run *run,
				   const struct axvm_x86_operand *operand)
{
	const struct axvm_x86_insn *insn = &run->em->insn;
	u8 data[VECTOR_MAX];

	if (!run->ops->get_vector(run->context, insn->reg, data, register_bytes(insn)))
		return AXVM_X86_EMULATE_UNKNOWN;
	return axvm_x86_store(run, operand, data + part(insn));
}

enum axvm_x86_emulate axvm_x86_vector(struct axvm_x86_run *run,
				      const struct axvm_x86_operand *operand)
{
	return run->em->insn.flags & AXVM_X86_INSN_TO_REG ? load(run, operand) :
							    store(run, operand);
}
