// SPDX-License-Identifier: GPL-2.0
/*
 * x86: what axvm-run asks of an architecture
 */
#include <linux/elf-em.h>

#include "arch.h"
#include "cpuid.h"
#include "devices.h"
#include "firmware.h"
#include "layout.h"
#include "machine.h"
#include "protocol.h"

const struct arch_text arch_text = {
	.name = "x86",
	.kernel = "an x86 bzImage",
	.description = "ACPI tables",
	.dump_option = "dump-acpi",
	.help_image =
"Boot a guest under axvm. IMAGE is a Linux kernel (the bzImage of its build, or\n"
"its vmlinux), another ELF file with a PVH entry point, a Multiboot kernel of\n"
"version 1 or 2, or else a firmware image, started at the reset vector.\n",
	.help_console = "COM1, a 16550 UART, and port E9h",
	.help_dump =
"  -d, --dump-acpi FILE   write the guest's ACPI tables to FILE, as acpidump does,\n"
"                         and do not run\n",
	.help_status =
"  64+n  the guest wrote n (1 to 58) to its debug-exit port, F4h; 123: 59 or more\n",
};

const u64 arch_image_base = HIGH_MEMORY_BASE;
const u16 arch_elf_machine = EM_X86_64;
const u16 arch_elf_machine_32 = EM_386;
const unsigned int arch_serial_irq = IRQ_SERIAL;
const bool arch_access_faults;

/* The first that fits is taken; axvm-run(1) tells the order. */
const struct image_kind *const arch_image_kinds[] = {
	&bzimage_protocol.kind,
	&multiboot2_protocol.kind,
	&multiboot_protocol.kind,
	&pvh_protocol.kind,
	&firmware_protocol.kind,
};

int arch_setup_vm(struct machine *machine)
{
	return cpuid_set_topology(machine->vm, machine->opts->cpus);
}

int arch_create_devices(struct machine *machine)
{
	if (devices_create(machine))
		return -1;
	return firmware_create(machine);
}

void arch_destroy(struct machine *machine)
{
	devices_destroy(machine);
	firmware_destroy(machine);
}

extern const char dsdt_aml[], dsdt_aml_end[];

int arch_describe(struct machine *machine)
{
	const struct range *room = &machine->boot->description;
	struct acpi *acpi = &machine->arch.acpi;

	if (!range_size(room))
		return 0;
	*acpi = (struct acpi){
		.buf = ram_at(&machine->ram, room->start, range_size(room)),
		.base = room->start,
		.room = range_size(room),
	};
	if (acpi_build(acpi, machine->nr_vcpus, dsdt_aml, dsdt_aml_end - dsdt_aml))
		return -1;
	return acpi->len;
}

void arch_dump(const struct machine *machine, FILE *file)
{
	acpi_dump(&machine->arch.acpi, file);
}

int arch_start(struct machine *machine)
{
	struct start start;

	if (protocol_of(&machine->boot->image)->prepare(machine, &start))
		return -1;
	return start_apply(machine, &start);
}

bool arch_handle_exit(struct vcpu *vcpu)
{
	struct machine_arch *arch = &vcpu->machine->arch;
	const struct axvm_run_exit *exit = vcpu->axvm.exit;

	switch (exit->reason) {
	case AXVM_EXIT_PORT_READ:
		ports_handle_read(vcpu);
		return true;
	case AXVM_EXIT_PORT_WRITE:
		ports_handle_write(vcpu);
		return true;
	case AXVM_EXIT_INTERRUPT_ACK:
		axvm_answer(&vcpu->axvm, pic_acknowledge(&arch->pic), 0);
		return true;
	case AXVM_EXIT_INTERRUPT_END:
		ioapic_end(&arch->ioapic, exit->interrupt.vector);
		return true;
	default:
		return false;
	}
}

/* In real mode where it is in memory; in 64-bit code the segment's base is 0. */
u64 arch_pc(const struct vcpu *vcpu)
{
	struct axvm_reg regs[] = {
		{ .id = AXVM_X86_RIP },
		{ .id = AXVM_X86_BASE(AXVM_X86_CS) },
	};

	if (axvm_get_regs(vcpu->axvm.fd, regs, ARRAY_SIZE(regs), NULL))
		return 0;
	return regs[0].value + regs[1].value;
}
