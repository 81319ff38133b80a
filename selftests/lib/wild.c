// SPDX-License-Identifier: GPL-2.0
/*
 * A vCPU that executes anything, beside a witness that must not notice
 */
#include <string.h>
#include <unistd.h>

#include "accessor.h"
#include "random.h"
#include "thread.h"
#include "wild.h"

#define CANARY		0x5ca1ab1e0ddba11ULL
#define AROUND		0x77

static void *kick_for_ever(void *data)
{
	for (;;) {
		CHECK_OK(axvm_kick((struct axvm_vcpu *)data));
		usleep(1000);
	}
	return NULL;
}

static __guest void guest_idle(void)
{
	for (;;)
		guest_relax();
}

void wild_begin(struct wild *wild, unsigned int vm_flags, __u64 exits, __u64 code_gpa)
{
	__u64 len = WILD_CODE_LEN + 2 * page_size();
	char *host;

	wild->witness = accessor_new(0);
	wild->canary = vm_map(wild->witness->vm, TEST_GPA, page_size(), MEM_RW);
	*wild->canary = CANARY;

	wild->vcpu = vcpu_create(vm_create(vm_flags), 0, guest_idle);
	vm_set_reg(wild->vcpu->vm, AXVM_REG_VM_EXITS, exits);
	host = host_alloc(len, page_size());
	memset(host, AROUND, len);
	wild->code = host + page_size();
	CHECK_OK(axvm_mem_map(wild->vcpu->vm->fd, code_gpa, wild->code, WILD_CODE_LEN, MEM_RWX));
	thread_start(kick_for_ever, &wild->vcpu->ax);
}

void wild_fill_code(struct wild *wild)
{
	random_fill(wild->code, WILD_CODE_LEN);
}

void wild_run(struct wild *wild)
{
	struct vcpu *vcpu = wild->vcpu;
	__u32 wish = random_u64() & 1 ? AXVM_RUN_REFUSE : 0;
	int ret = vcpu_try_run(vcpu);

	CHECK(ret == 0 || ret == -ENOMEM);
	CHECK_EQ(vcpu->ax.exit->error, ret);
	CHECK_LE(vcpu->ax.exit->reason, AXVM_EXIT_INTERRUPT_ACK);
	axvm_answer(&vcpu->ax, random_u64(), random_u64());
	axvm_request(&vcpu->ax, AXVM_RUN_NO_ENTER | wish);
	CHECK_OK(vcpu_try_run(vcpu));
	vcpu_set_reg(vcpu, AXVM_REG_RUN_STATE, AXVM_RUN_STARTED);
}

void wild_check(struct wild *wild)
{
	__u64 i;

	CHECK_EQ(*wild->canary, CANARY);
	CHECK_EQ(accessor_read(wild->witness, TEST_GPA), CANARY);
	for (i = 0; i < page_size(); i++) {
		CHECK_EQ((wild->code - page_size())[i], AROUND);
		CHECK_EQ((wild->code + WILD_CODE_LEN)[i], AROUND);
	}
}
