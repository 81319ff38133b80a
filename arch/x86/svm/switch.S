/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world switch
 *
 * VMRUN and #VMEXIT switch what lets the host go on: code, stack and data segments, GDTR,
 * IDTR, the control registers. The rest is moved by VMLOAD and VMSAVE. Between an exit and the
 * next entry the kernel needs none of it but GS's base, as long as GIF is 0: it takes no
 * interrupt, no NMI and no machine check then, and what exceptions remain use neither TR nor
 * SWAPGS. So this loop only exchanges the base of GS, and the guest's FS, GS, LDTR, TR and MSRs
 * stay on the CPU until the host is to have a turn. Without RDGSBASE all of them are moved
 * at each exit.
 *
 * The host's part is saved each time it is left: while a thread is bound, another one can
 * change its process's LDT.
 *
 * Everything between an exit and the next entry is here and in axvm_svm_exit(). While that
 * returns 0 this goes round without restoring the host's callee-saved registers: the
 * C compiler keeps its own promises about them.
 */
#include <linux/linkage.h>
#include <asm/alternative.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>

#include "switch.h"

#define R(n)	8 * (n)

/* On the stack. */
#define GPRS	0
#define SWITCH	8

/* Before 6.9 there is one macro for all entries of the kernel. */
.macro untrain_returns
#ifdef UNTRAIN_RET_VM
	UNTRAIN_RET_VM
#else
	UNTRAIN_RET
#ifdef X86_FEATURE_IBPB_ON_VMEXIT
	ALTERNATIVE "", "call entry_ibpb", X86_FEATURE_IBPB_ON_VMEXIT
#endif
#endif
.endm

/* Make IA32_SPEC_CTRL what \to says, if \from does not say the same. EAX, ECX, EDX. */
.macro set_spec_ctrl from, to
	movl	\to(%rdi), %eax
	cmpl	\from(%rdi), %eax
	je	.Lsame_\@
	movl	$MSR_IA32_SPEC_CTRL, %ecx
	xorl	%edx, %edx
	wrmsr
.Lsame_\@:
.endm

	.section .text, "ax"

/* unsigned int axvm_svm_switch(struct axvm_svm_switch *sw, struct axvm_x86_switch *gprs) */
SYM_FUNC_START(axvm_svm_switch)
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdi
	pushq	%rsi

	clgi
	movq	SWITCH_HOST_PA(%rdi), %rax
	vmsave	%rax
	ALTERNATIVE "jmp .Lenter", "", X86_FEATURE_FSGSBASE
	rdgsbase %rcx
	movq	%rcx, SWITCH_HOST_GS(%rdi)
	movq	SWITCH_VMCB_PA(%rdi), %rax
	vmload	%rax
	rdgsbase %rax
	movq	%rax, SWITCH_GUEST_GS(%rdi)
	wrgsbase %rcx

.Lenter:
	set_spec_ctrl SWITCH_HOST_SPEC_CTRL, SWITCH_GUEST_SPEC_CTRL
	ALTERNATIVE "jmp .Lload_all", "", X86_FEATURE_FSGSBASE
	movq	SWITCH_GUEST_GS(%rdi), %rax
	wrgsbase %rax
.Lloaded:
	movq	SWITCH_VMCB(%rdi), %rax
	movq	R(0)(%rsi), %rcx
	movq	%rcx, VMCB_RAX(%rax)
	movq	SWITCH_VMCB_PA(%rdi), %rax
	movq	R(1)(%rsi), %rcx
	movq	R(2)(%rsi), %rdx
	movq	R(3)(%rsi), %rbx
	movq	R(5)(%rsi), %rbp
	movq	R(7)(%rsi), %rdi
	movq	R(8)(%rsi), %r8
	movq	R(9)(%rsi), %r9
	movq	R(10)(%rsi), %r10
	movq	R(11)(%rsi), %r11
	movq	R(12)(%rsi), %r12
	movq	R(13)(%rsi), %r13
	movq	R(14)(%rsi), %r14
	movq	R(15)(%rsi), %r15
	movq	R(6)(%rsi), %rsi
	VM_CLEAR_CPU_BUFFERS

	/* Interrupts end the guest's run only if they are on; GIF holds them back until then. */
	sti
	vmrun	%rax
	cli

	/* RSP and RAX are the host's again. */
	movq	GPRS(%rsp), %rax
	movq	%rcx, R(1)(%rax)
	movq	%rdx, R(2)(%rax)
	movq	%rbx, R(3)(%rax)
	movq	%rbp, R(5)(%rax)
	movq	%rsi, R(6)(%rax)
	movq	%rdi, R(7)(%rax)
	movq	%r8, R(8)(%rax)
	movq	%r9, R(9)(%rax)
	movq	%r10, R(10)(%rax)
	movq	%r11, R(11)(%rax)
	movq	%r12, R(12)(%rax)
	movq	%r13, R(13)(%rax)
	movq	%r14, R(14)(%rax)
	movq	%r15, R(15)(%rax)
	movq	%rax, %rsi
	movq	SWITCH(%rsp), %rdi
	ALTERNATIVE "jmp .Lsave_all", "", X86_FEATURE_FSGSBASE
	rdgsbase %rax
	movq	%rax, SWITCH_GUEST_GS(%rdi)
	movq	SWITCH_HOST_GS(%rdi), %rax
	wrgsbase %rax
.Lsaved:
	/* No return is predicted before the guest's traces are gone; this counts calls per CPU. */
	FILL_RETURN_BUFFER %rax, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT
	movq	SWITCH_VMCB(%rdi), %rax
	movq	VMCB_RAX(%rax), %rax
	movq	%rax, R(0)(%rsi)
	set_spec_ctrl SWITCH_GUEST_SPEC_CTRL, SWITCH_HOST_SPEC_CTRL
	untrain_returns

	/* No value of the guest's is left for a gadget to use. */
	xorl	%eax, %eax
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d

	movq	%rsi, %rdi
	call	axvm_svm_exit
	movq	GPRS(%rsp), %rsi
	movq	SWITCH(%rsp), %rdi
	testl	%eax, %eax
	jz	.Lenter

	/* All is the host's again before it may be interrupted. */
	movl	%eax, %edx
	ALTERNATIVE "jmp .Lleave", "", X86_FEATURE_FSGSBASE
	movq	SWITCH_GUEST_GS(%rdi), %rax
	wrgsbase %rax
	movq	SWITCH_VMCB_PA(%rdi), %rax
	vmsave	%rax
	movq	SWITCH_HOST_PA(%rdi), %rax
	vmload	%rax
.Lleave:
	stgi
	movl	%edx, %eax
	popq	%rsi
	popq	%rdi
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	RET

	/* The same without RDGSBASE. */
.Lload_all:
	movq	SWITCH_VMCB_PA(%rdi), %rax
	vmload	%rax
	jmp	.Lloaded
.Lsave_all:
	movq	SWITCH_VMCB_PA(%rdi), %rax
	vmsave	%rax
	movq	SWITCH_HOST_PA(%rdi), %rax
	vmload	%rax
	jmp	.Lsaved
SYM_FUNC_END(axvm_svm_switch)
