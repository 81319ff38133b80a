// SPDX-License-Identifier: GPL-2.0
/* What the machine has, and which backend that makes */
#define pr_fmt(fmt) "axvm: " fmt

#include <linux/errno.h>
#include <linux/printk.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/tsc.h>

#include "axvm_x86_arch.h"

struct axvm_x86_machine axvm_x86_machine __ro_after_init;
const struct axvm_x86_backend *axvm_x86_backend __ro_after_init;

DEFINE_STATIC_CALL_NULL(axvm_x86_enter, *axvm_vmx_backend.enter);
DEFINE_STATIC_CALL_NULL(axvm_x86_handle, *axvm_vmx_backend.handle);
DEFINE_STATIC_CALL_NULL(axvm_x86_load, *axvm_vmx_backend.load);
DEFINE_STATIC_CALL_NULL(axvm_x86_put, *axvm_vmx_backend.put);
DEFINE_STATIC_CALL_NULL(axvm_x86_read, *axvm_vmx_backend.read);
DEFINE_STATIC_CALL_NULL(axvm_x86_insn_length, *axvm_vmx_backend.insn_length);

static void __init use_backend(const struct axvm_x86_backend *backend)
{
	axvm_x86_backend = backend;
	static_call_update(axvm_x86_enter, backend->enter);
	static_call_update(axvm_x86_handle, backend->handle);
	static_call_update(axvm_x86_load, backend->load);
	static_call_update(axvm_x86_put, backend->put);
	static_call_update(axvm_x86_read, backend->read);
	static_call_update(axvm_x86_insn_length, backend->insn_length);
}

/* In the standard format: the last byte of the last component. */
static unsigned int __init xsave_size(u64 xcr0)
{
	u32 eax, ebx, ecx, edx, size = 512 + 64;
	unsigned int i;

	for (i = 2; i < 63; i++) {
		if (!(xcr0 & BIT_ULL(i)))
			continue;
		cpuid_count(0xd, i, &eax, &ebx, &ecx, &edx);
		size = max(size, eax + ebx);
	}
	return size;
}

static void __init find_features(struct axvm_x86_machine *machine)
{
	machine->tsc_khz = tsc_khz;
	machine->physical_bits = boot_cpu_data.x86_phys_bits;
	machine->has_tsc_aux = boot_cpu_has(X86_FEATURE_RDTSCP) ||
			       boot_cpu_has(X86_FEATURE_RDPID);
	machine->has_spec_ctrl = boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL);
	machine->xsave_size = 512;
	if (!boot_cpu_has(X86_FEATURE_XSAVE))
		return;
	machine->host_xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
	machine->xsave_size = xsave_size(machine->host_xcr0);
	machine->has_xss = boot_cpu_has(X86_FEATURE_XSAVES);
	if (machine->has_xss)
		rdmsrl(MSR_IA32_XSS, machine->host_xss);
}

/* The one whose extension this CPU has; its own words if that cannot be used. */
static int __init choose_backend(void)
{
	static const struct axvm_x86_backend *const backends[] __initconst = {
		&axvm_vmx_backend, &axvm_svm_backend,
	};
	int error, i;

	for (i = 0; i < ARRAY_SIZE(backends); i++) {
		error = backends[i]->init();
		if (!error)
			use_backend(backends[i]);
		if (error != -ENODEV)
			return error;
	}
	pr_err("this CPU has no virtualization extension, neither VMX nor SVM\n");
	return -ENODEV;
}

int __init axvm_arch_init(void)
{
	if (!boot_cpu_has(X86_FEATURE_TSC) || !tsc_khz) {
		pr_err("this machine's TSC has no known frequency: guests could keep no time\n");
		return -ENODEV;
	}
	find_features(&axvm_x86_machine);
	return choose_backend();
}

void axvm_arch_exit(void)
{
	axvm_arch_settle();
	axvm_x86_backend->exit();
}

int axvm_arch_enable_cpu(void)
{
	return axvm_x86_backend->enable_cpu();
}

void axvm_arch_disable_cpu(void)
{
	axvm_x86_backend->disable_cpu();
}

void axvm_arch_system_info(struct axvm_system_info *info)
{
	const struct axvm_stage2_format *format = axvm_arch_stage2_format();
	unsigned int level;

	info->backend = axvm_x86_backend->id;
	info->gpa_bits = axvm_arch_gpa_bits();
	info->features = AXVM_FEATURE_HUGE_PAGES | AXVM_FEATURE_DEVICE_MEMORY |
			 AXVM_FEATURE_DIRTY_LOG;
	for (level = 0; level <= format->max_leaf_level; level++)
		info->page_sizes |= PAGE_SIZE << (level * 9);
	axvm_x86_backend->system_info(info);
}
