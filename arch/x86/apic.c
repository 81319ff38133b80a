// SPDX-License-Identifier: GPL-2.0
/*
 * The local APIC: interrupts on their way to the CPU, and their end
 *
 * Only the vCPU's own thread (the taker) touches IRR, ISR and TMR. Who else has an
 * interrupt for it leaves it in struct axvm_x86_posted, and announces it:
 *
 *	sender					the vCPU's thread
 *	------					-----------------
 *	set_bit(vector, pir)			takes AXVM_REQUEST_IRQ: attention |= IRQ
 *	test_and_set_bit(ON)			clear_bit(ON)
 *	it was set? then that is all		smp_mb__after_atomic()
 *	axvm_vcpu_request(IRQ)			xchg(pir, 0), into IRR
 *
 * A sender that finds ON clear announces its vector itself. One that finds it set has its
 * vector in PIR before the thread clears ON, so before that reads PIR: it is taken in with
 * the one that was announced. Between a request that is taken and ON that is cleared the
 * thread has AXVM_X86_ATTENTION_IRQ, and does not enter the guest before it has looked. So there
 * is one request for all that comes until the vCPU looks, and axvm_vcpu_request() sends an
 * interrupt only to a vCPU in the guest. A blocked one looks into PIR, too
 * (axvm_x86_apic_has_work()), whoever took the request.
 *
 * Level-triggered interrupts have bits of their own, and @level_on in the place of ON: the
 * hardware that takes PIR in without an exit would not set TMR, without which the end
 * of the interrupt is not told to the VMM.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "apic.h"

/**
 * struct pages - What lasts as long as anybody may send something.
 * @posted: alone in its page but for what no hardware looks at.
 * @regs: the page of registers.
 * @rcu: frees both.
 */
struct pages {
	struct axvm_x86_posted posted;
	void *regs;
	struct rcu_head rcu;
};

static_assert(sizeof(struct pages) <= PAGE_SIZE);
static_assert(sizeof(struct axvm_x86_posted) == 64);

/* ---- sending ---- */

/*
 * The sender is not to be scheduled out between ON and the request, on which all other
 * senders rely.
 */
void lapic_post(struct axvm_vcpu *vcpu, unsigned int vector)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	struct axvm_x86_posted *posted = apic->posted;

	preempt_disable();
	set_bit(vector, posted->pir);
	if (!test_and_set_bit(AXVM_X86_POSTED_ON, &posted->control) &&
	    !(READ_ONCE(apic->hardware) && axvm_x86_backend->notify(vcpu)))
		axvm_vcpu_request(vcpu, AXVM_REQUEST_IRQ);
	preempt_enable();
}

void lapic_post_level(struct axvm_vcpu *vcpu, unsigned int vector)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;

	preempt_disable();
	set_bit(vector, apic->level);
	if (!test_and_set_bit(0, &apic->level_on))
		axvm_vcpu_request(vcpu, AXVM_REQUEST_IRQ);
	preempt_enable();
}

void lapic_raise(struct axvm_vcpu *vcpu, unsigned int vector)
{
	u32 bit = BIT(vector & 31);

	*lapic_word(vcpu, APIC_IRR, vector) |= bit;
	*lapic_word(vcpu, APIC_TMR, vector) &= ~bit;
	vcpu->arch.apic.irr_words |= BIT(vector >> 5);
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
}

static void raise_or_post(struct axvm_vcpu *vcpu, unsigned int vector, bool own)
{
	if (own)
		lapic_raise(vcpu, vector);
	else
		lapic_post(vcpu, vector);
}

void lapic_error(struct axvm_vcpu *vcpu, unsigned int bit, bool own)
{
	u32 lvt = lapic_reg(vcpu, APIC_LVTERR);
	u8 vector = lvt;

	set_bit(bit, &vcpu->arch.apic.errors);
	/* An error that the error's own vector is makes no further interrupt. */
	if (lvt & APIC_LVT_MASKED)
		return;
	if (vector < LAPIC_FIRST_VECTOR)
		set_bit(LAPIC_ERROR_RECEIVED_VECTOR, &vcpu->arch.apic.errors);
	else
		raise_or_post(vcpu, vector, own);
}

void lapic_local(struct axvm_vcpu *vcpu, u32 lvt, bool own)
{
	u8 vector = lvt;

	if (lvt & APIC_LVT_MASKED)
		return;
	if (vector < LAPIC_FIRST_VECTOR)
		lapic_error(vcpu, LAPIC_ERROR_RECEIVED_VECTOR, own);
	else
		raise_or_post(vcpu, vector, own);
}

/* ---- taking in ---- */

static bool has_posted(const struct axvm_x86_apic *apic)
{
	return test_bit(AXVM_X86_POSTED_ON, &apic->posted->control) ||
	       test_bit(0, &apic->level_on);
}

static void merge_word(struct axvm_vcpu *vcpu, unsigned int word, u32 bits, bool level)
{
	u32 *tmr = lapic_word(vcpu, APIC_TMR, word * 32);

	if (!bits)
		return;
	*lapic_word(vcpu, APIC_IRR, word * 32) |= bits;
	*tmr = level ? *tmr | bits : *tmr & ~bits;
	vcpu->arch.apic.irr_words |= BIT(word);
}

/* One that came while the APIC was being switched off is lost. */
static void merge(struct axvm_vcpu *vcpu, unsigned long *from, bool level)
{
	unsigned int i;
	u64 bits;

	for (i = 0; i < LAPIC_VECTOR_WORDS / 2; i++) {
		if (!READ_ONCE(from[i]))
			continue;
		bits = xchg(&from[i], 0);
		if (!axvm_x86_apic_enabled(vcpu))
			continue;
		merge_word(vcpu, i * 2, bits, level);
		merge_word(vcpu, i * 2 + 1, bits >> 32, level);
	}
}

void axvm_x86_apic_take_posted(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;

	clear_bit(AXVM_X86_POSTED_ON, &apic->posted->control);
	/* What comes from here on is announced anew: see the top. */
	smp_mb__after_atomic();
	merge(vcpu, apic->posted->pir, false);
	if (likely(!test_bit(0, &apic->level_on)))
		return;
	clear_bit(0, &apic->level_on);
	/* As above. */
	smp_mb__after_atomic();
	merge(vcpu, apic->level, true);
}

/* ---- priority ---- */

static int highest(const struct axvm_vcpu *vcpu, u32 base, unsigned long words)
{
	unsigned int word;
	u32 bits;

	while (words) {
		word = __fls(words);
		bits = READ_ONCE(*lapic_word(vcpu, base, word * 32));
		if (likely(bits))
			return word * 32 + __fls(bits);
		words &= ~BIT(word);
	}
	return -1;
}

/* The hardware does not keep the summaries. */
int axvm_x86_apic_highest_irr(const struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_apic *apic = &vcpu->arch.apic;

	return highest(vcpu, APIC_IRR, apic->hardware ? LAPIC_ALL_WORDS : apic->irr_words);
}

int axvm_x86_apic_highest_isr(const struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_apic *apic = &vcpu->arch.apic;

	return highest(vcpu, APIC_ISR, apic->hardware ? LAPIC_ALL_WORDS : apic->isr_words);
}

static int highest_posted(const struct axvm_x86_apic *apic)
{
	unsigned long bits;
	int i;

	for (i = LAPIC_VECTOR_WORDS / 2 - 1; i >= 0; i--) {
		bits = READ_ONCE(apic->posted->pir[i]) | READ_ONCE(apic->level[i]);
		if (bits)
			return i * BITS_PER_LONG + __fls(bits);
	}
	return -1;
}

u32 lapic_ppr(const struct axvm_vcpu *vcpu)
{
	u32 tpr = lapic_reg(vcpu, APIC_TASKPRI);
	int isr = axvm_x86_apic_highest_isr(vcpu);
	u32 class = isr < 0 ? 0 : isr & 0xf0;

	return (tpr & 0xf0) >= class ? tpr : class;
}

static bool is_above(const struct axvm_vcpu *vcpu, int vector)
{
	return vector >= 0 && (vector & 0xf0) > (lapic_ppr(vcpu) & 0xf0);
}

void axvm_x86_apic_sync_ppr(struct axvm_vcpu *vcpu)
{
	lapic_set_reg(vcpu, APIC_PROCPRI, lapic_ppr(vcpu));
}

int axvm_x86_apic_pending(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	int vector;

	if (has_posted(apic))
		axvm_x86_apic_take_posted(vcpu);
	if (unlikely(lapic_timer_due(vcpu) >= 0))
		axvm_x86_apic_timer_fired(vcpu);
	vector = highest(vcpu, APIC_IRR, apic->irr_words);
	return is_above(vcpu, vector) ? vector : -1;
}

bool axvm_x86_apic_has_work(const struct axvm_vcpu *vcpu)
{
	int vector = max(axvm_x86_apic_highest_irr(vcpu), highest_posted(&vcpu->arch.apic));

	return is_above(vcpu, max(vector, lapic_timer_due(vcpu))) || axvm_x86_apic_extint(vcpu);
}

void axvm_x86_apic_accept(struct axvm_vcpu *vcpu, unsigned int vector)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	u32 *irr = lapic_word(vcpu, APIC_IRR, vector);

	*irr &= ~BIT(vector & 31);
	if (!*irr)
		apic->irr_words &= ~BIT(vector >> 5);
	*lapic_word(vcpu, APIC_ISR, vector) |= BIT(vector & 31);
	apic->isr_words |= BIT(vector >> 5);
}

bool axvm_x86_apic_is_level(const struct axvm_vcpu *vcpu, unsigned int vector)
{
	return *lapic_word(vcpu, APIC_TMR, vector) & BIT(vector & 31);
}

u64 axvm_x86_apic_get_cr8(struct axvm_vcpu *vcpu)
{
	return lapic_reg(vcpu, APIC_TASKPRI) >> 4;
}

void axvm_x86_apic_set_cr8(struct axvm_vcpu *vcpu, u64 cr8)
{
	lapic_set_reg(vcpu, APIC_TASKPRI, (cr8 & 0xf) << 4);
	if (vcpu->arch.apic.irr_words)
		vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
}

/* ---- the end ---- */

enum axvm_next axvm_x86_apic_eoi(struct axvm_vcpu *vcpu, unsigned int vector)
{
	unsigned int lint;

	for (lint = 0; lint < 2; lint++)
		if ((u8)lapic_reg(vcpu, APIC_LVT0 + lint * 16) == vector)
			clear_bit(lint, &vcpu->arch.apic.lint_irr);
	lapic_look_at_lines(vcpu);
	axvm_exit_prepare(vcpu, AXVM_EXIT_INTERRUPT_END, 0);
	vcpu->exit->interrupt.vector = vector;
	return AXVM_NEXT_EXIT;
}

enum axvm_next lapic_eoi(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	int vector = axvm_x86_apic_highest_isr(vcpu);
	u32 *isr;

	if (unlikely(vector < 0))
		return AXVM_NEXT_ENTER;
	isr = lapic_word(vcpu, APIC_ISR, vector);
	*isr &= ~BIT(vector & 31);
	if (!*isr)
		apic->isr_words &= ~BIT(vector >> 5);
	/* One that had to wait for this. */
	if (apic->irr_words)
		vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
	if (unlikely(axvm_x86_apic_is_level(vcpu, vector)))
		return axvm_x86_apic_eoi(vcpu, vector);
	return AXVM_NEXT_ENTER;
}

/* ---- LINT0 and LINT1 ---- */

/* Of a level interrupt another comes only after its end. */
static void send_level(struct axvm_vcpu *vcpu, unsigned int lint, u8 vector)
{
	if (test_and_set_bit(lint, &vcpu->arch.apic.lint_irr))
		return;
	if (vector < LAPIC_FIRST_VECTOR)
		lapic_error(vcpu, LAPIC_ERROR_RECEIVED_VECTOR, false);
	else
		lapic_post_level(vcpu, vector);
}

/* Without the APIC its two inputs are the CPU's INTR and NMI. */
static void rise_without_apic(struct axvm_vcpu *vcpu, unsigned int lint)
{
	if (lint)
		axvm_x86_raise_nmi(vcpu);
	else
		axvm_vcpu_request(vcpu, AXVM_REQUEST_IRQ);
}

static void rise(struct axvm_vcpu *vcpu, unsigned int lint)
{
	u32 lvt = lapic_reg(vcpu, APIC_LVT0 + lint * 16);

	if (lvt & APIC_LVT_MASKED)
		return;
	switch (lapic_lvt_mode(lvt)) {
	case LAPIC_FIXED:
		if (lvt & APIC_LVT_LEVEL_TRIGGER)
			send_level(vcpu, lint, lvt);
		else
			lapic_local(vcpu, lvt, false);
		break;
	case LAPIC_NMI:
		axvm_x86_raise_nmi(vcpu);
		break;
	case LAPIC_INIT:
		lapic_send_init(vcpu);
		break;
	case LAPIC_EXTINT:
		axvm_vcpu_request(vcpu, AXVM_REQUEST_IRQ);
		break;
	}
}

void axvm_x86_apic_set_line(struct axvm_vcpu *vcpu, unsigned int lint, bool level)
{
	/* A level is looked at when it counts: nothing begins with its end. */
	if (!level)
		return;
	if (axvm_x86_apic_enabled(vcpu))
		rise(vcpu, lint);
	else
		rise_without_apic(vcpu, lint);
}

/* What a level that is high already means now; an edge is over. The vCPU's thread. */
void lapic_look_at_lines(struct axvm_vcpu *vcpu)
{
	unsigned long lines = READ_ONCE(vcpu->arch.lines);
	unsigned int lint;
	u32 lvt;

	for (lint = 0; lint < 2; lint++) {
		lvt = lapic_reg(vcpu, APIC_LVT0 + lint * 16);
		if ((lines & BIT(AXVM_X86_IRQ_LINT0 + lint)) && !(lvt & APIC_LVT_MASKED) &&
		    lapic_lvt_mode(lvt) == LAPIC_FIXED && (lvt & APIC_LVT_LEVEL_TRIGGER))
			send_level(vcpu, lint, lvt);
	}
	/* Also for ExtINT, and for what was posted: no request ends a run that goes on at once. */
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
}

bool axvm_x86_apic_extint(const struct axvm_vcpu *vcpu)
{
	u32 lvt;

	if (likely(!(READ_ONCE(vcpu->arch.lines) & BIT(AXVM_X86_IRQ_LINT0))))
		return false;
	if (!axvm_x86_apic_enabled(vcpu))
		return true;
	lvt = lapic_reg(vcpu, APIC_LVT0);
	return !(lvt & APIC_LVT_MASKED) && lapic_lvt_mode(lvt) == LAPIC_EXTINT;
}

/* ---- modes, reset, life ---- */

/* In x2APIC mode the logical id is made of the other: clusters of 16. */
void lapic_identify(struct axvm_vcpu *vcpu)
{
	u32 id = vcpu->id;

	if (axvm_x86_apic_x2apic(vcpu)) {
		lapic_set_reg(vcpu, APIC_ID, id);
		lapic_set_reg(vcpu, APIC_LDR, (id >> 4) << 16 | BIT(id & 0xf));
	} else {
		lapic_set_reg(vcpu, APIC_ID, id << 24);
		lapic_set_reg(vcpu, APIC_LDR, vcpu->arch.apic.xapic_ldr);
	}
}

void lapic_count_words(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	unsigned int word;

	apic->irr_words = 0;
	apic->isr_words = 0;
	for (word = 0; word < LAPIC_VECTOR_WORDS; word++) {
		if (*lapic_word(vcpu, APIC_IRR, word * 32))
			apic->irr_words |= BIT(word);
		if (*lapic_word(vcpu, APIC_ISR, word * 32))
			apic->isr_words |= BIT(word);
	}
}

void axvm_x86_apic_set_hardware(struct axvm_vcpu *vcpu, bool hardware)
{
	WRITE_ONCE(vcpu->arch.apic.hardware, hardware);
	lapic_count_words(vcpu);
	/* What was on its way to the other kind of delivery. */
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
}

/* Registers as after a reset. Those that others read never show anything in between. */
static void reset_regs(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	u32 offset;

	lapic_set_reg(vcpu, APIC_SPIV, 0xff);
	for (offset = APIC_LVTT; offset <= APIC_LVTERR; offset += 16)
		lapic_set_reg(vcpu, offset, APIC_LVT_MASKED);
	lapic_timer_reset(vcpu);
	for (offset = APIC_ISR; offset < APIC_ESR; offset += 16)
		lapic_set_reg(vcpu, offset, 0);
	memset(apic->posted->pir, 0, sizeof(apic->posted->pir));
	memset(apic->level, 0, sizeof(apic->level));
	apic->irr_words = 0;
	apic->isr_words = 0;
	apic->lint_irr = 0;
	apic->errors = 0;
	apic->xapic_ldr = 0;
	lapic_set_reg(vcpu, APIC_LVR, LAPIC_VERSION);
	lapic_set_reg(vcpu, APIC_TASKPRI, 0);
	lapic_set_reg(vcpu, APIC_PROCPRI, 0);
	lapic_set_reg(vcpu, APIC_DFR, APIC_DFR_FLAT);
	lapic_set_reg(vcpu, APIC_ESR, 0);
	lapic_set_reg(vcpu, APIC_ICR, 0);
	lapic_set_reg(vcpu, APIC_ICR + 4, 0);
	lapic_set_reg(vcpu, APIC_ICR2, 0);
	lapic_identify(vcpu);
}

static bool is_xapic(u64 base)
{
	return (base & (MSR_IA32_APICBASE_ENABLE | X2APIC_ENABLE)) == MSR_IA32_APICBASE_ENABLE;
}

static u64 reset_base(const struct axvm_vcpu *vcpu)
{
	return APIC_DEFAULT_PHYS_BASE | MSR_IA32_APICBASE_ENABLE |
	       (vcpu->id ? 0 : MSR_IA32_APICBASE_BSP);
}

static void write_base(struct axvm_vcpu *vcpu, u64 base)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	int was = is_xapic(apic->base);

	WRITE_ONCE(apic->base, base);
	atomic_add(is_xapic(base) - was, &vcpu->vm->arch.apic_xapic);
}

/* Switched off, it forgets everything. */
void lapic_set_base(struct axvm_vcpu *vcpu, u64 base)
{
	bool ends = axvm_x86_apic_enabled(vcpu) && !(base & MSR_IA32_APICBASE_ENABLE);

	write_base(vcpu, base);
	if (ends)
		reset_regs(vcpu);
	lapic_identify(vcpu);
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
	axvm_x86_backend->apic_mode(vcpu);
}

/* INIT leaves it in the mode that it is in. */
void axvm_x86_apic_reset(struct axvm_vcpu *vcpu, bool init)
{
	if (!init)
		write_base(vcpu, reset_base(vcpu));
	reset_regs(vcpu);
	axvm_x86_backend->apic_mode(vcpu);
}

void axvm_x86_apic_settle(struct axvm_vcpu *vcpu)
{
	lapic_timer_settle(vcpu);
	axvm_x86_apic_take_posted(vcpu);
	if (vcpu->arch.apic.irr_words)
		vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
}

int axvm_x86_apic_init(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	struct pages *pages = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);

	if (!pages)
		return -ENOMEM;
	pages->regs = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!pages->regs) {
		free_page((unsigned long)pages);
		return -ENOMEM;
	}
	apic->regs = pages->regs;
	apic->posted = &pages->posted;
	lapic_timer_init(vcpu);
	write_base(vcpu, reset_base(vcpu));
	reset_regs(vcpu);
	return 0;
}

static void free_pages_rcu(struct rcu_head *rcu)
{
	struct pages *pages = container_of(rcu, struct pages, rcu);

	free_page((unsigned long)pages->regs);
	free_page((unsigned long)pages);
}

/* In a page of its own, since the vCPU may be freed before it. */
void axvm_x86_apic_destroy(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_apic *apic = &vcpu->arch.apic;
	struct pages *pages = container_of(apic->posted, struct pages, posted);

	lapic_timer_destroy(vcpu);
	write_base(vcpu, 0);
	call_rcu(&pages->rcu, free_pages_rcu);
}
