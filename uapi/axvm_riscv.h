/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * axvm: the RISC-V part of the interface; include axvm.h, not this
 *
 * Register and CSR names are those of "The RISC-V Instruction Set Manual",
 * volumes I and II; SBI names those of "RISC-V Supervisor Binary Interface
 * Specification", version 2.0.
 */
#ifndef _UAPI_AXVM_RISCV_H
#define _UAPI_AXVM_RISCV_H

#include <linux/types.h>

/**
 * struct axvm_gprs - The registers that travel in the run structure.
 * @pc: program counter.
 * @x: x0 to x31; x0 is 0 and not written.
 */
struct axvm_gprs {
	__u64 pc;
	__u64 x[32];
};

/** define AXVM_REG_RISCV - Architecture of the register ids below. */
#define AXVM_REG_RISCV			4

/*
 * vCPU registers
 *
 * A new vCPU has all of them 0, but is in supervisor mode and has no timer set; a
 * VMM sets pc, a0 (hart id) and a1 (device tree) as the boot protocol asks.
 */
#define AXVM_RISCV_GROUP_CORE		0
#define AXVM_RISCV_GROUP_CSR		1
#define AXVM_RISCV_GROUP_F		2
#define AXVM_RISCV_GROUP_V		3
#define AXVM_RISCV_GROUP_SBI		4
#define AXVM_RISCV_GROUP_PMU		5
/* VM registers */
#define AXVM_RISCV_GROUP_VM		16
#define AXVM_RISCV_GROUP_ISA		17
#define AXVM_RISCV_GROUP_SBI_POLICY	18
/* Device registers */
#define AXVM_RISCV_GROUP_PLIC		32

#define AXVM_RISCV_REG(group, index)	\
	AXVM_REG_ID(AXVM_REG_RISCV, AXVM_RISCV_GROUP_##group, index)

/** define AXVM_RISCV_PC - vCPU: program counter. */
#define AXVM_RISCV_PC			AXVM_RISCV_REG(CORE, 0)
/** define AXVM_RISCV_X - vCPU: general register @n, 1 to 31. */
#define AXVM_RISCV_X(n)			AXVM_RISCV_REG(CORE, n)
/** define AXVM_RISCV_MODE - vCPU: privilege mode: 0 user (VU), 1 supervisor (VS). */
#define AXVM_RISCV_MODE			AXVM_RISCV_REG(CORE, 32)
/**
 * define AXVM_RISCV_PENDING_SCAUSE - vCPU: scause of the exit whose answer is awaited.
 *
 * With the next one it decides what the guest is told if the VMM refuses the
 * access. An exception code; without a meaning while no access is pending.
 */
#define AXVM_RISCV_PENDING_SCAUSE	AXVM_RISCV_REG(CORE, 33)
/** define AXVM_RISCV_PENDING_STVAL - vCPU: stval of the exit whose answer is awaited. */
#define AXVM_RISCV_PENDING_STVAL	AXVM_RISCV_REG(CORE, 34)

/**
 * define AXVM_RISCV_CSR - vCPU: the CSR with number @n, as the guest in VS mode sees it.
 *
 * Those that are there: fcsr, sstatus, sie, stvec, scounteren, senvcfg,
 * sscratch, sepc, scause, stval, sip, satp; stimecmp with Sstc; vstart, vcsr, vl,
 * vtype and (read-only) vlenb with V.
 */
#define AXVM_RISCV_CSR(n)		AXVM_RISCV_REG(CSR, n)

/** define AXVM_RISCV_F - vCPU: floating-point register @n, 0 to 31, 64 bits (with F or D). */
#define AXVM_RISCV_F(n)			AXVM_RISCV_REG(F, n)

/**
 * define AXVM_RISCV_V - vCPU: 64 bits of vector register @n, 0 to 31 (with V).
 *
 * @chunk counts from the least significant end, up to vlenb / 8.
 */
#define AXVM_RISCV_V(n, chunk)		AXVM_RISCV_REG(V, ((n) << 16) | (chunk))

/** define AXVM_RISCV_SBI_TIMER - vCPU: time of the SBI timer's next event, all ones for none. */
#define AXVM_RISCV_SBI_TIMER		AXVM_RISCV_REG(SBI, 0)
/** define AXVM_RISCV_SBI_STA_SHMEM - vCPU: address of the steal-time memory, all ones for none. */
#define AXVM_RISCV_SBI_STA_SHMEM	AXVM_RISCV_REG(SBI, 1)

/** define AXVM_RISCV_PMU_COUNTERS - Firmware counters of the SBI PMU extension. */
#define AXVM_RISCV_PMU_COUNTERS		16
/**
 * define AXVM_RISCV_PMU_EVENT - vCPU: what firmware counter @n counts.
 *
 * Bits 19:0 the SBI event_idx; bit 62 set while it counts; bit 63 set while it
 * is configured.
 */
#define AXVM_RISCV_PMU_EVENT(n)		AXVM_RISCV_REG(PMU, (n))
/** define AXVM_RISCV_PMU_VALUE - vCPU: value of firmware counter @n. */
#define AXVM_RISCV_PMU_VALUE(n)		AXVM_RISCV_REG(PMU, 0x100 + (n))

/** define AXVM_RISCV_VM_TIME - VM: the guest's time CSR now; writing it moves the guest's clock. */
#define AXVM_RISCV_VM_TIME		AXVM_RISCV_REG(VM, 0)
/** define AXVM_RISCV_VM_TIMEBASE - VM: ticks of the time CSR in a second. Read-only. */
#define AXVM_RISCV_VM_TIMEBASE		AXVM_RISCV_REG(VM, 1)
/** define AXVM_RISCV_VM_MVENDORID - VM: what SBI get_mvendorid tells. Fixed once a vCPU has run. */
#define AXVM_RISCV_VM_MVENDORID		AXVM_RISCV_REG(VM, 2)
/** define AXVM_RISCV_VM_MARCHID - VM: what SBI get_marchid tells. Fixed once a vCPU has run. */
#define AXVM_RISCV_VM_MARCHID		AXVM_RISCV_REG(VM, 3)
/** define AXVM_RISCV_VM_MIMPID - VM: what SBI get_mimpid tells. Fixed once a vCPU has run. */
#define AXVM_RISCV_VM_MIMPID		AXVM_RISCV_REG(VM, 4)
/** define AXVM_RISCV_VM_CBOM_SIZE - VM: bytes of a Zicbom cache block, 0 without. Read-only. */
#define AXVM_RISCV_VM_CBOM_SIZE		AXVM_RISCV_REG(VM, 5)
/** define AXVM_RISCV_VM_CBOZ_SIZE - VM: bytes of a Zicboz cache block, 0 without. Read-only. */
#define AXVM_RISCV_VM_CBOZ_SIZE		AXVM_RISCV_REG(VM, 6)
/**
 * define AXVM_RISCV_VM_SATP_MODE - VM: widest mode satp has: 8 Sv39, 9 Sv48, 10 Sv57.
 *
 * Read-only.
 */
#define AXVM_RISCV_VM_SATP_MODE		AXVM_RISCV_REG(VM, 7)

/**
 * define AXVM_RISCV_ISA - VM: whether the guest has extension @n of enum axvm_riscv_isa.
 *
 * 1 in a new VM if the host has it and it may be given. Writing 0 takes it from
 * the guest; %EINVAL if the host lacks what is asked for, or if the hardware has
 * no means to take it away. Fixed once a vCPU has run.
 */
#define AXVM_RISCV_ISA(n)		AXVM_RISCV_REG(ISA, n)

/**
 * enum axvm_riscv_isa - Extensions, by their names in the ISA manual.
 * @AXVM_RISCV_ISA_F: single-precision floating point; can be taken away.
 * @AXVM_RISCV_ISA_D: double-precision floating point; goes with F.
 * @AXVM_RISCV_ISA_V: vectors; can be taken away.
 * @AXVM_RISCV_ISA_C: compressed instructions.
 * @AXVM_RISCV_ISA_SSTC: timer compare in VS mode; can be taken away.
 * @AXVM_RISCV_ISA_SVPBMT: memory types in page tables; can be taken away.
 * @AXVM_RISCV_ISA_SVADU: hardware A/D updating; can be taken away.
 * @AXVM_RISCV_ISA_ZICBOM: cache-block management; can be taken away.
 * @AXVM_RISCV_ISA_ZICBOZ: cache-block zero; can be taken away.
 * @AXVM_RISCV_ISA_SVINVAL: fine-grained TLB invalidation.
 * @AXVM_RISCV_ISA_SVNAPOT: naturally aligned contiguous translations.
 * @AXVM_RISCV_ISA_ZBA: address generation.
 * @AXVM_RISCV_ISA_ZBB: basic bit manipulation.
 * @AXVM_RISCV_ISA_ZBC: carry-less multiplication.
 * @AXVM_RISCV_ISA_ZBS: single-bit instructions.
 * @AXVM_RISCV_ISA_ZIHINTPAUSE: the pause hint.
 * @AXVM_RISCV_ISA_ZFH: half-precision floating point; goes with F.
 * @AXVM_RISCV_ISA_ZICOND: conditional operations.
 * @AXVM_RISCV_ISA_COUNT: how many there are.
 */
enum axvm_riscv_isa {
	AXVM_RISCV_ISA_F		= 0,
	AXVM_RISCV_ISA_D		= 1,
	AXVM_RISCV_ISA_V		= 2,
	AXVM_RISCV_ISA_C		= 3,
	AXVM_RISCV_ISA_SSTC		= 4,
	AXVM_RISCV_ISA_SVPBMT		= 5,
	AXVM_RISCV_ISA_SVADU		= 6,
	AXVM_RISCV_ISA_ZICBOM		= 7,
	AXVM_RISCV_ISA_ZICBOZ		= 8,
	AXVM_RISCV_ISA_SVINVAL		= 9,
	AXVM_RISCV_ISA_SVNAPOT		= 10,
	AXVM_RISCV_ISA_ZBA		= 11,
	AXVM_RISCV_ISA_ZBB		= 12,
	AXVM_RISCV_ISA_ZBC		= 13,
	AXVM_RISCV_ISA_ZBS		= 14,
	AXVM_RISCV_ISA_ZIHINTPAUSE	= 15,
	AXVM_RISCV_ISA_ZFH		= 16,
	AXVM_RISCV_ISA_ZICOND		= 17,
	AXVM_RISCV_ISA_COUNT
};

/**
 * define AXVM_RISCV_SBI_POLICY - VM: who answers SBI extension @n of enum axvm_riscv_sbi.
 *
 * One of enum axvm_riscv_sbi_policy. The Base extension is always answered by
 * the module. Fixed once a vCPU has run. %EINVAL: the extension cannot be handled
 * so (&AXVM_RISCV_SBI_DBCN has no console in the kernel).
 */
#define AXVM_RISCV_SBI_POLICY(n)	AXVM_RISCV_REG(SBI_POLICY, n)

/**
 * enum axvm_riscv_sbi - SBI extensions.
 * @AXVM_RISCV_SBI_TIME: timer.
 * @AXVM_RISCV_SBI_IPI: inter-processor interrupts.
 * @AXVM_RISCV_SBI_RFENCE: remote fences.
 * @AXVM_RISCV_SBI_HSM: hart state management.
 * @AXVM_RISCV_SBI_SRST: system reset; the module makes %AXVM_EXIT_SYSTEM_DOWN of it.
 * @AXVM_RISCV_SBI_DBCN: debug console; off, or passed to the VMM (the default).
 * @AXVM_RISCV_SBI_SUSP: system suspend; the module checks that the other harts
 *	are stopped and makes %AXVM_EXIT_SYSTEM_DOWN of it.
 * @AXVM_RISCV_SBI_PMU: performance counters; the module has the firmware counters.
 * @AXVM_RISCV_SBI_STA: steal-time accounting.
 * @AXVM_RISCV_SBI_COUNT: how many there are.
 */
enum axvm_riscv_sbi {
	AXVM_RISCV_SBI_TIME	= 0,
	AXVM_RISCV_SBI_IPI	= 1,
	AXVM_RISCV_SBI_RFENCE	= 2,
	AXVM_RISCV_SBI_HSM	= 3,
	AXVM_RISCV_SBI_SRST	= 4,
	AXVM_RISCV_SBI_DBCN	= 5,
	AXVM_RISCV_SBI_SUSP	= 6,
	AXVM_RISCV_SBI_PMU	= 7,
	AXVM_RISCV_SBI_STA	= 8,
	AXVM_RISCV_SBI_COUNT
};

/**
 * enum axvm_riscv_sbi_policy - Who answers an SBI extension.
 * @AXVM_RISCV_SBI_OFF: nobody: the guest is told that it is not supported.
 * @AXVM_RISCV_SBI_KERNEL: the module.
 * @AXVM_RISCV_SBI_VMM: the VMM, by %AXVM_EXIT_HYPERCALL.
 */
enum axvm_riscv_sbi_policy {
	AXVM_RISCV_SBI_OFF	= 0,
	AXVM_RISCV_SBI_KERNEL	= 1,
	AXVM_RISCV_SBI_VMM	= 2,
};

/*
 * Interrupt inputs of a vCPU for %AXVM_SET_IRQ: the interrupt's number in sip.
 */
#define AXVM_RISCV_IRQ_SOFTWARE		1
#define AXVM_RISCV_IRQ_TIMER		5
#define AXVM_RISCV_IRQ_EXTERNAL		9

/*
 * PLIC device registers, besides its memory-mapped ones; @n is a source or, for
 * a word, source / 32.
 */
/** define AXVM_RISCV_PLIC_PRIORITY - Device: priority of source @n, 0 to 7. */
#define AXVM_RISCV_PLIC_PRIORITY(n)	AXVM_RISCV_REG(PLIC, (n))
/** define AXVM_RISCV_PLIC_PENDING - Device: pending bits of word @n. */
#define AXVM_RISCV_PLIC_PENDING(n)	AXVM_RISCV_REG(PLIC, 0x1000 + (n))
/** define AXVM_RISCV_PLIC_LEVEL - Device: input levels of word @n. */
#define AXVM_RISCV_PLIC_LEVEL(n)	AXVM_RISCV_REG(PLIC, 0x2000 + (n))
/** define AXVM_RISCV_PLIC_CLAIMED - Device: bits of word @n claimed and not completed. */
#define AXVM_RISCV_PLIC_CLAIMED(n)	AXVM_RISCV_REG(PLIC, 0x3000 + (n))
/** define AXVM_RISCV_PLIC_ENABLE - Device: enable bits of word @n in context @c. */
#define AXVM_RISCV_PLIC_ENABLE(c, n)	AXVM_RISCV_REG(PLIC, 0x1000000 + ((c) << 8) + (n))
/** define AXVM_RISCV_PLIC_THRESHOLD - Device: threshold of context @c, 0 to 7. */
#define AXVM_RISCV_PLIC_THRESHOLD(c)	AXVM_RISCV_REG(PLIC, 0x1000000 + ((c) << 8) + 0xff)

#endif /* _UAPI_AXVM_RISCV_H */
