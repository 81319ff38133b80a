// SPDX-License-Identifier: GPL-2.0
/*
 * An 8254 timer, and port 61h: the gate and the output of its counter 2
 *
 * Nothing ticks here: what a counter shows is worked out from the time that has passed
 * since it was loaded. Only counter 0's next rising edge is waited for.
 */
#include "pit.h"

#define NS_PER_S	1000000000ULL
#define NEVER		(~0ULL)

/* The control word. */
#define CONTROL		3
#define READ_BACK	3
#define NO_COUNT	0x20
#define NO_STATUS	0x10

#define ACCESS_LOW	1
#define ACCESS_HIGH	2
#define ACCESS_BOTH	3

#define STATUS_OUT	0x80
#define STATUS_NULL	0x40

/* Port 61h. */
#define SPEAKER_GATE	0x01
#define SPEAKER_BITS	0x03
#define SPEAKER_REFRESH	0x10
#define SPEAKER_OUT	0x20
#define REFRESH_NS	15085

/* Of periods below that interrupts are left out: the host is not kept busy with them. */
#define SHORTEST_NS	200000

void pit_init(struct pit *pit, const struct pit_ops *ops, void *opaque)
{
	*pit = (struct pit){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.ops = ops,
		.opaque = opaque,
		.level = true,
		.alarm = NEVER,
	};
	for (unsigned int i = 0; i < PIT_COUNTERS; i++)
		pit->counters[i] = (struct pit_counter){
			.mode = 3,
			.access = ACCESS_BOTH,
			.gate = i != 2,
			.count = 0x10000,
		};
}

void pit_destroy(struct pit *pit)
{
	pthread_mutex_destroy(&pit->lock);
}

/* ------------------------------------------------------------------------- */
/* Time                                                                      */
/* ------------------------------------------------------------------------- */

static u64 to_ticks(u64 ns)
{
	return (__uint128_t)ns * PIT_HZ / NS_PER_S;
}

/* The first nanosecond at which so many ticks have passed. */
static u64 to_ns(u64 ticks)
{
	return ((__uint128_t)ticks * NS_PER_S + PIT_HZ - 1) / PIT_HZ;
}

static bool is_started_by_gate(const struct pit_counter *c)
{
	return c->mode == 1 || c->mode == 5;
}

static bool is_periodic(const struct pit_counter *c)
{
	return c->mode == 2 || c->mode == 3;
}

static bool is_stopped(const struct pit_counter *c)
{
	/* The first byte of a new count stops mode 0. */
	if (c->mode == 0 && c->write_high)
		return true;
	return !c->gate && !is_started_by_gate(c);
}

static u64 ticks_of(const struct pit_counter *c, u64 now)
{
	if (is_stopped(c))
		return c->stopped;
	return to_ticks(now - c->start) - c->before;
}

/* How long mode 3's output is high: longer than it is low, if the count is odd. */
static u32 high_half(u32 count)
{
	return (count + 1) / 2;
}

static bool output_of(const struct pit_counter *c, u64 now)
{
	u64 ticks;

	if (!c->loaded)
		return c->mode != 0;
	ticks = ticks_of(c, now);
	switch (c->mode) {
	case 0:
		return !c->write_high && ticks >= c->count;
	case 1:
		return ticks >= c->count;
	case 2:
		return !c->gate || ticks % c->count != c->count - 1;
	case 3:
		return !c->gate || ticks % c->count < high_half(c->count);
	default:
		return ticks != c->count;
	}
}

static u32 modulus(const struct pit_counter *c)
{
	return c->bcd ? 10000 : 0x10000;
}

/* Mode 3 counts by two, in each half of the period, and from an even number. */
static u32 value_in_mode_3(const struct pit_counter *c, u64 ticks)
{
	u32 of_half = ticks % c->count;

	if (of_half >= high_half(c->count))
		of_half -= high_half(c->count);
	return c->count - c->count % 2 - 2 * of_half;
}

static u32 value_of(const struct pit_counter *c, u64 now)
{
	u64 ticks;

	if (!c->loaded)
		return c->count;
	ticks = ticks_of(c, now);
	switch (c->mode) {
	case 2:
		return c->count - ticks % c->count;
	case 3:
		return value_in_mode_3(c, ticks);
	default:
		return (c->count + modulus(c) - ticks % modulus(c)) % modulus(c);
	}
}

static u16 to_bcd(u32 value)
{
	return value % 10 | value / 10 % 10 << 4 | value / 100 % 10 << 8 |
	       value / 1000 % 10 << 12;
}

static u32 from_bcd(u16 value)
{
	return (value & 15) + (value >> 4 & 15) * 10 + (value >> 8 & 15) * 100 +
	       (value >> 12) * 1000;
}

/* ------------------------------------------------------------------------- */
/* Counts                                                                    */
/* ------------------------------------------------------------------------- */

static u32 to_count(const struct pit_counter *c, u16 value)
{
	u32 count = c->bcd ? from_bcd(value) : value;

	if (!count)
		return modulus(c);
	/* A period has a tick with a high output, and one with a low one. */
	return count == 1 && is_periodic(c) ? 2 : count;
}

/* After how many ticks the running period ends, or its half in mode 3. */
static u64 end_of_period(const struct pit_counter *c, u64 ticks)
{
	u64 begin = ticks - ticks % c->count;

	if (c->mode == 3 && ticks - begin < high_half(c->count))
		return begin + high_half(c->count);
	return begin + c->count;
}

/* Count, from now on, from what was written last. */
static void load(struct pit_counter *c, u64 now)
{
	c->count = c->next;
	c->null = false;
	c->loaded = true;
	c->start = now;
	c->before = 0;
	c->stopped = 0;
}

/* Modes 2 and 3: as load(), at the end of the period, or the half of it, that was running. */
static void go_on(struct pit_counter *c)
{
	bool in_half = c->change % c->count;

	c->count = c->next;
	c->null = false;
	c->before += c->change;
	if (in_half)
		c->before -= high_half(c->count);
}

static bool is_change_due(const struct pit_counter *c, u64 now)
{
	return c->loaded && c->null && is_periodic(c) && ticks_of(c, now) >= c->change;
}

/* A count was written: when it is loaded depends on the mode. */
static void take_count(struct pit_counter *c, u16 value, u64 now)
{
	c->next = to_count(c, value);
	c->null = true;
	if (is_periodic(c) && c->loaded)
		c->change = end_of_period(c, ticks_of(c, now));
	else if (!is_started_by_gate(c))
		load(c, now);
}

/* ------------------------------------------------------------------------- */
/* Counter 0's interrupt                                                     */
/* ------------------------------------------------------------------------- */

/* After how many ticks, and later than @ticks, does the output rise? */
static u64 next_rise(const struct pit_counter *c, u64 ticks)
{
	u64 rise;

	switch (c->mode) {
	case 0:
	case 1:
		rise = c->count;
		break;
	case 2:
	case 3:
		/* The half in which the output is low may be the new count's. */
		if (c->null && c->change % c->count)
			return c->change + c->next / 2;
		return (ticks / c->count + 1) * c->count;
	default:
		rise = c->count + 1;
		break;
	}
	return rise > ticks ? rise : NEVER;
}

static bool is_too_short(const struct pit_counter *c)
{
	return is_periodic(c) && to_ns(c->count) < SHORTEST_NS;
}

static void set_alarm(struct pit *pit, u64 now)
{
	const struct pit_counter *c = &pit->counters[0];
	u64 after = is_too_short(c) ? now + SHORTEST_NS : now;
	u64 rise = NEVER;

	if (c->loaded && !is_stopped(c))
		rise = next_rise(c, ticks_of(c, after));
	pit->alarm = rise == NEVER ? NEVER : c->start + to_ns(rise + c->before);
	pit->ops->set_alarm(pit->opaque, pit->alarm);
}

static void set_level(struct pit *pit, bool level)
{
	if (level == pit->level)
		return;
	pit->level = level;
	pit->ops->interrupt(pit->opaque, level);
}

/* Counter 0 was programmed. */
static void restart(struct pit *pit, u64 now)
{
	set_level(pit, output_of(&pit->counters[0], now));
	set_alarm(pit, now);
}

/*
 * Several periods may have passed if the host was busy: to the guest that is one edge,
 * as it is for a guest that does not answer in time.
 */
static void rise(struct pit *pit, u64 now)
{
	/* It was low before it rose, if only for a tick. */
	set_level(pit, false);
	set_level(pit, true);
	set_alarm(pit, now);
}

/* What time it is; all that was to happen until then has happened. */
static u64 catch_up(struct pit *pit)
{
	u64 now = pit->ops->now(pit->opaque);

	for (unsigned int i = 0; i < PIT_COUNTERS; i++)
		if (is_change_due(&pit->counters[i], now))
			go_on(&pit->counters[i]);
	if (now >= pit->alarm)
		rise(pit, now);
	return now;
}

/* The guest may just have programmed another time: then there is nothing to do. */
void pit_expire(struct pit *pit)
{
	pthread_mutex_lock(&pit->lock);
	catch_up(pit);
	pthread_mutex_unlock(&pit->lock);
}

/* ------------------------------------------------------------------------- */
/* Registers                                                                 */
/* ------------------------------------------------------------------------- */

static void latch_count(struct pit_counter *c, u64 now)
{
	u32 value;

	if (c->latched)
		return;
	value = value_of(c, now);
	c->latch = c->bcd ? to_bcd(value) : value;
	c->latched = c->access == ACCESS_BOTH ? 2 : 1;
}

static void latch_status(struct pit_counter *c, u64 now)
{
	if (c->status_latched)
		return;
	c->status = c->mode << 1 | c->access << 4 | c->bcd;
	if (output_of(c, now))
		c->status |= STATUS_OUT;
	if (!c->loaded || c->null)
		c->status |= STATUS_NULL;
	c->status_latched = true;
}

static void read_back(struct pit *pit, u8 value, u64 now)
{
	for (unsigned int i = 0; i < PIT_COUNTERS; i++) {
		if (!(value & (2 << i)))
			continue;
		if (!(value & NO_COUNT))
			latch_count(&pit->counters[i], now);
		if (!(value & NO_STATUS))
			latch_status(&pit->counters[i], now);
	}
}

static void set_mode(struct pit_counter *c, u8 value)
{
	u8 mode = (value >> 1) & 7;

	/* 6 and 7 are 2 and 3. */
	c->mode = mode > 5 ? mode - 4 : mode;
	c->access = (value >> 4) & 3;
	c->bcd = value & 1;
	c->loaded = false;
	c->null = false;
	c->write_high = false;
	c->read_high = false;
	c->latched = 0;
	c->status_latched = false;
}

static void write_control(struct pit *pit, u8 value, u64 now)
{
	unsigned int i = value >> 6;

	if (i == READ_BACK) {
		read_back(pit, value, now);
	} else if (!(value & 0x30)) {
		latch_count(&pit->counters[i], now);
	} else {
		set_mode(&pit->counters[i], value);
		if (!i)
			restart(pit, now);
	}
}

static void write_low(struct pit_counter *c, u8 value, u64 now)
{
	c->stopped = ticks_of(c, now);
	c->low = value;
	c->write_high = true;
}

static void write_high(struct pit_counter *c, u8 value, u64 now)
{
	c->write_high = false;
	take_count(c, value << 8 | c->low, now);
}

static void write_count(struct pit *pit, unsigned int i, u8 value, u64 now)
{
	struct pit_counter *c = &pit->counters[i];

	if (c->access == ACCESS_LOW)
		take_count(c, value, now);
	else if (c->access == ACCESS_HIGH)
		take_count(c, value << 8, now);
	else if (!c->write_high)
		write_low(c, value, now);
	else
		write_high(c, value, now);
	if (!i)
		restart(pit, now);
}

static u8 read_count(struct pit_counter *c, u64 now)
{
	u16 value;

	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	if (c->latched) {
		value = c->latch;
		c->latched--;
	} else {
		value = c->bcd ? to_bcd(value_of(c, now)) : value_of(c, now);
	}
	if (c->access == ACCESS_LOW)
		return value;
	if (c->access == ACCESS_HIGH)
		return value >> 8;
	c->read_high = !c->read_high;
	return c->read_high ? value : value >> 8;
}

u8 pit_read(struct pit *pit, unsigned int port)
{
	u8 value;
	u64 now;

	/* The control word cannot be read: nothing drives the bus. */
	if (port == CONTROL)
		return 0xff;
	pthread_mutex_lock(&pit->lock);
	now = catch_up(pit);
	value = read_count(&pit->counters[port], now);
	pthread_mutex_unlock(&pit->lock);
	return value;
}

void pit_write(struct pit *pit, unsigned int port, u8 value)
{
	u64 now;

	pthread_mutex_lock(&pit->lock);
	now = catch_up(pit);
	if (port == CONTROL)
		write_control(pit, value, now);
	else
		write_count(pit, port, value, now);
	pthread_mutex_unlock(&pit->lock);
}

/* ------------------------------------------------------------------------- */
/* Port 61h                                                                  */
/* ------------------------------------------------------------------------- */

static void gate_falls(struct pit_counter *c, u64 now)
{
	c->stopped = ticks_of(c, now);
	c->gate = false;
}

static void gate_rises(struct pit_counter *c, u64 now)
{
	c->gate = true;
	if (c->mode == 0 || c->mode == 4)
		c->start = now - to_ns(c->stopped);
	else if (c->loaded || c->null)
		load(c, now);
}

u8 pit_read_speaker(struct pit *pit)
{
	u8 value;
	u64 now;

	pthread_mutex_lock(&pit->lock);
	now = catch_up(pit);
	value = pit->speaker;
	/* The refresh of DRAM, by which programs of old times measured time. */
	if (now / REFRESH_NS % 2)
		value |= SPEAKER_REFRESH;
	if (output_of(&pit->counters[2], now))
		value |= SPEAKER_OUT;
	pthread_mutex_unlock(&pit->lock);
	return value;
}

void pit_write_speaker(struct pit *pit, u8 value)
{
	struct pit_counter *c = &pit->counters[2];
	u64 now;

	pthread_mutex_lock(&pit->lock);
	now = catch_up(pit);
	if ((value & SPEAKER_GATE) && !c->gate)
		gate_rises(c, now);
	else if (!(value & SPEAKER_GATE) && c->gate)
		gate_falls(c, now);
	pit->speaker = value & SPEAKER_BITS;
	pthread_mutex_unlock(&pit->lock);
}
