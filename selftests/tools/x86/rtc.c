// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run's real-time clock, by itself, in a time that the test makes
 */
/* The source itself: what it needs of the rest of axvm-run is one header. */
#include "../../../tools/axvm-run/x86/rtc.c"
#undef ARRAY_SIZE
#undef BIT

#include "test.h"

/* Saturday, 29 February 2020, 13:59:58 UTC. */
#define START		(1582984798ULL * NS_PER_S)

/** struct outside - What it is connected to: the time, and what was asked for and told. */
struct outside {
	u64 now;
	u64 alarm;
	bool level;
	unsigned int rises;
};

FIXTURE(rtc) {
	struct rtc rtc;
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

static const struct rtc_ops ops = {
	.now = tell_now,
	.set_alarm = take_alarm,
	.interrupt = take_level,
};

FIXTURE_SETUP(rtc)
{
	self->outside.now = START;
	self->outside.alarm = NEVER;
	rtc_init(&self->rtc, &ops, &self->outside);
}

FIXTURE_TEARDOWN(rtc)
{
	rtc_destroy(&self->rtc);
}

static u8 get(struct rtc *rtc, unsigned int index)
{
	rtc_write(rtc, 0, index);
	return rtc_read(rtc, 1);
}

static void put(struct rtc *rtc, unsigned int index, u8 value)
{
	rtc_write(rtc, 0, index);
	rtc_write(rtc, 1, value);
}

TEST_F(rtc, tells_the_time)
{
	struct rtc *rtc = &self->rtc;

	EXPECT_EQ(get(rtc, SECONDS), 0x58);
	EXPECT_EQ(get(rtc, MINUTES), 0x59);
	EXPECT_EQ(get(rtc, HOURS), 0x13);
	EXPECT_EQ(get(rtc, DAY_OF_WEEK), 0x07);
	EXPECT_EQ(get(rtc, DAY_OF_MONTH), 0x29);
	EXPECT_EQ(get(rtc, MONTH), 0x02);
	EXPECT_EQ(get(rtc, YEAR), 0x20);
	EXPECT_EQ(get(rtc, CENTURY), 0x20);
	EXPECT_EQ(get(rtc, REG_D), D_VALID);
	self->outside.now += 2 * NS_PER_S;
	EXPECT_EQ(get(rtc, SECONDS), 0x00);
	EXPECT_EQ(get(rtc, MINUTES), 0x00);
	EXPECT_EQ(get(rtc, HOURS), 0x14);
}

TEST_F(rtc, in_binary_and_by_half_days)
{
	struct rtc *rtc = &self->rtc;

	put(rtc, REG_B, B_BINARY | B_24);
	EXPECT_EQ(get(rtc, SECONDS), 58);
	EXPECT_EQ(get(rtc, HOURS), 13);
	put(rtc, REG_B, 0);
	EXPECT_EQ(get(rtc, HOURS), 0x01 | HOUR_PM);
	self->outside.now -= 2 * 3600 * NS_PER_S;
	EXPECT_EQ(get(rtc, HOURS), 0x11);
	self->outside.now += 3600 * NS_PER_S;
	EXPECT_EQ(get(rtc, HOURS), 0x12 | HOUR_PM);
	self->outside.now += 12 * 3600 * NS_PER_S;
	EXPECT_EQ(get(rtc, HOURS), 0x12);
}

TEST_F(rtc, announces_an_update)
{
	struct rtc *rtc = &self->rtc;

	EXPECT_FALSE(get(rtc, REG_A) & A_UPDATE);
	self->outside.now = START + NS_PER_S - 1000;
	EXPECT_TRUE(get(rtc, REG_A) & A_UPDATE);
	self->outside.now = START + NS_PER_S;
	EXPECT_FALSE(get(rtc, REG_A) & A_UPDATE);
}

TEST_F(rtc, can_be_set)
{
	struct rtc *rtc = &self->rtc;

	put(rtc, REG_B, B_SET | B_24);
	put(rtc, SECONDS, 0x30);
	put(rtc, MINUTES, 0x15);
	put(rtc, HOURS, 0x08);
	put(rtc, DAY_OF_MONTH, 0x31);
	put(rtc, MONTH, 0x12);
	put(rtc, YEAR, 0x99);
	put(rtc, CENTURY, 0x19);
	/* It stands still, as it was set. */
	self->outside.now += 5 * NS_PER_S;
	EXPECT_EQ(get(rtc, SECONDS), 0x30);
	put(rtc, REG_B, B_24);
	self->outside.now += 45 * NS_PER_S;
	EXPECT_EQ(get(rtc, SECONDS), 0x15);
	EXPECT_EQ(get(rtc, MINUTES), 0x16);
	EXPECT_EQ(get(rtc, DAY_OF_WEEK), 0x06);
	EXPECT_EQ(get(rtc, YEAR), 0x99);
	EXPECT_EQ(get(rtc, CENTURY), 0x19);
}

TEST_F(rtc, any_setting_makes_some_time)
{
	struct rtc *rtc = &self->rtc;

	put(rtc, REG_B, B_SET | B_BINARY | B_24);
	for (unsigned int i = 0; i < REG_A; i++)
		put(rtc, i, 0xff);
	put(rtc, CENTURY, 0xff);
	put(rtc, REG_B, B_BINARY | B_24);
	EXPECT_LT(get(rtc, SECONDS), 60);
	EXPECT_LT(get(rtc, HOURS), 24);
	EXPECT_LT(get(rtc, MONTH), 13);
}

TEST_F(rtc, interrupts_every_second)
{
	struct rtc *rtc = &self->rtc;

	put(rtc, REG_B, B_24 | B_UPDATE);
	for (unsigned int i = 1; i <= 3; i++) {
		EXPECT_EQ(self->outside.alarm, START + i * NS_PER_S);
		self->outside.now = self->outside.alarm;
		rtc_expire(rtc);
		EXPECT_TRUE(self->outside.level);
		EXPECT_EQ(self->outside.rises, i);
		/* The next one comes when this one was taken. */
		EXPECT_EQ(self->outside.alarm, NEVER);
		EXPECT_EQ(get(rtc, REG_C) & (C_INTERRUPT | B_UPDATE), C_INTERRUPT | B_UPDATE);
		EXPECT_FALSE(self->outside.level);
		EXPECT_EQ(get(rtc, REG_C), 0);
	}
}

TEST_F(rtc, interrupts_periodically)
{
	struct rtc *rtc = &self->rtc;

	put(rtc, REG_A, 0x26);
	put(rtc, REG_B, B_24 | B_PERIODIC);
	EXPECT_LE(self->outside.alarm - START, NS_PER_S / 1024);
	self->outside.now = self->outside.alarm;
	rtc_expire(rtc);
	EXPECT_EQ(get(rtc, REG_C) & (C_INTERRUPT | B_PERIODIC), C_INTERRUPT | B_PERIODIC);
	EXPECT_EQ(self->outside.alarm - self->outside.now, NS_PER_S / 1024);
	/* Rate 0 is none, 1 is as slow as 8. */
	put(rtc, REG_A, 0x20);
	EXPECT_EQ(self->outside.alarm, NEVER);
	put(rtc, REG_A, 0x21);
	EXPECT_LE(self->outside.alarm - self->outside.now, NS_PER_S / 256);
}

TEST_F(rtc, rings_at_its_alarm)
{
	struct rtc *rtc = &self->rtc;

	put(rtc, HOURS_ALARM, 0x14);
	put(rtc, MINUTES_ALARM, 0x00);
	put(rtc, SECONDS_ALARM, 0x30);
	put(rtc, REG_B, B_24 | B_ALARM);
	EXPECT_EQ(self->outside.alarm, START + 32 * NS_PER_S);
	self->outside.now = self->outside.alarm;
	rtc_expire(rtc);
	EXPECT_TRUE(self->outside.level);
	EXPECT_TRUE(get(rtc, REG_C) & B_ALARM);
	EXPECT_EQ(self->outside.alarm, self->outside.now + DAY * NS_PER_S);
	/* Every minute at :30. */
	put(rtc, HOURS_ALARM, 0xff);
	put(rtc, MINUTES_ALARM, 0xc0);
	EXPECT_EQ(self->outside.alarm, self->outside.now + 60 * NS_PER_S);
	/* Never. */
	put(rtc, SECONDS_ALARM, 0x77);
	EXPECT_EQ(self->outside.alarm, NEVER);
}

/* A driver that polls register C sees what has happened, too. */
TEST_F(rtc, events_can_be_polled)
{
	struct rtc *rtc = &self->rtc;

	get(rtc, REG_C);
	self->outside.now += NS_PER_S;
	EXPECT_EQ(get(rtc, REG_C) & (C_INTERRUPT | B_UPDATE), B_UPDATE);
	EXPECT_EQ(self->outside.rises, 0);
}

TEST_F(rtc, keeps_the_rest)
{
	struct rtc *rtc = &self->rtc;

	rtc_set_memory(rtc, 3 * GIB, GIB);
	EXPECT_EQ(get(rtc, 0x15) | get(rtc, 0x16) << 8, 640);
	EXPECT_EQ(get(rtc, 0x17) | get(rtc, 0x18) << 8, 0xffff);
	EXPECT_EQ(get(rtc, 0x34) | get(rtc, 0x35) << 8, (3 * GIB - 16 * MIB) / (64 * KIB));
	EXPECT_EQ(get(rtc, 0x5b) | get(rtc, 0x5c) << 8, GIB / (64 * KIB));
	put(rtc, 0x40, 0x5a);
	EXPECT_EQ(get(rtc, 0x40), 0x5a);
	/* Bit 7 of the index is the NMI's. */
	EXPECT_EQ(get(rtc, 0xc0), 0x5a);
	put(rtc, REG_D, 0);
	EXPECT_EQ(get(rtc, REG_D), D_VALID);
	EXPECT_EQ(rtc_read(rtc, 0), 0xff);
}

TEST_HARNESS_MAIN
