/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every ioctl that takes an argument, as data
 */
#ifndef SELFTESTS_CALLS_H
#define SELFTESTS_CALLS_H

#include "vm.h"

enum file_kind {
	FILE_SYSTEM,
	FILE_VM,
	FILE_VCPU,
#ifdef ARCH_DEVICE_TYPE
	FILE_DEVICE,
#endif
	NR_FILE_KINDS,
};

#define FILES_DEVICE_IRQS	40

/**
 * struct files - One file of each kind, all of one VM.
 * @fd: the files, by enum file_kind.
 * @vcpu: the library's vCPU that the VM and vCPU files are of.
 */
struct files {
	int fd[NR_FILE_KINDS];
	struct vcpu *vcpu;
};

/** files_open() - Make one of each. */
void files_open(struct files *files);

/** files_ioctl() - An ioctl; its result, or a negative errno. */
long files_ioctl(struct files *files, enum file_kind kind, unsigned long nr, void *arg);

/**
 * struct call - An ioctl with an argument.
 * @name: for messages.
 * @nr: its number.
 * @kind: of which file.
 * @size: of its argument in the first version of the interface.
 * @flags_at: where its flags are, 0 for none.
 * @flags: which of them are known.
 * @pad_at: where 4 bytes of padding are, 0 for none.
 * @anywhere: another process may call it.
 * @writes: it writes its argument back.
 * @error: what even a good argument is answered with here; 0 for success.
 * @prepare: fill @arg so that the ioctl succeeds. After each comes an undo().
 * @undo: make up for a call that returned @ret.
 */
struct call {
	const char *name;
	unsigned long nr;
	enum file_kind kind;
	__u32 size;
	__u32 flags_at;
	__u32 flags;
	__u32 pad_at;
	bool anywhere;
	bool writes;
	int error;
	void (*prepare)(struct files *files, void *arg);
	void (*undo)(struct files *files, void *arg, long ret);
};

extern const struct call calls[];
extern const unsigned int nr_calls;

#endif /* SELFTESTS_CALLS_H */
