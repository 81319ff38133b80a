// SPDX-License-Identifier: GPL-2.0
/* A RISC-V vCPU's registers, as the VMM reads and writes them */
#include <asm/csr.h>
#include <asm/pgtable.h>

#include "axvm_riscv_arch.h"

/* Numbers and bits that the kernel's asm/csr.h has no names for. */
#define CSR_FCSR		0x003
#define SR_MXR			BIT(19)

#define SIP_BITS		(BIT(IRQ_S_SOFT) | BIT(IRQ_S_TIMER) | BIT(IRQ_S_EXT))
#define SSTATUS_BITS		(SR_SIE | SR_SPIE | SR_SPP | SR_FS | SR_VS | SR_SUM | SR_MXR)

/**
 * struct csr - A CSR that a VMM can read and write.
 * @number: its number as the guest in VS mode uses it.
 * @offset: where it is in struct axvm_arch_vcpu.
 * @width: bytes there.
 * @bits: which bits can be set.
 * @need: the extension it comes with, or %AXVM_RISCV_ISA_COUNT.
 */
struct csr {
	u16 number;
	u16 offset;
	u8 width;
	u8 need;
	u64 bits;
};

#define ALWAYS			AXVM_RISCV_ISA_COUNT
#define AT(field)		offsetof(struct axvm_arch_vcpu, field)
#define WIDTH(field)		sizeof_field(struct axvm_arch_vcpu, field)
#define CSR(_number, _field, _need, _bits) {				\
	.number = (_number), .offset = AT(_field), .width = WIDTH(_field),	\
	.need = (_need), .bits = (_bits),				\
}

/* sip, satp and vlenb are not here: see below. */
static const struct csr csrs[] = {
	CSR(CSR_FCSR, fp.fcsr, AXVM_RISCV_ISA_F, 0xff),
	CSR(CSR_VSTART, vector.vstart, AXVM_RISCV_ISA_V, U64_MAX),
	CSR(CSR_VCSR, vector.vcsr, AXVM_RISCV_ISA_V, 7),
	CSR(CSR_SSTATUS, csrs.vsstatus, ALWAYS, SSTATUS_BITS),
	CSR(CSR_SIE, csrs.vsie, ALWAYS, SIP_BITS),
	CSR(CSR_STVEC, csrs.vstvec, ALWAYS, ~2ULL),
	CSR(CSR_SCOUNTEREN, csrs.scounteren, ALWAYS, U32_MAX),
	CSR(CSR_SENVCFG, csrs.senvcfg, ALWAYS,
	    ENVCFG_FIOM | ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE),
	CSR(CSR_SSCRATCH, csrs.vsscratch, ALWAYS, U64_MAX),
	CSR(CSR_SEPC, csrs.vsepc, ALWAYS, ~1ULL),
	CSR(CSR_SCAUSE, csrs.vscause, ALWAYS, U64_MAX),
	CSR(CSR_STVAL, csrs.vstval, ALWAYS, U64_MAX),
	CSR(CSR_STIMECMP, csrs.vstimecmp, AXVM_RISCV_ISA_SSTC, U64_MAX),
	CSR(CSR_VL, vector.vl, AXVM_RISCV_ISA_V, U64_MAX),
	CSR(CSR_VTYPE, vector.vtype, AXVM_RISCV_ISA_V, U64_MAX),
};

static bool has(const struct axvm_vcpu *vcpu, u8 need)
{
	return need == ALWAYS || axvm_riscv_guest_has(vcpu->vm, need);
}

static const struct csr *find_csr(const struct axvm_vcpu *vcpu, u32 number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(csrs); i++)
		if (csrs[i].number == number && has(vcpu, csrs[i].need))
			return &csrs[i];
	return NULL;
}

static u64 load_csr(const struct axvm_vcpu *vcpu, const struct csr *csr)
{
	const void *at = (const void *)&vcpu->arch + csr->offset;

	return csr->width == sizeof(u32) ? *(const u32 *)at : *(const u64 *)at;
}

static void store_csr(struct axvm_vcpu *vcpu, const struct csr *csr, u64 value)
{
	void *at = (void *)&vcpu->arch + csr->offset;

	if (csr->width == sizeof(u32))
		*(u32 *)at = value;
	else
		*(u64 *)at = value;
}

/* Bits of sstatus that follow from others or never change. */
static u64 sstatus_fixed(u64 vsstatus)
{
	bool dirty = (vsstatus & SR_FS) == SR_FS_DIRTY || (vsstatus & SR_VS) == SR_VS_DIRTY;

	return SR_UXL_64 | (dirty ? SR_SD : 0);
}

static int get_csr(struct axvm_vcpu *vcpu, u32 number, u64 *value)
{
	const struct csr *csr = find_csr(vcpu, number);

	if (csr) {
		*value = load_csr(vcpu, csr);
		if (number == CSR_SSTATUS)
			*value = (*value & SSTATUS_BITS) | sstatus_fixed(*value);
		return 0;
	}
	switch (number) {
	case CSR_SIP:
		*value = vcpu->arch.csrs.hvip >> VSIP_TO_HVIP_SHIFT & SIP_BITS;
		return 0;
	case CSR_SATP:
		*value = vcpu->arch.csrs.vsatp;
		return 0;
	case CSR_VLENB:
		if (!has(vcpu, AXVM_RISCV_ISA_V))
			return -ENOENT;
		*value = axvm_riscv_machine.vlenb;
		return 0;
	default:
		return -ENOENT;
	}
}

static bool is_satp(u64 value)
{
	u64 mode = value >> SATP_MODE_SHIFT;

	return !mode || (mode >= SATP_MODE_39 >> SATP_MODE_SHIFT &&
			 mode <= satp_mode >> SATP_MODE_SHIFT);
}

static int check_csr(struct axvm_vcpu *vcpu, u32 number, u64 value)
{
	const struct csr *csr = find_csr(vcpu, number);
	u64 bits;

	if (csr) {
		bits = csr->bits;
		if (number == CSR_SSTATUS)
			bits |= sstatus_fixed(value);
		return value & ~bits ? -EINVAL : 0;
	}
	switch (number) {
	case CSR_SIP:
		return value & ~SIP_BITS ? -EINVAL : 0;
	case CSR_SATP:
		return is_satp(value) ? 0 : -EINVAL;
	default:
		return -EACCES;
	}
}

static void set_csr(struct axvm_vcpu *vcpu, u32 number, u64 value)
{
	const struct csr *csr = find_csr(vcpu, number);

	vcpu->arch.csrs_changed = true;
	if (csr) {
		store_csr(vcpu, csr, number == CSR_SSTATUS ? value & SSTATUS_BITS : value);
	} else if (number == CSR_SIP) {
		WRITE_ONCE(vcpu->arch.irqs, value << VSIP_TO_HVIP_SHIFT);
		vcpu->arch.csrs.hvip = value << VSIP_TO_HVIP_SHIFT;
		axvm_riscv_recheck_timer(vcpu);
	} else if (number == CSR_SATP) {
		vcpu->arch.csrs.vsatp = value;
		/* VS-stage translations of the old one must not be found under it. */
		vcpu->cpu = -1;
	}
}

/* The place of a plain 64-bit register, or NULL. */
static u64 *plain(struct axvm_vcpu *vcpu, u64 id)
{
	u32 index = AXVM_REG_INDEX(id);
	u32 chunks = axvm_riscv_machine.vlenb / sizeof(u64);

	switch (AXVM_REG_GROUP(id)) {
	case AXVM_RISCV_GROUP_CORE:
		return index < 32 ? (u64 *)&vcpu->arch.sw.x[index] : NULL;
	case AXVM_RISCV_GROUP_F:
		return index < 32 && has(vcpu, AXVM_RISCV_ISA_F) ? &vcpu->arch.fp.f[index] : NULL;
	case AXVM_RISCV_GROUP_V:
		if (!has(vcpu, AXVM_RISCV_ISA_V) || index >> 16 >= 32 || (index & 0xffff) >= chunks)
			return NULL;
		return (u64 *)vcpu->arch.vector.v + (index >> 16) * chunks + (index & 0xffff);
	case AXVM_RISCV_GROUP_PMU:
		if (index < AXVM_RISCV_PMU_COUNTERS)
			return &vcpu->arch.pmu.event[index];
		index -= 0x100;
		return index < AXVM_RISCV_PMU_COUNTERS ? &vcpu->arch.pmu.value[index] : NULL;
	default:
		return NULL;
	}
}

/* Of an exit that may wait for an answer: never of an interrupt, which is the host's. */
static u64 exit_scause(const struct axvm_vcpu *vcpu)
{
	return vcpu->arch.exit.scause & CAUSE_IRQ_FLAG ? 0 : vcpu->arch.exit.scause;
}

static int vcpu_get_reg(void *object, u64 id, u64 *value)
{
	struct axvm_vcpu *vcpu = object;
	u64 *at;

	if (AXVM_REG_ARCH(id) != AXVM_REG_RISCV)
		return -ENOENT;
	if (AXVM_REG_GROUP(id) == AXVM_RISCV_GROUP_CSR)
		return get_csr(vcpu, AXVM_REG_INDEX(id), value);
	at = plain(vcpu, id);
	if (at)
		*value = *at;
	else if (id == AXVM_RISCV_MODE)
		*value = axvm_riscv_in_supervisor(vcpu);
	else if (id == AXVM_RISCV_PENDING_SCAUSE)
		*value = exit_scause(vcpu);
	else if (id == AXVM_RISCV_PENDING_STVAL)
		*value = vcpu->arch.exit.stval;
	else if (id == AXVM_RISCV_SBI_TIMER)
		*value = axvm_riscv_get_timer(vcpu);
	else if (id == AXVM_RISCV_SBI_STA_SHMEM)
		*value = vcpu->arch.steal.shmem;
	else
		return -ENOENT;
	return 0;
}

static int check_plain(struct axvm_vcpu *vcpu, u64 id, u64 value)
{
	u32 index = AXVM_REG_INDEX(id);

	if (id == AXVM_RISCV_PC)
		return value & 1 ? -EINVAL : 0;
	if (AXVM_REG_GROUP(id) == AXVM_RISCV_GROUP_PMU && index < AXVM_RISCV_PMU_COUNTERS)
		return axvm_riscv_pmu_check_event(value);
	return 0;
}

static int vcpu_check_reg(void *object, u64 id, u64 value)
{
	struct axvm_vcpu *vcpu = object;
	u64 now;
	int error;

	error = vcpu_get_reg(vcpu, id, &now);
	if (error || value == now)
		return error;
	if (AXVM_REG_GROUP(id) == AXVM_RISCV_GROUP_CSR)
		return check_csr(vcpu, AXVM_REG_INDEX(id), value);
	if (id == AXVM_RISCV_MODE)
		return value > 1 ? -EINVAL : 0;
	if (id == AXVM_RISCV_PENDING_SCAUSE)
		return value >= BITS_PER_LONG ? -EINVAL : 0;
	if (id == AXVM_RISCV_SBI_STA_SHMEM)
		return axvm_riscv_steal_check(value);
	return check_plain(vcpu, id, value);
}

static void set_plain(struct axvm_vcpu *vcpu, u64 id, u64 *at, u64 value)
{
	*at = value;
	if (AXVM_REG_GROUP(id) == AXVM_RISCV_GROUP_PMU)
		axvm_riscv_pmu_update(vcpu);
}

static void vcpu_set_reg(void *object, u64 id, u64 value)
{
	struct axvm_vcpu *vcpu = object;
	u64 *at = plain(vcpu, id);

	if (AXVM_REG_GROUP(id) == AXVM_RISCV_GROUP_CSR)
		set_csr(vcpu, AXVM_REG_INDEX(id), value);
	else if (at)
		set_plain(vcpu, id, at, value);
	else if (id == AXVM_RISCV_MODE)
		vcpu->arch.sw.sstatus = (vcpu->arch.sw.sstatus & ~SR_SPP) | (value ? SR_SPP : 0);
	else if (id == AXVM_RISCV_PENDING_SCAUSE)
		vcpu->arch.exit.scause = value;
	else if (id == AXVM_RISCV_PENDING_STVAL)
		vcpu->arch.exit.stval = value;
	else if (id == AXVM_RISCV_SBI_TIMER)
		axvm_riscv_restore_timer(vcpu, value);
	else if (id == AXVM_RISCV_SBI_STA_SHMEM)
		axvm_riscv_steal_set(vcpu, value);
}

static void list_csrs(struct axvm_vcpu *vcpu, struct axvm_reg_sink *sink)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(csrs); i++)
		if (has(vcpu, csrs[i].need))
			axvm_reg_sink_add(sink, AXVM_RISCV_CSR(csrs[i].number));
	axvm_reg_sink_add(sink, AXVM_RISCV_CSR(CSR_SIP));
	axvm_reg_sink_add(sink, AXVM_RISCV_CSR(CSR_SATP));
	if (has(vcpu, AXVM_RISCV_ISA_V))
		axvm_reg_sink_add(sink, AXVM_RISCV_CSR(CSR_VLENB));
}

static void list_vectors(struct axvm_reg_sink *sink)
{
	u32 n, chunk;

	for (n = 0; n < 32; n++)
		for (chunk = 0; chunk < axvm_riscv_machine.vlenb / sizeof(u64); chunk++)
			axvm_reg_sink_add(sink, AXVM_RISCV_V(n, chunk));
}

static u32 vcpu_list_regs(void *object, u64 *ids, u32 room)
{
	struct axvm_reg_sink sink = { .ids = ids, .room = room };
	struct axvm_vcpu *vcpu = object;
	u32 i;

	for (i = 0; i <= AXVM_REG_INDEX(AXVM_RISCV_PENDING_STVAL); i++)
		axvm_reg_sink_add(&sink, AXVM_RISCV_REG(CORE, i));
	list_csrs(vcpu, &sink);
	for (i = 0; i < 32 && has(vcpu, AXVM_RISCV_ISA_F); i++)
		axvm_reg_sink_add(&sink, AXVM_RISCV_F(i));
	if (has(vcpu, AXVM_RISCV_ISA_V))
		list_vectors(&sink);
	axvm_reg_sink_add(&sink, AXVM_RISCV_SBI_TIMER);
	axvm_reg_sink_add(&sink, AXVM_RISCV_SBI_STA_SHMEM);
	for (i = 0; i < AXVM_RISCV_PMU_COUNTERS; i++) {
		axvm_reg_sink_add(&sink, AXVM_RISCV_PMU_EVENT(i));
		axvm_reg_sink_add(&sink, AXVM_RISCV_PMU_VALUE(i));
	}
	return sink.count;
}

const struct axvm_reg_ops axvm_arch_vcpu_regs = {
	.get	= vcpu_get_reg,
	.check	= vcpu_check_reg,
	.set	= vcpu_set_reg,
	.list	= vcpu_list_regs,
};
