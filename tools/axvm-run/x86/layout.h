/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where things are in an x86 guest
 */
#ifndef AXVM_RUN_X86_LAYOUT_H
#define AXVM_RUN_X86_LAYOUT_H

#include "types.h"

/* ---- memory: what is put below 1 MiB before the guest starts ---- */

/* In the BIOS data area: KiB of memory below 640 KiB, a word. */
#define BDA_BASE_MEMORY		0x413ULL
#define GDT_BASE		0x500ULL
/* hvm_start_info or Multiboot information, with what they point to. */
#define INFO_BASE		0x1000ULL
#define INFO_LEN		0x6000ULL
#define ZERO_PAGE_BASE		0x7000ULL
#define SETUP_DATA_BASE		0x8000ULL
/* The root, one table below it, and four that map 1 GiB each. */
#define PAGE_TABLES_BASE	0x9000ULL
#define PAGE_TABLES		6
#define CMDLINE_BASE		0x20000ULL
#define CMDLINE_LEN		0x10000ULL
#define LOW_MEMORY_END		0xa0000ULL
/* Where a BIOS is, and guests look for its tables. */
#define BIOS_BASE		0xe0000ULL
#define BIOS_END		0x100000ULL

/* ---- memory ---- */

#define HIGH_MEMORY_BASE	0x100000ULL
/* RAM ends here at the latest, and goes on at 4 GiB: devices are in between. */
#define HOLE_BASE		(3 * GIB)
#define HOLE_END		(4 * GIB)
#define IOAPIC_BASE		0xfec00000ULL
#define IOAPIC_LEN		0x1000ULL
#define LOCAL_APIC_BASE		0xfee00000ULL
#define LOCAL_APIC_LEN		0x1000ULL
/* A firmware image ends at 4 GiB, and begins here at the earliest. */
#define FIRMWARE_BASE		0xff000000ULL

/* ---- ports ---- */

#define PORT_PIC_1		0x20
#define PORT_PIC_2		0xa0
#define PORT_PIT		0x40
#define PORT_KEYBOARD_DATA	0x60
#define PORT_SPEAKER		0x61
#define PORT_KEYBOARD_COMMAND	0x64
#define PORT_RTC		0x70
#define PORT_POST		0x80
#define PORT_SYSTEM_CONTROL	0x92
#define PORT_DEBUG_CONSOLE	0xe9
#define PORT_DEBUG_EXIT		0xf4
#define PORT_SERIAL		0x3f8
#define PORT_PIC_TRIGGER	0x4d0
#define PORT_PM			0x600
#define PORT_PCI_CONFIG		0xcf8

/* ---- interrupts: inputs of the PICs; the I/O APIC's are the same but for the PIT's ---- */

#define IRQS			16
#define IRQ_PIT			0
#define IRQ_SERIAL		4
#define IRQ_RTC			8
#define IRQ_SCI			9
#define GSI_PIT			2
#define GSIS			24

#endif /* AXVM_RUN_X86_LAYOUT_H */
