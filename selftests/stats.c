// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of a vCPU move when, and only when, what they count happens
 */
#include "test.h"

#define MAX_STATS	128

struct stats {
	__u32 count;
	struct axvm_stat stat[MAX_STATS];
};

static void read_stats(struct vcpu *vcpu, struct stats *stats)
{
	stats->count = MAX_STATS;
	CHECK_OK(axvm_get_stats(vcpu->ax.fd, stats->stat, &stats->count));
}

static __u64 value_of(const struct stats *stats, const char *name)
{
	__u32 i;

	for (i = 0; i < stats->count; i++)
		if (!strcmp(stats->stat[i].name, name))
			return stats->stat[i].value;
	FAIL("there is no counter '%s'", name);
}

static __guest void guest_does_things(void)
{
	GUEST_SYNC(1);
	guest_mmio_read32(MMIO_GPA);
	guest_halt();
	READ_ONCE(*(__u64 *)TEST_GPA);
	for (;;)
		guest_relax();
}

TEST(names_and_first_values)
{
	struct vcpu *vcpu = vcpu_new(guest_does_things);
	struct stats stats;
	__u32 i, j;

	read_stats(vcpu, &stats);
	CHECK_GT(stats.count, 0);
	for (i = 0; i < stats.count; i++) {
		CHECK_EQ(stats.stat[i].value, 0);
		CHECK(stats.stat[i].name[0]);
		for (j = 0; stats.stat[i].name[j]; j++)
			CHECK(strchr("abcdefghijklmnopqrstuvwxyz0123456789_",
				     stats.stat[i].name[j]));
		CHECK_LT(j, sizeof(stats.stat[i].name));
		for (j = 0; j < i; j++)
			CHECK(strcmp(stats.stat[i].name, stats.stat[j].name));
	}
}

/* One exit of this reason, one run, and no other exit has been counted. */
static void expect_counted(struct vcpu *vcpu, __u32 reason)
{
	struct stats before, after;
	char name[sizeof(before.stat[0].name)];
	__u32 i;

	read_stats(vcpu, &before);
	vcpu_run(vcpu);
	CHECK_EQ(vcpu->ax.exit->reason, reason);
	read_stats(vcpu, &after);
	CHECK_EQ(value_of(&after, "runs"), vcpu->ax.exit->runs);
	snprintf(name, sizeof(name), "exit_%s", axvm_exit_name(reason));
	CHECK_GE(value_of(&after, name), value_of(&before, name) + 1);
	for (i = 0; i < after.count; i++) {
		/* The host may have wanted the thread for a moment: then it was nothing. */
		if (strncmp(after.stat[i].name, "exit_", 5) ||
		    !strcmp(after.stat[i].name, "exit_nothing"))
			continue;
		CHECK_EQ(after.stat[i].value - before.stat[i].value,
			 !strcmp(after.stat[i].name, name));
	}
}

TEST(exits_by_reason)
{
	struct vcpu *vcpu = vcpu_new(guest_does_things);
	void *hva = host_alloc(page_size(), page_size());

	vm_set_reg(vcpu->vm, AXVM_REG_VM_EXITS, AXVM_EXITS_HALT);
	CHECK_SYS(munmap(hva, page_size()));
	CHECK_OK(axvm_mem_map(vcpu->vm->fd, TEST_GPA, hva, page_size(), MEM_RW));
	expect_counted(vcpu, AXVM_EXIT_MMIO_WRITE);
	expect_counted(vcpu, AXVM_EXIT_MMIO_READ);
	expect_counted(vcpu, AXVM_EXIT_HALT);
	expect_counted(vcpu, AXVM_EXIT_MEMORY_FAULT);
	CHECK_SYS(mmap(hva, page_size(), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	CHECK_OK(axvm_kick(&vcpu->ax));
	expect_counted(vcpu, AXVM_EXIT_KICK);
	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER);
	expect_counted(vcpu, AXVM_EXIT_NOTHING);
}

static __guest void guest_touches(__u64 gpa, __u64 page, __u64 pages)
{
	__u64 i;

	GUEST_SYNC(1);
	for (i = 0; i < pages; i++)
		WRITE_ONCE(*(__u64 *)(gpa + i * page), i);
	GUEST_SYNC(2);
	for (i = 0; i < pages; i++)
		WRITE_ONCE(*(__u64 *)(gpa + i * page), i);
	GUEST_SYNC(3);
}

TEST(faults)
{
	struct vcpu *vcpu = vcpu_new(guest_touches);
	__u64 page = page_size(), faults;
	void *hva = vm_map(vcpu->vm, TEST_GPA, 50 * page, MEM_RW);

	CHECK_SYS(madvise(hva, 50 * page, MADV_NOHUGEPAGE));
	vcpu_arg(vcpu, 0, TEST_GPA);
	vcpu_arg(vcpu, 1, page);
	vcpu_arg(vcpu, 2, 50);
	vcpu_expect_sync(vcpu, 1);
	faults = vcpu_stat(vcpu, "faults");
	vcpu_expect_sync(vcpu, 2);
	CHECK_EQ(vcpu_stat(vcpu, "faults"), faults + 50);
	vcpu_expect_sync(vcpu, 3);
	CHECK_EQ(vcpu_stat(vcpu, "faults"), faults + 50);
}

static __guest void guest_spins(void)
{
	for (;;)
		guest_relax();
}

static void *run_until_kicked(void *data)
{
	vcpu_expect((struct vcpu *)data, AXVM_EXIT_KICK);
	return NULL;
}

/* They can be read while the vCPU runs, and the host's tick is seen there. */
TEST(interrupts_while_running)
{
	struct vcpu *vcpu = vcpu_new(guest_spins);
	pthread_t thread = thread_start(run_until_kicked, vcpu);

	wait_until(vcpu_stat(vcpu, "interrupts") > 5);
	CHECK_OK(axvm_kick(&vcpu->ax));
	thread_join(thread);
}

static __guest void guest_halts(void)
{
	for (;;)
		guest_halt();
}

TEST(halts)
{
	struct vcpu *vcpu = vcpu_new(guest_halts);
	pthread_t thread = thread_start(run_until_kicked, vcpu);

	wait_until(vcpu_state(vcpu) == AXVM_VCPU_BLOCKED);
	CHECK_OK(axvm_kick(&vcpu->ax));
	thread_join(thread);
	CHECK_EQ(vcpu_stat(vcpu, "halts"), 1);
	CHECK_EQ(vcpu_stat(vcpu, "exit_halt"), 0);
}

TEST_HARNESS_MAIN
