// SPDX-License-Identifier: GPL-2.0
/*
 * Host CPUs that go and come under a running guest
 */
#include "test.h"

#define LOOPS	10

/* The one that goes and comes. */
static int second(void)
{
	return host_cpu(1);
}

/* Of the second one; not kept, as the harness's process asks, too. */
static const char *online_file(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", second());
	return path;
}

static void set_online(bool online)
{
	CHECK_OK(write_string(online_file(), online ? "1" : "0"));
}

FIXTURE(hotplug) {
	struct vm *vm;
};

FIXTURE_SETUP(hotplug)
{
	need_two_cpus();
	if (read_number(online_file()) != 1 || write_string(online_file(), "1"))
		test_skip("CPU %d cannot be taken offline", second());
	self->vm = vm_create(0);
}

FIXTURE_TEARDOWN_PARENT(hotplug)
{
	if (host_cpus() > 1)
		write_string(online_file(), "1");
}

static __u64 beats[2];
static bool stop;

static __guest void guest_beats(void)
{
	while (!READ_ONCE(stop))
		WRITE_ONCE(beats[guest_id()], READ_ONCE(beats[guest_id()]) + 1);
}

static __u64 beats_of(struct vm *vm, unsigned int vcpu)
{
	return READ_ONCE((*guest_var(vm, beats))[vcpu]);
}

/* Both vCPUs go on. */
static void wait_for_beats(struct vm *vm)
{
	__u64 before[2] = { beats_of(vm, 0), beats_of(vm, 1) };
	unsigned int i;

	for (i = 0; i < 2; i++)
		wait_until(beats_of(vm, i) > before[i] + 1000);
}

static int last_cpu(struct vcpu *vcpu)
{
	struct axvm_vcpu_info info;

	CHECK_OK(axvm_get_vcpu_info(vcpu->ax.fd, &info));
	return info.last_cpu;
}

TEST_F_TIMEOUT(hotplug, running_guest, 70)
{
	struct vm *vm = self->vm;
	unsigned int i;

	watch_set(60);
	for (i = 0; i < 2; i++)
		vcpu_start(vcpu_create_flags(vm, i, guest_beats, 0, host_cpu(i)));
	wait_for_beats(vm);
	for (i = 0; i < LOOPS; i++) {
		set_online(false);
		wait_for_beats(vm);
		CHECK_NE(last_cpu(vm->vcpus[1]), second());
		set_online(true);
		wait_for_beats(vm);
	}
	*guest_var(vm, stop) = true;
	vcpu_join(vm->vcpus[0]);
	vcpu_join(vm->vcpus[1]);
}

static __guest void guest_syncs(void)
{
	for (;;)
		GUEST_SYNC(1);
}

/* At rest; and back at home as soon as there is one again. */
TEST_F(hotplug, between_runs)
{
	struct vcpu *vcpu = vcpu_create_flags(self->vm, 0, guest_syncs, 0, second());
	unsigned int i;

	for (i = 0; i < 5; i++) {
		vcpu_expect_sync(vcpu, 1);
		CHECK_EQ(last_cpu(vcpu), second());
		set_online(false);
		vcpu_expect_sync(vcpu, 1);
		CHECK_NE(last_cpu(vcpu), second());
		set_online(true);
	}
	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(last_cpu(vcpu), second());
}

/* A home must be online when it is chosen. */
TEST_F(hotplug, offline_home)
{
	struct vcpu *vcpu = vcpu_create(self->vm, 0, guest_syncs);
	struct axvm_vcpu other;

	set_online(false);
	CHECK_ERRNO(axvm_create_vcpu(self->vm->fd, &other, 1, 0, second()), ENXIO);
	CHECK_ERRNO(axvm_bind(&vcpu->ax, second()), ENXIO);
	set_online(true);
	CHECK_OK(axvm_bind(&vcpu->ax, second()));
}

/* A CPU that comes up after the first VM was made can run it, too. */
TEST_F(hotplug, vm_made_while_offline)
{
	struct vcpu *vcpu;

	vm_destroy(self->vm);
	set_online(false);
	vcpu = vcpu_new(guest_syncs);
	vcpu_expect_sync(vcpu, 1);
	set_online(true);
	CHECK_OK(axvm_bind(&vcpu->ax, second()));
	vcpu_expect_sync(vcpu, 1);
	CHECK_EQ(last_cpu(vcpu), second());
}

TEST_HARNESS_MAIN
