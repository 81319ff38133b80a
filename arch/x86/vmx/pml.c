// SPDX-License-Identifier: GPL-2.0
/*
 * Page-modification logging: the processor writes down which pages become dirty
 *
 * SDM volume 3, "Page-Modification Logging". A write through a leaf whose dirty bit is clear
 * sets the bit, and puts the page's address into the vCPU's log. Only leaves of memory with
 * a dirty log are ever clean, so that the log is empty without one, and costs nothing.
 *
 * It is emptied when it is full, when the vCPU leaves its CPU, and when somebody wants to
 * know: in an interrupt then, as only the CPU where the VMCS is current knows how full
 * the log is.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/smp.h>

#include "vmx.h"

/* From the last one downwards; the index is the next one to be used, or below 0. */
#define ENTRIES	512U
#define UNUSED	(ENTRIES - 1)

int axvm_vmx_pml_init(struct axvm_vmx_vcpu *vmx)
{
	if (!axvm_vmx.pml)
		return 0;
	vmx->pml = (u64 *)__get_free_page(GFP_KERNEL_ACCOUNT);
	return vmx->pml ? 0 : -ENOMEM;
}

void axvm_vmx_pml_destroy(struct axvm_vmx_vcpu *vmx)
{
	free_page((unsigned long)vmx->pml);
}

void axvm_vmx_pml_setup(const struct axvm_vmx_vcpu *vmx)
{
	if (!vmx->pml)
		return;
	vmcs_write(PML_ADDRESS, __pa(vmx->pml));
	vmcs_write(GUEST_PML_INDEX, UNUSED);
}

void axvm_vmx_pml_empty(struct axvm_vcpu *vcpu)
{
	const struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	unsigned long flags;
	unsigned int first;

	/* The interrupt of somebody who wants to know must not come in between. */
	local_irq_save(flags);
	first = (u16)(vmcs_read(GUEST_PML_INDEX) + 1);
	if (first < ENTRIES) {
		axvm_mmu_mark_all_dirty(vcpu->vm, &vmx->pml[first], ENTRIES - first);
		vmcs_write(GUEST_PML_INDEX, UNUSED);
	}
	local_irq_restore(flags);
}

/*
 * If it has left, its log was emptied then. It may have come back elsewhere; and what was
 * current here last may be no more while another one is being loaded.
 */
static void empty_here(void *data)
{
	struct axvm_vcpu *vcpu = data;

	if (vcpu->loaded && this_cpu_ptr(&axvm_vmx_cpu)->current_vmcs == axvm_vmx_of(vcpu))
		axvm_vmx_pml_empty(vcpu);
}

/*
 * A vCPU that is on no CPU, or is just coming to one, has an empty log: what it writes from
 * now on is for the next time.
 */
void axvm_vmx_collect_dirty(struct axvm_vm *vm)
{
	struct axvm_vcpu *vcpu;
	unsigned long id;
	int cpu;

	rcu_read_lock();
	axvm_for_each_vcpu(vm, id, vcpu) {
		cpu = READ_ONCE(vcpu->cpu);
		if (READ_ONCE(vcpu->loaded) && cpu >= 0)
			smp_call_function_single(cpu, empty_here, vcpu, true);
	}
	rcu_read_unlock();
}
