/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: what its files use of one another
 *
 * The two backends, VMX and SVM, are behind struct axvm_x86_backend; all else is shared.
 * The guest's state is in &struct axvm_arch_vcpu.state as far as @valid says: use
 * axvm_x86_need() before reading and axvm_x86_changed() after writing.
 */
#ifndef _AXVM_X86_ARCH_H
#define _AXVM_X86_ARCH_H

#include <linux/jiffies.h>
#include <linux/static_call.h>
#include <linux/thread_info.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <asm/asm.h>
#include <asm/fpu/api.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>

#include "axvm_arch.h"
#include "axvm_vcpu.h"
#include "axvm_vm.h"

/* ---- machine.c: what the machine has ---- */

/**
 * struct axvm_x86_machine - Found once at load; constant.
 * @tsc_khz: the host's TSC.
 * @tsc_scaling: the backend scales the TSC.
 * @tsc_fraction: bits of fraction in a scaling ratio.
 * @host_xcr0: what the host uses.
 * @host_xss: likewise.
 * @has_xss: IA32_XSS exists.
 * @has_tsc_aux: RDTSCP or RDPID exists.
 * @has_spec_ctrl: IA32_SPEC_CTRL exists.
 * @xsave_size: bytes of the guest's XSAVE area in standard format.
 * @physical_bits: width of the host's physical addresses.
 */
struct axvm_x86_machine {
	u32 tsc_khz;
	bool tsc_scaling;
	unsigned int tsc_fraction;
	u64 host_xcr0;
	u64 host_xss;
	bool has_xss;
	bool has_tsc_aux;
	bool has_spec_ctrl;
	unsigned int xsave_size;
	unsigned int physical_bits;
};

extern struct axvm_x86_machine axvm_x86_machine;

/* ---- the backends ---- */

/**
 * struct axvm_x86_backend - What differs between VMX and SVM.
 * @id: %AXVM_BACKEND_VMX or %AXVM_BACKEND_SVM.
 * @init: find out what the CPUs have; sets the tsc_scaling fields and @format. Return: 0,
 *	%-ENODEV without a word if this CPU has not this extension, another errno after
 *	saying why in the kernel log.
 * @exit: undo @init.
 * @enable_cpu: see axvm_arch_enable_cpu(): refuse with the owner's name if it is in use.
 * @disable_cpu: see axvm_arch_disable_cpu().
 * @system_info: features and tag_bits in it, besides what machine.c fills in.
 * @emergency: switch the extension off, and write back what the CPU has cached, on a CPU
 *	that may be in the middle of anything, and may not have it on. Any context, NMI too.
 * @vm_init: make &struct axvm_arch_vm.root.
 * @leaf: axvm_arch_stage2_leaf().
 * @vcpu_init: allocate &struct axvm_arch_vcpu.vmx or .svm. The state is set up before and
 *	all of it is dirty.
 * @vcpu_destroy: undo it.
 * @load: make this CPU ready for the vCPU: VMPTRLD, VPID or ASID; what is warm stays. Host
 *	state that depends on the CPU. Preemption off.
 * @put: the thread leaves the CPU or the RUN is over: host state (segments, MSRs) back.
 *	The guest's remains where it is, and @read still works after the next @load.
 * @enter: run the guest, interrupts off: until an exit that needs more. For each
 *	entry: compare flush_seen (axvm_x86_wants_flush()), axvm_x86_before_entry() if there
 *	is attention, write dirty parts, inject, open windows, switch, look at the exit
 *	reason and deal with what can be dealt with at once.
 * @handle: axvm_arch_vcpu_handle(), interrupts on.
 * @interrupted: axvm_arch_vcpu_interrupted(): -1 unless the exit was by an interrupt of
 *	the host's.
 * @read: put parts into @state that are not valid, and mark them valid. Loaded, preemption
 *	off or on.
 * @insn_length: bytes of the instruction that exited; 0 if that has to be decoded.
 * @apic_mode: the APIC was switched off, to xAPIC or to x2APIC mode, or is reset:
 *	interceptions and virtualization follow. The taker's thread, loaded or not.
 * @notify: something was set in the vCPU's posted descriptor: have the hardware deliver it
 *	if it can. Any thread. Return: true if nothing else is needed.
 * @apic_sync: with &struct axvm_x86_apic.hardware, after exits: what the hardware has done
 *	with the virtual APIC, in terms of software; and before entries: RVI and SVI. NULL
 *	without.
 * @collect_dirty: axvm_arch_collect_dirty(). NULL if @format says that there is no such log.
 * @guest_insn: what the hardware has told of the instruction at a fault (SVM's decode
 *	assists): bytes into @insn; return how many. NULL without.
 */
struct axvm_x86_backend {
	u32 id;
	int (*init)(void);
	void (*exit)(void);
	int (*enable_cpu)(void);
	void (*disable_cpu)(void);
	void (*system_info)(struct axvm_system_info *info);
	void (*emergency)(void);
	void (*vm_init)(struct axvm_vm *vm);
	u64 (*leaf)(struct axvm_vm *vm, phys_addr_t physical, u32 rights, unsigned int level,
		    pgprot_t host);
	int (*vcpu_init)(struct axvm_vcpu *vcpu);
	void (*vcpu_destroy)(struct axvm_vcpu *vcpu);
	void (*load)(struct axvm_vcpu *vcpu, int cpu);
	void (*put)(struct axvm_vcpu *vcpu);
	enum axvm_next (*enter)(struct axvm_vcpu *vcpu);
	enum axvm_next (*handle)(struct axvm_vcpu *vcpu);
	s64 (*interrupted)(struct axvm_vcpu *vcpu);
	void (*read)(struct axvm_vcpu *vcpu, u32 parts);
	unsigned int (*insn_length)(struct axvm_vcpu *vcpu);
	void (*apic_mode)(struct axvm_vcpu *vcpu);
	bool (*notify)(struct axvm_vcpu *vcpu);
	void (*apic_sync)(struct axvm_vcpu *vcpu);
	void (*collect_dirty)(struct axvm_vm *vm);
	unsigned int (*guest_insn)(struct axvm_vcpu *vcpu, u8 *insn);
	const struct axvm_stage2_format *format;
};

extern struct axvm_x86_backend axvm_vmx_backend;
extern struct axvm_x86_backend axvm_svm_backend;
/** axvm_x86_backend - The one that this machine has. Constant after load. */
extern const struct axvm_x86_backend *axvm_x86_backend;

DECLARE_STATIC_CALL(axvm_x86_enter, *axvm_vmx_backend.enter);
DECLARE_STATIC_CALL(axvm_x86_handle, *axvm_vmx_backend.handle);
DECLARE_STATIC_CALL(axvm_x86_load, *axvm_vmx_backend.load);
DECLARE_STATIC_CALL(axvm_x86_put, *axvm_vmx_backend.put);
DECLARE_STATIC_CALL(axvm_x86_read, *axvm_vmx_backend.read);
DECLARE_STATIC_CALL(axvm_x86_insn_length, *axvm_vmx_backend.insn_length);

/* ---- emergency.c: off in a crash ---- */

/** axvm_x86_kvm_is_loaded() - Tell whether KVM is there. Does not sleep. */
bool axvm_x86_kvm_is_loaded(void);

/* ---- the guest's state ---- */

/** axvm_x86_need() - Have these parts of @state valid. Context: loaded, or all of it is valid. */
static __always_inline void axvm_x86_need(struct axvm_vcpu *vcpu, u32 parts)
{
	if (parts & ~vcpu->arch.valid)
		static_call(axvm_x86_read)(vcpu, parts & ~vcpu->arch.valid);
}

/** axvm_x86_changed() - These parts of @state were written, the whole of them. */
static __always_inline void axvm_x86_changed(struct axvm_vcpu *vcpu, u32 parts)
{
	vcpu->arch.valid |= parts;
	vcpu->arch.dirty |= parts;
}

static __always_inline u64 axvm_x86_rip(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_RIP_PART);
	return vcpu->arch.state.rip;
}

static __always_inline void axvm_x86_set_rip(struct axvm_vcpu *vcpu, u64 rip)
{
	vcpu->arch.state.rip = rip;
	axvm_x86_changed(vcpu, AXVM_X86_RIP_PART);
}

static __always_inline u64 axvm_x86_rflags(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_RFLAGS_PART);
	return vcpu->arch.state.rflags;
}

static __always_inline void axvm_x86_set_rflags(struct axvm_vcpu *vcpu, u64 rflags)
{
	vcpu->arch.state.rflags = rflags;
	axvm_x86_changed(vcpu, AXVM_X86_RFLAGS_PART);
}

/** axvm_x86_r() - A general register by its number; RSP is 4. */
static __always_inline u64 axvm_x86_r(struct axvm_vcpu *vcpu, unsigned int n)
{
	if (n == 4)
		axvm_x86_need(vcpu, AXVM_X86_RSP_PART);
	return vcpu->arch.sw.r[n];
}

static __always_inline void axvm_x86_set_r(struct axvm_vcpu *vcpu, unsigned int n, u64 value)
{
	vcpu->arch.sw.r[n] = value;
	if (n == 4)
		axvm_x86_changed(vcpu, AXVM_X86_RSP_PART);
}

/** axvm_x86_edx_eax() - EDX:EAX, as the MSR and XCR instructions use them. */
static inline u64 axvm_x86_edx_eax(const struct axvm_vcpu *vcpu)
{
	return (u32)vcpu->arch.sw.r[0] | vcpu->arch.sw.r[2] << 32;
}

static inline void axvm_x86_set_edx_eax(struct axvm_vcpu *vcpu, u64 value)
{
	vcpu->arch.sw.r[0] = (u32)value;
	vcpu->arch.sw.r[2] = value >> 32;
}

/** axvm_x86_cpl() - The guest's privilege level. */
static inline unsigned int axvm_x86_cpl(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_SS_PART);
	return (vcpu->arch.state.segment[AXVM_X86_SS].attributes & AXVM_X86_ATTR_DPL) >>
	       AXVM_X86_ATTR_DPL_SHIFT;
}

/** axvm_x86_in_64bit() - Does it execute 64-bit code? */
static inline bool axvm_x86_in_64bit(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, AXVM_X86_EFER_PART | AXVM_X86_CS_PART);
	return (vcpu->arch.state.efer & EFER_LMA) &&
	       (vcpu->arch.state.segment[AXVM_X86_CS].attributes & AXVM_X86_ATTR_L);
}

/** axvm_x86_wants_flush() - Has stage 2 lost something since this vCPU's last flush? */
static __always_inline bool axvm_x86_wants_flush(const struct axvm_vcpu *vcpu)
{
	return vcpu->arch.flush_seen != (u64)atomic64_read(&vcpu->vm->arch.flush_generation);
}

/** axvm_x86_flush_guest() - The guest's own translations are to be dropped before it goes on. */
static inline void axvm_x86_flush_guest(struct axvm_vcpu *vcpu)
{
	vcpu->arch.attention |= AXVM_X86_ATTENTION_FLUSH;
}

/** axvm_x86_is_canonical() - Is this a linear address that the guest can use? */
static inline bool axvm_x86_is_canonical(const struct axvm_vcpu *vcpu, u64 address)
{
	unsigned int unused = 64 - vcpu->vm->arch.guest.linear_bits;

	return (u64)((s64)(address << unused) >> unused) == address;
}

/**
 * axvm_x86_advance() - Go past an instruction: RIP, the end of an interrupt shadow, a
 *	single step's exception.
 * @length: its bytes.
 */
void axvm_x86_advance(struct axvm_vcpu *vcpu, unsigned int length);
/** axvm_x86_skip() - Go past the instruction that exited. */
void axvm_x86_skip(struct axvm_vcpu *vcpu);

/** axvm_x86_rflags_ok() - Can RFLAGS be this? */
bool axvm_x86_rflags_ok(u64 rflags);

/** axvm_x86_reset() - The state after a reset, or after INIT. All of it is valid and dirty. */
void axvm_x86_reset(struct axvm_vcpu *vcpu, bool init);

/* ---- mce.c ---- */

/** axvm_x86_machine_check() - The host's handler is to look. Interrupts off. */
void axvm_x86_machine_check(void);

/* ---- event.c: exceptions, interrupts, NMIs ---- */

/**
 * axvm_x86_exception() - Have the guest take an exception at its present RIP.
 * @vector: which. An event that was being delivered makes a double or triple fault of it,
 *	as SDM volume 3, "Interrupt 8", has it.
 *
 * The return value is for handlers to return: %AXVM_NEXT_ENTER, or %AXVM_NEXT_EXIT with
 * %AXVM_SYSTEM_TRIPLE_FAULT.
 */
enum axvm_next axvm_x86_exception(struct axvm_vcpu *vcpu, unsigned int vector);
/** axvm_x86_exception_error() - The same, with an error code. */
enum axvm_next axvm_x86_exception_error(struct axvm_vcpu *vcpu, unsigned int vector, u32 error);
/** axvm_x86_page_fault() - #PF with CR2. */
enum axvm_next axvm_x86_page_fault(struct axvm_vcpu *vcpu, u64 address, u32 error);
/** axvm_x86_gp() - #GP(0). */
static inline enum axvm_next axvm_x86_gp(struct axvm_vcpu *vcpu)
{
	return axvm_x86_exception_error(vcpu, X86_TRAP_GP, 0);
}

/** axvm_x86_ud() - #UD. */
static inline enum axvm_next axvm_x86_ud(struct axvm_vcpu *vcpu)
{
	return axvm_x86_exception(vcpu, X86_TRAP_UD);
}

/**
 * axvm_x86_interrupted_event() - An exit interrupted the delivery of an event: deliver it again.
 * @info: as in %AXVM_X86_EVENT.
 */
void axvm_x86_interrupted_event(struct axvm_vcpu *vcpu, u32 info, u32 error, u32 length);

/**
 * axvm_x86_before_entry() - There is attention: decide what the next entry injects.
 *
 * Afterwards @event is what to inject, if valid (the backend clears it once it is
 * injected), and @windows what to watch for. A window that opens is told by
 * setting the attention bit again and clearing the window.
 *
 * Context: bound, interrupts off.
 * Return: %AXVM_NEXT_ENTER; or %AXVM_NEXT_EXIT: %AXVM_EXIT_INTERRUPT_ACK is prepared.
 */
enum axvm_next axvm_x86_before_entry(struct axvm_vcpu *vcpu);

/** axvm_x86_acknowledged() - The external controller has told its vector. */
void axvm_x86_acknowledged(struct axvm_vcpu *vcpu, u8 vector);
/** axvm_x86_raise_nmi() - An NMI for a vCPU. Any context. */
void axvm_x86_raise_nmi(struct axvm_vcpu *vcpu);

/* ---- handlers: what both backends' exits are about ----
 *
 * Those with @quick are called first with interrupts off and quick set, and may say
 * %AXVM_NEXT_HANDLE; then again with interrupts on and quick not set. Others say
 * %AXVM_NEXT_ENTER or %AXVM_NEXT_EXIT, in any context with the vCPU bound, if nothing
 * else is said. With interrupts on the backend turns ENTER into LOOP.
 */

/** axvm_x86_handle_cpuid() - CPUID. */
enum axvm_next axvm_x86_handle_cpuid(struct axvm_vcpu *vcpu);
/** axvm_x86_handle_msr() - RDMSR or WRMSR. */
enum axvm_next axvm_x86_handle_msr(struct axvm_vcpu *vcpu, bool write, bool quick);
/** axvm_x86_handle_hlt() - HLT. Interrupts on: it blocks. */
enum axvm_next axvm_x86_handle_hlt(struct axvm_vcpu *vcpu);
/** axvm_x86_handle_hypercall() - VMCALL or VMMCALL. Interrupts on. */
enum axvm_next axvm_x86_handle_hypercall(struct axvm_vcpu *vcpu);
/** axvm_x86_handle_xsetbv() - XSETBV. */
enum axvm_next axvm_x86_handle_xsetbv(struct axvm_vcpu *vcpu);
/** axvm_x86_handle_mov_to_cr() - MOV to CR @cr from general register @r. */
enum axvm_next axvm_x86_handle_mov_to_cr(struct axvm_vcpu *vcpu, unsigned int cr, unsigned int r);
/** axvm_x86_handle_mov_from_cr() - MOV from CR @cr to general register @r. */
enum axvm_next axvm_x86_handle_mov_from_cr(struct axvm_vcpu *vcpu, unsigned int cr, unsigned int r);
/** axvm_x86_handle_clts() - CLTS. */
enum axvm_next axvm_x86_handle_clts(struct axvm_vcpu *vcpu);
/** axvm_x86_handle_lmsw() - LMSW. */
enum axvm_next axvm_x86_handle_lmsw(struct axvm_vcpu *vcpu, u16 source);
/** axvm_x86_handle_mov_dr() - MOV to or from a debug register. */
enum axvm_next axvm_x86_handle_mov_dr(struct axvm_vcpu *vcpu, unsigned int dr, unsigned int r,
				      bool write);
/** axvm_x86_handle_triple_fault() - The guest's CPU shut down. */
enum axvm_next axvm_x86_handle_triple_fault(struct axvm_vcpu *vcpu);

/**
 * axvm_x86_handle_port() - IN, OUT, INS, OUTS. Strings interrupts on; the rest anywhere.
 */
enum axvm_next axvm_x86_handle_port(struct axvm_vcpu *vcpu,
				    const struct axvm_x86_port_access *access, bool quick);

/**
 * axvm_x86_quick_mmio() - A nested page fault, interrupts off: is it an access to a device
 *	that can be taken apart at once?
 *
 * Return: %AXVM_NEXT_HANDLE if not; else as other handlers.
 */
enum axvm_next axvm_x86_quick_mmio(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault);
/** axvm_x86_handle_fault() - A nested page fault, interrupts on: memory, or a device. */
enum axvm_next axvm_x86_handle_fault(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault);

/* ---- control.c: control and extended control registers ---- */

/** axvm_x86_set_cr0() - Check and set CR0 (with EFER.LMA). Return: false: #GP. */
bool axvm_x86_set_cr0(struct axvm_vcpu *vcpu, u64 cr0);
bool axvm_x86_set_cr3(struct axvm_vcpu *vcpu, u64 cr3);
bool axvm_x86_set_cr4(struct axvm_vcpu *vcpu, u64 cr4);
bool axvm_x86_set_efer(struct axvm_vcpu *vcpu, u64 efer);
bool axvm_x86_set_xcr0(struct axvm_vcpu *vcpu, u64 xcr0);
/** axvm_x86_cr0_ok() - Could CR0 be this, seen alone? For the registers' check. */
bool axvm_x86_cr0_ok(const struct axvm_vcpu *vcpu, u64 cr0);
bool axvm_x86_cr3_ok(const struct axvm_vcpu *vcpu, u64 cr3);
bool axvm_x86_cr4_ok(const struct axvm_vcpu *vcpu, u64 cr4);
bool axvm_x86_efer_ok(const struct axvm_vcpu *vcpu, u64 efer);
bool axvm_x86_xcr0_ok(const struct axvm_vcpu *vcpu, u64 xcr0);

/* ---- cpuid.c ---- */

/** axvm_x86_cpuid_init() - A new VM has all that is supported here. */
void axvm_x86_cpuid_init(struct axvm_vm *vm);
/** axvm_x86_cpuid_fix() - Work out &struct axvm_arch_vm.guest. Under the VM's lock. */
void axvm_x86_cpuid_fix(struct axvm_vm *vm);
/** axvm_x86_cpuid_find() - A leaf of the guest's, or NULL. */
const struct axvm_x86_cpuid_entry *axvm_x86_cpuid_find(const struct axvm_x86_cpuid *cpuid,
						       u32 leaf, u32 subleaf);
/** axvm_x86_cpuid_has() - Does the guest have this feature bit? @reg: 0 EAX to 3 EDX. */
static inline bool axvm_x86_cpuid_has(const struct axvm_vm *vm, u32 leaf, u32 subleaf,
				      unsigned int reg, unsigned int bit)
{
	const struct axvm_x86_cpuid_entry *entry =
		axvm_x86_cpuid_find(&vm->arch.cpuid, leaf, subleaf);

	return entry && (entry->reg[reg] & BIT(bit));
}

/* VM registers of this group; the VM's lock held. */
int axvm_x86_cpuid_get_reg(struct axvm_vm *vm, u32 index, u64 *value);
int axvm_x86_cpuid_check_reg(struct axvm_vm *vm, u32 index, u64 value);
void axvm_x86_cpuid_set_reg(struct axvm_vm *vm, u32 index, u64 value);
void axvm_x86_cpuid_list_regs(struct axvm_vm *vm, struct axvm_reg_sink *sink);

/* ---- msr.c ---- */

/** axvm_x86_msr_read() - Read an MSR as the guest. Return: 0, or %-ENOENT: not known, or #GP. */
int axvm_x86_msr_read(struct axvm_vcpu *vcpu, u32 msr, u64 *value);
/** axvm_x86_msr_restore() - Write one as a register, after axvm_x86_msr_check(). */
void axvm_x86_msr_restore(struct axvm_vcpu *vcpu, u32 msr, u64 value);
/** axvm_x86_msr_check() - Would the write succeed? For the registers' check. */
int axvm_x86_msr_check(struct axvm_vcpu *vcpu, u32 msr, u64 value);
/** axvm_x86_msr_list() - Which MSRs are saved and restored. */
void axvm_x86_msr_list(struct axvm_vcpu *vcpu, struct axvm_reg_sink *sink);

/**
 * axvm_x86_passed_msrs - MSRs that guests read and write without an exit, if they have them:
 *	the backends' bitmaps are made of this list, 0 ends it.
 *
 * FS_BASE, GS_BASE, KERNEL_GS_BASE, STAR, LSTAR, CSTAR, SFMASK, SYSENTER_CS, _ESP, _EIP,
 * PAT only where the hardware switches it. All others exit.
 */
extern const u32 axvm_x86_passed_msrs[];

/* ---- fpu.c ---- */

void axvm_x86_fpu_swap_in(struct axvm_vcpu *vcpu);
void axvm_x86_fpu_swap_out(struct axvm_vcpu *vcpu);
int axvm_x86_fpu_init(struct axvm_vcpu *vcpu);
void axvm_x86_fpu_destroy(struct axvm_vcpu *vcpu);
/** axvm_x86_fpu_begin() - A RUN begins: the FPU's registers are the guest's. Preemptible. */
void axvm_x86_fpu_begin(struct axvm_vcpu *vcpu);
/** axvm_x86_fpu_end() - It ends: they are the thread's again. */
void axvm_x86_fpu_end(struct axvm_vcpu *vcpu);
/** axvm_x86_fpu_update() - XCR0, IA32_XSS, CR4.OSXSAVE or CR4.PKE changed. */
void axvm_x86_fpu_update(struct axvm_vcpu *vcpu);
/**
 * axvm_x86_fpu_enter() - Before an entry, interrupts off: registers, XCR0, IA32_XSS are the
 *	guest's.
 */
static __always_inline void axvm_x86_fpu_enter(struct axvm_vcpu *vcpu)
{
	if (unlikely(test_thread_flag(TIF_NEED_FPU_LOAD)))
		switch_fpu_return();
	if (unlikely(vcpu->arch.xcr_swap))
		axvm_x86_fpu_swap_in(vcpu);
}

/** axvm_x86_fpu_leave() - After a turn's last exit, interrupts off: XCR0 and XSS the host's. */
static __always_inline void axvm_x86_fpu_leave(struct axvm_vcpu *vcpu)
{
	if (unlikely(vcpu->arch.xcr_swapped))
		axvm_x86_fpu_swap_out(vcpu);
}

/** axvm_x86_read_vector() - Guest vector register @n, @bytes of it. During a RUN, interrupts on. */
void axvm_x86_read_vector(struct axvm_vcpu *vcpu, unsigned int n, void *to, unsigned int bytes);
/**
 * axvm_x86_write_vector() - Write @bytes of register @n; @clear: zero the rest of it, as VEX
 *	and EVEX forms do.
 */
void axvm_x86_write_vector(struct axvm_vcpu *vcpu, unsigned int n, const void *from,
			   unsigned int bytes, bool clear);
/* The XSAVE area as registers, off RUN. */
int axvm_x86_xsave_get(struct axvm_vcpu *vcpu, u32 index, u64 *value);
int axvm_x86_xsave_check(struct axvm_vcpu *vcpu, u32 index, u64 value);
void axvm_x86_xsave_set(struct axvm_vcpu *vcpu, u32 index, u64 value);
void axvm_x86_xsave_list(struct axvm_vcpu *vcpu, struct axvm_reg_sink *sink);

/* ---- tsc.c, clock.c: time ---- */

/** axvm_x86_tsc_vm_init() - A new VM's TSC runs as the host's does, and begins with 0. */
void axvm_x86_tsc_vm_init(struct axvm_vm *vm);
/** axvm_x86_tsc_vcpu_init() - All vCPUs' TSCs are the same. */
void axvm_x86_tsc_vcpu_init(struct axvm_vcpu *vcpu);
/** axvm_x86_tsc_set_khz() - Another frequency; the CPU can scale. Before a vCPU has run. */
void axvm_x86_tsc_set_khz(struct axvm_vm *vm, u32 khz);
/** axvm_x86_tsc_khz_ok() - Can the guest's TSC have this frequency? */
bool axvm_x86_tsc_khz_ok(u64 khz);
/** axvm_x86_guest_tsc() - The guest's TSC when the host's is @host. */
u64 axvm_x86_guest_tsc(const struct axvm_vcpu *vcpu, u64 host);
/** axvm_x86_scale_tsc() - What the guest's TSC is at @host, but for its offset. */
u64 axvm_x86_scale_tsc(const struct axvm_vm *vm, u64 host);
/** axvm_x86_move_guest_tsc() - The guest's TSC is further on @by ticks. The taker, any context. */
void axvm_x86_move_guest_tsc(struct axvm_vcpu *vcpu, u64 by);
/**
 * axvm_x86_restore_guest_tsc() - For the registers: make the guest's TSC @value now, and the
 *	same as that of another vCPU that was restored, if there is less than a second between
 *	them.
 */
void axvm_x86_restore_guest_tsc(struct axvm_vcpu *vcpu, u64 value);
/** axvm_x86_tsc_to_host() - How many ticks of the host's TSC that many of the guest's take. */
u64 axvm_x86_tsc_to_host(const struct axvm_vm *vm, u64 ticks);
/** axvm_x86_tsc_to_ns() - How long the guest's TSC takes for @ticks; a day if it is more. */
u64 axvm_x86_tsc_to_ns(const struct axvm_vm *vm, u64 ticks);

/** axvm_x86_clock_vm_init() - The paravirtual clock of a new VM begins with 0. */
void axvm_x86_clock_vm_init(struct axvm_vm *vm);
/** axvm_x86_clock_now() - Nanoseconds of the paravirtual clock. */
u64 axvm_x86_clock_now(struct axvm_vm *vm);
/** axvm_x86_clock_set() - Make it @ns now, and tell the guest. The VM's lock held. */
void axvm_x86_clock_set(struct axvm_vm *vm, u64 ns);
/** axvm_x86_clock_rewrite() - Something in the pages has changed. Any context. */
void axvm_x86_clock_rewrite(struct axvm_vm *vm);
/** axvm_x86_clock_update() - %AXVM_REQUEST_X86_CLOCK: write the pages. Bound, interrupts on. */
void axvm_x86_clock_update(struct axvm_vcpu *vcpu);
/** axvm_x86_clock_reset() - After a reset or INIT: the guest has to ask anew. */
void axvm_x86_clock_reset(struct axvm_vcpu *vcpu);
/** axvm_x86_clock_moved() - See axvm_x86_clock_load(). */
void axvm_x86_clock_moved(struct axvm_vcpu *vcpu);

/**
 * axvm_x86_clock_load() - The vCPU comes to a CPU; &struct axvm_vcpu.cpu is still the last
 *	one. Preemption off.
 *
 * While the host's TSC is stable there is nothing to do, ever. Else the page is written
 * anew on another CPU, and each second.
 */
static inline void axvm_x86_clock_load(struct axvm_vcpu *vcpu, int cpu)
{
	if (unlikely(vcpu->cpu != cpu || time_after(jiffies, vcpu->arch.clock.next)) &&
	    (vcpu->arch.clock.msr & 1))
		axvm_x86_clock_moved(vcpu);
}

/**
 * axvm_x86_clock_msr_write() - The guest writes one of the clock's MSRs.
 *
 * Context: any, bound. It makes the request %AXVM_REQUEST_X86_CLOCK of its own vCPU: the caller
 * has the run loop look at it before the guest goes on (%AXVM_NEXT_LOOP).
 * Return: 0, %-ENOENT: none of these, or the guest has no such clock, %-EINVAL: #GP.
 */
int axvm_x86_clock_msr_write(struct axvm_vcpu *vcpu, u32 msr, u64 value);
int axvm_x86_clock_msr_read(struct axvm_vcpu *vcpu, u32 msr, u64 *value);
int axvm_x86_clock_msr_check(struct axvm_vcpu *vcpu, u32 msr, u64 value);
/**
 * axvm_x86_clock_msr_restore() - For the registers: what is in guest memory remains, but for
 *	the clock's page, which the next RUN writes anew.
 */
void axvm_x86_clock_msr_restore(struct axvm_vcpu *vcpu, u32 msr, u64 value);

/* ---- walk.c: the guest's page tables ---- */

#define AXVM_X86_ACCESS_WRITE	BIT(0)
#define AXVM_X86_ACCESS_USER	BIT(1)
#define AXVM_X86_ACCESS_FETCH	BIT(2)
/**
 * define AXVM_X86_ACCESS_IMPLICIT - A supervisor access whatever CPL is: SMAP's AC does not
 *	count.
 */
#define AXVM_X86_ACCESS_IMPLICIT BIT(3)

/**
 * struct axvm_x86_walk - What came of a translation.
 * @gpa: guest-physical address.
 * @error: page-fault error code, if it failed.
 * @address: the linear address that failed.
 */
struct axvm_x86_walk {
	u64 gpa;
	u32 error;
	u64 address;
};

/**
 * axvm_x86_translate() - Translate a linear address as the guest's CPU would, setting
 *	accessed and dirty bits.
 *
 * Context: bound, interrupts on; may fault user memory in.
 * Return: 0, %-EFAULT: a page fault as @walk says, %-ENXIO: the tables are not in memory.
 */
int axvm_x86_translate(struct axvm_vcpu *vcpu, u64 address, u32 access,
		       struct axvm_x86_walk *walk);

/**
 * axvm_x86_fetch() - Read the guest's instruction at RIP: up to 15 bytes.
 *
 * Context: as axvm_x86_translate().
 * Return: how many, or %-EFAULT with @walk, or %-ENXIO.
 */
int axvm_x86_fetch(struct axvm_vcpu *vcpu, u8 *insn, struct axvm_x86_walk *walk);

/**
 * axvm_x86_fetch_quick() - The same for the usual case: %AXVM_X86_INSN_ROOM bytes.
 *
 * Context: bound, in 64-bit mode; interrupts may be off.
 * Return: whether it worked out.
 */
bool axvm_x86_fetch_quick(struct axvm_vcpu *vcpu, u8 *insn);

/* ---- code.c: the guest's code, quickly ---- */

/** define AXVM_X86_CODE_UNPAGED - Linear addresses are guest-physical. */
#define AXVM_X86_CODE_UNPAGED	~0ULL
/** define AXVM_X86_CODE_4LEVEL - Four levels of tables. */
#define AXVM_X86_CODE_4LEVEL	BIT_ULL(62)
/** define AXVM_X86_CODE_5LEVEL - Five, as CR4.LA57 says. */
#define AXVM_X86_CODE_5LEVEL	(BIT_ULL(63) | AXVM_X86_CODE_4LEVEL)

/**
 * axvm_x86_read_code() - Read %AXVM_X86_INSN_ROOM bytes of an instruction that has just exited.
 * @root: CR3 with %AXVM_X86_CODE_4LEVEL or _5LEVEL, or %AXVM_X86_CODE_UNPAGED. There is nothing
 *	for the other kinds of paging.
 * @linear: where.
 * @words: what was read.
 *
 * Context: the vCPU's thread, bound; interrupts may be off.
 * Return: false if it has to be read with interrupts on: axvm_x86_fetch().
 */
bool axvm_x86_read_code(struct axvm_vcpu *vcpu, u64 root, u64 linear, u64 words[2]);

static __always_inline struct axvm_x86_code *axvm_x86_code_slot(struct axvm_vcpu *vcpu, u64 linear)
{
	return &vcpu->arch.code[linear >> PAGE_SHIFT & (AXVM_X86_CODE_PAGES - 1)];
}

/** axvm_x86_code_known() - Is the page remembered, for as much as that is worth? See code.c. */
static __always_inline bool axvm_x86_code_known(const struct axvm_vcpu *vcpu,
						const struct axvm_x86_code *code, u64 root,
						u64 linear)
{
	return code->page == (linear & PAGE_MASK) && code->root == root &&
	       code->seq == READ_ONCE(vcpu->vm->mmu.invalidate_seq);
}

/*
 * If the access at label 1 faults, go to @label. By way of a jump, as the table takes no label of
 * C's that is in a string.
 */
#define AXVM_X86_FAULT_GOES_TO(label)					\
	".pushsection .text.unlikely, \"ax\"\n"			\
	"2:	jmp %l[" #label "]\n"					\
	".popsection\n"							\
	_ASM_EXTABLE_UA(1b, 2b)

/*
 * axvm_x86_code_changed() - Is an entry another? Between __uaccess_begin() and __uaccess_end():
 * nothing may be called there, such as a sanitizer that checks an index.
 */
static __always_inline bool axvm_x86_code_changed(const struct axvm_x86_code *code)
{
	const struct axvm_x86_code_entry *entry = code->entry, *end = entry + code->levels;

	for (; entry < end; entry++)
		asm goto("1:	cmpq %[value], (%[at])\n"
			 "	jne %l[changed]\n"
			 AXVM_X86_FAULT_GOES_TO(changed)
			 : : [value] "r" (entry->value), [at] "r" (entry->at)
			 : "cc", "memory" : changed);
	return false;

changed:
	return true;
}

/**
 * axvm_x86_code_is() - Is this two-byte opcode, without a prefix, what has just exited?
 *
 * Context: as axvm_x86_read_code(), and page faults disabled.
 * Return: false also if it is not known: axvm_x86_read_code() tells, then.
 */
static __always_inline bool axvm_x86_code_is(struct axvm_vcpu *vcpu, u64 root, u64 linear,
					     u16 opcode)
{
	const struct axvm_x86_code *code = axvm_x86_code_slot(vcpu, linear);
	unsigned int offset = linear & ~PAGE_MASK;

	if (unlikely(!axvm_x86_code_known(vcpu, code, root, linear) || offset == PAGE_SIZE - 1))
		return false;
	__uaccess_begin();
	if (unlikely(axvm_x86_code_changed(code)))
		goto no;
	asm goto("1:	cmpw %[opcode], (%[at])\n"
		 "	jne %l[no]\n"
		 AXVM_X86_FAULT_GOES_TO(no)
		 : : [opcode] "r" (opcode), [at] "r" (code->bytes + offset)
		 : "cc", "memory" : no);
	__uaccess_end();
	return true;

no:
	__uaccess_end();
	return false;
}

/* ---- mmio.c, port.c: emulation ---- */

/** axvm_x86_emulation_complete() - Go on after the exit @pending. Bound, interrupts on. */
enum axvm_next axvm_x86_emulation_complete(struct axvm_vcpu *vcpu,
					   const struct axvm_pending *pending, u64 answer);
/** axvm_x86_emulate_here() - Begin to emulate the instruction at RIP. Bound, interrupts on. */
enum axvm_next axvm_x86_emulate_here(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault);

/* ---- apic*.c: the local APIC ---- */

/** axvm_x86_apic_init() - The local APIC of a new vCPU, after a reset. Return: 0 or %-ENOMEM. */
int axvm_x86_apic_init(struct axvm_vcpu *vcpu);
/** axvm_x86_apic_destroy() - Undo it. Others may use it until an RCU grace period has passed. */
void axvm_x86_apic_destroy(struct axvm_vcpu *vcpu);
/** axvm_x86_apic_reset() - After a reset, or INIT. The taker's thread. */
void axvm_x86_apic_reset(struct axvm_vcpu *vcpu, bool init);

/**
 * axvm_x86_apply_init() - %AXVM_REQUEST_X86_INIT: an INIT or start-up IPI has come.
 *
 * Context: the taker's thread, bound and interrupts on; or from axvm_arch_vcpu_settle(),
 * which has all of the state valid.
 * Return: %AXVM_NEXT_ENTER; or %AXVM_NEXT_EXIT: %AXVM_EXIT_CPU_DOWN is prepared.
 */
enum axvm_next axvm_x86_apply_init(struct axvm_vcpu *vcpu);

static inline bool axvm_x86_apic_enabled(const struct axvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->arch.apic.base) & MSR_IA32_APICBASE_ENABLE;
}

static inline bool axvm_x86_apic_x2apic(const struct axvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->arch.apic.base) & X2APIC_ENABLE;
}

/** axvm_x86_apic_at() - Is this guest-physical address in the APIC's page, in xAPIC mode? */
static inline bool axvm_x86_apic_at(const struct axvm_vcpu *vcpu, u64 gpa)
{
	u64 base = vcpu->arch.apic.base;

	return (base & (MSR_IA32_APICBASE_ENABLE | X2APIC_ENABLE)) == MSR_IA32_APICBASE_ENABLE &&
	       gpa >> PAGE_SHIFT == (base & MSR_IA32_APICBASE_BASE) >> PAGE_SHIFT;
}

/**
 * axvm_x86_apic_read() - Read a register, 32 bits, in xAPIC mode. Any context, bound.
 * @offset: in the page.
 */
u32 axvm_x86_apic_read(struct axvm_vcpu *vcpu, u32 offset);
/**
 * axvm_x86_apic_write() - Write one. Neither sleeps nor allocates.
 *
 * Return: %AXVM_NEXT_ENTER: go on after the instruction; %AXVM_NEXT_LOOP: the same, but look at
 * requests first; %AXVM_NEXT_EXIT: an exit is prepared (%AXVM_EXIT_INTERRUPT_END,
 * %AXVM_EXIT_SEND_IPI, %AXVM_EXIT_CPU_UP), to be taken after the instruction.
 *
 * An IPI to many is sent here, with interrupts off if they are: at most one pass over the
 * VM's vCPUs, two for lowest priority, and an interrupt of the host for each that runs.
 */
enum axvm_next axvm_x86_apic_write(struct axvm_vcpu *vcpu, u32 offset, u32 value);
/** axvm_x86_apic_after_write() - The hardware has written the register in the page. */
enum axvm_next axvm_x86_apic_after_write(struct axvm_vcpu *vcpu, u32 offset);
/** axvm_x86_apic_eoi() - The hardware has done an EOI of a level-triggered vector. */
enum axvm_next axvm_x86_apic_eoi(struct axvm_vcpu *vcpu, unsigned int vector);

/**
 * axvm_x86_apic_msr_read(), axvm_x86_apic_msr_write() - IA32_APIC_BASE, TSC_DEADLINE and the
 *	x2APIC's MSRs 800H to 8FFH, as the guest reads and writes them.
 * @next: as axvm_x86_apic_write() returns it.
 *
 * Return: 0, %-ENOENT: none of these, %-EINVAL: #GP.
 */
int axvm_x86_apic_msr_read(struct axvm_vcpu *vcpu, u32 msr, u64 *value);
int axvm_x86_apic_msr_write(struct axvm_vcpu *vcpu, u32 msr, u64 value, enum axvm_next *next);
/** axvm_x86_apic_msr_check() - For the registers' check. IA32_APIC_BASE and TSC_DEADLINE only. */
int axvm_x86_apic_msr_check(struct axvm_vcpu *vcpu, u32 msr, u64 value);
/** axvm_x86_apic_msr_restore() - For the registers: any mode may follow any other. */
void axvm_x86_apic_msr_restore(struct axvm_vcpu *vcpu, u32 msr, u64 value);

u64 axvm_x86_apic_get_cr8(struct axvm_vcpu *vcpu);
void axvm_x86_apic_set_cr8(struct axvm_vcpu *vcpu, u64 cr8);

/**
 * axvm_x86_apic_take_posted() - What others have sent goes to IRR and TMR. The taker's thread,
 *	not in the guest.
 */
void axvm_x86_apic_take_posted(struct axvm_vcpu *vcpu);
/** axvm_x86_apic_highest_irr() - The highest vector in IRR, or -1. */
int axvm_x86_apic_highest_irr(const struct axvm_vcpu *vcpu);
/** axvm_x86_apic_highest_isr() - The highest vector in ISR, or -1. */
int axvm_x86_apic_highest_isr(const struct axvm_vcpu *vcpu);
/** axvm_x86_apic_is_level() - Is the vector in TMR: does its EOI have to be told to the VMM? */
bool axvm_x86_apic_is_level(const struct axvm_vcpu *vcpu, unsigned int vector);
/** axvm_x86_apic_set_hardware() - Virtual-interrupt delivery begins or ends. The taker's thread. */
void axvm_x86_apic_set_hardware(struct axvm_vcpu *vcpu, bool hardware);

/**
 * axvm_x86_apic_pending() - Take in what others have sent, and tell the highest interrupt
 *	that is above the processor priority, or -1. The taker's thread, any context.
 *
 * Without &struct axvm_x86_apic.hardware.
 */
int axvm_x86_apic_pending(struct axvm_vcpu *vcpu);
/** axvm_x86_apic_accept() - The CPU takes @vector: from IRR to ISR. */
void axvm_x86_apic_accept(struct axvm_vcpu *vcpu, unsigned int vector);
/** axvm_x86_apic_extint() - Does LINT0 have an ExtINT for the CPU? */
bool axvm_x86_apic_extint(const struct axvm_vcpu *vcpu);
/**
 * axvm_x86_apic_has_work() - Would axvm_x86_apic_pending() or ExtINT have something?
 *
 * Changes nothing.
 */
bool axvm_x86_apic_has_work(const struct axvm_vcpu *vcpu);
/** axvm_x86_apic_sync_ppr() - Bring the processor priority in the page up to date. */
void axvm_x86_apic_sync_ppr(struct axvm_vcpu *vcpu);

/**
 * axvm_x86_apic_set_line() - The level of LINT0 or LINT1 (0 or 1) has changed, and is in
 *	&struct axvm_arch_vcpu.lines. Any context.
 */
void axvm_x86_apic_set_line(struct axvm_vcpu *vcpu, unsigned int lint, bool level);

/**
 * axvm_x86_apic_wake_time() - When to wake a vCPU for its timer; false if the timer itself
 *	does, or does not run.
 */
bool axvm_x86_apic_wake_time(struct axvm_vcpu *vcpu, ktime_t *when);
/** axvm_x86_apic_timer_fired() - &struct axvm_x86_apic.deadline_tsc has come (preemption timer). */
void axvm_x86_apic_timer_fired(struct axvm_vcpu *vcpu);
/** axvm_x86_apic_timer_start() - %AXVM_REQUEST_X86_TIMER: go on as the registers say. */
void axvm_x86_apic_timer_start(struct axvm_vcpu *vcpu);
/** axvm_x86_apic_tsc_changed() - The guest's TSC is another: so is the time to its deadline. */
void axvm_x86_apic_tsc_changed(struct axvm_vcpu *vcpu);

/**
 * axvm_x86_apic_settle() - For axvm_arch_vcpu_settle(): what others have sent is in the
 *	registers, and the timer stands still until the next RUN.
 */
void axvm_x86_apic_settle(struct axvm_vcpu *vcpu);

/* Registers of the APIC group, off RUN; their order does not matter. */
int axvm_x86_apic_get_reg(struct axvm_vcpu *vcpu, u32 index, u64 *value);
int axvm_x86_apic_check_reg(struct axvm_vcpu *vcpu, u32 index, u64 value);
void axvm_x86_apic_set_reg(struct axvm_vcpu *vcpu, u32 index, u64 value);
void axvm_x86_apic_list_regs(struct axvm_vcpu *vcpu, struct axvm_reg_sink *sink);

#endif /* _AXVM_X86_ARCH_H */
