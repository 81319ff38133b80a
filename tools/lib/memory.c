// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1
/*
 * The VM file: guest memory
 */
#include "internal.h"

static int memory_call(int vm, unsigned long nr, const struct axvm_memory *range)
{
	struct axvm_memory arg = *range;

	arg.size = sizeof(arg);
	return axvm_ioctl(vm, nr, &arg);
}

int axvm_mem_map(int vm, __u64 gpa, void *hva, __u64 len, __u32 flags)
{
	return memory_call(vm, AXVM_MEM_MAP, &(struct axvm_memory){
		.flags = flags, .gpa = gpa, .len = len, .hva = axvm_address(hva),
	});
}

int axvm_mem_unmap(int vm, __u64 gpa, __u64 len)
{
	return memory_call(vm, AXVM_MEM_UNMAP, &(struct axvm_memory){
		.gpa = gpa, .len = len,
	});
}

int axvm_mem_protect(int vm, __u64 gpa, __u64 len, __u32 flags)
{
	return memory_call(vm, AXVM_MEM_PROTECT, &(struct axvm_memory){
		.flags = flags, .gpa = gpa, .len = len,
	});
}

int axvm_mem_replace(int vm, __u64 gpa, void *hva, __u64 len, __u32 flags)
{
	return memory_call(vm, AXVM_MEM_REPLACE, &(struct axvm_memory){
		.flags = flags, .gpa = gpa, .len = len, .hva = axvm_address(hva),
	});
}

int axvm_mem_get_dirty(int vm, __u64 gpa, __u64 len, void *bitmap)
{
	struct axvm_dirty arg = {
		.size = sizeof(arg),
		.gpa = gpa,
		.len = len,
		.bitmap = axvm_address(bitmap),
	};

	return axvm_ioctl(vm, AXVM_MEM_GET_DIRTY, &arg);
}
