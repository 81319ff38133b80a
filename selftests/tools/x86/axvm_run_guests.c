// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run with small guests: how they start and end, and what they see of the machine
 *
 * Each is an image assembled here: firmware, or a Multiboot kernel.
 */
#include <signal.h>
#include <time.h>

#include "test.h"
#include "flat_guest.h"

/* ------------------------------------------------------------------------- */
/* Ends                                                                      */
/* ------------------------------------------------------------------------- */

/* PM1 control: sleep type 5, enable. */
#define POWER_OFF							\
	"mov	$0x604, %dx\n"						\
	"mov	$0x3400, %ax\n"						\
	"outw	%ax, %dx\n"

FIRMWARE(powers_off, POWER_OFF HANG);
FIRMWARE(resets_by_cf9, OUTB("0xcf9", "6") HANG);
FIRMWARE(resets_by_keyboard, OUTB("0x64", "0xfe") HANG);
FIRMWARE(resets_by_92, OUTB("0x92", "1") HANG);
FIRMWARE(exits_with_0, EXIT("0") HANG);
FIRMWARE(exits_with_5, EXIT("5") HANG);
FIRMWARE(exits_with_58, EXIT("58") HANG);
FIRMWARE(exits_with_200, EXIT("200") HANG);
FIRMWARE(loops, "1: jmp 1b\n");
FIRMWARE(sleeps, "cli\n" HANG);
#define SHUTS_DOWN(name)						\
	"lidtw	%cs:1f - guest_" #name "\n"				\
	"int3\n"							\
	"1:	.space 6\n"

FIRMWARE(shuts_down, SHUTS_DOWN(shuts_down));

TEST(ends)
{
	WRITE_GUEST(powers_off);
	RUN(&outcome, "--cpus", "2");
	CHECK_SAID(&outcome, 0, "guest powered off after ");
	WRITE_GUEST(resets_by_cf9);
	RUN(&outcome, "--cpus", "2");
	CHECK_SAID(&outcome, 3, "guest rebooted after ");
	WRITE_GUEST(resets_by_keyboard);
	RUN(&outcome, "--cpus", "1");
	CHECK_SAID(&outcome, 3, "guest rebooted after ");
	WRITE_GUEST(resets_by_92);
	RUN(&outcome, "--cpus", "1");
	CHECK_SAID(&outcome, 3, "guest rebooted after ");
	WRITE_GUEST(shuts_down);
	RUN(&outcome, "--cpus", "2");
	CHECK_SAID(&outcome, 4, "triple fault");
}

TEST(exits)
{
	WRITE_GUEST(exits_with_0);
	RUN(&outcome, "--cpus", "1");
	CHECK_SAID(&outcome, 0, "wrote 0 to its debug-exit port");
	WRITE_GUEST(exits_with_5);
	RUN(&outcome, "--cpus", "1");
	CHECK_SAID(&outcome, 64 + 5, "wrote 5 to its debug-exit port");
	WRITE_GUEST(exits_with_58);
	RUN(&outcome, "--cpus", "1");
	CHECK_SAID(&outcome, 64 + 58, "wrote 58 to its debug-exit port");
	WRITE_GUEST(exits_with_200);
	RUN(&outcome, "--cpus", "1");
	CHECK_SAID(&outcome, 123, "wrote 200 to its debug-exit port");
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

/* A PC resets after a triple fault. */
FIRMWARE(speaks_and_shuts_down, OUTB("0xe9", "'!'") SHUTS_DOWN(speaks_and_shuts_down));

static pid_t start_and_wait_for(const char *word, const char *option, struct command *command)
{
	const char *const argv[] = { "axvm-run", "-c", "2", option, "image", NULL };
	char out[256];

	*command = command_start(argv);
	do {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		read_output(command->out, out, sizeof(out));
	} while (!strstr(out, word));
	return command->pid;
}

TEST(reboots_after_a_triple_fault)
{
	struct command command;

	WRITE_GUEST(speaks_and_shuts_down);
	CHECK_SYS(kill(start_and_wait_for("!!!", "--reboot", &command), SIGTERM));
	command_end(&command, &outcome);
	CHECK_SAID(&outcome, 128 + SIGTERM, "signal");
}

FIRMWARE(speaks_and_sleeps, OUTB("0xe9", "'!'") "cli\n" HANG);

TEST(signals)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
	struct command command;
	unsigned int i;

	WRITE_GUEST(speaks_and_sleeps);
	for (i = 0; i < ARRAY_SIZE(signals); i++) {
		CHECK_SYS(kill(start_and_wait_for("!", "--stats", &command), signals[i]));
		command_end(&command, &outcome);
		CHECK_EQ(outcome.status, 128 + signals[i]);
		CHECK(strstr(outcome.err, "signal"));
	}
}

/* ------------------------------------------------------------------------- */
/* Console                                                                   */
/* ------------------------------------------------------------------------- */

/* By COM1, as fast as it takes them, then by port E9h, one by one and as a string. */
#define SPEAKS								\
	"mov	%cs, %ax\n"						\
	"mov	%ax, %ds\n"						\
	"mov	$(2f - guest_speaks), %si\n"				\
	"cld\n"								\
	"1:	mov	$0x3fd, %dx\n"					\
	"inb	%dx, %al\n"						\
	"test	$0x20, %al\n"						\
	"jz	1b\n"							\
	"lodsb\n"							\
	"test	%al, %al\n"						\
	"jz	3f\n"							\
	"mov	$0x3f8, %dx\n"						\
	"outb	%al, %dx\n"						\
	"jmp	1b\n"							\
	"2:	.asciz \"by COM1\\n\"\n"				\
	"4:	.ascii \"by E9h\\n\"\n"					\
	"5:\n"								\
	"3:	mov	$0xe9, %dx\n"					\
	"inb	%dx, %al\n"						\
	"cmp	$0xe9, %al\n"						\
	"jne	6f\n"							\
	"mov	$(4b - guest_speaks), %si\n"				\
	"mov	$(5b - 4b), %cx\n"					\
	"rep	outsb\n"						\
	"mov	$'!', %al\n"						\
	"outb	%al, %dx\n"						\
	"6:\n"								\
	POWER_OFF HANG

FIRMWARE(speaks, SPEAKS);

#define SPOKEN	"by COM1\nby E9h\n!"

TEST(console)
{
	char file[64];

	WRITE_GUEST(speaks);
	RUN(&outcome, "--console", "stdio");
	CHECK_SAID(&outcome, 0, "powered off");
	CHECK(!strcmp(outcome.out, SPOKEN));

	RUN(&outcome, "--console", "file");
	CHECK_SAID(&outcome, 0, "powered off");
	CHECK(!outcome.out[0]);
	read_output(CHECK_SYS(open("file", O_RDONLY | O_CLOEXEC)), file, sizeof(file));
	CHECK(!strcmp(file, SPOKEN));

	/* This one does not end before that is noticed. */
	WRITE_GUEST(speaks_and_sleeps);
	RUN(&outcome, "--console", "/dev/full");
	CHECK_SAID(&outcome, 1, "No space left");
}

TEST(counters)
{
	WRITE_GUEST(speaks);
	RUN(&outcome, "--stats", "--cpus", "2");
	CHECK_EQ(outcome.status, 0);
	CHECK(strstr(outcome.err, "vcpu1"));
	CHECK(strstr(outcome.err, "exit_port_write"));
}

/* ------------------------------------------------------------------------- */
/* Where nothing is, and memory that cannot be written                       */
/* ------------------------------------------------------------------------- */

/* Exits with 1 unless what is read is all ones, in each width, and wide is as narrow. */
#define READS_NOTHING							\
	"mov	$0x1234, %dx\n"						\
	"inl	%dx, %eax\n"						\
	"cmp	$-1, %eax\n"						\
	"jne	1f\n"							\
	"inw	%dx, %ax\n"						\
	"cmp	$-1, %ax\n"						\
	"jne	1f\n"							\
	"outl	%eax, %dx\n"						\
	/* Two bytes from 61h: the speaker's, and nothing. */		\
	"mov	$0x61, %dx\n"						\
	"inw	%dx, %ax\n"						\
	"cmp	$-1, %ah\n"						\
	"jne	1f\n"							\
	"test	$3, %al\n"						\
	"jnz	1f\n"							\
	EXIT("0") HANG							\
	"1:\n"								\
	EXIT("1") HANG

FIRMWARE(reads_nothing, READS_NOTHING);

TEST(ports_of_nothing)
{
	WRITE_GUEST(reads_nothing);
	RUN(&outcome, "--cpus", "1");
	CHECK_EQ(outcome.status, 0);
	CHECK(strstr(outcome.err, "reads 1 bytes at port 0x1234"));
	/* Told only once. */
	CHECK(!strstr(outcome.err, "writes"));
}

/* 32 bits, flat: memory where nothing is, then above it the I/O APIC's version. */
#define READS_MEMORY							\
	"mov	0xd0000000, %eax\n"					\
	"cmp	$-1, %eax\n"						\
	"jne	1f\n"							\
	"movl	$1, 0xfec00000\n"					\
	"mov	0xfec00010, %eax\n"					\
	"cmp	$0x170011, %eax\n"					\
	"jne	1f\n"							\
	EXIT("0") HANG							\
	"1:\n"								\
	EXIT("1") HANG

MULTIBOOT_GUEST(reads_memory, READS_MEMORY);

TEST(memory_of_nothing)
{
	WRITE_GUEST(reads_memory);
	RUN(&outcome, "--cpus", "1");
	CHECK_EQ(outcome.status, 0);
	CHECK(strstr(outcome.err, "reads 4 bytes at 0xd0000000"));
}

/*
 * Below 1 MiB firmware can be written, and is what it was at the start. Up to 4 GiB it
 * cannot: it still runs there after that was tried. CS has its base there until a far jump,
 * which the reset vector has just done; so it has to be reached in protected mode.
 */
#define WRITES_FIRMWARE							\
	"mov	%cs, %ax\n"						\
	"mov	%ax, %ds\n"						\
	"incb	0x100\n"						\
	"cmpb	$1, 0x100\n"						\
	"jne	2f\n"							\
	"lgdtl	%cs:3f - guest_writes_firmware\n"			\
	"mov	%cr0, %eax\n"						\
	"or	$1, %al\n"						\
	"mov	%eax, %cr0\n"						\
	"mov	$8, %ax\n"						\
	"mov	%ax, %es\n"						\
	"mov	$0xffff0100, %edi\n"					\
	"cmpb	$0, %es:(%edi)\n"					\
	"jne	2f\n"							\
	"movb	$7, %es:(%edi)\n"					\
	"cmpb	$0, %es:(%edi)\n"					\
	"jne	2f\n"							\
	EXIT("0") HANG							\
	"2:\n"								\
	EXIT("1") HANG							\
	"3:	.word 15\n"						\
	".long	0xf0000 + 4f - guest_writes_firmware\n"			\
	"4:	.quad 0, 0x00cf93000000ffff\n"

FIRMWARE(writes_firmware, WRITES_FIRMWARE);

TEST(firmware_is_read_only)
{
	WRITE_GUEST(writes_firmware);
	RUN(&outcome, "--cpus", "1");
	CHECK_SAID(&outcome, 0, "wrote 0 ");
}

/* ------------------------------------------------------------------------- */
/* Interrupts                                                                */
/* ------------------------------------------------------------------------- */

#define TO_PORT(port, value)						\
	"mov	$" value ", %al\n"					\
	"out	%al, $" port "\n"

#define GUEST_ADDRESS(name, label)					\
	MULTIBOOT_BASE " + " label " - guest_" #name

/* An IDT at 200000h, a stack below it, a GDT of our own, and a gate for vector 20h. */
#define CATCHES_20H(name)						\
	"mov	$0x200000, %esp\n"					\
	"lgdt	" GUEST_ADDRESS(name, "80f") "\n"			\
	"lidt	" GUEST_ADDRESS(name, "81f") "\n"			\
	"ljmp	$8, $" GUEST_ADDRESS(name, "70f") "\n"			\
	"70:	mov	$16, %ax\n"					\
	"mov	%ax, %ds\n"						\
	"mov	%ax, %ss\n"						\
	"mov	$" GUEST_ADDRESS(name, "85f") ", %eax\n"		\
	"mov	%ax, 0x200000 + 0x20 * 8\n"				\
	"movw	$8, 0x200002 + 0x20 * 8\n"				\
	"movw	$0x8e00, 0x200004 + 0x20 * 8\n"				\
	"shr	$16, %eax\n"						\
	"mov	%ax, 0x200006 + 0x20 * 8\n"

#define TABLES(name)							\
	"80:	.word 23\n"						\
	".long	" GUEST_ADDRESS(name, "82f") "\n"			\
	"81:	.word 0x7ff\n"						\
	".long	0x200000\n"						\
	"82:	.quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff\n"

/* The PIT at 1 kHz, by the PIC at LINT0, as the loader has left it: ten ticks. */
#define COUNTS_TICKS							\
	CATCHES_20H(counts_ticks)					\
	TO_PORT("0x20", "0x11")						\
	TO_PORT("0x21", "0x20")						\
	TO_PORT("0x21", "0x04")						\
	TO_PORT("0x21", "0x01")						\
	TO_PORT("0x21", "0xfe")						\
	TO_PORT("0x43", "0x34")						\
	TO_PORT("0x40", "0xa9")						\
	TO_PORT("0x40", "0x04")						\
	"xor	%ebx, %ebx\n"						\
	"sti\n"								\
	"1:	hlt\n"							\
	"cmp	$10, %ebx\n"						\
	"jb	1b\n"							\
	"cli\n"								\
	EXIT("0") HANG							\
	"85:	inc	%ebx\n"						\
	TO_PORT("0x20", "0x20")						\
	"iret\n"							\
	TABLES(counts_ticks)

MULTIBOOT_GUEST(counts_ticks, COUNTS_TICKS);

/* The same by the I/O APIC's pin 2, as an edge, ended at the local APIC. */
#define COUNTS_MESSAGES							\
	CATCHES_20H(counts_messages)					\
	TO_PORT("0x21", "0xff")						\
	"movl	$0x15, 0xfec00000\n"					\
	"movl	$0, 0xfec00010\n"					\
	"movl	$0x14, 0xfec00000\n"					\
	"movl	$0x20, 0xfec00010\n"					\
	TO_PORT("0x43", "0x34")						\
	TO_PORT("0x40", "0xa9")						\
	TO_PORT("0x40", "0x04")						\
	"xor	%ebx, %ebx\n"						\
	"sti\n"								\
	"1:	hlt\n"							\
	"cmp	$10, %ebx\n"						\
	"jb	1b\n"							\
	"cli\n"								\
	EXIT("0") HANG							\
	"85:	inc	%ebx\n"						\
	"movl	$0, 0xfee000b0\n"					\
	"iret\n"							\
	TABLES(counts_messages)

MULTIBOOT_GUEST(counts_messages, COUNTS_MESSAGES);

/*
 * A level: the UART's transmitter is empty, and its interrupt stays until its cause has
 * been read. It is left alone three times, so it comes four times; a fifth is one too many.
 */
#define ENDS_LEVELS							\
	CATCHES_20H(ends_levels)					\
	"movl	$0x19, 0xfec00000\n"					\
	"movl	$0, 0xfec00010\n"					\
	"movl	$0x18, 0xfec00000\n"					\
	"movl	$0x8020, 0xfec00010\n"					\
	"xor	%ebx, %ebx\n"						\
	OUTB("0x3f9", "2")						\
	"sti\n"								\
	"1:	cmp	$4, %ebx\n"					\
	"jb	1b\n"							\
	"mov	$100000, %ecx\n"					\
	"2:	dec	%ecx\n"						\
	"jnz	2b\n"							\
	"cli\n"								\
	"mov	%bl, %al\n"						\
	"sub	$4, %al\n"						\
	"mov	$0xf4, %dx\n"						\
	"outb	%al, %dx\n"						\
	HANG								\
	"85:	inc	%ebx\n"						\
	"cmp	$4, %ebx\n"						\
	"jb	86f\n"							\
	"mov	$0x3fa, %dx\n"						\
	"inb	%dx, %al\n"						\
	"86:	movl	$0, 0xfee000b0\n"				\
	"iret\n"							\
	TABLES(ends_levels)

MULTIBOOT_GUEST(ends_levels, ENDS_LEVELS);

TEST(interrupts)
{
	WRITE_GUEST(counts_ticks);
	RUN(&outcome, "--cpus", "1");
	CHECK_SAID(&outcome, 0, "wrote 0 ");
	WRITE_GUEST(counts_messages);
	RUN(&outcome, "--cpus", "1");
	CHECK_SAID(&outcome, 0, "wrote 0 ");
	WRITE_GUEST(ends_levels);
	RUN(&outcome, "--cpus", "1");
	CHECK_SAID(&outcome, 0, "wrote 0 ");
}

/* ------------------------------------------------------------------------- */
/* CPUs                                                                      */
/* ------------------------------------------------------------------------- */

/* Exits with the number of logical processors that CPUID tells of. */
#define COUNTS_CPUS							\
	"mov	$1, %eax\n"						\
	"cpuid\n"							\
	"shr	$16, %ebx\n"						\
	"mov	%bl, %al\n"						\
	EXIT_AL HANG

FIRMWARE(counts_cpus, COUNTS_CPUS);

TEST(topology)
{
	WRITE_GUEST(counts_cpus);
	RUN(&outcome, "--cpus", "1");
	CHECK_EQ(outcome.status, 64 + 1);
	RUN(&outcome, "--cpus", "3");
	CHECK_EQ(outcome.status, 64 + 3);
}

/* Exits with bits 11:8 of IA32_APIC_BASE: on, in x2APIC mode, -, the first one. */
#define READS_APIC_BASE							\
	"mov	$0x1b, %ecx\n"						\
	"rdmsr\n"							\
	"shr	$8, %eax\n"						\
	"and	$0xf, %al\n"						\
	EXIT_AL HANG

MULTIBOOT_GUEST(reads_apic_base, READS_APIC_BASE);

TEST(as_many_as_xapic_mode_has_ids_and_one_more)
{
	WRITE_GUEST(reads_apic_base);
	RUN(&outcome, "--cpus", "255");
	CHECK_EQ(outcome.status, 64 + 0x9);
	RUN(&outcome, "--cpus", "256");
	CHECK_EQ(outcome.status, 64 + 0xd);
}

TEST_HARNESS_MAIN
