// SPDX-License-Identifier: GPL-2.0
/*
 * Why an entry failed: SDM volume 3, "VM Entries", gone through in its order
 *
 * The processor says only which group of checks failed. The first check of that group that
 * does not hold by what the VMCS has is the one that is named. These here are about
 * controls; audit_host.c and audit_guest.c have the others.
 */
#include "vmx.h"

static bool has(unsigned long field, u32 bits)
{
	return (vmcs_read(field) & bits) == bits;
}

static bool differs(unsigned long field, u32 msr)
{
	u32 value = vmcs_read(field);
	u64 capability;

	rdmsrl(msr, capability);
	return ((u32)capability & ~value) || (value & ~(u32)(capability >> 32));
}

static bool pin_controls(void)
{
	return differs(PIN_BASED_VM_EXEC_CONTROL, MSR_IA32_VMX_TRUE_PINBASED_CTLS);
}

static bool primary_controls(void)
{
	return differs(CPU_BASED_VM_EXEC_CONTROL, MSR_IA32_VMX_TRUE_PROCBASED_CTLS);
}

static bool secondary_controls(void)
{
	return differs(SECONDARY_VM_EXEC_CONTROL, MSR_IA32_VMX_PROCBASED_CTLS2);
}

static bool exit_controls(void)
{
	return differs(VM_EXIT_CONTROLS, MSR_IA32_VMX_TRUE_EXIT_CTLS);
}

static bool entry_controls(void)
{
	return differs(VM_ENTRY_CONTROLS, MSR_IA32_VMX_TRUE_ENTRY_CTLS);
}

static bool is_page(u64 address)
{
	return !(address & ~PAGE_MASK) && !(address >> axvm_x86_machine.physical_bits);
}

static bool msr_bitmap(void)
{
	return !is_page(vmcs_read(MSR_BITMAP));
}

static bool virtual_apic_page(void)
{
	return has(CPU_BASED_VM_EXEC_CONTROL, CPU_BASED_TPR_SHADOW) &&
	       !is_page(vmcs_read(VIRTUAL_APIC_PAGE_ADDR));
}

static bool virtual_interrupts(void)
{
	return has(SECONDARY_VM_EXEC_CONTROL, SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY);
}

static bool tpr_threshold(void)
{
	return has(CPU_BASED_VM_EXEC_CONTROL, CPU_BASED_TPR_SHADOW) && !virtual_interrupts() &&
	       vmcs_read(TPR_THRESHOLD) >> 4;
}

static bool nmi_controls(void)
{
	return has(PIN_BASED_VM_EXEC_CONTROL, PIN_BASED_VIRTUAL_NMIS) &&
	       !has(PIN_BASED_VM_EXEC_CONTROL, PIN_BASED_NMI_EXITING);
}

static bool nmi_window(void)
{
	return has(CPU_BASED_VM_EXEC_CONTROL, CPU_BASED_NMI_WINDOW_EXITING) &&
	       !has(PIN_BASED_VM_EXEC_CONTROL, PIN_BASED_VIRTUAL_NMIS);
}

#define NEEDS_TPR_SHADOW	(SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE |	\
				 SECONDARY_EXEC_APIC_REGISTER_VIRT |		\
				 SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY)

static bool without_tpr_shadow(void)
{
	return !has(CPU_BASED_VM_EXEC_CONTROL, CPU_BASED_TPR_SHADOW) &&
	       (vmcs_read(SECONDARY_VM_EXEC_CONTROL) & NEEDS_TPR_SHADOW);
}

static bool virtual_interrupts_without_exits(void)
{
	return virtual_interrupts() && !has(PIN_BASED_VM_EXEC_CONTROL, PIN_BASED_EXT_INTR_MASK);
}

static bool posts(void)
{
	return has(PIN_BASED_VM_EXEC_CONTROL, PIN_BASED_POSTED_INTR);
}

static bool posted_controls(void)
{
	return posts() && (!virtual_interrupts() ||
			   !has(VM_EXIT_CONTROLS, VM_EXIT_ACK_INTR_ON_EXIT));
}

static bool posted_vector(void)
{
	return posts() && vmcs_read(POSTED_INTR_NV) >> 8;
}

static bool posted_descriptor(void)
{
	u64 address = posts() ? vmcs_read(POSTED_INTR_DESC_ADDR) : 0;

	return (address & 63) || address >> axvm_x86_machine.physical_bits;
}

static bool vpid_zero(void)
{
	return has(SECONDARY_VM_EXEC_CONTROL, SECONDARY_EXEC_ENABLE_VPID) &&
	       !vmcs_read(VIRTUAL_PROCESSOR_ID);
}

static bool ept_pointer(void)
{
	return !is_page(vmcs_read(EPT_POINTER) & PAGE_MASK) ||
	       (vmcs_read(EPT_POINTER) & ~PAGE_MASK) != axvm_vmx.eptp;
}

static bool unrestricted_without_ept(void)
{
	return has(SECONDARY_VM_EXEC_CONTROL, SECONDARY_EXEC_UNRESTRICTED_GUEST) &&
	       !has(SECONDARY_VM_EXEC_CONTROL, SECONDARY_EXEC_ENABLE_EPT);
}

static bool pml_without_ept(void)
{
	return has(SECONDARY_VM_EXEC_CONTROL, SECONDARY_EXEC_ENABLE_PML) &&
	       !has(SECONDARY_VM_EXEC_CONTROL, SECONDARY_EXEC_ENABLE_EPT);
}

static bool pml_address(void)
{
	return has(SECONDARY_VM_EXEC_CONTROL, SECONDARY_EXEC_ENABLE_PML) &&
	       !is_page(vmcs_read(PML_ADDRESS));
}

/* ---- the event ---- */

static u32 event(void)
{
	u32 info = vmcs_read(VM_ENTRY_INTR_INFO_FIELD);

	return info & INTR_INFO_VALID_MASK ? info : 0;
}

static u32 type(void)
{
	return event() & INTR_INFO_INTR_TYPE_MASK;
}

static u32 vector(void)
{
	return event() & INTR_INFO_VECTOR_MASK;
}

static bool event_reserved(void)
{
	return event() & GENMASK(30, 12);
}

static bool event_type(void)
{
	return type() == INTR_TYPE_RESERVED || type() == INTR_TYPE_OTHER_EVENT;
}

static bool event_vector(void)
{
	if (type() == INTR_TYPE_NMI_INTR)
		return vector() != X86_TRAP_NMI;
	return type() == INTR_TYPE_HARD_EXCEPTION && vector() > 31;
}

static bool pushes_error(void)
{
	switch (vector()) {
	case X86_TRAP_DF:
	case X86_TRAP_TS:
	case X86_TRAP_NP:
	case X86_TRAP_SS:
	case X86_TRAP_GP:
	case X86_TRAP_PF:
	case X86_TRAP_AC:
		return type() == INTR_TYPE_HARD_EXCEPTION && (vmcs_read(GUEST_CR0) & X86_CR0_PE);
	default:
		return false;
	}
}

static bool event_error(void)
{
	return event() && !!(event() & INTR_INFO_DELIVER_CODE_MASK) != pushes_error();
}

static bool event_error_reserved(void)
{
	return (event() & INTR_INFO_DELIVER_CODE_MASK) &&
	       vmcs_read(VM_ENTRY_EXCEPTION_ERROR_CODE) >> 16;
}

static bool event_length(void)
{
	u64 length = vmcs_read(VM_ENTRY_INSTRUCTION_LEN);

	return type() >= INTR_TYPE_SOFT_INTR && (!length || length > 15);
}

static const struct axvm_vmx_check checks[] = {
	{ "reserved bits in the pin-based controls", pin_controls },
	{ "reserved bits in the primary processor-based controls", primary_controls },
	{ "reserved bits in the secondary processor-based controls", secondary_controls },
	{ "MSR-bitmap address", msr_bitmap },
	{ "virtual-APIC address", virtual_apic_page },
	{ "TPR threshold bits 31:4", tpr_threshold },
	{ "virtual NMIs without NMI exiting", nmi_controls },
	{ "NMI-window exiting without virtual NMIs", nmi_window },
	{ "APIC virtualization without TPR shadow", without_tpr_shadow },
	{ "virtual-interrupt delivery without external-interrupt exiting",
	  virtual_interrupts_without_exits },
	{ "posted interrupts without what they need", posted_controls },
	{ "posted-interrupt notification vector", posted_vector },
	{ "posted-interrupt descriptor address", posted_descriptor },
	{ "VPID is 0", vpid_zero },
	{ "EPT pointer", ept_pointer },
	{ "unrestricted guest without EPT", unrestricted_without_ept },
	{ "page-modification logging without EPT", pml_without_ept },
	{ "page-modification log address", pml_address },
	{ "reserved bits in the VM-exit controls", exit_controls },
	{ "reserved bits in the VM-entry controls", entry_controls },
	{ "VM-entry interruption information: reserved bits", event_reserved },
	{ "VM-entry interruption information: type", event_type },
	{ "VM-entry interruption information: vector", event_vector },
	{ "VM-entry interruption information: deliver-error-code", event_error },
	{ "VM-entry exception error code: reserved bits", event_error_reserved },
	{ "VM-entry instruction length", event_length },
};

const char *axvm_vmx_first_failing(const struct axvm_vmx_check *check, unsigned int count)
{
	for (; count; count--, check++)
		if (check->fails())
			return check->name;
	return NULL;
}

/* ---- what the processor said ---- */

static const char *failed_group(u32 error)
{
	switch (error) {
	case VMXERR_ENTRY_INVALID_CONTROL_FIELD:
		return axvm_vmx_first_failing(checks, ARRAY_SIZE(checks)) ?:
		       "VM entry with invalid control fields";
	case VMXERR_ENTRY_INVALID_HOST_STATE_FIELD:
		return axvm_vmx_audit_host() ?: "VM entry with invalid host-state fields";
	case VMXERR_ENTRY_EVENTS_BLOCKED_BY_MOV_SS:
		return "VM entry with events blocked by MOV SS";
	case VMXERR_VMLAUNCH_NONCLEAR_VMCS:
		return "VMLAUNCH with a VMCS that is not clear";
	case VMXERR_VMRESUME_NONLAUNCHED_VMCS:
		return "VMRESUME with a VMCS that is not launched";
	default:
		return "VM-instruction error";
	}
}

static const char *failed_state(u64 qualification)
{
	const char *name = axvm_vmx_audit_guest();

	if (name)
		return name;
	switch (qualification) {
	case ENTRY_FAIL_PDPTE:
		return "reserved bits in a PDPTE";
	case ENTRY_FAIL_NMI:
		return "injection of an NMI while STI blocks events";
	case ENTRY_FAIL_VMCS_LINK_PTR:
		return "VMCS link pointer";
	default:
		return "VM entry with invalid guest state";
	}
}

static const char *failed_entry(const struct axvm_vcpu *vcpu, u64 qualification)
{
	switch (axvm_vmx_of(vcpu)->reason & 0xffff) {
	case EXIT_REASON_INVALID_STATE:
		return failed_state(qualification);
	case EXIT_REASON_MSR_LOAD_FAIL:
		return "MSR loading";
	case EXIT_REASON_MCE_DURING_VMENTRY:
		return "machine-check event";
	default:
		return "VM entry failed for a reason that is not known";
	}
}

/* The event is kept, and all of the state is there to be mended and tried again. */
enum axvm_next axvm_vmx_entry_failed(struct axvm_vcpu *vcpu, u32 error)
{
	u64 qualification = vmcs_read(EXIT_QUALIFICATION);
	u32 reason = axvm_vmx_of(vcpu)->reason;
	const char *check;

	if (error) {
		reason = error;
		qualification = 0;
		check = failed_group(error);
	} else {
		check = failed_entry(vcpu, qualification);
		if ((reason & 0xffff) == EXIT_REASON_MCE_DURING_VMENTRY)
			axvm_x86_machine_check();
	}
	axvm_vmx_take_back(vcpu);
	axvm_vmx_start_over(axvm_vmx_of(vcpu));
	return axvm_exit_fail_entry(vcpu, reason, qualification, check);
}
