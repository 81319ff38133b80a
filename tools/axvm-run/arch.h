/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an architecture provides: the files of its directory
 *
 * Besides these, it has a machine_arch.h with its struct machine_arch.
 */
#ifndef AXVM_RUN_ARCH_H
#define AXVM_RUN_ARCH_H

#include <stdio.h>

#include "boot.h"
#include "image.h"
#include "types.h"

struct machine;
struct vcpu;

/**
 * struct arch_text - An architecture's words.
 * @name: its name.
 * @kernel: what a Linux kernel's file is called, with its article.
 * @description: what describes the machine to the guest.
 * @dump_option: the long option that writes it to a file.
 * @help_image: --help: what IMAGE can be; whole lines.
 * @help_console: --help: what the console is to the guest.
 * @help_dump: --help: @dump_option; whole lines.
 * @help_status: --help: exit statuses of its own; whole lines.
 */
struct arch_text {
	const char *name;
	const char *kernel;
	const char *description;
	const char *dump_option;
	const char *help_image;
	const char *help_console;
	const char *help_dump;
	const char *help_status;
};

extern const struct arch_text arch_text;

/* ------------------------------------------------------------------------- */
/* Images and memory                                                         */
/* ------------------------------------------------------------------------- */

/* Kinds of image. The first that matches is taken, and the last always does. */
extern const struct image_kind *const arch_image_kinds[];
/* Its number in ELF files of 64 and of 32 bits; 0: it takes none of those. */
extern const u16 arch_elf_machine;
extern const u16 arch_elf_machine_32;
/* Guest-physical address where an image can be first. */
extern const u64 arch_image_base;

/* How much RAM there can be if guest-physical addresses end at @end. */
u64 arch_ram_most(u64 end);

/**
 * arch_ram_layout() - Decide where RAM is.
 * @size: bytes of it.
 * @ram: @ranges and @count are filled in.
 */
void arch_ram_layout(u64 size, struct ram *ram);

/**
 * arch_place() - Decide where the description and the initial RAM disk go.
 * @boot: files and image are there; @description and @initrd are filled in.
 * @opts: the command line.
 *
 * Return: 0, or -1 with the reason reported: what was given does not go together.
 */
int arch_place(struct boot *boot, const struct options *opts);

/* ------------------------------------------------------------------------- */
/* The machine                                                               */
/* ------------------------------------------------------------------------- */

/**
 * arch_setup_vm() - Configure a VM that has no vCPU yet.
 * @machine: its VM is there.
 *
 * Return: 0, or -1 with the reason reported.
 */
int arch_setup_vm(struct machine *machine);

/**
 * arch_create_devices() - Add the interrupt controller and the devices.
 * @machine: its vCPUs are there.
 *
 * Return: 0, or -1 with the reason reported.
 */
int arch_create_devices(struct machine *machine);

/* Undo both, as far as they have come; the vCPUs are still there. */
void arch_destroy(struct machine *machine);

/**
 * arch_describe() - Write the description into guest memory.
 * @machine: complete.
 *
 * Return: its length in bytes, or -1 with the reason reported.
 */
int arch_describe(struct machine *machine);

/* Write the description to a file that @dump_option names. */
void arch_dump(const struct machine *machine, FILE *file);

/**
 * arch_start() - Set the registers of the vCPUs as the boot protocol asks.
 * @machine: complete.
 *
 * Return: 0, or -1 with the reason reported.
 */
int arch_start(struct machine *machine);

/* ------------------------------------------------------------------------- */
/* While it runs                                                             */
/* ------------------------------------------------------------------------- */

/* The interrupt controller's input that the console's UART is on. */
extern const unsigned int arch_serial_irq;
/* An access to nothing is a fault; without it, reads are all ones and writes are lost. */
extern const bool arch_access_faults;

/* Set the level of an input of the interrupt controller. */
void arch_set_irq(struct machine *machine, unsigned int irq, bool level);

/* Deal with an exit that only this architecture has; false if it is none such. */
bool arch_handle_exit(struct vcpu *vcpu);

/* The program counter of a vCPU that does not run; 0 if it cannot be had. */
u64 arch_pc(const struct vcpu *vcpu);

#endif /* AXVM_RUN_ARCH_H */
