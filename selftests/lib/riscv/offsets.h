/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: offsets in struct guest_cpu, for start.S; trap.c checks them
 */
#ifndef SELFTESTS_RISCV_OFFSETS_H
#define SELFTESTS_RISCV_OFFSETS_H

#define CPU_FN		0
#define CPU_ARGS	8
#define CPU_SP		48
#define CPU_SATP	56
#define CPU_TRAP_SP	64
#define CPU_X		72

#endif /* SELFTESTS_RISCV_OFFSETS_H */
