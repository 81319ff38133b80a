/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The console's UART as a device of the machine
 */
#ifndef AXVM_RUN_SERIAL_H
#define AXVM_RUN_SERIAL_H

#include "types.h"

struct bus;
struct machine;

/* Connect the machine's UART to its console, a bus, and an interrupt. */
void serial_create(struct machine *machine, struct bus *bus, u64 base, u64 len);
void serial_destroy(struct machine *machine);

#endif /* AXVM_RUN_SERIAL_H */
