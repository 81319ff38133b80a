// SPDX-License-Identifier: GPL-2.0
/*
 * What no CPU can be asked: accesses in their order, and instructions that are half done
 *
 * Accesses are told as text: r4:10=5 is a read of 4 bytes at offset 10H of the
 * device that gave 5, w a write, i and o those of ports.
 */
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "behaviour.h"
#include "guest.h"

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

#define DEVICE		GUEST_DEVICE
#define MEMORY		GUEST_MEMORY
#define PAGE		0x1000
#define CF		0x1
#define ZF		0x40
#define DF		0x400
#define RF		0x10000
#define RIP		0x1234

#define DONE		AXVM_X86_EMULATE_DONE
#define MORE		AXVM_X86_EMULATE_MORE
#define READ		AXVM_X86_EMULATE_READ
#define WRITE		AXVM_X86_EMULATE_WRITE
#define IN		AXVM_X86_EMULATE_IN
#define OUT		AXVM_X86_EMULATE_OUT
#define FAULT		AXVM_X86_EMULATE_FAULT
#define RETRY		AXVM_X86_EMULATE_RETRY
#define UNKNOWN		AXVM_X86_EMULATE_UNKNOWN

static struct guest guest;
static struct axvm_x86_emulation em;
static bool passed;

#define CHECK(condition)	check(condition, #condition, __LINE__)

static void check(bool condition, const char *text, int line)
{
	if (condition)
		return;
	printf("# line %d: %s; accesses \"%s\"\n", line, text, guest.log);
	passed = false;
}

/* Every byte of the device tells its offset, and of memory the same with the highest bit. */
static void new_guest(void)
{
	unsigned int i;

	memset(&guest, 0, sizeof(guest));
	for (i = 0; i < GUEST_BYTES; i++) {
		guest.device[i] = i & 0x7f;
		guest.memory[i] = 0x80 | i;
	}
	for (i = 0; i < 6; i++)
		guest.segments[i] = (struct axvm_x86_segment) {
			.limit = 0xffffffff,
			.attributes = i == AXVM_X86_CS ? 0xfb : 0x40f3,
			.selector = 0x10 * i,
		};
	guest.gprs.rip = RIP;
	guest.gprs.rflags = 2 | RF;
	guest.gprs.r[RBX] = DEVICE;
	guest.gprs.r[RSP] = MEMORY + 0x800;
	guest.gprs.r[RSI] = MEMORY;
	guest.gprs.r[RDI] = DEVICE;
	guest.gprs.r[RDX] = 0x3f8;
}

static enum axvm_x86_emulate begin_bytes(enum axvm_x86_mode mode, const u8 *bytes, size_t length)
{
	em = (struct axvm_x86_emulation) {
		.gprs = &guest.gprs,
		.linear_bits = 48,
		.checks_segments = mode != AXVM_X86_MODE_64,
		.length = length,
	};
	memcpy(em.bytes, bytes, length);
	return axvm_x86_emulate_begin(&em, mode);
}

#define BEGIN_IN(mode, ...)	begin_bytes(AXVM_X86_MODE_##mode, (const u8[]){ __VA_ARGS__ }, \
					    sizeof((const u8[]){ __VA_ARGS__ }))
#define BEGIN(...)		CHECK(BEGIN_IN(64, __VA_ARGS__) == DONE)
#define BEGIN_32(...)		CHECK(BEGIN_IN(32, __VA_ARGS__) == DONE)
#define BEGIN_16(...)		CHECK(BEGIN_IN(16, __VA_ARGS__) == DONE)

static enum axvm_x86_emulate step(void)
{
	return axvm_x86_emulate(&em, &guest_ops, &guest);
}

static enum axvm_x86_emulate run(void)
{
	return guest_run(&guest, &em, false);
}

/* Of the device's addresses only the last 16 bits are expected. */
static bool accesses(const char *expected)
{
	char text[sizeof(guest.log)], gpa[20], *at;
	size_t length;

	memcpy(text, guest.log, sizeof(text));
	length = snprintf(gpa, sizeof(gpa), "%llx", GUEST_DEVICE_GPA >> 16);
	while ((at = strstr(text, gpa)))
		memmove(at, at + length, strlen(at + length) + 1);
	length = strlen(text);
	if (length)
		text[length - 1] = '\0';
	return !strcmp(text, expected);
}

/* ---- pieces ---- */

static void plain_read(void)
{
	guest.gprs.r[RAX] = -1;
	BEGIN(0x8b, 0x43, 0x10);			/* mov 0x10(%rbx), %eax */
	CHECK(run() == DONE);
	CHECK(accesses("r4:0010=13121110"));
	CHECK(guest.gprs.r[RAX] == 0x13121110);
	CHECK(guest.gprs.rip == RIP + 3);
	CHECK(!(guest.gprs.rflags & RF));
	CHECK(!em.nr_answers);
}

static void unaligned_in_page(void)
{
	BEGIN(0x48, 0x8b, 0x43, 0x13);			/* mov 0x13(%rbx), %rax */
	CHECK(run() == DONE);
	CHECK(accesses("r8:0013=1a19181716151413"));
}

static void crossing_pages(void)
{
	guest.gprs.r[RBX] = DEVICE + PAGE - 3;
	BEGIN(0x48, 0x8b, 0x03);			/* mov (%rbx), %rax */
	CHECK(run() == DONE);
	CHECK(accesses("r1:0ffd=7d r2:0ffe=7f7e r4:1000=3020100 r1:1004=4"));
	CHECK(guest.gprs.r[RAX] == 0x04030201007f7e7d);
}

static void read_then_write(void)
{
	guest.gprs.r[RAX] = 0x01010101;
	BEGIN(0xf0, 0x01, 0x03);			/* lock add %eax, (%rbx) */
	CHECK(run() == DONE);
	CHECK(accesses("r4:0000=3020100 w4:0000=4030201"));
}

static void zmm(void)
{
	u8 all[64];

	guest.gprs.r[RBX] = DEVICE + PAGE - 65;
	BEGIN(0x62, 0xe1, 0x7c, 0x48, 0x10, 0x4b, 0x01);	/* vmovups 64(%rbx), %zmm17 */
	CHECK(run() == DONE);
	memcpy(all, guest.device + PAGE - 1, sizeof(all));
	CHECK(!memcmp(guest.vector[17], all, sizeof(all)));
	CHECK(em.insn.displacement == 64);
}

static void xmm_pages(void)
{
	guest.gprs.r[RBX] = DEVICE + PAGE - 1;
	BEGIN(0x0f, 0x10, 0x03);			/* movups (%rbx), %xmm0 */
	CHECK(run() == DONE);
	CHECK(accesses("r1:0fff=7f r8:1000=706050403020100 r4:1008=b0a0908 r2:100c=d0c r1:100e=e"));
}

static void zmm_pages(void)
{
	u8 before[64];
	unsigned int at;

	/* However it is cut, the answers suffice, and all arrives. */
	for (at = 1; at < 64; at++) {
		new_guest();
		memset(guest.vector[17], 0x55, 64);
		memcpy(before, guest.device + PAGE - at, 64);
		guest.gprs.r[RBX] = DEVICE + PAGE - 64 - at;
		BEGIN(0x62, 0xe1, 0x7c, 0x48, 0x10, 0x4b, 0x01);
		CHECK(guest_run(&guest, &em, true) == DONE);
		CHECK(!memcmp(guest.vector[17], before, 64));
		memset(guest.vector[17], at, 64);
		BEGIN(0x62, 0xe1, 0x7c, 0x48, 0x11, 0x4b, 0x01);
		CHECK(guest_run(&guest, &em, true) == DONE);
		CHECK(!memcmp(guest.vector[17], guest.device + PAGE - at, 64));
	}
}

static void ymm_clears(void)
{
	memset(guest.vector[3], 0xff, 64);
	BEGIN(0xc5, 0xfa, 0x10, 0x1b);			/* vmovss (%rbx), %xmm3 */
	CHECK(run() == DONE);
	CHECK(guest.vector[3][3] == 3 && !guest.vector[3][4] && !guest.vector[3][63]);
	memset(guest.vector[3], 0xff, 64);
	BEGIN(0xf3, 0x0f, 0x10, 0x1b);			/* movss (%rbx), %xmm3 */
	CHECK(run() == DONE);
	CHECK(!guest.vector[3][4] && !guest.vector[3][15] && guest.vector[3][16] == 0xff);
}

static void not_equal_is_written(void)
{
	BEGIN(0x0f, 0xc7, 0x0b);			/* cmpxchg8b (%rbx) */
	CHECK(run() == DONE);
	CHECK(accesses("r8:0000=706050403020100 w8:0000=706050403020100"));
	CHECK(guest.gprs.r[RAX] == 0x03020100 && guest.gprs.r[RDX] == 0x07060504);
}

/* ---- half done ---- */

static void saved_in_between(void)
{
	guest.gprs.r[RBX] = DEVICE + PAGE - 2;
	guest.gprs.r[RAX] = 0x11111111;
	BEGIN(0x31, 0x03);				/* xor %eax, (%rbx) */
	CHECK(guest_run(&guest, &em, true) == DONE);
	CHECK(accesses("r2:0ffe=7f7e r2:1000=100 w2:0ffe=6e6f w2:1000=1011"));
}

static void nothing_before_the_end(void)
{
	const struct axvm_gprs before = guest.gprs;

	BEGIN(0x01, 0x03);				/* add %eax, (%rbx) */
	CHECK(step() == READ);
	CHECK(step() == READ);
	axvm_x86_answer(&em, 0xffffffff);
	CHECK(step() == WRITE);
	CHECK(!memcmp(&guest.gprs, &before, sizeof(before)));
	CHECK(em.access.data == 0xffffffff && em.access.address == GUEST_DEVICE_GPA);
	axvm_x86_answer(&em, 0);
	CHECK(step() == DONE);
	CHECK(guest.gprs.rip == RIP + 2);
}

static void memory_comes_last(void)
{
	guest.gprs.r[RBX] = MEMORY + GUEST_BYTES;
	guest.gprs.r[RSP] = DEVICE + PAGE;
	BEGIN(0x8f, 0x43, 0xf8);			/* pop -8(%rbx) */
	CHECK(step() == READ);
	CHECK(guest.memory[GUEST_BYTES - 8] == 0xf8);
	guest_answer(&guest, &em);
	CHECK(step() == DONE);
	CHECK(guest.memory[GUEST_BYTES - 8] == 0);
	CHECK(guest.gprs.r[RSP] == DEVICE + PAGE + 8);
}

static void push_from_device(void)
{
	BEGIN(0xff, 0x73, 0x10);			/* push 0x10(%rbx) */
	CHECK(run() == DONE);
	CHECK(accesses("r8:0010=1716151413121110"));
	CHECK(guest.gprs.r[RSP] == MEMORY + 0x7f8);
	CHECK(guest.memory[0x7f8] == 0x10 && guest.memory[0x7ff] == 0x17);
}

static void push_onto_nothing(void)
{
	guest.unwritable = MEMORY;
	BEGIN(0xff, 0x33);				/* push (%rbx) */
	CHECK(run() == FAULT && em.fault.address == MEMORY + 0x7f8);
	CHECK(accesses("") && guest.gprs.r[RSP] == MEMORY + 0x800);
}

static void instruction_pointer(void)
{
	guest.gprs.rip = 0xfffffffe;
	BEGIN_32(0x8b, 0x03);				/* mov (%ebx), %eax */
	CHECK(run() == DONE && guest.gprs.rip == 0);
	guest.gprs.rip = 0xfffffffe;
	BEGIN(0x8b, 0x03);
	CHECK(run() == DONE && guest.gprs.rip == 0x100000000);
	guest.gprs.rip = RIP;
	BEGIN_32(0x8b, 0x03);
	CHECK(run() == DONE && guest.gprs.rip == RIP + 2);
}

static void memory_is_away(void)
{
	guest.gprs.r[RSI] = DEVICE;
	guest.gprs.r[RDI] = MEMORY;
	guest.away = true;
	BEGIN(0xa5);					/* movsl */
	CHECK(step() == READ);
	guest_answer(&guest, &em);
	CHECK(step() == AXVM_X86_EMULATE_MEMORY);
	CHECK(em.access.address == MEMORY && em.nr_answers == 1);
	CHECK(em.access.wanted == WRITE);
	guest.away = false;
	CHECK(step() == DONE);
	CHECK(accesses("r4:0000=3020100"));
	CHECK(guest.memory[3] == 3 && guest.gprs.r[RDI] == MEMORY + 4);
}

static void too_many_answers(void)
{
	BEGIN(0x8b, 0x03);
	em.nr_answers = AXVM_X86_EMULATION_ANSWERS + 1;
	CHECK(step() == UNKNOWN);
	em.nr_answers = AXVM_X86_EMULATION_ANSWERS;
	axvm_x86_answer(&em, 0);
	CHECK(em.nr_answers == AXVM_X86_EMULATION_ANSWERS);
	CHECK(step() == DONE);
}

/* ---- faults come before accesses ---- */

static void destination_faults_first(void)
{
	guest.gprs.r[RSI] = DEVICE;
	guest.gprs.r[RDI] = MEMORY;
	guest.unwritable = MEMORY;
	BEGIN(0xa4);					/* movsb */
	CHECK(run() == FAULT);
	CHECK(em.fault.vector == 14 && em.fault.error_code == 7 && em.fault.address == MEMORY);
	CHECK(accesses(""));
	CHECK(guest.gprs.rip == RIP && guest.gprs.r[RSI] == DEVICE);
}

static void second_page_faults_first(void)
{
	guest.gprs.r[RBX] = DEVICE + GUEST_BYTES - 1;
	BEGIN(0x66, 0x89, 0x03);			/* mov %ax, (%rbx) */
	CHECK(run() == FAULT);
	CHECK(em.fault.vector == 14 && em.fault.address == DEVICE + GUEST_BYTES);
	CHECK(accesses(""));
}

static void modified_is_written(void)
{
	guest.unwritable = DEVICE;
	BEGIN(0xfe, 0x03);				/* incb (%rbx) */
	CHECK(run() == FAULT);
	CHECK(em.fault.error_code == 7);
	CHECK(accesses(""));
}

static void not_canonical(void)
{
	guest.gprs.r[RBX] = 1ULL << 47;
	BEGIN(0x8a, 0x03);
	CHECK(run() == FAULT && em.fault.vector == 13 && !em.fault.error_code);
	em.linear_bits = 57;
	CHECK(run() == FAULT && em.fault.vector == 14);
	guest.gprs.r[RBP] = (1ULL << 47) - 1;
	BEGIN(0x66, 0x8b, 0x45, 0x00);			/* mov (%rbp), %ax */
	CHECK(run() == FAULT && em.fault.vector == 12);
}

static void unaligned_vector(void)
{
	guest.gprs.r[RBX] = DEVICE + 8;
	BEGIN(0x0f, 0x28, 0x03);			/* movaps (%rbx), %xmm0 */
	CHECK(run() == FAULT && em.fault.vector == 13);
	BEGIN(0x48, 0x0f, 0xc7, 0x0b);			/* cmpxchg16b (%rbx) */
	CHECK(run() == FAULT && em.fault.vector == 13);
	CHECK(accesses(""));
}

static void bad_instructions(void)
{
	CHECK(BEGIN_IN(64, 0xf0, 0x89, 0x03) == FAULT && em.fault.vector == 6);
	CHECK(BEGIN_IN(64, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
		       0x66, 0x66, 0x66) == FAULT);
	CHECK(em.fault.vector == 13);
	CHECK(BEGIN_IN(64, 0x8b, 0x83, 0, 0, 0) == UNKNOWN);
	CHECK(BEGIN_IN(64, 0xd9, 0x03) == UNKNOWN);
}

/* ---- what is known, and what is memory ---- */

static void known_page(void)
{
	BEGIN(0x8b, 0x03);
	em.known = true;
	em.known_linear = DEVICE + 0x123;
	em.known_gpa = GUEST_DEVICE_GPA + 0x123;
	CHECK(run() == DONE);
	CHECK(!guest.translations);
	BEGIN(0xff, 0x03);				/* incl (%rbx) */
	em.known = true;
	em.known_linear = DEVICE;
	em.known_gpa = GUEST_DEVICE_GPA;
	CHECK(run() == DONE);
	/* A page that was read need not be one that may be written. */
	CHECK(guest.translations);
	CHECK(accesses("r4:0000=3020100 r4:0000=3020100 w4:0000=3020101"));
}

static void only_memory(void)
{
	guest.gprs.r[RBX] = MEMORY;
	BEGIN(0xf0, 0xff, 0x03);			/* lock incl (%rbx) */
	CHECK(run() == RETRY);
	BEGIN(0x8f, 0x03);				/* pop (%rbx) */
	CHECK(run() == RETRY);
	CHECK(guest.memory[0] == 0x80 && guest.gprs.rip == RIP);
}

static void read_only_memory(void)
{
	guest.gprs.r[RBX] = MEMORY + 0x10;
	guest.read_only = true;
	BEGIN(0xfe, 0x03);				/* incb (%rbx) */
	CHECK(run() == DONE);
	CHECK(accesses("w1:60004010=91"));
	CHECK(guest.memory[0x10] == 0x90);
	BEGIN(0x8a, 0x03);
	CHECK(run() == RETRY);
}

static void device_and_memory(void)
{
	guest.gprs.r[RSI] = DEVICE + PAGE - 2;
	guest.gprs.r[RDI] = MEMORY + PAGE - 1;
	BEGIN(0xa5);
	CHECK(run() == DONE);
	CHECK(accesses("r2:0ffe=7f7e r2:1000=100"));
	CHECK(!memcmp(guest.memory + PAGE - 1, "\x7e\x7f\x00\x01", 4));
}

/* ---- repetitions ---- */

static void each_repetition_is_told(void)
{
	guest.gprs.r[RCX] = 3;
	BEGIN(0xf3, 0xa4);				/* rep movsb */
	CHECK(step() == WRITE);
	guest_answer(&guest, &em);
	CHECK(step() == MORE);
	CHECK(guest.gprs.r[RCX] == 2 && guest.gprs.r[RSI] == MEMORY + 1);
	CHECK(guest.gprs.rip == RIP && !em.nr_answers && guest.gprs.rflags & RF);
	CHECK(run() == DONE);
	CHECK(accesses("w1:0000=80 w1:0001=81 w1:0002=82"));
	CHECK(guest.gprs.r[RCX] == 0 && guest.gprs.rip == RIP + 2);
}

static void repetitions_end(void)
{
	guest.gprs.r[RDI] = MEMORY;
	guest.gprs.r[RCX] = 1ULL << 40;
	BEGIN(0xf3, 0xaa);				/* rep stosb */
	CHECK(step() == MORE);
	CHECK(guest.gprs.r[RCX] == (1ULL << 40) - AXVM_X86_BATCH);
	CHECK(guest.gprs.r[RDI] == MEMORY + AXVM_X86_BATCH);
	guest.gprs.r[RCX] = 0;
	CHECK(step() == DONE);
}

static void repetitions_before_a_fault(void)
{
	guest.gprs.r[RDI] = DEVICE + GUEST_BYTES - 4;
	guest.gprs.r[RCX] = 9;
	BEGIN(0xf3, 0xab);				/* rep stosl */
	CHECK(run() == FAULT);
	CHECK(em.fault.address == DEVICE + GUEST_BYTES);
	CHECK(guest.gprs.r[RCX] == 8 && guest.gprs.r[RDI] == DEVICE + GUEST_BYTES);
	CHECK(guest.gprs.rip == RIP);
}

static void comparing_ends(void)
{
	guest.gprs.r[RAX] = 5;
	guest.gprs.r[RCX] = 100;
	BEGIN(0xf2, 0xae);				/* repne scasb */
	CHECK(run() == DONE);
	CHECK(guest.gprs.r[RCX] == 94 && guest.gprs.rflags & ZF);
	CHECK(guest.gprs.r[RDI] == DEVICE + 6);
}

/* ---- ports ---- */

static void output_at_once(void)
{
	guest.gprs.r[RSI] = MEMORY + PAGE - 3;
	guest.gprs.r[RCX] = 5;
	BEGIN(0xf3, 0x6e);				/* rep outsb */
	CHECK(step() == OUT);
	CHECK(em.access.count == 3);
	CHECK(guest_run(&guest, &em, true) == DONE);
	CHECK(accesses("o1:3f8=fd,fe,ff o1:3f8=80,81"));
	CHECK(guest.gprs.r[RSI] == MEMORY + PAGE + 2 && !guest.gprs.r[RCX]);
}

static void output_downwards(void)
{
	guest.gprs.r[RSI] = MEMORY + PAGE + 2;
	guest.gprs.r[RCX] = 4;
	guest.gprs.rflags |= DF;
	BEGIN(0xf3, 0x66, 0x6f);			/* rep outsw */
	CHECK(run() == DONE);
	CHECK(accesses("o2:3f8=8382,8180 o2:3f8=fffe,fdfc"));
	CHECK(guest.gprs.r[RSI] == MEMORY + PAGE - 6);
}

static void output_is_bounded(void)
{
	guest.gprs.r[RCX] = 1000;
	BEGIN(0xf3, 0x6f);				/* rep outsl */
	CHECK(step() == OUT);
	CHECK(em.access.count == AXVM_X86_PORT_BYTES / 4 && em.access.width == 4);
	guest_answer(&guest, &em);
	CHECK(step() == MORE);
	CHECK(guest.gprs.r[RCX] == 1000 - AXVM_X86_PORT_BYTES / 4);
	/* What was restored may say anything. */
	em.answers[0] = -1;
	em.nr_answers = 1;
	CHECK(step() == MORE);
	CHECK(guest.gprs.r[RCX] == 1000 - AXVM_X86_PORT_BYTES / 2);
	em.answers[0] = 0;
	em.nr_answers = 1;
	CHECK(step() == MORE);
	CHECK(guest.gprs.r[RCX] == 999 - AXVM_X86_PORT_BYTES / 2);
}

static void output_from_device(void)
{
	guest.gprs.r[RSI] = DEVICE + PAGE - 1;
	BEGIN(0x66, 0x6f);				/* outsw */
	CHECK(run() == DONE);
	CHECK(accesses("r1:0fff=7f r1:1000=0 o2:3f8=7f"));
}

static void input(void)
{
	guest.port_data = 0x11223344;
	guest.gprs.r[RDI] = MEMORY + PAGE - 1;
	guest.gprs.r[RDX] = 0xabcd1f0;
	BEGIN(0x6d);					/* insl */
	CHECK(run() == DONE);
	CHECK(accesses("i4:d1f0=11223344"));
	CHECK(!memcmp(guest.memory + PAGE - 1, "\x44\x33\x22\x11", 4));
	guest.gprs.r[RDI] = DEVICE;
	guest.gprs.r[RCX] = 2;
	guest.log_end = 0;
	BEGIN(0xf3, 0x66, 0x6d);			/* rep insw */
	CHECK(guest_run(&guest, &em, true) == DONE);
	CHECK(accesses("i2:d1f0=11223345 w2:0000=3345 i2:d1f0=11223346 w2:0002=3346"));
}

static void input_into_nothing(void)
{
	guest.gprs.r[RDI] = DEVICE + GUEST_BYTES;
	BEGIN(0x6c);
	CHECK(run() == FAULT && em.fault.vector == 14);
	guest.gprs.r[RDI] = DEVICE + GUEST_BYTES - 1;
	BEGIN(0x6d);
	CHECK(run() == FAULT && em.fault.address == DEVICE + GUEST_BYTES);
	CHECK(accesses(""));
	BEGIN(0xf3, 0x6c);
	CHECK(run() == DONE);
	CHECK(accesses("") && guest.gprs.rip == RIP + 2);
}

/* ---- segments ---- */

static void bases_in_64_bit_mode(void)
{
	guest.segments[AXVM_X86_FS].base = DEVICE;
	guest.segments[AXVM_X86_DS].base = 0x1000;
	guest.gprs.r[RBX] = 4;
	/* CS after FS does not count. */
	BEGIN(0x64, 0x2e, 0x8a, 0x03);			/* mov %fs:(%rbx), %al */
	CHECK(run() == DONE);
	CHECK(accesses("r1:0004=4"));
	guest.gprs.r[RBX] = DEVICE;
	BEGIN(0x3e, 0x8a, 0x03);
	CHECK(run() == DONE);
}

static void limits(void)
{
	guest.segments[AXVM_X86_DS].base = DEVICE;
	guest.segments[AXVM_X86_DS].limit = 0x11;
	guest.gprs.r[RBX] = 0x10;
	BEGIN_16(0x8b, 0x07);				/* mov (%bx), %ax */
	CHECK(run() == DONE);
	guest.gprs.r[RBX] = 0x11;
	BEGIN_16(0x8b, 0x07);
	CHECK(run() == FAULT && em.fault.vector == 13);
	guest.gprs.r[RBX] = 0xffff;
	guest.segments[AXVM_X86_DS].limit = 0xffff;
	BEGIN_16(0x8b, 0x07);
	CHECK(run() == FAULT && em.fault.vector == 13);
	guest.segments[AXVM_X86_SS] = guest.segments[AXVM_X86_DS];
	BEGIN_16(0x36, 0x8b, 0x07);
	CHECK(run() == FAULT && em.fault.vector == 12);
}

static void rights(void)
{
	BEGIN_32(0x2e, 0x89, 0x03);			/* mov %eax, %cs:(%ebx) */
	CHECK(run() == FAULT && em.fault.vector == 13);
	BEGIN_32(0x2e, 0x8b, 0x03);
	CHECK(run() == DONE);
	BEGIN_32(0x2e, 0x89, 0x03);
	em.checks_segments = false;			/* as in real mode */
	CHECK(run() == DONE);
	guest.segments[AXVM_X86_DS].attributes = 0x10000;	/* unusable */
	BEGIN_32(0x8b, 0x03);
	CHECK(run() == FAULT && em.fault.vector == 13);
	guest.segments[AXVM_X86_DS].attributes = 0x40f1;	/* read-only */
	BEGIN_32(0x89, 0x03);
	CHECK(run() == FAULT && em.fault.vector == 13);
	BEGIN_32(0x8b, 0x03);
	CHECK(run() == DONE);
	guest.segments[AXVM_X86_CS].attributes = 0xf9;	/* not readable */
	BEGIN_32(0x2e, 0x8b, 0x03);
	CHECK(run() == FAULT && em.fault.vector == 13);
}

static void segment_registers(void)
{
	BEGIN(0x8e, 0x43, 0x20);			/* mov 0x20(%rbx), %es */
	CHECK(run() == DONE);
	CHECK(guest.segments[AXVM_X86_ES].selector == 0x2120);
	BEGIN(0x8c, 0x5b, 0x20);			/* mov %ds, 0x20(%rbx) */
	CHECK(run() == DONE);
	guest.device[0] = 0;
	guest.device[1] = 0;
	BEGIN(0x8e, 0x03);
	CHECK(run() == FAULT && em.fault.vector == 13);
	CHECK(accesses("r2:0020=2120 w2:0020=30 r2:0000=0"));
}

/* No device is read in vain. */
static void kept_segment_registers(void)
{
	BEGIN(0x8e, 0x43, 0x20);
	em.keeps_segments = true;
	CHECK(run() == UNKNOWN);
	BEGIN(0x8c, 0x5b, 0x20);
	em.keeps_segments = true;
	CHECK(run() == DONE);
	CHECK(accesses("w2:0020=30"));
}

/* ---- all of them ---- */

#define TEST(function)	{ #function, function }

static const struct {
	const char *name;
	void (*function)(void);
} tests[] = {
	TEST(plain_read), TEST(unaligned_in_page), TEST(crossing_pages), TEST(read_then_write),
	TEST(zmm), TEST(xmm_pages), TEST(zmm_pages), TEST(ymm_clears), TEST(not_equal_is_written),
	TEST(saved_in_between), TEST(nothing_before_the_end), TEST(memory_comes_last),
	TEST(push_from_device), TEST(push_onto_nothing), TEST(instruction_pointer),
	TEST(memory_is_away), TEST(too_many_answers),
	TEST(destination_faults_first), TEST(second_page_faults_first),
	TEST(modified_is_written), TEST(not_canonical), TEST(unaligned_vector),
	TEST(bad_instructions), TEST(known_page), TEST(only_memory), TEST(read_only_memory),
	TEST(device_and_memory), TEST(each_repetition_is_told), TEST(repetitions_end),
	TEST(repetitions_before_a_fault), TEST(comparing_ends), TEST(output_at_once),
	TEST(output_downwards), TEST(output_is_bounded), TEST(output_from_device), TEST(input),
	TEST(input_into_nothing), TEST(bases_in_64_bit_mode), TEST(limits), TEST(rights),
	TEST(segment_registers), TEST(kept_segment_registers),
};

void behaviour_each(void (*report)(const char *name, bool passed))
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		passed = true;
		new_guest();
		tests[i].function();
		CHECK(!guest.wrong);
		report(tests[i].name, passed);
	}
}
