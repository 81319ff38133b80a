// SPDX-License-Identifier: GPL-2.0
/*
 * Exits by their code: first with interrupts and GIF off, the rest with interrupts on
 *
 * What is asked for often comes first and is called directly; all else goes through a
 * table. A code that is in neither exits to the VMM with its number.
 */
#include <linux/context_tracking.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include <asm/msr-index.h>
#include <asm/trapnr.h>

#include "svm.h"

/* As 16-bit words. */
#define OPCODE_WRMSR	0x300f
#define OPCODE_RDMSR	0x320f
#define OPCODE_CPUID	0xa20f

/* ---- instructions ---- */

static enum axvm_next handle_cpuid(struct axvm_vcpu *vcpu, bool quick)
{
	return axvm_x86_handle_cpuid(vcpu);
}

static enum axvm_next handle_hlt(struct axvm_vcpu *vcpu, bool quick)
{
	return axvm_x86_handle_hlt(vcpu);
}

static enum axvm_next handle_vmmcall(struct axvm_vcpu *vcpu, bool quick)
{
	return axvm_x86_handle_hypercall(vcpu);
}

static enum axvm_next handle_xsetbv(struct axvm_vcpu *vcpu, bool quick)
{
	return axvm_x86_handle_xsetbv(vcpu);
}

/* INVD would lose what the host has in the caches; WBINVD holds everybody up. */
static enum axvm_next handle_cache(struct axvm_vcpu *vcpu, bool quick)
{
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

/* It waits for a lock whose holder may be waiting for this CPU. */
static enum axvm_next handle_pause(struct axvm_vcpu *vcpu, bool quick)
{
	axvm_x86_skip(vcpu);
	if (!single_task_running())
		yield();
	return AXVM_NEXT_ENTER;
}

/* INT1: a trap, and DR6 says nothing. */
static enum axvm_next handle_icebp(struct axvm_vcpu *vcpu, bool quick)
{
	axvm_x86_skip(vcpu);
	return axvm_x86_exception(vcpu, X86_TRAP_DB);
}

/* There are no counters. */
static enum axvm_next handle_rdpmc(struct axvm_vcpu *vcpu, bool quick)
{
	return axvm_x86_gp(vcpu);
}

/* What the guest's CPU has not: SVM itself, MONITOR, system management mode. */
static enum axvm_next handle_ud(struct axvm_vcpu *vcpu, bool quick)
{
	return axvm_x86_ud(vcpu);
}

static __always_inline bool is_wrmsr(const struct axvm_vcpu *vcpu)
{
	return axvm_svm_control(vcpu)->exit_info_1;
}

static __always_inline enum axvm_next quick_msr(struct axvm_vcpu *vcpu)
{
	bool write = is_wrmsr(vcpu);

	if (!axvm_svm_opcode_length(vcpu, write ? OPCODE_WRMSR : OPCODE_RDMSR,
				    write ? AXVM_SVM_INSN_WRMSR : AXVM_SVM_INSN_RDMSR))
		return AXVM_NEXT_HANDLE;
	return axvm_x86_handle_msr(vcpu, write, true);
}

static enum axvm_next slow_msr(struct axvm_vcpu *vcpu)
{
	enum axvm_svm_insn insn = is_wrmsr(vcpu) ? AXVM_SVM_INSN_WRMSR : AXVM_SVM_INSN_RDMSR;
	struct axvm_svm_fetched fetched;
	enum axvm_next next = AXVM_NEXT_ENTER;

	if (!vcpu->arch.svm->length)
		next = axvm_svm_slow_length(vcpu, insn, &fetched);
	return next == AXVM_NEXT_ENTER ? axvm_x86_handle_msr(vcpu, is_wrmsr(vcpu), false) : next;
}

static enum axvm_next handle_msr(struct axvm_vcpu *vcpu, bool quick)
{
	return quick ? quick_msr(vcpu) : slow_msr(vcpu);
}

static enum axvm_next handle_port(struct axvm_vcpu *vcpu, bool quick)
{
	const struct axvm_svm_control *control = axvm_svm_control(vcpu);
	u32 info = control->exit_info_1;
	struct axvm_x86_port_access access = {
		.port = info >> SVM_IOIO_PORT_SHIFT,
		.width = info >> SVM_IOIO_WIDTH_SHIFT & 7,
		.write = !(info & SVM_IOIO_IN),
		.string = info & SVM_IOIO_STRING,
	};

	/* These are always told what comes next. */
	vcpu->arch.svm->length = control->exit_info_2 - axvm_svm_save(vcpu)->rip;
	return axvm_x86_handle_port(vcpu, &access, quick);
}

/* ---- exceptions ---- */

static enum axvm_next handle_breakpoint(struct axvm_vcpu *vcpu, bool quick)
{
	axvm_exit_prepare(vcpu, AXVM_EXIT_DEBUG, 0);
	vcpu->exit->debug.pc = axvm_x86_rip(vcpu);
	vcpu->exit->debug.cause = X86_TRAP_BP;
	return AXVM_NEXT_EXIT;
}

static enum axvm_next handle_alignment(struct axvm_vcpu *vcpu, bool quick)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_EXCEPTION);
	return axvm_x86_exception_error(vcpu, X86_TRAP_AC, axvm_svm_control(vcpu)->exit_info_1);
}

/* ---- what is the host's: it takes it when GIF is set, or in enter.c ---- */

static enum axvm_next leave(struct axvm_vcpu *vcpu, bool quick)
{
	return AXVM_NEXT_LOOP;
}

static enum axvm_next leave_for_nmi(struct axvm_vcpu *vcpu, bool quick)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_NMI);
	return AXVM_NEXT_LOOP;
}

/* ---- the rest ---- */

static enum axvm_next handle_nested_fault(struct axvm_vcpu *vcpu, bool quick)
{
	const struct axvm_svm_control *control = axvm_svm_control(vcpu);
	u64 error = control->exit_info_1;
	struct axvm_fault_info fault = {
		.gpa = control->exit_info_2,
		.access = error & SVM_NPF_FETCH ? AXVM_MEM_EXEC :
			  error & SVM_NPF_WRITE ? AXVM_MEM_WRITE : AXVM_MEM_READ,
		.flags = error & SVM_NPF_TABLE_WALK ? AXVM_FAULT_TABLE_WALK : 0,
	};

	return quick ? axvm_x86_quick_mmio(vcpu, &fault) : axvm_x86_handle_fault(vcpu, &fault);
}

static enum axvm_next handle_shutdown(struct axvm_vcpu *vcpu, bool quick)
{
	axvm_svm_refill(vcpu);
	return axvm_x86_handle_triple_fault(vcpu);
}

/* An x87 error with CR0.NE clear: a PC would signal it outside of the CPU. */
static enum axvm_next handle_ferr_freeze(struct axvm_vcpu *vcpu, bool quick)
{
	return axvm_exit_fail_entry(vcpu, SVM_EXIT_FERR_FREEZE, 0,
				    "exit by FERR_FREEZE: there is no FERR pin");
}

/**
 * struct exit - What an exit's code means.
 * @handle: called first with @quick set and interrupts off, and if it says %AXVM_NEXT_HANDLE,
 *	again without and with interrupts on.
 * @insn: the instruction, if its length has to be known.
 * @slow: not to be called with @quick.
 */
struct exit {
	enum axvm_next (*handle)(struct axvm_vcpu *vcpu, bool quick);
	u8 insn;
	bool slow;
};

#define UD	{ handle_ud }

static const struct exit exits[] = {
	[SVM_EXIT_CR0_READ]	= { axvm_svm_handle_cr },
	[SVM_EXIT_CR4_READ]	= { axvm_svm_handle_cr },
	[SVM_EXIT_CR0_WRITE]	= { axvm_svm_handle_cr },
	[SVM_EXIT_CR4_WRITE]	= { axvm_svm_handle_cr },
	[SVM_EXIT_CR8_WRITE]	= { axvm_svm_handle_cr },
	[SVM_EXIT_DR0_READ ... SVM_EXIT_DR0_WRITE + 15] = { axvm_svm_handle_dr },
	[SVM_EXIT_EXCEPTION + X86_TRAP_DB] = { axvm_svm_handle_debug },
	[SVM_EXIT_EXCEPTION + X86_TRAP_BP] = { handle_breakpoint },
	[SVM_EXIT_EXCEPTION + X86_TRAP_AC] = { handle_alignment },
	[SVM_EXIT_EXCEPTION + X86_TRAP_MC] = { leave },
	[SVM_EXIT_INTR]		= { leave },
	[SVM_EXIT_NMI]		= { leave_for_nmi },
	[SVM_EXIT_SMI]		= { leave },
	[SVM_EXIT_INIT]		= { leave },
	[SVM_EXIT_VINTR]	= { axvm_svm_handle_vintr },
	[SVM_EXIT_CR0_SELECTIVE] = { axvm_svm_handle_cr },
	[SVM_EXIT_RDPMC]	= { handle_rdpmc },
	[SVM_EXIT_CPUID]	= { handle_cpuid, AXVM_SVM_INSN_CPUID },
	[SVM_EXIT_RSM]		= UD,
	[SVM_EXIT_IRET]		= { axvm_svm_handle_iret },
	[SVM_EXIT_INVD]		= { handle_cache, AXVM_SVM_INSN_INVD },
	[SVM_EXIT_PAUSE]	= { handle_pause, AXVM_SVM_INSN_PAUSE, true },
	[SVM_EXIT_HLT]		= { handle_hlt, AXVM_SVM_INSN_HLT, true },
	[SVM_EXIT_INVLPGA]	= UD,
	[SVM_EXIT_IOIO]		= { handle_port },
	[SVM_EXIT_MSR]		= { handle_msr },
	[SVM_EXIT_FERR_FREEZE]	= { handle_ferr_freeze },
	[SVM_EXIT_SHUTDOWN]	= { handle_shutdown },
	[SVM_EXIT_VMRUN]	= UD,
	[SVM_EXIT_VMMCALL]	= { handle_vmmcall, AXVM_SVM_INSN_VMMCALL, true },
	[SVM_EXIT_VMLOAD]	= UD,
	[SVM_EXIT_VMSAVE]	= UD,
	[SVM_EXIT_STGI]		= UD,
	[SVM_EXIT_CLGI]		= UD,
	[SVM_EXIT_SKINIT]	= UD,
	[SVM_EXIT_RDTSCP]	= UD,
	[SVM_EXIT_ICEBP]	= { handle_icebp, AXVM_SVM_INSN_ICEBP },
	[SVM_EXIT_WBINVD]	= { handle_cache, AXVM_SVM_INSN_WBINVD },
	[SVM_EXIT_MONITOR]	= UD,
	[SVM_EXIT_MWAIT]	= UD,
	[SVM_EXIT_MWAIT_ARMED]	= UD,
	/* XCR0 is switched around turns of entries. */
	[SVM_EXIT_XSETBV]	= { handle_xsetbv, AXVM_SVM_INSN_XSETBV, true },
	[SVM_EXIT_RDPRU]	= UD,
	[SVM_EXIT_INVLPGB]	= UD,
	[SVM_EXIT_INVLPGB_ILLEGAL] = UD,
	[SVM_EXIT_INVPCID]	= UD,
	[SVM_EXIT_MCOMMIT]	= UD,
	[SVM_EXIT_TLBSYNC]	= UD,
};

static enum axvm_next unknown(struct axvm_vcpu *vcpu, u64 code)
{
	if ((u32)code == SVM_EXIT_INVALID)
		return axvm_svm_audit(vcpu);
	return axvm_exit_fail_entry(vcpu, code, axvm_svm_control(vcpu)->exit_info_1,
				    "exit with a code that is not known");
}

static const struct exit *find(u64 code)
{
	if (code >= ARRAY_SIZE(exits))
		return NULL;
	code = array_index_nospec(code, ARRAY_SIZE(exits));
	return exits[code].handle ? &exits[code] : NULL;
}

static noinline enum axvm_next dispatch(struct axvm_vcpu *vcpu, u64 code, bool quick)
{
	const struct exit *exit = find(code);
	struct axvm_svm_fetched fetched;
	enum axvm_next next;

	if (!exit)
		return unknown(vcpu, code);
	if (exit->insn && quick && !axvm_svm_quick_length(vcpu, exit->insn))
		return AXVM_NEXT_HANDLE;
	if (exit->insn && !quick && !vcpu->arch.svm->length) {
		next = axvm_svm_slow_length(vcpu, exit->insn, &fetched);
		if (next != AXVM_NEXT_ENTER)
			return next;
	}
	return quick && exit->slow ? AXVM_NEXT_HANDLE : exit->handle(vcpu, quick);
}

/* The ones that come often first. */
static __always_inline enum axvm_next handle_quickly(struct axvm_vcpu *vcpu)
{
	u64 code = axvm_svm_control(vcpu)->exit_code;

	if (code == SVM_EXIT_INTR)
		return AXVM_NEXT_LOOP;
	if (code == SVM_EXIT_MSR)
		return quick_msr(vcpu);
	if (code == SVM_EXIT_NPF)
		return handle_nested_fault(vcpu, true);
	if (code == SVM_EXIT_IOIO)
		return handle_port(vcpu, true);
	if (code == SVM_EXIT_CPUID &&
	    axvm_svm_opcode_length(vcpu, OPCODE_CPUID, AXVM_SVM_INSN_CPUID))
		return axvm_x86_handle_cpuid(vcpu);
	return dispatch(vcpu, code, true);
}

/* Read at once, and those that only exits change. */
#define ALWAYS_VALID	(AXVM_X86_RIP_PART | AXVM_X86_RFLAGS_PART | AXVM_X86_SHADOW_PART |	\
			 AXVM_X86_CR4_PART | AXVM_X86_EFER_PART)

/* What nearly every handler wants to know, and what is to be looked at each time. */
static __always_inline void after_exit(struct axvm_vcpu *vcpu)
{
	struct axvm_svm_control *control = axvm_svm_control(vcpu);
	const struct axvm_svm_save *save = axvm_svm_save(vcpu);
	struct axvm_x86_state *state = &vcpu->arch.state;

	state->rip = save->rip;
	state->rflags = save->rflags;
	state->cr2 = save->cr2;
	state->shadow = control->int_state & SVM_INT_SHADOW;
	vcpu->arch.valid = ALWAYS_VALID;
	control->clean = axvm_svm_features.clean;
	control->tlb_control = SVM_TLB_NOTHING;
	control->event_inj = 0;
	if (unlikely(vcpu->arch.svm->watch))
		axvm_svm_watch(vcpu);
	if (unlikely(control->exit_int_info & SVM_EVENT_VALID))
		axvm_svm_event_interrupted(vcpu);
}

/*
 * What VMLOAD takes to the CPU is there already, and changes of it wait for the next turn. So do
 * requests that the vCPU has made of itself: nobody sends an interrupt for those.
 */
static __always_inline bool may_go_round(const struct axvm_vcpu *vcpu)
{
	return !(vcpu->arch.dirty & AXVM_SVM_VMLOAD_PARTS) && !READ_ONCE(vcpu->requests);
}

static __always_inline enum axvm_next exit_irqs_off(struct axvm_vcpu *vcpu)
{
	enum axvm_next next;

	after_exit(vcpu);
	next = handle_quickly(vcpu);
	if (next != AXVM_NEXT_ENTER)
		return next;
	return likely(may_go_round(vcpu)) ? axvm_svm_prepare(vcpu) : AXVM_NEXT_LOOP;
}

/* With a tickless CPU, RCU is told of every world switch: handlers may use RCU. */
static noinline enum axvm_next exit_tracked(struct axvm_vcpu *vcpu)
{
	enum axvm_next next;

	context_tracking_guest_exit();
	next = exit_irqs_off(vcpu);
	if (next == AXVM_NEXT_ENTER)
		context_tracking_guest_enter();
	return next;
}

unsigned int axvm_svm_exit(struct axvm_x86_switch *gprs)
{
	struct axvm_vcpu *vcpu = container_of(gprs, struct axvm_vcpu, arch.sw);

	if (context_tracking_enabled())
		return exit_tracked(vcpu);
	return exit_irqs_off(vcpu);
}

enum axvm_next axvm_svm_handle(struct axvm_vcpu *vcpu)
{
	u64 code = axvm_svm_control(vcpu)->exit_code;
	enum axvm_next next;

	next = code == SVM_EXIT_NPF ? handle_nested_fault(vcpu, false) :
				      dispatch(vcpu, code, false);
	return next == AXVM_NEXT_ENTER ? AXVM_NEXT_LOOP : next;
}

s64 axvm_svm_interrupted(struct axvm_vcpu *vcpu)
{
	return axvm_svm_control(vcpu)->exit_code == SVM_EXIT_INTR ? 0 : -1;
}
