// SPDX-License-Identifier: GPL-2.0
/*
 * A 16550A UART
 */
#include <linux/serial_reg.h>

#include "uart.h"

#define UART_MSR_LINES		(UART_MSR_DCD | UART_MSR_RI | UART_MSR_DSR | UART_MSR_CTS)
#define UART_IER_BITS		(UART_IER_RDI | UART_IER_THRI | UART_IER_RLSI | UART_IER_MSI)
#define UART_MCR_BITS		0x1f
#define UART_IIR_FIFO_ENABLED	0xc0

/* Whoever is at the other end is always there and ready. */
#define UART_MSR_CONNECTED	(UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS)

void uart_init(struct uart *uart, const struct uart_ops *ops, void *opaque)
{
	*uart = (struct uart){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.ops = ops,
		.opaque = opaque,
		.msr = UART_MSR_CONNECTED,
		.divisor = 1,
	};
}

void uart_destroy(struct uart *uart)
{
	pthread_mutex_destroy(&uart->lock);
}

/* ------------------------------------------------------------------------- */
/* Receiver                                                                  */
/* ------------------------------------------------------------------------- */

static unsigned int rx_depth(const struct uart *uart)
{
	return uart->fcr & UART_FCR_ENABLE_FIFO ? UART_FIFO : 1;
}

static unsigned int rx_trigger(const struct uart *uart)
{
	static const u8 levels[] = { 1, 4, 8, 14 };

	return levels[uart->fcr >> 6];
}

static void rx_push(struct uart *uart, u8 c)
{
	if (uart->rx_count == rx_depth(uart)) {
		uart->overrun = true;
		return;
	}
	uart->rx[(uart->rx_first + uart->rx_count++) % UART_FIFO] = c;
}

/*
 * RTS says that the guest is ready. One that does no modem control at all never
 * raises it, and gets its input nevertheless.
 */
static bool rx_ready(const struct uart *uart)
{
	if (uart->mcr & UART_MCR_LOOP)
		return false;
	return !uart->modem || (uart->mcr & UART_MCR_RTS);
}

/*
 * The guest looks: fetch what waits at the host, as far as there is room. Not
 * before it looks, because a driver that sets the UART up clears the FIFO.
 */
static void rx_fetch(struct uart *uart)
{
	u8 buf[UART_FIFO];
	size_t n;

	if (!rx_ready(uart))
		return;
	n = uart->ops->receive(uart->opaque, buf, rx_depth(uart) - uart->rx_count);
	for (size_t i = 0; i < n; i++)
		rx_push(uart, buf[i]);
}

/* With its interrupt enabled the guest looks all the time. */
static void rx_offer(struct uart *uart)
{
	if (uart->ier & UART_IER_RDI)
		rx_fetch(uart);
}

static u8 rx_pop(struct uart *uart)
{
	u8 c;

	if (!uart->rx_count)
		return 0;
	c = uart->rx[uart->rx_first];
	uart->rx_first = (uart->rx_first + 1) % UART_FIFO;
	uart->rx_count--;
	if (!uart->rx_count)
		rx_offer(uart);
	return c;
}

/* ------------------------------------------------------------------------- */
/* Interrupts, in the order of their priority                                */
/* ------------------------------------------------------------------------- */

static u8 pending_interrupt(const struct uart *uart)
{
	if ((uart->ier & UART_IER_RLSI) && uart->overrun)
		return UART_IIR_RLSI;
	/* Below the trigger level it is the time-out, which is over at once. */
	if ((uart->ier & UART_IER_RDI) && uart->rx_count)
		return uart->rx_count >= rx_trigger(uart) ? UART_IIR_RDI : UART_IIR_RX_TIMEOUT;
	if ((uart->ier & UART_IER_THRI) && uart->thre)
		return UART_IIR_THRI;
	if ((uart->ier & UART_IER_MSI) && (uart->msr & UART_MSR_ANY_DELTA))
		return UART_IIR_MSI;
	return UART_IIR_NO_INT;
}

static void update_interrupt(struct uart *uart)
{
	bool level = pending_interrupt(uart) != UART_IIR_NO_INT;

	if (level == uart->level)
		return;
	uart->level = level;
	uart->ops->interrupt(uart->opaque, level);
}

/* ------------------------------------------------------------------------- */
/* Registers                                                                 */
/* ------------------------------------------------------------------------- */

static bool divisor_latch(const struct uart *uart)
{
	return uart->lcr & UART_LCR_DLAB;
}

static u8 read_iir(struct uart *uart)
{
	u8 id = pending_interrupt(uart);

	/* To read of it is to acknowledge it. */
	if (id == UART_IIR_THRI)
		uart->thre = false;
	if (uart->fcr & UART_FCR_ENABLE_FIFO)
		id |= UART_IIR_FIFO_ENABLED;
	return id;
}

static u8 read_lsr(struct uart *uart)
{
	u8 lsr = UART_LSR_TEMT | UART_LSR_THRE;

	rx_fetch(uart);
	if (uart->rx_count)
		lsr |= UART_LSR_DR;
	if (uart->overrun)
		lsr |= UART_LSR_OE;
	uart->overrun = false;
	return lsr;
}

static u8 read_msr(struct uart *uart)
{
	u8 msr = uart->msr;

	uart->msr &= ~UART_MSR_ANY_DELTA;
	return msr;
}

static void transmit(struct uart *uart, u8 c)
{
	if (uart->mcr & UART_MCR_LOOP)
		rx_push(uart, c);
	else
		uart->ops->transmit(uart->opaque, c);
	uart->thre = true;
}

static void write_ier(struct uart *uart, u8 value)
{
	u8 enabled = value & ~uart->ier;

	/* The transmitter is empty, and so the interrupt comes at once. */
	if (enabled & UART_IER_THRI)
		uart->thre = true;
	uart->ier = value & UART_IER_BITS;
	rx_offer(uart);
}

static void write_fcr(struct uart *uart, u8 value)
{
	bool toggled = (uart->fcr ^ value) & UART_FCR_ENABLE_FIFO;

	if (toggled || (value & UART_FCR_CLEAR_RCVR))
		uart->rx_count = 0;
	if (value & UART_FCR_ENABLE_FIFO)
		uart->fcr = value & (UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_MASK);
	else
		uart->fcr = 0;
	rx_offer(uart);
}

/* The modem's lines: in loopback mode they are our own. */
static u8 modem_lines(const struct uart *uart)
{
	u8 lines = 0;

	if (!(uart->mcr & UART_MCR_LOOP))
		return UART_MSR_CONNECTED;
	if (uart->mcr & UART_MCR_RTS)
		lines |= UART_MSR_CTS;
	if (uart->mcr & UART_MCR_DTR)
		lines |= UART_MSR_DSR;
	if (uart->mcr & UART_MCR_OUT1)
		lines |= UART_MSR_RI;
	if (uart->mcr & UART_MCR_OUT2)
		lines |= UART_MSR_DCD;
	return lines;
}

static void update_msr(struct uart *uart)
{
	u8 lines = modem_lines(uart);
	u8 changed = lines ^ (uart->msr & UART_MSR_LINES);

	/* Of the ring indicator only the end counts. */
	changed &= ~(lines & UART_MSR_RI);
	/* Each line's delta bit is four below it. */
	uart->msr = lines | (uart->msr & UART_MSR_ANY_DELTA) | (changed >> 4);
}

static void write_mcr(struct uart *uart, u8 value)
{
	uart->mcr = value & UART_MCR_BITS;
	uart->modem = true;
	update_msr(uart);
	rx_offer(uart);
}

static u8 read_register(struct uart *uart, unsigned int reg)
{
	switch (reg) {
	case UART_RX:
		return divisor_latch(uart) ? uart->divisor & 0xff : rx_pop(uart);
	case UART_IER:
		return divisor_latch(uart) ? uart->divisor >> 8 : uart->ier;
	case UART_IIR:
		return read_iir(uart);
	case UART_LCR:
		return uart->lcr;
	case UART_MCR:
		return uart->mcr;
	case UART_LSR:
		return read_lsr(uart);
	case UART_MSR:
		return read_msr(uart);
	case UART_SCR:
		return uart->scr;
	default:
		return 0;
	}
}

static void write_divisor(struct uart *uart, unsigned int reg, u8 value)
{
	if (reg == UART_DLL)
		uart->divisor = (uart->divisor & 0xff00) | value;
	else
		uart->divisor = (uart->divisor & 0x00ff) | value << 8;
}

static void write_register(struct uart *uart, unsigned int reg, u8 value)
{
	switch (reg) {
	case UART_TX:
		transmit(uart, value);
		break;
	case UART_IER:
		write_ier(uart, value);
		break;
	case UART_FCR:
		write_fcr(uart, value);
		break;
	case UART_LCR:
		uart->lcr = value;
		break;
	case UART_MCR:
		write_mcr(uart, value);
		break;
	case UART_SCR:
		uart->scr = value;
		break;
	}
}

u8 uart_read(struct uart *uart, unsigned int reg)
{
	u8 value;

	pthread_mutex_lock(&uart->lock);
	value = read_register(uart, reg);
	update_interrupt(uart);
	pthread_mutex_unlock(&uart->lock);
	return value;
}

void uart_write(struct uart *uart, unsigned int reg, u8 value)
{
	pthread_mutex_lock(&uart->lock);
	if (divisor_latch(uart) && (reg == UART_DLL || reg == UART_DLM))
		write_divisor(uart, reg, value);
	else
		write_register(uart, reg, value);
	update_interrupt(uart);
	pthread_mutex_unlock(&uart->lock);
}

void uart_receive(struct uart *uart)
{
	pthread_mutex_lock(&uart->lock);
	rx_offer(uart);
	update_interrupt(uart);
	pthread_mutex_unlock(&uart->lock);
}
