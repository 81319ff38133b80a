// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: what a guest's harts can do, in the device tree's words
 */
#include <string.h>

#include "isa.h"

/* Every hart has it. */
#define ALWAYS	AXVM_RISCV_ISA_COUNT

/* In the order of the ISA manual: single letters, then Z by its kind, then S. */
static const struct {
	const char *name;
	unsigned int id;
} extensions[] = {
	{ "i",			ALWAYS },
	{ "m",			ALWAYS },
	{ "a",			ALWAYS },
	{ "f",			AXVM_RISCV_ISA_F },
	{ "d",			AXVM_RISCV_ISA_D },
	{ "c",			AXVM_RISCV_ISA_C },
	{ "v",			AXVM_RISCV_ISA_V },
	{ "zicbom",		AXVM_RISCV_ISA_ZICBOM },
	{ "zicboz",		AXVM_RISCV_ISA_ZICBOZ },
	{ "zicond",		AXVM_RISCV_ISA_ZICOND },
	{ "zicsr",		ALWAYS },
	{ "zifencei",		ALWAYS },
	{ "zihintpause",	AXVM_RISCV_ISA_ZIHINTPAUSE },
	{ "zfh",		AXVM_RISCV_ISA_ZFH },
	{ "zba",		AXVM_RISCV_ISA_ZBA },
	{ "zbb",		AXVM_RISCV_ISA_ZBB },
	{ "zbc",		AXVM_RISCV_ISA_ZBC },
	{ "zbs",		AXVM_RISCV_ISA_ZBS },
	{ "sstc",		AXVM_RISCV_ISA_SSTC },
	{ "svadu",		AXVM_RISCV_ISA_SVADU },
	{ "svinval",		AXVM_RISCV_ISA_SVINVAL },
	{ "svnapot",		AXVM_RISCV_ISA_SVNAPOT },
	{ "svpbmt",		AXVM_RISCV_ISA_SVPBMT },
};

static bool has(const struct machine_arch *arch, unsigned int i)
{
	return extensions[i].id == ALWAYS || arch->isa[extensions[i].id];
}

char *isa_string(const struct machine_arch *arch, char text[ISA_TEXT])
{
	char *end = stpcpy(text, "rv64");

	for (unsigned int i = 0; i < ARRAY_SIZE(extensions); i++) {
		if (!has(arch, i))
			continue;
		if (extensions[i].name[1])
			*end++ = '_';
		end = stpcpy(end, extensions[i].name);
	}
	return text;
}

size_t isa_list(const struct machine_arch *arch, char text[ISA_TEXT])
{
	char *end = text;

	for (unsigned int i = 0; i < ARRAY_SIZE(extensions); i++) {
		if (has(arch, i))
			end = stpcpy(end, extensions[i].name) + 1;
	}
	return end - text;
}

const char *isa_mmu_type(const struct machine_arch *arch)
{
	switch (arch->satp_mode) {
	case 10:
		return "riscv,sv57";
	case 9:
		return "riscv,sv48";
	case 8:
		return "riscv,sv39";
	default:
		return "riscv,none";
	}
}
