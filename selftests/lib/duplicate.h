/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that goes on in another VM
 */
#ifndef SELFTESTS_DUPLICATE_H
#define SELFTESTS_DUPLICATE_H

#include "vm.h"

/**
 * vcpu_duplicate() - Another VM with the same memory and the same registers, one vCPU.
 * @vcpu: outside of the guest. Its VM's memory is image and RAM, nothing mapped besides.
 */
struct vcpu *vcpu_duplicate(struct vcpu *vcpu);

#endif /* SELFTESTS_DUPLICATE_H */
