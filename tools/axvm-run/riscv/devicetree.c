// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: the device tree
 */
#include <stdio.h>
#include <sys/random.h>

#include "arch.h"
#include "dt.h"
#include "isa.h"
#include "layout.h"
#include "machine.h"

/* Interrupt of a hart: supervisor external. */
#define HART_EXTERNAL	AXVM_RISCV_IRQ_EXTERNAL

/* Phandles: the harts' interrupt controllers come first. */
static u32 hart_phandle(unsigned int hart)
{
	return 1 + hart;
}

static u32 plic_phandle(const struct machine *machine)
{
	return 1 + machine->nr_vcpus;
}

/* A failure leaves the guest without: it then waits for randomness of its own. */
static void put_seeds(struct dt *dt)
{
	u8 seed[64];
	u64 kaslr;

	if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
		dt_bytes(dt, "rng-seed", seed, sizeof(seed));
	if (getrandom(&kaslr, sizeof(kaslr), GRND_NONBLOCK) == sizeof(kaslr))
		dt_u64(dt, "kaslr-seed", kaslr);
}

static void put_chosen(struct dt *dt, const struct machine *machine)
{
	const struct range *initrd = &machine->boot->initrd;
	char path[64];

	snprintf(path, sizeof(path), "/soc/serial@%llx", SERIAL_BASE);
	dt_node(dt, "chosen");
	dt_string(dt, "stdout-path", path);
	if (machine->opts->append[0])
		dt_string(dt, "bootargs", machine->opts->append);
	if (initrd->start != initrd->end) {
		dt_u64(dt, "linux,initrd-start", initrd->start);
		dt_u64(dt, "linux,initrd-end", initrd->end);
	}
	put_seeds(dt);
	dt_end_node(dt);
}

static void put_memory(struct dt *dt, const struct machine *machine)
{
	dt_node_at(dt, "memory", RAM_BASE);
	dt_string(dt, "device_type", "memory");
	dt_reg(dt, RAM_BASE, machine->ram.size);
	dt_end_node(dt);
}

static void put_isa(struct dt *dt, const struct machine_arch *arch)
{
	char text[ISA_TEXT];

	dt_string(dt, "riscv,isa", isa_string(arch, text));
	dt_string(dt, "riscv,isa-base", "rv64i");
	dt_bytes(dt, "riscv,isa-extensions", text, isa_list(arch, text));
	dt_string(dt, "mmu-type", isa_mmu_type(arch));
	if (arch->isa[AXVM_RISCV_ISA_ZICBOM])
		dt_u32(dt, "riscv,cbom-block-size", arch->cbom_size);
	if (arch->isa[AXVM_RISCV_ISA_ZICBOZ])
		dt_u32(dt, "riscv,cboz-block-size", arch->cboz_size);
}

static void put_hart(struct dt *dt, const struct machine *machine, unsigned int hart)
{
	dt_node_at(dt, "cpu", hart);
	dt_string(dt, "device_type", "cpu");
	dt_string(dt, "compatible", "riscv");
	dt_string(dt, "status", "okay");
	dt_u32(dt, "reg", hart);
	put_isa(dt, &machine->arch);

	dt_node(dt, "interrupt-controller");
	dt_string(dt, "compatible", "riscv,cpu-intc");
	dt_flag(dt, "interrupt-controller");
	dt_u32(dt, "#interrupt-cells", 1);
	dt_u32(dt, "phandle", hart_phandle(hart));
	dt_end_node(dt);

	dt_end_node(dt);
}

static void put_harts(struct dt *dt, const struct machine *machine)
{
	dt_node(dt, "cpus");
	dt_u32(dt, "#address-cells", 1);
	dt_u32(dt, "#size-cells", 0);
	dt_u32(dt, "timebase-frequency", machine->arch.timebase);
	for (unsigned int hart = 0; hart < machine->nr_vcpus; hart++)
		put_hart(dt, machine, hart);
	dt_end_node(dt);
}

static void put_plic(struct dt *dt, const struct machine *machine)
{
	static const char compatible[] = "sifive,plic-1.0.0\0riscv,plic0";
	void *cells;

	dt_node_at(dt, "interrupt-controller", PLIC_BASE);
	dt_bytes(dt, "compatible", compatible, sizeof(compatible));
	dt_reg(dt, PLIC_BASE, machine->arch.plic_len);
	dt_flag(dt, "interrupt-controller");
	dt_u32(dt, "#interrupt-cells", 1);
	dt_u32(dt, "#address-cells", 0);
	dt_u32(dt, "riscv,ndev", PLIC_SOURCES);
	dt_u32(dt, "phandle", plic_phandle(machine));

	/* Context n of the PLIC is hart n's. */
	cells = dt_cells(dt, "interrupts-extended", 2 * machine->nr_vcpus);
	for (unsigned int hart = 0; hart < machine->nr_vcpus; hart++) {
		dt_set_cell(cells, 2 * hart, hart_phandle(hart));
		dt_set_cell(cells, 2 * hart + 1, HART_EXTERNAL);
	}
	dt_end_node(dt);
}

static void put_serial(struct dt *dt, const struct machine *machine)
{
	dt_node_at(dt, "serial", SERIAL_BASE);
	dt_string(dt, "compatible", "ns16550a");
	dt_reg(dt, SERIAL_BASE, SERIAL_LEN);
	dt_u32(dt, "clock-frequency", SERIAL_CLOCK);
	dt_u32(dt, "interrupt-parent", plic_phandle(machine));
	dt_u32(dt, "interrupts", SERIAL_IRQ);
	dt_end_node(dt);
}

static void put_devices(struct dt *dt, const struct machine *machine)
{
	dt_node(dt, "soc");
	dt_string(dt, "compatible", "simple-bus");
	dt_u32(dt, "#address-cells", 2);
	dt_u32(dt, "#size-cells", 2);
	dt_flag(dt, "ranges");
	put_plic(dt, machine);
	put_serial(dt, machine);
	dt_end_node(dt);
}

int arch_describe(struct machine *machine)
{
	static const char compatible[] = "axvm,virt\0linux,dummy-virt";
	const struct range *room = &machine->boot->description;
	u64 len = room->end - room->start;
	struct dt dt;

	dt_start(&dt, ram_at(&machine->ram, room->start, len), len);
	dt_node(&dt, "");
	dt_bytes(&dt, "compatible", compatible, sizeof(compatible));
	dt_string(&dt, "model", "axvm virtual machine");
	dt_u32(&dt, "#address-cells", 2);
	dt_u32(&dt, "#size-cells", 2);
	put_chosen(&dt, machine);
	put_memory(&dt, machine);
	put_harts(&dt, machine);
	put_devices(&dt, machine);
	dt_end_node(&dt);
	return dt_finish(&dt);
}

void arch_dump(const struct machine *machine, FILE *file)
{
	unsigned int len = machine->description_len;

	fwrite(ram_at(&machine->ram, machine->boot->description.start, len), 1, len, file);
}
