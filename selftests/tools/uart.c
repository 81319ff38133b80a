// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run's UART, by itself: what a 16550 driver depends on
 */
#include <linux/serial_reg.h>
#include <string.h>

/* The source itself: what it needs of the rest of axvm-run is one header. */
#include "../../tools/axvm-run/uart.c"
#undef ARRAY_SIZE
#undef BIT

#include "test.h"

#define DIVISOR_115200	2

/** struct line - What the UART is connected to: what came out, what is to go in. */
struct line {
	char sent[64];
	size_t nr_sent;
	const char *input;
	bool level;
	unsigned int edges;
};

FIXTURE(uart) {
	struct uart uart;
	struct line line;
};

static void take_sent(void *opaque, u8 c)
{
	struct line *line = opaque;

	line->sent[line->nr_sent++] = c;
}

static size_t give_input(void *opaque, u8 *buf, size_t len)
{
	struct line *line = opaque;
	size_t n = strnlen(line->input, len);

	memcpy(buf, line->input, n);
	line->input += n;
	return n;
}

static void take_level(void *opaque, bool level)
{
	struct line *line = opaque;

	line->edges += level != line->level;
	line->level = level;
}

static const struct uart_ops ops = {
	.transmit = take_sent,
	.receive = give_input,
	.interrupt = take_level,
};

FIXTURE_SETUP(uart)
{
	self->line.input = "";
	uart_init(&self->uart, &ops, &self->line);
}

FIXTURE_TEARDOWN(uart)
{
	uart_destroy(&self->uart);
}

/* As a driver does when the port is opened: FIFOs, modem lines, interrupt. */
static void open_port(struct uart *uart)
{
	uart_write(uart, UART_FCR, UART_FCR_ENABLE_FIFO);
	uart_write(uart, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR |
		   UART_FCR_CLEAR_XMIT);
	uart_write(uart, UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_R_TRIG_10);
	uart_write(uart, UART_MCR, UART_MCR_DTR | UART_MCR_RTS);
	uart_write(uart, UART_IER, UART_IER_RDI);
}

static u8 interrupt_id(struct uart *uart)
{
	return uart_read(uart, UART_IIR) & 0x0f;
}

TEST_F(uart, starts_as_the_manual_says)
{
	struct uart *uart = &self->uart;

	EXPECT_EQ(uart_read(uart, UART_IER), 0);
	EXPECT_EQ(uart_read(uart, UART_IIR), UART_IIR_NO_INT);
	EXPECT_EQ(uart_read(uart, UART_LCR), 0);
	EXPECT_EQ(uart_read(uart, UART_MCR), 0);
	EXPECT_EQ(uart_read(uart, UART_LSR), UART_LSR_TEMT | UART_LSR_THRE);
	EXPECT_EQ(uart_read(uart, UART_MSR), UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS);
	EXPECT_FALSE(self->line.level);
}

/* What a driver finds out the kind of the UART by. */
TEST_F(uart, probes_as_16550a)
{
	struct uart *uart = &self->uart;

	uart_write(uart, UART_SCR, 0x5a);
	EXPECT_EQ(uart_read(uart, UART_SCR), 0x5a);
	uart_write(uart, UART_IER, 0xff);
	EXPECT_EQ(uart_read(uart, UART_IER), 0x0f);
	uart_write(uart, UART_IER, 0);
	uart_write(uart, UART_FCR, UART_FCR_ENABLE_FIFO);
	EXPECT_EQ(uart_read(uart, UART_IIR) & 0xc0, 0xc0);
	uart_write(uart, UART_FCR, 0);
	EXPECT_EQ(uart_read(uart, UART_IIR) & 0xc0, 0);
}

TEST_F(uart, divisor_is_behind_dlab)
{
	struct uart *uart = &self->uart;

	uart_write(uart, UART_LCR, UART_LCR_DLAB | UART_LCR_WLEN8);
	uart_write(uart, UART_DLL, DIVISOR_115200);
	uart_write(uart, UART_DLM, 1);
	EXPECT_EQ(uart_read(uart, UART_DLL), DIVISOR_115200);
	EXPECT_EQ(uart_read(uart, UART_DLM), 1);
	uart_write(uart, UART_LCR, UART_LCR_WLEN8);
	EXPECT_EQ(uart_read(uart, UART_IER), 0);
	EXPECT_EQ(self->line.nr_sent, 0);
}

TEST_F(uart, sends)
{
	uart_write(&self->uart, UART_TX, 'a');
	uart_write(&self->uart, UART_TX, 'b');
	EXPECT_EQ(self->line.nr_sent, 2);
	EXPECT_EQ(memcmp(self->line.sent, "ab", 2), 0);
}

/* Linux falls back to polling if the interrupt does not come again (its THRE test). */
TEST_F(uart, transmitter_interrupt_comes_with_each_enabling)
{
	struct uart *uart = &self->uart;

	for (int i = 0; i < 2; i++) {
		uart_write(uart, UART_IER, UART_IER_THRI);
		EXPECT_TRUE(self->line.level);
		EXPECT_EQ(interrupt_id(uart), UART_IIR_THRI);
		EXPECT_FALSE(self->line.level);
		EXPECT_EQ(interrupt_id(uart), UART_IIR_NO_INT);
		uart_write(uart, UART_IER, 0);
	}
	uart_write(uart, UART_IER, UART_IER_THRI);
	EXPECT_EQ(interrupt_id(uart), UART_IIR_THRI);
	uart_write(uart, UART_TX, 'a');
	EXPECT_EQ(interrupt_id(uart), UART_IIR_THRI);
}

TEST_F(uart, receives_more_than_the_fifo_has_room_for)
{
	static const char text[] = "twenty-six characters, say";
	struct uart *uart = &self->uart;

	open_port(uart);
	self->line.input = text;
	uart_receive(uart);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		EXPECT_TRUE(self->line.level);
		EXPECT_TRUE(uart_read(uart, UART_LSR) & UART_LSR_DR);
		EXPECT_EQ(uart_read(uart, UART_RX), text[i]);
	}
	EXPECT_FALSE(self->line.level);
	EXPECT_FALSE(uart_read(uart, UART_LSR) & (UART_LSR_DR | UART_LSR_OE));
}

TEST_F(uart, tells_trigger_level_from_time_out)
{
	struct uart *uart = &self->uart;

	open_port(uart);
	self->line.input = "12345678";
	uart_receive(uart);
	EXPECT_EQ(interrupt_id(uart), UART_IIR_RDI);
	uart_read(uart, UART_RX);
	EXPECT_EQ(interrupt_id(uart), UART_IIR_RX_TIMEOUT);
}

TEST_F(uart, setting_up_loses_no_input)
{
	struct uart *uart = &self->uart;

	self->line.input = "abc";
	uart_receive(uart);
	uart_write(uart, UART_MCR, UART_MCR_DTR);
	EXPECT_FALSE(uart_read(uart, UART_LSR) & UART_LSR_DR);
	uart_read(uart, UART_RX);
	open_port(uart);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(uart_read(uart, UART_RX), 'a');
}

TEST_F(uart, a_guest_that_only_polls_gets_its_input)
{
	struct uart *uart = &self->uart;

	self->line.input = "ab";
	for (const char *c = "ab"; *c; c++) {
		EXPECT_TRUE(uart_read(uart, UART_LSR) & UART_LSR_DR);
		EXPECT_EQ(uart_read(uart, UART_RX), *c);
	}
	EXPECT_FALSE(uart_read(uart, UART_LSR) & UART_LSR_DR);
	EXPECT_EQ(self->line.edges, 0);
}

TEST_F(uart, loops_back)
{
	struct uart *uart = &self->uart;

	uart_read(uart, UART_MSR);
	uart_write(uart, UART_FCR, UART_FCR_ENABLE_FIFO);
	uart_write(uart, UART_MCR, UART_MCR_LOOP | UART_MCR_RTS | UART_MCR_OUT2);
	EXPECT_EQ(uart_read(uart, UART_MSR), UART_MSR_CTS | UART_MSR_DCD | UART_MSR_DDSR);
	self->line.input = "not this";
	for (int i = 0; i < UART_FIFO + 1; i++)
		uart_write(uart, UART_TX, 'A' + i);
	EXPECT_EQ(self->line.nr_sent, 0);
	EXPECT_EQ(uart_read(uart, UART_LSR) & (UART_LSR_DR | UART_LSR_OE),
		  UART_LSR_DR | UART_LSR_OE);
	EXPECT_FALSE(uart_read(uart, UART_LSR) & UART_LSR_OE);
	for (int i = 0; i < UART_FIFO; i++)
		EXPECT_EQ(uart_read(uart, UART_RX), 'A' + i);
	EXPECT_FALSE(uart_read(uart, UART_LSR) & UART_LSR_DR);
}

TEST_F(uart, interrupts_go_by_priority)
{
	struct uart *uart = &self->uart;

	uart_read(uart, UART_MSR);
	uart_write(uart, UART_FCR, 0);
	uart_write(uart, UART_MCR, UART_MCR_LOOP);
	uart_write(uart, UART_TX, 'a');
	uart_write(uart, UART_TX, 'b');
	uart_write(uart, UART_IER, 0x0f);
	EXPECT_EQ(interrupt_id(uart), UART_IIR_RLSI);
	uart_read(uart, UART_LSR);
	EXPECT_EQ(interrupt_id(uart), UART_IIR_RDI);
	uart_read(uart, UART_RX);
	EXPECT_EQ(interrupt_id(uart), UART_IIR_THRI);
	EXPECT_TRUE(self->line.level);
	EXPECT_EQ(interrupt_id(uart), UART_IIR_MSI);
	uart_read(uart, UART_MSR);
	EXPECT_EQ(interrupt_id(uart), UART_IIR_NO_INT);
	EXPECT_FALSE(self->line.level);
	EXPECT_EQ(self->line.edges, 2);
}

TEST_HARNESS_MAIN
