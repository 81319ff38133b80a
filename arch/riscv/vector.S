/* SPDX-License-Identifier: GPL-2.0 */
/* V registers to and from memory; sstatus.VS must be on */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/csr.h>

	.option arch, +v

/* The layout of struct axvm_riscv_vector. */
#define VSTART	0
#define VL	8
#define VTYPE	16
#define VCSR	24
#define DATA	32

/* t0: size of eight registers in bytes, which is vl with LMUL = 8 and bytes. */
.macro for_vregs op, base
	vsetvli	t0, x0, e8, m8, ta, ma
	\op	v0, (\base)
	add	\base, \base, t0
	\op	v8, (\base)
	add	\base, \base, t0
	\op	v16, (\base)
	add	\base, \base, t0
	\op	v24, (\base)
.endm

/* void axvm_riscv_vector_save(struct axvm_riscv_vector *a0) */
SYM_FUNC_START(axvm_riscv_vector_save)
	csrr	t1, CSR_VSTART
	csrr	t2, CSR_VL
	csrr	t3, CSR_VTYPE
	csrr	t4, CSR_VCSR
	sd	t1, VSTART(a0)
	sd	t2, VL(a0)
	sd	t3, VTYPE(a0)
	sd	t4, VCSR(a0)
	csrw	CSR_VSTART, x0
	ld	a1, DATA(a0)
	for_vregs vse8.v, a1
	ret
SYM_FUNC_END(axvm_riscv_vector_save)

/* void axvm_riscv_vector_load(const struct axvm_riscv_vector *a0) */
SYM_FUNC_START(axvm_riscv_vector_load)
	ld	t1, VSTART(a0)
	ld	t2, VL(a0)
	ld	t3, VTYPE(a0)
	ld	t4, VCSR(a0)
	csrw	CSR_VSTART, x0
	ld	a1, DATA(a0)
	for_vregs vle8.v, a1
	/* An illegal vtype sets vill and vl = 0, as it was. */
	vsetvl	x0, t2, t3
	csrw	CSR_VSTART, t1
	csrw	CSR_VCSR, t4
	ret
SYM_FUNC_END(axvm_riscv_vector_load)

/*
 * void axvm_riscv_vector_discard(void)
 *
 * What a system call leaves in the caller's vector registers by the Linux ABI.
 */
SYM_FUNC_START(axvm_riscv_vector_discard)
	vsetvli	t0, x0, e8, m8, ta, ma
	vmv.v.i	v0, -1
	vmv.v.i	v8, -1
	vmv.v.i	v16, -1
	vmv.v.i	v24, -1
	li	t0, -1
	vsetvl	x0, x0, t0
	csrw	CSR_VCSR, x0
	ret
SYM_FUNC_END(axvm_riscv_vector_discard)
