// SPDX-License-Identifier: GPL-2.0
/*
 * Operands in memory: where they are, and getting at them, be it memory or a device
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "emulate.h"

#define PAGE_BYTES	4096

/* Attributes of segments; of type, what they mean for data and for code. */
#define TYPE_CODE		BIT(3)
#define TYPE_EXPAND_DOWN	BIT(2)
#define TYPE_READ_WRITE		BIT(1)
#define ATTRIBUTE_PRESENT	BIT(7)
#define ATTRIBUTE_BIG		BIT(14)
#define ATTRIBUTE_UNUSABLE	BIT(16)

enum axvm_x86_emulate axvm_x86_fault(struct axvm_x86_emulation *em, u8 vector, u32 error_code)
{
	em->fault = (struct axvm_x86_fault) {
		.vector = vector,
		.error_code = error_code,
	};
	return AXVM_X86_EMULATE_FAULT;
}

static u64 base_register(const struct axvm_x86_emulation *em)
{
	switch (em->insn.base) {
	case AXVM_X86_NO_REG:
		return 0;
	case AXVM_X86_BASE_RIP:
		return em->gprs->rip + em->insn.length;
	default:
		return em->gprs->r[em->insn.base & 15];
	}
}

u64 axvm_x86_effective_address(const struct axvm_x86_emulation *em)
{
	const struct axvm_x86_insn *insn = &em->insn;
	u64 address = base_register(em) + insn->displacement;

	if (insn->index != AXVM_X86_NO_REG)
		address += em->gprs->r[insn->index & 15] << insn->scale;
	return address;
}

/* ---- segments ---- */

/* Whatever is wrong with the stack is #SS, with others #GP. */
static enum axvm_x86_emulate bad_address(struct axvm_x86_run *run, u8 segment)
{
	return axvm_x86_fault(run->em, segment == AXVM_X86_SS ? VECTOR_SS : VECTOR_GP, 0);
}

static bool is_canonical(const struct axvm_x86_emulation *em, u64 address)
{
	unsigned int shift = 64 - em->linear_bits;

	return (u64)((s64)(address << shift) >> shift) == address;
}

static bool may_access(const struct axvm_x86_segment *segment, bool write)
{
	if (segment->attributes & ATTRIBUTE_UNUSABLE || !(segment->attributes & ATTRIBUTE_PRESENT))
		return false;
	if (segment->attributes & TYPE_CODE)
		return !write && segment->attributes & TYPE_READ_WRITE;
	return !write || segment->attributes & TYPE_READ_WRITE;
}

static bool is_within(const struct axvm_x86_segment *segment, u64 offset, u64 last)
{
	if ((segment->attributes & (TYPE_CODE | TYPE_EXPAND_DOWN)) == TYPE_EXPAND_DOWN)
		return offset > segment->limit &&
		       last <= (segment->attributes & ATTRIBUTE_BIG ? 0xffffffff : 0xffff);
	return last <= segment->limit;
}

static enum axvm_x86_emulate check_64(struct axvm_x86_run *run, u8 name, u64 linear,
				      unsigned int width)
{
	if (is_canonical(run->em, linear) && is_canonical(run->em, linear + width - 1))
		return AXVM_X86_EMULATE_DONE;
	return bad_address(run, name);
}

static enum axvm_x86_emulate check_segment(struct axvm_x86_run *run, u8 name,
					   const struct axvm_x86_segment *segment, u64 offset,
					   unsigned int width, bool write)
{
	if (run->em->checks_segments && !may_access(segment, write))
		return bad_address(run, name);
	if (!is_within(segment, offset, offset + width - 1))
		return bad_address(run, name);
	return AXVM_X86_EMULATE_DONE;
}

/* Alignment is looked at before the rest, as processors do. */
static enum axvm_x86_emulate linear_address(struct axvm_x86_run *run, u8 name, u64 offset,
					    unsigned int width, bool write, u64 *linear)
{
	bool in_64 = run->em->insn.mode == AXVM_X86_MODE_64;
	struct axvm_x86_segment segment = {};

	if (!in_64 || name >= AXVM_X86_FS)
		run->ops->get_segment(run->context, name, &segment);
	*linear = segment.base + offset;
	if (!in_64)
		*linear &= 0xffffffff;
	if (run->em->insn.flags & AXVM_X86_INSN_ALIGNED && *linear & (width - 1))
		return axvm_x86_fault(run->em, VECTOR_GP, 0);
	return in_64 ? check_64(run, name, *linear, width) :
		       check_segment(run, name, &segment, offset, width, write);
}

/* ---- translation ---- */

static bool is_known(const struct axvm_x86_emulation *em, u64 linear, bool write)
{
	return em->known && (em->known_write || !write) &&
	       (linear ^ em->known_linear) < PAGE_BYTES;
}

static enum axvm_x86_emulate page_fault(struct axvm_x86_emulation *em, u64 linear,
					u32 error_code)
{
	axvm_x86_fault(em, VECTOR_PF, error_code);
	em->fault.address = linear;
	return AXVM_X86_EMULATE_FAULT;
}

static enum axvm_x86_emulate translate(struct axvm_x86_run *run, u64 linear, bool write,
				       struct axvm_x86_operand *operand, unsigned int page)
{
	struct axvm_x86_emulation *em = run->em;
	u32 error_code = 0;
	u64 gpa = 0;

	if (is_known(em, linear, write)) {
		operand->pages[page].place = AXVM_X86_PLACE_DEVICE;
		operand->pages[page].gpa = em->known_gpa - em->known_linear + linear;
		return AXVM_X86_EMULATE_DONE;
	}
	operand->pages[page].place = run->ops->translate(run->context, linear, write, &gpa,
							 &error_code);
	operand->pages[page].gpa = gpa;
	switch (operand->pages[page].place) {
	case AXVM_X86_PLACE_FAULT:
		return page_fault(em, linear, error_code);
	case AXVM_X86_PLACE_UNAVAILABLE:
		em->access = (struct axvm_x86_access){
			.wanted = AXVM_X86_EMULATE_READ,
			.address = gpa,
		};
		return AXVM_X86_EMULATE_MEMORY;
	default:
		return AXVM_X86_EMULATE_DONE;
	}
}

enum axvm_x86_emulate axvm_x86_find_operand(struct axvm_x86_run *run, u8 segment, u64 offset,
					    unsigned int width, bool write,
					    struct axvm_x86_operand *operand)
{
	enum axvm_x86_emulate status;
	unsigned int in_page;
	u64 second;

	status = linear_address(run, segment, offset, width, write, &operand->linear);
	if (status)
		return status;
	in_page = PAGE_BYTES - (operand->linear & (PAGE_BYTES - 1));
	operand->width = width;
	operand->first = min_t(unsigned int, width, in_page);
	status = translate(run, operand->linear, write, operand, 0);
	if (status || operand->first == width)
		return status;
	second = operand->linear + operand->first;
	if (run->em->insn.mode != AXVM_X86_MODE_64)
		second &= 0xffffffff;
	return translate(run, second, write, operand, 1);
}

bool axvm_x86_is_memory(const struct axvm_x86_operand *operand)
{
	return operand->pages[0].place == AXVM_X86_PLACE_MEMORY &&
	       (operand->first == operand->width ||
		operand->pages[1].place == AXVM_X86_PLACE_MEMORY);
}

/* ---- access, piece by piece ---- */

/**
 * struct piece - A part of an operand that is accessed at once.
 * @at: where it begins in the operand.
 * @bytes: how long it is: 1, 2, 4 or 8.
 * @place: enum axvm_x86_place.
 * @gpa: guest-physical address.
 */
struct piece {
	unsigned int at;
	unsigned int bytes;
	u8 place;
	u64 gpa;
};

static bool next_piece(const struct axvm_x86_operand *operand, struct piece *piece)
{
	bool crosses = operand->first < operand->width;
	unsigned int page, left;

	piece->at += piece->bytes;
	if (piece->at >= operand->width)
		return false;
	page = piece->at >= operand->first;
	left = (page ? operand->width : operand->first) - piece->at;
	piece->bytes = 8;
	while (piece->bytes > left ||
	       (crosses && (operand->linear + piece->at) & (piece->bytes - 1)))
		piece->bytes >>= 1;
	piece->place = operand->pages[page].place;
	piece->gpa = operand->pages[page].gpa + piece->at - (page ? operand->first : 0);
	return true;
}

enum axvm_x86_emulate axvm_x86_ask(struct axvm_x86_run *run, const struct axvm_x86_access *access,
				   u64 *answer)
{
	struct axvm_x86_emulation *em = run->em;

	if (run->used < em->nr_answers) {
		*answer = em->answers[run->used++];
		return AXVM_X86_EMULATE_DONE;
	}
	if (run->used >= AXVM_X86_EMULATION_ANSWERS)
		return AXVM_X86_EMULATE_UNKNOWN;
	em->access = *access;
	return access->wanted;
}

static enum axvm_x86_emulate ask_device(struct axvm_x86_run *run, enum axvm_x86_emulate wanted,
					const struct piece *piece, u64 *data)
{
	struct axvm_x86_access access = {
		.wanted = wanted,
		.address = piece->gpa,
		.width = piece->bytes,
		.count = 1,
		.data = *data,
	};

	return axvm_x86_ask(run, &access, data);
}

static enum axvm_x86_emulate no_memory(struct axvm_x86_run *run, enum axvm_x86_emulate wanted,
				       const struct piece *piece)
{
	run->em->access = (struct axvm_x86_access) {
		.wanted = wanted,
		.address = piece->gpa,
		.width = piece->bytes,
	};
	return AXVM_X86_EMULATE_MEMORY;
}

enum axvm_x86_emulate axvm_x86_load(struct axvm_x86_run *run,
				    const struct axvm_x86_operand *operand, void *data)
{
	enum axvm_x86_emulate status;
	struct piece piece = {};
	u64 answer;

	while (next_piece(operand, &piece)) {
		if (piece.place == AXVM_X86_PLACE_DEVICE) {
			answer = 0;
			status = ask_device(run, AXVM_X86_EMULATE_READ, &piece, &answer);
			if (status)
				return status;
			memcpy(data + piece.at, &answer, piece.bytes);
		} else if (!run->ops->read(run->context, piece.gpa, data + piece.at,
					   piece.bytes)) {
			return no_memory(run, AXVM_X86_EMULATE_READ, &piece);
		}
	}
	return AXVM_X86_EMULATE_DONE;
}

static enum axvm_x86_emulate store_devices(struct axvm_x86_run *run,
					   const struct axvm_x86_operand *operand,
					   const void *data)
{
	enum axvm_x86_emulate status;
	struct piece piece = {};
	u64 value;

	while (next_piece(operand, &piece)) {
		if (piece.place == AXVM_X86_PLACE_MEMORY)
			continue;
		value = 0;
		memcpy(&value, data + piece.at, piece.bytes);
		status = ask_device(run, AXVM_X86_EMULATE_WRITE, &piece, &value);
		if (status)
			return status;
	}
	return AXVM_X86_EMULATE_DONE;
}

/* Devices first: until they have all been asked, nothing in memory may change. */
enum axvm_x86_emulate axvm_x86_store(struct axvm_x86_run *run,
				     const struct axvm_x86_operand *operand, const void *data)
{
	enum axvm_x86_emulate status = store_devices(run, operand, data);
	struct piece piece = {};

	if (status)
		return status;
	while (next_piece(operand, &piece))
		if (piece.place == AXVM_X86_PLACE_MEMORY &&
		    !run->ops->write(run->context, piece.gpa, data + piece.at, piece.bytes))
			return no_memory(run, AXVM_X86_EMULATE_WRITE, &piece);
	return AXVM_X86_EMULATE_DONE;
}
