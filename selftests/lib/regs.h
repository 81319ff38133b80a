/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Registers in vectors
 */
#ifndef SELFTESTS_REGS_H
#define SELFTESTS_REGS_H

#include "vm.h"

/**
 * struct reg_set - All registers of an object, or some of them.
 * @count: how many.
 * @regs: ids and values.
 */
struct reg_set {
	__u32 count;
	struct axvm_reg regs[AXVM_MAX_REGS];
};

/** regs_list() - All that the object behind @fd has, without their values. */
struct reg_set *regs_list(int fd);

/** regs_read() - The values of a set's registers, now. */
void regs_read(int fd, struct reg_set *set);

/** regs_save() - All that the object has, with their values. */
struct reg_set *regs_save(int fd);

/** regs_load() - Write a set's registers. */
void regs_load(int fd, const struct reg_set *set);

/** regs_find() - A register of a set; NULL if it is not there. */
struct axvm_reg *regs_find(struct reg_set *set, __u64 id);

/** regs_remove() - Take a register out of a set, if it is there. */
void regs_remove(struct reg_set *set, __u64 id);

/** regs_reverse() - The other way round. */
void regs_reverse(struct reg_set *set);

/** regs_check_same() - Two sets have the same ids with the same values. */
void regs_check_same(struct reg_set *a, struct reg_set *b);

#endif /* SELFTESTS_REGS_H */
