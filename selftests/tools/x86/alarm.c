// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run's alarms: a thread that calls in time, by the clock that it was told
 */
#include <semaphore.h>

/* The source itself: what it needs of the rest of axvm-run is below. */
#include "../../../tools/axvm-run/x86/alarm.c"
#undef ARRAY_SIZE
#undef BIT

#include "test.h"

#define MS		1000000ULL
#define HOUR		(3600 * NS_PER_S)

int fail(const char *fmt, ...)
{
	(void)fmt;
	return -1;
}

/**
 * struct outside - Who is called.
 * @alarm: by this one.
 * @clock: the alarm's.
 * @rings: as often as this was posted.
 * @again: this many more times: 1 ms after it was called.
 * @blocks: and it does not return before @go_on.
 * @go_on: go on.
 */
struct outside {
	struct alarm alarm;
	clockid_t clock;
	sem_t rings;
	unsigned int again;
	bool blocks;
	sem_t go_on;
};

FIXTURE(alarm) {
	struct outside outside;
};

FIXTURE_VARIANT(alarm) {
	clockid_t clock;
};

FIXTURE_VARIANT_ADD(alarm, monotonic) {
	.clock = CLOCK_MONOTONIC,
};

FIXTURE_VARIANT_ADD(alarm, time_of_day) {
	.clock = CLOCK_REALTIME,
};

static void set_after(struct outside *outside, u64 ns)
{
	alarm_set(&outside->alarm, alarm_now(outside->clock) + ns);
}

static void ring(void *opaque)
{
	struct outside *outside = opaque;
	bool blocks = outside->blocks;

	if (outside->again) {
		outside->again--;
		set_after(outside, MS);
	}
	sem_post(&outside->rings);
	if (blocks)
		sem_wait(&outside->go_on);
}

FIXTURE_SETUP(alarm)
{
	self->outside.clock = variant->clock;
	sem_init(&self->outside.rings, 0, 0);
	sem_init(&self->outside.go_on, 0, 0);
	ASSERT_EQ(alarm_create(&self->outside.alarm, variant->clock, ring, &self->outside), 0);
}

FIXTURE_TEARDOWN(alarm)
{
	alarm_destroy(&self->outside.alarm);
}

/* The time is set to what it is: nobody else is disturbed. */
static void set_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (clock_settime(CLOCK_REALTIME, &now))
		test_skip("the clock cannot be set: %s", strerror(errno));
}

static bool rings_within(struct outside *outside, u64 ns)
{
	usleep(ns / 1000);
	return !sem_trywait(&outside->rings);
}

TEST_F(alarm, rings_in_time)
{
	struct outside *outside = &self->outside;
	u64 deadline = alarm_now(variant->clock) + 20 * MS;

	EXPECT_FALSE(rings_within(outside, 20 * MS));
	alarm_set(&outside->alarm, deadline);
	sem_wait(&outside->rings);
	deadline = alarm_now(variant->clock) + 20 * MS;
	alarm_set(&outside->alarm, deadline);
	sem_wait(&outside->rings);
	EXPECT_GE(alarm_now(variant->clock), deadline);
	EXPECT_FALSE(rings_within(outside, 50 * MS));
}

TEST_F(alarm, the_last_deadline_counts)
{
	struct outside *outside = &self->outside;

	set_after(outside, 20 * MS);
	set_after(outside, HOUR);
	EXPECT_FALSE(rings_within(outside, 50 * MS));
	set_after(outside, 20 * MS);
	alarm_set(&outside->alarm, ALARM_NEVER);
	EXPECT_FALSE(rings_within(outside, 50 * MS));
	set_after(outside, HOUR);
	set_after(outside, 0);
	sem_wait(&outside->rings);
}

TEST_F(alarm, can_be_set_by_whom_it_calls)
{
	struct outside *outside = &self->outside;

	outside->again = 20;
	set_after(outside, 0);
	for (unsigned int i = 0; i <= 20; i++)
		sem_wait(&outside->rings);
	EXPECT_FALSE(rings_within(outside, 20 * MS));
}

/* It ends even while it is just called, and sets itself again. */
TEST_F(alarm, ends_at_any_time)
{
	struct outside *outside = &self->outside;

	outside->again = ~0U;
	for (unsigned int i = 0; i < 50; i++) {
		set_after(outside, 0);
		usleep(i * 100);
		alarm_destroy(&outside->alarm);
		ASSERT_EQ(alarm_create(&outside->alarm, variant->clock, ring, outside), 0);
	}
	set_after(outside, HOUR);
}

/* Whoever is called can look what time it is now. */
TEST_F(alarm, rings_when_its_clock_is_set)
{
	struct outside *outside = &self->outside;

	set_after(outside, HOUR);
	EXPECT_FALSE(rings_within(outside, 20 * MS));
	set_clock();
	if (variant->clock == CLOCK_REALTIME)
		sem_wait(&outside->rings);
	EXPECT_FALSE(rings_within(outside, 50 * MS));
}

/* The deadline comes while nobody waits, and may be one of before. */
TEST_F(alarm, rings_when_its_clock_was_set)
{
	struct outside *outside = &self->outside;

	outside->blocks = true;
	set_after(outside, 0);
	sem_wait(&outside->rings);
	outside->blocks = false;
	set_clock();
	set_after(outside, HOUR);
	sem_post(&outside->go_on);
	if (variant->clock == CLOCK_REALTIME)
		sem_wait(&outside->rings);
	EXPECT_FALSE(rings_within(outside, 50 * MS));
}

TEST_HARNESS_MAIN
