// SPDX-License-Identifier: GPL-2.0
/*
 * The test's own image, as guest memory
 *
 * Tests are static executables at fixed addresses. The copy is taken from the
 * running process, not from its file: so a test may prepare global variables
 * before it makes the VM, like a parent does before it forks.
 */
#include <link.h>

#include "image.h"

static __u64 page_down(const void *p)
{
	return (__u64)p & ~(page_size() - 1);
}

static __u64 page_up(const void *p)
{
	return page_down((const char *)p + page_size() - 1);
}

__u64 image_start(void)
{
	return page_down(__executable_start);
}

__u64 image_len(void)
{
	return page_up(_end) - image_start();
}

/* Called for the program itself first; what follows is the vDSO. */
static int copy_segments(struct dl_phdr_info *info, size_t size, void *image)
{
	__u64 i, start;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD)
			continue;
		start = info->dlpi_phdr[i].p_vaddr;
		memcpy(image + (start - image_start()), (void *)start,
		       info->dlpi_phdr[i].p_memsz);
	}
	return 1;
}

static void map_part(struct vm *vm, __u64 from, __u64 to, __u32 flags)
{
	char *hva = (char *)vm->image + (from - image_start());

	if (from < to)
		CHECK_OK(axvm_mem_map(vm->fd, from, hva, to - from, flags));
}

void image_load(struct vm *vm)
{
	__u64 text = page_down(__start_guest_text);
	__u64 text_end = page_up(__stop_guest_text);
	__u64 end = image_start() + image_len();

	CHECK_LE(end, UCALL_GPA);
	vm->image = host_alloc(image_len(), page_size());
	dl_iterate_phdr(copy_segments, vm->image);
	map_part(vm, image_start(), text, MEM_RW);
	map_part(vm, text, text_end, MEM_RWX);
	map_part(vm, text_end, end, MEM_RW);
}
