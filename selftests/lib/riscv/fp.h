/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: the floating-point and vector registers, as a whole; for both sides
 *
 * The compiler does not know that these registers change, or it would save some of
 * them where a guest function begins, before that has switched them on. Nothing in
 * the tests uses them otherwise.
 */
#ifndef SELFTESTS_RISCV_FP_H
#define SELFTESTS_RISCV_FP_H

#include <linux/types.h>

#include "compiler.h"
#include "csr.h"

/** fp_load() - Load f0 to f31. */
static __always_inline void fp_load(const __u64 *f)
{
	asm volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
		     "fld	f\\n, \\n * 8(%0)\n"
		     ".endr\n"
		     ".irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
		     "fld	f\\n, \\n * 8(%0)\n"
		     ".endr"
		     : : "r" (f) : "memory");
}

/** fp_store() - Store f0 to f31. */
static __always_inline void fp_store(__u64 *f)
{
	asm volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
		     "fsd	f\\n, \\n * 8(%0)\n"
		     ".endr\n"
		     ".irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
		     "fsd	f\\n, \\n * 8(%0)\n"
		     ".endr"
		     : : "r" (f) : "memory");
}

/** define VLENB_MAX - Longest vector register that the tests have room for. */
#define VLENB_MAX	512

/** vector_load() - Load v0 to v31, each of vlenb bytes. */
static __always_inline void vector_load(const void *v)
{
	asm volatile(".option push\n"
		     ".option arch, +v\n"
		     "vsetvli	t0, x0, e8, m8, ta, ma\n"
		     ".irp n, 0, 8, 16, 24\n"
		     "vle8.v	v\\n, (%0)\n"
		     "add	%0, %0, t0\n"
		     ".endr\n"
		     ".option pop"
		     : "+r" (v) : : "memory", "t0");
}

/** vector_store() - Store v0 to v31. */
static __always_inline void vector_store(void *v)
{
	asm volatile(".option push\n"
		     ".option arch, +v\n"
		     "vsetvli	t0, x0, e8, m8, ta, ma\n"
		     ".irp n, 0, 8, 16, 24\n"
		     "vse8.v	v\\n, (%0)\n"
		     "add	%0, %0, t0\n"
		     ".endr\n"
		     ".option pop"
		     : "+r" (v) : : "memory", "t0");
}

/** vlenb() - Bytes of a vector register. */
static __always_inline __u64 vlenb(void)
{
	__u64 v;

	asm volatile("csrr %0, " csr_name(CSR_VLENB) : "=r" (v));
	return v;
}

/** pattern() - Word @i of a pattern of its own for each @seed. */
static __always_inline __u64 pattern(__u64 seed, __u64 i)
{
	__u64 x = seed * 0x9e3779b97f4a7c15 + i + 1;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9;
	return x ^ x >> 32;
}

#endif /* SELFTESTS_RISCV_FP_H */
