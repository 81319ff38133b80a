/* SPDX-License-Identifier: GPL-2.0 */
/* Register vectors: the same three ioctls on VM, vCPU and device files. */
#ifndef _AXVM_REGS_H
#define _AXVM_REGS_H

#include <linux/types.h>

#include "axvm.h"

/**
 * struct axvm_reg_ops - The registers of one kind of object.
 * @get: read register @id. Return 0 or %-ENOENT.
 * @check: would @set take this value? Changes nothing. Return 0 or a negative
 *	errno as %AXVM_SET_REGS documents.
 * @set: write a register that @check passed; cannot fail.
 * @list: write the ids of all registers to @ids, at most @room of them. Return
 *	how many there are.
 */
struct axvm_reg_ops {
	int (*get)(void *object, u64 id, u64 *value);
	int (*check)(void *object, u64 id, u64 value);
	void (*set)(void *object, u64 id, u64 value);
	u32 (*list)(void *object, u64 *ids, u32 room);
};

/** axvm_regs_get() - %AXVM_GET_REGS. */
long axvm_regs_get(const struct axvm_reg_ops *ops, void *object, struct axvm_regs *regs);
/** axvm_regs_set() - %AXVM_SET_REGS: check every entry, then apply them. */
long axvm_regs_set(const struct axvm_reg_ops *ops, void *object, struct axvm_regs *regs);
/** axvm_regs_list() - %AXVM_GET_REG_LIST. */
long axvm_regs_list(const struct axvm_reg_ops *ops, void *object, struct axvm_reg_list *list);

/**
 * struct axvm_reg_sink - Where a @list function puts its ids.
 * @ids: the array.
 * @room: how many fit.
 * @count: how many there were, whether they fitted or not.
 */
struct axvm_reg_sink {
	u64 *ids;
	u32 room;
	u32 count;
};

/** axvm_reg_sink_add() - One more id. */
static inline void axvm_reg_sink_add(struct axvm_reg_sink *sink, u64 id)
{
	if (sink->count < sink->room)
		sink->ids[sink->count] = id;
	sink->count++;
}

#endif /* _AXVM_REGS_H */
