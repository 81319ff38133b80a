/* SPDX-License-Identifier: GPL-2.0 */
/* The SVM backend: what its files use of one another. */
#ifndef _AXVM_X86_SVM_H
#define _AXVM_X86_SVM_H

#include <linux/compiler.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "switch.h"
#include "vmcb.h"
#include "axvm_x86_arch.h"

/* ---- capability.c: what the CPUs offer ---- */

/**
 * struct axvm_svm_features - From CPUID 8000_000AH; constant after load.
 * @asids: how many address-space identifiers there are, 0 among them.
 * @clean: bits that may be set in &struct axvm_svm_control.clean: none without clean bits.
 * @lbr: last-branch records and DEBUGCTL are switched.
 * @next_rip: NRIPS: &struct axvm_svm_control.next_rip.
 * @tsc_ratio: the TSC can be scaled.
 * @flush_by_asid: %SVM_TLB_FLUSH_ASID.
 * @decode_assists: what instruction it was, is told.
 * @pause_filter: PAUSE exits only in loops.
 * @spec_ctrl: the guest's SPEC_CTRL is in the VMCB.
 * @vnmi: virtual NMIs.
 * @host_mce: a machine check is the host's even with CR4.MCE clear in the guest.
 * @fsgsbase: the host uses RDGSBASE and WRGSBASE.
 */
struct axvm_svm_features {
	u32 asids;
	u32 clean;
	bool lbr;
	bool next_rip;
	bool tsc_ratio;
	bool flush_by_asid;
	bool decode_assists;
	bool pause_filter;
	bool spec_ctrl;
	bool vnmi;
	bool host_mce;
	bool fsgsbase;
};

extern struct axvm_svm_features axvm_svm_features;

/* ---- the vCPU ---- */

/**
 * struct axvm_svm_switch - What the assembly uses; see switch.h.
 * @vmcb: the VMCB.
 * @vmcb_pa: its physical address.
 * @host_pa: of the page that takes the host's state, of this CPU.
 * @host_gs: the host's GS base, while in the switch.
 * @guest_gs: the guest's, between an exit and the next entry.
 * @host_spec_ctrl: the host's IA32_SPEC_CTRL; the same as the next if that needs no switch.
 * @guest_spec_ctrl: the guest's.
 */
struct axvm_svm_switch {
	struct axvm_svm_vmcb *vmcb;
	u64 vmcb_pa;
	u64 host_pa;
	u64 host_gs;
	u64 guest_gs;
	u32 host_spec_ctrl;
	u32 guest_spec_ctrl;
};

/* What to look at after each exit: bits in &struct axvm_svm_vcpu.watch. */
/** define AXVM_SVM_WATCH_CR8 - The guest writes CR8 without an exit. */
#define AXVM_SVM_WATCH_CR8	BIT(0)
/** define AXVM_SVM_WATCH_IRET - It is at the IRET that ends its NMI handler. */
#define AXVM_SVM_WATCH_IRET	BIT(1)
/** define AXVM_SVM_WATCH_STEP - It executes one instruction, for an NMI. */
#define AXVM_SVM_WATCH_STEP	BIT(2)
/** define AXVM_SVM_WATCH_VNMI - The hardware tracks NMIs. */
#define AXVM_SVM_WATCH_VNMI	BIT(3)
/** define AXVM_SVM_WATCH_CR0 - CR0 is not intercepted for one instruction. */
#define AXVM_SVM_WATCH_CR0	BIT(4)

/**
 * struct axvm_svm_vcpu - SVM's part of a vCPU. The taker's.
 * @sw: for the assembly; first.
 * @live: the CPU holds the guest's FS, GS, LDTR, TR and MSRs, and the VMCB does not.
 * @set_up: what depends on the VM's configuration is in the VMCB.
 * @watch: AXVM_SVM_WATCH_*.
 * @length: bytes of the instruction that exited, 0 while not known.
 * @wanted: &struct axvm_arch_vcpu.windows that the VMCB is made for.
 * @tpr: what @watch of CR8 last knew V_TPR to be.
 * @nmi_known: &struct axvm_arch_vcpu.nmi_blocked that the VMCB is made for.
 * @iret_rip: where the IRET is.
 * @step_rip: where the one instruction is.
 * @step_rflags: the guest's flags before it.
 * @step_iret: it is an IRET.
 * @asid_generation: &struct axvm_svm_cpu.generation in which the ASID was given; 0: none is.
 * @code_root: how linear addresses of code are translated: see axvm_x86_read_code(). With CR3
 *	it is the root; 0: not in a way that is known there.
 * @serial: no other vCPU has or had it.
 */
struct axvm_svm_vcpu {
	struct axvm_svm_switch sw;
	bool live;
	bool set_up;
	u8 watch;
	u8 length;
	u8 tpr;
	bool nmi_known;
	u32 wanted;
	u64 iret_rip;
	u64 step_rip;
	u64 step_rflags;
	bool step_iret;
	u64 asid_generation;
	u64 code_root;
	u64 serial;
};

static __always_inline struct axvm_svm_control *axvm_svm_control(const struct axvm_vcpu *vcpu)
{
	return &vcpu->arch.svm->sw.vmcb->control;
}

static __always_inline struct axvm_svm_save *axvm_svm_save(const struct axvm_vcpu *vcpu)
{
	return &vcpu->arch.svm->sw.vmcb->save;
}

/** axvm_svm_touch() - These parts of the VMCB (SVM_CLEAN_*) were changed. */
static __always_inline void axvm_svm_touch(struct axvm_svm_vcpu *svm, u32 bits)
{
	svm->sw.vmcb->control.clean &= ~bits;
}

static inline bool axvm_svm_intercepts(const struct axvm_vcpu *vcpu, unsigned int intercept)
{
	return axvm_svm_control(vcpu)->intercept[intercept / 32] & BIT(intercept % 32);
}

/** axvm_svm_intercept() - Have something exit, or not. */
static inline void axvm_svm_intercept(struct axvm_vcpu *vcpu, unsigned int intercept, bool on)
{
	u32 *word = &axvm_svm_control(vcpu)->intercept[intercept / 32];
	u32 bit = BIT(intercept % 32);

	if (on == !!(*word & bit))
		return;
	*word ^= bit;
	axvm_svm_touch(vcpu->arch.svm, SVM_CLEAN_I);
}

/* ---- cpu.c: the extension on each CPU ---- */

/**
 * struct axvm_svm_cpu - A host CPU. Its own, preemption off.
 * @host_pa: the page that VMSAVE puts the host's state in.
 * @hsave_pa: the page that VMRUN puts it in.
 * @generation: of ASIDs; 0 is none.
 * @next_asid: the next one to be given.
 * @last: &struct axvm_svm_vcpu.serial of the vCPU that was here last.
 * @tsc_ratio: what MSR_AMD64_TSC_RATIO holds.
 * @host_tsc_aux: the host's IA32_TSC_AUX.
 * @tsc_aux: what it holds.
 */
struct axvm_svm_cpu {
	u64 host_pa;
	u64 hsave_pa;
	u64 generation;
	u32 next_asid;
	u64 last;
	u64 tsc_ratio;
	u64 host_tsc_aux;
	u64 tsc_aux;
};

DECLARE_PER_CPU(struct axvm_svm_cpu, axvm_svm_cpu);

int axvm_svm_cpu_init(void);
void axvm_svm_cpu_exit(void);
int axvm_svm_enable_cpu(void);
void axvm_svm_disable_cpu(void);
/** axvm_svm_switch_off() - What &struct axvm_x86_backend.emergency does, and an orderly end. */
void axvm_svm_switch_off(void);

/* ---- bitmap.c: what the guest may touch by itself ---- */

extern u64 axvm_svm_msrpm_pa;
extern u64 axvm_svm_iopm_pa;

int axvm_svm_bitmap_init(void);
void axvm_svm_bitmap_exit(void);

/* ---- vmcb.c ---- */

int axvm_svm_vcpu_init(struct axvm_vcpu *vcpu);
void axvm_svm_vcpu_destroy(struct axvm_vcpu *vcpu);
/** axvm_svm_set_up() - Put into the VMCB what depends on the VM's configuration. */
void axvm_svm_set_up(struct axvm_vcpu *vcpu);

/** axvm_svm_refill() - The VMCB has become undefined: make the control area anew. */
void axvm_svm_refill(struct axvm_vcpu *vcpu);

/* ---- state.c: the guest's registers in the VMCB ---- */

/** define AXVM_SVM_VMLOAD_PARTS - Parts of the state that VMLOAD takes to the CPU. */
#define AXVM_SVM_VMLOAD_PARTS	(AXVM_X86_DATA_PART | AXVM_X86_SYSTEM_PART | AXVM_X86_MSR_PART)

void axvm_svm_read(struct axvm_vcpu *vcpu, u32 parts);
/** axvm_svm_write() - Put dirty parts into the VMCB. Not while @live, if it is one of those. */
void axvm_svm_write(struct axvm_vcpu *vcpu, u32 parts);

/* ---- asid.c: tags of translations ---- */

/** axvm_svm_asid_enter() - The last thing before a turn of entries: have a valid ASID here. */
void axvm_svm_asid_enter(struct axvm_vcpu *vcpu);
/** axvm_svm_asid_flush() - The last thing before an entry: drop all the guest's translations. */
void axvm_svm_asid_flush(struct axvm_vcpu *vcpu);

/* ---- event.c: what the guest is to take, and when it can ---- */

/** axvm_svm_events() - Before an entry, if anything waits. As axvm_x86_before_entry(). */
enum axvm_next axvm_svm_events(struct axvm_vcpu *vcpu);
/** axvm_svm_event_interrupted() - An exit has interrupted the delivery of an event. */
void axvm_svm_event_interrupted(struct axvm_vcpu *vcpu);
/** axvm_svm_watch() - After an exit, if anything is watched. */
void axvm_svm_watch(struct axvm_vcpu *vcpu);
/** axvm_svm_write_tpr() - Before an entry: the guest's CR8 is its APIC's task priority. */
void axvm_svm_write_tpr(struct axvm_vcpu *vcpu);
/** axvm_svm_sync_nmi() - Before a turn of entries: have the end of an NMI handler seen. */
void axvm_svm_sync_nmi(struct axvm_vcpu *vcpu);
/** axvm_svm_take_back() - At put: what the hardware has still to do is software's again. */
void axvm_svm_take_back(struct axvm_vcpu *vcpu);
/** axvm_svm_let_step() - Let the guest execute one instruction with CR0 its own. */
enum axvm_next axvm_svm_let_step(struct axvm_vcpu *vcpu);
enum axvm_next axvm_svm_handle_iret(struct axvm_vcpu *vcpu, bool quick);
enum axvm_next axvm_svm_handle_vintr(struct axvm_vcpu *vcpu, bool quick);
enum axvm_next axvm_svm_handle_debug(struct axvm_vcpu *vcpu, bool quick);

/* ---- fetch.c: the instruction that exited ---- */

/**
 * enum axvm_svm_insn - What it is known to be.
 */
enum axvm_svm_insn {
	AXVM_SVM_INSN_NONE,
	AXVM_SVM_INSN_CPUID,
	AXVM_SVM_INSN_RDMSR,
	AXVM_SVM_INSN_WRMSR,
	AXVM_SVM_INSN_HLT,
	AXVM_SVM_INSN_VMMCALL,
	AXVM_SVM_INSN_INVD,
	AXVM_SVM_INSN_WBINVD,
	AXVM_SVM_INSN_XSETBV,
	AXVM_SVM_INSN_PAUSE,
	AXVM_SVM_INSN_ICEBP,
	AXVM_SVM_INSN_MOV_FROM_CR,
	AXVM_SVM_INSN_MOV_TO_CR,
	AXVM_SVM_INSN_MOV_FROM_DR,
	AXVM_SVM_INSN_MOV_TO_DR,
	AXVM_SVM_INSN_CLTS,
	AXVM_SVM_INSN_GROUP7,
};

/**
 * struct axvm_svm_fetched - An instruction's bytes.
 * @bytes: those that are valid, and 0.
 * @nr: how many are.
 * @prefixes: how many of them are prefixes.
 * @rex: the REX prefix, or 0.
 */
struct axvm_svm_fetched {
	union {
		u8 bytes[16];
		u64 words[2];
	};
	unsigned int nr;
	unsigned int prefixes;
	u8 rex;
};

/**
 * axvm_svm_quick_length() - Find out the length of the instruction that exited, at once.
 *
 * Context: interrupts may be off.
 * Return: whether it is known now.
 */
bool axvm_svm_quick_length(struct axvm_vcpu *vcpu, enum axvm_svm_insn insn);

/** axvm_svm_code_at() - The linear address of the instruction that exited. */
static __always_inline u64 axvm_svm_code_at(const struct axvm_svm_save *save)
{
	if (likely(save->cs.attributes & SVM_ATTR_L) && likely(save->efer & EFER_LMA))
		return save->rip;
	return (u32)(save->rip + save->cs.base);
}

/** axvm_svm_opcode_length() - axvm_svm_quick_length() of a two-byte opcode: the quickest way. */
static __always_inline bool axvm_svm_opcode_length(struct axvm_vcpu *vcpu, u16 opcode,
						   enum axvm_svm_insn insn)
{
	struct axvm_svm_vcpu *svm = vcpu->arch.svm;
	const struct axvm_svm_save *save = &svm->sw.vmcb->save;

	if (axvm_svm_features.next_rip ||
	    unlikely(!axvm_x86_code_is(vcpu, save->cr3 | svm->code_root, axvm_svm_code_at(save),
				       opcode)))
		return axvm_svm_quick_length(vcpu, insn);
	svm->length = sizeof(opcode);
	return true;
}

/**
 * axvm_svm_slow_length() - The same with interrupts on.
 *
 * Return: %AXVM_NEXT_ENTER: it is known. %AXVM_NEXT_LOOP: go back to the guest: it takes a
 * page fault, or there is another instruction now. %AXVM_NEXT_EXIT: an exit is prepared.
 */
enum axvm_next axvm_svm_slow_length(struct axvm_vcpu *vcpu, enum axvm_svm_insn insn,
				    struct axvm_svm_fetched *fetched);
/** axvm_svm_fetch() - Read the instruction, interrupts on. Returns as axvm_svm_slow_length(). */
enum axvm_next axvm_svm_fetch(struct axvm_vcpu *vcpu, struct axvm_svm_fetched *fetched);
/** axvm_svm_take_length() - Is it @insn? If not, the guest is to go on where it is. */
bool axvm_svm_take_length(struct axvm_vcpu *vcpu, enum axvm_svm_insn insn,
			  struct axvm_svm_fetched *fetched);
/** axvm_svm_told_length() - Has the hardware told the length? */
bool axvm_svm_told_length(struct axvm_vcpu *vcpu);
unsigned int axvm_svm_guest_insn(struct axvm_vcpu *vcpu, u8 *insn);

/* ---- control.c: accesses to control and debug registers ---- */

enum axvm_next axvm_svm_handle_cr(struct axvm_vcpu *vcpu, bool quick);
enum axvm_next axvm_svm_handle_dr(struct axvm_vcpu *vcpu, bool quick);

/* ---- exit.c ---- */

/** axvm_svm_exit() - An exit: deal with it at once, and prepare the next entry. */
unsigned int axvm_svm_exit(struct axvm_x86_switch *gprs);
enum axvm_next axvm_svm_handle(struct axvm_vcpu *vcpu);
s64 axvm_svm_interrupted(struct axvm_vcpu *vcpu);

/* ---- enter.c ---- */

/**
 * axvm_svm_prepare() - Before each entry: events, what changed of the state, flushes.
 *
 * Context: interrupts off; nothing else can prevent the entry, but what this returns.
 */
enum axvm_next axvm_svm_prepare(struct axvm_vcpu *vcpu);
enum axvm_next axvm_svm_enter(struct axvm_vcpu *vcpu);
void axvm_svm_load(struct axvm_vcpu *vcpu, int cpu);
void axvm_svm_put(struct axvm_vcpu *vcpu);

/* ---- audit.c ---- */

/** define AXVM_SVM_CHECKED_PARTS - What VMRUN's checks are about. */
#define AXVM_SVM_CHECKED_PARTS							\
	(AXVM_X86_CR0_PART | AXVM_X86_CR3_PART | AXVM_X86_CR4_PART |		\
	 AXVM_X86_EFER_PART | AXVM_X86_CS_PART | AXVM_X86_SYSTEM_PART |		\
	 AXVM_X86_DR_PART)

/** axvm_svm_check() - Some of it is new. Return: %AXVM_NEXT_ENTER, or an exit is prepared. */
enum axvm_next axvm_svm_check(struct axvm_vcpu *vcpu);
/** axvm_svm_audit() - VMRUN has refused the guest's state: prepare the exit that says why. */
enum axvm_next axvm_svm_audit(struct axvm_vcpu *vcpu);

/* ---- npt.c: nested page tables ---- */

const struct axvm_stage2_format *axvm_svm_npt_format(void);
u64 axvm_svm_npt_leaf(struct axvm_vm *vm, phys_addr_t physical, u32 rights, unsigned int level,
		      pgprot_t host);
/* ---- switch.S ---- */

unsigned int axvm_svm_switch(struct axvm_svm_switch *sw, struct axvm_x86_switch *gprs);

/* ---- instructions ---- */

static __always_inline void axvm_svm_vmsave(u64 pa)
{
	asm volatile("vmsave %0" : : "a" (pa) : "memory");
}

static __always_inline void axvm_svm_stgi(void)
{
	asm volatile("stgi" : : : "memory");
}

#endif /* _AXVM_X86_SVM_H */
