/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A 16550A UART
 *
 * Sending takes no time: what the guest writes is out at once, and the
 * transmitter is always empty. Received characters wait at the host until there
 * is room in the FIFO and the guest is ready for them, so none is lost for want of
 * room: the UART asks for them instead of being given them.
 */
#ifndef AXVM_RUN_UART_H
#define AXVM_RUN_UART_H

#include <pthread.h>

#include "types.h"

#define UART_REGISTERS	8
#define UART_FIFO	16

/**
 * struct uart_ops - What the UART is connected to.
 * @transmit: take a character from the guest.
 * @receive: hand over up to @len characters for the guest; returns how many.
 * @interrupt: set the level of the interrupt line; called when it changes.
 *
 * They are called with the UART's lock held.
 */
struct uart_ops {
	void (*transmit)(void *opaque, u8 c);
	size_t (*receive)(void *opaque, u8 *buf, size_t len);
	void (*interrupt)(void *opaque, bool level);
};

/**
 * struct uart - State of a UART.
 * @lock: protects all that follows, but for @ops and @opaque.
 * @ops: what it is connected to; constant.
 * @opaque: for @ops; constant.
 * @ier: interrupt enable register.
 * @fcr: FIFO control register: enable and trigger level.
 * @lcr: line control register.
 * @mcr: modem control register.
 * @msr: modem status register.
 * @scr: scratch register.
 * @divisor: baud rate divisor; without effect.
 * @overrun: a looped-back character found no room.
 * @thre: the "transmitter empty" interrupt is pending.
 * @modem: the guest has written @mcr.
 * @level: the interrupt line.
 * @rx: received characters, a ring.
 * @rx_first: index of the first.
 * @rx_count: how many.
 */
struct uart {
	pthread_mutex_t lock;
	const struct uart_ops *ops;
	void *opaque;
	u8 ier;
	u8 fcr;
	u8 lcr;
	u8 mcr;
	u8 msr;
	u8 scr;
	u16 divisor;
	bool overrun;
	bool thre;
	bool modem;
	bool level;
	u8 rx[UART_FIFO];
	unsigned int rx_first;
	unsigned int rx_count;
};

void uart_init(struct uart *uart, const struct uart_ops *ops, void *opaque);
void uart_destroy(struct uart *uart);

/* The guest's accesses; any thread may make them. */
u8 uart_read(struct uart *uart, unsigned int reg);
void uart_write(struct uart *uart, unsigned int reg, u8 value);

/* uart_ops.receive has something again; any thread may say so. */
void uart_receive(struct uart *uart);

#endif /* AXVM_RUN_UART_H */
