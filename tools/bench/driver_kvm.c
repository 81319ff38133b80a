// SPDX-License-Identifier: GPL-2.0
/*
 * The driver for KVM, over its ioctls
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "driver.h"

#define KVM_DEVICE_PATH	"/dev/kvm"

static int kvm_ioctl(int fd, unsigned long nr, unsigned long arg)
{
	int ret = ioctl(fd, nr, arg);

	return ret < 0 ? -errno : ret;
}

static int open_kvm(void)
{
	int fd = open(KVM_DEVICE_PATH, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static void explain(int error, char *text, size_t len)
{
	if (error == -ENOENT)
		snprintf(text, len, KVM_DEVICE_PATH " is missing: insert kvm.ko");
	else
		snprintf(text, len, KVM_DEVICE_PATH ": %s", strerror(-error));
}

static int create_vm(int sys)
{
	int vm = kvm_ioctl(sys, KVM_CREATE_VM, 0);
	int ret = vm < 0 ? vm : arch_init_kvm_vm(vm);

	return ret < 0 ? ret : vm;
}

static int set_slot(int vm, u32 slot, u32 flags, u64 gpa, void *hva, u64 len)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = len,
		.userspace_addr = (unsigned long)hva,
	};

	return kvm_ioctl(vm, KVM_SET_USER_MEMORY_REGION, (unsigned long)&region);
}

static int map(int vm, u32 slot, u64 gpa, void *hva, u64 len)
{
	return set_slot(vm, slot, 0, gpa, hva, len);
}

static int log_dirty(int vm, u32 slot, u64 gpa, void *hva, u64 len)
{
	return set_slot(vm, slot, KVM_MEM_LOG_DIRTY_PAGES, gpa, hva, len);
}

static int get_dirty(int vm, u32 slot, u64 gpa, u64 len, void *bitmap)
{
	struct kvm_dirty_log log = { .slot = slot, .dirty_bitmap = bitmap };

	(void)gpa;
	(void)len;
	return kvm_ioctl(vm, KVM_GET_DIRTY_LOG, (unsigned long)&log);
}

/* A vCPU other than the first may be waiting to be started by the guest. */
static int make_runnable(struct vcpu *vcpu, u64 id)
{
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };

	return id ? kvm_ioctl(vcpu->kvm_fd, KVM_SET_MP_STATE, (unsigned long)&state) : 0;
}

static size_t run_len(int sys)
{
	return kvm_ioctl(sys, KVM_GET_VCPU_MMAP_SIZE, 0);
}

static int create_vcpu(int sys, int vm, struct vcpu *vcpu, u64 id)
{
	void *run;
	int ret;

	vcpu->kvm_fd = kvm_ioctl(vm, KVM_CREATE_VCPU, id);
	if (vcpu->kvm_fd < 0)
		return vcpu->kvm_fd;
	vcpu->kvm_run_len = run_len(sys);
	run = mmap(NULL, vcpu->kvm_run_len, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->kvm_fd, 0);
	if (run == MAP_FAILED)
		return -errno;
	vcpu->kvm_run = run;
	ret = arch_init_kvm_vcpu(sys, vcpu->kvm_fd);
	return ret ?: make_runnable(vcpu, id);
}

static void destroy_vcpu(struct vcpu *vcpu)
{
	munmap(vcpu->kvm_run, vcpu->kvm_run_len);
	close(vcpu->kvm_fd);
}

static int start(struct vcpu *vcpu, const struct start *start)
{
	return arch_start_kvm(vcpu->kvm_fd, start);
}

static int run(struct vcpu *vcpu, struct stop *stop)
{
	const struct kvm_run *run = vcpu->kvm_run;
	int ret = kvm_ioctl(vcpu->kvm_fd, KVM_RUN, 0);

	if (ret)
		return ret;
	stop->reason = run->exit_reason;
	switch (run->exit_reason) {
	case KVM_EXIT_MMIO:
		stop->kind = run->mmio.is_write ? STOP_WRITE : STOP_READ;
		stop->addr = run->mmio.phys_addr;
		memcpy(&stop->data, run->mmio.data, sizeof(stop->data));
		break;
	case KVM_EXIT_IO:
		stop->kind = run->io.direction == KVM_EXIT_IO_OUT ? STOP_PORT_WRITE :
			     STOP_PORT_READ;
		stop->addr = run->io.port;
		break;
	default:
		stop->kind = STOP_OTHER;
		break;
	}
	return 0;
}

static void answer(struct vcpu *vcpu, u64 data)
{
	struct kvm_run *run = vcpu->kvm_run;

	if (run->exit_reason == KVM_EXIT_IO)
		memcpy((char *)run + run->io.data_offset, &data, run->io.size);
	else
		memcpy(run->mmio.data, &data, sizeof(data));
}

static int run_nothing(struct vcpu *vcpu)
{
	int ret;

	vcpu->kvm_run->immediate_exit = 1;
	ret = kvm_ioctl(vcpu->kvm_fd, KVM_RUN, 0);
	vcpu->kvm_run->immediate_exit = 0;
	return ret == -EINTR ? 0 : ret;
}

const struct driver driver_kvm = {
	.name		= "kvm",
	.open		= open_kvm,
	.explain	= explain,
	.create_vm	= create_vm,
	.map		= map,
	.log_dirty	= log_dirty,
	.get_dirty	= get_dirty,
	.create_vcpu	= create_vcpu,
	.destroy_vcpu	= destroy_vcpu,
	.start		= start,
	.run		= run,
	.answer		= answer,
	.run_nothing	= run_nothing,
};
