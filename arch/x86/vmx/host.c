// SPDX-License-Identifier: GPL-2.0
/*
 * The host's state around a RUN
 *
 * What exits restore by themselves is in the VMCS. The rest is swapped when the vCPU comes
 * to a CPU, and back when it leaves: MSRs that matter only in user space or only in the
 * guest, the thread's segment registers, and the limits of the descriptor tables.
 */
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/fsgsbase.h>
#include <asm/mmu_context.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/segment.h>

#include "vmx.h"

/* ---- segments ---- */

static noinline void keep_segments(struct axvm_vmx_vcpu *vmx)
{
	savesegment(ds, vmx->host_ds);
	savesegment(es, vmx->host_es);
	savesegment(fs, vmx->host_fs);
	savesegment(gs, vmx->host_gs);
	asm("sldt %0" : "=rm" (vmx->host_ldt));
}

/* All are 0 in nearly every 64-bit thread, and exits leave 0 there. */
static __always_inline void load_segments(struct axvm_vmx_vcpu *vmx)
{
	unsigned long ds, es, fs, gs, ldt;

	asm("mov %%ds, %k0" : "=r" (ds));
	asm("mov %%es, %k0" : "=r" (es));
	asm("mov %%fs, %k0" : "=r" (fs));
	asm("mov %%gs, %k0" : "=r" (gs));
	asm("sldt %k0" : "=r" (ldt));
	vmx->host_segments = ds | es | fs | gs | ldt;
	if (unlikely(vmx->host_segments))
		keep_segments(vmx);
}

/* Loading FS and GS clears their bases. */
static noinline void restore_segments(const struct axvm_vmx_vcpu *vmx)
{
	loadsegment(ds, vmx->host_ds);
	loadsegment(es, vmx->host_es);
	if (vmx->host_fs) {
		loadsegment(fs, vmx->host_fs);
		wrmsrl(MSR_FS_BASE, vmx->host_fs_base);
	}
	if (vmx->host_gs) {
		load_gs_index(vmx->host_gs);
		wrmsrl(MSR_KERNEL_GS_BASE, vmx->host_kernel_gs_base);
	}
	asm volatile("lldt %0" : : "rm" (vmx->host_ldt));
}

static __always_inline u64 fs_base(void)
{
	return static_cpu_has(X86_FEATURE_FSGSBASE) ? rdfsbase() : __rdmsr(MSR_FS_BASE);
}

static __always_inline void load_fs_base(struct axvm_vmx_vcpu *vmx)
{
	u64 base = fs_base();

	if (unlikely(base != vmx->host_fs_base)) {
		vmx->host_fs_base = base;
		vmcs_write(HOST_FS_BASE, base);
	}
}

/* ---- MSRs ---- */

static __always_inline void set(u32 msr, u64 *now, u64 value)
{
	if (*now == value)
		return;
	native_wrmsrl(msr, value);
	*now = value;
}

/* SYSCALL is #UD without EFER.SCE: what is in its MSRs does not matter then. */
static __always_inline void set_guest_msrs(const struct axvm_x86_state *state,
					   const struct axvm_vmx_vcpu *vmx,
					   struct axvm_vmx_msrs *now)
{
	if (state->efer & EFER_SCE) {
		set(MSR_STAR, &now->star, state->star);
		set(MSR_LSTAR, &now->lstar, state->lstar);
		set(MSR_CSTAR, &now->cstar, state->cstar);
		set(MSR_SYSCALL_MASK, &now->sfmask, state->sfmask);
	}
	if (vmx->secondary & SECONDARY_EXEC_ENABLE_RDTSCP)
		set(MSR_TSC_AUX, &now->tsc_aux, state->tsc_aux);
}

static __always_inline void load_msrs(struct axvm_vcpu *vcpu, struct axvm_vmx_cpu *here)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	vmx->host_kernel_gs_base = __rdmsr(MSR_KERNEL_GS_BASE);
	native_wrmsrl(MSR_KERNEL_GS_BASE, vcpu->arch.state.kernel_gs_base);
	set_guest_msrs(&vcpu->arch.state, vmx, &here->now);
}

void axvm_vmx_write_msrs(struct axvm_vcpu *vcpu)
{
	set_guest_msrs(&vcpu->arch.state, axvm_vmx_of(vcpu), &this_cpu_ptr(&axvm_vmx_cpu)->now);
}

/* A guest writes KERNEL_GS_BASE and does SWAPGS without an exit. */
static __always_inline void put_msrs(struct axvm_vcpu *vcpu, struct axvm_vmx_cpu *here)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	const struct axvm_vmx_msrs *host = &here->host;
	struct axvm_vmx_msrs *now = &here->now;

	/* What is to be written to the hardware yet is the newer one. */
	if (likely(!(vcpu->arch.dirty & AXVM_X86_MSR_PART)))
		vcpu->arch.state.kernel_gs_base = __rdmsr(MSR_KERNEL_GS_BASE);
	native_wrmsrl(MSR_KERNEL_GS_BASE, vmx->host_kernel_gs_base);
	set(MSR_STAR, &now->star, host->star);
	set(MSR_LSTAR, &now->lstar, host->lstar);
	set(MSR_CSTAR, &now->cstar, host->cstar);
	set(MSR_SYSCALL_MASK, &now->sfmask, host->sfmask);
	set(MSR_TSC_AUX, &now->tsc_aux, host->tsc_aux);
}

/* ---- load and put ---- */

/* Another vCPU was here, or this one was elsewhere. */
static noinline void load_cold(struct axvm_vcpu *vcpu, struct axvm_vmx_cpu *here, int cpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	bool moved = vmx->cpu != cpu;

	axvm_vmx_make_current(vmx, cpu);
	if (!vmx->ready)
		axvm_vmx_setup(vcpu);
	if (moved)
		axvm_vmx_setup_cpu(cpu);
	if (here->last != vmx->serial) {
		indirect_branch_prediction_barrier();
		here->last = vmx->serial;
	}
	axvm_count(vcpu, AXVM_COUNT_BINDS_COLD);
}

/*
 * What an earlier owner of the tag, this vCPU itself or another one of its VM has left
 * here was not kept up to date since.
 */
static noinline void drop_stale(struct axvm_vcpu *vcpu)
{
	u64 seen = atomic64_read(&vcpu->vm->arch.flush_generation);

	/* The generation is read before what was flushed with it. */
	smp_mb();
	axvm_vmx_invept(vcpu->vm->arch.root);
	axvm_vmx_invvpid(axvm_vmx_of(vcpu));
	vcpu->arch.flush_seen = seen;
}

void axvm_vmx_load(struct axvm_vcpu *vcpu, int cpu)
{
	struct axvm_vmx_cpu *here = this_cpu_ptr(&axvm_vmx_cpu);
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	if (unlikely(here->current_vmcs != vmx))
		load_cold(vcpu, here, cpu);
	if (unlikely(vcpu->cpu != cpu))
		drop_stale(vcpu);
	load_segments(vmx);
	load_fs_base(vmx);
	load_msrs(vcpu, here);
	vmx->host_debugctl = __rdmsr(MSR_IA32_DEBUGCTLMSR);
}

/* Only the bitmap of a thread with I/O permissions is behind it: see invalidate_tss_limit(). */
static __always_inline void restore_tss_limit(void)
{
	if (unlikely(test_thread_flag(TIF_IO_BITMAP)))
		force_reload_TR();
	else
		this_cpu_write(__tss_limit_invalid, true);
}

void axvm_vmx_put(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_cpu *here = this_cpu_ptr(&axvm_vmx_cpu);
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	if (unlikely(READ_ONCE(vcpu->vm->mmu.logs_dirty)) && vmx->pml)
		axvm_vmx_pml_empty(vcpu);
	put_msrs(vcpu, here);
	/* Exits leave 64 KiB there, and 68H in the task register. */
	native_load_gdt(&here->gdt);
	native_load_idt(&here->idt);
	restore_tss_limit();
	if (unlikely(vmx->host_segments))
		restore_segments(vmx);
}
