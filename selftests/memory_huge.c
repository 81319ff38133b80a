// SPDX-License-Identifier: GPL-2.0
/*
 * Huge pages: mapped huge where they can be, and split where they must be
 *
 * What tells is struct axvm_vm_info: a huge page appears in stage2_pages at the
 * first touch with all of its 4 KiB pages.
 */
#include <stdio.h>

#include "accessor.h"
#include "test.h"

#define HUGE		(2ULL << 20)
#define HUGE_PAGES	(HUGE / page_size())
#define GPA		(TEST_GPA + 16 * HUGE)

#define THP_PATH	"/sys/kernel/mm/transparent_hugepage/"
#define HUGETLB_PATH	"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

FIXTURE(huge) {
	struct vcpu *vcpu;
	char *hva;		/* two huge pages */
	__u64 pages;		/* stage2_pages before the guest touched any of them */
};

FIXTURE_VARIANT(huge) {
	bool hugetlb;
};

FIXTURE_VARIANT_ADD(huge, transparent) {
	.hugetlb = false,
};

FIXTURE_VARIANT_ADD(huge, hugetlb) {
	.hugetlb = true,
};

/* AnonHugePages of the mapping at @hva in /proc/self/smaps, in bytes. */
static __u64 anon_huge(void *hva)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	__u64 start, end, kib = 0;
	bool inside = false;
	char line[256];

	CHECK(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx-%llx ", &start, &end) == 2)
			inside = start <= (__u64)hva && (__u64)hva < end;
		if (inside && sscanf(line, "AnonHugePages: %llu kB", &kib) == 1)
			break;
	}
	fclose(file);
	return kib << 10;
}

static char *transparent_pages(void)
{
	char *hva = host_alloc(2 * HUGE, HUGE);

	if (write_string(THP_PATH "enabled", "madvise"))
		test_skip("this kernel has no transparent huge pages");
	CHECK_SYS(madvise(hva, 2 * HUGE, MADV_HUGEPAGE));
	memset(hva, 0, 2 * HUGE);
	if (anon_huge(hva) < 2 * HUGE)
		test_skip("the kernel had no huge pages to give");
	return hva;
}

static char *hugetlb_pages(void)
{
	void *hva;

	if (write_string(HUGETLB_PATH, "4") || read_number(HUGETLB_PATH) < 2)
		test_skip("there are no hugetlb pages of 2 MiB");
	hva = mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (hva == MAP_FAILED)
		test_skip("hugetlb: %s", strerror(errno));
	memset(hva, 0, 2 * HUGE);
	return hva;
}

static __u64 stage2_pages(struct vcpu *vcpu)
{
	return vm_info(vcpu->vm).stage2_pages;
}

FIXTURE_SETUP(huge)
{
	self->vcpu = accessor_new(0);
	self->hva = variant->hugetlb ? hugetlb_pages() : transparent_pages();
	/* Its page tables are among what the guest has anyhow. */
	accessor_read_mmio(self->vcpu, GPA);
	self->pages = stage2_pages(self->vcpu);
}

FIXTURE_TEARDOWN(huge)
{
	vm_destroy(self->vcpu->vm);
}

static void map_both(struct vcpu *vcpu, void *hva, __u32 flags)
{
	CHECK_OK(axvm_mem_map(vcpu->vm->fd, GPA, hva, 2 * HUGE, flags));
}

/* The word that tests use in page @n of the two huge ones. */
static __u64 *word_of(char *hva, __u64 n)
{
	return (__u64 *)(hva + n * page_size());
}

static __u64 gpa_of(__u64 n)
{
	return GPA + n * page_size();
}

TEST_F(huge, one_touch_maps_all)
{
	__u64 tables = vm_info(self->vcpu->vm).stage2_tables;
	__u64 faults, i;

	map_both(self->vcpu, self->hva, MEM_RW);
	accessor_write(self->vcpu, gpa_of(3), 33);
	CHECK_EQ(stage2_pages(self->vcpu), self->pages + HUGE_PAGES);
	faults = vcpu_stat(self->vcpu, "faults");
	for (i = 0; i < HUGE_PAGES; i += 37)
		accessor_write(self->vcpu, gpa_of(i), i);
	CHECK_EQ(vcpu_stat(self->vcpu, "faults"), faults);
	CHECK_EQ(stage2_pages(self->vcpu), self->pages + HUGE_PAGES);
	accessor_read(self->vcpu, gpa_of(HUGE_PAGES));
	CHECK_EQ(stage2_pages(self->vcpu), self->pages + 2 * HUGE_PAGES);
	/* A leaf at a level above 4 KiB needs no table of its own. */
	CHECK_LE(vm_info(self->vcpu->vm).stage2_tables, tables + 3);
	for (i = 0; i < HUGE_PAGES; i += 37)
		CHECK_EQ(*word_of(self->hva, i), i);
	CHECK_GE(vcpu_stat(self->vcpu, "huge_pages"), 2);
}

/* Where guest and host addresses do not agree, small pages must do. */
TEST_F(huge, misaligned)
{
	__u64 page = page_size(), i;

	CHECK_OK(axvm_mem_map(self->vcpu->vm->fd, GPA + page, self->hva, 2 * HUGE, MEM_RW));
	accessor_write(self->vcpu, GPA + page, 1);
	CHECK_EQ(stage2_pages(self->vcpu), self->pages + 1);
	for (i = 1; i < 2 * HUGE_PAGES; i += 41)
		accessor_write(self->vcpu, GPA + page + i * page, i);
	for (i = 1; i < 2 * HUGE_PAGES; i += 41)
		CHECK_EQ(*word_of(self->hva, i), i);
}

/* A mapping that ends inside a huge page must not let the guest reach the rest. */
TEST_F(huge, mapping_ends_inside)
{
	__u64 page = page_size();

	CHECK_OK(axvm_mem_map(self->vcpu->vm->fd, GPA, self->hva, HUGE - page, MEM_RW));
	accessor_write(self->vcpu, GPA, 1);
	accessor_write(self->vcpu, GPA + HUGE - 2 * page, 2);
	accessor_write_mmio(self->vcpu, GPA + HUGE - page);
	CHECK_EQ(*word_of(self->hva, HUGE_PAGES - 1), 0);
}

TEST_F(huge, unmap_inside)
{
	__u64 page = page_size(), i;

	map_both(self->vcpu, self->hva, MEM_RW);
	for (i = 0; i < HUGE_PAGES; i += 16)
		accessor_write(self->vcpu, gpa_of(i), i + 1);
	CHECK_OK(axvm_mem_unmap(self->vcpu->vm->fd, gpa_of(32), page));
	accessor_read_mmio(self->vcpu, gpa_of(32));
	for (i = 0; i < HUGE_PAGES; i += 16)
		if (i != 32)
			CHECK_EQ(accessor_read(self->vcpu, gpa_of(i)), i + 1);
	CHECK_OK(axvm_mem_unmap(self->vcpu->vm->fd, GPA, 32 * page));
	CHECK_OK(axvm_mem_unmap(self->vcpu->vm->fd, gpa_of(33), 2 * HUGE - 33 * page));
	CHECK_EQ(stage2_pages(self->vcpu), self->pages);
}

TEST_F(huge, protect_inside)
{
	map_both(self->vcpu, self->hva, MEM_RW);
	accessor_write(self->vcpu, gpa_of(0), 1);
	CHECK_OK(axvm_mem_protect(self->vcpu->vm->fd, gpa_of(7), page_size(), AXVM_MEM_READ));
	accessor_write_mmio(self->vcpu, gpa_of(7));
	CHECK_EQ(accessor_read(self->vcpu, gpa_of(7)), 0);
	accessor_write(self->vcpu, gpa_of(6), 6);
	accessor_write(self->vcpu, gpa_of(8), 8);
	CHECK_EQ(*word_of(self->hva, 7), 0);
	CHECK_EQ(*word_of(self->hva, 8), 8);
}

/* The dirty log's grain is the small page, whatever is behind it. */
TEST_F(huge, dirty_log)
{
	__u64 bitmap[HUGE_PAGES / 64];
	__u64 i;

	map_both(self->vcpu, self->hva, MEM_RW);
	accessor_write(self->vcpu, gpa_of(0), 1);
	CHECK_OK(axvm_mem_protect(self->vcpu->vm->fd, GPA, 2 * HUGE, MEM_RW | AXVM_MEM_LOG_DIRTY));
	CHECK_OK(axvm_mem_get_dirty(self->vcpu->vm->fd, GPA, HUGE, bitmap));
	for (i = 0; i < HUGE_PAGES / 64; i++)
		CHECK_EQ(bitmap[i], 0);
	accessor_write(self->vcpu, gpa_of(65), 1);
	accessor_read(self->vcpu, gpa_of(66));
	CHECK_OK(axvm_mem_get_dirty(self->vcpu->vm->fd, GPA, HUGE, bitmap));
	for (i = 0; i < HUGE_PAGES / 64; i++)
		CHECK_EQ(bitmap[i], i == 1 ? 2 : 0);
	/* Switched off, it is huge again: some touches later no more than one fault. */
	CHECK_OK(axvm_mem_protect(self->vcpu->vm->fd, GPA, 2 * HUGE, MEM_RW));
	accessor_write(self->vcpu, gpa_of(70), 1);
	CHECK_EQ(*word_of(self->hva, 70), 1);
}

/* A child shares the pages: both sides go on with their own. */
TEST_F(huge, fork)
{
	__u64 i;
	int status;
	pid_t pid;

	map_both(self->vcpu, self->hva, MEM_RW);
	for (i = 0; i < HUGE_PAGES; i += 16)
		accessor_write(self->vcpu, gpa_of(i), i + 1);
	pid = CHECK_SYS(fork());
	if (!pid) {
		/* Without the parent going on until this has ended: memory is tight. */
		for (i = 0; i < HUGE_PAGES; i += 16)
			CHECK_EQ(*word_of(self->hva, i), i + 1);
		_exit(0);
	}
	CHECK_SYS(waitpid(pid, &status, 0));
	CHECK_EQ(status, 0);
	for (i = 0; i < HUGE_PAGES; i += 16) {
		accessor_write(self->vcpu, gpa_of(i), i + 1001);
		CHECK_EQ(*word_of(self->hva, i), i + 1001);
	}
}

/* The host splits its huge page, or gives all of it back. */
TEST_F(huge, madvise_dontneed)
{
	__u64 part = variant->hugetlb ? HUGE : 16 * page_size();
	__u64 i;

	map_both(self->vcpu, self->hva, MEM_RW);
	for (i = 0; i < HUGE_PAGES; i += 8)
		accessor_write(self->vcpu, gpa_of(i), i + 1);
	CHECK_SYS(madvise(self->hva, part, MADV_DONTNEED));
	for (i = 0; i < HUGE_PAGES; i += 8)
		CHECK_EQ(accessor_read(self->vcpu, gpa_of(i)),
			 i * page_size() < part ? 0 : i + 1);
}

TEST_F(huge, mprotect_inside)
{
	if (variant->hugetlb)
		SKIP(return, "a hugetlb page has one protection");
	map_both(self->vcpu, self->hva, MEM_RW);
	accessor_write(self->vcpu, gpa_of(0), 1);
	CHECK_SYS(mprotect(self->hva + page_size(), page_size(), PROT_READ));
	accessor_order_write(self->vcpu, gpa_of(1), 1);
	vcpu_expect(self->vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(self->vcpu->ax.exit->memory_fault.error, -EFAULT);
	CHECK_SYS(mprotect(self->hva + page_size(), page_size(), PROT_READ | PROT_WRITE));
	accessor_finish(self->vcpu);
	accessor_write(self->vcpu, gpa_of(2), 3);
	CHECK_EQ(*word_of(self->hva, 2), 3);
}

TEST_HARNESS_MAIN
