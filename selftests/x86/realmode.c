// SPDX-License-Identifier: GPL-2.0
/*
 * Real mode: from the reset vector, and from there to protected and to long mode
 *
 * The guest's programs are 16-bit code in this file, copied to where PCs have it.
 */
#include "insn.h"
#include "test.h"
#include "vcpu.h"

#define LOAD_GPA	0x7000
#define STACK_TOP	0x6ff0
#define PORT		0x99

/* Memory below 1 MiB, and one page at the top of 4 GiB, both with nothing else there. */
static struct vcpu *real_vcpu(const char *program, const char *end, char **low)
{
	struct vm *vm = vm_create(0);
	struct vcpu *vcpu = vcpu_create(vm, 0, NULL);

	*low = vm_map(vm, 0, 0xa0000, MEM_RWX);
	memcpy(*low + LOAD_GPA, program, end - program);
	vcpu_set_real_mode(vcpu, 0, LOAD_GPA);
	vcpu_set_reg(vcpu, AXVM_X86_RSP, STACK_TOP);
	return vcpu;
}

static void expect_word(struct vcpu *vcpu, __u16 value)
{
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_PORT_WRITE);

	CHECK_EQ(exit->port.port, PORT);
	CHECK_EQ(exit->port.width, 2);
	CHECK_EQ(*(__u16 *)exit->port.data, value);
}

/* ------------------------------------------------------------------------- */
/* The reset vector                                                          */
/* ------------------------------------------------------------------------- */

TEST(reset_vector)
{
	/* At FFFF_FFF0H: to the beginning of the page, where a port is written. */
	static const __u8 vector[] = { 0xe9, 0x0d, 0xf0 };		/* jmp to 0xf000 */
	static const __u8 code[] = { 0xb8, 0x34, 0x12, 0xe7, PORT, 0xf4 };
	struct vm *vm = vm_create(0);
	char *hva = vm_map(vm, 0xfffff000, page_size(), MEM_RWX);
	struct vcpu vcpu = { .vm = vm };

	memcpy(hva + 0xff0, vector, sizeof(vector));
	memcpy(hva, code, sizeof(code));
	vm_set_reg(vm, AXVM_REG_VM_EXITS, AXVM_EXITS_HALT);
	/* As it is created; nothing is set. */
	CHECK_OK(axvm_create_vcpu(vm->fd, &vcpu.ax, 0, 0, AXVM_HOME_ANY));
	watch_add(vcpu.ax.fd);
	expect_word(&vcpu, 0x1234);
	vcpu_expect(&vcpu, AXVM_EXIT_HALT);
	CHECK_EQ(vcpu_get_reg(&vcpu, AXVM_X86_BASE(AXVM_X86_CS)), 0xffff0000);
	CHECK_EQ(vcpu_get_reg(&vcpu, AXVM_X86_RIP), 0xf006);
}

/* ------------------------------------------------------------------------- */
/* What 16-bit code does                                                     */
/* ------------------------------------------------------------------------- */

PROGRAM(segments,
	"movw	$0x1234, %ax\n"
	"movw	%ax, %es\n"
	"movw	$0xbeef, %es:0x10\n"		/* 0x12350 */
	"movw	$0x1235, %ax\n"
	"movw	%ax, %ds\n"
	"movw	0, %ax\n"
	"outw	%ax, $0x99\n"
	"pushw	$0x1111\n"
	"popw	%ax\n"
	"outw	%ax, $0x99\n"
	/* Arithmetic of 32 bits. */
	"movl	$0x12345678, %eax\n"
	"shll	$4, %eax\n"
	"shrl	$16, %eax\n"
	"outw	%ax, $0x99\n"
	/* A far call and return. */
	"lcallw	$0x700, $(1f - segments)\n"
	"outw	%ax, $0x99\n"
	"cpuid\n"
	"hlt\n"
	"1:\n"
	"movw	%cs, %ax\n"
	"lretw\n");

TEST(segments_and_calls)
{
	char *low;
	struct vcpu *vcpu = real_vcpu(segments, segments_end, &low);

	vm_set_reg(vcpu->vm, AXVM_REG_VM_EXITS, AXVM_EXITS_HALT);
	expect_word(vcpu, 0xbeef);
	CHECK_EQ(*(__u16 *)(low + 0x12350), 0xbeef);
	expect_word(vcpu, 0x1111);
	expect_word(vcpu, 0x2345);
	expect_word(vcpu, 0x700);
	vcpu_expect(vcpu, AXVM_EXIT_HALT);
}

PROGRAM(interrupts,
	/* Vectors 0 and 21H, by the table at address 0. */
	"movw	$(divide - interrupts + 0x7000), 0\n"
	"movw	$0, 2\n"
	"movw	$(call - interrupts + 0x7000), 0x84\n"
	"movw	$0, 0x86\n"
	"movw	$5, %ax\n"
	"int	$0x21\n"
	"outw	%ax, $0x99\n"
	/* A fault: its handler goes past the instruction of two bytes. */
	"xorw	%bx, %bx\n"
	"divw	%bx\n"
	"outw	%ax, $0x99\n"
	"movw	%sp, %ax\n"
	"outw	%ax, $0x99\n"
	"hlt\n"
	"call:\n"
	"addw	$0x100, %ax\n"
	"iretw\n"
	"divide:\n"
	"movw	%sp, %bp\n"
	"addw	$2, (%bp)\n"
	"movw	$0xd1d, %ax\n"
	"iretw\n");

TEST(interrupt_table)
{
	char *low;
	struct vcpu *vcpu = real_vcpu(interrupts, interrupts_end, &low);

	expect_word(vcpu, 0x105);
	expect_word(vcpu, 0xd1d);
	expect_word(vcpu, STACK_TOP);
}

PROGRAM(waits,
	"movw	$(nmi - waits + 0x7000), 8\n"
	"movw	$0, 10\n"
	"1:\n"
	"outw	%ax, $0x99\n"
	"jmp	1b\n"
	"nmi:\n"
	"addw	$0x1000, %ax\n"
	"iretw\n");

TEST(nmis)
{
	char *low;
	struct vcpu *vcpu = real_vcpu(waits, waits_end, &low);
	unsigned int i;

	expect_word(vcpu, 0);
	for (i = 1; i < 8; i++) {
		CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_NMI, 1));
		CHECK_OK(axvm_set_irq(vcpu->ax.fd, AXVM_X86_IRQ_NMI, 0));
		expect_word(vcpu, i << 12);
	}
}

/* String instructions and devices, by 16-bit addresses. */
PROGRAM(strings,
	"movw	$0xa000, %ax\n"
	"movw	%ax, %es\n"
	"movw	$0x10, %di\n"
	"movw	$(text - strings + 0x7000), %si\n"
	"movw	$4, %cx\n"
	"rep movsb\n"
	"movw	%di, %ax\n"
	"outw	%ax, $0x99\n"
	"movw	$(text - strings + 0x7000), %si\n"
	"movw	$4, %cx\n"
	"movw	$0x98, %dx\n"
	"rep outsb\n"
	/* Over the end of the segment: the address wraps. */
	"movw	$0xffff, %di\n"
	"movb	$0x5a, %al\n"
	"stosb\n"
	"movw	%di, %ax\n"
	"outw	%ax, $0x99\n"
	"hlt\n"
	"text: .ascii \"axvm\"\n");

TEST(strings_and_devices)
{
	char *low, text[5] = "";
	struct vcpu *vcpu = real_vcpu(strings, strings_end, &low);
	const struct axvm_run_exit *exit;
	unsigned int i, n = 0;

	for (i = 0; i < 4; i++) {
		exit = vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);
		CHECK_EQ(exit->mmio.addr, 0xa0010 + i);
		CHECK_EQ(exit->mmio.data, "axvm"[i]);
	}
	expect_word(vcpu, 0x14);
	while (n < 4) {
		exit = vcpu_expect(vcpu, AXVM_EXIT_PORT_WRITE);
		CHECK_EQ(exit->port.port, 0x98);
		memcpy(text + n, exit->port.data, exit->port.count);
		n += exit->port.count;
	}
	CHECK_EQ(strcmp(text, "axvm"), 0);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE)->mmio.addr, 0xaffff);
	expect_word(vcpu, 0);
}

/* A segment from a device: SS holds interrupts back, and what is pushed goes to the new stack. */
PROGRAM(loads,
	"movw	$0xa000, %ax\n"
	"movw	%ax, %ds\n"
	"movw	0x20, %ss\n"
	"movw	$0x100, %sp\n"
	"pushw	$0x7788\n"
	"hlt\n");

TEST(segments_from_a_device)
{
	char *low;
	struct vcpu *vcpu = real_vcpu(loads, loads_end, &low);

	vm_set_reg(vcpu->vm, AXVM_REG_VM_EXITS, AXVM_EXITS_HALT);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ)->mmio.addr, 0xa0020);
	CHECK_EQ(vcpu->ax.exit->mmio.width, 2);
	axvm_answer(&vcpu->ax, 0x2000, 0);
	insn_finish(vcpu, 0);
	CHECK_NE(vcpu_get_reg(vcpu, AXVM_X86_SHADOW), 0);
	vcpu_expect(vcpu, AXVM_EXIT_HALT);
	CHECK_EQ(*(__u16 *)(low + 0x200fe), 0x7788);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_SHADOW), 0);
}

/* Code of 32 bits in real mode, as the processor is between MOV to CR0 and the jump. */
PROGRAM(wide,
	".code32\n"
	"movl	$0xa0010, %ebx\n"
	"movl	4(%ebx), %eax\n"
	"incl	(%ebx)\n"
	"hlt\n");

TEST(code_of_32_bits)
{
	char *low;
	struct vcpu *vcpu = real_vcpu(wide, wide_end, &low);

	vcpu_set_segment(vcpu, AXVM_X86_CS, 0, 0, 0xffff, SEG_CODE32 & ~SEG_G);
	vcpu_set_segment(vcpu, AXVM_X86_DS, 0, 0, ~0U, SEG_DATA32);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ)->mmio.addr, 0xa0014);
	CHECK_EQ(vcpu->ax.exit->mmio.width, 4);
	axvm_answer(&vcpu->ax, 0x12345678, 0);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ)->mmio.addr, 0xa0010);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_RAX), 0x12345678);
	axvm_answer(&vcpu->ax, 0xffff, 0);
	CHECK_EQ(vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE)->mmio.data, 0x10000);
}

/* ------------------------------------------------------------------------- */
/* Other modes                                                               */
/* ------------------------------------------------------------------------- */

/* To 32-bit code, and back to real mode with a data segment of 4 GiB that stays. */
PROGRAM(there_and_back,
	"lgdtl	gdtr - there_and_back + 0x7000\n"
	"movl	%cr0, %eax\n"
	"orb	$1, %al\n"
	"movl	%eax, %cr0\n"
	"ljmpl	$8, $(1f - there_and_back + 0x7000)\n"
	".code32\n"
	"1:\n"
	"movl	$0x10, %eax\n"
	"movl	%eax, %ds\n"
	"movl	$0x10001000, %ebx\n"
	"movl	$0xcafe, (%ebx)\n"
	"ljmpl	$0x18, $(2f - there_and_back + 0x7000)\n"
	".code16\n"
	"2:\n"
	"movl	%cr0, %eax\n"
	"andb	$0xfe, %al\n"
	"movl	%eax, %cr0\n"
	"ljmpw	$0, $(3f - there_and_back + 0x7000)\n"
	"3:\n"
	"movl	$0xf00d, (%ebx)\n"
	"movw	%cs, %ax\n"
	"outw	%ax, $0x99\n"
	"hlt\n"
	".balign	8\n"
	"gdt: .quad	0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00009b000000ffff\n"
	"gdtr: .word	31\n"
	".long	gdt - there_and_back + 0x7000\n");

TEST(protected_mode_and_back)
{
	char *low;
	struct vcpu *vcpu = real_vcpu(there_and_back, there_and_back_end, &low);
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);

	CHECK_EQ(exit->mmio.addr, MMIO_GPA);
	CHECK_EQ(exit->mmio.data, 0xcafe);
	CHECK_EQ(exit->mmio.width, 4);
	exit = vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);
	CHECK_EQ(exit->mmio.addr, MMIO_GPA);
	CHECK_EQ(exit->mmio.data, 0xf00d);
	expect_word(vcpu, 0);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_CR(0)) & CR0_PE, 0);
}

/* To long mode and, by its compatibility mode, out of it again. */
PROGRAM(to_long_mode,
	"lgdtl	gdtr64 - to_long_mode + 0x7000\n"
	/* Tables at 0x1000: two MiB, mapped to themselves. */
	"movl	$0x2003, 0x1000\n"
	"movl	$0x3003, 0x2000\n"
	"movl	$0x83, 0x3000\n"
	"movl	$0x20, %eax\n"
	"movl	%eax, %cr4\n"
	"movl	$0x1000, %eax\n"
	"movl	%eax, %cr3\n"
	"movl	$0xc0000080, %ecx\n"
	"rdmsr\n"
	"orw	$0x100, %ax\n"
	"wrmsr\n"
	"movl	%cr0, %eax\n"
	"orl	$0x80000001, %eax\n"
	"movl	%eax, %cr0\n"
	"ljmpl	$8, $(1f - to_long_mode + 0x7000)\n"
	".code64\n"
	"1:\n"
	"movabsq	$0x1234567800000000, %rax\n"
	"shrq	$48, %rax\n"
	"outw	%ax, $0x99\n"
	"movl	$0xc0000080, %ecx\n"
	"rdmsr\n"
	"outw	%ax, $0x99\n"
	"ljmpl	*far - to_long_mode + 0x7000\n"
	".code32\n"
	"2:\n"
	"movl	%cr0, %eax\n"
	"andl	$0x7fffffff, %eax\n"
	"movl	%eax, %cr0\n"
	"rdmsr\n"
	"outw	%ax, $0x99\n"
	"hlt\n"
	".balign	8\n"
	"far: .long	2b - to_long_mode + 0x7000\n"
	".word	0x10\n"
	".balign	8\n"
	"gdt64: .quad	0, 0x00af9b000000ffff, 0x00cf9b000000ffff\n"
	"gdtr64: .word	23\n"
	".long	gdt64 - to_long_mode + 0x7000\n");

TEST(long_mode_and_out_of_it)
{
	char *low;
	struct vcpu *vcpu = real_vcpu(to_long_mode, to_long_mode_end, &low);

	expect_word(vcpu, 0x1234);
	expect_word(vcpu, EFER_LMA | EFER_LME);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_MSR(MSR_EFER)), EFER_LMA | EFER_LME);
	expect_word(vcpu, EFER_LME);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_MSR(MSR_EFER)), EFER_LME);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_X86_CR(0)) & CR0_PG, 0);
}

TEST_HARNESS_MAIN
