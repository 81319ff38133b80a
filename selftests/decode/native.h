/* SPDX-License-Identifier: GPL-2.0 */
/* Executing an instruction on the CPU that this program runs on. */
#ifndef DECODE_NATIVE_H
#define DECODE_NATIVE_H

/* Where switch.S finds the fields of struct native. */
#define NATIVE_R		0
#define NATIVE_RFLAGS		128
#define NATIVE_GS_BASE		136
#define NATIVE_FAR		144
#define NATIVE_HAS_AVX		150
#define NATIVE_HAS_SEGMENTS	151
#define NATIVE_SELECTOR		152
#define NATIVE_MM		168
#define NATIVE_VECTOR		232
#define NATIVE_HOST_RSP		744
#define NATIVE_HOST_FS		752
#define NATIVE_HOST_GS		760

#ifndef __ASSEMBLER__
#include "axvm.h"
#include "axvm_x86_insn.h"

/*
 * Addresses that fit 31 bits and are reached from each other by a displacement, above
 * where the heap of a program that is not position-independent can be. For faults
 * there are addresses where nothing can come to be.
 */
#define NATIVE_CODE		0x50000000UL
#define NATIVE_DEVICE		0x60000000UL
#define NATIVE_MEMORY		0x60004000UL
#define NATIVE_BYTES		0x2000UL
#define NATIVE_NOTHING		0x70000000UL
#define NATIVE_NOTHING_BYTES	0x08000000UL

/**
 * struct native_segment - A segment as the native code sees it.
 * @base: base.
 * @limit: limit in bytes.
 * @attributes: as in %AXVM_X86_ATTRIBUTES.
 * @selector: selector.
 */
struct native_segment {
	u32 base;
	u32 limit;
	u32 attributes;
	u16 selector;
};

/**
 * struct native - Registers that the instruction finds, and leaves.
 * @r: general registers.
 * @rflags: flags.
 * @gs_base: in 64-bit mode.
 * @far_offset: where to jump to.
 * @far_selector: likewise.
 * @has_avx: vectors have 32 bytes.
 * @has_segments: load @selector; not in 64-bit mode.
 * @selector: segment registers, enum axvm_x86_segment_name.
 * @mm: MMX registers.
 * @vector: vector registers.
 * @host: what switch.S needs for itself.
 * @trap: the exception, or -1.
 * @trap_address: of a page fault.
 */
struct native {
	u64 r[16];
	u64 rflags;
	u64 gs_base;
	u32 far_offset;
	u16 far_selector;
	u8 has_avx;
	u8 has_segments;
	u16 selector[6];
	u64 mm[8];
	u64 vector[16][4];
	u64 host[3];
	int trap;
	u64 trap_address;
};

extern struct native native;

/**
 * native_init() - Before anything else here: memory, signals, segments.
 *
 * Return: NULL, or why instructions cannot be executed.
 */
const char *native_init(void);
/** native_why_not() - Can this mode be executed in? Return: NULL, or why not. */
const char *native_why_not(enum axvm_x86_mode mode);
/** native_segment() - A segment of this mode, by enum axvm_x86_segment_name. */
const struct native_segment *native_segment(enum axvm_x86_mode mode, unsigned int name);
/** native_rip() - Where instructions are executed, as an offset in the code segment. */
u64 native_rip(enum axvm_x86_mode mode);
/** native_execute() - Execute an instruction with what is in native, and leave it there. */
void native_execute(enum axvm_x86_mode mode, const u8 *bytes, unsigned int length);

/* switch.S: into the instruction, and where it, or an exception, leads back to. */
void native_run(void);
extern const char native_return[];
#endif /* __ASSEMBLER__ */

#endif /* DECODE_NATIVE_H */
