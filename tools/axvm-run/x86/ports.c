// SPDX-License-Identifier: GPL-2.0
/*
 * x86: accesses to I/O ports, and the smallest devices there
 */
#include <string.h>

#include "arch.h"
#include "devices.h"
#include "layout.h"
#include "machine.h"

/* ------------------------------------------------------------------------- */
/* Resets: port CF9h, the keyboard controller, port 92h                      */
/* ------------------------------------------------------------------------- */

#define RESET_CONTROL		1	/* from PORT_PCI_CONFIG */
#define RESET_CPU		0x04
#define KEYBOARD_RESET		0xfe
#define SYSTEM_RESET		0x01
#define SYSTEM_A20		0x02

static void reset(struct machine *machine)
{
	end_run(&machine->ending, ENDING_REBOOTED, "%s", "");
}

/* No PCI device answers; a byte at CF9h is another register. */
static u64 pci_in(void *opaque, u64 offset, unsigned int width)
{
	(void)opaque;
	return offset == RESET_CONTROL && width == 1 ? 0 : ~0ULL;
}

static void pci_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	if (offset == RESET_CONTROL && width == 1 && (data & RESET_CPU))
		reset(opaque);
}

/* There is no keyboard; what remains of its controller is always ready for a command. */
static u64 keyboard_in(void *opaque, u64 offset, unsigned int width)
{
	(void)opaque;
	(void)offset;
	(void)width;
	return 0;
}

static void keyboard_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)offset;
	(void)width;
	if ((u8)data == KEYBOARD_RESET)
		reset(opaque);
}

/* Address line 20 is always there. */
static u64 system_in(void *opaque, u64 offset, unsigned int width)
{
	(void)opaque;
	(void)offset;
	(void)width;
	return SYSTEM_A20;
}

static void system_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)offset;
	(void)width;
	if (data & SYSTEM_RESET)
		reset(opaque);
}

/* ------------------------------------------------------------------------- */
/* For test programs: a console and an exit                                  */
/* ------------------------------------------------------------------------- */

/* To read its own number there is how a program finds it. */
static u64 debug_console_in(void *opaque, u64 offset, unsigned int width)
{
	(void)opaque;
	(void)offset;
	(void)width;
	return PORT_DEBUG_CONSOLE;
}

static void debug_console_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	struct machine *machine = opaque;
	u8 c = data;

	(void)offset;
	(void)width;
	console_write(machine->console, &c, 1);
}

static void debug_exit_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	struct machine *machine = opaque;

	(void)offset;
	(void)width;
	end_run_by_guest(&machine->ending, data);
}

/* ------------------------------------------------------------------------- */
/* What is not there                                                         */
/* ------------------------------------------------------------------------- */

static u64 nothing_in(void *opaque, u64 offset, unsigned int width)
{
	(void)opaque;
	(void)offset;
	(void)width;
	return ~0ULL;
}

static void nothing_out(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)opaque;
	(void)offset;
	(void)width;
	(void)data;
}

/* Ports where a PC may have something, and guests look without being told to. */
static const struct {
	u16 first;
	u16 last;
} looked_at[] = {
	{ 0x0000, 0x001f },	/* DMA */
	{ 0x0022, 0x0023 },	/* IMCR, and chipsets of old */
	{ 0x002e, 0x002f },	/* Super I/O */
	{ 0x004e, 0x004f },	/* Super I/O */
	{ 0x0081, 0x008f },	/* DMA pages; 80h has its own line */
	{ 0x00c0, 0x00df },	/* DMA */
	{ 0x00ed, 0x00ed },	/* delay */
	{ 0x00f0, 0x00f1 },	/* FPU */
	{ 0x02e8, 0x02ef },	/* COM4 */
	{ 0x02f8, 0x02ff },	/* COM2 */
	{ 0x0378, 0x037f },	/* LPT1 */
	{ 0x03b0, 0x03df },	/* MDA, LPT, VGA */
	{ 0x03e8, 0x03ef },	/* COM3 */
	{ 0x03f0, 0x03f7 },	/* floppy disks */
	{ 0x0c80, 0x0c83 },	/* EISA */
};

void ports_create(struct machine *machine)
{
	const struct bus_device devices[] = {
		{ PORT_KEYBOARD_DATA, 1, 1, machine, keyboard_in, nothing_out },
		{ PORT_KEYBOARD_COMMAND, 1, 1, machine, keyboard_in, keyboard_out },
		{ PORT_POST, 1, 1, machine, nothing_in, nothing_out },
		{ PORT_SYSTEM_CONTROL, 1, 1, machine, system_in, system_out },
		{ PORT_DEBUG_CONSOLE, 1, 1, machine, debug_console_in, debug_console_out },
		{ PORT_DEBUG_EXIT, 4, 4, machine, nothing_in, debug_exit_out },
		{ PORT_PCI_CONFIG, 8, 4, machine, pci_in, pci_out },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(devices); i++)
		bus_add(&machine->arch.ports, &devices[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(looked_at); i++)
		bus_add(&machine->arch.ports, &(struct bus_device){
			.base = looked_at[i].first,
			.len = looked_at[i].last - looked_at[i].first + 1,
			.widest = 4,
			.opaque = machine,
			.read = nothing_in,
			.write = nothing_out,
		});
}

/* ------------------------------------------------------------------------- */
/* Accesses                                                                  */
/* ------------------------------------------------------------------------- */

/* The device that takes this access as a whole, or NULL. */
static const struct bus_device *find(const struct vcpu *vcpu, u16 port, unsigned int width)
{
	const struct bus_device *device = bus_find(&vcpu->machine->arch.ports, port, width);

	return device && width <= device->widest ? device : NULL;
}

/* As on an ISA bus, a wide access to what is narrow is one byte after the other. */
static u32 port_in(struct vcpu *vcpu, u16 port, unsigned int width)
{
	const struct bus_device *device = find(vcpu, port, width);
	u32 value = 0;

	if (device)
		return device->read(device->opaque, port - device->base, width);
	if (width == 1) {
		vcpu_complain(vcpu, "reads", width, "port ", port);
		return 0xff;
	}
	for (unsigned int i = 0; i < width; i++)
		value |= (port_in(vcpu, port + i, 1) & 0xff) << (8 * i);
	return value;
}

static void port_out(struct vcpu *vcpu, u16 port, unsigned int width, u32 value)
{
	const struct bus_device *device = find(vcpu, port, width);

	if (device) {
		device->write(device->opaque, port - device->base, width, value);
		return;
	}
	if (width == 1) {
		vcpu_complain(vcpu, "writes", width, "port ", port);
		return;
	}
	for (unsigned int i = 0; i < width; i++)
		port_out(vcpu, port + i, 1, (value >> (8 * i)) & 0xff);
}

/* Several units fit into an answer; the module asks for no more. */
void ports_handle_read(struct vcpu *vcpu)
{
	const struct axvm_exit_port *exit = &vcpu->axvm.exit->port;
	u64 answer[2] = { };
	u8 *to = (u8 *)answer;

	for (u32 i = 0; i < exit->count && (i + 1) * exit->width <= sizeof(answer); i++) {
		u32 value = port_in(vcpu, exit->port, exit->width);

		memcpy(to + i * exit->width, &value, exit->width);
	}
	axvm_answer(&vcpu->axvm, answer[0], answer[1]);
}

void ports_handle_write(struct vcpu *vcpu)
{
	const struct axvm_exit_port *exit = &vcpu->axvm.exit->port;

	for (u32 i = 0; i < exit->count; i++) {
		u32 value = 0;

		memcpy(&value, exit->data + i * exit->width, exit->width);
		port_out(vcpu, exit->port, exit->width, value);
	}
}
