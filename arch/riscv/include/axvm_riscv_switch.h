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
 */
struct axvm_riscv_switch {
	unsigned long x[32];
	unsigned long sstatus;
	unsigned long hstatus;
	unsigned long host_sp;
	unsigned long host_gp;
	unsigned long host_tp;
	unsigned long host_stvec;
};

static_assert(offsetof(struct axvm_riscv_switch, x[31]) == AXVM_SWITCH_X(31));
static_assert(offsetof(struct axvm_riscv_switch, sstatus) == AXVM_SWITCH_SSTATUS);
static_assert(offsetof(struct axvm_riscv_switch, hstatus) == AXVM_SWITCH_HSTATUS);
static_assert(offsetof(struct axvm_riscv_switch, host_sp) == AXVM_SWITCH_HOST_SP);
static_assert(offsetof(struct axvm_riscv_switch, host_gp) == AXVM_SWITCH_HOST_GP);
static_assert(offsetof(struct axvm_riscv_switch, host_tp) == AXVM_SWITCH_HOST_TP);
static_assert(offsetof(struct axvm_riscv_switch, host_stvec) == AXVM_SWITCH_HOST_STVEC);
#endif

#endif /* _AXVM_RISCV_SWITCH_H */
