// SPDX-License-Identifier: GPL-2.0
/*
 * The command line
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "axvm.h"
#include "ending.h"
#include "options.h"
#include "report.h"

/* Image, console, what describes the machine, and statuses are the architecture's. */
static const char help_format[] =
"Usage: axvm-run [options] IMAGE\n"
"\n"
"%s\n"
"Guest:\n"
"  -i, --initrd FILE      initial RAM disk\n"
"  -a, --append STRING    kernel command line\n"
"  -m, --memory SIZE      memory, in bytes or with K, M, G or T behind (default 512M)\n"
"  -c, --cpus N           number of vCPUs (default 1)\n"
"  -b, --bind LIST        bind vCPU i to the i'th host CPU of LIST, such as 0,1,\n"
"                         beginning again at its end; none binds none (default)\n"
"\n"
"Console (%s):\n"
"  -o, --console WHERE    stdio (default), pty (its path is printed), or a file\n"
"                         to write; a terminal on stdio is raw, keys below\n"
"\n"
"Run:\n"
"  -r, --reboot           start the guest anew when it reboots\n"
"  -t, --timeout SECONDS  stop the guest after so much time\n"
"  -s, --stats            print the counters of every vCPU at the end\n"
"%s\n"
"  -h, --help             print this and exit\n"
"  -V, --version          print the version and exit\n"
"\n"
"Keys on a terminal:\n"
"  Ctrl-A x  quit         Ctrl-A h  help         Ctrl-A Ctrl-A  send Ctrl-A\n"
"\n"
"Exit status:\n"
"    0  the guest powered off          4  the guest crashed\n"
"    1  error of axvm-run or the host  5  quit by Ctrl-A x\n"
"    2  bad command line             124  stopped by --timeout\n"
"    3  the guest rebooted         128+n  stopped by signal n\n"
"%s";

static void print_help(void)
{
	printf(help_format, arch_text.help_image, arch_text.help_console, arch_text.help_dump,
	       arch_text.help_status);
}

/* Long options of which each architecture has one; the short one is its. */
enum { DUMP_ACPI = 256, DUMP_DTB };

static const struct option long_options[] = {
	{ "append",	required_argument,	NULL, 'a' },
	{ "bind",	required_argument,	NULL, 'b' },
	{ "console",	required_argument,	NULL, 'o' },
	{ "cpus",	required_argument,	NULL, 'c' },
	{ "dump-acpi",	required_argument,	NULL, DUMP_ACPI },
	{ "dump-dtb",	required_argument,	NULL, DUMP_DTB },
	{ "help",	no_argument,		NULL, 'h' },
	{ "initrd",	required_argument,	NULL, 'i' },
	{ "memory",	required_argument,	NULL, 'm' },
	{ "reboot",	no_argument,		NULL, 'r' },
	{ "stats",	no_argument,		NULL, 's' },
	{ "timeout",	required_argument,	NULL, 't' },
	{ "version",	no_argument,		NULL, 'V' },
	{ }
};

/* The colon in front: getopt_long() says nothing itself. */
static const char short_options[] = ":a:b:o:c:d:hi:m:rst:V";

/* Like strtoull(), but no sign, no blank, and something must be there. */
static bool parse_u64(const char *text, char **end, u64 *value)
{
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, end, 0);
	return !errno;
}

static int parse_number(const char *option, const char *text, unsigned int min, unsigned int max,
			unsigned int *value)
{
	char *end;
	u64 n;

	if (!parse_u64(text, &end, &n) || *end || n < min || n > max)
		return fail("--%s %s: must be a number from %u to %u", option, text, min, max);
	*value = n;
	return 0;
}

static u64 unit_of(char suffix)
{
	switch (suffix) {
	case '\0':
		return 1;
	case 'k':
	case 'K':
		return KIB;
	case 'm':
	case 'M':
		return MIB;
	case 'g':
	case 'G':
		return GIB;
	case 't':
	case 'T':
		return TIB;
	default:
		return 0;
	}
}

static int parse_size(const char *text, u64 *size)
{
	u64 unit, n;
	char *end;

	if (!parse_u64(text, &end, &n))
		return fail("--memory %s: must be a size such as 512M", text);
	unit = unit_of(*end);
	if (!unit || (*end && end[1]) || __builtin_mul_overflow(n, unit, size))
		return fail("--memory %s: must be a size such as 512M", text);
	if (!*size || *size % (4 * KIB))
		return fail("--memory %s: must be a multiple of 4K, and not 0", text);
	return 0;
}

static int parse_homes(const char *list, struct options *opts)
{
	const char *text = list;
	char *end;
	u64 cpu;

	opts->nr_homes = 0;
	if (!strcmp(list, "none"))
		return 0;
	for (;;) {
		if (!parse_u64(text, &end, &cpu) || cpu > INT_MAX || (*end && *end != ','))
			return fail("--bind %s: must be CPUs such as 0,1, or none", list);
		if (opts->nr_homes == MAX_CPUS)
			return fail("--bind: more than %d CPUs", MAX_CPUS);
		opts->homes[opts->nr_homes++] = cpu;
		if (!*end)
			return 0;
		text = end + 1;
	}
}

/* @c is what getopt_long() returned for @argument. */
static int bad_option(int c, const char *argument)
{
	const char *what = c == ':' ? "needs an argument" : "is not one of axvm-run's";

	if (!strncmp(argument, "--", 2))
		return fail("option %s %s; see axvm-run --help", argument, what);
	return fail("option -%c %s; see axvm-run --help", optopt, what);
}

static int parse_dump(const char *option, const char *path, struct options *opts)
{
	if (strcmp(option, arch_text.dump_option))
		return fail("--%s: %s guests have no such thing: give --%s (%s)", option,
			    arch_text.name, arch_text.dump_option, arch_text.description);
	opts->dump = path;
	return 0;
}

static int parse_option(int c, const char *arg, struct options *opts)
{
	switch (c) {
	case 'a':
		opts->append = arg;
		return 0;
	case 'b':
		return parse_homes(arg, opts);
	case 'c':
		return parse_number("cpus", arg, 1, MAX_CPUS, &opts->cpus);
	case 'd':
		opts->dump = arg;
		return 0;
	case DUMP_ACPI:
		return parse_dump("dump-acpi", arg, opts);
	case DUMP_DTB:
		return parse_dump("dump-dtb", arg, opts);
	case 'i':
		opts->initrd = arg;
		return 0;
	case 'm':
		return parse_size(arg, &opts->memory);
	case 'o':
		opts->console = arg;
		return 0;
	case 'r':
		opts->reboot = true;
		return 0;
	case 's':
		opts->stats = true;
		return 0;
	case 't':
		return parse_number("timeout", arg, 1, INT_MAX / 1000, &opts->timeout);
	default:
		return bad_option(c, arg);
	}
}

static int parse_image(int argc, char **argv, struct options *opts)
{
	if (optind == argc)
		return fail("no IMAGE given; see axvm-run --help");
	if (optind + 1 < argc)
		return fail("unexpected '%s': only one IMAGE can be given", argv[optind + 1]);
	opts->image = argv[optind];
	return 0;
}

static int print_version(void)
{
	printf("axvm-run %s (axvm interface version %d)\n", AXVM_RUN_VERSION, AXVM_ABI_VERSION);
	return 0;
}

int options_parse(int argc, char **argv, struct options *opts)
{
	int c;

	*opts = (struct options){
		.append = "",
		.console = "stdio",
		.memory = 512 * MIB,
		.cpus = 1,
	};

	while ((c = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (c == 'h') {
			print_help();
			return 0;
		}
		if (c == 'V')
			return print_version();
		if (parse_option(c, optarg ? optarg : argv[optind - 1], opts))
			return STATUS_USAGE;
	}
	return parse_image(argc, argv, opts) ? STATUS_USAGE : OPTIONS_RUN;
}
