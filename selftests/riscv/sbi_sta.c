// SPDX-License-Identifier: GPL-2.0
/*
 * SBI STA: the time that the host took from the guest
 */
#include <assert.h>

#include "test.h"
#include "sbi.h"

/* By the specification: little-endian, 64 bytes, aligned to 64. */
struct sta {
	__u32 sequence;
	__u32 flags;
	__u64 steal;
	__u8 preempted;
	__u8 pad[47];
};

static_assert(sizeof(struct sta) == 64, "struct sta");

static __always_inline long set_shmem(__u64 low, __u64 high, __u64 flags)
{
	return sbi_call(SBI_STA, SBI_STA_SET_SHMEM, low, high, flags).error;
}

/* Waits until time was stolen; what it reads meanwhile must be consistent. */
static __guest void guest_is_stolen_from(__u64 gpa)
{
	struct sta *sta = (struct sta *)gpa;
	__u64 steal, last = 0, seen = 0;
	__u32 before, after;

	GUEST_ASSERT_EQ(set_shmem(gpa, 0, 0), SBI_SUCCESS);
	GUEST_ASSERT_EQ(READ_ONCE(sta->flags), 0);
	while (seen < 3) {
		before = READ_ONCE(sta->sequence);
		guest_fence();
		steal = READ_ONCE(sta->steal);
		guest_fence();
		after = READ_ONCE(sta->sequence);
		if (before != after || before & 1)
			continue;
		GUEST_ASSERT_GE(steal, last);
		seen += steal > last;
		last = steal;
		guest_relax();
	}
	GUEST_SYNC(1);
	GUEST_ASSERT_EQ(set_shmem(~0UL, ~0UL, 0), SBI_SUCCESS);
	GUEST_SYNC(2);
}

static struct vm *vm_with_sta(void)
{
	struct vm *vm = vm_create(0);

	if (!vm_get_reg(vm, AXVM_RISCV_SBI_POLICY(AXVM_RISCV_SBI_STA)))
		test_skip("this kernel does not account for waiting (CONFIG_SCHED_INFO)");
	return vm;
}

static bool stop;

static void *burn(void *data)
{
	move_to_cpu(host_cpu(0));
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		;
	return data;
}

TEST(steal_time)
{
	struct vm *vm = vm_with_sta();
	struct vcpu *vcpu = vcpu_create_flags(vm, 0, guest_is_stolen_from, 0, host_cpu(0));
	__u64 gpa = vm_alloc(vm, page_size()) + 64;
	struct sta *sta = vm_hva(vm, gpa);
	pthread_t thread = thread_start(burn, NULL);

	vcpu_arg(vcpu, 0, gpa);
	vcpu_expect_sync(vcpu, 1);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	thread_join(thread);
	CHECK_GT(READ_ONCE(sta->steal), 0);
	CHECK_EQ(READ_ONCE(sta->sequence) & 1, 0);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_SBI_STA_SHMEM), gpa);
	vcpu_expect_sync(vcpu, 2);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_SBI_STA_SHMEM), ~0ULL);
}

/* What it leaves alone: the neighbours of its 64 bytes. */
static __guest void guest_sets(__u64 gpa)
{
	GUEST_ASSERT_EQ(set_shmem(gpa, 0, 0), SBI_SUCCESS);
	GUEST_SYNC(1);
}

TEST(nothing_else_is_written)
{
	struct vm *vm = vm_with_sta();
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_sets);
	__u64 gpa = vm_alloc(vm, page_size());
	__u8 *page = vm_hva(vm, gpa);
	unsigned int i;

	memset(page, 0x5a, page_size());
	vcpu_arg(vcpu, 0, gpa + 128);
	vcpu_expect_sync(vcpu, 1);
	for (i = 0; i < page_size(); i++)
		if (i < 128 || i >= 192)
			CHECK_EQ(page[i], 0x5a);
}

static __guest void guest_errors(__u64 gpa, __u64 nowhere)
{
	GUEST_ASSERT_EQ(set_shmem(gpa + 8, 0, 0), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_EQ(set_shmem(gpa, 0, 1), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_EQ(set_shmem(nowhere, 0, 0), SBI_ERR_INVALID_ADDRESS);
	GUEST_ASSERT_EQ(set_shmem(gpa, 1, 0), SBI_ERR_INVALID_ADDRESS);
	GUEST_ASSERT_EQ(set_shmem(~0UL & ~63UL, 0, 0), SBI_ERR_INVALID_ADDRESS);
	GUEST_ASSERT_SBI(sbi_call(SBI_STA, 1), SBI_ERR_NOT_SUPPORTED);
}

TEST(errors)
{
	struct vm *vm = vm_with_sta();
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_errors);

	vcpu_arg(vcpu, 0, vm_alloc(vm, page_size()));
	vcpu_arg(vcpu, 1, MMIO_GPA);
	vcpu_expect_done(vcpu);
}

/* Memory that is taken away afterwards: nothing is written, nothing breaks. */
TEST(unmapped_later)
{
	struct vm *vm = vm_with_sta();
	struct vcpu *vcpu = vcpu_create(vm, 0, guest_sets);
	__u8 *hva = vm_map(vm, TEST_GPA, page_size(), MEM_RW);

	vcpu_arg(vcpu, 0, TEST_GPA);
	vcpu_expect_sync(vcpu, 1);
	CHECK_OK(axvm_mem_unmap(vm->fd, TEST_GPA, page_size()));
	memset(hva, 0x5a, page_size());
	vcpu_expect_done(vcpu);
	CHECK_EQ(hva[0], 0x5a);
	CHECK_EQ(hva[8], 0x5a);
}

TEST_HARNESS_MAIN
