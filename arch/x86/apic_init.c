// SPDX-License-Identifier: GPL-2.0
/*
 * INIT and start-up IPIs
 *
 * Only a vCPU's own thread changes its run state. Who sends it an INIT or a start-up IPI
 * leaves that in @init_pending and @sipi, and makes a request. A start-up IPI is lost
 * unless the target waits for one: it is stopped, or an INIT is pending. The thread says
 * "stopped" before it takes the INIT away, and a sender looks for the INIT first and at
 * the run state second: it never finds neither between an INIT and the start.
 */
#include <linux/atomic.h>
#include <asm/barrier.h>

#include "apic.h"

/* &struct axvm_arch_vcpu.sipi: besides the vector. */
#define SIPI_VALID	256

void lapic_send_init(struct axvm_vcpu *vcpu)
{
	/* One that came before it is over with. */
	WRITE_ONCE(vcpu->arch.sipi, 0);
	/* Who takes the INIT does not find that any more. */
	smp_store_release(&vcpu->arch.init_pending, true);
	axvm_vcpu_request(vcpu, AXVM_REQUEST_X86_INIT);
}

bool lapic_waits_for_startup(struct axvm_vcpu *vcpu)
{
	/* In this order: see the top. */
	return smp_load_acquire(&vcpu->arch.init_pending) ||
	       READ_ONCE(vcpu->run_state) == AXVM_RUN_STOPPED;
}

void lapic_send_startup(struct axvm_vcpu *vcpu, u8 vector)
{
	/* The first counts: the second of the two that are usually sent comes too late. */
	if (!lapic_waits_for_startup(vcpu) ||
	    cmpxchg(&vcpu->arch.sipi, 0, SIPI_VALID | vector))
		return;
	axvm_vcpu_request(vcpu, AXVM_REQUEST_X86_INIT);
}

static bool is_bsp(const struct axvm_vcpu *vcpu)
{
	return vcpu->arch.apic.base & MSR_IA32_APICBASE_BSP;
}

/* Return: it was executing, and does not any more. */
static bool apply_init(struct axvm_vcpu *vcpu)
{
	bool ran = vcpu->run_state != AXVM_RUN_STOPPED;

	WRITE_ONCE(vcpu->run_state, AXVM_RUN_STOPPED);
	/* Pairs with lapic_waits_for_startup(). */
	smp_store_release(&vcpu->arch.init_pending, false);
	axvm_x86_reset(vcpu, true);
	axvm_x86_apic_reset(vcpu, true);
	axvm_x86_clock_reset(vcpu);
	atomic_set(&vcpu->arch.nmi_pending, 0);
	if (!is_bsp(vcpu))
		return ran;
	/* At the reset vector; it waits for nobody. */
	WRITE_ONCE(vcpu->run_state, AXVM_RUN_STARTED);
	return false;
}

/* SDM volume 3, "Typical AP Initialization Sequence": at 000VV000H, in real mode. */
static void start_at(struct axvm_vcpu *vcpu, u32 vector)
{
	struct axvm_x86_segment *cs = &vcpu->arch.state.segment[AXVM_X86_CS];

	axvm_x86_need(vcpu, AXVM_X86_CS_PART);
	cs->selector = vector << 8;
	cs->base = vector << 12;
	axvm_x86_changed(vcpu, AXVM_X86_CS_PART);
	axvm_x86_set_rip(vcpu, 0);
	WRITE_ONCE(vcpu->run_state, AXVM_RUN_STARTED);
}

enum axvm_next axvm_x86_apply_init(struct axvm_vcpu *vcpu)
{
	bool stopped = false;
	u32 sipi;

	/* Pairs with lapic_send_init(). */
	if (smp_load_acquire(&vcpu->arch.init_pending))
		stopped = apply_init(vcpu);
	sipi = xchg(&vcpu->arch.sipi, 0);
	if (sipi && vcpu->run_state == AXVM_RUN_STOPPED) {
		start_at(vcpu, sipi & 0xff);
		stopped = false;
	}
	if (stopped && (vcpu->vm->exits & AXVM_EXITS_CPU))
		return axvm_exit_prepare(vcpu, AXVM_EXIT_CPU_DOWN, 0);
	return AXVM_NEXT_ENTER;
}
