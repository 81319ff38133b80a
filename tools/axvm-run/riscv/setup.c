// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: configuring the VM, its devices, and the boot hart
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "arch.h"
#include "layout.h"
#include "machine.h"
#include "report.h"
#include "serial.h"

const unsigned int arch_serial_irq = SERIAL_IRQ;
const bool arch_access_faults = true;

/* ------------------------------------------------------------------------- */
/* The VM                                                                    */
/* ------------------------------------------------------------------------- */

static int read_isa(struct machine *machine)
{
	for (unsigned int i = 0; i < AXVM_RISCV_ISA_COUNT; i++) {
		u64 value = 0;
		int ret = axvm_get_reg(machine->vm, AXVM_RISCV_ISA(i), &value);

		/* An older module does not know them all. */
		if (ret && ret != -ENOENT)
			return fail("cannot ask which extensions the guest has: %s",
				    strerror(-ret));
		machine->arch.isa[i] = value;
	}
	return 0;
}

static int read_vm_registers(struct machine *machine)
{
	struct machine_arch *arch = &machine->arch;
	struct axvm_reg regs[] = {
		{ .id = AXVM_RISCV_VM_TIMEBASE },
		{ .id = AXVM_RISCV_VM_SATP_MODE },
		{ .id = AXVM_RISCV_VM_CBOM_SIZE },
		{ .id = AXVM_RISCV_VM_CBOZ_SIZE },
	};
	int ret;

	ret = axvm_get_regs(machine->vm, regs, ARRAY_SIZE(regs), NULL);
	if (ret)
		return fail("cannot ask what the guest's harts are like: %s", strerror(-ret));
	arch->timebase = regs[0].value;
	arch->satp_mode = regs[1].value;
	arch->cbom_size = regs[2].value;
	arch->cboz_size = regs[3].value;
	return 0;
}

int arch_setup_vm(struct machine *machine)
{
	struct axvm_reg policies[] = {
		{ AXVM_RISCV_SBI_POLICY(AXVM_RISCV_SBI_DBCN), AXVM_RISCV_SBI_VMM },
		/* Nothing here could wake a suspended guest. */
		{ AXVM_RISCV_SBI_POLICY(AXVM_RISCV_SBI_SUSP), AXVM_RISCV_SBI_OFF },
	};
	int ret;

	ret = axvm_set_regs(machine->vm, policies, ARRAY_SIZE(policies), NULL);
	if (ret)
		return fail("cannot choose who answers the guest's SBI calls: %s",
			    strerror(-ret));
	if (read_isa(machine))
		return -1;
	return read_vm_registers(machine);
}

/* ------------------------------------------------------------------------- */
/* Devices                                                                   */
/* ------------------------------------------------------------------------- */

static int create_plic(struct machine *machine)
{
	struct axvm_device_info info;
	int ret;

	ret = axvm_create_device(machine->vm, AXVM_DEVICE_RISCV_PLIC, PLIC_BASE, PLIC_SOURCES);
	if (ret < 0)
		return fail("cannot create the PLIC: %s", strerror(-ret));
	machine->arch.plic = ret;
	machine->arch.has_plic = true;

	ret = axvm_get_device_info(machine->arch.plic, &info);
	if (ret)
		return fail("cannot ask how large the PLIC is: %s", strerror(-ret));
	machine->arch.plic_len = info.len;
	return 0;
}

int arch_create_devices(struct machine *machine)
{
	if (create_plic(machine))
		return -1;
	serial_create(machine, &machine->bus, SERIAL_BASE, SERIAL_LEN);
	return 0;
}

void arch_destroy(struct machine *machine)
{
	serial_destroy(machine);
	if (machine->arch.has_plic)
		close(machine->arch.plic);
	machine->arch.has_plic = false;
}

void arch_set_irq(struct machine *machine, unsigned int irq, bool level)
{
	int ret = axvm_set_irq(machine->arch.plic, irq, level);

	if (ret)
		end_run(&machine->ending, ENDING_ERROR, "cannot set interrupt %u: %s", irq,
			strerror(-ret));
}

/* ------------------------------------------------------------------------- */
/* The boot hart                                                             */
/* ------------------------------------------------------------------------- */

/* As the kernel's boot protocol has it: a0 the hart, a1 the device tree. */
int arch_start(struct machine *machine)
{
	const struct vcpu *hart = &machine->vcpus[0];
	struct axvm_reg regs[] = {
		{ AXVM_RISCV_PC, machine->boot->image.entry },
		{ AXVM_RISCV_MODE, 1 },
		{ AXVM_RISCV_X(10), hart->index },
		{ AXVM_RISCV_X(11), machine->boot->description.start },
	};
	int ret;

	ret = axvm_set_regs(hart->axvm.fd, regs, ARRAY_SIZE(regs), NULL);
	if (ret)
		return fail("cannot set the first vCPU's registers: %s", strerror(-ret));
	return 0;
}

u64 arch_pc(const struct vcpu *vcpu)
{
	u64 pc = 0;

	axvm_get_reg(vcpu->axvm.fd, AXVM_RISCV_PC, &pc);
	return pc;
}
