// SPDX-License-Identifier: GPL-2.0
/*
 * Random instructions, with registers that make them access the guest's memory
 *
 * The bytes come first, and what the decoder does not accept is thrown away; then
 * registers, or a displacement where there are none, are solved for an address. The
 * address is mostly in the device, near the middle, where a page begins; sometimes it
 * is at the end of all memory, or anywhere.
 */
#include <string.h>

#include <linux/kernel.h>

#include "decode.h"
#include "native.h"
#include "random.h"
#include "sample.h"

enum { RCX = 1, RSP = 4, RBP = 5, RSI = 6, RDI = 7 };

/* CF, PF, AF, ZF, SF, DF, OF, and those that are always 1. */
#define RANDOM_FLAGS	0xcd5
#define ALWAYS_FLAGS	0x202

/**
 * struct build - An instruction under construction.
 * @sample: where it goes.
 * @mode: how code is read.
 * @at: how many bytes there are.
 * @address_other: there is an address-size prefix.
 * @displacement: where it is in the bytes.
 * @entry: what the opcode's table says.
 */
struct build {
	struct sample *sample;
	enum axvm_x86_mode mode;
	unsigned int at;
	bool address_other;
	unsigned int displacement;
	u32 entry;
};

static void put(struct build *b, u8 byte)
{
	b->sample->bytes[b->at++] = byte;
}

/* ---- bytes ---- */

static void put_prefixes(struct build *b)
{
	static const u8 segments[] = { 0x26, 0x36, 0x3e, 0x65, 0x64 };

	if (random_percent(25))
		put(b, 0x66);
	if (random_percent(15))
		put(b, random_percent(50) ? 0xf2 : 0xf3);
	b->address_other = random_percent(b->mode == AXVM_X86_MODE_64 ? 15 : 50);
	if (b->address_other)
		put(b, 0x67);
	if (random_percent(20))
		put(b, segments[random_below(ARRAY_SIZE(segments))]);
	if (random_percent(10))
		put(b, 0xf0);
}

static void put_vex(struct build *b, u8 map)
{
	u64 random = random_u64();
	u8 high = b->mode == AXVM_X86_MODE_64 ? random & 0xe0 : 0xe0;

	put(b, 0xc4);
	put(b, high | map);
	/* vvvv mostly has to be all ones. */
	put(b, (random >> 8 & 0x87) | (random_percent(70) ? 0x78 : random >> 16 & 0x78));
}

/* One of those that the decoder has in its tables. Return: its entry. */
static u32 put_opcode(struct build *b, bool avx)
{
	u8 map, opcode;
	u32 entry;

	do {
		map = random_below(2);
		opcode = random_u64() >> 8;
		/* There are only three in this map. */
		if (random_percent(2)) {
			map = MAP_0F38;
			opcode = random_percent(33) ? 0x2a : 0xf0 | (opcode & 1);
		}
		entry = axvm_x86_opcode(map, opcode);
	} while (!entry);
	if (entry == OPC_VECTOR && avx && random_percent(50)) {
		b->at = 0;
		if (b->address_other)
			put(b, 0x67);
		put_vex(b, map);
		put(b, opcode);
		return entry;
	}
	if (b->mode == AXVM_X86_MODE_64 && random_percent(60))
		put(b, 0x40 | random_below(16));
	if (map != MAP_ONE)
		put(b, 0x0f);
	if (map == MAP_0F38)
		put(b, 0x38);
	put(b, opcode);
	return entry;
}

static void put_operand(struct build *b)
{
	bool sib_possible = b->mode == AXVM_X86_MODE_64 ||
			    b->address_other != (b->mode == AXVM_X86_MODE_32);
	u8 modrm = random_below(0xc0);

	if (!(b->entry & (OPC_STRING | OPC_OFFSET))) {
		put(b, modrm);
		if (sib_possible && (modrm & 7) == 4)
			put(b, random_u64() >> 8);
	}
	b->displacement = b->at;
	random_fill(b->sample->bytes + b->at, AXVM_X86_INSN_MAX - b->at);
}

static bool is_wanted(const struct build *b)
{
	const struct axvm_x86_insn *insn = &b->sample->insn;

	switch (insn->op) {
	case AXVM_X86_OP_NONE:
	case AXVM_X86_OP_INS:
	case AXVM_X86_OP_OUTS:
		return false;
	default:
		/* FS is the program's own. */
		return b->mode != AXVM_X86_MODE_64 || insn->segment != AXVM_X86_FS;
	}
}

static bool decode(struct build *b)
{
	return axvm_x86_decode(b->sample->bytes, AXVM_X86_INSN_MAX, b->mode, &b->sample->insn) ==
	       AXVM_X86_DECODED;
}

static void make_bytes(struct build *b, bool avx)
{
	do {
		b->at = 0;
		put_prefixes(b);
		b->entry = put_opcode(b, avx);
		put_operand(b);
	} while (!decode(b) || !is_wanted(b));
}

/* ---- addresses ---- */

static u64 mask(const struct axvm_x86_insn *insn)
{
	return ~0ULL >> (64 - insn->address_size * 8);
}

/* What an address does not need of a register stays as it is. */
static void set_register(struct sample *sample, u8 reg, u64 value)
{
	u64 used = mask(&sample->insn);

	sample->gprs.r[reg] = (sample->gprs.r[reg] & ~used) | (value & used);
}

/* Only where there is no base, and then all of it: 2 bytes, 4, or a whole address. */
static void set_displacement(struct build *b, u64 value)
{
	unsigned int bytes = b->sample->insn.address_size;

	if (bytes == 8 && !(b->entry & OPC_OFFSET))
		bytes = 4;
	memcpy(b->sample->bytes + b->displacement, &value, bytes);
	decode(b);
}

/* The index alone cannot make the lowest bits. */
static void aim_index(struct build *b, u64 offset)
{
	const struct axvm_x86_insn *insn = &b->sample->insn;
	u64 low = (1ULL << insn->scale) - 1;

	set_displacement(b, (insn->displacement & ~low) | (offset & low));
	set_register(b->sample, insn->index,
		     ((offset - insn->displacement) & mask(insn)) >> insn->scale);
}

/* One register as base and index: as near as one gets. */
static void aim_twice(struct build *b, u64 offset)
{
	const struct axvm_x86_insn *insn = &b->sample->insn;
	s64 distance = offset - insn->displacement;

	set_register(b->sample, insn->base, distance / (1 + (1 << insn->scale)));
}

/* Have the operand be at @offset in its segment. */
static void aim(struct build *b, u64 offset)
{
	struct sample *sample = b->sample;
	const struct axvm_x86_insn *insn = &sample->insn;

	if (insn->base == AXVM_X86_BASE_RIP)
		set_displacement(b, offset - native_rip(b->mode) - insn->length);
	else if (insn->base == AXVM_X86_NO_REG && insn->index == AXVM_X86_NO_REG)
		set_displacement(b, offset);
	else if (insn->base == AXVM_X86_NO_REG)
		aim_index(b, offset);
	else if (insn->base == insn->index)
		aim_twice(b, offset);
	else
		set_register(sample, insn->base, offset - insn->displacement -
			     (insn->index == AXVM_X86_NO_REG ? 0 :
			      sample->gprs.r[insn->index] << insn->scale));
}

/* The middle, where a page begins: crossed by some, and neither by most. */
static u64 middle(u64 start)
{
	u64 target = start + NATIVE_BYTES / 2 - 256 + random_below(512);

	return random_percent(50) ? target : target & ~0x3fULL;
}

static u64 device_or_memory(void)
{
	return middle(random_percent(50) ? NATIVE_DEVICE : NATIVE_MEMORY);
}

static u64 target(void)
{
	switch (random_below(32)) {
	case 0:
		return NATIVE_DEVICE + NATIVE_BYTES - random_below(64);
	case 1:
		return random_percent(50) ? random_u64() :
					    NATIVE_NOTHING + random_below(NATIVE_NOTHING_BYTES);
	default:
		return middle(NATIVE_DEVICE);
	}
}

static u64 base_of(const struct build *b, unsigned int segment)
{
	return native_segment(b->mode, segment)->base;
}

static void aim_string(struct build *b)
{
	struct sample *sample = b->sample;

	set_register(sample, RSI, device_or_memory() - base_of(b, sample->insn.segment));
	set_register(sample, RDI, device_or_memory() - base_of(b, AXVM_X86_ES));
	set_register(sample, RCX, random_below(12));
}

static bool has_bit_register(const struct axvm_x86_insn *insn)
{
	return insn->op >= AXVM_X86_OP_BT && insn->op <= AXVM_X86_OP_BTC &&
	       insn->flags & AXVM_X86_INSN_REG;
}

/* A register that tells a bit is not to lead out of sight. */
static void aim_bit(struct build *b)
{
	const struct axvm_x86_insn *insn = &b->sample->insn;
	u64 *r = &b->sample->gprs.r[insn->reg];
	u64 used = ~0ULL >> (64 - insn->width * 8);
	u64 bit = random_below(4096) - 2048;

	*r = (*r & ~used) | (bit & used);
}

/* What is above the stack pointer is random. */
static void aim_stack(struct build *b)
{
	static const u64 used[] = { 0xffff, 0xffffffff, -1 };
	u64 rsp = device_or_memory() - base_of(b, AXVM_X86_SS);
	u64 *r = &b->sample->gprs.r[RSP];

	*r = (*r & ~used[b->mode]) | (rsp & used[b->mode]);
}

static void aim_all(struct build *b)
{
	struct sample *sample = b->sample;
	const struct axvm_x86_insn *insn = &sample->insn;

	if (insn->flags & AXVM_X86_INSN_STRING) {
		aim_string(b);
		return;
	}
	if (insn->op == AXVM_X86_OP_PUSH || insn->op == AXVM_X86_OP_POP)
		aim_stack(b);
	if (has_bit_register(insn))
		aim_bit(b);
	aim(b, target() - base_of(b, insn->segment));
}

/* ---- what may be executed ---- */

/* How far the operand with the bit is from the one that is named. */
static u64 bit_distance(const struct sample *sample)
{
	const struct axvm_x86_insn *insn = &sample->insn;
	unsigned int shift = 64 - insn->width * 8;
	u64 bit = sample->gprs.r[insn->reg] << shift;

	return (u64)((s64)bit >> shift >> 3) & ~(u64)(insn->width - 1);
}

static u64 operand_address(const struct sample *sample)
{
	const struct axvm_x86_insn *insn = &sample->insn;
	u64 address = insn->displacement;

	if (insn->base == AXVM_X86_BASE_RIP)
		address += native_rip(insn->mode) + insn->length;
	else if (insn->base != AXVM_X86_NO_REG)
		address += sample->gprs.r[insn->base];
	if (insn->index != AXVM_X86_NO_REG)
		address += sample->gprs.r[insn->index] << insn->scale;
	if (has_bit_register(insn))
		address += bit_distance(sample);
	return address & mask(insn);
}

u64 sample_linear(const struct sample *sample)
{
	const struct axvm_x86_insn *insn = &sample->insn;
	u64 linear = operand_address(sample) + native_segment(insn->mode, insn->segment)->base;

	return insn->mode == AXVM_X86_MODE_64 ? linear : linear & 0xffffffff;
}

/* The guest's own and around it, or where nothing can be, or not canonical. */
static bool is_harmless(u64 linear)
{
	if (linear >= NATIVE_DEVICE - 0x1000 && linear < NATIVE_MEMORY + NATIVE_BYTES + 0x1000)
		return true;
	if (linear < 0xf000 || linear - NATIVE_NOTHING < NATIVE_NOTHING_BYTES - 0x1000)
		return true;
	return linear >> 47 && linear >> 47 != 0x1ffff;
}

static bool is_stack_harmless(const struct build *b)
{
	u64 rsp = b->sample->gprs.r[RSP];

	if (b->mode == AXVM_X86_MODE_16)
		rsp &= 0xffff;
	return is_harmless((rsp + base_of(b, AXVM_X86_SS)) &
			   (b->mode == AXVM_X86_MODE_64 ? ~0ULL : 0xffffffff));
}

/* An atomic access across a cache line stops all CPUs, and some kernels forbid it. */
static bool is_split_lock(const struct sample *sample, u64 linear)
{
	const struct axvm_x86_insn *insn = &sample->insn;

	return (insn->flags & AXVM_X86_INSN_LOCK || insn->op == AXVM_X86_OP_XCHG) &&
	       (linear & 63) + insn->width > 64;
}

static bool may_execute(const struct build *b)
{
	const struct axvm_x86_insn *insn = &b->sample->insn;
	u64 linear = sample_linear(b->sample);

	if (insn->flags & AXVM_X86_INSN_STRING)
		return true;
	if (insn->op == AXVM_X86_OP_PUSH || insn->op == AXVM_X86_OP_POP)
		return is_harmless(linear) && is_stack_harmless(b);
	return is_harmless(linear) && !is_split_lock(b->sample, linear);
}

void sample_make(struct sample *sample, enum axvm_x86_mode mode, bool avx)
{
	struct build b = { .sample = sample, .mode = mode };

	do {
		make_bytes(&b, avx);
		random_fill(&sample->gprs, sizeof(sample->gprs));
		sample->gprs.rflags = (random_u64() & RANDOM_FLAGS) | ALWAYS_FLAGS;
		sample->gprs.rip = native_rip(mode);
		aim_all(&b);
	} while (!may_execute(&b));
}
