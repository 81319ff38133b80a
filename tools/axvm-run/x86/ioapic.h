/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An 82093AA I/O APIC
 *
 * What it sends to the local APICs are message-signalled interrupts, in the format that
 * a device would write them in.
 */
#ifndef AXVM_RUN_X86_IOAPIC_H
#define AXVM_RUN_X86_IOAPIC_H

#include <pthread.h>

#include "types.h"

#define IOAPIC_PINS	24

/**
 * struct ioapic - State of an I/O APIC.
 * @lock: protects all that follows, but for @send and @opaque.
 * @send: send a message; false if no CPU takes it. Called with the lock held. Constant.
 * @opaque: for @send; constant.
 * @id: bits 27:24 of the identification register.
 * @select: which register the window shows.
 * @lines: levels of the pins, a bit each.
 * @entries: the redirection table.
 */
struct ioapic {
	pthread_mutex_t lock;
	bool (*send)(void *opaque, u64 address, u32 data);
	void *opaque;
	u32 id;
	u8 select;
	u32 lines;
	u64 entries[IOAPIC_PINS];
};

void ioapic_init(struct ioapic *ioapic, bool (*send)(void *opaque, u64 address, u32 data),
		 void *opaque);
void ioapic_destroy(struct ioapic *ioapic);

/* Set the level of a pin; any thread may. */
void ioapic_set_irq(struct ioapic *ioapic, unsigned int pin, bool level);

/* A CPU has ended the level-triggered interrupt with this vector. */
void ioapic_end(struct ioapic *ioapic, u8 vector);

/* The guest's accesses to the page of its registers. */
u32 ioapic_read(struct ioapic *ioapic, u64 offset);
void ioapic_write(struct ioapic *ioapic, u64 offset, u32 value);

#endif /* AXVM_RUN_X86_IOAPIC_H */
