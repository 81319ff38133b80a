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

/* As every system does it; @icw4: bits of the last word. */
static void initialize(struct pic *pic, u8 icw4)
{
	pic_write(pic, MASTER, COMMAND, 0x11);
	pic_write(pic, MASTER, DATA, VECTOR_MASTER);
	pic_write(pic, MASTER, DATA, 1 << CASCADE);
	pic_write(pic, MASTER, DATA, 0x01 | icw4);
	pic_write(pic, SLAVE, COMMAND, 0x11);
	pic_write(pic, SLAVE, DATA, VECTOR_SLAVE);
	pic_write(pic, SLAVE, DATA, CASCADE);
	pic_write(pic, SLAVE, DATA, 0x01 | icw4);
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
	pic_write(pic, MASTER, COMMAND, 0x68);
	pic_write(pic, MASTER, DATA, 1 << 1);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(pic_acknowledge(pic), VECTOR_MASTER + 6);
}

TEST_F(pic, can_be_polled)
{
	struct pic *pic = &self->pic;

	pic_write(pic, MASTER, COMMAND, POLL);
	EXPECT_EQ(pic_read(pic, MASTER, COMMAND), 0);
	pulse(pic, 5);
	pic_write(pic, MASTER, COMMAND, POLL);
	EXPECT_EQ(pic_read(pic, MASTER, COMMAND), 0x85);
	EXPECT_EQ(read_isr(pic, MASTER), 1 << 5);
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
