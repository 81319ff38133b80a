/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where things are in a RISC-V guest
 */
#ifndef AXVM_RUN_RISCV_LAYOUT_H
#define AXVM_RUN_RISCV_LAYOUT_H

#define PLIC_BASE	0x0c000000ULL
#define PLIC_SOURCES	31

#define SERIAL_BASE	0x10000000ULL
#define SERIAL_LEN	0x100ULL
#define SERIAL_IRQ	10
/* What divides to 115200 baud; nothing depends on it. */
#define SERIAL_CLOCK	3686400

#define RAM_BASE	0x80000000ULL

#endif /* AXVM_RUN_RISCV_LAYOUT_H */
