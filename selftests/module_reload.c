// SPDX-License-Identifier: GPL-2.0
/*
 * The module comes and goes, and does not go while a VM is there
 *
 * AXVM_MODULE in the environment names the module's file; without it, it is where
 * the CI VMs have it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "test.h"

#define LOOPS	8
#define SECONDS	60

static const char *module_path(void)
{
	return getenv("AXVM_MODULE") ?: "/axvm/axvm.ko";
}

static int load(void)
{
	int fd = open(module_path(), O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, "", 0);
	ret = ret ? -errno : 0;
	close(fd);
	return ret;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "axvm", O_NONBLOCK) ? -errno : 0;
}

FIXTURE(reload) {
	char unused;
};

FIXTURE_SETUP(reload)
{
	if (access(module_path(), R_OK))
		test_skip("there is no module at %s", module_path());
	if (access("/sys/module/axvm", F_OK))
		CHECK_OK(load());
}

/* Whatever happened, the tests after this one need it. */
FIXTURE_TEARDOWN_PARENT(reload)
{
	if (access("/sys/module/axvm", F_OK))
		load();
}

static __guest void guest_syncs(void)
{
	for (;;)
		GUEST_SYNC(1);
}

static void use_it(void)
{
	struct vm *vm = vm_create(0);
	unsigned int i;

	for (i = 0; i < 2; i++)
		vcpu_expect_sync(vcpu_create(vm, i, guest_syncs), 1);
	vm_destroy(vm);
}

/* Each time in a process of its own: its end closes everything. */
static void use_in_child(void *data)
{
	(void)data;
	use_it();
}

/* The last reference may go a moment after the process that held it. */
static void unload_soon(void)
{
	int ret;

	wait_until((ret = unload()) != -EAGAIN && ret != -EBUSY);
	CHECK_OK(ret);
}

TEST_F_TIMEOUT(reload, loop, SECONDS + 5)
{
	unsigned int i;

	watch_set(SECONDS);
	for (i = 0; i < LOOPS; i++) {
		CHECK_EQ(run_in_child(use_in_child, NULL), 0);
		unload_soon();
		CHECK_ERRNO(axvm_open(), ENOENT);
		CHECK_OK(load());
	}
	CHECK_EQ(run_in_child(use_in_child, NULL), 0);
}

/* Without having been used, and at once. */
TEST_F_TIMEOUT(reload, loop_without_use, SECONDS + 5)
{
	unsigned int i;

	watch_set(SECONDS);
	for (i = 0; i < LOOPS; i++) {
		unload_soon();
		CHECK_OK(load());
	}
}

TEST_F(reload, refused_while_in_use)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);

	vcpu_expect_sync(vcpu, 1);
	CHECK_ERRNO(unload(), EAGAIN);
	/* Only the vCPU is left: it keeps the VM, and so the module. */
	CHECK_SYS(close(vcpu->vm->fd));
	CHECK_SYS(close(system_fd()));
	CHECK_ERRNO(unload(), EAGAIN);
	vcpu_expect_sync(vcpu, 1);
	axvm_destroy_vcpu(&vcpu->ax);
	unload_soon();
	CHECK_OK(load());
}

TEST_F(reload, refused_while_open)
{
	int fd = CHECK_OK(axvm_open());

	CHECK_ERRNO(unload(), EAGAIN);
	close(fd);
	unload_soon();
	CHECK_OK(load());
}

TEST_HARNESS_MAIN
