// SPDX-License-Identifier: GPL-2.0
/*
 * Registers in vectors
 */
#include <stdlib.h>

#include "regs.h"

struct reg_set *regs_list(int fd)
{
	struct reg_set *set = calloc(1, sizeof(*set));
	__u64 *ids = calloc(AXVM_MAX_REGS, sizeof(*ids));
	__u32 i;

	CHECK(set && ids);
	set->count = AXVM_MAX_REGS;
	CHECK_OK(axvm_get_reg_list(fd, ids, &set->count));
	for (i = 0; i < set->count; i++)
		set->regs[i].id = ids[i];
	free(ids);
	return set;
}

void regs_read(int fd, struct reg_set *set)
{
	CHECK_OK(axvm_get_regs(fd, set->regs, set->count, NULL));
}

struct reg_set *regs_save(int fd)
{
	struct reg_set *set = regs_list(fd);

	regs_read(fd, set);
	return set;
}

void regs_load(int fd, const struct reg_set *set)
{
	__u32 failed;
	int ret = axvm_set_regs(fd, set->regs, set->count, &failed);

	if (ret)
		FAIL("register 0x%llx = 0x%llx (entry %u of %u): %s", set->regs[failed].id,
		     set->regs[failed].value, failed, set->count, strerror(-ret));
}

struct axvm_reg *regs_find(struct reg_set *set, __u64 id)
{
	__u32 i;

	for (i = 0; i < set->count; i++)
		if (set->regs[i].id == id)
			return &set->regs[i];
	return NULL;
}

void regs_remove(struct reg_set *set, __u64 id)
{
	struct axvm_reg *reg = regs_find(set, id);

	if (reg)
		*reg = set->regs[--set->count];
}

void regs_reverse(struct reg_set *set)
{
	struct axvm_reg swap;
	__u32 i, j;

	for (i = 0, j = set->count; i + 1 < j; i++) {
		j--;
		swap = set->regs[i];
		set->regs[i] = set->regs[j];
		set->regs[j] = swap;
	}
}

void regs_check_same(struct reg_set *a, struct reg_set *b)
{
	struct axvm_reg *reg;
	__u32 i;

	CHECK_EQ(a->count, b->count);
	for (i = 0; i < a->count; i++) {
		reg = regs_find(b, a->regs[i].id);
		if (!reg)
			FAIL("register 0x%llx is gone", a->regs[i].id);
		if (reg->value != a->regs[i].value)
			FAIL("register 0x%llx: 0x%llx, not 0x%llx", reg->id, reg->value,
			     a->regs[i].value);
	}
}
