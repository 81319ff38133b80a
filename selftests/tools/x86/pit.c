// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run's 8254, by itself, in a time that the test makes
 */
/* The source itself: what it needs of the rest of axvm-run is one header. */
#include "../../../tools/axvm-run/x86/pit.c"
#undef ARRAY_SIZE
#undef BIT

#include "test.h"

/** struct outside - What it is connected to: the time, and what was asked for and told. */
struct outside {
	u64 now;
	u64 alarm;
	bool level;
	unsigned int rises;
};

FIXTURE(pit) {
	struct pit pit;
	struct outside outside;
};

static u64 tell_now(void *opaque)
{
	struct outside *outside = opaque;

	return outside->now;
}

static void take_alarm(void *opaque, u64 at)
{
	struct outside *outside = opaque;

	outside->alarm = at;
}

static void take_level(void *opaque, bool level)
{
	struct outside *outside = opaque;

	outside->rises += level;
	outside->level = level;
}

static const struct pit_ops ops = {
	.now = tell_now,
	.set_alarm = take_alarm,
	.interrupt = take_level,
};

FIXTURE_SETUP(pit)
{
	self->outside.now = 5 * NS_PER_S;
	self->outside.alarm = NEVER;
	self->outside.level = true;
	pit_init(&self->pit, &ops, &self->outside);
}

FIXTURE_TEARDOWN(pit)
{
	pit_destroy(&self->pit);
}

#define TICKS(n)	to_ns(n)

static void program(struct pit *pit, unsigned int counter, unsigned int mode, u16 count)
{
	pit_write(pit, CONTROL, counter << 6 | ACCESS_BOTH << 4 | mode << 1);
	pit_write(pit, counter, count & 0xff);
	pit_write(pit, counter, count >> 8);
}

static u16 read_count_of(struct pit *pit, unsigned int counter)
{
	u16 low;

	/* Latched, so that both bytes are of one time. */
	pit_write(pit, CONTROL, counter << 6);
	low = pit_read(pit, counter);
	return low | pit_read(pit, counter) << 8;
}

TEST_F(pit, is_quiet_at_first)
{
	EXPECT_EQ(self->outside.alarm, NEVER);
	EXPECT_EQ(self->outside.rises, 0);
	EXPECT_EQ(pit_read(&self->pit, CONTROL), 0xff);
}

TEST_F(pit, rate_generator_interrupts_again_and_again)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 0, 2, 11932);
	EXPECT_EQ(self->outside.alarm, start + TICKS(11932));
	for (unsigned int i = 1; i <= 100; i++) {
		self->outside.now = self->outside.alarm;
		pit_expire(pit);
		EXPECT_EQ(self->outside.rises, i);
		EXPECT_EQ(self->outside.alarm, start + TICKS((i + 1) * 11932));
	}
	/* 100 periods of 11932 ticks are a second, and nothing of it is lost. */
	EXPECT_EQ((self->outside.now - start + 500000) / 1000000, 1000);
}

/* The host was busy: there is one edge, and the next is where it would have been. */
TEST_F(pit, late_is_one_edge)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 0, 3, 1000);
	self->outside.now = start + TICKS(5500);
	pit_expire(pit);
	EXPECT_EQ(self->outside.rises, 1);
	EXPECT_EQ(self->outside.alarm, start + TICKS(6000));
}

/* The alarm rang as the guest was setting another one. */
TEST_F(pit, too_early_is_nothing)
{
	struct pit *pit = &self->pit;

	program(pit, 0, 2, 1000);
	self->outside.now += TICKS(999);
	pit_expire(pit);
	EXPECT_EQ(self->outside.rises, 0);
}

TEST_F(pit, count_0_is_65536)
{
	program(&self->pit, 0, 2, 0);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(65536));
}

TEST_F(pit, mode_0_interrupts_once)
{
	struct pit *pit = &self->pit;

	program(pit, 0, 0, 5000);
	EXPECT_FALSE(self->outside.level);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(5000));
	self->outside.now = self->outside.alarm;
	pit_expire(pit);
	EXPECT_TRUE(self->outside.level);
	EXPECT_EQ(self->outside.rises, 1);
	EXPECT_EQ(self->outside.alarm, NEVER);
}

/* How Linux makes one event with it. */
TEST_F(pit, mode_4_interrupts_once)
{
	struct pit *pit = &self->pit;

	program(pit, 0, 4, 5000);
	EXPECT_TRUE(self->outside.level);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(5001));
	self->outside.now = self->outside.alarm;
	pit_expire(pit);
	EXPECT_EQ(self->outside.rises, 1);
	EXPECT_EQ(self->outside.alarm, NEVER);
}

TEST_F(pit, setting_a_mode_stops)
{
	struct pit *pit = &self->pit;

	program(pit, 0, 2, 1000);
	pit_write(pit, CONTROL, 0x30);
	EXPECT_EQ(self->outside.alarm, NEVER);
	self->outside.now += NS_PER_S;
	pit_expire(pit);
	EXPECT_EQ(self->outside.rises, 0);
}

TEST_F(pit, counts_down)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 0, 2, 1000);
	EXPECT_EQ(read_count_of(pit, 0), 1000);
	self->outside.now = start + TICKS(1);
	EXPECT_EQ(read_count_of(pit, 0), 999);
	self->outside.now = start + TICKS(999);
	EXPECT_EQ(read_count_of(pit, 0), 1);
	self->outside.now = start + TICKS(1000);
	EXPECT_EQ(read_count_of(pit, 0), 1000);

	start = self->outside.now;
	program(pit, 0, 0, 100);
	self->outside.now = start + TICKS(100);
	EXPECT_EQ(read_count_of(pit, 0), 0);
	self->outside.now = start + TICKS(101);
	EXPECT_EQ(read_count_of(pit, 0), 0xffff);

	/* By two in each half of the period. */
	start = self->outside.now;
	program(pit, 0, 3, 1000);
	self->outside.now = start + TICKS(100);
	EXPECT_EQ(read_count_of(pit, 0), 800);
	self->outside.now = start + TICKS(600);
	EXPECT_EQ(read_count_of(pit, 0), 800);
}

TEST_F(pit, a_latched_count_stays)
{
	struct pit *pit = &self->pit;

	program(pit, 0, 2, 1000);
	pit_write(pit, CONTROL, 0);
	self->outside.now += TICKS(500);
	EXPECT_EQ(pit_read(pit, 0), 1000 & 0xff);
	EXPECT_EQ(pit_read(pit, 0), 1000 >> 8);
	EXPECT_EQ(pit_read(pit, 0), 500 & 0xff);
	EXPECT_EQ(pit_read(pit, 0), 500 >> 8);
}

TEST_F(pit, single_bytes)
{
	struct pit *pit = &self->pit;

	pit_write(pit, CONTROL, ACCESS_LOW << 4 | 2 << 1);
	pit_write(pit, 0, 200);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(200));
	EXPECT_EQ(pit_read(pit, 0), 200);
	pit_write(pit, CONTROL, ACCESS_HIGH << 4 | 2 << 1);
	pit_write(pit, 0, 2);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(512));
	EXPECT_EQ(pit_read(pit, 0), 2);
}

TEST_F(pit, decimal)
{
	struct pit *pit = &self->pit;

	pit_write(pit, CONTROL, ACCESS_BOTH << 4 | 2 << 1 | 1);
	pit_write(pit, 0, 0x34);
	pit_write(pit, 0, 0x12);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(1234));
	self->outside.now += TICKS(35);
	EXPECT_EQ(read_count_of(pit, 0), 0x1199);
}

TEST_F(pit, reads_back_status)
{
	struct pit *pit = &self->pit;

	program(pit, 0, 2, 1000);
	pit_write(pit, CONTROL, 0xe2);
	EXPECT_EQ(pit_read(pit, 0), STATUS_OUT | ACCESS_BOTH << 4 | 2 << 1);
	pit_write(pit, CONTROL, 0x30);
	pit_write(pit, CONTROL, 0xe2);
	EXPECT_EQ(pit_read(pit, 0), STATUS_NULL | ACCESS_BOTH << 4);
}

/* How Linux measures the TSC: counter 2 in mode 0, and its output in port 61h. */
TEST_F(pit, counter_2_at_port_61h)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	pit_write_speaker(pit, 0x01);
	program(pit, 2, 0, 59659);
	EXPECT_FALSE(pit_read_speaker(pit) & SPEAKER_OUT);
	self->outside.now = start + TICKS(59659) - 1;
	EXPECT_FALSE(pit_read_speaker(pit) & SPEAKER_OUT);
	self->outside.now = start + TICKS(59659);
	EXPECT_TRUE(pit_read_speaker(pit) & SPEAKER_OUT);
	EXPECT_EQ(pit_read_speaker(pit) & SPEAKER_BITS, 0x01);
	/* It is nobody's interrupt. */
	EXPECT_EQ(self->outside.alarm, NEVER);
	EXPECT_EQ(self->outside.rises, 0);
}

TEST_F(pit, a_low_gate_holds_counter_2)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	pit_write_speaker(pit, 1);
	program(pit, 2, 0, 1000);
	self->outside.now = start + TICKS(300);
	pit_write_speaker(pit, 0);
	self->outside.now = start + TICKS(9300);
	EXPECT_EQ(read_count_of(pit, 2), 700);
	pit_write_speaker(pit, 1);
	self->outside.now += TICKS(699);
	EXPECT_FALSE(pit_read_speaker(pit) & SPEAKER_OUT);
	self->outside.now += TICKS(2);
	EXPECT_TRUE(pit_read_speaker(pit) & SPEAKER_OUT);
}

TEST_F(pit, a_rising_gate_starts_mode_1)
{
	struct pit *pit = &self->pit;

	program(pit, 2, 1, 100);
	self->outside.now += NS_PER_S;
	EXPECT_TRUE(pit_read_speaker(pit) & SPEAKER_OUT);
	pit_write_speaker(pit, 1);
	EXPECT_FALSE(pit_read_speaker(pit) & SPEAKER_OUT);
	self->outside.now += TICKS(100);
	EXPECT_TRUE(pit_read_speaker(pit) & SPEAKER_OUT);
}

TEST_HARNESS_MAIN
