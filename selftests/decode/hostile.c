// SPDX-License-Identifier: GPL-2.0
/*
 * The emulator with everything against it
 *
 * Random instructions, registers, segments and saved answers, in a guest whose
 * translations change at every look and whose memory comes and goes. Nothing but
 * garbage can come of it; but it must end, and access nothing that cannot be.
 */
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "axvm_x86_emulate.h"
#include "hostile.h"
#include "random.h"

static bool wrong;

static enum axvm_x86_place translate(void *context, u64 linear, bool write, u64 *gpa,
				     u32 *error_code)
{
	(void)context;
	(void)write;
	*gpa = (random_u64() & ~0xfffULL) | (linear & 0xfff);
	*error_code = random_u64();
	return random_percent(90) ? random_below(3) : random_below(5);
}

static bool is_access(u64 gpa, unsigned int bytes, unsigned int most)
{
	if (bytes && bytes <= most && (gpa & 0xfff) + bytes <= 0x1000)
		return true;
	printf("# an access of %u bytes at %llx\n", bytes, gpa);
	wrong = true;
	return false;
}

static bool read_memory(void *context, u64 gpa, void *data, unsigned int bytes)
{
	(void)context;
	if (is_access(gpa, bytes, 8))
		random_fill(data, bytes);
	return random_percent(95);
}

static bool write_memory(void *context, u64 gpa, const void *data, unsigned int bytes)
{
	(void)context;
	(void)data;
	is_access(gpa, bytes, 8);
	return random_percent(95);
}

static void get_segment(void *context, unsigned int name, struct axvm_x86_segment *segment)
{
	(void)context;
	wrong |= name > AXVM_X86_GS;
	random_fill(segment, sizeof(*segment));
	if (random_percent(80)) {
		segment->limit = 0xffffffff;
		segment->attributes = 0xf3;
	}
}

static enum axvm_x86_emulate set_segment(void *context, unsigned int name, u16 selector,
					 struct axvm_x86_fault *fault)
{
	(void)context;
	(void)selector;
	(void)fault;
	wrong |= name > AXVM_X86_GS || name == AXVM_X86_CS;
	return random_percent(50) ? AXVM_X86_EMULATE_DONE : AXVM_X86_EMULATE_FAULT;
}

static bool is_vector(unsigned int reg, unsigned int bytes)
{
	if (reg < AXVM_X86_MMX + 8 && (bytes == 8 || bytes == 16 || bytes == 32 || bytes == 64))
		return true;
	wrong = true;
	return false;
}

static bool get_vector(void *context, unsigned int reg, void *data, unsigned int bytes)
{
	(void)context;
	if (is_vector(reg, bytes))
		random_fill(data, bytes);
	return random_percent(95);
}

static bool set_vector(void *context, unsigned int reg, const void *data, unsigned int bytes,
		       bool clear)
{
	(void)context;
	(void)data;
	(void)clear;
	return is_vector(reg, bytes) && random_percent(95);
}

static const struct axvm_x86_emulate_ops ops = {
	.translate	= translate,
	.read		= read_memory,
	.write		= write_memory,
	.get_segment	= get_segment,
	.set_segment	= set_segment,
	.get_vector	= get_vector,
	.set_vector	= set_vector,
};

static bool is_wanted(const struct axvm_x86_emulation *em, enum axvm_x86_emulate status)
{
	if (status < AXVM_X86_EMULATE_READ || status > AXVM_X86_EMULATE_OUT)
		return false;
	if (em->access.wanted != status || !em->access.count || em->access.width > 8 ||
	    em->access.count * em->access.width > AXVM_X86_PORT_BYTES)
		wrong = true;
	if (status <= AXVM_X86_EMULATE_WRITE)
		is_access(em->access.address, em->access.width, 8);
	else
		wrong |= em->access.address > 0xffff;
	return true;
}

static void start(struct axvm_x86_emulation *em, struct axvm_gprs *gprs)
{
	random_fill(em, sizeof(*em));
	random_fill(gprs, sizeof(*gprs));
	em->gprs = gprs;
	em->linear_bits = random_percent(50) ? 48 : 57;
	em->checks_segments = random_percent(50);
	em->keeps_segments = random_percent(50);
	em->known = random_percent(20);
	em->known_write = random_percent(50);
	em->nr_answers = random_percent(50) ? 0 : random_percent(90) ? random_below(17) :
		random_u64();
	/* Addresses near the end of a page, where more can go wrong. */
	if (random_percent(50))
		gprs->r[random_below(16)] |= 0xff0;
}

/* Prefixes and escapes make more of these instructions. */
static void make_instruction(struct axvm_x86_emulation *em)
{
	static const u8 starts[] = { 0x0f, 0x66, 0xf3, 0xf2, 0xc4, 0xc5, 0x62, 0x48, 0x67, 0xf0 };

	if (random_percent(60))
		em->bytes[0] = starts[random_below(ARRAY_SIZE(starts))];
	if (random_percent(30))
		em->bytes[1] = starts[random_below(ARRAY_SIZE(starts))];
	if (random_percent(10))
		em->bytes[random_below(2)] = 0xa4 + random_below(12);
	em->length = random_percent(90) ? AXVM_X86_INSN_MAX : random_u64();
}

static void one(void)
{
	struct axvm_x86_emulation em;
	enum axvm_x86_emulate status;
	struct axvm_gprs gprs;
	unsigned int calls;

	start(&em, &gprs);
	make_instruction(&em);
	if (axvm_x86_emulate_begin(&em, random_below(3)))
		return;
	/* More calls than an instruction has accesses: it is over, or it repeats. */
	for (calls = 0; calls < 3 * AXVM_X86_EMULATION_ANSWERS; calls++) {
		status = axvm_x86_emulate(&em, &ops, NULL);
		if (is_wanted(&em, status))
			axvm_x86_answer(&em, random_u64());
		else if (status != AXVM_X86_EMULATE_MORE && status != AXVM_X86_EMULATE_MEMORY)
			return;
	}
	wrong |= !(em.insn.flags & AXVM_X86_INSN_STRING) && status != AXVM_X86_EMULATE_MEMORY;
}

bool hostile(unsigned long times)
{
	wrong = false;
	while (times--)
		one();
	return !wrong;
}
