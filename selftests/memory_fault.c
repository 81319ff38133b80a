// SPDX-License-Identifier: GPL-2.0
/*
 * Memory faults: accesses that the VMM's memory cannot satisfy
 */
#include <fcntl.h>

#include "test.h"

static __guest void guest_read(__u64 gpa)
{
	GUEST_SYNC(1, READ_ONCE(*(__u64 *)gpa));
}

static __guest void guest_write(__u64 gpa)
{
	WRITE_ONCE(*(__u64 *)gpa, 0x1234);
	GUEST_SYNC(1);
}

static struct vcpu *vcpu_at(void *fn, __u64 gpa)
{
	struct vcpu *vcpu = vcpu_new(fn);

	vcpu_arg(vcpu, 0, gpa);
	return vcpu;
}

static void expect_fault(struct vcpu *vcpu, __u64 gpa, __u32 access, int error)
{
	const struct axvm_run_exit *exit = vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);

	CHECK_EQ(exit->memory_fault.gpa, gpa);
	CHECK_EQ(exit->memory_fault.access, access);
	CHECK_EQ(exit->memory_fault.error, -error);
	CHECK_EQ(exit->memory_fault.pad, 0);
	CHECK_EQ(exit->memory_fault.flags & ~(AXVM_FAULT_GVA | AXVM_FAULT_TABLE_WALK), 0);
	if (exit->memory_fault.flags & AXVM_FAULT_GVA)
		CHECK_EQ(exit->memory_fault.gva, gpa);
	CHECK_EQ(exit->flags & AXVM_EXIT_WANTS_ANSWER, 0);
}

/* A mapping whose host memory is not there; the VMM puts it there, and on it goes. */
TEST(host_hole)
{
	struct vcpu *vcpu = vcpu_at(guest_read, TEST_GPA + 8);
	__u64 *hva = host_alloc(page_size(), page_size());

	CHECK_SYS(munmap(hva, page_size()));
	CHECK_OK(axvm_mem_map(vcpu->vm->fd, TEST_GPA, hva, page_size(), MEM_RW));
	expect_fault(vcpu, TEST_GPA + 8, AXVM_MEM_READ, EFAULT);
	/* Nothing changed: the access is tried again. */
	expect_fault(vcpu, TEST_GPA + 8, AXVM_MEM_READ, EFAULT);

	CHECK_SYS(mmap(hva, page_size(), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	hva[1] = 77;
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 77);
}

TEST(host_memory_without_access)
{
	struct vcpu *vcpu = vcpu_at(guest_read, TEST_GPA);
	void *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), MEM_RW);

	CHECK_SYS(mprotect(hva, page_size(), PROT_NONE));
	expect_fault(vcpu, TEST_GPA, AXVM_MEM_READ, EFAULT);
	CHECK_SYS(mprotect(hva, page_size(), PROT_READ));
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 0);
}

/* The guest may write and the process may not: the process's right counts. */
TEST(host_memory_read_only)
{
	struct vcpu *vcpu = vcpu_at(guest_write, TEST_GPA);
	__u64 *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), MEM_RW);

	CHECK_SYS(mprotect(hva, page_size(), PROT_READ));
	expect_fault(vcpu, TEST_GPA, AXVM_MEM_WRITE, EFAULT);
	CHECK_EQ(READ_ONCE(*hva), 0);
	CHECK_SYS(mprotect(hva, page_size(), PROT_READ | PROT_WRITE));
	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(READ_ONCE(*hva), 0x1234);
}

/* Where the process itself would get SIGBUS. */
TEST(beyond_the_end_of_a_file)
{
	struct vcpu *vcpu = vcpu_at(guest_read, TEST_GPA);
	int fd = CHECK_SYS(memfd_create("test", MFD_CLOEXEC));
	__u64 value = 55;
	void *hva;

	hva = CHECK_SYS(mmap(NULL, page_size(), PROT_READ, MAP_SHARED, fd, 0));
	CHECK_OK(axvm_mem_map(vcpu->vm->fd, TEST_GPA, hva, page_size(), AXVM_MEM_READ));
	expect_fault(vcpu, TEST_GPA, AXVM_MEM_READ, EFAULT);
	CHECK_SYS(pwrite(fd, &value, sizeof(value), 0));
	CHECK_EQ(vcpu_expect_sync(vcpu, 1)->args[1], 55);
}

static const __u8 a_return[] = GUEST_RETURN;

static __guest void guest_call(__u64 gpa)
{
	guest_sync_code();
	((void (*)(void))gpa)();
	GUEST_SYNC(1);
}

TEST(fetch_where_nothing_is_mapped)
{
	struct vcpu *vcpu = vcpu_at(guest_call, TEST_GPA);

	expect_fault(vcpu, TEST_GPA, AXVM_MEM_EXEC, ENOENT);
	expect_fault(vcpu, TEST_GPA, AXVM_MEM_EXEC, ENOENT);
}

/* Then the memory appears, with a function in it. */
TEST(fetch_without_the_right)
{
	struct vcpu *vcpu = vcpu_at(guest_call, TEST_GPA);
	void *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), MEM_RW);

	memcpy(hva, a_return, sizeof(a_return));
	expect_fault(vcpu, TEST_GPA, AXVM_MEM_EXEC, EACCES);
	CHECK_OK(axvm_mem_protect(vcpu->vm->fd, TEST_GPA, page_size(), MEM_RWX));
	vcpu_expect_sync(vcpu, 1);
}

static __guest void guest_call_twice(__u64 gpa)
{
	guest_call(gpa);
	guest_call(gpa);
}

TEST(the_right_to_execute_can_be_taken_back)
{
	struct vcpu *vcpu = vcpu_at(guest_call_twice, TEST_GPA);
	void *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), MEM_RWX);

	memcpy(hva, a_return, sizeof(a_return));
	vcpu_expect_sync(vcpu, 1);
	CHECK_OK(axvm_mem_protect(vcpu->vm->fd, TEST_GPA, page_size(), MEM_RW));
	expect_fault(vcpu, TEST_GPA, AXVM_MEM_EXEC, EACCES);
}

/* A hole is a matter of one page: its neighbours work. */
static __guest void guest_around(__u64 gpa, __u64 page)
{
	WRITE_ONCE(*(__u64 *)(gpa - 8), 1);
	WRITE_ONCE(*(__u64 *)(gpa + page), 2);
	WRITE_ONCE(*(__u64 *)gpa, 3);
	GUEST_SYNC(1);
}

TEST(hole_between_pages)
{
	__u64 page = page_size();
	struct vcpu *vcpu = vcpu_at(guest_around, TEST_GPA + page);
	char *hva = vm_map(vcpu->vm, TEST_GPA, 3 * page, MEM_RW);

	vcpu_arg(vcpu, 1, page);
	CHECK_SYS(munmap(hva + page, page));
	expect_fault(vcpu, TEST_GPA + page, AXVM_MEM_WRITE, EFAULT);
	CHECK_EQ(READ_ONCE(*(__u64 *)(hva + page - 8)), 1);
	CHECK_EQ(READ_ONCE(*(__u64 *)(hva + 2 * page)), 2);
}

TEST_HARNESS_MAIN
