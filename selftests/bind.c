// SPDX-License-Identifier: GPL-2.0
/*
 * vCPUs with a home CPU
 */
#include "test.h"

static __guest void guest_syncs(void)
{
	for (;;)
		GUEST_SYNC(1);
}

static struct axvm_vcpu_info info_of(struct vcpu *vcpu)
{
	struct axvm_vcpu_info info;

	CHECK_OK(axvm_get_vcpu_info(vcpu->ax.fd, &info));
	return info;
}

/* Its home is the first CPU. */
static struct vcpu *vcpu_at_home(struct vm *vm, __u32 id)
{
	return vcpu_create_flags(vm, id, guest_syncs, 0, host_cpu(0));
}

/* After a run the thread may run on its vCPU's home only, as documented. */
static void check_at_home(struct vcpu *vcpu, int home)
{
	cpu_set_t set;

	vcpu_expect_sync(vcpu, 1);
	CHECK_SYS(sched_getaffinity(0, sizeof(set), &set));
	CHECK_EQ(CPU_COUNT(&set), 1);
	CHECK(CPU_ISSET(home, &set));
	CHECK_EQ(sched_getcpu(), home);
	CHECK_EQ(info_of(vcpu).last_cpu, home);
	CHECK_EQ(info_of(vcpu).home_cpu, home);
}

TEST(run_moves_the_thread_home)
{
	struct vm *vm = vm_create(0);
	unsigned int i;

	need_two_cpus();
	for (i = 0; i < 2; i++)
		vcpu_create_flags(vm, i, guest_syncs, 0, host_cpu(i));
	for (i = 0; i < 6; i++)
		check_at_home(vm->vcpus[i & 1], host_cpu(i & 1));
}

TEST(moving_home)
{
	struct vcpu *vcpu = vcpu_at_home(vm_create(0), 0);
	unsigned int i;

	need_two_cpus();
	for (i = 0; i < 6; i++) {
		CHECK_OK(axvm_bind(&vcpu->ax, host_cpu(i & 1)));
		CHECK_EQ(info_of(vcpu).home_cpu, (int)host_cpu(i & 1));
		check_at_home(vcpu, host_cpu(i & 1));
	}
}

/* The thread was moved elsewhere since: RUN fetches it back. */
TEST(thread_strays)
{
	struct vcpu *vcpu = vcpu_at_home(vm_create(0), 0);
	unsigned int i;

	need_two_cpus();
	for (i = 0; i < 4; i++) {
		check_at_home(vcpu, host_cpu(0));
		move_to_cpu(host_cpu(1));
	}
}

TEST(without_a_home)
{
	struct vcpu *vcpu = vcpu_at_home(vm_create(0), 0);
	unsigned int i;

	need_two_cpus();
	check_at_home(vcpu, host_cpu(0));
	CHECK_OK(axvm_bind(&vcpu->ax, AXVM_HOME_ANY));
	for (i = 0; i < 2; i++) {
		move_to_cpu(host_cpu(!i));
		vcpu_expect_sync(vcpu, 1);
		CHECK_EQ(info_of(vcpu).last_cpu, (int)host_cpu(!i));
		CHECK_EQ(info_of(vcpu).home_cpu, AXVM_HOME_ANY);
	}
}

static void *run_some(void *data)
{
	unsigned int i;

	for (i = 0; i < 50; i++)
		check_at_home(data, host_cpu(0));
	return NULL;
}

/* Two vCPUs with one home take turns. */
TEST(shared_home)
{
	struct vm *vm = vm_create(0);
	pthread_t threads[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		threads[i] = thread_start(run_some, vcpu_at_home(vm, i));
	for (i = 0; i < 2; i++)
		thread_join(threads[i]);
}

/* A vCPU that runs on another thread each time. */
TEST(many_threads)
{
	struct vcpu *vcpu = vcpu_at_home(vm_create(0), 0);
	unsigned int i;

	for (i = 0; i < 5; i++)
		thread_join(thread_start(run_some, vcpu));
}

TEST_HARNESS_MAIN
