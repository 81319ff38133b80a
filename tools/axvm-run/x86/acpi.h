/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ACPI tables
 */
#ifndef AXVM_RUN_X86_ACPI_H
#define AXVM_RUN_X86_ACPI_H

#include <stdio.h>

#include "types.h"

/* RSDT, XSDT, FADT, FACS, MADT and DSDT. */
#define ACPI_TABLES	6

/**
 * struct acpi - ACPI tables, one after the other, beginning with the RSDP.
 * @buf: where they are in this process.
 * @base: where they are in the guest, a multiple of 64.
 * @room: bytes there.
 * @len: bytes that are used.
 * @count: how many tables there are; the RSDP is none.
 * @tables: their places in @buf.
 */
struct acpi {
	u8 *buf;
	u64 base;
	u32 room;
	u32 len;
	unsigned int count;
	u32 tables[ACPI_TABLES];
};

/**
 * acpi_build() - Make the tables of a machine.
 * @acpi: @buf, @base and @room are filled in; the rest is filled in here.
 * @cpus: how many vCPUs, whose local APICs' ids are their numbers.
 * @dsdt: compiled AML, with its header.
 * @dsdt_len: bytes of it.
 *
 * Return: 0, or -1 if there is too little room, which was reported.
 */
int acpi_build(struct acpi *acpi, unsigned int cpus, const void *dsdt, u32 dsdt_len);

/* Write all tables as text, in the format of acpidump. */
void acpi_dump(const struct acpi *acpi, FILE *file);

#endif /* AXVM_RUN_X86_ACPI_H */
