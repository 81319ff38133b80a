// SPDX-License-Identifier: GPL-2.0
/*
 * ucall: the guest's side
 */
#include "guest.h"

/* Out of line, so that an assertion costs the guest function a call only. */
__guest void guest_ucall(enum ucall_kind kind, const char *file, __u64 line, const char *text,
			 __u64 a0, __u64 a1, __u64 a2, __u64 a3)
{
	struct ucall uc;

	/* Assigned one by one: an initializer may become a call of memset(). */
	uc.kind = kind;
	uc.file = file;
	uc.line = line;
	uc.text = text;
	uc.args[0] = a0;
	uc.args[1] = a1;
	uc.args[2] = a2;
	uc.args[3] = a3;

	/* The address escapes through an integer: have the stores done first. */
	asm volatile("" : : "r" (&uc) : "memory");
	guest_mmio_write64(UCALL_GPA, (__u64)&uc);
}
