// SPDX-License-Identifier: GPL-2.0
/*
 * Failing allocations, one after the other, on every path
 *
 * Each ioctl, and the guest's first touch of memory, is repeated with the first,
 * second, third ... allocation of this thread failing, until none of them failed.
 * What fails must say that there is no memory, must have done nothing, and must
 * work at the next try. kmemleak, after all tests, sees what was not freed.
 */
#include <fcntl.h>
#include <stdio.h>

#include "accessor.h"
#include "calls.h"
#include "test.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
#define DEBUGFS		"/sys/kernel/debug/"
#define MOST		400	/* no ioctl allocates that often */
#define SECONDS		200

FIXTURE(inject) {
	struct files files;
};

/* Allocations that may sleep are those that we make: have them fail, too. */
static void need_fault_injection(void)
{
	if (access(FAIL_NTH, W_OK))
		test_skip("this kernel has no fault injection (fail-nth)");
	if (write_string(DEBUGFS "failslab/ignore-gfp-wait", "N"))
		test_skip("this kernel has no failslab");
	write_string(DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N");
	write_string(DEBUGFS "fail_page_alloc/min-order", "0");
	write_string(DEBUGFS "failslab/verbose", "0");
	write_string(DEBUGFS "fail_page_alloc/verbose", "0");
}

FIXTURE_SETUP(inject)
{
	need_fault_injection();
	watch_set(SECONDS);
	files_open(&self->files);
}

FIXTURE_TEARDOWN(inject)
{
	vm_destroy(self->files.vcpu->vm);
}

static void arm(unsigned int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", nth);
	CHECK_OK(write_string(FAIL_NTH, text));
}

/* Stop injecting. Had the failure happened? Then nothing is left of the count. */
static bool disarm(void)
{
	bool failed = read_number(FAIL_NTH) == 0;

	arm(0);
	return failed;
}

/* A failure of copying to or from user memory may be injected as well. */
static bool is_no_memory(long ret)
{
	return ret == -ENOMEM || ret == -EFAULT || ret == -ENFILE || ret == -EMFILE;
}

static bool is_good(const struct call *call, long ret)
{
	return ret >= 0 || ret == -call->error;
}

static void inject_into(struct files *files, const struct call *call)
{
	unsigned int nth;
	char arg[256];
	bool failed;
	long ret;

	for (nth = 1; nth < MOST; nth++) {
		call->prepare(files, arg);
		arm(nth);
		ret = files_ioctl(files, call->kind, call->nr, arg);
		failed = disarm();
		if (!is_good(call, ret) && !(failed && is_no_memory(ret)))
			FAIL("%s, allocation %u: %s", call->name, nth, strerror(-ret));
		call->undo(files, arg, ret);
		/* And the same without a failure. */
		call->prepare(files, arg);
		ret = files_ioctl(files, call->kind, call->nr, arg);
		if (!is_good(call, ret))
			FAIL("%s, after allocation %u failed: %s", call->name, nth, strerror(-ret));
		call->undo(files, arg, ret);
		if (!failed)
			break;
	}
	test_note("%s: %u", call->name, nth - 1);
	CHECK_LT(nth, MOST);
}

TEST_F_TIMEOUT(inject, ioctls, SECONDS + 10)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++)
		inject_into(&self->files, &calls[i]);
}

TEST_F(inject, open)
{
	unsigned int nth;
	bool failed;
	int fd;

	for (nth = 1; nth < MOST; nth++) {
		arm(nth);
		fd = axvm_open();
		failed = disarm();
		CHECK(fd >= 0 || (failed && is_no_memory(fd)));
		if (fd >= 0)
			close(fd);
		if (!failed)
			break;
	}
	CHECK_LT(nth, MOST);
}

/*
 * The guest's first touch. A table that could not be had ends the run with ENOMEM,
 * a page of the process that could not be had may be a memory fault; in both cases
 * the guest goes on where it was. So it does if the host has wanted the thread.
 */
static bool touch_with_failure(struct vcpu *vcpu, unsigned int nth)
{
	bool failed;
	int ret;

	arm(nth);
	ret = vcpu_try_run(vcpu);
	failed = disarm();
	if (ret) {
		CHECK(failed);
		CHECK_EQ(ret, -ENOMEM);
		CHECK_EQ(vcpu->ax.exit->error, -ENOMEM);
	} else if (vcpu->ax.exit->reason == AXVM_EXIT_MEMORY_FAULT) {
		CHECK(failed);
		CHECK(is_no_memory(vcpu->ax.exit->memory_fault.error));
	} else if (vcpu->ax.exit->reason != AXVM_EXIT_NOTHING) {
		return failed;
	}
	accessor_finish(vcpu);
	return failed;
}

/* Of one touch after the other: what a vCPU keeps in store hides some allocations. */
#define TOUCHES		8
#define DEPTH		6

static void inject_into_guest(__u32 flags, bool write)
{
	struct vcpu *vcpu = accessor_new(0);
	unsigned int i, failures = 0;
	__u64 *hva, gpa;

	for (i = 0; i < TOUCHES * DEPTH; i++) {
		/* Far apart, so that each needs tables of its own. */
		gpa = TEST_GPA + ((__u64)i << 31);
		hva = vm_map(vcpu->vm, gpa, page_size(), flags);
		if (write)
			accessor_order_write(vcpu, gpa, i + 1);
		else
			accessor_order_read(vcpu, gpa);
		failures += touch_with_failure(vcpu, 1 + i / TOUCHES);
		if (write)
			CHECK_EQ(READ_ONCE(*hva), i + 1);
	}
	test_note("failures: %u", failures);
	CHECK_GT(failures, 0);
}

TEST_F(inject, guest_reads)
{
	inject_into_guest(MEM_RW, false);
}

TEST_F(inject, guest_writes)
{
	inject_into_guest(MEM_RW, true);
}

TEST_F(inject, guest_writes_logged)
{
	inject_into_guest(MEM_RW | AXVM_MEM_LOG_DIRTY, true);
}

/* Splitting needs memory where nothing else does. */
TEST_F(inject, unmap_in_the_middle)
{
	struct vm *vm = self->files.vcpu->vm;
	__u64 page = page_size();
	unsigned int nth;
	bool failed;
	int ret;

	vm_map(vm, TEST_GPA, 64 * page, MEM_RW);
	for (nth = 1; nth < MOST; nth++) {
		arm(nth);
		ret = axvm_mem_unmap(vm->fd, TEST_GPA + 5 * page, page);
		failed = disarm();
		if (!ret)
			break;
		CHECK(failed);
		CHECK(is_no_memory(ret));
		/* Nothing was changed. */
		CHECK_ERRNO(axvm_mem_map(vm->fd, TEST_GPA + 5 * page, vm->ram, page, MEM_RW),
			    EEXIST);
	}
	CHECK_LT(nth, MOST);
	CHECK_OK(axvm_mem_map(vm->fd, TEST_GPA + 5 * page, vm->ram, page, MEM_RW));
}

TEST_HARNESS_MAIN
