/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world switch
 *
 * Everything between a guest's exit and its next entry is here and in
 * axvm_vmx_exit(). As long as that returns 0 this loop goes round without
 * restoring the host's callee-saved registers: they are on the stack, and C finds
 * zeros in them after an exit, which it saves and restores like any others.
 */
#include <linux/linkage.h>
#include <asm/alternative.h>
#include <asm/asm.h>
#include <asm/cpufeatures.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/percpu.h>
#include <asm/segment.h>
#include <asm/unwind_hints.h>

#include "switch.h"

/* The stack while the guest runs, at HOST_RSP. */
#define STACK_SW	0
#define STACK_FRAME	8

/* Apply \op to every register but RSP (it is in the VMCS) and RDI, which points to them. */
.macro load_gprs
	mov	AXVM_VMX_SWITCH_R(0)(%rdi), %rax
	mov	AXVM_VMX_SWITCH_R(1)(%rdi), %rcx
	mov	AXVM_VMX_SWITCH_R(2)(%rdi), %rdx
	mov	AXVM_VMX_SWITCH_R(3)(%rdi), %rbx
	mov	AXVM_VMX_SWITCH_R(5)(%rdi), %rbp
	mov	AXVM_VMX_SWITCH_R(6)(%rdi), %rsi
	mov	AXVM_VMX_SWITCH_R(8)(%rdi), %r8
	mov	AXVM_VMX_SWITCH_R(9)(%rdi), %r9
	mov	AXVM_VMX_SWITCH_R(10)(%rdi), %r10
	mov	AXVM_VMX_SWITCH_R(11)(%rdi), %r11
	mov	AXVM_VMX_SWITCH_R(12)(%rdi), %r12
	mov	AXVM_VMX_SWITCH_R(13)(%rdi), %r13
	mov	AXVM_VMX_SWITCH_R(14)(%rdi), %r14
	mov	AXVM_VMX_SWITCH_R(15)(%rdi), %r15
.endm

.macro save_gprs
	mov	%rax, AXVM_VMX_SWITCH_R(0)(%rdi)
	mov	%rcx, AXVM_VMX_SWITCH_R(1)(%rdi)
	mov	%rdx, AXVM_VMX_SWITCH_R(2)(%rdi)
	mov	%rbx, AXVM_VMX_SWITCH_R(3)(%rdi)
	mov	%rbp, AXVM_VMX_SWITCH_R(5)(%rdi)
	mov	%rsi, AXVM_VMX_SWITCH_R(6)(%rdi)
	mov	%r8, AXVM_VMX_SWITCH_R(8)(%rdi)
	mov	%r9, AXVM_VMX_SWITCH_R(9)(%rdi)
	mov	%r10, AXVM_VMX_SWITCH_R(10)(%rdi)
	mov	%r11, AXVM_VMX_SWITCH_R(11)(%rdi)
	mov	%r12, AXVM_VMX_SWITCH_R(12)(%rdi)
	mov	%r13, AXVM_VMX_SWITCH_R(13)(%rdi)
	mov	%r14, AXVM_VMX_SWITCH_R(14)(%rdi)
	mov	%r15, AXVM_VMX_SWITCH_R(15)(%rdi)
.endm

/* No value of the guest's is left for the host to speculate with. */
.macro clear_gprs
	xor	%eax, %eax
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%ebx, %ebx
	xor	%ebp, %ebp
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
.endm

/* unsigned int axvm_vmx_switch(struct axvm_x86_switch *rdi, struct axvm_vmx_frame *rsi) */
SYM_FUNC_START(axvm_vmx_switch)
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi
	push	%rdi

	/* The same thread comes here with the same stack, as a rule. */
	cmp	%rsp, AXVM_VMX_FRAME_HOST_RSP(%rsi)
	je	.Lenter
	mov	%rsp, AXVM_VMX_FRAME_HOST_RSP(%rsi)
	mov	$AXVM_VMX_FIELD_HOST_RSP, %eax
	vmwrite	%rsp, %rax

.Lenter:
	/* From here to the entry there must be no return and no indirect branch. */
	ALTERNATIVE "jmp .Lguest_spec_ctrl_set", "", X86_FEATURE_MSR_SPEC_CTRL
	movl	AXVM_VMX_FRAME_SPEC_CTRL(%rsi), %eax
	cmp	PER_CPU_VAR(x86_spec_ctrl_current), %eax
	je	.Lguest_spec_ctrl_set
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	xor	%edx, %edx
	wrmsr
.Lguest_spec_ctrl_set:
	/* Into CF: of the flags VERW changes only ZF, and moves none. */
	btl	$0, AXVM_VMX_FRAME_LAUNCHED(%rsi)
	load_gprs
	mov	AXVM_VMX_SWITCH_R(7)(%rdi), %rdi
#ifdef VM_CLEAR_CPU_BUFFERS
	VM_CLEAR_CPU_BUFFERS
#else
	CLEAR_CPU_BUFFERS
#endif
	jnc	.Llaunch
	/* The exit does not come by a branch: for objtool it is as here. */
	UNWIND_HINT_SAVE
	vmresume
	jmp	.Lnot_entered
.Llaunch:
	vmlaunch
	jmp	.Lnot_entered

SYM_INNER_LABEL_ALIGN(axvm_vmx_exited, SYM_L_GLOBAL)
	UNWIND_HINT_RESTORE
	ENDBR
	push	%rdi
	mov	8 + STACK_SW(%rsp), %rdi
	pop	AXVM_VMX_SWITCH_R(7)(%rdi)
	save_gprs
	clear_gprs

	/* Before the first return that has no call of ours: poisoned, or none at all. */
	FILL_RETURN_BUFFER %rax, RSB_CLEAR_LOOPS, X86_FEATURE_RSB_VMEXIT, \
			   X86_FEATURE_RSB_VMEXIT_LITE

	mov	STACK_FRAME(%rsp), %rsi
	ALTERNATIVE "jmp .Lhost_spec_ctrl_set", "", X86_FEATURE_MSR_SPEC_CTRL
	movl	PER_CPU_VAR(x86_spec_ctrl_current), %eax
	/* With IBRS it is the write that counts, the same value or not. */
	ALTERNATIVE "jmp .Lcompare_spec_ctrl", "", X86_FEATURE_KERNEL_IBRS
	jmp	.Lwrite_spec_ctrl
.Lcompare_spec_ctrl:
	cmp	AXVM_VMX_FRAME_SPEC_CTRL(%rsi), %eax
	je	.Lspec_ctrl_written
.Lwrite_spec_ctrl:
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	xor	%edx, %edx
	wrmsr
.Lspec_ctrl_written:
	/* Nor may that comparison be guessed past. */
	lfence
.Lhost_spec_ctrl_set:
	CLEAR_BRANCH_HISTORY_VMEXIT

	movl	$1, AXVM_VMX_FRAME_LAUNCHED(%rsi)
	mov	STACK_SW(%rsp), %rdi
	call	axvm_vmx_exit
	mov	STACK_SW(%rsp), %rdi
	mov	STACK_FRAME(%rsp), %rsi
	test	%eax, %eax
	jz	.Lenter

.Lleave:
	add	$16, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	RET

.Lnot_entered:
	/* The guest's registers are loaded, but the stack is ours still. */
	clear_gprs
	ALTERNATIVE "jmp .Lno_spec_ctrl", "", X86_FEATURE_MSR_SPEC_CTRL
	movl	PER_CPU_VAR(x86_spec_ctrl_current), %eax
	mov	$MSR_IA32_SPEC_CTRL, %ecx
	xor	%edx, %edx
	wrmsr
.Lno_spec_ctrl:
	mov	STACK_SW(%rsp), %rdi
	call	axvm_vmx_not_entered
	jmp	.Lleave
SYM_FUNC_END(axvm_vmx_switch)

/*
 * void axvm_vmx_call_gate(unsigned long rdi)
 *
 * The entry ends with IRET: it takes the frame off, and RSP from it.
 */
SYM_FUNC_START(axvm_vmx_call_gate)
	push	%rbp
	mov	%rsp, %rbp
	/* As the processor aligns it. */
	and	$-16, %rsp
	push	$__KERNEL_DS
	push	%rbp
	pushf
	push	$__KERNEL_CS
	CALL_NOSPEC rdi
	/* RSP has this value already; objtool does not know that. */
	mov	%rbp, %rsp
	pop	%rbp
	RET
SYM_FUNC_END(axvm_vmx_call_gate)
