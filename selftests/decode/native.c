// SPDX-License-Identifier: GPL-2.0
/*
 * Executing an instruction on the CPU that this program runs on
 *
 * Its memory is at fixed addresses below 4 GiB. Modes other than 64-bit are entered
 * through segments of a local descriptor table, whose bases and limits differ: one
 * ends in the middle of the memory, one begins there (it expands down).
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <assert.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include <linux/bits.h>
#include <linux/kernel.h>

#include "native.h"

#define USER_CS		0x33
#define USER_DS		0x2b
/* FSGSBASE instructions are allowed. */
#define HWCAP2_FSGSBASE	2

#define OFFSET(field, value)	static_assert(offsetof(struct native, field) == (value), #field)
OFFSET(r, NATIVE_R);
OFFSET(rflags, NATIVE_RFLAGS);
OFFSET(gs_base, NATIVE_GS_BASE);
OFFSET(far_offset, NATIVE_FAR);
OFFSET(has_avx, NATIVE_HAS_AVX);
OFFSET(has_segments, NATIVE_HAS_SEGMENTS);
OFFSET(selector, NATIVE_SELECTOR);
OFFSET(mm, NATIVE_MM);
OFFSET(vector, NATIVE_VECTOR);
OFFSET(host, NATIVE_HOST_RSP);

struct native native;

/* ---- segments ---- */

#define SEGMENTS	6
#define DATA		0xf3	/* present, DPL 3, writable */
#define EXPANDS_DOWN	0xf7
#define CODE		0xfb	/* present, DPL 3, readable */
#define BIG		0x4000
#define PAGES		0x8000

/* Offset 8000H is the device's, C000H the memory's first byte, but for DS's. */
static struct native_segment segments[2][SEGMENTS] = {
	[AXVM_X86_MODE_16] = {
		[AXVM_X86_ES] = { NATIVE_DEVICE - 0x8000, 0xffff, DATA },
		[AXVM_X86_CS] = { NATIVE_CODE, 0xffff, CODE },
		[AXVM_X86_SS] = { NATIVE_DEVICE - 0x8000, 0xffff, DATA },
		[AXVM_X86_DS] = { NATIVE_DEVICE - 0x7800, 0xffff, DATA },
		[AXVM_X86_FS] = { NATIVE_DEVICE - 0x8000, 0x8fff, EXPANDS_DOWN },
		[AXVM_X86_GS] = { NATIVE_DEVICE - 0x8000, 0x8fff, DATA },
	},
	[AXVM_X86_MODE_32] = {
		[AXVM_X86_ES] = { NATIVE_DEVICE - 0x8000, 0xffffffff, DATA | BIG | PAGES },
		[AXVM_X86_CS] = { NATIVE_CODE, 0xffff, CODE | BIG },
		[AXVM_X86_SS] = { 0, 0xffffffff, DATA | BIG | PAGES },
		[AXVM_X86_DS] = { NATIVE_DEVICE - 0x7800, 0xffffffff, DATA | BIG | PAGES },
		[AXVM_X86_FS] = { NATIVE_DEVICE - 0x8000, 0x8fff, EXPANDS_DOWN | BIG },
		[AXVM_X86_GS] = { NATIVE_DEVICE - 0x8000, 0x8fff, DATA | BIG },
	},
};

static const char *bad_mode[3];

static bool write_segment(unsigned int entry, struct native_segment *segment)
{
	bool pages = segment->attributes & PAGES;
	struct user_desc descriptor = {
		.entry_number = entry,
		.base_addr = segment->base,
		.limit = pages ? segment->limit >> 12 : segment->limit,
		.seg_32bit = !!(segment->attributes & BIG),
		.contents = segment->attributes >> 2 & 3,
		.limit_in_pages = pages,
	};

	segment->selector = entry << 3 | 7;
	return !syscall(SYS_modify_ldt, 1, &descriptor, sizeof(descriptor));
}

static void write_segments(enum axvm_x86_mode mode)
{
	unsigned int i;

	for (i = 0; i < SEGMENTS; i++)
		if (!write_segment(mode * SEGMENTS + i, &segments[mode][i]))
			bad_mode[mode] = "the kernel has no modify_ldt()";
}

const struct native_segment *native_segment(enum axvm_x86_mode mode, unsigned int name)
{
	static struct native_segment flat = { .limit = 0xffffffff };
	static struct native_segment gs = { .limit = 0xffffffff };

	if (mode != AXVM_X86_MODE_64)
		return &segments[mode][name];
	gs.base = native.gs_base;
	flat.selector = name == AXVM_X86_CS ? USER_CS : name == AXVM_X86_SS ? USER_DS : 0;
	return name == AXVM_X86_GS ? &gs : &flat;
}

/* ---- exceptions ---- */

/* It may have FS as the instruction left it: nothing thread-local may be used here. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)number;
	(void)info;
	native.trap = registers[REG_TRAPNO];
	native.trap_address = registers[REG_CR2];
	registers[REG_RIP] = (greg_t)native_return;
	registers[REG_CSGSFS] = USER_CS | (u64)USER_DS << 48;
}

#ifndef SS_AUTODISARM
#define SS_AUTODISARM	BIT(31)
#endif

/* A stack pointer that is random may point into this stack: it is not to be taken for in use. */
static bool catch_signals(void)
{
	static u8 stack[65536];
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	const stack_t alternative = {
		.ss_sp = stack,
		.ss_flags = SS_AUTODISARM,
		.ss_size = sizeof(stack),
	};
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	unsigned int i;

	if (sigaltstack(&alternative, NULL))
		return false;
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		if (sigaction(signals[i], &action, NULL))
			return false;
	return true;
}

/* ---- the rest ---- */

/* Between and around the two. */
#define GUARD	0x2000

static bool map(u64 address, u64 bytes, int rights)
{
	void *wanted = (void *)address;

	return mmap(wanted, bytes, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
		    -1, 0) == wanted;
}

const char *native_init(void)
{
	if (!(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE))
		return "the CPU or the kernel has no FSGSBASE";
	if (!map(NATIVE_CODE, 0x1000, PROT_READ | PROT_WRITE | PROT_EXEC))
		return "the kernel maps no memory that is writable and executable";
	if (!map(NATIVE_DEVICE - GUARD, GUARD, PROT_NONE) ||
	    !map(NATIVE_DEVICE, NATIVE_BYTES, PROT_READ | PROT_WRITE) ||
	    !map(NATIVE_DEVICE + NATIVE_BYTES, GUARD, PROT_NONE) ||
	    !map(NATIVE_MEMORY, NATIVE_BYTES, PROT_READ | PROT_WRITE) ||
	    !map(NATIVE_MEMORY + NATIVE_BYTES, GUARD, PROT_NONE) ||
	    !map(NATIVE_NOTHING, NATIVE_NOTHING_BYTES, PROT_NONE))
		return "addresses are in use";
	if (!catch_signals())
		return "signals cannot be caught";
	native.has_avx = !!__builtin_cpu_supports("avx");
	native.gs_base = 0x12345000;
	write_segments(AXVM_X86_MODE_16);
	write_segments(AXVM_X86_MODE_32);
	return NULL;
}

const char *native_why_not(enum axvm_x86_mode mode)
{
	return bad_mode[mode];
}

u64 native_rip(enum axvm_x86_mode mode)
{
	return mode == AXVM_X86_MODE_64 ? NATIVE_CODE : 0;
}

/* Behind the instruction: a jump back. */
static void put_jump(enum axvm_x86_mode mode, u8 *code)
{
	const u64 target = (u64)native_return;
	const u16 selector = USER_CS;

	if (mode == AXVM_X86_MODE_64) {
		memcpy(code, "\xff\x25\x00\x00\x00\x00", 6);
		memcpy(code + 6, &target, 8);
		return;
	}
	if (mode == AXVM_X86_MODE_16)
		*code++ = 0x66;
	*code = 0xea;
	memcpy(code + 1, &target, 4);
	memcpy(code + 5, &selector, 2);
}

void native_execute(enum axvm_x86_mode mode, const u8 *bytes, unsigned int length)
{
	u8 *code = (u8 *)NATIVE_CODE;
	unsigned int i;

	memcpy(code, bytes, length);
	put_jump(mode, code + length);
	native.far_offset = native_rip(mode);
	native.far_selector = native_segment(mode, AXVM_X86_CS)->selector;
	native.has_segments = mode != AXVM_X86_MODE_64;
	for (i = 0; i < SEGMENTS && native.has_segments; i++)
		native.selector[i] = segments[mode][i].selector;
	native.trap = -1;
	native_run();
}
