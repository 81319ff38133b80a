// SPDX-License-Identifier: GPL-2.0
/*
 * The virtual APIC: x2APIC mode by the hardware, where it has all of it
 *
 * In x2APIC mode a CPU with "APIC-register virtualization" and "virtual-interrupt
 * delivery" keeps TPR, PPR, IRR and ISR in the virtual-APIC page by itself, delivers what is
 * in IRR and does EOIs and self-IPIs without an exit. With "process posted interrupts"
 * others' interrupts need no exit either. In xAPIC mode the registers are at an address
 * of the guest's memory, and are software's (quick_mmio); so they are on CPUs that lack
 * any of these. There the TPR at least is virtual, for 64-bit guests' CR8.
 */
#include <linux/kstrtox.h>
#include <linux/moduleparam.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/tsc.h>

#include "vmx.h"

#define APICV	(SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE | SECONDARY_EXEC_APIC_REGISTER_VIRT | \
		 SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)

/* Of whoever has inserted the module: yes, no, or -1 for nothing said. */
static int wanted = -1;

/*
 * Bochs (3.0 and before) delivers a virtual interrupt to a guest that has interrupts disabled
 * when one of the host's comes meanwhile. No kernel stands that for long.
 */
bool axvm_vmx_uses_apicv(void)
{
	int use = READ_ONCE(wanted);

	return axvm_vmx.apicv && (use < 0 ? !axvm_vmx.emulated : use);
}

static int set_apicv(const char *text, const struct kernel_param *param)
{
	bool use;
	int error = kstrtobool(text, &use);

	if (!error)
		WRITE_ONCE(wanted, use);
	return error;
}

static int get_apicv(char *text, const struct kernel_param *param)
{
	return sprintf(text, "%d\n", axvm_vmx_uses_apicv());
}

static const struct kernel_param_ops apicv_ops = {
	.set = set_apicv,
	.get = get_apicv,
};

module_param_cb(apicv, &apicv_ops, NULL, 0644);
MODULE_PARM_DESC(apicv, "VMX: x2APIC mode by the hardware where it can (default: yes, but not in emulators)");

static bool wants_hardware(const struct axvm_vcpu *vcpu)
{
	/* Interrupts to itself that the VMM wants to see are not for the hardware. */
	return axvm_vmx_uses_apicv() && axvm_x86_apic_enabled(vcpu) &&
	       axvm_x86_apic_x2apic(vcpu) && !(vcpu->vm->exits & AXVM_EXITS_IPI);
}

void axvm_vmx_apic_mode(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	/* The APIC is there first. */
	if (!vmx)
		return;
	/* The controls follow before the next entry, when the VMCS is current. */
	vmx->mode_changed = true;
	vcpu->arch.attention |= AXVM_X86_ATTENTION_IRQ;
}

static void write_controls(struct axvm_vmx_vcpu *vmx, bool hardware)
{
	u32 secondary = vmx->secondary & ~APICV;
	u32 pin = vmx->pin & ~PIN_BASED_POSTED_INTR;

	if (hardware) {
		secondary |= APICV;
		if (axvm_vmx.posted)
			pin |= PIN_BASED_POSTED_INTR;
	}
	vmx->secondary = secondary;
	vmx->pin = pin;
	vmcs_write(SECONDARY_VM_EXEC_CONTROL, secondary);
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, pin);
	vmcs_write(MSR_BITMAP, axvm_vmx_bitmap(hardware));
}

static void write_eoi_exits(struct axvm_vmx_vcpu *vmx, unsigned int i, u64 vectors)
{
	vmx->eoi_exits[i] = vectors;
	vmcs_write(EOI_EXIT_BITMAP0 + 2 * i, vectors);
}

static void begin(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vmx->eoi_exits); i++)
		write_eoi_exits(vmx, i, 0);
#ifdef AXVM_VMX_POSTED_VECTOR
	if (axvm_vmx.posted) {
		vmcs_write(POSTED_INTR_DESC_ADDR, __pa(vcpu->arch.apic.posted));
		vmcs_write(POSTED_INTR_NV, AXVM_VMX_POSTED_VECTOR);
	}
#endif
	vmx->tpr_threshold = 0;
	vmcs_write(TPR_THRESHOLD, 0);
	axvm_x86_apic_sync_ppr(vcpu);
}

void axvm_vmx_apic_apply(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	bool hardware = wants_hardware(vcpu);

	vmx->mode_changed = false;
	if (hardware == vcpu->arch.apic.hardware)
		return;
	if (hardware)
		begin(vcpu);
	write_controls(vmx, hardware);
	axvm_x86_apic_set_hardware(vcpu, hardware);
}

/* ---- with the hardware ---- */

static u64 level_vectors(const struct axvm_vcpu *vcpu, unsigned int i)
{
	const void *tmr = vcpu->arch.apic.regs + APIC_TMR + i * 32;

	return *(const u32 *)tmr | (u64)*(const u32 *)(tmr + 16) << 32;
}

/* The end of a level-triggered interrupt is to be told. */
static void sync_eoi_exits(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	unsigned int i;
	u64 vectors;

	for (i = 0; i < ARRAY_SIZE(vmx->eoi_exits); i++) {
		vectors = level_vectors(vcpu, i);
		if (vectors != vmx->eoi_exits[i])
			write_eoi_exits(vmx, i, vectors);
	}
}

/* RVI and SVI: the highest interrupt that is requested, and the highest in service. */
void axvm_vmx_apic_sync(struct axvm_vcpu *vcpu)
{
	int irr, isr;

	axvm_x86_apic_take_posted(vcpu);
	if (vcpu->arch.apic.deadline_tsc <= rdtsc())
		axvm_x86_apic_timer_fired(vcpu);
	sync_eoi_exits(vcpu);
	irr = axvm_x86_apic_highest_irr(vcpu);
	isr = axvm_x86_apic_highest_isr(vcpu);
	vmcs_write(GUEST_INTR_STATUS, (irr < 0 ? 0 : irr) | (isr < 0 ? 0 : isr) << 8);
}

/*
 * Whoever enters the guest sees ON, or is seen here to run: pairs with the barrier in the run
 * loop's enter() and look_at_posted(). An interrupt that comes before the guest is in is
 * pending, and taken in when it is.
 */
bool axvm_vmx_notify(struct axvm_vcpu *vcpu)
{
#ifdef AXVM_VMX_POSTED_VECTOR
	int cpu;

	if (!axvm_vmx.posted || atomic_read(&vcpu->state) != AXVM_VCPU_RUNNING)
		return false;
	/* Where it runs, not where it ran before: pairs with bind.c. */
	smp_rmb();
	cpu = READ_ONCE(vcpu->cpu);
	if (cpu == smp_processor_id())
		return false;
	apic->send_IPI_mask(cpumask_of(cpu), AXVM_VMX_POSTED_VECTOR);
	return true;
#else
	return false;
#endif
}

/* ---- without ---- */

/*
 * An interrupt that the TPR holds back: CR8 is written without an exit, until it is below
 * that interrupt's class.
 */
void axvm_vmx_set_tpr_threshold(struct axvm_vcpu *vcpu)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	u32 tpr, threshold = 0;
	int irr;

	if (!axvm_vmx.tpr_shadow || vcpu->arch.apic.hardware)
		return;
	irr = axvm_x86_apic_highest_irr(vcpu);
	tpr = *(const u32 *)(vcpu->arch.apic.regs + APIC_TASKPRI);
	if (irr >= 0 && irr >> 4 <= (tpr & 0xf0) >> 4)
		threshold = irr >> 4;
	if (threshold == vmx->tpr_threshold)
		return;
	vmx->tpr_threshold = threshold;
	vmcs_write(TPR_THRESHOLD, threshold);
}
