// SPDX-License-Identifier: GPL-2.0
/*
 * The checks of VMRUN, by name
 *
 * APM volume 2, "Canonicalization and Consistency Checks". The hardware tells only that one
 * of them has failed. They are made here whenever something that they are about has been
 * changed, before the entry, and again if VMRUN fails all the same.
 */
#include <asm/processor-flags.h>

#include "svm.h"

#define CHECK(text)	"VMRUN: " text

/* All that any CPU gives a meaning to; what this one lacks is its own to refuse. */
#define CR4_KNOWN	(GENMASK_ULL(12, 0) | GENMASK_ULL(18, 16) | GENMASK_ULL(23, 20))
#define EFER_KNOWN	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX | EFER_LMSLE | EFER_FFXSR | \
			 BIT_ULL(15) | BIT_ULL(17) | BIT_ULL(18) | BIT_ULL(20) | EFER_AUTOIBRS)

/* Of a segment's type, with S: 16 or 32 bits and busy or not are all the same. */
#define TSS_MASK	0x15
#define TSS_TYPE	0x01

static bool wants_long_mode(const struct axvm_x86_state *state)
{
	return (state->efer & EFER_LME) && (state->cr0 & X86_CR0_PG);
}

static bool cs_is_l_and_d(const struct axvm_x86_state *state)
{
	u32 both = AXVM_X86_ATTR_L | AXVM_X86_ATTR_DB;

	return (state->segment[AXVM_X86_CS].attributes & both) == both;
}

static const char *bad_registers(const struct axvm_x86_state *state)
{
	if (!(state->cr0 & X86_CR0_CD) && (state->cr0 & X86_CR0_NW))
		return CHECK("CR0.CD is zero and CR0.NW is set");
	if (state->cr0 >> 32)
		return CHECK("CR0[63:32] are not zero");
	if ((state->efer & EFER_LMA) && (state->cr3 >> axvm_x86_machine.physical_bits))
		return CHECK("a reserved bit of CR3 is set");
	if (state->cr4 & ~CR4_KNOWN)
		return CHECK("a reserved bit of CR4 is set");
	if (state->dr6 >> 32)
		return CHECK("DR6[63:32] are not zero");
	if (state->dr7 >> 32)
		return CHECK("DR7[63:32] are not zero");
	if (state->efer & ~(u64)EFER_KNOWN)
		return CHECK("a reserved bit of EFER is set");
	return NULL;
}

/* The last one is not the APM's: the CPU would go on in a mode that it cannot come to. */
static const char *bad_mode(const struct axvm_x86_state *state)
{
	if (wants_long_mode(state) && !(state->cr4 & X86_CR4_PAE))
		return CHECK("EFER.LME and CR0.PG are set and CR4.PAE is zero");
	if (wants_long_mode(state) && !(state->cr0 & X86_CR0_PE))
		return CHECK("EFER.LME and CR0.PG are set and CR0.PE is zero");
	if (wants_long_mode(state) && cs_is_l_and_d(state))
		return CHECK("EFER.LME, CR0.PG, CR4.PAE, CS.L and CS.D are set");
	if (!(state->efer & EFER_LMA) == wants_long_mode(state))
		return CHECK("EFER.LMA is not EFER.LME and CR0.PG");
	return NULL;
}

/*
 * Nor is this: LTR takes no other. What a processor does with one is nobody's promise (QEMU
 * ends, and the host with it), and with VMX it is a check of VM entry.
 */
static const char *bad_task(const struct axvm_x86_state *state)
{
	u32 attributes = state->segment[AXVM_X86_TR].attributes;

	if (!(attributes & AXVM_X86_ATTR_P) || (attributes & AXVM_X86_ATTR_UNUSABLE) ||
	    (attributes & TSS_MASK) != TSS_TYPE)
		return CHECK("TR is no task-state segment that is present");
	return NULL;
}

static const char *bad_state(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;

	axvm_x86_need(vcpu, AXVM_SVM_CHECKED_PARTS);
	return bad_registers(state) ?: bad_mode(state) ?: bad_task(state);
}

enum axvm_next axvm_svm_check(struct axvm_vcpu *vcpu)
{
	const char *check = bad_state(vcpu);

	if (likely(!check))
		return AXVM_NEXT_ENTER;
	return axvm_exit_fail_entry(vcpu, SVM_EXIT_INVALID, 0, check);
}

/* ---- VMRUN has failed ---- */

static bool event_is_reserved(u64 event)
{
	u32 type = event & AXVM_X86_EVENT_TYPE, vector = event & AXVM_X86_EVENT_VECTOR;

	if (!(event & SVM_EVENT_VALID))
		return false;
	if (type == AXVM_X86_EVENT_EXCEPTION)
		return vector > 31 || vector == X86_TRAP_NMI;
	return type != AXVM_X86_EVENT_EXTERNAL && type != AXVM_X86_EVENT_NMI &&
	       type != AXVM_X86_EVENT_SOFTWARE;
}

/* With what the module itself has put there. */
static const char *bad_vmcb(const struct axvm_vcpu *vcpu)
{
	const struct axvm_svm_control *control = axvm_svm_control(vcpu);

	if (!(axvm_svm_save(vcpu)->efer & EFER_SVME))
		return CHECK("EFER.SVME is zero");
	if (!axvm_svm_intercepts(vcpu, SVM_INTERCEPT_VMRUN))
		return CHECK("the VMRUN intercept is clear");
	if (!control->asid)
		return CHECK("the ASID is zero");
	if (control->asid >= axvm_svm_features.asids)
		return CHECK("the ASID is too high");
	if (event_is_reserved(control->event_inj))
		return CHECK("EVENTINJ is reserved");
	if (control->ncr3 & ~PAGE_MASK)
		return CHECK("a reserved bit of nCR3 is set");
	return CHECK("a check that is not known");
}

/*
 * The guest's registers are as they were; but an emulator (QEMU: it gives 32 bits of the
 * exit code) saves those that it has not loaded yet, which are the host's.
 */
enum axvm_next axvm_svm_audit(struct axvm_vcpu *vcpu)
{
	u64 code = axvm_svm_control(vcpu)->exit_code;
	const char *check = bad_vmcb(vcpu);

	if (code != ~0ULL)
		axvm_x86_reset(vcpu, false);
	else
		check = bad_state(vcpu) ?: check;
	return axvm_exit_fail_entry(vcpu, code, axvm_svm_control(vcpu)->exit_info_1, check);
}
