/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the measurements need of a hypervisor's interface
 *
 * A driver is thin: it puts one or two system calls behind each function and
 * nothing else, so that the two columns differ only by what the kernel does.
 */
#ifndef AXVM_BENCH_DRIVER_H
#define AXVM_BENCH_DRIVER_H

#include "libaxvm.h"
#include "types.h"

struct kvm_run;

/** define GUEST_ARGS - Arguments that a guest's entry point takes. */
#define GUEST_ARGS	3

/**
 * struct start - Where a vCPU begins, and with what.
 * @pc: guest-physical address.
 * @args: for the architecture's argument registers.
 */
struct start {
	u64 pc;
	u64 args[GUEST_ARGS];
};

/**
 * enum stop_kind - What a vCPU wants.
 * @STOP_NOTHING: to be run again.
 * @STOP_READ: the data that a device has.
 * @STOP_WRITE: a device to take data.
 * @STOP_PORT_READ: the data that a port has.
 * @STOP_PORT_WRITE: a port to take data.
 * @STOP_OTHER: what no guest here should ask for.
 */
enum stop_kind {
	STOP_NOTHING,
	STOP_READ,
	STOP_WRITE,
	STOP_PORT_READ,
	STOP_PORT_WRITE,
	STOP_OTHER,
};

/**
 * struct stop - Why a vCPU came back.
 * @kind: one of enum stop_kind.
 * @reason: the interface's own number of the reason.
 * @addr: guest-physical address of the access, or the port.
 * @data: what is written.
 */
struct stop {
	enum stop_kind kind;
	u32 reason;
	u64 addr;
	u64 data;
};

/** struct vcpu - A vCPU of one of the drivers; each uses its own fields. */
struct vcpu {
	struct axvm_vcpu axvm;
	struct kvm_run *kvm_run;
	size_t kvm_run_len;
	int kvm_fd;
};

/**
 * struct driver - An interface to measure.
 * @name: the column's name.
 * @open: open the system file; a negative errno on failure.
 * @explain: one line on why @open failed with this error.
 * @create_vm: make a VM; its file, or a negative errno.
 * @map: give a VM memory. @slot numbers the VM's mappings from 0.
 * @log_dirty: have what the guest writes to a mapping recorded, from now on.
 * @get_dirty: take what is recorded of it: a bit for each page.
 * @create_vcpu: add a vCPU that is ready to run.
 * @destroy_vcpu: take back what @create_vcpu made.
 * @start: set the registers.
 * @run: enter the guest until the VMM is needed.
 * @answer: give the data of the read that @run returned with; for the next one.
 * @run_nothing: the shortest way into @run's system call and out again.
 *
 * Those that return an int and do not say otherwise give 0 or a negative errno.
 */
struct driver {
	const char *name;
	int (*open)(void);
	void (*explain)(int error, char *text, size_t len);
	int (*create_vm)(int sys);
	int (*map)(int vm, u32 slot, u64 gpa, void *hva, u64 len);
	int (*log_dirty)(int vm, u32 slot, u64 gpa, void *hva, u64 len);
	int (*get_dirty)(int vm, u32 slot, u64 gpa, u64 len, void *bitmap);
	int (*create_vcpu)(int sys, int vm, struct vcpu *vcpu, u64 id);
	void (*destroy_vcpu)(struct vcpu *vcpu);
	int (*start)(struct vcpu *vcpu, const struct start *start);
	int (*run)(struct vcpu *vcpu, struct stop *stop);
	void (*answer)(struct vcpu *vcpu, u64 data);
	int (*run_nothing)(struct vcpu *vcpu);
};

extern const struct driver driver_axvm, driver_kvm;

/*
 * The architecture's part of &struct driver.start.
 */
int arch_start_axvm(int vcpu, const struct start *start);
int arch_start_kvm(int vcpu, const struct start *start);
/* What else KVM wants of a new VM, and of a new vCPU. */
int arch_init_kvm_vm(int vm);
int arch_init_kvm_vcpu(int sys, int vcpu);

#endif /* AXVM_BENCH_DRIVER_H */
