/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An 8254 timer, and port 61h: the gate and the output of its counter 2
 */
#ifndef AXVM_RUN_X86_PIT_H
#define AXVM_RUN_X86_PIT_H

#include <pthread.h>

#include "types.h"

#define PIT_HZ		1193182ULL
#define PIT_COUNTERS	3

/**
 * struct pit_ops - What the PIT is connected to; called with its lock held.
 * @now: nanoseconds.
 * @set_alarm: have pit_expire() called at that time, or never for all ones; the last
 *	call counts.
 * @interrupt: set the level of counter 0's output; called when it changes.
 */
struct pit_ops {
	u64 (*now)(void *opaque);
	void (*set_alarm)(void *opaque, u64 at);
	void (*interrupt)(void *opaque, bool level);
};

/**
 * struct pit_counter - One of the three, in the words of its data sheet.
 * @mode: 0 to 5.
 * @access: how it is read and written: 1 low byte, 2 high byte, 3 both.
 * @bcd: it counts in decimal.
 * @gate: level of its gate.
 * @loaded: it counts, if nothing stops it; a mode was set and a count written, or its gate
 *	has risen.
 * @null: @next was written, and is not loaded yet: to come at @change in modes 2 and 3, when
 *	the gate rises in modes 1 and 5.
 * @count: what it counts from: 1 to 65536.
 * @next: what was written last.
 * @change: after how many ticks @next is loaded.
 * @start: when it began to count.
 * @before: how many ticks since then were those of other counts; less than 0 if the second
 *	half of mode 3's period came first.
 * @stopped: how many ticks it had counted when it was stopped.
 * @write_high: the next byte written is the high one.
 * @low: the low byte that was written.
 * @read_high: the next byte read is the high one.
 * @latched: how many bytes of @latch are still to be read.
 * @latch: the count that was latched.
 * @status_latched: the next byte read is @status.
 * @status: the status that was latched.
 */
struct pit_counter {
	u8 mode;
	u8 access;
	bool bcd;
	bool gate;
	bool loaded;
	bool null;
	u32 count;
	u32 next;
	u64 change;
	u64 start;
	long long before;
	u64 stopped;
	bool write_high;
	u8 low;
	bool read_high;
	unsigned int latched;
	u16 latch;
	bool status_latched;
	u8 status;
};

/**
 * struct pit - State of a PIT.
 * @lock: protects all that follows, but for @ops and @opaque.
 * @ops: what it is connected to; constant.
 * @opaque: for @ops; constant.
 * @counters: the counters.
 * @speaker: bits 1:0 of port 61h.
 * @level: counter 0's output, as @ops knows it.
 * @alarm: when it rises next, as @ops knows it.
 */
struct pit {
	pthread_mutex_t lock;
	const struct pit_ops *ops;
	void *opaque;
	struct pit_counter counters[PIT_COUNTERS];
	u8 speaker;
	bool level;
	u64 alarm;
};

void pit_init(struct pit *pit, const struct pit_ops *ops, void *opaque);
void pit_destroy(struct pit *pit);

/* The guest's accesses: @port is 0 to 3. */
u8 pit_read(struct pit *pit, unsigned int port);
void pit_write(struct pit *pit, unsigned int port, u8 value);

/* Port 61h. */
u8 pit_read_speaker(struct pit *pit);
void pit_write_speaker(struct pit *pit, u8 value);

/* The time that was asked for has come. */
void pit_expire(struct pit *pit);

#endif /* AXVM_RUN_X86_PIT_H */
