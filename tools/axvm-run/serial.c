// SPDX-License-Identifier: GPL-2.0
/*
 * The console's UART as a device of the machine
 */
#include "arch.h"
#include "machine.h"
#include "serial.h"

static void serial_transmit(void *opaque, u8 c)
{
	struct machine *machine = opaque;

	console_write(machine->console, &c, 1);
}

static size_t serial_receive(void *opaque, u8 *buf, size_t len)
{
	struct machine *machine = opaque;

	return console_read(machine->console, buf, len);
}

static void serial_interrupt(void *opaque, bool level)
{
	arch_set_irq(opaque, arch_serial_irq, level);
}

static const struct uart_ops serial_ops = {
	.transmit = serial_transmit,
	.receive = serial_receive,
	.interrupt = serial_interrupt,
};

/* Registers are bytes: of a wider access only the first counts. */
static u64 serial_read(void *opaque, u64 offset, unsigned int width)
{
	(void)width;
	return offset < UART_REGISTERS ? uart_read(opaque, offset) : 0;
}

static void serial_write(void *opaque, u64 offset, unsigned int width, u64 data)
{
	(void)width;
	if (offset < UART_REGISTERS)
		uart_write(opaque, offset, data);
}

void serial_create(struct machine *machine, struct bus *bus, u64 base, u64 len)
{
	uart_init(&machine->uart, &serial_ops, machine);
	bus_add(bus, &(struct bus_device){
		.base = base,
		.len = len,
		.widest = 1,
		.opaque = &machine->uart,
		.read = serial_read,
		.write = serial_write,
	});
}

void serial_destroy(struct machine *machine)
{
	uart_destroy(&machine->uart);
}
