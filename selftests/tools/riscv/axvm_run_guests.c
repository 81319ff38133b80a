// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run with small guests: how they end, and what they see of the machine
 *
 * Each is a flat image, assembled here.
 */
#include <signal.h>
#include <time.h>

#include "test.h"
#include "flat_guest.h"

#define UART_BASE	"0x10000000"

#define SBI(extension, function)					\
	"li	a7, " extension "\n"					\
	"li	a6, " function "\n"					\
	"ecall\n"

#define RESET(type, reason)						\
	"li	a0, " type "\n"						\
	"li	a1, " reason "\n"					\
	SBI("0x53525354", "0")

#define POWER_OFF	RESET("0", "0")

#define RUN(outcome, ...)						\
	command_run((const char *const []){ "axvm-run", "--timeout", "20", __VA_ARGS__,	\
		    "image", NULL }, outcome)

static struct outcome outcome;

GUEST(powers_off, POWER_OFF);
GUEST(reboots, RESET("1", "0"));
GUEST(fails, RESET("0", "1"));
GUEST(jumps_to_nowhere, "jr	zero\n");
GUEST(loops, "1: j 1b\n");
GUEST(sleeps, "csrw	sie, zero\n1: wfi\nj 1b\n");

TEST(ends)
{
	WRITE_GUEST(powers_off);
	RUN(&outcome, "--cpus", "2");
	CHECK_SAID(&outcome, 0, "guest powered off after ");
	WRITE_GUEST(reboots);
	RUN(&outcome, "--cpus", "2");
	CHECK_SAID(&outcome, 3, "guest rebooted after ");
	WRITE_GUEST(fails);
	RUN(&outcome, "--cpus", "2");
	CHECK_SAID(&outcome, 4, "guest crashed after ");
	WRITE_GUEST(jumps_to_nowhere);
	RUN(&outcome, "--cpus", "2");
	CHECK_SAID(&outcome, 4, "execute at 0");
}

TEST(time_out)
{
	const char *const argv[] = { "axvm-run", "-t", "1", "-c", "3", "image", NULL };

	WRITE_GUEST(loops);
	command_run(argv, &outcome);
	CHECK_SAID(&outcome, 124, "--timeout");
	WRITE_GUEST(sleeps);
	command_run(argv, &outcome);
	CHECK_SAID(&outcome, 124, "--timeout");
}

/* Characters by the UART, as fast as it takes them, and one by the debug console. */
#define SPEAKS								\
	"li	s0, " UART_BASE "\n"					\
	"lla	s1, 2f\n"						\
	"1:	lbu	s2, (s1)\n"					\
	"beqz	s2, 3f\n"						\
	"lbu	s3, 5(s0)\n"						\
	"andi	s3, s3, 0x20\n"						\
	"beqz	s3, 1b\n"						\
	"sb	s2, (s0)\n"						\
	"addi	s1, s1, 1\n"						\
	"j	1b\n"							\
	"2:	.string \"by the UART\\n\"\n"				\
	".balign 4\n"							\
	"3:	li	a0, '!'\n"					\
	SBI("0x4442434e", "2")						\
	POWER_OFF

GUEST(speaks, SPEAKS);

TEST(console)
{
	char file[64];

	WRITE_GUEST(speaks);
	RUN(&outcome, "--console", "stdio");
	CHECK_SAID(&outcome, 0, "powered off");
	CHECK(!strcmp(outcome.out, "by the UART\n!"));

	RUN(&outcome, "--console", "file");
	CHECK_SAID(&outcome, 0, "powered off");
	CHECK(!outcome.out[0]);
	read_output(CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC)), file, sizeof(file));
	CHECK(!strcmp(file, "by the UART\n!"));

	RUN(&outcome, "--console", "/dev/full");
	CHECK_SAID(&outcome, 1, "No space left");
}

static pid_t start_and_wait_for(const char *word, struct command *command)
{
	const char *const argv[] = { "axvm-run", "-c", "2", "image", NULL };
	char out[256];

	*command = command_start(argv);
	do {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		read_output(command->out, out, sizeof(out));
	} while (!strstr(out, word));
	return command->pid;
}

#define SPEAKS_AND_SLEEPS						\
	"li	a0, '!'\n"						\
	SBI("0x4442434e", "2")						\
	"csrw	sie, zero\n"						\
	"1:	wfi\n"							\
	"j	1b\n"

GUEST(speaks_and_sleeps, SPEAKS_AND_SLEEPS);

TEST(signals)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
	struct command command;
	unsigned int i;

	WRITE_GUEST(speaks_and_sleeps);
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		CHECK_SYS(kill(start_and_wait_for("!", &command), signals[i]));
		command_end(&command, &outcome);
		CHECK_SAID(&outcome, 128 + signals[i], "signal");
	}
}

/* Powers off if a0 is the hart and a1 a device tree, and fails otherwise. */
#define CHECKS_ARGUMENTS						\
	"bnez	a0, 1f\n"						\
	"lw	s0, (a1)\n"						\
	"li	s1, 0xedfe0dd0\n"					\
	"sext.w	s1, s1\n"						\
	"bne	s0, s1, 1f\n"						\
	POWER_OFF							\
	"1:	" RESET("0", "1")

GUEST(checks_arguments, CHECKS_ARGUMENTS);

TEST(boot_protocol)
{
	WRITE_GUEST(checks_arguments);
	RUN(&outcome, "--cpus", "4");
	CHECK_SAID(&outcome, 0, "powered off");
}

/* Debug-console calls with memory that is not the guest's must be refused. */
#define REACHES_OUT							\
	"li	s0, -3\n"						\
	"li	a0, 16\n"						\
	"li	a1, 0x1000\n"						\
	"li	a2, 0\n"						\
	SBI("0x4442434e", "0")						\
	"bne	a0, s0, 1f\n"						\
	"li	a0, -1\n"						\
	"li	a1, 0x80000000\n"					\
	"li	a2, 0\n"						\
	SBI("0x4442434e", "0")						\
	"bne	a0, s0, 1f\n"						\
	"li	a0, 16\n"						\
	"li	a1, 0x80000000\n"					\
	"li	a2, 1\n"						\
	SBI("0x4442434e", "1")						\
	"bne	a0, s0, 1f\n"						\
	POWER_OFF							\
	"1:	" RESET("0", "1")

GUEST(reaches_out, REACHES_OUT);

TEST(debug_console_keeps_to_guest_memory)
{
	WRITE_GUEST(reaches_out);
	RUN(&outcome, "--console", "stdio");
	CHECK_SAID(&outcome, 0, "powered off");
	CHECK(!outcome.out[0]);
}

/* An access to nothing is a fault of the guest's: its handler powers off. */
#define TOUCHES_NOTHING							\
	"lla	s0, 1f\n"						\
	"csrw	stvec, s0\n"						\
	"lw	s1, 0x100(zero)\n"					\
	RESET("0", "1")							\
	".balign 4\n"							\
	"1:	" POWER_OFF

GUEST(touches_nothing, TOUCHES_NOTHING);

TEST(access_to_nothing)
{
	WRITE_GUEST(touches_nothing);
	RUN(&outcome, "--cpus", "1");
	CHECK_EQ(outcome.status, 0);
	CHECK(strstr(outcome.err, "reads 4 bytes at 0x100"));
}

TEST(counters)
{
	WRITE_GUEST(speaks);
	RUN(&outcome, "--stats", "--cpus", "2");
	CHECK_EQ(outcome.status, 0);
	CHECK(strstr(outcome.err, "vcpu1"));
	CHECK(strstr(outcome.err, "exit_mmio_write"));
}

/* ------------------------------------------------------------------------- */
/* Linux Images                                                              */
/* ------------------------------------------------------------------------- */

struct image_header {
	char code[8];
	__u64 text_offset;
	__u64 image_size;
	__u64 flags;
	__u32 version;
	__u32 pad;
	__u64 pad2;
	char magic[8];
	char magic2[4];
	__u32 pe_offset;
};

static const struct image_header good_header = {
	.text_offset = 2 << 20,
	.image_size = 64 << 10,
	.magic = "RISCV",
	.magic2 = { 'R', 'S', 'C', 5 },
};

#define CHECK_BAD_IMAGE(field, value, words) do {			\
	struct image_header __header = good_header;			\
									\
	__header.field = value;						\
	write_file("image", &__header, sizeof(__header));		\
	RUN(&outcome, "--cpus", "1");					\
	CHECK_SAID(&outcome, 1, words);					\
} while (0)

TEST(malformed_linux_image)
{
	CHECK_BAD_IMAGE(text_offset, 4096, "malformed Linux Image");
	CHECK_BAD_IMAGE(text_offset, -(2ULL << 20), "malformed Linux Image");
	CHECK_BAD_IMAGE(image_size, 0, "malformed Linux Image");
	CHECK_BAD_IMAGE(image_size, ~0ULL, "malformed Linux Image");
	CHECK_BAD_IMAGE(image_size, 1ULL << 40, "too little memory");
	CHECK_BAD_IMAGE(flags, 1, "big-endian");
	CHECK_BAD_IMAGE(magic2[0], 'X', "not a RISC-V Image");
	/* An EFI program, too, that says it is longer than it is. */
	CHECK_BAD_IMAGE(code[0], 'M'; __header.code[1] = 'Z'; __header.pe_offset = 64,
			"truncated");
}

TEST_HARNESS_MAIN
