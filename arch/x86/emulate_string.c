// SPDX-License-Identifier: GPL-2.0
/*
 * String instructions, those of ports included, and their repetitions
 *
 * A repetition is done or not begun: its accesses, then (E)SI and (E)DI, then (E)CX.
 * The instruction stays the current one until the last; until then an interrupt
 * can come in between, and whoever goes on, the CPU or this, finds what is left
 * in registers.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "emulate.h"

static u64 pointer(const struct axvm_x86_run *run, u8 reg)
{
	return axvm_x86_get_gpr(run->em->gprs, reg, run->em->insn.address_size);
}

static void advance(struct axvm_x86_run *run, u8 reg, unsigned int times)
{
	struct axvm_gprs *gprs = run->em->gprs;
	u64 bytes = (u64)run->em->insn.width * times;

	axvm_x86_set_gpr(gprs, reg, run->em->insn.address_size,
			 gprs->rflags & FLAG_DF ? gprs->r[reg] - bytes : gprs->r[reg] + bytes);
}

static enum axvm_x86_emulate find_source(struct axvm_x86_run *run,
					 struct axvm_x86_operand *operand)
{
	const struct axvm_x86_insn *insn = &run->em->insn;

	return axvm_x86_find_operand(run, insn->segment, pointer(run, RSI), insn->width, false,
				     operand);
}

static enum axvm_x86_emulate find_destination(struct axvm_x86_run *run, bool write,
					      struct axvm_x86_operand *operand)
{
	return axvm_x86_find_operand(run, AXVM_X86_ES, pointer(run, RDI), run->em->insn.width,
				     write, operand);
}

static enum axvm_x86_emulate move(struct axvm_x86_run *run)
{
	struct axvm_x86_operand source, destination;
	enum axvm_x86_emulate status;
	u64 data = 0;

	status = find_source(run, &source);
	if (status)
		return status;
	status = find_destination(run, true, &destination);
	if (status)
		return status;
	status = axvm_x86_load(run, &source, &data);
	if (status)
		return status;
	status = axvm_x86_store(run, &destination, &data);
	if (status)
		return status;
	advance(run, RSI, 1);
	advance(run, RDI, 1);
	return AXVM_X86_EMULATE_DONE;
}

static enum axvm_x86_emulate store(struct axvm_x86_run *run)
{
	struct axvm_x86_operand destination;
	enum axvm_x86_emulate status;

	status = find_destination(run, true, &destination);
	if (status)
		return status;
	status = axvm_x86_store(run, &destination, &run->em->gprs->r[RAX]);
	if (status)
		return status;
	advance(run, RDI, 1);
	return AXVM_X86_EMULATE_DONE;
}

static enum axvm_x86_emulate load(struct axvm_x86_run *run)
{
	struct axvm_x86_operand source;
	enum axvm_x86_emulate status;
	u64 data = 0;

	status = find_source(run, &source);
	if (status)
		return status;
	status = axvm_x86_load(run, &source, &data);
	if (status)
		return status;
	axvm_x86_set_gpr(run->em->gprs, RAX, run->em->insn.width, data);
	advance(run, RSI, 1);
	return AXVM_X86_EMULATE_DONE;
}

static enum axvm_x86_emulate compare(struct axvm_x86_run *run)
{
	struct axvm_x86_operand source, destination;
	enum axvm_x86_emulate status;
	u64 first = 0, second = 0;

	status = find_source(run, &source);
	if (status)
		return status;
	status = find_destination(run, false, &destination);
	if (status)
		return status;
	status = axvm_x86_load(run, &source, &first);
	if (status)
		return status;
	status = axvm_x86_load(run, &destination, &second);
	if (status)
		return status;
	axvm_x86_arithmetic(AXVM_X86_OP_CMP, run->em->insn.width, first, second,
			    &run->em->gprs->rflags);
	advance(run, RSI, 1);
	advance(run, RDI, 1);
	return AXVM_X86_EMULATE_DONE;
}

static enum axvm_x86_emulate scan(struct axvm_x86_run *run)
{
	struct axvm_gprs *gprs = run->em->gprs;
	struct axvm_x86_operand destination;
	enum axvm_x86_emulate status;
	u64 data = 0;

	status = find_destination(run, false, &destination);
	if (status)
		return status;
	status = axvm_x86_load(run, &destination, &data);
	if (status)
		return status;
	axvm_x86_arithmetic(AXVM_X86_OP_CMP, run->em->insn.width, gprs->r[RAX], data,
			    &gprs->rflags);
	advance(run, RDI, 1);
	return AXVM_X86_EMULATE_DONE;
}

/* ---- ports ---- */

static enum axvm_x86_emulate ask_port(struct axvm_x86_run *run, enum axvm_x86_emulate wanted,
				      struct axvm_x86_access *access, u64 *answer)
{
	access->wanted = wanted;
	access->address = run->em->gprs->r[RDX] & 0xffff;
	access->width = run->em->insn.width;
	return axvm_x86_ask(run, access, answer);
}

/* That memory can be written is seen before the port is read. */
static enum axvm_x86_emulate input(struct axvm_x86_run *run)
{
	struct axvm_x86_access access = { .count = 1 };
	struct axvm_x86_operand destination;
	enum axvm_x86_emulate status;
	u64 data;

	status = find_destination(run, true, &destination);
	if (status)
		return status;
	status = ask_port(run, AXVM_X86_EMULATE_IN, &access, &data);
	if (status)
		return status;
	status = axvm_x86_store(run, &destination, &data);
	if (status)
		return status;
	advance(run, RDI, 1);
	return AXVM_X86_EMULATE_DONE;
}

/*
 * How many units from here on are in the same page of memory and fit one access.
 * Segments are not looked at for the others: only in 64-bit mode have they no limits.
 */
static unsigned int batch(const struct axvm_x86_run *run, const struct axvm_x86_operand *source,
			  u64 left)
{
	const struct axvm_x86_emulation *em = run->em;
	unsigned int width = em->insn.width;
	unsigned int at = source->linear & 4095;
	unsigned int fit;

	if (em->insn.mode != AXVM_X86_MODE_64 || em->insn.address_size != 8 ||
	    !axvm_x86_is_memory(source) || source->first < width)
		return 1;
	fit = em->gprs->rflags & FLAG_DF ? at / width + 1 : (4096 - at) / width;
	fit = min_t(unsigned int, fit, AXVM_X86_PORT_BYTES / width);
	return min_t(u64, fit, left);
}

static enum axvm_x86_emulate read_units(struct axvm_x86_run *run,
					const struct axvm_x86_operand *source,
					struct axvm_x86_access *access)
{
	unsigned int width = run->em->insn.width;
	struct axvm_x86_operand unit = *source;
	enum axvm_x86_emulate status;
	unsigned int i;

	for (i = 0; i < access->count; i++) {
		status = axvm_x86_load(run, &unit, access->units + i * width);
		if (status)
			return status;
		unit.pages[0].gpa += run->em->gprs->rflags & FLAG_DF ? -(u64)width : width;
	}
	return AXVM_X86_EMULATE_DONE;
}

/* The answer tells how many units it is for; one that was restored may tell anything. */
static enum axvm_x86_emulate output(struct axvm_x86_run *run, u64 left, unsigned int *times)
{
	struct axvm_x86_access access = {};
	struct axvm_x86_operand source;
	enum axvm_x86_emulate status;
	u64 answer;

	status = find_source(run, &source);
	if (status)
		return status;
	access.count = batch(run, &source, left);
	status = read_units(run, &source, &access);
	if (status)
		return status;
	status = ask_port(run, AXVM_X86_EMULATE_OUT, &access, &answer);
	if (status)
		return status;
	*times = max_t(u64, min_t(u64, answer, access.count), 1);
	advance(run, RSI, *times);
	return AXVM_X86_EMULATE_DONE;
}

/* ---- repetitions ---- */

/* @left: how many repetitions there are. @times: in: 1; out: how many this was. */
static enum axvm_x86_emulate once(struct axvm_x86_run *run, u64 left, unsigned int *times)
{
	switch (run->em->insn.op) {
	case AXVM_X86_OP_MOVS:
		return move(run);
	case AXVM_X86_OP_STOS:
		return store(run);
	case AXVM_X86_OP_LODS:
		return load(run);
	case AXVM_X86_OP_CMPS:
		return compare(run);
	case AXVM_X86_OP_SCAS:
		return scan(run);
	case AXVM_X86_OP_INS:
		return input(run);
	default:
		return output(run, left, times);
	}
}

/* REPE and REPNE; where nothing is compared both are REP. */
static bool found(const struct axvm_x86_emulation *em)
{
	bool equal = em->gprs->rflags & FLAG_ZF;

	if (em->insn.op != AXVM_X86_OP_CMPS && em->insn.op != AXVM_X86_OP_SCAS)
		return false;
	return em->insn.flags & AXVM_X86_INSN_REPNE ? equal : !equal;
}

static enum axvm_x86_emulate repeat(struct axvm_x86_run *run)
{
	unsigned int bytes = run->em->insn.address_size;
	struct axvm_gprs *gprs = run->em->gprs;
	unsigned int done, times, answered;
	enum axvm_x86_emulate status;
	u64 left = pointer(run, RCX);

	if (!left)
		return AXVM_X86_EMULATE_DONE;
	for (done = 0; done < AXVM_X86_BATCH; done++) {
		times = 1;
		status = once(run, left, &times);
		if (status)
			return status;
		left -= times;
		axvm_x86_set_gpr(gprs, RCX, bytes, left);
		answered = run->used;
		run->used = 0;
		run->em->nr_answers = 0;
		if (!left || found(run->em))
			return AXVM_X86_EMULATE_DONE;
		if (answered)
			break;
	}
	return AXVM_X86_EMULATE_MORE;
}

enum axvm_x86_emulate axvm_x86_string(struct axvm_x86_run *run)
{
	unsigned int times = 1;

	if (run->em->insn.flags & (AXVM_X86_INSN_REP | AXVM_X86_INSN_REPNE))
		return repeat(run);
	return once(run, 1, &times);
}
