// SPDX-License-Identifier: GPL-2.0
/*
 * The emulator beside the CPU
 *
 * Random instructions are emulated, with what is memory for the CPU being a device for
 * them, and executed. All registers, the flags that are defined, and all memory must
 * be the same then; and so must exceptions.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "execute.h"
#include "guest.h"
#include "native.h"
#include "random.h"
#include "sample.h"

static_assert(GUEST_DEVICE == NATIVE_DEVICE && GUEST_MEMORY == NATIVE_MEMORY &&
	      GUEST_BYTES == NATIVE_BYTES, "one layout");

#define CF	0x001
#define PF	0x004
#define AF	0x010
#define ZF	0x040
#define SF	0x080
#define OF	0x800
#define COMPARED_FLAGS	0xcd5

enum { RAX = 0, RCX = 1, RDX = 2, RSI = 6, RDI = 7 };

/* The kernel's selector for user data. */
#define FLAT_DATA	0x2b

static struct guest guest;

/* ---- what both find ---- */

/* Mostly what is there; sometimes all equal, for strings to be compared; sometimes new. */
static void fill_memory(void)
{
	unsigned int kind = random_below(40);

	if (kind == 0) {
		memset(guest.device, random_below(256), GUEST_BYTES);
		memset(guest.memory, guest.device[0], GUEST_BYTES);
	} else if (kind == 1) {
		random_fill(guest.device, GUEST_BYTES);
		random_fill(guest.memory, GUEST_BYTES);
	}
}

/* Where the operand is in the device, or NULL. */
static u8 *operand(const struct sample *sample)
{
	u64 offset = sample_linear(sample) - GUEST_DEVICE;

	return offset <= (u64)GUEST_BYTES - sample->insn.width ? guest.device + offset : NULL;
}

/* Let CMPXCHG find what it compares with. */
static void fill_accumulator(struct sample *sample, const u8 *data)
{
	const struct axvm_x86_insn *insn = &sample->insn;
	u64 *r = sample->gprs.r;

	if (insn->base == RAX || insn->index == RAX || insn->base == RDX || insn->index == RDX)
		return;
	if (insn->op == AXVM_X86_OP_CMPXCHG) {
		memcpy(&r[RAX], data, insn->width);
	} else if (insn->op == AXVM_X86_OP_CMPXCHG_PAIR) {
		memcpy(&r[RAX], data, insn->width / 2);
		memcpy(&r[RDX], data + insn->width / 2, insn->width / 2);
	}
}

/* Let MOV find a selector that is valid. */
static void fill_selector(const struct sample *sample, u8 *data)
{
	const struct axvm_x86_insn *insn = &sample->insn;
	u16 selector = FLAT_DATA;

	if (insn->op != AXVM_X86_OP_MOV_SEG || !(insn->flags & AXVM_X86_INSN_READ))
		return;
	if (insn->mode != AXVM_X86_MODE_64)
		selector = native_segment(insn->mode, AXVM_X86_DS)->selector;
	memcpy(data, &selector, sizeof(selector));
}

static void fill_operand(struct sample *sample)
{
	u8 *data = operand(sample);

	if (!data || sample->insn.flags & AXVM_X86_INSN_STRING)
		return;
	fill_selector(sample, data);
	if (random_percent(50))
		fill_accumulator(sample, data);
}

static void fill_registers(const struct sample *sample)
{
	unsigned int i;

	guest.gprs = sample->gprs;
	memset(guest.vector, 0, sizeof(guest.vector));
	for (i = 0; i < 16; i++)
		random_fill(guest.vector[i], native.has_avx ? 32 : 16);
	random_fill(guest.mm, sizeof(guest.mm));
	for (i = 0; i < 6; i++) {
		const struct native_segment *segment = native_segment(sample->insn.mode, i);

		guest.segments[i] = (struct axvm_x86_segment) {
			.base = segment->base,
			.limit = segment->limit,
			.attributes = segment->attributes,
			.selector = segment->selector,
		};
	}
}

static void give_to_native(void)
{
	unsigned int i;

	memcpy(native.r, guest.gprs.r, sizeof(native.r));
	native.rflags = guest.gprs.rflags;
	memcpy(native.mm, guest.mm, sizeof(native.mm));
	for (i = 0; i < 16; i++)
		memcpy(native.vector[i], guest.vector[i], sizeof(native.vector[i]));
	memcpy((void *)NATIVE_DEVICE, guest.device, GUEST_BYTES);
	memcpy((void *)NATIVE_MEMORY, guest.memory, GUEST_BYTES);
}

/* ---- what came of it ---- */

/* What the manuals leave undefined. */
static u64 undefined_flags(const struct sample *sample)
{
	const struct axvm_x86_insn *insn = &sample->insn;
	unsigned int count = insn->flags & AXVM_X86_INSN_IMM ? insn->immediate :
							       sample->gprs.r[RCX];

	count &= insn->width == 8 ? 63 : 31;
	switch (insn->op) {
	case AXVM_X86_OP_AND:
	case AXVM_X86_OP_OR:
	case AXVM_X86_OP_XOR:
	case AXVM_X86_OP_TEST:
		return AF;
	case AXVM_X86_OP_ROL ... AXVM_X86_OP_RCR:
		return count > 1 ? OF : 0;
	case AXVM_X86_OP_SHL ... AXVM_X86_OP_SAR:
		if (!count)
			return 0;
		return AF | (count > 1 ? OF : 0) | (count >= insn->width * 8 ? CF : 0);
	case AXVM_X86_OP_BT ... AXVM_X86_OP_BTC:
		return OF | SF | AF | PF;
	default:
		return 0;
	}
}

/*
 * A string instruction does nothing if ECX is 0; but in 64-bit mode some processors clear the
 * upper halves of what it would have counted, and others do not.
 */
static bool is_half_defined(const struct sample *sample, unsigned int reg)
{
	const struct axvm_x86_insn *insn = &sample->insn;

	return insn->flags & AXVM_X86_INSN_STRING &&
	       insn->flags & (AXVM_X86_INSN_REP | AXVM_X86_INSN_REPNE) &&
	       insn->address_size == 4 && !(u32)sample->gprs.r[RCX] &&
	       (reg == RCX || reg == RSI || reg == RDI);
}

static const char *compare_registers(const struct sample *sample, bool faulted)
{
	bool long_mode = sample->insn.mode == AXVM_X86_MODE_64;
	u64 undefined = undefined_flags(sample), mask;
	unsigned int i;

	for (i = 0; i < (long_mode ? 16 : 8); i++) {
		mask = long_mode && !is_half_defined(sample, i) ? ~0ULL : 0xffffffff;
		if ((guest.gprs.r[i] ^ native.r[i]) & mask)
			return "a general register";
	}
	/* Comparing strings, the CPU may or may not have the flags of what it did. */
	if (faulted && sample->insn.flags & AXVM_X86_INSN_STRING)
		return NULL;
	return (guest.gprs.rflags ^ native.rflags) & COMPARED_FLAGS & ~undefined ? "flags" : NULL;
}

/* After an exception SS is the signal handler's. */
static bool is_same_selector(unsigned int name)
{
	if (!native.has_segments || name == AXVM_X86_CS ||
	    (name == AXVM_X86_SS && native.trap >= 0))
		return true;
	return guest.segments[name].selector == native.selector[name];
}

static const char *compare_rest(void)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		if (memcmp(guest.vector[i], native.vector[i], sizeof(native.vector[i])))
			return "a vector register";
	if (memcmp(guest.mm, native.mm, sizeof(native.mm)))
		return "an MMX register";
	for (i = 0; i < 6; i++)
		if (!is_same_selector(i))
			return "a segment register";
	if (memcmp((void *)NATIVE_DEVICE, guest.device, GUEST_BYTES))
		return "the device";
	if (memcmp((void *)NATIVE_MEMORY, guest.memory, GUEST_BYTES))
		return "memory";
	return NULL;
}

static const char *compare_fault(const struct sample *sample,
				 const struct axvm_x86_emulation *em)
{
	if (native.trap != em->fault.vector)
		return "the exception";
	if (native.trap == 14 && native.trap_address != em->fault.address)
		return "the page fault's address";
	if (guest.gprs.rip != sample->gprs.rip)
		return "RIP at an exception";
	return compare_registers(sample, true) ?: compare_rest();
}

static const char *compare_done(const struct sample *sample)
{
	if (native.trap >= 0)
		return "an exception of the CPU only";
	if (guest.gprs.rip != sample->gprs.rip + sample->insn.length)
		return "RIP";
	return compare_registers(sample, false) ?: compare_rest();
}

static bool differ(const struct sample *sample, const char *what,
		   const struct axvm_x86_emulation *em, enum axvm_x86_emulate status)
{
	static const unsigned int bits[] = { 16, 32, 64 };
	static unsigned int times;
	unsigned int i;

	if (times++ > 20)
		return false;
	printf("# %u-bit,", bits[sample->insn.mode]);
	for (i = 0; i < sample->insn.length; i++)
		printf(" %02x", sample->bytes[i]);
	printf(": %s\n#  status %u, fault %u at %llx; the CPU's %d at %llx\n", what, status,
	       em->fault.vector, em->fault.address, native.trap, native.trap_address);
	printf("#  operand at %llx; %s\n", sample_linear(sample), guest.log);
	for (i = 0; i < 16; i++)
		if (guest.gprs.r[i] != native.r[i])
			printf("#  r%u %llx, emulated %llx, executed %llx\n", i,
			       sample->gprs.r[i], guest.gprs.r[i], native.r[i]);
	if ((guest.gprs.rflags ^ native.rflags) & COMPARED_FLAGS)
		printf("#  flags %llx, emulated %llx, executed %llx\n", sample->gprs.rflags,
		       guest.gprs.rflags, native.rflags);
	return false;
}

/* ---- the whole ---- */

static enum axvm_x86_emulate emulate(const struct sample *sample, struct axvm_x86_emulation *em)
{
	bool in_64 = sample->insn.mode == AXVM_X86_MODE_64;
	enum axvm_x86_emulate status;

	*em = (struct axvm_x86_emulation) {
		.gprs = &guest.gprs,
		.linear_bits = 48,
		.checks_segments = !in_64,
		.length = AXVM_X86_INSN_MAX,
	};
	memcpy(em->bytes, sample->bytes, sizeof(em->bytes));
	guest.log_end = 0;
	guest.log[0] = '\0';
	guest.wrong = false;
	status = axvm_x86_emulate_begin(em, sample->insn.mode);
	if (status)
		return status;
	if (in_64 && random_percent(30)) {
		em->known = true;
		em->known_write = sample->insn.flags & AXVM_X86_INSN_WRITE;
		em->known_linear = GUEST_DEVICE + GUEST_BYTES / 2 - 1;
		em->known_gpa = em->known_linear - GUEST_DEVICE + GUEST_DEVICE_GPA;
	}
	return guest_run(&guest, em, random_percent(30));
}

static bool one(struct sample *sample, struct execution *execution)
{
	struct axvm_x86_emulation em;
	enum axvm_x86_emulate status;
	const char *what;

	fill_memory();
	fill_operand(sample);
	fill_registers(sample);
	give_to_native();
	status = emulate(sample, &em);
	if (status == AXVM_X86_EMULATE_RETRY)
		return true;
	native_execute(sample->insn.mode, sample->bytes, sample->insn.length);
	if (status == AXVM_X86_EMULATE_DONE) {
		what = compare_done(sample);
		execution->done++;
		execution->by_op[sample->insn.op]++;
	} else if (status == AXVM_X86_EMULATE_FAULT) {
		what = compare_fault(sample, &em);
		execution->faults++;
	} else {
		what = "not emulated";
	}
	if (!what && guest.wrong)
		what = "an access that is none";
	return !what || differ(sample, what, &em, status);
}

bool execute_random(enum axvm_x86_mode mode, unsigned long times, struct execution *execution)
{
	struct sample sample;
	bool same = true;

	random_fill(guest.device, GUEST_BYTES);
	random_fill(guest.memory, GUEST_BYTES);
	while (times--) {
		sample_make(&sample, mode, native.has_avx);
		same &= one(&sample, execution);
	}
	return same;
}
