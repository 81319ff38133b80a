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

/** define AXVM_X86_APIC_HZ - Frequency of the APIC timer's input, before its divider. */
#define AXVM_X86_APIC_HZ_VALUE	1000000000ULL

/**
 * struct axvm_x86_posted - Interrupts that others have sent to a vCPU and that it has
 *	not taken in yet: the posted-interrupt descriptor of VMX (SDM volume 3,
 *	"Posted-Interrupt Processing"), also used as such without the hardware.
 * @pir: a bit for each vector. Anybody sets them.
 * @on: bit 0: something is in @pir and was announced. Bit 1: do not announce.
 * @notification: for the hardware: vector in bits 7:0 of the second byte on, destination; see
 *	the SDM.
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

/**
 * struct axvm_x86_apic - The local APIC.
 * @regs: its page of registers, each at its offset (SDM volume 3, "Local APIC Register
 *	Address Map"): the virtual-APIC page where the hardware has one. IRR, ISR and TMR
 *	in it are the taker's; others set bits in @posted.
 * @posted: what others have sent. Anybody.
 * @base: IA32_APIC_BASE. The taker's; read by anybody.
 * @level: vectors that were sent as level-triggered; becomes TMR with IRR. Anybody, atomic.
 * @timer: fires the LVT timer.
 * @period: nanoseconds of a periodic timer. The taker's and the timer's.
 * @deadline: IA32_TSC_DEADLINE; 0 for none.
 * @expires: when @timer is to fire, on the monotonic clock; for the current-count register.
 * @eoi_vector: the level-triggered vector whose end the VMM is to be told of, plus one; 0
 *	for none.
 * @hardware: the hardware does virtual-interrupt delivery for this vCPU now.
 */
struct axvm_x86_apic {
	void *regs;
	struct axvm_x86_posted *posted;
	u64 base;
	unsigned long level[4];
	struct hrtimer timer;
	u64 period;
	u64 deadline;
	ktime_t expires;
	u32 eoi_vector;
	bool hardware;
};

#endif /* _AXVM_X86_APIC_H */
