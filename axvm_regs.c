// SPDX-License-Identifier: GPL-2.0
/* Register vectors: all of them or none, whatever their order */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "axvm_regs.h"

static struct axvm_reg *copy_entries(struct axvm_regs *regs)
{
	struct axvm_reg *entries;

	regs->failed = regs->count;
	if (regs->pad || regs->count > AXVM_MAX_REGS)
		return ERR_PTR(-EINVAL);
	entries = kvmalloc_array(regs->count, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(entries, u64_to_user_ptr(regs->regs),
			    array_size(regs->count, sizeof(*entries))))
		return entries;
	kvfree(entries);
	return ERR_PTR(-EFAULT);
}

static int get_all(const struct axvm_reg_ops *ops, void *object, struct axvm_reg *entries,
		   struct axvm_regs *regs)
{
	u32 i;
	int error;

	for (i = 0; i < regs->count; i++) {
		error = ops->get(object, entries[i].id, &entries[i].value);
		if (error) {
			regs->failed = i;
			return error;
		}
	}
	return 0;
}

long axvm_regs_get(const struct axvm_reg_ops *ops, void *object, struct axvm_regs *regs)
{
	struct axvm_reg *entries = copy_entries(regs);
	int error;

	if (IS_ERR(entries))
		return PTR_ERR(entries);
	error = get_all(ops, object, entries, regs);
	if (!error && copy_to_user(u64_to_user_ptr(regs->regs), entries,
				   array_size(regs->count, sizeof(*entries))))
		error = -EFAULT;
	kvfree(entries);
	return error;
}

static int check_all(const struct axvm_reg_ops *ops, void *object,
		     const struct axvm_reg *entries, struct axvm_regs *regs)
{
	u32 i;
	int error;

	for (i = 0; i < regs->count; i++) {
		error = ops->check(object, entries[i].id, entries[i].value);
		if (error) {
			regs->failed = i;
			return error;
		}
	}
	return 0;
}

long axvm_regs_set(const struct axvm_reg_ops *ops, void *object, struct axvm_regs *regs)
{
	struct axvm_reg *entries = copy_entries(regs);
	int error;
	u32 i;

	if (IS_ERR(entries))
		return PTR_ERR(entries);
	error = check_all(ops, object, entries, regs);
	if (!error)
		for (i = 0; i < regs->count; i++)
			ops->set(object, entries[i].id, entries[i].value);
	kvfree(entries);
	return error;
}

static int copy_list(const struct axvm_reg_ops *ops, void *object, u64 to, u32 count)
{
	u64 *ids = kvmalloc_array(count, sizeof(*ids), GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	int error = 0;

	if (!ids)
		return -ENOMEM;
	ops->list(object, ids, count);
	if (copy_to_user(u64_to_user_ptr(to), ids, array_size(count, sizeof(*ids))))
		error = -EFAULT;
	kvfree(ids);
	return error;
}

/* The caller's room bounds nothing that is allocated here: the object's own count does. */
long axvm_regs_list(const struct axvm_reg_ops *ops, void *object, struct axvm_reg_list *list)
{
	u32 count = ops->list(object, NULL, 0);
	u32 room = list->count;

	list->count = count;
	if (room < count)
		return -ENOSPC;
	return copy_list(ops, object, list->ids, count);
}
