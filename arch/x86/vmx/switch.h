/* SPDX-License-Identifier: GPL-2.0 */
/* What the world switch works with, for the assembly and for C. */
#ifndef _AXVM_VMX_SWITCH_H
#define _AXVM_VMX_SWITCH_H

#define AXVM_VMX_SWITCH_R(n)		((n) * 8)

#define AXVM_VMX_FRAME_HOST_RSP		0
#define AXVM_VMX_FRAME_SPEC_CTRL	8
#define AXVM_VMX_FRAME_LAUNCHED		16

/** define AXVM_VMX_FIELD_HOST_RSP - VMCS field HOST_RSP; the assembly knows no enumerations. */
#define AXVM_VMX_FIELD_HOST_RSP		0x6c14

#ifndef __ASSEMBLY__

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include "axvm_arch_types.h"

/**
 * struct axvm_vmx_frame - What the assembly keeps of a VMCS.
 * @host_rsp: what its field HOST_RSP holds.
 * @spec_ctrl: the guest's IA32_SPEC_CTRL. Guests' writes exit, so it does not change by itself.
 * @launched: it was entered since it was made current: VMRESUME instead of VMLAUNCH.
 */
struct axvm_vmx_frame {
	u64 host_rsp;
	u64 spec_ctrl;
	u32 launched;
};

static_assert(offsetof(struct axvm_x86_switch, r[15]) == AXVM_VMX_SWITCH_R(15));
static_assert(offsetof(struct axvm_vmx_frame, host_rsp) == AXVM_VMX_FRAME_HOST_RSP);
static_assert(offsetof(struct axvm_vmx_frame, spec_ctrl) == AXVM_VMX_FRAME_SPEC_CTRL);
static_assert(offsetof(struct axvm_vmx_frame, launched) == AXVM_VMX_FRAME_LAUNCHED);

/**
 * axvm_vmx_switch() - Run the guest until axvm_vmx_exit() says other than %AXVM_NEXT_ENTER.
 * @sw: the guest's registers.
 * @frame: of the VMCS that is current.
 *
 * Context: interrupts off.
 * Return: what axvm_vmx_exit() or axvm_vmx_not_entered() returned.
 */
unsigned int axvm_vmx_switch(struct axvm_x86_switch *sw, struct axvm_vmx_frame *frame);

/** axvm_vmx_exit() - Called by the assembly after each exit, interrupts off. */
unsigned int axvm_vmx_exit(struct axvm_x86_switch *sw);

/** axvm_vmx_not_entered() - Called by the assembly if VMLAUNCH or VMRESUME itself failed. */
unsigned int axvm_vmx_not_entered(struct axvm_x86_switch *sw);

/** axvm_vmx_exited() - Where exits come to: for HOST_RIP only. */
void axvm_vmx_exited(void);

/**
 * axvm_vmx_call_gate() - Call the kernel's entry of an exception or interrupt, as the processor
 *	would: with a frame for IRET.
 * @entry: its address.
 *
 * Context: interrupts off.
 */
void axvm_vmx_call_gate(unsigned long entry);

#endif /* __ASSEMBLY__ */

#endif /* _AXVM_VMX_SWITCH_H */
