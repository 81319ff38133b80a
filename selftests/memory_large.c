// SPDX-License-Identifier: GPL-2.0
/*
 * Much memory taken away at once, and by several at once
 */
#include <time.h>

#include "test.h"

/* More than the module takes away without a break. */
#define PAGES		6000ULL
#define ALIASES		3
#define ALIAS_GPA(n)	(TEST_GPA + (n) * 0x40000000ULL)

/* Fault in one page of every @step, in both directions of the range's ends. */
static __guest void guest_touches_every(__u64 gpa, __u64 len, __u64 step)
{
	__u64 at;

	for (;;) {
		for (at = 0; at < len; at += step)
			WRITE_ONCE(*(__u64 *)(gpa + at), at + 1);
		GUEST_SYNC(1);
	}
}

static __guest void guest_sums(__u64 gpa, __u64 len, __u64 step)
{
	__u64 at, sum = 0;

	for (at = 0; at < len; at += step)
		sum |= READ_ONCE(*(__u64 *)(gpa + at));
	GUEST_SYNC(1, sum);
}

static struct vcpu *toucher(struct vm *vm, __u64 id, void *fn, __u64 gpa, __u64 step)
{
	struct vcpu *vcpu = vcpu_create(vm, id, fn);

	vcpu_arg(vcpu, 0, gpa);
	vcpu_arg(vcpu, 1, PAGES * page_size());
	vcpu_arg(vcpu, 2, step);
	return vcpu;
}

static char *small_pages(__u64 len)
{
	char *hva = host_alloc(len, page_size());

	CHECK_SYS(madvise(hva, len, MADV_NOHUGEPAGE));
	return hva;
}

/*
 * The same memory at several addresses of the guest, here in every page, there in few:
 * all of it goes when the process gives it back.
 */
TEST(memory_with_aliases_given_back)
{
	static const __u64 steps[ALIASES] = { 64, 1, 511 };
	__u64 len = PAGES * page_size(), before;
	struct vm *vm = vm_create(0);
	char *hva = small_pages(len);
	unsigned int i;

	for (i = 0; i < ALIASES; i++)
		CHECK_OK(axvm_mem_map(vm->fd, ALIAS_GPA(i), hva, len, MEM_RW));
	for (i = 0; i < ALIASES; i++)
		toucher(vm, i, guest_touches_every, ALIAS_GPA(i), steps[i] * page_size());
	before = 0;
	for (i = 0; i < ALIASES; i++) {
		vcpu_expect_sync(vm->vcpus[i], 1);
		before += (PAGES + steps[i] - 1) / steps[i];
	}
	CHECK_GE(vm_info(vm).stage2_pages, before);
	before = vm_info(vm).stage2_pages - before;
	CHECK_SYS(madvise(hva, len, MADV_DONTNEED));
	CHECK_EQ(vm_info(vm).stage2_pages, before);
	for (i = 0; i < ALIASES; i++) {
		toucher(vm, ALIASES + i, guest_sums, ALIAS_GPA(i), 61 * page_size());
		CHECK_EQ(vcpu_expect_sync(vm->vcpus[ALIASES + i], 1)->args[1], 0);
	}
}

/* A part in the middle, which no table begins or ends with. */
TEST(the_middle_given_back)
{
	__u64 len = PAGES * page_size(), from = 777 * page_size(), most = 5100 * page_size();
	struct vm *vm = vm_create(0);
	char *hva = small_pages(len);
	struct vcpu *vcpu;
	__u64 before, i;

	CHECK_OK(axvm_mem_map(vm->fd, TEST_GPA, hva, len, MEM_RW));
	vcpu = toucher(vm, 0, guest_touches_every, TEST_GPA, page_size());
	vcpu_expect_sync(vcpu, 1);
	before = vm_info(vm).stage2_pages;
	CHECK_SYS(madvise(hva + from, most, MADV_DONTNEED));
	CHECK_EQ(vm_info(vm).stage2_pages, before - most / page_size());
	for (i = 0; i < len; i += page_size())
		CHECK_EQ(*(__u64 *)(hva + i), i >= from && i < from + most ? 0 : i + 1);
}

/* Unmapped from the guest: the tables go, too. */
static void unmap_and_count(__u64 step)
{
	__u64 len = PAGES * page_size();
	struct axvm_vm_info before = {}, after;
	struct vm *vm = vm_create(0);
	char *hva = small_pages(len);
	struct vcpu *vcpu;
	unsigned int i;

	vcpu = toucher(vm, 0, guest_touches_every, TEST_GPA, step * page_size());
	/* The first time the guest's own pages come, too. */
	for (i = 0; i < 2; i++) {
		CHECK_OK(axvm_mem_map(vm->fd, TEST_GPA, hva, len, MEM_RW));
		vcpu_expect_sync(vcpu, 1);
		CHECK_GE(vm_info(vm).stage2_pages, before.stage2_pages + PAGES / step);
		CHECK_OK(axvm_mem_unmap(vm->fd, TEST_GPA, len));
		after = vm_info(vm);
		if (i) {
			CHECK_EQ(after.stage2_pages, before.stage2_pages);
			CHECK_EQ(after.stage2_tables, before.stage2_tables);
		}
		before = after;
	}
}

TEST(dense_range_unmapped)
{
	unmap_and_count(1);
}

TEST(sparse_range_unmapped)
{
	unmap_and_count(700);
}

/* ------------------------------------------------------------------------- */
/* By two at once                                                            */
/* ------------------------------------------------------------------------- */

#define SECONDS		2
#define SOME		64ULL

/**
 * struct contest - Memory that two threads take away.
 * @vm: from whom.
 * @hva: it.
 * @over: that is enough.
 */
struct contest {
	struct vm *vm;
	char *hva;
	bool over;
};

static __u64 over;

static __guest void guest_writes_on(__u64 gpa, __u64 len, __u64 page)
{
	__u64 at, n;

	for (n = 1; !READ_ONCE(over); n++)
		for (at = 0; at < len && !READ_ONCE(over); at += page)
			WRITE_ONCE(*(__u64 *)(gpa + at), n);
}

static void *replace_again_and_again(void *data)
{
	struct contest *contest = data;

	while (!READ_ONCE(contest->over))
		CHECK_OK(axvm_mem_replace(contest->vm->fd, TEST_GPA, contest->hva,
					  SOME * page_size(), MEM_RW));
	return NULL;
}

/* Give the memory back; take as much, likely the same; it must stay as it is taken. */
static void give_back_and_watch(struct contest *contest, __u64 len)
{
	char *witness;
	__u64 i;

	CHECK_SYS(madvise(contest->hva, len, MADV_DONTNEED));
	witness = mmap(NULL, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	CHECK_NE(witness, MAP_FAILED);
	for (i = 0; i < len; i += page_size())
		CHECK_EQ(READ_ONCE(*(__u64 *)(witness + i)), 0);
	CHECK_SYS(munmap(witness, len));
}

/*
 * One takes it out of the guest while the process gives it back. No guest may still
 * write there afterwards, even if it is the other one that is about to drop the guest's
 * translations.
 */
TEST(replaced_and_given_back_at_once)
{
	time_t end = time(NULL) + SECONDS;
	struct vm *vm = vm_create(0);
	__u64 len = SOME * page_size(), i;
	struct contest contest = { .vm = vm, .hva = small_pages(len) };
	pthread_t thread;

	CHECK_OK(axvm_mem_map(vm->fd, TEST_GPA, contest.hva, len, MEM_RW));
	for (i = 0; i < 2; i++) {
		vcpu_create(vm, i, guest_writes_on);
		vcpu_arg(vm->vcpus[i], 0, TEST_GPA);
		vcpu_arg(vm->vcpus[i], 1, len);
		vcpu_arg(vm->vcpus[i], 2, page_size());
		vcpu_start(vm->vcpus[i]);
	}
	thread = thread_start(replace_again_and_again, &contest);
	do
		give_back_and_watch(&contest, len);
	while (time(NULL) < end);
	WRITE_ONCE(contest.over, true);
	thread_join(thread);
	WRITE_ONCE(*guest_var(vm, over), 1);
	for (i = 0; i < 2; i++)
		vcpu_join(vm->vcpus[i]);
}

TEST_HARNESS_MAIN
