// SPDX-License-Identifier: GPL-2.0
/*
 * What the host does for its own sake around a guest's run: data that speculation could
 * leak, performance counters, debug registers
 *
 * The kernel knows which kinds of CPU need what, and says so by features and static keys;
 * switch.S has the part that must be next to the entry or the exit. See the kernel's
 * Documentation/admin-guide/hw-vuln/.
 */
#include <linux/gfp.h>
#include <linux/jump_label.h>
#include <linux/kvm_host.h>
#include <linux/perf_event.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/msr.h>
#include <asm/nospec-branch.h>
#include <asm/processor.h>
#include <asm/sync_core.h>

#include "vmx.h"

/* ---- L1 terminal fault ---- */

/* Larger than the L1 data cache of any CPU that has the fault. */
#define L1D_ORDER	4
#define L1D_SIZE	(PAGE_SIZE << L1D_ORDER)

static DEFINE_STATIC_KEY_FALSE(flushes_l1d);
DEFINE_STATIC_KEY_FALSE(axvm_vmx_flushes_l1d_always);
static u8 *l1d_pages __ro_after_init;

/* By a command if there is one, else by filling the cache with what is no secret. */
void axvm_vmx_flush_l1d(void)
{
	unsigned int i;

	if (static_cpu_has(X86_FEATURE_FLUSH_L1D)) {
		native_wrmsrl(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
		return;
	}
	/* Translations first, so that the walks are not in the cache last. */
	for (i = 0; i < L1D_SIZE; i += PAGE_SIZE)
		READ_ONCE(l1d_pages[i]);
	sync_core();
	for (i = 0; i < L1D_SIZE; i += SMP_CACHE_BYTES)
		READ_ONCE(l1d_pages[i]);
	/* All of them are read before the guest begins. */
	rmb();
}

static bool needs_l1d_flush(void)
{
	u64 capabilities = 0;

	if (!boot_cpu_has_bug(X86_BUG_L1TF) || l1tf_mitigation == L1TF_MITIGATION_OFF)
		return false;
	if (boot_cpu_has(X86_FEATURE_ARCH_CAPABILITIES))
		rdmsrl(MSR_IA32_ARCH_CAPABILITIES, capabilities);
	return !(capabilities & ARCH_CAP_SKIP_VMENTRY_L1DFLUSH);
}

int axvm_vmx_mitigate_init(void)
{
	if (!needs_l1d_flush())
		return 0;
	if (!boot_cpu_has(X86_FEATURE_FLUSH_L1D)) {
		l1d_pages = (u8 *)__get_free_pages(GFP_KERNEL, L1D_ORDER);
		if (!l1d_pages)
			return -ENOMEM;
		memset(l1d_pages, 0xff, L1D_SIZE);
	}
	static_branch_enable(&flushes_l1d);
	if (l1tf_mitigation == L1TF_MITIGATION_FULL ||
	    l1tf_mitigation == L1TF_MITIGATION_FULL_FORCE)
		static_branch_enable(&axvm_vmx_flushes_l1d_always);
	return 0;
}

void axvm_vmx_mitigate_exit(void)
{
	if (l1d_pages)
		free_pages((unsigned long)l1d_pages, L1D_ORDER);
}

/*
 * Whether a VM has device memory is not known here, so the buffers are cleared for all. On
 * CPUs that need it for more than that switch.S does it at each entry.
 */
static __always_inline void clear_buffers(void)
{
	if (static_branch_unlikely(&flushes_l1d))
		axvm_vmx_flush_l1d();
	else if (static_branch_unlikely(&mmio_stale_data_clear))
		/* Of a selector in memory: microcode clears them on the way. */
		asm volatile("verw %0" : : "m" (x86_verw_sel) : "cc");
}

/* ---- performance counters ---- */

/* What a guest has of them: nothing. The kernel asks, on some CPUs. */
static struct kvm_pmu no_counters;

/*
 * Counters that are not to count in guests stop, and so does what writes records to linear
 * addresses (PEBS): they would be the guest's. That has to happen with the entry itself:
 * the counters' own NMI writes the same MSRs.
 */
static noinline void write_counter_lists(struct axvm_vmx_vcpu *vmx,
					 const struct perf_guest_switch_msr *msrs)
{
	struct axvm_vmx_msr_lists *lists = &vmx->lists;
	unsigned int used = 0;
	int i;

	for (i = 0; i < lists->found && used < AXVM_VMX_LISTED_MSRS; i++) {
		if (msrs[i].host == msrs[i].guest)
			continue;
		lists->guest[used].index = msrs[i].msr;
		lists->guest[used].value = msrs[i].guest;
		lists->host[used].index = msrs[i].msr;
		lists->host[used].value = msrs[i].host;
		used++;
	}
	if (used == lists->count)
		return;
	lists->count = used;
	vmcs_write(VM_ENTRY_MSR_LOAD_ADDR, __pa(lists->guest));
	vmcs_write(VM_EXIT_MSR_LOAD_ADDR, __pa(lists->host));
	vmcs_write(VM_ENTRY_MSR_LOAD_COUNT, used);
	vmcs_write(VM_EXIT_MSR_LOAD_COUNT, used);
}

static __always_inline void stop_counters(struct axvm_vmx_vcpu *vmx)
{
	struct perf_guest_switch_msr *msrs = perf_guest_get_msrs(&vmx->lists.found, &no_counters);

	if (unlikely(msrs))
		write_counter_lists(vmx, msrs);
}

/* ---- debug registers ---- */

#define DR7_ENABLED	0xff

/* DR7 is in the VMCS. DR6 is the guest's only in software: what would change it exits. */
static noinline void load_breakpoints(const struct axvm_x86_state *state)
{
	set_debugreg(state->dr[0], 0);
	set_debugreg(state->dr[1], 1);
	set_debugreg(state->dr[2], 2);
	set_debugreg(state->dr[3], 3);
}

/* Exits leave DR7 and IA32_DEBUGCTL as after a reset. */
static __always_inline void restore_debugging(const struct axvm_vmx_vcpu *vmx)
{
	if (unlikely(vmx->host_debugctl))
		native_wrmsrl(MSR_IA32_DEBUGCTLMSR, vmx->host_debugctl);
	if (unlikely(hw_breakpoint_active()))
		hw_breakpoint_restore();
}

void axvm_vmx_before_guest(struct axvm_vcpu *vcpu)
{
	if (unlikely(vcpu->arch.state.dr7 & DR7_ENABLED))
		load_breakpoints(&vcpu->arch.state);
	stop_counters(axvm_vmx_of(vcpu));
	clear_buffers();
}

void axvm_vmx_after_guest(struct axvm_vcpu *vcpu)
{
	restore_debugging(axvm_vmx_of(vcpu));
	/* What the guest has trained is not for the VMM to follow. */
	if (static_cpu_has(X86_FEATURE_IBPB_EXIT_TO_USER))
		this_cpu_write(x86_ibpb_exit_to_user, true);
}
