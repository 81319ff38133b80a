// SPDX-License-Identifier: GPL-2.0
/*
 * x86: setting vCPUs up
 */
#include <stdio.h>

#include "arch.h"
#include "paging.h"
#include "vcpu.h"

#define VECTORS		256
#define VECTOR_LEN	16	/* from one entry to the next, in start.S */

/* Of each stack that the TSS has. */
#define IST_LEN		0x800

/** struct gate - An entry of the interrupt descriptor table. */
struct gate {
	__u16 offset0;
	__u16 selector;
	__u8 ist;
	__u8 type;
	__u16 offset1;
	__u32 offset2;
	__u32 reserved;
};

#define GATE_INTERRUPT	0x8e	/* present, DPL 0 */
#define GATE_USER	0x60	/* DPL 3 */

/* The guest's, filled in its copy of the image. */
static struct gate guest_idt[VECTORS];

static unsigned int stack_of(unsigned int vector)
{
	if (vector == TRAP_NMI)
		return IST_NMI;
	if (vector == TRAP_DF)
		return IST_DOUBLE_FAULT;
	return vector < 32 ? IST_EXCEPTION : IST_INTERRUPT;
}

static void set_gate(struct gate *gate, unsigned int vector)
{
	__u64 entry = (__u64)guest_vectors + vector * VECTOR_LEN;
	/* What INT3 and INTO of a user's code go through. */
	bool user = vector == TRAP_BP || vector == TRAP_OF;

	*gate = (struct gate){
		.offset0 = entry,
		.offset1 = entry >> 16,
		.offset2 = entry >> 32,
		.selector = KERNEL_CS,
		.ist = stack_of(vector),
		.type = GATE_INTERRUPT | (user ? GATE_USER : 0),
	};
}

void arch_init_vm(struct vm *vm)
{
	struct gate *idt = (struct gate *)guest_var(vm, guest_idt);
	unsigned int i;

	for (i = 0; i < VECTORS; i++)
		set_gate(&idt[i], i);
	vm->tables = paging_identity(vm);
}

/* A descriptor of code or data; in 64-bit mode limits do not count. */
static __u64 descriptor(__u64 attributes, __u64 dpl, __u64 limit)
{
	attributes |= SEG_DPL(dpl);
	return (limit & 0xffff) | (attributes & 0xff) << 40 | (limit >> 16 & 0xf) << 48 |
	       (attributes & 0xf000) << 40;
}

static void init_gdt(struct guest_cpu_arch *arch, __u64 tss)
{
	__u64 limit = sizeof(arch->tss) - 1;

	arch->gdt[KERNEL_CS >> 3] = descriptor(SEG_CODE64, 0, 0xfffff);
	arch->gdt[KERNEL_DS >> 3] = descriptor(SEG_DATA32, 0, 0xfffff);
	arch->gdt[KERNEL_CS32 >> 3] = descriptor(SEG_CODE32, 0, 0xfffff);
	arch->gdt[KERNEL_CS16 >> 3] = descriptor(SEG_CODE16, 0, 0xffff);
	arch->gdt[USER_CS32 >> 3] = descriptor(SEG_CODE32, 3, 0xfffff);
	arch->gdt[USER_DS >> 3] = descriptor(SEG_DATA32, 3, 0xfffff);
	arch->gdt[USER_CS >> 3] = descriptor(SEG_CODE64, 3, 0xfffff);
	arch->gdt[KERNEL_DS16 >> 3] = descriptor(SEG_DATA16, 0, 0xffff);
	/* Available; that of a vCPU that starts with its TR loaded is never read again. */
	arch->gdt[TSS_SELECTOR >> 3] = limit | (tss & 0xffffff) << 16 | 0x89ULL << 40 |
				       (tss >> 24 & 0xff) << 56;
	arch->gdt[(TSS_SELECTOR >> 3) + 1] = tss >> 32;
}

/* Below the end of each stack is the address of struct guest_cpu, for guest_entry. */
static void init_stacks(struct vcpu *vcpu, __u64 trap_stack)
{
	struct guest_cpu_arch *arch = &vcpu->cpu->arch;
	unsigned int i;
	__u64 end;

	for (i = IST_EXCEPTION; i <= IST_INTERRUPT; i++) {
		end = trap_stack - (i - 1) * IST_LEN - 16;
		*(__u64 *)vm_hva(vcpu->vm, end) = vcpu->cpu_gpa;
		arch->tss.ist[i - 1] = end;
	}
	arch->tss.rsp[0] = arch->tss.ist[IST_EXCEPTION - 1];
	arch->tss.io_map = sizeof(arch->tss);
}

void arch_init_cpu(struct vcpu *vcpu, __u64 stack, __u64 trap_stack)
{
	struct guest_cpu_arch *arch = &vcpu->cpu->arch;
	__u64 base = vcpu->cpu_gpa + offsetof(struct guest_cpu, arch);

	arch->self = (struct guest_cpu *)vcpu->cpu_gpa;
	arch->sp = stack;
	arch->gdtr.base = base + offsetof(struct guest_cpu_arch, gdt);
	arch->gdtr.limit = sizeof(arch->gdt) - 1;
	arch->idtr.base = (__u64)guest_idt;
	arch->idtr.limit = sizeof(guest_idt) - 1;
	init_gdt(arch, base + offsetof(struct guest_cpu_arch, tss));
	init_stacks(vcpu, trap_stack);
}

void vcpu_set_regs(struct vcpu *vcpu, const struct axvm_reg *regs, __u32 count)
{
	__u32 failed;
	int ret = axvm_set_regs(vcpu->ax.fd, regs, count, &failed);

	if (ret)
		FAIL("register 0x%llx (entry %u of %u): %s", failed < count ? regs[failed].id : 0,
		     failed, count, strerror(-ret));
}

void vcpu_set_segment(struct vcpu *vcpu, unsigned int n, __u64 selector, __u64 base,
		      __u64 limit, __u64 attributes)
{
	const struct axvm_reg regs[] = {
		{ AXVM_X86_SELECTOR(n), selector },
		{ AXVM_X86_BASE(n), base },
		{ AXVM_X86_LIMIT(n), limit },
		{ AXVM_X86_ATTRIBUTES(n), attributes },
	};

	vcpu_set_regs(vcpu, regs, ARRAY_SIZE(regs));
}

static void set_segments(struct vcpu *vcpu)
{
	__u64 tss = vcpu->cpu_gpa + offsetof(struct guest_cpu, arch.tss);
	unsigned int n;

	vcpu_set_segment(vcpu, AXVM_X86_CS, KERNEL_CS, 0, ~0U, SEG_CODE64);
	for (n = AXVM_X86_ES; n <= AXVM_X86_GS; n++)
		if (n != AXVM_X86_CS)
			vcpu_set_segment(vcpu, n, KERNEL_DS, 0, ~0U, SEG_DATA32);
	vcpu_set_reg(vcpu, AXVM_X86_BASE(AXVM_X86_GS), vcpu->cpu_gpa);
	vcpu_set_segment(vcpu, AXVM_X86_LDTR, 0, 0, 0, SEG_UNUSABLE);
	vcpu_set_segment(vcpu, AXVM_X86_TR, TSS_SELECTOR, tss, sizeof(struct guest_tss) - 1,
			 SEG_TSS_BUSY | SEG_P);
}

void arch_set_entry(struct vcpu *vcpu)
{
	const struct guest_cpu_arch *arch = &vcpu->cpu->arch;
	const struct axvm_reg regs[] = {
		{ AXVM_X86_CR(0), VCPU_CR0 },
		{ AXVM_X86_CR(3), vcpu->vm->tables },
		{ AXVM_X86_CR(4), VCPU_CR4 },
		{ AXVM_X86_MSR(MSR_EFER), VCPU_EFER },
		{ AXVM_X86_GDTR_BASE, arch->gdtr.base },
		{ AXVM_X86_GDTR_LIMIT, arch->gdtr.limit },
		{ AXVM_X86_IDTR_BASE, arch->idtr.base },
		{ AXVM_X86_IDTR_LIMIT, arch->idtr.limit },
		{ AXVM_X86_RIP, (__u64)guest_start },
		{ AXVM_X86_RSP, arch->sp },
		{ AXVM_X86_RDI, vcpu->cpu_gpa },
		{ AXVM_X86_RFLAGS, RFLAGS_ONE },
	};

	vcpu_set_regs(vcpu, regs, ARRAY_SIZE(regs));
	set_segments(vcpu);
}

void vcpu_set_real_mode(struct vcpu *vcpu, __u16 cs, __u16 ip)
{
	const struct axvm_reg regs[] = {
		{ AXVM_X86_CR(0), CR0_ET },
		{ AXVM_X86_CR(3), 0 },
		{ AXVM_X86_CR(4), 0 },
		{ AXVM_X86_MSR(MSR_EFER), 0 },
		{ AXVM_X86_GDTR_BASE, 0 },
		{ AXVM_X86_GDTR_LIMIT, 0xffff },
		{ AXVM_X86_IDTR_BASE, 0 },
		{ AXVM_X86_IDTR_LIMIT, 0xffff },
		{ AXVM_X86_RIP, ip },
		{ AXVM_X86_RFLAGS, RFLAGS_ONE },
	};
	unsigned int n;

	vcpu_set_regs(vcpu, regs, ARRAY_SIZE(regs));
	for (n = AXVM_X86_ES; n <= AXVM_X86_GS; n++)
		vcpu_set_segment(vcpu, n, 0, 0, 0xffff, SEG_DATA16);
	vcpu_set_segment(vcpu, AXVM_X86_CS, cs, (__u64)cs << 4, 0xffff, SEG_CODE16);
	vcpu_set_segment(vcpu, AXVM_X86_LDTR, 0, 0, 0xffff, SEG_LDT | SEG_P);
	vcpu_set_segment(vcpu, AXVM_X86_TR, 0, 0, 0xffff, SEG_TSS_BUSY | SEG_P);
}

__u64 arch_pc(struct vcpu *vcpu)
{
	return vcpu_get_reg(vcpu, AXVM_X86_RIP);
}

void arch_describe_trap(const struct ucall *uc, char *text, size_t len)
{
	snprintf(text, len, "vector %llu, rip 0x%llx, error code 0x%llx, cr2 0x%llx",
		 uc->args[0], uc->args[1], uc->args[2], uc->args[3]);
}

__u32 vm_cpuid(struct vm *vm, __u32 leaf, __u32 subleaf, unsigned int reg)
{
	__u64 value;

	/* What is not in the table is 0. */
	return axvm_get_reg(vm->fd, AXVM_X86_CPUID(leaf, subleaf, reg), &value) ? 0 : value;
}

bool vm_has_cpuid(struct vm *vm, __u32 leaf, __u32 subleaf, unsigned int reg, unsigned int bit)
{
	return vm_cpuid(vm, leaf, subleaf, reg) >> bit & 1;
}

bool is_svm(void)
{
	struct axvm_system_info info;

	CHECK_OK(axvm_get_system_info(system_fd(), &info));
	return info.backend == AXVM_BACKEND_SVM;
}

bool is_tcg(void)
{
	struct cpuid_regs r = cpuid(0x40000000, 0);

	return cpuid(1, 0).ecx >> 31 && !memcmp(&r.ebx, "TCGTCGTCGTCG", 12);
}

/* It says that it is no virtual machine, but no CPU with VMX has no revision of its microcode. */
bool is_bochs(void)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	bool revised = false;
	char line[256];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		revised |= !strncmp(line, "microcode", 9);
	fclose(file);
	return !revised && !is_svm();
}
