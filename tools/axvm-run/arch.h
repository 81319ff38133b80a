/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an architecture provides: the files of its directory
 *
 * Besides these, it has a machine_arch.h with its struct machine_arch.
 */
#ifndef AXVM_RUN_ARCH_H
#define AXVM_RUN_ARCH_H

#include "boot.h"
#include "image.h"
#include "types.h"

struct machine;
struct vcpu;

/* Its name, in messages. */
extern const char *const arch_name;
/* Guest-physical address where RAM starts. */
extern const u64 arch_ram_base;
/* The interrupt controller's input that the console's UART is on. */
extern const unsigned int arch_serial_irq;
/* Its number in ELF files. */
extern const u16 arch_elf_machine;
/* The file that a Linux kernel is booted from. */
extern const struct image_kind arch_linux_image;

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

/* Undo both, as far as they have come. */
void arch_destroy(struct machine *machine);

/**
 * arch_describe() - Write the device tree into guest memory.
 * @machine: complete.
 *
 * Return: its length in bytes, or -1 with the reason reported.
 */
int arch_describe(struct machine *machine);

/**
 * arch_start() - Set the registers of the first vCPU as the boot protocol asks.
 * @machine: complete.
 *
 * Return: 0, or -1 with the reason reported.
 */
int arch_start(struct machine *machine);

/* Set the level of an input of the interrupt controller. */
void arch_set_irq(struct machine *machine, unsigned int irq, bool level);

/* Answer AXVM_EXIT_HYPERCALL. */
void arch_hypercall(struct vcpu *vcpu);

/* The program counter of a vCPU that does not run; 0 if it cannot be had. */
u64 arch_pc(const struct vcpu *vcpu);

#endif /* AXVM_RUN_ARCH_H */
