/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: how a guest is started
 */
#ifndef AXVM_RUN_X86_PROTOCOL_H
#define AXVM_RUN_X86_PROTOCOL_H

#include "boot.h"

struct machine;

/**
 * enum start_mode - What state the first vCPU is in.
 * @START_RESET: as after a reset: real mode, at the reset vector.
 * @START_PROTECTED: 32 bits, flat segments, no paging.
 * @START_LONG: 64 bits; the first 4 GiB are mapped as they are.
 */
enum start_mode {
	START_RESET,
	START_PROTECTED,
	START_LONG,
};

/**
 * struct start - Where the first vCPU starts.
 * @mode: its state; with %START_RESET the rest is not looked at.
 * @rip: instruction pointer.
 * @rax: register.
 * @rbx: register.
 * @rsi: register.
 */
struct start {
	enum start_mode mode;
	u64 rip;
	u64 rax;
	u64 rbx;
	u64 rsi;
};

/**
 * struct protocol - A kind of image, and how it is started.
 * @kind: the kind; first, so that one is the other.
 * @check: is what was given good for it? Fails as arch_place(). %NULL: always.
 * @prepare: put what the guest is to find into memory, and fill in @start.
 */
struct protocol {
	struct image_kind kind;
	int (*check)(const struct boot *boot, const struct options *opts);
	int (*prepare)(struct machine *machine, struct start *start);
};

extern const struct protocol bzimage_protocol;
extern const struct protocol multiboot_protocol;
extern const struct protocol multiboot2_protocol;
extern const struct protocol pvh_protocol;
extern const struct protocol firmware_protocol;

static inline const struct protocol *protocol_of(const struct image *image)
{
	return (const struct protocol *)image->kind;
}

/* Set the vCPUs' registers, and put what goes with them into memory. */
int start_apply(struct machine *machine, const struct start *start);

/* ---- what several protocols tell the guest ---- */

/* Types of memory, the same numbers in all of them. */
#define MEMORY_RAM	1
#define MEMORY_RESERVED	2

/**
 * struct memory_entry - A piece of the guest's physical addresses.
 * @start: first address.
 * @size: bytes.
 * @type: one of MEMORY_*.
 */
struct memory_entry {
	u64 start;
	u64 size;
	u32 type;
};

#define MEMORY_ENTRIES	6

/* Describe the guest's memory; returns how many entries it takes. */
unsigned int memory_map(const struct ram *ram, struct memory_entry entries[MEMORY_ENTRIES]);

/* Put the command line at CMDLINE_BASE. */
void put_cmdline(struct machine *machine);

/* Where the RSDP is. */
u64 rsdp_address(const struct machine *machine);

#endif /* AXVM_RUN_X86_PROTOCOL_H */
