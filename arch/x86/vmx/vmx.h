/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMX: what its files use of one another
 *
 * Names are those of SDM volume 3, "Virtual Machine Extensions", and of the kernel's
 * asm/vmx.h.
 */
#ifndef _AXVM_VMX_H
#define _AXVM_VMX_H

#include <linux/jump_label.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/asm.h>
#include <asm/desc_defs.h>
#include <asm/irq_vectors.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>
#include <asm/vmx.h>

#include "axvm_x86_arch.h"
#include "switch.h"

/* What asm/vmx.h calls by different names, or not at all, from one kernel to the next. */
#define SECONDARY_XSAVES	VMCS_CONTROL_BIT(XSAVES)
#define EXIT_REASON_GETSEC	11
#define EXIT_REASON_RSM		17
#define EXIT_REASON_PCONFIG	65
#define EXIT_REASON_SPP		66
#define EXIT_REASON_LOADIWKEY	69
#define EXIT_REASON_ENCLV	70
#define EXIT_REASON_LAST	EXIT_REASON_NOTIFY
/** define EXIT_REASON_FAILED_ENTRY - In the exit reason: the entry failed. */
#define EXIT_REASON_FAILED_ENTRY	BIT(31)
/** define AXVM_VMX_REASON_PDPTES - No exit: axvm_vmx_load_pdptes() wants interrupts on. */
#define AXVM_VMX_REASON_PDPTES	0x10000
/** define AXVM_VMX_REASON_NONE - The guest was not entered. */
#define AXVM_VMX_REASON_NONE	0x10001
/** define EXIT_IRET_UNBLOCKED_NMI - In exit qualifications: IRET had ended the blocking of NMIs. */
#define EXIT_IRET_UNBLOCKED_NMI	BIT(12)

/* ---- capability.c: what the CPUs have ---- */

/**
 * struct axvm_vmx_capability - Found once, at load; constant.
 * @revision: VMCS revision identifier.
 * @pin: pin-based controls that every VMCS has.
 * @primary: primary processor-based controls, likewise.
 * @secondary: secondary ones, likewise.
 * @exit: VM-exit controls, likewise.
 * @entry: VM-entry controls, likewise.
 * @cr0_fixed: bits of CR0 that are 1 while a guest runs.
 * @cr4_fixed: likewise of CR4.
 * @ept: the EPT half of IA32_VMX_EPT_VPID_CAP.
 * @invvpid: its VPID half.
 * @eptp: what an EPT pointer has besides the address.
 * @longest_run: a guest's run ends after so many ticks of the TSC at the latest; 0 for never.
 * @timer_shift: the preemption timer counts once in so many ticks of the TSC, as a power of two.
 * @vpid: tagged translations.
 * @tpr_shadow: CR8 is virtualized.
 * @preemption_timer: there is one.
 * @xsaves: XSAVES can be allowed.
 * @rdtscp: so can RDTSCP and RDPID.
 * @apicv: x2APIC mode is virtualized with its registers and the delivery of interrupts.
 * @posted: others can post interrupts to a guest that runs.
 * @pml: page-modification logging.
 * @emulated: this is no processor, and is wrong about some things.
 */
struct axvm_vmx_capability {
	u32 revision;
	u32 pin;
	u32 primary;
	u32 secondary;
	u32 exit;
	u32 entry;
	u64 cr0_fixed;
	u64 cr4_fixed;
	u32 ept;
	u32 invvpid;
	u64 eptp;
	u64 longest_run;
	unsigned int timer_shift;
	bool vpid;
	bool tpr_shadow;
	bool preemption_timer;
	bool xsaves;
	bool rdtscp;
	bool apicv;
	bool posted;
	bool pml;
	bool emulated;
};

extern struct axvm_vmx_capability axvm_vmx;

/** axvm_vmx_find_capability() - Fill in axvm_vmx. Return: 0, or an errno with the reason logged. */
int axvm_vmx_find_capability(void);
/** axvm_vmx_cpu_is_alike() - Has this CPU what the first one has? */
bool axvm_vmx_cpu_is_alike(void);

/* ---- cpu.c: VMX operation of each CPU ---- */

/**
 * struct axvm_vmx_msrs - MSRs that host and guest share, and that no exit restores.
 * @star: used by system calls in 64-bit mode.
 * @lstar: likewise.
 * @cstar: likewise.
 * @sfmask: likewise.
 * @tsc_aux: what RDTSCP and RDPID read.
 */
struct axvm_vmx_msrs {
	u64 star;
	u64 lstar;
	u64 cstar;
	u64 sfmask;
	u64 tsc_aux;
};

/**
 * struct axvm_vmx_cpu - A CPU. Its own, preemption off.
 * @region: the VMXON region. Constant.
 * @current_vmcs: the vCPU whose VMCS is current here.
 * @last: serial of the vCPU that ran here last: another must not profit from its branches.
 * @active: vCPUs whose VMCS is active here. Changed with interrupts off, and so that an NMI
 *	can walk it.
 * @on: it is in VMX operation, by us.
 * @host: the host's MSRs, as found when VMX went on.
 * @now: what the MSRs hold now.
 * @gdt: the host's descriptor tables: an exit leaves their limits at 64 KiB.
 * @idt: see @gdt.
 */
struct axvm_vmx_cpu {
	void *region;
	struct axvm_vmx_vcpu *current_vmcs;
	u64 last;
	struct hlist_head active;
	bool on;
	struct axvm_vmx_msrs host;
	struct axvm_vmx_msrs now;
	struct desc_ptr gdt;
	struct desc_ptr idt;
};

DECLARE_PER_CPU(struct axvm_vmx_cpu, axvm_vmx_cpu);

/** axvm_vmx_cpus_init() - Prepare every possible CPU. Return: 0 or %-ENOMEM. */
int axvm_vmx_cpus_init(void);
/** axvm_vmx_cpus_exit() - Undo it. */
void axvm_vmx_cpus_exit(void);
int axvm_vmx_enable_cpu(void);
void axvm_vmx_disable_cpu(void);
/** axvm_vmx_emergency() - See &struct axvm_x86_backend.emergency. */
void axvm_vmx_emergency(void);

/* ---- vmcs.c: the VMCS of each vCPU ---- */

/** define AXVM_VMX_LISTED_MSRS - Most MSRs that entries and exits load from a list. */
#define AXVM_VMX_LISTED_MSRS	8

/**
 * struct axvm_vmx_msr_lists - MSRs that have to change with the entry and the exit themselves.
 * @guest: loaded by entries.
 * @host: the same, loaded by exits.
 * @count: how many there are.
 * @found: how many the kernel has named.
 */
struct axvm_vmx_msr_lists {
	struct vmx_msr_entry guest[AXVM_VMX_LISTED_MSRS];
	struct vmx_msr_entry host[AXVM_VMX_LISTED_MSRS];
	unsigned int count;
	int found;
};

/**
 * struct axvm_vmx_vcpu - VMX's part of a vCPU. The taker's.
 * @frame: for the assembly.
 * @vmcs: the region.
 * @pml: its page-modification log, or NULL if the CPUs have none.
 * @active: in &struct axvm_vmx_cpu.active of @cpu.
 * @cpu: where the VMCS is active, -1 for nowhere. Changed by that CPU, the taker waiting for it.
 * @serial: another one than every other vCPU's that there was.
 * @vpid: the tag of its translations, 0 for none.
 * @ready: the VMCS has all that does not change.
 * @reason: the last exit's.
 * @interrupt: how the last exit's interrupt or exception was described, if it was one.
 * @qualification: its exit qualification, if its handler looks at it again.
 * @gpa: guest-physical address of a fault.
 * @gva: linear address of a fault.
 * @pin: what the VMCS's fields hold, so that they are written only when they change:
 *	pin-based controls.
 * @primary: see @pin.
 * @secondary: see @pin.
 * @entry: see @pin.
 * @exception_bitmap: see @pin.
 * @tpr_threshold: see @pin.
 * @windows: AXVM_X86_WINDOW_* that @primary stands for.
 * @cr0_shadow: CR0 as the guest reads it where it does not own the bits.
 * @cr4_shadow: likewise.
 * @cr4_owned: bits of CR4 that the guest changes by itself.
 * @host_cr3: see @pin.
 * @host_cr4: see @pin.
 * @host_fs_base: see @pin.
 * @host_kernel_gs_base: the thread's GS base, while the guest's KERNEL_GS_BASE is in place.
 * @host_debugctl: the host's IA32_DEBUGCTL, which exits clear.
 * @host_ds: the thread's segment registers, if @host_segments.
 * @host_es: see @host_ds.
 * @host_fs: see @host_ds.
 * @host_gs: see @host_ds.
 * @host_ldt: see @host_ds.
 * @host_segments: one of them is not 0, and exits leave 0 there.
 * @timer_runs: the preemption timer has a deadline.
 * @pdptes_stale: PAE paging goes on with a CR3 that the processor has not loaded itself.
 * @mode_changed: the APIC's mode did: controls are to follow.
 * @eoi_exits: see @pin: vectors whose EOI exits.
 * @lists: see there; empty but while somebody counts events.
 */
struct axvm_vmx_vcpu {
	struct axvm_vmx_frame frame;
	void *vmcs;
	u64 *pml;
	struct hlist_node active;
	int cpu;
	u64 serial;
	u16 vpid;
	bool ready;
	u32 reason;
	u32 interrupt;
	u64 qualification;
	u64 gpa;
	u64 gva;
	u32 pin;
	u32 primary;
	u32 secondary;
	u32 entry;
	u32 exception_bitmap;
	u32 tpr_threshold;
	u32 windows;
	u64 cr0_shadow;
	u64 cr4_shadow;
	u64 cr4_owned;
	u64 host_cr3;
	u64 host_cr4;
	u64 host_fs_base;
	u64 host_kernel_gs_base;
	u64 host_debugctl;
	u16 host_ds;
	u16 host_es;
	u16 host_fs;
	u16 host_gs;
	u16 host_ldt;
	bool host_segments;
	bool timer_runs;
	bool pdptes_stale;
	bool mode_changed;
	u64 eoi_exits[4];
	struct axvm_vmx_msr_lists lists;
};

static inline struct axvm_vmx_vcpu *axvm_vmx_of(const struct axvm_vcpu *vcpu)
{
	return vcpu->arch.vmx;
}

/*
 * VMREAD and VMWRITE cannot fail with a current VMCS and a field that there is; those
 * that depend on a feature are used only with it. They fault if VMX was turned off under
 * a thread because the machine shuts down: no matter, the guest is not going to run again.
 * For a CPU that goes offline see axvm_vmx_hold().
 */
static __always_inline u64 vmcs_read(u64 field)
{
	asm volatile("1: vmread %0, %0\n2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+r" (field) : : "cc");
	return field;
}

static __always_inline void vmcs_write(u64 field, u64 value)
{
	asm volatile("1: vmwrite %1, %0\n2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : "r" (field), "rm" (value) : "cc");
}

int axvm_vmx_vcpu_init(struct axvm_vcpu *vcpu);
void axvm_vmx_vcpu_destroy(struct axvm_vcpu *vcpu);
/** axvm_vmx_make_current() - VMPTRLD, from whichever CPU it was on. Preemption off. */
void axvm_vmx_make_current(struct axvm_vmx_vcpu *vmx, int cpu);
/** axvm_vmx_clear() - VMCLEAR what is active on this CPU, and forget it. Interrupts off. */
void axvm_vmx_clear(struct axvm_vmx_vcpu *vmx);
/** axvm_vmx_start_over() - The next entry of the current VMCS is a VMLAUNCH. Interrupts off. */
void axvm_vmx_start_over(struct axvm_vmx_vcpu *vmx);
/** axvm_vmx_vmclear() - The instruction alone. Any context in VMX operation. */
void axvm_vmx_vmclear(const void *vmcs);

/* ---- setup.c: what a VMCS holds from the start, and of the host ---- */

/** axvm_vmx_setup() - Write all that stays as it is. The VMCS is current. */
void axvm_vmx_setup(struct axvm_vcpu *vcpu);
/** axvm_vmx_setup_cpu() - Write what depends on the CPU. */
void axvm_vmx_setup_cpu(int cpu);

/* ---- host.c: the host's state around a RUN ---- */

void axvm_vmx_load(struct axvm_vcpu *vcpu, int cpu);
void axvm_vmx_put(struct axvm_vcpu *vcpu);
/** axvm_vmx_write_msrs() - struct axvm_vmx_msrs: have them hold the guest's values. Loaded. */
void axvm_vmx_write_msrs(struct axvm_vcpu *vcpu);

/* ---- state.c: the guest's state in and out of the VMCS ---- */

void axvm_vmx_read(struct axvm_vcpu *vcpu, u32 parts);
/**
 * axvm_vmx_hold() - Have a bound vCPU's VMCS current until preempt_enable().
 *
 * Context: if it is not loaded, may sleep.
 */
void axvm_vmx_hold(struct axvm_vcpu *vcpu);
/** axvm_vmx_write() - Write the dirty parts. Loaded, interrupts off. */
void axvm_vmx_write(struct axvm_vcpu *vcpu);
/** axvm_vmx_write_shadow() - Write what holds events back, by what is to be injected. */
void axvm_vmx_write_shadow(struct axvm_vcpu *vcpu);
/** axvm_vmx_load_pdptes() - PAE paging: have the processor know the four entries. */
enum axvm_next axvm_vmx_load_pdptes(struct axvm_vcpu *vcpu, bool quick);

/** define AXVM_VMX_CR0_OWNED - Bits of CR0 that a guest changes without an exit. */
#define AXVM_VMX_CR0_OWNED	(X86_CR0_TS | X86_CR0_MP | X86_CR0_EM | X86_CR0_WP | X86_CR0_AM)

/** define AXVM_VMX_KEPT_PARTS - Parts of the state that no guest changes without an exit. */
#define AXVM_VMX_KEPT_PARTS	AXVM_X86_EFER_PART

/* ---- enter.c: before an entry ---- */

enum axvm_next axvm_vmx_enter(struct axvm_vcpu *vcpu);
/** axvm_vmx_attend() - Something is to be injected, watched for or dropped. Interrupts off. */
enum axvm_next axvm_vmx_attend(struct axvm_vcpu *vcpu);
/** axvm_vmx_flush_stage2() - Drop what this CPU knows of the VM's stage 2. Interrupts off. */
void axvm_vmx_flush_stage2(struct axvm_vcpu *vcpu);
/** axvm_vmx_write_tsc_offset() - The guest's TSC offset changed. */
void axvm_vmx_write_tsc_offset(struct axvm_vcpu *vcpu);

/* ---- timer.c: the guest's TSC deadline ---- */

/** axvm_vmx_set_timer() - Have the guest's run end at its deadline. Interrupts off. */
void axvm_vmx_set_timer(struct axvm_vcpu *vcpu);

/**
 * axvm_vmx_before_entry() - What each entry needs. Interrupts off.
 *
 * Return: %AXVM_NEXT_ENTER, or what is to be done instead.
 */
static __always_inline enum axvm_next axvm_vmx_before_entry(struct axvm_vcpu *vcpu)
{
	struct axvm_arch_vcpu *arch = &vcpu->arch;
	struct axvm_vmx_vcpu *vmx = arch->vmx;
	enum axvm_next next;

	if (unlikely(axvm_x86_wants_flush(vcpu)))
		axvm_vmx_flush_stage2(vcpu);
	if (unlikely(arch->attention | vmx->tpr_threshold)) {
		next = axvm_vmx_attend(vcpu);
		if (unlikely(next != AXVM_NEXT_ENTER))
			return next;
	}
	if (arch->dirty & AXVM_X86_RIP_PART) {
		vmcs_write(GUEST_RIP, arch->state.rip);
		arch->dirty &= ~AXVM_X86_RIP_PART;
	}
	if (unlikely(arch->dirty)) {
		axvm_vmx_write(vcpu);
		if (unlikely(vmx->pdptes_stale)) {
			next = axvm_vmx_load_pdptes(vcpu, true);
			if (next != AXVM_NEXT_ENTER)
				return next;
		}
	}
	if (unlikely(arch->tsc_changed))
		axvm_vmx_write_tsc_offset(vcpu);
	if (arch->apic.deadline_tsc != U64_MAX || unlikely(vmx->timer_runs))
		axvm_vmx_set_timer(vcpu);
	vmx->frame.spec_ctrl = arch->state.spec_ctrl;
	/* CR2 is one register for host and guest. */
	if (native_read_cr2() != arch->state.cr2)
		native_write_cr2(arch->state.cr2);
	return AXVM_NEXT_ENTER;
}

/* ---- inject.c: events, windows, the TPR ---- */

/** axvm_vmx_inject() - Give the entry &struct axvm_arch_vcpu.event, and watch for windows. */
void axvm_vmx_inject(struct axvm_vcpu *vcpu);
/** axvm_vmx_take_back() - The entry failed: what was to be injected is there still. */
void axvm_vmx_take_back(struct axvm_vcpu *vcpu);
/** axvm_vmx_interrupted_delivery() - Did the exit interrupt an event's delivery? */
void axvm_vmx_interrupted_delivery(struct axvm_vcpu *vcpu);
/** axvm_vmx_block_nmis() - They are blocked again: the exit undid the end of that. */
void axvm_vmx_block_nmis(void);

/**
 * axvm_vmx_do_again() - The exit came in the middle of something that is to be done anew: an
 *	event's delivery, or an IRET that ends the blocking of NMIs.
 * @vcpu: whose exit.
 * @info: exit qualification or interruption information; %EXIT_IRET_UNBLOCKED_NMI is in both.
 */
static __always_inline void axvm_vmx_do_again(struct axvm_vcpu *vcpu, u64 info)
{
	axvm_vmx_interrupted_delivery(vcpu);
	if (unlikely(info & EXIT_IRET_UNBLOCKED_NMI) && !vcpu->arch.event.info)
		axvm_vmx_block_nmis();
}

/* ---- exit.c, exception.c: exits ---- */

enum axvm_next axvm_vmx_handle(struct axvm_vcpu *vcpu);
s64 axvm_vmx_interrupted(struct axvm_vcpu *vcpu);
unsigned int axvm_vmx_insn_length(struct axvm_vcpu *vcpu);
/** axvm_vmx_exit_exception() - An exception, or an NMI of the host's. Interrupts off. */
enum axvm_next axvm_vmx_exit_exception(struct axvm_vcpu *vcpu);
/** axvm_vmx_exit_interrupt() - An interrupt of the host's. Interrupts off. */
enum axvm_next axvm_vmx_exit_interrupt(struct axvm_vcpu *vcpu);

/* ---- audit.c: why an entry failed ---- */

/** axvm_vmx_entry_failed() - Prepare %AXVM_EXIT_FAIL_ENTRY. @error: VM-instruction error, or 0. */
enum axvm_next axvm_vmx_entry_failed(struct axvm_vcpu *vcpu, u32 error);

/**
 * struct axvm_vmx_check - A consistency check of VM entry.
 * @name: as the SDM words it, in at most 63 characters.
 * @fails: is it this one?
 */
struct axvm_vmx_check {
	const char *name;
	bool (*fails)(void);
};

/** axvm_vmx_first_failing() - The name of the first check in a list that fails, or NULL. */
const char *axvm_vmx_first_failing(const struct axvm_vmx_check *check, unsigned int count);
/** axvm_vmx_audit_host() - The first check of the host's state that fails, or NULL. */
const char *axvm_vmx_audit_host(void);
/** axvm_vmx_audit_guest() - Likewise of the guest's. */
const char *axvm_vmx_audit_guest(void);

/* ---- bitmap.c: MSRs ---- */

/** axvm_vmx_bitmap_init() - Make the bitmaps that all vCPUs share. Return: 0 or %-ENOMEM. */
int axvm_vmx_bitmap_init(void);
void axvm_vmx_bitmap_exit(void);
/** axvm_vmx_bitmap() - Physical address of the bitmap. @apicv: with the virtual x2APIC's MSRs. */
u64 axvm_vmx_bitmap(bool apicv);

/* ---- vpid.c: tags ---- */

/** axvm_vmx_vpid_alloc() - One that no other vCPU has; 0 if there is none. */
u16 axvm_vmx_vpid_alloc(void);
void axvm_vmx_vpid_free(u16 vpid);
/** axvm_vmx_invvpid() - Drop what this CPU knows of the guest's own translations. */
void axvm_vmx_invvpid(const struct axvm_vmx_vcpu *vmx);

/* ---- ept.c: stage 2 ---- */

extern struct axvm_stage2_format axvm_vmx_ept_format;
/** axvm_vmx_ept_init() - Choose the format. */
void axvm_vmx_ept_init(void);
u64 axvm_vmx_ept_leaf(struct axvm_vm *vm, phys_addr_t physical, u32 rights, unsigned int level,
		      pgprot_t host);
/** axvm_vmx_invept() - Drop what this CPU knows of a VM's stage 2. */
void axvm_vmx_invept(u64 eptp);

/* ---- pml.c: page-modification logging ---- */

/** axvm_vmx_pml_init() - A log for a new vCPU. Return: 0 or %-ENOMEM. */
int axvm_vmx_pml_init(struct axvm_vmx_vcpu *vmx);
void axvm_vmx_pml_destroy(struct axvm_vmx_vcpu *vmx);
/** axvm_vmx_pml_setup() - Tell the VMCS, which is current, of it. */
void axvm_vmx_pml_setup(const struct axvm_vmx_vcpu *vmx);
/** axvm_vmx_pml_empty() - Tell guest memory what is in it. The VMCS is current. */
void axvm_vmx_pml_empty(struct axvm_vcpu *vcpu);
/** axvm_vmx_collect_dirty() - See &struct axvm_x86_backend.collect_dirty. */
void axvm_vmx_collect_dirty(struct axvm_vm *vm);

/* ---- apicv.c: the virtual APIC ---- */

#ifdef POSTED_INTR_VECTOR
/** define AXVM_VMX_POSTED_VECTOR - Of the host: has posted interrupts taken in, by hardware. */
#define AXVM_VMX_POSTED_VECTOR	POSTED_INTR_VECTOR
#endif

/** axvm_vmx_uses_apicv() - Is x2APIC mode the hardware's, from now on? */
bool axvm_vmx_uses_apicv(void);
void axvm_vmx_apic_mode(struct axvm_vcpu *vcpu);
bool axvm_vmx_notify(struct axvm_vcpu *vcpu);
void axvm_vmx_apic_sync(struct axvm_vcpu *vcpu);
/** axvm_vmx_apic_apply() - Set the controls that the APIC's mode asks for. Loaded. */
void axvm_vmx_apic_apply(struct axvm_vcpu *vcpu);
/** axvm_vmx_set_tpr_threshold() - Exit when the TPR falls so low that an interrupt may come. */
void axvm_vmx_set_tpr_threshold(struct axvm_vcpu *vcpu);

/* ---- mitigate.c: what the host must not leak by speculation, and perf ---- */

/** axvm_vmx_mitigate_init() - Find out what is needed on this kind of CPU. */
int axvm_vmx_mitigate_init(void);
void axvm_vmx_mitigate_exit(void);
/** axvm_vmx_flush_l1d() - Nothing of the host's is left in the first-level data cache. */
void axvm_vmx_flush_l1d(void);
DECLARE_STATIC_KEY_FALSE(axvm_vmx_flushes_l1d_always);
/** axvm_vmx_before_guest() - Before the first entry of a turn, interrupts off. */
void axvm_vmx_before_guest(struct axvm_vcpu *vcpu);
/** axvm_vmx_after_guest() - After the last exit of a turn, interrupts off. */
void axvm_vmx_after_guest(struct axvm_vcpu *vcpu);

#endif /* _AXVM_VMX_H */
