// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: the guest's trap handler
 */
#include <assert.h>

#include "guest.h"
#include "offsets.h"

static_assert(offsetof(struct guest_cpu, fn) == CPU_FN, "offsets.h");
static_assert(offsetof(struct guest_cpu, args) == CPU_ARGS, "offsets.h");
static_assert(offsetof(struct guest_cpu, arch.sp) == CPU_SP, "offsets.h");
static_assert(offsetof(struct guest_cpu, arch.satp) == CPU_SATP, "offsets.h");
static_assert(offsetof(struct guest_cpu, arch.trap_sp) == CPU_TRAP_SP, "offsets.h");
static_assert(offsetof(struct guest_cpu, arch.x) == CPU_X, "offsets.h");

#define REG_RA	1

__guest void guest_done(void)
{
	for (;;)
		GUEST_DONE();
}

static __always_inline void unexpected_trap(__u64 cause, __u64 pc)
{
	for (;;)
		guest_ucall(UCALL_TRAP, __FILE__, __LINE__, "", cause, pc,
			    csr_read(CSR_STVAL), csr_read(CSR_SSTATUS));
}

static __always_inline int is_fetch_trap(__u64 cause)
{
	return cause == TRAP_FETCH_MISALIGNED || cause == TRAP_FETCH_ACCESS ||
	       cause == TRAP_FETCH_PAGE;
}

/* Where to go on: after the instruction, or, where there is none, to the caller. */
static __always_inline __u64 resume_address(struct guest_cpu *cpu, __u64 cause, __u64 pc)
{
	if (is_fetch_trap(cause))
		return cpu->arch.x[REG_RA];
	return pc + ((READ_ONCE(*(__u16 *)pc) & 3) == 3 ? 4 : 2);
}

static __always_inline void expected_trap(struct guest_cpu *cpu, __u64 cause, __u64 pc)
{
	cpu->arch.trap_armed = 0;
	cpu->arch.trap_cause = cause;
	cpu->arch.trap_pc = pc;
	cpu->arch.trap_value = csr_read(CSR_STVAL);
	csr_write(CSR_SEPC, resume_address(cpu, cause, pc));
}

__guest void guest_trap(struct guest_cpu *cpu)
{
	__u64 cause = csr_read(CSR_SCAUSE);
	__u64 pc = csr_read(CSR_SEPC);

	if ((cause & SCAUSE_INTERRUPT) && cpu->arch.irq)
		cpu->arch.irq(cause & ~SCAUSE_INTERRUPT);
	else if (!(cause & SCAUSE_INTERRUPT) && cpu->arch.trap_armed)
		expected_trap(cpu, cause, pc);
	else
		unexpected_trap(cause, pc);
}
