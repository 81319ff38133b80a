/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the devices and how they are connected
 */
#ifndef AXVM_RUN_X86_DEVICES_H
#define AXVM_RUN_X86_DEVICES_H

#include <stdbool.h>

struct machine;
struct vcpu;

/* Make them, and put them on the machine's buses; 0, or -1 with the reason reported. */
int devices_create(struct machine *machine);
void devices_destroy(struct machine *machine);

/* Add the small devices at ports, and those that are not there. */
void ports_create(struct machine *machine);

/* Answer AXVM_EXIT_PORT_READ and AXVM_EXIT_PORT_WRITE. */
void ports_handle_read(struct vcpu *vcpu);
void ports_handle_write(struct vcpu *vcpu);

#endif /* AXVM_RUN_X86_DEVICES_H */
