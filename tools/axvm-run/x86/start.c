// SPDX-License-Identifier: GPL-2.0
/*
 * x86: the vCPUs' registers as a loader leaves them, and what is in memory for that
 */
#include <errno.h>
#include <string.h>

#include "layout.h"
#include "machine.h"
#include "protocol.h"
#include "report.h"

#define CR0_PE		BIT_ULL(0)
#define CR0_ET		BIT_ULL(4)
#define CR0_PG		BIT_ULL(31)
#define CR4_PAE		BIT_ULL(5)
#define EFER_LME	BIT_ULL(8)
#define EFER_LMA	BIT_ULL(10)
#define MSR_EFER	0xc0000080U
#define RFLAGS_ALWAYS	2

#define MSR_APIC_BASE		0x1bU
#define APIC_BASE_FIRST		BIT(8)
#define APIC_BASE_X2APIC	BIT(10)
#define APIC_BASE_ENABLED	BIT(11)
/* 0 to 254: the destination 255 is everybody. */
#define XAPIC_IDS		255

/* Selectors, as Linux's boot protocol wants them. */
#define SELECTOR_CODE	0x10
#define SELECTOR_DATA	0x18
#define SELECTOR_TASK	0x20

/* Attributes as in AXVM_X86_ATTRIBUTES(): present, accessed, limits in pages. */
#define CODE_32		0xc09b
#define CODE_64		0xa09b
#define DATA		0xc093
#define TASK		0x008b
#define UNUSABLE	BIT(16)
#define TASK_LIMIT	0x67

/* Local APIC: software-enabled, the PIC at LINT0, NMIs at LINT1, as a BIOS leaves it. */
#define APIC_SVR	0x0f
#define APIC_LVT_LINT0	0x35
#define APIC_LVT_LINT1	0x36
#define SVR_ENABLED	0x1ff
#define LVT_EXTINT	0x700
#define LVT_NMI		0x400

/* Page-table entries: present, writable; and a leaf. */
#define PTE_TABLE	0x03ULL
#define PTE_PAGE	0x83ULL

#define MAX_REGS	64

/* Registers that are going to be set. */
struct registers {
	struct axvm_reg regs[MAX_REGS];
	unsigned int count;
};

static void set(struct registers *regs, u64 id, u64 value)
{
	regs->regs[regs->count++] = (struct axvm_reg){ id, value };
}

static void set_segment(struct registers *regs, unsigned int segment, u16 selector, u32 limit,
			u32 attributes)
{
	set(regs, AXVM_X86_SELECTOR(segment), selector);
	set(regs, AXVM_X86_BASE(segment), 0);
	set(regs, AXVM_X86_LIMIT(segment), limit);
	set(regs, AXVM_X86_ATTRIBUTES(segment), attributes);
}

/* A descriptor with base 0; @limit is in the unit that @attributes say. */
static u64 descriptor(u32 limit, u64 attributes)
{
	return (limit & 0xffff) | attributes << 40 | (u64)(limit >> 16) << 48;
}

static void put_gdt(struct machine *machine, u32 code)
{
	u64 gdt[] = {
		[SELECTOR_CODE / 8] = descriptor(0xfffff, code),
		[SELECTOR_DATA / 8] = descriptor(0xfffff, DATA),
		[SELECTOR_TASK / 8] = descriptor(TASK_LIMIT, TASK),
		/* In 64-bit mode a task's descriptor takes two. */
		[SELECTOR_TASK / 8 + 1] = 0,
	};

	memcpy(ram_at(&machine->ram, GDT_BASE, sizeof(gdt)), gdt, sizeof(gdt));
}

static void set_segments(struct registers *regs, u32 code)
{
	static const unsigned int data[] = {
		AXVM_X86_DS, AXVM_X86_ES, AXVM_X86_SS, AXVM_X86_FS, AXVM_X86_GS
	};

	set_segment(regs, AXVM_X86_CS, SELECTOR_CODE, ~0U, code);
	for (unsigned int i = 0; i < ARRAY_SIZE(data); i++)
		set_segment(regs, data[i], SELECTOR_DATA, ~0U, DATA);
	set_segment(regs, AXVM_X86_TR, SELECTOR_TASK, TASK_LIMIT, TASK);
	set_segment(regs, AXVM_X86_LDTR, 0, 0, UNUSABLE);
	set(regs, AXVM_X86_GDTR_BASE, GDT_BASE);
	set(regs, AXVM_X86_GDTR_LIMIT, SELECTOR_TASK + 16 - 1);
	set(regs, AXVM_X86_IDTR_BASE, 0);
	set(regs, AXVM_X86_IDTR_LIMIT, 0);
}

/* Of 4 GiB by pages of 2 MiB: every processor has those. */
static void put_page_tables(struct machine *machine)
{
	u64 *tables = ram_at(&machine->ram, PAGE_TABLES_BASE, PAGE_TABLES * 4 * KIB);
	u64 *root = tables, *gib = tables + 512, *pages = tables + 2 * 512;

	memset(tables, 0, PAGE_TABLES * 4 * KIB);
	root[0] = (PAGE_TABLES_BASE + 4 * KIB) | PTE_TABLE;
	for (unsigned int i = 0; i < PAGE_TABLES - 2; i++)
		gib[i] = (PAGE_TABLES_BASE + (2 + i) * 4 * KIB) | PTE_TABLE;
	for (unsigned int i = 0; i < (PAGE_TABLES - 2) * 512; i++)
		pages[i] = i * 2 * MIB | PTE_PAGE;
}

static void set_mode(struct registers *regs, bool is_long)
{
	if (is_long) {
		set(regs, AXVM_X86_CR(0), CR0_PG | CR0_ET | CR0_PE);
		set(regs, AXVM_X86_CR(3), PAGE_TABLES_BASE);
		set(regs, AXVM_X86_CR(4), CR4_PAE);
		set(regs, AXVM_X86_MSR(MSR_EFER), EFER_LMA | EFER_LME);
	} else {
		set(regs, AXVM_X86_CR(0), CR0_ET | CR0_PE);
	}
}

static void set_apic(struct registers *regs)
{
	set(regs, AXVM_X86_APIC(APIC_SVR), SVR_ENABLED);
	set(regs, AXVM_X86_APIC(APIC_LVT_LINT0), LVT_EXTINT);
	set(regs, AXVM_X86_APIC(APIC_LVT_LINT1), LVT_NMI);
}

static void set_general(struct registers *regs, const struct start *start)
{
	set(regs, AXVM_X86_RAX, start->rax);
	set(regs, AXVM_X86_RBX, start->rbx);
	set(regs, AXVM_X86_RSI, start->rsi);
	/* Elsewhere there is the processor's signature after a reset. */
	set(regs, AXVM_X86_RDX, 0);
	set(regs, AXVM_X86_RIP, start->rip);
	set(regs, AXVM_X86_RFLAGS, RFLAGS_ALWAYS);
}

static void put_bda(struct machine *machine)
{
	u16 kib = LOW_MEMORY_END / KIB;

	memcpy(ram_at(&machine->ram, BDA_BASE_MEMORY, sizeof(kib)), &kib, sizeof(kib));
}

/*
 * A guest that is started in xAPIC mode ignores CPUs whose ids that mode has not. Then firmware
 * hands all over in x2APIC mode, and so is it here. An INIT leaves it as it is.
 */
static int set_apic_modes(struct machine *machine)
{
	if (machine->nr_vcpus <= XAPIC_IDS)
		return 0;
	for (unsigned int id = 0; id < machine->nr_vcpus; id++) {
		int ret = axvm_set_reg(machine->vcpus[id].axvm.fd, AXVM_X86_MSR(MSR_APIC_BASE),
				       LOCAL_APIC_BASE | APIC_BASE_ENABLED | APIC_BASE_X2APIC |
				       (id ? 0 : APIC_BASE_FIRST));

		if (ret)
			return fail("cannot have vCPU %u in x2APIC mode: %s", id, strerror(-ret));
	}
	return 0;
}

static int set_first_vcpu(struct machine *machine, const struct start *start)
{
	bool is_long = start->mode == START_LONG;
	u32 code = is_long ? CODE_64 : CODE_32;
	struct registers regs = { };
	u32 failed = 0;
	int ret;

	put_gdt(machine, code);
	if (is_long)
		put_page_tables(machine);
	set_segments(&regs, code);
	set_mode(&regs, is_long);
	set_apic(&regs);
	set_general(&regs, start);

	ret = axvm_set_regs(machine->vcpus[0].axvm.fd, regs.regs, regs.count, &failed);
	if (ret)
		return fail("cannot set the first vCPU's registers: %s (register %#llx)",
			    strerror(-ret), failed < regs.count ? regs.regs[failed].id : 0);
	return 0;
}

int start_apply(struct machine *machine, const struct start *start)
{
	if (start->mode == START_RESET)
		return 0;
	put_bda(machine);
	if (set_apic_modes(machine))
		return -1;
	return set_first_vcpu(machine, start);
}
