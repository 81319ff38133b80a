/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An MC146818 real-time clock with its CMOS memory
 *
 * It shows the host's time of day in UTC, or what the guest has set it to; that is lost
 * with the machine.
 */
#ifndef AXVM_RUN_X86_RTC_H
#define AXVM_RUN_X86_RTC_H

#include <pthread.h>

#include "types.h"

#define RTC_CMOS	128

/**
 * struct rtc_ops - What the clock is connected to; called with its lock held.
 * @now: nanoseconds since 1970.
 * @set_alarm: have rtc_expire() called when @now tells that time, or never for all ones;
 *	the last call counts.
 * @interrupt: set the level of the interrupt line; called when it changes.
 */
struct rtc_ops {
	u64 (*now)(void *opaque);
	void (*set_alarm)(void *opaque, u64 at);
	void (*interrupt)(void *opaque, bool level);
};

/**
 * struct rtc - State of the clock.
 * @lock: protects all that follows, but for @ops and @opaque.
 * @ops: what it is connected to; constant.
 * @opaque: for @ops; constant.
 * @index: which byte of @cmos port 71h shows.
 * @cmos: registers and memory. The time in it is only kept up when somebody looks.
 * @ahead: seconds that the guest's time is ahead of the host's.
 * @seen: nanoseconds up to which register C was worked out.
 * @level: the interrupt line.
 */
struct rtc {
	pthread_mutex_t lock;
	const struct rtc_ops *ops;
	void *opaque;
	u8 index;
	u8 cmos[RTC_CMOS];
	long long ahead;
	u64 seen;
	bool level;
};

void rtc_init(struct rtc *rtc, const struct rtc_ops *ops, void *opaque);
void rtc_destroy(struct rtc *rtc);

/* Leave word of the memory's size where a BIOS does; nothing runs yet. */
void rtc_set_memory(struct rtc *rtc, u64 below_4g, u64 above_4g);

/* The guest's accesses: @port is 0 or 1. */
u8 rtc_read(struct rtc *rtc, unsigned int port);
void rtc_write(struct rtc *rtc, unsigned int port, u8 value);

/* The time that was asked for has come. */
void rtc_expire(struct rtc *rtc);

#endif /* AXVM_RUN_X86_RTC_H */
