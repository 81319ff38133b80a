/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a run ends, and what axvm-run says and returns then
 */
#ifndef AXVM_RUN_ENDING_H
#define AXVM_RUN_ENDING_H

#include <pthread.h>
#include <stdatomic.h>

#include "types.h"

/* Exit statuses; part of the interface, see axvm-run(1). */
#define STATUS_POWERED_OFF	0
#define STATUS_ERROR		1
#define STATUS_USAGE		2
#define STATUS_REBOOTED		3
#define STATUS_CRASHED		4
#define STATUS_QUIT		5
#define STATUS_EXITED		64
#define STATUS_EXITED_MOST	123
#define STATUS_TIMED_OUT	124
#define STATUS_SIGNAL		128

/**
 * enum ending_kind - Why a run is over.
 * @ENDING_NONE: it is not.
 * @ENDING_POWERED_OFF: the guest asked for that.
 * @ENDING_REBOOTED: likewise.
 * @ENDING_CRASHED: the guest said so, or cannot go on.
 * @ENDING_TRIPLE_FAULT: its CPU shut down, and a PC resets then.
 * @ENDING_EXITED: the guest wrote a number to a device that is there for that.
 * @ENDING_QUIT: the user typed Ctrl-A x.
 * @ENDING_TIMED_OUT: ``--timeout``.
 * @ENDING_SIGNAL: a signal for axvm-run.
 * @ENDING_ERROR: axvm-run or the host cannot go on.
 */
enum ending_kind {
	ENDING_NONE,
	ENDING_POWERED_OFF,
	ENDING_REBOOTED,
	ENDING_CRASHED,
	ENDING_TRIPLE_FAULT,
	ENDING_EXITED,
	ENDING_QUIT,
	ENDING_TIMED_OUT,
	ENDING_SIGNAL,
	ENDING_ERROR,
};

/**
 * struct ending - The end of a run; the first reason given is the one that counts.
 *
 * But the user's comes before the guest's wish to start anew, or it would be forgotten with
 * this run. Only the thread that reads the reason gives one of the user's.
 *
 * @lock: taken to give a reason.
 * @kind: why, one of enum ending_kind; written under @lock, after the rest.
 * @number: %ENDING_SIGNAL: which; %ENDING_EXITED: the status.
 * @text: more about it, or "".
 * @event: eventfd that becomes readable with the end.
 */
struct ending {
	pthread_mutex_t lock;
	atomic_int kind;
	int number;
	char text[512];
	int event;
};

int ending_init(struct ending *ending);
void ending_destroy(struct ending *ending);

/* Any thread may ask, often: no lock is taken. */
static inline bool ended(struct ending *ending)
{
	return atomic_load_explicit(&ending->kind, memory_order_acquire) != ENDING_NONE;
}

/* Whether the guest would go on if it were started anew, as a PC is. */
bool ended_by_reset(struct ending *ending);

/**
 * end_run() - Give the reason why the run is over, unless it has one.
 * @ending: the run's end.
 * @kind: why.
 * @fmt: more about it, as for printf(); "" for nothing.
 */
[[gnu::format(printf, 3, 4)]]
void end_run(struct ending *ending, enum ending_kind kind, const char *fmt, ...);

/* end_run() for a signal. */
void end_run_by_signal(struct ending *ending, int signal);

/**
 * end_run_by_guest() - end_run() with a number of the guest's.
 * @ending: the run's end.
 * @number: 0 is as good as a power-off; others have a status each, as far as there are.
 */
void end_run_by_guest(struct ending *ending, u32 number);

/**
 * ending_report() - Print the last line.
 * @ending: of a run that is over.
 * @seconds: how long it took.
 *
 * Return: the status to exit with.
 */
int ending_report(const struct ending *ending, double seconds);

#endif /* AXVM_RUN_ENDING_H */
