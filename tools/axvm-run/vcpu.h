/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A vCPU and its thread
 */
#ifndef AXVM_RUN_VCPU_H
#define AXVM_RUN_VCPU_H

#include <pthread.h>

#include "libaxvm.h"
#include "types.h"

struct machine;

/**
 * struct vcpu - A vCPU and its thread.
 * @machine: what it is part of.
 * @axvm: the library's handle.
 * @index: its number, from 0, and its id.
 * @thread: the thread that runs it.
 * @started: @thread is there.
 *
 * Constant once the threads run.
 */
struct vcpu {
	struct machine *machine;
	struct axvm_vcpu axvm;
	unsigned int index;
	pthread_t thread;
	bool started;
};

int vcpu_create(struct vcpu *vcpu, struct machine *machine, unsigned int index);
void vcpu_destroy(struct vcpu *vcpu);

/* Start its thread. */
int vcpu_start(struct vcpu *vcpu);

/* The run is over: have its thread notice, and wait for it to end. */
void vcpu_kick(struct vcpu *vcpu);
void vcpu_join(struct vcpu *vcpu);

/* Deal with what is in the exit page; may end the run. */
void vcpu_handle_exit(struct vcpu *vcpu);

/* Tell, once in a machine's life, that it accesses what is not there. */
void vcpu_complain(struct vcpu *vcpu, const char *what, unsigned int width, const char *where,
		   u64 addr);

#endif /* AXVM_RUN_VCPU_H */
