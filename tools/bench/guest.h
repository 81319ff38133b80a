/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The code that runs in the guest: position-independent, the same for every driver
 *
 * Each entry point does its operation as often as its first argument says, then
 * writes to GUEST_DONE.
 */
#ifndef AXVM_BENCH_GUEST_H
#define AXVM_BENCH_GUEST_H

extern const char guest_begin[], guest_end[];

/* Only counts. */
extern const char guest_nop[];
/* Makes the cheapest hypercall; where no call is as cheap, executes CPUID. */
extern const char guest_hypercall[];
/* Reads a system register that traps. */
extern const char guest_sysreg[];
/* Writes to the device, or reads from it. */
extern const char guest_mmio_write[], guest_mmio_read[];
/* The same with a port, where there are such things: GUEST_PORT is in layout.h then. */
extern const char guest_port_write[], guest_port_read[];
/* Writes to memory: second argument the first address, third the distance. */
extern const char guest_touch[];
/* Sends an IPI to its own vCPU, and takes it. */
extern const char guest_self_ipi[];
/*
 * The two ends of a ping-pong between vCPU 0 and vCPU 1: each halts until the
 * other's IPI comes.
 */
extern const char guest_ping[], guest_pong[];

#endif /* AXVM_BENCH_GUEST_H */
