// SPDX-License-Identifier: GPL-2.0
/*
 * The two pages of the run structure: how they are mapped, and what the request
 * page may hold
 */
#include <stdlib.h>

#include "accessor.h"
#include "test.h"

static __guest void guest_syncs(void)
{
	__u64 i;

	for (i = 1;; i++)
		GUEST_SYNC(1, i);
}

static struct axvm_vcpu_info info_of(struct vcpu *vcpu)
{
	struct axvm_vcpu_info info;

	CHECK_OK(axvm_get_vcpu_info(vcpu->ax.fd, &info));
	return info;
}

/* ------------------------------------------------------------------------- */
/* Mapping                                                                   */
/* ------------------------------------------------------------------------- */

static bool can_map(int fd, __u64 offset, __u64 len, int prot)
{
	void *p = mmap(NULL, len, prot, MAP_SHARED, fd, offset);

	if (p == MAP_FAILED)
		return false;
	munmap(p, len);
	return true;
}

TEST(exit_page_is_read_only)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);
	struct axvm_vcpu_info info = info_of(vcpu);
	void *exit;

	CHECK(can_map(vcpu->ax.fd, info.exit_offset, info.exit_len, PROT_READ));
	CHECK(!can_map(vcpu->ax.fd, info.exit_offset, info.exit_len, PROT_READ | PROT_WRITE));
	CHECK(!can_map(vcpu->ax.fd, info.exit_offset, info.exit_len, PROT_WRITE));
	exit = CHECK_SYS(mmap(NULL, info.exit_len, PROT_READ, MAP_SHARED, vcpu->ax.fd,
			      info.exit_offset));
	/* Nor can it be made writable later. */
	CHECK_EQ(mprotect(exit, info.exit_len, PROT_READ | PROT_WRITE), -1);
	CHECK_EQ(errno, EACCES);
}

TEST(wrong_ranges_are_refused)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);
	struct axvm_vcpu_info info = info_of(vcpu);
	__u64 page = page_size();
	__u64 end = (info.exit_offset > info.request_offset ?
		     info.exit_offset + info.exit_len : info.request_offset + info.request_len);
	int fd = vcpu->ax.fd;

	end = (end + page - 1) & ~(page - 1);
	CHECK(can_map(fd, info.request_offset, info.request_len, PROT_READ | PROT_WRITE));
	CHECK(!can_map(fd, end, page, PROT_READ));
	CHECK(!can_map(fd, end + 1000 * page, page, PROT_READ));
	CHECK(!can_map(fd, -page, page, PROT_READ));
	CHECK(!can_map(fd, info.exit_offset, 16 * page, PROT_READ));
	CHECK(!can_map(fd, info.request_offset, 16 * page, PROT_READ | PROT_WRITE));
	/* A mapping of both would be as writable as its more writable part. */
	CHECK(!can_map(fd, 0, end, PROT_READ | PROT_WRITE));
}

TEST(other_files_cannot_be_mapped)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);

	CHECK(!can_map(system_fd(), 0, page_size(), PROT_READ));
	CHECK(!can_map(vcpu->vm->fd, 0, page_size(), PROT_READ));
}

/* The mapping keeps the page, and what it says stays. */
TEST(pages_outlive_the_files)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);
	__u64 runs;

	vcpu_expect_sync(vcpu, 1);
	runs = vcpu->ax.exit->runs;
	CHECK_SYS(close(vcpu->ax.fd));
	CHECK_SYS(close(vcpu->vm->fd));
	CHECK_EQ(vcpu->ax.exit->reason, AXVM_EXIT_MMIO_WRITE);
	CHECK_EQ(vcpu->ax.exit->runs, runs);
	vcpu->ax.request->flags = ~0U;
	CHECK_EQ(READ_ONCE(vcpu->ax.request->flags), ~0U);
}

/* Nor may a guest write it that is given it as memory. */
TEST(exit_page_as_guest_memory)
{
	struct vcpu *vcpu = accessor_new(0);

	CHECK_OK(axvm_mem_map(vcpu->vm->fd, TEST_GPA, (void *)vcpu->ax.exit, page_size(), MEM_RW));
	accessor_order_write(vcpu, TEST_GPA + offsetof(struct axvm_run_exit, runs), 0x5555);
	vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(vcpu->ax.exit->memory_fault.error, -EFAULT);
	CHECK_GE(vcpu->ax.exit->runs, vcpu->runs);
	CHECK_LT(vcpu->ax.exit->runs, 0x5555);
}

/* ------------------------------------------------------------------------- */
/* The request                                                               */
/* ------------------------------------------------------------------------- */

static void check_refused(struct vcpu *vcpu)
{
	__u64 runs = vcpu->ax.exit->runs;

	CHECK_ERRNO(vcpu_try_run(vcpu), EINVAL);
	CHECK_EQ(vcpu->ax.exit->reason, AXVM_EXIT_NOTHING);
	CHECK_EQ(vcpu->ax.exit->error, -EINVAL);
	CHECK_EQ(vcpu->ax.exit->runs, runs + 1);
	/* The guest did not move. */
	memset(vcpu->ax.request, 0, sizeof(*vcpu->ax.request));
	CHECK_EQ(vcpu_state(vcpu), AXVM_VCPU_FREE);
}

TEST(unknown_flags)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);
	unsigned int bit;

	vcpu_expect_sync(vcpu, 1);
	for (bit = 0; bit < 32; bit++) {
		if (AXVM_RUN_FLAGS & 1U << bit)
			continue;
		vcpu->ax.request->size = sizeof(*vcpu->ax.request);
		vcpu->ax.request->flags = 1U << bit;
		check_refused(vcpu);
	}
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 2);
}

TEST(wrong_size)
{
	static const __u32 sizes[] = {
		1, 4, 8, sizeof(struct axvm_run_request) - 8, ~0U,
	};
	struct vcpu *vcpu = vcpu_new(guest_syncs);
	unsigned int i;

	vcpu_expect_sync(vcpu, 1);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		vcpu->ax.request->size = sizes[i];
		check_refused(vcpu);
	}
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 2);
}

/* All zero, whatever else is there. */
TEST(size_zero)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);

	vcpu_expect_sync(vcpu, 1);
	memset(vcpu->ax.request, 0xff, sizeof(*vcpu->ax.request));
	vcpu->ax.request->size = 0;
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 2);
}

static __guest void guest_reads(void)
{
	GUEST_SYNC(1, guest_mmio_read64(MMIO_GPA));
}

/* A refused request does not use up the answer: the next one gives it. */
TEST(answer_is_not_taken_by_a_refused_request)
{
	struct vcpu *vcpu = vcpu_new(guest_reads);

	vcpu_expect(vcpu, AXVM_EXIT_MMIO_READ);
	axvm_answer(&vcpu->ax, 1, 0);
	axvm_request(&vcpu->ax, 1U << 31);
	check_refused(vcpu);
	axvm_answer(&vcpu->ax, 2, 0);
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 2);
}

/* ------------------------------------------------------------------------- */
/* A VMM that writes the request page while it is read                       */
/* ------------------------------------------------------------------------- */

static bool stop;

static void *scribble(void *data)
{
	struct axvm_run_request *request = data;
	__u64 *words = data;
	unsigned int seed = 1;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		WRITE_ONCE(words[rand_r(&seed) % (sizeof(*request) / 8)], rand_r(&seed));
		if (rand_r(&seed) % 4)
			WRITE_ONCE(request->size, sizeof(*request));
		WRITE_ONCE(request->flags, rand_r(&seed) % 32);
	}
	return NULL;
}

/*
 * The guest may end up anywhere, and answers be anything; but the module must say
 * something sensible each time, and a guest that is put in order works.
 */
TEST(scribbled_request)
{
	struct vcpu *vcpu = vcpu_new(guest_syncs);
	struct axvm_gprs good;
	pthread_t thread;
	unsigned int i;
	int ret;

	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER | AXVM_RUN_GET_GPRS);
	vcpu_expect(vcpu, AXVM_EXIT_NOTHING);
	good = vcpu->ax.exit->gprs;

	thread = thread_start(scribble, vcpu->ax.request);
	for (i = 0; i < 5000; i++) {
		/* Kicked, it never stays in the guest, wherever that is. */
		CHECK_OK(axvm_kick(&vcpu->ax));
		ret = vcpu_try_run(vcpu);
		CHECK(ret == 0 || ret == -EINVAL);
		CHECK_EQ(vcpu->ax.exit->error, ret);
		CHECK_LE(vcpu->ax.exit->reason, AXVM_EXIT_INTERRUPT_ACK);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	thread_join(thread);

	memset(vcpu->ax.request, 0, sizeof(*vcpu->ax.request));
	vcpu->ax.request->size = sizeof(*vcpu->ax.request);
	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER);
	CHECK_OK(vcpu_try_run(vcpu));
	vcpu->ax.request->gprs = good;
	axvm_request(&vcpu->ax, AXVM_RUN_SET_GPRS);
	vcpu_expect_sync(vcpu, 1);
}

TEST_HARNESS_MAIN
