// SPDX-License-Identifier: GPL-2.0
/*
 * x86: where memory is, and how the guest is told
 */
#include <string.h>

#include "arch.h"
#include "layout.h"
#include "machine.h"
#include "protocol.h"
#include "report.h"

#define INITRD_ALIGN	(4 * KIB)

u64 arch_ram_most(u64 end)
{
	return end - (HOLE_END - HOLE_BASE);
}

void arch_ram_layout(u64 size, struct ram *ram)
{
	u64 low = size < HOLE_BASE ? size : HOLE_BASE;

	ram->ranges[0] = (struct range){ 0, low };
	ram->ranges[1] = (struct range){ HOLE_END, HOLE_END + (size - low) };
	ram->count = size > low ? 2 : 1;
}

/* The tables' place is fixed; the initial RAM disk is behind the image. */
static int place(struct boot *boot, const struct options *opts)
{
	boot->description = (struct range){ BIOS_BASE, BIOS_END };
	if (!boot_place_after(&boot->image.memory, INITRD_ALIGN, boot->initrd_file.size,
			      &boot->initrd) || boot->initrd.end > HOLE_BASE)
		return fail("%s is too large: with its initrd it does not end below 3 GiB",
			    opts->image);
	if (strlen(opts->append) >= CMDLINE_LEN)
		return fail("--append: %zu bytes are too long for a command line: it can have %llu",
			    strlen(opts->append), CMDLINE_LEN - 1);
	return 0;
}

int arch_place(struct boot *boot, const struct options *opts)
{
	const struct protocol *protocol = protocol_of(&boot->image);

	if (protocol != &firmware_protocol && place(boot, opts))
		return -1;
	return protocol->check ? protocol->check(boot, opts) : 0;
}

static void add(struct memory_entry *entries, unsigned int *count, u64 start, u64 end, u32 type)
{
	if (end > start)
		entries[(*count)++] = (struct memory_entry){ start, end - start, type };
}

unsigned int memory_map(const struct ram *ram, struct memory_entry entries[MEMORY_ENTRIES])
{
	const struct range *low = &ram->ranges[0], *high = &ram->ranges[1];
	unsigned int count = 0;

	add(entries, &count, 0, LOW_MEMORY_END, MEMORY_RAM);
	add(entries, &count, LOW_MEMORY_END, HIGH_MEMORY_BASE, MEMORY_RESERVED);
	add(entries, &count, HIGH_MEMORY_BASE, low->end, MEMORY_RAM);
	add(entries, &count, IOAPIC_BASE, IOAPIC_BASE + IOAPIC_LEN, MEMORY_RESERVED);
	add(entries, &count, LOCAL_APIC_BASE, LOCAL_APIC_BASE + LOCAL_APIC_LEN, MEMORY_RESERVED);
	if (ram->count > 1)
		add(entries, &count, high->start, high->end, MEMORY_RAM);
	return count;
}

void put_cmdline(struct machine *machine)
{
	const char *text = machine->opts->append;
	u64 len = strlen(text) + 1;

	memcpy(ram_at(&machine->ram, CMDLINE_BASE, len), text, len);
}

/* The tables begin with it. */
u64 rsdp_address(const struct machine *machine)
{
	return machine->arch.acpi.base;
}
