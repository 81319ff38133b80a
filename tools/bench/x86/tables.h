/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the ends of the tables in guest.S, whose beginnings are in layout.h
 */
#ifndef AXVM_BENCH_TABLES_H
#define AXVM_BENCH_TABLES_H

extern const char guest_gdt_end[], guest_idt_end[];

#endif /* AXVM_BENCH_TABLES_H */
