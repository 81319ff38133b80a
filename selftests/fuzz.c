// SPDX-License-Identifier: GPL-2.0
/*
 * Ioctls with odd and huge arguments, from a fixed seed
 *
 * Valid arguments are spoilt in one or two places and handed over. Whatever they
 * are refused with must be an errno that is documented, and a second VM next to
 * it must not notice.
 */
#include "accessor.h"
#include "calls.h"
#include "random.h"
#include "test.h"

#define ROUNDS		12000
#define SECONDS		80
#define CANARY		0x5ca1ab1e0ddba11ULL

static const __u64 interesting[] = {
	0, 1, 2, 3, 7, 8, 63, 64, 0xfff, 0x1000, 0x1001, 0x7fffffff, 0x80000000, 0xffffffff,
	1ULL << 32, 1ULL << 40, 1ULL << 41, (1ULL << 56) - 1, 1ULL << 63, ~0ULL, ~0ULL - 0xfff,
	RAM_GPA, TEST_GPA, MMIO_GPA,
};

static __u64 odd_value(void)
{
	__u64 value = interesting[random_u64() % ARRAY_SIZE(interesting)];

	switch (random_u64() % 4) {
	case 0:
		return random_u64();
	case 1:
		return value + random_u64() % 5 - 2;
	default:
		return value;
	}
}

/* Spoil a word or two; now and then the size, which refuses most of the rest. */
static void spoil(char *arg, __u32 size)
{
	__u32 width = size < 16 || random_u64() & 1 ? 4 : 8;
	__u32 at = width + random_u64() % (size / width - 1) * width;
	__u64 value = odd_value();

	memcpy(arg + at, &value, width);
	if (random_u64() % 16 == 0)
		*(__u32 *)arg = odd_value();
	if (random_u64() % 4 == 0)
		spoil(arg, size);
}

static bool is_documented(long ret)
{
	static const int documented[] = {
		ENOTTY, EFAULT, EINVAL, E2BIG, EPERM, EEXIST, ENOENT, ENOSPC, EBUSY, EACCES, ENXIO,
		ENOMEM, EMFILE, ENFILE, ENODEV,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(documented); i++)
		if (ret == -documented[i])
			return true;
	return ret >= 0;
}

static void call_spoilt(struct files *files)
{
	const struct call *call = &calls[random_u64() % nr_calls];
	bool creates = call->nr == AXVM_CREATE_VM || call->nr == AXVM_CREATE_VCPU;
	char arg[256];
	long ret;

	call->prepare(files, arg);
	spoil(arg, call->size);
	ret = files_ioctl(files, call->kind, call->nr, arg);
	if (!is_documented(ret))
		FAIL("%s: %s", call->name, strerror(-ret));
	if (call->nr == AXVM_CREATE_DEVICE) {
		if (ret >= 0)
			close(ret);
		call->undo(files, arg, -1);
	} else if (creates && ret >= 0) {
		close(ret);
	}
}

static void call_anything(struct files *files)
{
	enum file_kind kind = random_u64() % NR_FILE_KINDS;
	unsigned long nr = random_u64() & 1 ? _IO(AXVM_IOC, random_u64() % 64) : random_u64();
	__u64 arg = odd_value();

	CHECK(is_documented(files_ioctl(files, kind, nr, (void *)arg)));
}

/* Whatever it has become, it returns: it is being kicked all the time. */
static void run_a_little(struct files *files)
{
	struct axvm_vcpu *vcpu = &files->vcpu->ax;
	int ret = axvm_run(vcpu);

	CHECK(ret == 0 || ret == -EINVAL || ret == -ENOMEM);
	CHECK_EQ(vcpu->exit->error, ret);
}

static void *kick_for_ever(void *data)
{
	for (;;) {
		CHECK_OK(axvm_kick((struct axvm_vcpu *)data));
		usleep(1000);
	}
	return NULL;
}

FIXTURE(fuzz) {
	struct vcpu *witness;
	__u64 *memory;
	struct files files;
};

FIXTURE_SETUP(fuzz)
{
	watch_set(SECONDS);
	self->witness = accessor_new(0);
	self->memory = vm_map(self->witness->vm, TEST_GPA, page_size(), MEM_RW);
	*self->memory = CANARY;
	files_open(&self->files);
	thread_start(kick_for_ever, &self->files.vcpu->ax);
}

FIXTURE_TEARDOWN(fuzz)
{
	/* The registers of the fuzzed VM may be anything: it just ends. */
}

TEST_F_TIMEOUT(fuzz, ioctls, SECONDS + 10)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		if (i % 3)
			call_spoilt(&self->files);
		else
			call_anything(&self->files);
		if (i % 16 == 0)
			run_a_little(&self->files);
		if (i % 1024 == 0)
			CHECK_EQ(accessor_read(self->witness, TEST_GPA), CANARY);
	}
	CHECK_EQ(READ_ONCE(*self->memory), CANARY);
	CHECK_EQ(accessor_read(self->witness, TEST_GPA), CANARY);
}

/* Registers of all kinds with values of all kinds, and a run in between. */
TEST_F_TIMEOUT(fuzz, registers, SECONDS + 10)
{
	static __u64 ids[AXVM_MAX_REGS];
	__u32 count = AXVM_MAX_REGS;
	int vcpu = self->files.fd[FILE_VCPU];
	unsigned int i;
	int ret;

	CHECK_OK(axvm_get_reg_list(vcpu, ids, &count));
	for (i = 0; i < ROUNDS; i++) {
		ret = axvm_set_reg(vcpu, ids[random_u64() % count], odd_value());
		CHECK(is_documented(ret));
		if (i % 16 == 0)
			run_a_little(&self->files);
	}
	CHECK_EQ(accessor_read(self->witness, TEST_GPA), CANARY);
}

TEST_HARNESS_MAIN
