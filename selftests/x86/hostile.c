// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that does anything: the host goes on, and another VM does not notice
 */
#include "arch.h"
#include "insn.h"
#include "paging.h"
#include "random.h"
#include "test.h"
#include "vcpu.h"
#include "wild.h"

#define SECONDS		50
#define RUNS		800
#define CODE_GPA	0x1000000ULL

FIXTURE(hostile) {
	struct wild wild;
};

FIXTURE_VARIANT(hostile) {
	__u64 exits;
};

FIXTURE_VARIANT_ADD(hostile, handled) {
	.exits = 0,
};

FIXTURE_VARIANT_ADD(hostile, passed_on) {
	.exits = AXVM_EXITS_ALL & ~AXVM_EXITS_INTERRUPT,
};

FIXTURE_SETUP(hostile)
{
	watch_set(SECONDS);
	wild_begin(&self->wild, 0, variant->exits, CODE_GPA);
}

FIXTURE_TEARDOWN(hostile)
{
}

static const __u64 interesting[] = {
	CODE_GPA, CODE_GPA + 0x100, RAM_GPA, MMIO_GPA, UCALL_GPA, 0, ~0ULL, PAGING_GVA, 0xfee00000,
	1ULL << 38, 1ULL << 47, 1ULL << 63, 0x80000000, 0xc0000080, 1, 8,
};

static __u64 wild_value(void)
{
	return random_u64() & 1 ? interesting[random_u64() % ARRAY_SIZE(interesting)] :
	       random_u64();
}

/* What can be set is set; values that the registers do not take are no use here. */
static void try_reg(struct vcpu *vcpu, __u64 id, __u64 value)
{
	axvm_set_reg(vcpu->ax.fd, id, value);
}

/* The library's state, with some of it wrong. */
static void wild_state(struct vcpu *vcpu, unsigned int spoilt)
{
	static const __u64 ids[] = {
		AXVM_X86_CR(0), AXVM_X86_CR(2), AXVM_X86_CR(3), AXVM_X86_CR(4), AXVM_X86_CR(8),
		AXVM_X86_MSR(MSR_EFER), AXVM_X86_RFLAGS, AXVM_X86_GDTR_BASE, AXVM_X86_GDTR_LIMIT,
		AXVM_X86_IDTR_BASE, AXVM_X86_IDTR_LIMIT, AXVM_X86_DR(0), AXVM_X86_DR(6),
		AXVM_X86_DR(7), AXVM_X86_SHADOW, AXVM_X86_NMI, AXVM_X86_XCR0,
		AXVM_X86_MSR(MSR_LSTAR), AXVM_X86_MSR(MSR_STAR), AXVM_X86_MSR(MSR_PAT),
		AXVM_X86_MSR(MSR_APIC_BASE), AXVM_X86_DEBUG_PENDING, AXVM_X86_EVENT,
	};
	unsigned int i;
	__u64 n;

	axvm_set_reg(vcpu->ax.fd, AXVM_X86_EVENT, 0);
	arch_set_entry(vcpu);
	for (i = 0; i < 16; i++)
		vcpu_set_reg(vcpu, AXVM_X86_GPR(i), wild_value());
	vcpu_set_reg(vcpu, AXVM_X86_RIP, CODE_GPA);
	for (i = 0; i < spoilt; i++) {
		n = random_u64() % (ARRAY_SIZE(ids) + AXVM_X86_SEGMENTS);
		if (n < ARRAY_SIZE(ids)) {
			try_reg(vcpu, ids[n], wild_value());
			continue;
		}
		n -= ARRAY_SIZE(ids);
		try_reg(vcpu, AXVM_X86_SELECTOR(n), random_u64() & 0xffff);
		try_reg(vcpu, AXVM_X86_BASE(n), wild_value());
		try_reg(vcpu, AXVM_X86_LIMIT(n), random_u64() & 0xffffffff);
		try_reg(vcpu, AXVM_X86_ATTRIBUTES(n), random_u64() & 0x1f0ff);
	}
}

/* ------------------------------------------------------------------------- */
/* Privileged and odd instructions                                           */
/* ------------------------------------------------------------------------- */

#define I(...)	{ (const __u8[]){ __VA_ARGS__ }, sizeof((const __u8[]){ __VA_ARGS__ }) }

static const struct {
	const __u8 *bytes;
	unsigned int len;
} odd[] = {
	I(0xf4), I(0xfa, 0xf4), I(0xfb, 0xf4),		/* hlt, with interrupts off and on */
	I(0x0f, 0xa2), I(0x0f, 0x30), I(0x0f, 0x32),	/* cpuid, wrmsr, rdmsr */
	I(0x0f, 0x31), I(0x0f, 0x01, 0xf9), I(0x0f, 0x33), /* rdtsc... */
	I(0x0f, 0x01, 0xc1), I(0x0f, 0x01, 0xd9),	/* vmcall, vmmcall */
	I(0x0f, 0x01, 0xc2), I(0x0f, 0x01, 0xc3), I(0x0f, 0x01, 0xc4), /* vmlaunch... */
	I(0x0f, 0x78, 0xc8), I(0x0f, 0x79, 0xc8),	/* vmread, vmwrite */
	I(0xf3, 0x0f, 0xc7, 0x33), I(0x0f, 0xc7, 0x33), I(0x66, 0x0f, 0xc7, 0x33), /* vmxon... */
	I(0x66, 0x0f, 0x38, 0x80, 0x03), I(0x66, 0x0f, 0x38, 0x81, 0x03), /* invept, invvpid */
	I(0x66, 0x0f, 0x38, 0x82, 0x03),		/* invpcid */
	I(0x0f, 0x01, 0xd4),				/* vmfunc */
	I(0x0f, 0x01, 0xd8), I(0x0f, 0x01, 0xda), I(0x0f, 0x01, 0xdb), /* vmrun... */
	I(0x0f, 0x01, 0xdc), I(0x0f, 0x01, 0xdd), I(0x0f, 0x01, 0xde), /* stgi... */
	I(0x0f, 0x01, 0xdf),				/* invlpga */
	I(0x0f, 0x01, 0xc8), I(0x0f, 0x01, 0xc9),	/* monitor, mwait */
	I(0x0f, 0x01, 0xfa), I(0x0f, 0x01, 0xfb),	/* monitorx, mwaitx */
	I(0x0f, 0x01, 0xd0), I(0x0f, 0x01, 0xd1),	/* xgetbv, xsetbv */
	I(0x0f, 0x08), I(0x0f, 0x09), I(0xf3, 0x0f, 0x09), /* invd... */
	I(0x0f, 0x01, 0x3b), I(0x0f, 0x06), I(0x0f, 0xaa), /* invlpg, clts, rsm */
	I(0x0f, 0x01, 0x13), I(0x0f, 0x01, 0x1b),	/* lgdt, lidt */
	I(0x0f, 0x01, 0x03), I(0x0f, 0x01, 0x0b),	/* sgdt, sidt */
	I(0x0f, 0x00, 0xd0), I(0x0f, 0x00, 0xd8),	/* lldt, ltr */
	I(0x0f, 0x00, 0xc0), I(0x0f, 0x00, 0xc8),	/* sldt, str */
	I(0x0f, 0x01, 0xf0), I(0x0f, 0x01, 0xe0),	/* lmsw, smsw */
	I(0x0f, 0x20, 0xc0), I(0x0f, 0x22, 0xc0), I(0x0f, 0x22, 0xd8), /* mov cr */
	I(0x0f, 0x22, 0xe0), I(0x44, 0x0f, 0x22, 0xc0), I(0x0f, 0x22, 0xd0), I(0x0f, 0x22, 0xe8),
	I(0x0f, 0x21, 0xc0), I(0x0f, 0x23, 0xf8), I(0x0f, 0x23, 0xf0), I(0x0f, 0x23, 0xc0), /* dr */
	I(0xec), I(0xed), I(0xee), I(0xef), I(0x6c), I(0x6d), I(0x6e), I(0x6f), /* ports */
	I(0xf3, 0x6c), I(0xf3, 0x6d), I(0xf3, 0x6e), I(0xf3, 0x6f),
	I(0xcc), I(0xcd, 0x80), I(0xcd, 0x02), I(0xf1), I(0x0f, 0x0b), I(0x0f, 0xff), /* int, ud */
	I(0x0f, 0x05), I(0x0f, 0x07), I(0x48, 0x0f, 0x07), I(0x0f, 0x34), I(0x0f, 0x35),
	I(0xcf), I(0x48, 0xcf), I(0xcb), I(0x48, 0xcb),	/* iret, retf */
	I(0xff, 0x2b), I(0xff, 0x1b), I(0x0f, 0xb2, 0x23), /* far jmp, call, lss */
	I(0x8e, 0xd0), I(0x8e, 0xe0), I(0x8e, 0xc8),	/* mov to ss, fs, cs */
	I(0x9d), I(0x9c, 0x80, 0x4c, 0x24, 0x01, 0x01, 0x9d), /* popf, single step */
	I(0x0f, 0x01, 0xf8), I(0xf3, 0x48, 0x0f, 0xae, 0xd8), /* swapgs, wrgsbase */
	I(0x0f, 0xc7, 0xf0), I(0x0f, 0xc7, 0xf8),	/* rdrand, rdseed */
	I(0x0f, 0x01, 0xee), I(0x0f, 0x01, 0xef),	/* rdpkru, wrpkru */
	I(0x0f, 0xae, 0x2b), I(0x0f, 0xae, 0x23),	/* xrstor, xsave */
	I(0x0f, 0xc7, 0x1b), I(0x0f, 0xc7, 0x2b),	/* xrstors, xsaves */
	I(0x0f, 0x01, 0xca), I(0x0f, 0x01, 0xcb),	/* clac, stac */
	I(0x0f, 0x01, 0xfd), I(0x0f, 0x01, 0xfc),	/* rdpru, clzero */
	I(0x0f, 0x01, 0xcf), I(0x0f, 0x01, 0xd7),	/* encls, enclu */
	I(0x0f, 0x37), I(0x0f, 0x01, 0xfe), I(0x0f, 0x01, 0xff), /* getsec... */
	I(0xf3, 0x90), I(0x0f, 0x18, 0x03), I(0x0f, 0x01, 0xe8), /* pause, prefetch, serialize */
	I(0x66, 0x0f, 0x01, 0xc1, 0xf0, 0xf0), I(0xf0, 0x0f, 0x01, 0xd9), /* wrong prefixes */
};

TEST_F_TIMEOUT(hostile, odd_instructions, SECONDS + 10)
{
	struct vcpu *vcpu = self->wild.vcpu;
	unsigned int i;

	for (i = 0; i < 4 * ARRAY_SIZE(odd); i++) {
		memset(self->wild.code, 0xf4, 64);
		memcpy(self->wild.code, odd[i % ARRAY_SIZE(odd)].bytes,
		       odd[i % ARRAY_SIZE(odd)].len);
		/* First from a state as it should be. */
		wild_state(vcpu, i < ARRAY_SIZE(odd) ? 0 : 3);
		if (i < 2 * ARRAY_SIZE(odd))
			vcpu_set_reg(vcpu, AXVM_X86_RBX, RAM_GPA + RAM_LEN - page_size());
		wild_run(&self->wild);
		if (i % 64 == 0)
			wild_check(&self->wild);
	}
	wild_check(&self->wild);
}

TEST_F_TIMEOUT(hostile, random_instructions, SECONDS + 10)
{
	struct vcpu *vcpu = self->wild.vcpu;
	unsigned int i;

	for (i = 0; i < RUNS; i++) {
		if (i % 64 == 0)
			wild_fill_code(&self->wild);
		wild_state(vcpu, random_u64() % 4);
		vcpu_set_reg(vcpu, AXVM_X86_RIP, CODE_GPA + random_u64() % WILD_CODE_LEN);
		wild_run(&self->wild);
		if (i % 256 == 0)
			wild_check(&self->wild);
	}
	wild_check(&self->wild);
}

/* Two bytes of opcode at random, with random operands: most of what is privileged. */
TEST_F_TIMEOUT(hostile, random_opcodes, SECONDS + 10)
{
	struct vcpu *vcpu = self->wild.vcpu;
	unsigned int i, j;
	__u8 *code;

	for (i = 0; i < RUNS; i++) {
		code = (__u8 *)self->wild.code;
		for (j = 0; j < 256; j += 8) {
			*(__u64 *)(code + j) = random_u64();
			code[j] = 0x0f;
			if (random_u64() & 1)
				code[j + 1] = 0x01;
		}
		wild_state(vcpu, random_u64() % 2);
		wild_run(&self->wild);
		if (i % 256 == 0)
			wild_check(&self->wild);
	}
	wild_check(&self->wild);
}

/* Whatever the registers hold that they can: it enters, or it is told why not. */
TEST_F_TIMEOUT(hostile, wild_registers, SECONDS + 10)
{
	struct vcpu *vcpu = self->wild.vcpu;
	unsigned int i;

	memset(self->wild.code, 0xf4, WILD_CODE_LEN);
	for (i = 0; i < RUNS; i++) {
		wild_state(vcpu, 20);
		vcpu_set_reg(vcpu, AXVM_X86_RIP, CODE_GPA);
		wild_run(&self->wild);
		if (i % 256 == 0)
			wild_check(&self->wild);
	}
	wild_check(&self->wild);
}

/* Entries that lead to each other, to nowhere, far out, and with reserved bits. */
static __u64 wild_pte(void)
{
	static const __u64 targets[] = {
		RAM_GPA, RAM_GPA + 0x1000, CODE_GPA, CODE_GPA + 0x1000, MMIO_GPA, 0, 1ULL << 39,
		1ULL << 51, ~0ULL, 0xfee00000,
	};
	__u64 pte = targets[random_u64() % ARRAY_SIZE(targets)] & PTE_ADDR;

	pte |= random_u64() & 0xfff;
	if (random_u64() % 8)
		pte |= PTE_P;
	if (random_u64() % 8 == 0)
		pte ^= random_u64() & ~0ULL << 52;
	return pte;
}

TEST_F_TIMEOUT(hostile, wild_page_tables, SECONDS + 10)
{
	struct vcpu *vcpu = self->wild.vcpu;
	__u64 *tables = vm_hva(vcpu->vm, vm_alloc(vcpu->vm, 2 * page_size()));
	__u64 i, j;

	for (i = 0; i < RUNS; i++) {
		for (j = 0; i % 16 == 0 && j < 2 * page_size() / 8; j++) {
			((__u64 *)self->wild.code)[j] = wild_pte();
			tables[j] = wild_pte();
		}
		wild_state(vcpu, random_u64() % 2);
		try_reg(vcpu, AXVM_X86_RIP, random_u64() >> 17);
		try_reg(vcpu, AXVM_X86_CR(3), random_u64() & 1 ? CODE_GPA :
			random_u64() & 0x7ffffff000);
		wild_run(&self->wild);
	}
	wild_check(&self->wild);
}

TEST_HARNESS_MAIN
