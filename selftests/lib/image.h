/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The test's own image, as guest memory
 */
#ifndef SELFTESTS_IMAGE_H
#define SELFTESTS_IMAGE_H

#include "vm.h"

/* Set by the linker: the bounds of what is loaded, and of the __guest functions. */
extern char __executable_start[], _end[];
extern char __start_guest_text[], __stop_guest_text[];

/** image_start(), image_len() - Where the image is, in whole pages. */
__u64 image_start(void);
__u64 image_len(void);

/** image_load() - Give a VM a copy of the image, as it is now. */
void image_load(struct vm *vm);

#endif /* SELFTESTS_IMAGE_H */
