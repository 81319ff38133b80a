// SPDX-License-Identifier: GPL-2.0
/*
 * Every ioctl with every errno that the interface documents
 *
 * What all ioctls have in common is tried with each of them, from one table;
 * then come the errnos that one ioctl has for itself. Those of registers, RUN and
 * the dirty log that need a guest are in the tests of those.
 */
#include <fcntl.h>
#include <sys/resource.h>

#include "calls.h"
#include "test.h"

#define DEVICE_GPA	(MMIO_GPA + 0x2000000)

FIXTURE(ioctls) {
	struct files files;
};

FIXTURE_SETUP(ioctls)
{
	files_open(&self->files);
}

FIXTURE_TEARDOWN(ioctls)
{
	vm_destroy(self->files.vcpu->vm);
}

/* ------------------------------------------------------------------------- */
/* What they have in common                                                  */
/* ------------------------------------------------------------------------- */

/* Numbers that are nobody's: of other sizes and directions too. */
TEST_F(ioctls, unknown)
{
	static const unsigned long unknown[] = {
		_IO(AXVM_IOC, 0x05), _IO(AXVM_IOC, 0x1f), _IO(AXVM_IOC, 0x35), _IO(AXVM_IOC, 0xff),
		_IO(AXVM_IOC - 1, 0), _IO(0, 0), ~0UL,
		_IOR(AXVM_IOC, 0x00, int), _IOW(AXVM_IOC, 0x01, int), _IOWR(AXVM_IOC, 0x30, long),
	};
	unsigned int i, kind;

	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		for (kind = 0; kind < NR_FILE_KINDS; kind++)
			CHECK_ERRNO(files_ioctl(&self->files, kind, unknown[i], NULL), ENOTTY);
}

static bool kind_has(enum file_kind kind, unsigned long nr)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++)
		if (calls[i].kind == kind && calls[i].nr == nr)
			return true;
	return kind == FILE_VCPU && (nr == AXVM_RUN || nr == AXVM_KICK);
}

/* What one kind of file has, another one has not, with any argument. */
TEST_F(ioctls, of_another_kind_of_file)
{
	unsigned int i, kind;

	for (i = 0; i < nr_calls; i++)
		for (kind = 0; kind < NR_FILE_KINDS; kind++)
			if (!kind_has(kind, calls[i].nr))
				CHECK_ERRNO(files_ioctl(&self->files, kind, calls[i].nr, NULL),
					    ENOTTY);
	for (kind = 0; kind < FILE_VCPU; kind++) {
		CHECK_ERRNO(files_ioctl(&self->files, kind, AXVM_RUN, NULL), ENOTTY);
		CHECK_ERRNO(files_ioctl(&self->files, kind, AXVM_KICK, NULL), ENOTTY);
	}
}

/* An argument somewhere in a page, with an inaccessible page behind it. */
static void *arg_before_guard(size_t len)
{
	char *p = host_alloc(2 * page_size(), page_size());

	CHECK_SYS(mprotect(p + page_size(), page_size(), PROT_NONE));
	return p + page_size() - len;
}

/* A prepared argument has been spoilt: the call is refused, and does nothing. */
static void check_refused(struct files *files, const struct call *call, void *arg, int error)
{
	long ret = files_ioctl(files, call->kind, call->nr, arg);

	if (ret != -error)
		FAIL("%s: %ld, not %s", call->name, ret, strerror(error));
	call->undo(files, arg, -error);
}

static void check_success(struct files *files, const struct call *call, void *arg)
{
	long ret = files_ioctl(files, call->kind, call->nr, arg);

	if (ret < 0 && ret != -call->error)
		FAIL("%s: %s", call->name, strerror(-ret));
	call->undo(files, arg, ret);
}

/* A refused size; @beyond, if not NULL, is a byte that is not zero. */
static void check_size(struct files *files, const struct call *call, void *arg, __u32 size,
		       char *beyond, int error)
{
	call->prepare(files, arg);
	*(__u32 *)arg = size;
	if (beyond)
		*beyond = 1;
	check_refused(files, call, arg, error);
}

static void check_sizes(struct files *files, const struct call *call)
{
	char *arg = arg_before_guard(call->size + 64);
	__u32 size;

	for (size = 0; size < call->size; size++)
		check_size(files, call, arg, size, NULL, EINVAL);

	for (size = call->size; size <= call->size + 64; size++) {
		memset(arg, 0, call->size + 64);
		call->prepare(files, arg);
		*(__u32 *)arg = size;
		check_success(files, call, arg);
		if (size > call->size)
			check_size(files, call, arg, size, &arg[size - 1], E2BIG);
	}
	check_size(files, call, arg, size - 1, &arg[call->size], E2BIG);
	check_size(files, call, arg, ~0U, NULL, E2BIG);
}

TEST_F(ioctls, sizes)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++) {
		test_note("%s", calls[i].name);
		check_sizes(&self->files, &calls[i]);
	}
}

static void check_flags(struct files *files, const struct call *call)
{
	char *arg = arg_before_guard(call->size);
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		if (call->flags & 1U << bit)
			continue;
		call->prepare(files, arg);
		*(__u32 *)(arg + call->flags_at) |= 1U << bit;
		check_refused(files, call, arg, EINVAL);
	}
}

TEST_F(ioctls, unknown_flags)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++) {
		if (!calls[i].flags_at)
			continue;
		test_note("%s", calls[i].name);
		check_flags(&self->files, &calls[i]);
	}
}

static void check_padding(struct files *files, const struct call *call)
{
	char *arg = arg_before_guard(call->size);
	unsigned int byte;

	for (byte = 0; byte < 4; byte++) {
		call->prepare(files, arg);
		arg[call->pad_at + byte] = 1;
		check_refused(files, call, arg, EINVAL);
	}
}

TEST_F(ioctls, padding)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++) {
		if (!calls[i].pad_at)
			continue;
		test_note("%s", calls[i].name);
		check_padding(&self->files, &calls[i]);
	}
}

static void check_efault(struct files *files, const struct call *call)
{
	char *arg = arg_before_guard(call->size);
	size_t at;

	CHECK_ERRNO(files_ioctl(files, call->kind, call->nr, NULL), EFAULT);
	CHECK_ERRNO(files_ioctl(files, call->kind, call->nr, (void *)-8L), EFAULT);
	/* The size can be read, and the rest only in part. */
	for (at = 4; at < call->size; at += 4) {
		call->prepare(files, arg);
		memmove(arg + at, arg, call->size - at);
		CHECK_ERRNO(files_ioctl(files, call->kind, call->nr, arg + at), EFAULT);
		call->undo(files, arg, -EFAULT);
	}
}

TEST_F(ioctls, bad_addresses)
{
	unsigned int i;

	for (i = 0; i < nr_calls; i++) {
		test_note("%s", calls[i].name);
		check_efault(&self->files, &calls[i]);
	}
}

/* What is written back must be writable. */
TEST_F(ioctls, read_only_argument)
{
	unsigned int i;
	char *page, *arg;

	for (i = 0; i < nr_calls; i++) {
		if (!calls[i].writes)
			continue;
		test_note("%s", calls[i].name);
		page = host_alloc(page_size(), page_size());
		arg = page + page_size() - calls[i].size;
		calls[i].prepare(&self->files, arg);
		CHECK_SYS(mprotect(page, page_size(), PROT_READ));
		CHECK_ERRNO(files_ioctl(&self->files, calls[i].kind, calls[i].nr, arg), EFAULT);
		CHECK_SYS(mprotect(page, page_size(), PROT_READ | PROT_WRITE));
	}
}

/* A child has the files, and another address space. */
static void from_a_child(void *data)
{
	struct files *files = data;
	unsigned int i;
	char arg[256];

	for (i = 0; i < nr_calls; i++) {
		test_note("%s", calls[i].name);
		calls[i].prepare(files, arg);
		if (calls[i].kind == FILE_SYSTEM || calls[i].anywhere)
			check_success(files, &calls[i], arg);
		else
			CHECK_ERRNO(files_ioctl(files, calls[i].kind, calls[i].nr, arg), EPERM);
	}
	CHECK_ERRNO(files_ioctl(files, FILE_VCPU, AXVM_RUN, NULL), EPERM);
	CHECK_OK(files_ioctl(files, FILE_VCPU, AXVM_KICK, NULL));
}

TEST_F(ioctls, from_another_process)
{
	CHECK_EQ(run_in_child(from_a_child, &self->files), 0);
	/* The child's kick counts. */
	vcpu_expect(self->files.vcpu, AXVM_EXIT_KICK);
}

TEST_F(ioctls, everything_is_close_on_exec)
{
	unsigned int kind;

	for (kind = 0; kind < NR_FILE_KINDS; kind++)
		CHECK(CHECK_SYS(fcntl(self->files.fd[kind], F_GETFD)) & FD_CLOEXEC);
}

/* ------------------------------------------------------------------------- */
/* CREATE_VM, CREATE_VCPU                                                    */
/* ------------------------------------------------------------------------- */

/* No descriptor beyond those that are open, from @next (the lowest free one) on. */
static void limit_files(unsigned int next)
{
	struct rlimit limit;

	CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = next;
	CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
}

static int lowest_free_file(void)
{
	int next = CHECK_SYS(dup(0));

	CHECK_SYS(close(next));
	return next;
}

TEST_F(ioctls, no_file_descriptor_left)
{
	struct axvm_create_vcpu vcpu = { .size = sizeof(vcpu), .id = 9, .home_cpu = -1 };
	struct axvm_vm_info before = vm_info(self->files.vcpu->vm), after;
	int next = lowest_free_file();

	limit_files(next);
	CHECK_ERRNO(axvm_create_vm(self->files.fd[FILE_SYSTEM]), EMFILE);
	CHECK_ERRNO(files_ioctl(&self->files, FILE_VM, AXVM_CREATE_VCPU, &vcpu), EMFILE);
	after = vm_info(self->files.vcpu->vm);
	CHECK_EQ(after.vcpus, before.vcpus);
	/* The id was not used up. */
	limit_files(next + 1);
	CHECK_OK(files_ioctl(&self->files, FILE_VM, AXVM_CREATE_VCPU, &vcpu));
}

static int create_vcpu(struct files *files, __u64 id, int home)
{
	struct axvm_create_vcpu arg = { .size = sizeof(arg), .id = id, .home_cpu = home };

	return files_ioctl(files, FILE_VM, AXVM_CREATE_VCPU, &arg);
}

TEST_F(ioctls, create_vcpu)
{
	struct axvm_system_info info;
	int fd;

	CHECK_OK(axvm_get_system_info(self->files.fd[FILE_SYSTEM], &info));
	CHECK_ERRNO(create_vcpu(&self->files, 0, AXVM_HOME_ANY), EEXIST);
	CHECK_ERRNO(create_vcpu(&self->files, info.max_vcpu_id, AXVM_HOME_ANY), EINVAL);
	CHECK_ERRNO(create_vcpu(&self->files, ~0ULL, AXVM_HOME_ANY), EINVAL);
	CHECK_ERRNO(create_vcpu(&self->files, 1, -2), EINVAL);
	CHECK_ERRNO(create_vcpu(&self->files, 1, 1 << 20), EINVAL);
	CHECK_OK(create_vcpu(&self->files, info.max_vcpu_id - 1, AXVM_HOME_ANY));
	/* An id is free again when its vCPU is gone. */
	fd = CHECK_OK(create_vcpu(&self->files, 1, host_cpu(0)));
	CHECK_ERRNO(create_vcpu(&self->files, 1, host_cpu(0)), EEXIST);
	CHECK_SYS(close(fd));
	CHECK_OK(create_vcpu(&self->files, 1, host_cpu(0)));
}

TEST_F(ioctls, too_many_vcpus)
{
	struct axvm_system_info info;
	struct rlimit limit;
	unsigned int i;

	CHECK_OK(axvm_get_system_info(self->files.fd[FILE_SYSTEM], &info));
	limit.rlim_cur = info.max_vcpus + 64;
	limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		test_skip("the limit of open files cannot be raised to %u", info.max_vcpus + 64);
	for (i = 1; i < info.max_vcpus; i++)
		CHECK_OK(create_vcpu(&self->files, i, AXVM_HOME_ANY));
	CHECK_ERRNO(create_vcpu(&self->files, i, AXVM_HOME_ANY),
		    i < info.max_vcpu_id ? ENOSPC : EINVAL);
	CHECK_EQ(vm_info(self->files.vcpu->vm).vcpus, info.max_vcpus);
}

/* A home that this process may not run on. */
TEST_F(ioctls, home_cpus)
{
	struct axvm_vcpu *vcpu = &self->files.vcpu->ax;

	CHECK_ERRNO(axvm_bind(vcpu, -2), EINVAL);
	CHECK_ERRNO(axvm_bind(vcpu, 1 << 20), EINVAL);
	CHECK_OK(axvm_bind(vcpu, host_cpu(0)));
	CHECK_OK(axvm_bind(vcpu, AXVM_HOME_ANY));
	need_two_cpus();
	move_to_cpu(host_cpu(0));
	vm_destroy(self->files.vcpu->vm);
	files_open(&self->files);
	CHECK_ERRNO(create_vcpu(&self->files, 1, host_cpu(1)), ENXIO);
	CHECK_ERRNO(axvm_bind(&self->files.vcpu->ax, host_cpu(1)), ENXIO);
	CHECK_OK(axvm_bind(&self->files.vcpu->ax, host_cpu(0)));
}

/* ------------------------------------------------------------------------- */
/* SET_IRQ, SEND_MSI                                                         */
/* ------------------------------------------------------------------------- */

TEST_F(ioctls, set_irq_of_a_vcpu)
{
	int vcpu = self->files.fd[FILE_VCPU];

	CHECK_ERRNO(axvm_set_irq(vcpu, 64, 1), EINVAL);
	CHECK_ERRNO(axvm_set_irq(vcpu, ~0U, 1), EINVAL);
	CHECK_ERRNO(axvm_set_irq(vcpu, ARCH_NO_IRQ_INPUT, 1), EINVAL);
	CHECK_ERRNO(axvm_set_irq(vcpu, ARCH_IRQ_INPUT, 2), EINVAL);
	CHECK_OK(axvm_set_irq(vcpu, ARCH_IRQ_INPUT, 1));
	CHECK_OK(axvm_set_irq(vcpu, ARCH_IRQ_INPUT, 0));
}

/* Where nothing takes messages, no message is any good. */
TEST_F(ioctls, send_msi)
{
	int vm = self->files.fd[FILE_VM];

	if (ARCH_MSI_ERROR)
		CHECK_ERRNO(axvm_send_msi(vm, ARCH_MSI_ADDRESS, ARCH_MSI_DATA), ARCH_MSI_ERROR);
	else
		CHECK_OK(axvm_send_msi(vm, ARCH_MSI_ADDRESS, ARCH_MSI_DATA));
	CHECK_ERRNO(axvm_send_msi(vm, TEST_GPA, ARCH_MSI_DATA), ARCH_MSI_ERROR ?: EINVAL);
}

/* ------------------------------------------------------------------------- */
/* CREATE_DEVICE                                                             */
/* ------------------------------------------------------------------------- */

#ifdef ARCH_DEVICE_TYPE

TEST_F(ioctls, create_device)
{
	__u32 type = ARCH_DEVICE_TYPE;
	int vm = self->files.fd[FILE_VM];
	struct axvm_system_info info;

	CHECK_OK(axvm_get_system_info(self->files.fd[FILE_SYSTEM], &info));
	/* The fixture made one. */
	CHECK_ERRNO(axvm_create_device(vm, type, DEVICE_GPA, 8), EEXIST);
	close(self->files.fd[FILE_DEVICE]);
	CHECK_ERRNO(axvm_create_device(vm, 0, DEVICE_GPA, 8), EINVAL);
	CHECK_ERRNO(axvm_create_device(vm, 0x7fffffff, DEVICE_GPA, 8), EINVAL);
	CHECK_ERRNO(axvm_create_device(vm, type, DEVICE_GPA, 0), EINVAL);
	CHECK_ERRNO(axvm_create_device(vm, type, DEVICE_GPA, 1024), EINVAL);
	CHECK_ERRNO(axvm_create_device(vm, type, DEVICE_GPA, ~0U), EINVAL);
	CHECK_ERRNO(axvm_create_device(vm, type, DEVICE_GPA + 4, 8), EINVAL);
	CHECK_ERRNO(axvm_create_device(vm, type, 1ULL << info.gpa_bits, 8), EINVAL);
	CHECK_ERRNO(axvm_create_device(vm, type, (1ULL << info.gpa_bits) - page_size(), 8), EINVAL);
	CHECK_ERRNO(axvm_create_device(vm, type, 0ULL - page_size(), 8), EINVAL);
	/* After all that there is still room for one. */
	self->files.fd[FILE_DEVICE] = CHECK_OK(axvm_create_device(vm, type, DEVICE_GPA, 1023));
}

TEST_F(ioctls, no_file_descriptor_for_a_device)
{
	struct axvm_vm_info before = vm_info(self->files.vcpu->vm), after;
	int vm = self->files.fd[FILE_VM];

	CHECK_SYS(close(self->files.fd[FILE_DEVICE]));
	limit_files(self->files.fd[FILE_DEVICE]);
	CHECK_ERRNO(axvm_create_device(vm, ARCH_DEVICE_TYPE, DEVICE_GPA, 8), EMFILE);
	after = vm_info(self->files.vcpu->vm);
	CHECK_EQ(after.devices, before.devices - 1);
}

TEST_F(ioctls, set_irq_of_a_device)
{
	int device = self->files.fd[FILE_DEVICE];

	CHECK_ERRNO(axvm_set_irq(device, 0, 1), EINVAL);
	CHECK_ERRNO(axvm_set_irq(device, FILES_DEVICE_IRQS + 1, 1), EINVAL);
	CHECK_ERRNO(axvm_set_irq(device, 1, 2), EINVAL);
	CHECK_OK(axvm_set_irq(device, FILES_DEVICE_IRQS, 1));
}

#else

TEST_F(ioctls, create_device)
{
	__u32 type;

	for (type = 0; type < 8; type++)
		CHECK_ERRNO(axvm_create_device(self->files.fd[FILE_VM], type, DEVICE_GPA, 8),
			    EINVAL);
}

#endif

/* ------------------------------------------------------------------------- */
/* Memory                                                                    */
/* ------------------------------------------------------------------------- */

static int memory(struct files *files, unsigned long nr, __u64 gpa, __u64 len, __u64 hva,
		  __u32 flags)
{
	struct axvm_memory arg = {
		.size = sizeof(arg), .flags = flags, .gpa = gpa, .len = len, .hva = hva,
	};

	return files_ioctl(files, FILE_VM, nr, &arg);
}

/* Ranges that no memory ioctl takes. */
static void check_bad_ranges(struct files *files, unsigned long nr, __u64 hva, __u32 flags)
{
	struct axvm_system_info info;
	__u64 page = page_size();
	__u64 limit;

	CHECK_OK(axvm_get_system_info(files->fd[FILE_SYSTEM], &info));
	limit = 1ULL << info.gpa_bits;
	CHECK_ERRNO(memory(files, nr, TEST_GPA, 0, hva, flags), EINVAL);
	CHECK_ERRNO(memory(files, nr, TEST_GPA, 1, hva, flags), EINVAL);
	CHECK_ERRNO(memory(files, nr, TEST_GPA, page + 8, hva, flags), EINVAL);
	CHECK_ERRNO(memory(files, nr, TEST_GPA + 8, page, hva, flags), EINVAL);
	CHECK_ERRNO(memory(files, nr, TEST_GPA, 0ULL - page, hva, flags), EINVAL);
	CHECK_ERRNO(memory(files, nr, 0ULL - page, 2 * page, hva, flags), EINVAL);
	CHECK_ERRNO(memory(files, nr, 0ULL - page, page, hva, flags), EINVAL);
	CHECK_ERRNO(memory(files, nr, limit, page, hva, flags), EINVAL);
	CHECK_ERRNO(memory(files, nr, limit - page, 2 * page, hva, flags), EINVAL);
}

/* Host addresses that MAP and REPLACE do not take. */
static void check_bad_hva(struct files *files, unsigned long nr)
{
	__u64 page = page_size();

	CHECK_ERRNO(memory(files, nr, TEST_GPA, page, 8, MEM_RW), EINVAL);
	CHECK_ERRNO(memory(files, nr, TEST_GPA, 2 * page, 0ULL - page, MEM_RW), EINVAL);
	CHECK_ERRNO(memory(files, nr, TEST_GPA, page, 0ULL - page, MEM_RW), EINVAL);
	CHECK_ERRNO(memory(files, nr, TEST_GPA, page, 1ULL << 63, MEM_RW), EINVAL);
}

static void check_bad_rights(struct files *files, unsigned long nr, __u64 hva)
{
	__u64 page = page_size();

	CHECK_ERRNO(memory(files, nr, TEST_GPA, page, hva, 0), EINVAL);
	CHECK_ERRNO(memory(files, nr, TEST_GPA, page, hva, AXVM_MEM_WRITE), EINVAL);
	CHECK_ERRNO(memory(files, nr, TEST_GPA, page, hva, AXVM_MEM_EXEC), EINVAL);
}

static __u32 mappings(struct files *files)
{
	return vm_info(files->vcpu->vm).mappings;
}

TEST_F(ioctls, mem_map)
{
	struct files *f = &self->files;
	__u64 page = page_size();
	__u64 hva = (__u64)host_alloc(3 * page, page);
	__u32 before = mappings(f);

	check_bad_ranges(f, AXVM_MEM_MAP, hva, MEM_RW);
	check_bad_hva(f, AXVM_MEM_MAP);
	check_bad_rights(f, AXVM_MEM_MAP, hva);
	CHECK_EQ(mappings(f), before);
	CHECK_OK(memory(f, AXVM_MEM_MAP, TEST_GPA + page, page, hva, MEM_RW));
	CHECK_ERRNO(memory(f, AXVM_MEM_MAP, TEST_GPA + page, page, hva, MEM_RW), EEXIST);
	CHECK_ERRNO(memory(f, AXVM_MEM_MAP, TEST_GPA, 2 * page, hva, MEM_RW), EEXIST);
	CHECK_ERRNO(memory(f, AXVM_MEM_MAP, TEST_GPA, 3 * page, hva, MEM_RW), EEXIST);
	CHECK_ERRNO(memory(f, AXVM_MEM_MAP, TEST_GPA + page, 2 * page, hva, MEM_RW), EEXIST);
	CHECK_OK(memory(f, AXVM_MEM_MAP, TEST_GPA, page, hva, MEM_RW));
	CHECK_OK(memory(f, AXVM_MEM_MAP, TEST_GPA + 2 * page, page, hva, MEM_RW));
}

TEST_F(ioctls, mem_unmap)
{
	struct files *f = &self->files;
	__u64 page = page_size();
	__u64 hva = (__u64)host_alloc(2 * page, page);
	__u32 before;

	CHECK_OK(memory(f, AXVM_MEM_MAP, TEST_GPA, 2 * page, hva, MEM_RW));
	before = mappings(f);
	check_bad_ranges(f, AXVM_MEM_UNMAP, 0, 0);
	CHECK_ERRNO(memory(f, AXVM_MEM_UNMAP, TEST_GPA, page, hva, 0), EINVAL);
	CHECK_ERRNO(memory(f, AXVM_MEM_UNMAP, TEST_GPA, page, 0, AXVM_MEM_READ), EINVAL);
	CHECK_ERRNO(memory(f, AXVM_MEM_UNMAP, TEST_GPA + 2 * page, page, 0, 0), ENOENT);
	CHECK_ERRNO(memory(f, AXVM_MEM_UNMAP, TEST_GPA, 3 * page, 0, 0), ENOENT);
	CHECK_ERRNO(memory(f, AXVM_MEM_UNMAP, TEST_GPA - page, 2 * page, 0, 0), ENOENT);
	CHECK_EQ(mappings(f), before);
	CHECK_OK(memory(f, AXVM_MEM_UNMAP, TEST_GPA, 2 * page, 0, 0));
	CHECK_ERRNO(memory(f, AXVM_MEM_UNMAP, TEST_GPA, page, 0, 0), ENOENT);
}

TEST_F(ioctls, mem_protect)
{
	struct files *f = &self->files;
	__u64 page = page_size();
	__u64 hva = (__u64)host_alloc(2 * page, page);
	__u32 before;

	CHECK_OK(memory(f, AXVM_MEM_MAP, TEST_GPA, 2 * page, hva, MEM_RW));
	before = mappings(f);
	check_bad_ranges(f, AXVM_MEM_PROTECT, 0, MEM_RW);
	check_bad_rights(f, AXVM_MEM_PROTECT, 0);
	CHECK_EQ(mappings(f), before);
	CHECK_ERRNO(memory(f, AXVM_MEM_PROTECT, TEST_GPA, page, hva, MEM_RW), EINVAL);
	CHECK_ERRNO(memory(f, AXVM_MEM_PROTECT, TEST_GPA, 3 * page, 0, MEM_RW), ENOENT);
	CHECK_ERRNO(memory(f, AXVM_MEM_PROTECT, TEST_GPA + 2 * page, page, 0, MEM_RW), ENOENT);
	CHECK_OK(memory(f, AXVM_MEM_PROTECT, TEST_GPA, 2 * page, 0, AXVM_MEM_READ));
}

TEST_F(ioctls, mem_replace)
{
	struct files *f = &self->files;
	__u64 page = page_size();
	__u64 hva = (__u64)host_alloc(2 * page, page);
	__u32 before;

	CHECK_OK(memory(f, AXVM_MEM_MAP, TEST_GPA, 2 * page, hva, MEM_RW));
	before = mappings(f);
	check_bad_ranges(f, AXVM_MEM_REPLACE, hva, MEM_RW);
	check_bad_hva(f, AXVM_MEM_REPLACE);
	check_bad_rights(f, AXVM_MEM_REPLACE, hva);
	CHECK_EQ(mappings(f), before);
	CHECK_ERRNO(memory(f, AXVM_MEM_REPLACE, TEST_GPA, 3 * page, hva, MEM_RW), ENOENT);
	CHECK_ERRNO(memory(f, AXVM_MEM_REPLACE, TEST_GPA + 2 * page, page, hva, MEM_RW), ENOENT);
	CHECK_OK(memory(f, AXVM_MEM_REPLACE, TEST_GPA, 2 * page, hva, MEM_RW));
}

/* Mappings that cannot be merged, up to the limit; then every way to need one more. */
TEST_F(ioctls, too_many_mappings)
{
	struct files *f = &self->files;
	struct axvm_system_info info;
	__u64 page = page_size();
	__u64 hva = (__u64)host_alloc(4 * page, page);
	__u64 i, used;

	CHECK_OK(axvm_get_system_info(f->fd[FILE_SYSTEM], &info));
	CHECK_OK(memory(f, AXVM_MEM_MAP, TEST_GPA, 3 * page, hva, MEM_RW));
	used = vm_info(f->vcpu->vm).mappings;
	for (i = 0; used + i < info.max_mappings; i++)
		CHECK_OK(memory(f, AXVM_MEM_MAP, TEST_GPA + (8 + 2 * i) * page, page, hva, MEM_RW));
	CHECK_EQ(vm_info(f->vcpu->vm).mappings, info.max_mappings);
	CHECK_ERRNO(memory(f, AXVM_MEM_MAP, TEST_GPA + 4 * page, page, hva, MEM_RW), ENOSPC);
	CHECK_ERRNO(memory(f, AXVM_MEM_PROTECT, TEST_GPA + page, page, 0, AXVM_MEM_READ), ENOSPC);
	CHECK_ERRNO(memory(f, AXVM_MEM_REPLACE, TEST_GPA + page, page, hva + 3 * page, MEM_RW),
		    ENOSPC);
	/* Nothing of that was done; taking one away makes room for one. */
	CHECK_OK(memory(f, AXVM_MEM_UNMAP, TEST_GPA + 8 * page, page, 0, 0));
	CHECK_OK(memory(f, AXVM_MEM_MAP, TEST_GPA + 4 * page, page, hva, MEM_RW));
}

TEST_F(ioctls, get_dirty)
{
	__u64 page = page_size(), unit = 64 * page;
	int vm = self->files.fd[FILE_VM];
	__u64 *bitmap = host_alloc(page, page);

	CHECK_ERRNO(axvm_mem_get_dirty(vm, TEST_GPA, 0, bitmap), EINVAL);
	CHECK_ERRNO(axvm_mem_get_dirty(vm, TEST_GPA, page, bitmap), EINVAL);
	CHECK_ERRNO(axvm_mem_get_dirty(vm, TEST_GPA + page, unit, bitmap), EINVAL);
	CHECK_ERRNO(axvm_mem_get_dirty(vm, TEST_GPA, (1 << 30) + unit, bitmap), EINVAL);
	CHECK_ERRNO(axvm_mem_get_dirty(vm, 0ULL - unit, 2 * unit, bitmap), EINVAL);
	CHECK_ERRNO(axvm_mem_get_dirty(vm, TEST_GPA, unit, NULL), EFAULT);
	/* Where nothing is mapped everything is clean. */
	*bitmap = ~0ULL;
	CHECK_OK(axvm_mem_get_dirty(vm, TEST_GPA, unit, bitmap));
	CHECK_EQ(*bitmap, 0);
}

/* ------------------------------------------------------------------------- */
/* Arrays behind addresses                                                   */
/* ------------------------------------------------------------------------- */

TEST_F(ioctls, arrays_at_bad_addresses)
{
	struct axvm_reg *bad = (struct axvm_reg *)0x10;
	__u32 failed, count;
	unsigned int kind;
	int fd;

	for (kind = FILE_VM; kind < NR_FILE_KINDS; kind++) {
		fd = self->files.fd[kind];
		CHECK_ERRNO(axvm_get_regs(fd, bad, 2, &failed), EFAULT);
		CHECK_EQ(failed, 2);
		CHECK_ERRNO(axvm_set_regs(fd, bad, 2, &failed), EFAULT);
		CHECK_EQ(failed, 2);
		count = AXVM_MAX_REGS;
		CHECK_ERRNO(axvm_get_reg_list(fd, (__u64 *)bad, &count), EFAULT);
	}
	count = 1000;
	CHECK_ERRNO(axvm_get_stats(self->files.fd[FILE_VCPU], (struct axvm_stat *)bad, &count),
		    EFAULT);
}

TEST_F(ioctls, get_stats_without_room)
{
	int vcpu = self->files.fd[FILE_VCPU];
	struct axvm_stat stats[128];
	__u32 count = 0, all;

	CHECK_ERRNO(axvm_get_stats(vcpu, NULL, &count), ENOSPC);
	CHECK_GT(count, 0);
	all = count--;
	CHECK_ERRNO(axvm_get_stats(vcpu, stats, &count), ENOSPC);
	CHECK_EQ(count, all);
	CHECK_OK(axvm_get_stats(vcpu, stats, &count));
	/* More room than counters is fine. */
	count = ARRAY_SIZE(stats);
	CHECK_OK(axvm_get_stats(vcpu, stats, &count));
	CHECK_EQ(count, all);
}

TEST_HARNESS_MAIN
