// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run's ACPI tables and registers, by themselves
 */
#include <stdlib.h>

/* The sources themselves: what they need of the rest of axvm-run is below. */
#include "../../../tools/axvm-run/x86/acpi.c"
#include "../../../tools/axvm-run/x86/pm.c"
#undef ARRAY_SIZE
#undef BIT

#include "test.h"

#define ROOM	(BIOS_END - BIOS_BASE)

int fail(const char *fmt, ...)
{
	(void)fmt;
	return -1;
}

/* ------------------------------------------------------------------------- */
/* Tables                                                                    */
/* ------------------------------------------------------------------------- */

FIXTURE(acpi) {
	struct acpi acpi;
	struct header dsdt;
};

FIXTURE_SETUP(acpi)
{
	self->acpi = (struct acpi){ .buf = malloc(ROOM), .base = BIOS_BASE, .room = ROOM };
	finish(&self->dsdt, "DSDT", sizeof(self->dsdt), 2);
}

FIXTURE_TEARDOWN(acpi)
{
	free(self->acpi.buf);
}

static int build(struct acpi *acpi, const struct header *dsdt, unsigned int cpus)
{
	return acpi_build(acpi, cpus, dsdt, sizeof(*dsdt));
}

/* What is at this address of the guest. */
static const void *at(const struct acpi *acpi, u64 address)
{
	CHECK_GE(address, acpi->base);
	CHECK_LT(address, acpi->base + acpi->len);
	return acpi->buf + (address - acpi->base);
}

static const struct header *table(const struct acpi *acpi, u64 address, const char *signature)
{
	const struct header *header = at(acpi, address);

	CHECK(!memcmp(header->signature, signature, 4));
	CHECK_LE(address + header->length, acpi->base + acpi->len);
	CHECK_EQ(checksum(header, header->length), 0);
	return header;
}

/* From the RSDP to a table of the XSDT: 0 the FADT, 1 the MADT. */
static const struct header *entry(const struct acpi *acpi, unsigned int i, const char *signature)
{
	const struct rsdp *rsdp = at(acpi, acpi->base);
	const struct header *xsdt = table(acpi, rsdp->xsdt, "XSDT");
	u64 address;

	CHECK_EQ(xsdt->length, sizeof(*xsdt) + 2 * sizeof(address));
	memcpy(&address, (const u8 *)(xsdt + 1) + i * sizeof(address), sizeof(address));
	return table(acpi, address, signature);
}

TEST_F(acpi, is_found_and_whole)
{
	const struct acpi *acpi = &self->acpi;
	const struct header *rsdt;
	const struct rsdp *rsdp;
	const struct fadt *fadt;
	const struct facs *facs;

	ASSERT_EQ(build(&self->acpi, &self->dsdt, 4), 0);
	rsdp = at(acpi, BIOS_BASE);
	EXPECT_EQ(memcmp(rsdp->signature, "RSD PTR ", 8), 0);
	EXPECT_EQ(checksum(rsdp, 20), 0);
	EXPECT_EQ(checksum(rsdp, 36), 0);
	rsdt = table(acpi, rsdp->rsdt, "RSDT");
	EXPECT_EQ(rsdt->length, sizeof(*rsdt) + 8);

	fadt = (const void *)entry(acpi, 0, "FACP");
	EXPECT_EQ(fadt->header.length, 276);
	EXPECT_EQ(fadt->x_dsdt, fadt->dsdt);
	table(acpi, fadt->dsdt, "DSDT");
	facs = at(acpi, fadt->firmware_ctrl);
	EXPECT_EQ(memcmp(facs->signature, "FACS", 4), 0);
	EXPECT_EQ(fadt->firmware_ctrl % 64, 0);
	EXPECT_EQ(fadt->sci_interrupt, IRQ_SCI);
	EXPECT_EQ(fadt->reset_register.address, 0xcf9);
}

/* How many entries of @type there are, each with @size bytes; the walk must end exactly. */
static unsigned int count_entries(const struct header *madt, u8 type, u8 size)
{
	const u8 *start = (const u8 *)madt;
	u32 place = sizeof(struct madt);
	unsigned int count = 0;

	while (place < madt->length) {
		CHECK_GE(start[place + 1], 2);
		if (start[place] == type) {
			CHECK_EQ(start[place + 1], size);
			count++;
		}
		place += start[place + 1];
	}
	CHECK_EQ(place, madt->length);
	return count;
}

TEST_F(acpi, names_every_cpu)
{
	static const unsigned int cpus[] = { 1, 2, 4, 255, 256, 4096 };

	for (unsigned int i = 0; i < ARRAY_SIZE(cpus); i++) {
		unsigned int small = cpus[i] < 255 ? cpus[i] : 255;
		const struct header *madt;

		ASSERT_EQ(build(&self->acpi, &self->dsdt, cpus[i]), 0);
		madt = entry(&self->acpi, 1, "APIC");
		EXPECT_EQ(count_entries(madt, 0, 8), small);
		EXPECT_EQ(count_entries(madt, 9, 16), cpus[i] - small);
		EXPECT_EQ(count_entries(madt, 1, 12), 1);
		EXPECT_EQ(count_entries(madt, 2, 10), 2);
		EXPECT_EQ(count_entries(madt, 4, 6), 1);
		EXPECT_EQ(count_entries(madt, 10, 12), 1);
	}
}

TEST_F(acpi, too_little_room_is_an_error)
{
	for (u32 room = 0; room < 1000; room += 4) {
		self->acpi.room = room;
		EXPECT_EQ(build(&self->acpi, &self->dsdt, 64), -1);
	}
}

/* The format of acpidump, as acpixtract reads it. */
TEST_F(acpi, is_dumped)
{
	char text[16384];
	FILE *file = fmemopen(text, sizeof(text), "w");

	ASSERT_EQ(build(&self->acpi, &self->dsdt, 1), 0);
	acpi_dump(&self->acpi, file);
	fclose(file);
	EXPECT_EQ(strncmp(text, "RSDP @ 0x00000000000E0000\n", 26), 0);
	EXPECT_EQ(strncmp(text + 26, "    0000: 52 53 44 20 50 54 52 20", 33), 0);
	EXPECT_NE(strstr(text, "\n\nFACP @ 0x"), NULL);
	EXPECT_NE(strstr(text, "\n\nAPIC @ 0x"), NULL);
	EXPECT_NE(strstr(text, "\n    0010:"), NULL);
}

/* ------------------------------------------------------------------------- */
/* Registers                                                                 */
/* ------------------------------------------------------------------------- */

/** struct outside - What they are connected to: the time, and how often it was to end. */
struct outside {
	u64 now;
	unsigned int offs;
};

FIXTURE(pm) {
	struct pm pm;
	struct outside outside;
};

static u64 tell_now(void *opaque)
{
	struct outside *outside = opaque;

	return outside->now;
}

static void take_power_off(void *opaque)
{
	struct outside *outside = opaque;

	outside->offs++;
}

static const struct pm_ops ops = {
	.now = tell_now,
	.power_off = take_power_off,
};

FIXTURE_SETUP(pm)
{
	pm_init(&self->pm, &ops, &self->outside);
}

FIXTURE_TEARDOWN(pm)
{
	pm_destroy(&self->pm);
}

TEST_F(pm, powers_off)
{
	struct pm *pm = &self->pm;

	/* ACPI's mode is on; the sleep type alone does nothing, nor does another one. */
	EXPECT_EQ(pm_read(pm, PM_CONTROL, 2), 1);
	pm_write(pm, PM_CONTROL, 2, PM_SLEEP_S5 << 10);
	EXPECT_EQ(self->outside.offs, 0);
	pm_write(pm, PM_CONTROL, 2, 1 << 10 | 1 << 13);
	EXPECT_EQ(self->outside.offs, 0);
	pm_write(pm, PM_CONTROL, 2, PM_SLEEP_S5 << 10 | 1 << 13);
	EXPECT_EQ(self->outside.offs, 1);
	EXPECT_EQ(pm_read(pm, PM_CONTROL, 2), PM_SLEEP_S5 << 10 | 1);
}

TEST_F(pm, the_timer_runs)
{
	struct pm *pm = &self->pm;

	self->outside.now = NS_PER_S;
	EXPECT_EQ(pm_read(pm, PM_TIMER, 4), 3579545);
	pm_write(pm, PM_TIMER, 4, 0);
	self->outside.now = 2000 * NS_PER_S;
	EXPECT_EQ(pm_read(pm, PM_TIMER, 4), (u32)(2000 * 3579545ULL));
}

TEST_F(pm, events_never_happen)
{
	struct pm *pm = &self->pm;

	pm_write(pm, PM_EVENT, 2, 0xffff);
	EXPECT_EQ(pm_read(pm, PM_EVENT, 2), 0);
	pm_write(pm, PM_EVENT + 2, 2, 0x0121);
	EXPECT_EQ(pm_read(pm, PM_EVENT + 2, 2), 0x0121);
	EXPECT_EQ(pm_read(pm, PM_EVENT, 4), 0x01210000);
	EXPECT_EQ(pm_read(pm, PM_CONTROL + 2, 2), 0);
}

TEST_HARNESS_MAIN
