// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of the host and of the guest
 */
#include <sys/mman.h>
#include <unistd.h>

#include "image.h"

__u64 page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

void *host_alloc(__u64 len, __u64 align)
{
	__u64 slack = align > page_size() ? align : 0;
	char *p = CHECK_SYS(mmap(NULL, len + slack, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));

	if (slack)
		p += align - ((__u64)p & (align - 1));
	return p;
}

void *vm_map(struct vm *vm, __u64 gpa, __u64 len, __u32 flags)
{
	void *hva = host_alloc(len, page_size());

	CHECK_OK(axvm_mem_map(vm->fd, gpa, hva, len, flags));
	return hva;
}

__u64 vm_alloc(struct vm *vm, __u64 len)
{
	__u64 gpa = RAM_GPA + vm->ram_used;

	len = (len + page_size() - 1) & ~(page_size() - 1);
	CHECK_LE(vm->ram_used + len, RAM_LEN);
	vm->ram_used += len;
	return gpa;
}

void *vm_hva(struct vm *vm, __u64 gpa)
{
	if (gpa - RAM_GPA < RAM_LEN)
		return (char *)vm->ram + (gpa - RAM_GPA);
	if (gpa - image_start() < image_len())
		return (char *)vm->image + (gpa - image_start());
	FAIL("guest address 0x%llx is not in the image or the RAM", gpa);
}
