/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: the guest's physical addresses
 */
#ifndef AXVM_BENCH_LAYOUT_H
#define AXVM_BENCH_LAYOUT_H

/* No memory is here. A write says that the guest is done, or that it took a trap. */
#define GUEST_DONE	0x10000000
#define GUEST_FAILED	0x10000008
/* A device that the VMM emulates. */
#define GUEST_DEVICE	0x10001000
/*
 * The code, not where the host's firmware is: who looks at addresses can tell the two
 * apart. The memory to touch, on a border of every size of page.
 */
#define GUEST_CODE	0xa0000000
#define GUEST_DATA	0xc0000000

#endif /* AXVM_BENCH_LAYOUT_H */
