// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's code, read with interrupts off
 *
 * Where a page of code is, is remembered together with the entries of the guest's page
 * tables that led there. It is believed only if each of them still says the same: then
 * a walk would come to the same end. So a guest may change its page tables as it likes,
 * and nothing has to be told of it. The user addresses of tables and code are as good as
 * the mappings that they come from: until &struct axvm_mmu.invalidate_seq is another.
 *
 * The processor has just executed what is read here, so it may be, and the accessed bits
 * are set.
 */
#include <linux/bits.h>
#include <linux/uaccess.h>

#include "axvm_x86_arch.h"

#define PRESENT		BIT_ULL(0)
#define LARGE		BIT_ULL(7)
#define ADDRESS		GENMASK_ULL(51, 12)

#define NO_PAGE		~0ULL

static const void __user *view(struct axvm_vcpu *vcpu, u64 gpa)
{
	struct axvm_mmu *mmu = &vcpu->vm->mmu;

	return (const void __user *)axvm_mmu_view(mmu, &vcpu->mmu, gpa, AXVM_MEM_READ);
}

static bool read_entry(struct axvm_x86_code *code, const u64 __user *entry)
{
	u64 value;

	if (!entry || __get_user(value, entry) || !(value & PRESENT))
		return false;
	code->entry[code->levels].at = entry;
	code->entry[code->levels++].value = value;
	return true;
}

/* The guest-physical address of the page, or %NO_PAGE. */
static u64 walk(struct axvm_vcpu *vcpu, struct axvm_x86_code *code)
{
	unsigned int level = code->root >> 63 ? 4 : 3, shift;
	u64 table = code->root & ADDRESS, value;

	for (;; level--) {
		shift = PAGE_SHIFT + 9 * level;
		if (!read_entry(code, view(vcpu, table + (code->page >> shift & 511) * 8)))
			return NO_PAGE;
		value = code->entry[code->levels - 1].value;
		if (!level || (level <= 2 && (value & LARGE)))
			break;
		table = value & ADDRESS;
	}
	return (value & ADDRESS & ~(BIT_ULL(shift) - 1)) | (code->page & (BIT_ULL(shift) - 1));
}

static noinline bool find(struct axvm_vcpu *vcpu, struct axvm_x86_code *code, u64 root, u64 page)
{
	unsigned long seq = READ_ONCE(vcpu->vm->mmu.invalidate_seq);
	u64 gpa;

	/* What is looked at is at least as new as @seq. Pairs with notifier.c. */
	smp_rmb();
	code->seq = seq;
	code->root = root;
	code->page = page;
	code->levels = 0;
	pagefault_disable();
	gpa = root == AXVM_X86_CODE_UNPAGED ? page : walk(vcpu, code);
	pagefault_enable();
	code->bytes = gpa == NO_PAGE ? NULL : view(vcpu, gpa);
	if (!code->bytes)
		code->page = NO_PAGE;
	return code->bytes;
}

static bool read(const struct axvm_x86_code *code, unsigned int offset, u64 words[2])
{
	const u64 __user *bytes = code->bytes + offset;

	pagefault_disable();
	__uaccess_begin();
	if (axvm_x86_code_changed(code))
		goto failed;
	unsafe_get_user(words[0], bytes, failed);
	unsafe_get_user(words[1], bytes + 1, failed);
	__uaccess_end();
	pagefault_enable();
	return true;

failed:
	__uaccess_end();
	pagefault_enable();
	return false;
}

bool axvm_x86_read_code(struct axvm_vcpu *vcpu, u64 root, u64 linear, u64 words[2])
{
	struct axvm_x86_code *code = axvm_x86_code_slot(vcpu, linear);
	unsigned int offset = linear & ~PAGE_MASK;

	if (unlikely(offset > PAGE_SIZE - AXVM_X86_INSN_ROOM))
		return false;
	if (likely(axvm_x86_code_known(vcpu, code, root, linear) && read(code, offset, words)))
		return true;
	return find(vcpu, code, root, linear & PAGE_MASK) && read(code, offset, words);
}
