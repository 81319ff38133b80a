// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping, unmapping, protecting and replacing memory, also while the guest runs
 */
#include "accessor.h"
#include "test.h"

TEST(map_and_unmap)
{
	struct vcpu *vcpu = accessor_new(0);
	int vm = vcpu->vm->fd;
	__u64 page = page_size();
	__u64 *hva;

	accessor_read_mmio(vcpu, TEST_GPA);
	hva = vm_map(vcpu->vm, TEST_GPA, page, MEM_RW);
	hva[0] = 11;
	CHECK_EQ(accessor_read(vcpu, TEST_GPA), 11);
	accessor_write(vcpu, TEST_GPA, 12);
	CHECK_EQ(READ_ONCE(hva[0]), 12);
	accessor_read_mmio(vcpu, TEST_GPA + page);

	CHECK_OK(axvm_mem_unmap(vm, TEST_GPA, page));
	accessor_write_mmio(vcpu, TEST_GPA);
	CHECK_EQ(READ_ONCE(hva[0]), 12);
	/* And once more with other memory. */
	hva = vm_map(vcpu->vm, TEST_GPA, page, MEM_RW);
	CHECK_EQ(accessor_read(vcpu, TEST_GPA), 0);
}

#define PAGES	16

/* Word 0 of each page is its number. */
static __u64 *numbered_pages(struct vm *vm, __u64 base)
{
	__u64 *hva = vm_map(vm, TEST_GPA, PAGES * page_size(), MEM_RW);
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		hva[i * page_size() / 8] = base + i;
	return hva;
}

static __u64 gpa_of(unsigned int i)
{
	return TEST_GPA + i * page_size();
}

static void check_pages(struct vcpu *vcpu, unsigned int from, unsigned int to, __u64 base)
{
	for (; from < to; from++)
		CHECK_EQ(accessor_read(vcpu, gpa_of(from)), base + from);
}

TEST(unmap_a_part)
{
	struct vcpu *vcpu = accessor_new(0);
	struct vm *vm = vcpu->vm;
	__u32 mappings;

	numbered_pages(vm, 100);
	mappings = vm_info(vm).mappings;
	check_pages(vcpu, 0, PAGES, 100);
	CHECK_OK(axvm_mem_unmap(vm->fd, gpa_of(5), 3 * page_size()));
	CHECK_EQ(vm_info(vm).mappings, mappings + 1);
	check_pages(vcpu, 0, 5, 100);
	accessor_read_mmio(vcpu, gpa_of(5));
	accessor_read_mmio(vcpu, gpa_of(7));
	check_pages(vcpu, 8, PAGES, 100);
	/* Cut the ends off. */
	CHECK_OK(axvm_mem_unmap(vm->fd, gpa_of(0), page_size()));
	CHECK_OK(axvm_mem_unmap(vm->fd, gpa_of(PAGES - 1), page_size()));
	CHECK_EQ(vm_info(vm).mappings, mappings + 1);
	accessor_read_mmio(vcpu, gpa_of(0));
	accessor_read_mmio(vcpu, gpa_of(PAGES - 1));
	check_pages(vcpu, 1, 5, 100);
	check_pages(vcpu, 8, PAGES - 1, 100);
}

TEST(unmap_several_at_once)
{
	struct vcpu *vcpu = accessor_new(0);
	struct vm *vm = vcpu->vm;
	__u32 mappings = vm_info(vm).mappings;
	__u64 page = page_size();
	unsigned int i;

	for (i = 0; i < 4; i++) {
		vm_map(vm, gpa_of(i), page, MEM_RW);
		accessor_write(vcpu, gpa_of(i), i);
	}
	CHECK_OK(axvm_mem_unmap(vm->fd, gpa_of(0), 4 * page));
	CHECK_EQ(vm_info(vm).mappings, mappings);
	for (i = 0; i < 4; i++)
		accessor_read_mmio(vcpu, gpa_of(i));
}

TEST(what_is_unmapped_is_given_back)
{
	struct vcpu *vcpu = accessor_new(0);
	struct axvm_vm_info before, after;

	before = vm_info(vcpu->vm);
	numbered_pages(vcpu->vm, 0);
	check_pages(vcpu, 0, PAGES, 0);
	after = vm_info(vcpu->vm);
	CHECK_EQ(after.stage2_pages, before.stage2_pages + PAGES);
	CHECK_GT(after.stage2_tables, before.stage2_tables);
	CHECK_OK(axvm_mem_unmap(vcpu->vm->fd, TEST_GPA, PAGES * page_size()));
	after = vm_info(vcpu->vm);
	CHECK_EQ(after.stage2_pages, before.stage2_pages);
	CHECK_EQ(after.stage2_tables, before.stage2_tables);
}

TEST(protect_a_part)
{
	struct vcpu *vcpu = accessor_new(0);
	int vm = vcpu->vm->fd;
	__u64 *hva = numbered_pages(vcpu->vm, 100);

	check_pages(vcpu, 0, PAGES, 100);
	CHECK_OK(axvm_mem_protect(vm, gpa_of(3), 2 * page_size(), AXVM_MEM_READ));
	accessor_write(vcpu, gpa_of(2), 102);
	accessor_write_mmio(vcpu, gpa_of(3));
	accessor_write_mmio(vcpu, gpa_of(4));
	accessor_write(vcpu, gpa_of(5), 105);
	check_pages(vcpu, 0, PAGES, 100);
	CHECK_OK(axvm_mem_protect(vm, gpa_of(3), 2 * page_size(), MEM_RW));
	accessor_write(vcpu, gpa_of(3), 78);
	CHECK_EQ(READ_ONCE(hva[3 * page_size() / 8]), 78);
}

TEST(replace_a_part)
{
	struct vcpu *vcpu = accessor_new(0);
	__u64 *other = host_alloc(2 * page_size(), page_size());
	__u64 *hva = numbered_pages(vcpu->vm, 100);

	other[0] = 203;
	other[page_size() / 8] = 204;
	check_pages(vcpu, 0, PAGES, 100);
	CHECK_OK(axvm_mem_replace(vcpu->vm->fd, gpa_of(3), other, 2 * page_size(), MEM_RW));
	check_pages(vcpu, 0, 3, 100);
	check_pages(vcpu, 3, 5, 200);
	check_pages(vcpu, 5, PAGES, 100);
	accessor_write(vcpu, gpa_of(3), 99);
	CHECK_EQ(READ_ONCE(other[0]), 99);
	CHECK_EQ(READ_ONCE(hva[3 * page_size() / 8]), 103);
}

TEST(replace_with_other_rights)
{
	struct vcpu *vcpu = accessor_new(0);
	__u64 *other = host_alloc(page_size(), page_size());

	numbered_pages(vcpu->vm, 100);
	accessor_write(vcpu, gpa_of(0), 1);
	CHECK_OK(axvm_mem_replace(vcpu->vm->fd, gpa_of(0), other, page_size(), AXVM_MEM_READ));
	accessor_write_mmio(vcpu, gpa_of(0));
	CHECK_EQ(accessor_read(vcpu, gpa_of(0)), 0);
}

/* ------------------------------------------------------------------------- */
/* Read-only memory                                                          */
/* ------------------------------------------------------------------------- */

#define READS	10000

static __guest void guest_reads_a_lot(__u64 gpa)
{
	__u64 i, sum = 0;

	GUEST_SYNC(1);
	for (i = 0; i < READS; i++)
		sum += READ_ONCE(*(__u64 *)gpa);
	GUEST_SYNC(2, sum);
}

TEST(reading_read_only_memory_costs_no_exit)
{
	struct vcpu *vcpu = vcpu_new(guest_reads_a_lot);
	__u64 *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), AXVM_MEM_READ);
	__u64 faults;

	hva[0] = 3;
	vcpu_arg(vcpu, 0, TEST_GPA);
	vcpu_expect_sync(vcpu, 1);
	faults = vcpu_stat(vcpu, "faults");
	CHECK_EQ(vcpu_expect_sync(vcpu, 2)->args[1], 3 * READS);
	CHECK_EQ(vcpu_stat(vcpu, "exit_mmio_read"), 0);
	/* One for the page, and what little the guest's own code may touch. */
	CHECK_LE(vcpu_stat(vcpu, "faults"), faults + 3);
}

/* ------------------------------------------------------------------------- */
/* While the guest runs                                                      */
/* ------------------------------------------------------------------------- */

static bool stop;

static __guest void guest_writes_until_stopped(__u64 gpa)
{
	__u64 i;

	for (i = 1; !READ_ONCE(stop); i++)
		WRITE_ONCE(*(__u64 *)gpa, i);
}

/* Runs until the first access exits as MMIO, then tells the guest to stop. */
static void *run_until_mmio(void *data)
{
	struct vcpu *vcpu = data;

	vcpu_expect(vcpu, AXVM_EXIT_MMIO_WRITE);
	*guest_var(vcpu->vm, stop) = true;
	vcpu_expect_done(vcpu);
	return NULL;
}

/*
 * Take the right to write away by @nr; from then on, not one write more. The
 * memory must stay as it is from the return of the ioctl on, not from some time
 * later: so its value is read at once, and again when the guest is done.
 */
static void check_writes_end(unsigned long nr, __u32 flags)
{
	struct vcpu *vcpu = vcpu_new(guest_writes_until_stopped);
	__u64 *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), MEM_RW);
	pthread_t thread;
	__u64 value;

	vcpu_arg(vcpu, 0, TEST_GPA);
	thread = thread_start(run_until_mmio, vcpu);
	wait_until(READ_ONCE(*hva) > 100);
	if (nr == AXVM_MEM_UNMAP)
		CHECK_OK(axvm_mem_unmap(vcpu->vm->fd, TEST_GPA, page_size()));
	else
		CHECK_OK(axvm_mem_protect(vcpu->vm->fd, TEST_GPA, page_size(), flags));
	value = READ_ONCE(*hva);
	thread_join(thread);
	CHECK_EQ(READ_ONCE(*hva), value);
}

TEST(unmap_under_a_running_guest)
{
	check_writes_end(AXVM_MEM_UNMAP, 0);
}

TEST(protect_under_a_running_guest)
{
	check_writes_end(AXVM_MEM_PROTECT, AXVM_MEM_READ);
}

/*
 * Replacing is atomic. The host counts a step up before and after each REPLACE, so
 * the step is even while one memory is there for certain. Word i of memory 0 holds
 * i, that of memory 1 holds ~i.
 */
static __u64 step;

static __guest void guest_watches(__u64 gpa, __u64 words)
{
	__u64 before, after, value, i;

	for (i = 0; !READ_ONCE(stop); i = (i + 509) % words) {
		before = READ_ONCE(step);
		guest_fence();
		value = READ_ONCE(((__u64 *)gpa)[i]);
		guest_fence();
		after = READ_ONCE(step);
		GUEST_ASSERT(value == i || value == ~i);
		if (before == after && !(before & 1))
			GUEST_ASSERT_EQ(value, before & 2 ? ~i : i);
	}
}

#define REPLACE_PAGES	8

static void fill(__u64 *hva, __u64 words, __u64 mask)
{
	__u64 i;

	for (i = 0; i < words; i++)
		hva[i] = i ^ mask;
}

TEST(replace_is_atomic)
{
	__u64 len = REPLACE_PAGES * page_size(), words = len / 8, i;
	struct vm *vm = vm_create(0);
	__u64 *host_step = guest_var(vm, step);
	__u64 *memory[2];

	memory[0] = vm_map(vm, TEST_GPA, len, MEM_RW);
	memory[1] = host_alloc(len, page_size());
	fill(memory[0], words, 0);
	fill(memory[1], words, ~0ULL);
	for (i = 0; i < 2; i++) {
		vcpu_arg(vcpu_create(vm, i, guest_watches), 0, TEST_GPA);
		vcpu_arg(vm->vcpus[i], 1, words);
		vcpu_start(vm->vcpus[i]);
	}
	for (i = 1; i <= 400; i++) {
		__atomic_fetch_add(host_step, 1, __ATOMIC_SEQ_CST);
		CHECK_OK(axvm_mem_replace(vm->fd, TEST_GPA, memory[i & 1], len, MEM_RW));
		__atomic_fetch_add(host_step, 1, __ATOMIC_SEQ_CST);
	}
	*guest_var(vm, stop) = true;
	for (i = 0; i < 2; i++)
		vcpu_join(vm->vcpus[i]);
}

TEST_HARNESS_MAIN
