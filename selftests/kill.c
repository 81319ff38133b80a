// SPDX-License-Identifier: GPL-2.0
/*
 * kill -9 at any moment frees everything
 */
#include <signal.h>
#include <stdlib.h>

#include "test.h"

#define KILLS		200
#define REFCNT		"/sys/module/axvm/refcnt"
#define SECONDS		170
#define REGION		(64 * page_size())

FIXTURE(kill) {
	long refcnt;
};

FIXTURE_SETUP(kill)
{
	self->refcnt = read_number(REFCNT);
	if (self->refcnt < 0)
		test_skip("the module is not loaded as a module");
	watch_set(SECONDS);
}

FIXTURE_TEARDOWN(kill)
{
}

/* One vCPU of each kind: in the guest, faulting, exiting, blocked. */
static __guest void guest_works(__u64 kind, __u64 gpa, __u64 len)
{
	__u64 i;

	for (i = 0;; i++) {
		switch (kind) {
		case 0:
			guest_relax();
			break;
		case 1:
			WRITE_ONCE(*(__u64 *)(gpa + i * 512 % len), i);
			break;
		case 2:
			guest_mmio_write32(MMIO_GPA, i);
			break;
		case 3:
			guest_halt();
			break;
		}
	}
}

#define KINDS	4

static void *run_for_ever(void *data)
{
	for (;;)
		vcpu_run((struct vcpu *)data);
	return NULL;
}

/* Memory comes and goes meanwhile; so does a second VM. */
static void __noreturn churn(struct vm *vm, void *hva)
{
	for (;;) {
		CHECK_OK(axvm_mem_replace(vm->fd, TEST_GPA, hva, REGION, MEM_RW));
		CHECK_SYS(madvise(hva, REGION, MADV_DONTNEED));
		close(CHECK_OK(axvm_create_vm(system_fd())));
	}
}

static void __noreturn be_killed(int ready)
{
	struct vm *vm = vm_create(0);
	void *hva = vm_map(vm, TEST_GPA, REGION, MEM_RW);
	unsigned int i;

	for (i = 0; i < KINDS; i++) {
		vcpu_create(vm, i, guest_works);
		vcpu_arg(vm->vcpus[i], 0, i);
		vcpu_arg(vm->vcpus[i], 1, TEST_GPA);
		vcpu_arg(vm->vcpus[i], 2, REGION);
		thread_start(run_for_ever, vm->vcpus[i]);
	}
	CHECK_EQ(write(ready, "x", 1), 1);
	churn(vm, hva);
}

/* Half of them are killed while they set up, half while the guest runs. */
static void kill_one(unsigned int *seed)
{
	int pipe_fd[2], status;
	pid_t pid;
	char c;

	CHECK_SYS(pipe(pipe_fd));
	pid = CHECK_SYS(fork());
	if (!pid)
		be_killed(pipe_fd[1]);
	if (rand_r(seed) & 1)
		CHECK_EQ(read(pipe_fd[0], &c, 1), 1);
	usleep(rand_r(seed) % 15000);
	CHECK_SYS(kill(pid, SIGKILL));
	CHECK_SYS(waitpid(pid, &status, 0));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

static __guest void guest_nothing(void)
{
}

TEST_F_TIMEOUT(kill, at_random, SECONDS + 10)
{
	unsigned int i, seed = 20240607;

	for (i = 0; i < KILLS; i++)
		kill_one(&seed);
	wait_until(read_number(REFCNT) == self->refcnt);
	/* And all is well. */
	vcpu_expect_done(vcpu_new(guest_nothing));
}

TEST_HARNESS_MAIN
