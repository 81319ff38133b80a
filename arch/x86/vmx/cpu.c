// SPDX-License-Identifier: GPL-2.0
/* VMX operation: on and off on each CPU, and off in a crash */
#define pr_fmt(fmt) "axvm: " fmt

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <asm/asm.h>
#include <asm/desc.h>
#include <asm/perf_event.h>
#include <asm/msr.h>
#include <asm/tlbflush.h>

#include "vmx.h"

#define FEATURE_CONTROL_VMX	(FEAT_CTL_LOCKED | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX)

DEFINE_PER_CPU(struct axvm_vmx_cpu, axvm_vmx_cpu);

int axvm_vmx_cpus_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct axvm_vmx_cpu *here = per_cpu_ptr(&axvm_vmx_cpu, cpu);
		struct page *page = alloc_pages_node(cpu_to_node(cpu), GFP_KERNEL | __GFP_ZERO, 0);

		if (!page) {
			axvm_vmx_cpus_exit();
			return -ENOMEM;
		}
		here->region = page_address(page);
		*(u32 *)here->region = axvm_vmx.revision;
	}
	return 0;
}

void axvm_vmx_cpus_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct axvm_vmx_cpu *here = per_cpu_ptr(&axvm_vmx_cpu, cpu);

		free_page((unsigned long)here->region);
		here->region = NULL;
	}
}

static int in_use(void)
{
	pr_err("VMX is in use by %s on CPU %d\n",
	       axvm_x86_kvm_is_loaded() ? "kvm_intel" : "another hypervisor", smp_processor_id());
	return -EBUSY;
}

/* The firmware decides; if it left that open, so do we, as the kernel does. */
static int allow(void)
{
	u64 control;

	if (rdmsrl_safe(MSR_IA32_FEAT_CTL, &control))
		control = FEAT_CTL_LOCKED;
	if (!(control & FEAT_CTL_LOCKED)) {
		control |= FEATURE_CONTROL_VMX;
		if (wrmsrl_safe(MSR_IA32_FEAT_CTL, control))
			control = FEAT_CTL_LOCKED;
	}
	if ((control & FEATURE_CONTROL_VMX) == FEATURE_CONTROL_VMX)
		return 0;
	pr_err("VMX is disabled by the firmware on CPU %d\n", smp_processor_id());
	return -ENODEV;
}

/* A fault leaves the carry flag as it is: set, which means failure, too. */
static bool enter_operation(const void *region)
{
	u64 physical = __pa(region);
	bool failed;

	asm volatile("stc\n"
		     "1: vmxon %1\n"
		     "2: setbe %0\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "=rm" (failed) : "m" (physical) : "cc", "memory");
	return !failed;
}

/* Harmless where VMX is off already, and in any context. */
static void leave_operation(void)
{
	asm volatile("1: vmxoff\n2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : : "cc", "memory");
}

/* What it has now is what it has for good: descriptor tables and MSRs are set at boot. */
static void look_at_host(struct axvm_vmx_cpu *here)
{
	struct axvm_vmx_msrs *host = &here->host;

	rdmsrl(MSR_STAR, host->star);
	rdmsrl(MSR_LSTAR, host->lstar);
	rdmsrl(MSR_CSTAR, host->cstar);
	rdmsrl(MSR_SYSCALL_MASK, host->sfmask);
	if (axvm_x86_machine.has_tsc_aux)
		rdmsrl(MSR_TSC_AUX, host->tsc_aux);
	here->now = *host;
	native_store_gdt(&here->gdt);
	store_idt(&here->idt);
}

/*
 * CR4.VMXE goes on through the kernel's own shadow: it writes CR4 from there whenever
 * it likes.
 */
static int turn_on(struct axvm_vmx_cpu *here)
{
	int error;

	if (cr4_read_shadow() & X86_CR4_VMXE)
		return in_use();
	error = allow();
	if (error)
		return error;
	if (!axvm_vmx_cpu_is_alike()) {
		pr_err("CPU %d has not the VMX of the others\n", smp_processor_id());
		return -ENODEV;
	}
	cr4_update_irqsoff(X86_CR4_VMXE, 0);
	intel_pt_handle_vmx(1);
	if (!enter_operation(here->region)) {
		intel_pt_handle_vmx(0);
		cr4_update_irqsoff(0, X86_CR4_VMXE);
		return in_use();
	}
	here->current_vmcs = NULL;
	here->last = 0;
	look_at_host(here);
	WRITE_ONCE(here->on, true);
	return 0;
}

int axvm_vmx_enable_cpu(void)
{
	unsigned long flags;
	int error;

	local_irq_save(flags);
	error = turn_on(this_cpu_ptr(&axvm_vmx_cpu));
	local_irq_restore(flags);
	return error;
}

static void clear_all(struct axvm_vmx_cpu *here)
{
	struct axvm_vmx_vcpu *vmx;
	struct hlist_node *next;

	hlist_for_each_entry_safe(vmx, next, &here->active, active)
		axvm_vmx_clear(vmx);
}

void axvm_vmx_disable_cpu(void)
{
	struct axvm_vmx_cpu *here;
	unsigned long flags;

	local_irq_save(flags);
	here = this_cpu_ptr(&axvm_vmx_cpu);
	if (here->on) {
		clear_all(here);
		WRITE_ONCE(here->on, false);
		leave_operation();
		cr4_update_irqsoff(0, X86_CR4_VMXE);
		intel_pt_handle_vmx(0);
	}
	local_irq_restore(flags);
}

/*
 * The machine has crashed, or is about to be restarted without further ado: what runs
 * next finds VMX off and no VMCS in a cache that could still be written back. On every
 * CPU, maybe as an NMI, others stopped.
 */
void axvm_vmx_emergency(void)
{
	struct axvm_vmx_cpu *here = this_cpu_ptr(&axvm_vmx_cpu);
	struct axvm_vmx_vcpu *vmx;

	if (!READ_ONCE(here->on))
		return;
	hlist_for_each_entry(vmx, &here->active, active)
		axvm_vmx_vmclear(vmx->vmcs);
	leave_operation();
	cr4_update_irqsoff(0, X86_CR4_VMXE);
}
