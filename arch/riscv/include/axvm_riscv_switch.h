/* SPDX-License-Identifier: GPL-2.0 */
/* What switch.S and C share: the layout of the world switch's state. */
#ifndef _AXVM_RISCV_SWITCH_H
#define _AXVM_RISCV_SWITCH_H

#define AXVM_SWITCH_PC			0
#define AXVM_SWITCH_X(n)		((n) * 8)
#define AXVM_SWITCH_SSTATUS		256
#define AXVM_SWITCH_HSTATUS		264
#define AXVM_SWITCH_HOST_SP		272
#define AXVM_SWITCH_HOST_GP		280
#define AXVM_SWITCH_HOST_TP		288
#define AXVM_SWITCH_HOST_STVEC		296
#define AXVM_SWITCH_HOST_SSTATUS	304
#define AXVM_SWITCH_HOST_HSTATUS	312

#ifndef __ASSEMBLY__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/**
 * struct axvm_riscv_switch - State that the world switch saves and loads.
 * @x: the guest's x1 to x31; x[0] is its program counter.
 * @sstatus: what sstatus holds while the guest runs: its privilege in SPP, FS and VS.
 * @hstatus: what hstatus holds while the guest runs.
 * @host_sp: the host's registers while the guest runs.
 * @host_gp: see @host_sp.
 * @host_tp: see @host_sp.
 * @host_stvec: see @host_sp.
 * @host_sstatus: see @host_sp.
 * @host_hstatus: see @host_sp.
 */
struct axvm_riscv_switch {
	unsigned long x[32];
	unsigned long sstatus;
	unsigned long hstatus;
	unsigned long host_sp;
	unsigned long host_gp;
	unsigned long host_tp;
	unsigned long host_stvec;
	unsigned long host_sstatus;
	unsigned long host_hstatus;
};

static_assert(offsetof(struct axvm_riscv_switch, x[31]) == AXVM_SWITCH_X(31));
static_assert(offsetof(struct axvm_riscv_switch, sstatus) == AXVM_SWITCH_SSTATUS);
static_assert(offsetof(struct axvm_riscv_switch, hstatus) == AXVM_SWITCH_HSTATUS);
static_assert(offsetof(struct axvm_riscv_switch, host_sp) == AXVM_SWITCH_HOST_SP);
static_assert(offsetof(struct axvm_riscv_switch, host_gp) == AXVM_SWITCH_HOST_GP);
static_assert(offsetof(struct axvm_riscv_switch, host_tp) == AXVM_SWITCH_HOST_TP);
static_assert(offsetof(struct axvm_riscv_switch, host_stvec) == AXVM_SWITCH_HOST_STVEC);
static_assert(offsetof(struct axvm_riscv_switch, host_sstatus) == AXVM_SWITCH_HOST_SSTATUS);
static_assert(offsetof(struct axvm_riscv_switch, host_hstatus) == AXVM_SWITCH_HOST_HSTATUS);

/**
 * axvm_riscv_switch() - Run the guest until an exit that axvm_riscv_exit() does not
 *	handle with interrupts off.
 *
 * Context: the guest's CSRs are on the CPU; interrupts off.
 * Return: what axvm_riscv_exit() said, not 0.
 */
unsigned int axvm_riscv_switch(struct axvm_riscv_switch *sw);

/**
 * axvm_riscv_exit() - Called by the assembly at every exit, interrupts off.
 * @sw: the guest's registers, saved.
 * @cause: scause.
 *
 * Return: enum axvm_next; 0 to enter again at once.
 */
unsigned int axvm_riscv_exit(struct axvm_riscv_switch *sw, unsigned long cause);
#endif

#endif /* _AXVM_RISCV_SWITCH_H */
