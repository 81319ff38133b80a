/* SPDX-License-Identifier: GPL-2.0 */
/* The vCPU: states, requests, the run loop's parts. */
#ifndef _AXVM_VCPU_H
#define _AXVM_VCPU_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/hrtimer.h>
#include <linux/preempt.h>
#include <linux/rcuwait.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "axvm.h"
#include "axvm_arch_types.h"
#include "axvm_mmu.h"
#include "axvm_vm.h"

/**
 * enum axvm_next - What the run loop does after an exit.
 * @AXVM_NEXT_ENTER: back into the guest at once, interrupts still off. Only for
 *	work that is short, stays on this CPU and reads no request: a request made
 *	meanwhile has sent an interrupt, which ends the next entry.
 * @AXVM_NEXT_LOOP: handled; let the host in, look at requests, go on.
 * @AXVM_NEXT_HANDLE: to be handled with interrupts on.
 * @AXVM_NEXT_EXIT: to the VMM; the exit page is filled.
 *
 * The values fit the assembly: only %AXVM_NEXT_ENTER is zero.
 */
enum axvm_next {
	AXVM_NEXT_ENTER		= 0,
	AXVM_NEXT_LOOP		= 1,
	AXVM_NEXT_HANDLE	= 2,
	AXVM_NEXT_EXIT		= 3,
};

/**
 * enum axvm_request - What a vCPU must look at before it enters the guest: bit
 *	numbers in &struct axvm_vcpu.requests.
 * @AXVM_REQUEST_KICK: %AXVM_KICK.
 * @AXVM_REQUEST_IRQ: an interrupt input changed.
 * @AXVM_REQUEST_WAKE: something else changed that a blocked vCPU waits for.
 * @AXVM_REQUEST_DEAD: the address space is gone.
 * @AXVM_REQUEST_CPU: guests may not run on this CPU any more; see
 *	axvm_hardware_here().
 * @AXVM_REQUEST_ARCH: first of the architecture's own.
 */
enum axvm_request {
	AXVM_REQUEST_KICK,
	AXVM_REQUEST_IRQ,
	AXVM_REQUEST_WAKE,
	AXVM_REQUEST_DEAD,
	AXVM_REQUEST_CPU,
	AXVM_REQUEST_ARCH = 16,
};

/**
 * enum axvm_counter - Statistics that every architecture has. The first are the
 *	exits to the VMM by reason: a reason's number is its index.
 */
enum axvm_counter {
	AXVM_COUNT_EXIT_LAST	= AXVM_EXIT_INTERRUPT_ACK,
	AXVM_COUNT_RUNS,
	AXVM_COUNT_BINDS_COLD,
	AXVM_COUNT_MIGRATIONS,
	AXVM_COUNT_INTERRUPTS,
	AXVM_COUNT_FAULTS,
	AXVM_COUNT_HUGE_PAGES,
	AXVM_COUNT_IO_KERNEL,
	AXVM_COUNT_HALTS,
	AXVM_COUNT_HALT_POLL_HITS,
	AXVM_COUNT_ARCH,
};

/**
 * struct axvm_pending - An exit whose answer is awaited.
 * @reason: the exit reason, or 0 for none.
 * @reg: destination register.
 * @width: bytes accessed.
 * @reg_width: bytes of the register.
 * @sign_extend: whether a read is.
 * @length: bytes of the instruction, skipped when the answer is in.
 * @addr: address or number of what is accessed.
 */
struct axvm_pending {
	u32 reason;
	/* As in struct axvm_exit_mmio, which they are copied to. */
	u8 width;
	u8 sign_extend;
	u8 reg;
	u8 reg_width;
	u8 length;
	u64 addr;
};

/**
 * struct axvm_vcpu - A virtual CPU.
 *
 * "Taken" means that @state was moved from free to ready by the thread that
 * looks: the run loop, or an ioctl that reads or writes registers.
 *
 * @requests: see enum axvm_request. Anybody sets bits, the taker clears them.
 * @state: enum axvm_vcpu_state. Free to ready by compare-and-exchange; every
 *	other change by the taker, but for dead.
 * @cpu: the host CPU it is or was last loaded on, -1 for none yet. Written by the
 *	taker with preemption off.
 * @loaded: its state is on that CPU. Not always when it is bound: not on a CPU on
 *	which guests may not run. Written by the taker with preemption off, and stays as
 *	it is while that lasts.
 * @vm: keeps the VM. Constant.
 * @id: what the guest knows it by. Constant.
 * @exit: the page the VMM reads. Its contents are the taker's.
 * @request: the page the VMM writes. Read once, by the taker; nothing in it is
 *	ever read again.
 * @run_flags: AXVM_RUN_* of the current run. The taker's.
 * @pending: the exit whose answer is awaited. The taker's.
 * @kicks: kicks not yet acknowledged.
 * @run_state: enum axvm_run_state. Written by the taker, or by the vCPU that
 *	starts it under the architecture's rules.
 * @wait: where it blocks.
 * @poll_ns: how long it polls before it blocks; adapts. The taker's.
 * @wake_timer: wakes it from blocking at the guest's timer. The taker's.
 * @notifier: tells when the host's scheduler takes the CPU. The taker's.
 * @home_cpu: host CPU to run on, or -1. The taker's.
 * @mmu: its part in stage-2 faults.
 * @counters: statistics, written by the taker, read by anybody.
 * @rcu: frees it.
 * @arch: the architecture's part.
 */
struct axvm_vcpu {
	/* Read or written at every entry. */
	unsigned long requests;
	atomic_t state;
	int cpu;
	struct axvm_vm *vm;
	u64 id;
	struct axvm_run_exit *exit;
	struct axvm_run_request *request;
	u32 run_flags;
	struct axvm_pending pending;
	bool loaded;

	atomic64_t kicks;
	u32 run_state;
	struct rcuwait wait;
	unsigned int poll_ns;
	struct hrtimer wake_timer;
	struct preempt_notifier notifier;
	int home_cpu;
	struct axvm_mmu_vcpu mmu;
	u64 counters[AXVM_COUNT_ARCH + AXVM_ARCH_COUNTERS];
	struct rcu_head rcu;

	struct axvm_arch_vcpu arch;
};

/** axvm_count() - Count an event; only the taker may. */
static inline void axvm_count(struct axvm_vcpu *vcpu, unsigned int counter)
{
	vcpu->counters[counter]++;
}

/** axvm_vcpu_create_file() - Make a vCPU and a file for it, the VM's lock held. */
int axvm_vcpu_create_file(struct axvm_vm *vm, const struct axvm_create_vcpu *args);

/** axvm_vcpu_take() - Take a free vCPU. Return: 0, %-EBUSY, or %-EIO for a dead one. */
static inline int axvm_vcpu_take(struct axvm_vcpu *vcpu)
{
	int from = AXVM_VCPU_FREE;

	if (likely(atomic_try_cmpxchg_acquire(&vcpu->state, &from, AXVM_VCPU_READY)))
		return 0;
	return from == AXVM_VCPU_DEAD ? -EIO : -EBUSY;
}

/** axvm_vcpu_release() - Give it back: whoever takes it next sees all that was done to it. */
static inline void axvm_vcpu_release(struct axvm_vcpu *vcpu)
{
	bool dead = test_bit(AXVM_REQUEST_DEAD, &vcpu->requests);

	atomic_set_release(&vcpu->state, unlikely(dead) ? AXVM_VCPU_DEAD : AXVM_VCPU_FREE);
}

/** axvm_vcpu_set_state() - Move a taken vCPU to another state, if that move is one there is. */
void axvm_vcpu_set_state(struct axvm_vcpu *vcpu, enum axvm_vcpu_state to);

/** axvm_vcpu_die() - The address space is gone: it runs no more. Any context. */
void axvm_vcpu_die(struct axvm_vcpu *vcpu);

/** axvm_vcpu_run() - %AXVM_RUN. */
long axvm_vcpu_run(struct axvm_vcpu *vcpu);

/** axvm_vcpu_set_home() - Give a taken or new vCPU a home. Return: 0, %-EINVAL or %-ENXIO. */
int axvm_vcpu_set_home(struct axvm_vcpu *vcpu, int cpu);
/** axvm_vcpu_move_home() - Move the calling thread to its vCPU's home CPU. */
void axvm_vcpu_move_home(struct axvm_vcpu *vcpu);

/** axvm_vcpu_go_home() - Move the calling thread, unless it is there and stays there. */
static inline void axvm_vcpu_go_home(struct axvm_vcpu *vcpu)
{
	if (unlikely(vcpu->home_cpu >= 0) &&
	    (current->nr_cpus_allowed != 1 || raw_smp_processor_id() != vcpu->home_cpu))
		axvm_vcpu_move_home(vcpu);
}

/**
 * axvm_vcpu_bind() - Keep a taken vCPU's state on the CPU on which the thread is.
 *
 * But for a CPU on which guests may not run, see &struct axvm_vcpu.loaded.
 */
void axvm_vcpu_bind(struct axvm_vcpu *vcpu);
/** axvm_vcpu_unbind() - Take it off again. */
void axvm_vcpu_unbind(struct axvm_vcpu *vcpu);
/** axvm_vcpu_bind_init() - Prepare a new vCPU for binding. */
void axvm_vcpu_bind_init(struct axvm_vcpu *vcpu);

/**
 * axvm_vcpu_request() - Ask a vCPU to look at something before it goes on.
 * @vcpu: which; kept by RCU or a file.
 * @request: bit number, see enum axvm_request.
 *
 * Wakes it when it blocks and interrupts it when it is in the guest.
 * Context: any, including interrupts off.
 */
void axvm_vcpu_request(struct axvm_vcpu *vcpu, unsigned int request);

/** axvm_vcpu_test_request() - Take one request: was it made? */
static inline bool axvm_vcpu_test_request(struct axvm_vcpu *vcpu, unsigned int request)
{
	if (!test_bit(request, &vcpu->requests))
		return false;
	clear_bit(request, &vcpu->requests);
	/* What the requester wrote before it asked is visible from here on. */
	smp_mb__after_atomic();
	return true;
}

/**
 * axvm_vcpu_sync_request() - Make the same request of many vCPUs and wait until none
 *	of them is in the guest with it unseen.
 * @vm: whose.
 * @request: bit number.
 * @wanted: says which; called under RCU.
 * @data: for @wanted.
 *
 * Context: a vCPU's thread with interrupts on.
 */
void axvm_vcpu_sync_request(struct axvm_vm *vm, unsigned int request,
			    bool (*wanted)(struct axvm_vcpu *vcpu, void *data), void *data);

/**
 * axvm_vcpu_sync() - Wait until no vCPU of a VM has been in the guest without a break since
 *	the call: whoever enters from now on sees what was written before it.
 *
 * Context: interrupts on; may hold spinlocks.
 */
void axvm_vcpu_sync(struct axvm_vm *vm);

/** axvm_vcpu_kick() - %AXVM_KICK. */
void axvm_vcpu_kick(struct axvm_vcpu *vcpu);

/**
 * axvm_vcpu_block() - Wait until the vCPU has something to do.
 *
 * Polls a while, then sleeps. Returns when axvm_arch_vcpu_has_work(), a request
 * or a signal is there.
 * Context: bound; interrupts on. The vCPU is off the CPU while it sleeps.
 */
void axvm_vcpu_block(struct axvm_vcpu *vcpu);
/** axvm_vcpu_block_init() - Prepare a new vCPU for blocking. */
void axvm_vcpu_block_init(struct axvm_vcpu *vcpu);
/** axvm_vcpu_block_destroy() - End its timer. */
void axvm_vcpu_block_destroy(struct axvm_vcpu *vcpu);

/* Preparing an exit: each returns AXVM_NEXT_EXIT. */

/** axvm_exit_prepare() - Set reason and flags, clear the rest of the union. */
enum axvm_next axvm_exit_prepare(struct axvm_vcpu *vcpu, enum axvm_exit_reason reason, u32 flags);

/**
 * axvm_exit_mmio() - Ask the bus, else prepare the exit for an access to a device.
 * @vcpu: which. Its @pending says what is accessed and how, all of it; @reason is
 *	%AXVM_EXIT_MMIO_READ or %AXVM_EXIT_MMIO_WRITE.
 * @data: what is written; 0 for a read.
 *
 * Return: %AXVM_NEXT_LOOP if a device in the kernel did it, else %AXVM_NEXT_EXIT.
 */
enum axvm_next axvm_exit_mmio(struct axvm_vcpu *vcpu, u64 data);

/** axvm_exit_mmio_to_vmm() - The same by who has asked the bus. */
enum axvm_next axvm_exit_mmio_to_vmm(struct axvm_vcpu *vcpu, u64 data);

/**
 * axvm_exit_port() - Prepare the exit for an access to an I/O port.
 * @vcpu: which. Its @pending says how: @reason is %AXVM_EXIT_PORT_READ or
 *	%AXVM_EXIT_PORT_WRITE, @width 1, 2 or 4.
 * @port: which one.
 * @count: how many units.
 * @data: what is written, at most 64 bytes, and no fewer than 4; not looked at for a read.
 */
enum axvm_next axvm_exit_port(struct axvm_vcpu *vcpu, u16 port, unsigned int count,
			      const void *data);

/** axvm_exit_memory_fault() - Prepare %AXVM_EXIT_MEMORY_FAULT. */
enum axvm_next axvm_exit_memory_fault(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault,
				      int error);

/** axvm_exit_fail_entry() - Prepare %AXVM_EXIT_FAIL_ENTRY. */
enum axvm_next axvm_exit_fail_entry(struct axvm_vcpu *vcpu, u64 reason, u64 detail,
				    const char *check);

/** axvm_exit_system() - Prepare %AXVM_EXIT_SYSTEM_DOWN. */
enum axvm_next axvm_exit_system(struct axvm_vcpu *vcpu, enum axvm_system_event event, u64 reason);

/**
 * axvm_extend() - The value that a read of @width bytes leaves in a 64-bit register.
 *
 * A VMM can write a pending access with a width of 0: hence the mask.
 */
static inline u64 axvm_extend(u64 data, unsigned int width, bool sign_extend)
{
	unsigned int shift = (64 - width * 8) & 63;

	data <<= shift;
	return sign_extend ? (u64)((s64)data >> shift) : data >> shift;
}

/** axvm_vcpu_get_stats() - %AXVM_GET_STATS. */
long axvm_vcpu_get_stats(struct axvm_vcpu *vcpu, struct axvm_stats *args);

extern const struct axvm_reg_ops axvm_vcpu_reg_ops;

#endif /* _AXVM_VCPU_H */
