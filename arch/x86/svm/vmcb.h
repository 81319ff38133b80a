/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtual machine control block (VMCB), as the hardware lays it out
 *
 * From APM volume 2, "Secure Virtual Machine", and its appendices "VMCB Layout" and "SVM
 * Intercept Exit Codes".
 */
#ifndef _AXVM_X86_SVM_VMCB_H
#define _AXVM_X86_SVM_VMCB_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/* ---- intercepts: bits of &struct axvm_svm_control.intercept, 32 a word ---- */

enum axvm_svm_intercept {
	SVM_INTERCEPT_CR_READ		= 0,
	SVM_INTERCEPT_CR_WRITE		= 16,
	SVM_INTERCEPT_DR_READ		= 32,
	SVM_INTERCEPT_DR_WRITE		= 48,
	SVM_INTERCEPT_EXCEPTION		= 64,
	SVM_INTERCEPT_INTR		= 96,
	SVM_INTERCEPT_NMI,
	SVM_INTERCEPT_SMI,
	SVM_INTERCEPT_INIT,
	SVM_INTERCEPT_VINTR,
	SVM_INTERCEPT_CR0_SELECTIVE,
	SVM_INTERCEPT_RDPMC		= 96 + 15,
	SVM_INTERCEPT_CPUID		= 96 + 18,
	SVM_INTERCEPT_RSM,
	SVM_INTERCEPT_IRET,
	SVM_INTERCEPT_INVD		= 96 + 22,
	SVM_INTERCEPT_PAUSE,
	SVM_INTERCEPT_HLT,
	SVM_INTERCEPT_INVLPGA		= 96 + 26,
	SVM_INTERCEPT_IOIO,
	SVM_INTERCEPT_MSR,
	SVM_INTERCEPT_FERR_FREEZE	= 96 + 30,
	SVM_INTERCEPT_SHUTDOWN,
	SVM_INTERCEPT_VMRUN		= 128,
	SVM_INTERCEPT_VMMCALL,
	SVM_INTERCEPT_VMLOAD,
	SVM_INTERCEPT_VMSAVE,
	SVM_INTERCEPT_STGI,
	SVM_INTERCEPT_CLGI,
	SVM_INTERCEPT_SKINIT,
	SVM_INTERCEPT_RDTSCP,
	SVM_INTERCEPT_ICEBP,
	SVM_INTERCEPT_WBINVD,
	SVM_INTERCEPT_MONITOR,
	SVM_INTERCEPT_MWAIT,
	SVM_INTERCEPT_MWAIT_ARMED,
	SVM_INTERCEPT_XSETBV,
	SVM_INTERCEPT_RDPRU,
	SVM_INTERCEPT_INVLPGB		= 160,
	SVM_INTERCEPT_INVLPGB_ILLEGAL,
	SVM_INTERCEPT_INVPCID,
	SVM_INTERCEPT_MCOMMIT,
	SVM_INTERCEPT_TLBSYNC,
};

/* ---- &struct axvm_svm_control.tlb_control ---- */

#define SVM_TLB_NOTHING		0
#define SVM_TLB_FLUSH_ALL	1
#define SVM_TLB_FLUSH_ASID	3

/* ---- &struct axvm_svm_control.int_ctl ---- */

#define SVM_V_TPR		GENMASK(3, 0)
#define SVM_V_IRQ		BIT(8)
#define SVM_V_NMI_PENDING	BIT(11)
#define SVM_V_NMI_MASK		BIT(12)
#define SVM_V_INTR_PRIO_SHIFT	16
#define SVM_V_INTR_PRIO		GENMASK(19, 16)
#define SVM_V_IGN_TPR		BIT(20)
#define SVM_V_INTR_MASKING	BIT(24)
#define SVM_V_NMI_ENABLE	BIT(26)

/* ---- &struct axvm_svm_control.int_state ---- */

#define SVM_INT_SHADOW		BIT(0)

/* ---- exit_int_info and event_inj: vector, type, error and valid as in AXVM_X86_EVENT ---- */

#define SVM_EVENT_VALID		BIT(31)
#define SVM_EVENT_ERROR_SHIFT	32

/* ---- &struct axvm_svm_control.nested_ctl, virt_ext ---- */

#define SVM_NP_ENABLE		BIT(0)
#define SVM_LBR_ENABLE		BIT(0)

/* ---- &struct axvm_svm_control.clean: what VMRUN need not look at ---- */

#define SVM_CLEAN_I		BIT(0)	/* intercepts, TSC offset, pause filter */
#define SVM_CLEAN_IOPM		BIT(1)	/* addresses of the permission maps */
#define SVM_CLEAN_ASID		BIT(2)
#define SVM_CLEAN_TPR		BIT(3)	/* int_ctl, int_vector */
#define SVM_CLEAN_NP		BIT(4)	/* nested paging: nCR3, gPAT */
#define SVM_CLEAN_CR		BIT(5)	/* CR0, CR3, CR4, EFER */
#define SVM_CLEAN_DR		BIT(6)	/* DR6, DR7 */
#define SVM_CLEAN_DT		BIT(7)	/* GDTR, IDTR */
#define SVM_CLEAN_SEG		BIT(8)	/* CS, DS, SS, ES, CPL */
#define SVM_CLEAN_CR2		BIT(9)
#define SVM_CLEAN_LBR		BIT(10)	/* DEBUGCTL, last branches */
#define SVM_CLEAN_AVIC		BIT(11)
#define SVM_CLEAN_ALL		(BIT(12) - 1)

/* ---- exit codes ---- */

enum axvm_svm_exit_code {
	SVM_EXIT_CR0_READ		= 0x00,
	SVM_EXIT_CR4_READ		= 0x04,
	SVM_EXIT_CR8_READ		= 0x08,
	SVM_EXIT_CR0_WRITE		= 0x10,
	SVM_EXIT_CR4_WRITE		= 0x14,
	SVM_EXIT_CR8_WRITE		= 0x18,
	SVM_EXIT_DR0_READ		= 0x20,
	SVM_EXIT_DR0_WRITE		= 0x30,
	SVM_EXIT_EXCEPTION		= 0x40,
	SVM_EXIT_INTR			= 0x60,
	SVM_EXIT_NMI,
	SVM_EXIT_SMI,
	SVM_EXIT_INIT,
	SVM_EXIT_VINTR,
	SVM_EXIT_CR0_SELECTIVE,
	SVM_EXIT_RDPMC			= 0x6f,
	SVM_EXIT_CPUID			= 0x72,
	SVM_EXIT_RSM,
	SVM_EXIT_IRET,
	SVM_EXIT_INVD			= 0x76,
	SVM_EXIT_PAUSE,
	SVM_EXIT_HLT,
	SVM_EXIT_INVLPGA		= 0x7a,
	SVM_EXIT_IOIO,
	SVM_EXIT_MSR,
	SVM_EXIT_FERR_FREEZE		= 0x7e,
	SVM_EXIT_SHUTDOWN,
	SVM_EXIT_VMRUN			= 0x80,
	SVM_EXIT_VMMCALL,
	SVM_EXIT_VMLOAD,
	SVM_EXIT_VMSAVE,
	SVM_EXIT_STGI,
	SVM_EXIT_CLGI,
	SVM_EXIT_SKINIT,
	SVM_EXIT_RDTSCP,
	SVM_EXIT_ICEBP,
	SVM_EXIT_WBINVD,
	SVM_EXIT_MONITOR,
	SVM_EXIT_MWAIT,
	SVM_EXIT_MWAIT_ARMED,
	SVM_EXIT_XSETBV,
	SVM_EXIT_RDPRU,
	SVM_EXIT_INVLPGB		= 0xa0,
	SVM_EXIT_INVLPGB_ILLEGAL,
	SVM_EXIT_INVPCID,
	SVM_EXIT_MCOMMIT,
	SVM_EXIT_TLBSYNC,
	SVM_EXIT_NPF			= 0x400,
};

/**
 * define SVM_EXIT_INVALID - VMRUN found the guest's state inconsistent: -1; QEMU has 32 bits
 *	of it.
 */
#define SVM_EXIT_INVALID	~0U

/* exit_info_1 of SVM_EXIT_NPF */
#define SVM_NPF_PRESENT		BIT_ULL(0)
#define SVM_NPF_WRITE		BIT_ULL(1)
#define SVM_NPF_FETCH		BIT_ULL(4)
#define SVM_NPF_TABLE_WALK	BIT_ULL(33)

/* exit_info_1 of SVM_EXIT_IOIO */
#define SVM_IOIO_IN		BIT(0)
#define SVM_IOIO_STRING		BIT(2)
#define SVM_IOIO_WIDTH_SHIFT	4
#define SVM_IOIO_PORT_SHIFT	16

/* exit_info_1 of control registers, with decode assists */
#define SVM_CR_MOV		BIT_ULL(63)
#define SVM_CR_REGISTER		GENMASK(3, 0)

/**
 * struct axvm_svm_control - The control area.
 * @intercept: see enum axvm_svm_intercept.
 * @reserved1: 0.
 * @pause_threshold: cycles between two PAUSE that make them one loop.
 * @pause_count: PAUSE in a loop until one exits.
 * @iopm: physical address of the I/O permission map.
 * @msrpm: likewise of MSRs.
 * @tsc_offset: added to the (scaled) TSC.
 * @asid: tag of translations; not 0.
 * @tlb_control: what VMRUN drops.
 * @reserved2: 0.
 * @int_ctl: virtual interrupts.
 * @int_vector: of V_IRQ.
 * @int_state: interrupt shadow.
 * @reserved3: 0.
 * @exit_code: why the guest's run ended.
 * @exit_info_1: more of it, by the reason.
 * @exit_info_2: likewise.
 * @exit_int_info: the event whose delivery was interrupted.
 * @nested_ctl: nested paging.
 * @reserved4: not used here: AVIC and encrypted guests.
 * @event_inj: the event that VMRUN delivers.
 * @ncr3: physical address of the nested page table's root.
 * @virt_ext: last-branch records, VMLOAD and VMSAVE.
 * @clean: what has not changed since the last exit.
 * @reserved5: 0.
 * @next_rip: of the instruction after the one that exited, with NRIPS.
 * @insn_length: with decode assists, on nested page faults: how many bytes there are.
 * @insn: the instruction's first bytes.
 * @reserved6: not used here.
 */
struct axvm_svm_control {
	u32 intercept[6];
	u8 reserved1[0x3c - 0x18];
	u16 pause_threshold;
	u16 pause_count;
	u64 iopm;
	u64 msrpm;
	u64 tsc_offset;
	u32 asid;
	u8 tlb_control;
	u8 reserved2[3];
	u32 int_ctl;
	u32 int_vector;
	u32 int_state;
	u32 reserved3;
	u64 exit_code;
	u64 exit_info_1;
	u64 exit_info_2;
	u64 exit_int_info;
	u64 nested_ctl;
	u8 reserved4[0xa8 - 0x98];
	u64 event_inj;
	u64 ncr3;
	u64 virt_ext;
	u32 clean;
	u32 reserved5;
	u64 next_rip;
	u8 insn_length;
	u8 insn[15];
	u8 reserved6[0x400 - 0xe0];
};

/** define SVM_ATTR_L - L in &struct axvm_svm_segment.attributes. */
#define SVM_ATTR_L	BIT(9)

/**
 * struct axvm_svm_segment - A segment register.
 * @selector: the visible part.
 * @attributes: type 3:0, S 4, DPL 6:5, P 7, AVL 8, L 9, D/B 10, G 11.
 * @limit: in bytes.
 * @base: linear address.
 */
struct axvm_svm_segment {
	u16 selector;
	u16 attributes;
	u32 limit;
	u64 base;
};

/**
 * struct axvm_svm_save - The state save area. FS, GS, LDTR, TR and the MSRs from STAR to
 *	SYSENTER_EIP are moved by VMLOAD and VMSAVE, but for GPAT and those below; all else by
 *	VMRUN.
 */
struct axvm_svm_save {
	struct axvm_svm_segment es;
	struct axvm_svm_segment cs;
	struct axvm_svm_segment ss;
	struct axvm_svm_segment ds;
	struct axvm_svm_segment fs;
	struct axvm_svm_segment gs;
	struct axvm_svm_segment gdtr;
	struct axvm_svm_segment ldtr;
	struct axvm_svm_segment idtr;
	struct axvm_svm_segment tr;
	u8 reserved1[0xcb - 0xa0];
	u8 cpl;
	u32 reserved2;
	u64 efer;
	u8 reserved3[0x148 - 0xd8];
	u64 cr4;
	u64 cr3;
	u64 cr0;
	u64 dr7;
	u64 dr6;
	u64 rflags;
	u64 rip;
	u8 reserved4[0x1d8 - 0x180];
	u64 rsp;
	u8 reserved5[0x1f8 - 0x1e0];
	u64 rax;
	u64 star;
	u64 lstar;
	u64 cstar;
	u64 sfmask;
	u64 kernel_gs_base;
	u64 sysenter_cs;
	u64 sysenter_esp;
	u64 sysenter_eip;
	u64 cr2;
	u8 reserved6[0x268 - 0x248];
	u64 gpat;
	u64 debugctl;
	u8 reserved7[0x2e0 - 0x278];
	u64 spec_ctrl;
	u8 reserved8[0xc00 - 0x2e8];
};

/**
 * struct axvm_svm_vmcb - A page.
 * @control: what the hypervisor wants, and why the guest exited.
 * @save: the guest's registers.
 */
struct axvm_svm_vmcb {
	struct axvm_svm_control control;
	struct axvm_svm_save save;
};

#define SVM_AT(type, field, offset)	static_assert(offsetof(struct type, field) == (offset))
SVM_AT(axvm_svm_control, iopm, 0x40);
SVM_AT(axvm_svm_control, asid, 0x58);
SVM_AT(axvm_svm_control, int_ctl, 0x60);
SVM_AT(axvm_svm_control, exit_code, 0x70);
SVM_AT(axvm_svm_control, nested_ctl, 0x90);
SVM_AT(axvm_svm_control, event_inj, 0xa8);
SVM_AT(axvm_svm_control, clean, 0xc0);
SVM_AT(axvm_svm_control, next_rip, 0xc8);
SVM_AT(axvm_svm_control, insn_length, 0xd0);
SVM_AT(axvm_svm_save, cpl, 0xcb);
SVM_AT(axvm_svm_save, efer, 0xd0);
SVM_AT(axvm_svm_save, cr4, 0x148);
SVM_AT(axvm_svm_save, rip, 0x178);
SVM_AT(axvm_svm_save, rsp, 0x1d8);
SVM_AT(axvm_svm_save, rax, 0x1f8);
SVM_AT(axvm_svm_save, cr2, 0x240);
SVM_AT(axvm_svm_save, gpat, 0x268);
SVM_AT(axvm_svm_save, spec_ctrl, 0x2e0);
static_assert(offsetof(struct axvm_svm_vmcb, save) == 0x400);
static_assert(sizeof(struct axvm_svm_vmcb) == 4096);
#undef SVM_AT

#endif /* _AXVM_X86_SVM_VMCB_H */
