/* SPDX-License-Identifier: GPL-2.0 */
/* Guest memory: mappings, stage 2, faults, the notifier, the dirty log. */
#ifndef _AXVM_MMU_H
#define _AXVM_MMU_H

#include <linux/interval_tree.h>
#include <linux/maple_tree.h>
#include <linux/mmu_notifier.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "axvm.h"

struct axvm_vm;
struct axvm_vcpu;

/** define AXVM_MAX_MAPPINGS - Most separate ranges in a VM. */
#define AXVM_MAX_MAPPINGS	32768

/** define AXVM_STAGE2_MAX_LEVELS - Deepest tree of any format. */
#define AXVM_STAGE2_MAX_LEVELS	5

/**
 * struct axvm_stage2_format - One kind of stage-2 page table. All are radix trees
 *	of 64-bit entries, 9 address bits a level below the root.
 * @levels: number of levels; the leaves of level 0 map 4 KiB.
 * @root_bits: address bits that index the root (more than 9: concatenated).
 * @max_leaf_level: highest level that can hold a leaf.
 * @leaf_mask: above level 0, an entry is a leaf if ``entry & leaf_mask`` differs
 *	from @leaf_table.
 * @leaf_table: see @leaf_mask.
 * @address_mask: the bits of an entry that hold the address.
 * @address_shift: an entry holds ``physical address >> PAGE_SHIFT << address_shift``
 *	in those bits.
 * @table: bits of an entry that points to a table.
 * @writable: the bit that lets the guest write through a leaf.
 * @accessed: the bit the hardware sets when it uses a leaf; 0 if there is none.
 * @dirty: the bit without which a write through a leaf is logged by the hardware, which
 *	then sets it: see axvm_arch_collect_dirty(). 0 if nothing but a fault tells of a write.
 */
struct axvm_stage2_format {
	unsigned int levels;
	unsigned int root_bits;
	unsigned int max_leaf_level;
	unsigned int address_shift;
	u64 leaf_mask;
	u64 leaf_table;
	u64 address_mask;
	u64 table;
	u64 writable;
	u64 accessed;
	u64 dirty;
};

/**
 * struct axvm_stage2 - A stage-2 page table.
 * @format: what kind. Constant.
 * @root: the root table. Constant. Entries below it change by compare-and-exchange;
 *	tables are freed after the TLB was flushed and an RCU grace period.
 * @tables: how many tables there are besides the root.
 * @pages: how many 4 KiB pages the leaves map.
 * @markers: how often something was taken out; each time has its number.
 */
struct axvm_stage2 {
	const struct axvm_stage2_format *format;
	u64 *root;
	atomic_long_t tables;
	atomic_long_t pages;
	atomic64_t markers;
};

/**
 * struct axvm_dirty_log - Which pages of a mapping the guest wrote.
 * @users: mappings that share it.
 * @gpa: address of the first bit's page. Constant.
 * @pages: number of bits. Constant.
 * @bits: set before a page becomes writable, or when what the hardware has logged is looked
 *	at; taken by %AXVM_MEM_GET_DIRTY.
 */
struct axvm_dirty_log {
	refcount_t users;
	u64 gpa;
	u64 pages;
	unsigned long bits[];
};

/**
 * struct axvm_mapping - Process memory that the guest sees.
 *
 * A mapping is made whole and may later be punched: it stands in
 * &struct axvm_mmu.mappings as @ranges separate ranges, each a part of it. All
 * but @ranges is constant.
 *
 * @by_hva: its user addresses, in &struct axvm_mmu.by_hva.
 * @gpa: first guest-physical address.
 * @len: length in bytes.
 * @hva: user address of @gpa.
 * @flags: AXVM_MEM_* bits.
 * @log: the dirty log, or NULL.
 * @ranges: how many ranges refer to it. Under &struct axvm_vm.lock.
 * @rcu: frees it.
 */
struct axvm_mapping {
	struct interval_tree_node by_hva;
	u64 gpa;
	u64 len;
	unsigned long hva;
	u32 flags;
	struct axvm_dirty_log *log;
	unsigned int ranges;
	struct rcu_head rcu;
};

/**
 * struct axvm_mmu - The memory of a VM.
 * @stage2: what the hardware walks.
 * @mappings: mappings by guest page number. Changed under &struct axvm_vm.lock,
 *	read under RCU.
 * @nr_ranges: ranges in @mappings. Under &struct axvm_vm.lock.
 * @by_hva: mappings by user address, for the notifier. Under @hva_lock.
 * @hva_lock: see @by_hva. Taken for reading by the notifier.
 * @notifier: keeps stage 2 in step with the process.
 * @invalidate_lock: guards the three below for writers. Faults read them
 *	without it and check again under their vCPU's fault lock.
 * @invalidations: notifier ranges that are being taken away now.
 * @invalidate_seq: how many have been.
 * @invalidate_start: lowest user address of the current ones.
 * @invalidate_end: end of the highest one.
 * @map_seq: how often something was mapped. Raised after the change to @mappings.
 * @logs_dirty: some mapping has or had a dirty log. Set before the first one is there.
 */
struct axvm_mmu {
	struct axvm_stage2 stage2;
	struct maple_tree mappings;
	unsigned int nr_ranges;
	struct rb_root_cached by_hva;
	rwlock_t hva_lock;
	struct mmu_notifier notifier;
	spinlock_t invalidate_lock;	/* guards the four below for writers */
	unsigned int invalidations;
	unsigned long invalidate_seq;
	unsigned long invalidate_start;
	unsigned long invalidate_end;
	unsigned long map_seq;
	bool logs_dirty;
};

/**
 * struct axvm_mmu_vcpu - A vCPU's part in faults.
 * @lock: held while this vCPU installs an entry. Whoever takes memory away
 *	passes through every vCPU's lock once, so that no install that began
 *	before is still under way. No vCPU takes another's on a fault.
 * @tables: zeroed pages for new tables, filled before @lock is taken.
 * @nr_tables: how many.
 * @view_gpa: the part of a mapping that the module last looked into for this vCPU.
 * @view_len: its length; 0 for none.
 * @view_hva: its user address.
 * @view_rights: AXVM_MEM_* bits of it.
 * @view_seq: &struct axvm_mmu.invalidate_seq from before.
 * @io_page: guest page number at which nothing was mapped when last looked up.
 * @io_seq: &struct axvm_mmu.map_seq from before that; @io_page counts as long as it
 *	is the same.
 */
struct axvm_mmu_vcpu {
	spinlock_t lock;	/* held while an entry is installed */
	u64 *tables[AXVM_STAGE2_MAX_LEVELS];
	unsigned int nr_tables;
	u64 view_gpa;
	u64 view_len;
	unsigned long view_hva;
	u32 view_rights;
	unsigned long view_seq;
	u64 io_page;
	unsigned long io_seq;
};

/**
 * enum axvm_fault - What came of a stage-2 fault.
 * @AXVM_FAULT_RESOLVED: try the access again.
 * @AXVM_FAULT_IO: no memory to access: it is for a device.
 * @AXVM_FAULT_FAILED: memory that cannot be had; the exit is prepared.
 */
enum axvm_fault {
	AXVM_FAULT_RESOLVED,
	AXVM_FAULT_IO,
	AXVM_FAULT_FAILED,
};

/**
 * struct axvm_fault_info - A stage-2 fault.
 * @gpa: guest-physical address.
 * @gva: guest-virtual address, if @flags has %AXVM_FAULT_GVA.
 * @access: %AXVM_MEM_READ, %AXVM_MEM_WRITE or %AXVM_MEM_EXEC.
 * @flags: AXVM_FAULT_* bits of axvm.h.
 */
struct axvm_fault_info {
	u64 gpa;
	u64 gva;
	u32 access;
	u32 flags;
};

/** axvm_mmu_init() - Guest memory of a new VM: none. Return: 0 or %-ENOMEM, %-EINTR. */
int axvm_mmu_init(struct axvm_vm *vm);
/** axvm_mmu_destroy() - Free it all. No vCPU is left. */
void axvm_mmu_destroy(struct axvm_vm *vm);
/** axvm_mmu_vcpu_init() - A vCPU's part. */
void axvm_mmu_vcpu_init(struct axvm_vcpu *vcpu);
/** axvm_mmu_vcpu_destroy() - Free its spare tables. */
void axvm_mmu_vcpu_destroy(struct axvm_vcpu *vcpu);

/** axvm_mmu_is_io() - Is it known that nothing is mapped there? The vCPU's own thread. */
static inline bool axvm_mmu_is_io(const struct axvm_mmu *mmu, const struct axvm_mmu_vcpu *vcpu,
				  u64 gpa)
{
	return vcpu->io_page == gpa >> PAGE_SHIFT && vcpu->io_seq == READ_ONCE(mmu->map_seq);
}

/**
 * axvm_mmu_fault() - Resolve a stage-2 fault of a running vCPU.
 *
 * Context: the vCPU's thread, interrupts on; may sleep.
 * Return: see enum axvm_fault; %AXVM_FAULT_FAILED with the exit page filled.
 */
enum axvm_fault axvm_mmu_fault(struct axvm_vcpu *vcpu, const struct axvm_fault_info *fault);

/**
 * axvm_mmu_hva() - The user address of a guest page, if the guest has it with these rights.
 *
 * Context: under RCU or the VM's lock.
 * Return: the address, or 0.
 */
unsigned long axvm_mmu_hva(struct axvm_vm *vm, u64 gpa, u32 rights);

/** axvm_mmu_look() - axvm_mmu_view() when it is not the part that was looked into last. */
unsigned long axvm_mmu_look(struct axvm_mmu *mmu, struct axvm_mmu_vcpu *vcpu, u64 gpa, u32 rights);

/**
 * axvm_mmu_view() - The user address of guest memory, for the module's own look into it.
 * @mmu: the VM's memory; its process is current.
 * @vcpu: the vCPU's part. Its own thread calls.
 * @gpa: address.
 * @rights: what the mapping must allow.
 *
 * It may be unmapped at any time: what is read there is then the process's memory still.
 * Any context.
 *
 * Return: the address, good to the end of the page; or 0.
 */
static __always_inline unsigned long axvm_mmu_view(struct axvm_mmu *mmu,
						   struct axvm_mmu_vcpu *vcpu, u64 gpa,
						   u32 rights)
{
	if (likely(gpa - vcpu->view_gpa < vcpu->view_len && !(rights & ~vcpu->view_rights) &&
		   vcpu->view_seq == READ_ONCE(mmu->invalidate_seq)))
		return vcpu->view_hva + (gpa - vcpu->view_gpa);
	return axvm_mmu_look(mmu, vcpu, gpa, rights);
}

/** axvm_mmu_mark_dirty() - The module has written to a guest page. Any context. */
void axvm_mmu_mark_dirty(struct axvm_vm *vm, u64 gpa);

/**
 * axvm_mmu_mark_all_dirty() - The hardware has logged that guest pages were written.
 * @vm: whose.
 * @gpas: addresses in them.
 * @count: how many.
 *
 * Any context.
 */
void axvm_mmu_mark_all_dirty(struct axvm_vm *vm, const u64 *gpas, unsigned int count);

/**
 * axvm_mmu_write_guest() - Write guest memory as the module's own doing.
 * @vm: the VM; its process is current.
 * @gpa: where.
 * @data: what.
 * @len: how many bytes; they lie in one page.
 *
 * Marks the page dirty. May sleep.
 * Return: 0 or %-EFAULT.
 */
int axvm_mmu_write_guest(struct axvm_vm *vm, u64 gpa, const void *data, unsigned int len);

/* The memory ioctls, the VM's lock held. */
long axvm_mmu_map(struct axvm_vm *vm, const struct axvm_memory *args);
long axvm_mmu_unmap(struct axvm_vm *vm, const struct axvm_memory *args);
long axvm_mmu_protect(struct axvm_vm *vm, const struct axvm_memory *args);
long axvm_mmu_replace(struct axvm_vm *vm, const struct axvm_memory *args);
long axvm_mmu_get_dirty(struct axvm_vm *vm, const struct axvm_dirty *args);

#endif /* _AXVM_MMU_H */
