/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the guest's physical addresses, which are its linear ones, too
 */
#ifndef AXVM_BENCH_LAYOUT_H
#define AXVM_BENCH_LAYOUT_H

/* No memory is here. A write says that the guest is done, or that it took a trap. */
#define GUEST_DONE	0x10000000
#define GUEST_FAILED	0x10000008
/* A device that the VMM emulates, and a port of one. */
#define GUEST_DEVICE	0x10001000
#define GUEST_PORT	0x1234
/*
 * The code, and what the processor wants of tables behind it; and the memory to touch,
 * on a border of every size of page.
 */
#define GUEST_CODE	0xa0000000
#define GUEST_DATA	0xc0000000

/* Offsets from the code's beginning; the assembler checks that they do not overlap. */
#define GUEST_HANDLERS	0x1000
#define GUEST_IDT	0x2000
#define GUEST_GDT	0x2800
#define GUEST_STACKS	0x3000	/* two, that grow down to each other's end */
#define GUEST_TABLES	0x4000

#define GUEST_CS	0x08
#define GUEST_DS	0x10

#endif /* AXVM_BENCH_LAYOUT_H */
