// SPDX-License-Identifier: GPL-2.0
/* SBI DBCN: the debug console. The VMM has the console, so there is nothing to do here. */
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

const struct axvm_riscv_sbi_extension axvm_riscv_sbi_dbcn = {
	.id		= SBI_EXT_DBCN,
	.policy		= AXVM_RISCV_SBI_DBCN,
	.default_policy	= AXVM_RISCV_SBI_VMM,
};
