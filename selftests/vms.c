// SPDX-License-Identifier: GPL-2.0
/*
 * Several VMs at once: same addresses, different memory
 */
#include "test.h"

#define MANY	48
#define REGION	(16 * page_size())

static __guest void guest_reports(__u64 gpa, __u64 page)
{
	__u64 i;

	for (i = 0;; i = (i + 1) % 16)
		GUEST_SYNC(1, READ_ONCE(*(__u64 *)(gpa + i * page)));
}

/* A VM whose memory at TEST_GPA holds @mark in every word. */
static struct vcpu *marked_vcpu(unsigned int flags, __u64 mark, int home)
{
	struct vm *vm = vm_create(flags);
	__u64 *hva = vm_map(vm, TEST_GPA, REGION, MEM_RW);
	struct vcpu *vcpu = vcpu_create_flags(vm, 0, guest_reports, 0, home);
	__u64 i;

	for (i = 0; i < REGION / 8; i++)
		hva[i] = mark;
	vcpu_arg(vcpu, 0, TEST_GPA);
	vcpu_arg(vcpu, 1, page_size());
	return vcpu;
}

static void interleave(unsigned int flags, unsigned int count, unsigned int rounds)
{
	struct vcpu *vcpus[MANY];
	unsigned int i, round;

	for (i = 0; i < count; i++)
		vcpus[i] = marked_vcpu(flags, 0x1000 + i, host_cpu(0));
	for (round = 0; round < rounds; round++)
		for (i = 0; i < count; i++)
			CHECK_EQ(vcpu_expect_sync(vcpus[i], 1)->args[1], 0x1000 + i);
}

TEST(two_on_one_cpu)
{
	interleave(0, 2, 500);
}

TEST(two_on_one_cpu_with_paging)
{
	interleave(VM_PAGING, 2, 500);
}

TEST(many_on_one_cpu)
{
	interleave(0, MANY, 10);
}

/* Whatever tags its translations had: a new VM must not find those of an old one. */
TEST(one_after_the_other)
{
	struct vcpu *vcpu;
	unsigned int i, j;

	for (i = 0; i < 60; i++) {
		vcpu = marked_vcpu(i & 1 ? VM_PAGING : 0, i, host_cpu(0));
		for (j = 0; j < 3; j++)
			CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], i);
		vm_destroy(vcpu->vm);
	}
}

/* One VM's memory is changed; the other one must not notice. */
TEST(changes_stay_with_their_vm)
{
	struct vcpu *a = marked_vcpu(0, 1, host_cpu(0));
	struct vcpu *b = marked_vcpu(0, 2, host_cpu(0));
	__u64 *hva = host_alloc(REGION, page_size());
	__u64 i;

	for (i = 0; i < 100; i++) {
		CHECK_OK(axvm_mem_unmap(a->vm->fd, TEST_GPA, REGION));
		CHECK_EQ(vcpu_expect_sync(b, 1)->args[1], 2);
		vcpu_expect(a, AXVM_EXIT_MMIO_READ);
		axvm_answer(&a->ax, 77, 0);
		CHECK_EQ(vcpu_expect_sync(a, 1)->args[1], 77);
		memset(hva, i, REGION);
		CHECK_OK(axvm_mem_map(a->vm->fd, TEST_GPA, hva, REGION, MEM_RW));
		CHECK_EQ(vcpu_expect_sync(b, 1)->args[1], 2);
		CHECK_EQ(vcpu_expect_sync(a, 1)->args[1], i * 0x0101010101010101);
	}
}

static void *run_marked(void *data)
{
	struct vcpu *vcpu = data;
	unsigned int i;

	for (i = 0; i < 300; i++) {
		/* From CPU to CPU, without a home. */
		move_to_cpu(host_cpu((i / 5) % host_cpus()));
		CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], (__u64)vcpu->vm->ram);
	}
	return NULL;
}

TEST(migrating)
{
	pthread_t threads[4];
	struct vcpu *vcpu;
	unsigned int i;
	__u64 *hva, j;

	for (i = 0; i < 4; i++) {
		vcpu = marked_vcpu(i & 1 ? VM_PAGING : 0, 0, AXVM_HOME_ANY);
		hva = host_alloc(REGION, page_size());
		for (j = 0; j < REGION / 8; j++)
			hva[j] = (__u64)vcpu->vm->ram;
		CHECK_OK(axvm_mem_replace(vcpu->vm->fd, TEST_GPA, hva, REGION, MEM_RW));
		threads[i] = thread_start(run_marked, vcpu);
	}
	for (i = 0; i < 4; i++)
		thread_join(threads[i]);
}

TEST_HARNESS_MAIN
