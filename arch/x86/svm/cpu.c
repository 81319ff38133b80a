// SPDX-License-Identifier: GPL-2.0
/* SVM on each host CPU: on and off, also in a crash */
#define pr_fmt(fmt) "axvm: " fmt

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <asm/msr.h>

#include "svm.h"

DEFINE_PER_CPU(struct axvm_svm_cpu, axvm_svm_cpu);

/* Not while the VMSAVE page or the HSAVE page is in use: at load and unload only. */
static void free_pages_of(int cpu)
{
	struct axvm_svm_cpu *this = &per_cpu(axvm_svm_cpu, cpu);

	if (this->host_pa)
		free_page((unsigned long)__va(this->host_pa));
	if (this->hsave_pa)
		free_page((unsigned long)__va(this->hsave_pa));
	this->host_pa = 0;
	this->hsave_pa = 0;
}

static int __init alloc_pages_of(int cpu)
{
	struct axvm_svm_cpu *this = &per_cpu(axvm_svm_cpu, cpu);
	unsigned long page = get_zeroed_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	this->host_pa = __pa(page);
	page = get_zeroed_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	this->hsave_pa = __pa(page);
	return 0;
}

int __init axvm_svm_cpu_init(void)
{
	int cpu, error;

	for_each_possible_cpu(cpu) {
		error = alloc_pages_of(cpu);
		if (error) {
			axvm_svm_cpu_exit();
			return error;
		}
	}
	return 0;
}

void axvm_svm_cpu_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		free_pages_of(cpu);
}

int axvm_svm_enable_cpu(void)
{
	struct axvm_svm_cpu *this = this_cpu_ptr(&axvm_svm_cpu);
	u64 efer;

	rdmsrl(MSR_EFER, efer);
	if (efer & EFER_SVME) {
		/* Nothing in the hardware says who that is. */
		pr_err("SVM is in use by %s on CPU %d\n",
		       axvm_x86_kvm_is_loaded() ? "kvm_amd" : "another hypervisor",
		       smp_processor_id());
		return -EBUSY;
	}
	wrmsrl(MSR_EFER, efer | EFER_SVME);
	wrmsrl(MSR_VM_HSAVE_PA, this->hsave_pa);
	/* Whatever the CPU still holds is dropped with the first ASID. */
	this->generation++;
	this->next_asid = axvm_svm_features.asids;
	this->last = 0;
	this->tsc_ratio = 0;
	if (axvm_x86_machine.has_tsc_aux) {
		rdmsrl(MSR_TSC_AUX, this->host_tsc_aux);
		this->tsc_aux = this->host_tsc_aux;
	}
	return 0;
}

/* Also of a CPU that was in the middle of a handler when the machine crashed: GIF first. */
void axvm_svm_switch_off(void)
{
	u64 efer;

	rdmsrl(MSR_EFER, efer);
	if (!(efer & EFER_SVME))
		return;
	axvm_svm_stgi();
	wrmsrl(MSR_VM_HSAVE_PA, 0);
	wrmsrl(MSR_EFER, efer & ~(u64)EFER_SVME);
}

void axvm_svm_disable_cpu(void)
{
	/* As it is after a reset. */
	if (axvm_svm_features.tsc_ratio && __this_cpu_read(axvm_svm_cpu.tsc_ratio))
		wrmsr(MSR_AMD64_TSC_RATIO, 0, 1);
	axvm_svm_switch_off();
}
