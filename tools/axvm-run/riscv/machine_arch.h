/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a RISC-V machine has besides the common things
 */
#ifndef AXVM_RUN_MACHINE_ARCH_H
#define AXVM_RUN_MACHINE_ARCH_H

#include "axvm.h"
#include "types.h"

/**
 * struct machine_arch - RISC-V: what the harts are, and the PLIC.
 * @isa: extensions the guest has, by enum axvm_riscv_isa.
 * @timebase: ticks of the time CSR in a second.
 * @satp_mode: widest mode of satp.
 * @cbom_size: bytes of a Zicbom block, 0 without.
 * @cboz_size: bytes of a Zicboz block, 0 without.
 * @has_plic: the two below are valid.
 * @plic: the PLIC's file.
 * @plic_len: bytes of its registers.
 *
 * Constant once the machine is complete.
 */
struct machine_arch {
	bool isa[AXVM_RISCV_ISA_COUNT];
	u64 timebase;
	u64 satp_mode;
	u64 cbom_size;
	u64 cboz_size;
	bool has_plic;
	int plic;
	u64 plic_len;
};

#endif /* AXVM_RUN_MACHINE_ARCH_H */
