// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: kinds of image, and where things go in memory
 *
 * One after the other, from the start of RAM: image, device tree, initial RAM
 * disk. All the rest is one piece, as huge pages like it.
 */
#include <linux/elf-em.h>
#include <string.h>

#include "arch.h"
#include "elf.h"
#include "images.h"
#include "layout.h"
#include "report.h"

const struct arch_text arch_text = {
	.name = "RISC-V",
	.kernel = "a RISC-V Image",
	.description = "device tree",
	.dump_option = "dump-dtb",
	.help_image =
"Boot a guest under axvm. IMAGE is a Linux kernel (the Image file of its build),\n"
"a statically linked ELF file, or a flat binary that is put at the start of the\n"
"guest's memory and started there.\n",
	.help_console = "a 16550 UART, and the SBI debug console",
	.help_dump =
"  -d, --dump-dtb FILE    write the guest's device tree to FILE and do not run\n",
	.help_status = "",
};

const u64 arch_image_base = RAM_BASE;
const u16 arch_elf_machine = EM_RISCV;
const u16 arch_elf_machine_32;

static int elf_plan(struct image *image, u64 base)
{
	struct elf elf;

	if (elf_read(image, &elf) || elf_place(image, &elf, base))
		return -1;
	return elf_find_entry(image, &elf);
}

static const struct image_kind elf_image = {
	.matches = elf_matches,
	.plan = elf_plan,
	.load = elf_load,
};

const struct image_kind *const arch_image_kinds[] = {
	&linux_image,
	&elf_image,
	&flat_image,
};

/* ------------------------------------------------------------------------- */
/* Memory                                                                    */
/* ------------------------------------------------------------------------- */

/* A kernel maps its device tree by such a piece before it has page tables. */
#define DTB_ALIGN	(2 * MIB)
#define INITRD_ALIGN	(4 * KIB)

u64 arch_ram_most(u64 end)
{
	return end - RAM_BASE;
}

void arch_ram_layout(u64 size, struct ram *ram)
{
	ram->ranges[0] = (struct range){ RAM_BASE, RAM_BASE + size };
	ram->count = 1;
}

static u64 dtb_room(const struct options *opts)
{
	return 64 * KIB + opts->cpus * KIB + strlen(opts->append);
}

int arch_place(struct boot *boot, const struct options *opts)
{
	const struct range *image = &boot->image.memory;
	struct range *dtb = &boot->description;

	if (!boot_place_after(image, DTB_ALIGN, dtb_room(opts), dtb) ||
	    !boot_place_after(dtb, INITRD_ALIGN, boot->initrd_file.size, &boot->initrd))
		return fail("%s is too large for any machine", opts->image);
	return 0;
}
