/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * axvm: the x86 part of the interface; include axvm.h, not this
 *
 * Names are those of the "Intel 64 and IA-32 Architectures Software Developer's
 * Manual" (SDM) and of the "AMD64 Architecture Programmer's Manual" (APM). The
 * interface is the same for Intel VMX and AMD SVM.
 */
#ifndef _UAPI_AXVM_X86_H
#define _UAPI_AXVM_X86_H

#include <linux/types.h>

/**
 * struct axvm_gprs - The registers that travel in the run structure.
 * @r: general registers by their number in an instruction: RAX, RCX, RDX, RBX, RSP,
 *	RBP, RSI, RDI, R8 to R15.
 * @rip: instruction pointer.
 * @rflags: flags. Bit 1 is always 1.
 */
struct axvm_gprs {
	__u64 r[16];
	__u64 rip;
	__u64 rflags;
};

/** define AXVM_REG_X86 - Architecture of the register ids below. */
#define AXVM_REG_X86			1

/*
 * vCPU registers
 *
 * A new vCPU is as after a reset: real mode, at the reset vector F000:FFF0 (SDM
 * volume 3, "Processor State After Reset"). All but the vCPU with id 0 are
 * application processors: create them with %AXVM_VCPU_STOPPED and they wait for
 * a start-up IPI.
 */
#define AXVM_X86_GROUP_CORE		0
#define AXVM_X86_GROUP_SEGMENT		1
#define AXVM_X86_GROUP_TABLE		2
#define AXVM_X86_GROUP_CONTROL		3
#define AXVM_X86_GROUP_DEBUG		4
#define AXVM_X86_GROUP_MSR		5
#define AXVM_X86_GROUP_EVENT		6
#define AXVM_X86_GROUP_XSAVE		7
#define AXVM_X86_GROUP_APIC		8
#define AXVM_X86_GROUP_EMULATION	9
/* VM registers */
#define AXVM_X86_GROUP_VM		16
#define AXVM_X86_GROUP_CPUID		17

#define AXVM_X86_REG(group, index)	\
	AXVM_REG_ID(AXVM_REG_X86, AXVM_X86_GROUP_##group, index)

/* ---- core ---- */

/** define AXVM_X86_GPR - vCPU: general register @n, 0 to 15, numbered as in struct axvm_gprs. */
#define AXVM_X86_GPR(n)			AXVM_X86_REG(CORE, n)
#define AXVM_X86_RAX			AXVM_X86_GPR(0)
#define AXVM_X86_RCX			AXVM_X86_GPR(1)
#define AXVM_X86_RDX			AXVM_X86_GPR(2)
#define AXVM_X86_RBX			AXVM_X86_GPR(3)
#define AXVM_X86_RSP			AXVM_X86_GPR(4)
#define AXVM_X86_RBP			AXVM_X86_GPR(5)
#define AXVM_X86_RSI			AXVM_X86_GPR(6)
#define AXVM_X86_RDI			AXVM_X86_GPR(7)
/** define AXVM_X86_RIP - vCPU: instruction pointer. */
#define AXVM_X86_RIP			AXVM_X86_REG(CORE, 16)
/** define AXVM_X86_RFLAGS - vCPU: flags; bit 1 is 1, reserved ones are 0. */
#define AXVM_X86_RFLAGS			AXVM_X86_REG(CORE, 17)

/* ---- segments ---- */

/**
 * enum axvm_x86_segment_name - Segment registers, numbered as in instructions.
 * @AXVM_X86_ES: extra segment.
 * @AXVM_X86_CS: code segment.
 * @AXVM_X86_SS: stack segment; the DPL in its attributes is the privilege level.
 * @AXVM_X86_DS: data segment.
 * @AXVM_X86_FS: its base is the MSR FS_BASE.
 * @AXVM_X86_GS: its base is the MSR GS_BASE.
 * @AXVM_X86_LDTR: local descriptor table.
 * @AXVM_X86_TR: task register.
 * @AXVM_X86_SEGMENTS: how many there are.
 */
enum axvm_x86_segment_name {
	AXVM_X86_ES	= 0,
	AXVM_X86_CS	= 1,
	AXVM_X86_SS	= 2,
	AXVM_X86_DS	= 3,
	AXVM_X86_FS	= 4,
	AXVM_X86_GS	= 5,
	AXVM_X86_LDTR	= 6,
	AXVM_X86_TR	= 7,
	AXVM_X86_SEGMENTS
};

#define AXVM_X86_SEGMENT(n, part)	AXVM_X86_REG(SEGMENT, ((n) << 2) | (part))
/** define AXVM_X86_SELECTOR - vCPU: selector of segment @n, 16 bits. */
#define AXVM_X86_SELECTOR(n)		AXVM_X86_SEGMENT(n, 0)
/** define AXVM_X86_BASE - vCPU: base of segment @n, canonical. */
#define AXVM_X86_BASE(n)		AXVM_X86_SEGMENT(n, 1)
/** define AXVM_X86_LIMIT - vCPU: limit of segment @n in bytes, 32 bits. */
#define AXVM_X86_LIMIT(n)		AXVM_X86_SEGMENT(n, 2)
/**
 * define AXVM_X86_ATTRIBUTES - vCPU: attributes of segment @n.
 *
 * As in SDM volume 3, "Format of Access Rights": type 3:0, S 4, DPL 6:5, P 7, AVL
 * 12, L 13, D/B 14, G 15; bit 16 set: the segment is unusable.
 */
#define AXVM_X86_ATTRIBUTES(n)		AXVM_X86_SEGMENT(n, 3)

/** define AXVM_X86_GDTR_BASE - vCPU: base of the global descriptor table. */
#define AXVM_X86_GDTR_BASE		AXVM_X86_REG(TABLE, 0)
/** define AXVM_X86_GDTR_LIMIT - vCPU: its limit, 16 bits. */
#define AXVM_X86_GDTR_LIMIT		AXVM_X86_REG(TABLE, 1)
/** define AXVM_X86_IDTR_BASE - vCPU: base of the interrupt descriptor table. */
#define AXVM_X86_IDTR_BASE		AXVM_X86_REG(TABLE, 2)
/** define AXVM_X86_IDTR_LIMIT - vCPU: its limit, 16 bits. */
#define AXVM_X86_IDTR_LIMIT		AXVM_X86_REG(TABLE, 3)

/* ---- control and debug registers, MSRs ---- */

/**
 * define AXVM_X86_CR - vCPU: control register @n: 0, 2, 3, 4 or 8.
 *
 * %EINVAL for bits that the guest's CPUID does not allow, and for combinations that
 * the processor refuses (PG without PE, and so on). CR8 has four bits, which are bits 7:4
 * of the APIC's TPR. CR0, CR4, EFER and the segments
 * are checked against one another at the next RUN: %AXVM_EXIT_FAIL_ENTRY names
 * what does not fit.
 */
#define AXVM_X86_CR(n)			AXVM_X86_REG(CONTROL, n)
/** define AXVM_X86_XCR0 - vCPU: extended control register 0; %ENOENT if the host has no XSAVE. */
#define AXVM_X86_XCR0			AXVM_X86_REG(CONTROL, 16)
/** define AXVM_X86_DR - vCPU: debug register @n: 0 to 3, 6 or 7; %EINVAL for reserved bits. */
#define AXVM_X86_DR(n)			AXVM_X86_REG(DEBUG, n)

/**
 * define AXVM_X86_MSR - vCPU: the model-specific register with number @n.
 *
 * %AXVM_GET_REG_LIST tells which there are. IA32_TIME_STAMP_COUNTER is the guest's
 * TSC now; writing it sets this vCPU's offset.
 */
#define AXVM_X86_MSR(n)			AXVM_X86_REG(MSR, n)

/* ---- events ---- */

/**
 * define AXVM_X86_EVENT - vCPU: the event that is being delivered, 0 for none.
 *
 * Bits 7:0 vector, 10:8 type as in the VM-entry interruption-information field
 * (0 external interrupt, 2 NMI, 3 exception, 4 software interrupt, 5 privileged
 * software exception, 6 software exception), 11 an error code goes with it, 31
 * valid; 63:32 the error code.
 */
#define AXVM_X86_EVENT			AXVM_X86_REG(EVENT, 0)
/**
 * define AXVM_X86_EVENT_LENGTH - vCPU: length of the instruction that caused a software event.
 *
 * In bytes, 0 to 15.
 */
#define AXVM_X86_EVENT_LENGTH		AXVM_X86_REG(EVENT, 1)
/**
 * define AXVM_X86_SHADOW - vCPU: interrupts are held back: bit 0 by STI, bit 1 by MOV SS.
 *
 * One of them at most. SVM does not tell them apart: there it reads as bit 0.
 */
#define AXVM_X86_SHADOW			AXVM_X86_REG(EVENT, 2)
/** define AXVM_X86_NMI - vCPU: bit 0 an NMI is pending, bit 1 NMIs are blocked until IRET. */
#define AXVM_X86_NMI			AXVM_X86_REG(EVENT, 3)
/** define AXVM_X86_LINES - vCPU: levels of the inputs for %AXVM_SET_IRQ, bit n of input n. */
#define AXVM_X86_LINES			AXVM_X86_REG(EVENT, 4)
/**
 * define AXVM_X86_INIT - vCPU: bit 0 an INIT is pending, bit 1 a start-up IPI is; 15:8 its vector.
 */
#define AXVM_X86_INIT			AXVM_X86_REG(EVENT, 5)
/**
 * define AXVM_X86_DEBUG_PENDING - vCPU: debug exceptions that wait for the next instruction.
 *
 * As in SDM volume 3, "Pending Debug Exceptions": bits 3:0 breakpoints, 12 one of them is
 * enabled, 14 a single step, 16 RTM.
 */
#define AXVM_X86_DEBUG_PENDING		AXVM_X86_REG(EVENT, 6)

/**
 * define AXVM_X86_XSAVE - vCPU: 64-bit word @n of the XSAVE area.
 *
 * In the standard (not compacted) format, of the size that CPUID leaf 0DH tells
 * for all features of the host; without XSAVE, the 512 bytes of FXSAVE.
 */
#define AXVM_X86_XSAVE(n)		AXVM_X86_REG(XSAVE, n)

/**
 * define AXVM_X86_APIC - vCPU: local APIC register at offset @n * 16 of its page, 32 bits.
 *
 * PPR and the current count are made of others: they can be read, and are not in
 * %AXVM_GET_REG_LIST.
 */
#define AXVM_X86_APIC(n)		AXVM_X86_REG(APIC, n)
/** define AXVM_X86_APIC_TIMER - vCPU: nanoseconds to the APIC timer's expiry; all ones: never. */
#define AXVM_X86_APIC_TIMER		AXVM_X86_REG(APIC, 0x100)
/** define AXVM_X86_APIC_ERRORS - vCPU: errors that its error status register has not yet. */
#define AXVM_X86_APIC_ERRORS		AXVM_X86_REG(APIC, 0x101)

/**
 * define AXVM_X86_EMULATION - vCPU: an instruction that is half emulated; saved and restored whole.
 *
 * Word 0: bits 7:0 length of the instruction, 0 for none, 15:8 how many answers are in; words
 * 1 and 2: the instruction's bytes; from word 3 on the answers. It goes on when
 * %AXVM_REG_PENDING_REASON is an access or a memory fault, with the registers that the vCPU
 * then has; a VMM that wants none of it writes 0 into both.
 */
#define AXVM_X86_EMULATION(n)		AXVM_X86_REG(EMULATION, n)
/** define AXVM_X86_EMULATION_ANSWERS - Most answers that an instruction can ask for. */
#define AXVM_X86_EMULATION_ANSWERS	16

/* ---- VM ---- */

/** define AXVM_X86_VM_TSC_KHZ - VM: frequency of the host's TSC in kHz. Read-only. */
#define AXVM_X86_VM_TSC_KHZ		AXVM_X86_REG(VM, 0)
/**
 * define AXVM_X86_VM_GUEST_TSC_KHZ - VM: frequency of the guest's TSC in kHz.
 *
 * %EINVAL if it differs from the host's and the CPU cannot scale. Fixed once a vCPU
 * has run.
 */
#define AXVM_X86_VM_GUEST_TSC_KHZ	AXVM_X86_REG(VM, 1)
/**
 * define AXVM_X86_VM_CLOCK - VM: nanoseconds of the paravirtual clock now.
 *
 * Writing it moves the clock; %EINVAL from 2^63 on.
 */
#define AXVM_X86_VM_CLOCK		AXVM_X86_REG(VM, 2)
/** define AXVM_X86_VM_APIC_HZ - VM: frequency of the APIC timer's input in Hz. Read-only. */
#define AXVM_X86_VM_APIC_HZ		AXVM_X86_REG(VM, 3)

/**
 * define AXVM_X86_CPUID - VM: one register of the guest's CPUID.
 * @leaf: EAX, of which bits 31:28 and 11:0 count: 0 to FFFH, 4000_0000H to
 *	4000_0FFFH, 8000_0000H to 8000_0FFFH.
 * @subleaf: ECX, 0 to 255.
 * @reg: which result: 0 EAX, 1 EBX, 2 ECX, 3 EDX.
 *
 * A new VM has the table of what the module supports on this host; reading it
 * there is how a VMM learns that. What is written is checked against it: %EINVAL
 * for a feature that it has not; identification, topology and the hypervisor's
 * leaves (4000_0000H) may be anything. A whole leaf of zeros is one that is not there.
 * Fixed once a vCPU has run. The APIC id in leaves 1, 0BH and 1FH, OSXSAVE, OSPKE and the
 * sizes in leaf 0DH are each vCPU's own and filled in when the guest asks.
 */
#define AXVM_X86_CPUID(leaf, subleaf, reg)					\
	AXVM_X86_REG(CPUID, ((leaf) & 0xf0000000U) | (((leaf) & 0xfffU) << 12) | \
			    (((subleaf) & 0xffU) << 4) | ((reg) & 3U))

/* ---- interrupt inputs of a vCPU, for AXVM_SET_IRQ ---- */

/** define AXVM_X86_IRQ_NMI - The NMI pin; a rising edge counts. */
#define AXVM_X86_IRQ_NMI		0
/**
 * define AXVM_X86_IRQ_LINT0 - The local APIC's LINT0, where a PIC is connected.
 *
 * If the guest has it as ExtINT, its vector is asked for when the CPU takes it:
 * %AXVM_EXIT_INTERRUPT_ACK.
 */
#define AXVM_X86_IRQ_LINT0		1
/** define AXVM_X86_IRQ_LINT1 - The local APIC's LINT1. */
#define AXVM_X86_IRQ_LINT1		2

#endif /* _UAPI_AXVM_X86_H */
