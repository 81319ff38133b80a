// SPDX-License-Identifier: GPL-2.0
/* The guest's TSC: the host's, perhaps at another speed, and an offset */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/time64.h>
#include <asm/div64.h>
#include <asm/msr.h>
#include <asm/tsc.h>

#include "axvm_x86_arch.h"

/* Further away nothing needs to be known: who waits comes back and looks again. */
#define LONGEST_MS		(24ULL * 3600 * 1000)

/* Slower or faster guests are no guests of today, and need no more bits than these have. */
#define LEAST_KHZ		1000
#define MOST_TIMES		64

u64 axvm_x86_scale_tsc(const struct axvm_vm *vm, u64 host)
{
	u64 ratio = vm->arch.tsc_ratio;

	return ratio ? mul_u64_u64_shr(host, ratio, axvm_x86_machine.tsc_fraction) : host;
}

u64 axvm_x86_guest_tsc(const struct axvm_vcpu *vcpu, u64 host)
{
	return axvm_x86_scale_tsc(vcpu->vm, host) + READ_ONCE(vcpu->arch.tsc_offset);
}

static void set_offset(struct axvm_vcpu *vcpu, u64 offset)
{
	WRITE_ONCE(vcpu->arch.tsc_offset, offset);
	vcpu->arch.tsc_changed = true;
}

/* Whether all vCPUs count alike is in every vCPU's page of the clock. */
static void changed(struct axvm_vcpu *vcpu)
{
	axvm_x86_apic_tsc_changed(vcpu);
	axvm_x86_clock_rewrite(vcpu->vm);
}

void axvm_x86_move_guest_tsc(struct axvm_vcpu *vcpu, u64 by)
{
	set_offset(vcpu, vcpu->arch.tsc_offset + by);
	changed(vcpu);
}

/*
 * A VMM saves and restores one vCPU after the other, and time goes on meanwhile. TSCs
 * that differ by less than a second are meant to be the same.
 */
void axvm_x86_restore_guest_tsc(struct axvm_vcpu *vcpu, u64 value)
{
	struct axvm_arch_vm *arch = &vcpu->vm->arch;
	u64 offset = value - axvm_x86_scale_tsc(vcpu->vm, rdtsc());
	u64 second = arch->tsc_khz * 1000ULL;

	mutex_lock(&arch->tsc_lock);
	if (arch->tsc_restored && offset - arch->tsc_restored_offset + second <= 2 * second)
		offset = arch->tsc_restored_offset;
	arch->tsc_restored = true;
	arch->tsc_restored_offset = offset;
	mutex_unlock(&arch->tsc_lock);
	set_offset(vcpu, offset);
	changed(vcpu);
}

static u64 bounded(const struct axvm_vm *vm, u64 ticks)
{
	return min(ticks, LONGEST_MS * vm->arch.tsc_khz);
}

u64 axvm_x86_tsc_to_host(const struct axvm_vm *vm, u64 ticks)
{
	u64 ratio = vm->arch.tsc_ratio;

	ticks = bounded(vm, ticks);
	if (!ratio)
		return ticks;
	return mul_u64_u64_div_u64(ticks, 1ULL << axvm_x86_machine.tsc_fraction, ratio);
}

u64 axvm_x86_tsc_to_ns(const struct axvm_vm *vm, u64 ticks)
{
	return mul_u64_u32_div(bounded(vm, ticks), NSEC_PER_MSEC, vm->arch.tsc_khz);
}

bool axvm_x86_tsc_khz_ok(u64 khz)
{
	u64 host = axvm_x86_machine.tsc_khz;

	if (khz == host)
		return true;
	return axvm_x86_machine.tsc_scaling && khz >= LEAST_KHZ && khz <= host * MOST_TIMES &&
	       khz <= S32_MAX;
}

/*
 * Nanoseconds of a tick as struct pvclock_vcpu_time_info has them: a number below 1
 * and not below 1/2, with 32 bits of fraction, and a power of two.
 */
static void set_clock_scale(struct axvm_arch_vm *arch)
{
	u64 ns = NSEC_PER_MSEC, ticks = arch->tsc_khz;
	s8 shift = 0;

	for (; ns >= ticks; ticks <<= 1)
		shift++;
	for (; ns * 2 < ticks; ns <<= 1)
		shift--;
	arch->clock_mul = div64_u64(ns << 32, ticks);
	arch->clock_shift = shift;
}

static void set_speed(struct axvm_vm *vm, u32 khz)
{
	struct axvm_arch_vm *arch = &vm->arch;

	arch->tsc_khz = khz;
	arch->tsc_ratio = 0;
	if (khz != axvm_x86_machine.tsc_khz)
		arch->tsc_ratio = mul_u64_u64_div_u64(khz, 1ULL << axvm_x86_machine.tsc_fraction,
						      axvm_x86_machine.tsc_khz);
	set_clock_scale(arch);
}

/* What vCPUs' TSCs show goes on from where it is, and with it what the clock shows. */
void axvm_x86_tsc_set_khz(struct axvm_vm *vm, u32 khz)
{
	u64 clock = axvm_x86_clock_now(vm), host = rdtsc(), was, by;
	struct axvm_vcpu *vcpu;
	unsigned long id;

	was = axvm_x86_scale_tsc(vm, host);
	set_speed(vm, khz);
	by = was - axvm_x86_scale_tsc(vm, host);
	axvm_for_each_vcpu(vm, id, vcpu)
		set_offset(vcpu, vcpu->arch.tsc_offset + by);
	axvm_x86_clock_set(vm, clock);
}

void axvm_x86_tsc_vm_init(struct axvm_vm *vm)
{
	mutex_init(&vm->arch.tsc_lock);
	vm->arch.tsc_start = rdtsc();
	set_speed(vm, axvm_x86_machine.tsc_khz);
}

void axvm_x86_tsc_vcpu_init(struct axvm_vcpu *vcpu)
{
	set_offset(vcpu, -axvm_x86_scale_tsc(vcpu->vm, vcpu->vm->arch.tsc_start));
}
