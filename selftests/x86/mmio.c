// SPDX-License-Identifier: GPL-2.0
/*
 * MMIO: instructions with a device's address, compared with the same ones on memory
 *
 * Each instruction is run alone, from registers set by the test: once on memory, where
 * the processor executes it, and once on a device, where the module does. The registers,
 * flags and memory afterwards must be the same, and the device must have seen just the
 * accesses that the instruction makes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "insn.h"
#include "paging.h"
#include "regs.h"
#include "test.h"
#include "vcpu.h"
#include "xsave.h"

#define DEVICE		(MMIO_GPA + 0x1000)
#define OFFSET		0x100		/* of the operand in its page */
#define OPERAND_LEN	0x80
#define LOG_LEN		128

/**
 * struct form - An instruction.
 * @name: for messages.
 * @insn: where it is in guest code.
 * @accesses: what a device sees: r or w, and the width, for each access.
 * @count: value of RCX, if not 0.
 * @value: what the operand begins with, if not 0.
 * @other: RSI points to memory, and RDI to the device, or the other way round.
 * @rflags: added to those to begin with.
 */
struct form {
	const char *name;
	const char *insn;
	const char *accesses;
	__u64 count;
	__u64 value;
	enum { BOTH, FROM_MEMORY, TO_MEMORY } other;
	__u64 rflags;
};

/* The operand is at RBX, or at RSI and RDI of string instructions. */
#define F(n, text)	INSN(insn_##n, text)

F(mov_r8, "movb (%rbx), %al");
F(mov_high, "movb (%rbx), %ch");
F(mov_r8_rex, "movb (%rbx), %sil");
F(mov_r16, "movw (%rbx), %dx");
F(mov_r32, "movl (%rbx), %r12d");
F(mov_r64, "movq (%rbx), %r15");
F(mov_base, "movq (%rbx), %rbx");
F(mov_disp8, "movl -16(%rbx), %eax");
F(mov_sib, "movl 8(%rbx, %rbp, 4), %eax");
F(mov_segment, "movl %fs:(%rbx), %eax");
F(mov_a32, "movl (%ebx), %eax");
F(mov_m8, "movb %al, (%rbx)");
F(mov_m8_high, "movb %dh, (%rbx)");
F(mov_m16, "movw %r8w, (%rbx)");
F(mov_m32, "movl %ecx, (%rbx)");
F(mov_m64, "movq %r13, (%rbx)");
F(mov_m8_imm, "movb $0x5a, (%rbx)");
F(mov_m16_imm, "movw $0x1234, (%rbx)");
F(mov_m32_imm, "movl $0x12345678, 4(%rbx)");
F(mov_m64_imm, "movq $-2, (%rbx)");
F(movnti, "movnti %rdx, (%rbx)");
F(movbe_load, "movbe (%rbx), %edx");
F(movbe_store, "movbe %rdx, (%rbx)");
F(movzx_8_16, "movzbw (%rbx), %ax");
F(movzx_8_32, "movzbl (%rbx), %r9d");
F(movzx_8_64, "movzbq (%rbx), %rax");
F(movzx_16_32, "movzwl (%rbx), %eax");
F(movzx_16_64, "movzwq (%rbx), %rdi");
F(movsx_8_16, "movsbw (%rbx), %ax");
F(movsx_8_32, "movsbl (%rbx), %eax");
F(movsx_8_64, "movsbq (%rbx), %r11");
F(movsx_16_32, "movswl (%rbx), %eax");
F(movsx_16_64, "movswq (%rbx), %rax");
F(movsxd, "movslq (%rbx), %rax");
F(add_m8_r, "addb %dl, (%rbx)");
F(add_m16_r, "addw %dx, (%rbx)");
F(add_m32_r, "addl %edx, (%rbx)");
F(add_m64_r, "addq %rdx, (%rbx)");
F(add_r_m, "addl (%rbx), %edx");
F(add_imm8, "addq $-5, (%rbx)");
F(or_imm, "orl $0x00ff00ff, (%rbx)");
F(adc, "adcl %edx, (%rbx)");
F(sbb, "sbbq %rdx, (%rbx)");
F(and_r, "andw %dx, (%rbx)");
F(and_load, "andq (%rbx), %rdx");
F(sub_r, "subq %rdx, (%rbx)");
F(xor_imm, "xorb $0x81, (%rbx)");
F(cmp_m_r, "cmpl %edx, (%rbx)");
F(cmp_r_m, "cmpb (%rbx), %dl");
F(cmp_imm, "cmpw $0x1234, (%rbx)");
F(test_r, "testq %rdx, (%rbx)");
F(test_imm, "testb $0x40, (%rbx)");
F(lock_or, "lock orl %edx, (%rbx)");
F(lock_dec, "lock decq (%rbx)");
F(inc, "incl (%rbx)");
F(dec, "decw (%rbx)");
F(not, "notq (%rbx)");
F(neg, "negb (%rbx)");
F(xchg8, "xchgb %dl, (%rbx)");
F(xchg64, "xchgq %rdx, (%rbx)");
F(xadd, "lock xaddl %edx, (%rbx)");
F(cmpxchg_no, "lock cmpxchgl %edx, (%rbx)");
F(cmpxchg_yes, "cmpxchgq %rdx, (%rbx)");
F(bt, "btl %ecx, (%rbx)");
F(bt_imm, "btq $33, (%rbx)");
F(bts_imm, "btsl $7, (%rbx)");
F(btr_imm, "lock btrw $3, (%rbx)");
F(btc_imm, "btcq $40, (%rbx)");
F(shl_1, "shll (%rbx)");
F(shr_imm, "shrq $5, (%rbx)");
F(sar_cl, "sarw %cl, (%rbx)");
F(rol_imm, "rolb $3, (%rbx)");
F(setcc, "setc (%rbx)");
F(cmov_yes, "cmovncl (%rbx), %edx");
F(cmov_no, "cmovcl (%rbx), %edx");
F(push, "pushq (%rbx); popq %rdx");
F(pop, "pushq %rdx; popq (%rbx)");
F(movs8, "movsb");
F(movs64, "movsq");
F(rep_movs8, "rep movsb");
F(rep_movs16, "rep movsw");
F(rep_movs32, "rep movsl");
F(rep_movs64, "rep movsq");
F(stos32, "stosl");
F(rep_stos8, "rep stosb");
F(rep_stos64, "rep stosq");
F(lods16, "lodsw");
F(rep_lods32, "rep lodsl");
F(cmps8, "cmpsb");
F(repe_cmps32, "repe cmpsl");
F(scas64, "scasq");
F(repne_scas8, "repne scasb");
F(movups_load, "movups (%rbx), %xmm3");
F(movups_store, "movups %xmm5, (%rbx)");
F(movdqa_load, "movdqa (%rbx), %xmm9");
F(movdqu_store, "movdqu %xmm14, (%rbx)");
F(movd_load, "movd (%rbx), %xmm1");
F(movq_store, "movq %xmm2, (%rbx)");
F(movntdq, "movntdq %xmm0, (%rbx)");

#define FORM(n, ...)	{ .name = #n, .insn = insn_##n, .accesses = __VA_ARGS__ }

static const struct form forms[] = {
	FORM(mov_r8, "r1"), FORM(mov_high, "r1"), FORM(mov_r8_rex, "r1"), FORM(mov_r16, "r2"),
	FORM(mov_r32, "r4"), FORM(mov_r64, "r8"), FORM(mov_base, "r8"), FORM(mov_disp8, "r4"),
	FORM(mov_sib, "r4"), FORM(mov_segment, "r4"), FORM(mov_a32, "r4"),
	FORM(mov_m8, "w1"), FORM(mov_m8_high, "w1"), FORM(mov_m16, "w2"), FORM(mov_m32, "w4"),
	FORM(mov_m64, "w8"), FORM(mov_m8_imm, "w1"), FORM(mov_m16_imm, "w2"),
	FORM(mov_m32_imm, "w4"), FORM(mov_m64_imm, "w8"), FORM(movnti, "w8"),
	FORM(movbe_load, "r4"), FORM(movbe_store, "w8"),
	FORM(movzx_8_16, "r1"), FORM(movzx_8_32, "r1"), FORM(movzx_8_64, "r1"),
	FORM(movzx_16_32, "r2"), FORM(movzx_16_64, "r2"), FORM(movsx_8_16, "r1"),
	FORM(movsx_8_32, "r1"), FORM(movsx_8_64, "r1"), FORM(movsx_16_32, "r2"),
	FORM(movsx_16_64, "r2"), FORM(movsxd, "r4"),
	FORM(add_m8_r, "r1w1"), FORM(add_m16_r, "r2w2"), FORM(add_m32_r, "r4w4"),
	FORM(add_m64_r, "r8w8"), FORM(add_r_m, "r4"), FORM(add_imm8, "r8w8"),
	FORM(or_imm, "r4w4"), FORM(adc, "r4w4", .rflags = RFLAGS_CF),
	FORM(sbb, "r8w8", .rflags = RFLAGS_CF), FORM(and_r, "r2w2"), FORM(and_load, "r8"),
	FORM(sub_r, "r8w8"), FORM(xor_imm, "r1w1"), FORM(cmp_m_r, "r4"), FORM(cmp_r_m, "r1"),
	FORM(cmp_imm, "r2"), FORM(test_r, "r8"), FORM(test_imm, "r1"), FORM(lock_or, "r4w4"),
	FORM(lock_dec, "r8w8"), FORM(inc, "r4w4", .rflags = RFLAGS_CF), FORM(dec, "r2w2"),
	FORM(not, "r8w8"), FORM(neg, "r1w1"), FORM(xchg8, "r1w1"), FORM(xchg64, "r8w8"),
	FORM(xadd, "r4w4"), FORM(cmpxchg_no, "r4w4"),
	FORM(cmpxchg_yes, "r8w8", .value = 0xf1e2d3c4b5a69788),
	FORM(bt, "r4", .count = 37), FORM(bt_imm, "r8"), FORM(bts_imm, "r4w4"),
	FORM(btr_imm, "r2w2"),
	FORM(btc_imm, "r8w8"), FORM(shl_1, "r4w4"), FORM(shr_imm, "r8w8"),
	FORM(sar_cl, "r2w2", .count = 3), FORM(rol_imm, "r1w1"),
	FORM(setcc, "w1", .rflags = RFLAGS_CF), FORM(cmov_yes, "r4"), FORM(cmov_no, "r4"),
	FORM(push, "r8"), FORM(pop, "w8"),
	FORM(movs8, "r1w1"), FORM(movs64, "r8w8"), FORM(movs64, "r8", .other = TO_MEMORY),
	FORM(movs64, "w8", .other = FROM_MEMORY),
	FORM(rep_movs8, "r1r1r1", .count = 3, .other = TO_MEMORY),
	FORM(rep_movs16, "w2w2w2w2", .count = 4, .other = FROM_MEMORY),
	FORM(rep_movs32, "r4w4r4w4", .count = 2),
	FORM(rep_movs64, "w8w8", .count = 2, .other = FROM_MEMORY),
	FORM(rep_movs64, "r8r8", .count = 2, .other = TO_MEMORY, .rflags = RFLAGS_DF),
	FORM(stos32, "w4"), FORM(rep_stos8, "w1w1w1w1w1", .count = 5),
	FORM(rep_stos64, "w8w8", .count = 2, .rflags = RFLAGS_DF),
	FORM(lods16, "r2"), FORM(rep_lods32, "r4r4r4", .count = 3),
	FORM(cmps8, "r1", .other = FROM_MEMORY), FORM(cmps8, "r1", .other = TO_MEMORY),
	FORM(scas64, "r8", .value = 0xf1e2d3c4b5a69788),
	FORM(movups_load, "r8r8"), FORM(movups_store, "w8w8"), FORM(movdqa_load, "r8r8"),
	FORM(movdqu_store, "w8w8"), FORM(movd_load, "r4"), FORM(movq_store, "w8"),
	FORM(movntdq, "w8w8"),
};

/* How often these go on depends on what they find: as often as memory says. */
static const struct form found[] = {
	FORM(repe_cmps32, NULL, .count = 4, .other = FROM_MEMORY),
	FORM(repe_cmps32, NULL, .count = 4, .other = TO_MEMORY),
	FORM(repne_scas8, NULL, .count = 16, .value = 0x8800000000000000),
};

/**
 * struct outcome - What an instruction has done.
 * @gprs: registers after it.
 * @xmm: vector registers.
 * @operand: the operand's memory, or what the device has.
 * @memory: what another operand is in, on both runs.
 * @log: accesses of the device.
 */
struct outcome {
	struct axvm_gprs gprs;
	__u64 xmm[32];
	__u8 operand[OPERAND_LEN];
	__u8 memory[OPERAND_LEN];
	char log[LOG_LEN];
};

/**
 * struct rig - Two vCPUs to try instructions on.
 * @vcpu: the one in use.
 * @other: in a second VM with the same memory.
 * @vm: whose memory that is.
 * @ram: guest address of the operand, if it is memory.
 * @memory: of another operand.
 * @stack: of a stack.
 */
struct rig {
	struct vcpu *vcpu;
	struct vcpu *other;
	struct vm *vm;
	__u64 ram;
	__u64 memory;
	__u64 stack;
};

FIXTURE(mmio) {
	struct rig rig;
};

static __guest void guest_idle(void)
{
	GUEST_SYNC(1);
}

static struct vcpu *new_vcpu(void)
{
	struct vcpu *vcpu = vcpu_new(guest_idle);

	vcpu_expect_sync(vcpu, 1);
	vcpu_set_reg(vcpu, AXVM_X86_BASE(AXVM_X86_FS), 0x10);
	return vcpu;
}

FIXTURE_SETUP(mmio)
{
	struct rig *rig = &self->rig;

	rig->vcpu = new_vcpu();
	rig->vm = rig->vcpu->vm;
	rig->ram = vm_alloc(rig->vm, page_size()) + OFFSET;
	rig->memory = vm_alloc(rig->vm, page_size()) + OFFSET;
	rig->stack = vm_alloc(rig->vm, page_size()) + OFFSET;
	rig->other = new_vcpu();
	CHECK_OK(axvm_mem_replace(rig->other->vm->fd, RAM_GPA, rig->vm->ram, RAM_LEN,
				  MEM_RW));
}

FIXTURE_TEARDOWN(mmio)
{
	vm_destroy(self->rig.other->vm);
	vm_destroy(self->rig.vcpu->vm);
}

/* The operand begins in the middle, for instructions that go down from there. */
#define MIDDLE	(OPERAND_LEN / 2)

static void fill_operand(__u8 *operand, const struct form *form)
{
	unsigned int i;

	for (i = 0; i < OPERAND_LEN; i++)
		operand[i] = 0x80 + 7 * i;
	if (form->value)
		memcpy(operand + MIDDLE, &form->value, sizeof(form->value));
}

/* What is compared with the operand: it differs from it in the third doubleword. */
static void fill_memory(__u8 *memory, const struct form *form)
{
	fill_operand(memory, form);
	memory[MIDDLE + 9] ^= 0x55;
}

static void fill_registers(struct rig *rig, const struct form *form, __u64 operand,
			   struct axvm_gprs *gprs)
{
	insn_fill(gprs, form->insn);
	gprs->rflags |= form->rflags;
	gprs->r[GPR_RBX] = operand;
	gprs->r[GPR_RSI] = form->other == FROM_MEMORY ? rig->memory : operand;
	gprs->r[GPR_RDI] = form->other == TO_MEMORY ? rig->memory : operand;
	/* Operands of one instruction that are both the device's do not overlap. */
	if (form->other == BOTH)
		gprs->r[GPR_RDI] += 32;
	gprs->r[GPR_RBP] = 2;
	gprs->r[GPR_RSP] = rig->stack;
	if (form->count)
		gprs->r[GPR_RCX] = form->count;
}

static void fill_xmm(struct vcpu *vcpu)
{
	struct axvm_reg regs[33];
	unsigned int i;

	for (i = 0; i < 32; i++)
		regs[i] = (struct axvm_reg){ AXVM_X86_XSAVE(XSAVE_XMM / 8 + i), pattern(3, i) };
	/* Without XSAVE there is no header, and this is not in the list. */
	regs[32] = (struct axvm_reg){ AXVM_X86_XSAVE(XSAVE_HEADER / 8), XCR0_X87 | XCR0_SSE };
	vcpu_set_regs(vcpu, regs, vm_has_cpuid(vcpu->vm, 1, 0, 2, 26) ? 33 : 32);
}

static bool is_end(const struct axvm_run_exit *exit)
{
	return exit->reason == AXVM_EXIT_PORT_WRITE && exit->port.port == INSN_PORT;
}

static void log_access(struct outcome *out, char what, unsigned int width)
{
	size_t len = strlen(out->log);

	CHECK_LT(len + 3, LOG_LEN);
	snprintf(out->log + len, LOG_LEN - len, "%c%u", what, width);
}

/* The device: it has what was written, and nothing else. */
static void serve(struct vcpu *vcpu, struct outcome *out, const char *name)
{
	const struct axvm_run_exit *exit = vcpu->ax.exit;
	__u64 at = exit->mmio.addr - (DEVICE + OFFSET - MIDDLE), data = 0;

	if (exit->reason != AXVM_EXIT_MMIO_READ && exit->reason != AXVM_EXIT_MMIO_WRITE)
		FAIL("%s: exit %s (0x%llx, 0x%llx, 0x%llx)", name, axvm_exit_name(exit->reason),
		     exit->raw[0], exit->raw[1], exit->raw[2]);
	CHECK_LE(at + exit->mmio.width, OPERAND_LEN);
	CHECK_EQ(exit->mmio.pad, 0);
	if (exit->reason == AXVM_EXIT_MMIO_READ) {
		CHECK(exit->flags & AXVM_EXIT_WANTS_ANSWER);
		CHECK_EQ(exit->mmio.data, 0);
		memcpy(&data, out->operand + at, exit->mmio.width);
		/* Bits beyond the width must not count. */
		if (exit->mmio.width < 8)
			data |= 0x5aULL << 56;
		axvm_answer(&vcpu->ax, data, 0);
		log_access(out, 'r', exit->mmio.width);
	} else {
		CHECK(!(exit->flags & AXVM_EXIT_WANTS_ANSWER));
		if (exit->mmio.width < 8)
			CHECK_EQ(exit->mmio.data >> 8 * exit->mmio.width, 0);
		memcpy(out->operand + at, &exit->mmio.data, exit->mmio.width);
		log_access(out, 'w', exit->mmio.width);
	}
}

static void take_outcome(struct vcpu *vcpu, struct outcome *out, const void *memory)
{
	unsigned int i;

	out->gprs = vcpu->ax.exit->gprs;
	for (i = 0; i < 32; i++)
		out->xmm[i] = vcpu_get_reg(vcpu, AXVM_X86_XSAVE(XSAVE_XMM / 8 + i));
	memcpy(out->memory, memory, OPERAND_LEN);
}

/* All of the state goes to the other VM, in the middle of the instruction. */
static void move(struct vcpu **vcpu, struct vcpu **other)
{
	struct reg_set *set = regs_save((*vcpu)->ax.fd);
	struct vcpu *swap = *vcpu;

	regs_load((*other)->ax.fd, set);
	memcpy((*other)->ax.request->answer, (*vcpu)->ax.request->answer,
	       sizeof((*vcpu)->ax.request->answer));
	free(set);
	*vcpu = *other;
	*other = swap;
}

static void run_on_memory(struct rig *rig, const struct form *form, struct outcome *out)
{
	__u8 *operand = vm_hva(rig->vm, rig->ram - MIDDLE);
	__u8 *memory = vm_hva(rig->vm, rig->memory - MIDDLE);
	struct axvm_gprs gprs;

	fill_operand(operand, form);
	fill_memory(memory, form);
	fill_registers(rig, form, rig->ram, &gprs);
	fill_xmm(rig->vcpu);
	insn_set(rig->vcpu, &gprs);
	axvm_request(&rig->vcpu->ax, AXVM_RUN_GET_GPRS);
	vcpu_run(rig->vcpu);
	if (!is_end(rig->vcpu->ax.exit))
		FAIL("%s: on memory: exit %s", form->name,
		     axvm_exit_name(rig->vcpu->ax.exit->reason));
	take_outcome(rig->vcpu, out, memory);
	memcpy(out->operand, operand, OPERAND_LEN);
}

static void run_on_device(struct rig *rig, const struct form *form, struct outcome *out,
			  bool moving)
{
	__u8 *memory = vm_hva(rig->vm, rig->memory - MIDDLE);
	struct axvm_gprs gprs;

	fill_operand(out->operand, form);
	fill_memory(memory, form);
	fill_registers(rig, form, DEVICE + OFFSET, &gprs);
	fill_xmm(rig->vcpu);
	out->log[0] = 0;
	insn_set(rig->vcpu, &gprs);
	for (;;) {
		axvm_request(&rig->vcpu->ax, AXVM_RUN_GET_GPRS);
		vcpu_run(rig->vcpu);
		if (is_end(rig->vcpu->ax.exit))
			break;
		serve(rig->vcpu, out, form->name);
		if (moving)
			move(&rig->vcpu, &rig->other);
	}
	take_outcome(rig->vcpu, out, memory);
}

/* Addresses differ by as much as the operands are apart. */
static void check_registers(struct rig *rig, const struct form *form,
			    const struct outcome *device, const struct outcome *memory)
{
	__u64 apart = DEVICE + OFFSET - rig->ram, want;
	struct axvm_gprs gprs;
	unsigned int i;

	fill_registers(rig, form, rig->ram, &gprs);
	for (i = 0; i < 16; i++) {
		want = memory->gprs.r[i];
		if ((i == GPR_RBX || i == GPR_RSI || i == GPR_RDI) &&
		    gprs.r[i] - rig->ram < page_size() && want - rig->ram + page_size() <
		    2 * page_size())
			want += apart;
		if (device->gprs.r[i] != want)
			FAIL("%s: register %u: 0x%llx, not 0x%llx", form->name, i,
			     device->gprs.r[i], want);
	}
	if (device->gprs.rflags != memory->gprs.rflags)
		FAIL("%s: flags: 0x%llx, not 0x%llx", form->name, device->gprs.rflags,
		     memory->gprs.rflags);
}

static void check_bytes(const char *name, const char *what, const void *got, const void *want,
			size_t len)
{
	const __u8 *a = got, *b = want;
	size_t i;

	for (i = 0; i < len; i++)
		if (a[i] != b[i])
			FAIL("%s: %s, byte %zu: 0x%x, not 0x%x", name, what, i, a[i], b[i]);
}

static void try_form(struct rig *rig, const struct form *form, bool moving)
{
	struct outcome memory = { .log = "" }, device = { .log = "" };

	run_on_memory(rig, form, &memory);
	run_on_device(rig, form, &device, moving);
	check_registers(rig, form, &device, &memory);
	check_bytes(form->name, "operand", device.operand, memory.operand, OPERAND_LEN);
	check_bytes(form->name, "memory", device.memory, memory.memory, OPERAND_LEN);
	check_bytes(form->name, "vector registers", device.xmm, memory.xmm, sizeof(memory.xmm));
	if (form->accesses && strcmp(device.log, form->accesses))
		FAIL("%s: the device saw %s, not %s", form->name, device.log, form->accesses);
}

TEST_F(mmio, every_form)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(forms); i++)
		try_form(&self->rig, &forms[i], false);
	for (i = 0; i < ARRAY_SIZE(found); i++)
		try_form(&self->rig, &found[i], false);
}

/* Half-done instructions are registers, too: after each access another vCPU goes on. */
TEST_F(mmio, every_form_on_the_move)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(forms); i++)
		try_form(&self->rig, &forms[i], true);
	for (i = 0; i < ARRAY_SIZE(found); i++)
		try_form(&self->rig, &found[i], true);
}

/* ------------------------------------------------------------------------- */
/* Wide vectors                                                              */
/* ------------------------------------------------------------------------- */

F(vmovdqu_load, "vmovdqu (%rbx), %ymm3");
F(vmovdqu_store, "vmovdqu %ymm4, (%rbx)");
F(vmovdqu_load16, "vmovdqu (%rbx), %xmm3");

static const struct form wide[] = {
	FORM(vmovdqu_load, "r8r8r8r8"), FORM(vmovdqu_store, "w8w8w8w8"),
	FORM(vmovdqu_load16, "r8r8"),
};

TEST_F(mmio, avx)
{
	struct vcpu *vcpus[] = { self->rig.vcpu, self->rig.other };
	unsigned int i;

	if (!vm_has_cpuid(self->rig.vcpu->vm, 1, 0, 2, 28))
		test_skip("guests have no AVX here");
	for (i = 0; i < 2; i++) {
		vcpu_set_reg(vcpus[i], AXVM_X86_CR(4), VCPU_CR4 | CR4_OSXSAVE);
		vcpu_set_reg(vcpus[i], AXVM_X86_XCR0, XCR0_X87 | XCR0_SSE | XCR0_AVX);
	}
	for (i = 0; i < ARRAY_SIZE(wide); i++) {
		try_form(&self->rig, &wide[i], false);
		try_form(&self->rig, &wide[i], true);
	}
}

TEST_HARNESS_MAIN
