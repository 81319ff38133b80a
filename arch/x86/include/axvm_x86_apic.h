/* SPDX-License-Identifier: GPL-2.0 */
/* The local APIC of a vCPU. */
#ifndef _AXVM_X86_APIC_H
#define _AXVM_X86_APIC_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/hrtimer.h>
#include <linux/types.h>

struct axvm_vm;
struct axvm_vcpu;

/** define AXVM_X86_APIC_HZ_VALUE - Frequency of the APIC timer's input, before its divider. */
#define AXVM_X86_APIC_HZ_VALUE	1000000000ULL

/**
 * struct axvm_x86_posted - Interrupts that others have sent to a vCPU and that it has
 *	not taken in yet: the posted-interrupt descriptor of VMX (SDM volume 3,
 *	"Posted-Interrupt Processing"), also used as such without the hardware.
 * @pir: a bit for each vector, edge-triggered ones only. Anybody sets them.
 * @control: the next four in one, for atomic bits.
 * @on: %AXVM_X86_POSTED_ON, %AXVM_X86_POSTED_SN.
 * @vector: for the hardware: the notification's vector.
 * @reserved1: 0.
 * @destination: for the hardware: the APIC id of the CPU to notify.
 * @reserved: 0.
 *
 * It begins a page of its own: Bochs 3.0 wants the descriptor aligned so.
 */
struct axvm_x86_posted {
	unsigned long pir[4];
	union {
		unsigned long control;
		struct {
			u16 on;
			u8 vector;
			u8 reserved1;
			u32 destination;
		};
	};
	u64 reserved[3];
};

/* Bit numbers in &struct axvm_x86_posted.control. */
/** define AXVM_X86_POSTED_ON - Something is in @pir, and was announced. */
#define AXVM_X86_POSTED_ON	0
/** define AXVM_X86_POSTED_SN - The hardware is not to be notified. */
#define AXVM_X86_POSTED_SN	1

/**
 * struct axvm_x86_apic - The local APIC. The taker's, but for what says otherwise.
 * @regs: its page of registers, each at its offset (SDM volume 3, "Local APIC Register
 *	Address Map"): the virtual-APIC page where the hardware has one. Others read LDR,
 *	DFR, SVR, TPR and the LVT in it.
 * @posted: what others have sent. Anybody.
 * @base: IA32_APIC_BASE. Read by anybody.
 * @hardware: the hardware does virtual-interrupt delivery for this vCPU now. Written by the
 *	backend, with axvm_x86_apic_set_hardware(); read by anybody.
 * @irr_words: which of the eight words of IRR are not zero, a bit each; without @hardware.
 * @isr_words: likewise of ISR.
 * @lint_irr: "remote IRR" of LINT0 and LINT1, a bit each: their level interrupt is not
 *	ended. Anybody, atomic.
 * @level_on: something is in @level. Anybody.
 * @level: level-triggered interrupts that others have sent: with them TMR is set. Anybody,
 *	atomic.
 * @errors: bits for the error status register that are not in it yet. Anybody, atomic.
 * @xapic_ldr: the logical destination register of xAPIC mode; that of x2APIC mode is made of
 *	the id.
 * @timer: fires the LVT timer.
 * @timer_mode: as LVT's bits 18:17.
 * @timer_shift: the divide configuration, as a power of two.
 * @timer_held: it was stopped for the registers to be read; %AXVM_REQUEST_X86_TIMER goes on.
 * @expires: when the count reaches zero, on the monotonic clock; KTIME_MAX if it does not
 *	run. The taker's and the timer's.
 * @deadline: IA32_TSC_DEADLINE; 0 for none. The taker's and the timer's.
 * @deadline_by_backend: the backend ends the guest's run at @deadline_tsc: @timer is not used
 *	for deadlines. Constant after &struct axvm_x86_backend.vcpu_init.
 * @deadline_tsc: the host's TSC when @deadline comes, or a bit before; all ones for none.
 */
struct axvm_x86_apic {
	void *regs;
	struct axvm_x86_posted *posted;
	u64 base;
	bool hardware;
	u8 irr_words;
	u8 isr_words;
	unsigned long lint_irr;
	unsigned long level_on;
	unsigned long level[4];
	unsigned long errors;
	u32 xapic_ldr;
	u8 timer_mode;
	u8 timer_shift;
	bool timer_held;
	bool deadline_by_backend;
	struct hrtimer timer;
	ktime_t expires;
	u64 deadline;
	u64 deadline_tsc;
};

#endif /* _AXVM_X86_APIC_H */
