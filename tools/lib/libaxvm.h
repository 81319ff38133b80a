/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1 */
/*
 * libaxvm: a thin C library over the axvm interface
 *
 * System, VM and device files are plain file descriptors; a vCPU is a
 * &struct axvm_vcpu that the caller owns, because it comes with two mapped
 * pages. The library keeps no state of its own, allocates nothing and prints
 * nothing, and every function may be called from any thread; what one object
 * allows at a time is said in axvm.h.
 *
 * Unless said otherwise a function returns 0, or the ioctl's errno negated.
 * They are listed in axvm.h at the ioctl of the same name. errno itself is left
 * alone when a call succeeds.
 */
#ifndef _LIBAXVM_H
#define _LIBAXVM_H

#include <stddef.h>

#include "axvm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------- */
/* System                                                                    */
/* ------------------------------------------------------------------------- */

/**
 * axvm_open() - Open the system file, %AXVM_DEVICE_PATH.
 *
 * Return: a file descriptor, or the errno of open() negated; see
 * axvm_explain_open(). close() it when done.
 */
int axvm_open(void);

/**
 * axvm_get_system_info() - Ask what the module and the hardware can do.
 * @sys: system file.
 * @info: filled in; ``size`` need not be set.
 *
 * Return: 0 or a negative errno.
 */
int axvm_get_system_info(int sys, struct axvm_system_info *info);

/**
 * axvm_create_vm() - Make an empty VM.
 * @sys: system file; it may be closed afterwards.
 *
 * Return: the file descriptor of the VM, or a negative errno; see
 * axvm_explain_create_vm(). close() it when done.
 */
int axvm_create_vm(int sys);

/* ------------------------------------------------------------------------- */
/* VM: information and devices                                               */
/* ------------------------------------------------------------------------- */

/**
 * axvm_get_vm_info() - Ask how large a VM is.
 * @vm: VM file.
 * @info: filled in; ``size`` need not be set.
 *
 * Return: 0 or a negative errno.
 */
int axvm_get_vm_info(int vm, struct axvm_vm_info *info);

/**
 * axvm_create_device() - Add an in-kernel device to a VM.
 * @vm: VM file.
 * @type: one of enum axvm_device_type.
 * @gpa: guest-physical address of its registers.
 * @irqs: number of interrupt sources.
 *
 * Return: the file descriptor of the device, or a negative errno. close() takes
 * the device out of the VM.
 */
int axvm_create_device(int vm, __u32 type, __u64 gpa, __u32 irqs);

/**
 * axvm_get_device_info() - Ask what a device is and where.
 * @device: device file.
 * @info: filled in; ``size`` need not be set.
 *
 * Return: 0 or a negative errno.
 */
int axvm_get_device_info(int device, struct axvm_device_info *info);

/**
 * axvm_send_msi() - Send a message-signalled interrupt.
 * @vm: VM file.
 * @address: where the message is written to.
 * @data: what is written.
 *
 * Return: 0, 1 if no vCPU takes it, or a negative errno.
 */
int axvm_send_msi(int vm, __u64 address, __u32 data);

/* ------------------------------------------------------------------------- */
/* VM: memory                                                                */
/* ------------------------------------------------------------------------- */

/**
 * axvm_mem_map() - Give the guest a range of this process's memory.
 * @vm: VM file.
 * @gpa: guest-physical address.
 * @hva: the memory.
 * @len: bytes.
 * @flags: bits named AXVM_MEM_*.
 *
 * Return: 0 or a negative errno.
 */
int axvm_mem_map(int vm, __u64 gpa, void *hva, __u64 len, __u32 flags);

/**
 * axvm_mem_unmap() - Take a range from the guest.
 * @vm: VM file.
 * @gpa: guest-physical address.
 * @len: bytes.
 *
 * Return: 0 or a negative errno.
 */
int axvm_mem_unmap(int vm, __u64 gpa, __u64 len);

/**
 * axvm_mem_protect() - Change the flags of a range.
 * @vm: VM file.
 * @gpa: guest-physical address.
 * @len: bytes.
 * @flags: the new flags, bits named AXVM_MEM_*.
 *
 * Return: 0 or a negative errno.
 */
int axvm_mem_protect(int vm, __u64 gpa, __u64 len, __u32 flags);

/**
 * axvm_mem_replace() - Put other memory behind a range, atomically.
 * @vm: VM file.
 * @gpa: guest-physical address.
 * @hva: the new memory.
 * @len: bytes.
 * @flags: the new flags, bits named AXVM_MEM_*.
 *
 * Return: 0 or a negative errno.
 */
int axvm_mem_replace(int vm, __u64 gpa, void *hva, __u64 len, __u32 flags);

/**
 * axvm_mem_get_dirty() - Tell which pages the guest wrote, and start anew.
 * @vm: VM file.
 * @gpa: guest-physical address.
 * @len: bytes.
 * @bitmap: a bit for each page, ``len / page size / 8`` bytes.
 *
 * Return: 0 or a negative errno.
 */
int axvm_mem_get_dirty(int vm, __u64 gpa, __u64 len, void *bitmap);

/* ------------------------------------------------------------------------- */
/* vCPU                                                                      */
/* ------------------------------------------------------------------------- */

/**
 * struct axvm_vcpu - A vCPU and its two pages.
 * @fd: vCPU file; -1 when there is none.
 * @exit: why the last axvm_run() returned; read-only.
 * @request: what the next axvm_run() is to do, and the answer to the last exit.
 * @exit_len: bytes mapped at @exit.
 * @request_len: bytes mapped at @request.
 *
 * Constant from axvm_create_vcpu() to axvm_destroy_vcpu(), but for what is behind
 * @exit and @request. Those belong to the thread that runs the vCPU.
 */
struct axvm_vcpu {
	int fd;
	const struct axvm_run_exit *exit;
	struct axvm_run_request *request;
	size_t exit_len;
	size_t request_len;
};

/**
 * axvm_create_vcpu() - Add a vCPU to a VM and map its pages.
 * @vm: VM file.
 * @vcpu: filled in; @fd of it is -1 on failure.
 * @id: what the guest knows this CPU by.
 * @flags: 0 or %AXVM_VCPU_STOPPED.
 * @home_cpu: the host CPU to bind to, or %AXVM_HOME_ANY.
 *
 * Return: 0, or a negative errno of %AXVM_CREATE_VCPU, of %AXVM_GET_INFO or of
 * mmap(). %EPROTO if the module's pages are too small for this library.
 */
int axvm_create_vcpu(int vm, struct axvm_vcpu *vcpu, __u64 id, __u32 flags, int home_cpu);

/**
 * axvm_destroy_vcpu() - Unmap a vCPU's pages and close its file.
 * @vcpu: from axvm_create_vcpu(); no thread may be in axvm_run(). One whose @fd
 *	is -1 is left alone.
 */
void axvm_destroy_vcpu(struct axvm_vcpu *vcpu);

/**
 * axvm_get_vcpu_info() - Ask about a vCPU.
 * @vcpu: file of the vCPU.
 * @info: filled in; ``size`` need not be set.
 *
 * Return: 0 or a negative errno.
 */
int axvm_get_vcpu_info(int vcpu, struct axvm_vcpu_info *info);

/**
 * axvm_run() - Run a vCPU until something needs the VMM.
 * @vcpu: the vCPU.
 *
 * Flags set in @vcpu->request are for one run: they are cleared here once the
 * module has acted on them, so that a repeated call does not do it twice.
 *
 * A return that only the host kernel needed (%AXVM_EXIT_NOTHING, unasked for) is
 * not shown: the vCPU runs on.
 *
 * Return: 0, with the reason in @vcpu->exit, or a negative errno. After %EINVAL,
 * %EBUSY and %EPERM nothing was done and the request stands.
 */
int axvm_run(struct axvm_vcpu *vcpu);

/**
 * axvm_answer() - Answer the last exit; the next axvm_run() delivers it.
 * @vcpu: a vCPU whose last exit has %AXVM_EXIT_WANTS_ANSWER.
 * @first: the data or value read, or the first result of a call.
 * @second: the second result of a call; 0 otherwise.
 */
static inline void axvm_answer(struct axvm_vcpu *vcpu, __u64 first, __u64 second)
{
	vcpu->request->answer[0] = first;
	vcpu->request->answer[1] = second;
}

/**
 * axvm_request() - Add wishes for the next axvm_run().
 * @vcpu: the vCPU.
 * @flags: bits named AXVM_RUN_*.
 */
static inline void axvm_request(struct axvm_vcpu *vcpu, __u32 flags)
{
	vcpu->request->flags |= flags;
}

/**
 * axvm_kick() - Make a vCPU return from axvm_run(), now or at the next call.
 * @vcpu: the vCPU; any thread may kick it.
 *
 * Return: 0 or a negative errno.
 */
int axvm_kick(const struct axvm_vcpu *vcpu);

/**
 * axvm_bind() - Give a vCPU another home CPU.
 * @vcpu: the vCPU.
 * @home_cpu: the host CPU, or %AXVM_HOME_ANY.
 *
 * Return: 0 or a negative errno.
 */
int axvm_bind(const struct axvm_vcpu *vcpu, int home_cpu);

/* ------------------------------------------------------------------------- */
/* Registers, interrupts, statistics                                         */
/* ------------------------------------------------------------------------- */

/**
 * axvm_get_reg() - Read one register.
 * @fd: VM, vCPU or device file.
 * @id: which one.
 * @value: what it holds.
 *
 * Return: 0 or a negative errno.
 */
int axvm_get_reg(int fd, __u64 id, __u64 *value);

/**
 * axvm_set_reg() - Write one register.
 * @fd: VM, vCPU or device file.
 * @id: which one.
 * @value: what it is to hold.
 *
 * Return: 0 or a negative errno.
 */
int axvm_set_reg(int fd, __u64 id, __u64 value);

/**
 * axvm_get_regs() - Read registers, all of them or none.
 * @fd: VM, vCPU or device file.
 * @regs: ids in, values out.
 * @count: how many.
 * @failed: on failure the index of the first entry refused, @count if there is
 *	no such entry; may be %NULL.
 *
 * Return: 0 or a negative errno.
 */
int axvm_get_regs(int fd, struct axvm_reg *regs, __u32 count, __u32 *failed);

/**
 * axvm_set_regs() - Write registers, all of them or none.
 * @fd: VM, vCPU or device file.
 * @regs: ids and values, in any order.
 * @count: how many.
 * @failed: as for axvm_get_regs().
 *
 * Return: 0 or a negative errno.
 */
int axvm_set_regs(int fd, const struct axvm_reg *regs, __u32 count, __u32 *failed);

/**
 * axvm_get_reg_list() - Name every register an object has.
 * @fd: VM, vCPU or device file.
 * @ids: room for the ids; may be %NULL if *@count is 0.
 * @count: in: the room at @ids; out: the number of registers, also with %ENOSPC.
 *
 * Return: 0 or a negative errno.
 */
int axvm_get_reg_list(int fd, __u64 *ids, __u32 *count);

/**
 * axvm_set_irq() - Set the level of an interrupt input.
 * @fd: vCPU or device file.
 * @irq: which input.
 * @level: 1 asserts it, 0 takes it back.
 *
 * Return: 0 or a negative errno.
 */
int axvm_set_irq(int fd, __u32 irq, __u32 level);

/**
 * axvm_get_stats() - Read the counters of a vCPU.
 * @vcpu: file of the vCPU.
 * @stats: room for the counters; may be %NULL if *@count is 0.
 * @count: in: the room at @stats; out: the number of counters, also with
 *	%ENOSPC.
 *
 * Return: 0 or a negative errno.
 */
int axvm_get_stats(int vcpu, struct axvm_stat *stats, __u32 *count);

/* ------------------------------------------------------------------------- */
/* Words for people                                                          */
/* ------------------------------------------------------------------------- */

/**
 * axvm_exit_name() - Name an exit reason.
 * @reason: one of enum axvm_exit_reason.
 *
 * Return: a constant string such as "mmio_read", or "unknown".
 */
const char *axvm_exit_name(__u32 reason);

/**
 * axvm_backend_name() - Name a backend.
 * @backend: one of enum axvm_backend.
 *
 * Return: a constant string such as "riscv", or "unknown".
 */
const char *axvm_backend_name(__u32 backend);

/**
 * axvm_vcpu_state_name() - Name the state of a vCPU.
 * @state: one of enum axvm_vcpu_state.
 *
 * Return: a constant string such as "running", or "unknown".
 */
const char *axvm_vcpu_state_name(__u32 state);

/**
 * axvm_system_event_name() - Name what a guest asked for the whole system.
 * @event: one of enum axvm_system_event.
 *
 * Return: a constant string such as "shutdown", or "unknown".
 */
const char *axvm_system_event_name(__u32 event);

/**
 * axvm_access_name() - Name the access of a fault.
 * @access: one of %AXVM_MEM_READ, %AXVM_MEM_WRITE, %AXVM_MEM_EXEC.
 *
 * Return: "read", "write", "execute" or "unknown".
 */
const char *axvm_access_name(__u32 access);

/**
 * axvm_explain_open() - Say why axvm_open() failed and what to do about it.
 * @error: what it returned.
 * @text: room for one line, without a newline at its end.
 * @len: bytes of it; 256 are enough.
 *
 * Looks at the machine to tell a module that is not inserted from a processor
 * that cannot run it.
 *
 * Return: @text.
 */
char *axvm_explain_open(int error, char *text, size_t len);

/**
 * axvm_explain_create_vm() - Say why axvm_create_vm() failed and what to do.
 * @sys: system file.
 * @error: what it returned.
 * @text: room for one line, without a newline at its end.
 * @len: bytes of it; 256 are enough.
 *
 * Return: @text.
 */
char *axvm_explain_create_vm(int sys, int error, char *text, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* _LIBAXVM_H */
