// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run: boot a guest under axvm
 *
 * The main thread serves the console, signals and the time-out; every vCPU has
 * a thread of its own; one more writes the console's output.
 */
#include <string.h>

#include "console.h"
#include "events.h"
#include "machine.h"
#include "options.h"
#include "report.h"
#include "signals.h"
#include "stats.h"

/* In static memory, because it outlives main(): see struct console. */
static struct console console;

/**
 * struct run - What stays the same when the guest reboots.
 * @opts: the command line.
 * @boot: what goes into memory.
 * @signals: from signals_open().
 * @start: when it began, by now_ms().
 */
struct run {
	const struct options *opts;
	const struct boot *boot;
	int signals;
	u64 start;
};

static u64 deadline_of(const struct run *run)
{
	return run->opts->timeout ? run->start + run->opts->timeout * 1000ULL : 0;
}

/* The machine is complete: run it to its end. */
static void run_machine(const struct run *run, struct machine *machine)
{
	if (machine_start(machine))
		end_run(&machine->ending, ENDING_ERROR, "not all vCPUs could be started");
	else
		events_loop(machine, run->signals, deadline_of(run));
	machine_stop(machine);
}

static bool starts_anew(const struct run *run, struct machine *machine)
{
	return run->opts->reboot && ended_by_reset(&machine->ending);
}

/* What the guest said last may be refused only after it has ended: that is worth more. */
static bool lost_output(const struct run *run, const struct machine *machine)
{
	int error = machine->ending.kind == ENDING_ERROR ? 0 : console_error(&console);

	if (error)
		fail("cannot write the console (%s): %s", run->opts->console, strerror(error));
	return error;
}

/* The guest is over for good: say so on a terminal that is itself again. */
static int finish(const struct run *run, struct machine *machine)
{
	u64 took = now_ms() - run->start;

	console_stop(&console);
	if (run->opts->stats)
		stats_print(machine);
	if (lost_output(run, machine))
		return STATUS_ERROR;
	return ending_report(&machine->ending, took / 1000.0);
}

static int dump(const struct run *run)
{
	struct machine machine;
	int ret;

	if (machine_create(&machine, run->opts, run->boot, &console))
		return STATUS_ERROR;
	ret = machine_dump(&machine, run->opts->dump);
	machine_destroy(&machine);
	return ret ? STATUS_ERROR : 0;
}

static int run_guest(const struct run *run)
{
	struct machine machine;
	int status;

	if (machine_create(&machine, run->opts, run->boot, &console))
		return STATUS_ERROR;
	if (console_start(&console)) {
		machine_destroy(&machine);
		return STATUS_ERROR;
	}

	run_machine(run, &machine);
	while (starts_anew(run, &machine)) {
		machine_destroy(&machine);
		if (machine_create(&machine, run->opts, run->boot, &console)) {
			console_stop(&console);
			return STATUS_ERROR;
		}
		run_machine(run, &machine);
	}

	status = finish(run, &machine);
	machine_destroy(&machine);
	return status;
}

static int run_with_console(struct run *run)
{
	int status;

	if (console_open(&console, run->opts->console))
		return STATUS_ERROR;
	run->signals = signals_open();
	status = run->signals < 0 ? STATUS_ERROR : run_guest(run);
	console_close(&console);
	return status;
}

int main(int argc, char **argv)
{
	struct options opts;
	struct boot boot;
	struct run run = { .opts = &opts, .boot = &boot, .start = now_ms() };
	int status;

	status = options_parse(argc, argv, &opts);
	if (status != OPTIONS_RUN)
		return status;
	if (boot_open(&boot, &opts))
		return STATUS_ERROR;
	status = opts.dump ? dump(&run) : run_with_console(&run);
	boot_close(&boot);
	return status;
}
