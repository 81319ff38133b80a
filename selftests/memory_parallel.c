// SPDX-License-Identifier: GPL-2.0
/*
 * Faults of several vCPUs at once
 */
#include "test.h"

#define VCPUS	4
#define PAGES	512ULL

static __u64 started;

/* All begin together: their first faults are for the same tables, then pages. */
static __guest void guest_touches(__u64 gpa, __u64 page, __u64 shared)
{
	__u64 id = guest_id(), i, n;

	__atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
	guest_wait_for(READ_ONCE(started) == VCPUS);
	for (i = 0; i < PAGES; i++) {
		n = shared ? i : i * VCPUS + id;
		__atomic_fetch_add((__u64 *)(gpa + n * page), id + 1, __ATOMIC_RELAXED);
		READ_ONCE(*(__u64 *)(gpa + n * page + 8 * id + 8));
		WRITE_ONCE(*(__u64 *)(gpa + n * page + 8 * id + 8), n + 1);
	}
}

static void touch(struct vm *vm, bool shared)
{
	unsigned int i;

	for (i = 0; i < VCPUS; i++) {
		vcpu_create(vm, i, guest_touches);
		vcpu_arg(vm->vcpus[i], 0, TEST_GPA);
		vcpu_arg(vm->vcpus[i], 1, page_size());
		vcpu_arg(vm->vcpus[i], 2, shared);
	}
	for (i = 0; i < VCPUS; i++)
		vcpu_start(vm->vcpus[i]);
	for (i = 0; i < VCPUS; i++)
		vcpu_join(vm->vcpus[i]);
}

static char *small_pages(struct vm *vm, __u64 pages)
{
	char *hva = vm_map(vm, TEST_GPA, pages * page_size(), MEM_RW);

	CHECK_SYS(madvise(hva, pages * page_size(), MADV_NOHUGEPAGE));
	return hva;
}

TEST(same_pages)
{
	struct vm *vm = vm_create(0);
	char *hva = small_pages(vm, PAGES);
	unsigned int i, id;
	__u64 *words;

	touch(vm, true);
	for (i = 0; i < PAGES; i++) {
		words = (__u64 *)(hva + i * page_size());
		CHECK_EQ(words[0], 1 + 2 + 3 + 4);
		for (id = 0; id < VCPUS; id++)
			CHECK_EQ(words[1 + id], i + 1);
	}
	/* Each was counted once, whoever came first. */
	CHECK_OK(axvm_mem_unmap(vm->fd, RAM_GPA, RAM_LEN));
	CHECK_GE(vm_info(vm).stage2_pages, PAGES);
	i = vm_info(vm).stage2_pages;
	CHECK_OK(axvm_mem_unmap(vm->fd, TEST_GPA, PAGES * page_size()));
	CHECK_EQ(vm_info(vm).stage2_pages, i - PAGES);
}

TEST(pages_of_ones_own)
{
	struct vm *vm = vm_create(0);
	char *hva = small_pages(vm, PAGES * VCPUS);
	unsigned int i;
	__u64 *words;

	touch(vm, false);
	for (i = 0; i < PAGES * VCPUS; i++) {
		words = (__u64 *)(hva + i * page_size());
		CHECK_EQ(words[0], i % VCPUS + 1);
		CHECK_EQ(words[1 + i % VCPUS], i + 1);
	}
}

/* Faults, while the same memory is put in its own place all the time. */
TEST(against_replace)
{
	struct vm *vm = vm_create(0);
	__u64 len = PAGES * page_size();
	char *hva = small_pages(vm, PAGES);
	unsigned int i;

	for (i = 0; i < VCPUS; i++) {
		vcpu_create(vm, i, guest_touches);
		vcpu_arg(vm->vcpus[i], 0, TEST_GPA);
		vcpu_arg(vm->vcpus[i], 1, page_size());
		vcpu_arg(vm->vcpus[i], 2, true);
		vcpu_start(vm->vcpus[i]);
	}
	for (i = 0; i < 50; i++)
		CHECK_OK(axvm_mem_replace(vm->fd, TEST_GPA, hva, len, MEM_RW));
	for (i = 0; i < VCPUS; i++)
		vcpu_join(vm->vcpus[i]);
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(*(__u64 *)(hva + i * page_size()), 1 + 2 + 3 + 4);
}

TEST_HARNESS_MAIN
