// SPDX-License-Identifier: GPL-2.0
/*
 * SBI PMU: firmware counters, which count what this SBI does for the hart
 *
 * There are no hardware counters: they would tell a guest about the host. All of a
 * counter's state is in its word of struct axvm_riscv_pmu, in the form that a VMM
 * saves.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

#define CONFIGURED	BIT_ULL(63)
#define COUNTING	BIT_ULL(62)

#define EVENT_FIRMWARE	(SBI_PMU_EVENT_TYPE_FW << 16)
#define INFO_FIRMWARE	BIT(63)

#define CONFIG_FLAGS	GENMASK(7, 0)
#define START_FLAGS	(SBI_PMU_START_FLAG_SET_INIT_VALUE | SBI_PMU_START_FLAG_INIT_SNAPSHOT)
#define STOP_FLAGS	(SBI_PMU_STOP_FLAG_RESET | SBI_PMU_STOP_FLAG_TAKE_SNAPSHOT)

static bool is_event(u64 event)
{
	return (event & ~(u64)SBI_PMU_EVENT_IDX_CODE_MASK) == EVENT_FIRMWARE &&
	       (event & SBI_PMU_EVENT_IDX_CODE_MASK) < SBI_PMU_FW_MAX;
}

int axvm_riscv_pmu_check_event(u64 event)
{
	if (!event)
		return 0;
	return event & CONFIGURED && is_event(event & ~(CONFIGURED | COUNTING)) ? 0 : -EINVAL;
}

void axvm_riscv_pmu_update(struct axvm_vcpu *vcpu)
{
	struct axvm_riscv_pmu *pmu = &vcpu->arch.pmu;
	unsigned int i;

	pmu->counted = 0;
	for (i = 0; i < AXVM_RISCV_PMU_COUNTERS; i++)
		if (pmu->event[i] & COUNTING)
			pmu->counted |= BIT(pmu->event[i] & SBI_PMU_EVENT_IDX_CODE_MASK);
}

void axvm_riscv_pmu_raise(struct axvm_vcpu *vcpu, unsigned int event)
{
	struct axvm_riscv_pmu *pmu = &vcpu->arch.pmu;
	unsigned int i;

	for (i = 0; i < AXVM_RISCV_PMU_COUNTERS; i++)
		if (pmu->event[i] == (CONFIGURED | COUNTING | EVENT_FIRMWARE | event))
			pmu->value[i]++;
}

void axvm_riscv_pmu_reset(struct axvm_vcpu *vcpu)
{
	memset(&vcpu->arch.pmu, 0, sizeof(vcpu->arch.pmu));
}

/* The set of counters that a call gives in a0 and a1, as bits. */
static bool get_counters(const struct axvm_vcpu *vcpu, unsigned long *counters)
{
	unsigned long base = axvm_riscv_sbi_argument(vcpu, 0);
	unsigned long mask = axvm_riscv_sbi_argument(vcpu, 1);

	if (base >= AXVM_RISCV_PMU_COUNTERS || mask >> (AXVM_RISCV_PMU_COUNTERS - base))
		return false;
	*counters = mask << base;
	return true;
}

/* The first of the counters that can take an event, or %AXVM_RISCV_PMU_COUNTERS. */
static unsigned int match(const struct axvm_riscv_pmu *pmu, unsigned long counters,
			  unsigned long flags)
{
	/* With this flag the first one it must be, configured or not, unless it counts. */
	u64 taken = flags & SBI_PMU_CFG_FLAG_SKIP_MATCH ? COUNTING : CONFIGURED;
	unsigned int i;

	for_each_set_bit(i, &counters, AXVM_RISCV_PMU_COUNTERS) {
		if (!(pmu->event[i] & taken))
			return i;
		if (flags & SBI_PMU_CFG_FLAG_SKIP_MATCH)
			break;
	}
	return AXVM_RISCV_PMU_COUNTERS;
}

static long config_matching(struct axvm_vcpu *vcpu, unsigned long *which)
{
	struct axvm_riscv_pmu *pmu = &vcpu->arch.pmu;
	unsigned long flags = axvm_riscv_sbi_argument(vcpu, 2);
	unsigned long event = axvm_riscv_sbi_argument(vcpu, 3);
	unsigned long counters;
	unsigned int i;

	if (!get_counters(vcpu, &counters) || flags & ~CONFIG_FLAGS)
		return SBI_ERR_INVALID_PARAM;
	i = match(pmu, counters, flags);
	if (i == AXVM_RISCV_PMU_COUNTERS || !is_event(event))
		return SBI_ERR_NOT_SUPPORTED;
	pmu->event[i] = CONFIGURED | event;
	if (flags & SBI_PMU_CFG_FLAG_CLEAR_VALUE)
		pmu->value[i] = 0;
	if (flags & SBI_PMU_CFG_FLAG_AUTO_START)
		pmu->event[i] |= COUNTING;
	axvm_riscv_pmu_update(vcpu);
	*which = i;
	return SBI_SUCCESS;
}

static long start_one(struct axvm_vcpu *vcpu, unsigned int i, unsigned long flags)
{
	struct axvm_riscv_pmu *pmu = &vcpu->arch.pmu;

	if (!(pmu->event[i] & CONFIGURED))
		return SBI_ERR_INVALID_PARAM;
	if (pmu->event[i] & COUNTING)
		return SBI_ERR_ALREADY_STARTED;
	if (flags & SBI_PMU_START_FLAG_SET_INIT_VALUE)
		pmu->value[i] = axvm_riscv_sbi_argument(vcpu, 3);
	pmu->event[i] |= COUNTING;
	return SBI_SUCCESS;
}

/* The counters that can be started are, whatever the others say. */
static long start(struct axvm_vcpu *vcpu)
{
	unsigned long flags = axvm_riscv_sbi_argument(vcpu, 2);
	unsigned long counters;
	long error = SBI_SUCCESS;
	unsigned int i;

	if (!get_counters(vcpu, &counters) || flags & ~START_FLAGS)
		return SBI_ERR_INVALID_PARAM;
	if (flags & SBI_PMU_START_FLAG_INIT_SNAPSHOT)
		return SBI_ERR_NO_SHMEM;
	for_each_set_bit(i, &counters, AXVM_RISCV_PMU_COUNTERS)
		error = start_one(vcpu, i, flags) ?: error;
	axvm_riscv_pmu_update(vcpu);
	return error;
}

static long stop_one(struct axvm_riscv_pmu *pmu, unsigned int i, unsigned long flags)
{
	bool counted = pmu->event[i] & COUNTING;

	pmu->event[i] &= ~COUNTING;
	if (flags & SBI_PMU_STOP_FLAG_RESET)
		pmu->event[i] = 0;
	return counted ? SBI_SUCCESS : SBI_ERR_ALREADY_STOPPED;
}

static long stop(struct axvm_vcpu *vcpu)
{
	unsigned long flags = axvm_riscv_sbi_argument(vcpu, 2);
	unsigned long counters;
	long error = SBI_SUCCESS;
	unsigned int i;

	if (!get_counters(vcpu, &counters) || flags & ~STOP_FLAGS)
		return SBI_ERR_INVALID_PARAM;
	if (flags & SBI_PMU_STOP_FLAG_TAKE_SNAPSHOT)
		return SBI_ERR_NO_SHMEM;
	for_each_set_bit(i, &counters, AXVM_RISCV_PMU_COUNTERS)
		error = stop_one(&vcpu->arch.pmu, i, flags) ?: error;
	axvm_riscv_pmu_update(vcpu);
	return error;
}

static long get_info(const struct axvm_vcpu *vcpu, unsigned long *info)
{
	if (axvm_riscv_sbi_argument(vcpu, 0) >= AXVM_RISCV_PMU_COUNTERS)
		return SBI_ERR_INVALID_PARAM;
	*info = INFO_FIRMWARE;
	return SBI_SUCCESS;
}

static long read(const struct axvm_vcpu *vcpu, unsigned long *value)
{
	const struct axvm_riscv_pmu *pmu = &vcpu->arch.pmu;
	unsigned long i = axvm_riscv_sbi_argument(vcpu, 0);

	if (i >= AXVM_RISCV_PMU_COUNTERS || !(pmu->event[i] & CONFIGURED))
		return SBI_ERR_INVALID_PARAM;
	*value = pmu->value[i];
	return SBI_SUCCESS;
}

static enum axvm_next pmu(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	switch (axvm_riscv_sbi_function(vcpu)) {
	case SBI_EXT_PMU_NUM_COUNTERS:
		result->value = AXVM_RISCV_PMU_COUNTERS;
		break;
	case SBI_EXT_PMU_COUNTER_GET_INFO:
		result->error = get_info(vcpu, &result->value);
		break;
	case SBI_EXT_PMU_COUNTER_CFG_MATCH:
		result->error = config_matching(vcpu, &result->value);
		break;
	case SBI_EXT_PMU_COUNTER_START:
		result->error = start(vcpu);
		break;
	case SBI_EXT_PMU_COUNTER_STOP:
		result->error = stop(vcpu);
		break;
	case SBI_EXT_PMU_COUNTER_FW_READ:
		result->error = read(vcpu, &result->value);
		break;
	case SBI_EXT_PMU_COUNTER_FW_READ_HI:
		/* The lower half is the whole. */
		result->error = read(vcpu, &result->value);
		result->value = 0;
		break;
	default:
		result->error = SBI_ERR_NOT_SUPPORTED;
		break;
	}
	return AXVM_NEXT_ENTER;
}

const struct axvm_riscv_sbi_extension axvm_riscv_sbi_pmu = {
	.id		= SBI_EXT_PMU,
	.policy		= AXVM_RISCV_SBI_PMU,
	.default_policy	= AXVM_RISCV_SBI_KERNEL,
	.quick		= GENMASK(SBI_EXT_PMU_COUNTER_FW_READ_HI, SBI_EXT_PMU_NUM_COUNTERS),
	.handle		= pmu,
};
