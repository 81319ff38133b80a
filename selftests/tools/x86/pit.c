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

/* Without a mode: a new count of what is running. */
static void write_count_of(struct pit *pit, unsigned int counter, u16 count)
{
	pit_write(pit, counter, count & 0xff);
	pit_write(pit, counter, count >> 8);
}

static void program(struct pit *pit, unsigned int counter, unsigned int mode, u16 count)
{
	pit_write(pit, CONTROL, counter << 6 | ACCESS_BOTH << 4 | mode << 1);
	write_count_of(pit, counter, count);
}

static u8 read_status_of(struct pit *pit, unsigned int counter)
{
	pit_write(pit, CONTROL, READ_BACK << 6 | NO_COUNT | 2 << counter);
	return pit_read(pit, counter);
}

static bool speaker_out(struct pit *pit)
{
	return pit_read_speaker(pit) & SPEAKER_OUT;
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

/* The output is high for three ticks and low for two. */
TEST_F(pit, an_odd_count_in_mode_3)
{
	static const u16 values[] = { 4, 2, 0, 4, 2, 4 };
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	pit_write_speaker(pit, SPEAKER_GATE);
	program(pit, 2, 3, 5);
	for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
		self->outside.now = start + TICKS(i);
		EXPECT_EQ(read_count_of(pit, 2), values[i]);
		EXPECT_EQ(speaker_out(pit), i % 5 < 3);
	}
}

TEST_F(pit, modes_6_and_7_are_2_and_3)
{
	struct pit *pit = &self->pit;

	program(pit, 0, 6, 1000);
	EXPECT_EQ(read_status_of(pit, 0), STATUS_OUT | ACCESS_BOTH << 4 | 2 << 1);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(1000));
	program(pit, 0, 7, 1000);
	EXPECT_EQ(read_status_of(pit, 0), STATUS_OUT | ACCESS_BOTH << 4 | 3 << 1);
	self->outside.now += TICKS(500);
	EXPECT_EQ(read_status_of(pit, 0), ACCESS_BOTH << 4 | 3 << 1);
}

/* ------------------------------------------------------------------------- */
/* New counts of a counter that runs                                         */
/* ------------------------------------------------------------------------- */

TEST_F(pit, a_new_count_waits_for_the_period)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 0, 2, 1000);
	self->outside.now = start + TICKS(300);
	write_count_of(pit, 0, 5000);
	EXPECT_TRUE(read_status_of(pit, 0) & STATUS_NULL);
	EXPECT_EQ(read_count_of(pit, 0), 700);
	/* The last one counts. */
	write_count_of(pit, 0, 600);
	EXPECT_EQ(self->outside.alarm, start + TICKS(1000));
	self->outside.now = self->outside.alarm;
	pit_expire(pit);
	EXPECT_EQ(self->outside.rises, 1);
	EXPECT_FALSE(read_status_of(pit, 0) & STATUS_NULL);
	EXPECT_EQ(read_count_of(pit, 0), 600);
	EXPECT_EQ(self->outside.alarm, start + TICKS(1600));
	self->outside.now = start + TICKS(2100);
	EXPECT_EQ(read_count_of(pit, 0), 100);
}

/* In its first half: the second one, with the output low, is of the new count. */
TEST_F(pit, a_new_count_waits_for_the_first_half)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 0, 3, 1000);
	self->outside.now = start + TICKS(100);
	write_count_of(pit, 0, 601);
	EXPECT_EQ(self->outside.alarm, start + TICKS(500 + 300));
	self->outside.now = start + TICKS(499);
	EXPECT_EQ(read_count_of(pit, 0), 2);
	EXPECT_TRUE(read_status_of(pit, 0) & STATUS_OUT);
	self->outside.now = start + TICKS(500);
	EXPECT_EQ(read_count_of(pit, 0), 600);
	EXPECT_FALSE(read_status_of(pit, 0) & (STATUS_OUT | STATUS_NULL));
	self->outside.now = start + TICKS(800);
	pit_expire(pit);
	EXPECT_EQ(self->outside.rises, 1);
	EXPECT_TRUE(read_status_of(pit, 0) & STATUS_OUT);
	EXPECT_EQ(self->outside.alarm, start + TICKS(800 + 601));
}

TEST_F(pit, a_new_count_waits_for_the_second_half)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 0, 3, 1000);
	self->outside.now = start + TICKS(700);
	write_count_of(pit, 0, 3000);
	EXPECT_EQ(self->outside.alarm, start + TICKS(1000));
	self->outside.now = start + TICKS(1000);
	pit_expire(pit);
	EXPECT_EQ(self->outside.rises, 1);
	EXPECT_EQ(self->outside.alarm, start + TICKS(4000));
	self->outside.now = start + TICKS(1001);
	EXPECT_EQ(read_count_of(pit, 0), 2998);
}

/* The counts change in either half, often: where the ticks are does not drift. */
TEST_F(pit, many_new_counts)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now, ticks = 0;

	program(pit, 0, 3, 1000);
	for (unsigned int i = 0; i < 1000; i++) {
		u32 old = 1000 + i, new = 1000 + i + 1;

		if (i % 2) {
			ticks += old;
			self->outside.now = start + TICKS(ticks - 1);
		} else {
			self->outside.now = start + TICKS(ticks);
			ticks += (old + 1) / 2 + new / 2;
		}
		write_count_of(pit, 0, new);
		EXPECT_EQ(self->outside.alarm, start + TICKS(ticks));
		self->outside.now = self->outside.alarm;
		pit_expire(pit);
	}
	EXPECT_EQ(self->outside.rises, 1000);
}

/* The edge that the guest's write has found due is not lost. */
TEST_F(pit, a_new_count_after_a_late_edge)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 0, 3, 1000);
	self->outside.now = start + TICKS(1100);
	write_count_of(pit, 0, 3000);
	EXPECT_EQ(self->outside.rises, 1);
	EXPECT_EQ(self->outside.alarm, start + TICKS(1500 + 1500));
}

TEST_F(pit, the_first_byte_stops_mode_0)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 0, 0, 5000);
	self->outside.now = start + TICKS(5000);
	pit_expire(pit);
	EXPECT_TRUE(self->outside.level);
	pit_write(pit, 0, 0x00);
	EXPECT_FALSE(self->outside.level);
	EXPECT_EQ(self->outside.alarm, NEVER);
	self->outside.now = start + TICKS(9000);
	EXPECT_EQ(read_count_of(pit, 0), 0);
	pit_write(pit, 0, 0x10);
	EXPECT_FALSE(self->outside.level);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(0x1000));
	EXPECT_EQ(read_count_of(pit, 0), 0x1000);
}

TEST_F(pit, a_new_count_in_mode_4_counts_at_once)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 0, 4, 5000);
	self->outside.now = start + TICKS(100);
	pit_write(pit, 0, 0xe8);
	EXPECT_EQ(read_count_of(pit, 0), 4900);
	pit_write(pit, 0, 0x03);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(1001));
}

TEST_F(pit, a_new_count_in_mode_1_waits_for_the_gate)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 2, 1, 100);
	EXPECT_TRUE(read_status_of(pit, 2) & STATUS_NULL);
	pit_write_speaker(pit, SPEAKER_GATE);
	EXPECT_FALSE(read_status_of(pit, 2) & STATUS_NULL);
	self->outside.now = start + TICKS(50);
	write_count_of(pit, 2, 1000);
	EXPECT_TRUE(read_status_of(pit, 2) & STATUS_NULL);
	EXPECT_EQ(read_count_of(pit, 2), 50);
	self->outside.now = start + TICKS(99);
	EXPECT_FALSE(speaker_out(pit));
	self->outside.now = start + TICKS(100);
	EXPECT_TRUE(speaker_out(pit));
	pit_write_speaker(pit, 0);
	pit_write_speaker(pit, SPEAKER_GATE);
	EXPECT_FALSE(speaker_out(pit));
	EXPECT_EQ(read_count_of(pit, 2), 1000);
	EXPECT_FALSE(read_status_of(pit, 2) & STATUS_NULL);
	self->outside.now += TICKS(1000);
	EXPECT_TRUE(speaker_out(pit));
}

/* ------------------------------------------------------------------------- */
/* What is illegal, or too fast                                              */
/* ------------------------------------------------------------------------- */

TEST_F(pit, count_1_is_2_where_it_repeats)
{
	struct pit *pit = &self->pit;

	pit_write_speaker(pit, SPEAKER_GATE);
	for (unsigned int mode = 2; mode <= 3; mode++) {
		program(pit, 2, mode, 1);
		EXPECT_EQ(read_count_of(pit, 2), 2);
		EXPECT_TRUE(speaker_out(pit));
		self->outside.now += TICKS(1);
		EXPECT_FALSE(speaker_out(pit));
	}
	program(pit, 2, 0, 1);
	EXPECT_EQ(read_count_of(pit, 2), 1);
}

/* Not every period interrupts, but an interrupt is where one ends, and the count is exact. */
TEST_F(pit, short_periods)
{
	static const u16 counts[] = { 1, 2, 3, 100, 238 };
	struct pit *pit = &self->pit;

	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		u64 start = self->outside.now, last = start;
		u32 count = counts[i] > 1 ? counts[i] : 2;

		program(pit, 0, 2, counts[i]);
		self->outside.rises = 0;
		for (unsigned int j = 1; j <= 10; j++) {
			u64 ticks = to_ticks(self->outside.alarm - start);

			EXPECT_GE(self->outside.alarm, last + SHORTEST_NS);
			EXPECT_LE(self->outside.alarm, last + SHORTEST_NS + TICKS(count) + 1);
			EXPECT_EQ(ticks % count, 0);
			last = self->outside.alarm;
			self->outside.now = last;
			pit_expire(pit);
			EXPECT_EQ(self->outside.rises, j);
		}
		self->outside.now = start + TICKS(1000 * count + count - 1);
		EXPECT_EQ(read_count_of(pit, 0), 1);
	}
	program(pit, 0, 2, 239);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(239));
}

/* A guest that waits for so short a time once does not wait longer. */
TEST_F(pit, a_short_time_once)
{
	struct pit *pit = &self->pit;

	program(pit, 0, 0, 10);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(10));
	program(pit, 0, 4, 10);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(11));
}

TEST_F(pit, what_is_not_decimal)
{
	struct pit *pit = &self->pit;

	for (u32 count = 0; count <= 0xffff; count += 0x111) {
		pit_write(pit, CONTROL, ACCESS_BOTH << 4 | 2 << 1 | 1);
		write_count_of(pit, 0, count);
		EXPECT_GT(self->outside.alarm, self->outside.now);
		EXPECT_LE(self->outside.alarm, self->outside.now + TICKS(15 * 1111));
		self->outside.now = self->outside.alarm;
		pit_expire(pit);
		read_count_of(pit, 0);
	}
	pit_write(pit, CONTROL, ACCESS_BOTH << 4 | 2 << 1 | 1);
	write_count_of(pit, 0, 0);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(10000));
	EXPECT_EQ(read_count_of(pit, 0), 0);
}

/* ------------------------------------------------------------------------- */
/* Latches                                                                   */
/* ------------------------------------------------------------------------- */

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

TEST_F(pit, a_second_latch_does_nothing)
{
	struct pit *pit = &self->pit;

	program(pit, 0, 2, 1000);
	pit_write(pit, CONTROL, 0);
	self->outside.now += TICKS(500);
	pit_write(pit, CONTROL, 0);
	EXPECT_EQ(pit_read(pit, 0) | pit_read(pit, 0) << 8, 1000);
	pit_write(pit, CONTROL, 0);
	EXPECT_EQ(pit_read(pit, 0) | pit_read(pit, 0) << 8, 500);
}

/* By one command: the status is read first, then the count, and then what there is by now. */
TEST_F(pit, latches_status_and_count)
{
	struct pit *pit = &self->pit;

	program(pit, 0, 3, 1000);
	pit_write_speaker(pit, SPEAKER_GATE);
	program(pit, 2, 2, 300);
	pit_write(pit, CONTROL, READ_BACK << 6 | 2 << 0 | 2 << 2);
	self->outside.now += TICKS(600);
	/* Neither is latched again. */
	pit_write(pit, CONTROL, READ_BACK << 6 | 2 << 0);
	EXPECT_EQ(pit_read(pit, 0), STATUS_OUT | ACCESS_BOTH << 4 | 3 << 1);
	EXPECT_EQ(pit_read(pit, 0) | pit_read(pit, 0) << 8, 1000);
	EXPECT_EQ(pit_read(pit, 0) | pit_read(pit, 0) << 8, 800);
	EXPECT_EQ(pit_read(pit, 2), STATUS_OUT | ACCESS_BOTH << 4 | 2 << 1);
	EXPECT_EQ(pit_read(pit, 2) | pit_read(pit, 2) << 8, 300);
}

TEST_F(pit, single_bytes)
{
	struct pit *pit = &self->pit;

	pit_write(pit, CONTROL, ACCESS_LOW << 4 | 2 << 1);
	pit_write(pit, 0, 250);
	EXPECT_EQ(self->outside.alarm, self->outside.now + TICKS(250));
	EXPECT_EQ(pit_read(pit, 0), 250);
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

/* ------------------------------------------------------------------------- */
/* Port 61h                                                                  */
/* ------------------------------------------------------------------------- */

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

TEST_F(pit, a_rising_gate_starts_mode_5)
{
	struct pit *pit = &self->pit;
	u64 start = self->outside.now;

	program(pit, 2, 5, 100);
	self->outside.now = start += NS_PER_S;
	EXPECT_TRUE(read_status_of(pit, 2) & STATUS_NULL);
	pit_write_speaker(pit, SPEAKER_GATE);
	/* It goes on when the gate falls, and begins anew when it rises. */
	pit_write_speaker(pit, 0);
	self->outside.now = start + TICKS(60);
	EXPECT_EQ(read_count_of(pit, 2), 40);
	pit_write_speaker(pit, SPEAKER_GATE);
	self->outside.now = start + TICKS(159);
	EXPECT_TRUE(speaker_out(pit));
	self->outside.now = start + TICKS(160);
	EXPECT_FALSE(speaker_out(pit));
	self->outside.now = start + TICKS(161);
	EXPECT_TRUE(speaker_out(pit));
}

/* It stands still with a high output, and begins anew. */
TEST_F(pit, a_low_gate_holds_what_repeats)
{
	struct pit *pit = &self->pit;

	for (unsigned int mode = 2; mode <= 3; mode++) {
		u64 start = self->outside.now;

		pit_write_speaker(pit, SPEAKER_GATE);
		program(pit, 2, mode, 1000);
		self->outside.now = start + TICKS(999);
		EXPECT_FALSE(speaker_out(pit));
		pit_write_speaker(pit, 0);
		EXPECT_TRUE(speaker_out(pit));
		self->outside.now = start + TICKS(1300);
		EXPECT_TRUE(speaker_out(pit));
		EXPECT_EQ(read_count_of(pit, 2), mode == 2 ? 1 : 2);
		pit_write_speaker(pit, SPEAKER_GATE);
		EXPECT_EQ(read_count_of(pit, 2), 1000);
		self->outside.now += TICKS(999);
		EXPECT_FALSE(speaker_out(pit));
		pit_write_speaker(pit, 0);
	}
}

/* What was written under a low gate begins when it rises. */
TEST_F(pit, a_new_count_under_a_low_gate)
{
	struct pit *pit = &self->pit;

	program(pit, 2, 2, 1000);
	self->outside.now += TICKS(300);
	EXPECT_EQ(read_count_of(pit, 2), 1000);
	write_count_of(pit, 2, 500);
	self->outside.now += TICKS(3000);
	EXPECT_EQ(read_count_of(pit, 2), 1000);
	pit_write_speaker(pit, SPEAKER_GATE);
	EXPECT_EQ(read_count_of(pit, 2), 500);
	self->outside.now += TICKS(600);
	EXPECT_EQ(read_count_of(pit, 2), 400);
}

TEST_F(pit, refreshes)
{
	struct pit *pit = &self->pit;
	u8 first = pit_read_speaker(pit) & SPEAKER_REFRESH;

	self->outside.now += REFRESH_NS;
	EXPECT_NE(pit_read_speaker(pit) & SPEAKER_REFRESH, first);
	self->outside.now += REFRESH_NS;
	EXPECT_EQ(pit_read_speaker(pit) & SPEAKER_REFRESH, first);
	/* It is not for the guest to write. */
	pit_write_speaker(pit, 0xff);
	EXPECT_EQ(pit_read_speaker(pit) & SPEAKER_REFRESH, first);
}

TEST_HARNESS_MAIN
