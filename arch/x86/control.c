// SPDX-License-Identifier: GPL-2.0
/*
 * Control registers, EFER, XCR0: what the guest may put there
 *
 * The rules are those of SDM volume 3, "Control Registers" and "Extended Control
 * Registers", and of the guest's own CPUID.
 */
#include <asm/cpufeature.h>
#include <asm/fpu/xcr.h>
#include <asm/fpu/types.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>

#include "axvm_x86_arch.h"

#define CR0_KNOWN	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | X86_CR0_ET | \
			 X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | X86_CR0_NW | X86_CR0_CD | \
			 X86_CR0_PG)

#define CR3_NOFLUSH	BIT_ULL(63)

/* Changing one of these with paging on drops translations, of all spaces. */
#define CR4_PAGING	(X86_CR4_PGE | X86_CR4_PSE | X86_CR4_PAE | X86_CR4_SMEP | X86_CR4_SMAP | \
			 X86_CR4_PKE | X86_CR4_PCIDE | X86_CR4_LA57)

#define XCR0_AVX512	(XFEATURE_MASK_OPMASK | XFEATURE_MASK_ZMM_Hi256 | XFEATURE_MASK_Hi16_ZMM)

bool axvm_x86_cr0_ok(const struct axvm_vcpu *vcpu, u64 cr0)
{
	if (cr0 >> 32)
		return false;
	if ((cr0 & X86_CR0_PG) && !(cr0 & X86_CR0_PE))
		return false;
	return !(cr0 & X86_CR0_NW) || (cr0 & X86_CR0_CD);
}

bool axvm_x86_cr3_ok(const struct axvm_vcpu *vcpu, u64 cr3)
{
	return !(cr3 >> vcpu->vm->arch.guest.physical_bits);
}

bool axvm_x86_cr4_ok(const struct axvm_vcpu *vcpu, u64 cr4)
{
	return !(cr4 & ~vcpu->vm->arch.guest.cr4);
}

bool axvm_x86_efer_ok(const struct axvm_vcpu *vcpu, u64 efer)
{
	return !(efer & ~vcpu->vm->arch.guest.efer);
}

bool axvm_x86_xcr0_ok(const struct axvm_vcpu *vcpu, u64 xcr0)
{
	if (!(xcr0 & XFEATURE_MASK_FP) || (xcr0 & ~vcpu->vm->arch.guest.xcr0))
		return false;
	if ((xcr0 & XFEATURE_MASK_YMM) && !(xcr0 & XFEATURE_MASK_SSE))
		return false;
	if (xcr0 & XCR0_AVX512)
		return (xcr0 & XCR0_AVX512) == XCR0_AVX512 && (xcr0 & XFEATURE_MASK_YMM);
	return true;
}

static void set_lma(struct axvm_vcpu *vcpu, bool on)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	if (on == !!(state->efer & EFER_LMA))
		return;
	state->efer ^= EFER_LMA;
	axvm_x86_changed(vcpu, AXVM_X86_EFER_PART);
}

/* Paging goes on in long mode: what must be so for that. */
static bool may_enter_long_mode(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_CR4_PART | AXVM_X86_CS_PART);
	return (vcpu->arch.state.cr4 & X86_CR4_PAE) &&
	       !(vcpu->arch.state.segment[AXVM_X86_CS].attributes & AXVM_X86_ATTR_L);
}

/* Paging goes off: what must not be so for that. */
static bool may_stop_paging(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_CR4_PART);
	return !axvm_x86_in_64bit(vcpu) && !(vcpu->arch.state.cr4 & X86_CR4_PCIDE);
}

bool axvm_x86_set_cr0(struct axvm_vcpu *vcpu, u64 cr0)
{
	struct axvm_x86_state *state = &vcpu->arch.state;
	u64 changed;

	if (!axvm_x86_cr0_ok(vcpu, cr0))
		return false;
	axvm_x86_need(vcpu, AXVM_X86_CR0_PART | AXVM_X86_EFER_PART);
	cr0 = (cr0 & CR0_KNOWN) | X86_CR0_ET;
	changed = cr0 ^ state->cr0;
	if (changed & X86_CR0_PG) {
		if (cr0 & X86_CR0_PG) {
			if ((state->efer & EFER_LME) && !may_enter_long_mode(vcpu))
				return false;
		} else if (!may_stop_paging(vcpu)) {
			return false;
		}
		set_lma(vcpu, (cr0 & X86_CR0_PG) && (state->efer & EFER_LME));
		/* Its own page tables matter now, or no more: drop what was. */
		axvm_x86_flush_guest(vcpu);
	}
	state->cr0 = cr0;
	axvm_x86_changed(vcpu, AXVM_X86_CR0_PART);
	return true;
}

bool axvm_x86_set_cr3(struct axvm_vcpu *vcpu, u64 cr3)
{
	bool keep = false;

	axvm_x86_need(vcpu, AXVM_X86_CR4_PART | AXVM_X86_EFER_PART);
	if (vcpu->arch.state.cr4 & X86_CR4_PCIDE) {
		keep = cr3 & CR3_NOFLUSH;
		cr3 &= ~CR3_NOFLUSH;
	}
	if ((vcpu->arch.state.efer & EFER_LMA) && !axvm_x86_cr3_ok(vcpu, cr3))
		return false;
	vcpu->arch.state.cr3 = cr3;
	axvm_x86_changed(vcpu, AXVM_X86_CR3_PART);
	if (!keep)
		axvm_x86_flush_guest(vcpu);
	return true;
}

bool axvm_x86_set_cr4(struct axvm_vcpu *vcpu, u64 cr4)
{
	struct axvm_x86_state *state = &vcpu->arch.state;
	u64 changed;

	if (!axvm_x86_cr4_ok(vcpu, cr4))
		return false;
	axvm_x86_need(vcpu, AXVM_X86_CR3_PART | AXVM_X86_CR4_PART | AXVM_X86_EFER_PART);
	changed = cr4 ^ state->cr4;
	if (state->efer & EFER_LMA) {
		if (!(cr4 & X86_CR4_PAE) || (changed & X86_CR4_LA57))
			return false;
	} else if (cr4 & X86_CR4_PCIDE) {
		return false;
	}
	/* PCIDs begin with the one that CR3 has in its lowest bits. */
	if ((changed & cr4 & X86_CR4_PCIDE) && (state->cr3 & X86_CR3_PCID_MASK))
		return false;
	state->cr4 = cr4;
	axvm_x86_changed(vcpu, AXVM_X86_CR4_PART);
	if (changed & CR4_PAGING)
		axvm_x86_flush_guest(vcpu);
	if (changed & (X86_CR4_OSXSAVE | X86_CR4_PKE))
		axvm_x86_fpu_update(vcpu);
	return true;
}

/* LMA follows LME and paging; a guest's writing it is ignored. */
bool axvm_x86_set_efer(struct axvm_vcpu *vcpu, u64 efer)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	efer &= ~EFER_LMA;
	if (!axvm_x86_efer_ok(vcpu, efer))
		return false;
	axvm_x86_need(vcpu, AXVM_X86_EFER_PART | AXVM_X86_CR0_PART);
	if (((efer ^ state->efer) & EFER_LME) && (state->cr0 & X86_CR0_PG))
		return false;
	state->efer = efer | (state->efer & EFER_LMA);
	axvm_x86_changed(vcpu, AXVM_X86_EFER_PART);
	return true;
}

bool axvm_x86_set_xcr0(struct axvm_vcpu *vcpu, u64 xcr0)
{
	if (!axvm_x86_xcr0_ok(vcpu, xcr0))
		return false;
	vcpu->arch.state.xcr0 = xcr0;
	axvm_x86_fpu_update(vcpu);
	return true;
}

/* ---- handlers ---- */

static bool set_cr(struct axvm_vcpu *vcpu, unsigned int cr, u64 value)
{
	switch (cr) {
	case 0:
		return axvm_x86_set_cr0(vcpu, value);
	case 3:
		return axvm_x86_set_cr3(vcpu, value);
	case 4:
		return axvm_x86_set_cr4(vcpu, value);
	case 8:
		if (value >> 4)
			return false;
		axvm_x86_apic_set_cr8(vcpu, value);
		return true;
	default:
		return false;
	}
}

static u64 get_cr(struct axvm_vcpu *vcpu, unsigned int cr)
{
	axvm_x86_need(vcpu, AXVM_X86_CR0_PART | AXVM_X86_CR3_PART | AXVM_X86_CR4_PART);
	switch (cr) {
	case 0:
		return vcpu->arch.state.cr0;
	case 2:
		return vcpu->arch.state.cr2;
	case 3:
		return vcpu->arch.state.cr3;
	case 4:
		return vcpu->arch.state.cr4;
	default:
		return axvm_x86_apic_get_cr8(vcpu);
	}
}

enum axvm_next axvm_x86_handle_mov_to_cr(struct axvm_vcpu *vcpu, unsigned int cr, unsigned int r)
{
	u64 value = axvm_x86_r(vcpu, r);

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_CR);
	if (!axvm_x86_in_64bit(vcpu))
		value = (u32)value;
	if (!set_cr(vcpu, cr, value))
		return axvm_x86_gp(vcpu);
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

enum axvm_next axvm_x86_handle_mov_from_cr(struct axvm_vcpu *vcpu, unsigned int cr, unsigned int r)
{
	u64 value = get_cr(vcpu, cr);

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_CR);
	axvm_x86_set_r(vcpu, r, axvm_x86_in_64bit(vcpu) ? value : (u32)value);
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

enum axvm_next axvm_x86_handle_clts(struct axvm_vcpu *vcpu)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_CR);
	axvm_x86_need(vcpu, AXVM_X86_CR0_PART);
	axvm_x86_set_cr0(vcpu, vcpu->arch.state.cr0 & ~X86_CR0_TS);
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

/* PE can be set by it, not cleared. */
enum axvm_next axvm_x86_handle_lmsw(struct axvm_vcpu *vcpu, u16 source)
{
	u64 cr0;

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_CR);
	axvm_x86_need(vcpu, AXVM_X86_CR0_PART);
	cr0 = vcpu->arch.state.cr0;
	cr0 = (cr0 & ~(u64)(X86_CR0_MP | X86_CR0_EM | X86_CR0_TS)) | (source & 0xf);
	if (!axvm_x86_set_cr0(vcpu, cr0))
		return axvm_x86_gp(vcpu);
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

enum axvm_next axvm_x86_handle_xsetbv(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_CR4_PART);
	if (!(vcpu->arch.state.cr4 & X86_CR4_OSXSAVE))
		return axvm_x86_ud(vcpu);
	if (axvm_x86_cpl(vcpu) || (u32)axvm_x86_r(vcpu, 1) ||
	    !axvm_x86_set_xcr0(vcpu, axvm_x86_edx_eax(vcpu)))
		return axvm_x86_gp(vcpu);
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

/* ---- debug registers ---- */

#define DR6_FIXED	0xffff0ff0ULL
#define DR6_WRITABLE	0xe00fULL
#define DR7_FIXED	0x400ULL
#define DR7_WRITABLE	0xffff2bffULL
#define DR7_GD		BIT(13)
#define DR6_BD		BIT(13)

static enum axvm_next debug_fault(struct axvm_vcpu *vcpu, u64 dr6)
{
	vcpu->arch.state.dr6 = (vcpu->arch.state.dr6 & ~0xfULL) | dr6;
	vcpu->arch.state.dr7 &= ~(u64)DR7_GD;
	axvm_x86_changed(vcpu, AXVM_X86_DR_PART);
	return axvm_x86_exception(vcpu, X86_TRAP_DB);
}

static bool set_dr(struct axvm_vcpu *vcpu, unsigned int dr, u64 value)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	if (dr < 4) {
		state->dr[dr] = value;
	} else {
		if (value >> 32)
			return false;
		if (dr == 6)
			state->dr6 = (value & DR6_WRITABLE) | DR6_FIXED;
		else
			state->dr7 = (value & DR7_WRITABLE) | DR7_FIXED;
	}
	axvm_x86_changed(vcpu, AXVM_X86_DR_PART);
	return true;
}

static u64 get_dr(const struct axvm_vcpu *vcpu, unsigned int dr)
{
	if (dr < 4)
		return vcpu->arch.state.dr[dr];
	return dr == 6 ? vcpu->arch.state.dr6 : vcpu->arch.state.dr7;
}

enum axvm_next axvm_x86_handle_mov_dr(struct axvm_vcpu *vcpu, unsigned int dr, unsigned int r,
				      bool write)
{
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_DR);
	axvm_x86_need(vcpu, AXVM_X86_DR_PART | AXVM_X86_CR4_PART);
	/* DR4 and DR5 are other names of DR6 and DR7, unless CR4.DE is set. */
	if (dr == 4 || dr == 5) {
		if (vcpu->arch.state.cr4 & X86_CR4_DE)
			return axvm_x86_ud(vcpu);
		dr += 2;
	}
	if (dr > 7)
		return axvm_x86_ud(vcpu);
	if (axvm_x86_cpl(vcpu))
		return axvm_x86_gp(vcpu);
	if (vcpu->arch.state.dr7 & DR7_GD)
		return debug_fault(vcpu, DR6_BD);
	if (write) {
		u64 value = axvm_x86_r(vcpu, r);

		if (!set_dr(vcpu, dr, axvm_x86_in_64bit(vcpu) ? value : (u32)value))
			return axvm_x86_gp(vcpu);
	} else {
		axvm_x86_set_r(vcpu, r, get_dr(vcpu, dr));
	}
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}
