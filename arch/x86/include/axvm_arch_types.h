/* SPDX-License-Identifier: GPL-2.0 */
/* x86: what a VM and a vCPU consist of. */
#ifndef _AXVM_ARCH_TYPES_H
#define _AXVM_ARCH_TYPES_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <asm/fpu/types.h>

#include "axvm_x86.h"
#include "axvm_x86_apic.h"
#include "axvm_x86_emulate.h"

struct axvm_vmx_vcpu;
struct axvm_svm_vcpu;

/**
 * enum axvm_x86_counter - Exits by what they were about.
 */
enum axvm_x86_counter {
	AXVM_X86_COUNT_CPUID,
	AXVM_X86_COUNT_MSR_READ,
	AXVM_X86_COUNT_MSR_WRITE,
	AXVM_X86_COUNT_PORT,
	AXVM_X86_COUNT_CR,
	AXVM_X86_COUNT_DR,
	AXVM_X86_COUNT_HLT,
	AXVM_X86_COUNT_HYPERCALL,
	AXVM_X86_COUNT_APIC,
	AXVM_X86_COUNT_EXCEPTION,
	AXVM_X86_COUNT_NMI,
	AXVM_X86_COUNT_WINDOW,
	AXVM_X86_COUNT_PREEMPTION_TIMER,
	AXVM_X86_COUNT_EMULATED,
	AXVM_X86_COUNT_INJECTED,
	AXVM_X86_COUNT_IPI,
	AXVM_X86_COUNT_POSTED,
	AXVM_X86_COUNT_DIRTY_LOG_FULL,
	AXVM_ARCH_COUNTERS
};

/* Requests of this architecture: see enum axvm_request. */
/** define AXVM_REQUEST_X86_INIT - INIT or a start-up IPI has come. */
#define AXVM_REQUEST_X86_INIT	(AXVM_REQUEST_ARCH + 0)
/** define AXVM_REQUEST_X86_CLOCK - The paravirtual clock's page is to be written anew. */
#define AXVM_REQUEST_X86_CLOCK	(AXVM_REQUEST_ARCH + 1)
/** define AXVM_REQUEST_X86_TIMER - The APIC's timer was held, or its registers were written. */
#define AXVM_REQUEST_X86_TIMER	(AXVM_REQUEST_ARCH + 2)

/**
 * struct axvm_x86_cpuid_entry - A leaf of the guest's CPUID.
 * @leaf: EAX.
 * @subleaf: ECX.
 * @reg: EAX, EBX, ECX, EDX.
 */
struct axvm_x86_cpuid_entry {
	u32 leaf;
	u32 subleaf;
	u32 reg[4];
};

/** define AXVM_X86_CPUID_ENTRIES - Most leaves, subleaves counted. */
#define AXVM_X86_CPUID_ENTRIES	224
/** define AXVM_X86_CPUID_QUICK - Of each range of leaves, so many are found at once. */
#define AXVM_X86_CPUID_QUICK	32

/**
 * struct axvm_x86_cpuid - The guest's CPUID. Under &struct axvm_vm.lock until the first
 *	run, then constant.
 * @count: how many leaves there are.
 * @quick: by bits 31:30 of a leaf and its number: one more than where it is in @entry, if it
 *	is there and the same for all vCPUs and subleaves, or leaf 1; else 0. See
 *	axvm_x86_cpuid_fix().
 * @entry: leaves in order of @leaf and @subleaf.
 */
struct axvm_x86_cpuid {
	unsigned int count;
	u8 quick[4][AXVM_X86_CPUID_QUICK];
	struct axvm_x86_cpuid_entry entry[AXVM_X86_CPUID_ENTRIES];
};

/**
 * struct axvm_x86_guest_features - What follows from the guest's CPUID; constant after
 *	the first run. See axvm_x86_cpuid_fix().
 * @cr4: bits that the guest may set in CR4.
 * @efer: likewise in EFER.
 * @xcr0: likewise in XCR0.
 * @xss: likewise in IA32_XSS.
 * @physical_bits: width of a guest-physical address, as the guest is told.
 * @linear_bits: width of a linear address: 48, or 57 with LA57.
 * @x2apic: the guest may switch its APIC to x2APIC mode.
 * @tsc_deadline: the APIC timer has TSC-deadline mode.
 * @clock: the paravirtual clock is offered.
 * @rdtscp: TSC_AUX is there.
 */
struct axvm_x86_guest_features {
	u64 cr4;
	u64 efer;
	u64 xcr0;
	u64 xss;
	u8 physical_bits;
	u8 linear_bits;
	bool x2apic;
	bool tsc_deadline;
	bool clock;
	bool rdtscp;
};

/**
 * struct axvm_x86_clock_base - What a VM's paravirtual clock counts from.
 * @by_tsc: it is @ns when the host's TSC is @tsc, and counts with that.
 * @tsc: see @by_tsc.
 * @ns: likewise; or, not by TSC: what it is ahead of the host's boot clock.
 */
struct axvm_x86_clock_base {
	bool by_tsc;
	u64 tsc;
	u64 ns;
};

/**
 * struct axvm_arch_vm - x86's part of a VM.
 * @cpuid: what the guest sees of the CPU.
 * @guest: what follows from @cpuid.
 * @flush_generation: raised when stage 2 loses something; each vCPU compares it with
 *	&struct axvm_arch_vcpu.flush_seen before each entry.
 * @tsc_start: the host's TSC when the guest's was 0. Constant.
 * @tsc_khz: the guest's TSC frequency. Under &struct axvm_vm.lock until the first run, then
 *	constant; so are @tsc_ratio, @clock_mul and @clock_shift.
 * @tsc_ratio: host to guest TSC, 0 for none; fixed-point as the hardware has it
 *	(VMX: 48 bits of fraction, SVM: 32).
 * @tsc_lock: guards the next two.
 * @tsc_restored: a vCPU's TSC was written as a register.
 * @tsc_restored_offset: what came of it.
 * @clock_mul: nanoseconds of a tick of the guest's TSC: 32 bits of fraction, after a shift
 *	of the ticks by @clock_shift; see struct pvclock_vcpu_time_info.
 * @clock_shift: to the left; negative: to the right.
 * @clock: what the paravirtual clock counts from.
 * @root: what the backend's root pointer is made of (EPTP, nCR3). Constant.
 * @clock_seq: readers of @clock see the whole of it. Writers hold @lock.
 * @lock: guards @clock for writers. Interrupts off.
 * @apic_xapic: how many vCPUs have their APIC in xAPIC mode.
 */
struct axvm_arch_vm {
	struct axvm_x86_cpuid cpuid;
	struct axvm_x86_guest_features guest;
	atomic64_t flush_generation;
	u64 tsc_start;
	u32 tsc_khz;
	u32 clock_mul;
	s8 clock_shift;
	u64 tsc_ratio;
	struct mutex tsc_lock;	/* guards tsc_restored and tsc_restored_offset */
	bool tsc_restored;
	u64 tsc_restored_offset;
	struct axvm_x86_clock_base clock;
	seqcount_raw_spinlock_t clock_seq;
	u64 root;
	raw_spinlock_t lock;	/* guards clock for writers */
	atomic_t apic_xapic;
};

#define AXVM_X86_ATTR_TYPE	GENMASK(3, 0)
#define AXVM_X86_ATTR_S		BIT(4)
#define AXVM_X86_ATTR_DPL	GENMASK(6, 5)
#define AXVM_X86_ATTR_DPL_SHIFT	5
#define AXVM_X86_ATTR_P		BIT(7)
#define AXVM_X86_ATTR_AVL	BIT(12)
#define AXVM_X86_ATTR_L		BIT(13)
#define AXVM_X86_ATTR_DB	BIT(14)
#define AXVM_X86_ATTR_G		BIT(15)
#define AXVM_X86_ATTR_UNUSABLE	BIT(16)

/**
 * struct axvm_x86_table - GDTR or IDTR.
 * @base: linear address.
 * @limit: in bytes.
 */
struct axvm_x86_table {
	u64 base;
	u32 limit;
};

/**
 * enum axvm_x86_part - Parts of the guest's state that the hardware holds while the
 *	vCPU is loaded: bits in &struct axvm_arch_vcpu.valid and @dirty.
 * @AXVM_X86_RIP_PART: RIP.
 * @AXVM_X86_RSP_PART: RSP.
 * @AXVM_X86_RFLAGS_PART: RFLAGS.
 * @AXVM_X86_CS_PART: CS.
 * @AXVM_X86_SS_PART: SS, and with it the privilege level.
 * @AXVM_X86_DATA_PART: ES, DS, FS, GS.
 * @AXVM_X86_SYSTEM_PART: LDTR, TR, GDTR, IDTR.
 * @AXVM_X86_CR0_PART: CR0.
 * @AXVM_X86_CR3_PART: CR3.
 * @AXVM_X86_CR4_PART: CR4.
 * @AXVM_X86_EFER_PART: EFER.
 * @AXVM_X86_SHADOW_PART: interrupts held back by STI or MOV SS.
 * @AXVM_X86_DR_PART: DR7 and IA32_DEBUGCTL, and the pending debug exceptions.
 * @AXVM_X86_MSR_PART: the MSRs in &struct axvm_x86_state.
 */
enum axvm_x86_part {
	AXVM_X86_RIP_PART	= BIT(0),
	AXVM_X86_RSP_PART	= BIT(1),
	AXVM_X86_RFLAGS_PART	= BIT(2),
	AXVM_X86_CS_PART	= BIT(3),
	AXVM_X86_SS_PART	= BIT(4),
	AXVM_X86_DATA_PART	= BIT(5),
	AXVM_X86_SYSTEM_PART	= BIT(6),
	AXVM_X86_CR0_PART	= BIT(7),
	AXVM_X86_CR3_PART	= BIT(8),
	AXVM_X86_CR4_PART	= BIT(9),
	AXVM_X86_EFER_PART	= BIT(10),
	AXVM_X86_SHADOW_PART	= BIT(11),
	AXVM_X86_DR_PART	= BIT(12),
	AXVM_X86_MSR_PART	= BIT(13),
};

#define AXVM_X86_ALL_PARTS	(BIT(14) - 1)

/**
 * struct axvm_x86_state - The guest's state, as far as &struct axvm_arch_vcpu.valid says.
 *	Values are those that the guest sees.
 * @rip: instruction pointer.
 * @rflags: flags.
 * @cr0: control registers.
 * @cr2: always valid while not in the guest.
 * @cr3: see @cr0.
 * @cr4: see @cr0.
 * @efer: EFER.
 * @segment: by enum axvm_x86_segment_name.
 * @gdtr: tables.
 * @idtr: tables.
 * @shadow: see %AXVM_X86_SHADOW.
 * @dr: DR0 to DR3; valid while not in the guest.
 * @dr6: likewise.
 * @dr7: DR7.
 * @debugctl: IA32_DEBUGCTL.
 * @debug_pending: pending debug exceptions.
 * @star: SYSCALL MSRs, and those below.
 * @lstar: see @star.
 * @cstar: see @star.
 * @sfmask: see @star.
 * @kernel_gs_base: see @star.
 * @sysenter_cs: see @star.
 * @sysenter_esp: see @star.
 * @sysenter_eip: see @star.
 * @pat: see @star.
 * @xcr0: XCR0; always valid.
 * @xss: IA32_XSS; always valid.
 * @tsc_aux: IA32_TSC_AUX; always valid.
 * @spec_ctrl: IA32_SPEC_CTRL; valid while not in the guest.
 */
struct axvm_x86_state {
	u64 rip;
	u64 rflags;
	u64 cr0;
	u64 cr2;
	u64 cr3;
	u64 cr4;
	u64 efer;
	struct axvm_x86_segment segment[AXVM_X86_SEGMENTS];
	struct axvm_x86_table gdtr;
	struct axvm_x86_table idtr;
	u32 shadow;
	u64 dr[4];
	u64 dr6;
	u64 dr7;
	u64 debugctl;
	u64 debug_pending;
	u64 star;
	u64 lstar;
	u64 cstar;
	u64 sfmask;
	u64 kernel_gs_base;
	u64 sysenter_cs;
	u64 sysenter_esp;
	u64 sysenter_eip;
	u64 pat;
	u64 xcr0;
	u64 xss;
	u64 tsc_aux;
	u64 spec_ctrl;
};

/** define AXVM_X86_MTRRS - MTRRs: 8 variable pairs, 11 fixed ones, the default type. */
#define AXVM_X86_MTRRS		(8 * 2 + 11 + 1)

/* %AXVM_X86_EVENT's fields: also the VM-entry interruption information, and EVENTINJ. */
#define AXVM_X86_EVENT_VECTOR		GENMASK(7, 0)
#define AXVM_X86_EVENT_TYPE		GENMASK(10, 8)
#define AXVM_X86_EVENT_EXTERNAL		(0U << 8)
#define AXVM_X86_EVENT_NMI		(2U << 8)
#define AXVM_X86_EVENT_EXCEPTION	(3U << 8)
#define AXVM_X86_EVENT_SOFTWARE		(4U << 8)
#define AXVM_X86_EVENT_PRIVILEGED	(5U << 8)
#define AXVM_X86_EVENT_SOFTWARE_EXCEPTION (6U << 8)
#define AXVM_X86_EVENT_HAS_ERROR	BIT(11)
#define AXVM_X86_EVENT_VALID		BIT(31)

/**
 * struct axvm_x86_event - Something to deliver through the guest's IDT.
 * @info: %AXVM_X86_EVENT's lower half; 0 for nothing.
 * @error: the error code.
 * @length: of the instruction that caused a software event.
 */
struct axvm_x86_event {
	u32 info;
	u32 error;
	u32 length;
};

/**
 * enum axvm_x86_attention - What axvm_x86_before_entry() is to look at: bits in
 *	&struct axvm_arch_vcpu.attention. The taker's alone.
 * @AXVM_X86_ATTENTION_EVENT: @event is to be delivered.
 * @AXVM_X86_ATTENTION_NMI: an NMI is pending.
 * @AXVM_X86_ATTENTION_IRQ: the APIC may have an interrupt for the CPU, or ExtINT.
 * @AXVM_X86_ATTENTION_FLUSH: translations by the guest's own page tables are to be dropped;
 *	for the backend, which clears it.
 */
enum axvm_x86_attention {
	AXVM_X86_ATTENTION_EVENT	= BIT(0),
	AXVM_X86_ATTENTION_NMI		= BIT(1),
	AXVM_X86_ATTENTION_IRQ		= BIT(2),
	AXVM_X86_ATTENTION_FLUSH	= BIT(3),
};

/* What the next entry is to watch for: bits in @windows. */
#define AXVM_X86_WINDOW_IRQ	BIT(0)
#define AXVM_X86_WINDOW_NMI	BIT(1)

/**
 * struct axvm_x86_port_access - An IN, OUT, INS or OUTS that exited.
 * @port: which.
 * @width: 1, 2 or 4.
 * @write: OUT or OUTS.
 * @string: INS or OUTS: the instruction itself is taken apart for the rest.
 */
struct axvm_x86_port_access {
	u16 port;
	u8 width;
	bool write;
	bool string;
};

/**
 * struct axvm_x86_clock - The paravirtual clock's page. The taker's.
 * @msr: what the guest wrote: its address, bit 0 enabled.
 * @next: when a page is too old, in jiffies, if the host's TSC is not stable.
 * @wall_asked: the time of day is to be written to &struct axvm_arch_vcpu.wall_clock.
 */
struct axvm_x86_clock {
	u64 msr;
	unsigned long next;
	bool wall_asked;
};

/** define AXVM_X86_CODE_LEVELS - Deepest page tables of a guest. */
#define AXVM_X86_CODE_LEVELS	5
/** define AXVM_X86_CODE_PAGES - How many pages of code are remembered; a power of two. */
#define AXVM_X86_CODE_PAGES	8

/**
 * struct axvm_x86_code_entry - An entry of the guest's page tables that was looked at.
 * @at: where it is.
 * @value: what it said.
 */
struct axvm_x86_code_entry {
	const u64 __user *at;
	u64 value;
};

/**
 * struct axvm_x86_code - Where a page of the guest's code is; see code.c. The taker's.
 * @page: its linear address; all ones for none.
 * @root: see axvm_x86_read_code(); 0 for none.
 * @seq: &struct axvm_mmu.invalidate_seq from before it was looked up.
 * @levels: how many entries led there.
 * @entry: these entries.
 * @bytes: the page.
 */
struct axvm_x86_code {
	u64 page;
	u64 root;
	unsigned long seq;
	unsigned int levels;
	struct axvm_x86_code_entry entry[AXVM_X86_CODE_LEVELS];
	const void __user *bytes;
};

/**
 * struct axvm_x86_switch - What the assembly of both world switches uses.
 * @r: general registers by number; RSP's place is valid with %AXVM_X86_RSP_PART.
 *
 * The assembly takes a pointer to this; its offsets are fixed: register n at 8 * n.
 */
struct axvm_x86_switch {
	u64 r[16];
};

/**
 * struct axvm_arch_vcpu - x86's part of a vCPU. The taker's, but for what says otherwise.
 * @sw: general registers; first.
 * @valid: parts of @state that are up to date: enum axvm_x86_part.
 * @dirty: parts that the hardware is to get at the next entry; valid as well.
 * @attention: enum axvm_x86_attention.
 * @windows: AXVM_X86_WINDOW_* that the last axvm_x86_before_entry() wants.
 * @flush_seen: &struct axvm_arch_vm.flush_generation as of the last flush.
 * @event: what is to be delivered at the next entry: an exception, or what an exit
 *	interrupted.
 * @nmi_pending: NMIs that came and were not delivered, at most 2. Anybody, atomic.
 * @nmi_blocked: until IRET, where the hardware does not track it; else as last read.
 * @lines: levels of the inputs. Anybody, atomic bits.
 * @state: see there.
 * @fpu: the guest's XSAVE state, swapped with the thread's for the time of a RUN.
 * @xcr_swap: XCR0, IA32_XSS or PKRU may differ between host and guest.
 * @xcr_swapped: they are the guest's now.
 * @pkru: the guest's PKRU, while it is not in the register.
 * @host_pkru: the thread's, while the guest's is.
 * @xsave: the XSAVE area as registers see it, made of @fpu when they are asked for.
 * @xsave_valid: it is up to date.
 * @xsave_changed: it was written: @fpu is to be made of it.
 * @tsc_offset: guest TSC minus (scaled) host TSC.
 * @tsc_changed: @tsc_offset is to be given to the hardware.
 * @misc_enable: IA32_MISC_ENABLE.
 * @tsc_adjust: IA32_TSC_ADJUST.
 * @mtrr: memory type range registers: read back, without effect; see msr.c.
 * @mcg_status: IA32_MCG_STATUS.
 * @clock: paravirtual clock.
 * @wall_clock: where the guest last asked for the time of day.
 * @init_pending: an INIT came. Anybody.
 * @sipi: vector of a start-up IPI, plus 256; 0 for none. Anybody.
 * @apic: the local APIC.
 * @code: pages of code that were looked into lately.
 * @emulation: the instruction that is being emulated, if its length is not 0.
 * @emulation_gprs: the registers that it works on.
 * @emulation_restored: its bytes and answers were written as registers.
 * @vmx: the backend's part.
 * @svm: the backend's part.
 */
struct axvm_arch_vcpu {
	struct axvm_x86_switch sw;
	u32 valid;
	u32 dirty;
	u32 attention;
	u32 windows;
	u64 flush_seen;
	struct axvm_x86_event event;
	atomic_t nmi_pending;
	bool nmi_blocked;
	unsigned long lines;
	struct axvm_x86_state state;
	struct fpu_guest fpu;
	bool xcr_swap;
	bool xcr_swapped;
	u32 pkru;
	u32 host_pkru;
	u64 *xsave;
	bool xsave_valid;
	bool xsave_changed;
	u64 tsc_offset;
	bool tsc_changed;
	u64 misc_enable;
	u64 tsc_adjust;
	u64 mtrr[AXVM_X86_MTRRS];
	u64 mcg_status;
	struct axvm_x86_clock clock;
	u64 wall_clock;
	bool init_pending;
	u32 sipi;
	struct axvm_x86_apic apic;
	struct axvm_x86_code code[AXVM_X86_CODE_PAGES];
	struct axvm_x86_emulation emulation;
	struct axvm_gprs emulation_gprs;
	bool emulation_restored;
	union {
		struct axvm_vmx_vcpu *vmx;
		struct axvm_svm_vcpu *svm;
	};
};

#endif /* _AXVM_ARCH_TYPES_H */
