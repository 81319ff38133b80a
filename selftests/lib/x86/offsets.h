/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: offsets in struct guest_cpu, for assembly; trap.c checks them
 */
#ifndef SELFTESTS_X86_OFFSETS_H
#define SELFTESTS_X86_OFFSETS_H

#define CPU_FN		0
#define CPU_ARGS	8
#define CPU_SELF	48
#define CPU_SP		56
#define CPU_GDTR	66	/* aligned so that its base is */
#define CPU_IDTR	82

#endif /* SELFTESTS_X86_OFFSETS_H */
