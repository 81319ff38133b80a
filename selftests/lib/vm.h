/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMs and vCPUs, as a test sees them
 *
 * Every function here ends the test when it fails; a test that wants to see
 * something fail calls libaxvm, or the ioctl, itself. Nothing needs to be torn
 * down: the process ends with the test, and the VM with the process.
 */
#ifndef SELFTESTS_VM_H
#define SELFTESTS_VM_H

#include <pthread.h>
#include <sys/types.h>

#include "libaxvm.h"
#include "check.h"
#include "guest.h"

#define MAX_VCPUS	16

/** define VM_PAGING - The guest translates, by an identity map (else not, where it can). */
#define VM_PAGING	BIT(0)

/**
 * struct vm - A VM, with the test's image and some memory in it.
 * @fd: VM file.
 * @flags: VM_*.
 * @ram: host address of the memory at %RAM_GPA.
 * @ram_used: bytes of it handed out by vm_alloc().
 * @image: host address of the copy of the image.
 * @tables: guest-physical address of the guest's root page table, 0 for none.
 * @vcpus: by order of creation.
 * @nr_vcpus: how many.
 */
struct vm {
	int fd;
	unsigned int flags;
	void *ram;
	__u64 ram_used;
	void *image;
	__u64 tables;
	struct vcpu *vcpus[MAX_VCPUS];
	unsigned int nr_vcpus;
};

/**
 * struct vcpu - A vCPU, with a stack.
 * @vm: its VM.
 * @id: its id.
 * @ax: libaxvm's part: file, exit and request pages.
 * @cpu: host address of its struct guest_cpu.
 * @cpu_gpa: guest address of that.
 * @uc: the ucall that the last exit was; kind %UCALL_NONE if it was none.
 * @runs: how many AXVM_RUN have returned, counted here; more have, if some returned
 *	for nothing and libaxvm ran on.
 * @thread: runs it, after vcpu_start().
 */
struct vcpu {
	struct vm *vm;
	__u64 id;
	struct axvm_vcpu ax;
	struct guest_cpu *cpu;
	__u64 cpu_gpa;
	struct ucall uc;
	__u64 runs;
	pthread_t thread;
};

/* ------------------------------------------------------------------------- */
/* Set-up                                                                    */
/* ------------------------------------------------------------------------- */

/** system_fd() - The system file, opened once in each process. */
int system_fd(void);

/** vm_create() - Make a VM: the image, %RAM_LEN bytes of memory, no vCPU. */
struct vm *vm_create(unsigned int flags);

/** vm_destroy() - Close a VM and all that vm_create() and vcpu_create() made. */
void vm_destroy(struct vm *vm);

/** vcpu_create() - Add a vCPU that starts in @fn. */
struct vcpu *vcpu_create(struct vm *vm, __u64 id, void *fn);

/** vcpu_create_flags() - The same with flags and a home for %AXVM_CREATE_VCPU. */
struct vcpu *vcpu_create_flags(struct vm *vm, __u64 id, void *fn, __u32 flags, int home_cpu);

/** vcpu_new() - The usual beginning: a new VM with one vCPU that starts in @fn. */
struct vcpu *vcpu_new(void *fn);

/** vcpu_arg() - Set argument @n (0 to 3) of the function that the vCPU starts in. */
void vcpu_arg(struct vcpu *vcpu, unsigned int n, __u64 value);

/** vcpu_set_reg(), vcpu_get_reg() - One register of a vCPU. */
void vcpu_set_reg(struct vcpu *vcpu, __u64 id, __u64 value);
__u64 vcpu_get_reg(struct vcpu *vcpu, __u64 id);

/** vm_set_reg(), vm_get_reg() - One register of a VM. */
void vm_set_reg(struct vm *vm, __u64 id, __u64 value);
__u64 vm_get_reg(struct vm *vm, __u64 id);

/** vcpu_state() - Its enum axvm_vcpu_state. */
__u32 vcpu_state(struct vcpu *vcpu);

/**
 * vcpu_is_running() - A thread is in AXVM_RUN with it, and in the guest. On a machine's only
 *	CPU nobody else can see that: there, it was in the guest or about to be as it was
 *	preempted.
 */
bool vcpu_is_running(struct vcpu *vcpu);

/** vcpu_stat() - One of its counters; the test fails if there is none of that name. */
__u64 vcpu_stat(struct vcpu *vcpu, const char *name);

/* ------------------------------------------------------------------------- */
/* Memory                                                                    */
/* ------------------------------------------------------------------------- */

#define MEM_RW		(AXVM_MEM_READ | AXVM_MEM_WRITE)
#define MEM_RWX		(MEM_RW | AXVM_MEM_EXEC)

/** page_size() - The host's page size, which is also the grain of mappings. */
__u64 page_size(void);

/** vm_alloc() - Take zeroed, page-aligned memory out of the guest's; its address there. */
__u64 vm_alloc(struct vm *vm, __u64 len);

/** vm_hva() - Host address of guest memory (image or %RAM_GPA) at @gpa. */
void *vm_hva(struct vm *vm, __u64 gpa);

/** guest_var() - Pointer to the guest's copy of a global variable. */
#define guest_var(vm, var)	((typeof(var) *)vm_hva(vm, (__u64)&(var)))

/** host_alloc() - Anonymous zeroed memory, aligned to @align. */
void *host_alloc(__u64 len, __u64 align);

/** vm_map() - Map new anonymous memory at @gpa; its host address. */
void *vm_map(struct vm *vm, __u64 gpa, __u64 len, __u32 flags);

/** vm_info() - What %AXVM_GET_INFO says of the VM. */
struct axvm_vm_info vm_info(struct vm *vm);

/* ------------------------------------------------------------------------- */
/* Running                                                                   */
/* ------------------------------------------------------------------------- */

/**
 * vcpu_run() - Run to the next exit.
 *
 * The guest's prints are printed and not returned; its failed assertions and
 * unexpected traps end the test. A ucall is decoded into &struct vcpu.uc.
 */
#define vcpu_run(vcpu)		__vcpu_run(HERE, vcpu)
const struct axvm_run_exit *__vcpu_run(struct where where, struct vcpu *vcpu);

/** vcpu_try_run() - One bare %AXVM_RUN: what it returned. */
int vcpu_try_run(struct vcpu *vcpu);

/** vcpu_expect() - The next exit has this reason and is not a ucall. */
#define vcpu_expect(vcpu, reason)	__vcpu_expect(HERE, vcpu, reason)
const struct axvm_run_exit *__vcpu_expect(struct where where, struct vcpu *vcpu, __u32 reason);

/** vcpu_expect_sync() - The next exit is GUEST_SYNC(@stage); its ucall. */
#define vcpu_expect_sync(vcpu, stage)	__vcpu_expect_sync(HERE, vcpu, stage)
const struct ucall *__vcpu_expect_sync(struct where where, struct vcpu *vcpu, __u64 stage);

/** vcpu_expect_done() - The next exit is the end of the guest's function. */
#define vcpu_expect_done(vcpu)		__vcpu_expect_done(HERE, vcpu)
void __vcpu_expect_done(struct where where, struct vcpu *vcpu);

/** vcpu_start() - Have a new thread do vcpu_expect_done(). */
void vcpu_start(struct vcpu *vcpu);

/** vcpu_join() - Wait for the thread of vcpu_start(). */
void vcpu_join(struct vcpu *vcpu);

/** vcpu_kick_soon() - Have a new thread, to be joined, kick it in a few milliseconds. */
pthread_t vcpu_kick_soon(struct vcpu *vcpu);

#endif /* SELFTESTS_VM_H */
