// SPDX-License-Identifier: GPL-2.0
/*
 * MMIO: accesses across pages, to read-only memory, that the VMM refuses or has to take
 * apart, and those of 32-bit code
 */
#include <sys/mman.h>

#include "insn.h"
#include "paging.h"
#include "test.h"
#include "vcpu.h"

#define DEVICE		(MMIO_GPA + 0x1000)

#define F(n, text)	INSN(insn_##n, text)

F(mov_r32, "movl (%rbx), %r12d");
F(mov_r64, "movq (%rbx), %r15");
F(mov_m32, "movl %ecx, (%rbx)");
F(mov_m64, "movq %r13, (%rbx)");
F(add_m64_r, "addq %rdx, (%rbx)");
F(movsb, "movsb");
F(movsq, "movsq");
F(rep_movsb, "rep movsb");

FIXTURE(mmio) {
	struct vcpu *vcpu;
};

static __guest void guest_idle(void)
{
	GUEST_SYNC(1);
}

FIXTURE_SETUP(mmio)
{
	self->vcpu = vcpu_new(guest_idle);
	vcpu_expect_sync(self->vcpu, 1);
}

FIXTURE_TEARDOWN(mmio)
{
	vm_destroy(self->vcpu->vm);
}

static bool is_end(const struct axvm_run_exit *exit)
{
	return exit->reason == AXVM_EXIT_PORT_WRITE && exit->port.port == INSN_PORT;
}

/* ------------------------------------------------------------------------- */
/* Half memory, half device; half one page, half another                     */
/* ------------------------------------------------------------------------- */

/* The device's page and the one after it. */
TEST_F(mmio, page_crossing)
{
	struct vcpu *vcpu = self->vcpu;
	const struct axvm_run_exit *exit;
	struct axvm_gprs gprs;

	insn_fill(&gprs, insn_mov_r64);
	gprs.r[GPR_RBX] = DEVICE + page_size() - 3;
	insn_set(vcpu, &gprs);
	exit = vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	CHECK_EQ(exit->mmio.addr, DEVICE + page_size() - 3);
	CHECK_LE(exit->mmio.width, 3);
	/* As many accesses as it takes: each byte is its place's number. */
	while (exit->reason == AXVM_EXIT_MMIO_READ) {
		axvm_answer(&vcpu->ax, 0x0807060504030201 +
			    0x0101010101010101 * (exit->mmio.addr - gprs.r[GPR_RBX]), 0);
		axvm_request(&vcpu->ax, AXVM_RUN_GET_GPRS);
		exit = vcpu_run(vcpu);
	}
	CHECK(is_end(exit));
	CHECK_EQ(exit->gprs.r[GPR_R15], 0x0807060504030201);
}

static void store_half(struct vcpu *vcpu, const __u8 *hva)
{
	const struct axvm_run_exit *exit;
	struct axvm_gprs gprs;
	__u64 data = 0;

	insn_fill(&gprs, insn_mov_m64);
	gprs.r[GPR_RBX] = TEST_GPA + page_size() - 4;
	insn_set(vcpu, &gprs);
	exit = vcpu_run(vcpu);
	while (exit->reason == AXVM_EXIT_MMIO_WRITE) {
		CHECK_GE(exit->mmio.addr, TEST_GPA + page_size());
		memcpy((__u8 *)&data + (exit->mmio.addr - TEST_GPA - page_size()), &exit->mmio.data,
		       exit->mmio.width);
		exit = vcpu_run(vcpu);
	}
	CHECK(is_end(exit));
	CHECK_EQ(*(__u32 *)(hva + page_size() - 4), (__u32)gprs.r[GPR_R13]);
	CHECK_EQ(data, gprs.r[GPR_R13] >> 32);
}

static void load_half(struct vcpu *vcpu)
{
	const struct axvm_run_exit *exit;
	struct axvm_gprs gprs;

	insn_fill(&gprs, insn_mov_r64);
	gprs.r[GPR_RBX] = TEST_GPA + page_size() - 4;
	insn_set(vcpu, &gprs);
	exit = vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	CHECK_EQ(exit->mmio.addr, TEST_GPA + page_size());
	CHECK_EQ(exit->mmio.width, 4);
	axvm_answer(&vcpu->ax, 0xa1a2a3a4, 0);
	axvm_request(&vcpu->ax, AXVM_RUN_GET_GPRS);
	exit = vcpu_run(vcpu);
	CHECK(is_end(exit));
	CHECK_EQ(exit->gprs.r[GPR_R15], 0xa1a2a3a411223344);
}

/* More than once: then the page is known to be a device's, and moves are taken apart quickly. */
TEST_F(mmio, half_memory_half_device)
{
	__u8 *hva = vm_map(self->vcpu->vm, TEST_GPA, page_size(), MEM_RW);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		store_half(self->vcpu, hva);
		*(__u32 *)(hva + page_size() - 4) = 0x11223344;
		load_half(self->vcpu);
	}
}

/* ------------------------------------------------------------------------- */
/* Memory that cannot be had                                                 */
/* ------------------------------------------------------------------------- */

static void expect_no_memory(struct vcpu *vcpu, __u64 gpa, __u32 access)
{
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);

	CHECK_EQ(exit->memory_fault.gpa, gpa);
	CHECK_EQ(exit->memory_fault.access, access);
	CHECK_EQ(exit->memory_fault.error, -EFAULT);
}

static void set_moving(struct vcpu *vcpu, const char *insn, __u64 from, __u64 to)
{
	struct axvm_gprs gprs;

	insn_fill(&gprs, insn);
	gprs.r[GPR_RSI] = from;
	gprs.r[GPR_RDI] = to;
	insn_set(vcpu, &gprs);
}

/* It is read once, however long what it gave has nowhere to go. */
TEST_F(mmio, a_device_is_read_once)
{
	struct vcpu *vcpu = self->vcpu;
	__u8 *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), MEM_RW);

	CHECK_OK(mprotect(hva, page_size(), PROT_NONE));
	set_moving(vcpu, insn_movsb, DEVICE, TEST_GPA + 5);
	vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	axvm_answer(&vcpu->ax, 0x5a, 0);
	expect_no_memory(vcpu, TEST_GPA + 5, AXVM_MEM_WRITE);
	expect_no_memory(vcpu, TEST_GPA + 5, AXVM_MEM_WRITE);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_REG_PENDING_REASON), AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RIP), (__u64)insn_movsb);
	CHECK_OK(mprotect(hva, page_size(), PROT_READ | PROT_WRITE));
	CHECK(is_end(vcpu_run(vcpu)));
	CHECK_EQ(hva[5], 0x5a);
}

/* And written once. */
TEST_F(mmio, a_device_is_written_once)
{
	struct vcpu *vcpu = self->vcpu;
	__u8 *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), MEM_RW);
	const struct axvm_run_exit *exit;

	CHECK_OK(mprotect(hva, page_size(), PROT_NONE));
	set_moving(vcpu, insn_movsq, DEVICE, TEST_GPA + page_size() - 4);
	vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	axvm_answer(&vcpu->ax, 0x1122334455667788, 0);
	exit = vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);
	CHECK_EQ(exit->mmio.addr, TEST_GPA + page_size());
	CHECK_EQ(exit->mmio.data, 0x11223344);
	expect_no_memory(vcpu, TEST_GPA + page_size() - 4, AXVM_MEM_WRITE);
	CHECK_OK(mprotect(hva, page_size(), PROT_READ | PROT_WRITE));
	CHECK(is_end(vcpu_run(vcpu)));
	CHECK_EQ(*(__u32 *)(hva + page_size() - 4), 0x55667788);
}

/* Who wants none of that takes it back. */
TEST_F(mmio, memory_fault_is_dropped)
{
	struct vcpu *vcpu = self->vcpu;
	__u8 *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), MEM_RW);
	struct axvm_gprs gprs;

	CHECK_OK(mprotect(hva, page_size(), PROT_NONE));
	set_moving(vcpu, insn_movsb, DEVICE, TEST_GPA);
	vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	expect_no_memory(vcpu, TEST_GPA, AXVM_MEM_WRITE);
	vcpu_set_reg(vcpu, AXVM_REG_PENDING_REASON, 0);
	insn_fill(&gprs, insn_mov_r32);
	gprs.r[GPR_RBX] = DEVICE;
	insn_set(vcpu, &gprs);
	vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	axvm_answer(&vcpu->ax, 0x77, 0);
	CHECK_EQ(insn_finish(vcpu, 0)->r[GPR_R12], 0x77);
}

/* The answer goes where the registers are now. */
TEST_F(mmio, registers_set_before_the_answer)
{
	struct vcpu *vcpu = self->vcpu;
	__u8 *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), MEM_RW);

	set_moving(vcpu, insn_movsb, DEVICE, TEST_GPA);
	vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	vcpu_set_reg(vcpu, AXVM_X86_RDI, TEST_GPA + 7);
	axvm_answer(&vcpu->ax, 0x66, 0);
	CHECK(is_end(vcpu_run(vcpu)));
	CHECK_EQ(hva[7], 0x66);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RDI), TEST_GPA + 8);
}

/* Restored where all of it is memory: what was moved before a fault stays moved. */
TEST_F(mmio, repetitions_before_a_fault)
{
	struct vcpu *vcpu = self->vcpu;
	__u64 from = vm_alloc(vcpu->vm, page_size()), to = vm_alloc(vcpu->vm, page_size());
	const struct axvm_gprs *after;
	struct axvm_gprs gprs;
	__u64 bytes = 0;

	paging_map(vcpu->vm, PAGING_GVA, to, PTE_RWX);
	memcpy(vm_hva(vcpu->vm, from), "axvm", 4);
	insn_fill(&gprs, insn_rep_movsb);
	gprs.r[GPR_RSI] = from;
	gprs.r[GPR_RDI] = PAGING_GVA + page_size() - 4;
	gprs.r[GPR_RCX] = 10;
	memcpy(&bytes, insn_rep_movsb, 2);
	vcpu_set_reg(vcpu, AXVM_REG_PENDING_REASON, AXVM_EXIT_MMIO_WRITE);
	vcpu_set_reg(vcpu, AXVM_X86_EMULATION(0), 2);
	vcpu_set_reg(vcpu, AXVM_X86_EMULATION(1), bytes);
	insn_set(vcpu, &gprs);
	after = insn_finish(vcpu, AXVM_RUN_SET_GPRS);
	CHECK_EQ(after->r[GPR_RCX], 6);
	CHECK_EQ(after->r[GPR_RSI], from + 4);
	CHECK_EQ(after->r[GPR_RDI], PAGING_GVA + page_size());
	CHECK_EQ(after->rip, (__u64)insn_rep_movsb);
	CHECK_EQ(memcmp(vm_hva(vcpu->vm, to) + page_size() - 4, "axvm", 4), 0);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_CR(2)), PAGING_GVA + page_size());
	insn_check_event(vcpu, INSN_EVENT_ERROR(TRAP_PF, PFERR_W));
}

#define TSS_IST		36	/* seven stacks of 8 bytes each */

static void set_exception_stacks(struct vcpu *vcpu, __u64 top)
{
	char *tss = vm_hva(vcpu->vm, vcpu_get_reg(vcpu, AXVM_X86_BASE(AXVM_X86_TR)));
	unsigned int i;

	for (i = 0; i < 7; i++)
		memcpy(tss + TSS_IST + 8 * i, &top, sizeof(top));
}

/* A stack that is a device: it is not the instruction whose access that is. */
TEST_F(mmio, exception_onto_a_device)
{
	struct vcpu *vcpu = self->vcpu;
	struct axvm_gprs gprs;
	unsigned int i;

	insn_fill(&gprs, insn_mov_m32);
	gprs.r[GPR_RBX] = PAGING_GVA;
	set_exception_stacks(vcpu, DEVICE + 0x800);
	for (i = 0; i < 3; i++) {
		insn_set(vcpu, &gprs);
		vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);
		CHECK_EQ(vcpu->ax.exit->memory_fault.gpa & ~0xfffULL, DEVICE);
		CHECK_EQ(vcpu->ax.exit->memory_fault.access, AXVM_MEM_WRITE);
		CHECK_EQ(vcpu->ax.exit->memory_fault.error, -ENOENT);
		CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RIP), (__u64)insn_mov_m32);
		insn_check_event(vcpu, INSN_EVENT_ERROR(TRAP_PF, PFERR_W));
	}
}

/* Memory that is only to be read: a write is the VMM's, a read is not. */
TEST_F(mmio, read_only_memory)
{
	struct vcpu *vcpu = self->vcpu;
	__u64 *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), AXVM_MEM_READ);
	const struct axvm_run_exit *exit;
	struct axvm_gprs gprs;

	hva[0] = 0x1000;
	insn_fill(&gprs, insn_add_m64_r);
	gprs.r[GPR_RBX] = TEST_GPA;
	gprs.r[GPR_RDX] = 0x234;
	insn_set(vcpu, &gprs);
	exit = vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);
	CHECK_EQ(exit->mmio.addr, TEST_GPA);
	CHECK_EQ(exit->mmio.data, 0x1234);
	CHECK_EQ(hva[0], 0x1000);
	CHECK(is_end(vcpu_run(vcpu)));
}

/* ------------------------------------------------------------------------- */
/* Answers of other kinds                                                    */
/* ------------------------------------------------------------------------- */

/* Nothing answers on the bus: all ones. */
TEST_F(mmio, refused_read)
{
	struct vcpu *vcpu = self->vcpu;
	struct axvm_gprs gprs, want;

	insn_fill(&gprs, insn_mov_r32);
	gprs.r[GPR_RBX] = DEVICE;
	insn_set(vcpu, &gprs);
	vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	want = gprs;
	want.rip = (__u64)insn_mov_r32_end;
	want.r[GPR_R12] = 0xffffffff;
	insn_check_gprs(insn_finish(vcpu, AXVM_RUN_REFUSE), &want);
}

/* A plain write is over when it exits: the registers say so. */
TEST_F(mmio, a_write_is_complete)
{
	struct vcpu *vcpu = self->vcpu;
	struct axvm_gprs gprs;

	insn_fill(&gprs, insn_mov_m32);
	gprs.r[GPR_RBX] = DEVICE;
	insn_set(vcpu, &gprs);
	vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RIP), (__u64)insn_mov_m32_end);
}

/* ------------------------------------------------------------------------- */
/* What cannot be taken apart                                                */
/* ------------------------------------------------------------------------- */

F(fld, "fldl (%rbx)");
F(fstp, "fstpl (%rbx)");
F(addps, "addps (%rbx), %xmm1");
F(fxsave, "fxsave64 (%rbx)");
F(long, "addps -0x12345678(%rbx, %r9, 8), %xmm9");
F(mov_to_ss, "movw (%rbx), %ss");
F(mov_to_fs, "movw (%rbx), %fs");
F(lfs, "lfsl (%rbx), %ecx");
F(mmx_load, "movq (%rbx), %mm1");
F(mmx_store, "movq %mm1, (%rbx)");

/** struct odd - An instruction that must come back undecoded. */
struct odd {
	const char *name;
	const char *insn;
	const char *end;
	__u32 access;
};

static const struct odd odd[] = {
	{ "fld", insn_fld, insn_fld_end, AXVM_MEM_READ },
	{ "fstp", insn_fstp, insn_fstp_end, AXVM_MEM_WRITE },
	{ "addps", insn_addps, insn_addps_end, AXVM_MEM_READ },
	{ "fxsave", insn_fxsave, insn_fxsave_end, AXVM_MEM_WRITE },
	{ "a long one", insn_long, insn_long_end, AXVM_MEM_READ },
	{ "mov to ss", insn_mov_to_ss, insn_mov_to_ss_end, AXVM_MEM_READ },
	{ "mov to fs", insn_mov_to_fs, insn_mov_to_fs_end, AXVM_MEM_READ },
	{ "lfs", insn_lfs, insn_lfs_end, AXVM_MEM_READ },
	{ "movq to mm", insn_mmx_load, insn_mmx_load_end, AXVM_MEM_READ },
	{ "movq from mm", insn_mmx_store, insn_mmx_store_end, AXVM_MEM_WRITE },
};

static void run_odd(struct vcpu *vcpu, const struct odd *this, struct axvm_gprs *gprs)
{
	const struct axvm_exit_undecoded *exit = &vcpu->ax.exit->undecoded;
	unsigned int length = this->end - this->insn;
	__u64 bytes[2];

	test_note("%s", this->name);
	insn_fill(gprs, this->insn);
	gprs->r[GPR_RBX] = DEVICE;
	if (this->insn == insn_long) {
		gprs->r[GPR_RBX] += 0x12345678;
		gprs->r[GPR_R9] = 0;
	}
	insn_set(vcpu, gprs);
	vcpu_expect(vcpu, AXVM_EXIT_UNDECODED);
	/* Of a far pointer a CPU may read the selector first. */
	if (this->insn != insn_lfs || exit->gpa != DEVICE + 4)
		CHECK_EQ(exit->gpa, DEVICE);
	CHECK_EQ(exit->access, this->access);
	CHECK_GE(exit->length, length);
	CHECK_LE(exit->length, 15);
	bytes[0] = exit->instruction;
	bytes[1] = exit->instruction_rest;
	CHECK_EQ(memcmp(bytes, this->insn, length), 0);
	CHECK_EQ(vcpu->ax.exit->flags & AXVM_EXIT_WANTS_ANSWER, 0);
}

/*
 * Nothing happened to the guest, but that RF may say that its instruction was begun: VMX sets
 * it, as for a fault.
 */
static void check_untouched(const struct axvm_gprs *gprs, struct axvm_gprs *before)
{
	before->rflags |= gprs->rflags & RFLAGS_RF;
	insn_check_gprs(gprs, before);
}

/* The VMM gets the instruction. */
TEST_F(mmio, undecoded)
{
	struct axvm_gprs gprs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		run_odd(self->vcpu, &odd[i], &gprs);
		check_untouched(insn_finish(self->vcpu, 0), &gprs);
		CHECK_EQ(vcpu_get_reg(self->vcpu, AXVM_X86_EVENT), 0);
	}
	/* It is tried again if the VMM does nothing about it. */
	run_odd(self->vcpu, &odd[0], &gprs);
	vcpu_expect(self->vcpu, AXVM_EXIT_UNDECODED);
}

TEST_F(mmio, undecoded_and_refused)
{
	struct axvm_gprs gprs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		run_odd(self->vcpu, &odd[i], &gprs);
		check_untouched(insn_finish(self->vcpu, AXVM_RUN_REFUSE), &gprs);
		insn_check_event(self->vcpu, INSN_EVENT(TRAP_UD));
	}
}

/* ------------------------------------------------------------------------- */
/* 32-bit code                                                               */
/* ------------------------------------------------------------------------- */

INSN(insn_compat_load, ".code32; movl 4(%ebx, %esi, 2), %edx");
INSN(insn_compat_store, ".code32; addw %dx, (%ebx)");
INSN(insn_compat_inc, ".code32; incl (%ebx)");

static void run_compat(struct vcpu *vcpu, const char *insn, __u64 addr)
{
	struct axvm_gprs gprs;

	insn_fill(&gprs, insn);
	gprs.r[GPR_RBX] = addr;
	gprs.r[GPR_RSI] = 6;
	gprs.r[GPR_RDX] = 0x1111;
	insn_set(vcpu, &gprs);
	vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	CHECK_EQ(vcpu->ax.exit->mmio.addr, DEVICE + 0x10);
}

TEST_F(mmio, code_of_32_bits)
{
	struct vcpu *vcpu = self->vcpu;

	vcpu_set_segment(vcpu, AXVM_X86_CS, KERNEL_CS32, 0, ~0U, SEG_CODE32);
	run_compat(vcpu, insn_compat_load, DEVICE);
	axvm_answer(&vcpu->ax, 0x89abcdef, 0);
	CHECK_EQ(insn_finish(vcpu, 0)->r[GPR_RDX], 0x89abcdef);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RIP), (__u64)insn_compat_load_end);

	/* The upper half of an address does not count there. */
	run_compat(vcpu, insn_compat_store, 0xabcd00000000 + DEVICE + 0x10);
	axvm_answer(&vcpu->ax, 0x2222, 0);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE)->mmio.data, 0x3333);
	CHECK_EQ(vcpu->ax.exit->mmio.width, 2);

	run_compat(vcpu, insn_compat_inc, DEVICE + 0x10);
	axvm_answer(&vcpu->ax, 0xffffffff, 0);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE)->mmio.data, 0);
}

TEST_HARNESS_MAIN
