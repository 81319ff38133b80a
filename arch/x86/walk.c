// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's page tables, as its CPU walks them
 *
 * SDM volume 3, "Paging": 32-bit paging, PAE paging, 4-level and 5-level paging, with
 * the rights of "Access Rights" there, and accessed and dirty bits. The processor has
 * walked them itself for what it executes; this is for what the module does in its place:
 * fetch an instruction that exited, and access memory that it names.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trap_pf.h>

#include "axvm_x86_arch.h"

#define PRESENT		BIT_ULL(0)
#define WRITABLE	BIT_ULL(1)
#define USER		BIT_ULL(2)
#define ACCESSED	BIT_ULL(5)
#define DIRTY		BIT_ULL(6)
#define LARGE		BIT_ULL(7)
#define NO_EXECUTE	BIT_ULL(63)
#define KEY_SHIFT	59

#define PDPTES_MASK	GENMASK_ULL(31, 5)
/*
 * Of the four entries of PAE's root. Bit 5 is among them, too, but QEMU marks these accessed as
 * all others; where a processor minds, it does not come so far as to an exit.
 */
#define PDPTE_RESERVED	0x1c6

/**
 * struct walker - A walk.
 * @levels: of the tables: 2 to 5.
 * @entry_size: bytes of an entry.
 * @table: guest-physical address of the table to look into.
 * @access: AXVM_X86_ACCESS_*.
 * @rights: what all entries so far allow: WRITABLE, USER, and NO_EXECUTE if one says so.
 * @cr0: control registers.
 * @cr4: see @cr0.
 * @efer: likewise.
 * @rsvd: bits that must be 0 in every entry.
 */
struct walker {
	unsigned int levels;
	unsigned int entry_size;
	u64 table;
	u32 access;
	u64 rights;
	u64 cr0;
	u64 cr4;
	u64 efer;
	u64 rsvd;
};

static bool is_long(const struct walker *walker)
{
	return walker->efer & EFER_LMA;
}

static bool is_pae(const struct walker *walker)
{
	return walker->cr4 & X86_CR4_PAE;
}

/* Address bits beyond the guest's width, and bit 63 where it does not mean "no execution". */
static u64 reserved_bits(const struct axvm_vcpu *vcpu, const struct walker *walker)
{
	u64 rsvd = GENMASK_ULL(51, vcpu->vm->arch.guest.physical_bits);

	if (vcpu->vm->arch.guest.physical_bits > 51)
		rsvd = 0;
	if (walker->entry_size == 4)
		return 0;
	if (!(walker->efer & EFER_NX))
		rsvd |= NO_EXECUTE;
	if (!is_long(walker))
		rsvd |= GENMASK_ULL(62, 52);
	return rsvd;
}

static void begin(struct axvm_vcpu *vcpu, struct walker *walker, u32 access)
{
	struct axvm_x86_state *state = &vcpu->arch.state;

	axvm_x86_need(vcpu, AXVM_X86_CR0_PART | AXVM_X86_CR3_PART | AXVM_X86_CR4_PART |
			    AXVM_X86_EFER_PART);
	walker->cr0 = state->cr0;
	walker->cr4 = state->cr4;
	walker->efer = state->efer;
	walker->access = access;
	walker->rights = WRITABLE | USER;
	walker->entry_size = is_pae(walker) ? 8 : 4;
	if (is_long(walker)) {
		walker->levels = walker->cr4 & X86_CR4_LA57 ? 5 : 4;
		walker->table = state->cr3 & GENMASK_ULL(51, 12);
	} else if (is_pae(walker)) {
		walker->levels = 3;
		walker->table = state->cr3 & PDPTES_MASK;
	} else {
		walker->levels = 2;
		walker->table = state->cr3 & GENMASK_ULL(31, 12);
	}
	walker->rsvd = reserved_bits(vcpu, walker);
}

/* ---- an entry ---- */

static u64 entry_gpa(const struct walker *walker, u64 address, unsigned int level)
{
	unsigned int bits = walker->entry_size == 8 ? 9 : 10;
	u64 index = (address >> (PAGE_SHIFT + level * bits)) & (BIT(bits) - 1);

	if (walker->levels == 3 && level == 2)
		index &= 3;
	return walker->table + index * walker->entry_size;
}

static int read_entry(struct axvm_vcpu *vcpu, const struct walker *walker, u64 gpa, u64 *entry)
{
	unsigned long hva = axvm_mmu_view(&vcpu->vm->mmu, &vcpu->mmu, gpa, AXVM_MEM_READ);
	u32 narrow;

	if (!hva)
		return -ENXIO;
	if (walker->entry_size == 8)
		return get_user(*entry, (u64 __user *)hva) ? -ENXIO : 0;
	if (get_user(narrow, (u32 __user *)hva))
		return -ENXIO;
	*entry = narrow;
	return 0;
}

/* 0, %-EAGAIN if another CPU has changed the entry, or %-ENXIO. */
static int exchange(unsigned long hva, unsigned int size, u64 old, u64 new)
{
	u32 __user *narrow = (u32 __user *)hva;
	u64 __user *wide = (u64 __user *)hva;
	u32 narrow_old = old;
	bool done;

	if (!user_access_begin((void __user *)hva, size))
		return -ENXIO;
	if (size == 8)
		done = unsafe_try_cmpxchg_user(wide, &old, new, failed);
	else
		done = unsafe_try_cmpxchg_user(narrow, &narrow_old, (u32)new, failed);
	user_access_end();
	return done ? 0 : -EAGAIN;
failed:
	user_access_end();
	return -ENXIO;
}

static int set_bits(struct axvm_vcpu *vcpu, const struct walker *walker, u64 gpa, u64 entry,
		    u64 bits)
{
	unsigned long hva;
	int error;

	if (!(bits & ~entry))
		return 0;
	hva = axvm_mmu_view(&vcpu->vm->mmu, &vcpu->mmu, gpa, AXVM_MEM_READ | AXVM_MEM_WRITE);
	if (!hva)
		return -ENXIO;
	error = exchange(hva, walker->entry_size, entry, entry | bits);
	if (!error)
		axvm_mmu_mark_dirty(vcpu->vm, gpa);
	return error;
}

/* ---- rights ---- */

static bool is_leaf(const struct walker *walker, u64 entry, unsigned int level)
{
	if (!level)
		return true;
	if (walker->entry_size == 4)
		return (entry & LARGE) && (walker->cr4 & X86_CR4_PSE);
	/* 1 GiB only in long mode; the bit is reserved at the levels above. */
	return (entry & LARGE) && (level == 1 || (level == 2 && is_long(walker)));
}

static bool has_reserved(const struct walker *walker, u64 entry, unsigned int level)
{
	if (walker->levels == 3 && level == 2)
		return entry & (walker->rsvd | NO_EXECUTE | PDPTE_RESERVED);
	if (entry & walker->rsvd)
		return true;
	if (walker->entry_size == 8 && level && (entry & LARGE)) {
		if (!is_leaf(walker, entry, level))
			return true;
		/* Below the page's own address: bit 12 is its memory type's. */
		return entry & GENMASK_ULL(PAGE_SHIFT + 9 * level - 1, 13);
	}
	return false;
}

static bool keys_allow(struct axvm_vcpu *vcpu, const struct walker *walker, u64 leaf)
{
	u32 pkru, key;

	if (!(walker->cr4 & X86_CR4_PKE) || !is_long(walker) || !(walker->rights & USER) ||
	    (walker->access & AXVM_X86_ACCESS_FETCH))
		return true;
	key = (leaf >> KEY_SHIFT) & 15;
	pkru = vcpu->arch.pkru >> (2 * key);
	if (pkru & 1)
		return false;
	return !(pkru & 2) || !(walker->access & AXVM_X86_ACCESS_WRITE) ||
	       (!(walker->access & AXVM_X86_ACCESS_USER) && !(walker->cr0 & X86_CR0_WP));
}

/* SMAP lets the supervisor through with AC, but not what the processor does by itself. */
static bool supervisor_may_touch_user(struct axvm_vcpu *vcpu, const struct walker *walker)
{
	if (walker->access & AXVM_X86_ACCESS_FETCH)
		return !(walker->cr4 & X86_CR4_SMEP);
	if (!(walker->cr4 & X86_CR4_SMAP))
		return true;
	return !(walker->access & AXVM_X86_ACCESS_IMPLICIT) &&
	       (axvm_x86_rflags(vcpu) & X86_EFLAGS_AC);
}

static bool is_allowed(struct axvm_vcpu *vcpu, const struct walker *walker, u64 leaf)
{
	bool user = walker->access & AXVM_X86_ACCESS_USER;

	if (user && !(walker->rights & USER))
		return false;
	if (!user && (walker->rights & USER) && !supervisor_may_touch_user(vcpu, walker))
		return false;
	if ((walker->access & AXVM_X86_ACCESS_FETCH) && (walker->rights & NO_EXECUTE))
		return false;
	if ((walker->access & AXVM_X86_ACCESS_WRITE) && !(walker->rights & WRITABLE) &&
	    (user || (walker->cr0 & X86_CR0_WP)))
		return false;
	return keys_allow(vcpu, walker, leaf);
}

static int fault(const struct walker *walker, u64 address, u32 error, struct axvm_x86_walk *walk)
{
	if (walker->access & AXVM_X86_ACCESS_WRITE)
		error |= X86_PF_WRITE;
	if (walker->access & AXVM_X86_ACCESS_USER)
		error |= X86_PF_USER;
	if ((walker->access & AXVM_X86_ACCESS_FETCH) &&
	    ((walker->cr4 & X86_CR4_SMEP) || (is_pae(walker) && (walker->efer & EFER_NX))))
		error |= X86_PF_INSTR;
	walk->error = error;
	walk->address = address;
	return -EFAULT;
}

/* ---- the walk ---- */

static u64 leaf_gpa(const struct walker *walker, u64 entry, u64 address, unsigned int level)
{
	u64 mask;

	if (walker->entry_size == 4 && level)
		/* 4 MiB, with address bits 39:32 in 20:13 (PSE-36). */
		return (entry & GENMASK_ULL(31, 22)) | (entry & GENMASK_ULL(20, 13)) << 19 |
		       (address & GENMASK_ULL(21, 0));
	mask = BIT_ULL(PAGE_SHIFT + 9 * level) - 1;
	return (entry & GENMASK_ULL(51, 12) & ~mask) | (address & mask);
}

/* The page's entry, whose rights are those of all; @gpa: where that is. */
static int finish(struct axvm_vcpu *vcpu, struct walker *walker, u64 address, u64 gpa, u64 entry,
		  unsigned int level, struct axvm_x86_walk *walk)
{
	u64 bits = ACCESSED | (walker->access & AXVM_X86_ACCESS_WRITE ? DIRTY : 0);

	if (!is_allowed(vcpu, walker, entry))
		return fault(walker, address,
			     X86_PF_PROT | (keys_allow(vcpu, walker, entry) ? 0 : X86_PF_PK), walk);
	walk->gpa = leaf_gpa(walker, entry, address, level);
	return set_bits(vcpu, walker, gpa, entry, bits);
}

static int walk_once(struct axvm_vcpu *vcpu, struct walker *walker, u64 address,
		     struct axvm_x86_walk *walk)
{
	unsigned int level = walker->levels - 1;
	bool is_pdpte;
	u64 gpa, entry;
	int error;

	for (;; level--) {
		gpa = entry_gpa(walker, address, level);
		/* Where it ends, if there is no memory for the tables. */
		walk->gpa = gpa;
		error = read_entry(vcpu, walker, gpa, &entry);
		if (error)
			return error;
		if (!(entry & PRESENT))
			return fault(walker, address, 0, walk);
		if (has_reserved(walker, entry, level))
			return fault(walker, address, X86_PF_PROT | X86_PF_RSVD, walk);
		/* A PDPTE of PAE paging has neither rights nor an accessed bit. */
		is_pdpte = walker->levels == 3 && level == 2;
		if (!is_pdpte) {
			walker->rights &= entry | ~(WRITABLE | USER);
			walker->rights |= entry & NO_EXECUTE;
		}
		if (is_leaf(walker, entry, level))
			return finish(vcpu, walker, address, gpa, entry, level, walk);
		if (!is_pdpte) {
			error = set_bits(vcpu, walker, gpa, entry, ACCESSED);
			if (error)
				return error;
		}
		walker->table = entry & (walker->entry_size == 8 ? GENMASK_ULL(51, 12) :
								   GENMASK_ULL(31, 12));
	}
}

/* Entries that change while they are looked at: a guest could keep that up for ever. */
#define TRIES	16

int axvm_x86_translate(struct axvm_vcpu *vcpu, u64 address, u32 access,
		       struct axvm_x86_walk *walk)
{
	struct walker walker;
	int error = -EAGAIN;
	unsigned int i;

	axvm_x86_need(vcpu, AXVM_X86_CR0_PART);
	if (!(vcpu->arch.state.cr0 & X86_CR0_PG)) {
		walk->gpa = address;
		return 0;
	}
	for (i = 0; error == -EAGAIN && i < TRIES; i++) {
		begin(vcpu, &walker, access);
		error = walk_once(vcpu, &walker, address, walk);
	}
	return error == -EAGAIN ? -ENXIO : error;
}

/* ---- fetching ---- */

/* @offset: from RIP. Outside of 64-bit mode addresses wrap. */
static u64 fetch_address(struct axvm_vcpu *vcpu, unsigned int offset)
{
	u64 rip = axvm_x86_rip(vcpu) + offset;

	if (axvm_x86_in_64bit(vcpu))
		return rip;
	axvm_x86_need(vcpu, AXVM_X86_CS_PART);
	return (u32)(vcpu->arch.state.segment[AXVM_X86_CS].base + rip);
}

static int fetch_part(struct axvm_vcpu *vcpu, u64 address, u8 *to, unsigned int bytes,
		      struct axvm_x86_walk *walk)
{
	u32 access = AXVM_X86_ACCESS_FETCH |
		     (axvm_x86_cpl(vcpu) == 3 ? AXVM_X86_ACCESS_USER : 0);
	unsigned long hva;
	int error = axvm_x86_translate(vcpu, address, access, walk);

	if (error)
		return error;
	hva = axvm_mmu_view(&vcpu->vm->mmu, &vcpu->mmu, walk->gpa, AXVM_MEM_READ);
	if (!hva || copy_from_user(to, (void __user *)hva, bytes))
		return -ENXIO;
	return 0;
}

/* What is beyond the page counts only if it is there: the instruction may end before. */
int axvm_x86_fetch(struct axvm_vcpu *vcpu, u8 *insn, struct axvm_x86_walk *walk)
{
	u64 address = fetch_address(vcpu, 0);
	unsigned int first = min_t(u64, AXVM_X86_INSN_MAX, PAGE_SIZE - (address & ~PAGE_MASK));
	struct axvm_x86_walk rest;
	int error = fetch_part(vcpu, address, insn, first, walk);

	if (error || first == AXVM_X86_INSN_MAX)
		return error ?: first;
	if (fetch_part(vcpu, fetch_address(vcpu, first), insn + first, AXVM_X86_INSN_MAX - first,
		       &rest))
		return first;
	return AXVM_X86_INSN_MAX;
}

/*
 * With interrupts off and in 64-bit mode with 4-level paging, which is where devices are
 * talked to: the processor has just fetched the instruction, so that it may be, and the
 * accessed bits are set.
 */
bool axvm_x86_fetch_quick(struct axvm_vcpu *vcpu, u8 *insn)
{
	struct axvm_x86_state *state = &vcpu->arch.state;
	u64 address = axvm_x86_rip(vcpu), table, entry = 0;
	unsigned int shift;
	unsigned long hva;

	axvm_x86_need(vcpu, AXVM_X86_CR3_PART | AXVM_X86_CR4_PART);
	if ((state->cr4 & X86_CR4_LA57) ||
	    (address & ~PAGE_MASK) > PAGE_SIZE - AXVM_X86_INSN_ROOM)
		return false;
	table = state->cr3 & GENMASK_ULL(51, 12);
	pagefault_disable();
	for (shift = PAGE_SHIFT + 27;; shift -= 9) {
		hva = axvm_mmu_view(&vcpu->vm->mmu, &vcpu->mmu,
				    table + (address >> shift & 511) * 8, AXVM_MEM_READ);
		if (!hva || __get_user(entry, (u64 __user *)hva) || !(entry & PRESENT))
			goto failed;
		table = entry & GENMASK_ULL(51, 12);
		if (shift == PAGE_SHIFT || (entry & LARGE))
			break;
	}
	table = (table & ~(BIT_ULL(shift) - 1)) | (address & (BIT_ULL(shift) - 1));
	hva = axvm_mmu_view(&vcpu->vm->mmu, &vcpu->mmu, table, AXVM_MEM_READ);
	if (!hva || __get_user(((u64 *)insn)[0], (u64 __user *)hva) ||
	    __get_user(((u64 *)insn)[1], (u64 __user *)(hva + 8)))
		goto failed;
	pagefault_enable();
	return true;

failed:
	pagefault_enable();
	return false;
}
