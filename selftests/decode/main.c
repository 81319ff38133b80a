// SPDX-License-Identifier: GPL-2.0
/*
 * x86's decoder and emulator, tested as a program
 *
 * The module's own files, beside another decoder (Zydis) and beside the CPU that this
 * runs on, which needs to be an x86-64 one. Prints TAP.
 *
 * usage: decode [-n ENCODINGS] [-x INSTRUCTIONS] [-s SEED]
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "behaviour.h"
#include "encodings.h"
#include "execute.h"
#include "hostile.h"
#include "native.h"
#include "random.h"
#include "zydis.h"

static unsigned long encodings = 10500000;
static unsigned long instructions = 600000;
static unsigned int points, failures;

static void point(bool passed, const char *format, ...)
{
	va_list arguments;

	failures += !passed;
	printf("%sok %u ", passed ? "" : "not ", ++points);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	fflush(stdout);
}

static void skip(const char *what, const char *why)
{
	printf("ok %u %s # SKIP %s\n", ++points, what, why);
}

static const char *const mode_names[] = { "16-bit", "32-bit", "64-bit" };

/* ---- beside Zydis ---- */

static bool random_encodings(enum axvm_x86_mode mode, struct comparison *comparison)
{
	return encodings_random(mode, encodings / 3, comparison);
}

static const struct {
	const char *name;
	bool (*compare)(enum axvm_x86_mode mode, struct comparison *comparison);
} kinds[] = {
	{ "prefixes, opcodes, ModRM", encodings_legacy },
	{ "VEX and EVEX", encodings_vex },
	{ "SIB and REX", encodings_sib },
	{ "long instructions", encodings_long },
	{ "random", random_encodings },
};

static void compare_encodings(enum axvm_x86_mode mode)
{
	unsigned int i;
	bool same;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct comparison comparison = {};

		same = kinds[i].compare(mode, &comparison);
		point(same && comparison.accepted,
		      "%s: %s: of %llu encodings %llu accepted, as by Zydis but for %llu refused",
		      mode_names[mode], kinds[i].name, comparison.compared,
		      comparison.accepted, comparison.excepted);
	}
}

/* ---- beside the CPU ---- */

/* What the CPU is not asked about: ports, and what accesses nothing. */
static bool is_executed(unsigned int op)
{
	return op != AXVM_X86_OP_UNKNOWN && op != AXVM_X86_OP_NONE && op != AXVM_X86_OP_INS &&
	       op != AXVM_X86_OP_OUTS;
}

static u64 rarest(const struct execution *execution)
{
	u64 least = execution->done;
	unsigned int op;

	for (op = 0; op <= AXVM_X86_OP_VECTOR_HIGH; op++)
		if (is_executed(op) && execution->by_op[op] < least)
			least = execution->by_op[op];
	return least;
}

static void execute_in(enum axvm_x86_mode mode)
{
	struct execution execution = {};
	bool same;

	if (native_why_not(mode)) {
		skip(mode_names[mode], native_why_not(mode));
		return;
	}
	same = execute_random(mode, instructions / 3, &execution);
	point(same && rarest(&execution),
	      "%s: %llu instructions emulated as the CPU has them, each operation %llu times, and %llu exceptions",
	      mode_names[mode], execution.done, rarest(&execution), execution.faults);
}

static void execute(void)
{
	const char *why_not = native_init();

	if (why_not) {
		skip("instructions emulated as the CPU has them", why_not);
		return;
	}
	execute_in(AXVM_X86_MODE_16);
	execute_in(AXVM_X86_MODE_32);
	execute_in(AXVM_X86_MODE_64);
	if (!native.has_avx)
		skip("AVX emulated as the CPU has it", "this CPU has no AVX");
	/* No memory operand of 64 bytes is executed; behaviour.c has what is particular to them. */
}

static void report(const char *name, bool passed)
{
	point(passed, "%s", name);
}

static void arguments(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:x:s:")) != -1) {
		switch (option) {
		case 'n':
			encodings = strtoul(optarg, NULL, 0);
			break;
		case 'x':
			instructions = strtoul(optarg, NULL, 0);
			break;
		case 's':
			random_seed(strtoull(optarg, NULL, 0) ?: 1);
			break;
		default:
			fprintf(stderr, "usage: %s [-n ENCODINGS] [-x INSTRUCTIONS] [-s SEED]\n",
				argv[0]);
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	arguments(argc, argv);
	printf("TAP version 13\n");
	behaviour_each(report);
	point(hostile(300000), "hostile");
	execute();
	zydis_init();
	compare_encodings(AXVM_X86_MODE_16);
	compare_encodings(AXVM_X86_MODE_32);
	compare_encodings(AXVM_X86_MODE_64);
	printf("1..%u\n", points);
	return failures ? 1 : 0;
}
