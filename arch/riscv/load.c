// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's CSRs on and off a CPU
 *
 * They are saved whenever the vCPU leaves, because KVM loads its own vCPUs without
 * telling anybody. They are loaded again only if something else was there since:
 * hgatp holds our root table as long as nobody has loaded another guest.
 */
#include <linux/percpu.h>
#include <linux/smp.h>
#include <asm/cacheflush.h>
#include <asm/csr.h>

#include "axvm_hardware.h"
#include "axvm_riscv_arch.h"

/* The guest's own interrupts, and nothing else, go straight to it. */
#define HIDELEG	(BIT(IRQ_VS_SOFT) | BIT(IRQ_VS_TIMER) | BIT(IRQ_VS_EXT))

/*
 * What is the guest's own fault goes straight to it. Illegal instructions do not:
 * the first use of floating-point or vector registers shows up as one.
 */
#define HEDELEG	(BIT(EXC_INST_MISALIGNED) | BIT(EXC_LOAD_MISALIGNED) |		\
		 BIT(EXC_STORE_MISALIGNED) | BIT(EXC_SYSCALL) |			\
		 BIT(EXC_INST_PAGE_FAULT) | BIT(EXC_LOAD_PAGE_FAULT) |		\
		 BIT(EXC_STORE_PAGE_FAULT))

/* Of the counters, the guest reads time itself; the others would tell of the host. */
#define HCOUNTEREN	BIT(1)

/**
 * struct here - What is on this CPU.
 * @serial: of the vCPU whose CSRs are, or were last, in place.
 * @hgatp: what we wrote there; anything else there is KVM's.
 * @hedeleg: what we wrote there; KVM writes its own when it is inserted.
 * @foreign: how often it was KVM's.
 */
struct here {
	u64 serial;
	unsigned long hgatp;
	unsigned long hedeleg;
	u32 foreign;
};

static DEFINE_PER_CPU(struct here, here);

void axvm_riscv_forget_cpu(void)
{
	struct here *this = this_cpu_ptr(&here);

	if (this->hgatp && csr_read(CSR_HGATP) == this->hgatp) {
		csr_write(CSR_VSIE, 0);
		csr_write(CSR_HVIP, 0);
		csr_write(CSR_HGATP, 0);
	}
	this->serial = 0;
	this->hgatp = 0;
	axvm_hfence_gvma_all();
}

static void forget_if(void *data)
{
	const struct axvm_vm *vm = data;

	if ((this_cpu_ptr(&here)->hgatp & ~HGATP_VMID) == vm->arch.hgatp)
		axvm_riscv_forget_cpu();
}

/* hgatp counts as in use even while no guest runs: not of a table that is freed. */
void axvm_arch_stage2_forget(struct axvm_vm *vm)
{
	/* 0 if the VM was never finished. */
	if (vm->arch.hgatp)
		on_each_cpu_mask(vm->arch.cpus_ever, forget_if, vm, true);
}

/* scounteren and senvcfg are one register for host and guest; harts with H have both. */
static void swap_shared_in(struct axvm_arch_vcpu *arch)
{
	arch->host_scounteren = csr_swap(CSR_SCOUNTEREN, arch->csrs.scounteren);
	arch->host_senvcfg = csr_swap(CSR_SENVCFG, arch->csrs.senvcfg);
}

static void swap_shared_out(struct axvm_arch_vcpu *arch)
{
	arch->csrs.scounteren = csr_swap(CSR_SCOUNTEREN, arch->host_scounteren);
	arch->csrs.senvcfg = csr_swap(CSR_SENVCFG, arch->host_senvcfg);
}

static void load_guest(struct axvm_vcpu *vcpu)
{
	const struct axvm_riscv_csrs *csrs = &vcpu->arch.csrs;

	csr_write(CSR_VSSTATUS, csrs->vsstatus);
	csr_write(CSR_VSTVEC, csrs->vstvec);
	csr_write(CSR_VSSCRATCH, csrs->vsscratch);
	csr_write(CSR_VSEPC, csrs->vsepc);
	csr_write(CSR_VSCAUSE, csrs->vscause);
	csr_write(CSR_VSTVAL, csrs->vstval);
	csr_write(CSR_VSATP, csrs->vsatp);
	/* Also for a guest without Sstc (never): the last one's timer must not interrupt it. */
	if (axvm_riscv_host_has(AXVM_RISCV_ISA_SSTC))
		csr_write(CSR_VSTIMECMP, csrs->vstimecmp);
}

static void save_guest(struct axvm_vcpu *vcpu)
{
	struct axvm_riscv_csrs *csrs = &vcpu->arch.csrs;

	csrs->vsstatus = csr_read(CSR_VSSTATUS);
	/*
	 * What stays here may become pending, the timer above all. Were it enabled, the
	 * host's WFI on this CPU would not wait any more.
	 */
	csrs->vsie = csr_swap(CSR_VSIE, 0);
	csrs->vstvec = csr_read(CSR_VSTVEC);
	csrs->vsscratch = csr_read(CSR_VSSCRATCH);
	csrs->vsepc = csr_read(CSR_VSEPC);
	csrs->vscause = csr_read(CSR_VSCAUSE);
	csrs->vstval = csr_read(CSR_VSTVAL);
	csrs->vsatp = csr_read(CSR_VSATP);
	csrs->hvip = csr_read(CSR_HVIP);
	if (axvm_riscv_has_sstc(vcpu))
		csrs->vstimecmp = csr_read(CSR_VSTIMECMP);
}

static void load_controls(struct axvm_vm *vm, struct here *this)
{
	this->hedeleg = HEDELEG;
	if (!(vm->exits & AXVM_EXITS_DEBUG))
		this->hedeleg |= BIT(EXC_BREAKPOINT);
	csr_write(CSR_HEDELEG, this->hedeleg);
	csr_write(CSR_HIDELEG, HIDELEG);
	csr_write(CSR_HCOUNTEREN, HCOUNTEREN);
	csr_write(CSR_HENVCFG, vm->arch.henvcfg);
	if (axvm_riscv_machine.smstateen)
		csr_write(CSR_HSTATEEN0, vm->arch.hstateen0);
}

static void flush_all(void)
{
	axvm_hfence_gvma_all();
	axvm_hfence_vvma_all();
}

static void flush_tagged(unsigned long vmid)
{
	axvm_hfence_gvma_vmid(vmid);
	axvm_hfence_vvma_all();
}

/*
 * Drop what could be wrong under our tag on this CPU: everything, if the hardware
 * has no tags; the VM's, if KVM may have used the same number here; and VS-stage
 * translations, if another vCPU of the VM was here or this one has been elsewhere,
 * because address-space ids are each hart's own.
 */
static void drop_stale(struct axvm_vcpu *vcpu, struct here *this, int cpu)
{
	struct axvm_riscv_last *last = this_cpu_ptr(vcpu->vm->arch.last);

	if (!axvm_riscv_vmid_tagged())
		flush_all();
	else if (last->foreign != this->foreign)
		flush_tagged(axvm_riscv_vmid_number(vcpu->vm));
	else if (last->serial != vcpu->arch.serial || vcpu->cpu != cpu)
		axvm_hfence_vvma_all();
	last->foreign = this->foreign;
	last->serial = vcpu->arch.serial;
}

static noinline void load_cold(struct axvm_vcpu *vcpu, struct here *this, unsigned long hgatp,
			       int cpu)
{
	unsigned long found = csr_read(CSR_HGATP);

	WARN_ON_ONCE(!axvm_hardware_here());
	if (found && found != this->hgatp)
		this->foreign++;
	/* The CPU is known to hold translations before it can: see axvm_arch_flush_range(). */
	if (!cpumask_test_cpu(cpu, vcpu->vm->arch.cpus)) {
		cpumask_set_cpu(cpu, vcpu->vm->arch.cpus_ever);
		cpumask_set_cpu(cpu, vcpu->vm->arch.cpus);
		/* Pairs with the barrier there. */
		smp_mb__after_atomic();
	}
	load_controls(vcpu->vm, this);
	/* First: emulators compare by it only when vstimecmp is written (QEMU 7.2). */
	csr_write(CSR_HTIMEDELTA, READ_ONCE(vcpu->vm->arch.time_delta));
	load_guest(vcpu);
	csr_write(CSR_HGATP, hgatp);
	drop_stale(vcpu, this, cpu);
	/* What the guest has fenced it has fenced on another CPU. */
	if (vcpu->cpu != cpu)
		local_flush_icache_all();
	this->serial = vcpu->arch.serial;
	this->hgatp = hgatp;
	axvm_count(vcpu, AXVM_COUNT_BINDS_COLD);
}

/* What is in place is this vCPU's, and it has not been elsewhere since. */
static bool is_warm(const struct axvm_vcpu *vcpu, const struct here *this, unsigned long hgatp,
		    int cpu)
{
	return this->serial == vcpu->arch.serial && vcpu->cpu == cpu && !vcpu->arch.csrs_changed &&
	       csr_read(CSR_HGATP) == hgatp && csr_read(CSR_HIDELEG) == HIDELEG &&
	       csr_read(CSR_HEDELEG) == this->hedeleg;
}

void axvm_arch_vcpu_load(struct axvm_vcpu *vcpu, int cpu)
{
	struct axvm_vm *vm = vcpu->vm;
	struct here *this = this_cpu_ptr(&here);
	unsigned long hgatp;

	hgatp = vm->arch.hgatp | axvm_riscv_vmid_update(vm) << HGATP_VMID_SHIFT;
	if (unlikely(!is_warm(vcpu, this, hgatp, cpu)))
		load_cold(vcpu, this, hgatp, cpu);
	csr_write(CSR_VSIE, vcpu->arch.csrs.vsie);
	/* KVM clears it when it is inserted, and leaves the rest of what is_warm() sees. */
	csr_write(CSR_HVIP, vcpu->arch.csrs.hvip);
	swap_shared_in(&vcpu->arch);
	if (unlikely(vcpu->arch.steal.shmem != U64_MAX))
		set_bit(AXVM_REQUEST_RISCV_STEAL, &vcpu->requests);
	vcpu->arch.csrs_changed = false;
}

void axvm_arch_vcpu_put(struct axvm_vcpu *vcpu)
{
	save_guest(vcpu);
	swap_shared_out(&vcpu->arch);
	if (unlikely(vcpu->arch.fp_loaded || vcpu->arch.vector_loaded))
		axvm_riscv_lazy_put(vcpu);
}
