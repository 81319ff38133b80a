// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run's 8259A pair, by itself: priorities, ends, edges and levels
 */
/* The source itself: what it needs of the rest of axvm-run is one header. */
#include "../../../tools/axvm-run/x86/pic.c"
#undef ARRAY_SIZE
#undef BIT

#include "test.h"

#define MASTER		0
#define SLAVE		1
#define COMMAND		0
#define DATA		1

#define VECTOR_MASTER	0x30
#define VECTOR_SLAVE	0x38

#define EOI		0x20
#define SPECIFIC_EOI	0x60
#define ROTATE_EOI	0xa0
#define READ_IRR	0x0a
#define READ_ISR	0x0b
#define POLL		0x0c
#define ROTATE_AUTO	0x80
#define SET_PRIORITY	0xc0
#define SPECIAL_MASK	0x68

/** struct line - What the pair is connected to. */
struct line {
	bool level;
	unsigned int edges;
};

FIXTURE(pic) {
	struct pic pic;
	struct line line;
};

static void take_level(void *opaque, bool level)
{
	struct line *line = opaque;

	line->level = level;
	line->edges++;
}

/* As every system does it; @icw1, @icw4: more bits of these words. */
static void initialize_with(struct pic *pic, u8 icw1, u8 icw4)
{
	pic_write(pic, MASTER, COMMAND, ICW1 | ICW1_ICW4 | icw1);
	pic_write(pic, MASTER, DATA, VECTOR_MASTER);
	pic_write(pic, MASTER, DATA, 1 << CASCADE);
	pic_write(pic, MASTER, DATA, 0x01 | icw4);
	pic_write(pic, SLAVE, COMMAND, ICW1 | ICW1_ICW4 | icw1);
	pic_write(pic, SLAVE, DATA, VECTOR_SLAVE);
	pic_write(pic, SLAVE, DATA, CASCADE);
	pic_write(pic, SLAVE, DATA, 0x01 | icw4);
}

static void initialize(struct pic *pic, u8 icw4)
{
	initialize_with(pic, 0, icw4);
}

FIXTURE_SETUP(pic)
{
	pic_init(&self->pic, take_level, &self->line);
	initialize(&self->pic, 0);
}

FIXTURE_TEARDOWN(pic)
{
	pic_destroy(&self->pic);
}

static void pulse(struct pic *pic, unsigned int irq)
{
	pic_set_irq(pic, irq, true);
	pic_set_irq(pic, irq, false);
}

static void end(struct pic *pic, unsigned int chip)
{
	pic_write(pic, chip, COMMAND, EOI);
}

static u8 poll_chip(struct pic *pic, unsigned int chip)
{
	pic_write(pic, chip, COMMAND, POLL);
	return pic_read(pic, chip, COMMAND);
}

static u8 read_isr(struct pic *pic, unsigned int chip)
{
	pic_write(pic, chip, COMMAND, READ_ISR);
	return pic_read(pic, chip, COMMAND);
}

static u8 read_irr(struct pic *pic, unsigned int chip)
{
	pic_write(pic, chip, COMMAND, READ_IRR);
	return pic_read(pic, chip, COMMAND);
}

TEST_F(pic, is_silent_before_it_is_initialized)
{
	struct pic fresh;

	pic_init(&fresh, take_level, &self->line);
	pulse(&fresh, 0);
	EXPECT_EQ(self->line.edges, 0);
	/* A driver finds it by its mask. */
	pic_write(&fresh, MASTER, DATA, 0xfb);
	EXPECT_EQ(pic_read(&fresh, MASTER, DATA), 0xfb);
	pic_destroy(&fresh);
}

TEST_F(pic, an_edge_is_one_interrupt)
{
	struct pic *pic = &self->pic;

	pic_set_irq(pic, 4, true);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(read_irr(pic, MASTER), 1 << 4);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 4);
	EXPECT_FALSE(self->line.level);
	EXPECT_EQ(read_isr(pic, MASTER), 1 << 4);
	end(pic, MASTER);
	EXPECT_EQ(read_isr(pic, MASTER), 0);
	EXPECT_FALSE(self->line.level);
	/* The line is still high: only another edge counts. */
	pic_set_irq(pic, 4, true);
	EXPECT_FALSE(self->line.level);
	pic_set_irq(pic, 4, false);
	pic_set_irq(pic, 4, true);
	EXPECT_TRUE(self->line.level);
}

TEST_F(pic, a_level_comes_until_it_goes)
{
	struct pic *pic = &self->pic;

	pic_write_trigger(pic, SLAVE, 0xff);
	EXPECT_EQ(pic_read_trigger(pic, SLAVE), 0xde);
	pic_set_irq(pic, 11, true);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 3);
	end(pic, SLAVE);
	end(pic, MASTER);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 3);
	pic_set_irq(pic, 11, false);
	end(pic, SLAVE);
	end(pic, MASTER);
	EXPECT_FALSE(self->line.level);
}

TEST_F(pic, masked_waits)
{
	struct pic *pic = &self->pic;

	pic_write(pic, MASTER, DATA, 1 << 0);
	pulse(pic, 0);
	EXPECT_FALSE(self->line.level);
	pic_write(pic, MASTER, DATA, 0);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER);
}

TEST_F(pic, the_more_urgent_one_nests)
{
	struct pic *pic = &self->pic;

	pulse(pic, 4);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 4);
	pulse(pic, 5);
	EXPECT_FALSE(self->line.level);
	pulse(pic, 1);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 1);
	end(pic, MASTER);
	EXPECT_EQ(read_isr(pic, MASTER), 1 << 4);
	EXPECT_FALSE(self->line.level);
	end(pic, MASTER);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 5);
}

/* The second chip is at input 2: between 1 and 3. */
TEST_F(pic, the_second_chip_is_at_input_2)
{
	struct pic *pic = &self->pic;

	pulse(pic, 3);
	pulse(pic, 8);
	pulse(pic, 15);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 0);
	EXPECT_EQ(read_isr(pic, MASTER), 1 << CASCADE);
	EXPECT_EQ(read_isr(pic, SLAVE), 1 << 0);
	EXPECT_FALSE(self->line.level);
	end(pic, SLAVE);
	end(pic, MASTER);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 7);
	end(pic, SLAVE);
	end(pic, MASTER);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 3);
	end(pic, MASTER);
	EXPECT_FALSE(self->line.level);
}

TEST_F(pic, one_that_has_gone_is_spurious)
{
	struct pic *pic = &self->pic;

	pic_write_trigger(pic, MASTER, 1 << 5);
	pic_set_irq(pic, 5, true);
	pic_set_irq(pic, 5, false);
	EXPECT_FALSE(self->line.level);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + SPURIOUS);
	EXPECT_EQ(read_isr(pic, MASTER), 0);
}

TEST_F(pic, ends_by_number)
{
	struct pic *pic = &self->pic;

	pulse(pic, 4);
	pic_acknowledge(pic);
	pulse(pic, 1);
	pic_acknowledge(pic);
	pic_write(pic, MASTER, COMMAND, SPECIFIC_EOI | 4);
	EXPECT_EQ(read_isr(pic, MASTER), 1 << 1);
}

TEST_F(pic, rotates)
{
	struct pic *pic = &self->pic;

	pulse(pic, 3);
	pic_acknowledge(pic);
	pic_write(pic, MASTER, COMMAND, ROTATE_EOI);
	/* 3 is the lowest now, and 4 the highest. */
	pulse(pic, 3);
	pulse(pic, 1);
	pulse(pic, 4);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 4);
	end(pic, MASTER);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 1);
	end(pic, MASTER);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 3);
}

TEST_F(pic, ends_by_itself)
{
	struct pic *pic = &self->pic;

	initialize(pic, ICW4_AUTO_EOI);
	pulse(pic, 0);
	pulse(pic, 6);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 0);
	EXPECT_EQ(read_isr(pic, MASTER), 0);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 6);
	EXPECT_FALSE(self->line.level);
}

TEST_F(pic, special_mask_lets_the_lower_through)
{
	struct pic *pic = &self->pic;

	pulse(pic, 1);
	pic_acknowledge(pic);
	pulse(pic, 6);
	EXPECT_FALSE(self->line.level);
	pic_write(pic, MASTER, COMMAND, SPECIAL_MASK);
	pic_write(pic, MASTER, DATA, 1 << 1);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 6);
}

/* What is masked there is not ended by just any end. */
TEST_F(pic, special_mask_keeps_the_masked_in_service)
{
	struct pic *pic = &self->pic;

	pulse(pic, 1);
	pic_acknowledge(pic);
	pic_write(pic, MASTER, COMMAND, SPECIAL_MASK);
	pic_write(pic, MASTER, DATA, 1 << 1);
	pulse(pic, 6);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 6);
	end(pic, MASTER);
	EXPECT_EQ(read_isr(pic, MASTER), 1 << 1);
	end(pic, MASTER);
	EXPECT_EQ(read_isr(pic, MASTER), 1 << 1);
	pic_write(pic, MASTER, COMMAND, SPECIFIC_EOI | 1);
	EXPECT_EQ(read_isr(pic, MASTER), 0);
}

/* The second chip may ask again while it is in service, and nobody below it. */
TEST_F(pic, special_nested_lets_the_second_chip_nest)
{
	struct pic *pic = &self->pic;

	initialize(pic, ICW4_SPECIAL);
	pulse(pic, 12);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 4);
	pulse(pic, 3);
	EXPECT_FALSE(self->line.level);
	pulse(pic, 13);
	EXPECT_FALSE(self->line.level);
	pulse(pic, 9);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 1);
	EXPECT_EQ(read_isr(pic, SLAVE), 1 << 4 | 1 << 1);
	/* What is above it holds it back. */
	pulse(pic, 1);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 1);
	pulse(pic, 8);
	EXPECT_FALSE(self->line.level);
	end(pic, MASTER);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 0);
}

/* Nothing is behind the second chip's input 2. */
TEST_F(pic, special_nested_is_not_for_the_second_chip)
{
	struct pic *pic = &self->pic;

	initialize(pic, ICW4_SPECIAL);
	pulse(pic, 10);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 2);
	pulse(pic, 10);
	pulse(pic, 11);
	EXPECT_FALSE(self->line.level);
	end(pic, SLAVE);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 2);
}

TEST_F(pic, without_special_nested_the_second_chip_waits)
{
	struct pic *pic = &self->pic;

	pulse(pic, 12);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 4);
	pulse(pic, 9);
	EXPECT_FALSE(self->line.level);
	end(pic, MASTER);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 1);
}

TEST_F(pic, all_inputs_by_level)
{
	struct pic *pic = &self->pic;

	initialize_with(pic, ICW1_LEVEL, 0);
	pic_set_irq(pic, 0, true);
	pic_set_irq(pic, 8, true);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 0);
	end(pic, MASTER);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 0);
	pic_set_irq(pic, 0, false);
	end(pic, MASTER);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 0);
	end(pic, SLAVE);
	end(pic, MASTER);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 0);
	pic_set_irq(pic, 8, false);
	end(pic, SLAVE);
	end(pic, MASTER);
	EXPECT_FALSE(self->line.level);
	pulse(pic, 5);
	EXPECT_FALSE(self->line.level);
}

/* If the first word announces no fourth one, the modes of that are off. */
TEST_F(pic, initializing_without_the_fourth_word)
{
	struct pic *pic = &self->pic;

	initialize(pic, ICW4_AUTO_EOI | ICW4_SPECIAL);
	pic_write(pic, MASTER, COMMAND, ICW1);
	pic_write(pic, MASTER, DATA, 0x50);
	pic_write(pic, MASTER, DATA, 1 << CASCADE);
	pic_write(pic, MASTER, DATA, 0x02);
	EXPECT_EQ(pic_read(pic, MASTER, DATA), 0x02);
	pulse(pic, 4);
	EXPECT_EQ(pic_acknowledge(pic), 0x50 + 4);
	EXPECT_EQ(read_isr(pic, MASTER), 1 << 4);
}

/* A chip that is told it is the only one expects no word of the others. */
TEST_F(pic, initializing_without_the_third_word)
{
	struct pic *pic = &self->pic;

	pic_write(pic, MASTER, COMMAND, ICW1 | ICW1_SINGLE | ICW1_ICW4);
	pic_write(pic, MASTER, DATA, 0x50);
	pic_write(pic, MASTER, DATA, 0x01 | ICW4_AUTO_EOI);
	pic_write(pic, MASTER, DATA, 0x81);
	EXPECT_EQ(pic_read(pic, MASTER, DATA), 0x81);
	pulse(pic, 4);
	EXPECT_EQ(pic_acknowledge(pic), 0x50 + 4);
	EXPECT_EQ(read_isr(pic, MASTER), 0);
	pic_write(pic, MASTER, COMMAND, ICW1 | ICW1_SINGLE);
	pic_write(pic, MASTER, DATA, 0x60);
	pic_write(pic, MASTER, DATA, 0x42);
	EXPECT_EQ(pic_read(pic, MASTER, DATA), 0x42);
	pulse(pic, 5);
	EXPECT_EQ(pic_acknowledge(pic), 0x60 + 5);
}

TEST_F(pic, rotates_by_itself)
{
	struct pic *pic = &self->pic;

	initialize(pic, ICW4_AUTO_EOI);
	pic_write(pic, MASTER, COMMAND, ROTATE_AUTO);
	pulse(pic, 3);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 3);
	pulse(pic, 3);
	pulse(pic, 4);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 4);
	pulse(pic, 0);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 0);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 3);
	/* Until it is told not to: 3 is the lowest, and stays so. */
	pic_write(pic, MASTER, COMMAND, 0x00);
	pulse(pic, 4);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 4);
	pulse(pic, 4);
	pulse(pic, 5);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 4);
}

TEST_F(pic, priority_can_be_set)
{
	struct pic *pic = &self->pic;

	pulse(pic, 7);
	pic_acknowledge(pic);
	pic_write(pic, MASTER, COMMAND, SET_PRIORITY | 4);
	/* That ends nothing. */
	EXPECT_EQ(read_isr(pic, MASTER), 1 << 7);
	pulse(pic, 0);
	EXPECT_FALSE(self->line.level);
	pulse(pic, 6);
	pulse(pic, 5);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 5);
	end(pic, MASTER);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 6);
}

/* A request of the second chip's that has gone has gone at the first one, too. */
TEST_F(pic, one_of_the_second_chip_that_has_gone_is_spurious)
{
	struct pic *pic = &self->pic;

	pic_write_trigger(pic, SLAVE, 1 << 3);
	pic_set_irq(pic, 11, true);
	pic_set_irq(pic, 11, false);
	EXPECT_FALSE(self->line.level);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + SPURIOUS);
	EXPECT_EQ(read_isr(pic, MASTER), 0);
	EXPECT_EQ(read_isr(pic, SLAVE), 0);
}

TEST_F(pic, the_trigger_changes_under_a_level)
{
	struct pic *pic = &self->pic;

	pic_set_irq(pic, 11, true);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_SLAVE + 3);
	end(pic, SLAVE);
	end(pic, MASTER);
	EXPECT_FALSE(self->line.level);
	pic_write_trigger(pic, SLAVE, 1 << 3);
	EXPECT_TRUE(self->line.level);
	pic_set_irq(pic, 11, false);
	EXPECT_FALSE(self->line.level);
	/* An edge of before is not a level. */
	pic_write_trigger(pic, SLAVE, 0);
	pulse(pic, 11);
	EXPECT_TRUE(self->line.level);
	pic_write_trigger(pic, SLAVE, 1 << 3);
	EXPECT_FALSE(self->line.level);
}

TEST_F(pic, can_be_polled)
{
	struct pic *pic = &self->pic;

	EXPECT_EQ(poll_chip(pic, MASTER), 0);
	pulse(pic, 5);
	EXPECT_EQ(poll_chip(pic, MASTER), 0x85);
	EXPECT_EQ(read_isr(pic, MASTER), 1 << 5);
	EXPECT_FALSE(self->line.level);
}

/* The first chip tells of the second one, which has to be polled as well. */
TEST_F(pic, both_can_be_polled)
{
	struct pic *pic = &self->pic;

	pulse(pic, 12);
	EXPECT_EQ(poll_chip(pic, MASTER), 0x80 | CASCADE);
	EXPECT_EQ(read_isr(pic, MASTER), 1 << CASCADE);
	EXPECT_EQ(poll_chip(pic, SLAVE), 0x84);
	EXPECT_EQ(read_isr(pic, SLAVE), 1 << 4);
	EXPECT_EQ(poll_chip(pic, SLAVE), 0);
	end(pic, SLAVE);
	end(pic, MASTER);
	EXPECT_FALSE(self->line.level);
}

/* The next one of the second chip's is a request of its own at the first one. */
TEST_F(pic, one_after_the_other_can_be_polled)
{
	struct pic *pic = &self->pic;

	initialize(pic, ICW4_AUTO_EOI);
	pulse(pic, 12);
	pulse(pic, 13);
	EXPECT_EQ(poll_chip(pic, MASTER), 0x80 | CASCADE);
	EXPECT_EQ(poll_chip(pic, SLAVE), 0x84);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(poll_chip(pic, MASTER), 0x80 | CASCADE);
	EXPECT_EQ(poll_chip(pic, SLAVE), 0x85);
	EXPECT_FALSE(self->line.level);
}

TEST_F(pic, initializing_forgets)
{
	struct pic *pic = &self->pic;

	pulse(pic, 4);
	pulse(pic, 5);
	pic_acknowledge(pic);
	pic_write(pic, MASTER, DATA, 0xff);
	initialize(pic, 0);
	EXPECT_EQ(pic_read(pic, MASTER, DATA), 0);
	EXPECT_EQ(read_isr(pic, MASTER), 0);
	EXPECT_EQ(read_irr(pic, MASTER), 0);
	EXPECT_FALSE(self->line.level);
}

TEST_HARNESS_MAIN
