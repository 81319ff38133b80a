// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory follows whatever the process does with its own
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "accessor.h"
#include "test.h"

#define PAGES	16

FIXTURE(host) {
	struct vcpu *vcpu;
	__u64 *hva;
	__u64 len;
};

/* Guest and host have both touched every page: word 0 is its number plus 1. */
FIXTURE_SETUP(host)
{
	__u64 i;

	self->vcpu = accessor_new(0);
	self->len = PAGES * page_size();
	self->hva = vm_map(self->vcpu->vm, TEST_GPA, self->len, MEM_RW);
	for (i = 0; i < PAGES; i++)
		accessor_write(self->vcpu, TEST_GPA + i * page_size(), i + 1);
}

FIXTURE_TEARDOWN(host)
{
	vm_destroy(self->vcpu->vm);
}

static __u64 *word_of(void *hva, unsigned int page)
{
	return (__u64 *)((char *)hva + page * page_size());
}

static __u64 gpa_of(unsigned int page)
{
	return TEST_GPA + page * page_size();
}

static void check_guest(struct vcpu *vcpu, unsigned int from, unsigned int to, __u64 base)
{
	for (; from < to; from++)
		CHECK_EQ(accessor_read(vcpu, gpa_of(from)), base ? base + from : 0);
}

/* ------------------------------------------------------------------------- */
/* fork                                                                      */
/* ------------------------------------------------------------------------- */

/* What the child sees must be what was there when it was forked. */
static void check_in_child(void *data)
{
	__u64 *hva = data;
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		CHECK_EQ(*word_of(hva, i), i + 1);
}

/* Fork; let the parent's side change the memory; then let the child look. */
static int fork_and_look_later(__u64 *hva, int *go)
{
	int pipes[2];
	char c;
	pid_t pid;

	CHECK_SYS(pipe(pipes));
	pid = CHECK_SYS(fork());
	if (!pid) {
		CHECK_EQ(read(pipes[0], &c, 1), 1);
		check_in_child(hva);
		*word_of(hva, 0) = 666;
		_exit(0);
	}
	*go = pipes[1];
	return pid;
}

static void let_child_look(int pid, int go)
{
	int status;

	CHECK_EQ(write(go, "x", 1), 1);
	CHECK_SYS(waitpid(pid, &status, 0));
	CHECK_EQ(status, 0);
}

TEST_F(host, fork_and_guest_writes)
{
	int go, pid = fork_and_look_later(self->hva, &go);
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		accessor_write(self->vcpu, gpa_of(i), i + 101);
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(READ_ONCE(*word_of(self->hva, i)), i + 101);
	let_child_look(pid, go);
	check_guest(self->vcpu, 0, PAGES, 101);
}

TEST_F(host, fork_and_host_writes)
{
	int go, pid = fork_and_look_later(self->hva, &go);
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		WRITE_ONCE(*word_of(self->hva, i), i + 201);
	check_guest(self->vcpu, 0, PAGES, 201);
	let_child_look(pid, go);
	check_guest(self->vcpu, 0, PAGES, 201);
}

/* The guest only reads what is shared, then the host writes it. */
TEST_F(host, fork_and_guest_reads_before_host_writes)
{
	int go, pid = fork_and_look_later(self->hva, &go);
	unsigned int i;

	check_guest(self->vcpu, 0, PAGES, 1);
	for (i = 0; i < PAGES; i++)
		WRITE_ONCE(*word_of(self->hva, i), i + 301);
	check_guest(self->vcpu, 0, PAGES, 301);
	let_child_look(pid, go);
}

/* ------------------------------------------------------------------------- */
/* madvise, mprotect, munmap, mremap                                         */
/* ------------------------------------------------------------------------- */

TEST_F(host, madvise_dontneed)
{
	__u64 page = page_size();

	CHECK_SYS(madvise(word_of(self->hva, 4), 4 * page, MADV_DONTNEED));
	check_guest(self->vcpu, 0, 4, 1);
	check_guest(self->vcpu, 4, 8, 0);
	check_guest(self->vcpu, 8, PAGES, 1);
	accessor_write(self->vcpu, gpa_of(5), 55);
	CHECK_EQ(READ_ONCE(*word_of(self->hva, 5)), 55);
}

/* The guest reads the zero page; what it then writes must not go there. */
TEST_F(host, zero_page)
{
	__u64 *other = vm_map(self->vcpu->vm, gpa_of(PAGES), page_size(), MEM_RW);
	__u64 *untouched = host_alloc(page_size(), page_size());

	CHECK_EQ(accessor_read(self->vcpu, gpa_of(PAGES)), 0);
	accessor_write(self->vcpu, gpa_of(PAGES), 7);
	CHECK_EQ(READ_ONCE(*other), 7);
	CHECK_EQ(READ_ONCE(*untouched), 0);
}

TEST_F(host, mprotect_none_and_back)
{
	const struct axvm_run_exit *exit;

	CHECK_SYS(mprotect(word_of(self->hva, 3), page_size(), PROT_NONE));
	check_guest(self->vcpu, 0, 3, 1);
	check_guest(self->vcpu, 4, PAGES, 1);
	accessor_order_read(self->vcpu, gpa_of(3));
	exit = vcpu_expect(self->vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(exit->memory_fault.gpa, gpa_of(3));
	CHECK_EQ(exit->memory_fault.error, -EFAULT);
	CHECK_SYS(mprotect(word_of(self->hva, 3), page_size(), PROT_READ | PROT_WRITE));
	CHECK_EQ(accessor_finish(self->vcpu), 4);
}

TEST_F(host, mprotect_read_only)
{
	const struct axvm_run_exit *exit;

	CHECK_SYS(mprotect(self->hva, self->len, PROT_READ));
	check_guest(self->vcpu, 0, PAGES, 1);
	accessor_order_write(self->vcpu, gpa_of(2), 5);
	exit = vcpu_expect(self->vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(exit->memory_fault.access, AXVM_MEM_WRITE);
	CHECK_EQ(READ_ONCE(*word_of(self->hva, 2)), 3);
}

TEST_F(host, munmap)
{
	CHECK_SYS(munmap(word_of(self->hva, 8), page_size()));
	check_guest(self->vcpu, 0, 8, 1);
	accessor_order_read(self->vcpu, gpa_of(8));
	vcpu_expect(self->vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_EQ(self->vcpu->ax.exit->memory_fault.error, -EFAULT);
}

/* Other memory under the same address: the guest must not keep the old. */
TEST_F(host, mapped_over)
{
	__u64 *page = word_of(self->hva, 8);

	CHECK_SYS(mmap(page, page_size(), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	CHECK_EQ(accessor_read(self->vcpu, gpa_of(8)), 0);
	WRITE_ONCE(*page, 88);
	CHECK_EQ(accessor_read(self->vcpu, gpa_of(8)), 88);
	accessor_write(self->vcpu, gpa_of(8), 89);
	CHECK_EQ(READ_ONCE(*page), 89);
}

/* Pages moved in: the guest sees them where they are now. */
TEST_F(host, mremap)
{
	__u64 *from = host_alloc(2 * page_size(), page_size());

	*word_of(from, 0) = 1001;
	*word_of(from, 1) = 1002;
	CHECK_SYS(mremap(from, 2 * page_size(), 2 * page_size(), MREMAP_MAYMOVE | MREMAP_FIXED,
			 word_of(self->hva, 6)));
	check_guest(self->vcpu, 0, 6, 1);
	CHECK_EQ(accessor_read(self->vcpu, gpa_of(6)), 1001);
	CHECK_EQ(accessor_read(self->vcpu, gpa_of(7)), 1002);
	check_guest(self->vcpu, 8, PAGES, 1);
}

/* ------------------------------------------------------------------------- */
/* Files                                                                     */
/* ------------------------------------------------------------------------- */

static void *map_file(struct vm *vm, int fd, __u64 gpa, __u64 len, int flags)
{
	void *hva = CHECK_SYS(mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, 0));

	CHECK_OK(axvm_mem_map(vm->fd, gpa, hva, len, MEM_RW));
	return hva;
}

static __u64 file_word(int fd, unsigned int page)
{
	__u64 value;

	CHECK_EQ(pread(fd, &value, sizeof(value), page * page_size()), sizeof(value));
	return value;
}

static void set_file_word(int fd, unsigned int page, __u64 value)
{
	CHECK_EQ(pwrite(fd, &value, sizeof(value), page * page_size()), sizeof(value));
}

TEST_F(host, shared_file)
{
	int fd = CHECK_SYS(memfd_create("test", MFD_CLOEXEC));

	CHECK_SYS(ftruncate(fd, 4 * page_size()));
	map_file(self->vcpu->vm, fd, gpa_of(PAGES), 4 * page_size(), MAP_SHARED);
	set_file_word(fd, 1, 11);
	CHECK_EQ(accessor_read(self->vcpu, gpa_of(PAGES + 1)), 11);
	accessor_write(self->vcpu, gpa_of(PAGES + 1), 12);
	CHECK_EQ(file_word(fd, 1), 12);

	CHECK_SYS(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page_size(),
			    page_size()));
	CHECK_EQ(accessor_read(self->vcpu, gpa_of(PAGES + 1)), 0);
	CHECK_SYS(ftruncate(fd, 0));
	accessor_order_read(self->vcpu, gpa_of(PAGES + 1));
	vcpu_expect(self->vcpu, AXVM_EXIT_MEMORY_FAULT);
}

TEST_F(host, private_file)
{
	int fd = CHECK_SYS(memfd_create("test", MFD_CLOEXEC));
	__u64 *hva;

	CHECK_SYS(ftruncate(fd, page_size()));
	set_file_word(fd, 0, 11);
	hva = map_file(self->vcpu->vm, fd, gpa_of(PAGES), page_size(), MAP_PRIVATE);
	CHECK_EQ(accessor_read(self->vcpu, gpa_of(PAGES)), 11);
	set_file_word(fd, 0, 12);
	CHECK_EQ(accessor_read(self->vcpu, gpa_of(PAGES)), 12);
	/* The guest's write makes a copy: the file stays, and is left behind. */
	accessor_write(self->vcpu, gpa_of(PAGES), 13);
	CHECK_EQ(READ_ONCE(*hva), 13);
	CHECK_EQ(file_word(fd, 0), 12);
	set_file_word(fd, 0, 14);
	CHECK_EQ(accessor_read(self->vcpu, gpa_of(PAGES)), 13);
}

/* ------------------------------------------------------------------------- */
/* userfaultfd                                                               */
/* ------------------------------------------------------------------------- */

static int open_userfaultfd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		test_skip("userfaultfd: %s", strerror(errno));
	CHECK_SYS(ioctl(fd, UFFDIO_API, &api));
	return fd;
}

static void register_missing(int fd, void *hva, __u64 len)
{
	struct uffdio_register arg = {
		.range = { .start = (__u64)hva, .len = len },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	CHECK_SYS(ioctl(fd, UFFDIO_REGISTER, &arg));
}

/* Fill every missing page with its own address, as long as pages are missing. */
static void *fill_missing(void *data)
{
	int fd = *(int *)data;
	struct uffd_msg msg;
	struct uffdio_copy copy;
	__u64 *page = host_alloc(page_size(), page_size());

	while (read(fd, &msg, sizeof(msg)) == sizeof(msg)) {
		CHECK_EQ(msg.event, UFFD_EVENT_PAGEFAULT);
		copy = (struct uffdio_copy){
			.dst = msg.arg.pagefault.address & ~(page_size() - 1),
			.src = (__u64)page,
			.len = page_size(),
		};
		*page = copy.dst;
		if (ioctl(fd, UFFDIO_COPY, &copy) && errno != EEXIST)
			FAIL("UFFDIO_COPY: %s", strerror(errno));
	}
	return NULL;
}

TEST_F(host, userfaultfd_missing)
{
	int fd = open_userfaultfd();
	unsigned int i;

	register_missing(fd, self->hva, self->len);
	CHECK_SYS(madvise(self->hva, self->len, MADV_DONTNEED));
	thread_start(fill_missing, &fd);
	for (i = 0; i < PAGES; i++)
		CHECK_EQ(accessor_read(self->vcpu, gpa_of(i)), (__u64)word_of(self->hva, i));
	/* A page that the guest writes is filled first, too. */
	CHECK_SYS(madvise(self->hva, page_size(), MADV_DONTNEED));
	accessor_write(self->vcpu, gpa_of(0) + 8, 5);
	CHECK_EQ(READ_ONCE(*word_of(self->hva, 0)), (__u64)self->hva);
}

/* ------------------------------------------------------------------------- */
/* While the guest runs                                                      */
/* ------------------------------------------------------------------------- */

static bool stop;

/* Each word is 0 or its own address, whatever the host does meanwhile. */
static __guest void guest_checks(__u64 gpa, __u64 len)
{
	__u64 at, value, pass;

	for (pass = 0; !READ_ONCE(stop); pass++) {
		for (at = gpa; at < gpa + len; at += 1024) {
			value = READ_ONCE(*(__u64 *)at);
			GUEST_ASSERT(!value || value == at);
			if (pass & 1)
				WRITE_ONCE(*(__u64 *)at, at);
		}
	}
}

static struct vm *checking_vm(__u64 len, void **hva)
{
	struct vm *vm = vm_create(0);
	unsigned int i;

	*hva = vm_map(vm, TEST_GPA, len, MEM_RW);
	for (i = 0; i < 2; i++) {
		vcpu_create(vm, i, guest_checks);
		vcpu_arg(vm->vcpus[i], 0, TEST_GPA);
		vcpu_arg(vm->vcpus[i], 1, len);
		vcpu_start(vm->vcpus[i]);
	}
	wait_until(READ_ONCE(*(__u64 *)*hva));
	return vm;
}

static void end_checking(struct vm *vm)
{
	*guest_var(vm, stop) = true;
	vcpu_join(vm->vcpus[0]);
	vcpu_join(vm->vcpus[1]);
}

TEST(dontneed_under_a_running_guest)
{
	__u64 len = PAGES * page_size();
	void *hva;
	struct vm *vm = checking_vm(len, &hva);
	unsigned int i;

	for (i = 0; i < 300; i++)
		CHECK_SYS(madvise(word_of(hva, i % 8), (1 + i % 8) * page_size(), MADV_DONTNEED));
	end_checking(vm);
}

/* Copy-on-write again and again; what the children see does not change. */
TEST(fork_under_a_running_guest)
{
	__u64 len = PAGES * page_size();
	void *hva;
	struct vm *vm = checking_vm(len, &hva);
	unsigned int i;
	int status;
	pid_t pid;

	for (i = 0; i < 20; i++) {
		pid = CHECK_SYS(fork());
		if (!pid)
			_exit(*(__u64 *)hva && *(__u64 *)hva != TEST_GPA);
		CHECK_SYS(waitpid(pid, &status, 0));
		CHECK_EQ(status, 0);
	}
	end_checking(vm);
}

/* Only reading is allowed half of the time: the guest's writes wait, none is lost. */
static bool protecting;

static void *run_through_faults(void *data)
{
	struct vcpu *vcpu = data;

	do {
		vcpu_run(vcpu);
		if (vcpu->ax.exit->reason == AXVM_EXIT_MEMORY_FAULT)
			wait_until(!__atomic_load_n(&protecting, __ATOMIC_ACQUIRE));
	} while (vcpu->uc.kind != UCALL_DONE);
	return NULL;
}

static __guest void guest_counts(__u64 gpa)
{
	__u64 i;

	for (i = 1; !READ_ONCE(stop); i++) {
		WRITE_ONCE(*(__u64 *)gpa, i);
		GUEST_ASSERT_EQ(READ_ONCE(*(__u64 *)gpa), i);
	}
}

TEST(mprotect_under_a_running_guest)
{
	struct vcpu *vcpu = vcpu_new(guest_counts);
	__u64 *hva = vm_map(vcpu->vm, TEST_GPA, page_size(), MEM_RW);
	pthread_t thread;
	unsigned int i;
	__u64 value;

	vcpu_arg(vcpu, 0, TEST_GPA);
	thread = thread_start(run_through_faults, vcpu);
	for (i = 0; i < 100; i++) {
		__atomic_store_n(&protecting, true, __ATOMIC_RELEASE);
		CHECK_SYS(mprotect(hva, page_size(), PROT_READ));
		value = READ_ONCE(*hva);
		sched_yield();
		CHECK_EQ(READ_ONCE(*hva), value);
		CHECK_SYS(mprotect(hva, page_size(), PROT_READ | PROT_WRITE));
		__atomic_store_n(&protecting, false, __ATOMIC_RELEASE);
		wait_until(READ_ONCE(*hva) > value);
	}
	*guest_var(vcpu->vm, stop) = true;
	thread_join(thread);
}

TEST_HARNESS_MAIN
