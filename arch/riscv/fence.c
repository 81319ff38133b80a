// SPDX-License-Identifier: GPL-2.0
/* Fences that one vCPU asks of others (SBI RFENCE) */
#include <asm/cacheflush.h>
#include <asm/csr.h>
#include <asm/sbi.h>

#include "axvm_riscv_arch.h"

/* Above this many pages, dropping everything is cheaper. */
#define FENCE_PAGES	64

struct target {
	struct axvm_vcpu *self;
	unsigned long mask;
	unsigned long base;
	const struct axvm_riscv_fence *fence;
};

static bool is_whole(const struct axvm_riscv_fence *fence)
{
	return !fence->size || fence->size > FENCE_PAGES * PAGE_SIZE ||
	       fence->start + fence->size < fence->start;
}

static void fence_vma(const struct axvm_riscv_fence *fence)
{
	unsigned long at;

	if (is_whole(fence)) {
		axvm_hfence_vvma_all();
		return;
	}
	for (at = 0; at < fence->size; at += PAGE_SIZE)
		axvm_hfence_vvma(fence->start + at);
}

static void fence_vma_asid(const struct axvm_riscv_fence *fence)
{
	unsigned long at;

	if (is_whole(fence)) {
		axvm_hfence_vvma_asid(fence->asid);
		return;
	}
	for (at = 0; at < fence->size; at += PAGE_SIZE)
		axvm_hfence_vvma_gva_asid(fence->start + at, fence->asid);
}

static void do_fence(const struct axvm_riscv_fence *fence)
{
	switch (fence->type) {
	case AXVM_RISCV_FENCE_I:
		local_flush_icache_all();
		break;
	case AXVM_RISCV_FENCE_VMA:
		fence_vma(fence);
		break;
	case AXVM_RISCV_FENCE_VMA_ASID:
		fence_vma_asid(fence);
		break;
	}
}

static void count_received(struct axvm_vcpu *vcpu, const struct axvm_riscv_fence *fence)
{
	switch (fence->type) {
	case AXVM_RISCV_FENCE_I:
		axvm_riscv_pmu_count(vcpu, SBI_PMU_FW_FENCE_I_RCVD);
		break;
	case AXVM_RISCV_FENCE_VMA:
		axvm_riscv_pmu_count(vcpu, SBI_PMU_FW_SFENCE_VMA_RCVD);
		break;
	case AXVM_RISCV_FENCE_VMA_ASID:
		axvm_riscv_pmu_count(vcpu, SBI_PMU_FW_SFENCE_VMA_ASID_RCVD);
		break;
	}
}

static void do_everything(void)
{
	local_flush_icache_all();
	axvm_hfence_vvma_all();
}

/* Off the CPU: what is there of the guest's is dropped where it next goes, even if that is here. */
static void fence_later(struct axvm_vcpu *vcpu)
{
	vcpu->cpu = -1;
}

void axvm_riscv_do_fences(struct axvm_vcpu *vcpu)
{
	struct axvm_riscv_fences *fences = &vcpu->arch.fences;
	u32 i;

	/* Also keeps preemption off: fences act on the VMID that is on the CPU. */
	spin_lock(&fences->lock);
	if (unlikely(!vcpu->loaded))
		fence_later(vcpu);
	if (fences->count > AXVM_RISCV_FENCES)
		do_everything();
	for (i = 0; i < min_t(u32, fences->count, AXVM_RISCV_FENCES); i++) {
		do_fence(&fences->queue[i]);
		count_received(vcpu, &fences->queue[i]);
	}
	fences->count = 0;
	spin_unlock(&fences->lock);
}

static void queue_fence(struct axvm_vcpu *vcpu, const struct axvm_riscv_fence *fence)
{
	struct axvm_riscv_fences *fences = &vcpu->arch.fences;

	spin_lock(&fences->lock);
	if (fences->count < AXVM_RISCV_FENCES)
		fences->queue[fences->count++] = *fence;
	else
		fences->count = AXVM_RISCV_FENCES + 1;
	spin_unlock(&fences->lock);
}

static bool is_in(const struct axvm_vcpu *vcpu, unsigned long mask, unsigned long base)
{
	if (base == ULONG_MAX)
		return true;
	return vcpu->id >= base && vcpu->id - base < BITS_PER_LONG &&
	       mask & BIT(vcpu->id - base);
}

static bool wants_fence(struct axvm_vcpu *vcpu, void *data)
{
	const struct target *target = data;

	if (vcpu == target->self || !is_in(vcpu, target->mask, target->base))
		return false;
	queue_fence(vcpu, target->fence);
	return true;
}

void axvm_riscv_fence(struct axvm_vcpu *vcpu, unsigned long mask, unsigned long base,
		      const struct axvm_riscv_fence *fence)
{
	struct target target = { vcpu, mask, base, fence };

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_RISCV_COUNT_RFENCE);
	if (is_in(vcpu, mask, base)) {
		preempt_disable();
		if (unlikely(!vcpu->loaded))
			fence_later(vcpu);
		do_fence(fence);
		preempt_enable();
	}
	axvm_vcpu_sync_request(vcpu->vm, AXVM_REQUEST_RISCV_FENCE, wants_fence, &target);
}
