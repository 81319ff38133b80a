/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: the memory that a firmware image is in, up to 4 GiB
 */
#ifndef AXVM_RUN_X86_FIRMWARE_H
#define AXVM_RUN_X86_FIRMWARE_H

struct machine;

/* Give the guest that memory, if it has a firmware image; 0, or -1 with the reason reported. */
int firmware_create(struct machine *machine);
void firmware_destroy(struct machine *machine);

#endif /* AXVM_RUN_X86_FIRMWARE_H */
