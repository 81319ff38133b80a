// SPDX-License-Identifier: GPL-2.0
/*
 * SBI PMU: the firmware counters
 */
#include "test.h"
#include "sbi.h"

#define CLEAR_AND_START	(SBI_PMU_CFG_CLEAR_VALUE | SBI_PMU_CFG_AUTO_START)
#define EVENT(code)	(SBI_PMU_EVENT_FW | (code))
#define IS_FIRMWARE	BIT(63)

static __always_inline __u64 counters(void)
{
	struct sbi_ret ret = sbi_call(SBI_PMU, SBI_PMU_NUM_COUNTERS);

	GUEST_ASSERT_EQ(ret.error, SBI_SUCCESS);
	return ret.value;
}

/* Have some counter count an event: its number. */
static __always_inline __u64 count_event(__u64 code, __u64 flags)
{
	struct sbi_ret ret = sbi_call(SBI_PMU, SBI_PMU_CONFIG_MATCHING, 0,
				      (1UL << counters()) - 1, flags, EVENT(code), 0);

	GUEST_ASSERT_EQ(ret.error, SBI_SUCCESS);
	GUEST_ASSERT_LT(ret.value, counters());
	return ret.value;
}

static __always_inline __u64 value_of(__u64 counter)
{
	struct sbi_ret ret = sbi_call(SBI_PMU, SBI_PMU_FW_READ, counter);

	GUEST_ASSERT_EQ(ret.error, SBI_SUCCESS);
	return ret.value;
}

static __always_inline void set_timers(unsigned int n)
{
	while (n--)
		sbi_call(SBI_TIME, SBI_TIME_SET_TIMER, ~0UL);
}

static __guest void guest_counts(void)
{
	__u64 counter = count_event(SBI_PMU_FW_SET_TIMER, CLEAR_AND_START);

	GUEST_ASSERT_EQ(value_of(counter), 0);
	set_timers(3);
	GUEST_ASSERT_EQ(value_of(counter), 3);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_STOP, counter, 1, 0), SBI_SUCCESS);
	set_timers(2);
	GUEST_ASSERT_EQ(value_of(counter), 3);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_STOP, counter, 1, 0),
			 SBI_ERR_ALREADY_STOPPED);
	/* Going on, then from another value. */
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_START, counter, 1, 0, 0), SBI_SUCCESS);
	set_timers(1);
	GUEST_ASSERT_EQ(value_of(counter), 4);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_START, counter, 1, 0, 0),
			 SBI_ERR_ALREADY_STARTED);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_STOP, counter, 1, 0), SBI_SUCCESS);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_START, counter, 1,
				  SBI_PMU_START_SET_INIT_VALUE, 100), SBI_SUCCESS);
	set_timers(5);
	GUEST_ASSERT_EQ(value_of(counter), 105);
	/* On 64 bits there is no upper half. */
	GUEST_ASSERT_EQ(sbi_call(SBI_PMU, SBI_PMU_FW_READ_HI, counter).value, 0);
	GUEST_SYNC(1, counter);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_STOP, counter, 1, SBI_PMU_STOP_RESET),
			 SBI_SUCCESS);
}

TEST(counting)
{
	struct vcpu *vcpu = vcpu_new(guest_counts);
	__u64 counter = vcpu_expect_sync(vcpu, 1)->args[1];
	__u64 event, i;

	/* The VMM sees it under its number among the firmware counters. */
	for (i = 0; i < AXVM_RISCV_PMU_COUNTERS; i++) {
		event = vcpu_get_reg(vcpu, AXVM_RISCV_PMU_EVENT(i));
		if (!event)
			continue;
		CHECK_EQ(event, 3ULL << 62 | EVENT(SBI_PMU_FW_SET_TIMER));
		CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_PMU_VALUE(i)), 105);
		break;
	}
	CHECK_LT(i, AXVM_RISCV_PMU_COUNTERS);
	CHECK_GE(counter, i);
	vcpu_expect_done(vcpu);
	CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_PMU_EVENT(i)), 0);
}

static __guest void guest_events(void)
{
	__u64 ipi = count_event(SBI_PMU_FW_IPI_SENT, CLEAR_AND_START);
	__u64 fence_i, sfence;

	/* What is taken is taken: each event gets a counter of its own. */
	fence_i = count_event(SBI_PMU_FW_FENCE_I_SENT, CLEAR_AND_START);
	sfence = count_event(SBI_PMU_FW_SFENCE_VMA_SENT, CLEAR_AND_START);
	GUEST_ASSERT_NE(ipi, fence_i);
	GUEST_ASSERT_NE(fence_i, sfence);
	GUEST_ASSERT_NE(ipi, sfence);
	sbi_call(SBI_IPI, SBI_IPI_SEND, 1, 0);
	sbi_call(SBI_IPI, SBI_IPI_SEND, 1, 0);
	sbi_call(SBI_RFENCE, SBI_RFENCE_FENCE_I, 1, 0);
	sbi_call(SBI_RFENCE, SBI_RFENCE_SFENCE_VMA, 1, 0, 0, 4096);
	sbi_call(SBI_RFENCE, SBI_RFENCE_SFENCE_VMA, 1, 0, 0, ~0UL);
	sbi_call(SBI_RFENCE, SBI_RFENCE_SFENCE_VMA, 1, 0, 0, 8192);
	GUEST_ASSERT_EQ(value_of(ipi), 2);
	GUEST_ASSERT_EQ(value_of(fence_i), 1);
	GUEST_ASSERT_EQ(value_of(sfence), 3);
}

TEST(events)
{
	vcpu_expect_done(vcpu_new(guest_events));
}

static __guest void guest_info(void)
{
	__u64 n = counters(), i, firmware = 0;
	struct sbi_ret ret;

	GUEST_ASSERT_GE(n, AXVM_RISCV_PMU_COUNTERS);
	for (i = 0; i < n; i++) {
		ret = sbi_call(SBI_PMU, SBI_PMU_COUNTER_INFO, i);
		GUEST_ASSERT_EQ(ret.error, SBI_SUCCESS);
		firmware += !!(ret.value & IS_FIRMWARE);
	}
	GUEST_ASSERT_EQ(firmware, AXVM_RISCV_PMU_COUNTERS);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_COUNTER_INFO, n), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_COUNTER_INFO, ~0UL), SBI_ERR_INVALID_PARAM);
}

TEST(counter_info)
{
	vcpu_expect_done(vcpu_new(guest_info));
}

static __guest void guest_errors(void)
{
	__u64 n = counters(), all = (1UL << n) - 1;

	/* Counters that are not there. */
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_CONFIG_MATCHING, n, 1, 0,
				  EVENT(SBI_PMU_FW_SET_TIMER)), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_START, n, 1, 0, 0), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_STOP, n, 1, 0), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_STOP, ~0UL - 1, 3, 0), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_FW_READ, n), SBI_ERR_INVALID_PARAM);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_FW_READ, ~0UL), SBI_ERR_INVALID_PARAM);
	/* An event that is none. */
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, SBI_PMU_CONFIG_MATCHING, 0, all, 0, EVENT(255)),
			 SBI_ERR_NOT_SUPPORTED);
	GUEST_ASSERT_SBI(sbi_call(SBI_PMU, 99), SBI_ERR_NOT_SUPPORTED);
}

TEST(errors)
{
	vcpu_expect_done(vcpu_new(guest_errors));
}

/* More events than there are counters. */
static __guest void guest_takes_all(void)
{
	__u64 all = (1UL << counters()) - 1;
	struct sbi_ret ret;
	unsigned int i;

	for (i = 0; i < AXVM_RISCV_PMU_COUNTERS; i++)
		count_event(SBI_PMU_FW_SET_TIMER, CLEAR_AND_START);
	ret = sbi_call(SBI_PMU, SBI_PMU_CONFIG_MATCHING, 0, all, CLEAR_AND_START,
		       EVENT(SBI_PMU_FW_SET_TIMER), 0);
	GUEST_ASSERT_NE(ret.error, SBI_SUCCESS);
	set_timers(1);
}

TEST(no_counter_left)
{
	struct vcpu *vcpu = vcpu_new(guest_takes_all);
	unsigned int i;

	vcpu_expect_done(vcpu);
	for (i = 0; i < AXVM_RISCV_PMU_COUNTERS; i++)
		CHECK_EQ(vcpu_get_reg(vcpu, AXVM_RISCV_PMU_VALUE(i)), 1);
}

TEST_HARNESS_MAIN
