// SPDX-License-Identifier: GPL-2.0
/*
 * x86: where a vCPU begins: in 64-bit mode, with the tables that are beside the code
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>

#include "driver.h"
#include "guest.h"
#include "layout.h"
#include "tables.h"

#define CR0		0x80050033	/* PG, AM, WP, NE, ET, MP, PE */
#define CR4		0x20		/* PAE */
#define EFER		0x500		/* LMA, LME */
#define RFLAGS		2
#define MSR_EFER	0xc0000080

#define CODE_64		0xa09b		/* G, L, present, code */
#define DATA		0xc093		/* G, B, present, data */
#define TSS		0x8b		/* present, busy */
#define UNUSABLE	0x10000
#define LIMIT		0xffffffff
#define TSS_LIMIT	0x67

#define TABLES		(GUEST_CODE + GUEST_TABLES)
#define GDT		(GUEST_CODE + GUEST_GDT)
#define GDT_LIMIT	(guest_gdt_end - guest_begin - GUEST_GDT - 1)
#define IDT		(GUEST_CODE + GUEST_IDT)
#define IDT_LIMIT	(guest_idt_end - guest_begin - GUEST_IDT - 1)

#define SEGMENT_REGS	4

static void set_segment(struct axvm_reg *reg, u32 n, u64 selector, u64 limit, u64 attributes)
{
	reg[0] = (struct axvm_reg){ AXVM_X86_SELECTOR(n), selector };
	reg[1] = (struct axvm_reg){ AXVM_X86_BASE(n), 0 };
	reg[2] = (struct axvm_reg){ AXVM_X86_LIMIT(n), limit };
	reg[3] = (struct axvm_reg){ AXVM_X86_ATTRIBUTES(n), attributes };
}

static int set_segments(int vcpu)
{
	struct axvm_reg regs[AXVM_X86_SEGMENTS * SEGMENT_REGS];
	u32 n;

	for (n = AXVM_X86_ES; n <= AXVM_X86_GS; n++)
		set_segment(&regs[n * SEGMENT_REGS], n, GUEST_DS, LIMIT, DATA);
	set_segment(&regs[AXVM_X86_CS * SEGMENT_REGS], AXVM_X86_CS, GUEST_CS, LIMIT, CODE_64);
	set_segment(&regs[AXVM_X86_LDTR * SEGMENT_REGS], AXVM_X86_LDTR, 0, 0, UNUSABLE);
	set_segment(&regs[AXVM_X86_TR * SEGMENT_REGS], AXVM_X86_TR, 0, TSS_LIMIT, TSS);
	return axvm_set_regs(vcpu, regs, ARRAY_SIZE(regs), NULL);
}

int arch_start_axvm(int vcpu, const struct start *start)
{
	const struct axvm_reg regs[] = {
		{ AXVM_X86_CR(0), CR0 },
		{ AXVM_X86_CR(3), TABLES },
		{ AXVM_X86_CR(4), CR4 },
		{ AXVM_X86_MSR(MSR_EFER), EFER },
		{ AXVM_X86_GDTR_BASE, GDT },
		{ AXVM_X86_GDTR_LIMIT, GDT_LIMIT },
		{ AXVM_X86_IDTR_BASE, IDT },
		{ AXVM_X86_IDTR_LIMIT, IDT_LIMIT },
		{ AXVM_X86_RIP, start->pc },
		{ AXVM_X86_RFLAGS, RFLAGS },
		{ AXVM_X86_RDI, start->args[0] },
		{ AXVM_X86_RSI, start->args[1] },
		{ AXVM_X86_RDX, start->args[2] },
	};
	int ret = set_segments(vcpu);

	return ret ?: axvm_set_regs(vcpu, regs, ARRAY_SIZE(regs), NULL);
}

static struct kvm_segment segment(u32 selector, u32 limit, u32 attributes)
{
	return (struct kvm_segment){
		.selector = selector,
		.limit = limit,
		.type = attributes & 15,
		.s = attributes >> 4 & 1,
		.present = attributes >> 7 & 1,
		.l = attributes >> 13 & 1,
		.db = attributes >> 14 & 1,
		.g = attributes >> 15 & 1,
		.unusable = attributes >> 16 & 1,
	};
}

static void fill_sregs(struct kvm_sregs *sregs)
{
	struct kvm_segment data = segment(GUEST_DS, LIMIT, DATA);

	sregs->cr0 = CR0;
	sregs->cr3 = TABLES;
	sregs->cr4 = CR4;
	sregs->efer = EFER;
	sregs->cs = segment(GUEST_CS, LIMIT, CODE_64);
	sregs->ss = data;
	sregs->ds = data;
	sregs->es = data;
	sregs->fs = data;
	sregs->gs = data;
	sregs->ldt = segment(0, 0, UNUSABLE);
	sregs->tr = segment(0, TSS_LIMIT, TSS);
	sregs->gdt = (struct kvm_dtable){ .base = GDT, .limit = GDT_LIMIT };
	sregs->idt = (struct kvm_dtable){ .base = IDT, .limit = IDT_LIMIT };
}

int arch_start_kvm(int vcpu, const struct start *start)
{
	struct kvm_regs regs = {
		.rip = start->pc,
		.rflags = RFLAGS,
		.rdi = start->args[0],
		.rsi = start->args[1],
		.rdx = start->args[2],
	};
	struct kvm_sregs sregs;

	/* For where the APIC is. */
	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		return -errno;
	fill_sregs(&sregs);
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		return -errno;
	return 0;
}
