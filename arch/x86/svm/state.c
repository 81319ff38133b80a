// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's registers: between the VMCB and struct axvm_x86_state
 *
 * The VMCB is memory, so what is read from it costs a load, and it may be read at any
 * time. What VMLOAD has taken to the CPU comes back with VMSAVE first: that is done when a
 * handler asks for it between two entries, and at the end of a turn in any case.
 */
#include <asm/processor-flags.h>
#include <asm/tlbflush.h>

#include "svm.h"

/* AVL, L, D/B and G are four bits further down in a VMCB. */
#define LOW_ATTRIBUTES	0xff
#define HIGH_ATTRIBUTES	0xf00
#define HIGH_SHIFT	4

#define DPL_SHIFT	AXVM_X86_ATTR_DPL_SHIFT

/* ---- out of the VMCB ---- */

static void read_segment(struct axvm_x86_segment *to, const struct axvm_svm_segment *from)
{
	to->selector = from->selector;
	to->base = from->base;
	to->limit = from->limit;
	to->attributes = (from->attributes & LOW_ATTRIBUTES) |
			 (from->attributes & HIGH_ATTRIBUTES) << HIGH_SHIFT;
	if (!(from->attributes & AXVM_X86_ATTR_P))
		to->attributes |= AXVM_X86_ATTR_UNUSABLE;
}

static void read_table(struct axvm_x86_table *to, const struct axvm_svm_segment *from)
{
	to->base = from->base;
	to->limit = from->limit & 0xffff;
}

/* The DPL in SS need not be the privilege level, says the APM. */
static void read_ss(struct axvm_x86_state *state, const struct axvm_svm_save *save)
{
	struct axvm_x86_segment *ss = &state->segment[AXVM_X86_SS];

	read_segment(ss, &save->ss);
	ss->attributes &= ~(u32)AXVM_X86_ATTR_DPL;
	ss->attributes |= (u32)save->cpl << DPL_SHIFT;
}

static void read_data(struct axvm_x86_state *state, const struct axvm_svm_save *save)
{
	read_segment(&state->segment[AXVM_X86_ES], &save->es);
	read_segment(&state->segment[AXVM_X86_DS], &save->ds);
	read_segment(&state->segment[AXVM_X86_FS], &save->fs);
	read_segment(&state->segment[AXVM_X86_GS], &save->gs);
}

static void read_system(struct axvm_x86_state *state, const struct axvm_svm_save *save)
{
	read_segment(&state->segment[AXVM_X86_LDTR], &save->ldtr);
	read_segment(&state->segment[AXVM_X86_TR], &save->tr);
	read_table(&state->gdtr, &save->gdtr);
	read_table(&state->idtr, &save->idtr);
}

static void read_msrs(struct axvm_x86_state *state, const struct axvm_svm_save *save)
{
	state->star = save->star;
	state->lstar = save->lstar;
	state->cstar = save->cstar;
	state->sfmask = save->sfmask;
	state->kernel_gs_base = save->kernel_gs_base;
	state->sysenter_cs = save->sysenter_cs;
	state->sysenter_esp = save->sysenter_esp;
	state->sysenter_eip = save->sysenter_eip;
	state->pat = save->gpat;
}

/* CD and NW are not there; see put_cr0(). They change in @state only. */
static void read_controls(struct axvm_vcpu *vcpu, u32 parts)
{
	struct axvm_x86_state *state = &vcpu->arch.state;
	const struct axvm_svm_save *save = axvm_svm_save(vcpu);
	u64 hidden = X86_CR0_CD | X86_CR0_NW;

	if (parts & AXVM_X86_CR0_PART)
		state->cr0 = (save->cr0 & ~hidden) | (state->cr0 & hidden);
	if (parts & AXVM_X86_CR3_PART)
		state->cr3 = save->cr3;
}

/* The CPU has what VMLOAD took there, but for GS's base. */
static void save_live(struct axvm_svm_vcpu *svm)
{
	axvm_svm_vmsave(svm->sw.vmcb_pa);
	svm->sw.vmcb->save.gs.base = svm->sw.guest_gs;
}

static void read_more(struct axvm_vcpu *vcpu, u32 parts)
{
	struct axvm_x86_state *state = &vcpu->arch.state;
	const struct axvm_svm_save *save = axvm_svm_save(vcpu);

	if ((parts & AXVM_SVM_VMLOAD_PARTS) && vcpu->arch.svm->live)
		save_live(vcpu->arch.svm);
	if (parts & AXVM_X86_CS_PART)
		read_segment(&state->segment[AXVM_X86_CS], &save->cs);
	if (parts & AXVM_X86_SS_PART)
		read_ss(state, save);
	if (parts & AXVM_X86_DATA_PART)
		read_data(state, save);
	if (parts & AXVM_X86_SYSTEM_PART)
		read_system(state, save);
	if (parts & AXVM_X86_DR_PART)
		state->dr7 = save->dr7;
	if (parts & AXVM_X86_MSR_PART)
		read_msrs(state, save);
}

#define READ_CONTROL_PARTS	(AXVM_X86_CR0_PART | AXVM_X86_CR3_PART)
#define CONTROL_PARTS	(AXVM_X86_CR0_PART | AXVM_X86_CR3_PART | AXVM_X86_CR4_PART |	\
			 AXVM_X86_EFER_PART)

/*
 * RIP, RFLAGS and the shadow are read at each exit: see exit.c. All changes of CR4 and EFER pass
 * through @state, so they are always valid.
 */
void axvm_svm_read(struct axvm_vcpu *vcpu, u32 parts)
{
	if (parts & AXVM_X86_RSP_PART)
		vcpu->arch.sw.r[4] = axvm_svm_save(vcpu)->rsp;
	if (parts & READ_CONTROL_PARTS)
		read_controls(vcpu, parts);
	if (parts & ~(READ_CONTROL_PARTS | AXVM_X86_RSP_PART))
		read_more(vcpu, parts);
	vcpu->arch.valid |= parts;
}

/* ---- into the VMCB ---- */

static void write_segment(struct axvm_svm_segment *to, const struct axvm_x86_segment *from)
{
	to->selector = from->selector;
	to->base = from->base;
	to->limit = from->limit;
	to->attributes = (from->attributes & LOW_ATTRIBUTES) |
			 (from->attributes >> HIGH_SHIFT & HIGH_ATTRIBUTES);
	if (from->attributes & AXVM_X86_ATTR_UNUSABLE)
		to->attributes &= ~AXVM_X86_ATTR_P;
}

static void write_table(struct axvm_svm_segment *to, const struct axvm_x86_table *from)
{
	to->base = from->base;
	to->limit = from->limit;
}

static void write_segments(struct axvm_vcpu *vcpu, u32 parts)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;
	struct axvm_svm_save *save = axvm_svm_save(vcpu);

	if (parts & AXVM_X86_CS_PART)
		write_segment(&save->cs, &state->segment[AXVM_X86_CS]);
	if (parts & AXVM_X86_SS_PART) {
		write_segment(&save->ss, &state->segment[AXVM_X86_SS]);
		save->cpl = (state->segment[AXVM_X86_SS].attributes & AXVM_X86_ATTR_DPL) >>
			    DPL_SHIFT;
	}
	if (parts & AXVM_X86_DATA_PART) {
		write_segment(&save->es, &state->segment[AXVM_X86_ES]);
		write_segment(&save->ds, &state->segment[AXVM_X86_DS]);
		write_segment(&save->fs, &state->segment[AXVM_X86_FS]);
		write_segment(&save->gs, &state->segment[AXVM_X86_GS]);
	}
	axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_SEG);
}

static void write_system(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;
	struct axvm_svm_save *save = axvm_svm_save(vcpu);

	write_segment(&save->ldtr, &state->segment[AXVM_X86_LDTR]);
	write_segment(&save->tr, &state->segment[AXVM_X86_TR]);
	write_table(&save->gdtr, &state->gdtr);
	write_table(&save->idtr, &state->idtr);
	axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_DT);
}

/*
 * A guest does not switch the caches off, of a core that others may share: it sees CD and
 * NW as it has written them, and then all its accesses to CR0 exit. Else only those do that
 * change more than TS and MP.
 */
static void put_cr0(struct axvm_vcpu *vcpu)
{
	u64 cr0 = vcpu->arch.state.cr0;
	bool hidden = cr0 & (X86_CR0_CD | X86_CR0_NW);

	axvm_svm_save(vcpu)->cr0 = cr0 & ~(u64)(X86_CR0_CD | X86_CR0_NW);
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_CR_READ + 0, hidden);
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_CR_WRITE + 0, hidden);
}

/* With MCE clear a machine check would shut the CPU down, if it is not told to leave that. */
static void put_cr4(struct axvm_vcpu *vcpu)
{
	u64 cr4 = vcpu->arch.state.cr4;

	if (!axvm_svm_features.host_mce)
		cr4 |= cr4_read_shadow() & X86_CR4_MCE;
	axvm_svm_save(vcpu)->cr4 = cr4;
	axvm_svm_intercept(vcpu, SVM_INTERCEPT_CR_READ + 4, cr4 != vcpu->arch.state.cr4);
}

static void put_code_root(struct axvm_vcpu *vcpu)
{
	const struct axvm_svm_save *save = axvm_svm_save(vcpu);
	u64 root = 0;

	if (save->efer & EFER_LMA)
		root = save->cr4 & X86_CR4_LA57 ? AXVM_X86_CODE_5LEVEL : AXVM_X86_CODE_4LEVEL;
	else if (!(save->cr0 & X86_CR0_PG))
		root = AXVM_X86_CODE_UNPAGED;
	vcpu->arch.svm->code_root = root;
}

/* VMRUN demands SVME; the guest neither sees nor can use it. */
static void write_controls(struct axvm_vcpu *vcpu, u32 parts)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;
	struct axvm_svm_save *save = axvm_svm_save(vcpu);

	if (parts & AXVM_X86_CR0_PART)
		put_cr0(vcpu);
	if (parts & AXVM_X86_CR3_PART)
		save->cr3 = state->cr3;
	if (parts & AXVM_X86_CR4_PART)
		put_cr4(vcpu);
	if (parts & AXVM_X86_EFER_PART)
		save->efer = state->efer | EFER_SVME;
	put_code_root(vcpu);
	axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_CR);
}

static void write_debug(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;
	struct axvm_svm_save *save = axvm_svm_save(vcpu);
	u64 lbr = axvm_svm_features.lbr && state->debugctl ? SVM_LBR_ENABLE : 0;

	save->dr7 = state->dr7;
	save->debugctl = state->debugctl;
	axvm_svm_control(vcpu)->virt_ext = lbr;
	axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_DR | SVM_CLEAN_LBR);
}

static void write_msrs(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;
	struct axvm_svm_save *save = axvm_svm_save(vcpu);

	save->star = state->star;
	save->lstar = state->lstar;
	save->cstar = state->cstar;
	save->sfmask = state->sfmask;
	save->kernel_gs_base = state->kernel_gs_base;
	save->sysenter_cs = state->sysenter_cs;
	save->sysenter_esp = state->sysenter_esp;
	save->sysenter_eip = state->sysenter_eip;
	if (save->gpat != state->pat)
		axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_NP);
	save->gpat = state->pat;
}

static noinline void write_rare(struct axvm_vcpu *vcpu, u32 parts)
{
	if (parts & (AXVM_X86_CS_PART | AXVM_X86_SS_PART | AXVM_X86_DATA_PART))
		write_segments(vcpu, parts);
	if (parts & AXVM_X86_SYSTEM_PART)
		write_system(vcpu);
	if (parts & CONTROL_PARTS)
		write_controls(vcpu, parts);
	if (parts & AXVM_X86_DR_PART)
		write_debug(vcpu);
	if (parts & AXVM_X86_MSR_PART)
		write_msrs(vcpu);
}

#define COMMON_PARTS	(AXVM_X86_RIP_PART | AXVM_X86_RSP_PART | AXVM_X86_RFLAGS_PART |	\
			 AXVM_X86_SHADOW_PART)

void axvm_svm_write(struct axvm_vcpu *vcpu, u32 parts)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;
	struct axvm_svm_save *save = axvm_svm_save(vcpu);

	if (parts & AXVM_X86_RIP_PART)
		save->rip = state->rip;
	if (parts & AXVM_X86_RSP_PART)
		save->rsp = vcpu->arch.sw.r[4];
	if (parts & AXVM_X86_RFLAGS_PART)
		save->rflags = state->rflags;
	if (parts & AXVM_X86_SHADOW_PART)
		axvm_svm_control(vcpu)->int_state = state->shadow ? SVM_INT_SHADOW : 0;
	if (unlikely(parts & ~COMMON_PARTS))
		write_rare(vcpu, parts);
}
