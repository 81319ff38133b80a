// SPDX-License-Identifier: GPL-2.0
/*
 * The ACPI tables
 *
 * Names are those of the ACPI specification 6.4. It is a PC's ACPI, with the old
 * interrupt controllers and the fixed power-management registers: what every guest knows.
 */
#include <assert.h>
#include <string.h>

#include "acpi.h"
#include "layout.h"
#include "pm.h"
#include "report.h"

#pragma pack(push, 1)

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 extended_checksum;
	u8 reserved[3];
};

struct header {
	char signature[4];
	u32 length;
	u8 revision;
	u8 checksum;
	char oem[6];
	char oem_table[8];
	u32 oem_revision;
	char creator[4];
	u32 creator_revision;
};

/* Generic address structure. */
struct address {
	u8 space;
	u8 bit_width;
	u8 bit_offset;
	u8 access;
	u64 address;
};

#define SPACE_PORTS	1

struct fadt {
	struct header header;
	u32 firmware_ctrl;
	u32 dsdt;
	u8 reserved;
	u8 preferred_profile;
	u16 sci_interrupt;
	u32 smi_command;
	u8 acpi_enable;
	u8 acpi_disable;
	u8 s4bios_request;
	u8 pstate_control;
	u32 pm1a_event;
	u32 pm1b_event;
	u32 pm1a_control;
	u32 pm1b_control;
	u32 pm2_control;
	u32 pm_timer;
	u32 gpe0;
	u32 gpe1;
	u8 pm1_event_len;
	u8 pm1_control_len;
	u8 pm2_control_len;
	u8 pm_timer_len;
	u8 gpe0_len;
	u8 gpe1_len;
	u8 gpe1_base;
	u8 cstate_control;
	u16 c2_latency;
	u16 c3_latency;
	u16 flush_size;
	u16 flush_stride;
	u8 duty_offset;
	u8 duty_width;
	u8 day_alarm;
	u8 month_alarm;
	u8 century;
	u16 boot_architecture;
	u8 reserved2;
	u32 flags;
	struct address reset_register;
	u8 reset_value;
	u16 arm_boot_architecture;
	u8 minor_version;
	u64 x_firmware_ctrl;
	u64 x_dsdt;
	struct address x_pm1a_event;
	struct address x_pm1b_event;
	struct address x_pm1a_control;
	struct address x_pm1b_control;
	struct address x_pm2_control;
	struct address x_pm_timer;
	struct address x_gpe0;
	struct address x_gpe1;
	struct address sleep_control;
	struct address sleep_status;
	u64 hypervisor;
};

#define PROFILE_ENTERPRISE_SERVER	4
#define C2_NONE				101
#define C3_NONE				1001

#define BOOT_LEGACY_DEVICES		BIT(0)
#define BOOT_NO_VGA			BIT(2)

#define FLAG_WBINVD			BIT(0)
#define FLAG_PROC_C1			BIT(2)
/* Neither button is among the fixed registers, nor does the RTC wake anything. */
#define FLAG_PWR_BUTTON			BIT(4)
#define FLAG_SLP_BUTTON			BIT(5)
#define FLAG_FIX_RTC			BIT(6)
#define FLAG_TMR_VAL_EXT		BIT(8)
#define FLAG_RESET_REG			BIT(10)
#define FLAG_HEADLESS			BIT(12)

/* Port CF9h: a full reset. */
#define RESET_PORT			(PORT_PCI_CONFIG + 1)
#define RESET_VALUE			0x06

/* The RTC's register with the century. */
#define CENTURY				0x32

struct facs {
	char signature[4];
	u32 length;
	u32 hardware_signature;
	u32 waking_vector;
	u32 global_lock;
	u32 flags;
	u64 x_waking_vector;
	u8 version;
	u8 reserved[31];
};

#define FACS_ALIGN	64

struct madt {
	struct header header;
	u32 local_apic;
	u32 flags;
};

#define MADT_PCAT_COMPAT	BIT(0)
#define MADT_ENABLED		BIT(0)
#define MADT_ALL_CPUS		0xff
#define MADT_ALL_CPUS_X2APIC	0xffffffff

/* From this id on a CPU can only be told of by an x2APIC entry. */
#define MADT_X2APIC_FIRST	255

/* Flags of an interrupt: high is active, and it is a level. */
#define INTI_HIGH_LEVEL		0x000d

struct madt_local_apic {
	u8 type;
	u8 length;
	u8 processor;
	u8 apic;
	u32 flags;
};

struct madt_io_apic {
	u8 type;
	u8 length;
	u8 id;
	u8 reserved;
	u32 address;
	u32 first_gsi;
};

struct madt_override {
	u8 type;
	u8 length;
	u8 bus;
	u8 source;
	u32 gsi;
	u16 flags;
};

struct madt_local_nmi {
	u8 type;
	u8 length;
	u8 processor;
	u16 flags;
	u8 lint;
};

struct madt_x2apic {
	u8 type;
	u8 length;
	u16 reserved;
	u32 apic;
	u32 flags;
	u32 processor;
};

struct madt_x2apic_nmi {
	u8 type;
	u8 length;
	u16 flags;
	u32 processor;
	u8 lint;
	u8 reserved[3];
};

#pragma pack(pop)

static_assert(sizeof(struct rsdp) == 36, "as specified");
static_assert(sizeof(struct header) == 36, "as specified");
static_assert(sizeof(struct fadt) == 276, "as specified");
static_assert(sizeof(struct facs) == 64, "as specified");

/* ------------------------------------------------------------------------- */
/* Room for them                                                             */
/* ------------------------------------------------------------------------- */

/* Take @len zeroed bytes; NULL if there are not so many left. */
static void *take(struct acpi *acpi, u32 len, u32 align)
{
	u32 start = (acpi->len + align - 1) & ~(align - 1);
	void *p = acpi->buf + start;

	if (start > acpi->room || len > acpi->room - start)
		return NULL;
	memset(p, 0, len);
	acpi->len = start + len;
	return p;
}

static u32 place_of(const struct acpi *acpi, const void *table)
{
	return (const u8 *)table - acpi->buf;
}

static u32 address_of(const struct acpi *acpi, const void *table)
{
	return acpi->base + place_of(acpi, table);
}

static void *take_table(struct acpi *acpi, u32 len, u32 align)
{
	void *table = take(acpi, len, align);

	if (table)
		acpi->tables[acpi->count++] = place_of(acpi, table);
	return table;
}

static u8 checksum(const void *p, u32 len)
{
	const u8 *bytes = p;
	u8 sum = 0;

	while (len--)
		sum -= *bytes++;
	return sum;
}

static void finish(struct header *header, const char signature[4], u32 length, u8 revision)
{
	memcpy(header->signature, signature, 4);
	header->length = length;
	header->revision = revision;
	memcpy(header->oem, "AXVM  ", 6);
	memcpy(header->oem_table, "AXVMRUN ", 8);
	header->oem_revision = 1;
	memcpy(header->creator, "AXVM", 4);
	header->creator_revision = 1;
	header->checksum = 0;
	header->checksum = checksum(header, length);
}

/* ------------------------------------------------------------------------- */
/* The tables                                                                */
/* ------------------------------------------------------------------------- */

static struct address port(u16 number, u8 bytes)
{
	/* The access size is coded as 1 for a byte, 2 for two, 3 for four. */
	u8 access = bytes == 4 ? 3 : bytes;

	return (struct address){
		.space = SPACE_PORTS,
		.bit_width = 8 * bytes,
		.access = access,
		.address = number,
	};
}

static void fill_fadt_registers(struct fadt *fadt)
{
	fadt->pm1a_event = PORT_PM + PM_EVENT;
	fadt->pm1_event_len = PM_EVENT_LEN;
	fadt->pm1a_control = PORT_PM + PM_CONTROL;
	fadt->pm1_control_len = PM_CONTROL_LEN;
	fadt->pm_timer = PORT_PM + PM_TIMER;
	fadt->pm_timer_len = PM_TIMER_LEN;
	fadt->x_pm1a_event = port(fadt->pm1a_event, PM_EVENT_LEN);
	/* Both halves of it are accessed for themselves. */
	fadt->x_pm1a_event.access = 2;
	fadt->x_pm1a_control = port(fadt->pm1a_control, PM_CONTROL_LEN);
	fadt->x_pm_timer = port(fadt->pm_timer, PM_TIMER_LEN);
	fadt->reset_register = port(RESET_PORT, 1);
	fadt->reset_value = RESET_VALUE;
}

static void fill_fadt(struct fadt *fadt, u32 facs, u32 dsdt)
{
	fadt->firmware_ctrl = facs;
	fadt->dsdt = dsdt;
	fadt->x_dsdt = dsdt;
	fadt->preferred_profile = PROFILE_ENTERPRISE_SERVER;
	fadt->sci_interrupt = IRQ_SCI;
	fadt->c2_latency = C2_NONE;
	fadt->c3_latency = C3_NONE;
	fadt->century = CENTURY;
	fadt->boot_architecture = BOOT_LEGACY_DEVICES | BOOT_NO_VGA;
	fadt->flags = FLAG_WBINVD | FLAG_PROC_C1 | FLAG_PWR_BUTTON | FLAG_SLP_BUTTON |
		      FLAG_FIX_RTC | FLAG_TMR_VAL_EXT | FLAG_RESET_REG | FLAG_HEADLESS;
	fadt->minor_version = 4;
	memcpy(&fadt->hypervisor, "AXVM", 4);
	fill_fadt_registers(fadt);
	finish(&fadt->header, "FACP", sizeof(*fadt), 6);
}

static void fill_facs(struct facs *facs)
{
	memcpy(facs->signature, "FACS", 4);
	facs->length = sizeof(*facs);
	facs->version = 2;
}

/* Entries of the MADT: all are filled in where the last one ended. */
#define ADD(at, entry) do {						\
	memcpy(at, &(entry), sizeof(entry));				\
	(at) += sizeof(entry);						\
} while (0)

static u8 *add_cpus(u8 *at, unsigned int cpus)
{
	for (unsigned int i = 0; i < cpus; i++) {
		struct madt_local_apic small = { 0, sizeof(small), i, i, MADT_ENABLED };
		struct madt_x2apic large = { 9, sizeof(large), 0, i, MADT_ENABLED, i };

		if (i < MADT_X2APIC_FIRST)
			ADD(at, small);
		else
			ADD(at, large);
	}
	return at;
}

static u8 *add_interrupts(u8 *at)
{
	struct madt_io_apic io_apic = { 1, sizeof(io_apic), 0, 0, IOAPIC_BASE, 0 };
	struct madt_override pit = { 2, sizeof(pit), 0, IRQ_PIT, GSI_PIT, 0 };
	struct madt_override sci = { 2, sizeof(sci), 0, IRQ_SCI, IRQ_SCI, INTI_HIGH_LEVEL };
	struct madt_local_nmi nmi = { 4, sizeof(nmi), MADT_ALL_CPUS, 0, 1 };
	struct madt_x2apic_nmi x2apic_nmi = {
		10, sizeof(x2apic_nmi), 0, MADT_ALL_CPUS_X2APIC, 1, {}
	};

	ADD(at, io_apic);
	ADD(at, pit);
	ADD(at, sci);
	ADD(at, nmi);
	ADD(at, x2apic_nmi);
	return at;
}

/* What is at most needed: each kind of entry has at most 16 bytes. */
static u32 madt_room(unsigned int cpus)
{
	return sizeof(struct madt) + (cpus + 5) * 16;
}

static void fill_madt(struct madt *madt, unsigned int cpus)
{
	u8 *start = (u8 *)madt, *at = start + sizeof(*madt);

	madt->local_apic = LOCAL_APIC_BASE;
	madt->flags = MADT_PCAT_COMPAT;
	at = add_interrupts(add_cpus(at, cpus));
	finish(&madt->header, "APIC", at - start, 5);
}

/* Of the tables only these two are pointed to: the FADT points to the others. */
static void fill_rsdt(struct header *rsdt, u32 fadt, u32 madt)
{
	u32 entries[] = { fadt, madt };

	memcpy(rsdt + 1, entries, sizeof(entries));
	finish(rsdt, "RSDT", sizeof(*rsdt) + sizeof(entries), 1);
}

static void fill_xsdt(struct header *xsdt, u64 fadt, u64 madt)
{
	u64 entries[] = { fadt, madt };

	memcpy(xsdt + 1, entries, sizeof(entries));
	finish(xsdt, "XSDT", sizeof(*xsdt) + sizeof(entries), 1);
}

static void fill_rsdp(struct rsdp *rsdp, u32 rsdt, u32 xsdt)
{
	memcpy(rsdp->signature, "RSD PTR ", 8);
	memcpy(rsdp->oem, "AXVM  ", 6);
	rsdp->revision = 2;
	rsdp->rsdt = rsdt;
	rsdp->length = sizeof(*rsdp);
	rsdp->xsdt = xsdt;
	/* The first 20 bytes are those of revision 0. */
	rsdp->checksum = checksum(rsdp, 20);
	rsdp->extended_checksum = checksum(rsdp, sizeof(*rsdp));
}

int acpi_build(struct acpi *acpi, unsigned int cpus, const void *dsdt, u32 dsdt_len)
{
	struct header *rsdt, *xsdt;
	struct rsdp *rsdp;
	struct fadt *fadt;
	struct facs *facs;
	struct madt *madt;
	void *aml;

	acpi->len = 0;
	acpi->count = 0;
	rsdp = take(acpi, sizeof(*rsdp), 16);
	rsdt = take_table(acpi, sizeof(*rsdt) + 2 * sizeof(u32), 16);
	xsdt = take_table(acpi, sizeof(*xsdt) + 2 * sizeof(u64), 16);
	fadt = take_table(acpi, sizeof(*fadt), 16);
	facs = take_table(acpi, sizeof(*facs), FACS_ALIGN);
	aml = take_table(acpi, dsdt_len, 16);
	madt = take_table(acpi, madt_room(cpus), 16);
	if (!rsdp || acpi->count != ACPI_TABLES)
		return fail("no room for the ACPI tables of %u vCPUs", cpus);

	memcpy(aml, dsdt, dsdt_len);
	fill_facs(facs);
	fill_fadt(fadt, address_of(acpi, facs), address_of(acpi, aml));
	fill_madt(madt, cpus);
	fill_rsdt(rsdt, address_of(acpi, fadt), address_of(acpi, madt));
	fill_xsdt(xsdt, address_of(acpi, fadt), address_of(acpi, madt));
	fill_rsdp(rsdp, address_of(acpi, rsdt), address_of(acpi, xsdt));
	return 0;
}

/* ------------------------------------------------------------------------- */
/* As text                                                                   */
/* ------------------------------------------------------------------------- */

static void dump_line(const u8 *bytes, u32 offset, u32 len, FILE *file)
{
	fprintf(file, "    %04X:", offset);
	for (u32 i = 0; i < 16; i++) {
		if (i < len)
			fprintf(file, " %02X", bytes[i]);
		else
			fputs("   ", file);
	}
	fputs("  ", file);
	for (u32 i = 0; i < len; i++)
		fputc(bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '.', file);
	fputc('\n', file);
}

static void dump_table(const struct acpi *acpi, const char *name, u32 place, u32 len, FILE *file)
{
	const u8 *bytes = acpi->buf + place;

	fprintf(file, "%.4s @ 0x%016llX\n", name, acpi->base + place);
	for (u32 i = 0; i < len; i += 16)
		dump_line(bytes + i, i, len - i < 16 ? len - i : 16, file);
	fputc('\n', file);
}

void acpi_dump(const struct acpi *acpi, FILE *file)
{
	dump_table(acpi, "RSDP", 0, sizeof(struct rsdp), file);
	for (unsigned int i = 0; i < acpi->count; i++) {
		const struct header *header = (const void *)(acpi->buf + acpi->tables[i]);

		dump_table(acpi, header->signature, acpi->tables[i], header->length, file);
	}
}
