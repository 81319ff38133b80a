/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the extended state as a whole; for both sides
 *
 * Nothing in the tests uses these registers otherwise: they are compiled without them.
 */
#ifndef SELFTESTS_X86_XSAVE_H
#define SELFTESTS_X86_XSAVE_H

#include <linux/types.h>

#include "compiler.h"
#include "cpu.h"
#include "processor.h"

/** define XSAVE_MAX - Most bytes of an XSAVE area that the tests have room for. */
#define XSAVE_MAX		0x3000
/* Bytes in it, in standard format. */
#define XSAVE_MXCSR		24
#define XSAVE_ST		32
#define XSAVE_XMM		160
#define XSAVE_HEADER		512

/** xsave() - XSAVE in standard format, of the components in @mask. */
static __always_inline void xsave(void *area, __u64 mask)
{
	asm volatile(TRY("xsave64 (%0)")
		     : : "r" (area), "a" ((__u32)mask), "d" ((__u32)(mask >> 32)) : "memory");
}

/** xrstor() - XRSTOR, likewise. */
static __always_inline void xrstor(const void *area, __u64 mask)
{
	asm volatile(TRY("xrstor64 (%0)")
		     : : "r" (area), "a" ((__u32)mask), "d" ((__u32)(mask >> 32)) : "memory");
}

/** fxsave(), fxrstor() - The part of 512 bytes that every x86_64 processor has. */
static __always_inline void fxsave(void *area)
{
	asm volatile(TRY("fxsave64 (%0)") : : "r" (area) : "memory");
}

static __always_inline void fxrstor(const void *area)
{
	asm volatile(TRY("fxrstor64 (%0)") : : "r" (area) : "memory");
}

/** xsave_component() - Where a component is in the standard format; 0 if there is none. */
static __always_inline __u32 xsave_component(unsigned int n, __u32 *bytes)
{
	struct cpuid_regs r = cpuid(0xd, n);

	*bytes = r.eax;
	return r.ebx;
}

/** pattern() - Word @i of a pattern of its own for each @seed. */
static __always_inline __u64 pattern(__u64 seed, __u64 i)
{
	__u64 x = seed * 0x9e3779b97f4a7c15 + i + 1;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9;
	return x ^ x >> 32;
}

/* Words of one component, from byte @from on. */
static __always_inline void xsave_fill_words(__u8 *area, __u32 from, __u32 bytes, __u64 seed)
{
	__u32 i;

	for (i = from; i < from + bytes; i += 8)
		*(__u64 *)(area + i) = pattern(seed, i);
}

/**
 * xsave_fill() - Make an area with a pattern in every register.
 * @area: cleared by the caller; 64-byte aligned.
 * @mask: which components: the x87 and SSE ones, AVX, and what else has no rules of its
 *	own.
 * @seed: of the pattern.
 */
static __always_inline void xsave_fill(__u8 *area, __u64 mask, __u64 seed)
{
	__u32 i, bytes, offset;

	*(__u16 *)area = 0x37f;			/* FCW */
	area[4] = 0xff;				/* all of ST0 to ST7 are in use */
	*(__u32 *)(area + XSAVE_MXCSR) = 0x1f80;
	/* Ten bytes of each register: mantissa, sign and exponent. */
	for (i = 0; i < 8; i++) {
		*(__u64 *)(area + XSAVE_ST + 16 * i) = pattern(seed, i) | 1ULL << 63;
		*(__u64 *)(area + XSAVE_ST + 16 * i + 8) = 0x3fff;
	}
	xsave_fill_words(area, XSAVE_XMM, 256, seed);
	for (i = 2; i < 8; i++) {
		if (!(mask & X86_BIT(i)) || i == 3 || i == 4)
			continue;
		offset = xsave_component(i, &bytes);
		xsave_fill_words(area, offset, bytes, seed);
	}
	*(__u64 *)(area + XSAVE_HEADER) = mask;
}

/** xsave_differs() - Compare what xsave_fill() set; 0, or where they differ. */
static __always_inline __u32 xsave_differs(const __u8 *a, const __u8 *b, __u64 mask)
{
	__u32 i, j, bytes, offset;

	for (i = 0; i < 8; i++)
		if (*(__u64 *)(a + XSAVE_ST + 16 * i) != *(__u64 *)(b + XSAVE_ST + 16 * i))
			return XSAVE_ST + 16 * i;
	for (i = XSAVE_XMM; i < XSAVE_XMM + 256; i += 8)
		if (*(__u64 *)(a + i) != *(__u64 *)(b + i))
			return i;
	for (i = 2; i < 8; i++) {
		if (!(mask & X86_BIT(i)) || i == 3 || i == 4)
			continue;
		offset = xsave_component(i, &bytes);
		for (j = offset; j < offset + bytes; j += 8)
			if (*(__u64 *)(a + j) != *(__u64 *)(b + j))
				return j;
	}
	return 0;
}

#endif /* SELFTESTS_X86_XSAVE_H */
