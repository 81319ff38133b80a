// SPDX-License-Identifier: GPL-2.0
/*
 * Memory in pages of 1 GiB: mapped as large in stage 2, and split where it must be
 */
#include <sys/mman.h>

#include "accessor.h"
#include "test.h"

#define GIB		0x40000000ULL
#define PAGES		(GIB / page_size())
#define GPA		(4 * GIB)
#define POOL		"/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"

#ifndef MAP_HUGE_1GB
#define MAP_HUGE_1GB	(30 << 26)
#endif

FIXTURE(gib) {
	struct vcpu *vcpu;
	char *hva;
	__u64 pages;
};

static long pool_before;

/* Before the first test, as only what is set in the parent outlives one. */
__attribute__((constructor)) static void look_at_pool(void)
{
	pool_before = read_number(POOL);
}

static char *gib_page(void)
{
	struct axvm_system_info info;
	void *hva;

	CHECK_OK(axvm_get_system_info(system_fd(), &info));
	if (!(info.page_sizes & GIB))
		test_skip("stage 2 has no pages of 1 GiB here");
	if (pool_before < 1 && (write_string(POOL, "1") || read_number(POOL) < 1))
		test_skip("there is no hugetlb page of 1 GiB: too little memory, or in pieces");
	hva = mmap(NULL, GIB, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_1GB, -1, 0);
	if (hva == MAP_FAILED)
		test_skip("hugetlb: %s", strerror(errno));
	return hva;
}

static __u64 stage2_pages(struct vcpu *vcpu)
{
	return vm_info(vcpu->vm).stage2_pages;
}

FIXTURE_SETUP(gib)
{
	self->hva = gib_page();
	self->vcpu = accessor_new(0);
	self->pages = stage2_pages(self->vcpu);
	CHECK_OK(axvm_mem_map(self->vcpu->vm->fd, GPA, self->hva, GIB, MEM_RW));
}

FIXTURE_TEARDOWN_PARENT(gib)
{
	if (pool_before < 1)
		write_string(POOL, "0");
}

TEST_F(gib, one_touch_maps_all)
{
	__u64 faults, i;

	accessor_write(self->vcpu, GPA + 0x1000, 1);
	CHECK_EQ(stage2_pages(self->vcpu), self->pages + PAGES);
	faults = vcpu_stat(self->vcpu, "faults");
	for (i = 0; i < 64; i++)
		accessor_write(self->vcpu, GPA + i * (GIB / 64), i);
	CHECK_EQ(vcpu_stat(self->vcpu, "faults"), faults);
	for (i = 0; i < 64; i++)
		CHECK_EQ(*(__u64 *)(self->hva + i * (GIB / 64)), i);
}

TEST_F(gib, unmap_inside)
{
	accessor_write(self->vcpu, GPA, 1);
	accessor_write(self->vcpu, GPA + GIB / 2 + page_size(), 2);
	CHECK_OK(axvm_mem_unmap(self->vcpu->vm->fd, GPA + GIB / 2, page_size()));
	accessor_read_mmio(self->vcpu, GPA + GIB / 2);
	CHECK_EQ(accessor_read(self->vcpu, GPA), 1);
	CHECK_EQ(accessor_read(self->vcpu, GPA + GIB / 2 + page_size()), 2);
	CHECK_EQ(accessor_read(self->vcpu, GPA + GIB - 8), 0);
}

TEST_F(gib, dirty_log)
{
	__u64 word;

	accessor_write(self->vcpu, GPA, 1);
	CHECK_OK(axvm_mem_protect(self->vcpu->vm->fd, GPA, GIB, MEM_RW | AXVM_MEM_LOG_DIRTY));
	accessor_write(self->vcpu, GPA + 3 * page_size(), 1);
	CHECK_OK(axvm_mem_get_dirty(self->vcpu->vm->fd, GPA, 64 * page_size(), &word));
	CHECK_EQ(word, 8);
	CHECK_OK(axvm_mem_get_dirty(self->vcpu->vm->fd, GPA + GIB - 64 * page_size(),
				    64 * page_size(), &word));
	CHECK_EQ(word, 0);
}

TEST_HARNESS_MAIN
