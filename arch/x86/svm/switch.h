/* SPDX-License-Identifier: GPL-2.0 */
/* Offsets into struct axvm_svm_switch and the VMCB, for assembly. */
#ifndef _AXVM_X86_SVM_SWITCH_H
#define _AXVM_X86_SVM_SWITCH_H

#define SWITCH_VMCB			0
#define SWITCH_VMCB_PA			8
#define SWITCH_HOST_PA			16
#define SWITCH_HOST_GS			24
#define SWITCH_GUEST_GS			32
#define SWITCH_HOST_SPEC_CTRL		40
#define SWITCH_GUEST_SPEC_CTRL		44

/* In the VMCB. */
#define VMCB_RAX			0x5f8

#endif /* _AXVM_X86_SVM_SWITCH_H */
