/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: what guest code may use
 *
 * Guest code is 64-bit code at privilege level 0, without the vector registers (the
 * tests are compiled so): a test has them to itself.
 */
#ifndef SELFTESTS_X86_PROCESSOR_H
#define SELFTESTS_X86_PROCESSOR_H

#include <stddef.h>
#include <linux/types.h>

#include "cpu.h"
#include "offsets.h"

/* What tests for every architecture need to know of this one. */
#define ARCH_IRQ_INPUT		AXVM_X86_IRQ_NMI
#define ARCH_NO_IRQ_INPUT	(AXVM_X86_IRQ_LINT1 + 1)
/* A message that the vCPU with id 0 takes; its APIC need not be on. */
#define ARCH_MSI_ADDRESS	0xfee00000ULL
#define ARCH_MSI_DATA		0x40
#define ARCH_MSI_ERROR		0
/* Registers of 32 bits that can be read without harm, in the machines of CI. */
#define ARCH_DEVICE_MEMORY	{						\
	{ "HPET's capabilities", 0xfed00000, false },			\
	{ "firmware's ROM", 0xfffff000, false },			\
}

/* ------------------------------------------------------------------------- */
/* This vCPU                                                                 */
/* ------------------------------------------------------------------------- */

/** define TRAP_NONE - What guest_try() says when there was no exception. */
#define TRAP_NONE	(~0ULL)

/* As the processor has them. */
#pragma pack(push, 1)

/** struct guest_table - What LGDT and LIDT load. */
struct guest_table {
	__u16 limit;
	__u64 base;
};

/** struct guest_tss - The task-state segment of 64-bit mode. */
struct guest_tss {
	__u32 reserved0;
	__u64 rsp[3];
	__u64 reserved1;
	__u64 ist[7];
	__u64 reserved2;
	__u16 reserved3;
	__u16 io_map;
};

#pragma pack(pop)

/* Which of @ist is for what, counted from 1. */
enum { IST_EXCEPTION = 1, IST_NMI, IST_DOUBLE_FAULT, IST_INTERRUPT };

struct guest_cpu;

/**
 * struct guest_frame - The registers of what was interrupted.
 * @r: general registers by number; RSP's place is not used.
 * @vector: exception or interrupt.
 * @error: its error code, or 0.
 * @rip: and what follows as the processor pushes it.
 * @cs: see @rip.
 * @rflags: see @rip.
 * @rsp: see @rip.
 * @ss: see @rip.
 * @cpu: put there by the host, at the end of each stack.
 */
struct guest_frame {
	__u64 r[16];
	__u64 vector;
	__u64 error;
	__u64 rip;
	__u64 cs;
	__u64 rflags;
	__u64 rsp;
	__u64 ss;
	struct guest_cpu *cpu;
};

/**
 * struct guest_cpu_arch - The x86 part of struct guest_cpu.
 * @self: address of the struct guest_cpu: GS points to it.
 * @sp: stack to start with.
 * @pad0: aligns what follows.
 * @gdtr: what LGDT loads.
 * @pad1: likewise.
 * @idtr: what LIDT loads.
 * @pad2: likewise.
 * @trap_armed: an exception may come now: record it and go on after the instruction.
 * @trap_cause: vector of the exception that came, or %TRAP_NONE.
 * @trap_error: its error code.
 * @trap_pc: its RIP.
 * @trap_value: CR2 then.
 * @irq: called for an interrupt with its vector.
 * @nmi: called for an NMI.
 * @exception: called for an exception that is not expected, if not NULL; returns whether
 *	the guest goes on.
 * @gdt: global descriptor table; see KERNEL_CS and its like.
 * @tss: task-state segment.
 *
 * Assembly knows the first offsets.
 */
struct guest_cpu_arch {
	struct guest_cpu *self;
	__u64 sp;
	__u16 pad0;
	struct guest_table gdtr;
	__u16 pad1[3];
	struct guest_table idtr;
	__u16 pad2[2];
	__u64 trap_armed;
	__u64 trap_cause;
	__u64 trap_error;
	__u64 trap_pc;
	__u64 trap_value;
	void (*irq)(__u64 vector);
	void (*nmi)(struct guest_frame *frame);
	__u64 (*exception)(struct guest_frame *frame);
	__u64 gdt[GDT_ENTRIES];
	struct guest_tss tss;
};

#define __STRING(x)	#x
#define STRING(x)	__STRING(x)

/** guest_this_cpu() - The vCPU this runs on. */
#define guest_this_cpu()	({					\
	struct guest_cpu *__this;					\
									\
	asm volatile("movq %%gs:" STRING(CPU_SELF) ", %0" : "=r" (__this)); \
	__this;								\
})

/* ------------------------------------------------------------------------- */
/* Exceptions                                                                */
/* ------------------------------------------------------------------------- */

/**
 * TRY() - An instruction for asm() that guest_try() may skip when it faults.
 *
 * The place after it is found by a table: instructions here have no length that could
 * be told from outside. What the instruction would have written is then undefined.
 */
#define TRY(insn)							\
	"771:	" insn "\n"						\
	"772:\n"							\
	"	.pushsection guest_fixups, \"a\"\n"			\
	"	.balign	8\n"						\
	"	.quad	771b, 772b\n"					\
	"	.popsection\n"

/** struct guest_fixup - An entry of that table: an instruction, and what follows it. */
struct guest_fixup {
	__u64 at;
	__u64 next;
};

/* Set by the linker, if there is any. */
#pragma weak __start_guest_fixups
#pragma weak __stop_guest_fixups
extern const struct guest_fixup __start_guest_fixups[], __stop_guest_fixups[];

/**
 * guest_try() - Do something that may fault; tell with what vector it did.
 *
 * The instruction must be in TRY(), as those of the functions below are. A call that
 * page-faults at its target returns.
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

/** GUEST_ASSERT_TRAPS() - @statement must fault with this vector. */
#define GUEST_ASSERT_TRAPS(statement, vector) do {			\
	__u64 __cause = guest_try(statement);				\
									\
	if (__cause != (vector))					\
		GUEST_FAIL(#statement " takes " #vector, __cause, vector); \
} while (0)

/** GUEST_ASSERT_RUNS() - @statement must not fault. */
#define GUEST_ASSERT_RUNS(statement) do {				\
	__u64 __cause = guest_try(statement);				\
									\
	if (__cause != TRAP_NONE)					\
		GUEST_FAIL(#statement " takes no exception", __cause, TRAP_NONE); \
} while (0)

/** guest_set_irq_handler() - Have @fn called for each interrupt of this vCPU. */
#define guest_set_irq_handler(fn)	(guest_this_cpu()->arch.irq = (fn))
/** guest_set_nmi_handler() - Likewise for NMIs. */
#define guest_set_nmi_handler(fn)	(guest_this_cpu()->arch.nmi = (fn))
/** guest_set_exception_handler() - Likewise for exceptions that guest_try() does not expect. */
#define guest_set_exception_handler(fn)	(guest_this_cpu()->arch.exception = (fn))

/* ------------------------------------------------------------------------- */
/* Instructions                                                              */
/* ------------------------------------------------------------------------- */

/** define GUEST_RETURN - A function that only returns, to be written somewhere. */
#define GUEST_RETURN	{ 0xc3 }

/* With interrupts off only an NMI, INIT or SIPI ends it. */
static __always_inline void guest_halt(void)
{
	asm volatile("hlt" : : : "memory");
}

/* Interrupts are off: wait for one, and take it. */
static __always_inline void guest_take_irq(void)
{
	asm volatile("sti; hlt; cli" : : : "memory");
}

static __always_inline void guest_relax(void)
{
	asm volatile("pause" : : : "memory");
}

static __always_inline void guest_fence(void)
{
	asm volatile("mfence" : : : "memory");
}

static __always_inline __u64 read_cr2(void)
{
	__u64 v;

	asm volatile("mov %%cr2, %0" : "=r" (v) : : "memory");
	return v;
}

#define __GUEST_REGISTER(name)						\
static __always_inline __u64 read_##name(void)				\
{									\
	__u64 v = 0;							\
									\
	asm volatile(TRY("mov %%" #name ", %0") : "+r" (v) : : "memory"); \
	return v;							\
}									\
static __always_inline void write_##name(__u64 v)			\
{									\
	asm volatile(TRY("mov %0, %%" #name) : : "r" (v) : "memory");	\
}

__GUEST_REGISTER(cr0)
__GUEST_REGISTER(cr3)
__GUEST_REGISTER(cr4)
__GUEST_REGISTER(cr8)
__GUEST_REGISTER(dr0)
__GUEST_REGISTER(dr1)
__GUEST_REGISTER(dr2)
__GUEST_REGISTER(dr3)
__GUEST_REGISTER(dr6)
__GUEST_REGISTER(dr7)

static __always_inline void write_cr2(__u64 v)
{
	asm volatile("mov %0, %%cr2" : : "r" (v) : "memory");
}

/* Fetch what was written: MOV to a control register serializes. */
static __always_inline void guest_sync_code(void)
{
	write_cr2(read_cr2());
}

static __always_inline void guest_flush_tlb(void)
{
	write_cr3(read_cr3());
}

static __always_inline void guest_flush_page(__u64 address)
{
	asm volatile("invlpg (%0)" : : "r" (address) : "memory");
}

static __always_inline __u64 rdmsr(__u32 msr)
{
	__u32 low = 0, high = 0;

	asm volatile(TRY("rdmsr") : "+a" (low), "+d" (high) : "c" (msr) : "memory");
	return low | (__u64)high << 32;
}

static __always_inline void wrmsr(__u32 msr, __u64 v)
{
	asm volatile(TRY("wrmsr") : : "a" ((__u32)v), "d" ((__u32)(v >> 32)), "c" (msr) : "memory");
}

static __always_inline __u64 xgetbv(__u32 n)
{
	__u32 low = 0, high = 0;

	asm volatile(TRY("xgetbv") : "+a" (low), "+d" (high) : "c" (n) : "memory");
	return low | (__u64)high << 32;
}

static __always_inline void xsetbv(__u32 n, __u64 v)
{
	asm volatile(TRY("xsetbv") : : "a" ((__u32)v), "d" ((__u32)(v >> 32)), "c" (n) : "memory");
}

static __always_inline __u64 rdtsc(void)
{
	__u32 low = 0, high = 0;

	asm volatile(TRY("rdtsc") : "+a" (low), "+d" (high) : : "memory");
	return low | (__u64)high << 32;
}

/** struct cpuid_regs - What CPUID says. */
struct cpuid_regs {
	__u32 eax;
	__u32 ebx;
	__u32 ecx;
	__u32 edx;
};

/** cpuid() - For guests and for the host alike. */
static __always_inline struct cpuid_regs cpuid(__u32 leaf, __u32 subleaf)
{
	struct cpuid_regs r;

	asm volatile("cpuid" : "=a" (r.eax), "=b" (r.ebx), "=c" (r.ecx), "=d" (r.edx)
		     : "a" (leaf), "c" (subleaf));
	return r;
}

static __always_inline __u64 guest_time(void)
{
	return rdtsc();
}

/* Interrupts on and off, as a whole. */
static __always_inline void guest_irq_enable(void)
{
	asm volatile("sti; nop" : : : "memory");
}

static __always_inline void guest_irq_disable(void)
{
	asm volatile("cli" : : : "memory");
}

static __always_inline __u64 guest_flags(void)
{
	__u64 v;

	asm volatile("pushfq; popq %0" : "=r" (v) : : "memory");
	return v;
}

/* By one plain move each, which a test can count on. */
#define __GUEST_MMIO(bits, move, reg)					\
static __always_inline __u##bits guest_mmio_read##bits(__u64 gpa)	\
{									\
	__u##bits v = 0;						\
									\
	asm volatile(TRY(move " (%1), %" reg "0") : "+r" (v) : "r" (gpa) : "memory"); \
	return v;							\
}									\
static __always_inline void guest_mmio_write##bits(__u64 gpa, __u##bits v) \
{									\
	asm volatile(TRY(move " %" reg "0, (%1)") : : "r" (v), "r" (gpa) : "memory"); \
}

__GUEST_MMIO(8, "movb", "b")
__GUEST_MMIO(16, "movw", "w")
__GUEST_MMIO(32, "movl", "k")
__GUEST_MMIO(64, "movq", "q")

#define __GUEST_PORT(bits, suffix)					\
static __always_inline __u##bits in##bits(__u16 port)			\
{									\
	__u##bits v = 0;						\
									\
	asm volatile(TRY("in" suffix " %1, %0") : "+a" (v) : "d" (port) : "memory"); \
	return v;							\
}									\
static __always_inline void out##bits(__u16 port, __u##bits v)		\
{									\
	asm volatile(TRY("out" suffix " %0, %1") : : "a" (v), "d" (port) : "memory"); \
}

__GUEST_PORT(8, "b")
__GUEST_PORT(16, "w")
__GUEST_PORT(32, "l")

/** struct vmcall_result - What a hypercall returns. */
struct vmcall_result {
	__u64 rax;
	__u64 rdx;
};

#endif /* SELFTESTS_X86_PROCESSOR_H */
