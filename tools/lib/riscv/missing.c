// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1
/*
 * RISC-V: does this machine have the H extension?
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../internal.h"

/* "isa : rv64imafdch_zicbom_...": single letters come first, up to a '_'. */
static bool isa_has_h(const char *line)
{
	const char *isa = strstr(line, "rv64");

	if (!isa)
		return true;
	isa += strlen("rv64");
	return memchr(isa, 'h', strcspn(isa, "_\n"));
}

const char *axvm_arch_missing(void)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	bool has_h = true;
	char line[1024];

	if (!f)
		return NULL;
	while (has_h && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "isa", 3))
			has_h = isa_has_h(line);
	}
	fclose(f);
	return has_h ? NULL : "hypervisor extension (H)";
}
