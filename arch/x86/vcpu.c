// SPDX-License-Identifier: GPL-2.0
/* An x86 vCPU's life, its requests, its answers */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/msr.h>

#include "axvm_x86_arch.h"

/* What a hypercall that nobody knows returns: KVM_ENOSYS of the kernel's uapi/linux/kvm_para.h. */
#define HYPERCALL_UNKNOWN	(-1000L)

int axvm_arch_vcpu_init(struct axvm_vcpu *vcpu)
{
	int error = axvm_x86_fpu_init(vcpu);

	if (error)
		return error;
	error = axvm_x86_apic_init(vcpu);
	if (error)
		goto free_fpu;
	axvm_x86_tsc_vcpu_init(vcpu);
	axvm_x86_reset(vcpu, false);
	error = axvm_x86_backend->vcpu_init(vcpu);
	if (error)
		goto free_apic;
	return 0;

free_apic:
	axvm_x86_apic_destroy(vcpu);
free_fpu:
	axvm_x86_fpu_destroy(vcpu);
	return error;
}

void axvm_arch_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	axvm_x86_backend->vcpu_destroy(vcpu);
	axvm_x86_apic_destroy(vcpu);
	axvm_x86_fpu_destroy(vcpu);
}

void axvm_arch_vcpu_load(struct axvm_vcpu *vcpu, int cpu)
{
	axvm_x86_clock_load(vcpu, cpu);
	static_call(axvm_x86_load)(vcpu, cpu);
}

void axvm_arch_vcpu_put(struct axvm_vcpu *vcpu)
{
	static_call(axvm_x86_put)(vcpu);
}

enum axvm_next axvm_arch_vcpu_enter(struct axvm_vcpu *vcpu)
{
	return static_call(axvm_x86_enter)(vcpu);
}

enum axvm_next axvm_arch_vcpu_handle(struct axvm_vcpu *vcpu)
{
	return static_call(axvm_x86_handle)(vcpu);
}

s64 axvm_arch_vcpu_interrupted(struct axvm_vcpu *vcpu)
{
	return axvm_x86_backend->interrupted(vcpu);
}

static void look_at_inputs(struct axvm_vcpu *vcpu)
{
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
	if (atomic_read(&vcpu->arch.nmi_pending))
		vcpu->arch.attention |= AXVM_X86_ATTENTION_NMI;
}

enum axvm_next axvm_arch_vcpu_requests(struct axvm_vcpu *vcpu)
{
	if (axvm_vcpu_test_request(vcpu, AXVM_REQUEST_IRQ))
		look_at_inputs(vcpu);
	if (axvm_vcpu_test_request(vcpu, AXVM_REQUEST_X86_TIMER))
		axvm_x86_apic_timer_start(vcpu);
	if (axvm_vcpu_test_request(vcpu, AXVM_REQUEST_X86_CLOCK))
		axvm_x86_clock_update(vcpu);
	if (axvm_vcpu_test_request(vcpu, AXVM_REQUEST_X86_INIT))
		return axvm_x86_apply_init(vcpu);
	return AXVM_NEXT_ENTER;
}

/* The hardware gives out what it holds only on a CPU that has it loaded. */
static void read_all(struct axvm_vcpu *vcpu)
{
	if (!(~vcpu->arch.valid & AXVM_X86_ALL_PARTS))
		return;
	axvm_vcpu_bind(vcpu);
	axvm_x86_need(vcpu, AXVM_X86_ALL_PARTS);
	axvm_vcpu_unbind(vcpu);
}

void axvm_arch_vcpu_settle(struct axvm_vcpu *vcpu)
{
	read_all(vcpu);
	look_at_inputs(vcpu);
	axvm_x86_apply_init(vcpu);
	axvm_x86_apic_settle(vcpu);
}

void axvm_x86_settle_gprs(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_RIP_PART | AXVM_X86_RSP_PART | AXVM_X86_RFLAGS_PART);
}

/* ---- waiting ---- */

/* HLT ends with any interrupt that the CPU would take, an NMI, an INIT. */
bool axvm_arch_vcpu_has_work(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;

	if (READ_ONCE(arch->init_pending) || arch->event.info)
		return true;
	if (atomic_read(&arch->nmi_pending) && !arch->nmi_blocked)
		return true;
	return (arch->state.rflags & X86_EFLAGS_IF) && axvm_x86_apic_has_work(vcpu);
}

bool axvm_arch_vcpu_wake_time(struct axvm_vcpu *vcpu, ktime_t *when)
{
	return axvm_x86_apic_wake_time(vcpu, when);
}

/* Woken, it goes on after the instruction; until then it is suspended, whoever kicks it. */
enum axvm_next axvm_x86_handle_hlt(struct axvm_vcpu *vcpu)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_HLT);
	axvm_x86_need(vcpu, AXVM_X86_RFLAGS_PART);
	axvm_x86_skip(vcpu);
	if (vcpu->vm->exits & AXVM_EXITS_HALT)
		return axvm_exit_prepare(vcpu, AXVM_EXIT_HALT, 0);
	WRITE_ONCE(vcpu->run_state, AXVM_RUN_SUSPENDED);
	look_at_inputs(vcpu);
	return AXVM_NEXT_LOOP;
}

/* ---- interrupt inputs ---- */

static void set_nmi(struct axvm_vcpu *vcpu, bool level)
{
	if (!level)
		clear_bit(AXVM_X86_IRQ_NMI, &vcpu->arch.lines);
	else if (!test_and_set_bit(AXVM_X86_IRQ_NMI, &vcpu->arch.lines))
		axvm_x86_raise_nmi(vcpu);
}

static void set_lint(struct axvm_vcpu *vcpu, u32 irq, bool level)
{
	if (level)
		set_bit(irq, &vcpu->arch.lines);
	else
		clear_bit(irq, &vcpu->arch.lines);
	axvm_x86_apic_set_line(vcpu, irq - AXVM_X86_IRQ_LINT0, level);
}

int axvm_arch_vcpu_set_irq(struct axvm_vcpu *vcpu, u32 irq, bool level)
{
	switch (irq) {
	case AXVM_X86_IRQ_NMI:
		set_nmi(vcpu, level);
		return 0;
	case AXVM_X86_IRQ_LINT0:
	case AXVM_X86_IRQ_LINT1:
		set_lint(vcpu, irq, level);
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- answers ---- */

static enum axvm_next complete_sysreg(struct axvm_vcpu *vcpu, const struct axvm_pending *pending,
				      u64 answer, bool refused)
{
	if (refused)
		return axvm_x86_gp(vcpu);
	if (pending->reason == AXVM_EXIT_SYSREG_READ)
		axvm_x86_set_edx_eax(vcpu, answer);
	axvm_x86_advance(vcpu, pending->length);
	return AXVM_NEXT_ENTER;
}

static enum axvm_next complete_call(struct axvm_vcpu *vcpu, const struct axvm_pending *pending,
				    u64 answer, bool refused)
{
	axvm_x86_set_r(vcpu, 0, refused ? HYPERCALL_UNKNOWN : answer);
	axvm_x86_advance(vcpu, pending->length);
	return AXVM_NEXT_ENTER;
}

/* What an instruction that is being emulated may have exited with. */
static bool is_access(u32 reason)
{
	return reason == AXVM_EXIT_MMIO_READ || reason == AXVM_EXIT_MMIO_WRITE ||
	       reason == AXVM_EXIT_PORT_READ || reason == AXVM_EXIT_PORT_WRITE ||
	       reason == AXVM_EXIT_MEMORY_FAULT;
}

/* A read that the VMM refuses finds nothing on the bus; a write that it refuses is lost. */
enum axvm_next axvm_arch_vcpu_complete(struct axvm_vcpu *vcpu, const struct axvm_pending *pending,
				       const u64 answer[2], bool refused)
{
	u64 found = refused ? ~0ULL : answer[0];

	if (vcpu->arch.emulation.length && is_access(pending->reason))
		return axvm_x86_emulation_complete(vcpu, pending, found);
	switch (pending->reason) {
	case AXVM_EXIT_MMIO_READ:
	case AXVM_EXIT_PORT_READ:
		axvm_arch_vcpu_complete_read(vcpu, pending, found);
		return AXVM_NEXT_ENTER;
	case AXVM_EXIT_SYSREG_READ:
	case AXVM_EXIT_SYSREG_WRITE:
		return complete_sysreg(vcpu, pending, answer[0], refused);
	case AXVM_EXIT_HYPERCALL:
		return complete_call(vcpu, pending, answer[0], refused);
	case AXVM_EXIT_INTERRUPT_ACK:
		axvm_x86_acknowledged(vcpu, refused ? 0xff : answer[0]);
		return AXVM_NEXT_ENTER;
	case AXVM_EXIT_UNDECODED:
		return refused ? axvm_x86_ud(vcpu) : AXVM_NEXT_ENTER;
	default:
		return AXVM_NEXT_ENTER;
	}
}

/* ---- registers in the run structure ---- */

void axvm_arch_vcpu_get_gprs(struct axvm_vcpu *vcpu, struct axvm_gprs *gprs)
{
	memcpy(gprs->r, vcpu->arch.sw.r, sizeof(gprs->r));
	gprs->rip = vcpu->arch.state.rip;
	gprs->rflags = vcpu->arch.state.rflags;
}

int axvm_arch_vcpu_set_gprs(struct axvm_vcpu *vcpu, const struct axvm_gprs *gprs)
{
	if (!axvm_x86_is_canonical(vcpu, gprs->rip) || !axvm_x86_rflags_ok(gprs->rflags))
		return -EINVAL;
	/* What is half done goes on with these. */
	vcpu->arch.emulation_restored = true;
	memcpy(vcpu->arch.sw.r, gprs->r, sizeof(gprs->r));
	vcpu->arch.state.rip = gprs->rip;
	vcpu->arch.state.rflags = gprs->rflags;
	axvm_x86_changed(vcpu, AXVM_X86_RIP_PART | AXVM_X86_RSP_PART | AXVM_X86_RFLAGS_PART);
	return 0;
}

const char *const axvm_arch_counter_names[AXVM_ARCH_COUNTERS] = {
	[AXVM_X86_COUNT_CPUID]			= "cpuid",
	[AXVM_X86_COUNT_MSR_READ]		= "msr_reads",
	[AXVM_X86_COUNT_MSR_WRITE]		= "msr_writes",
	[AXVM_X86_COUNT_PORT]			= "port_accesses",
	[AXVM_X86_COUNT_CR]			= "cr_accesses",
	[AXVM_X86_COUNT_DR]			= "dr_accesses",
	[AXVM_X86_COUNT_HLT]			= "hlt",
	[AXVM_X86_COUNT_HYPERCALL]		= "hypercalls",
	[AXVM_X86_COUNT_APIC]			= "apic_accesses",
	[AXVM_X86_COUNT_EXCEPTION]		= "exceptions",
	[AXVM_X86_COUNT_NMI]			= "host_nmis",
	[AXVM_X86_COUNT_WINDOW]			= "interrupt_windows",
	[AXVM_X86_COUNT_PREEMPTION_TIMER]	= "preemption_timer",
	[AXVM_X86_COUNT_EMULATED]		= "emulated_instructions",
	[AXVM_X86_COUNT_INJECTED]		= "injected_exceptions",
	[AXVM_X86_COUNT_IPI]			= "ipis_sent",
	[AXVM_X86_COUNT_POSTED]			= "posted_interrupts",
	[AXVM_X86_COUNT_DIRTY_LOG_FULL]		= "dirty_log_full",
};
