/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * axvm: the interface between the module and a virtual machine monitor (VMM)
 *
 * There are four kinds of file. Opening /dev/axvm gives a *system* file;
 * %AXVM_CREATE_VM on it gives a *VM* file; %AXVM_CREATE_VCPU and
 * %AXVM_CREATE_DEVICE on that give *vCPU* and *device* files. All of them are
 * close-on-exec. An object lives as long as a file refers to it (a vCPU or a
 * device keeps its VM), so closing the files, or dying, frees everything.
 *
 * Every argument structure begins with its own size in bytes and grows only at
 * its end. The module takes any size from the first version's on: what a
 * smaller structure leaves out is zero, and what a larger one has beyond the
 * module's knowledge must be zero (%E2BIG otherwise). What the module writes
 * back is cut to the caller's size.
 *
 * These errnos are common to every ioctl and not repeated below:
 *
 * * %ENOTTY: this file has no such ioctl.
 * * %EFAULT: the argument cannot be read or written.
 * * %EINVAL: ``size`` is smaller than the structure's first version; an unknown
 *   flag is set; a padding field is not zero.
 * * %E2BIG: the structure is larger than the module knows and not zero there, or
 *   larger than a page.
 * * %EINTR: the thread is being killed; it was waiting for another one that
 *   changes the VM.
 * * %EPERM: the VM was created by another process (only its address space is
 *   the guest's memory). %AXVM_GET_INFO, %AXVM_GET_STATS and %AXVM_KICK may be
 *   called from anywhere.
 */
#ifndef _UAPI_AXVM_H
#define _UAPI_AXVM_H

#include <linux/const.h>
#include <linux/ioctl.h>
#include <linux/types.h>

#if defined(__riscv)
#include "axvm_riscv.h"
#elif defined(__x86_64__)
#include "axvm_x86.h"
#else
#error "axvm has no backend for this architecture"
#endif

/** define AXVM_ABI_VERSION - Version of this interface; see axvm_system_info. */
#define AXVM_ABI_VERSION	1

/** define AXVM_DEVICE_PATH - The device that %AXVM_GET_INFO and %AXVM_CREATE_VM start from. */
#define AXVM_DEVICE_PATH	"/dev/axvm"

#define AXVM_IOC		0xA8

/* ------------------------------------------------------------------------- */
/* Every file: what can you do?                                              */
/* ------------------------------------------------------------------------- */

/**
 * define AXVM_GET_INFO - Describe the object behind this file.
 *
 * Argument: struct axvm_system_info, struct axvm_vm_info, struct
 * axvm_vcpu_info or struct axvm_device_info, by the kind of file. ``size`` goes
 * in, everything else comes out.
 *
 * Return: 0. No errno but the common ones.
 */
#define AXVM_GET_INFO		_IO(AXVM_IOC, 0x00)

/**
 * enum axvm_backend - Which processor extension runs the guests.
 * @AXVM_BACKEND_NONE: none is usable; see &struct axvm_system_info.status.
 * @AXVM_BACKEND_VMX: Intel VMX.
 * @AXVM_BACKEND_SVM: AMD SVM.
 * @AXVM_BACKEND_VHE: arm64 EL2, the host kernel itself at EL2.
 * @AXVM_BACKEND_NVHE: arm64 EL2, the host kernel at EL1.
 * @AXVM_BACKEND_RISCV: the RISC-V H extension.
 */
enum axvm_backend {
	AXVM_BACKEND_NONE	= 0,
	AXVM_BACKEND_VMX	= 1,
	AXVM_BACKEND_SVM	= 2,
	AXVM_BACKEND_VHE	= 3,
	AXVM_BACKEND_NVHE	= 4,
	AXVM_BACKEND_RISCV	= 5,
};

/**
 * enum axvm_status - Whether the hardware can be had, and if not, why.
 * @AXVM_STATUS_USABLE: it can; VMs may be created.
 * @AXVM_STATUS_IN_USE: another hypervisor holds it on
 *	&struct axvm_system_info.status_cpu.
 * @AXVM_STATUS_CPU_DIFFERS: that CPU lacks what the first one has.
 *
 * A machine with no extension at all refuses the module at insertion, with the
 * reason in the kernel log.
 */
enum axvm_status {
	AXVM_STATUS_USABLE	= 0,
	AXVM_STATUS_IN_USE	= 1,
	AXVM_STATUS_CPU_DIFFERS	= 2,
};

/**
 * define AXVM_FEATURE_HUGE_PAGES - Stage 2 maps the host's huge pages huge.
 * See &struct axvm_system_info.features.
 */
#define AXVM_FEATURE_HUGE_PAGES		(1ULL << 0)
/** define AXVM_FEATURE_DEVICE_MEMORY - %AXVM_MEM_MAP takes PFN mappings (device pass-through). */
#define AXVM_FEATURE_DEVICE_MEMORY	(1ULL << 1)
/** define AXVM_FEATURE_DIRTY_LOG - %AXVM_MEM_GET_DIRTY works. */
#define AXVM_FEATURE_DIRTY_LOG		(1ULL << 2)
/** define AXVM_FEATURE_HW_TIMER - The guest's timer compares in hardware (RISC-V: Sstc). */
#define AXVM_FEATURE_HW_TIMER		(1ULL << 3)
/** define AXVM_FEATURE_TAGGED_TLB - Guest translations are tagged (VMID, VPID, ASID). */
#define AXVM_FEATURE_TAGGED_TLB		(1ULL << 4)
/** define AXVM_FEATURE_IRQCHIP - An interrupt controller can be had as a device file. */
#define AXVM_FEATURE_IRQCHIP		(1ULL << 5)
/**
 * define AXVM_FEATURE_HW_DIRTY_LOG - The hardware notes which pages the guest writes: nearly
 *	no write to a page with %AXVM_MEM_LOG_DIRTY exits (VMX: page-modification logging).
 */
#define AXVM_FEATURE_HW_DIRTY_LOG	(1ULL << 6)

/**
 * struct axvm_system_info - What %AXVM_GET_INFO says of the system file.
 * @size: sizeof this structure, set by the caller.
 * @version: %AXVM_ABI_VERSION of the module.
 * @backend: one of enum axvm_backend.
 * @status: one of enum axvm_status.
 * @status_cpu: the host CPU that @status speaks of; -1 for none.
 * @gpa_bits: width of a guest-physical address, in bits. Memory and devices lie
 *	below ``1 << gpa_bits``.
 * @features: bits named AXVM_FEATURE_*.
 * @page_sizes: sizes stage 2 can map, as a sum of powers of two, in bytes.
 * @max_vcpus: most vCPUs in a VM.
 * @max_vcpu_id: ids of vCPUs are below this.
 * @max_mappings: most separate memory mappings in a VM.
 * @tag_bits: width of the VMID/VPID/ASID in bits; 0 when there is none.
 */
struct axvm_system_info {
	__u32 size;
	__u32 version;
	__u32 backend;
	__u32 status;
	__s32 status_cpu;
	__u32 gpa_bits;
	__u64 features;
	__u64 page_sizes;
	__u32 max_vcpus;
	__u32 max_vcpu_id;
	__u32 max_mappings;
	__u32 tag_bits;
};

/**
 * struct axvm_vm_info - What %AXVM_GET_INFO says of a VM file.
 * @size: sizeof this structure, set by the caller.
 * @vcpus: how many vCPUs there are.
 * @mappings: how many separate memory mappings there are.
 * @devices: how many in-kernel devices there are.
 * @stage2_tables: page-table pages in use for stage 2.
 * @stage2_pages: 4 KiB pages that stage 2 maps now.
 */
struct axvm_vm_info {
	__u32 size;
	__u32 vcpus;
	__u32 mappings;
	__u32 devices;
	__u64 stage2_tables;
	__u64 stage2_pages;
};

/**
 * enum axvm_vcpu_state - Where a vCPU is in its life.
 * @AXVM_VCPU_CREATED: made, its file not yet handed out.
 * @AXVM_VCPU_FREE: idle; any thread may take it.
 * @AXVM_VCPU_READY: taken by a thread and bound to a host CPU.
 * @AXVM_VCPU_RUNNING: in the guest, or about to be.
 * @AXVM_VCPU_BLOCKED: waits in %AXVM_RUN for an interrupt.
 * @AXVM_VCPU_DEAD: its VM's address space is gone; it will not run again.
 */
enum axvm_vcpu_state {
	AXVM_VCPU_CREATED	= 0,
	AXVM_VCPU_FREE		= 1,
	AXVM_VCPU_READY		= 2,
	AXVM_VCPU_RUNNING	= 3,
	AXVM_VCPU_BLOCKED	= 4,
	AXVM_VCPU_DEAD		= 5,
};

/**
 * struct axvm_vcpu_info - What %AXVM_GET_INFO says of a vCPU file.
 * @size: sizeof this structure, set by the caller.
 * @state: one of enum axvm_vcpu_state, as it was a moment ago.
 * @id: the id it was created with.
 * @home_cpu: the host CPU it is bound to, or -1.
 * @last_cpu: the host CPU it last ran on, or -1.
 * @exit_offset: where to mmap() the page of struct axvm_run_exit (read-only).
 * @exit_len: how many bytes there are to map.
 * @request_offset: where to mmap() the page of struct axvm_run_request
 *	(read-write).
 * @request_len: how many bytes there are to map.
 *
 * The pages are mapped one by one, whole and %MAP_SHARED; a child made by fork()
 * does not inherit them. Of mmap()'s errnos, %EINVAL means another offset, length
 * or kind of mapping, %EACCES that the exit page is wanted writable, and %EPERM
 * that the VM was created by another process.
 */
struct axvm_vcpu_info {
	__u32 size;
	__u32 state;
	__u64 id;
	__s32 home_cpu;
	__s32 last_cpu;
	__u64 exit_offset;
	__u64 exit_len;
	__u64 request_offset;
	__u64 request_len;
};

/**
 * struct axvm_device_info - What %AXVM_GET_INFO says of a device file.
 * @size: sizeof this structure, set by the caller.
 * @type: one of enum axvm_device_type.
 * @gpa: guest-physical address of its registers.
 * @len: their length in bytes.
 * @irqs: number of interrupt sources; valid ones are 1 to @irqs.
 * @pad: 0.
 */
struct axvm_device_info {
	__u32 size;
	__u32 type;
	__u64 gpa;
	__u64 len;
	__u32 irqs;
	__u32 pad;
};

/* ------------------------------------------------------------------------- */
/* System file                                                               */
/* ------------------------------------------------------------------------- */

/**
 * struct axvm_create_vm - Argument of %AXVM_CREATE_VM.
 * @size: sizeof this structure.
 * @flags: 0; no flag is defined yet.
 */
struct axvm_create_vm {
	__u32 size;
	__u32 flags;
};

/**
 * define AXVM_CREATE_VM - Make a VM with no memory, no vCPU and no device.
 *
 * The VM belongs to the calling process: guest memory is that process's.
 *
 * Return: the file descriptor of the VM, or
 *
 * * %EBUSY: another hypervisor holds the hardware; %AXVM_GET_INFO and the
 *   kernel log say which CPU.
 * * %ENODEV: a CPU lacks what the first one has; likewise.
 * * %EINTR: a signal is pending; nothing was made.
 * * %EMFILE, %ENFILE: no file descriptor is left.
 * * %ENOMEM: no memory.
 */
#define AXVM_CREATE_VM		_IO(AXVM_IOC, 0x01)

/* ------------------------------------------------------------------------- */
/* VM file: vCPUs and devices                                                */
/* ------------------------------------------------------------------------- */

/**
 * define AXVM_VCPU_STOPPED - Create the vCPU stopped.
 *
 * %AXVM_RUN waits until the guest starts it.
 */
#define AXVM_VCPU_STOPPED	(1U << 0)

/** define AXVM_HOME_ANY - A vCPU with no home runs wherever its thread runs. */
#define AXVM_HOME_ANY		(-1)

/**
 * struct axvm_create_vcpu - Argument of %AXVM_CREATE_VCPU.
 * @size: sizeof this structure.
 * @flags: 0 or %AXVM_VCPU_STOPPED.
 * @id: what the guest knows this CPU by: the hart id on RISC-V.
 * @home_cpu: the host CPU to bind to, or %AXVM_HOME_ANY; see %AXVM_BIND.
 * @pad: 0.
 */
struct axvm_create_vcpu {
	__u32 size;
	__u32 flags;
	__u64 id;
	__s32 home_cpu;
	__u32 pad;
};

/**
 * define AXVM_CREATE_VCPU - Add a vCPU.
 *
 * Return: the file descriptor of the vCPU, or
 *
 * * %EEXIST: the VM has a vCPU with this id.
 * * %EINVAL: @id or @home_cpu is out of range.
 * * %ENOSPC: the VM has &struct axvm_system_info.max_vcpus already.
 * * %ENXIO: @home_cpu is not online, or the process may not run there.
 * * %EMFILE, %ENFILE, %ENOMEM.
 */
#define AXVM_CREATE_VCPU	_IO(AXVM_IOC, 0x02)

/**
 * enum axvm_device_type - In-kernel devices.
 * @AXVM_DEVICE_RISCV_PLIC: a platform-level interrupt controller (RISC-V PLIC
 *	specification 1.0). Context *n* is the supervisor external interrupt of
 *	the vCPU whose id is *n*.
 */
enum axvm_device_type {
	AXVM_DEVICE_RISCV_PLIC	= 1,
};

/**
 * struct axvm_create_device - Argument of %AXVM_CREATE_DEVICE.
 * @size: sizeof this structure.
 * @type: one of enum axvm_device_type.
 * @flags: 0; no flag is defined yet.
 * @irqs: number of interrupt sources, 1 to 1023 for a PLIC.
 * @gpa: guest-physical address of its registers, page-aligned.
 */
struct axvm_create_device {
	__u32 size;
	__u32 type;
	__u32 flags;
	__u32 irqs;
	__u64 gpa;
};

/**
 * define AXVM_CREATE_DEVICE - Add an in-kernel device.
 *
 * The device answers the guest's accesses to its registers and drives the
 * interrupt inputs of the vCPUs; nothing else about the VM changes. It lasts
 * until its file is closed.
 *
 * Return: the file descriptor of the device, or
 *
 * * %EINVAL: unknown @type, @irqs out of range, @gpa not aligned or too high.
 * * %EEXIST: another device's registers are there, or the VM has such a device.
 * * %EMFILE, %ENFILE, %ENOMEM.
 */
#define AXVM_CREATE_DEVICE	_IO(AXVM_IOC, 0x03)

/**
 * struct axvm_msi - Argument of %AXVM_SEND_MSI.
 * @size: sizeof this structure.
 * @flags: 0; no flag is defined yet.
 * @address: where the message is written to.
 * @data: what is written.
 * @pad: 0.
 */
struct axvm_msi {
	__u32 size;
	__u32 flags;
	__u64 address;
	__u32 data;
	__u32 pad;
};

/**
 * define AXVM_SEND_MSI - Send a message-signalled interrupt to the VM's vCPUs.
 *
 * As a device would that writes @data to @address. On x86 both are as SDM volume 3,
 * "Message Signalled Interrupts", has them, with bits 14:8 of the destination in
 * address bits 11:5; an I/O APIC's redirection entry becomes such a message. The end of a
 * level-triggered one is told by %AXVM_EXIT_INTERRUPT_END.
 *
 * Return: 0; 1: no vCPU takes it (none has that destination, or its APIC is off); or
 * %EINVAL: not an address of messages; %ENXIO: the VM has no interrupt controller that
 * takes messages.
 */
#define AXVM_SEND_MSI		_IO(AXVM_IOC, 0x04)

/* ------------------------------------------------------------------------- */
/* VM file: memory                                                           */
/* ------------------------------------------------------------------------- */

/** define AXVM_MEM_READ - The guest may read; every mapping has it. */
#define AXVM_MEM_READ		(1U << 0)
/**
 * define AXVM_MEM_WRITE - The guest may write.
 *
 * Without it a write exits as MMIO; reads run at memory speed.
 */
#define AXVM_MEM_WRITE		(1U << 1)
/** define AXVM_MEM_EXEC - The guest may fetch instructions. */
#define AXVM_MEM_EXEC		(1U << 2)
/** define AXVM_MEM_LOG_DIRTY - Record which pages the guest writes, for %AXVM_MEM_GET_DIRTY. */
#define AXVM_MEM_LOG_DIRTY	(1U << 3)
/** define AXVM_MEM_LOG_DIRTY_MOST - Most bytes that one call can put under %AXVM_MEM_LOG_DIRTY. */
#define AXVM_MEM_LOG_DIRTY_MOST	(1ULL << 40)

/**
 * struct axvm_memory - Argument of the memory ioctls.
 * @size: sizeof this structure.
 * @flags: bits named AXVM_MEM_* (MAP, REPLACE, PROTECT); 0 for UNMAP.
 * @gpa: guest-physical address, a multiple of the page size.
 * @len: length in bytes, a multiple of the page size, not 0.
 * @hva: the caller's address of the memory, a multiple of the page size (MAP,
 *	REPLACE); 0 for the others. The range need not be mapped yet: pages are
 *	looked up when the guest touches them, and follow whatever the process
 *	does there later.
 */
struct axvm_memory {
	__u32 size;
	__u32 flags;
	__u64 gpa;
	__u64 len;
	__u64 hva;
};

/**
 * define AXVM_MEM_MAP - Give the guest a range of the process's memory.
 *
 * Nothing is allocated, pinned or charged until the guest touches it.
 *
 * Return: 0, or
 *
 * * %EINVAL: an address or length not aligned, empty, wrapping around or too
 *   high; %AXVM_MEM_READ missing; more than %AXVM_MEM_LOG_DIRTY_MOST to log.
 * * %EEXIST: some of the range is mapped already.
 * * %ENOSPC: &struct axvm_system_info.max_mappings are in use.
 * * %ENOMEM.
 */
#define AXVM_MEM_MAP		_IO(AXVM_IOC, 0x10)

/**
 * define AXVM_MEM_UNMAP - Take a range from the guest.
 *
 * It may be part of a mapping, or span several. On return no vCPU can reach it.
 *
 * Return: 0, or %EINVAL as for %AXVM_MEM_MAP; %ENOENT: some of the range is not
 * mapped (nothing was changed); %ENOSPC: it would cut a mapping in two and there is
 * no room for one more; %ENOMEM.
 */
#define AXVM_MEM_UNMAP		_IO(AXVM_IOC, 0x11)

/**
 * define AXVM_MEM_PROTECT - Change the flags of a range.
 *
 * On return no vCPU has more rights than the new ones. Switching
 * %AXVM_MEM_LOG_DIRTY on starts with no page dirty.
 *
 * Return: 0, or %EINVAL as for %AXVM_MEM_MAP; %ENOENT: some of the range is not
 * mapped (nothing was changed); %ENOSPC, %ENOMEM: a first part of the range may
 * have the new flags, in whole mappings.
 */
#define AXVM_MEM_PROTECT	_IO(AXVM_IOC, 0x12)

/**
 * define AXVM_MEM_REPLACE - Put other memory behind a mapped range, atomically.
 *
 * A vCPU that touches the range meanwhile finds the old memory or the new one,
 * never a hole; on return it finds the new one.
 *
 * Return: 0, or %EINVAL as for %AXVM_MEM_MAP; %ENOENT: some of the range is not
 * mapped (nothing was changed); %ENOSPC, %ENOMEM.
 */
#define AXVM_MEM_REPLACE	_IO(AXVM_IOC, 0x13)

/**
 * struct axvm_dirty - Argument of %AXVM_MEM_GET_DIRTY.
 * @size: sizeof this structure.
 * @flags: 0; no flag is defined yet.
 * @gpa: first address, a multiple of 64 pages.
 * @len: length in bytes, a multiple of 64 pages, not 0, at most 1 GiB.
 * @bitmap: address of ``len / page size / 8`` bytes. Bit *n* of the bitmap (64-bit
 *	words, least significant bit first) is the page at @gpa + *n* pages.
 */
struct axvm_dirty {
	__u32 size;
	__u32 flags;
	__u64 gpa;
	__u64 len;
	__u64 bitmap;
};

/**
 * define AXVM_MEM_GET_DIRTY - Tell which pages the guest wrote, and start anew.
 *
 * A page written at any time is told by the call after the write, once. Pages
 * without %AXVM_MEM_LOG_DIRTY, or not mapped, are clean. If the bitmap cannot be
 * written (%EFAULT), what was not delivered stays dirty.
 *
 * Return: 0, or %EINVAL: an address or length not as described.
 */
#define AXVM_MEM_GET_DIRTY	_IO(AXVM_IOC, 0x14)

/* ------------------------------------------------------------------------- */
/* Registers: VM, vCPU and device files                                      */
/* ------------------------------------------------------------------------- */

/**
 * struct axvm_reg - One register.
 * @id: which one: an id made by AXVM_REG_ID(), by names in this header and in the
 *	architecture's.
 * @value: what it holds.
 */
struct axvm_reg {
	__u64 id;
	__u64 value;
};

/** define AXVM_MAX_REGS - Most entries in one %AXVM_GET_REGS or %AXVM_SET_REGS. */
#define AXVM_MAX_REGS		4096

/**
 * struct axvm_regs - Argument of %AXVM_GET_REGS and %AXVM_SET_REGS.
 * @size: sizeof this structure.
 * @count: number of entries at @regs, at most %AXVM_MAX_REGS.
 * @regs: address of an array of struct axvm_reg.
 * @failed: out: the index of the first entry that was refused; @count when none
 *	was. Left as it is if the call did not get as far as the entries: a common
 *	errno, or a vCPU that is running.
 * @pad: 0.
 */
struct axvm_regs {
	__u32 size;
	__u32 count;
	__u64 regs;
	__u32 failed;
	__u32 pad;
};

/**
 * define AXVM_GET_REGS - Read registers: all of them or none.
 *
 * Return: 0, or %ENOENT: an id that this object has not; %EBUSY: the vCPU is
 * running; %EINVAL: @count too large; %ENOMEM.
 */
#define AXVM_GET_REGS		_IO(AXVM_IOC, 0x20)

/**
 * define AXVM_SET_REGS - Write registers: all of them or none.
 *
 * The order of the entries does not matter; of two with one id the later counts.
 *
 * Return: 0, or %ENOENT: an id that this object has not; %EINVAL: a value that
 * the register cannot hold, or @count too large; %EACCES: a read-only register
 * given another value; %EBUSY: the vCPU is running, or the register is fixed
 * since a vCPU of the VM first ran; %ENOMEM.
 */
#define AXVM_SET_REGS		_IO(AXVM_IOC, 0x21)

/**
 * struct axvm_reg_list - Argument of %AXVM_GET_REG_LIST.
 * @size: sizeof this structure.
 * @count: in: the room at @ids; out: the number of registers.
 * @ids: address of an array of 64-bit ids.
 */
struct axvm_reg_list {
	__u32 size;
	__u32 count;
	__u64 ids;
};

/**
 * define AXVM_GET_REG_LIST - Name every register this object has.
 *
 * What is read with this list and written into a new object of the same kind
 * makes it go on where the first one was.
 *
 * Return: 0, or %ENOSPC: the room is too small (@count says how much is needed);
 * %EBUSY: the vCPU is running; %ENOMEM.
 */
#define AXVM_GET_REG_LIST	_IO(AXVM_IOC, 0x22)

#define AXVM_REG_ARCH_SHIFT	56
#define AXVM_REG_GROUP_SHIFT	32
/** define AXVM_REG_ID - The id of register @index in @group of architecture @arch. */
#define AXVM_REG_ID(arch, group, index)				\
	(((__u64)(arch) << AXVM_REG_ARCH_SHIFT) |		\
	 ((__u64)(group) << AXVM_REG_GROUP_SHIFT) | (__u64)(index))
#define AXVM_REG_ARCH(id)	((__u32)((id) >> AXVM_REG_ARCH_SHIFT))
#define AXVM_REG_GROUP(id)	((__u32)((id) >> AXVM_REG_GROUP_SHIFT) & 0xffffff)
#define AXVM_REG_INDEX(id)	((__u32)((id) & 0xffffffff))

/** define AXVM_REG_GENERIC - Architecture of the registers that every architecture has. */
#define AXVM_REG_GENERIC	0
#define AXVM_REG_GROUP_VM	1
#define AXVM_REG_GROUP_VCPU	2
#define AXVM_REG_GROUP_PENDING	3

/**
 * define AXVM_REG_VM_EXITS - VM: which events exit instead of being handled.
 *
 * A sum of AXVM_EXITS_* bits; 0 in a new VM. Fixed once a vCPU has run.
 */
#define AXVM_REG_VM_EXITS	AXVM_REG_ID(AXVM_REG_GENERIC, AXVM_REG_GROUP_VM, 0)
/**
 * define AXVM_EXITS_HALT - Waiting for an interrupt exits (%AXVM_EXIT_HALT) instead of blocking.
 */
#define AXVM_EXITS_HALT		(1ULL << 0)
/**
 * define AXVM_EXITS_SYSREG - System registers that the module does not know exit instead of
 *	being undefined.
 */
#define AXVM_EXITS_SYSREG	(1ULL << 1)
/**
 * define AXVM_EXITS_DEBUG - Breakpoint instructions exit (%AXVM_EXIT_DEBUG) instead of going to
 *	the guest.
 */
#define AXVM_EXITS_DEBUG	(1ULL << 2)
/** define AXVM_EXITS_INTERRUPT - Host interrupts exit, once the host has taken them. */
#define AXVM_EXITS_INTERRUPT	(1ULL << 3)
/**
 * define AXVM_EXITS_CPU - Starting and stopping vCPUs exits (%AXVM_EXIT_CPU_UP,
 *	%AXVM_EXIT_CPU_DOWN).
 */
#define AXVM_EXITS_CPU		(1ULL << 4)
/** define AXVM_EXITS_IPI - Sending IPIs exits (%AXVM_EXIT_SEND_IPI). */
#define AXVM_EXITS_IPI		(1ULL << 5)
/**
 * define AXVM_EXITS_HYPERCALL - Hypercalls that the module does not know exit instead of being
 *	refused.
 */
#define AXVM_EXITS_HYPERCALL	(1ULL << 6)
#define AXVM_EXITS_ALL		((1ULL << 7) - 1)

/**
 * define AXVM_REG_RUN_STATE - vCPU: one of enum axvm_run_state.
 */
#define AXVM_REG_RUN_STATE	AXVM_REG_ID(AXVM_REG_GENERIC, AXVM_REG_GROUP_VCPU, 0)

/**
 * enum axvm_run_state - What the guest has done with its CPU.
 * @AXVM_RUN_STARTED: it executes.
 * @AXVM_RUN_STOPPED: it does not, until another vCPU or the VMM starts it.
 * @AXVM_RUN_SUSPENDED: it waits for an interrupt (suspend, WFI).
 */
enum axvm_run_state {
	AXVM_RUN_STARTED	= 0,
	AXVM_RUN_STOPPED	= 1,
	AXVM_RUN_SUSPENDED	= 2,
};

/*
 * The access that waits for the VMM's answer, if any. It is part of the state:
 * saved with the registers here and written into another vCPU, that one's next
 * RUN takes the answer.
 */
/** define AXVM_REG_PENDING_REASON - vCPU: the exit reason whose answer is awaited, or 0. */
#define AXVM_REG_PENDING_REASON	AXVM_REG_ID(AXVM_REG_GENERIC, AXVM_REG_GROUP_PENDING, 0)
/** define AXVM_REG_PENDING_ADDR - vCPU: address or number of the awaited register, port or call. */
#define AXVM_REG_PENDING_ADDR	AXVM_REG_ID(AXVM_REG_GENERIC, AXVM_REG_GROUP_PENDING, 1)
/**
 * define AXVM_REG_PENDING_SHAPE - vCPU: how the answer is put in.
 *
 * Bits 7:0 destination register, 15:8 width in bytes, 23:16 register width in
 * bytes, 24 sign-extended, 39:32 length of the instruction in bytes.
 */
#define AXVM_REG_PENDING_SHAPE	AXVM_REG_ID(AXVM_REG_GENERIC, AXVM_REG_GROUP_PENDING, 2)

/* ------------------------------------------------------------------------- */
/* vCPU file: run, kick, bind                                                */
/* ------------------------------------------------------------------------- */

/**
 * define AXVM_RUN - Run the guest until something needs the VMM.
 *
 * No argument: the answer to the last exit and the wishes for this run are read
 * from the request page, once, before anything else; the reason of the return
 * is in the exit page, also when an errno is returned, unless that is %EBUSY or
 * %EPERM.
 *
 * With a home CPU the calling thread is moved there, and stays there after the
 * call (as by sched_setaffinity()).
 *
 * Return: 0: see &struct axvm_run_exit.reason. Otherwise
 *
 * * %EINTR: a signal is pending; the reason is %AXVM_EXIT_SIGNAL. The request was
 *   acted on; run again to go on.
 * * %EBUSY: another thread runs this vCPU or reads its registers.
 * * %EINVAL: the request page holds an unknown flag, a wrong size or a register
 *   value that cannot be; the guest did not run and the answer was not taken.
 * * %ENODEV: the hardware was taken away (its CPU could not be enabled).
 * * %EIO: the process that made the VM has ended.
 * * %ENOMEM: no memory for stage-2 tables. The request was acted on; nothing is
 *   lost, run again.
 */
#define AXVM_RUN		_IO(AXVM_IOC, 0x30)

/**
 * define AXVM_KICK - Make the vCPU return from %AXVM_RUN, now or at the next call.
 *
 * No argument. Kicks are counted and never lost; the next return of %AXVM_RUN,
 * whatever its reason, acknowledges those before it in &struct
 * axvm_run_exit.kicks. May be called by any thread of any process that holds the
 * file, at any time.
 *
 * Return: 0. No errno but the common ones.
 */
#define AXVM_KICK		_IO(AXVM_IOC, 0x31)

/**
 * struct axvm_bind - Argument of %AXVM_BIND.
 * @size: sizeof this structure.
 * @home_cpu: the host CPU, or %AXVM_HOME_ANY.
 */
struct axvm_bind {
	__u32 size;
	__s32 home_cpu;
};

/**
 * define AXVM_BIND - Give a vCPU another home CPU.
 *
 * It counts from the next %AXVM_RUN on. A home that goes offline is left until
 * it comes back: the guest goes on elsewhere meanwhile. A thread that was moved away
 * is moved back by its next %AXVM_RUN.
 *
 * Return: 0, or %EINVAL: no such CPU; %ENXIO: it is not online, or the process
 * that made the VM may not run there; %EBUSY: the vCPU is running.
 */
#define AXVM_BIND		_IO(AXVM_IOC, 0x32)

/**
 * struct axvm_irq_line - Argument of %AXVM_SET_IRQ.
 * @size: sizeof this structure.
 * @irq: which input. vCPU file: the architecture's interrupt number
 *	(%AXVM_RISCV_IRQ_SOFTWARE and so on). Device file: the source's number.
 * @level: 1 asserts it, 0 takes it back.
 * @pad: 0.
 */
struct axvm_irq_line {
	__u32 size;
	__u32 irq;
	__u32 level;
	__u32 pad;
};

/**
 * define AXVM_SET_IRQ - Set the level of an interrupt input of a vCPU or device.
 *
 * May be called while the vCPU runs, by any thread of the process.
 *
 * Return: 0, or %EINVAL: no such input, or @level above 1.
 */
#define AXVM_SET_IRQ		_IO(AXVM_IOC, 0x33)

/**
 * struct axvm_stat - One counter.
 * @name: what it counts, a string in lower case with underscores.
 * @value: the count since the object was made.
 */
struct axvm_stat {
	char name[40];
	__u64 value;
};

/**
 * struct axvm_stats - Argument of %AXVM_GET_STATS.
 * @size: sizeof this structure.
 * @count: in: the room at @stats; out: the number of counters.
 * @stats: address of an array of struct axvm_stat.
 */
struct axvm_stats {
	__u32 size;
	__u32 count;
	__u64 stats;
};

/**
 * define AXVM_GET_STATS - Read the counters of a vCPU (at any time).
 *
 * Return: 0, or %ENOSPC: the room is too small (@count says how much is needed).
 */
#define AXVM_GET_STATS		_IO(AXVM_IOC, 0x34)

/* ------------------------------------------------------------------------- */
/* The run structure                                                         */
/* ------------------------------------------------------------------------- */

/**
 * enum axvm_exit_reason - Why %AXVM_RUN returned.
 * @AXVM_EXIT_NOTHING: no guest event: %AXVM_RUN_NO_ENTER was asked for, an errno is
 *	in &struct axvm_run_exit.error, or the host kernel had work for this thread
 *	that it does only on the way to user space. Run again.
 * @AXVM_EXIT_HYPERCALL: &struct axvm_exit_hypercall. Answer: two return values.
 * @AXVM_EXIT_MMIO_READ: &struct axvm_exit_mmio. Answer: the data.
 * @AXVM_EXIT_MMIO_WRITE: &struct axvm_exit_mmio. No answer: the guest is past the
 *	instruction. %AXVM_RUN_REFUSE at the next RUN takes that back.
 * @AXVM_EXIT_PORT_READ: &struct axvm_exit_port (x86). Answer: the data.
 * @AXVM_EXIT_PORT_WRITE: &struct axvm_exit_port (x86). No answer.
 * @AXVM_EXIT_SYSREG_READ: &struct axvm_exit_sysreg. Answer: the value.
 * @AXVM_EXIT_SYSREG_WRITE: &struct axvm_exit_sysreg. Answer: the value that the
 *	guest's destination register takes, if it has one.
 * @AXVM_EXIT_MEMORY_FAULT: &struct axvm_exit_memory_fault. The access is tried
 *	again at the next RUN. If the same instruction has accessed a device already
 *	(x86), that is not done again: it goes on from there, and until then is in
 *	%AXVM_REG_PENDING_REASON.
 * @AXVM_EXIT_HALT: the guest waits for an interrupt.
 * @AXVM_EXIT_CPU_UP: &struct axvm_exit_cpu_up. Answer: the call's return values.
 * @AXVM_EXIT_CPU_DOWN: this vCPU stopped itself.
 * @AXVM_EXIT_SYSTEM_DOWN: &struct axvm_exit_system.
 * @AXVM_EXIT_SEND_IPI: &struct axvm_exit_send_ipi. Answer: the call's return values.
 * @AXVM_EXIT_INTERRUPT: &struct axvm_exit_interrupt: the host took an interrupt.
 * @AXVM_EXIT_FAIL_ENTRY: &struct axvm_exit_fail_entry.
 * @AXVM_EXIT_DEBUG: &struct axvm_exit_debug.
 * @AXVM_EXIT_KICK: %AXVM_KICK, and nothing else.
 * @AXVM_EXIT_SIGNAL: a signal is pending.
 * @AXVM_EXIT_RING_FULL: the exit ring has no room.
 * @AXVM_EXIT_UNDECODED: &struct axvm_exit_undecoded: an access to emulate that
 *	the module cannot take apart. Answer: none; change the registers and the
 *	program counter yourself, or refuse.
 * @AXVM_EXIT_INTERRUPT_END: &struct axvm_exit_interrupt: the guest ended a level
 *	interrupt.
 * @AXVM_EXIT_INTERRUPT_ACK: the CPU takes an interrupt whose vector an external
 *	controller knows (x86: ExtINT). Answer: the vector, 0 to 255.
 */
enum axvm_exit_reason {
	AXVM_EXIT_NOTHING	= 0,
	AXVM_EXIT_HYPERCALL	= 1,
	AXVM_EXIT_MMIO_READ	= 2,
	AXVM_EXIT_MMIO_WRITE	= 3,
	AXVM_EXIT_PORT_READ	= 4,
	AXVM_EXIT_PORT_WRITE	= 5,
	AXVM_EXIT_SYSREG_READ	= 6,
	AXVM_EXIT_SYSREG_WRITE	= 7,
	AXVM_EXIT_MEMORY_FAULT	= 8,
	AXVM_EXIT_HALT		= 9,
	AXVM_EXIT_CPU_UP	= 10,
	AXVM_EXIT_CPU_DOWN	= 11,
	AXVM_EXIT_SYSTEM_DOWN	= 12,
	AXVM_EXIT_SEND_IPI	= 13,
	AXVM_EXIT_INTERRUPT	= 14,
	AXVM_EXIT_FAIL_ENTRY	= 15,
	AXVM_EXIT_DEBUG		= 16,
	AXVM_EXIT_KICK		= 17,
	AXVM_EXIT_SIGNAL	= 18,
	AXVM_EXIT_RING_FULL	= 19,
	AXVM_EXIT_UNDECODED	= 20,
	AXVM_EXIT_INTERRUPT_END	= 21,
	AXVM_EXIT_INTERRUPT_ACK	= 22,
};

/**
 * struct axvm_exit_hypercall - %AXVM_EXIT_HYPERCALL
 * @nr: the call (RISC-V: SBI extension id, a7).
 * @function: the function within it (RISC-V: a6), or 0.
 * @args: the arguments (RISC-V: a0 to a5).
 *
 * The answer's two values go to the guest's result registers (RISC-V: a0 the
 * SBI error, a1 the value).
 */
struct axvm_exit_hypercall {
	__u64 nr;
	__u64 function;
	__u64 args[6];
};

/**
 * struct axvm_exit_mmio - %AXVM_EXIT_MMIO_READ, %AXVM_EXIT_MMIO_WRITE
 * @addr: guest-physical address.
 * @data: what is written, zero-extended; 0 for a read.
 * @width: bytes accessed: 1, 2, 4 or 8.
 * @sign_extend: 1 if a read is sign-extended to @reg_width (the module does it).
 * @reg: number of the guest's register.
 * @reg_width: bytes of that register that a read sets.
 * @pad: 0.
 */
struct axvm_exit_mmio {
	__u64 addr;
	__u64 data;
	__u8 width;
	__u8 sign_extend;
	__u8 reg;
	__u8 reg_width;
	__u32 pad;
};

/**
 * struct axvm_exit_port - %AXVM_EXIT_PORT_READ, %AXVM_EXIT_PORT_WRITE
 * @port: I/O port.
 * @width: bytes accessed: 1, 2 or 4.
 * @pad: 0.
 * @count: how many units at @data follow one another (string forms), or 1.
 * @data: what is written, @width bytes a unit; at most 64 bytes. What follows the units has
 *	no meaning.
 */
struct axvm_exit_port {
	__u16 port;
	__u8 width;
	__u8 pad;
	__u32 count;
	__u8 data[64];
};

/**
 * struct axvm_exit_sysreg - %AXVM_EXIT_SYSREG_READ, %AXVM_EXIT_SYSREG_WRITE
 * @addr: the register (RISC-V: CSR number).
 * @value: what is written; for a set or clear of bits, those bits.
 * @reg: number of the guest's destination register; 0 for none on RISC-V.
 * @width: bytes of the register.
 * @op: 0 read, 1 write, 2 set bits, 3 clear bits. 1 to 3 also read the old value
 *	into @reg when that is not 0.
 * @pad: 0.
 */
struct axvm_exit_sysreg {
	__u64 addr;
	__u64 value;
	__u8 reg;
	__u8 width;
	__u8 op;
	__u8 pad[5];
};

/**
 * struct axvm_exit_memory_fault - %AXVM_EXIT_MEMORY_FAULT
 * @gpa: the guest-physical address.
 * @gva: the guest-virtual address, if @flags says so.
 * @access: one of %AXVM_MEM_READ, %AXVM_MEM_WRITE, %AXVM_MEM_EXEC.
 * @flags: bits named AXVM_FAULT_*.
 * @error: why it could not be resolved, a negative errno: %ENOENT: an instruction
 *	fetch, a page-table walk or (x86) a push on the way to an exception's or
 *	interrupt's handler where nothing is mapped; %EACCES: the mapping
 *	does not allow it; %EFAULT: the process has no such memory there;
 *	%EHWPOISON: the memory is broken.
 * @pad: 0.
 */
struct axvm_exit_memory_fault {
	__u64 gpa;
	__u64 gva;
	__u32 access;
	__u32 flags;
	__s32 error;
	__u32 pad;
};

/** define AXVM_FAULT_GVA - &struct axvm_exit_memory_fault.gva is known. */
#define AXVM_FAULT_GVA		(1U << 0)
/** define AXVM_FAULT_TABLE_WALK - The access was the walk of the guest's own page tables. */
#define AXVM_FAULT_TABLE_WALK	(1U << 1)

/**
 * struct axvm_exit_cpu_up - %AXVM_EXIT_CPU_UP
 * @target: id of the vCPU to start. x86: all ones for several, which @arg tells.
 * @entry: where it is to start. x86: the physical address that a start-up IPI names. There
 *	is no answer: the VMM starts the vCPU by its registers.
 * @arg: what it is to find in its argument register. x86: 0; or with several the command as
 *	in &struct axvm_exit_send_ipi.command.
 */
struct axvm_exit_cpu_up {
	__u64 target;
	__u64 entry;
	__u64 arg;
};

/**
 * enum axvm_system_event - What the guest asked for the whole system.
 * @AXVM_SYSTEM_SHUTDOWN: power off.
 * @AXVM_SYSTEM_RESET: reboot.
 * @AXVM_SYSTEM_WARM_RESET: reboot, memory kept.
 * @AXVM_SYSTEM_CRASH: the guest says it failed.
 * @AXVM_SYSTEM_SUSPEND: suspend to memory. Answer: the call's return values.
 * @AXVM_SYSTEM_TRIPLE_FAULT: x86: the CPU shut down after a triple fault; a PC resets.
 */
enum axvm_system_event {
	AXVM_SYSTEM_SHUTDOWN	= 0,
	AXVM_SYSTEM_RESET	= 1,
	AXVM_SYSTEM_WARM_RESET	= 2,
	AXVM_SYSTEM_CRASH	= 3,
	AXVM_SYSTEM_SUSPEND	= 4,
	AXVM_SYSTEM_TRIPLE_FAULT = 5,
};

/**
 * struct axvm_exit_system - %AXVM_EXIT_SYSTEM_DOWN
 * @event: one of enum axvm_system_event.
 * @pad: 0.
 * @reason: the guest's reason code (RISC-V: SBI reset reason).
 * @entry: %AXVM_SYSTEM_SUSPEND: where to resume.
 * @arg: %AXVM_SYSTEM_SUSPEND: the argument there.
 */
struct axvm_exit_system {
	__u32 event;
	__u32 pad;
	__u64 reason;
	__u64 entry;
	__u64 arg;
};

/**
 * struct axvm_exit_send_ipi - %AXVM_EXIT_SEND_IPI
 * @mask: which vCPUs, as bits counted from id @base. x86: 0 if nobody has that destination,
 *	or if they do not all fit in.
 * @base: first id; all ones: every vCPU.
 * @vector: which interrupt (x86), or 0.
 * @command: x86: what the interrupt command register was given, as in x2APIC mode: bits
 *	10:8 the delivery mode, 63:32 the destination. Nothing waits for an answer there.
 */
struct axvm_exit_send_ipi {
	__u64 mask;
	__u64 base;
	__u64 vector;
	__u64 command;
};

/**
 * struct axvm_exit_interrupt - %AXVM_EXIT_INTERRUPT, %AXVM_EXIT_INTERRUPT_END
 * @vector: the host's interrupt number, or the guest's that ended.
 */
struct axvm_exit_interrupt {
	__u64 vector;
};

/**
 * struct axvm_exit_fail_entry - %AXVM_EXIT_FAIL_ENTRY
 * @reason: what the hardware said (RISC-V: scause).
 * @detail: more of it (RISC-V: stval).
 * @check: the check that failed, by its name in the manual; a string.
 */
struct axvm_exit_fail_entry {
	__u64 reason;
	__u64 detail;
	char check[64];
};

/**
 * struct axvm_exit_debug - %AXVM_EXIT_DEBUG
 * @pc: where.
 * @cause: the architecture's cause (RISC-V: 3, breakpoint).
 */
struct axvm_exit_debug {
	__u64 pc;
	__u64 cause;
};

/**
 * struct axvm_exit_undecoded - %AXVM_EXIT_UNDECODED
 * @gpa: the guest-physical address of the access.
 * @gva: the guest-virtual address.
 * @syndrome: the raw syndrome (RISC-V: scause).
 * @instruction: the instruction's bytes, least significant first; 0 if unknown.
 * @length: how many bytes of it, and of @instruction_rest, are valid. On x86, whose
 *	instructions tell their length only to who knows them, they may go beyond its end.
 * @access: one of %AXVM_MEM_READ, %AXVM_MEM_WRITE, %AXVM_MEM_EXEC.
 * @instruction_rest: its bytes from the ninth on (x86), likewise.
 */
struct axvm_exit_undecoded {
	__u64 gpa;
	__u64 gva;
	__u64 syndrome;
	__u64 instruction;
	__u32 length;
	__u32 access;
	__u64 instruction_rest;
};

/** define AXVM_EXIT_HAS_GPRS - &struct axvm_run_exit.gprs is up to date. */
#define AXVM_EXIT_HAS_GPRS	(1U << 0)
/** define AXVM_EXIT_WANTS_ANSWER - The next RUN completes this access with the request's answer. */
#define AXVM_EXIT_WANTS_ANSWER	(1U << 1)

/**
 * struct axvm_run_exit - The page that the module writes and the VMM reads.
 * @size: sizeof this structure in the module.
 * @reason: one of enum axvm_exit_reason. One that the VMM does not know it may
 *	skip, unless @flags has %AXVM_EXIT_WANTS_ANSWER.
 * @flags: bits named AXVM_EXIT_*.
 * @error: what the ioctl returned: 0 or a negative errno.
 * @kicks: how many %AXVM_KICK this return acknowledges.
 * @runs: how many times %AXVM_RUN has returned.
 * @hypercall: for %AXVM_EXIT_HYPERCALL.
 * @mmio: for %AXVM_EXIT_MMIO_READ and %AXVM_EXIT_MMIO_WRITE.
 * @port: for %AXVM_EXIT_PORT_READ and %AXVM_EXIT_PORT_WRITE.
 * @sysreg: for %AXVM_EXIT_SYSREG_READ and %AXVM_EXIT_SYSREG_WRITE.
 * @memory_fault: for %AXVM_EXIT_MEMORY_FAULT.
 * @cpu_up: for %AXVM_EXIT_CPU_UP.
 * @system: for %AXVM_EXIT_SYSTEM_DOWN.
 * @send_ipi: for %AXVM_EXIT_SEND_IPI.
 * @interrupt: for %AXVM_EXIT_INTERRUPT and %AXVM_EXIT_INTERRUPT_END.
 * @fail_entry: for %AXVM_EXIT_FAIL_ENTRY.
 * @debug: for %AXVM_EXIT_DEBUG.
 * @undecoded: for %AXVM_EXIT_UNDECODED.
 * @raw: fixes the length of the union.
 * @gprs: the general registers, if %AXVM_RUN_GET_GPRS was asked for.
 */
struct axvm_run_exit {
	__u32 size;
	__u32 reason;
	__u32 flags;
	__s32 error;
	__u64 kicks;
	__u64 runs;
	union {
		struct axvm_exit_hypercall hypercall;
		struct axvm_exit_mmio mmio;
		struct axvm_exit_port port;
		struct axvm_exit_sysreg sysreg;
		struct axvm_exit_memory_fault memory_fault;
		struct axvm_exit_cpu_up cpu_up;
		struct axvm_exit_system system;
		struct axvm_exit_send_ipi send_ipi;
		struct axvm_exit_interrupt interrupt;
		struct axvm_exit_fail_entry fail_entry;
		struct axvm_exit_debug debug;
		struct axvm_exit_undecoded undecoded;
		__u64 raw[28];
	};
	struct axvm_gprs gprs;
};

/** define AXVM_RUN_NO_ENTER - Complete the last exit, then return without running the guest. */
#define AXVM_RUN_NO_ENTER	(1U << 0)
/**
 * define AXVM_RUN_REFUSE - The access is refused: the guest takes the fault there is for it.
 *
 * For the exits that want an answer, %AXVM_EXIT_MMIO_WRITE and
 * %AXVM_EXIT_UNDECODED; a refused call returns an error to the guest. Ignored
 * after any other exit.
 */
#define AXVM_RUN_REFUSE		(1U << 1)
/** define AXVM_RUN_GET_GPRS - Write the general registers into the exit page on return. */
#define AXVM_RUN_GET_GPRS	(1U << 2)
/**
 * define AXVM_RUN_SET_GPRS - Take the general registers from the request page, before the
 *	answer.
 */
#define AXVM_RUN_SET_GPRS	(1U << 3)
#define AXVM_RUN_FLAGS		((1U << 4) - 1)

/**
 * struct axvm_run_request - The page that the VMM writes and the module reads.
 * @size: sizeof this structure in the VMM; 0: @flags is taken for 0.
 * @flags: bits named AXVM_RUN_*.
 * @answer: the answer to the last exit, if its flags had
 *	%AXVM_EXIT_WANTS_ANSWER: the data or value read in the first, or the two
 *	results of a call. Unused bits of a narrow read are ignored.
 * @pad: not looked at. Only a flag can give some of it a meaning.
 * @gprs: the general registers, for %AXVM_RUN_SET_GPRS.
 */
struct axvm_run_request {
	__u32 size;
	__u32 flags;
	__u64 answer[2];
	__u64 pad[29];
	struct axvm_gprs gprs;
};

#endif /* _UAPI_AXVM_H */
