/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DECODE_LINUX_STRING_H
#define DECODE_LINUX_STRING_H

#include <string.h>

#endif /* DECODE_LINUX_STRING_H */
