// SPDX-License-Identifier: GPL-2.0
/* A RISC-V VM: what it is made of, and its registers */
#include <linux/percpu.h>
#include <linux/timex.h>
#include <asm/cacheflush.h>
#include <asm/csr.h>
#include <asm/io.h>
#include <asm/pgtable.h>

#include "axvm_device.h"
#include "axvm_riscv_arch.h"

/* Extensions that henvcfg, sstatus or hstatus can take from a guest. */
#define REMOVABLE	(BIT(AXVM_RISCV_ISA_F) | BIT(AXVM_RISCV_ISA_D) | BIT(AXVM_RISCV_ISA_V) | \
			 BIT(AXVM_RISCV_ISA_SSTC) | BIT(AXVM_RISCV_ISA_SVPBMT) |		\
			 BIT(AXVM_RISCV_ISA_SVADU) | BIT(AXVM_RISCV_ISA_ZICBOM) |		\
			 BIT(AXVM_RISCV_ISA_ZICBOZ))

#define ENVCFG_ADUE_BIT	BIT_ULL(61)

/*
 * cbo.inval is done as a flush: a true invalidation could show the guest what was
 * in a page before the host cleared it.
 */
static void update_henvcfg(struct axvm_vm *vm)
{
	u64 henvcfg = 0;

	if (axvm_riscv_guest_has(vm, AXVM_RISCV_ISA_SSTC))
		henvcfg |= ENVCFG_STCE;
	if (axvm_riscv_guest_has(vm, AXVM_RISCV_ISA_SVPBMT))
		henvcfg |= ENVCFG_PBMTE;
	if (axvm_riscv_guest_has(vm, AXVM_RISCV_ISA_SVADU))
		henvcfg |= ENVCFG_ADUE_BIT;
	if (axvm_riscv_guest_has(vm, AXVM_RISCV_ISA_ZICBOM))
		henvcfg |= ENVCFG_CBCFE | ENVCFG_CBIE_FLUSH << ENVCFG_CBIE_SHIFT;
	if (axvm_riscv_guest_has(vm, AXVM_RISCV_ISA_ZICBOZ))
		henvcfg |= ENVCFG_CBZE;
	vm->arch.henvcfg = henvcfg;
}

static void free_per_cpu_parts(struct axvm_arch_vm *arch)
{
	free_cpumask_var(arch->cpus_ever);
	free_cpumask_var(arch->cpus);
	free_percpu(arch->last);
}

static bool alloc_per_cpu_parts(struct axvm_arch_vm *arch)
{
	bool ok;

	arch->last = alloc_percpu_gfp(struct axvm_riscv_last, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	ok = zalloc_cpumask_var(&arch->cpus, GFP_KERNEL_ACCOUNT);
	ok &= zalloc_cpumask_var(&arch->cpus_ever, GFP_KERNEL_ACCOUNT);
	if (!ok || !arch->last)
		free_per_cpu_parts(arch);
	return ok && arch->last;
}

int axvm_arch_vm_init(struct axvm_vm *vm)
{
	struct axvm_arch_vm *arch = &vm->arch;

	if (!alloc_per_cpu_parts(arch))
		return -ENOMEM;
	arch->hgatp = (unsigned long)axvm_riscv_machine.hgatp_mode << HGATP_MODE_SHIFT |
		      PHYS_PFN(virt_to_phys(vm->mmu.stage2.root));
	arch->time_delta = -get_cycles64();
	bitmap_copy(arch->isa, axvm_riscv_machine.isa, AXVM_RISCV_ISA_COUNT);
	update_henvcfg(vm);
	if (axvm_riscv_machine.smstateen)
		arch->hstateen0 = SMSTATEEN0_HSENVCFG;
	arch->mvendorid = axvm_riscv_machine.mvendorid;
	arch->marchid = axvm_riscv_machine.marchid;
	arch->mimpid = axvm_riscv_machine.mimpid;
	axvm_riscv_sbi_init_vm(vm);
	return 0;
}

void axvm_arch_vm_destroy(struct axvm_vm *vm)
{
	free_per_cpu_parts(&vm->arch);
}

/* ---- registers ---- */

static u64 *id_register(struct axvm_vm *vm, u64 id)
{
	switch (id) {
	case AXVM_RISCV_VM_MVENDORID:
		return &vm->arch.mvendorid;
	case AXVM_RISCV_VM_MARCHID:
		return &vm->arch.marchid;
	case AXVM_RISCV_VM_MIMPID:
		return &vm->arch.mimpid;
	default:
		return NULL;
	}
}

static int get_constant(struct axvm_vm *vm, u64 id, u64 *value)
{
	switch (id) {
	case AXVM_RISCV_VM_TIMEBASE:
		*value = axvm_riscv_machine.timebase;
		return 0;
	case AXVM_RISCV_VM_CBOM_SIZE:
		*value = axvm_riscv_host_has(AXVM_RISCV_ISA_ZICBOM) ? riscv_cbom_block_size : 0;
		return 0;
	case AXVM_RISCV_VM_CBOZ_SIZE:
		*value = axvm_riscv_host_has(AXVM_RISCV_ISA_ZICBOZ) ? riscv_cboz_block_size : 0;
		return 0;
	case AXVM_RISCV_VM_SATP_MODE:
		*value = satp_mode >> SATP_MODE_SHIFT;
		return 0;
	default:
		return -ENOENT;
	}
}

/* D and Zfh are nothing without F. */
static bool has_base_of(const struct axvm_vm *vm, u32 extension)
{
	return (extension != AXVM_RISCV_ISA_D && extension != AXVM_RISCV_ISA_ZFH) ||
	       axvm_riscv_guest_has(vm, AXVM_RISCV_ISA_F);
}

static int vm_get_reg(void *object, u64 id, u64 *value)
{
	struct axvm_vm *vm = object;
	u32 index = AXVM_REG_INDEX(id);

	if (id == AXVM_RISCV_ISA(index) && index < AXVM_RISCV_ISA_COUNT) {
		*value = axvm_riscv_guest_has(vm, index) && has_base_of(vm, index);
		return 0;
	}
	if (id == AXVM_RISCV_SBI_POLICY(index) && index < AXVM_RISCV_SBI_COUNT) {
		*value = vm->arch.sbi_policy[index];
		return 0;
	}
	if (id == AXVM_RISCV_VM_TIME) {
		*value = axvm_riscv_time(vm);
		return 0;
	}
	if (id_register(vm, id)) {
		*value = *id_register(vm, id);
		return 0;
	}
	return get_constant(vm, id, value);
}

static int check_isa(const struct axvm_vm *vm, u32 extension, u64 value)
{
	if (value > 1)
		return -EINVAL;
	if (value)
		return axvm_riscv_host_has(extension) ? 0 : -EINVAL;
	/* What the host lacks, nobody needs to take away. */
	if (!axvm_riscv_host_has(extension) || REMOVABLE & BIT(extension))
		return 0;
	return -EINVAL;
}

static int check_value(struct axvm_vm *vm, u64 id, u64 value)
{
	u32 index = AXVM_REG_INDEX(id);

	if (id == AXVM_RISCV_ISA(index))
		return check_isa(vm, index, value);
	if (id == AXVM_RISCV_SBI_POLICY(index))
		return axvm_riscv_sbi_check_policy(index, value);
	return id == AXVM_RISCV_VM_TIME || id_register(vm, id) ? 0 : -EACCES;
}

static int vm_check_reg(void *object, u64 id, u64 value)
{
	struct axvm_vm *vm = object;
	u64 now;
	int error;

	error = vm_get_reg(vm, id, &now);
	if (error)
		return error;
	if (value == now)
		return 0;
	error = check_value(vm, id, value);
	if (!error && vm->has_run && id != AXVM_RISCV_VM_TIME)
		return -EBUSY;
	return error;
}

/* Each vCPU takes it over before it goes on; one that waits computes anew how long. */
static void set_time(struct axvm_vm *vm, u64 time)
{
	struct axvm_vcpu *vcpu;
	unsigned long id;

	WRITE_ONCE(vm->arch.time_delta, time - get_cycles64());
	axvm_for_each_vcpu(vm, id, vcpu)
		axvm_vcpu_request(vcpu, AXVM_REQUEST_RISCV_TIME);
}

static void vm_set_reg(void *object, u64 id, u64 value)
{
	struct axvm_vm *vm = object;
	u32 index = AXVM_REG_INDEX(id);

	if (id == AXVM_RISCV_ISA(index)) {
		__assign_bit(index, vm->arch.isa, value);
		update_henvcfg(vm);
	} else if (id == AXVM_RISCV_SBI_POLICY(index)) {
		vm->arch.sbi_policy[index] = value;
	} else if (id == AXVM_RISCV_VM_TIME) {
		set_time(vm, value);
	} else if (id_register(vm, id)) {
		*id_register(vm, id) = value;
	}
}

static u32 vm_list_regs(void *object, u64 *ids, u32 room)
{
	struct axvm_reg_sink sink = { .ids = ids, .room = room };
	u32 i;

	for (i = 0; i <= AXVM_REG_INDEX(AXVM_RISCV_VM_SATP_MODE); i++)
		axvm_reg_sink_add(&sink, AXVM_RISCV_REG(VM, i));
	for (i = 0; i < AXVM_RISCV_ISA_COUNT; i++)
		axvm_reg_sink_add(&sink, AXVM_RISCV_ISA(i));
	for (i = 0; i < AXVM_RISCV_SBI_COUNT; i++)
		axvm_reg_sink_add(&sink, AXVM_RISCV_SBI_POLICY(i));
	return sink.count;
}

const struct axvm_reg_ops axvm_arch_vm_regs = {
	.get	= vm_get_reg,
	.check	= vm_check_reg,
	.set	= vm_set_reg,
	.list	= vm_list_regs,
};

/* The PLIC takes lines, no messages. */
int axvm_arch_vm_msi(struct axvm_vm *vm, u64 address, u32 data)
{
	return -ENXIO;
}

const struct axvm_device_ops *const axvm_arch_devices[] = {
	&axvm_riscv_plic_ops,
	NULL,
};
