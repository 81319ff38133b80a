// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1
/*
 * Registers, interrupt inputs and counters
 */
#include "internal.h"

static int regs_call(int fd, unsigned long nr, const struct axvm_reg *regs, __u32 count,
		     __u32 *failed)
{
	struct axvm_regs arg = {
		.size = sizeof(arg),
		.count = count,
		.regs = axvm_address(regs),
		.failed = count,
	};
	int ret = axvm_ioctl(fd, nr, &arg);

	if (failed)
		*failed = arg.failed;
	return ret;
}

int axvm_get_regs(int fd, struct axvm_reg *regs, __u32 count, __u32 *failed)
{
	return regs_call(fd, AXVM_GET_REGS, regs, count, failed);
}

int axvm_set_regs(int fd, const struct axvm_reg *regs, __u32 count, __u32 *failed)
{
	return regs_call(fd, AXVM_SET_REGS, regs, count, failed);
}

int axvm_get_reg(int fd, __u64 id, __u64 *value)
{
	struct axvm_reg reg = { .id = id };
	int ret = axvm_get_regs(fd, &reg, 1, NULL);

	if (!ret)
		*value = reg.value;
	return ret;
}

int axvm_set_reg(int fd, __u64 id, __u64 value)
{
	struct axvm_reg reg = { .id = id, .value = value };

	return axvm_set_regs(fd, &reg, 1, NULL);
}

int axvm_get_reg_list(int fd, __u64 *ids, __u32 *count)
{
	struct axvm_reg_list arg = {
		.size = sizeof(arg),
		.count = *count,
		.ids = axvm_address(ids),
	};
	int ret = axvm_ioctl(fd, AXVM_GET_REG_LIST, &arg);

	*count = arg.count;
	return ret;
}

int axvm_set_irq(int fd, __u32 irq, __u32 level)
{
	struct axvm_irq_line arg = {
		.size = sizeof(arg),
		.irq = irq,
		.level = level,
	};

	return axvm_ioctl(fd, AXVM_SET_IRQ, &arg);
}

int axvm_get_stats(int vcpu, struct axvm_stat *stats, __u32 *count)
{
	struct axvm_stats arg = {
		.size = sizeof(arg),
		.count = *count,
		.stats = axvm_address(stats),
	};
	int ret = axvm_ioctl(vcpu, AXVM_GET_STATS, &arg);

	*count = arg.count;
	return ret;
}
