// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: a PFN mapping of the process, given to the guest
 */
#include <fcntl.h>

#include "test.h"

/* What to look at, of what the machine may have. */
struct candidate {
	const char *name;
	__u64 address;
	bool counts;	/* it only goes up; otherwise it stays as it is */
};

static const struct candidate candidates[] = ARCH_DEVICE_MEMORY;

static __guest void guest_reads(__u64 gpa)
{
	for (;;)
		GUEST_SYNC(1, guest_mmio_read32(gpa));
}

static __u32 *map_device(const struct candidate **which)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	unsigned int i;
	void *hva;

	if (fd < 0)
		test_skip("/dev/mem: %s", strerror(errno));
	for (i = 0; i < ARRAY_SIZE(candidates); i++) {
		hva = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   candidates[i].address);
		if (hva == MAP_FAILED)
			continue;
		*which = &candidates[i];
		test_note("using the %s", candidates[i].name);
		return hva;
	}
	test_skip("/dev/mem: no device of this machine can be mapped: %s", strerror(errno));
}

/* The clock's low word counts nanoseconds: reading it is a matter of moments. */
static bool between(__u32 before, __u32 value, __u32 after)
{
	return value - before <= after - before;
}

static void check_value(struct vcpu *vcpu, const struct candidate *device, const __u32 *hva)
{
	__u32 before = READ_ONCE(*hva);
	__u32 value = vcpu_expect_sync(vcpu, 1)->args[1];
	__u32 after = READ_ONCE(*hva);

	if (device->counts)
		CHECK(between(before, value, after));
	else
		CHECK_EQ(value, before);
}

TEST(guest_reads_a_device)
{
	struct vcpu *vcpu = vcpu_new(guest_reads);
	const struct candidate *device;
	struct axvm_system_info info;
	__u32 *hva = map_device(&device);
	__u64 i;

	CHECK_OK(axvm_get_system_info(system_fd(), &info));
	CHECK(info.features & AXVM_FEATURE_DEVICE_MEMORY);
	CHECK_OK(axvm_mem_map(vcpu->vm->fd, TEST_GPA, hva, page_size(), MEM_RW));
	vcpu_arg(vcpu, 0, TEST_GPA);
	for (i = 0; i < 10; i++)
		check_value(vcpu, device, hva);
	/* The device itself answered: no exit but the ucalls. */
	CHECK_EQ(vcpu_stat(vcpu, "exit_mmio_read"), 0);
}

/* Gone from the process, gone from the guest. */
TEST(unmapped_device)
{
	struct vcpu *vcpu = vcpu_new(guest_reads);
	const struct candidate *device;
	__u32 *hva = map_device(&device);

	CHECK_OK(axvm_mem_map(vcpu->vm->fd, TEST_GPA, hva, page_size(), MEM_RW));
	vcpu_arg(vcpu, 0, TEST_GPA);
	check_value(vcpu, device, hva);
	CHECK_SYS(munmap(hva, page_size()));
	vcpu_expect(vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(vcpu->ax.exit->memory_fault.error, -EFAULT);
}

TEST_HARNESS_MAIN
