/* SPDX-License-Identifier: GPL-2.0 */
/* RISC-V: what a VM and a vCPU consist of. */
#ifndef _AXVM_ARCH_TYPES_H
#define _AXVM_ARCH_TYPES_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "axvm_riscv.h"
#include "axvm_riscv_switch.h"

/**
 * enum axvm_riscv_counter - Exits by their cause and what they were about.
 */
enum axvm_riscv_counter {
	AXVM_RISCV_COUNT_SBI,
	AXVM_RISCV_COUNT_CSR,
	AXVM_RISCV_COUNT_WFI,
	AXVM_RISCV_COUNT_ILLEGAL,
	AXVM_RISCV_COUNT_FP_LOAD,
	AXVM_RISCV_COUNT_VECTOR_LOAD,
	AXVM_RISCV_COUNT_REDIRECT,
	AXVM_RISCV_COUNT_IPI,
	AXVM_RISCV_COUNT_RFENCE,
	AXVM_ARCH_COUNTERS
};

/* Requests of this architecture: see enum axvm_request. */
#define AXVM_REQUEST_RISCV_FENCE	(AXVM_REQUEST_ARCH + 0)
#define AXVM_REQUEST_RISCV_START	(AXVM_REQUEST_ARCH + 1)
#define AXVM_REQUEST_RISCV_STEAL	(AXVM_REQUEST_ARCH + 2)
#define AXVM_REQUEST_RISCV_TIME		(AXVM_REQUEST_ARCH + 3)

struct axvm_device;

/**
 * struct axvm_riscv_last - Which of a VM's vCPUs was last on a host CPU.
 * @serial: &struct axvm_arch_vcpu.serial of it.
 * @foreign: how often another hypervisor had been seen there at that time.
 */
struct axvm_riscv_last {
	u64 serial;
	u32 foreign;
};

/**
 * struct axvm_arch_vm - RISC-V's part of a VM.
 * @vmid: generation in the upper bits, VMID in the lower; see vmid.c.
 * @hgatp: what goes into the hgatp CSR, but for the VMID. Constant.
 * @cpus: host CPUs that may hold translations under the present VMID.
 * @cpus_ever: host CPUs on which a vCPU ever was: hgatp may be this VM's there.
 * @last: for each host CPU, who ran there last. Written with preemption off on that CPU.
 * @time_delta: guest time minus host time. htimedelta. Written under &struct axvm_vm.lock;
 *	vCPUs are asked to take it over.
 * @isa: bitmap of the guest's extensions, by enum axvm_riscv_isa. Fixed at first run.
 * @henvcfg: the CSR, made of @isa. Fixed at first run.
 * @hstateen0: likewise, with Smstateen.
 * @sbi_policy: enum axvm_riscv_sbi_policy by enum axvm_riscv_sbi; the last one is the
 *	Base extension's and always %AXVM_RISCV_SBI_KERNEL. Fixed at first run.
 * @mvendorid: for SBI. Fixed at first run.
 * @marchid: likewise.
 * @mimpid: likewise.
 * @plic: the PLIC, or NULL. Under &struct axvm_vm.lock.
 */
struct axvm_arch_vm {
	atomic64_t vmid;
	unsigned long hgatp;
	cpumask_var_t cpus;
	cpumask_var_t cpus_ever;
	struct axvm_riscv_last __percpu *last;
	u64 time_delta;
	DECLARE_BITMAP(isa, AXVM_RISCV_ISA_COUNT);
	u64 henvcfg;
	u64 hstateen0;
	u8 sbi_policy[AXVM_RISCV_SBI_COUNT + 1];
	u64 mvendorid;
	u64 marchid;
	u64 mimpid;
	struct axvm_device *plic;
};

/**
 * struct axvm_riscv_csrs - The guest's VS CSRs, while they are not on a CPU.
 *	scounteren and senvcfg are the host's own while the guest is not bound: the
 *	hardware has only one of each.
 */
struct axvm_riscv_csrs {
	unsigned long vsstatus;
	unsigned long vsie;
	unsigned long vstvec;
	unsigned long vsscratch;
	unsigned long vsepc;
	unsigned long vscause;
	unsigned long vstval;
	unsigned long vsatp;
	unsigned long hvip;
	u64 vstimecmp;
	unsigned long scounteren;
	unsigned long senvcfg;
};

/**
 * struct axvm_riscv_fp - F and D state.
 */
struct axvm_riscv_fp {
	u64 f[32];
	u32 fcsr;
};

/**
 * struct axvm_riscv_vector - V state; the registers follow one another, vlenb bytes each.
 */
struct axvm_riscv_vector {
	unsigned long vstart;
	unsigned long vl;
	unsigned long vtype;
	unsigned long vcsr;
	void *v;
};

/**
 * struct axvm_riscv_fence - A fence that another vCPU asked for.
 * @type: enum axvm_riscv_fence_type.
 */
struct axvm_riscv_fence {
	u32 type;
	unsigned long asid;
	unsigned long start;
	unsigned long size;
};

/** define AXVM_RISCV_FENCES - Fences that can wait before they become one flush of everything. */
#define AXVM_RISCV_FENCES	16

/**
 * struct axvm_riscv_fences - Fences waiting for a vCPU.
 * @lock: guards the rest; taken by vCPUs that ask for fences and by the one that does them.
 * @count: how many; above %AXVM_RISCV_FENCES: flush all.
 * @queue: which.
 */
struct axvm_riscv_fences {
	spinlock_t lock;	/* guards the rest */
	u32 count;
	struct axvm_riscv_fence queue[AXVM_RISCV_FENCES];
};

/**
 * struct axvm_riscv_start - How another hart started this one (SBI HSM).
 * @lock: guards the rest.
 * @pending: another hart has started this one; it does not know yet. Only then are
 *	the next two valid. &struct axvm_vcpu.run_state stays stopped until it is
 *	applied, by the vCPU's own thread: so no other thread ever changes it.
 * @entry: where.
 * @opaque: a1.
 */
struct axvm_riscv_start {
	spinlock_t lock;	/* guards the rest */
	bool pending;
	unsigned long entry;
	unsigned long opaque;
};

/**
 * struct axvm_riscv_sbi_result - What an SBI call gives back.
 * @error: a0: SBI_SUCCESS or an SBI_ERR_* value.
 * @value: a1.
 */
struct axvm_riscv_sbi_result {
	long error;
	unsigned long value;
};

/**
 * struct axvm_riscv_pmu - Firmware counters of the SBI PMU extension. The taker's.
 * @counted: bits of the event codes that some counter counts now; follows from @event.
 * @event: what each counter counts, as in AXVM_RISCV_PMU_EVENT().
 * @value: their values.
 */
struct axvm_riscv_pmu {
	u32 counted;
	u64 event[AXVM_RISCV_PMU_COUNTERS];
	u64 value[AXVM_RISCV_PMU_COUNTERS];
};

/**
 * struct axvm_riscv_steal - Steal-time memory of the SBI STA extension. The taker's.
 * @shmem: guest-physical address, all ones for none.
 * @sequence: of the record there.
 * @steal: time stolen so far, in nanoseconds.
 * @last: what the scheduler had counted for @thread when it was last looked at.
 * @thread: that thread; compared, never followed.
 * @known: @sequence and @steal are what is in the record; else it was written by
 *	another module's life and is read first.
 */
struct axvm_riscv_steal {
	u64 shmem;
	const void *thread;
	bool known;
	u32 sequence;
	u64 steal;
	u64 last;
};

/** define AXVM_RISCV_PLIC_WORDS - Sources of a PLIC, 32 to a word. */
#define AXVM_RISCV_PLIC_WORDS	32

/**
 * struct axvm_riscv_plic_context - What the VM's PLIC knows of one vCPU. Under the PLIC's
 *	lock; nobody's as long as there is no PLIC.
 * @link: in the PLIC's list of contexts.
 * @enable: sources enabled.
 * @threshold: only higher priorities interrupt.
 * @asserted: the vCPU's input is high.
 */
struct axvm_riscv_plic_context {
	struct list_head link;
	u32 enable[AXVM_RISCV_PLIC_WORDS];
	u8 threshold;
	bool asserted;
};

/**
 * struct axvm_riscv_trap - What kept the guest's instruction from being read.
 *	fetch.S knows its layout.
 * @cause: scause, 0 for nothing.
 * @stval: see @cause.
 * @htval: see @cause.
 */
struct axvm_riscv_trap {
	unsigned long cause;
	unsigned long stval;
	unsigned long htval;
};

/**
 * struct axvm_arch_vcpu - RISC-V's part of a vCPU.
 * @sw: what the assembly of the world switch uses; first.
 * @exit: CSRs of the last exit, read before the host can take a trap. A VMM can
 *	write the first two while an access is pending.
 * @fetch: what kept the last instruction from being fetched.
 * @csrs: guest CSRs while they are off the CPU.
 * @host_scounteren: the host's, while the guest's are on the CPU; likewise the next one.
 * @host_senvcfg: see @host_scounteren.
 * @serial: tells this vCPU from every other there ever was. Constant.
 * @csrs_changed: @csrs was written since it was last on a CPU. The taker's.
 * @fp_loaded: the guest's F and D registers are on the CPU. The taker's.
 * @vector_loaded: the guest's V registers are wanted on the CPU. The taker's.
 * @fp: guest state while not loaded.
 * @host_fp: the host's while the guest's is loaded.
 * @vector: guest state while not on the CPU.
 * @irqs: inputs as they should be, hvip bits. Anybody sets them.
 * @irqs_changed: which of @irqs are to be carried over.
 * @timer: SBI timer without Sstc.
 * @timer_next: what it is set to, guest time; all ones for never.
 * @fences: fences asked for by others.
 * @sbi: the result of the SBI call that is being answered; here and not on the
 *	stack, where a call through its address would cost a stack protector.
 * @start: how it was started.
 * @pmu: firmware counters.
 * @steal: steal time.
 * @plic: its context of the PLIC.
 */
struct axvm_arch_vcpu {
	struct axvm_riscv_switch sw;
	struct {
		unsigned long scause;
		unsigned long stval;
		unsigned long htval;
		unsigned long htinst;
	} exit;
	struct axvm_riscv_trap fetch;
	struct axvm_riscv_csrs csrs;
	unsigned long host_scounteren;
	unsigned long host_senvcfg;
	u64 serial;
	bool csrs_changed;
	bool fp_loaded;
	bool vector_loaded;
	struct axvm_riscv_fp fp;
	struct axvm_riscv_fp host_fp;
	struct axvm_riscv_vector vector;
	unsigned long irqs;
	unsigned long irqs_changed;
	struct hrtimer timer;
	u64 timer_next;
	struct axvm_riscv_fences fences;
	struct axvm_riscv_sbi_result sbi;
	struct axvm_riscv_start start;
	struct axvm_riscv_pmu pmu;
	struct axvm_riscv_steal steal;
	struct axvm_riscv_plic_context plic;
};

#endif /* _AXVM_ARCH_TYPES_H */
