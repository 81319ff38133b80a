// SPDX-License-Identifier: GPL-2.0
/*
 * VMRUN has refused the guest's state: which check was it?
 *
 * APM volume 2, "Canonicalization and Consistency Checks". The hardware tells only that
 * there is one. They are made here in its order; what a check of the module's own should
 * have kept out is among them, since this is where it would show.
 */
#include <asm/processor-flags.h>

#include "svm.h"

#define CHECK(text)	"VMRUN: " text

/* All that any CPU gives a meaning to; what this one lacks is its own to refuse. */
#define CR4_KNOWN	(GENMASK_ULL(12, 0) | GENMASK_ULL(18, 16) | GENMASK_ULL(23, 20))
#define EFER_KNOWN	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX | EFER_SVME | EFER_LMSLE | \
			 EFER_FFXSR | BIT_ULL(15) | BIT_ULL(17) | BIT_ULL(18) | BIT_ULL(20) | \
			 EFER_AUTOIBRS)

static bool long_mode_wanted(const struct axvm_svm_save *save)
{
	return (save->efer & EFER_LME) && (save->cr0 & X86_CR0_PG);
}

static bool cs_is_l_and_d(const struct axvm_svm_save *save)
{
	return (save->cs.attributes & BIT(9)) && (save->cs.attributes & BIT(10));
}

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

/* What is wrong with the registers? */
static const char *bad_save(const struct axvm_svm_save *save, unsigned int physical_bits)
{
	if (!(save->efer & EFER_SVME))
		return CHECK("EFER.SVME is zero");
	if (!(save->cr0 & X86_CR0_CD) && (save->cr0 & X86_CR0_NW))
		return CHECK("CR0.CD is zero and CR0.NW is set");
	if (save->cr0 >> 32)
		return CHECK("CR0[63:32] are not zero");
	if ((save->efer & EFER_LMA) && (save->cr3 >> physical_bits))
		return CHECK("a reserved bit of CR3 is set");
	if (save->cr4 & ~CR4_KNOWN)
		return CHECK("a reserved bit of CR4 is set");
	if (save->dr6 >> 32)
		return CHECK("DR6[63:32] are not zero");
	if (save->dr7 >> 32)
		return CHECK("DR7[63:32] are not zero");
	if (save->efer & ~(u64)EFER_KNOWN)
		return CHECK("a reserved bit of EFER is set");
	if (long_mode_wanted(save) && !(save->cr4 & X86_CR4_PAE))
		return CHECK("EFER.LME and CR0.PG are set and CR4.PAE is zero");
	if (long_mode_wanted(save) && !(save->cr0 & X86_CR0_PE))
		return CHECK("EFER.LME and CR0.PG are set and CR0.PE is zero");
	if (long_mode_wanted(save) && cs_is_l_and_d(save))
		return CHECK("EFER.LME, CR0.PG, CR4.PAE, CS.L and CS.D are set");
	return NULL;
}

/* And with what the module itself has put there? */
static const char *bad_control(const struct axvm_svm_control *control)
{
	if (!(control->intercept[SVM_INTERCEPT_VMRUN / 32] & BIT(SVM_INTERCEPT_VMRUN % 32)))
		return CHECK("the VMRUN intercept is clear");
	if (!control->asid)
		return CHECK("the ASID is zero");
	if (control->asid >= axvm_svm_features.asids)
		return CHECK("the ASID is too high");
	if (event_is_reserved(control->event_inj))
		return CHECK("EVENTINJ is reserved");
	if (control->ncr3 & ~PAGE_MASK)
		return CHECK("a reserved bit of nCR3 is set");
	return NULL;
}

static const char *bad_mode(const struct axvm_x86_state *state)
{
	u32 both = AXVM_X86_ATTR_L | AXVM_X86_ATTR_DB;
	bool wanted = (state->efer & EFER_LME) && (state->cr0 & X86_CR0_PG);

	if (!(state->efer & EFER_LMA) == wanted)
		return CHECK("EFER.LMA is not EFER.LME and CR0.PG");
	if (wanted && (state->segment[AXVM_X86_CS].attributes & both) == both)
		return CHECK("EFER.LME, CR0.PG, CR4.PAE, CS.L and CS.D are set");
	return NULL;
}

/*
 * What a guest could not do by itself, and VMRUN may take as it comes: the first by the APM,
 * the second in QEMU. Only the VMM can, with registers that do not fit one another.
 */
enum axvm_next axvm_svm_check(struct axvm_vcpu *vcpu)
{
	const char *check;

	axvm_x86_need(vcpu, AXVM_X86_EFER_PART | AXVM_X86_CR0_PART | AXVM_X86_CS_PART);
	check = bad_mode(&vcpu->arch.state);
	if (!check)
		return AXVM_NEXT_ENTER;
	return axvm_exit_fail_entry(vcpu, SVM_EXIT_INVALID, 0, check);
}

enum axvm_next axvm_svm_audit(struct axvm_vcpu *vcpu)
{
	const struct axvm_svm_control *control = axvm_svm_control(vcpu);
	const char *check = bad_save(axvm_svm_save(vcpu), axvm_x86_machine.physical_bits);

	check = check ?: bad_control(control);
	return axvm_exit_fail_entry(vcpu, control->exit_code, control->exit_info_1,
				    check ?: CHECK("a check that the APM does not name"));
}
