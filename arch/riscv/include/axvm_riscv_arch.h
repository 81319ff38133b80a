/* SPDX-License-Identifier: GPL-2.0 */
/* RISC-V: what its files use of one another. */
#ifndef _AXVM_RISCV_ARCH_H
#define _AXVM_RISCV_ARCH_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/insn-def.h>

#include "axvm_arch.h"
#include "axvm_device.h"
#include "axvm_vcpu.h"

/* ---- cpu.c: what the machine has ---- */

/**
 * struct axvm_riscv_machine - Found once at load; constant.
 * @hgatp_mode: widest mode of the hgatp CSR that every hart takes.
 * @levels: levels of its tree.
 * @vmid_bits: width of VMIDs; 0 for none.
 * @isa: host extensions that a guest may have, by enum axvm_riscv_isa.
 * @smstateen: harts have Smstateen.
 * @vlenb: bytes of a vector register, 0 without V.
 * @timebase: ticks of time in a second.
 * @mvendorid: for SBI.
 * @marchid: for SBI.
 * @mimpid: for SBI.
 */
struct axvm_riscv_machine {
	unsigned int hgatp_mode;
	unsigned int levels;
	unsigned int vmid_bits;
	DECLARE_BITMAP(isa, AXVM_RISCV_ISA_COUNT);
	bool smstateen;
	unsigned int vlenb;
	u64 timebase;
	u64 mvendorid;
	u64 marchid;
	u64 mimpid;
};

extern struct axvm_riscv_machine axvm_riscv_machine;

static inline bool axvm_riscv_host_has(enum axvm_riscv_isa extension)
{
	return test_bit(extension, axvm_riscv_machine.isa);
}

static inline bool axvm_riscv_guest_has(const struct axvm_vm *vm, enum axvm_riscv_isa extension)
{
	return test_bit(extension, vm->arch.isa);
}

/** axvm_riscv_has_sstc() - Does the guest have Sstc? Its timer is the hardware's then. */
static inline bool axvm_riscv_has_sstc(const struct axvm_vcpu *vcpu)
{
	return axvm_riscv_guest_has(vcpu->vm, AXVM_RISCV_ISA_SSTC);
}

/* ---- fences of the H extension ---- */

static __always_inline void axvm_hfence_gvma_all(void)
{
	asm volatile(HFENCE_GVMA(zero, zero) : : : "memory");
}

static __always_inline void axvm_hfence_gvma_vmid(unsigned long vmid)
{
	register unsigned long a0 asm("a0") = vmid;

	asm volatile(HFENCE_GVMA(zero, a0) : : "r" (a0) : "memory");
}

static __always_inline void axvm_hfence_gvma(unsigned long gpa, unsigned long vmid)
{
	register unsigned long a0 asm("a0") = gpa >> 2;
	register unsigned long a1 asm("a1") = vmid;

	asm volatile(HFENCE_GVMA(a0, a1) : : "r" (a0), "r" (a1) : "memory");
}

static __always_inline void axvm_hfence_vvma_all(void)
{
	asm volatile(HFENCE_VVMA(zero, zero) : : : "memory");
}

static __always_inline void axvm_hfence_vvma_asid(unsigned long asid)
{
	register unsigned long a0 asm("a0") = asid;

	asm volatile(HFENCE_VVMA(zero, a0) : : "r" (a0) : "memory");
}

static __always_inline void axvm_hfence_vvma(unsigned long gva)
{
	register unsigned long a0 asm("a0") = gva;

	asm volatile(HFENCE_VVMA(a0, zero) : : "r" (a0) : "memory");
}

static __always_inline void axvm_hfence_vvma_gva_asid(unsigned long gva, unsigned long asid)
{
	register unsigned long a0 asm("a0") = gva;
	register unsigned long a1 asm("a1") = asid;

	asm volatile(HFENCE_VVMA(a0, a1) : : "r" (a0), "r" (a1) : "memory");
}

/* ---- the guest's registers ---- */

static inline unsigned long axvm_riscv_x(const struct axvm_vcpu *vcpu, unsigned int n)
{
	return n ? vcpu->arch.sw.x[n] : 0;
}

static inline void axvm_riscv_set_x(struct axvm_vcpu *vcpu, unsigned int n, unsigned long value)
{
	if (n)
		vcpu->arch.sw.x[n] = value;
}

static inline unsigned long axvm_riscv_pc(const struct axvm_vcpu *vcpu)
{
	return vcpu->arch.sw.x[0];
}

static inline void axvm_riscv_set_pc(struct axvm_vcpu *vcpu, unsigned long pc)
{
	vcpu->arch.sw.x[0] = pc;
}

/** axvm_riscv_in_supervisor() - Is the guest in VS mode (else VU)? */
static inline bool axvm_riscv_in_supervisor(const struct axvm_vcpu *vcpu)
{
	return vcpu->arch.sw.sstatus & SR_SPP;
}

/**
 * axvm_riscv_get_csr() - A CSR of the guest's, wherever it is now.
 * @vcpu: taken.
 * @csr: its number.
 * @field: its place in &struct axvm_riscv_csrs.
 *
 * Context: preemption off.
 */
#define axvm_riscv_get_csr(vcpu, csr, field)				\
	(likely((vcpu)->loaded) ? csr_read(csr) : (vcpu)->arch.csrs.field)

/** axvm_riscv_set_csr() - Write it, likewise. */
#define axvm_riscv_set_csr(vcpu, csr, field, value) do {		\
	if (likely((vcpu)->loaded)) {					\
		csr_write(csr, value);					\
	} else {							\
		(vcpu)->arch.csrs.field = (value);			\
		(vcpu)->arch.csrs_changed = true;			\
	}								\
} while (0)

/* ---- trap.c ---- */

/**
 * axvm_riscv_inject() - Let the guest's supervisor take a synchronous exception.
 * @vcpu: which, its CSRs on the CPU or not.
 * @cause: exception code (EXC_INST_ILLEGAL and so on).
 * @tval: for stval.
 */
void axvm_riscv_inject(struct axvm_vcpu *vcpu, unsigned long cause, unsigned long tval);

/* ---- insn.c, fetch.S, decode.c: the guest's instructions ---- */

/** axvm_riscv_fetch_insn() - The instruction at a guest-virtual address; see fetch.S. */
unsigned long axvm_riscv_fetch_insn(unsigned long address, struct axvm_riscv_trap *trap);

/**
 * axvm_riscv_fetch() - Read the guest's instruction at its pc as the guest would.
 * @vcpu: bound.
 *
 * Context: interrupts on.
 * Return: the instruction, a compressed one in the lower 16 bits; or -1 if the fetch
 * itself faulted: then it was injected as the guest's own fault, or cleared up
 * (stage 2), and the guest is to go on; also if the vCPU is not on the CPU.
 */
long axvm_riscv_fetch(struct axvm_vcpu *vcpu);

/**
 * axvm_riscv_decode_access() - Take a load or store apart.
 * @insn: the instruction; a compressed one in the lower 16 bits.
 * @access: filled: @reason (%AXVM_EXIT_MMIO_READ or %AXVM_EXIT_MMIO_WRITE), @reg,
 *	@width, @reg_width, @sign_extend, @length. @addr is left alone.
 *
 * Return: whether it is one that can be emulated: an integer load or store.
 */
bool axvm_riscv_decode_access(u32 insn, struct axvm_pending *access);

/**
 * axvm_riscv_handle_mmio() - Emulate the access that faulted.
 * @vcpu: bound; its exit says what faulted.
 * @gpa: where.
 * @store: whether the fault was a store's.
 *
 * Return: what the run loop does next.
 */
enum axvm_next axvm_riscv_handle_mmio(struct axvm_vcpu *vcpu, u64 gpa, bool store);

/**
 * axvm_riscv_quick_mmio() - The same, as far as it goes with interrupts off.
 *
 * The hardware has not told the instruction in htinst.
 *
 * Return: what the run loop does next; %AXVM_NEXT_HANDLE when axvm_riscv_handle_mmio() has
 * to look at it.
 */
enum axvm_next axvm_riscv_quick_mmio(struct axvm_vcpu *vcpu, u64 gpa, bool store);

/* ---- csr.c ---- */

/**
 * axvm_riscv_handle_virtual_instruction() - Emulate what trapped as virtual instruction,
 *	or as illegal instruction and is not about F, D or V.
 * @vcpu: bound.
 * @insn: the instruction, 32 bits.
 * @irqs_off: interrupts are off: what may sleep returns %AXVM_NEXT_HANDLE and is
 *	called again.
 *
 * Return: what the run loop does next.
 */
enum axvm_next axvm_riscv_handle_virtual_instruction(struct axvm_vcpu *vcpu, u32 insn,
						     bool irqs_off);

/**
 * axvm_riscv_wfi() - The guest waits for an interrupt.
 * @vcpu: bound, its pc at the 4-byte instruction.
 *
 * Context: interrupts on.
 * Return: %AXVM_NEXT_LOOP after waiting, or %AXVM_NEXT_EXIT if the VMM wants to know.
 */
enum axvm_next axvm_riscv_wfi(struct axvm_vcpu *vcpu);

/** axvm_riscv_csr_complete() - Put the VMM's answer to a CSR access in; skips nothing. */
void axvm_riscv_csr_complete(struct axvm_vcpu *vcpu, const struct axvm_pending *pending,
			     u64 value);

/* ---- plic.c ---- */

extern const struct axvm_device_ops axvm_riscv_plic_ops;

/** axvm_riscv_plic_add_vcpu() - A new vCPU has a context. The VM's lock held. */
void axvm_riscv_plic_add_vcpu(struct axvm_vcpu *vcpu);
/** axvm_riscv_plic_remove_vcpu() - It ends. The VM's lock held. */
void axvm_riscv_plic_remove_vcpu(struct axvm_vcpu *vcpu);

/* ---- interrupts (irq.c) ---- */

/** axvm_riscv_set_irq() - Set a level in hvip: @irq is IRQ_VS_SOFT and so on. Any context. */
void axvm_riscv_set_irq(struct axvm_vcpu *vcpu, unsigned int irq, bool level);

/** axvm_riscv_raise() - Set bits of a vCPU's own hvip. Its thread, preemption off. */
static inline void axvm_riscv_raise(struct axvm_vcpu *vcpu, unsigned long bits)
{
	if (likely(vcpu->loaded)) {
		csr_set(CSR_HVIP, bits);
	} else {
		vcpu->arch.csrs.hvip |= bits;
		vcpu->arch.csrs_changed = true;
	}
}

/** axvm_riscv_lower() - Clear bits, likewise. */
static inline void axvm_riscv_lower(struct axvm_vcpu *vcpu, unsigned long bits)
{
	if (likely(vcpu->loaded)) {
		csr_clear(CSR_HVIP, bits);
	} else {
		vcpu->arch.csrs.hvip &= ~bits;
		vcpu->arch.csrs_changed = true;
	}
}

/** axvm_riscv_time() - The guest's time CSR now. */
u64 axvm_riscv_time(const struct axvm_vm *vm);

/**
 * axvm_riscv_set_timer() - SBI set_timer: program the next event.
 *
 * The taker's thread, any context.
 */
void axvm_riscv_set_timer(struct axvm_vcpu *vcpu, u64 next);

/** axvm_riscv_get_timer() - What it is set to. */
u64 axvm_riscv_get_timer(struct axvm_vcpu *vcpu);
/** axvm_riscv_restore_timer() - Write it as a register: an interrupt that is pending stays. */
void axvm_riscv_restore_timer(struct axvm_vcpu *vcpu, u64 next);

/**
 * axvm_riscv_recheck_timer() - The clock or what is pending was written: a timer in software
 *	that is due by now is pending.
 */
void axvm_riscv_recheck_timer(struct axvm_vcpu *vcpu);
/** axvm_riscv_take_time() - The guest's clock was moved: take it over. The taker's. */
void axvm_riscv_take_time(struct axvm_vcpu *vcpu);
/** axvm_riscv_timer_init() - Prepare a new vCPU's timer. */
void axvm_riscv_timer_init(struct axvm_vcpu *vcpu);
/** axvm_riscv_timer_destroy() - End it. */
void axvm_riscv_timer_destroy(struct axvm_vcpu *vcpu);
/** axvm_riscv_merge_irqs() - Carry changed inputs over into hvip. The taker's. */
void axvm_riscv_merge_irqs(struct axvm_vcpu *vcpu);

/** axvm_riscv_ticks_to_ns() - Convert timebase ticks. */
u64 axvm_riscv_ticks_to_ns(u64 ticks);

/* ---- fences (fence.c) ---- */

enum axvm_riscv_fence_type {
	AXVM_RISCV_FENCE_NONE,
	AXVM_RISCV_FENCE_I,		/* instruction fetch */
	AXVM_RISCV_FENCE_VMA,		/* VS-stage, a range, all ASIDs */
	AXVM_RISCV_FENCE_VMA_ASID,	/* VS-stage, a range, one ASID */
};

/**
 * axvm_riscv_fence() - Fence on other vCPUs, and on this one, before returning.
 * @vcpu: who asks.
 * @mask: which, bits counted from id @base.
 * @base: all ones: every vCPU.
 * @fence: what; a @size of 0 or all ones means everything.
 *
 * Context: bound, interrupts on.
 */
void axvm_riscv_fence(struct axvm_vcpu *vcpu, unsigned long mask, unsigned long base,
		      const struct axvm_riscv_fence *fence);
/** axvm_riscv_do_fences() - Do what was asked of this vCPU. Context: bound. */
void axvm_riscv_do_fences(struct axvm_vcpu *vcpu);

/* ---- sbi.c and one file per extension ---- */

/**
 * struct axvm_riscv_sbi_extension - One SBI extension.
 * @id: extension id.
 * @policy: index in &struct axvm_arch_vm.sbi_policy.
 * @default_policy: of a new VM.
 * @quick: its functions as bits: those that are handled with interrupts off, that
 *	is, neither sleep nor wait for another CPU.
 * @handle: do function a6 of the vCPU; NULL if only the VMM can. @result is preset to
 *	success and 0. Return %AXVM_NEXT_ENTER when the result is in: the caller stores
 *	it and skips the ecall. After the others it does neither: %AXVM_NEXT_EXIT
 *	when an exit is prepared, %AXVM_NEXT_LOOP when the vCPU's state was replaced,
 *	%AXVM_NEXT_HANDLE to be called again with interrupts on.
 */
struct axvm_riscv_sbi_extension {
	unsigned long id;
	enum axvm_riscv_sbi policy;
	u8 default_policy;
	u32 quick;
	enum axvm_next (*handle)(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result);
};

extern const struct axvm_riscv_sbi_extension axvm_riscv_sbi_base;
extern const struct axvm_riscv_sbi_extension axvm_riscv_sbi_time;
extern const struct axvm_riscv_sbi_extension axvm_riscv_sbi_ipi;
extern const struct axvm_riscv_sbi_extension axvm_riscv_sbi_rfence;
extern const struct axvm_riscv_sbi_extension axvm_riscv_sbi_hsm;
extern const struct axvm_riscv_sbi_extension axvm_riscv_sbi_srst;
extern const struct axvm_riscv_sbi_extension axvm_riscv_sbi_dbcn;
extern const struct axvm_riscv_sbi_extension axvm_riscv_sbi_susp;
extern const struct axvm_riscv_sbi_extension axvm_riscv_sbi_pmu;
extern const struct axvm_riscv_sbi_extension axvm_riscv_sbi_sta;

/**
 * axvm_riscv_handle_sbi() - An ecall from VS mode.
 * @vcpu: bound.
 * @irqs_off: interrupts are off: only quick functions may be done; for the others
 *	return %AXVM_NEXT_HANDLE.
 *
 * Return: what the run loop does next.
 */
enum axvm_next axvm_riscv_handle_sbi(struct axvm_vcpu *vcpu, bool irqs_off);

/** axvm_riscv_sbi_init_vm() - Default policies. */
void axvm_riscv_sbi_init_vm(struct axvm_vm *vm);
/** axvm_riscv_sbi_check_policy() - May extension @index have this policy? Return: 0 or %-EINVAL. */
int axvm_riscv_sbi_check_policy(u32 index, u64 policy);

#define AXVM_RISCV_ECALL_LENGTH	4

/** axvm_riscv_sbi_argument() - Argument @n of the guest's call, a0 to a5. */
static inline unsigned long axvm_riscv_sbi_argument(const struct axvm_vcpu *vcpu, unsigned int n)
{
	return vcpu->arch.sw.x[10 + n];
}

/** axvm_riscv_sbi_function() - The function called, a6. */
static inline unsigned long axvm_riscv_sbi_function(const struct axvm_vcpu *vcpu)
{
	return vcpu->arch.sw.x[16];
}

/** axvm_riscv_sbi_return() - Put a result in and skip the ecall. */
static inline void axvm_riscv_sbi_return(struct axvm_vcpu *vcpu, long error, unsigned long value)
{
	vcpu->arch.sw.x[10] = error;
	vcpu->arch.sw.x[11] = value;
	vcpu->arch.sw.x[0] += AXVM_RISCV_ECALL_LENGTH;
}

/** axvm_riscv_sbi_fail() - The call's result is this error. Return: %AXVM_NEXT_ENTER. */
static inline enum axvm_next axvm_riscv_sbi_fail(struct axvm_riscv_sbi_result *result, long error)
{
	result->error = error;
	return AXVM_NEXT_ENTER;
}

/** axvm_riscv_sbi_find() - The extension with this id, or NULL. */
const struct axvm_riscv_sbi_extension *axvm_riscv_sbi_find(unsigned long id);
/** axvm_riscv_sbi_ask() - Prepare an exit whose answer is the call's result. */
enum axvm_next axvm_riscv_sbi_ask(struct axvm_vcpu *vcpu, enum axvm_exit_reason reason);
/** axvm_riscv_sbi_pass() - Let the VMM answer the call: %AXVM_EXIT_HYPERCALL. */
enum axvm_next axvm_riscv_sbi_pass(struct axvm_vcpu *vcpu);
/** axvm_riscv_sbi_harts_exist() - Does every hart of a hart mask (a0, a1 of a call) exist? */
bool axvm_riscv_sbi_harts_exist(struct axvm_vm *vm, unsigned long mask, unsigned long base);
/** axvm_riscv_sbi_entry_ok() - May a hart begin to execute at guest-physical @entry? */
bool axvm_riscv_sbi_entry_ok(struct axvm_vm *vm, unsigned long entry);

/**
 * axvm_riscv_hsm_apply_start() - Apply the start that another hart asked for, if any.
 *
 * The taker's, bound or not.
 */
void axvm_riscv_hsm_apply_start(struct axvm_vcpu *vcpu);
/**
 * axvm_riscv_hsm_reset() - The state in which SBI lets a hart begin.
 * @vcpu: taken, bound or not.
 * @entry: its pc.
 * @opaque: its a1.
 */
void axvm_riscv_hsm_reset(struct axvm_vcpu *vcpu, unsigned long entry, unsigned long opaque);
/** axvm_riscv_hsm_status() - A hart's state: SBI_HSM_STATE_*. Any context. */
unsigned int axvm_riscv_hsm_status(struct axvm_vcpu *vcpu);

/**
 * axvm_riscv_susp_complete() - Put the answer to %AXVM_SYSTEM_SUSPEND in.
 *
 * Suspended and woken up: the hart goes on at the address it gave. Otherwise the
 * call returns the error. Skips the ecall itself.
 */
void axvm_riscv_susp_complete(struct axvm_vcpu *vcpu, const u64 answer[2]);

/** axvm_riscv_pmu_raise() - Raise the counters that count @event. */
void axvm_riscv_pmu_raise(struct axvm_vcpu *vcpu, unsigned int event);
/** axvm_riscv_pmu_count() - A firmware event happened on this vCPU (its own thread). */
static inline void axvm_riscv_pmu_count(struct axvm_vcpu *vcpu, unsigned int event)
{
	if (unlikely(vcpu->arch.pmu.counted & BIT(event)))
		axvm_riscv_pmu_raise(vcpu, event);
}

/** axvm_riscv_pmu_update() - To be called after %AXVM_RISCV_PMU_EVENT was written. */
void axvm_riscv_pmu_update(struct axvm_vcpu *vcpu);
/** axvm_riscv_pmu_check_event() - May %AXVM_RISCV_PMU_EVENT be this? Return: 0 or %-EINVAL. */
int axvm_riscv_pmu_check_event(u64 event);
/** axvm_riscv_pmu_reset() - No counter configured. */
void axvm_riscv_pmu_reset(struct axvm_vcpu *vcpu);

/** axvm_riscv_steal_update() - Bring the steal-time record up to date. The taker's, may sleep. */
void axvm_riscv_steal_update(struct axvm_vcpu *vcpu);
/** axvm_riscv_steal_check() - May %AXVM_RISCV_SBI_STA_SHMEM be this? Return: 0 or %-EINVAL. */
int axvm_riscv_steal_check(u64 shmem);
/** axvm_riscv_steal_set() - Start recording at @shmem, or stop (all ones). */
void axvm_riscv_steal_set(struct axvm_vcpu *vcpu, u64 shmem);
/** axvm_riscv_steal_reset() - No steal-time memory. */
void axvm_riscv_steal_reset(struct axvm_vcpu *vcpu);

/* ---- lazy.c, fp.S, vector.S: floating-point and vector state ---- */

/* Registers to and from memory; sstatus.FS or VS is on. */
void axvm_riscv_fp_save(struct axvm_riscv_fp *fp);
void axvm_riscv_fp_load(const struct axvm_riscv_fp *fp);
void axvm_riscv_vector_save(struct axvm_riscv_vector *vector);
void axvm_riscv_vector_load(const struct axvm_riscv_vector *vector);
/** axvm_riscv_vector_discard() - What a system call leaves in the vector registers. */
void axvm_riscv_vector_discard(void);

/** axvm_riscv_lazy_init() - A vCPU's memory for it. Return: 0 or %-ENOMEM. */
int axvm_riscv_lazy_init(struct axvm_vcpu *vcpu);
/** axvm_riscv_lazy_destroy() - Free it. */
void axvm_riscv_lazy_destroy(struct axvm_vcpu *vcpu);
/**
 * axvm_riscv_lazy_state() - Was an illegal instruction the first use of F, D or V?
 *
 * Context: interrupts off.
 * Return: whether it was: the state is there now and the guest is to try again.
 */
bool axvm_riscv_lazy_state(struct axvm_vcpu *vcpu);
/** axvm_riscv_lazy_put() - Give the host its registers back. Preemption off. */
void axvm_riscv_lazy_put(struct axvm_vcpu *vcpu);
/** axvm_riscv_vector_enter() - Before an entry: put the guest's V registers in. Interrupts off. */
void axvm_riscv_vector_enter(struct axvm_vcpu *vcpu);
/** axvm_riscv_vector_leave() - Before interrupts go on: take them off. Interrupts off. */
void axvm_riscv_vector_leave(struct axvm_vcpu *vcpu);

/* ---- vmid.c ---- */

/** axvm_riscv_vmid_init() - Once, at load. */
void axvm_riscv_vmid_init(void);
#define AXVM_RISCV_VMID_SHIFT	16
#define AXVM_RISCV_VMID_NUMBER	GENMASK_ULL(AXVM_RISCV_VMID_SHIFT - 1, 0)

/* What the CPU runs with; 0 right after a new generation began. */
DECLARE_PER_CPU(atomic64_t, axvm_riscv_vmid_active);
/* In the upper bits; never 0, so that a new VM's 0 is of no generation. */
extern atomic64_t axvm_riscv_vmid_generation;

static inline bool axvm_riscv_vmid_is_current(u64 vmid)
{
	return !((vmid ^ atomic64_read(&axvm_riscv_vmid_generation)) >> AXVM_RISCV_VMID_SHIFT);
}

/** axvm_riscv_vmid_number() - The number as hgatp has it. */
static inline unsigned long axvm_riscv_vmid_number(struct axvm_vm *vm)
{
	return atomic64_read(&vm->arch.vmid) & AXVM_RISCV_VMID_NUMBER;
}

/** axvm_riscv_vmid_renew() - What axvm_riscv_vmid_update() does when there is something to do. */
unsigned long axvm_riscv_vmid_renew(struct axvm_vm *vm);

/**
 * axvm_riscv_vmid_update() - Give the VM a VMID of the present generation.
 *
 * Context: preemption off.
 * Return: the number as hgatp has it.
 */
static inline unsigned long axvm_riscv_vmid_update(struct axvm_vm *vm)
{
	u64 vmid = atomic64_read(&vm->arch.vmid);

	if (likely(atomic64_read(this_cpu_ptr(&axvm_riscv_vmid_active)) == vmid &&
		   axvm_riscv_vmid_is_current(vmid)))
		return vmid & AXVM_RISCV_VMID_NUMBER;
	return axvm_riscv_vmid_renew(vm);
}

/** axvm_riscv_vmid_tagged() - Are there enough VMIDs to tag translations with? */
bool axvm_riscv_vmid_tagged(void);

/* ---- load.c ---- */

/** axvm_riscv_forget_cpu() - Nothing of a guest is on this CPU any more. Interrupts off. */
void axvm_riscv_forget_cpu(void);

#endif /* _AXVM_RISCV_ARCH_H */
