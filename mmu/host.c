// SPDX-License-Identifier: GPL-2.0
/* The process's side of guest memory: its page tables, and having pages put there */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "axvm_arch.h"
#include "axvm_compat.h"
#include "mmu.h"

/*
 * A writable entry counts only if it is dirty, too: what the guest writes through
 * stage 2 does not mark the host's entry, and a clean page may be dropped.
 */
static bool use_entry(pte_t pte, unsigned long pfn, unsigned int level, bool write,
		      unsigned long dirtied, struct host_page *page)
{
	if (!pte_present(pte) || !axvm_arch_host_pte_ok(pte))
		return false;
	page->pfn = pfn;
	page->level = level;
	page->writable = pte_write(pte) &&
			 (pte_dirty(pte) || dirtied == pfn || dirtied == NOT_COUNTED);
	page->prot = __pgprot(pte_val(pte));
	return page->writable || !write;
}

static unsigned long page_in(unsigned long hva, unsigned long size)
{
	return (hva & (size - 1)) >> PAGE_SHIFT;
}

/*
 * Interrupts are off, so no table that is found here is freed before we are done:
 * that waits for an interrupt on, or an RCU grace period of, every CPU.
 */
static bool walk(struct mm_struct *mm, unsigned long hva, bool write, unsigned long dirtied,
		 struct host_page *page)
{
	pgd_t pgd, *pgdp = pgd_offset(mm, hva);
	p4d_t p4d, *p4dp;
	pud_t pud, *pudp;
	pmd_t pmd, *pmdp;
	pte_t pte;

	pgd = READ_ONCE(*pgdp);
	if (pgd_none(pgd))
		return false;
	p4dp = axvm_arch_p4d_offset(pgdp, hva);
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d) || !p4d_present(p4d))
		return false;
	pudp = axvm_arch_pud_offset(p4dp, hva);
	pud = READ_ONCE(*pudp);
	if (pud_none(pud) || !pud_present(pud))
		return false;
	if (pud_leaf(pud))
		return use_entry(__pte(pud_val(pud)), pud_pfn(pud) + page_in(hva, PUD_SIZE), 2,
				 write, dirtied, page);
	pmdp = pmd_offset(pudp, hva);
	pmd = READ_ONCE(*pmdp);
	if (pmd_none(pmd) || !pmd_present(pmd))
		return false;
	if (pmd_leaf(pmd))
		return use_entry(__pte(pmd_val(pmd)), pmd_pfn(pmd) + page_in(hva, PMD_SIZE), 1,
				 write, dirtied, page);
	pte = READ_ONCE(*pte_offset_kernel(&pmd, hva));
	return use_entry(pte, axvm_arch_host_pte_pfn(pte, hva), 0, write, dirtied, page);
}

bool host_page_find(struct mm_struct *mm, unsigned long hva, bool write, unsigned long dirtied,
		    struct host_page *page)
{
	unsigned long flags;
	bool found;

	local_irq_save(flags);
	found = walk(mm, hva, write, dirtied, page);
	local_irq_restore(flags);
	return found;
}

/* Device memory and the like: no struct page to get, but the host can put it there. */
static int get_pfn_mapped(unsigned long hva, bool write)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	bool unlocked = false;
	int error = -EFAULT;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = vma_lookup(mm, hva);
	if (vma && vma->vm_flags & (VM_IO | VM_PFNMAP))
		error = fixup_user_fault(mm, hva, write ? FAULT_FLAG_WRITE : 0, &unlocked);
	mmap_read_unlock(mm);
	return error;
}

int host_page_get(unsigned long hva, bool write, unsigned long *pfn)
{
	unsigned int flags = FOLL_HWPOISON | FOLL_INTERRUPTIBLE | (write ? FOLL_WRITE : 0);
	struct page *page;
	long got = get_user_pages_unlocked(hva, 1, &page, flags);

	*pfn = NOT_COUNTED;
	if (got == -EFAULT)
		return get_pfn_mapped(hva, write);
	if (got == -ERESTARTSYS || got == -EINTR)
		return -EINTR;
	if (got <= 0)
		return got ?: -EAGAIN;
	*pfn = page_to_pfn(page);
	if (write)
		set_page_dirty_lock(page);
	put_page(page);
	return 0;
}
