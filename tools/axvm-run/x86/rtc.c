// SPDX-License-Identifier: GPL-2.0
/*
 * An MC146818 real-time clock with its CMOS memory
 */
#include <time.h>

#include "rtc.h"

#define NS_PER_S	1000000000ULL
#define NEVER		(~0ULL)

/* Registers. */
#define SECONDS		0x00
#define SECONDS_ALARM	0x01
#define MINUTES		0x02
#define MINUTES_ALARM	0x03
#define HOURS		0x04
#define HOURS_ALARM	0x05
#define DAY_OF_WEEK	0x06
#define DAY_OF_MONTH	0x07
#define MONTH		0x08
#define YEAR		0x09
#define REG_A		0x0a
#define REG_B		0x0b
#define REG_C		0x0c
#define REG_D		0x0d
/* Not the clock's, but where everybody has it; the FADT says so. */
#define CENTURY		0x32

/* What a BIOS leaves about memory: KiB below 640 KiB and above 1 MiB, ... */
#define BASE_MEMORY	0x15
#define EXTENDED_MEMORY	0x17
#define EXTENDED_FOUND	0x30
/* ... 64 KiB above 16 MiB and above 4 GiB. */
#define ABOVE_16M	0x34
#define ABOVE_4G	0x5b

#define A_UPDATE	0x80
#define A_RATE		0x0f
/* 32768 Hz, and 1024 interrupts a second. */
#define A_DEFAULT	0x26

#define B_SET		0x80
#define B_PERIODIC	0x40
#define B_ALARM		0x20
#define B_UPDATE	0x10
#define B_BINARY	0x04
#define B_24		0x02
#define B_INTERRUPTS	(B_PERIODIC | B_ALARM | B_UPDATE)

#define C_INTERRUPT	0x80
#define D_VALID		0x80

#define HOUR_PM		0x80
/* An alarm register like this fits every time. */
#define ANY		0xc0

/* An update is announced so long before it. */
#define UPDATE_NS	(244000 + 1984000)

void rtc_init(struct rtc *rtc, const struct rtc_ops *ops, void *opaque)
{
	*rtc = (struct rtc){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.ops = ops,
		.opaque = opaque,
		.cmos = { [REG_A] = A_DEFAULT, [REG_B] = B_24, [REG_D] = D_VALID },
		.seen = ops->now(opaque),
	};
}

void rtc_destroy(struct rtc *rtc)
{
	pthread_mutex_destroy(&rtc->lock);
}

/* Low byte first, and no more than there is room for. */
static void put_size(struct rtc *rtc, unsigned int index, unsigned int bytes, u64 size)
{
	u64 most = (1ULL << (8 * bytes)) - 1;

	if (size > most)
		size = most;
	for (unsigned int i = 0; i < bytes; i++)
		rtc->cmos[index + i] = size >> (8 * i);
}

void rtc_set_memory(struct rtc *rtc, u64 below_4g, u64 above_4g)
{
	u64 extended = below_4g > MIB ? (below_4g - MIB) / KIB : 0;

	put_size(rtc, BASE_MEMORY, 2, 640);
	put_size(rtc, EXTENDED_MEMORY, 2, extended);
	put_size(rtc, EXTENDED_FOUND, 2, extended);
	put_size(rtc, ABOVE_16M, 2, below_4g > 16 * MIB ? (below_4g - 16 * MIB) / (64 * KIB) : 0);
	put_size(rtc, ABOVE_4G, 3, above_4g / (64 * KIB));
}

/* ------------------------------------------------------------------------- */
/* The time in the registers                                                 */
/* ------------------------------------------------------------------------- */

static u8 encode(const struct rtc *rtc, unsigned int value)
{
	return rtc->cmos[REG_B] & B_BINARY ? value : value / 10 << 4 | value % 10;
}

static unsigned int decode(const struct rtc *rtc, u8 value)
{
	return rtc->cmos[REG_B] & B_BINARY ? value : (value >> 4) * 10 + (value & 15);
}

static u8 encode_hour(const struct rtc *rtc, unsigned int hour)
{
	unsigned int of_12 = hour % 12 ? hour % 12 : 12;

	if (rtc->cmos[REG_B] & B_24)
		return encode(rtc, hour);
	return encode(rtc, of_12) | (hour >= 12 ? HOUR_PM : 0);
}

static unsigned int decode_hour(const struct rtc *rtc, u8 value)
{
	if (rtc->cmos[REG_B] & B_24)
		return decode(rtc, value);
	return decode(rtc, value & ~HOUR_PM) % 12 + (value & HOUR_PM ? 12 : 0);
}

static long long guest_seconds(const struct rtc *rtc, u64 now)
{
	return (long long)(now / NS_PER_S) + rtc->ahead;
}

/* From the clock to the registers. While SET is on they are the guest's. */
static void show_time(struct rtc *rtc, u64 now)
{
	time_t seconds = guest_seconds(rtc, now);
	unsigned int year;
	struct tm tm;

	if ((rtc->cmos[REG_B] & B_SET) || !gmtime_r(&seconds, &tm))
		return;
	year = tm.tm_year + 1900;
	rtc->cmos[SECONDS] = encode(rtc, tm.tm_sec);
	rtc->cmos[MINUTES] = encode(rtc, tm.tm_min);
	rtc->cmos[HOURS] = encode_hour(rtc, tm.tm_hour);
	rtc->cmos[DAY_OF_WEEK] = encode(rtc, tm.tm_wday + 1);
	rtc->cmos[DAY_OF_MONTH] = encode(rtc, tm.tm_mday);
	rtc->cmos[MONTH] = encode(rtc, tm.tm_mon + 1);
	rtc->cmos[YEAR] = encode(rtc, year % 100);
	rtc->cmos[CENTURY] = encode(rtc, year / 100);
}

/* From the registers to the clock: any values make some time. */
static void take_time(struct rtc *rtc, u64 now)
{
	const u8 *cmos = rtc->cmos;
	struct tm tm = {
		.tm_sec = decode(rtc, cmos[SECONDS]),
		.tm_min = decode(rtc, cmos[MINUTES]),
		.tm_hour = decode_hour(rtc, cmos[HOURS]),
		.tm_mday = decode(rtc, cmos[DAY_OF_MONTH]),
		.tm_mon = (int)decode(rtc, cmos[MONTH]) - 1,
		.tm_year = decode(rtc, cmos[CENTURY]) * 100 + decode(rtc, cmos[YEAR]) - 1900,
	};

	rtc->ahead = (long long)timegm(&tm) - (long long)(now / NS_PER_S);
}

/* ------------------------------------------------------------------------- */
/* The alarm                                                                 */
/* ------------------------------------------------------------------------- */

#define DAY		(24 * 3600U)

/** struct fit - What an alarm register fits: from @first to @last; nothing if that is less. */
struct fit {
	unsigned int first;
	unsigned int last;
};

/** struct alarm_time - What the alarm fits. */
struct alarm_time {
	struct fit hours;
	struct fit minutes;
	struct fit seconds;
};

/* The chip compares bytes: one that is never shown, as decimal 0Fh, fits nothing. */
static struct fit fit_of(u8 alarm, unsigned int value, u8 shown, unsigned int values)
{
	if (alarm >= ANY)
		return (struct fit){ 0, values - 1 };
	if (alarm != shown || value >= values)
		return (struct fit){ values, 0 };
	return (struct fit){ value, value };
}

static struct fit fit_of_60(const struct rtc *rtc, u8 alarm)
{
	unsigned int value = decode(rtc, alarm);

	return fit_of(alarm, value, encode(rtc, value), 60);
}

static struct fit fit_of_hours(const struct rtc *rtc, u8 alarm)
{
	unsigned int value = decode_hour(rtc, alarm);

	return fit_of(alarm, value, encode_hour(rtc, value), 24);
}

static struct alarm_time alarm_time(const struct rtc *rtc)
{
	return (struct alarm_time){
		.hours = fit_of_hours(rtc, rtc->cmos[HOURS_ALARM]),
		.minutes = fit_of_60(rtc, rtc->cmos[MINUTES_ALARM]),
		.seconds = fit_of_60(rtc, rtc->cmos[SECONDS_ALARM]),
	};
}

static bool fits_some_time(const struct alarm_time *alarm)
{
	return alarm->hours.first <= alarm->hours.last &&
	       alarm->minutes.first <= alarm->minutes.last &&
	       alarm->seconds.first <= alarm->seconds.last;
}

/* The next second of a day, from @of_day on, that the alarm fits; DAY: none. */
static unsigned int next_fit(const struct alarm_time *alarm, unsigned int of_day)
{
	/* What is past its last fit is carried, ... */
	if (of_day % 60 > alarm->seconds.last)
		of_day = (of_day / 60 + 1) * 60;
	if (of_day / 60 % 60 > alarm->minutes.last)
		of_day = (of_day / 3600 + 1) * 3600;
	if (of_day / 3600 > alarm->hours.last)
		return DAY;
	/* ... and what is before its first one goes there, with all below it at 0. */
	if (of_day / 3600 < alarm->hours.first)
		of_day = alarm->hours.first * 3600;
	if (of_day / 60 % 60 < alarm->minutes.first)
		of_day = (of_day / 3600 * 60 + alarm->minutes.first) * 60;
	if (of_day % 60 < alarm->seconds.first)
		of_day = of_day / 60 * 60 + alarm->seconds.first;
	return of_day;
}

/* When the alarm fits next, after @now; NEVER: it fits no time. */
static u64 next_alarm(const struct rtc *rtc, u64 now)
{
	struct alarm_time alarm = alarm_time(rtc);
	long long seconds = guest_seconds(rtc, now) + 1;
	unsigned int of_day = (seconds % DAY + DAY) % DAY;
	unsigned int found;

	if (!fits_some_time(&alarm))
		return NEVER;
	found = next_fit(&alarm, of_day);
	if (found == DAY)
		found = DAY + next_fit(&alarm, 0);
	return (now / NS_PER_S + 1 + found - of_day) * NS_PER_S;
}

/* ------------------------------------------------------------------------- */
/* Register C: what has happened since it was looked at                      */
/* ------------------------------------------------------------------------- */

/* Nanoseconds between two periodic interrupts; 0: there are none. */
static u64 period_of(const struct rtc *rtc)
{
	unsigned int rate = rtc->cmos[REG_A] & A_RATE;

	if (!rate)
		return 0;
	/* 1 and 2 are as 8 and 9. */
	if (rate < 3)
		rate += 7;
	return NS_PER_S * (1U << (rate - 1)) / 32768;
}

static u64 next_update(u64 now)
{
	return (now / NS_PER_S + 1) * NS_PER_S;
}

static u64 next_period(const struct rtc *rtc, u64 now)
{
	u64 period = period_of(rtc);

	return period ? (now / period + 1) * period : NEVER;
}

/* Both registers have the same bit for the same event. */
static void catch_up(struct rtc *rtc, u64 now)
{
	u8 events = 0;

	if (next_period(rtc, rtc->seen) <= now)
		events |= B_PERIODIC;
	if (!(rtc->cmos[REG_B] & B_SET)) {
		if (next_update(rtc->seen) <= now)
			events |= B_UPDATE;
		if (next_alarm(rtc, rtc->seen) <= now)
			events |= B_ALARM;
	}
	/* If the clock was set back, its times come again, and so do their events. */
	rtc->seen = now;
	rtc->cmos[REG_C] |= events;
}

/* IRQF: an event that has happened interrupts as soon, and as long, as it is enabled. */
static bool is_pending(const struct rtc *rtc)
{
	return rtc->cmos[REG_C] & rtc->cmos[REG_B] & B_INTERRUPTS;
}

static u64 earlier(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* When the line can rise next. */
static u64 next_interrupt(const struct rtc *rtc, u64 now)
{
	u8 enabled = rtc->cmos[REG_B];
	u64 at = NEVER;

	if (is_pending(rtc))
		return NEVER;
	if (enabled & B_PERIODIC)
		at = earlier(at, next_period(rtc, now));
	if (enabled & B_SET)
		return at;
	if (enabled & B_UPDATE)
		at = earlier(at, next_update(now));
	if (enabled & B_ALARM)
		at = earlier(at, next_alarm(rtc, now));
	return at;
}

/* After any change: the line, and what to wait for. */
static void update(struct rtc *rtc, u64 now)
{
	bool level = is_pending(rtc);

	if (level != rtc->level) {
		rtc->level = level;
		rtc->ops->interrupt(rtc->opaque, level);
	}
	rtc->ops->set_alarm(rtc->opaque, next_interrupt(rtc, now));
}

void rtc_expire(struct rtc *rtc)
{
	u64 now;

	pthread_mutex_lock(&rtc->lock);
	now = rtc->ops->now(rtc->opaque);
	catch_up(rtc, now);
	update(rtc, now);
	pthread_mutex_unlock(&rtc->lock);
}

/* ------------------------------------------------------------------------- */
/* Registers                                                                 */
/* ------------------------------------------------------------------------- */

static bool is_time(unsigned int index)
{
	switch (index) {
	case SECONDS:
	case MINUTES:
	case HOURS:
	case DAY_OF_WEEK:
	case DAY_OF_MONTH:
	case MONTH:
	case YEAR:
	case CENTURY:
		return true;
	default:
		return false;
	}
}

static u8 read_a(const struct rtc *rtc, u64 now)
{
	bool updating = !(rtc->cmos[REG_B] & B_SET) && now % NS_PER_S >= NS_PER_S - UPDATE_NS;

	return rtc->cmos[REG_A] | (updating ? A_UPDATE : 0);
}

static u8 read_c(struct rtc *rtc)
{
	u8 value = rtc->cmos[REG_C] | (is_pending(rtc) ? C_INTERRUPT : 0);

	/* To read it is to acknowledge it. */
	rtc->cmos[REG_C] = 0;
	return value;
}

static u8 read_register(struct rtc *rtc, u64 now)
{
	if (is_time(rtc->index))
		show_time(rtc, now);
	if (rtc->index == REG_A)
		return read_a(rtc, now);
	if (rtc->index == REG_C)
		return read_c(rtc);
	return rtc->cmos[rtc->index];
}

static void write_b(struct rtc *rtc, u8 value, u64 now)
{
	u8 changed = rtc->cmos[REG_B] ^ value;

	/* The time as it is stays in the registers, or what the guest put there counts. */
	show_time(rtc, now);
	if ((changed & B_SET) && !(value & B_SET))
		take_time(rtc, now);
	if (value & B_SET)
		value &= ~B_UPDATE;
	rtc->cmos[REG_B] = value;
}

static void write_register(struct rtc *rtc, u8 value, u64 now)
{
	switch (rtc->index) {
	case REG_A:
		rtc->cmos[REG_A] = value & ~A_UPDATE;
		return;
	case REG_B:
		write_b(rtc, value, now);
		return;
	case REG_C:
	case REG_D:
		return;
	}
	if (!is_time(rtc->index)) {
		rtc->cmos[rtc->index] = value;
		return;
	}
	show_time(rtc, now);
	rtc->cmos[rtc->index] = value;
	if (!(rtc->cmos[REG_B] & B_SET))
		take_time(rtc, now);
}

u8 rtc_read(struct rtc *rtc, unsigned int port)
{
	u8 value = 0xff;
	u64 now;

	/* Of the two ports only the data's can be read. */
	if (!port)
		return value;
	pthread_mutex_lock(&rtc->lock);
	now = rtc->ops->now(rtc->opaque);
	catch_up(rtc, now);
	value = read_register(rtc, now);
	update(rtc, now);
	pthread_mutex_unlock(&rtc->lock);
	return value;
}

void rtc_write(struct rtc *rtc, unsigned int port, u8 value)
{
	u64 now;

	pthread_mutex_lock(&rtc->lock);
	if (port) {
		now = rtc->ops->now(rtc->opaque);
		catch_up(rtc, now);
		write_register(rtc, value, now);
		update(rtc, now);
	} else {
		/* Bit 7 masks NMIs on a PC. */
		rtc->index = value % RTC_CMOS;
	}
	pthread_mutex_unlock(&rtc->lock);
}
