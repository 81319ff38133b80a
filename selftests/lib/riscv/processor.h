/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: what guest code may use
 */
#ifndef SELFTESTS_RISCV_PROCESSOR_H
#define SELFTESTS_RISCV_PROCESSOR_H

#include <stddef.h>
#include <linux/types.h>

#include "csr.h"

/* What tests for every architecture need to know of this one. */
#define ARCH_DEVICE_TYPE	AXVM_DEVICE_RISCV_PLIC
#define ARCH_IRQ_INPUT		AXVM_RISCV_IRQ_EXTERNAL
#define ARCH_NO_IRQ_INPUT	0
/* Any message: there is nothing here that takes one. */
#define ARCH_MSI_ADDRESS	0x28000000ULL
#define ARCH_MSI_DATA		1
#define ARCH_MSI_ERROR		ENXIO
/* Registers of 32 bits that can be read without harm, in the machines of CI. */
#define ARCH_DEVICE_MEMORY	{						\
	{ "goldfish real-time clock", 0x101000, true },			\
	{ "CFI flash", 0x20000000, false },				\
	{ "PLIC priorities", 0xc000000, false },			\
}

/* ------------------------------------------------------------------------- */
/* This vCPU                                                                 */
/* ------------------------------------------------------------------------- */

/** define TRAP_NONE - What guest_try() says when there was no trap. */
#define TRAP_NONE	(~0ULL)

/**
 * struct guest_cpu_arch - The RISC-V part of struct guest_cpu.
 * @sp: stack to start with.
 * @satp: satp to start with.
 * @trap_sp: stack of the trap handler: a guest's own may be anything.
 * @x: the registers at the last trap.
 * @trap_armed: a trap may come now: record it and skip the instruction.
 * @trap_cause: scause of the trap that came, or %TRAP_NONE.
 * @trap_pc: its sepc.
 * @trap_value: its stval.
 * @irq: called for an interrupt with its number.
 *
 * start.S knows the offsets.
 */
struct guest_cpu_arch {
	__u64 sp;
	__u64 satp;
	__u64 trap_sp;
	__u64 x[32];
	__u64 trap_armed;
	__u64 trap_cause;
	__u64 trap_pc;
	__u64 trap_value;
	void (*irq)(__u64 irq);
};

/** guest_this_cpu() - The vCPU this runs on. tp points to it. */
#define guest_this_cpu()	({					\
	struct guest_cpu *__this;					\
									\
	asm volatile("mv %0, tp" : "=r" (__this));			\
	__this;								\
})

/* ------------------------------------------------------------------------- */
/* Instructions                                                              */
/* ------------------------------------------------------------------------- */

#define csr_read(csr) ({						\
	__u64 __v;							\
									\
	asm volatile("csrr %0, " csr_name(csr) : "=r" (__v) : : "memory"); \
	__v;								\
})

#define csr_write(csr, val) do {					\
	__u64 __w = (__u64)(val);					\
									\
	asm volatile("csrw " csr_name(csr) ", %0" : : "rK" (__w) : "memory"); \
} while (0)

#define csr_set(csr, val) do {					\
	__u64 __w = (__u64)(val);					\
									\
	asm volatile("csrs " csr_name(csr) ", %0" : : "rK" (__w) : "memory"); \
} while (0)

#define csr_clear(csr, val) do {					\
	__u64 __w = (__u64)(val);					\
									\
	asm volatile("csrc " csr_name(csr) ", %0" : : "rK" (__w) : "memory"); \
} while (0)

#define csr_swap(csr, val) ({						\
	__u64 __v;							\
									\
	asm volatile("csrrw %0, " csr_name(csr) ", %1"			\
		     : "=r" (__v) : "rK" ((__u64)(val)) : "memory");	\
	__v;								\
})

/** define GUEST_RETURN - A function that only returns, to be written somewhere. */
#define GUEST_RETURN	{ 0x67, 0x80, 0x00, 0x00 }

static __always_inline void guest_halt(void)
{
	asm volatile("wfi" : : : "memory");
}

/* A pause, in an encoding that every hart takes: it is a hint. */
static __always_inline void guest_relax(void)
{
	asm volatile(".4byte 0x0100000f" : : : "memory");
}

static __always_inline void guest_fence(void)
{
	asm volatile("fence rw, rw" : : : "memory");
}

/* Fetch what was written, by the host or by this vCPU. */
static __always_inline void guest_sync_code(void)
{
	asm volatile("fence.i" : : : "memory");
}

static __always_inline void guest_flush_tlb(void)
{
	asm volatile("sfence.vma" : : : "memory");
}

static __always_inline __u64 guest_time(void)
{
	return csr_read(CSR_TIME);
}

/* Local interrupts on and off, as a whole. */
#define guest_irq_enable()	csr_set(CSR_SSTATUS, SSTATUS_SIE)
#define guest_irq_disable()	csr_clear(CSR_SSTATUS, SSTATUS_SIE)

/* Interrupts are off: wait for one, and take it. */
#define guest_take_irq() do {						\
	guest_halt();							\
	guest_irq_enable();						\
	guest_irq_disable();						\
} while (0)

#define __GUEST_MMIO(bits, load, store)					\
static __always_inline			\
__u##bits guest_mmio_read##bits(__u64 gpa)				\
{									\
	__u##bits v;							\
									\
	asm volatile(load " %0, 0(%1)" : "=r" (v) : "r" (gpa) : "memory"); \
	return v;							\
}									\
static __always_inline			\
void guest_mmio_write##bits(__u64 gpa, __u##bits v)			\
{									\
	asm volatile(store " %0, 0(%1)" : : "r" (v), "r" (gpa) : "memory"); \
}

__GUEST_MMIO(8, "lbu", "sb")
__GUEST_MMIO(16, "lhu", "sh")
__GUEST_MMIO(32, "lwu", "sw")
__GUEST_MMIO(64, "ld", "sd")

/* ------------------------------------------------------------------------- */
/* Traps                                                                     */
/* ------------------------------------------------------------------------- */

/**
 * guest_try() - Do something that may trap; tell with what scause it did.
 *
 * The trapped instruction is skipped. A call that faults at its target returns.
 */
#define guest_try(statement) ({						\
	struct guest_cpu *__cpu = guest_this_cpu();			\
									\
	WRITE_ONCE(__cpu->arch.trap_cause, TRAP_NONE);			\
	WRITE_ONCE(__cpu->arch.trap_armed, 1);				\
	asm volatile("" : : : "memory");				\
	statement;							\
	asm volatile("" : : : "memory");				\
	WRITE_ONCE(__cpu->arch.trap_armed, 0);				\
	READ_ONCE(__cpu->arch.trap_cause);				\
})

/** GUEST_ASSERT_TRAPS() - @statement must trap with scause @cause. */
#define GUEST_ASSERT_TRAPS(statement, cause) \
	GUEST_ASSERT_EQ(guest_try(statement), cause)

/** GUEST_ASSERT_RUNS() - @statement must not trap. */
#define GUEST_ASSERT_RUNS(statement) \
	GUEST_ASSERT_EQ(guest_try(statement), TRAP_NONE)

/** guest_set_irq_handler() - Have @fn called for each interrupt of this vCPU. */
#define guest_set_irq_handler(fn)	(guest_this_cpu()->arch.irq = (fn))

#endif /* SELFTESTS_RISCV_PROCESSOR_H */
