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
	/* There is none while the time is set. */
	put(rtc, REG_B, B_SET | B_24);
	EXPECT_FALSE(get(rtc, REG_A) & A_UPDATE);
	put(rtc, REG_B, B_24);
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

static void set_alarm(struct rtc *rtc, u8 hours, u8 minutes, u8 seconds)
{
	put(rtc, HOURS_ALARM, hours);
	put(rtc, MINUTES_ALARM, minutes);
	put(rtc, SECONDS_ALARM, seconds);
}

/* In how many seconds the alarm is. */
static u64 alarm_after(const struct outside *outside)
{
	return (outside->alarm - outside->now) / NS_PER_S;
}

TEST_F(rtc, an_alarm_in_the_afternoon)
{
	struct rtc *rtc = &self->rtc;

	/* From 1:59:58 pm. */
	put(rtc, REG_B, B_ALARM);
	set_alarm(rtc, 0x02 | HOUR_PM, 0x00, 0x00);
	EXPECT_EQ(alarm_after(&self->outside), 2);
	set_alarm(rtc, 0x02, 0x00, 0x00);
	EXPECT_EQ(alarm_after(&self->outside), 2 + DAY / 2);
	set_alarm(rtc, 0x12, 0x00, 0x00);
	EXPECT_EQ(alarm_after(&self->outside), 2 + 10 * 3600);
	set_alarm(rtc, 0x12 | HOUR_PM, 0x00, 0x00);
	EXPECT_EQ(alarm_after(&self->outside), 2 + 22 * 3600);
	put(rtc, REG_B, B_ALARM | B_BINARY);
	set_alarm(rtc, 11 | HOUR_PM, 59, 59);
	EXPECT_EQ(alarm_after(&self->outside), 1 + 10 * 3600);
}

TEST_F(rtc, an_alarm_at_any_time)
{
	struct rtc *rtc = &self->rtc;

	put(rtc, REG_B, B_24 | B_ALARM);
	set_alarm(rtc, 0xff, 0xff, 0xff);
	EXPECT_EQ(alarm_after(&self->outside), 1);
	set_alarm(rtc, 0xff, 0xff, 0x57);
	EXPECT_EQ(alarm_after(&self->outside), 59);
	set_alarm(rtc, 0xff, 0x59, 0xff);
	EXPECT_EQ(alarm_after(&self->outside), 1);
	set_alarm(rtc, 0xff, 0x58, 0xff);
	EXPECT_EQ(alarm_after(&self->outside), 2 + 58 * 60);
	set_alarm(rtc, 0x13, 0xff, 0xff);
	EXPECT_EQ(alarm_after(&self->outside), 1);
	set_alarm(rtc, 0x12, 0xff, 0xff);
	EXPECT_EQ(alarm_after(&self->outside), 2 + 22 * 3600);
	/* Now is over: it comes again tomorrow. */
	set_alarm(rtc, 0x13, 0x59, 0x58);
	EXPECT_EQ(alarm_after(&self->outside), DAY);
}

TEST_F(rtc, an_alarm_past_midnight)
{
	struct rtc *rtc = &self->rtc;

	self->outside.now = START / NS_PER_S / DAY * DAY * NS_PER_S + (DAY - 1) * NS_PER_S;
	put(rtc, REG_B, B_24 | B_ALARM);
	set_alarm(rtc, 0x00, 0x00, 0x00);
	EXPECT_EQ(alarm_after(&self->outside), 1);
	set_alarm(rtc, 0xff, 0xff, 0x30);
	EXPECT_EQ(alarm_after(&self->outside), 31);
	set_alarm(rtc, 0xff, 0x10, 0xff);
	EXPECT_EQ(alarm_after(&self->outside), 1 + 10 * 60);
	set_alarm(rtc, 0x23, 0xff, 0x59);
	EXPECT_EQ(alarm_after(&self->outside), 23 * 3600 + 60);
}

/* One field that no time has is enough, and takes no longer than any other alarm. */
TEST_F(rtc, an_impossible_alarm)
{
	static const u8 impossible[][3] = {
		{ 0xff, 0xff, 0x77 }, { 0xff, 0x60, 0xff }, { 0x24, 0xff, 0xff },
		{ 0xff, 0xff, 0x0f }, { 0xff, 0xbf, 0x00 }, { 0x1a, 0x00, 0x00 },
		{ 0x12 | HOUR_PM, 0x00, 0x00 },
	};
	struct rtc *rtc = &self->rtc;

	put(rtc, REG_B, B_24 | B_ALARM);
	for (unsigned int i = 0; i < ARRAY_SIZE(impossible); i++) {
		set_alarm(rtc, impossible[i][0], impossible[i][1], impossible[i][2]);
		EXPECT_EQ(self->outside.alarm, NEVER);
		self->outside.now += DAY * NS_PER_S;
		EXPECT_FALSE(get(rtc, REG_C) & B_ALARM);
	}
	/* By half days there are 12 hours, and none of them is 0. */
	put(rtc, REG_B, B_ALARM);
	set_alarm(rtc, 0x00, 0xff, 0xff);
	EXPECT_EQ(self->outside.alarm, NEVER);
	set_alarm(rtc, 0x13, 0xff, 0xff);
	EXPECT_EQ(self->outside.alarm, NEVER);
	set_alarm(rtc, 0x12 | HOUR_PM, 0xff, 0xff);
	EXPECT_NE(self->outside.alarm, NEVER);
}

static bool shows(const struct rtc *rtc, unsigned int index, u8 value)
{
	return rtc->cmos[index] >= ANY || rtc->cmos[index] == value;
}

/* The next second whose registers the alarm's are the same as, found one by one. */
static unsigned int search(const struct rtc *rtc, unsigned int of_day)
{
	while (of_day < DAY && !(shows(rtc, HOURS_ALARM, encode_hour(rtc, of_day / 3600)) &&
				 shows(rtc, MINUTES_ALARM, encode(rtc, of_day / 60 % 60)) &&
				 shows(rtc, SECONDS_ALARM, encode(rtc, of_day % 60))))
		of_day++;
	return of_day;
}

static void compare_with_search(struct rtc *rtc, u8 hours, u8 minutes, u8 seconds)
{
	static const unsigned int from[] = {
		0, 1, 59, 60, 3599, 3600, 43199, 43200, 43201, 47000, DAY - 3601, DAY - 60, DAY - 1
	};
	struct alarm_time alarm;

	rtc->cmos[HOURS_ALARM] = hours;
	rtc->cmos[MINUTES_ALARM] = minutes;
	rtc->cmos[SECONDS_ALARM] = seconds;
	alarm = alarm_time(rtc);
	for (unsigned int i = 0; i < ARRAY_SIZE(from); i++)
		CHECK_EQ(next_fit(&alarm, from[i]), search(rtc, from[i]));
}

TEST_F(rtc, finds_what_a_search_finds)
{
	static const u8 hours[] = { 0xff, 0x01, 0x12, 0x11 | HOUR_PM, 0x12 | HOUR_PM };
	static const u8 others[] = { 0xc0, 0x00, 0x01, 0x30, 0x59 };
	struct rtc *rtc = &self->rtc;

	for (unsigned int i = 0; i < ARRAY_SIZE(hours); i++) {
		rtc->cmos[REG_B] = hours[i] < ANY && (hours[i] & HOUR_PM) ? 0 : B_24;
		for (unsigned int j = 0; j < ARRAY_SIZE(others); j++)
			for (unsigned int k = 0; k < ARRAY_SIZE(others); k++)
				compare_with_search(rtc, hours[i], others[j], others[k]);
	}
}

TEST_F(rtc, no_alarm_while_it_is_set)
{
	struct rtc *rtc = &self->rtc;

	set_alarm(rtc, 0x14, 0x00, 0x00);
	put(rtc, REG_B, B_SET | B_24 | B_ALARM | B_UPDATE);
	/* SET ends the updates' interrupts, for good. */
	EXPECT_EQ(get(rtc, REG_B), B_SET | B_24 | B_ALARM);
	EXPECT_EQ(self->outside.alarm, NEVER);
	self->outside.now += 5 * NS_PER_S;
	rtc_expire(rtc);
	EXPECT_EQ(self->outside.rises, 0);
	EXPECT_EQ(get(rtc, REG_C), B_PERIODIC);
	put(rtc, REG_B, B_24 | B_ALARM);
	EXPECT_EQ(get(rtc, REG_B), B_24 | B_ALARM);
	/* It has stood still at two seconds before. */
	EXPECT_EQ(alarm_after(&self->outside), 2);
}

/* The line is what has happened and is enabled: no more, no less, and no longer. */
TEST_F(rtc, interrupts_while_enabled)
{
	struct rtc *rtc = &self->rtc;

	self->outside.now += NS_PER_S;
	put(rtc, REG_B, B_24);
	EXPECT_FALSE(self->outside.level);
	for (unsigned int i = 1; i <= 3; i++) {
		put(rtc, REG_B, B_24 | B_UPDATE);
		EXPECT_TRUE(self->outside.level);
		EXPECT_EQ(self->outside.rises, i);
		put(rtc, REG_B, B_24);
		EXPECT_FALSE(self->outside.level);
	}
	/* Another's flag is no reason, and without one the interrupt's is not set. */
	put(rtc, REG_B, B_24 | B_ALARM);
	EXPECT_FALSE(self->outside.level);
	EXPECT_EQ(get(rtc, REG_C), B_UPDATE | B_PERIODIC);
	put(rtc, REG_B, B_24 | B_UPDATE);
	EXPECT_FALSE(self->outside.level);
}

/* SET clears the enable bit, and so the line falls. */
TEST_F(rtc, setting_ends_the_interrupt)
{
	struct rtc *rtc = &self->rtc;

	put(rtc, REG_B, B_24 | B_UPDATE);
	self->outside.now += NS_PER_S;
	rtc_expire(rtc);
	EXPECT_TRUE(self->outside.level);
	put(rtc, REG_B, B_SET | B_24 | B_UPDATE);
	EXPECT_FALSE(self->outside.level);
}

/* Interrupts go on, and at the times that the clock shows then. */
TEST_F(rtc, the_clock_is_set_back)
{
	struct rtc *rtc = &self->rtc;

	set_alarm(rtc, 0x13, 0x30, 0x00);
	put(rtc, REG_B, B_24 | B_ALARM);
	EXPECT_EQ(alarm_after(&self->outside), DAY - 29 * 60 - 58);
	self->outside.now -= 3600 * NS_PER_S;
	rtc_expire(rtc);
	EXPECT_EQ(self->outside.rises, 0);
	EXPECT_EQ(alarm_after(&self->outside), 30 * 60 + 2);
	self->outside.now = self->outside.alarm;
	rtc_expire(rtc);
	EXPECT_EQ(self->outside.rises, 1);
	get(rtc, REG_C);

	put(rtc, REG_B, B_24 | B_UPDATE);
	self->outside.now -= 3600 * NS_PER_S;
	rtc_expire(rtc);
	for (unsigned int i = 1; i <= 3; i++) {
		EXPECT_EQ(alarm_after(&self->outside), 1);
		self->outside.now = self->outside.alarm;
		EXPECT_EQ(get(rtc, REG_C), C_INTERRUPT | B_UPDATE | B_PERIODIC);
	}
}

/* As when the host has slept: what was due in between has happened, once. */
TEST_F(rtc, the_clock_is_set_ahead)
{
	struct rtc *rtc = &self->rtc;

	set_alarm(rtc, 0x15, 0x00, 0x00);
	put(rtc, REG_B, B_24 | B_ALARM);
	self->outside.now += 5 * 3600 * NS_PER_S;
	rtc_expire(rtc);
	EXPECT_EQ(self->outside.rises, 1);
	EXPECT_TRUE(get(rtc, REG_C) & B_ALARM);
	EXPECT_EQ(alarm_after(&self->outside), DAY - 4 * 3600 + 2);
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
