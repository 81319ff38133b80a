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
	EXPECT_EQ(rsdp->revision, 2);
	EXPECT_EQ(rsdp->length, 36);
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
}

static void expect_ports(const struct address *address, u64 port, u8 bits, u8 access)
{
	CHECK_EQ(address->space, SPACE_PORTS);
	CHECK_EQ(address->address, port);
	CHECK_EQ(address->bit_width, bits);
	CHECK_EQ(address->bit_offset, 0);
	CHECK_EQ(address->access, access);
}

/* Both ways to tell it are the same, and where the registers are. */
TEST_F(acpi, tells_where_its_registers_are)
{
	const struct fadt *fadt;

	ASSERT_EQ(build(&self->acpi, &self->dsdt, 1), 0);
	fadt = (const void *)entry(&self->acpi, 0, "FACP");
	EXPECT_EQ(fadt->pm1a_event, 0x600);
	EXPECT_EQ(fadt->pm1_event_len, 4);
	EXPECT_EQ(fadt->pm1a_control, 0x604);
	EXPECT_EQ(fadt->pm1_control_len, 2);
	EXPECT_EQ(fadt->pm_timer, 0x608);
	EXPECT_EQ(fadt->pm_timer_len, 4);
	expect_ports(&fadt->x_pm1a_event, 0x600, 32, 2);
	expect_ports(&fadt->x_pm1a_control, 0x604, 16, 2);
	expect_ports(&fadt->x_pm_timer, 0x608, 32, 3);
	EXPECT_EQ(fadt->pm1b_event | fadt->pm1b_control | fadt->pm2_control, 0);
	EXPECT_EQ(fadt->gpe0 | fadt->gpe1 | fadt->smi_command, 0);

	expect_ports(&fadt->reset_register, 0xcf9, 8, 1);
	EXPECT_EQ(fadt->reset_value, 0x06);
	/* RESET_REG_SUP, TMR_VAL_EXT; not HW_REDUCED_ACPI. */
	EXPECT_TRUE(fadt->flags & 1 << 10);
	EXPECT_TRUE(fadt->flags & 1 << 8);
	EXPECT_FALSE(fadt->flags & 1 << 20);
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

/* The @i-th entry of @type. */
static const void *find_entry(const struct header *madt, u8 type, unsigned int i)
{
	const u8 *at = (const u8 *)madt + sizeof(struct madt);
	const u8 *end = (const u8 *)madt + madt->length;

	for (; at < end; at += at[1])
		if (at[0] == type && !i--)
			return at;
	FAIL("no such entry: %u", type);
}

TEST_F(acpi, gives_each_cpu_its_id)
{
	const struct header *madt;

	ASSERT_EQ(build(&self->acpi, &self->dsdt, 300), 0);
	madt = entry(&self->acpi, 1, "APIC");
	for (unsigned int i = 0; i < 255; i++) {
		const struct madt_local_apic *cpu = find_entry(madt, 0, i);

		EXPECT_EQ(cpu->apic, i);
		EXPECT_EQ(cpu->processor, i);
		EXPECT_EQ(cpu->flags, 1);
	}
	for (unsigned int i = 0; i < 45; i++) {
		const struct madt_x2apic *cpu = find_entry(madt, 9, i);

		EXPECT_EQ(cpu->apic, 255 + i);
		EXPECT_EQ(cpu->processor, 255 + i);
		EXPECT_EQ(cpu->flags, 1);
	}
}

TEST_F(acpi, tells_how_interrupts_are_connected)
{
	const struct madt_override *override;
	const struct madt_io_apic *io_apic;
	const struct madt *madt;

	ASSERT_EQ(build(&self->acpi, &self->dsdt, 1), 0);
	madt = (const void *)entry(&self->acpi, 1, "APIC");
	EXPECT_EQ(madt->local_apic, 0xfee00000);
	EXPECT_EQ(madt->flags, 1);
	io_apic = find_entry(&madt->header, 1, 0);
	EXPECT_EQ(io_apic->address, 0xfec00000);
	EXPECT_EQ(io_apic->first_gsi, 0);
	EXPECT_EQ(io_apic->id, 0);
	/* The PIT's as the bus has it, ... */
	override = find_entry(&madt->header, 2, 0);
	EXPECT_EQ(override->bus, 0);
	EXPECT_EQ(override->source, 0);
	EXPECT_EQ(override->gsi, 2);
	EXPECT_EQ(override->flags, 0);
	/* ... and ACPI's own: high is active, and it is a level. */
	override = find_entry(&madt->header, 2, 1);
	EXPECT_EQ(override->source, 9);
	EXPECT_EQ(override->gsi, 9);
	EXPECT_EQ(override->flags, 0x01 | 0x03 << 2);
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

TEST_F(pm, powers_off_by_bytes)
{
	struct pm *pm = &self->pm;

	pm_write(pm, PM_CONTROL + 1, 1, PM_SLEEP_S5 << 2);
	EXPECT_EQ(self->outside.offs, 0);
	pm_write(pm, PM_CONTROL, 1, 0xff);
	EXPECT_EQ(self->outside.offs, 0);
	EXPECT_EQ(pm_read(pm, PM_CONTROL, 1), 0xff);
	EXPECT_EQ(pm_read(pm, PM_CONTROL + 1, 1), PM_SLEEP_S5 << 2);
	pm_write(pm, PM_CONTROL + 1, 1, PM_SLEEP_S5 << 2 | 1 << 5);
	EXPECT_EQ(self->outside.offs, 1);
	/* The lower byte cannot leave ACPI's mode. */
	pm_write(pm, PM_CONTROL, 1, 0);
	EXPECT_EQ(pm_read(pm, PM_CONTROL, 2), PM_SLEEP_S5 << 10 | 1);
	EXPECT_EQ(self->outside.offs, 1);
}

/* One write to the enable register and to control; and one past control. */
TEST_F(pm, wide_writes)
{
	struct pm *pm = &self->pm;

	pm_write(pm, PM_EVENT + 2, 4, (PM_SLEEP_S5 << 10 | 1 << 13) << 16 | 0x0120);
	EXPECT_EQ(pm_read(pm, PM_EVENT + 2, 2), 0x0120);
	EXPECT_EQ(self->outside.offs, 1);
	EXPECT_EQ(pm_read(pm, PM_EVENT + 2, 4), (PM_SLEEP_S5 << 10 | 1) << 16 | 0x0120);
	pm_write(pm, PM_CONTROL, 4, 0xffff0000 | 1 << 10);
	EXPECT_EQ(pm_read(pm, PM_CONTROL, 4), 1 << 10 | 1);
	pm_write(pm, PM_EVENT, 4, 0xffffffff);
	EXPECT_EQ(pm_read(pm, PM_EVENT, 4), 0xffff0000);
	EXPECT_EQ(pm_read(pm, PM_EVENT + 3, 1), 0xff);
	pm_write(pm, PM_EVENT + 3, 1, 0);
	EXPECT_EQ(pm_read(pm, PM_EVENT + 3, 2), 1 << 8);
	EXPECT_EQ(pm_read(pm, PM_EVENT + 2, 1), 0xff);
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
