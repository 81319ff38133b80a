// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's extended state: x87, SSE, AVX and whatever else XSAVE knows
 *
 * It is swapped with the thread's for the time of a RUN, and not when it is first used: a
 * guest that finds another's values in the registers, if only in passing, can
 * learn them by speculation. While it is there, the scheduler saves and restores it as it
 * does any thread's. XCR0, IA32_XSS and PKRU are not among what it knows: they are changed
 * around entries, with interrupts off.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/pkru.h>

#include "axvm_x86_arch.h"

/* Places in the XSAVE area, in 64-bit words. */
#define MXCSR_WORD	3
#define HEADER_WORD	64
#define HEADER_WORDS	8

#define MXCSR_ALLOWED	0xffffU

int axvm_x86_fpu_init(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;

	if (!fpu_alloc_guest_fpstate(&arch->fpu))
		return -ENOMEM;
	arch->xsave = kvzalloc(axvm_x86_machine.xsave_size, GFP_KERNEL_ACCOUNT);
	if (arch->xsave)
		return 0;
	fpu_free_guest_fpstate(&arch->fpu);
	return -ENOMEM;
}

void axvm_x86_fpu_destroy(struct axvm_vcpu *vcpu)
{
	kvfree(vcpu->arch.xsave);
	fpu_free_guest_fpstate(&vcpu->arch.fpu);
}

static bool uses_pkru(const struct axvm_vcpu *vcpu)
{
	return cpu_feature_enabled(X86_FEATURE_PKU) &&
	       ((vcpu->arch.state.cr4 & X86_CR4_PKE) ||
		(vcpu->arch.state.xcr0 & XFEATURE_MASK_PKRU));
}

/*
 * Without OSXSAVE the guest has no instruction that XCR0 matters to. With it, also when the
 * two are the same: see axvm_x86_fpu_swap_out().
 */
void axvm_x86_fpu_update(struct axvm_vcpu *vcpu)
{
	vcpu->arch.xcr_swap = (vcpu->arch.state.cr4 & X86_CR4_OSXSAVE) || uses_pkru(vcpu);
}

void axvm_x86_fpu_swap_in(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_machine *machine = &axvm_x86_machine;
	struct axvm_arch_vcpu *arch = &vcpu->arch;

	if (arch->state.xcr0 != machine->host_xcr0)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, arch->state.xcr0);
	if (arch->state.xss != machine->host_xss)
		wrmsrl(MSR_IA32_XSS, arch->state.xss);
	if (uses_pkru(vcpu)) {
		arch->host_pkru = rdpkru();
		if (arch->pkru != arch->host_pkru)
			wrpkru(arch->pkru);
	}
	arch->xcr_swapped = true;
}

/*
 * In the reverse order, by what is in the registers: the guest may have changed all. Its
 * XSETBV exits on a processor; in QEMU, with SVM, it does not.
 */
void axvm_x86_fpu_swap_out(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_machine *machine = &axvm_x86_machine;
	struct axvm_arch_vcpu *arch = &vcpu->arch;

	if (uses_pkru(vcpu)) {
		arch->pkru = rdpkru();
		if (arch->pkru != arch->host_pkru)
			wrpkru(arch->host_pkru);
	}
	if (arch->state.xss != machine->host_xss)
		wrmsrl(MSR_IA32_XSS, machine->host_xss);
	if (machine->host_xcr0)
		arch->state.xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	if (arch->state.xcr0 != machine->host_xcr0)
		xsetbv(XCR_XFEATURE_ENABLED_MASK, machine->host_xcr0);
	arch->xcr_swapped = false;
}

/* ---- the XSAVE area as registers ---- */

static bool has_xsave(void)
{
	return axvm_x86_machine.host_xcr0;
}

/* What the guest can have anything in, with XSAVE or without. */
static u64 components(const struct axvm_vcpu *vcpu)
{
	return vcpu->vm->arch.guest.xcr0 | XFEATURE_MASK_FPSSE;
}

static void read_area(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;

	if (arch->xsave_valid)
		return;
	fpu_copy_guest_fpstate_to_uabi(&arch->fpu, arch->xsave, axvm_x86_machine.xsave_size,
				       arch->fpu.fpstate->user_xfeatures, arch->pkru);
	/* The host's processors may have more, in its initial state. */
	if (has_xsave())
		arch->xsave[HEADER_WORD] &= components(vcpu);
	arch->xsave_valid = true;
}

/* It was checked word by word; should the kernel still refuse it, nothing is changed. */
static void write_area(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;

	fpu_copy_uabi_to_guest_fpstate(&arch->fpu, arch->xsave, axvm_x86_machine.host_xcr0,
				       &arch->pkru);
	arch->xsave_changed = false;
}

void axvm_x86_fpu_begin(struct axvm_vcpu *vcpu)
{
	if (unlikely(vcpu->arch.xsave_changed))
		write_area(vcpu);
	vcpu->arch.xsave_valid = false;
	fpu_swap_kvm_fpstate(&vcpu->arch.fpu, true);
}

void axvm_x86_fpu_end(struct axvm_vcpu *vcpu)
{
	fpu_swap_kvm_fpstate(&vcpu->arch.fpu, false);
}

static unsigned int words(void)
{
	return axvm_x86_machine.xsave_size / sizeof(u64);
}

int axvm_x86_xsave_get(struct axvm_vcpu *vcpu, u32 index, u64 *value)
{
	if (index >= words())
		return -ENOENT;
	read_area(vcpu);
	*value = vcpu->arch.xsave[index];
	return 0;
}

/* Of the header, only which components are there: it is not compacted. */
int axvm_x86_xsave_check(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	if (index >= words())
		return -ENOENT;
	if (index == MXCSR_WORD && ((u32)value & ~MXCSR_ALLOWED))
		return -EINVAL;
	if (has_xsave() && index == HEADER_WORD)
		return value & ~components(vcpu) ? -EINVAL : 0;
	if (has_xsave() && index > HEADER_WORD && index < HEADER_WORD + HEADER_WORDS)
		return value ? -EINVAL : 0;
	return 0;
}

void axvm_x86_xsave_set(struct axvm_vcpu *vcpu, u32 index, u64 value)
{
	read_area(vcpu);
	vcpu->arch.xsave[index] = value;
	vcpu->arch.xsave_changed = true;
}

void axvm_x86_xsave_list(struct axvm_vcpu *vcpu, struct axvm_reg_sink *sink)
{
	unsigned int i;

	for (i = 0; i < words(); i++)
		axvm_reg_sink_add(sink, AXVM_X86_XSAVE(i));
}

/* ---- vector registers, for the emulator ---- */

/*
 * The area is written out and looked into: that is slow, and rare: vector moves to device
 * memory. It is the thread's own state now, in whatever format the kernel keeps it.
 */
static u8 *vector_in_area(struct axvm_vcpu *vcpu, unsigned int n, unsigned int part)
{
	/* Bytes 15:0 are the legacy area's, 31:16 component 2, 63:32 component 6; 16 to 31 in 7. */
	u8 *area = (u8 *)vcpu->arch.xsave;
	u32 size, offset, ecx, edx;

	if (n >= 16) {
		cpuid_count(0xd, 7, &size, &offset, &ecx, &edx);
		return area + offset + 64 * (n - 16) + 16 * part;
	}
	if (part == 0)
		return area + 160 + 16 * n;
	cpuid_count(0xd, part == 1 ? 2 : 6, &size, &offset, &ecx, &edx);
	return part == 1 ? area + offset + 16 * n : area + offset + 32 * n + 16 * (part - 2);
}

static unsigned int parts_of(const struct axvm_vcpu *vcpu, unsigned int n)
{
	u64 xcr0 = axvm_x86_machine.host_xcr0;

	if (n >= 16 || (xcr0 & XFEATURE_MASK_ZMM_Hi256))
		return 4;
	return xcr0 & XFEATURE_MASK_YMM ? 2 : 1;
}

static void begin_vector(struct axvm_vcpu *vcpu)
{
	fpu_swap_kvm_fpstate(&vcpu->arch.fpu, false);
	vcpu->arch.xsave_valid = false;
	read_area(vcpu);
}

static void end_vector(struct axvm_vcpu *vcpu, bool changed)
{
	if (changed) {
		vcpu->arch.xsave[HEADER_WORD] |= vcpu->arch.state.xcr0 & axvm_x86_machine.host_xcr0;
		write_area(vcpu);
	}
	vcpu->arch.xsave_valid = false;
	fpu_swap_kvm_fpstate(&vcpu->arch.fpu, true);
}

void axvm_x86_read_vector(struct axvm_vcpu *vcpu, unsigned int n, void *to, unsigned int bytes)
{
	unsigned int done, part = 0;

	begin_vector(vcpu);
	for (done = 0; done < bytes; done += 16, part++)
		memcpy(to + done, vector_in_area(vcpu, n, part), min(bytes - done, 16U));
	end_vector(vcpu, false);
}

void axvm_x86_write_vector(struct axvm_vcpu *vcpu, unsigned int n, const void *from,
			   unsigned int bytes, bool clear)
{
	unsigned int done, part = 0;

	begin_vector(vcpu);
	for (done = 0; done < bytes; done += 16, part++)
		memcpy(vector_in_area(vcpu, n, part), from + done, min(bytes - done, 16U));
	for (; clear && part < parts_of(vcpu, n); part++)
		memset(vector_in_area(vcpu, n, part), 0, 16);
	end_vector(vcpu, true);
}
