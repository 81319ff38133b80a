// SPDX-License-Identifier: GPL-2.0
/* Intel VMX, as the rest of the module sees it */
#define pr_fmt(fmt) "axvm: " fmt

#include <linux/errno.h>
#include <linux/printk.h>
#include <asm/cpufeature.h>
#include <asm/cpuid.h>

#include "vmx.h"

#define CPUID_VMX	BIT(5)	/* leaf 1, ECX */

static int make_tables(void)
{
	int error = axvm_vmx_cpus_init();

	if (error)
		return error;
	error = axvm_vmx_bitmap_init();
	if (error)
		goto free_cpus;
	error = axvm_vmx_mitigate_init();
	if (error)
		goto free_bitmaps;
	return 0;

free_bitmaps:
	axvm_vmx_bitmap_exit();
free_cpus:
	axvm_vmx_cpus_exit();
	return error;
}

static void tell(void)
{
	pr_info("Intel VMX, EPT with pages up to %s%s%s%s%s%s%s\n",
		axvm_vmx_ept_format.max_leaf_level == 2 ? "1 GiB" :
		axvm_vmx_ept_format.max_leaf_level == 1 ? "2 MiB" : "4 KiB",
		axvm_vmx_ept_format.accessed ? ", A/D bits" : "",
		axvm_vmx.pml ? ", page-modification logging" : "",
		axvm_vmx.vpid ? ", VPID" : "",
		axvm_vmx.preemption_timer ? ", preemption timer" : "",
		axvm_vmx.apicv ? ", virtual-interrupt delivery" : "",
		axvm_vmx.posted ? ", posted interrupts" : "");
	if (axvm_vmx.apicv && !axvm_vmx_uses_apicv())
		pr_info("virtual-interrupt delivery is not used, see the parameter apicv\n");
}

/* The kernel clears its own flag when the firmware has disabled VMX: the CPU is asked. */
static int vmx_init(void)
{
	int error;

	if (!(cpuid_ecx(1) & CPUID_VMX))
		return -ENODEV;
	if (!boot_cpu_has(X86_FEATURE_VMX)) {
		pr_err("VMX is disabled by the firmware: look for \"virtualization\" there\n");
		return -EOPNOTSUPP;
	}
	error = axvm_vmx_find_capability();
	if (error)
		return error;
	axvm_vmx_ept_init();
	error = make_tables();
	if (!error)
		tell();
	return error;
}

static void vmx_exit(void)
{
	axvm_vmx_mitigate_exit();
	axvm_vmx_bitmap_exit();
	axvm_vmx_cpus_exit();
}

static void system_info(struct axvm_system_info *info)
{
	if (axvm_vmx.vpid) {
		info->features |= AXVM_FEATURE_TAGGED_TLB;
		info->tag_bits = 16;
	}
	if (axvm_vmx.preemption_timer)
		info->features |= AXVM_FEATURE_HW_TIMER;
	if (axvm_vmx.pml)
		info->features |= AXVM_FEATURE_HW_DIRTY_LOG;
}

static void vm_init(struct axvm_vm *vm)
{
	vm->arch.root = __pa(vm->mmu.stage2.root) | axvm_vmx.eptp;
}

struct axvm_x86_backend axvm_vmx_backend = {
	.id		= AXVM_BACKEND_VMX,
	.init		= vmx_init,
	.exit		= vmx_exit,
	.enable_cpu	= axvm_vmx_enable_cpu,
	.disable_cpu	= axvm_vmx_disable_cpu,
	.system_info	= system_info,
	.emergency	= axvm_vmx_emergency,
	.vm_init	= vm_init,
	.leaf		= axvm_vmx_ept_leaf,
	.vcpu_init	= axvm_vmx_vcpu_init,
	.vcpu_destroy	= axvm_vmx_vcpu_destroy,
	.load		= axvm_vmx_load,
	.put		= axvm_vmx_put,
	.enter		= axvm_vmx_enter,
	.handle		= axvm_vmx_handle,
	.interrupted	= axvm_vmx_interrupted,
	.read		= axvm_vmx_read,
	.insn_length	= axvm_vmx_insn_length,
	.apic_mode	= axvm_vmx_apic_mode,
	.notify		= axvm_vmx_notify,
	.apic_sync	= axvm_vmx_apic_sync,
	.collect_dirty	= axvm_vmx_collect_dirty,
	.format		= &axvm_vmx_ept_format,
};
