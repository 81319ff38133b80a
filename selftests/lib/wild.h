/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A vCPU that executes anything, beside a witness that must not notice
 *
 * The VMM here is as careless as the guest is wild: it answers every exit with something, or
 * refuses it, and kicks all the time. It all comes from random.h.
 */
#ifndef SELFTESTS_WILD_H
#define SELFTESTS_WILD_H

#include "vm.h"

/** define WILD_CODE_LEN - Bytes of memory for the wild guest's code. */
#define WILD_CODE_LEN	(4 * page_size())

/**
 * struct wild - Both of them.
 * @witness: a vCPU of another VM.
 * @canary: in that VM's memory.
 * @vcpu: the wild one.
 * @code: memory that it may execute, with a page on either side that is not the guest's.
 */
struct wild {
	struct vcpu *witness;
	__u64 *canary;
	struct vcpu *vcpu;
	char *code;
};

/**
 * wild_begin() - Make the two VMs.
 * @wild: what to fill in.
 * @vm_flags: of the wild one's, for vm_create().
 * @exits: its %AXVM_REG_VM_EXITS.
 * @code_gpa: where its code is.
 *
 * Whatever the guest becomes: it ends with the process.
 */
void wild_begin(struct wild *wild, unsigned int vm_flags, __u64 exits, __u64 code_gpa);

/** wild_fill_code() - All of the code at random. */
void wild_fill_code(struct wild *wild);

/** wild_run() - One run; then whatever is pending gets some answer, and the CPU is on again. */
void wild_run(struct wild *wild);

/** wild_check() - Nothing beside the guest's memory has changed, and the other VM works. */
void wild_check(struct wild *wild);

#endif /* SELFTESTS_WILD_H */
