// SPDX-License-Identifier: GPL-2.0
/*
 * Two 8259A interrupt controllers, the second at input 2 of the first
 */
#include "pic.h"

#define CASCADE		2
#define SPURIOUS	7

/* Command words that are written to port 0, told apart by these. */
#define ICW1		0x10
#define OCW3		0x08

#define ICW1_ICW4	0x01
#define ICW1_SINGLE	0x02
#define ICW1_LEVEL	0x08
#define ICW4_AUTO_EOI	0x02
#define ICW4_SPECIAL	0x10

#define OCW3_READ_ISR	0x01
#define OCW3_READ	0x02
#define OCW3_POLL	0x04
#define OCW3_MASK	0x20
#define OCW3_SET_MASK	0x40

/* Inputs that are always edge-triggered: PIT, keyboard, cascade; RTC, FPU. */
static const u8 always_edge[] = { 0x07, 0x21 };

void pic_init(struct pic *pic, void (*output)(void *opaque, bool level), void *opaque)
{
	*pic = (struct pic){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.output = output,
		.opaque = opaque,
		.chips = { { .slaves = 1 << CASCADE, .lowest = 7 }, { .lowest = 7 } },
	};
}

void pic_destroy(struct pic *pic)
{
	pthread_mutex_destroy(&pic->lock);
}

/* ------------------------------------------------------------------------- */
/* Priorities                                                                */
/* ------------------------------------------------------------------------- */

#define NONE	8

/* The input of @inputs with the highest priority, or NONE. */
static unsigned int highest(const struct pic_chip *chip, u8 inputs)
{
	for (unsigned int i = 1; i <= 8; i++) {
		unsigned int input = (chip->lowest + i) % 8;

		if (inputs & (1 << input))
			return input;
	}
	return NONE;
}

/* 0 is the highest; NONE is below all. */
static unsigned int priority(const struct pic_chip *chip, unsigned int input)
{
	return input == NONE ? NONE : (input + 7 - chip->lowest) % 8;
}

/* The inputs in service that hold others back. */
static u8 holding(const struct pic_chip *chip)
{
	return chip->special_mask ? chip->isr & ~chip->imr : chip->isr;
}

/* The second chip in service may have something more urgent by now. */
static bool nests_in_itself(const struct pic_chip *chip, unsigned int input)
{
	return chip->special_nested && (chip->slaves & (1 << input));
}

/* The input that the chip asks for an interrupt for, or NONE. */
static unsigned int requested(const struct pic_chip *chip)
{
	unsigned int input = highest(chip, chip->irr & ~chip->imr);
	unsigned int in_service = highest(chip, holding(chip));

	if (!chip->ready)
		return NONE;
	if (priority(chip, input) < priority(chip, in_service))
		return input;
	return input == in_service && nests_in_itself(chip, input) ? input : NONE;
}

/* ------------------------------------------------------------------------- */
/* Inputs and output                                                         */
/* ------------------------------------------------------------------------- */

static u8 level_triggered(const struct pic_chip *chip)
{
	return chip->all_level ? 0xff : chip->elcr;
}

static void set_line(struct pic_chip *chip, unsigned int input, bool level)
{
	u8 bit = 1 << input;
	u8 rising = level ? bit & ~chip->lines : 0;

	chip->lines = level ? chip->lines | bit : chip->lines & ~bit;
	if (level_triggered(chip) & bit)
		chip->irr = level ? chip->irr | bit : chip->irr & ~bit;
	else
		chip->irr |= rising;
}

/* After any change: the second chip's output, and the pair's. */
static void update(struct pic *pic)
{
	bool level;

	set_line(&pic->chips[0], CASCADE, requested(&pic->chips[1]) != NONE);
	/* The cascade has no edge for each request: it asks as long as there is one. */
	if (!(pic->chips[0].lines & (1 << CASCADE)))
		pic->chips[0].irr &= ~(1 << CASCADE);

	level = requested(&pic->chips[0]) != NONE;
	if (level == pic->level)
		return;
	pic->level = level;
	pic->output(pic->opaque, level);
}

void pic_set_irq(struct pic *pic, unsigned int irq, bool level)
{
	pthread_mutex_lock(&pic->lock);
	if (irq < 16 && irq != CASCADE) {
		set_line(&pic->chips[irq / 8], irq % 8, level);
		update(pic);
	}
	pthread_mutex_unlock(&pic->lock);
}

/* ------------------------------------------------------------------------- */
/* Acknowledge and end of interrupt                                          */
/* ------------------------------------------------------------------------- */

/* Take a chip's request; a request that has gone is input 7's. */
static unsigned int acknowledge(struct pic *pic, unsigned int which)
{
	struct pic_chip *chip = &pic->chips[which];
	unsigned int input = requested(chip);
	u8 bit;

	if (input == NONE)
		return SPURIOUS;
	bit = 1 << input;
	if (!(level_triggered(chip) & bit))
		chip->irr &= ~bit;
	if (!chip->auto_eoi)
		chip->isr |= bit;
	else if (chip->auto_rotate)
		chip->lowest = input;
	/* The next one of the second chip's is an edge of its own. */
	if (which)
		pic->chips[0].lines &= ~(1 << CASCADE);
	return input;
}

u8 pic_acknowledge(struct pic *pic)
{
	unsigned int which = 0, input;
	u8 vector;

	pthread_mutex_lock(&pic->lock);
	input = acknowledge(pic, which);
	if (input == CASCADE) {
		which = 1;
		input = acknowledge(pic, which);
	}
	vector = pic->chips[which].vector + input;
	update(pic);
	pthread_mutex_unlock(&pic->lock);
	return vector;
}

/* OCW2: bits 7:5 say what ends and whether it becomes the lowest. */
static void write_ocw2(struct pic_chip *chip, u8 value)
{
	bool rotate = value & 0x80, specific = value & 0x40, end = value & 0x20;
	unsigned int input = value & 7;

	if (!end && !specific) {
		chip->auto_rotate = rotate;
		return;
	}
	if (!specific)
		input = highest(chip, holding(chip));
	if (input == NONE)
		return;
	if (end)
		chip->isr &= ~(1 << input);
	if (rotate)
		chip->lowest = input;
}

/* ------------------------------------------------------------------------- */
/* Registers                                                                 */
/* ------------------------------------------------------------------------- */

static void write_icw1(struct pic_chip *chip, u8 value)
{
	chip->imr = 0;
	chip->isr = 0;
	chip->lowest = 7;
	chip->ready = false;
	chip->auto_eoi = false;
	chip->auto_rotate = false;
	chip->special_mask = false;
	chip->special_nested = false;
	chip->read_isr = false;
	chip->poll = false;
	chip->wants_icw3 = !(value & ICW1_SINGLE);
	chip->wants_icw4 = value & ICW1_ICW4;
	chip->all_level = value & ICW1_LEVEL;
	/* Edges of before do not count; levels do. */
	chip->irr = chip->lines & level_triggered(chip);
	chip->next_icw = 2;
}

static void write_ocw3(struct pic_chip *chip, u8 value)
{
	if (value & OCW3_POLL)
		chip->poll = true;
	if (value & OCW3_READ)
		chip->read_isr = value & OCW3_READ_ISR;
	if (value & OCW3_SET_MASK)
		chip->special_mask = value & OCW3_MASK;
}

static void write_command(struct pic_chip *chip, u8 value)
{
	if (value & ICW1)
		write_icw1(chip, value);
	else if (value & OCW3)
		write_ocw3(chip, value);
	else
		write_ocw2(chip, value);
}

static u8 icw_after_3(const struct pic_chip *chip)
{
	return chip->wants_icw4 ? 4 : 0;
}

static void write_data(struct pic_chip *chip, u8 value)
{
	switch (chip->next_icw) {
	case 2:
		chip->vector = value & 0xf8;
		chip->next_icw = chip->wants_icw3 ? 3 : icw_after_3(chip);
		break;
	case 3:
		/* How they are connected is fixed. */
		chip->next_icw = icw_after_3(chip);
		break;
	case 4:
		chip->auto_eoi = value & ICW4_AUTO_EOI;
		chip->special_nested = value & ICW4_SPECIAL;
		chip->next_icw = 0;
		break;
	default:
		chip->imr = value;
		return;
	}
	chip->ready = !chip->next_icw;
}

/* Bit 7: there is one; bits 2:0: which. */
static u8 poll(struct pic *pic, unsigned int which)
{
	struct pic_chip *chip = &pic->chips[which];

	chip->poll = false;
	return requested(chip) != NONE ? 0x80 | acknowledge(pic, which) : 0;
}

static u8 read_chip(struct pic *pic, unsigned int which, unsigned int port)
{
	const struct pic_chip *chip = &pic->chips[which];

	if (chip->poll)
		return poll(pic, which);
	if (port)
		return chip->imr;
	return chip->read_isr ? chip->isr : chip->irr;
}

u8 pic_read(struct pic *pic, unsigned int chip, unsigned int port)
{
	u8 value;

	pthread_mutex_lock(&pic->lock);
	value = read_chip(pic, chip, port);
	update(pic);
	pthread_mutex_unlock(&pic->lock);
	return value;
}

void pic_write(struct pic *pic, unsigned int chip, unsigned int port, u8 value)
{
	pthread_mutex_lock(&pic->lock);
	if (port)
		write_data(&pic->chips[chip], value);
	else
		write_command(&pic->chips[chip], value);
	update(pic);
	pthread_mutex_unlock(&pic->lock);
}

u8 pic_read_trigger(struct pic *pic, unsigned int chip)
{
	u8 value;

	pthread_mutex_lock(&pic->lock);
	value = pic->chips[chip].elcr;
	pthread_mutex_unlock(&pic->lock);
	return value;
}

void pic_write_trigger(struct pic *pic, unsigned int chip, u8 value)
{
	struct pic_chip *c = &pic->chips[chip];

	pthread_mutex_lock(&pic->lock);
	c->elcr = value & ~always_edge[chip];
	/* Of a level-triggered input the level is the request, and not an edge of before. */
	c->irr = (c->irr & ~c->elcr) | (c->lines & c->elcr);
	update(pic);
	pthread_mutex_unlock(&pic->lock);
}
