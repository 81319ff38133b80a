// SPDX-License-Identifier: GPL-2.0
/* What the machine has: found once, told to everybody */
#define pr_fmt(fmt) "axvm: " fmt

#include <linux/cpu.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/timex.h>
#include <asm/cacheflush.h>
#include <asm/csr.h>
#include <asm/delay.h>
#include <asm/hwcap.h>
#include <asm/pgtable.h>
#include <asm/sbi.h>
#include <asm/vector.h>

#include "axvm_riscv_arch.h"

struct axvm_riscv_machine axvm_riscv_machine __ro_after_init;

/* Extensions a guest may have when the host has them; the rest stay hidden. */
struct extension {
	unsigned int host;
	enum axvm_riscv_isa guest;
};

static const struct extension extensions[] __initconst = {
	{ RISCV_ISA_EXT_f,		AXVM_RISCV_ISA_F },
	{ RISCV_ISA_EXT_d,		AXVM_RISCV_ISA_D },
	{ RISCV_ISA_EXT_c,		AXVM_RISCV_ISA_C },
	{ RISCV_ISA_EXT_SSTC,		AXVM_RISCV_ISA_SSTC },
	{ RISCV_ISA_EXT_SVPBMT,		AXVM_RISCV_ISA_SVPBMT },
#ifdef RISCV_ISA_EXT_SVADU
	{ RISCV_ISA_EXT_SVADU,		AXVM_RISCV_ISA_SVADU },
#endif
	{ RISCV_ISA_EXT_ZICBOM,		AXVM_RISCV_ISA_ZICBOM },
	{ RISCV_ISA_EXT_ZICBOZ,		AXVM_RISCV_ISA_ZICBOZ },
	{ RISCV_ISA_EXT_SVINVAL,	AXVM_RISCV_ISA_SVINVAL },
	{ RISCV_ISA_EXT_SVNAPOT,	AXVM_RISCV_ISA_SVNAPOT },
	{ RISCV_ISA_EXT_ZBA,		AXVM_RISCV_ISA_ZBA },
	{ RISCV_ISA_EXT_ZBB,		AXVM_RISCV_ISA_ZBB },
	{ RISCV_ISA_EXT_ZBC,		AXVM_RISCV_ISA_ZBC },
	{ RISCV_ISA_EXT_ZBS,		AXVM_RISCV_ISA_ZBS },
	{ RISCV_ISA_EXT_ZIHINTPAUSE,	AXVM_RISCV_ISA_ZIHINTPAUSE },
	{ RISCV_ISA_EXT_ZFH,		AXVM_RISCV_ISA_ZFH },
	{ RISCV_ISA_EXT_ZICOND,		AXVM_RISCV_ISA_ZICOND },
};

static void __init find_extensions(struct axvm_riscv_machine *machine)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(extensions); i++)
		if (__riscv_isa_extension_available(NULL, extensions[i].host))
			__set_bit(extensions[i].guest, machine->isa);
	if (has_vector()) {
		__set_bit(AXVM_RISCV_ISA_V, machine->isa);
		machine->vlenb = riscv_v_vsize / 32;
	}
	machine->smstateen = __riscv_isa_extension_available(NULL, RISCV_ISA_EXT_SMSTATEEN);
}

/* Does this hart take @hgatp? KVM may have a value of its own there. */
static unsigned long try_hgatp(unsigned long hgatp)
{
	unsigned long old, flags;

	local_irq_save(flags);
	old = csr_swap(CSR_HGATP, hgatp);
	hgatp = csr_swap(CSR_HGATP, old);
	axvm_hfence_gvma_all();
	local_irq_restore(flags);
	return hgatp;
}

static bool has_mode(unsigned long mode)
{
	return try_hgatp(mode << HGATP_MODE_SHIFT) >> HGATP_MODE_SHIFT == mode;
}

static unsigned int widest_mode(void)
{
	unsigned int mode;

	for (mode = HGATP_MODE_SV57X4; mode >= HGATP_MODE_SV39X4; mode--)
		if (has_mode(mode))
			return mode;
	return HGATP_MODE_OFF;
}

static unsigned int vmid_bits(unsigned int mode)
{
	unsigned long hgatp = (unsigned long)mode << HGATP_MODE_SHIFT | HGATP_VMID;

	return fls64((try_hgatp(hgatp) & HGATP_VMID) >> HGATP_VMID_SHIFT);
}

/* What every hart has is what the harts have. */
static void __init look_at_hart(void *data)
{
	struct axvm_riscv_machine *machine = data;
	unsigned int mode = widest_mode();

	machine->hgatp_mode = min(machine->hgatp_mode, mode);
	machine->vmid_bits = min(machine->vmid_bits, vmid_bits(mode));
}

static void __init look_at_harts(struct axvm_riscv_machine *machine)
{
	int cpu;

	machine->hgatp_mode = HGATP_MODE_SV57X4;
	machine->vmid_bits = fls64(HGATP_VMID >> HGATP_VMID_SHIFT);
	cpus_read_lock();
	for_each_online_cpu(cpu)
		smp_call_function_single(cpu, look_at_hart, machine, true);
	cpus_read_unlock();
}

static int __init refuse(const char *why)
{
	pr_err("%s\n", why);
	return -ENODEV;
}

int __init axvm_arch_init(void)
{
	struct axvm_riscv_machine *machine = &axvm_riscv_machine;

	if (!riscv_isa_extension_available(NULL, h))
		return refuse("this CPU has no H extension: it cannot run guests");
	if (sbi_spec_is_0_1() || sbi_probe_extension(SBI_EXT_RFENCE) <= 0)
		return refuse("the firmware has no SBI RFENCE extension: update it");
	look_at_harts(machine);
	if (machine->hgatp_mode < HGATP_MODE_SV39X4)
		return refuse("this CPU's H extension has no Sv39x4 guest translation");

	find_extensions(machine);
	machine->levels = machine->hgatp_mode - HGATP_MODE_SV39X4 + 3;
	machine->timebase = riscv_timebase;
	machine->mvendorid = sbi_get_mvendorid();
	machine->marchid = sbi_get_marchid();
	machine->mimpid = sbi_get_mimpid();
	axvm_riscv_vmid_init();
	pr_info("RISC-V H extension, Sv%dx4, %u VMID bits, %s timer\n",
		machine->levels * 9 + 12, machine->vmid_bits,
		axvm_riscv_host_has(AXVM_RISCV_ISA_SSTC) ? "Sstc" : "SBI");
	return 0;
}

void axvm_arch_exit(void)
{
}

void axvm_arch_enabled(void)
{
}

void axvm_arch_disabled(void)
{
}

void axvm_arch_settle(void)
{
}

int axvm_arch_enable_cpu(void)
{
	unsigned long flags;

	if (has_mode(axvm_riscv_machine.hgatp_mode)) {
		/* Whatever was here before it went offline is gone. */
		local_irq_save(flags);
		axvm_riscv_forget_cpu();
		local_irq_restore(flags);
		return 0;
	}
	pr_err("CPU %d has not the guest translation of the others\n", smp_processor_id());
	return -ENODEV;
}

/*
 * hideleg and hedeleg stay: they act on nothing but traps from a guest, and if
 * KVM has guests on this hart, it set hideleg only once.
 */
void axvm_arch_disable_cpu(void)
{
	unsigned long flags;

	local_irq_save(flags);
	axvm_riscv_forget_cpu();
	local_irq_restore(flags);
}

void axvm_arch_system_info(struct axvm_system_info *info)
{
	const struct axvm_riscv_machine *machine = &axvm_riscv_machine;
	unsigned int level;

	info->backend = AXVM_BACKEND_RISCV;
	info->gpa_bits = axvm_arch_gpa_bits();
	info->features = AXVM_FEATURE_HUGE_PAGES | AXVM_FEATURE_DEVICE_MEMORY |
			 AXVM_FEATURE_DIRTY_LOG | AXVM_FEATURE_IRQCHIP;
	if (axvm_riscv_host_has(AXVM_RISCV_ISA_SSTC))
		info->features |= AXVM_FEATURE_HW_TIMER;
	if (machine->vmid_bits)
		info->features |= AXVM_FEATURE_TAGGED_TLB;
	info->tag_bits = machine->vmid_bits;
	for (level = 0; level <= axvm_arch_stage2_format()->max_leaf_level; level++)
		info->page_sizes |= PAGE_SIZE << (level * 9);
}
