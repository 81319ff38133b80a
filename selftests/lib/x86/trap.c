// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the guest's handler of exceptions and interrupts
 */
#include <assert.h>

#include "guest.h"

static_assert(offsetof(struct guest_cpu, fn) == CPU_FN, "offsets.h");
static_assert(offsetof(struct guest_cpu, args) == CPU_ARGS, "offsets.h");
static_assert(offsetof(struct guest_cpu, arch.self) == CPU_SELF, "offsets.h");
static_assert(offsetof(struct guest_cpu, arch.sp) == CPU_SP, "offsets.h");
static_assert(offsetof(struct guest_cpu, arch.gdtr) == CPU_GDTR, "offsets.h");
static_assert(offsetof(struct guest_cpu, arch.idtr) == CPU_IDTR, "offsets.h");
static_assert(sizeof(struct guest_tss) == 104, "the processor's layout");

#define NR_EXCEPTIONS	32

__guest void guest_done(void)
{
	for (;;)
		GUEST_DONE();
}

static __always_inline void unexpected_trap(struct guest_frame *frame)
{
	for (;;)
		guest_ucall(UCALL_TRAP, __FILE__, __LINE__, "", frame->vector, frame->rip,
			    frame->error, read_cr2());
}

/* Some exceptions come after their instruction. */
static __always_inline __u64 find_fixup(__u64 rip)
{
	const struct guest_fixup *fixup;

	for (fixup = __start_guest_fixups; fixup < __stop_guest_fixups; fixup++)
		if (fixup->at == rip || fixup->next == rip)
			return fixup->next;
	return 0;
}

/* Nothing can be executed where it went: back to the caller. */
static __always_inline int is_fetch_fault(const struct guest_frame *frame)
{
	return frame->vector == TRAP_PF && frame->rip == read_cr2();
}

/* Where to go on; 0 if that is not known. */
static __always_inline __u64 resume_address(struct guest_frame *frame)
{
	__u64 rip;

	if (!is_fetch_fault(frame))
		return find_fixup(frame->rip);
	rip = *(__u64 *)frame->rsp;
	frame->rsp += 8;
	return rip;
}

static __always_inline int expected_trap(struct guest_cpu *cpu, struct guest_frame *frame)
{
	__u64 pc = frame->rip, resume = resume_address(frame);

	if (!resume)
		return 0;
	cpu->arch.trap_armed = 0;
	cpu->arch.trap_cause = frame->vector;
	cpu->arch.trap_error = frame->error;
	cpu->arch.trap_pc = pc;
	cpu->arch.trap_value = read_cr2();
	frame->rip = resume;
	/* A breakpoint on the next instruction is not skipped because of this one. */
	frame->rflags &= ~RFLAGS_RF;
	return 1;
}

static __always_inline void exception(struct guest_cpu *cpu, struct guest_frame *frame)
{
	if (cpu->arch.trap_armed && expected_trap(cpu, frame))
		return;
	if (!cpu->arch.exception || !cpu->arch.exception(frame))
		unexpected_trap(frame);
}

__guest void guest_trap(struct guest_frame *frame)
{
	struct guest_cpu *cpu = frame->cpu;

	if (frame->vector == TRAP_NMI && cpu->arch.nmi)
		cpu->arch.nmi(frame);
	else if (frame->vector < NR_EXCEPTIONS)
		exception(cpu, frame);
	else if (cpu->arch.irq)
		cpu->arch.irq(frame->vector);
	else
		unexpected_trap(frame);
}
