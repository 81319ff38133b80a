// SPDX-License-Identifier: GPL-2.0
/*
 * The dirty log: exactly what the guest wrote, told once
 */
#include "test.h"

#define PAGES	256ULL
#define WORDS	(PAGES / 64)

/* Which pages the guest writes when it is told to; one bit each. */
static __u64 to_write[WORDS];

static __guest void guest_writer(__u64 gpa, __u64 page)
{
	__u64 i, pass;

	for (pass = 1;; pass++) {
		GUEST_SYNC(1);
		for (i = 0; i < PAGES; i++) {
			/* All are read: that must not count. */
			READ_ONCE(*(__u64 *)(gpa + i * page));
			if (READ_ONCE(to_write[i / 64]) >> i % 64 & 1)
				WRITE_ONCE(*(__u64 *)(gpa + i * page + 8 * (i % 512)), pass);
		}
	}
}

FIXTURE(dirty) {
	struct vcpu *vcpu;
	char *hva;
	__u64 *bitmap;
};

FIXTURE_SETUP(dirty)
{
	self->vcpu = vcpu_new(guest_writer);
	self->bitmap = host_alloc(page_size(), page_size());
	self->hva = vm_map(self->vcpu->vm, TEST_GPA, PAGES * page_size(),
			   MEM_RW | AXVM_MEM_LOG_DIRTY);
	vcpu_arg(self->vcpu, 0, TEST_GPA);
	vcpu_arg(self->vcpu, 1, page_size());
	vcpu_expect_sync(self->vcpu, 1);
}

FIXTURE_TEARDOWN(dirty)
{
	vm_destroy(self->vcpu->vm);
}

static void guest_writes(struct vcpu *vcpu, const __u64 *pages)
{
	memcpy(guest_var(vcpu->vm, to_write), pages, sizeof(to_write));
	vcpu_expect_sync(vcpu, 1);
}

static void check_dirty(struct vcpu *vcpu, __u64 *bitmap, const __u64 *pages)
{
	unsigned int i;

	memset(bitmap, 0xff, sizeof(to_write));
	CHECK_OK(axvm_mem_get_dirty(vcpu->vm->fd, TEST_GPA, PAGES * page_size(), bitmap));
	for (i = 0; i < WORDS; i++)
		CHECK_EQ(bitmap[i], pages[i]);
}

static const __u64 none[WORDS];
static const __u64 some[WORDS] = { 0x8000000000000001, 0x5555555500000000, 0, 1ULL << 63 };
static const __u64 others[WORDS] = { 0, 0x00000000aaaaaaaa, 0x10, 1 };
static const __u64 all_but_second[WORDS] = { ~0ULL, 0, ~0ULL, ~0ULL };
static const __u64 upper_half[WORDS] = { 0, 0, ~0ULL, ~0ULL };
static const __u64 all[WORDS] = { ~0ULL, ~0ULL, ~0ULL, ~0ULL };

TEST_F(dirty, exact_set)
{
	check_dirty(self->vcpu, self->bitmap, none);
	guest_writes(self->vcpu, some);
	check_dirty(self->vcpu, self->bitmap, some);
	check_dirty(self->vcpu, self->bitmap, none);
	/* Written again, told again; and only read, not. */
	guest_writes(self->vcpu, some);
	check_dirty(self->vcpu, self->bitmap, some);
	guest_writes(self->vcpu, others);
	check_dirty(self->vcpu, self->bitmap, others);
	guest_writes(self->vcpu, none);
	check_dirty(self->vcpu, self->bitmap, none);
	guest_writes(self->vcpu, all);
	check_dirty(self->vcpu, self->bitmap, all);
}

/* Asking for a part leaves the rest for later. */
TEST_F(dirty, by_range)
{
	__u64 word;

	guest_writes(self->vcpu, all);
	CHECK_OK(axvm_mem_get_dirty(self->vcpu->vm->fd, TEST_GPA + 64 * page_size(),
				    64 * page_size(), &word));
	CHECK_EQ(word, ~0ULL);
	check_dirty(self->vcpu, self->bitmap, all_but_second);
}

/* A range that reaches beyond the mapping: clean there. */
TEST_F(dirty, beyond_the_mapping)
{
	guest_writes(self->vcpu, all);
	CHECK_OK(axvm_mem_get_dirty(self->vcpu->vm->fd, TEST_GPA - 64 * page_size(),
				    (PAGES + 128) * page_size(), self->bitmap));
	CHECK_EQ(self->bitmap[0], 0);
	CHECK_EQ(self->bitmap[1], ~0ULL);
	CHECK_EQ(self->bitmap[WORDS], ~0ULL);
	CHECK_EQ(self->bitmap[WORDS + 1], 0);
}

/* What could not be delivered stays dirty. */
TEST_F(dirty, nothing_is_lost_by_a_bad_bitmap)
{
	int vm = self->vcpu->vm->fd;
	__u64 *guard = host_alloc(2 * page_size(), page_size());
	__u64 *end = guard + page_size() / 8;
	__u64 len = PAGES * page_size();

	CHECK_SYS(mprotect(end, page_size(), PROT_NONE));
	guest_writes(self->vcpu, all);
	CHECK_ERRNO(axvm_mem_get_dirty(vm, TEST_GPA, len, NULL), EFAULT);
	check_dirty(self->vcpu, self->bitmap, all);
	guest_writes(self->vcpu, all);
	/* Half of it fits: each page is either there or told later, not neither. */
	end[-1] = 0;
	end[-2] = 0;
	CHECK_ERRNO(axvm_mem_get_dirty(vm, TEST_GPA, len, &end[-2]), EFAULT);
	CHECK_OK(axvm_mem_get_dirty(vm, TEST_GPA, len, self->bitmap));
	CHECK_EQ(self->bitmap[0] | end[-2], ~0ULL);
	CHECK_EQ(self->bitmap[1] | end[-1], ~0ULL);
	CHECK_EQ(self->bitmap[2], ~0ULL);
	CHECK_EQ(self->bitmap[3], ~0ULL);
}

TEST_F(dirty, switched_on_later)
{
	int vm = self->vcpu->vm->fd;
	__u64 len = PAGES * page_size();

	CHECK_OK(axvm_mem_protect(vm, TEST_GPA, len, MEM_RW));
	guest_writes(self->vcpu, all);
	check_dirty(self->vcpu, self->bitmap, none);
	CHECK_OK(axvm_mem_protect(vm, TEST_GPA, len, MEM_RW | AXVM_MEM_LOG_DIRTY));
	check_dirty(self->vcpu, self->bitmap, none);
	guest_writes(self->vcpu, some);
	/* On again starts with no page dirty. */
	CHECK_OK(axvm_mem_protect(vm, TEST_GPA, len, MEM_RW));
	CHECK_OK(axvm_mem_protect(vm, TEST_GPA, len, MEM_RW | AXVM_MEM_LOG_DIRTY));
	check_dirty(self->vcpu, self->bitmap, none);
	guest_writes(self->vcpu, others);
	check_dirty(self->vcpu, self->bitmap, others);
}

/* Pages that the host takes away and the guest gets anew are written all the same. */
TEST_F(dirty, across_madvise)
{
	guest_writes(self->vcpu, all);
	check_dirty(self->vcpu, self->bitmap, all);
	CHECK_SYS(madvise(self->hva, PAGES * page_size(), MADV_DONTNEED));
	guest_writes(self->vcpu, some);
	CHECK_SYS(madvise(self->hva, PAGES * page_size(), MADV_DONTNEED));
	check_dirty(self->vcpu, self->bitmap, some);
}

/* Two mappings side by side, one of them without the log. */
TEST_F(dirty, part_of_the_memory)
{
	CHECK_OK(axvm_mem_protect(self->vcpu->vm->fd, TEST_GPA, 128 * page_size(), MEM_RW));
	guest_writes(self->vcpu, all);
	check_dirty(self->vcpu, self->bitmap, upper_half);
}

/* ------------------------------------------------------------------------- */
/* Without faults                                                            */
/* ------------------------------------------------------------------------- */

/* More than VMX's log has entries, and no multiple of that. */
#define MANY		1600ULL
#define MANY_WORDS	(MANY / 64)

/* Every so many pages are written, without a break. */
static __guest void guest_strides(__u64 gpa, __u64 page)
{
	static const __u64 strides[] = { 1, 1, 3 };
	__u64 i, pass;

	for (pass = 0; pass < ARRAY_SIZE(strides); pass++) {
		for (i = 0; i < MANY; i += strides[pass])
			WRITE_ONCE(*(__u64 *)(gpa + i * page), pass + 1);
		GUEST_SYNC(1);
	}
}

static void check_strides(struct vcpu *vcpu, __u64 *bitmap, __u64 stride)
{
	__u64 i;

	vcpu_expect_sync(vcpu, 1);
	memset(bitmap, 0xff, MANY_WORDS * sizeof(*bitmap));
	CHECK_OK(axvm_mem_get_dirty(vcpu->vm->fd, TEST_GPA, MANY * page_size(), bitmap));
	for (i = 0; i < MANY; i++)
		CHECK_EQ(bitmap[i / 64] >> i % 64 & 1, !(i % stride));
}

static bool hardware_logs(void)
{
	struct axvm_system_info info;

	CHECK_OK(axvm_get_system_info(system_fd(), &info));
	return info.features & AXVM_FEATURE_HW_DIRTY_LOG;
}

/* What is there and logged by the hardware is written without a fault, whatever fits its log. */
TEST(hardware_log)
{
	struct vcpu *vcpu = vcpu_new(guest_strides);
	__u64 *bitmap = host_alloc(page_size(), page_size());
	__u64 faults;

	vm_map(vcpu->vm, TEST_GPA, MANY * page_size(), MEM_RW | AXVM_MEM_LOG_DIRTY);
	vcpu_arg(vcpu, 0, TEST_GPA);
	vcpu_arg(vcpu, 1, page_size());
	check_strides(vcpu, bitmap, 1);
	faults = vcpu_stat(vcpu, "faults");
	CHECK_GE(faults, MANY);
	check_strides(vcpu, bitmap, 1);
	check_strides(vcpu, bitmap, 3);
	if (!hardware_logs()) {
		CHECK_GE(vcpu_stat(vcpu, "faults"), faults + MANY);
		return;
	}
	CHECK_LT(vcpu_stat(vcpu, "faults"), faults + MANY / 2);
	CHECK_GT(vcpu_stat(vcpu, "dirty_log_full"), 0);
}

/* ------------------------------------------------------------------------- */
/* Migration                                                                 */
/* ------------------------------------------------------------------------- */

static bool stop;

/* Writes all over, in an order of its own on each vCPU. */
static __guest void guest_scribbles(__u64 gpa, __u64 len)
{
	__u64 seed = guest_id() * 2 + 1, value = 0;

	while (!READ_ONCE(stop)) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		WRITE_ONCE(*(__u64 *)(gpa + (seed >> 20) % (len / 8) * 8), ++value);
	}
}

/* Copy what is dirty. */
static unsigned int copy_dirty(struct vm *vm, char *from, char *to, __u64 *bitmap)
{
	unsigned int i, copied = 0;

	CHECK_OK(axvm_mem_get_dirty(vm->fd, TEST_GPA, PAGES * page_size(), bitmap));
	for (i = 0; i < PAGES; i++) {
		if (!(bitmap[i / 64] >> i % 64 & 1))
			continue;
		memcpy(to + i * page_size(), from + i * page_size(), page_size());
		copied++;
	}
	return copied;
}

/* The copy is the memory if no write was ever missed. */
TEST(copy_under_a_running_guest)
{
	__u64 len = PAGES * page_size();
	char *copy = host_alloc(len, page_size());
	struct vm *vm = vm_create(0);
	__u64 bitmap[WORDS];
	char *memory = vm_map(vm, TEST_GPA, len, MEM_RW | AXVM_MEM_LOG_DIRTY);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		vcpu_create(vm, i, guest_scribbles);
		vcpu_arg(vm->vcpus[i], 0, TEST_GPA);
		vcpu_arg(vm->vcpus[i], 1, len);
		vcpu_start(vm->vcpus[i]);
	}
	for (i = 0; i < 100; i++)
		wait_until(copy_dirty(vm, memory, copy, bitmap));
	*guest_var(vm, stop) = true;
	vcpu_join(vm->vcpus[0]);
	vcpu_join(vm->vcpus[1]);
	copy_dirty(vm, memory, copy, bitmap);
	CHECK_EQ(memcmp(memory, copy, len), 0);
}

TEST_HARNESS_MAIN
