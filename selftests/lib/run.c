// SPDX-License-Identifier: GPL-2.0
/*
 * Running vCPUs, and understanding what they say
 */
#include <stdio.h>
#include <stdlib.h>

#include "arch.h"
#include "watch.h"

int vcpu_try_run(struct vcpu *vcpu)
{
	int ret = axvm_run(&vcpu->ax);

	if (ret != -EBUSY && ret != -EPERM)
		vcpu->runs++;
	return ret;
}

/* A format is printed only if it is a literal of this image. */
static void print_ucall(const struct ucall *uc)
{
	char text[256];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), uc->text, uc->args[0], uc->args[1],
		 uc->args[2], uc->args[3]);
#pragma GCC diagnostic pop
	test_note("guest: %s", text);
}

static void __noreturn report_trap(struct where where, struct vcpu *vcpu)
{
	char text[256];

	arch_describe_trap(&vcpu->uc, text, sizeof(text));
	check_failed(where, "vCPU %llu: unexpected trap: %s", vcpu->id, text);
}

static void __noreturn report_failure(struct vcpu *vcpu)
{
	const struct ucall *uc = &vcpu->uc;
	struct where where = { uc->file, uc->line };

	check_failed(where, "vCPU %llu: not so: %s (0x%llx, 0x%llx, 0x%llx, 0x%llx)", vcpu->id,
		     uc->text, uc->args[0], uc->args[1], uc->args[2], uc->args[3]);
}

static bool is_ucall(const struct axvm_run_exit *exit)
{
	return exit->reason == AXVM_EXIT_MMIO_WRITE && exit->mmio.addr == UCALL_GPA;
}

/* Take the exit for a ucall, if it is one. Does the caller need to see it? */
static bool take_ucall(struct where where, struct vcpu *vcpu)
{
	if (!is_ucall(vcpu->ax.exit))
		return true;
	vcpu->uc = *(struct ucall *)vm_hva(vcpu->vm, vcpu->ax.exit->mmio.data);
	switch (vcpu->uc.kind) {
	case UCALL_PRINT:
		print_ucall(&vcpu->uc);
		return false;
	case UCALL_FAIL:
		report_failure(vcpu);
	case UCALL_TRAP:
		report_trap(where, vcpu);
	}
	return true;
}

static void check_time(struct where where, struct vcpu *vcpu)
{
	if (watch_expired())
		check_failed(where, "timed out: vCPU %llu at pc 0x%llx", vcpu->id, arch_pc(vcpu));
}

/* The host may want the thread for a moment, at any time: then nothing is to be seen. */
static bool is_worth_seeing(struct where where, struct vcpu *vcpu, __u32 flags)
{
	vcpu->uc.kind = UCALL_NONE;
	if (vcpu->ax.exit->reason == AXVM_EXIT_NOTHING)
		return flags & AXVM_RUN_NO_ENTER;
	return take_ucall(where, vcpu);
}

const struct axvm_run_exit *__vcpu_run(struct where where, struct vcpu *vcpu)
{
	__u32 flags;
	int ret;

	do {
		flags = vcpu->ax.request->flags;
		ret = vcpu_try_run(vcpu);
		check_time(where, vcpu);
		if (ret)
			check_failed(where, "AXVM_RUN: %s", strerror(-ret));
	} while (!is_worth_seeing(where, vcpu, flags));
	return vcpu->ax.exit;
}

static void describe_exit(struct vcpu *vcpu, char *text, size_t len)
{
	const struct axvm_run_exit *exit = vcpu->ax.exit;

	switch (exit->reason) {
	case AXVM_EXIT_MMIO_READ:
	case AXVM_EXIT_MMIO_WRITE:
		if (vcpu->uc.kind == UCALL_SYNC)
			snprintf(text, len, "sync %llu at %s:%llu", vcpu->uc.args[0],
				 vcpu->uc.file, vcpu->uc.line);
		else if (vcpu->uc.kind == UCALL_DONE)
			snprintf(text, len, "done");
		else
			snprintf(text, len, "gpa 0x%llx, width %u", exit->mmio.addr,
				 exit->mmio.width);
		return;
	case AXVM_EXIT_MEMORY_FAULT:
		snprintf(text, len, "gpa 0x%llx, access %s, flags 0x%x, %s",
			 exit->memory_fault.gpa, axvm_access_name(exit->memory_fault.access),
			 exit->memory_fault.flags, strerror(-exit->memory_fault.error));
		return;
	case AXVM_EXIT_HYPERCALL:
		snprintf(text, len, "nr 0x%llx, function 0x%llx", exit->hypercall.nr,
			 exit->hypercall.function);
		return;
	default:
		snprintf(text, len, "0x%llx, 0x%llx, 0x%llx, 0x%llx", exit->raw[0],
			 exit->raw[1], exit->raw[2], exit->raw[3]);
	}
}

static void __noreturn
wrong_exit(struct where where, struct vcpu *vcpu, const char *wanted)
{
	char text[256];

	describe_exit(vcpu, text, sizeof(text));
	check_failed(where, "vCPU %llu, pc 0x%llx: exit %s (%s), not %s", vcpu->id, arch_pc(vcpu),
		     axvm_exit_name(vcpu->ax.exit->reason), text, wanted);
}

const struct axvm_run_exit *__vcpu_expect(struct where where, struct vcpu *vcpu, __u32 reason)
{
	__vcpu_run(where, vcpu);
	if (vcpu->uc.kind != UCALL_NONE || vcpu->ax.exit->reason != reason)
		wrong_exit(where, vcpu, axvm_exit_name(reason));
	return vcpu->ax.exit;
}

const struct ucall *__vcpu_expect_sync(struct where where, struct vcpu *vcpu, __u64 stage)
{
	char text[32];

	__vcpu_run(where, vcpu);
	if (vcpu->uc.kind != UCALL_SYNC || vcpu->uc.args[0] != stage) {
		snprintf(text, sizeof(text), "sync %llu", stage);
		wrong_exit(where, vcpu, text);
	}
	return &vcpu->uc;
}

void __vcpu_expect_done(struct where where, struct vcpu *vcpu)
{
	__vcpu_run(where, vcpu);
	if (vcpu->uc.kind != UCALL_DONE)
		wrong_exit(where, vcpu, "done");
}
