/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: CSR numbers and fields, by their names in the privileged manual
 */
#ifndef SELFTESTS_RISCV_CSR_H
#define SELFTESTS_RISCV_CSR_H

#include "compiler.h"

/* A CSR by its number, for the assembler. */
#define __csr_name(csr)		#csr
#define csr_name(csr)		__csr_name(csr)

#define CSR_FFLAGS		0x001
#define CSR_FRM			0x002
#define CSR_FCSR		0x003
#define CSR_VSTART		0x008
#define CSR_VXSAT		0x009
#define CSR_VXRM		0x00a
#define CSR_VCSR		0x00f
#define CSR_SEED		0x015
#define CSR_SSTATUS		0x100
#define CSR_SIE			0x104
#define CSR_STVEC		0x105
#define CSR_SCOUNTEREN		0x106
#define CSR_SENVCFG		0x10a
#define CSR_SSTATEEN0		0x10c
#define CSR_SSCRATCH		0x140
#define CSR_SEPC		0x141
#define CSR_SCAUSE		0x142
#define CSR_STVAL		0x143
#define CSR_SIP			0x144
#define CSR_STIMECMP		0x14d
#define CSR_SATP		0x180
#define CSR_VSSTATUS		0x200
#define CSR_HSTATUS		0x600
#define CSR_HGATP		0x680
#define CSR_MSTATUS		0x300
#define CSR_CYCLE		0xc00
#define CSR_TIME		0xc01
#define CSR_INSTRET		0xc02
#define CSR_HPMCOUNTER3		0xc03
#define CSR_VL			0xc20
#define CSR_VTYPE		0xc21
#define CSR_VLENB		0xc22

#define SSTATUS_SIE		BIT(1)
#define SSTATUS_SPIE		BIT(5)
#define SSTATUS_SPP		BIT(8)
#define SSTATUS_VS_SHIFT	9
#define SSTATUS_VS		(3UL << SSTATUS_VS_SHIFT)
#define SSTATUS_VS_INITIAL	BIT(SSTATUS_VS_SHIFT)
#define SSTATUS_FS_SHIFT	13
#define SSTATUS_FS		(3UL << SSTATUS_FS_SHIFT)
#define SSTATUS_FS_INITIAL	BIT(SSTATUS_FS_SHIFT)
#define SSTATUS_FS_DIRTY	(3UL << SSTATUS_FS_SHIFT)
#define SSTATUS_SUM		BIT(18)
#define SSTATUS_MXR		BIT(19)

#define IRQ_SOFTWARE		1
#define IRQ_TIMER		5
#define IRQ_EXTERNAL		9
#define SIE_SOFTWARE		BIT(IRQ_SOFTWARE)
#define SIE_TIMER		BIT(IRQ_TIMER)
#define SIE_EXTERNAL		BIT(IRQ_EXTERNAL)

#define SCAUSE_INTERRUPT	BIT(63)

/* scause of the exceptions that a guest can see. */
#define TRAP_FETCH_MISALIGNED	0
#define TRAP_FETCH_ACCESS	1
#define TRAP_ILLEGAL		2
#define TRAP_BREAKPOINT		3
#define TRAP_LOAD_MISALIGNED	4
#define TRAP_LOAD_ACCESS	5
#define TRAP_STORE_MISALIGNED	6
#define TRAP_STORE_ACCESS	7
#define TRAP_ECALL_U		8
#define TRAP_FETCH_PAGE		12
#define TRAP_LOAD_PAGE		13
#define TRAP_STORE_PAGE		15

#define SATP_MODE_SHIFT		60
#define SATP_MODE_SV39		8UL
#define SATP_MODE_SV48		9UL
#define SATP_MODE_SV57		10UL
#define SATP_ASID_SHIFT		44

#define PTE_V			BIT(0)
#define PTE_R			BIT(1)
#define PTE_W			BIT(2)
#define PTE_X			BIT(3)
#define PTE_U			BIT(4)
#define PTE_G			BIT(5)
#define PTE_A			BIT(6)
#define PTE_D			BIT(7)
#define PTE_PPN_SHIFT		10
#define PTE_PBMT_NC		BIT(61)
#define PTE_RWX			(PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)

#endif /* SELFTESTS_RISCV_CSR_H */
