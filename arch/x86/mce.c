// SPDX-License-Identifier: GPL-2.0
/* The host's machine checks, where they have ended a guest's turn instead of reaching it */
#include <asm/mce.h>
#include <asm/processor-flags.h>
#include <asm/ptrace.h>

#include "axvm_x86_arch.h"

/* As if it had hit user space, interrupts on: what the guest ran is not the kernel's fault. */
void axvm_x86_machine_check(void)
{
#ifdef CONFIG_X86_MCE
	struct pt_regs regs = {
		.cs = 3,
		.flags = X86_EFLAGS_IF,
	};

	do_machine_check(&regs);
#endif
}
