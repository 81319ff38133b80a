// SPDX-License-Identifier: GPL-2.0
/* The guest's state as a whole: past an instruction, and after a reset */
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>

#include "axvm_x86_arch.h"

#define CODE_16BIT	0x9b	/* present, code, readable, accessed */
#define DATA_16BIT	0x93	/* present, data, writable, accessed */
#define LDT_PRESENT	0x82
#define TSS_BUSY	0x8b

/* SDM volume 3, "Processor State After Reset": write-back, -through, uncached-, uncached. */
#define PAT_RESET	0x0007040600070406ULL

#define XCR0_RESET	1
#define DR6_RESET	0xffff0ff0
#define DR7_RESET	0x400
#define DR6_BS		BIT(14)

/* Code of 32 and 16 bits wraps where 64-bit code goes on. */
static u64 wrap(struct axvm_vcpu *vcpu, u64 from, u64 to)
{
	if (likely(!((from ^ to) >> 32)) || axvm_x86_in_64bit(vcpu))
		return to;
	return (u32)to;
}

/* A single step's exception comes after the instruction that was emulated, too. */
static noinline void step(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_DR_PART);
	vcpu->arch.state.debug_pending |= DR6_BS;
	axvm_x86_changed(vcpu, AXVM_X86_DR_PART);
}

void axvm_x86_advance(struct axvm_vcpu *vcpu, unsigned int length)
{
	u64 rip = axvm_x86_rip(vcpu);

	axvm_x86_set_rip(vcpu, wrap(vcpu, rip, rip + length));
	axvm_x86_need(vcpu, AXVM_X86_SHADOW_PART | AXVM_X86_RFLAGS_PART);
	if (unlikely(vcpu->arch.state.shadow)) {
		vcpu->arch.state.shadow = 0;
		axvm_x86_changed(vcpu, AXVM_X86_SHADOW_PART);
	}
	if (unlikely(vcpu->arch.state.rflags & X86_EFLAGS_TF))
		step(vcpu);
}

void axvm_x86_skip(struct axvm_vcpu *vcpu)
{
	axvm_x86_advance(vcpu, static_call(axvm_x86_insn_length)(vcpu));
}

static void reset_segments(struct axvm_x86_state *state)
{
	unsigned int i;

	for (i = AXVM_X86_ES; i <= AXVM_X86_GS; i++)
		state->segment[i] = (struct axvm_x86_segment){
			.limit = 0xffff,
			.attributes = DATA_16BIT,
		};
	state->segment[AXVM_X86_CS].selector = 0xf000;
	state->segment[AXVM_X86_CS].base = 0xffff0000;
	state->segment[AXVM_X86_CS].attributes = CODE_16BIT;
	state->segment[AXVM_X86_LDTR] = (struct axvm_x86_segment){
		.limit = 0xffff,
		.attributes = LDT_PRESENT,
	};
	state->segment[AXVM_X86_TR] = (struct axvm_x86_segment){
		.limit = 0xffff,
		.attributes = TSS_BUSY,
	};
	state->gdtr = (struct axvm_x86_table){ .limit = 0xffff };
	state->idtr = (struct axvm_x86_table){ .limit = 0xffff };
}

/* What INIT leaves alone: caching, the MSRs but EFER, the extended state. */
static void reset_rest(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	state->star = 0;
	state->lstar = 0;
	state->cstar = 0;
	state->sfmask = 0;
	state->kernel_gs_base = 0;
	state->sysenter_cs = 0;
	state->sysenter_esp = 0;
	state->sysenter_eip = 0;
	state->pat = PAT_RESET;
	state->xcr0 = XCR0_RESET;
	state->xss = 0;
	state->tsc_aux = 0;
	state->spec_ctrl = 0;
	vcpu->arch.misc_enable = MSR_IA32_MISC_ENABLE_FAST_STRING;
}

static u32 signature(const struct axvm_vm *vm)
{
	const struct axvm_x86_cpuid_entry *leaf = axvm_x86_cpuid_find(&vm->arch.cpuid, 1, 0);

	return leaf ? leaf->reg[0] : 0;
}

void axvm_x86_reset(struct axvm_vcpu *vcpu, bool init)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;
	struct axvm_x86_state *state = &arch->state;
	u64 kept = X86_CR0_CD | X86_CR0_NW;

	/* INIT keeps CD and NW, all else of CR0 is as after a reset. */
	if (init) {
		axvm_x86_need(vcpu, AXVM_X86_ALL_PARTS);
		kept &= state->cr0;
	}
	memset(arch->sw.r, 0, sizeof(arch->sw.r));
	/* Family, model and stepping. */
	arch->sw.r[2] = signature(vcpu->vm);
	state->rip = 0xfff0;
	state->rflags = X86_EFLAGS_FIXED;
	state->cr0 = X86_CR0_ET | kept;
	state->cr2 = 0;
	state->cr3 = 0;
	state->cr4 = 0;
	state->efer = 0;
	reset_segments(state);
	state->shadow = 0;
	memset(state->dr, 0, sizeof(state->dr));
	state->dr6 = DR6_RESET;
	state->dr7 = DR7_RESET;
	state->debugctl = 0;
	state->debug_pending = 0;
	if (!init)
		reset_rest(vcpu);
	arch->event.info = 0;
	arch->nmi_blocked = false;
	arch->emulation.length = 0;
	axvm_x86_changed(vcpu, AXVM_X86_ALL_PARTS);
	axvm_x86_fpu_update(vcpu);
}
