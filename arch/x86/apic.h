/* SPDX-License-Identifier: GPL-2.0 */
/* The local APIC: what its own files share. */
#ifndef _AXVM_X86_LAPIC_H
#define _AXVM_X86_LAPIC_H

#include <linux/bitops.h>
#include <asm/apicdef.h>

#include "axvm_x86_arch.h"

/** define LAPIC_REGS - How many registers the page has, 16 bytes each. */
#define LAPIC_REGS		64
/** define LAPIC_FIRST_VECTOR - Lower ones are illegal in an interrupt message. */
#define LAPIC_FIRST_VECTOR	16
/** define LAPIC_VECTOR_WORDS - Words of 32 vectors in IRR, ISR and TMR. */
#define LAPIC_VECTOR_WORDS	8
/** define LAPIC_ALL_WORDS - None of them known to be zero. */
#define LAPIC_ALL_WORDS		0xff

/*
 * A discrete APIC's successor, six LVT entries (the highest is number 5), and no
 * suppression of EOI broadcasts: whoever has the I/O APIC, in the VMM, hears of the end
 * of a level-triggered interrupt from here.
 */
#define LAPIC_VERSION		(5U << 16 | 0x14)

/** define LAPIC_DFR_MODEL - Bits of DFR that there are: flat if all are set, cluster if none. */
#define LAPIC_DFR_MODEL		0xf0000000U

/* Bits of the error status register, by number. */
#define LAPIC_ERROR_SENT_VECTOR		5
#define LAPIC_ERROR_RECEIVED_VECTOR	6
#define LAPIC_ERROR_REGISTER		7

/* Delivery modes: bits 10:8 of ICR, LVT and of a message's data. */
enum lapic_mode {
	LAPIC_FIXED	= 0,
	LAPIC_LOWEST	= 1,
	LAPIC_SMI	= 2,
	LAPIC_NMI	= 4,
	LAPIC_INIT	= 5,
	LAPIC_STARTUP	= 6,
	LAPIC_EXTINT	= 7,
};

/* &struct axvm_x86_apic.timer_mode */
enum lapic_timer_mode {
	LAPIC_ONE_SHOT	= 0,
	LAPIC_PERIODIC	= 1,
	LAPIC_DEADLINE	= 2,
};

/**
 * struct lapic_message - An interrupt on its way to one APIC or several.
 * @destination: who: an id, or by @logical what they compare with their LDR.
 * @vector: which, or of a start-up IPI, where.
 * @mode: enum lapic_mode.
 * @level: level-triggered.
 * @logical: see @destination.
 * @all: everybody, whatever @destination is.
 * @others: but the sender.
 * @lowest: to one of them, the one with the lowest priority.
 */
struct lapic_message {
	u32 destination;
	u8 vector;
	u8 mode;
	bool level;
	bool logical;
	bool all;
	bool others;
	bool lowest;
};

static inline u32 lapic_reg(const struct axvm_vcpu *vcpu, u32 offset)
{
	return READ_ONCE(*(const u32 *)(vcpu->arch.apic.regs + offset));
}

static inline void lapic_set_reg(struct axvm_vcpu *vcpu, u32 offset, u32 value)
{
	WRITE_ONCE(*(u32 *)(vcpu->arch.apic.regs + offset), value);
}

/** lapic_word() - The word of IRR, ISR or TMR (by its @base) that has a vector's bit. */
static inline u32 *lapic_word(const struct axvm_vcpu *vcpu, u32 base, unsigned int vector)
{
	return vcpu->arch.apic.regs + base + (vector >> 5) * 16;
}

/** lapic_software_enabled() - Does it take interrupts, and not only NMI, INIT and SIPI? */
static inline bool lapic_software_enabled(const struct axvm_vcpu *vcpu)
{
	return lapic_reg(vcpu, APIC_SPIV) & APIC_SPIV_APIC_ENABLED;
}

static inline u32 lapic_lvt_mode(u32 lvt)
{
	return (lvt >> 8) & 7;
}

/* ---- apic.c ---- */

/** lapic_raise() - A legal vector for the vCPU whose thread this is. */
void lapic_raise(struct axvm_vcpu *vcpu, unsigned int vector);
/** lapic_post() - A legal vector for any vCPU, edge-triggered. Any context. */
void lapic_post(struct axvm_vcpu *vcpu, unsigned int vector);
/** lapic_post_level() - The same, level-triggered. */
void lapic_post_level(struct axvm_vcpu *vcpu, unsigned int vector);
/**
 * lapic_error() - Something is to be in the error status register.
 * @own: this is the vCPU's thread.
 */
void lapic_error(struct axvm_vcpu *vcpu, unsigned int bit, bool own);
/** lapic_local() - A source in the local vector table has an interrupt, as its LVT says. */
void lapic_local(struct axvm_vcpu *vcpu, u32 lvt, bool own);
/** lapic_ppr() - The processor priority. */
u32 lapic_ppr(const struct axvm_vcpu *vcpu);
/** lapic_eoi() - The guest ends the highest interrupt in service. */
enum axvm_next lapic_eoi(struct axvm_vcpu *vcpu);
/** lapic_look_at_lines() - LINT's LVT was written: an input may be high already. */
void lapic_look_at_lines(struct axvm_vcpu *vcpu);
/** lapic_set_base() - IA32_APIC_BASE, checked: the mode follows. */
void lapic_set_base(struct axvm_vcpu *vcpu, u64 base);
/** lapic_count_words() - Find @irr_words and @isr_words out. */
void lapic_count_words(struct axvm_vcpu *vcpu);
/** lapic_identify() - ID and LDR as the mode has them. */
void lapic_identify(struct axvm_vcpu *vcpu);

/* ---- apic_access.c ---- */

/** lapic_valid_bits() - Which bits of a register can be written. 0: it has none. */
u32 lapic_valid_bits(const struct axvm_vcpu *vcpu, unsigned int index);
/** lapic_read() - What the guest reads. @index: below %LAPIC_REGS. */
u32 lapic_read(const struct axvm_vcpu *vcpu, unsigned int index);

/* ---- apic_ipi.c ---- */

/** lapic_icr() - The guest writes ICR; @icr as in x2APIC mode. */
enum axvm_next lapic_icr(struct axvm_vcpu *vcpu, u64 icr);
/** lapic_self_ipi() - The guest sends itself an interrupt. */
enum axvm_next lapic_self_ipi(struct axvm_vcpu *vcpu, u8 vector);
/**
 * lapic_send() - Send a message.
 * @self: the sender, whose thread this is, or NULL for a device.
 *
 * Return: how many have taken it.
 */
unsigned int lapic_send(struct axvm_vm *vm, struct axvm_vcpu *self,
			const struct lapic_message *message);

/* ---- apic_init.c ---- */

/** lapic_send_init() - An INIT for a vCPU. Any context. */
void lapic_send_init(struct axvm_vcpu *vcpu);
/** lapic_send_startup() - A start-up IPI; lost if the vCPU does not wait for one. Any context. */
void lapic_send_startup(struct axvm_vcpu *vcpu, u8 vector);
/** lapic_waits_for_startup() - Does it, as far as another thread can tell? */
bool lapic_waits_for_startup(struct axvm_vcpu *vcpu);

/* ---- apic_timer.c ---- */

void lapic_timer_init(struct axvm_vcpu *vcpu);
void lapic_timer_destroy(struct axvm_vcpu *vcpu);
/** lapic_timer_reset() - No timer runs, one-shot mode. */
void lapic_timer_reset(struct axvm_vcpu *vcpu);
/** lapic_timer_mode_changed() - LVT's timer entry was written. */
void lapic_timer_mode_changed(struct axvm_vcpu *vcpu);
/** lapic_timer_count_changed() - The initial count was written. */
void lapic_timer_count_changed(struct axvm_vcpu *vcpu);
/** lapic_timer_divider_changed() - The divide configuration was written. */
void lapic_timer_divider_changed(struct axvm_vcpu *vcpu);
/** lapic_timer_count() - The current count. */
u32 lapic_timer_count(const struct axvm_vcpu *vcpu);
/** lapic_timer_get_deadline() - IA32_TSC_DEADLINE as the guest reads it. */
u64 lapic_timer_get_deadline(const struct axvm_vcpu *vcpu);
/** lapic_timer_set_deadline() - The guest writes it. */
void lapic_timer_set_deadline(struct axvm_vcpu *vcpu, u64 deadline);
/** lapic_timer_due() - The vector of a deadline that has come and is the backend's, or -1. */
int lapic_timer_due(const struct axvm_vcpu *vcpu);
/** lapic_timer_hold() - Stop the timer until %AXVM_REQUEST_X86_TIMER is looked at. */
void lapic_timer_hold(struct axvm_vcpu *vcpu);
/** lapic_timer_settle() - The same, if it runs; what it had to post is posted. */
void lapic_timer_settle(struct axvm_vcpu *vcpu);
/** lapic_timer_from_regs() - LVT and divider were written by the VMM: take their fields. */
void lapic_timer_from_regs(struct axvm_vcpu *vcpu);

#endif /* _AXVM_X86_LAPIC_H */
