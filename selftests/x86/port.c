// SPDX-License-Identifier: GPL-2.0
/*
 * Ports: IN, OUT, INS, OUTS
 */
#include "insn.h"
#include "paging.h"
#include "test.h"
#include "vcpu.h"

#define PORT		0x1234
#define ANSWER		0xe1d2c3b4a5968778ULL
#define OTHER_ANSWER	0x1122334455667788ULL

static __guest void guest_idle(void)
{
	GUEST_SYNC(1);
}

FIXTURE(port) {
	struct vcpu *vcpu;
	__u64 ram;	/* two pages, one behind the other */
	char *hva;
};

FIXTURE_SETUP(port)
{
	self->vcpu = vcpu_new(guest_idle);
	vcpu_expect_sync(self->vcpu, 1);
	self->ram = vm_alloc(self->vcpu->vm, 2 * page_size());
	self->hva = vm_hva(self->vcpu->vm, self->ram);
}

FIXTURE_TEARDOWN(port)
{
	vm_destroy(self->vcpu->vm);
}

/* ------------------------------------------------------------------------- */
/* IN and OUT                                                                */
/* ------------------------------------------------------------------------- */

/** struct plain - An instruction, and how it must be understood. */
struct plain {
	const char *name;
	const char *insn;
	const char *end;
	unsigned int port;
	unsigned int width;
	bool write;
};

INSN(insn_in8, "inb %dx, %al");
INSN(insn_in16, "inw %dx, %ax");
INSN(insn_in32, "inl %dx, %eax");
INSN(insn_in8_imm, "inb $0xed, %al");
INSN(insn_in16_imm, "inw $0x70, %ax");
INSN(insn_in32_imm, "inl $0xff, %eax");
INSN(insn_out8, "outb %al, %dx");
INSN(insn_out16, "outw %ax, %dx");
INSN(insn_out32, "outl %eax, %dx");
INSN(insn_out8_imm, "outb %al, $0x80");
INSN(insn_out16_imm, "outw %ax, $0");
INSN(insn_out32_imm, "outl %eax, $0xcf");
/* REX changes nothing: there are no ports of 64 bits. */
INSN(insn_out_rex, ".byte 0x48; outl %eax, %dx");

#define P(n, ...)	{ #n, insn_##n, insn_##n##_end, __VA_ARGS__ }

static const struct plain plains[] = {
	P(in8, PORT, 1, false), P(in16, PORT, 2, false), P(in32, PORT, 4, false),
	P(in8_imm, 0xed, 1, false), P(in16_imm, 0x70, 2, false), P(in32_imm, 0xff, 4, false),
	P(out8, PORT, 1, true), P(out16, PORT, 2, true), P(out32, PORT, 4, true),
	P(out8_imm, 0x80, 1, true), P(out16_imm, 0, 2, true), P(out32_imm, 0xcf, 4, true),
	P(out_rex, PORT, 4, true),
};

static void run_plain(struct vcpu *vcpu, const struct plain *this, struct axvm_gprs *gprs)
{
	const struct axvm_run_exit *exit;

	test_note("%s", this->name);
	insn_fill(gprs, this->insn);
	gprs->r[GPR_RDX] = 0xabcd0000 + PORT;
	insn_set(vcpu, gprs);
	exit = vcpu_expect(vcpu, this->write ? AXVM_EXIT_PORT_WRITE : AXVM_EXIT_PORT_READ);
	CHECK_EQ(exit->port.port, this->port);
	CHECK_EQ(exit->port.width, this->width);
	CHECK_EQ(exit->port.count, 1);
	CHECK_EQ(exit->port.pad, 0);
	CHECK_EQ(!!(exit->flags & AXVM_EXIT_WANTS_ANSWER), !this->write);
	if (this->write)
		CHECK_EQ(memcmp(exit->port.data, &gprs->r[GPR_RAX], this->width), 0);
}

static __u64 load(__u64 old, __u64 value, unsigned int width)
{
	__u64 mask = (1ULL << 8 * width) - 1;

	return width == 4 ? (__u32)value : (old & ~mask) | (value & mask);
}

TEST_F(port, every_plain_form)
{
	struct axvm_gprs gprs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plains); i++) {
		run_plain(self->vcpu, &plains[i], &gprs);
		axvm_answer(&self->vcpu->ax, ANSWER, 0);
		gprs.rip = (__u64)plains[i].end;
		if (!plains[i].write)
			gprs.r[GPR_RAX] = load(gprs.r[GPR_RAX], ANSWER, plains[i].width);
		insn_check_gprs(insn_finish(self->vcpu, 0), &gprs);
	}
}

/* Nothing is there: all ones. */
TEST_F(port, refused)
{
	struct axvm_gprs gprs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plains); i++) {
		run_plain(self->vcpu, &plains[i], &gprs);
		gprs.rip = (__u64)plains[i].end;
		if (!plains[i].write)
			gprs.r[GPR_RAX] = load(gprs.r[GPR_RAX], ~0ULL, plains[i].width);
		insn_check_gprs(insn_finish(self->vcpu, AXVM_RUN_REFUSE), &gprs);
	}
}

/* Users may not, unless IOPL or the TSS lets them. */
static void run_as_user(struct vcpu *vcpu, __u64 rflags)
{
	struct axvm_gprs gprs;

	vcpu_set_segment(vcpu, AXVM_X86_CS, USER_CS, 0, ~0U, SEG_CODE64 | SEG_DPL(3));
	vcpu_set_segment(vcpu, AXVM_X86_SS, USER_DS, 0, ~0U, SEG_DATA32 | SEG_DPL(3));
	insn_fill(&gprs, insn_out8);
	gprs.rflags |= rflags;
	gprs.r[GPR_RDX] = PORT;
	insn_set(vcpu, &gprs);
}

static void let_users_execute(struct vm *vm)
{
	__u64 *pdpt = vm_hva(vm, *(__u64 *)vm_hva(vm, vm->tables) & PTE_ADDR), *pd, i, j;

	for (i = 0; i < 4; i++) {
		pdpt[i] |= PTE_U;
		if (pdpt[i] & PTE_PS)
			continue;
		pd = vm_hva(vm, pdpt[i] & PTE_ADDR);
		for (j = 0; j < 512; j++)
			pd[j] |= PTE_U;
	}
}

TEST_F(port, users)
{
	let_users_execute(self->vcpu->vm);
	run_as_user(self->vcpu, RFLAGS_IOPL);
	CHECK_EQ(vcpu_expect(self->vcpu, AXVM_EXIT_PORT_WRITE)->port.port, PORT);
}

static __guest __u64 on_user_exception(struct guest_frame *frame)
{
	GUEST_SYNC(2, frame->vector, frame->error, frame->rip);
	return 0;
}

static __guest void guest_waits_for_users(void)
{
	guest_set_exception_handler(on_user_exception);
	GUEST_SYNC(1);
}

TEST_F(port, users_without_the_right)
{
	struct vcpu *vcpu = vcpu_new(guest_waits_for_users);
	const struct ucall *uc;

	let_users_execute(vcpu->vm);
	vcpu_expect_sync(vcpu, 1);
	run_as_user(vcpu, 0);
	uc = vcpu_expect_sync(vcpu, 2);
	CHECK_EQ(uc->args[1], TRAP_GP);
	CHECK_EQ(uc->args[2], 0);
	CHECK_EQ(uc->args[3], (__u64)insn_out8);
}

/* ------------------------------------------------------------------------- */
/* Strings                                                                   */
/* ------------------------------------------------------------------------- */

INSN(insn_outsb, "outsb");
INSN(insn_outsl, "outsl");
INSN(insn_rep_outsb, "rep outsb");
INSN(insn_rep_outsw, "rep outsw");
INSN(insn_rep_outsl, "rep outsl");
INSN(insn_insb, "insb");
INSN(insn_insw, "insw");
INSN(insn_rep_insb, "rep insb");
INSN(insn_rep_insw, "rep insw");
INSN(insn_rep_insl, "rep insl");
INSN(insn_outs_fs, "rep outsb %fs:(%rsi), %dx");
INSN(insn_rep_outsb_a32, "rep outsb (%esi), %dx");

static void set_string(struct vcpu *vcpu, const char *insn, __u64 at, __u64 count, __u64 rflags,
		       struct axvm_gprs *gprs)
{
	insn_fill(gprs, insn);
	gprs->rflags |= rflags;
	gprs->r[GPR_RCX] = count;
	gprs->r[GPR_RDX] = PORT;
	gprs->r[GPR_RSI] = at;
	gprs->r[GPR_RDI] = at;
	insn_set(vcpu, gprs);
}

static bool is_end(const struct axvm_run_exit *exit)
{
	return exit->reason == AXVM_EXIT_PORT_WRITE && exit->port.port == INSN_PORT;
}

/* Take what a string writes, in however many exits, to the end: how many bytes. */
static __u64 take_string(struct vcpu *vcpu, unsigned int width, __u8 *data)
{
	const struct axvm_run_exit *exit;
	__u64 taken = 0;

	for (;;) {
		axvm_request(&vcpu->ax, AXVM_RUN_GET_GPRS);
		exit = vcpu_run(vcpu);
		if (is_end(exit))
			return taken;
		CHECK_EQ(exit->reason, AXVM_EXIT_PORT_WRITE);
		CHECK_EQ(exit->port.port, PORT);
		CHECK_EQ(exit->port.width, width);
		CHECK_GT(exit->port.count, 0);
		CHECK_LE(exit->port.count * width, sizeof(exit->port.data));
		memcpy(data + taken, exit->port.data, exit->port.count * width);
		taken += exit->port.count * width;
	}
}

/* Give a string what it reads, each unit another value: how many bytes. */
static __u64 give_string(struct vcpu *vcpu, unsigned int width)
{
	const struct axvm_run_exit *exit;
	__u64 given = 0;

	for (;;) {
		axvm_request(&vcpu->ax, AXVM_RUN_GET_GPRS);
		exit = vcpu_run(vcpu);
		if (is_end(exit))
			return given;
		CHECK_EQ(exit->reason, AXVM_EXIT_PORT_READ);
		CHECK_EQ(exit->port.port, PORT);
		CHECK_EQ(exit->port.width, width);
		CHECK_EQ(exit->port.count, 1);
		axvm_answer(&vcpu->ax, OTHER_ANSWER + given / width, 0);
		given += width;
	}
}

static void fill(char *hva, __u64 len)
{
	__u64 i;

	for (i = 0; i < len; i++)
		hva[i] = i * 13 + (i >> 8);
}

/* All of @bytes at @at, which may lie across pages. */
static void check_outs(struct vcpu *vcpu, const char *insn, __u64 at, const char *hva,
		       __u64 count, unsigned int width)
{
	__u8 *data = host_alloc(count * width + 64, page_size());
	struct axvm_gprs gprs;

	set_string(vcpu, insn, at, count, 0, &gprs);
	CHECK_EQ(take_string(vcpu, width, data), count * width);
	CHECK_EQ(memcmp(data, hva, count * width), 0);
	CHECK_EQ(vcpu->ax.exit->gprs.r[GPR_RSI], at + count * width);
	CHECK_EQ(vcpu->ax.exit->gprs.r[GPR_RDI], at);
	CHECK_EQ(vcpu->ax.exit->gprs.r[GPR_RCX], 0);
}

TEST_F(port, outs)
{
	struct axvm_gprs gprs;
	__u8 data[64];

	fill(self->hva, 2 * page_size());
	/* Without REP, RCX is not looked at. */
	set_string(self->vcpu, insn_outsb, self->ram + 5, 77, 0, &gprs);
	CHECK_EQ(take_string(self->vcpu, 1, data), 1);
	CHECK_EQ(data[0], (__u8)self->hva[5]);
	CHECK_EQ(self->vcpu->ax.exit->gprs.r[GPR_RCX], 77);
	CHECK_EQ(self->vcpu->ax.exit->gprs.r[GPR_RSI], self->ram + 6);
	set_string(self->vcpu, insn_outsl, self->ram, 0, 0, &gprs);
	CHECK_EQ(take_string(self->vcpu, 4, data), 4);

	check_outs(self->vcpu, insn_rep_outsb, self->ram + 3, self->hva + 3, 200, 1);
	check_outs(self->vcpu, insn_rep_outsw, self->ram + 6, self->hva + 6, 99, 2);
	check_outs(self->vcpu, insn_rep_outsl, self->ram, self->hva, 33, 4);
	check_outs(self->vcpu, insn_rep_outsl, self->ram + 1, self->hva + 1, 1, 4);
}

TEST_F(port, outs_across_pages)
{
	__u64 page = page_size();

	fill(self->hva, 2 * page);
	check_outs(self->vcpu, insn_rep_outsb, self->ram + page - 10, self->hva + page - 10, 20, 1);
	/* A unit that is half in one page. */
	check_outs(self->vcpu, insn_rep_outsl, self->ram + page - 6, self->hva + page - 6, 5, 4);
}

TEST_F(port, outs_of_nothing)
{
	struct axvm_gprs gprs;
	__u8 data[64];

	set_string(self->vcpu, insn_rep_outsb, 1ULL << 63, 0, 0, &gprs);
	CHECK_EQ(take_string(self->vcpu, 1, data), 0);
	CHECK_EQ(self->vcpu->ax.exit->gprs.r[GPR_RSI], 1ULL << 63);
}

TEST_F(port, outs_downwards)
{
	struct axvm_gprs gprs;
	__u8 data[64];
	unsigned int i;

	fill(self->hva, page_size());
	set_string(self->vcpu, insn_rep_outsw, self->ram + 0x100, 10, RFLAGS_DF, &gprs);
	CHECK_EQ(take_string(self->vcpu, 2, data), 20);
	for (i = 0; i < 10; i++)
		CHECK_EQ(memcmp(data + 2 * i, self->hva + 0x100 - 2 * i, 2), 0);
	CHECK_EQ(self->vcpu->ax.exit->gprs.r[GPR_RSI], self->ram + 0x100 - 20);
}

TEST_F(port, outs_by_other_segments_and_addresses)
{
	struct axvm_gprs gprs;
	__u8 data[64];

	fill(self->hva, page_size());
	vcpu_set_reg(self->vcpu, AXVM_X86_BASE(AXVM_X86_FS), self->ram);
	set_string(self->vcpu, insn_outs_fs, 0x10, 4, 0, &gprs);
	CHECK_EQ(take_string(self->vcpu, 1, data), 4);
	CHECK_EQ(memcmp(data, self->hva + 0x10, 4), 0);

	/* ECX and ESI count; what is written back clears the upper halves. */
	set_string(self->vcpu, insn_rep_outsb_a32, self->ram + (7ULL << 32), 4 + (9ULL << 32), 0,
		   &gprs);
	CHECK_EQ(take_string(self->vcpu, 1, data), 4);
	CHECK_EQ(self->vcpu->ax.exit->gprs.r[GPR_RSI], self->ram + 4);
	CHECK_EQ(self->vcpu->ax.exit->gprs.r[GPR_RCX], 0);
}

static void check_ins(struct vcpu *vcpu, const char *insn, __u64 at, const char *hva, __u64 count,
		      unsigned int width)
{
	struct axvm_gprs gprs;
	__u64 i, value;

	set_string(vcpu, insn, at, count, 0, &gprs);
	CHECK_EQ(give_string(vcpu, width), count * width);
	for (i = 0; i < count; i++) {
		value = OTHER_ANSWER + i;
		CHECK_EQ(memcmp(hva + i * width, &value, width), 0);
	}
	CHECK_EQ(vcpu->ax.exit->gprs.r[GPR_RDI], at + count * width);
	CHECK_EQ(vcpu->ax.exit->gprs.r[GPR_RSI], at);
	CHECK_EQ(vcpu->ax.exit->gprs.r[GPR_RCX], 0);
}

TEST_F(port, ins)
{
	struct axvm_gprs gprs;

	memset(self->hva, 0x77, 2 * page_size());
	set_string(self->vcpu, insn_insb, self->ram + 5, 77, 0, &gprs);
	CHECK_EQ(give_string(self->vcpu, 1), 1);
	CHECK_EQ((__u8)self->hva[5], (__u8)OTHER_ANSWER);
	CHECK_EQ(self->hva[4], 0x77);
	CHECK_EQ(self->hva[6], 0x77);
	CHECK_EQ(self->vcpu->ax.exit->gprs.r[GPR_RCX], 77);
	set_string(self->vcpu, insn_insw, self->ram + 8, 0, 0, &gprs);
	CHECK_EQ(give_string(self->vcpu, 2), 2);

	check_ins(self->vcpu, insn_rep_insb, self->ram + 3, self->hva + 3, 40, 1);
	check_ins(self->vcpu, insn_rep_insw, self->ram + 0x100, self->hva + 0x100, 21, 2);
	check_ins(self->vcpu, insn_rep_insl, self->ram + 0x200, self->hva + 0x200, 9, 4);
}

TEST_F(port, ins_across_pages)
{
	__u64 page = page_size();

	check_ins(self->vcpu, insn_rep_insw, self->ram + page - 5, self->hva + page - 5, 6, 2);
	check_ins(self->vcpu, insn_rep_insl, self->ram + page - 10, self->hva + page - 10, 6, 4);
}

/* ------------------------------------------------------------------------- */
/* Faults in the middle                                                      */
/* ------------------------------------------------------------------------- */

#define GVA	PAGING_GVA

/* The second page is not there, by the guest's own tables. */
static struct vcpu *half_mapped(void)
{
	struct vcpu *vcpu = vcpu_new(guest_waits_for_users);
	__u64 page = vm_alloc(vcpu->vm, page_size());

	paging_map(vcpu->vm, GVA, page, PTE_RWX);
	memset(vm_hva(vcpu->vm, page), 0x5a, page_size());
	vcpu_expect_sync(vcpu, 1);
	return vcpu;
}

static void expect_page_fault(struct vcpu *vcpu, const char *insn, __u64 error)
{
	const struct ucall *uc = vcpu_expect_sync(vcpu, 2);

	CHECK_EQ(uc->args[1], TRAP_PF);
	CHECK_EQ(uc->args[2], error);
	CHECK_EQ(uc->args[3], (__u64)insn);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_CR(2)), GVA + page_size());
}

TEST_F(port, outs_faults_in_the_middle)
{
	struct vcpu *vcpu = half_mapped();
	const struct axvm_run_exit *exit;
	struct axvm_gprs gprs;
	__u64 written = 0;

	set_string(vcpu, insn_rep_outsb, GVA + page_size() - 6, 20, 0, &gprs);
	do {
		exit = vcpu_run(vcpu);
		if (exit->reason == AXVM_EXIT_PORT_WRITE)
			written += exit->port.count;
	} while (exit->reason == AXVM_EXIT_PORT_WRITE && written < 6);
	CHECK_EQ(written, 6);
	expect_page_fault(vcpu, insn_rep_outsb, 0);
}

TEST_F(port, ins_faults_in_the_middle)
{
	struct vcpu *vcpu = half_mapped();
	struct axvm_gprs gprs;
	unsigned int i;

	set_string(vcpu, insn_rep_insb, GVA + page_size() - 3, 20, 0, &gprs);
	for (i = 0; i < 3; i++) {
		vcpu_expect(vcpu, AXVM_EXIT_PORT_READ);
		axvm_answer(&vcpu->ax, i, 0);
	}
	/* What would have nowhere to go is not read. */
	expect_page_fault(vcpu, insn_rep_insb, PFERR_W);
}

/* Addresses that cannot be. */
TEST_F(port, outs_from_nowhere)
{
	struct vcpu *vcpu = vcpu_new(guest_waits_for_users);
	struct axvm_gprs gprs;
	const struct ucall *uc;

	vcpu_expect_sync(vcpu, 1);
	set_string(vcpu, insn_rep_outsb, 1ULL << 63, 1, 0, &gprs);
	uc = vcpu_expect_sync(vcpu, 2);
	CHECK_EQ(uc->args[1], TRAP_GP);
	CHECK_EQ(uc->args[2], 0);
}

/* From a device to a port: the VMM is asked for both. */
TEST_F(port, outs_from_a_device)
{
	struct vcpu *vcpu = self->vcpu;
	struct axvm_gprs gprs;

	set_string(vcpu, insn_outsb, MMIO_GPA + 0x40, 1, 0, &gprs);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ)->mmio.addr, MMIO_GPA + 0x40);
	axvm_answer(&vcpu->ax, 0x99, 0);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_PORT_WRITE)->port.data[0], 0x99);
	CHECK(is_end(vcpu_run(vcpu)));
}

/* Kicked after each unit, it goes on where it was, and no unit is asked for twice. */
TEST_F(port, a_string_can_be_stopped)
{
	const struct axvm_run_exit *exit;
	struct axvm_gprs gprs;
	__u64 asked = 0, i;

	set_string(self->vcpu, insn_rep_insb, self->ram, 8, 0, &gprs);
	for (exit = vcpu_run(self->vcpu); !is_end(exit); exit = vcpu_run(self->vcpu)) {
		if (exit->reason == AXVM_EXIT_PORT_READ) {
			axvm_answer(&self->vcpu->ax, ++asked, 0);
			CHECK_OK(axvm_kick(&self->vcpu->ax));
		} else {
			CHECK_EQ(exit->reason, AXVM_EXIT_KICK);
		}
	}
	CHECK_EQ(asked, 8);
	for (i = 0; i < 8; i++)
		CHECK_EQ(self->hva[i], i + 1);
}

TEST_HARNESS_MAIN
