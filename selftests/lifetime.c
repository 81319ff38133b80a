// SPDX-License-Identifier: GPL-2.0
/*
 * Objects live as long as a file refers to them, and no longer
 */
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "test.h"

#define REFCNT	"/sys/module/axvm/refcnt"

static __guest void guest_syncs(void)
{
	for (;;)
		GUEST_SYNC(1);
}

/* The number of files that hold the module; it falls after close() has returned. */
#define wait_for_refcnt(count)	wait_until(read_number(REFCNT) == (count))

TEST(vcpu_keeps_its_vm)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);

	CHECK_SYS(close(vcpu->vm->fd));
	CHECK_SYS(close(system_fd()));
	vcpu_expect_sync(vcpu, 1);
	vcpu_expect_sync(vcpu, 1);
}

TEST(nothing_is_left)
{
	long before = read_number(REFCNT);
	unsigned int i;
	struct vm *vm;

	if (before < 0)
		test_skip("the module is not loaded as a module");
	for (i = 0; i < 20; i++) {
		vm = vm_create(VM_PAGING);
		vcpu_create(vm, 0, guest_syncs);
		vcpu_create(vm, 1, guest_syncs);
		vcpu_expect_sync(vm->vcpus[1], 1);
		CHECK_GT(read_number(REFCNT), before);
		vm_destroy(vm);
	}
	CHECK_SYS(close(system_fd()));
	wait_for_refcnt(before);
}

TEST(closed_vcpu_is_gone_from_the_vm)
{
	struct vm *vm = vm_create(0);
	struct axvm_vcpu vcpu;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		CHECK_OK(axvm_create_vcpu(vm->fd, &vcpu, 3, 0, AXVM_HOME_ANY));
		CHECK_EQ(vm_info(vm).vcpus, 1);
		axvm_destroy_vcpu(&vcpu);
		CHECK_EQ(vm_info(vm).vcpus, 0);
	}
}

/* What a file says of itself. */
TEST(vcpu_info)
{
	struct vcpu *vcpu = vcpu_create_flags(vm_create(0), 7, guest_syncs, 0, host_cpu(0));
	struct axvm_vcpu_info info;

	CHECK_OK(axvm_get_vcpu_info(vcpu->ax.fd, &info));
	CHECK_EQ(info.size, sizeof(info));
	CHECK_EQ(info.state, AXVM_VCPU_FREE);
	CHECK_EQ(info.id, 7);
	CHECK_EQ(info.home_cpu, (int)host_cpu(0));
	CHECK_EQ(info.last_cpu, -1);
	CHECK_GE(info.exit_len, sizeof(struct axvm_run_exit));
	CHECK_GE(info.request_len, sizeof(struct axvm_run_request));
	CHECK_NE(info.exit_offset, info.request_offset);
	vcpu_expect_sync(vcpu, 1);
	CHECK_OK(axvm_get_vcpu_info(vcpu->ax.fd, &info));
	CHECK_EQ(info.last_cpu, 0);
}

TEST(system_info)
{
	struct axvm_system_info info;

	CHECK_OK(axvm_get_system_info(system_fd(), &info));
	CHECK_EQ(info.size, sizeof(info));
	CHECK_EQ(info.version, AXVM_ABI_VERSION);
	CHECK_EQ(info.status, AXVM_STATUS_USABLE);
	CHECK_EQ(info.status_cpu, -1);
	CHECK_GE(info.gpa_bits, 36);
	CHECK(info.page_sizes & page_size());
	CHECK_GE(info.max_vcpus, 8);
	CHECK_GE(info.max_vcpu_id, info.max_vcpus);
	CHECK_GE(info.max_mappings, 32);
	CHECK_EQ(!!(info.features & AXVM_FEATURE_TAGGED_TLB), !!info.tag_bits);
	CHECK_EQ(!!(info.features & AXVM_FEATURE_HUGE_PAGES), info.page_sizes > page_size());
	CHECK(info.features & AXVM_FEATURE_DIRTY_LOG);
	CHECK(info.features & AXVM_FEATURE_DEVICE_MEMORY);
#ifdef ARCH_DEVICE_TYPE
	CHECK(info.features & AXVM_FEATURE_IRQCHIP);
#else
	CHECK(!(info.features & AXVM_FEATURE_IRQCHIP));
#endif
}

#ifdef ARCH_DEVICE_TYPE

/* Its registers are nobody's again. */
TEST(closed_device_is_gone_from_the_vm)
{
	struct vm *vm = vm_create(0);
	int device = CHECK_OK(axvm_create_device(vm->fd, ARCH_DEVICE_TYPE, MMIO_GPA + 0x1000000,
						 8));

	CHECK_EQ(vm_info(vm).devices, 1);
	CHECK_SYS(close(device));
	CHECK_EQ(vm_info(vm).devices, 0);
}

TEST(device_info)
{
	struct vm *vm = vm_create(0);
	int device = CHECK_OK(axvm_create_device(vm->fd, ARCH_DEVICE_TYPE, MMIO_GPA + 0x1000000,
						 37));
	struct axvm_device_info info;

	CHECK_OK(axvm_get_device_info(device, &info));
	CHECK_EQ(info.size, sizeof(info));
	CHECK_EQ(info.type, ARCH_DEVICE_TYPE);
	CHECK_EQ(info.gpa, MMIO_GPA + 0x1000000);
	CHECK_GT(info.len, 0);
	CHECK_EQ(info.irqs, 37);
	CHECK_EQ(info.pad, 0);
}

#endif

/* ------------------------------------------------------------------------- */
/* The process that made a VM ends, and another one holds its files          */
/* ------------------------------------------------------------------------- */

/*
 * The child makes the VM, runs it, and hands its files over by being traced for
 * them: pidfd_getfd() needs nothing of the child but that it is there.
 */
static void make_vm_and_tell(void *data)
{
	int *pipe_fd = data;
	struct vcpu *vcpu = vcpu_new(guest_syncs);
	int fds[2] = { vcpu->ax.fd, vcpu->vm->fd };

	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(write(pipe_fd[1], fds, sizeof(fds)), sizeof(fds));
	for (;;)
		pause();
}

static pid_t start_owner(int *vcpu, int *vm)
{
	int pipe_fd[2], fds[2], pidfd;
	pid_t pid;

	CHECK_SYS(pipe(pipe_fd));
	pid = CHECK_SYS(fork());
	if (!pid)
		make_vm_and_tell(pipe_fd);
	CHECK_EQ(read(pipe_fd[0], fds, sizeof(fds)), sizeof(fds));
	pidfd = CHECK_SYS(syscall(SYS_pidfd_open, pid, 0));
	*vcpu = CHECK_SYS(syscall(SYS_pidfd_getfd, pidfd, fds[0], 0));
	*vm = CHECK_SYS(syscall(SYS_pidfd_getfd, pidfd, fds[1], 0));
	close(pidfd);
	return pid;
}

static __u32 state_of(int vcpu)
{
	struct axvm_vcpu_info info;

	CHECK_OK(axvm_get_vcpu_info(vcpu, &info));
	return info.state;
}

TEST(owner_dies)
{
	struct axvm_vm_info info;
	int vcpu, vm, status;
	pid_t pid = start_owner(&vcpu, &vm);

	CHECK_EQ(state_of(vcpu), AXVM_VCPU_FREE);
	CHECK_OK(axvm_get_vm_info(vm, &info));
	CHECK_GT(info.stage2_pages, 0);
	CHECK_EQ(ioctl(vcpu, AXVM_RUN, 0), -1);
	CHECK_EQ(errno, EPERM);

	watch_begin();
	CHECK_SYS(kill(pid, SIGKILL));
	CHECK_SYS(waitpid(pid, &status, 0));
	wait_until(state_of(vcpu) == AXVM_VCPU_DEAD);
	/* The memory is nobody's: the guest has none of it. */
	CHECK_OK(axvm_get_vm_info(vm, &info));
	CHECK_EQ(info.stage2_pages, 0);
	CHECK_EQ(ioctl(vcpu, AXVM_RUN, 0), -1);
	CHECK(errno == EPERM || errno == EIO);
	CHECK_SYS(ioctl(vcpu, AXVM_KICK, 0));
}

TEST_HARNESS_MAIN
