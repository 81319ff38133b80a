// SPDX-License-Identifier: GPL-2.0
/*
 * SBI STA: tell the guest how long its hart had to wait for the host's CPU
 *
 * The record lies in guest memory, 64 bytes aligned to 64, so within one page. Its
 * sequence number is odd while it changes. What the guest writes there itself is
 * lost or told back to it, and does no other harm.
 */
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <asm/barrier.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

#define NONE	U64_MAX

static_assert(sizeof(struct sbi_sta_struct) == 64);

static u64 run_delay(void)
{
#ifdef CONFIG_SCHED_INFO
	return READ_ONCE(current->sched_info.run_delay);
#else
	return 0;
#endif
}

/* A record that was here before this vCPU was, in a VM that was moved, goes on. */
static void read_record(struct axvm_vcpu *vcpu)
{
	struct axvm_riscv_steal *steal = &vcpu->arch.steal;
	struct sbi_sta_struct record;
	unsigned long hva;

	rcu_read_lock();
	hva = axvm_mmu_hva(vcpu->vm, steal->shmem, AXVM_MEM_READ);
	rcu_read_unlock();
	if (!hva || copy_from_user(&record, (void __user *)hva, sizeof(record)))
		return;
	steal->sequence = le32_to_cpu(record.sequence) & ~1;
	steal->steal = le64_to_cpu(record.steal);
	steal->known = true;
}

static int write_field(struct axvm_vcpu *vcpu, unsigned int offset, const void *data,
		       unsigned int len)
{
	return axvm_mmu_write_guest(vcpu->vm, vcpu->arch.steal.shmem + offset, data, len);
}

static int write_sequence(struct axvm_vcpu *vcpu)
{
	__le32 sequence = cpu_to_le32(++vcpu->arch.steal.sequence);

	return write_field(vcpu, offsetof(struct sbi_sta_struct, sequence), &sequence,
			   sizeof(sequence));
}

/* Memory that is not there now is no error: the next update tells all. */
static void write_record(struct axvm_vcpu *vcpu)
{
	__le64 steal = cpu_to_le64(vcpu->arch.steal.steal);

	if (write_sequence(vcpu)) {
		vcpu->arch.steal.sequence--;
		return;
	}
	/* Another hart may read: first the sequence is odd... */
	smp_wmb();
	write_field(vcpu, offsetof(struct sbi_sta_struct, steal), &steal, sizeof(steal));
	/* ...then comes the time, and then it is even. */
	smp_wmb();
	write_sequence(vcpu);
}

/* How long this thread has waited since it was last asked. */
static u64 newly_stolen(struct axvm_riscv_steal *steal)
{
	u64 now = run_delay();
	u64 stolen = 0;

	/* Another thread has waited for other things than this vCPU. */
	if (steal->thread == current && now >= steal->last)
		stolen = now - steal->last;
	steal->thread = current;
	steal->last = now;
	return stolen;
}

void axvm_riscv_steal_update(struct axvm_vcpu *vcpu)
{
	struct axvm_riscv_steal *steal = &vcpu->arch.steal;
	u64 stolen;

	if (steal->shmem == NONE || vcpu->run_state == AXVM_RUN_STOPPED)
		return;
	if (!steal->known)
		read_record(vcpu);
	stolen = newly_stolen(steal);
	if (!stolen || !steal->known)
		return;
	steal->steal += stolen;
	write_record(vcpu);
}

int axvm_riscv_steal_check(u64 shmem)
{
	return shmem != NONE && shmem % sizeof(struct sbi_sta_struct) ? -EINVAL : 0;
}

void axvm_riscv_steal_set(struct axvm_vcpu *vcpu, u64 shmem)
{
	vcpu->arch.steal = (struct axvm_riscv_steal){ .shmem = shmem };
}

void axvm_riscv_steal_reset(struct axvm_vcpu *vcpu)
{
	axvm_riscv_steal_set(vcpu, NONE);
}

static long set_shmem(struct axvm_vcpu *vcpu)
{
	static const struct sbi_sta_struct empty;
	unsigned long low = axvm_riscv_sbi_argument(vcpu, 0);
	unsigned long high = axvm_riscv_sbi_argument(vcpu, 1);

	if (axvm_riscv_sbi_argument(vcpu, 2))
		return SBI_ERR_INVALID_PARAM;
	if (low == ULONG_MAX && high == ULONG_MAX) {
		axvm_riscv_steal_reset(vcpu);
		return SBI_SUCCESS;
	}
	if (axvm_riscv_steal_check(low) || low == ULONG_MAX)
		return SBI_ERR_INVALID_PARAM;
	if (high || axvm_mmu_write_guest(vcpu->vm, low, &empty, sizeof(empty)))
		return SBI_ERR_INVALID_ADDRESS;
	axvm_riscv_steal_set(vcpu, low);
	vcpu->arch.steal.known = true;
	newly_stolen(&vcpu->arch.steal);
	return SBI_SUCCESS;
}

static enum axvm_next sta(struct axvm_vcpu *vcpu, struct axvm_riscv_sbi_result *result)
{
	if (axvm_riscv_sbi_function(vcpu) == SBI_EXT_STA_STEAL_TIME_SET_SHMEM)
		result->error = set_shmem(vcpu);
	else
		result->error = SBI_ERR_NOT_SUPPORTED;
	return AXVM_NEXT_ENTER;
}

/* Not quick: guest memory may have to be brought in. */
const struct axvm_riscv_sbi_extension axvm_riscv_sbi_sta = {
	.id		= SBI_EXT_STA,
	.policy		= AXVM_RISCV_SBI_STA,
	.default_policy	= AXVM_RISCV_SBI_KERNEL,
	.handle		= sta,
};
