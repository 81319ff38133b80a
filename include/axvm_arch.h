/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What generic code asks of an architecture, resolved at link time
 *
 * struct axvm_arch_vm, struct axvm_arch_vcpu and AXVM_ARCH_COUNTERS come from the
 * architecture's own axvm_arch_types.h; AXVM_ARCH_INSN_ALIGN, the unit of an
 * instruction's length in bytes, from its axvm_arch_inline.h.
 */
#ifndef _AXVM_ARCH_H
#define _AXVM_ARCH_H

#include <linux/pgtable.h>
#include <linux/types.h>

#include "axvm.h"
#include "axvm_mmu.h"
#include "axvm_regs.h"
#include "axvm_vcpu.h"
#include "axvm_vm.h"

/* ---- the machine ---- */

/**
 * axvm_arch_init() - Find out what the hardware has.
 *
 * Return: 0, or a negative errno after saying in the kernel log what is missing.
 */
int axvm_arch_init(void);
/** axvm_arch_exit() - Undo axvm_arch_init(). */
void axvm_arch_exit(void);
/** axvm_arch_enabled() - There is a first VM, and all CPUs are enabled. May sleep. */
void axvm_arch_enabled(void);
/** axvm_arch_disabled() - The last VM is gone, and no CPU is enabled. May sleep. */
void axvm_arch_disabled(void);
/** axvm_arch_settle() - Do at once what axvm_arch_disabled() has put off. May sleep. */
void axvm_arch_settle(void);
/** axvm_arch_system_info() - Fill in what the architecture knows. */
void axvm_arch_system_info(struct axvm_system_info *info);
/**
 * axvm_arch_enable_cpu() - Make this CPU ready for guests.
 *
 * Context: on that CPU, preemption off.
 * Return: 0, %-EBUSY: in use by another hypervisor, %-ENODEV: it lacks something.
 * The reason is in the kernel log.
 */
int axvm_arch_enable_cpu(void);
/** axvm_arch_disable_cpu() - Leave this CPU as it was found. Any context. */
void axvm_arch_disable_cpu(void);

/* ---- the VM ---- */

/** axvm_arch_vm_init() - The new VM's part; the format of its stage 2 is @format. */
int axvm_arch_vm_init(struct axvm_vm *vm);
/**
 * axvm_arch_vm_msi() - %AXVM_SEND_MSI. Called without a lock, while vCPUs run.
 *
 * Return: 0, 1 if no vCPU takes it, %-EINVAL or %-ENXIO.
 */
int axvm_arch_vm_msi(struct axvm_vm *vm, u64 address, u32 data);
/** axvm_arch_vm_destroy() - Free it. */
void axvm_arch_vm_destroy(struct axvm_vm *vm);
/** axvm_arch_stage2_format() - The widest format the hardware has. Constant. */
const struct axvm_stage2_format *axvm_arch_stage2_format(void);
/** axvm_arch_gpa_bits() - Width of a guest-physical address, at most that format's. Constant. */
unsigned int axvm_arch_gpa_bits(void);
/** axvm_arch_vm_regs - Registers of a VM file; called with the VM's lock held. */
extern const struct axvm_reg_ops axvm_arch_vm_regs;
/** axvm_arch_devices - Device types, ended by NULL. */
extern const struct axvm_device_ops *const axvm_arch_devices[];

/* ---- stage 2 ---- */

/**
 * axvm_arch_stage2_leaf() - The entry that maps a page.
 * @vm: whose.
 * @physical: host-physical address.
 * @rights: %AXVM_MEM_READ and so on.
 * @level: 0 for 4 KiB.
 * @host: the host's page-table entry as pgprot, for its memory type.
 */
u64 axvm_arch_stage2_leaf(struct axvm_vm *vm, phys_addr_t physical, u32 rights,
			  unsigned int level, pgprot_t host);

/**
 * axvm_arch_host_pte_ok() - May a user access through this present host entry?
 *
 * False for PROT_NONE and NUMA-hinting entries, in which the address is valid and
 * the page is not to be touched.
 */
static inline bool axvm_arch_host_pte_ok(pte_t pte);

/** axvm_arch_p4d_offset() - p4d_offset(), by what a module can reach. */
static inline p4d_t *axvm_arch_p4d_offset(pgd_t *pgd, unsigned long hva);
/** axvm_arch_pud_offset() - pud_offset(), likewise. */
static inline pud_t *axvm_arch_pud_offset(p4d_t *p4d, unsigned long hva);
/** axvm_arch_host_pte_pfn() - The page that a present host entry maps at an address. */
static inline unsigned long axvm_arch_host_pte_pfn(pte_t pte, unsigned long hva);

/**
 * axvm_arch_flush_range() - Drop guest translations of a range, on every CPU that
 *	may hold one, before returning.
 *
 * Context: may hold spinlocks; interrupts on.
 */
void axvm_arch_flush_range(struct axvm_vm *vm, u64 gpa, u64 len);

/**
 * axvm_arch_collect_dirty() - Have axvm_mmu_mark_all_dirty() called for whatever the
 *	hardware has logged before the call, on any CPU.
 *
 * Context: interrupts on, the VM's lock held.
 */
void axvm_arch_collect_dirty(struct axvm_vm *vm);

/** axvm_arch_stage2_forget() - No CPU refers to this VM's stage 2 any more. May sleep. */
void axvm_arch_stage2_forget(struct axvm_vm *vm);

/* ---- the vCPU ---- */

/*
 * What is "bound" may still not be on the CPU: for moments, when its thread is on one that
 * goes offline, and from the machine's shutdown on. &struct axvm_vcpu.loaded tells, and
 * stays as it is while preemption is off. The guest is not entered meanwhile.
 */

/** axvm_arch_vcpu_init() - The new vCPU's part. Return: 0 or a negative errno. */
int axvm_arch_vcpu_init(struct axvm_vcpu *vcpu);
/**
 * axvm_arch_vcpu_destroy() - Free what the vCPU alone uses.
 *
 * Others may still make requests of it, until an RCU grace period has passed.
 */
void axvm_arch_vcpu_destroy(struct axvm_vcpu *vcpu);

/**
 * axvm_arch_vcpu_load() - Put the guest's state on this CPU.
 * @vcpu: which; &struct axvm_vcpu.cpu is still the last CPU.
 * @cpu: this one.
 *
 * Context: preemption off, axvm_hardware_here(). Also called when the scheduler resumes
 * its thread.
 */
void axvm_arch_vcpu_load(struct axvm_vcpu *vcpu, int cpu);
/**
 * axvm_arch_vcpu_put() - Take it off again.
 *
 * Only what was loaded, on the CPU on which it was.
 * Context: preemption off; axvm_hardware_here(), but for the machine's shutdown.
 */
void axvm_arch_vcpu_put(struct axvm_vcpu *vcpu);

/**
 * axvm_arch_vcpu_begin() - A RUN begins: what is swapped once for all of it.
 *
 * Context: bound, interrupts on, preemption off.
 */
static inline void axvm_arch_vcpu_begin(struct axvm_vcpu *vcpu);
/** axvm_arch_vcpu_end() - It ends; &struct axvm_vcpu.run_flags tell what is wanted of it still. */
static inline void axvm_arch_vcpu_end(struct axvm_vcpu *vcpu);

/**
 * axvm_arch_vcpu_requests() - Look at requests other than kick and dead.
 *
 * Context: bound, interrupts on, preemptible.
 * Return: %AXVM_NEXT_ENTER to go on, or %AXVM_NEXT_EXIT.
 */
enum axvm_next axvm_arch_vcpu_requests(struct axvm_vcpu *vcpu);

/**
 * axvm_arch_vcpu_prepare() - The last thing before entries: anything that depends on the CPU.
 *
 * Context: bound, interrupts off.
 */
static inline void axvm_arch_vcpu_prepare(struct axvm_vcpu *vcpu);

/**
 * axvm_arch_vcpu_enter() - Run the guest until an exit that needs interrupts on.
 *
 * Context: bound, interrupts off.
 * Return: anything but %AXVM_NEXT_ENTER.
 */
enum axvm_next axvm_arch_vcpu_enter(struct axvm_vcpu *vcpu);

/**
 * axvm_arch_vcpu_handle() - Handle the exit for which enter said %AXVM_NEXT_HANDLE.
 *
 * Context: bound, interrupts on, preemptible.
 * Return: %AXVM_NEXT_LOOP or %AXVM_NEXT_EXIT.
 */
enum axvm_next axvm_arch_vcpu_handle(struct axvm_vcpu *vcpu);

/**
 * axvm_arch_vcpu_interrupted() - The host has taken its interrupt after this exit.
 *
 * Return: the interrupt's number if the exit was by one, else -1.
 */
s64 axvm_arch_vcpu_interrupted(struct axvm_vcpu *vcpu);

/**
 * axvm_arch_vcpu_has_work() - Would the guest leave a wait for interrupts?
 *
 * Context: the vCPU's thread, bound or not.
 */
bool axvm_arch_vcpu_has_work(struct axvm_vcpu *vcpu);

/**
 * axvm_arch_vcpu_wake_time() - When the guest's timer will wake it.
 *
 * Return: true and the time in @when, or false if no timer runs.
 */
bool axvm_arch_vcpu_wake_time(struct axvm_vcpu *vcpu, ktime_t *when);

/**
 * axvm_arch_vcpu_complete() - Put the answer to an exit in and skip the instruction.
 * @vcpu: bound.
 * @pending: the exit. It may be what a VMM wrote into the registers: any @addr.
 * @answer: what to put in.
 * @refuse: give the guest a fault instead. A write that the VMM refuses was skipped
 *	before.
 *
 * Return: %AXVM_NEXT_ENTER; or %AXVM_NEXT_EXIT if the instruction needs another
 * access of the VMM's: that exit is prepared.
 */
enum axvm_next axvm_arch_vcpu_complete(struct axvm_vcpu *vcpu, const struct axvm_pending *pending,
				       const u64 answer[2], bool refuse);

/**
 * axvm_arch_vcpu_complete_read() - The same for what is by far the most common: an access that
 *	reads, is answered, and is all that its instruction does.
 *
 * Context: may be called with preemption off.
 */
static inline void axvm_arch_vcpu_complete_read(struct axvm_vcpu *vcpu,
						const struct axvm_pending *pending, u64 data);
/**
 * axvm_arch_vcpu_goes_on() - Does the instruction whose write was the last exit go on with
 *	another access? Then axvm_arch_vcpu_complete() is to be called after the write, too.
 */
static inline bool axvm_arch_vcpu_goes_on(const struct axvm_vcpu *vcpu);
/** axvm_arch_vcpu_skip() - Move the program counter past an instruction. */
static inline void axvm_arch_vcpu_skip(struct axvm_vcpu *vcpu, unsigned int length);

/** axvm_arch_vcpu_get_gprs() - For %AXVM_RUN_GET_GPRS. */
void axvm_arch_vcpu_get_gprs(struct axvm_vcpu *vcpu, struct axvm_gprs *gprs);
/** axvm_arch_vcpu_set_gprs() - For %AXVM_RUN_SET_GPRS. Return: 0 or %-EINVAL. */
int axvm_arch_vcpu_set_gprs(struct axvm_vcpu *vcpu, const struct axvm_gprs *gprs);

/**
 * axvm_arch_vcpu_settle() - Carry over what others have asked for, so that the
 *	registers tell all.
 *
 * Context: the vCPU is taken and not bound.
 */
void axvm_arch_vcpu_settle(struct axvm_vcpu *vcpu);

/** axvm_arch_vcpu_set_irq() - %AXVM_SET_IRQ on a vCPU. Any context. Return: 0 or %-EINVAL. */
int axvm_arch_vcpu_set_irq(struct axvm_vcpu *vcpu, u32 irq, bool level);

/** axvm_arch_vcpu_regs - Registers of a vCPU file; called with the vCPU taken. */
extern const struct axvm_reg_ops axvm_arch_vcpu_regs;
/** axvm_arch_counter_names - Names of the architecture's counters. */
extern const char *const axvm_arch_counter_names[AXVM_ARCH_COUNTERS];

#include "axvm_arch_inline.h"

#endif /* _AXVM_ARCH_H */
