// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID: what the guest sees of the CPU
 *
 * A new VM's table is what the module supports here: the host's own leaves, cut to the
 * features below. A VMM may take features away and change what only describes the
 * machine. The table is sorted; only leaves of known() can be in it, so that it cannot
 * overflow.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include <asm/processor.h>

#include "axvm_x86_arch.h"

#define BASIC_LAST	0x1f
#define PV_FIRST	0x40000000
#define PV_LAST		0x4000000f
#define EXTENDED_FIRST	0x80000000
#define EXTENDED_LAST	0x80000021

enum { EAX, EBX, ECX, EDX };

/* Bits of leaf 4000_0001H, EAX, as the kernel's asm/kvm_para.h has them. */
#define PV_CLOCK	BIT(0)
#define PV_NO_IO_DELAY	BIT(1)
#define PV_CLOCK2	BIT(3)
#define PV_MSI_DEST_ID	BIT(15)
#define PV_CLOCK_STABLE	BIT(24)

/* What a guest may have of one register of a leaf. */
struct mask {
	u32 leaf;
	u32 subleaf;
	u32 reg;
	u32 bits;
};

#define F(bit)	BIT(bit)

static const struct mask masks[] = {
	/* SSE3, PCLMULQDQ, SSSE3, FMA, CX16, PCID, SSE4.1, SSE4.2, MOVBE, POPCNT, AES, XSAVE, AVX,
	 * F16C, RDRAND
	 */
	{ 1, 0, ECX, F(0) | F(1) | F(9) | F(12) | F(13) | F(17) | F(19) | F(20) | F(22) | F(23) |
		     F(25) | F(26) | F(28) | F(29) | F(30) },
	/* FPU, VME, DE, PSE, TSC, MSR, PAE, MCE, CX8, APIC, SEP, MTRR, PGE, MCA, CMOV, PAT, PSE-36,
	 * CLFLUSH, MMX, FXSR, SSE, SSE2, SS
	 */
	{ 1, 0, EDX, F(0) | F(1) | F(2) | F(3) | F(4) | F(5) | F(6) | F(7) | F(8) | F(9) | F(11) |
		     F(12) | F(13) | F(14) | F(15) | F(16) | F(17) | F(19) | F(23) | F(24) | F(25) |
		     F(26) | F(27) },
	/* The APIC timer runs in every sleep state: there is none. */
	{ 6, 0, EAX, F(2) },
	/* FSGSBASE, TSC_ADJUST, BMI1, AVX2, SMEP, BMI2, ERMS, INVPCID, AVX512F, AVX512DQ,
	 * RDSEED, ADX, SMAP, AVX512_IFMA, CLFLUSHOPT, CLWB, AVX512CD, SHA, AVX512BW, AVX512VL
	 */
	{ 7, 0, EBX, F(0) | F(1) | F(3) | F(5) | F(7) | F(8) | F(9) | F(10) | F(16) | F(17) |
		     F(18) | F(19) | F(20) | F(21) | F(23) | F(24) | F(28) | F(29) | F(30) |
		     F(31) },
	/* AVX512_VBMI, UMIP, PKU, AVX512_VBMI2, GFNI, VAES, VPCLMULQDQ, AVX512_VNNI, AVX512_BITALG,
	 * AVX512_VPOPCNTDQ, LA57, RDPID, CLDEMOTE, MOVDIRI
	 */
	{ 7, 0, ECX, F(1) | F(2) | F(3) | F(6) | F(8) | F(9) | F(10) | F(11) | F(12) | F(14) |
		     F(16) | F(22) | F(25) | F(27) },
	/* FSRM, MD_CLEAR, SERIALIZE, IBRS and IBPB, STIBP, ARCH_CAPABILITIES, SSBD */
	{ 7, 0, EDX, F(4) | F(10) | F(14) | F(26) | F(27) | F(29) | F(31) },
	/* AVX_VNNI, AVX512_BF16, FZRM, FSRS, FSRC, AVX_IFMA */
	{ 7, 1, EAX, F(4) | F(5) | F(10) | F(11) | F(12) | F(23) },
	/* XSAVEOPT, XSAVEC, XGETBV with ECX 1, XSAVES */
	{ 0xd, 1, EAX, F(0) | F(1) | F(2) | F(3) },
	/* LAHF, CR8 in legacy mode, ABM, SSE4A, misaligned SSE, PREFETCHW, XOP, FMA4, TBM,
	 * TOPOEXT
	 */
	{ 0x80000001, 0, ECX, F(0) | F(4) | F(5) | F(6) | F(7) | F(8) | F(11) | F(16) | F(21) |
			      F(22) },
	/* Those of leaf 1 that AMD repeats, SYSCALL, NX, MMXEXT, FFXSR, 1 GiB pages, RDTSCP, LM */
	{ 0x80000001, 0, EDX, F(0) | F(1) | F(2) | F(3) | F(4) | F(5) | F(6) | F(7) | F(8) | F(9) |
			      F(11) | F(12) | F(13) | F(14) | F(15) | F(16) | F(17) | F(20) |
			      F(22) | F(23) | F(24) | F(25) | F(26) | F(27) | F(29) },
	/* Invariant TSC */
	{ 0x80000007, 0, EDX, F(8) },
	/* CLZERO, XSAVEERPTR, IBPB, IBRS, STIBP, SSBD */
	{ 0x80000008, 0, EBX, F(0) | F(2) | F(12) | F(14) | F(15) | F(24) },
	/* LFENCE serializes, null selectors clear the base */
	{ 0x80000021, 0, EAX, F(2) | F(6) },
};

/* Leaves that only describe: the host's are as good as the VMM's. */
static bool describes(u32 leaf, unsigned int reg)
{
	switch (leaf) {
	case 0:
	case 2:
	case 4:
	case 0xb:
	case 0x15:
	case 0x16:
	case 0x1f:
	case 0x80000000:
	case 0x80000002 ... 0x80000006:
	case 0x8000001d:
	case 0x8000001e:
		return true;
	case 1:
		return reg == EAX || reg == EBX;
	case 0x80000001:
		return reg == EAX || reg == EBX;
	case 0x80000008:
		return reg == ECX;
	default:
		return leaf >= PV_FIRST && leaf <= PV_LAST;
	}
}

/* How many subleaves a leaf can have; 0: it cannot be in the table. */
static unsigned int subleaves(u32 leaf)
{
	switch (leaf) {
	case 4:
	case 0x1f:
	case 0x8000001d:
		return 8;
	case 7:
		return 2;
	case 0xb:
		return 4;
	case 0xd:
		return 64;
	case 0 ... 3:
	case 5 ... 6:
	case 8 ... 0xa:
	case 0xc:
	case 0xe ... 0x1e:
	case PV_FIRST ... PV_LAST:
	case EXTENDED_FIRST ... 0x8000001c:
	case 0x8000001e ... EXTENDED_LAST:
		return 1;
	default:
		return 0;
	}
}

static u32 mask_of(u32 leaf, u32 subleaf, u32 reg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(masks); i++)
		if (masks[i].leaf == leaf && masks[i].subleaf == subleaf && masks[i].reg == reg)
			return masks[i].bits;
	return 0;
}

/* ---- what is supported here ---- */

/* Extended states that guests may use: all that the thread's can hold, but for AMX. */
static u64 supported_xcr0(void)
{
	return axvm_x86_machine.host_xcr0 &
	       (XFEATURE_MASK_FP | XFEATURE_MASK_SSE | XFEATURE_MASK_YMM | XFEATURE_MASK_OPMASK |
		XFEATURE_MASK_ZMM_Hi256 | XFEATURE_MASK_Hi16_ZMM | XFEATURE_MASK_PKRU);
}

static u32 supported_xsave(u32 subleaf, u32 reg, u32 host)
{
	u64 xcr0 = supported_xcr0();

	if (subleaf == 0)
		return reg == EAX ? (u32)xcr0 : reg == EDX ? xcr0 >> 32 : reg == ECX ? host : 0;
	if (subleaf == 1)
		return reg == EAX ? host & mask_of(0xd, 1, EAX) : 0;
	return xcr0 & BIT_ULL(subleaf) ? host : 0;
}

/* What no hardware has to offer, because the module does it. */
static u32 always(u32 leaf, u32 subleaf, u32 reg)
{
	if (leaf == 1 && reg == ECX)
		return F(21) | F(24) | F(31);	/* x2APIC, TSC deadline, a hypervisor is there */
	if (leaf == 1 && reg == EDX)
		return F(9);			/* APIC */
	if (leaf == 6 && reg == EAX)
		return F(2);			/* ARAT */
	if (leaf == 7 && !subleaf && reg == EBX)
		return F(1);			/* TSC_ADJUST */
	return 0;
}

/* Features whose MSRs or controls this host has not. */
static u32 never(u32 leaf, u32 subleaf, u32 reg)
{
	if (leaf == 7 && !subleaf && reg == EDX && !axvm_x86_machine.has_spec_ctrl)
		return F(26) | F(27) | F(31);
	if (leaf == 0x80000008 && reg == EBX && !axvm_x86_machine.has_spec_ctrl)
		return F(14) | F(15) | F(24);
	if (leaf == 1 && reg == ECX && !axvm_x86_machine.host_xcr0)
		return F(26) | F(28) | F(29) | F(12);
	if (leaf == 0xd && subleaf == 1 && reg == EAX && !axvm_x86_machine.has_xss)
		return F(3);
	return 0;
}

/* Widths: linear addresses as the guest's paging has them, physical ones as the host's. */
static u32 supported_widths(u32 host)
{
	return axvm_x86_machine.physical_bits | (host & 0xff00);
}

static u32 supported_pv(u32 leaf, u32 reg)
{
	static const char signature[13] = "KVMKVMKVM\0\0\0";

	if (leaf == PV_FIRST)
		return reg == EAX ? PV_FIRST + 1 :
		       *(const u32 *)&signature[4 * (reg - EBX)];
	if (leaf == PV_FIRST + 1 && reg == EAX)
		return PV_CLOCK | PV_NO_IO_DELAY | PV_CLOCK2 | PV_MSI_DEST_ID |
		       (check_tsc_unstable() ? 0 : PV_CLOCK_STABLE);
	return 0;
}

static u32 supported(u32 leaf, u32 subleaf, u32 reg, u32 host)
{
	if (leaf >= PV_FIRST && leaf <= PV_LAST)
		return supported_pv(leaf, reg);
	if (leaf == 0 && reg == EAX)
		return min_t(u32, host, BASIC_LAST);
	if (leaf == EXTENDED_FIRST && reg == EAX)
		return min_t(u32, host, EXTENDED_LAST);
	if (leaf == 0xd)
		return supported_xsave(subleaf, reg, host);
	if (leaf == 0x80000008 && reg == EAX)
		return supported_widths(host);
	/* The topology is the VMM's to tell: a single CPU until it does. */
	if (leaf == 1 && reg == EBX)
		return (host & 0xff00) | 1 << 16;
	if (leaf == 0xb || leaf == 0x1f || leaf == 0x8000001e ||
	    (leaf == 0x80000008 && reg == ECX))
		return 0;
	if (leaf == 4 && reg == EAX)
		return host & 0x3fff;
	if (describes(leaf, reg))
		return host;
	return ((host & mask_of(leaf, subleaf, reg)) | always(leaf, subleaf, reg)) &
	       ~never(leaf, subleaf, reg);
}

static void host_cpuid(u32 leaf, u32 subleaf, u32 reg[4])
{
	u32 last = leaf >= EXTENDED_FIRST ? boot_cpu_data.extended_cpuid_level :
					    boot_cpu_data.cpuid_level;

	memset(reg, 0, 4 * sizeof(*reg));
	if ((leaf < PV_FIRST || leaf >= EXTENDED_FIRST) && leaf <= last)
		cpuid_count(leaf, subleaf, &reg[EAX], &reg[EBX], &reg[ECX], &reg[EDX]);
}

static void supported_leaf(u32 leaf, u32 subleaf, u32 reg[4])
{
	unsigned int i;
	u32 host[4];

	host_cpuid(leaf, subleaf, host);
	for (i = 0; i < 4; i++)
		reg[i] = supported(leaf, subleaf, i, host[i]);
}

/* ---- the table ---- */

static bool is_before(const struct axvm_x86_cpuid_entry *entry, u32 leaf, u32 subleaf)
{
	return entry->leaf < leaf || (entry->leaf == leaf && entry->subleaf < subleaf);
}

/* The first entry that is not before this leaf. */
static unsigned int position(const struct axvm_x86_cpuid *cpuid, u32 leaf, u32 subleaf)
{
	unsigned int low = 0, high = cpuid->count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (is_before(&cpuid->entry[middle], leaf, subleaf))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct axvm_x86_cpuid_entry *axvm_x86_cpuid_find(const struct axvm_x86_cpuid *cpuid,
						       u32 leaf, u32 subleaf)
{
	unsigned int at = position(cpuid, leaf, subleaf);
	const struct axvm_x86_cpuid_entry *entry = &cpuid->entry[at];

	if (at == cpuid->count || entry->leaf != leaf || entry->subleaf != subleaf)
		return NULL;
	return entry;
}

static struct axvm_x86_cpuid_entry *insert(struct axvm_x86_cpuid *cpuid, u32 leaf, u32 subleaf)
{
	unsigned int at = position(cpuid, leaf, subleaf);
	struct axvm_x86_cpuid_entry *entry = &cpuid->entry[at];

	if (WARN_ON_ONCE(cpuid->count == AXVM_X86_CPUID_ENTRIES))
		return NULL;
	memmove(entry + 1, entry, (cpuid->count - at) * sizeof(*entry));
	cpuid->count++;
	*entry = (struct axvm_x86_cpuid_entry){ .leaf = leaf, .subleaf = subleaf };
	return entry;
}

static void add_supported(struct axvm_x86_cpuid *cpuid, u32 leaf, u32 subleaf)
{
	struct axvm_x86_cpuid_entry *entry;
	u32 reg[4];

	supported_leaf(leaf, subleaf, reg);
	if (!reg[0] && !reg[1] && !reg[2] && !reg[3])
		return;
	entry = insert(cpuid, leaf, subleaf);
	if (entry)
		memcpy(entry->reg, reg, sizeof(reg));
}

static void add_leaves(struct axvm_x86_cpuid *cpuid, u32 first, u32 last)
{
	u32 leaf, subleaf;

	for (leaf = first; leaf <= last; leaf++)
		for (subleaf = 0; subleaf < subleaves(leaf); subleaf++)
			add_supported(cpuid, leaf, subleaf);
}

void axvm_x86_cpuid_init(struct axvm_vm *vm)
{
	struct axvm_x86_cpuid *cpuid = &vm->arch.cpuid;

	cpuid->count = 0;
	add_leaves(cpuid, 0, BASIC_LAST);
	add_leaves(cpuid, PV_FIRST, PV_LAST);
	add_leaves(cpuid, EXTENDED_FIRST, EXTENDED_LAST);
	axvm_x86_cpuid_fix(vm);
}

/* ---- what follows from it ---- */

struct follows {
	u32 leaf;
	u32 reg;
	u32 bit;
	u64 value;
};

static const struct follows cr4_bits[] = {
	{ 1, EDX, 1, X86_CR4_VME | X86_CR4_PVI },
	{ 1, EDX, 2, X86_CR4_DE },
	{ 1, EDX, 3, X86_CR4_PSE },
	{ 1, EDX, 4, X86_CR4_TSD },
	{ 1, EDX, 6, X86_CR4_PAE },
	{ 1, EDX, 7, X86_CR4_MCE },
	{ 1, EDX, 13, X86_CR4_PGE },
	{ 1, EDX, 24, X86_CR4_OSFXSR },
	{ 1, EDX, 25, X86_CR4_OSXMMEXCPT },
	{ 1, ECX, 17, X86_CR4_PCIDE },
	{ 1, ECX, 26, X86_CR4_OSXSAVE },
	{ 7, EBX, 0, X86_CR4_FSGSBASE },
	{ 7, EBX, 7, X86_CR4_SMEP },
	{ 7, EBX, 20, X86_CR4_SMAP },
	{ 7, ECX, 2, X86_CR4_UMIP },
	{ 7, ECX, 3, X86_CR4_PKE },
	{ 7, ECX, 16, X86_CR4_LA57 },
};

static const struct follows efer_bits[] = {
	{ 0x80000001, EDX, 11, EFER_SCE },
	{ 0x80000001, EDX, 20, EFER_NX },
	{ 0x80000001, EDX, 25, EFER_FFXSR },
	{ 0x80000001, EDX, 29, EFER_LME | EFER_LMA },
};

static u64 sum(const struct axvm_vm *vm, const struct follows *bits, unsigned int count)
{
	unsigned int i;
	u64 value = 0;

	for (i = 0; i < count; i++)
		if (axvm_x86_cpuid_has(vm, bits[i].leaf, 0, bits[i].reg, bits[i].bit))
			value |= bits[i].value;
	return value;
}

static u64 guest_xcr0(const struct axvm_vm *vm)
{
	const struct axvm_x86_cpuid_entry *entry;

	entry = axvm_x86_cpuid_find(&vm->arch.cpuid, 0xd, 0);
	if (!entry || !axvm_x86_cpuid_has(vm, 1, 0, ECX, 26))
		return 0;
	return entry->reg[EAX] | (u64)entry->reg[EDX] << 32;
}

static unsigned int guest_physical_bits(const struct axvm_vm *vm)
{
	const struct axvm_x86_cpuid_entry *entry;

	entry = axvm_x86_cpuid_find(&vm->arch.cpuid, 0x80000008, 0);
	return entry ? clamp_t(u32, entry->reg[EAX] & 0xff, 32, 52) : 36;
}

static bool is_adapted(u32 leaf)
{
	return leaf == 1 || leaf == 7 || leaf == 0xb || leaf == 0xd || leaf == 0x1f ||
	       leaf == 0x8000001e;
}

/* Those that are asked for often are among them; the others are searched for. */
static void index_leaves(struct axvm_x86_cpuid *cpuid)
{
	u32 leaf, number;
	unsigned int i;

	memset(cpuid->quick, 0, sizeof(cpuid->quick));
	for (i = 0; i < cpuid->count; i++) {
		leaf = cpuid->entry[i].leaf;
		number = leaf & 0x3fffffff;
		if (number < AXVM_X86_CPUID_QUICK && subleaves(leaf) == 1 &&
		    (leaf == 1 || !is_adapted(leaf)))
			cpuid->quick[leaf >> 30][number] = i + 1;
	}
}

void axvm_x86_cpuid_fix(struct axvm_vm *vm)
{
	struct axvm_x86_guest_features *guest = &vm->arch.guest;

	index_leaves(&vm->arch.cpuid);
	guest->cr4 = sum(vm, cr4_bits, ARRAY_SIZE(cr4_bits));
	guest->efer = sum(vm, efer_bits, ARRAY_SIZE(efer_bits));
	guest->xcr0 = guest_xcr0(vm);
	guest->xss = 0;
	guest->physical_bits = guest_physical_bits(vm);
	guest->linear_bits = guest->cr4 & X86_CR4_LA57 ? 57 : 48;
	guest->x2apic = axvm_x86_cpuid_has(vm, 1, 0, ECX, 21);
	guest->tsc_deadline = axvm_x86_cpuid_has(vm, 1, 0, ECX, 24);
	guest->clock = axvm_x86_cpuid_has(vm, PV_FIRST + 1, 0, EAX, 3);
	guest->rdtscp = axvm_x86_cpuid_has(vm, 0x80000001, 0, EDX, 27) ||
			axvm_x86_cpuid_has(vm, 7, 0, ECX, 22);
}

/* ---- the instruction ---- */

/* Bytes of the XSAVE area in standard format with these components. */
static u32 xsave_bytes(const struct axvm_vm *vm, u64 xcr0)
{
	const struct axvm_x86_cpuid_entry *entry;
	u32 size = 512 + 64;
	unsigned int i;

	for (i = 2; i < 64; i++) {
		if (!(xcr0 & BIT_ULL(i)))
			continue;
		entry = axvm_x86_cpuid_find(&vm->arch.cpuid, 0xd, i);
		if (entry)
			size = max(size, entry->reg[EAX] + entry->reg[EBX]);
	}
	return size;
}

/* And in compacted format: one after the other, aligned if they say so. */
static u32 xsaves_bytes(const struct axvm_vm *vm, u64 features)
{
	const struct axvm_x86_cpuid_entry *entry;
	u32 size = 512 + 64;
	unsigned int i;

	for (i = 2; i < 64; i++) {
		if (!(features & BIT_ULL(i)))
			continue;
		entry = axvm_x86_cpuid_find(&vm->arch.cpuid, 0xd, i);
		if (!entry)
			continue;
		if (entry->reg[ECX] & BIT(1))
			size = ALIGN(size, 64);
		size += entry->reg[EAX];
	}
	return size;
}

/* What is each vCPU's own. */
static void adapt(struct axvm_vcpu *vcpu, u32 leaf, u32 subleaf, u32 reg[4])
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	switch (leaf) {
	case 7:
		axvm_x86_need(vcpu, AXVM_X86_CR4_PART);
		if (!subleaf && (state->cr4 & X86_CR4_PKE))
			reg[ECX] |= F(4);
		break;
	case 0xb:
	case 0x1f:
		reg[ECX] = (reg[ECX] & ~0xffU) | (subleaf & 0xff);
		reg[EDX] = vcpu->id;
		break;
	case 0xd:
		/* The guest may have set it since the last exit: see axvm_x86_fpu_swap_out(). */
		if (vcpu->arch.xcr_swapped)
			state->xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
		if (subleaf == 0)
			reg[EBX] = xsave_bytes(vcpu->vm, state->xcr0);
		else if (subleaf == 1)
			reg[EBX] = xsaves_bytes(vcpu->vm, state->xcr0 | state->xss);
		break;
	case 0x8000001e:
		reg[EAX] = vcpu->id;
		break;
	}
}

static __always_inline void set_result(struct axvm_vcpu *vcpu, const u32 reg[4])
{
	u64 *r = vcpu->arch.sw.r;

	r[0] = reg[EAX];
	r[3] = reg[EBX];
	r[1] = reg[ECX];
	r[2] = reg[EDX];
}

static noinline enum axvm_next handle_slowly(struct axvm_vcpu *vcpu, u32 leaf)
{
	u32 subleaf = subleaves(leaf) > 1 ? (u32)vcpu->arch.sw.r[1] : 0;
	const struct axvm_x86_cpuid_entry *entry =
		axvm_x86_cpuid_find(&vcpu->vm->arch.cpuid, leaf, subleaf);
	u32 reg[4] = {};

	if (entry)
		memcpy(reg, entry->reg, sizeof(reg));
	if (is_adapted(leaf))
		adapt(vcpu, leaf, subleaf, reg);
	set_result(vcpu, reg);
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

/* By far the most frequent: kernels execute it for nothing but its being serializing. */
static __always_inline void adapt_features(struct axvm_vcpu *vcpu)
{
	u64 *r = vcpu->arch.sw.r;

	axvm_x86_need(vcpu, AXVM_X86_CR4_PART);
	r[3] = (r[3] & 0xffffff) | (u32)vcpu->id << 24;
	if (vcpu->arch.state.cr4 & X86_CR4_OSXSAVE)
		r[1] |= F(27);
}

/* The number is masked, not only compared, so that no speculation leads out of the table. */
enum axvm_next axvm_x86_handle_cpuid(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_cpuid *cpuid = &vcpu->vm->arch.cpuid;
	u32 leaf = vcpu->arch.sw.r[0], number = leaf & 0x3fffffff;
	u8 place = cpuid->quick[leaf >> 30][number & (AXVM_X86_CPUID_QUICK - 1)];

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_CPUID);
	if (unlikely(number >= AXVM_X86_CPUID_QUICK || !place))
		return handle_slowly(vcpu, leaf);
	set_result(vcpu, cpuid->entry[place - 1].reg);
	if (leaf == 1)
		adapt_features(vcpu);
	axvm_x86_skip(vcpu);
	return AXVM_NEXT_ENTER;
}

/* ---- registers of the VM ---- */

/* See AXVM_X86_CPUID(). */
static u32 leaf_of(u32 index)
{
	return (index & 0xf0000000) | ((index >> 12) & 0xfff);
}

static u32 subleaf_of(u32 index)
{
	return (index >> 4) & 0xff;
}

static bool is_known(u32 index)
{
	/* Bits 27:24 are nothing's, and so are 3:2. */
	return !(index & 0x0f00000c) && subleaf_of(index) < subleaves(leaf_of(index));
}

int axvm_x86_cpuid_get_reg(struct axvm_vm *vm, u32 index, u64 *value)
{
	const struct axvm_x86_cpuid_entry *entry;

	if (!is_known(index))
		return -ENOENT;
	entry = axvm_x86_cpuid_find(&vm->arch.cpuid, leaf_of(index), subleaf_of(index));
	*value = entry ? entry->reg[index & 3] : 0;
	return 0;
}

/* Physical addresses no wider than the host's, linear ones as paging has them. */
static bool widths_ok(u32 value, u32 host)
{
	u32 physical = value & 0xff, linear = (value >> 8) & 0xff;

	return physical >= 32 && physical <= (host & 0xff) && (linear == 48 || linear == 57) &&
	       linear <= (host >> 8 & 0xff) && !(value >> 16);
}

static bool value_ok(u32 leaf, u32 subleaf, unsigned int reg, u32 value)
{
	u32 most[4];

	if (describes(leaf, reg))
		return true;
	supported_leaf(leaf, subleaf, most);
	if (leaf == 0x80000008 && reg == EAX)
		return !value || widths_ok(value, most[EAX]);
	if (leaf == 1 && reg == EDX)
		most[EDX] |= F(28);	/* HTT: there are several */
	if (leaf == 0x80000001 && reg == ECX)
		most[ECX] |= F(1);	/* CmpLegacy: AMD's, those of HTT are cores */
	if (leaf == 0xd && (subleaf || reg == EBX || reg == ECX) && !(subleaf == 1 && reg == EAX))
		return !value || value == most[reg];
	return !(value & ~most[reg]);
}

int axvm_x86_cpuid_check_reg(struct axvm_vm *vm, u32 index, u64 value)
{
	u64 now;

	if (!is_known(index))
		return -ENOENT;
	axvm_x86_cpuid_get_reg(vm, index, &now);
	if (vm->has_run && value != now)
		return -EBUSY;
	if (value >> 32 || !value_ok(leaf_of(index), subleaf_of(index), index & 3, value))
		return -EINVAL;
	return 0;
}

void axvm_x86_cpuid_set_reg(struct axvm_vm *vm, u32 index, u64 value)
{
	struct axvm_x86_cpuid *cpuid = &vm->arch.cpuid;
	u32 leaf = leaf_of(index), subleaf = subleaf_of(index);
	struct axvm_x86_cpuid_entry *entry;

	entry = (struct axvm_x86_cpuid_entry *)axvm_x86_cpuid_find(cpuid, leaf, subleaf);
	if (!entry && value)
		entry = insert(cpuid, leaf, subleaf);
	if (!entry || entry->reg[index & 3] == value)
		return;
	entry->reg[index & 3] = value;
	axvm_x86_cpuid_fix(vm);
}

void axvm_x86_cpuid_list_regs(struct axvm_vm *vm, struct axvm_reg_sink *sink)
{
	const struct axvm_x86_cpuid *cpuid = &vm->arch.cpuid;
	unsigned int i, reg;

	for (i = 0; i < cpuid->count; i++)
		for (reg = 0; reg < 4; reg++)
			axvm_reg_sink_add(sink, AXVM_X86_CPUID(cpuid->entry[i].leaf,
							       cpuid->entry[i].subleaf, reg));
}
