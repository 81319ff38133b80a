/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two 8259A interrupt controllers, the second at input 2 of the first
 */
#ifndef AXVM_RUN_X86_PIC_H
#define AXVM_RUN_X86_PIC_H

#include <pthread.h>

#include "types.h"

/**
 * struct pic_chip - One of the two, in the words of its data sheet.
 * @slaves: inputs with another chip; constant, whatever ICW3 says.
 * @lines: levels of its inputs.
 * @irr: interrupt request register.
 * @isr: in-service register.
 * @imr: interrupt mask register.
 * @elcr: inputs that are level-triggered: the edge/level register.
 * @vector: vector of input 0.
 * @lowest: the input with the lowest priority.
 * @next_icw: the initialization command word that is expected, 2 to 4, or 0.
 * @ready: it was initialized, and interrupts.
 * @wants_icw3: the first word announced a third one: there is another chip.
 * @wants_icw4: the first word announced a fourth one.
 * @all_level: all inputs are level-triggered (LTIM).
 * @auto_eoi: an acknowledge is the end, too.
 * @auto_rotate: it also makes that input the lowest.
 * @special_mask: masked inputs in service hold no other back.
 * @special_nested: another chip in service does not hold itself back: it has something
 *	more urgent.
 * @read_isr: reading gives @isr, not @irr.
 * @poll: the next read is an acknowledge.
 */
struct pic_chip {
	u8 slaves;
	u8 lines;
	u8 irr;
	u8 isr;
	u8 imr;
	u8 elcr;
	u8 vector;
	u8 lowest;
	u8 next_icw;
	bool ready;
	bool wants_icw3;
	bool wants_icw4;
	bool all_level;
	bool auto_eoi;
	bool auto_rotate;
	bool special_mask;
	bool special_nested;
	bool read_isr;
	bool poll;
};

/**
 * struct pic - The pair.
 * @lock: protects all that follows, but for @output and @opaque.
 * @output: set the level of the interrupt output; called when it changes, with the lock
 *	held. Constant.
 * @opaque: for @output; constant.
 * @chips: the first and the second.
 * @level: the interrupt output.
 */
struct pic {
	pthread_mutex_t lock;
	void (*output)(void *opaque, bool level);
	void *opaque;
	struct pic_chip chips[2];
	bool level;
};

void pic_init(struct pic *pic, void (*output)(void *opaque, bool level), void *opaque);
void pic_destroy(struct pic *pic);

/* Set the level of input 0 to 15; 2 is the second chip. Any thread may. */
void pic_set_irq(struct pic *pic, unsigned int irq, bool level);

/* The CPU takes the interrupt: its vector. */
u8 pic_acknowledge(struct pic *pic);

/* The guest's accesses: @port is 0 or 1. */
u8 pic_read(struct pic *pic, unsigned int chip, unsigned int port);
void pic_write(struct pic *pic, unsigned int chip, unsigned int port, u8 value);

/* The edge/level register of a chip. */
u8 pic_read_trigger(struct pic *pic, unsigned int chip);
void pic_write_trigger(struct pic *pic, unsigned int chip, u8 value);

#endif /* AXVM_RUN_X86_PIC_H */
