// SPDX-License-Identifier: GPL-2.0
/*
 * Exits to the VMM: filling the exit page, and what the VMM's answer completes
 *
 * The page belongs to one vCPU for good, and the VMM cannot write it. Stale can
 * only be what this vCPU's last exit left there, and the last reason tells how far
 * that reaches; clearing the whole union would cost more than the exit itself.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "axvm_arch.h"
#include "axvm_io.h"
#include "axvm_vcpu.h"

#define WORDS(type)	DIV_ROUND_UP(sizeof(struct axvm_exit_##type), sizeof(u64))

/* How much of the union an exit may fill, in 64-bit words. */
static const u8 payload[] = {
	[AXVM_EXIT_HYPERCALL]		= WORDS(hypercall),
	[AXVM_EXIT_MMIO_READ]		= WORDS(mmio),
	[AXVM_EXIT_MMIO_WRITE]		= WORDS(mmio),
	[AXVM_EXIT_PORT_READ]		= WORDS(port),
	[AXVM_EXIT_PORT_WRITE]		= WORDS(port),
	[AXVM_EXIT_SYSREG_READ]		= WORDS(sysreg),
	[AXVM_EXIT_SYSREG_WRITE]	= WORDS(sysreg),
	[AXVM_EXIT_MEMORY_FAULT]	= WORDS(memory_fault),
	[AXVM_EXIT_CPU_UP]		= WORDS(cpu_up),
	[AXVM_EXIT_SYSTEM_DOWN]		= WORDS(system),
	[AXVM_EXIT_SEND_IPI]		= WORDS(send_ipi),
	[AXVM_EXIT_INTERRUPT]		= WORDS(interrupt),
	[AXVM_EXIT_FAIL_ENTRY]		= WORDS(fail_entry),
	[AXVM_EXIT_DEBUG]		= WORDS(debug),
	[AXVM_EXIT_UNDECODED]		= WORDS(undecoded),
	[AXVM_EXIT_INTERRUPT_END]	= WORDS(interrupt),
	[AXVM_EXIT_INTERRUPT_ACK]	= 0,
};

static_assert(ARRAY_SIZE(payload) == AXVM_EXIT_INTERRUPT_ACK + 1);
#define SAME(field)	\
	(offsetof(struct axvm_pending, field) - offsetof(struct axvm_pending, width) == \
	 offsetof(struct axvm_exit_mmio, field) - offsetof(struct axvm_exit_mmio, width))
static_assert(SAME(sign_extend) && SAME(reg) && SAME(reg_width));
static_assert(sizeof_field(struct axvm_run_exit, raw) >= sizeof(struct axvm_exit_fail_entry));

/* @filled: how many words the caller is going to write anyway. */
static __always_inline enum axvm_next prepare(struct axvm_vcpu *vcpu,
					      enum axvm_exit_reason reason, u32 flags,
					      unsigned int filled)
{
	struct axvm_run_exit *exit = vcpu->exit;
	unsigned int last = payload[exit->reason];

	exit->reason = reason;
	exit->flags = flags;
	if (unlikely(last > filled))
		memset(&exit->raw[filled], 0, (last - filled) * sizeof(u64));
	return AXVM_NEXT_EXIT;
}

enum axvm_next axvm_exit_prepare(struct axvm_vcpu *vcpu, enum axvm_exit_reason reason, u32 flags)
{
	return prepare(vcpu, reason, flags, 0);
}

/* Is there a device in the kernel that does it? @answer: what it read. */
static bool in_kernel(struct axvm_vcpu *vcpu, u64 data, u64 *answer)
{
	const struct axvm_pending *access = &vcpu->pending;

	if (access->reason == AXVM_EXIT_MMIO_WRITE)
		return axvm_io_write(vcpu, access->addr, access->width, data);
	return axvm_io_read(vcpu, access->addr, access->width, answer);
}

/* A device in the kernel has answered at once, as the VMM would at the next RUN. */
static enum axvm_next complete_in_kernel(struct axvm_vcpu *vcpu, const u64 answer[2])
{
	struct axvm_pending access = vcpu->pending;

	axvm_count(vcpu, AXVM_COUNT_IO_KERNEL);
	vcpu->pending.reason = 0;
	return axvm_arch_vcpu_complete(vcpu, &access, answer, false) ?: AXVM_NEXT_LOOP;
}

/*
 * A write is done when the VMM hears of it: the guest is past its instruction. It
 * stays pending all the same, for a VMM that refuses it.
 */
static __always_inline enum axvm_next mmio_to_vmm(struct axvm_vcpu *vcpu, u64 data)
{
	const struct axvm_pending *access = &vcpu->pending;
	struct axvm_exit_mmio *mmio = &vcpu->exit->mmio;

	mmio->addr = access->addr;
	mmio->data = data;
	/* The four bytes from the width on are alike in both: one word. */
	*(u32 *)&mmio->width = *(const u32 *)&access->width;
	mmio->pad = 0;
	if (access->reason == AXVM_EXIT_MMIO_READ)
		return prepare(vcpu, AXVM_EXIT_MMIO_READ, AXVM_EXIT_WANTS_ANSWER, WORDS(mmio));
	axvm_arch_vcpu_skip(vcpu, access->length);
	return prepare(vcpu, AXVM_EXIT_MMIO_WRITE, 0, WORDS(mmio));
}

/* Apart, so that the way to the VMM does not set up what only this needs. */
static noinline enum axvm_next mmio_by_bus(struct axvm_vcpu *vcpu, u64 data)
{
	u64 answer[2] = {};

	if (in_kernel(vcpu, data, &answer[0]))
		return complete_in_kernel(vcpu, answer);
	return mmio_to_vmm(vcpu, data);
}

enum axvm_next axvm_exit_mmio(struct axvm_vcpu *vcpu, u64 data)
{
	if (!axvm_io_empty(&vcpu->vm->bus))
		return mmio_by_bus(vcpu, data);
	return mmio_to_vmm(vcpu, data);
}

enum axvm_next axvm_exit_mmio_to_vmm(struct axvm_vcpu *vcpu, u64 data)
{
	return mmio_to_vmm(vcpu, data);
}

enum axvm_next axvm_exit_port(struct axvm_vcpu *vcpu, u16 port, unsigned int count,
			      const void *data)
{
	struct axvm_exit_port *exit = &vcpu->exit->port;
	const struct axvm_pending *access = &vcpu->pending;
	bool read = access->reason == AXVM_EXIT_PORT_READ;

	/* What is behind the units keeps what it had: clearing it would cost more than all else. */
	prepare(vcpu, access->reason, read ? AXVM_EXIT_WANTS_ANSWER : 0, WORDS(port));
	exit->port = port;
	exit->width = access->width;
	exit->pad = 0;
	exit->count = count;
	if (!read)
		memcpy(exit->data, data, count == 1 ? sizeof(u32) : access->width * count);
	return AXVM_NEXT_EXIT;
}

enum axvm_next axvm_exit_memory_fault(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault,
				      int error)
{
	prepare(vcpu, AXVM_EXIT_MEMORY_FAULT, 0, WORDS(memory_fault));
	vcpu->exit->memory_fault = (struct axvm_exit_memory_fault) {
		.gpa = fault->gpa,
		.gva = fault->flags & AXVM_FAULT_GVA ? fault->gva : 0,
		.access = fault->access,
		.flags = fault->flags,
		.error = error,
	};
	return AXVM_NEXT_EXIT;
}

enum axvm_next axvm_exit_fail_entry(struct axvm_vcpu *vcpu, u64 reason, u64 detail,
				    const char *check)
{
	struct axvm_exit_fail_entry *fail = &vcpu->exit->fail_entry;

	prepare(vcpu, AXVM_EXIT_FAIL_ENTRY, 0, WORDS(fail_entry));
	fail->reason = reason;
	fail->detail = detail;
	strscpy_pad(fail->check, check, sizeof(fail->check));
	return AXVM_NEXT_EXIT;
}

enum axvm_next axvm_exit_system(struct axvm_vcpu *vcpu, enum axvm_system_event event, u64 reason)
{
	prepare(vcpu, AXVM_EXIT_SYSTEM_DOWN, 0, WORDS(system));
	vcpu->exit->system = (struct axvm_exit_system) {
		.event = event,
		.reason = reason,
	};
	return AXVM_NEXT_EXIT;
}
