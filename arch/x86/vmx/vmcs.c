// SPDX-License-Identifier: GPL-2.0
/*
 * The VMCS of each vCPU: its memory, and on which CPU the processor holds it
 *
 * A VMCS that was made current on a CPU is active there, partly in its caches, until
 * VMCLEAR: that has to be done on that CPU before another may use it.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "vmx.h"

static atomic64_t serials = ATOMIC64_INIT(0);

int axvm_vmx_vcpu_init(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = kzalloc(sizeof(*vmx), GFP_KERNEL_ACCOUNT);

	if (!vmx)
		return -ENOMEM;
	vmx->vmcs = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!vmx->vmcs || axvm_vmx_pml_init(vmx)) {
		free_page((unsigned long)vmx->vmcs);
		kfree(vmx);
		return -ENOMEM;
	}
	*(u32 *)vmx->vmcs = axvm_vmx.revision;
	vmx->cpu = -1;
	vmx->serial = atomic64_inc_return(&serials);
	vmx->vpid = axvm_vmx_vpid_alloc();
	vcpu->arch.vmx = vmx;
	vcpu->arch.apic.deadline_by_backend = axvm_vmx.preemption_timer;
	axvm_vmx_apic_mode(vcpu);
	return 0;
}

void axvm_vmx_vmclear(const void *vmcs)
{
	u64 physical = __pa(vmcs);

	asm volatile("1: vmclear %0\n2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : "m" (physical) : "cc", "memory");
}

static void load_pointer(const void *vmcs)
{
	u64 physical = __pa(vmcs);

	asm volatile("1: vmptrld %0\n2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : "m" (physical) : "cc", "memory");
}

/*
 * VMCLEAR comes before it is off the list, and going onto the list before VMPTRLD: an NMI
 * in a crash clears all that may be active.
 */
void axvm_vmx_clear(struct axvm_vmx_vcpu *vmx)
{
	struct axvm_vmx_cpu *here = this_cpu_ptr(&axvm_vmx_cpu);

	axvm_vmx_vmclear(vmx->vmcs);
	hlist_del(&vmx->active);
	if (here->current_vmcs == vmx)
		here->current_vmcs = NULL;
	vmx->frame.launched = 0;
	/* Whoever sees that it is nowhere sees the rest: pairs with clear_elsewhere(). */
	smp_store_release(&vmx->cpu, -1);
}

static void clear_here(void *data)
{
	struct axvm_vmx_vcpu *vmx = data;

	if (vmx->cpu == smp_processor_id())
		axvm_vmx_clear(vmx);
}

/* A CPU that has gone offline has cleared all of its own on the way. */
static void clear_elsewhere(struct axvm_vmx_vcpu *vmx)
{
	/* Pairs with axvm_vmx_clear(). */
	int cpu = smp_load_acquire(&vmx->cpu);

	if (cpu >= 0)
		smp_call_function_single(cpu, clear_here, vmx, true);
}

void axvm_vmx_make_current(struct axvm_vmx_vcpu *vmx, int cpu)
{
	struct axvm_vmx_cpu *here = this_cpu_ptr(&axvm_vmx_cpu);
	unsigned long flags;

	if (vmx->cpu != cpu) {
		clear_elsewhere(vmx);
		local_irq_save(flags);
		axvm_vmx_vmclear(vmx->vmcs);
		vmx->frame.launched = 0;
		vmx->cpu = cpu;
		hlist_add_head(&vmx->active, &here->active);
		load_pointer(vmx->vmcs);
		here->current_vmcs = vmx;
		local_irq_restore(flags);
		return;
	}
	load_pointer(vmx->vmcs);
	here->current_vmcs = vmx;
}

/* A failed VMLAUNCH leaves the VMCS clear, a failed VMRESUME leaves it launched. */
void axvm_vmx_start_over(struct axvm_vmx_vcpu *vmx)
{
	axvm_vmx_vmclear(vmx->vmcs);
	load_pointer(vmx->vmcs);
	vmx->frame.launched = 0;
}

void axvm_vmx_vcpu_destroy(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	clear_elsewhere(vmx);
	axvm_vmx_vpid_free(vmx->vpid);
	axvm_vmx_pml_destroy(vmx);
	free_page((unsigned long)vmx->vmcs);
	kfree(vmx);
	vcpu->arch.vmx = NULL;
}
