// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's page tables, as the module itself walks them
 *
 * MOVS from memory into a device: the processor faults on the device, and the module reads
 * the other operand, through the guest's own tables, of each kind there is.
 */
#include "insn.h"
#include "paging.h"
#include "test.h"
#include "vcpu.h"

#define DEVICE		MMIO_GPA
/* Low enough for every kind of table. */
#define GVA		0x40000000ULL
#define MARK		0x12345678U

INSN(insn_movs32, ".code32; movsl");
INSN(insn_movs64, "movsl");

/**
 * struct kind - A kind of page tables.
 * @name: for messages.
 * @levels: how many.
 * @wide: entries of 8 bytes, not 4.
 * @long_mode: and 64-bit code.
 * @cr4: control bits that select it.
 */
struct kind {
	const char *name;
	unsigned int levels;
	bool wide;
	bool long_mode;
	__u64 cr4;
};

static const struct kind kinds[] = {
	{ "2 levels", 2, false, false, CR4_PSE },
	{ "3 levels", 3, true, false, CR4_PAE },
	{ "4 levels", 4, true, true, CR4_PAE },
	{ "5 levels", 5, true, true, CR4_PAE | CR4_LA57 },
};

FIXTURE(paging) {
	struct vcpu *vcpu;
	__u64 root;
	__u64 page;	/* what GVA is mapped to */
	__u32 *hva;
	__u64 entries[5];	/* addresses of the entries on the way to it, leaf first */
};

FIXTURE_VARIANT(paging) {
	unsigned int kind;
};

FIXTURE_VARIANT_ADD(paging, legacy) {
	.kind = 0,
};

FIXTURE_VARIANT_ADD(paging, pae) {
	.kind = 1,
};

FIXTURE_VARIANT_ADD(paging, four_levels) {
	.kind = 2,
};

FIXTURE_VARIANT_ADD(paging, five_levels) {
	.kind = 3,
};

static __guest void guest_idle(void)
{
	GUEST_SYNC(1);
}

static unsigned int shift_of(const struct kind *kind, unsigned int level)
{
	return 12 + level * (kind->wide ? 9 : 10);
}

static __u64 read_entry(struct vm *vm, const struct kind *kind, __u64 at)
{
	return kind->wide ? *(__u64 *)vm_hva(vm, at) : *(__u32 *)vm_hva(vm, at);
}

static void write_entry(struct vm *vm, const struct kind *kind, __u64 at, __u64 value)
{
	if (kind->wide)
		*(__u64 *)vm_hva(vm, at) = value;
	else
		*(__u32 *)vm_hva(vm, at) = value;
}

/* The entry for @gva at @level, with the tables above it made as needed. */
static __u64 entry_of(struct vm *vm, const struct kind *kind, __u64 root, __u64 gva,
		      unsigned int level)
{
	__u64 table = root, at, entry;
	unsigned int i;

	for (i = kind->levels - 1;; i--) {
		at = table + (gva >> shift_of(kind, i) & (kind->wide ? 511 : 1023)) *
		     (kind->wide ? 8 : 4);
		if (i == level)
			return at;
		entry = read_entry(vm, kind, at);
		if (!(entry & PTE_P)) {
			entry = vm_alloc(vm, 4096) | PTE_P;
			/* The four entries of PAE's root have no rights of their own. */
			if (kind->levels != 3 || i != 2)
				entry |= PTE_W | PTE_U;
			write_entry(vm, kind, at, entry);
		}
		table = entry & PTE_ADDR;
	}
}

static void map_page(struct vm *vm, const struct kind *kind, __u64 root, __u64 gpa, __u64 gva)
{
	write_entry(vm, kind, entry_of(vm, kind, root, gva, 0), gpa | PTE_P | PTE_W | PTE_U);
}

/* Code, the device, and what the guest's handlers want. */
static __u64 make_tables(struct vm *vm, const struct kind *kind)
{
	__u64 root = vm_alloc(vm, 4096), gva, i;

	for (gva = 0x400000; gva < 0x800000; gva += 4096)
		map_page(vm, kind, root, gva, gva);
	map_page(vm, kind, root, DEVICE, DEVICE);
	for (i = 0; i < 64; i++)
		map_page(vm, kind, root, RAM_GPA + i * 4096, RAM_GPA + i * 4096);
	return root;
}

static void set_mode(struct vcpu *vcpu, const struct kind *kind, __u64 root)
{
	const struct axvm_reg regs[] = {
		{ AXVM_X86_CR(3), root },
		{ AXVM_X86_CR(4), kind->cr4 | CR4_OSFXSR },
		{ AXVM_X86_MSR(MSR_EFER), kind->long_mode ? VCPU_EFER : EFER_NXE },
	};

	vcpu_set_regs(vcpu, regs, ARRAY_SIZE(regs));
	vcpu_set_segment(vcpu, AXVM_X86_CS, KERNEL_CS, 0, ~0U,
			 kind->long_mode ? SEG_CODE64 : SEG_CODE32);
}

FIXTURE_SETUP(paging)
{
	const struct kind *kind = &kinds[variant->kind];
	unsigned int i;
	struct vm *vm;

	self->vcpu = vcpu_new(guest_idle);
	vm = self->vcpu->vm;
	if (kind->levels == 5 && !vm_has_cpuid(vm, 7, 0, 2, 16))
		test_skip("guests have no LA57 here");
	vcpu_expect_sync(self->vcpu, 1);
	self->page = vm_alloc(vm, 4096);
	self->hva = vm_hva(vm, self->page);
	self->root = make_tables(vm, kind);
	map_page(vm, kind, self->root, self->page, GVA);
	for (i = 0; i < kind->levels; i++)
		self->entries[i] = entry_of(vm, kind, self->root, GVA, i);
	set_mode(self->vcpu, kind, self->root);
}

FIXTURE_TEARDOWN(paging)
{
	vm_destroy(self->vcpu->vm);
}

static void set_movs(struct vcpu *vcpu, const struct kind *kind, __u64 from, __u64 to)
{
	struct axvm_gprs gprs;

	insn_fill(&gprs, kind->long_mode ? insn_movs64 : insn_movs32);
	gprs.r[GPR_RSI] = from;
	gprs.r[GPR_RDI] = to;
	insn_set(vcpu, &gprs);
}

static void expect_mark(struct vcpu *vcpu, __u32 value)
{
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);

	CHECK_EQ(exit->mmio.addr, DEVICE);
	CHECK_EQ(exit->mmio.width, 4);
	CHECK_EQ(exit->mmio.data, value);
}

TEST_F(paging, small_pages)
{
	const struct kind *kind = &kinds[variant->kind];

	self->hva[0x10] = MARK;
	set_movs(self->vcpu, kind, GVA + 0x40, DEVICE);
	expect_mark(self->vcpu, MARK);
	CHECK(read_entry(self->vcpu->vm, kind, self->entries[0]) & PTE_A);
	CHECK(!(read_entry(self->vcpu->vm, kind, self->entries[0]) & PTE_D));
}

/* From a device into memory: the page is dirty then. */
TEST_F(paging, accessed_and_dirty)
{
	const struct kind *kind = &kinds[variant->kind];
	__u64 leaf;

	set_movs(self->vcpu, kind, DEVICE, GVA + 0x40);
	vcpu_expect(self->vcpu, AXVM_EXIT_MMIO_READ);
	axvm_answer(&self->vcpu->ax, MARK, 0);
	insn_finish(self->vcpu, 0);
	CHECK_EQ(self->hva[0x10], MARK);
	leaf = read_entry(self->vcpu->vm, kind, self->entries[0]);
	CHECK_EQ(leaf & (PTE_A | PTE_D), PTE_A | PTE_D);
}

/* Pages of 4 MiB with two levels, of 2 MiB and of 1 GiB with more. */
TEST_F(paging, large_pages)
{
	const struct kind *kind = &kinds[variant->kind];
	struct vm *vm = self->vcpu->vm;
	unsigned int level, last = kind->long_mode ? 2 : 1;
	__u64 size, base;

	if (last == 2 && !vm_has_cpuid(vm, 0x80000001, 0, 3, 26))
		last = 1;
	for (level = 1; level <= last; level++) {
		size = 1ULL << shift_of(kind, level);
		base = RAM_GPA & ~(size - 1);
		write_entry(vm, kind, self->entries[level], base | PTE_RWX | PTE_PS);
		vcpu_set_reg(self->vcpu, AXVM_X86_CR(3), self->root);
		self->hva[0x10] = MARK + level;
		set_movs(self->vcpu, kind, (GVA & ~(size - 1)) + (self->page - base) + 0x40,
			 DEVICE);
		expect_mark(self->vcpu, MARK + level);
	}
}

/* ------------------------------------------------------------------------- */
/* Faults                                                                    */
/* ------------------------------------------------------------------------- */

/*
 * Without an IDT nothing can be delivered: CR2 tells what was to be. What is mapped by the
 * same entry as the code is not even looked for.
 */
static void check_fault(struct vcpu *vcpu, const struct kind *kind, __u64 from,
			unsigned int level)
{
	__u64 rip;

	set_movs(vcpu, kind, from, DEVICE);
	rip = vcpu->ax.request->gprs.rip;
	vcpu_expect(vcpu, AXVM_EXIT_SYSTEM_DOWN);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_CR(2)),
		 (from ^ rip) >> shift_of(kind, level) ? from : rip);
}

TEST_F(paging, not_present)
{
	const struct kind *kind = &kinds[variant->kind];
	unsigned int level;

	vcpu_set_reg(self->vcpu, AXVM_X86_IDTR_LIMIT, 0);
	for (level = 0; level < kind->levels; level++) {
		/* PAE's root is read when CR3 is loaded. */
		if (kind->levels == 3 && level == 2)
			continue;
		write_entry(self->vcpu->vm, kind, self->entries[level],
			    read_entry(self->vcpu->vm, kind, self->entries[level]) & ~PTE_P);
		vcpu_set_reg(self->vcpu, AXVM_X86_CR(3), self->root);
		check_fault(self->vcpu, kind, GVA + 0x123, level);
		write_entry(self->vcpu->vm, kind, self->entries[level],
			    read_entry(self->vcpu->vm, kind, self->entries[level]) | PTE_P);
		vcpu_set_reg(self->vcpu, AXVM_X86_CR(3), self->root);
	}
}

static __guest __u64 tell_exception(struct guest_frame *frame)
{
	GUEST_SYNC(2, frame->vector, frame->error, read_cr2());
	return 0;
}

static __guest void guest_tells(void)
{
	guest_set_exception_handler(tell_exception);
	GUEST_SYNC(1);
}

/** struct wrong - Something about a leaf, and the error code of a read or write. */
struct wrong {
	__u64 set;
	__u64 clear;
	bool write;
	__u64 error;
};

static const struct wrong wrongs[] = {
	{ 0, PTE_P, false, 0 },
	{ 0, PTE_P, true, PFERR_W },
	{ 0, PTE_W, true, PFERR_P | PFERR_W },
	{ 1ULL << 51, 0, true, PFERR_P | PFERR_W | PFERR_RSVD },
	{ 1ULL << 51, 0, false, PFERR_P | PFERR_RSVD },
};

/* A read faults before the module has a say in it, and QEMU leaves P out. */
static bool emulator_is_wrong(const struct wrong *wrong)
{
	return !wrong->write && (wrong->error & PFERR_RSVD) && is_tcg();
}

/* What the module's walk finds wrong, the guest hears as from its processor. */
TEST(error_codes)
{
	struct vcpu *vcpu;
	unsigned int i;
	__u64 *pte, at;

	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		if (emulator_is_wrong(&wrongs[i]))
			continue;
		vcpu = vcpu_new(guest_tells);
		at = PAGING_GVA + 0x40;
		paging_map(vcpu->vm, PAGING_GVA, vm_alloc(vcpu->vm, page_size()), PTE_RWX);
		pte = vm_hva(vcpu->vm, paging_pte(vcpu->vm, PAGING_GVA));
		vcpu_expect_sync(vcpu, 1);
		*pte = (*pte | wrongs[i].set) & ~wrongs[i].clear;
		vcpu_set_reg(vcpu, AXVM_X86_CR(3), vcpu->vm->tables);
		set_movs(vcpu, &kinds[2], wrongs[i].write ? DEVICE : at,
			 wrongs[i].write ? at : DEVICE);
		vcpu_run(vcpu);
		if (vcpu->ax.exit->reason == AXVM_EXIT_MMIO_READ) {
			axvm_answer(&vcpu->ax, 1, 0);
			vcpu_run(vcpu);
		}
		CHECK_EQ(vcpu->uc.kind, UCALL_SYNC);
		CHECK_EQ(vcpu->uc.args[1], TRAP_PF);
		CHECK_EQ(vcpu->uc.args[2], wrongs[i].error);
		CHECK_EQ(vcpu->uc.args[3], at);
		vm_destroy(vcpu->vm);
	}
}

/* Tables outside memory, met by the module's walk. */
TEST(tables_outside_memory)
{
	struct vcpu *vcpu = vcpu_new(guest_tells);
	__u64 *pte, i;

	vcpu_expect_sync(vcpu, 1);
	paging_map(vcpu->vm, PAGING_GVA, RAM_GPA, PTE_RWX);
	/* The second level's entry leads to where nothing is. */
	pte = vm_hva(vcpu->vm, vcpu->vm->tables);
	for (i = 256; i < 512; i++)
		if (pte[i])
			pte[i] = TEST_GPA | PTE_RWX;
	vcpu_set_reg(vcpu, AXVM_X86_CR(3), vcpu->vm->tables);
	set_movs(vcpu, &kinds[2], PAGING_GVA, DEVICE);
	vcpu_run(vcpu);
	CHECK(vcpu->ax.exit->reason == AXVM_EXIT_MEMORY_FAULT ||
	      vcpu->ax.exit->reason == AXVM_EXIT_UNDECODED);
}

TEST_HARNESS_MAIN
