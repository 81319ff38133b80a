// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run's I/O APIC, by itself: registers, and which messages it sends
 */
/* The source itself: what it needs of the rest of axvm-run is one header. */
#include "../../../tools/axvm-run/x86/ioapic.c"
#undef ARRAY_SIZE
#undef BIT

#include "test.h"

#define MASKED		0x10000
#define LEVEL		0x8000
#define REMOTE_IRR	0x4000
#define LOGICAL		0x800
#define LOWEST		0x100
#define SMI		0x200
#define NMI		0x400
#define INIT		0x500
#define EXTINT		0x700

/** struct bus - What it sends to: how often, and what was the last. */
struct bus {
	unsigned int sent;
	u64 address;
	u32 data;
	bool deaf;
};

FIXTURE(ioapic) {
	struct ioapic ioapic;
	struct bus bus;
};

static bool take_message(void *opaque, u64 address, u32 data)
{
	struct bus *bus = opaque;

	bus->sent++;
	bus->address = address;
	bus->data = data;
	return !bus->deaf;
}

FIXTURE_SETUP(ioapic)
{
	ioapic_init(&self->ioapic, take_message, &self->bus);
}

FIXTURE_TEARDOWN(ioapic)
{
	ioapic_destroy(&self->ioapic);
}

static u32 read_reg(struct ioapic *ioapic, unsigned int reg)
{
	ioapic_write(ioapic, SELECT, reg);
	return ioapic_read(ioapic, WINDOW);
}

static void write_reg(struct ioapic *ioapic, unsigned int reg, u32 value)
{
	ioapic_write(ioapic, SELECT, reg);
	ioapic_write(ioapic, WINDOW, value);
}

static void set_entry_of(struct ioapic *ioapic, unsigned int pin, u32 high, u32 low)
{
	write_reg(ioapic, REG_TABLE + 2 * pin + 1, high);
	write_reg(ioapic, REG_TABLE + 2 * pin, low);
}

TEST_F(ioapic, has_its_registers)
{
	struct ioapic *ioapic = &self->ioapic;

	EXPECT_EQ(read_reg(ioapic, REG_VERSION), 0x00170011);
	write_reg(ioapic, REG_ID, 0xffffffff);
	EXPECT_EQ(read_reg(ioapic, REG_ID), 0x0f000000);
	for (unsigned int pin = 0; pin < IOAPIC_PINS; pin++)
		EXPECT_EQ(read_reg(ioapic, REG_TABLE + 2 * pin), MASKED);
	EXPECT_EQ(ioapic_read(ioapic, SELECT), REG_TABLE + 2 * 23);
	/* What is not there is zero, and writing it does nothing. */
	write_reg(ioapic, 0xff, ~0U);
	EXPECT_EQ(read_reg(ioapic, 0xff), 0);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 2 * IOAPIC_PINS), 0);
	ioapic_write(ioapic, 0x20, ~0U);
	EXPECT_EQ(ioapic_read(ioapic, 0x20), 0);
	EXPECT_EQ(self->bus.sent, 0);
}

TEST_F(ioapic, keeps_what_is_writable)
{
	struct ioapic *ioapic = &self->ioapic;

	set_entry_of(ioapic, 3, ~0U, ~0U);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 6), 0x1ffff & ~(0x1000 | REMOTE_IRR));
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 7), 0xfffe0000);
}

TEST_F(ioapic, an_edge_is_one_message)
{
	struct ioapic *ioapic = &self->ioapic;

	set_entry_of(ioapic, 4, 0x05000000, 0x31);
	ioapic_set_irq(ioapic, 4, true);
	EXPECT_EQ(self->bus.sent, 1);
	EXPECT_EQ(self->bus.address, 0xfee05000);
	EXPECT_EQ(self->bus.data, 0x4031);
	ioapic_set_irq(ioapic, 4, true);
	ioapic_set_irq(ioapic, 4, false);
	EXPECT_EQ(self->bus.sent, 1);
	ioapic_set_irq(ioapic, 4, true);
	EXPECT_EQ(self->bus.sent, 2);
}

TEST_F(ioapic, a_masked_edge_is_lost)
{
	struct ioapic *ioapic = &self->ioapic;

	ioapic_set_irq(ioapic, 4, true);
	set_entry_of(ioapic, 4, 0, 0x31);
	EXPECT_EQ(self->bus.sent, 0);
}

TEST_F(ioapic, a_level_comes_until_it_goes)
{
	struct ioapic *ioapic = &self->ioapic;

	set_entry_of(ioapic, 9, 0, LEVEL | 0x41);
	ioapic_set_irq(ioapic, 9, true);
	EXPECT_EQ(self->bus.sent, 1);
	EXPECT_EQ(self->bus.data, 0xc041);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), LEVEL | REMOTE_IRR | 0x41);
	/* Not again before its end, whatever the line does, and not at another's. */
	ioapic_set_irq(ioapic, 9, false);
	ioapic_set_irq(ioapic, 9, true);
	ioapic_end(ioapic, 0x42);
	EXPECT_EQ(self->bus.sent, 1);
	ioapic_end(ioapic, 0x41);
	EXPECT_EQ(self->bus.sent, 2);
	ioapic_set_irq(ioapic, 9, false);
	ioapic_end(ioapic, 0x41);
	EXPECT_EQ(self->bus.sent, 2);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), LEVEL | 0x41);
}

TEST_F(ioapic, a_masked_level_waits)
{
	struct ioapic *ioapic = &self->ioapic;

	set_entry_of(ioapic, 9, 0, MASKED | LEVEL | 0x41);
	ioapic_set_irq(ioapic, 9, true);
	EXPECT_EQ(self->bus.sent, 0);
	set_entry_of(ioapic, 9, 0, LEVEL | 0x41);
	EXPECT_EQ(self->bus.sent, 1);
}

/* A system that has to be rid of a level that is under way makes an edge of it. */
TEST_F(ioapic, switching_to_edge_forgets_the_level)
{
	struct ioapic *ioapic = &self->ioapic;

	set_entry_of(ioapic, 9, 0, LEVEL | 0x41);
	ioapic_set_irq(ioapic, 9, true);
	set_entry_of(ioapic, 9, 0, MASKED | 0x41);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), MASKED | 0x41);
	set_entry_of(ioapic, 9, 0, LEVEL | 0x41);
	EXPECT_EQ(self->bus.sent, 2);
}

TEST_F(ioapic, a_level_that_nobody_takes_is_not_under_way)
{
	struct ioapic *ioapic = &self->ioapic;

	self->bus.deaf = true;
	set_entry_of(ioapic, 9, 0x77000000, LEVEL | 0x41);
	ioapic_set_irq(ioapic, 9, true);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), LEVEL | 0x41);
	self->bus.deaf = false;
	set_entry_of(ioapic, 9, 0, LEVEL | 0x41);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), LEVEL | REMOTE_IRR | 0x41);
}

/* Each pin is under way by itself; the end is of all that have the vector. */
TEST_F(ioapic, two_pins_with_one_vector)
{
	struct ioapic *ioapic = &self->ioapic;

	set_entry_of(ioapic, 9, 0, LEVEL | 0x41);
	set_entry_of(ioapic, 10, 0, LEVEL | 0x41);
	ioapic_set_irq(ioapic, 9, true);
	ioapic_set_irq(ioapic, 10, true);
	EXPECT_EQ(self->bus.sent, 2);
	ioapic_set_irq(ioapic, 9, false);
	ioapic_end(ioapic, 0x41);
	EXPECT_EQ(self->bus.sent, 3);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), LEVEL | 0x41);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 20), LEVEL | REMOTE_IRR | 0x41);
}

TEST_F(ioapic, the_end_comes_while_masked)
{
	struct ioapic *ioapic = &self->ioapic;

	set_entry_of(ioapic, 9, 0, LEVEL | 0x41);
	ioapic_set_irq(ioapic, 9, true);
	set_entry_of(ioapic, 9, 0, MASKED | LEVEL | 0x41);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), MASKED | LEVEL | REMOTE_IRR | 0x41);
	ioapic_end(ioapic, 0x41);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), MASKED | LEVEL | 0x41);
	EXPECT_EQ(self->bus.sent, 1);
	set_entry_of(ioapic, 9, 0, LEVEL | 0x41);
	EXPECT_EQ(self->bus.sent, 2);
}

/* The end names a vector: it is that of the entry as it is now. */
TEST_F(ioapic, the_vector_changes_under_way)
{
	struct ioapic *ioapic = &self->ioapic;

	set_entry_of(ioapic, 9, 0, LEVEL | 0x41);
	ioapic_set_irq(ioapic, 9, true);
	set_entry_of(ioapic, 9, 0, LEVEL | 0x51);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), LEVEL | REMOTE_IRR | 0x51);
	ioapic_end(ioapic, 0x41);
	EXPECT_EQ(self->bus.sent, 1);
	ioapic_end(ioapic, 0x51);
	EXPECT_EQ(self->bus.sent, 2);
	EXPECT_EQ(self->bus.data, 0xc051);
}

/* Nobody ends these: they are edges, even if the entry says that they are levels. */
TEST_F(ioapic, only_interrupts_are_levels)
{
	static const u32 modes[] = { SMI, NMI, INIT };
	struct ioapic *ioapic = &self->ioapic;

	for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++) {
		self->bus.sent = 0;
		set_entry_of(ioapic, 9, 0, LEVEL | modes[i]);
		for (unsigned int j = 1; j <= 2; j++) {
			ioapic_set_irq(ioapic, 9, true);
			EXPECT_EQ(self->bus.sent, j);
			EXPECT_EQ(self->bus.data, 0x4000 | modes[i]);
			EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), LEVEL | modes[i]);
			ioapic_set_irq(ioapic, 9, false);
		}
	}
	set_entry_of(ioapic, 9, 0, LEVEL | LOWEST | 0x41);
	ioapic_set_irq(ioapic, 9, true);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), LEVEL | REMOTE_IRR | LOWEST | 0x41);
	/* What is under way is none any more, and the level is not an edge. */
	set_entry_of(ioapic, 9, 0, LEVEL | NMI);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 18), LEVEL | NMI);
	EXPECT_EQ(self->bus.sent, 3);
}

TEST_F(ioapic, destinations)
{
	struct ioapic *ioapic = &self->ioapic;

	set_entry_of(ioapic, 1, 0xff000000, LOGICAL | LOWEST | 0x50);
	ioapic_set_irq(ioapic, 1, true);
	EXPECT_EQ(self->bus.address, 0xfeeff00c);
	EXPECT_EQ(self->bus.data, 0x4150);
	/* Bits 14:8 of a destination are 55:49 of the entry, and 11:5 of the address. */
	set_entry_of(ioapic, 2, 0x34240000, 0x51);
	ioapic_set_irq(ioapic, 2, true);
	EXPECT_EQ(self->bus.address, 0xfee34240);
	set_entry_of(ioapic, 3, 0, NMI);
	ioapic_set_irq(ioapic, 3, true);
	EXPECT_EQ(self->bus.data, 0x4400);
}

/* What a PIC is connected to is a CPU, not this. */
TEST_F(ioapic, extint_sends_nothing)
{
	struct ioapic *ioapic = &self->ioapic;

	set_entry_of(ioapic, 0, 0, EXTINT);
	ioapic_set_irq(ioapic, 0, true);
	set_entry_of(ioapic, 1, 0, LEVEL | EXTINT);
	ioapic_set_irq(ioapic, 1, true);
	EXPECT_EQ(read_reg(ioapic, REG_TABLE + 2), LEVEL | EXTINT);
	EXPECT_EQ(self->bus.sent, 0);
}

TEST_HARNESS_MAIN
