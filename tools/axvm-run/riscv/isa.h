/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: what a guest's harts can do, in the device tree's words
 */
#ifndef AXVM_RUN_RISCV_ISA_H
#define AXVM_RUN_RISCV_ISA_H

#include "machine_arch.h"

/* Room enough for all extensions. */
#define ISA_TEXT	256

/* "riscv,isa": "rv64imafdc_zicsr_..."; returns @text. */
char *isa_string(const struct machine_arch *arch, char text[ISA_TEXT]);

/* "riscv,isa-extensions": strings, each with its zero; returns their length. */
size_t isa_list(const struct machine_arch *arch, char text[ISA_TEXT]);

/* "mmu-type". */
const char *isa_mmu_type(const struct machine_arch *arch);

#endif /* AXVM_RUN_RISCV_ISA_H */
