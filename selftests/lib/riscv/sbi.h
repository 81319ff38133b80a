/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RISC-V: calling SBI from the guest
 *
 * Names and numbers are those of the SBI specification, version 2.0.
 */
#ifndef SELFTESTS_RISCV_SBI_H
#define SELFTESTS_RISCV_SBI_H

#include <linux/types.h>

#include "compiler.h"

#define SBI_BASE			0x10
#define SBI_BASE_GET_SPEC_VERSION	0
#define SBI_BASE_GET_IMPL_ID		1
#define SBI_BASE_GET_IMPL_VERSION	2
#define SBI_BASE_PROBE_EXTENSION	3
#define SBI_BASE_GET_MVENDORID		4
#define SBI_BASE_GET_MARCHID		5
#define SBI_BASE_GET_MIMPID		6

#define SBI_TIME			0x54494d45
#define SBI_TIME_SET_TIMER		0

#define SBI_IPI				0x735049
#define SBI_IPI_SEND			0

#define SBI_RFENCE			0x52464e43
#define SBI_RFENCE_FENCE_I		0
#define SBI_RFENCE_SFENCE_VMA		1
#define SBI_RFENCE_SFENCE_VMA_ASID	2
#define SBI_RFENCE_HFENCE_GVMA_VMID	3
#define SBI_RFENCE_HFENCE_GVMA		4
#define SBI_RFENCE_HFENCE_VVMA_ASID	5
#define SBI_RFENCE_HFENCE_VVMA		6

#define SBI_HSM				0x48534d
#define SBI_HSM_START			0
#define SBI_HSM_STOP			1
#define SBI_HSM_STATUS			2
#define SBI_HSM_SUSPEND			3
#define SBI_HSM_STARTED			0
#define SBI_HSM_STOPPED			1
#define SBI_HSM_START_PENDING		2
#define SBI_HSM_SUSPENDED		4
#define SBI_HSM_RETENTIVE		0x00000000
#define SBI_HSM_NON_RETENTIVE		0x80000000

#define SBI_SRST			0x53525354
#define SBI_SRST_RESET			0
#define SBI_SRST_SHUTDOWN		0
#define SBI_SRST_COLD_REBOOT		1
#define SBI_SRST_WARM_REBOOT		2
#define SBI_SRST_NO_REASON		0
#define SBI_SRST_SYSTEM_FAILURE		1

#define SBI_PMU				0x504d55
#define SBI_PMU_NUM_COUNTERS		0
#define SBI_PMU_COUNTER_INFO		1
#define SBI_PMU_CONFIG_MATCHING		2
#define SBI_PMU_START			3
#define SBI_PMU_STOP			4
#define SBI_PMU_FW_READ			5
#define SBI_PMU_FW_READ_HI		6
#define SBI_PMU_EVENT_FW		(0xfUL << 16)
#define SBI_PMU_FW_MISALIGNED_LOAD	0
#define SBI_PMU_FW_SET_TIMER		5
#define SBI_PMU_FW_IPI_SENT		6
#define SBI_PMU_FW_IPI_RECEIVED		7
#define SBI_PMU_FW_FENCE_I_SENT		8
#define SBI_PMU_FW_SFENCE_VMA_SENT	10
#define SBI_PMU_CFG_CLEAR_VALUE		BIT(1)
#define SBI_PMU_CFG_AUTO_START		BIT(2)
#define SBI_PMU_START_SET_INIT_VALUE	BIT(0)
#define SBI_PMU_STOP_RESET		BIT(0)

#define SBI_DBCN			0x4442434e
#define SBI_DBCN_WRITE			0
#define SBI_DBCN_READ			1
#define SBI_DBCN_WRITE_BYTE		2

#define SBI_SUSP			0x53555350
#define SBI_SUSP_SYSTEM_SUSPEND		0

#define SBI_STA				0x535441
#define SBI_STA_SET_SHMEM		0

/* Firmware space: nobody's extension. */
#define SBI_UNKNOWN			0x0a00a0a0

#define SBI_SUCCESS			0L
#define SBI_ERR_FAILED			(-1L)
#define SBI_ERR_NOT_SUPPORTED		(-2L)
#define SBI_ERR_INVALID_PARAM		(-3L)
#define SBI_ERR_DENIED			(-4L)
#define SBI_ERR_INVALID_ADDRESS		(-5L)
#define SBI_ERR_ALREADY_AVAILABLE	(-6L)
#define SBI_ERR_ALREADY_STARTED		(-7L)
#define SBI_ERR_ALREADY_STOPPED		(-8L)

/** define SBI_ALL_HARTS - hart_mask_base that names every hart. */
#define SBI_ALL_HARTS			(~0UL)

/** struct sbi_ret - What a call returns. */
struct sbi_ret {
	long error;
	__u64 value;
};

/* All six arguments; use sbi_call(). */
static __always_inline struct sbi_ret __sbi_call(__u64 ext, __u64 fn, __u64 a, __u64 b, __u64 c,
						 __u64 d, __u64 e, __u64 f)
{
	register __u64 a0 asm("a0") = a;
	register __u64 a1 asm("a1") = b;
	register __u64 a2 asm("a2") = c;
	register __u64 a3 asm("a3") = d;
	register __u64 a4 asm("a4") = e;
	register __u64 a5 asm("a5") = f;
	register __u64 a6 asm("a6") = fn;
	register __u64 a7 asm("a7") = ext;

	asm volatile("ecall"
		     : "+r" (a0), "+r" (a1)
		     : "r" (a2), "r" (a3), "r" (a4), "r" (a5), "r" (a6), "r" (a7)
		     : "memory");
	return (struct sbi_ret){ a0, a1 };
}

#define ___sbi_call(ext, fn, a, b, c, d, e, f, ...) \
	__sbi_call(ext, fn, (__u64)(a), (__u64)(b), (__u64)(c), (__u64)(d), (__u64)(e), (__u64)(f))

/** sbi_call() - An SBI call; arguments that are left out are 0. */
#define sbi_call(ext, ...)	___sbi_call(ext, __VA_ARGS__, 0, 0, 0, 0, 0, 0)

/** GUEST_ASSERT_SBI() - A call that must return this error and any value. */
#define GUEST_ASSERT_SBI(call, err)	GUEST_ASSERT_EQ((call).error, err)

#endif /* SELFTESTS_RISCV_SBI_H */
