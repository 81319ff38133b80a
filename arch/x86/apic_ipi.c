// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt messages: who they are for, and the interrupt command register that sends them
 *
 * A message to one physical id, or to a cluster of x2APIC, looks at those vCPUs only.
 * Others pass over all vCPUs of the VM, which compare what is in their registers, as the
 * APICs on a bus do.
 */
#include <linux/rcupdate.h>
#include <linux/xarray.h>

#include "apic.h"

/* ICR's bits 19:18. */
#define SHORTHAND		GENMASK(19, 18)
#define NO_SHORTHAND		0

/* ---- destinations ---- */

static bool matches_logical(const struct axvm_vcpu *target, u32 destination)
{
	u32 id = target->id, ldr;

	if (axvm_x86_apic_x2apic(target))
		return id >> 4 == destination >> 16 && (destination & BIT(id & 0xf));
	if (destination > 0xff)
		return false;
	ldr = lapic_reg(target, APIC_LDR) >> 24;
	if (lapic_reg(target, APIC_DFR) >> 28 == 0xf)
		return ldr & destination;
	return ldr >> 4 == destination >> 4 && (ldr & destination & 0xf);
}

static bool matches(const struct axvm_vcpu *target, const struct axvm_vcpu *self,
		    const struct lapic_message *message)
{
	if (!axvm_x86_apic_enabled(target) || (message->others && target == self))
		return false;
	if (message->all)
		return true;
	if (message->logical)
		return matches_logical(target, message->destination);
	return target->id == message->destination;
}

/*
 * The ids to look at. The logical destination of a message that is too wide for xAPIC
 * mode is one of x2APIC's.
 */
static void range(const struct lapic_message *message, unsigned long *first, unsigned long *last)
{
	*first = 0;
	*last = AXVM_MAX_VCPU_ID - 1;
	if (message->all)
		return;
	if (!message->logical) {
		*first = message->destination;
		*last = *first;
	} else if (message->destination > 0xff) {
		*first = message->destination >> 16 << 4;
		*last = *first + 0xf;
	}
}

/* The first one from *@id to @last; *@id is then its id. Under RCU. */
static struct axvm_vcpu *find_target(struct axvm_vm *vm, const struct axvm_vcpu *self,
				     const struct lapic_message *message, unsigned long *id,
				     unsigned long last)
{
	struct axvm_vcpu *target;
	unsigned long from = *id;

	xa_for_each_range(&vm->vcpus, *id, target, from, last)
		if (matches(target, self, message))
			return target;
	return NULL;
}

/* ---- delivery ---- */

static bool deliver_vector(struct axvm_vcpu *target, struct axvm_vcpu *self,
			   const struct lapic_message *message)
{
	bool own = target == self;

	if (!lapic_software_enabled(target))
		return false;
	if (unlikely(message->vector < LAPIC_FIRST_VECTOR))
		lapic_error(target, LAPIC_ERROR_RECEIVED_VECTOR, own);
	else if (message->level)
		lapic_post_level(target, message->vector);
	else if (own)
		lapic_raise(target, message->vector);
	else
		lapic_post(target, message->vector);
	return true;
}

/* There is no system management mode, and ExtINT comes by LINT0 only. */
static bool deliver(struct axvm_vcpu *target, struct axvm_vcpu *self,
		    const struct lapic_message *message)
{
	switch (message->mode) {
	case LAPIC_FIXED:
	case LAPIC_LOWEST:
		return deliver_vector(target, self, message);
	case LAPIC_NMI:
		axvm_x86_raise_nmi(target);
		return true;
	case LAPIC_INIT:
		lapic_send_init(target);
		return true;
	case LAPIC_STARTUP:
		lapic_send_startup(target, message->vector);
		return true;
	default:
		return false;
	}
}

static u32 task_priority(const struct axvm_vcpu *target)
{
	return lapic_reg(target, APIC_TASKPRI) >> 4;
}

/*
 * Of those with the lowest priority the vector chooses one: as long as priorities are
 * equal it goes to the same each time, whose caches know what it needs.
 */
static struct axvm_vcpu *lowest(struct axvm_vm *vm, const struct axvm_vcpu *self,
				const struct lapic_message *message)
{
	struct axvm_vcpu *target, *chosen = NULL;
	unsigned long id, first, last;
	u32 priority = 0x10, count = 0;

	range(message, &first, &last);
	id = first;
	for (; (target = find_target(vm, self, message, &id, last)); id++) {
		if (!lapic_software_enabled(target) || task_priority(target) > priority)
			continue;
		count = task_priority(target) < priority ? 1 : count + 1;
		priority = min(priority, task_priority(target));
	}
	if (!count)
		return NULL;
	count = message->vector % count + 1;
	id = first;
	for (; (target = find_target(vm, self, message, &id, last)); id++) {
		if (!lapic_software_enabled(target) || task_priority(target) > priority)
			continue;
		/* Priorities change meanwhile: one that was there is good enough. */
		chosen = target;
		if (!--count)
			break;
	}
	return chosen;
}

static unsigned int send_to_matching(struct axvm_vm *vm, struct axvm_vcpu *self,
				     const struct lapic_message *message)
{
	struct axvm_vcpu *target;
	unsigned long id, last;
	unsigned int count = 0;

	range(message, &id, &last);
	if (id == last) {
		target = axvm_vm_vcpu(vm, id);
		return target && matches(target, self, message) && deliver(target, self, message);
	}
	for (; (target = find_target(vm, self, message, &id, last)); id++)
		count += deliver(target, self, message);
	return count;
}

unsigned int lapic_send(struct axvm_vm *vm, struct axvm_vcpu *self,
			const struct lapic_message *message)
{
	struct axvm_vcpu *target;
	unsigned int count = 0;

	rcu_read_lock();
	if (!message->lowest) {
		count = send_to_matching(vm, self, message);
	} else {
		target = lowest(vm, self, message);
		if (target)
			count = deliver(target, self, message);
	}
	rcu_read_unlock();
	return count;
}

/* ---- telling the VMM ---- */

/**
 * struct target_set - Who a message is for, as far as an exit can say it.
 * @base: the lowest id.
 * @mask: bits from there on.
 * @count: how many there are.
 * @fits: they all fit into @mask.
 */
struct target_set {
	u64 base;
	u64 mask;
	unsigned int count;
	bool fits;
};

static void add_target(struct target_set *set, u64 id)
{
	if (!set->count++)
		set->base = id;
	if (id - set->base < 64)
		set->mask |= BIT_ULL(id - set->base);
	else
		set->fits = false;
}

static void find_targets(struct axvm_vcpu *vcpu, const struct lapic_message *message,
			 struct target_set *set)
{
	struct axvm_vcpu *target;
	unsigned long id, last;

	*set = (struct target_set){ .fits = true };
	rcu_read_lock();
	if (message->lowest) {
		target = lowest(vcpu->vm, vcpu, message);
		if (target)
			add_target(set, target->id);
	} else {
		range(message, &id, &last);
		for (; (target = find_target(vcpu->vm, vcpu, message, &id, last)); id++)
			add_target(set, target->id);
	}
	rcu_read_unlock();
}

static enum axvm_next tell_ipi(struct axvm_vcpu *vcpu, const struct lapic_message *message,
			       u64 icr)
{
	struct axvm_exit_send_ipi *ipi = &vcpu->exit->send_ipi;
	struct target_set set;

	find_targets(vcpu, message, &set);
	axvm_exit_prepare(vcpu, AXVM_EXIT_SEND_IPI, 0);
	if (message->all && !message->others) {
		ipi->base = ~0ULL;
	} else if (set.fits) {
		ipi->base = set.base;
		ipi->mask = set.mask;
	}
	ipi->vector = message->vector;
	ipi->command = icr;
	return AXVM_NEXT_EXIT;
}

/* One that waits; or several, which only the command can tell. */
static enum axvm_next tell_startup(struct axvm_vcpu *vcpu, const struct lapic_message *message,
				   u64 icr)
{
	struct target_set set;
	struct axvm_vcpu *target;
	bool waits;

	find_targets(vcpu, message, &set);
	rcu_read_lock();
	target = set.count == 1 ? axvm_vm_vcpu(vcpu->vm, set.base) : NULL;
	waits = set.count > 1 || (target && lapic_waits_for_startup(target));
	rcu_read_unlock();
	if (!waits)
		return AXVM_NEXT_ENTER;
	axvm_exit_prepare(vcpu, AXVM_EXIT_CPU_UP, 0);
	vcpu->exit->cpu_up.target = set.count == 1 ? set.base : ~0ULL;
	vcpu->exit->cpu_up.entry = (u64)message->vector << 12;
	vcpu->exit->cpu_up.arg = set.count == 1 ? 0 : icr;
	return AXVM_NEXT_EXIT;
}

static bool is_for_vmm(const struct axvm_vcpu *vcpu, const struct lapic_message *message)
{
	u64 exits = vcpu->vm->exits;

	if (message->mode == LAPIC_STARTUP)
		return exits & AXVM_EXITS_CPU;
	return message->mode != LAPIC_INIT && (exits & AXVM_EXITS_IPI);
}

static noinline enum axvm_next tell(struct axvm_vcpu *vcpu, const struct lapic_message *message,
				    u64 icr)
{
	if (message->mode == LAPIC_STARTUP)
		return tell_startup(vcpu, message, icr);
	return tell_ipi(vcpu, message, icr);
}

/* ---- the interrupt command register ---- */

static enum axvm_next send_ipi(struct axvm_vcpu *vcpu, const struct lapic_message *message,
			       u64 icr)
{
	bool has_vector = message->mode == LAPIC_FIXED || message->mode == LAPIC_LOWEST;

	if (unlikely(has_vector && message->vector < LAPIC_FIRST_VECTOR))
		lapic_error(vcpu, LAPIC_ERROR_SENT_VECTOR, true);
	if (unlikely(vcpu->vm->exits & (AXVM_EXITS_IPI | AXVM_EXITS_CPU)) &&
	    is_for_vmm(vcpu, message))
		return tell(vcpu, message, icr);
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_IPI);
	lapic_send(vcpu->vm, vcpu, message);
	/* An INIT or an NMI to itself counts before the next instruction. */
	return unlikely(READ_ONCE(vcpu->requests)) ? AXVM_NEXT_LOOP : AXVM_NEXT_ENTER;
}

/*
 * Which combinations there are: SDM volume 3, "Valid Combinations for the Pentium 4 and
 * Intel Xeon Processors' Local xAPIC Interrupt Command Register". What is not sent is
 * lost without a trace, as there: ExtINT and the reserved mode, anything but fixed
 * interrupts to itself, SMI since nobody has such a mode; and the INIT that is
 * "de-asserted", which has had no effect since the Pentium 4.
 */
static bool is_valid(u8 mode, u32 shorthand, u32 icr)
{
	switch (mode) {
	case LAPIC_FIXED:
		return true;
	case LAPIC_LOWEST:
	case LAPIC_NMI:
	case LAPIC_STARTUP:
		break;
	case LAPIC_INIT:
		if ((icr & APIC_INT_LEVELTRIG) && !(icr & APIC_INT_ASSERT))
			return false;
		break;
	default:
		return false;
	}
	return shorthand != APIC_DEST_SELF && shorthand != APIC_DEST_ALLINC;
}

static u32 everybody(const struct axvm_vcpu *vcpu)
{
	return axvm_x86_apic_x2apic(vcpu) ? ~0U : 0xff;
}

static struct lapic_message message_of(const struct axvm_vcpu *vcpu, u64 icr)
{
	u32 shorthand = icr & SHORTHAND;
	bool others = shorthand == APIC_DEST_ALLBUT;
	u8 mode = (icr >> 8) & 7;

	return (struct lapic_message){
		.destination = icr >> 32,
		.vector = icr,
		.mode = mode,
		.logical = shorthand == NO_SHORTHAND && (icr & APIC_DEST_LOGICAL),
		.lowest = mode == LAPIC_LOWEST,
		.others = others,
		.all = others || shorthand == APIC_DEST_ALLINC ||
		       (shorthand == NO_SHORTHAND && icr >> 32 == everybody(vcpu)),
	};
}

enum axvm_next lapic_icr(struct axvm_vcpu *vcpu, u64 icr)
{
	u32 shorthand = icr & SHORTHAND;
	struct lapic_message message;

	lapic_set_reg(vcpu, APIC_ICR, icr);
	lapic_set_reg(vcpu, APIC_ICR + 4, icr >> 32);
	if (unlikely(!is_valid((icr >> 8) & 7, shorthand, icr)))
		return AXVM_NEXT_ENTER;
	if (shorthand == APIC_DEST_SELF)
		return lapic_self_ipi(vcpu, icr);
	message = message_of(vcpu, icr);
	return send_ipi(vcpu, &message, icr);
}

enum axvm_next lapic_self_ipi(struct axvm_vcpu *vcpu, u8 vector)
{
	struct lapic_message message = { .destination = vcpu->id, .vector = vector };

	/* What most of them are. */
	if (likely(vector >= LAPIC_FIRST_VECTOR && lapic_software_enabled(vcpu) &&
		   !(vcpu->vm->exits & AXVM_EXITS_IPI))) {
		axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_IPI);
		lapic_raise(vcpu, vector);
		return AXVM_NEXT_ENTER;
	}
	return send_ipi(vcpu, &message, (u64)vcpu->id << 32 | APIC_DEST_SELF | vector);
}
