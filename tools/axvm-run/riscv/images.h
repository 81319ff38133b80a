/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: kinds of image
 */
#ifndef AXVM_RUN_RISCV_IMAGES_H
#define AXVM_RUN_RISCV_IMAGES_H

#include "image.h"

/* The file that a Linux kernel is booted from. */
extern const struct image_kind linux_image;

#endif /* AXVM_RUN_RISCV_IMAGES_H */
