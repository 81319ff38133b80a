// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to devices: the plain ones at once, the others by the emulator
 *
 * A plain move exits like any other architecture's load or store. Whatever else there is
 * goes through axvm_x86_emulate(), which says what it needs; what is half done is in
 * &struct axvm_arch_vcpu.emulation as long as its length is not 0.
 */
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "axvm_x86_arch.h"

/* See AXVM_X86_SHADOW. */
#define SHADOW_MOV_SS	BIT(1)

/* ---- the guest, as the emulator sees it ---- */

static enum axvm_x86_place place_of(struct axvm_vcpu *vcpu, u64 gpa, bool write)
{
	enum axvm_x86_place place = AXVM_X86_PLACE_DEVICE;

	if (axvm_x86_apic_at(vcpu, gpa))
		return place;
	if (axvm_mmu_view(&vcpu->vm->mmu, &vcpu->mmu, gpa, AXVM_MEM_READ | AXVM_MEM_WRITE))
		place = AXVM_X86_PLACE_MEMORY;
	else if (axvm_mmu_view(&vcpu->vm->mmu, &vcpu->mmu, gpa, AXVM_MEM_READ))
		place = write ? AXVM_X86_PLACE_READ_ONLY : AXVM_X86_PLACE_MEMORY;
	return place;
}

static enum axvm_x86_place translate(void *context, u64 linear, bool write, u64 *gpa,
				     u32 *error_code)
{
	struct axvm_vcpu *vcpu = context;
	struct axvm_x86_walk walk = {};
	u32 access = (write ? AXVM_X86_ACCESS_WRITE : 0) |
		     (axvm_x86_cpl(vcpu) == 3 ? AXVM_X86_ACCESS_USER : 0);
	int error = axvm_x86_translate(vcpu, linear, access, &walk);

	if (error == -EFAULT) {
		*error_code = walk.error;
		return AXVM_X86_PLACE_FAULT;
	}
	*gpa = walk.gpa;
	if (error)
		return AXVM_X86_PLACE_UNAVAILABLE;
	return place_of(vcpu, walk.gpa, write);
}

static bool read_memory(void *context, u64 gpa, void *data, unsigned int bytes)
{
	struct axvm_vcpu *vcpu = context;
	unsigned long hva = axvm_mmu_view(&vcpu->vm->mmu, &vcpu->mmu, gpa, AXVM_MEM_READ);

	return hva && !copy_from_user(data, (void __user *)hva, bytes);
}

static bool write_memory(void *context, u64 gpa, const void *data, unsigned int bytes)
{
	struct axvm_vcpu *vcpu = context;

	return !axvm_mmu_write_guest(vcpu->vm, gpa, data, bytes);
}

static void get_segment(void *context, unsigned int name, struct axvm_x86_segment *segment)
{
	struct axvm_vcpu *vcpu = context;

	axvm_x86_need(vcpu, AXVM_X86_CS_PART | AXVM_X86_SS_PART | AXVM_X86_DATA_PART);
	*segment = vcpu->arch.state.segment[name];
}

/* Outside of protected mode. */
static enum axvm_x86_emulate set_segment(void *context, unsigned int name, u16 selector,
					 struct axvm_x86_fault *fault)
{
	struct axvm_vcpu *vcpu = context;
	struct axvm_x86_segment *segment = &vcpu->arch.state.segment[name];

	axvm_x86_need(vcpu, AXVM_X86_SS_PART | AXVM_X86_DATA_PART);
	segment->selector = selector;
	segment->base = (u32)selector << 4;
	axvm_x86_changed(vcpu, AXVM_X86_SS_PART | AXVM_X86_DATA_PART);
	return AXVM_X86_EMULATE_DONE;
}

static bool get_vector(void *context, unsigned int reg, void *data, unsigned int bytes)
{
	if (reg >= AXVM_X86_MMX)
		return false;
	axvm_x86_read_vector(context, reg, data, bytes);
	return true;
}

static bool set_vector(void *context, unsigned int reg, const void *data, unsigned int bytes,
		       bool clear)
{
	if (reg >= AXVM_X86_MMX)
		return false;
	axvm_x86_write_vector(context, reg, data, bytes, clear);
	return true;
}

static const struct axvm_x86_emulate_ops ops = {
	.translate = translate,
	.read = read_memory,
	.write = write_memory,
	.get_segment = get_segment,
	.set_segment = set_segment,
	.get_vector = get_vector,
	.set_vector = set_vector,
};

/* ---- beginning and ending ---- */

static enum axvm_x86_mode mode_of(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;

	if (axvm_x86_in_64bit(vcpu))
		return AXVM_X86_MODE_64;
	axvm_x86_need(vcpu, AXVM_X86_RFLAGS_PART);
	if (state->rflags & X86_EFLAGS_VM)
		return AXVM_X86_MODE_16;
	/* Real mode, too: it has the bit that was there when protected mode was left. */
	return state->segment[AXVM_X86_CS].attributes & AXVM_X86_ATTR_DB ? AXVM_X86_MODE_32 :
									   AXVM_X86_MODE_16;
}

static bool is_protected(const struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_state *state = &vcpu->arch.state;

	return (state->cr0 & X86_CR0_PE) && !(state->rflags & X86_EFLAGS_VM);
}

static enum axvm_x86_emulate begin(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_emulation *em = &vcpu->arch.emulation;
	struct axvm_gprs *gprs = &vcpu->arch.emulation_gprs;
	enum axvm_x86_mode mode = mode_of(vcpu);

	axvm_x86_need(vcpu, AXVM_X86_RIP_PART | AXVM_X86_RSP_PART | AXVM_X86_RFLAGS_PART |
			    AXVM_X86_CR0_PART);
	memcpy(gprs->r, vcpu->arch.sw.r, sizeof(gprs->r));
	gprs->rip = vcpu->arch.state.rip;
	gprs->rflags = vcpu->arch.state.rflags;
	em->gprs = gprs;
	em->linear_bits = vcpu->vm->arch.guest.linear_bits;
	em->checks_segments = mode != AXVM_X86_MODE_64 && is_protected(vcpu);
	/* Nothing loads one from a device, where it would be a descriptor with all its checks. */
	em->keeps_segments = is_protected(vcpu);
	return axvm_x86_emulate_begin(em, mode);
}

static void give_up(struct axvm_vcpu *vcpu)
{
	vcpu->arch.emulation.length = 0;
	vcpu->arch.emulation.nr_answers = 0;
}

static void copy_registers(struct axvm_vcpu *vcpu)
{
	const struct axvm_gprs *gprs = &vcpu->arch.emulation_gprs;

	memcpy(vcpu->arch.sw.r, gprs->r, sizeof(gprs->r));
	axvm_x86_changed(vcpu, AXVM_X86_RSP_PART);
	axvm_x86_set_rflags(vcpu, gprs->rflags);
}

/* Repetitions that are done stay done, whatever becomes of the one after them. */
static void keep_repetitions(struct axvm_vcpu *vcpu)
{
	if (vcpu->arch.emulation.insn.flags & (AXVM_X86_INSN_REP | AXVM_X86_INSN_REPNE))
		copy_registers(vcpu);
}

/* MOV SS holds interrupts back until after the next instruction. */
static bool loads_ss(const struct axvm_x86_insn *insn)
{
	return insn->op == AXVM_X86_OP_MOV_SEG && insn->flags & AXVM_X86_INSN_TO_REG &&
	       insn->reg == AXVM_X86_SS;
}

/* Registers as they are now; with @over past the instruction, as axvm_x86_advance() has it. */
static void take_registers(struct axvm_vcpu *vcpu, bool over)
{
	const struct axvm_x86_insn *insn = &vcpu->arch.emulation.insn;

	copy_registers(vcpu);
	if (over)
		axvm_x86_advance(vcpu, insn->length);
	if (over && loads_ss(insn)) {
		vcpu->arch.state.shadow = SHADOW_MOV_SS;
		axvm_x86_changed(vcpu, AXVM_X86_SHADOW_PART);
	}
	give_up(vcpu);
}

static enum axvm_next inject(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_fault *fault = &vcpu->arch.emulation.fault;

	give_up(vcpu);
	switch (fault->vector) {
	case X86_TRAP_PF:
		return axvm_x86_page_fault(vcpu, fault->address, fault->error_code);
	case X86_TRAP_UD:
		return axvm_x86_ud(vcpu);
	default:
		return axvm_x86_exception_error(vcpu, fault->vector, fault->error_code);
	}
}

/* What cannot be emulated is told with all that is known of it. */
static enum axvm_next undecoded(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault)
{
	struct axvm_x86_emulation *em = &vcpu->arch.emulation;
	struct axvm_exit_undecoded *exit = &vcpu->exit->undecoded;

	vcpu->pending = (struct axvm_pending){ .reason = AXVM_EXIT_UNDECODED };
	axvm_exit_prepare(vcpu, AXVM_EXIT_UNDECODED, 0);
	*exit = (struct axvm_exit_undecoded){
		.gpa = fault ? fault->gpa : 0,
		.gva = fault && (fault->flags & AXVM_FAULT_GVA) ? fault->gva : 0,
		.access = fault ? fault->access : 0,
		.length = em->length,
	};
	memcpy(&exit->instruction, em->bytes, min_t(unsigned int, em->length, 8));
	if (em->length > 8)
		memcpy(&exit->instruction_rest, em->bytes + 8, em->length - 8);
	give_up(vcpu);
	return AXVM_NEXT_EXIT;
}

/*
 * Memory that it names cannot be had: as a fault of the guest's own there would be told.
 * The guest tries again; but if a device has been accessed already, which must not happen
 * twice, the next RUN does, from here.
 */
static enum axvm_next no_memory(struct axvm_vcpu *vcpu)
{
	const struct axvm_x86_emulation *em = &vcpu->arch.emulation;
	struct axvm_fault_info fault = {
		.gpa = em->access.address,
		.access = em->access.wanted == AXVM_X86_EMULATE_WRITE ? AXVM_MEM_WRITE :
									AXVM_MEM_READ,
	};

	if (em->nr_answers)
		vcpu->pending = (struct axvm_pending){ .reason = AXVM_EXIT_MEMORY_FAULT };
	else
		give_up(vcpu);
	return axvm_exit_memory_fault(vcpu, &fault, -EFAULT);
}

/* ---- accesses ---- */

/*
 * Devices in the kernel: the local APIC, and what is on the bus. @next: an exit that the
 * write makes, which comes after the instruction.
 */
static bool access_in_kernel(struct axvm_vcpu *vcpu, const struct axvm_x86_access *access,
			     u64 *data, enum axvm_next *next)
{
	bool write = access->wanted == AXVM_X86_EMULATE_WRITE;

	if (axvm_x86_apic_at(vcpu, access->address)) {
		u32 offset = access->address & ~PAGE_MASK;

		if (write)
			*next = axvm_x86_apic_write(vcpu, offset, access->data) ?: *next;
		else
			*data = axvm_x86_apic_read(vcpu, offset);
		return true;
	}
	if (axvm_io_empty(&vcpu->vm->bus))
		return false;
	if (write ? !axvm_io_write(vcpu, access->address, access->width, access->data) :
		    !axvm_io_read(vcpu, access->address, access->width, data))
		return false;
	axvm_count(vcpu, AXVM_COUNT_IO_KERNEL);
	return true;
}

static void exit_for(struct axvm_vcpu *vcpu, const struct axvm_x86_access *access)
{
	static const u8 reasons[] = {
		[AXVM_X86_EMULATE_READ] = AXVM_EXIT_MMIO_READ,
		[AXVM_X86_EMULATE_WRITE] = AXVM_EXIT_MMIO_WRITE,
		[AXVM_X86_EMULATE_IN] = AXVM_EXIT_PORT_READ,
		[AXVM_X86_EMULATE_OUT] = AXVM_EXIT_PORT_WRITE,
	};

	vcpu->pending = (struct axvm_pending){
		.reason = reasons[access->wanted],
		.width = access->width,
		.reg_width = access->width,
		.addr = access->address,
	};
	if (access->wanted == AXVM_X86_EMULATE_IN || access->wanted == AXVM_X86_EMULATE_OUT)
		axvm_exit_port(vcpu, access->address, access->count, access->units);
	else
		axvm_exit_mmio_to_vmm(vcpu, access->data);
}

/*
 * A write is answered before the VMM has it, so that an instruction with nothing else to
 * do is complete when it exits. If there is more, that is for the next RUN.
 */
static enum axvm_next exit_with_write(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_emulation *em = &vcpu->arch.emulation;

	keep_repetitions(vcpu);
	exit_for(vcpu, &em->access);
	axvm_x86_answer(em, 0);
	switch (axvm_x86_emulate(em, &ops, vcpu)) {
	case AXVM_X86_EMULATE_DONE:
		take_registers(vcpu, true);
		break;
	case AXVM_X86_EMULATE_MORE:
		take_registers(vcpu, false);
		break;
	default:
		break;
	}
	return AXVM_NEXT_EXIT;
}

static enum axvm_next go_on(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault)
{
	struct axvm_x86_emulation *em = &vcpu->arch.emulation;
	enum axvm_next next = AXVM_NEXT_LOOP;
	u64 data;

	for (;;) {
		switch (axvm_x86_emulate(em, &ops, vcpu)) {
		case AXVM_X86_EMULATE_DONE:
			take_registers(vcpu, true);
			return next;
		case AXVM_X86_EMULATE_MORE:
			take_registers(vcpu, false);
			return next;
		case AXVM_X86_EMULATE_READ:
			data = 0;
			if (!access_in_kernel(vcpu, &em->access, &data, &next)) {
				keep_repetitions(vcpu);
				exit_for(vcpu, &em->access);
				return AXVM_NEXT_EXIT;
			}
			axvm_x86_answer(em, data);
			break;
		case AXVM_X86_EMULATE_WRITE:
			if (!access_in_kernel(vcpu, &em->access, NULL, &next))
				return exit_with_write(vcpu);
			axvm_x86_answer(em, 0);
			break;
		case AXVM_X86_EMULATE_IN:
			keep_repetitions(vcpu);
			exit_for(vcpu, &em->access);
			return AXVM_NEXT_EXIT;
		case AXVM_X86_EMULATE_OUT:
			return exit_with_write(vcpu);
		case AXVM_X86_EMULATE_FAULT:
			keep_repetitions(vcpu);
			return inject(vcpu) == AXVM_NEXT_EXIT ? AXVM_NEXT_EXIT : AXVM_NEXT_LOOP;
		case AXVM_X86_EMULATE_MEMORY:
			keep_repetitions(vcpu);
			return no_memory(vcpu);
		case AXVM_X86_EMULATE_RETRY:
			give_up(vcpu);
			return AXVM_NEXT_LOOP;
		case AXVM_X86_EMULATE_UNKNOWN:
			return undecoded(vcpu, fault);
		}
	}
}

/* ---- from an exit ---- */

/*
 * The processor tells at a fault what it has fetched, which may be less than the
 * instruction: then memory tells.
 */
static int get_bytes(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault,
		     struct axvm_x86_walk *walk)
{
	u8 *bytes = vcpu->arch.emulation.bytes;
	unsigned int told = 0;

	if (fault && axvm_x86_backend->guest_insn)
		told = axvm_x86_backend->guest_insn(vcpu, bytes);
	return told == AXVM_X86_INSN_MAX ? told : axvm_x86_fetch(vcpu, bytes, walk);
}

/*
 * What the processor has told of the address saves a walk. Not if some memory is there, that
 * may only be read: an instruction that also reads is to read that. And not if it told
 * where the access begins, and where in the next page it failed.
 */
static void take_address(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault)
{
	struct axvm_x86_emulation *em = &vcpu->arch.emulation;

	em->known = fault && (fault->flags & AXVM_FAULT_GVA) &&
		    !((fault->gva ^ fault->gpa) & ~PAGE_MASK) &&
		    (axvm_x86_apic_at(vcpu, fault->gpa) ||
		     axvm_mmu_is_io(&vcpu->vm->mmu, &vcpu->mmu, fault->gpa));
	if (!em->known)
		return;
	em->known_write = fault->access == AXVM_MEM_WRITE;
	em->known_linear = fault->gva;
	em->known_gpa = fault->gpa;
}

enum axvm_next axvm_x86_emulate_here(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault)
{
	struct axvm_x86_emulation *em = &vcpu->arch.emulation;
	struct axvm_x86_walk walk;
	int bytes = get_bytes(vcpu, fault, &walk);

	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_EMULATED);
	give_up(vcpu);
	vcpu->arch.emulation_restored = false;
	if (bytes == -EFAULT)
		return axvm_x86_page_fault(vcpu, walk.address, walk.error) ?: AXVM_NEXT_LOOP;
	if (bytes < 0)
		return undecoded(vcpu, fault);
	em->length = bytes;
	take_address(vcpu, fault);
	switch (begin(vcpu)) {
	case AXVM_X86_EMULATE_DONE:
		return go_on(vcpu, fault);
	case AXVM_X86_EMULATE_FAULT:
		return inject(vcpu) ?: AXVM_NEXT_LOOP;
	default:
		return undecoded(vcpu, fault);
	}
}

/* ---- from an answer ---- */

/* Restored elsewhere, it knows only its bytes and answers. */
static bool begin_anew(struct axvm_vcpu *vcpu)
{
	struct axvm_x86_emulation *em = &vcpu->arch.emulation;

	vcpu->arch.emulation_restored = false;
	em->known = false;
	return begin(vcpu) == AXVM_X86_EMULATE_DONE;
}

/* It wants again what it wanted: the answer is for that, or for nothing. */
static bool wants(struct axvm_vcpu *vcpu, u32 reason)
{
	struct axvm_x86_emulation *em = &vcpu->arch.emulation;

	switch (axvm_x86_emulate(em, &ops, vcpu)) {
	case AXVM_X86_EMULATE_READ:
		return reason == AXVM_EXIT_MMIO_READ;
	case AXVM_X86_EMULATE_IN:
		return reason == AXVM_EXIT_PORT_READ;
	default:
		return false;
	}
}

static enum axvm_next to_loop(enum axvm_next next)
{
	/* Who completes goes into the run loop next, or out. */
	return next == AXVM_NEXT_EXIT ? next : AXVM_NEXT_ENTER;
}

enum axvm_next axvm_x86_emulation_complete(struct axvm_vcpu *vcpu,
					   const struct axvm_pending *pending, u64 answer)
{
	bool read = pending->reason == AXVM_EXIT_MMIO_READ ||
		    pending->reason == AXVM_EXIT_PORT_READ;

	if (vcpu->arch.emulation_restored) {
		if (!begin_anew(vcpu)) {
			give_up(vcpu);
			return AXVM_NEXT_ENTER;
		}
		if (read && !wants(vcpu, pending->reason))
			return to_loop(go_on(vcpu, NULL));
	}
	if (read)
		axvm_x86_answer(&vcpu->arch.emulation, answer);
	return to_loop(go_on(vcpu, NULL));
}

/* ---- nested page faults ---- */

static int why_not_memory(struct axvm_vcpu *vcpu, u64 gpa)
{
	int error;

	rcu_read_lock();
	error = axvm_mmu_hva(vcpu->vm, gpa, AXVM_MEM_READ) ? -EACCES : -ENOENT;
	rcu_read_unlock();
	return error;
}

enum axvm_next axvm_x86_handle_fault(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault)
{
	enum axvm_fault result = AXVM_FAULT_IO;

	if (!axvm_x86_apic_at(vcpu, fault->gpa))
		result = axvm_mmu_fault(vcpu, fault);
	switch (result) {
	case AXVM_FAULT_RESOLVED:
		return AXVM_NEXT_LOOP;
	case AXVM_FAULT_FAILED:
		return AXVM_NEXT_EXIT;
	case AXVM_FAULT_IO:
		break;
	}
	/* Nor is it an instruction's access while an event is delivered: a stack on a device. */
	if (fault->flags & AXVM_FAULT_TABLE_WALK || fault->access == AXVM_MEM_EXEC ||
	    vcpu->arch.event.info)
		return axvm_exit_memory_fault(vcpu, fault, why_not_memory(vcpu, fault->gpa));
	return axvm_x86_emulate_here(vcpu, fault);
}

/* ---- plain moves, interrupts off ---- */

static u64 written(struct axvm_vcpu *vcpu, const struct axvm_x86_mov *mov)
{
	u64 value = mov->immediate ? mov->value : axvm_x86_r(vcpu, mov->reg);

	return mov->width == 8 ? value : value & (BIT_ULL(mov->width * 8) - 1);
}

static enum axvm_next move_apic(struct axvm_vcpu *vcpu, const struct axvm_pending *access,
				u64 data)
{
	u32 offset = access->addr & ~PAGE_MASK;
	enum axvm_next next = AXVM_NEXT_ENTER;

	if (access->reason == AXVM_EXIT_MMIO_READ) {
		axvm_x86_load_gpr(vcpu, access, axvm_x86_apic_read(vcpu, offset));
		axvm_x86_advance(vcpu, access->length);
		return next;
	}
	axvm_x86_advance(vcpu, access->length);
	return axvm_x86_apic_write(vcpu, offset, data);
}

/*
 * Of an access that crosses into a page of devices it is the second half that faults, at
 * that page's beginning. Does the instruction's own address begin there?
 */
static bool begins_page(const struct axvm_vcpu *vcpu, const u8 *insn)
{
	unsigned int at = insn[0] == 0x66, rm;
	u32 address, displacement = 0;
	u8 rex = 0, modrm;

	if ((insn[at] & 0xf0) == 0x40)
		rex = insn[at++];
	at += insn[at] == 0x0f ? 2 : 1;
	modrm = insn[at++];
	rm = modrm & 7;
	/* SIB, and addresses by RIP. */
	if (rm == 4 || (modrm & 0xc7) == 5)
		return false;
	address = vcpu->arch.sw.r[rm | (rex & 1) << 3];
	if (modrm & 0x40)
		displacement = (s8)insn[at];
	else if (modrm & 0x80)
		memcpy(&displacement, &insn[at], sizeof(displacement));
	address += displacement;
	return !(address & ~PAGE_MASK);
}

enum axvm_next axvm_x86_quick_mmio(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault)
{
	u8 insn[AXVM_X86_INSN_ROOM] __aligned(8);
	bool write = fault->access == AXVM_MEM_WRITE;
	bool apic = axvm_x86_apic_at(vcpu, fault->gpa);
	struct axvm_pending access;
	struct axvm_x86_mov mov;
	u64 data = 0;

	if (!apic && !axvm_mmu_is_io(&vcpu->vm->mmu, &vcpu->mmu, fault->gpa))
		return AXVM_NEXT_HANDLE;
	if ((fault->flags & AXVM_FAULT_TABLE_WALK) || fault->access == AXVM_MEM_EXEC ||
	    !axvm_x86_in_64bit(vcpu) || !axvm_x86_fetch_quick(vcpu, insn) ||
	    !axvm_x86_decode_mov(insn, AXVM_X86_INSN_MAX, &mov))
		return AXVM_NEXT_HANDLE;
	/* The instruction may have been changed since; RSP narrow is left to the emulator. */
	if (mov.write != write || (mov.reg == 4 && !mov.write) ||
	    (fault->gpa & ~PAGE_MASK) + mov.width > PAGE_SIZE || vcpu->arch.event.info)
		return AXVM_NEXT_HANDLE;
	if (!(fault->gpa & ~PAGE_MASK) && mov.width > 1 && !begins_page(vcpu, insn))
		return AXVM_NEXT_HANDLE;
	access = (struct axvm_pending){
		.reason = mov.write ? AXVM_EXIT_MMIO_WRITE : AXVM_EXIT_MMIO_READ,
		.width = mov.width,
		.sign_extend = mov.sign_extend,
		.reg = mov.reg,
		.reg_width = mov.reg_width,
		.length = mov.length,
		.addr = fault->gpa,
	};
	/* What a VMM may have left there without saying that it is awaited. */
	vcpu->arch.emulation.length = 0;
	if (mov.write)
		data = written(vcpu, &mov);
	if (apic)
		return move_apic(vcpu, &access, data);
	vcpu->pending = access;
	return axvm_exit_mmio(vcpu, data);
}
