// SPDX-License-Identifier: GPL-2.0
/*
 * The paravirtual clock, as Linux knows it from KVM
 *
 * The guest names a page, or two, by MSRs; what is in them is in <asm/pvclock-abi.h>.
 * The clock is what the TSC makes of a pair of TSC and time:
 *
 *	ns = ns0 + (((tsc - tsc0) << shift) * mul >> 32)
 *
 * While the host's TSC is stable, one pair does for all vCPUs and for all time: pages are
 * written when the guest asks for them, or somebody sets a clock or a TSC, and otherwise
 * never. When it is not, the clock is the host's boot clock, and each vCPU has pairs of its
 * own, which are made anew when it moves to another CPU, and each second.
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <asm/barrier.h>
#include <asm/kvm_para.h>
#include <asm/msr.h>
#include <asm/pvclock.h>
#include <asm/tsc.h>

#include "axvm_x86_arch.h"

static_assert(sizeof(struct pvclock_vcpu_time_info) == 32);
static_assert(sizeof(struct pvclock_wall_clock) == 12);

#define ENABLED		BIT_ULL(0)

/* ---- what time it is ---- */

static struct axvm_x86_clock_base read_base(struct axvm_vm *vm)
{
	struct axvm_x86_clock_base base;
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&vm->arch.clock_seq);
		base = vm->arch.clock;
	} while (read_seqcount_retry(&vm->arch.clock_seq, seq));
	return base;
}

/* As the guest reckons, to the last bit. */
static u64 ns_since(const struct axvm_vm *vm, u64 tsc)
{
	u64 ticks = axvm_x86_scale_tsc(vm, rdtsc_ordered()) - axvm_x86_scale_tsc(vm, tsc);

	/* On another CPU it may be a bit behind. */
	if ((s64)ticks < 0)
		return 0;
	return pvclock_scale_delta(ticks, vm->arch.clock_mul, vm->arch.clock_shift);
}

static u64 time_by(const struct axvm_vm *vm, const struct axvm_x86_clock_base *base)
{
	return base->ns + (base->by_tsc ? ns_since(vm, base->tsc) : ktime_get_boottime_ns());
}

u64 axvm_x86_clock_now(struct axvm_vm *vm)
{
	struct axvm_x86_clock_base base = read_base(vm);

	return time_by(vm, &base);
}

static void write_base(struct axvm_vm *vm, u64 ns)
{
	bool by_tsc = !check_tsc_unstable();

	write_seqcount_begin(&vm->arch.clock_seq);
	vm->arch.clock = (struct axvm_x86_clock_base){
		.by_tsc = by_tsc,
		.tsc = rdtsc_ordered(),
		.ns = by_tsc ? ns : ns - ktime_get_boottime_ns(),
	};
	write_seqcount_end(&vm->arch.clock_seq);
}

void axvm_x86_clock_rewrite(struct axvm_vm *vm)
{
	struct axvm_vcpu *vcpu;
	unsigned long id;

	rcu_read_lock();
	axvm_for_each_vcpu(vm, id, vcpu)
		if (READ_ONCE(vcpu->arch.clock.msr) & ENABLED)
			axvm_vcpu_request(vcpu, AXVM_REQUEST_X86_CLOCK);
	rcu_read_unlock();
}

void axvm_x86_clock_set(struct axvm_vm *vm, u64 ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vm->arch.lock, flags);
	write_base(vm, ns);
	raw_spin_unlock_irqrestore(&vm->arch.lock, flags);
	axvm_x86_clock_rewrite(vm);
}

/* The host has found its TSC unstable: the clock goes on, by another. */
static void leave_tsc(struct axvm_vm *vm)
{
	unsigned long flags;
	bool leave;

	raw_spin_lock_irqsave(&vm->arch.lock, flags);
	leave = vm->arch.clock.by_tsc && check_tsc_unstable();
	if (leave)
		write_base(vm, time_by(vm, &vm->arch.clock));
	raw_spin_unlock_irqrestore(&vm->arch.lock, flags);
	if (leave)
		axvm_x86_clock_rewrite(vm);
}

void axvm_x86_clock_vm_init(struct axvm_vm *vm)
{
	raw_spin_lock_init(&vm->arch.lock);
	seqcount_raw_spinlock_init(&vm->arch.clock_seq, &vm->arch.lock);
	axvm_x86_clock_set(vm, 0);
}

/* ---- guest memory ---- */

/* Memory that is not there is no error: the guest asks again, or has no clock. */
static int write_guest(struct axvm_vcpu *vcpu, u64 gpa, const void *data, unsigned int len)
{
	return axvm_mmu_write_guest(vcpu->vm, gpa, data, len);
}

static u32 read_version(struct axvm_vcpu *vcpu, u64 gpa)
{
	unsigned long hva;
	u32 version = 0;

	rcu_read_lock();
	hva = axvm_mmu_hva(vcpu->vm, gpa, AXVM_MEM_READ);
	rcu_read_unlock();
	if (!hva || copy_from_user(&version, (void __user *)hva, sizeof(version)))
		return 0;
	return version;
}

/*
 * Both records begin with a version, which is odd while the rest changes. It goes on from
 * what is there: a reader that began with another record, of this VM before it was
 * moved, does not take it for the same.
 */
static void write_record(struct axvm_vcpu *vcpu, u64 gpa, const void *rest, unsigned int skip,
			 unsigned int len)
{
	u32 version = (read_version(vcpu, gpa) + 1) | 1;

	if (write_guest(vcpu, gpa, &version, sizeof(version)))
		return;
	/* The guest's other CPUs may read: first the version is odd... */
	smp_wmb();
	write_guest(vcpu, gpa + skip, rest, len);
	/* ...then comes the rest, and then it is even. */
	smp_wmb();
	version++;
	write_guest(vcpu, gpa, &version, sizeof(version));
}

/* ---- the clock's page ---- */

/*
 * A guest that reads "stable" takes one vCPU's page for all of them, so all have to have
 * the same TSC.
 */
static bool tscs_are_same(struct axvm_vcpu *vcpu)
{
	struct axvm_vcpu *other;
	unsigned long id;
	bool same = true;

	rcu_read_lock();
	axvm_for_each_vcpu(vcpu->vm, id, other)
		same &= READ_ONCE(other->arch.tsc_offset) == vcpu->arch.tsc_offset;
	rcu_read_unlock();
	return same;
}

static void pair_by_tsc(struct axvm_vcpu *vcpu, const struct axvm_x86_clock_base *base,
			struct pvclock_vcpu_time_info *info)
{
	info->tsc_timestamp = axvm_x86_guest_tsc(vcpu, base->tsc);
	info->system_time = base->ns;
	if (tscs_are_same(vcpu))
		info->flags = PVCLOCK_TSC_STABLE_BIT;
}

/* At one moment: nothing comes in between. */
static void pair_now(struct axvm_vcpu *vcpu, const struct axvm_x86_clock_base *base,
		     struct pvclock_vcpu_time_info *info)
{
	unsigned long flags;

	local_irq_save(flags);
	info->tsc_timestamp = axvm_x86_guest_tsc(vcpu, rdtsc_ordered());
	info->system_time = time_by(vcpu->vm, base);
	local_irq_restore(flags);
}

static void write_clock(struct axvm_vcpu *vcpu)
{
	u64 gpa = vcpu->arch.clock.msr & ~ENABLED;
	struct pvclock_vcpu_time_info info = {
		.tsc_to_system_mul = vcpu->vm->arch.clock_mul,
		.tsc_shift = vcpu->vm->arch.clock_shift,
	};
	struct axvm_x86_clock_base base;

	leave_tsc(vcpu->vm);
	base = read_base(vcpu->vm);
	if (base.by_tsc)
		pair_by_tsc(vcpu, &base, &info);
	else
		pair_now(vcpu, &base, &info);
	write_record(vcpu, gpa, &info.tsc_timestamp,
		     offsetof(struct pvclock_vcpu_time_info, tsc_timestamp),
		     sizeof(info) - offsetof(struct pvclock_vcpu_time_info, tsc_timestamp));
}

/* What time it was when the clock was 0. */
static void write_wall_clock(struct axvm_vcpu *vcpu)
{
	struct pvclock_wall_clock wall = {};
	struct timespec64 time;
	unsigned long flags;
	u64 ns;

	local_irq_save(flags);
	ns = ktime_get_real_ns() - axvm_x86_clock_now(vcpu->vm);
	local_irq_restore(flags);
	time = ns_to_timespec64(ns);
	wall.sec = time.tv_sec;
	wall.nsec = time.tv_nsec;
	write_record(vcpu, vcpu->arch.wall_clock, &wall.sec,
		     offsetof(struct pvclock_wall_clock, sec),
		     sizeof(wall) - offsetof(struct pvclock_wall_clock, sec));
}

void axvm_x86_clock_update(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_clock *clock = &vcpu->arch.clock;

	if (clock->wall_asked) {
		clock->wall_asked = false;
		write_wall_clock(vcpu);
	}
	if (clock->msr & ENABLED) {
		clock->next = jiffies + HZ;
		write_clock(vcpu);
	}
}

void axvm_x86_clock_moved(struct axvm_vcpu *vcpu)
{
	vcpu->arch.clock.next = jiffies + HZ;
	if (check_tsc_unstable())
		set_bit(AXVM_REQUEST_X86_CLOCK, &vcpu->requests);
}

void axvm_x86_clock_reset(struct axvm_vcpu *vcpu)
{
	vcpu->arch.clock = (struct axvm_x86_clock){};
	vcpu->arch.wall_clock = 0;
}

/* ---- the MSRs ---- */

/* Aligned to 4, so that a version is in one piece, and in one page. */
static bool place_ok(u64 gpa, unsigned int len)
{
	return !(gpa & 3) && offset_in_page(gpa) + len <= PAGE_SIZE;
}

int axvm_x86_clock_msr_check(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	bool ok;

	if (!vcpu->vm->arch.guest.clock)
		return -ENOENT;
	switch (msr) {
	case MSR_KVM_SYSTEM_TIME:
	case MSR_KVM_SYSTEM_TIME_NEW:
		ok = !(value & ENABLED) ||
		     place_ok(value & ~ENABLED, sizeof(struct pvclock_vcpu_time_info));
		break;
	case MSR_KVM_WALL_CLOCK:
	case MSR_KVM_WALL_CLOCK_NEW:
		ok = place_ok(value, sizeof(struct pvclock_wall_clock));
		break;
	default:
		return -ENOENT;
	}
	return ok ? 0 : -EINVAL;
}

static bool is_wall_clock(u32 msr)
{
	return msr == MSR_KVM_WALL_CLOCK || msr == MSR_KVM_WALL_CLOCK_NEW;
}

void axvm_x86_clock_msr_restore(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	if (is_wall_clock(msr))
		vcpu->arch.wall_clock = value;
	else
		WRITE_ONCE(vcpu->arch.clock.msr, value);
	set_bit(AXVM_REQUEST_X86_CLOCK, &vcpu->requests);
}

int axvm_x86_clock_msr_write(struct axvm_vcpu *vcpu, u32 msr, u64 value)
{
	int error = axvm_x86_clock_msr_check(vcpu, msr, value);

	if (error)
		return error;
	axvm_x86_clock_msr_restore(vcpu, msr, value);
	vcpu->arch.clock.wall_asked |= is_wall_clock(msr) && value;
	return 0;
}

int axvm_x86_clock_msr_read(struct axvm_vcpu *vcpu, u32 msr, u64 *value)
{
	if (!vcpu->vm->arch.guest.clock)
		return -ENOENT;
	switch (msr) {
	case MSR_KVM_SYSTEM_TIME:
	case MSR_KVM_SYSTEM_TIME_NEW:
		*value = vcpu->arch.clock.msr;
		return 0;
	case MSR_KVM_WALL_CLOCK:
	case MSR_KVM_WALL_CLOCK_NEW:
		*value = vcpu->arch.wall_clock;
		return 0;
	}
	return -ENOENT;
}
