// SPDX-License-Identifier: GPL-2.0
/* The guest's state in and out of the VMCS: parts that are asked for, parts that changed */
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <asm/msr.h>
#include <asm/tlbflush.h>

#include "axvm_hardware.h"
#include "vmx.h"

/* ---- segments ---- */

/* The fields of segment n are as far apart as its number says, in the order of the numbers. */
#define SELECTOR(n)	(GUEST_ES_SELECTOR + 2 * (n))
#define BASE(n)		(GUEST_ES_BASE + 2 * (n))
#define LIMIT(n)	(GUEST_ES_LIMIT + 2 * (n))
#define ATTRIBUTES(n)	(GUEST_ES_AR_BYTES + 2 * (n))

static_assert(SELECTOR(AXVM_X86_TR) == GUEST_TR_SELECTOR);
static_assert(BASE(AXVM_X86_TR) == GUEST_TR_BASE);
static_assert(LIMIT(AXVM_X86_TR) == GUEST_TR_LIMIT);
static_assert(ATTRIBUTES(AXVM_X86_TR) == GUEST_TR_AR_BYTES);

static void read_segment(struct axvm_x86_state *state, unsigned int n)
{
	struct axvm_x86_segment *segment = &state->segment[n];

	segment->selector = vmcs_read(SELECTOR(n));
	segment->base = vmcs_read(BASE(n));
	segment->limit = vmcs_read(LIMIT(n));
	segment->attributes = vmcs_read(ATTRIBUTES(n));
}

static void write_segment(const struct axvm_x86_state *state, unsigned int n)
{
	const struct axvm_x86_segment *segment = &state->segment[n];

	vmcs_write(SELECTOR(n), segment->selector);
	vmcs_write(BASE(n), segment->base);
	vmcs_write(LIMIT(n), segment->limit);
	vmcs_write(ATTRIBUTES(n), segment->attributes);
}

static void read_data(struct axvm_x86_state *state)
{
	read_segment(state, AXVM_X86_ES);
	read_segment(state, AXVM_X86_DS);
	read_segment(state, AXVM_X86_FS);
	read_segment(state, AXVM_X86_GS);
}

static void write_data(const struct axvm_x86_state *state)
{
	write_segment(state, AXVM_X86_ES);
	write_segment(state, AXVM_X86_DS);
	write_segment(state, AXVM_X86_FS);
	write_segment(state, AXVM_X86_GS);
}

static void read_system(struct axvm_x86_state *state)
{
	read_segment(state, AXVM_X86_LDTR);
	read_segment(state, AXVM_X86_TR);
	state->gdtr.base = vmcs_read(GUEST_GDTR_BASE);
	state->gdtr.limit = vmcs_read(GUEST_GDTR_LIMIT);
	state->idtr.base = vmcs_read(GUEST_IDTR_BASE);
	state->idtr.limit = vmcs_read(GUEST_IDTR_LIMIT);
}

static void write_system(const struct axvm_x86_state *state)
{
	write_segment(state, AXVM_X86_LDTR);
	write_segment(state, AXVM_X86_TR);
	vmcs_write(GUEST_GDTR_BASE, state->gdtr.base);
	vmcs_write(GUEST_GDTR_LIMIT, state->gdtr.limit);
	vmcs_write(GUEST_IDTR_BASE, state->idtr.base);
	vmcs_write(GUEST_IDTR_LIMIT, state->idtr.limit);
}

/* ---- control registers ---- */

static u64 read_cr0_part(const struct axvm_vmx_vcpu *vmx)
{
	return (vmcs_read(GUEST_CR0) & AXVM_VMX_CR0_OWNED) |
	       (vmx->cr0_shadow & ~AXVM_VMX_CR0_OWNED);
}

/* Guest memory is cached as the host's is: CD and NW are only what the guest reads. */
static void write_cr0_part(struct axvm_vmx_vcpu *vmx, u64 cr0)
{
	vmx->cr0_shadow = cr0;
	vmcs_write(CR0_READ_SHADOW, cr0);
	vmcs_write(GUEST_CR0, (cr0 & ~(u64)(X86_CR0_CD | X86_CR0_NW)) | axvm_vmx.cr0_fixed);
}

static u64 read_cr4_part(const struct axvm_vmx_vcpu *vmx)
{
	return (vmcs_read(GUEST_CR4) & vmx->cr4_owned) | (vmx->cr4_shadow & ~vmx->cr4_owned);
}

/* A machine check while a guest with MCE off runs would shut the host down. */
static void write_cr4_part(struct axvm_vmx_vcpu *vmx, u64 cr4)
{
	vmx->cr4_shadow = cr4;
	vmcs_write(CR4_READ_SHADOW, cr4);
	vmcs_write(GUEST_CR4, cr4 | axvm_vmx.cr4_fixed | (cr4_read_shadow() & X86_CR4_MCE));
}

/*
 * Without paging EFER.LMA is wrong, and so that the entry fails the control must not be as
 * wrong: Bochs (3.0) does not look at paging, and ends altogether if protection is off, too.
 */
static void write_mode(struct axvm_vmx_vcpu *vmx, u64 efer)
{
	bool ia32e = (efer & EFER_LMA) && (vmx->cr0_shadow & X86_CR0_PG);
	u32 entry = axvm_vmx.entry | (ia32e ? VM_ENTRY_IA32E_MODE : 0);

	if (entry != vmx->entry) {
		vmx->entry = entry;
		vmcs_write(VM_ENTRY_CONTROLS, entry);
	}
}

/* ---- the rest ---- */

static void read_shadow(struct axvm_vcpu *vcpu)
{
	u32 info = vmcs_read(GUEST_INTERRUPTIBILITY_INFO);

	vcpu->arch.state.shadow = info & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);
	vcpu->arch.nmi_blocked = info & GUEST_INTR_STATE_NMI;
}

static bool injects_nmi(const struct axvm_vcpu *vcpu)
{
	u32 nmi = AXVM_X86_EVENT_VALID | AXVM_X86_EVENT_NMI;

	return (vcpu->arch.event.info & (AXVM_X86_EVENT_VALID | AXVM_X86_EVENT_TYPE)) == nmi;
}

/* An NMI that is about to be delivered is what blocks them, and the processor does that. */
void axvm_vmx_write_shadow(struct axvm_vcpu *vcpu)
{
	u32 info = vcpu->arch.state.shadow & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS);

	if (vcpu->arch.nmi_blocked && !injects_nmi(vcpu))
		info |= GUEST_INTR_STATE_NMI;
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO, info);
	vcpu->arch.dirty &= ~AXVM_X86_SHADOW_PART;
}

/* DR7 and IA32_DEBUGCTL change only by what exits: what was written last is what is there. */
static void write_debug(const struct axvm_x86_state *state)
{
	vmcs_write(GUEST_DR7, state->dr7);
	vmcs_write(GUEST_IA32_DEBUGCTL, state->debugctl);
	vmcs_write(GUEST_PENDING_DBG_EXCEPTIONS, state->debug_pending);
}

static void read_msrs(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	state->sysenter_cs = vmcs_read(GUEST_SYSENTER_CS);
	state->sysenter_esp = vmcs_read(GUEST_SYSENTER_ESP);
	state->sysenter_eip = vmcs_read(GUEST_SYSENTER_EIP);
	if (likely(vcpu->loaded))
		rdmsrl(MSR_KERNEL_GS_BASE, state->kernel_gs_base);
}

static void write_msrs(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;

	vmcs_write(GUEST_SYSENTER_CS, state->sysenter_cs);
	vmcs_write(GUEST_SYSENTER_ESP, state->sysenter_esp);
	vmcs_write(GUEST_SYSENTER_EIP, state->sysenter_eip);
	vmcs_write(GUEST_IA32_PAT, state->pat);
	native_wrmsrl(MSR_KERNEL_GS_BASE, state->kernel_gs_base);
	axvm_vmx_write_msrs(vcpu);
}

/* ---- parts ---- */

/*
 * While a CPU goes offline a thread may come to it still, and find VMX off: its VMCS was
 * written back to memory, where only a CPU can read it. It is moved to one in a moment, but
 * for a machine that goes down: there the guest is not going to run again.
 */
static noinline void wait_for_cpu(struct axvm_vcpu *vcpu)
{
	do {
		preempt_enable();
		schedule_timeout_uninterruptible(1);
		preempt_disable();
	} while (!vcpu->loaded && !axvm_hardware_here() && system_state <= SYSTEM_RUNNING);
	/* Scheduled in where it can be, it is there: unless it is not bound at all. */
	WARN_ON_ONCE(!vcpu->loaded && axvm_hardware_here());
}

void axvm_vmx_hold(struct axvm_vcpu *vcpu)
{
	preempt_disable();
	if (unlikely(!vcpu->loaded))
		wait_for_cpu(vcpu);
}

static noinline void read_rare(struct axvm_vcpu *vcpu, u32 parts)
{
	struct axvm_x86_state *state = &vcpu->arch.state;
	const struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	if (parts & AXVM_X86_DATA_PART)
		read_data(state);
	if (parts & AXVM_X86_SYSTEM_PART)
		read_system(state);
	if (parts & AXVM_X86_CR4_PART)
		state->cr4 = read_cr4_part(vmx);
	if (parts & AXVM_X86_EFER_PART)
		state->efer = vmcs_read(GUEST_IA32_EFER);
	if (parts & AXVM_X86_DR_PART)
		state->debug_pending = vmcs_read(GUEST_PENDING_DBG_EXCEPTIONS);
	if (parts & AXVM_X86_MSR_PART)
		read_msrs(vcpu);
}

#define RARE_PARTS	(AXVM_X86_DATA_PART | AXVM_X86_SYSTEM_PART | AXVM_X86_CR4_PART |	\
			 AXVM_X86_EFER_PART | AXVM_X86_DR_PART | AXVM_X86_MSR_PART)

void axvm_vmx_read(struct axvm_vcpu *vcpu, u32 parts)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	axvm_vmx_hold(vcpu);
	vcpu->arch.valid |= parts;
	if (parts & AXVM_X86_RIP_PART)
		state->rip = vmcs_read(GUEST_RIP);
	if (parts & AXVM_X86_RFLAGS_PART)
		state->rflags = vmcs_read(GUEST_RFLAGS);
	if (parts & AXVM_X86_SHADOW_PART)
		read_shadow(vcpu);
	if (parts & AXVM_X86_RSP_PART)
		vcpu->arch.sw.r[4] = vmcs_read(GUEST_RSP);
	if (parts & AXVM_X86_CS_PART)
		read_segment(state, AXVM_X86_CS);
	if (parts & AXVM_X86_SS_PART)
		read_segment(state, AXVM_X86_SS);
	if (parts & AXVM_X86_CR0_PART)
		state->cr0 = read_cr0_part(axvm_vmx_of(vcpu));
	if (parts & AXVM_X86_CR3_PART)
		state->cr3 = vmcs_read(GUEST_CR3);
	if (unlikely(parts & RARE_PARTS))
		read_rare(vcpu, parts);
	preempt_enable();
}

static void write_rare(struct axvm_vcpu *vcpu, u32 dirty)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);

	if (dirty & AXVM_X86_CS_PART)
		write_segment(state, AXVM_X86_CS);
	if (dirty & AXVM_X86_SS_PART)
		write_segment(state, AXVM_X86_SS);
	if (dirty & AXVM_X86_DATA_PART)
		write_data(state);
	if (dirty & AXVM_X86_SYSTEM_PART)
		write_system(state);
	if (dirty & AXVM_X86_CR0_PART)
		write_cr0_part(vmx, state->cr0);
	if (dirty & AXVM_X86_CR3_PART)
		vmcs_write(GUEST_CR3, state->cr3);
	if (dirty & AXVM_X86_CR4_PART)
		write_cr4_part(vmx, state->cr4);
	if (dirty & AXVM_X86_EFER_PART) {
		vmcs_write(GUEST_IA32_EFER, state->efer);
		axvm_vmx_write_msrs(vcpu);
	}
	if (dirty & (AXVM_X86_CR0_PART | AXVM_X86_EFER_PART))
		write_mode(vmx, state->efer);
	if (dirty & AXVM_X86_DR_PART)
		write_debug(state);
	if (dirty & AXVM_X86_MSR_PART)
		write_msrs(vcpu);
}

static bool is_pae_paging(const struct axvm_x86_state *state)
{
	return (state->cr0 & X86_CR0_PG) && (state->cr4 & X86_CR4_PAE) &&
	       !(state->efer & EFER_LMA);
}

#define PAGING_PARTS	(AXVM_X86_CR0_PART | AXVM_X86_CR3_PART | AXVM_X86_CR4_PART | \
			 AXVM_X86_EFER_PART)

/* What a MOV to CR0, CR3 or CR4 does and a write to the VMCS does not. */
static void look_at_pdptes(struct axvm_vcpu *vcpu)
{
	axvm_x86_need(vcpu, PAGING_PARTS);
	axvm_vmx_of(vcpu)->pdptes_stale = is_pae_paging(&vcpu->arch.state);
}

#define CORE_PARTS	(AXVM_X86_RIP_PART | AXVM_X86_RSP_PART | AXVM_X86_RFLAGS_PART | \
			 AXVM_X86_SHADOW_PART)

void axvm_vmx_write(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;
	u32 dirty = vcpu->arch.dirty;

	vcpu->arch.dirty = 0;
	if (dirty & AXVM_X86_RIP_PART)
		vmcs_write(GUEST_RIP, state->rip);
	if (dirty & AXVM_X86_RSP_PART)
		vmcs_write(GUEST_RSP, vcpu->arch.sw.r[4]);
	if (dirty & AXVM_X86_RFLAGS_PART)
		vmcs_write(GUEST_RFLAGS, state->rflags);
	if (dirty & AXVM_X86_SHADOW_PART)
		axvm_vmx_write_shadow(vcpu);
	if (unlikely(dirty & ~CORE_PARTS))
		write_rare(vcpu, dirty);
	if (unlikely(dirty & PAGING_PARTS))
		look_at_pdptes(vcpu);
}

/* ---- page-directory-pointer-table entries ---- */

#define PDPTES		4
#define CR3_PDPTES	GENMASK_ULL(31, 5)
#define PDPTE_RESERVED	(GENMASK_ULL(2, 1) | GENMASK_ULL(8, 5))

/* Rarely is the page not there: then it is asked for with interrupts on. */
static bool read_pdptes(struct axvm_vcpu *vcpu, u64 gpa, u64 *entry, bool quick)
{
	void __user *from;
	unsigned long hva;

	rcu_read_lock();
	hva = axvm_mmu_hva(vcpu->vm, gpa, AXVM_MEM_READ);
	rcu_read_unlock();
	from = (void __user *)hva;
	if (!hva)
		return false;
	if (quick)
		return !copy_from_user_nofault(entry, from, PDPTES * sizeof(u64));
	return !copy_from_user(entry, from, PDPTES * sizeof(u64));
}

/*
 * One that no entry can be made with counts as not present, as it does where there is no
 * memory at all: the guest's next fetch tells.
 */
static u64 usable_pdpte(const struct axvm_vcpu *vcpu, u64 entry)
{
	u64 reserved = PDPTE_RESERVED | ~(BIT_ULL(vcpu->vm->arch.guest.physical_bits) - 1);

	return (entry & _PAGE_PRESENT) && (entry & reserved) ? 0 : entry;
}

enum axvm_next axvm_vmx_load_pdptes(struct axvm_vcpu *vcpu, bool quick)
{
	struct axvm_vmx_vcpu *vmx = axvm_vmx_of(vcpu);
	u64 entry[PDPTES] = {};
	unsigned int i;

	if (!read_pdptes(vcpu, vcpu->arch.state.cr3 & CR3_PDPTES, entry, quick) && quick) {
		vmx->reason = AXVM_VMX_REASON_PDPTES;
		/* There is no entry yet: what was to be injected is decided anew. */
		axvm_vmx_take_back(vcpu);
		return AXVM_NEXT_HANDLE;
	}
	axvm_vmx_hold(vcpu);
	for (i = 0; i < PDPTES; i++)
		vmcs_write(GUEST_PDPTR0 + 2 * i, usable_pdpte(vcpu, entry[i]));
	preempt_enable();
	vmx->pdptes_stale = false;
	return quick ? AXVM_NEXT_ENTER : AXVM_NEXT_LOOP;
}
