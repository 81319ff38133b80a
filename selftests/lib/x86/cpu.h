/* SPDX-License-Identifier: GPL-2.0 */
/*
 * x86: numbers and bits, by their names in the manuals
 */
#ifndef SELFTESTS_X86_CPU_H
#define SELFTESTS_X86_CPU_H

#define X86_BIT(n)		(1ULL << (n))

/* ---- flags and control registers ---- */

#define RFLAGS_CF		X86_BIT(0)
#define RFLAGS_ONE		X86_BIT(1)	/* always 1 */
#define RFLAGS_ZF		X86_BIT(6)
#define RFLAGS_TF		X86_BIT(8)
#define RFLAGS_IF		X86_BIT(9)
#define RFLAGS_DF		X86_BIT(10)
#define RFLAGS_IOPL		(3ULL << 12)
#define RFLAGS_NT		X86_BIT(14)
#define RFLAGS_RF		X86_BIT(16)
#define RFLAGS_VM		X86_BIT(17)
#define RFLAGS_AC		X86_BIT(18)
#define RFLAGS_ID		X86_BIT(21)

#define CR0_PE			X86_BIT(0)
#define CR0_MP			X86_BIT(1)
#define CR0_EM			X86_BIT(2)
#define CR0_TS			X86_BIT(3)
#define CR0_ET			X86_BIT(4)
#define CR0_NE			X86_BIT(5)
#define CR0_WP			X86_BIT(16)
#define CR0_AM			X86_BIT(18)
#define CR0_NW			X86_BIT(29)
#define CR0_CD			X86_BIT(30)
#define CR0_PG			X86_BIT(31)

#define CR3_PCD			X86_BIT(4)

#define CR4_VME			X86_BIT(0)
#define CR4_TSD			X86_BIT(2)
#define CR4_DE			X86_BIT(3)
#define CR4_PSE			X86_BIT(4)
#define CR4_PAE			X86_BIT(5)
#define CR4_MCE			X86_BIT(6)
#define CR4_PGE			X86_BIT(7)
#define CR4_OSFXSR		X86_BIT(9)
#define CR4_OSXMMEXCPT		X86_BIT(10)
#define CR4_UMIP		X86_BIT(11)
#define CR4_LA57		X86_BIT(12)
#define CR4_VMXE		X86_BIT(13)
#define CR4_SMXE		X86_BIT(14)
#define CR4_FSGSBASE		X86_BIT(16)
#define CR4_PCIDE		X86_BIT(17)
#define CR4_OSXSAVE		X86_BIT(18)
#define CR4_SMEP		X86_BIT(20)
#define CR4_SMAP		X86_BIT(21)
#define CR4_PKE			X86_BIT(22)

#define XCR0_X87		X86_BIT(0)
#define XCR0_SSE		X86_BIT(1)
#define XCR0_AVX		X86_BIT(2)
#define XCR0_AVX512		(7ULL << 5)
#define XCR0_PKRU		X86_BIT(9)

#define EFER_SCE		X86_BIT(0)
#define EFER_LME		X86_BIT(8)
#define EFER_LMA		X86_BIT(10)
#define EFER_NXE		X86_BIT(11)
#define EFER_SVME		X86_BIT(12)

#define DR6_FIXED		0xffff0ff0ULL
#define DR6_BS			X86_BIT(14)
#define DR6_BD			X86_BIT(13)
#define DR7_FIXED		X86_BIT(10)
#define DR7_L(n)		X86_BIT(2 * (n))
#define DR7_GD			X86_BIT(13)
#define DR7_RW(n, rw)		((__u64)(rw) << (16 + 4 * (n)))	/* 0 execute, 1 write, 3 any */
#define DR7_LEN(n, len)		((__u64)(len) << (18 + 4 * (n)))	/* bytes minus 1; 2: 8 */

/* ---- model-specific registers ---- */

#define MSR_TSC			0x10
#define MSR_APIC_BASE		0x1b
#define MSR_FEATURE_CONTROL	0x3a
#define MSR_SPEC_CTRL		0x48
#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176
#define MSR_MISC_ENABLE		0x1a0
#define MSR_DEBUGCTL		0x1d9
#define MSR_PAT			0x277
#define MSR_TSC_DEADLINE	0x6e0
#define MSR_X2APIC(offset)	(0x800 + ((offset) >> 4))
#define MSR_XSS			0xda0
#define MSR_KVM_WALL_CLOCK	0x4b564d00
#define MSR_KVM_SYSTEM_TIME	0x4b564d01
#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_SFMASK		0xc0000084
#define MSR_FS_BASE		0xc0000100
#define MSR_GS_BASE		0xc0000101
#define MSR_KERNEL_GS_BASE	0xc0000102
#define MSR_TSC_AUX		0xc0000103
#define MSR_VM_CR		0xc0010114
#define MSR_VM_HSAVE_PA		0xc0010117

/* ---- exceptions ---- */

#define TRAP_DE			0
#define TRAP_DB			1
#define TRAP_NMI		2
#define TRAP_BP			3
#define TRAP_OF			4
#define TRAP_BR			5
#define TRAP_UD			6
#define TRAP_NM			7
#define TRAP_DF			8
#define TRAP_TS			10
#define TRAP_NP			11
#define TRAP_SS			12
#define TRAP_GP			13
#define TRAP_PF			14
#define TRAP_MF			16
#define TRAP_AC			17
#define TRAP_MC			18
#define TRAP_XM			19

/* Error code of a page fault. */
#define PFERR_P			X86_BIT(0)
#define PFERR_W			X86_BIT(1)
#define PFERR_U			X86_BIT(2)
#define PFERR_RSVD			X86_BIT(3)
#define PFERR_I			X86_BIT(4)

/* ---- page tables ---- */

#define PTE_P			X86_BIT(0)
#define PTE_W			X86_BIT(1)
#define PTE_U			X86_BIT(2)
#define PTE_PWT			X86_BIT(3)
#define PTE_PCD			X86_BIT(4)
#define PTE_A			X86_BIT(5)
#define PTE_D			X86_BIT(6)
#define PTE_PS			X86_BIT(7)
#define PTE_G			X86_BIT(8)
#define PTE_NX			X86_BIT(63)
/* Present and writable, and nothing for the processor to mark. */
#define PTE_RWX			(PTE_P | PTE_W | PTE_A | PTE_D)
#define PTE_ADDR		0x000ffffffffff000ULL

/* ---- segments ---- */

/* Attributes as in AXVM_X86_ATTRIBUTES(). */
#define SEG_TYPE		0xfULL
#define SEG_S			X86_BIT(4)
#define SEG_DPL(n)		((__u64)(n) << 5)
#define SEG_P			X86_BIT(7)
#define SEG_L			X86_BIT(13)
#define SEG_DB			X86_BIT(14)
#define SEG_G			X86_BIT(15)
#define SEG_UNUSABLE		X86_BIT(16)
#define SEG_CODE		0xbULL		/* execute, read, accessed */
#define SEG_DATA		0x3ULL		/* read, write, accessed */
#define SEG_LDT			0x2ULL
#define SEG_TSS_BUSY		0xbULL

#define SEG_CODE64		(SEG_CODE | SEG_S | SEG_P | SEG_L | SEG_G)
#define SEG_CODE32		(SEG_CODE | SEG_S | SEG_P | SEG_DB | SEG_G)
#define SEG_CODE16		(SEG_CODE | SEG_S | SEG_P)
#define SEG_DATA32		(SEG_DATA | SEG_S | SEG_P | SEG_DB | SEG_G)
#define SEG_DATA16		(SEG_DATA | SEG_S | SEG_P)

/* The library's selectors; SYSCALL and SYSRET want the users' in this order. */
#define KERNEL_CS		0x08
#define KERNEL_DS		0x10
#define KERNEL_CS32		0x18
#define KERNEL_CS16		0x20
#define USER_CS32		(0x28 | 3)
#define USER_DS			(0x30 | 3)
#define USER_CS			(0x38 | 3)
#define TSS_SELECTOR		0x40
#define KERNEL_DS16		0x50
#define GDT_ENTRIES		11

#endif /* SELFTESTS_X86_CPU_H */
