// SPDX-License-Identifier: GPL-2.0
/*
 * The platform-level interrupt controller
 *
 * "RISC-V Platform-Level Interrupt Controller Specification", version 1.0. Context n
 * is the supervisor external interrupt of the vCPU with id n. Sources are level
 * triggered: one is pending while its input is high and nobody has claimed it.
 *
 * Sources are looked at 32 at a time, and priorities as one mask of sources for
 * each threshold, so that no register write of a guest, however it has set up the
 * rest, makes more work than a pass over the words for each context.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <asm/csr.h>
#include <asm/page.h>

#include "axvm_device.h"
#include "axvm_riscv_arch.h"

#define SOURCES			1024
#define WORDS			AXVM_RISCV_PLIC_WORDS
#define PRIORITIES		8

/* The registers: offsets, and how far apart those of two contexts are. */
#define PLIC_SIZE		0x4000000
#define PRIORITY_BASE		0x0000
#define PRIORITY_END		0x1000
#define PENDING_BASE		0x1000
#define PENDING_END		0x1080
#define ENABLE_BASE		0x2000
#define ENABLE_STRIDE		0x80
#define CONTEXT_BASE		0x200000
#define CONTEXT_STRIDE		0x1000
#define CONTEXT_THRESHOLD	0
#define CONTEXT_CLAIM		4

#define CONTEXTS		((PLIC_SIZE - CONTEXT_BASE) / CONTEXT_STRIDE)
#define ENABLE_END		(ENABLE_BASE + CONTEXTS * ENABLE_STRIDE)

/* Indices of device registers in axvm_riscv.h. */
#define REG_PENDING		0x1000
#define REG_LEVEL		0x2000
#define REG_CLAIMED		0x3000
#define REG_CONTEXT		0x1000000
#define REG_THRESHOLD		0xff

static_assert(WORDS * 32 == SOURCES);

/**
 * struct plic - The device.
 * @device: as generic code sees it.
 * @lock: guards the rest, and the contexts.
 * @contexts: those of all vCPUs that can have one. Changed under &struct axvm_vm.lock,
 *	too.
 * @priority: of each source.
 * @above: for each threshold, the sources whose priority is higher.
 * @pending_words: which words of @pending are not zero.
 * @pending: sources to be claimed.
 * @level: inputs that are high.
 * @claimed: sources claimed and not completed.
 */
struct plic {
	struct axvm_device device;
	raw_spinlock_t lock;	/* guards the rest */
	struct list_head contexts;
	u8 priority[SOURCES];
	u32 above[PRIORITIES][WORDS];
	u32 pending_words;
	u32 pending[WORDS];
	u32 level[WORDS];
	u32 claimed[WORDS];
};

/* A vCPU has its context in itself: nothing is allocated when a guest writes to it. */
static struct plic *plic_of(struct axvm_device *device)
{
	return container_of(device, struct plic, device);
}

static bool is_source(const struct plic *plic, u32 source)
{
	return source && source <= plic->device.irqs;
}

/* The bits of a word that stand for sources. */
static u32 valid_bits(const struct plic *plic, u32 word)
{
	u32 last = plic->device.irqs;
	u32 bits = U32_MAX;

	if (word > last / 32)
		return 0;
	if (word == last / 32)
		bits = GENMASK(last % 32, 0);
	return word ? bits : bits & ~1U;
}

static bool has(const u32 *words, u32 source)
{
	return words[source / 32 % WORDS] & BIT(source % 32);
}

static void assign(u32 *words, u32 source, bool value)
{
	u32 *word = &words[source / 32 % WORDS];

	*word = value ? *word | BIT(source % 32) : *word & ~BIT(source % 32);
}

/* ---- what follows from the state ---- */

/* The lowest source that is enabled, pending and above the threshold, or 0. */
static u32 first_above(const struct plic *plic, const struct axvm_riscv_plic_context *context,
		       u32 threshold)
{
	const u32 *above = plic->above[threshold];
	unsigned long words = plic->pending_words;
	unsigned int word;
	u32 bits;

	for_each_set_bit(word, &words, WORDS) {
		bits = plic->pending[word] & context->enable[word] & above[word];
		if (bits)
			return word * 32 + __ffs(bits);
	}
	return 0;
}

/* What a claim gets: the highest priority, whatever the threshold; then the lowest number. */
static u32 best(const struct plic *plic, const struct axvm_riscv_plic_context *context)
{
	u32 threshold = PRIORITIES - 1;
	u32 source = 0;

	while (!source && threshold--)
		source = first_above(plic, context, threshold);
	return source;
}

/* The vCPU that makes the access need not be told. */
static void drive_own(struct axvm_vcpu *vcpu, bool level)
{
	assign_bit(IRQ_VS_EXT, &vcpu->arch.irqs, level);
	if (level)
		axvm_riscv_raise(vcpu, BIT(IRQ_VS_EXT));
	else
		axvm_riscv_lower(vcpu, BIT(IRQ_VS_EXT));
}

static struct axvm_vcpu *vcpu_of(struct axvm_riscv_plic_context *context)
{
	return container_of(context, struct axvm_vcpu, arch.plic);
}

/*
 * Bring a context's output up to date. Under the lock, so that levels reach the vCPU
 * in order. @self: the vCPU that makes the access, or NULL.
 */
static void update(struct plic *plic, struct axvm_riscv_plic_context *context,
		   struct axvm_vcpu *self)
{
	bool level = first_above(plic, context, context->threshold);
	struct axvm_vcpu *vcpu = vcpu_of(context);

	if (level == context->asserted)
		return;
	context->asserted = level;
	if (vcpu == self)
		drive_own(vcpu, level);
	else
		axvm_riscv_set_irq(vcpu, IRQ_VS_EXT, level);
}

static void update_enabled(struct plic *plic, u32 source, struct axvm_vcpu *self)
{
	struct axvm_riscv_plic_context *context;

	list_for_each_entry(context, &plic->contexts, link)
		if (has(context->enable, source))
			update(plic, context, self);
}

static void update_all(struct plic *plic)
{
	struct axvm_riscv_plic_context *context;

	list_for_each_entry(context, &plic->contexts, link)
		update(plic, context, NULL);
}

static void set_pending_word(struct plic *plic, u32 word, u32 bits)
{
	plic->pending[word] = bits;
	if (bits)
		plic->pending_words |= BIT(word);
	else
		plic->pending_words &= ~BIT(word);
}

static void set_pending(struct plic *plic, u32 source, bool pending)
{
	assign(plic->pending, source, pending);
	set_pending_word(plic, source / 32, plic->pending[source / 32]);
}

static void set_priority(struct plic *plic, u32 source, u32 priority)
{
	u32 threshold;

	plic->priority[source] = priority;
	for (threshold = 0; threshold < PRIORITIES; threshold++)
		assign(plic->above[threshold], source, priority > threshold);
}

static int plic_set_irq(struct axvm_device *device, u32 source, bool level)
{
	struct plic *plic = plic_of(device);
	unsigned long flags;

	if (!is_source(plic, source))
		return -EINVAL;
	raw_spin_lock_irqsave(&plic->lock, flags);
	if (has(plic->level, source) != level) {
		assign(plic->level, source, level);
		/* What was forwarded stays pending, even if the line falls before the claim. */
		if (level && !has(plic->claimed, source))
			set_pending(plic, source, true);
		update_enabled(plic, source, NULL);
	}
	raw_spin_unlock_irqrestore(&plic->lock, flags);
	return 0;
}

/* ---- contexts ---- */

/* Under RCU or the VM's lock, which keep the vCPU. */
static struct axvm_riscv_plic_context *find_context(struct plic *plic, u64 id)
{
	struct axvm_vcpu *vcpu = id < CONTEXTS ? axvm_vm_vcpu(plic->device.vm, id) : NULL;

	return vcpu ? &vcpu->arch.plic : NULL;
}

/* A new one: nothing is enabled, so nothing can be asserted. */
static void add_context(struct plic *plic, struct axvm_vcpu *vcpu)
{
	unsigned long flags;

	if (vcpu->id >= CONTEXTS)
		return;
	raw_spin_lock_irqsave(&plic->lock, flags);
	vcpu->arch.plic = (struct axvm_riscv_plic_context){};
	list_add(&vcpu->arch.plic.link, &plic->contexts);
	raw_spin_unlock_irqrestore(&plic->lock, flags);
}

static void remove_context(struct plic *plic, struct axvm_vcpu *vcpu)
{
	unsigned long flags;

	if (vcpu->id >= CONTEXTS)
		return;
	raw_spin_lock_irqsave(&plic->lock, flags);
	list_del(&vcpu->arch.plic.link);
	raw_spin_unlock_irqrestore(&plic->lock, flags);
}

void axvm_riscv_plic_add_vcpu(struct axvm_vcpu *vcpu)
{
	if (vcpu->vm->arch.plic)
		add_context(plic_of(vcpu->vm->arch.plic), vcpu);
}

void axvm_riscv_plic_remove_vcpu(struct axvm_vcpu *vcpu)
{
	if (vcpu->vm->arch.plic)
		remove_context(plic_of(vcpu->vm->arch.plic), vcpu);
}

/* ---- the guest's accesses; of threads that are bound, under RCU ---- */

static u32 claim(struct plic *plic, struct axvm_riscv_plic_context *context, struct axvm_vcpu *self)
{
	u32 source = best(plic, context);

	if (source) {
		set_pending(plic, source, false);
		assign(plic->claimed, source, true);
		update_enabled(plic, source, self);
	}
	return source;
}

static void end_claim(struct plic *plic, struct axvm_riscv_plic_context *context, u32 source,
		      struct axvm_vcpu *self)
{
	if (!is_source(plic, source) || !has(context->enable, source) ||
	    !has(plic->claimed, source))
		return;
	assign(plic->claimed, source, false);
	if (has(plic->level, source)) {
		set_pending(plic, source, true);
		update_enabled(plic, source, self);
	}
}

static u32 read_context(struct plic *plic, struct axvm_vcpu *self, u64 offset)
{
	struct axvm_riscv_plic_context *context = find_context(plic, offset / CONTEXT_STRIDE);

	if (!context)
		return 0;
	switch (offset % CONTEXT_STRIDE) {
	case CONTEXT_THRESHOLD:
		return context->threshold;
	case CONTEXT_CLAIM:
		return claim(plic, context, self);
	default:
		return 0;
	}
}

static void write_context(struct plic *plic, struct axvm_riscv_plic_context *context,
			  struct axvm_vcpu *self, u64 offset, u32 data)
{
	switch (offset % CONTEXT_STRIDE) {
	case CONTEXT_THRESHOLD:
		context->threshold = data % PRIORITIES;
		update(plic, context, self);
		break;
	case CONTEXT_CLAIM:
		end_claim(plic, context, data, self);
		break;
	}
}

static u32 read_enable(struct plic *plic, u64 offset)
{
	struct axvm_riscv_plic_context *context = find_context(plic, offset / ENABLE_STRIDE);

	return context ? context->enable[offset / 4 % WORDS] : 0;
}

static void write_enable(struct plic *plic, struct axvm_riscv_plic_context *context,
			 struct axvm_vcpu *self, u64 offset, u32 data)
{
	u32 word = offset / 4 % WORDS;

	context->enable[word] = data & valid_bits(plic, word);
	update(plic, context, self);
}

static void write_priority(struct plic *plic, struct axvm_vcpu *self, u64 offset, u32 data)
{
	u32 source = offset / 4 % SOURCES;

	if (!is_source(plic, source))
		return;
	set_priority(plic, source, data % PRIORITIES);
	if (has(plic->pending, source))
		update_enabled(plic, source, self);
}

static u32 read(struct plic *plic, struct axvm_vcpu *self, u64 offset)
{
	if (offset >= CONTEXT_BASE)
		return read_context(plic, self, offset - CONTEXT_BASE);
	if (offset >= ENABLE_BASE)
		return offset < ENABLE_END ? read_enable(plic, offset - ENABLE_BASE) : 0;
	if (offset < PRIORITY_END)
		return plic->priority[offset / 4 % SOURCES];
	return offset < PENDING_END ? plic->pending[offset / 4 % WORDS] : 0;
}

static u64 plic_read(struct axvm_io_device *io, struct axvm_vcpu *vcpu, u64 offset,
		     unsigned int width)
{
	struct plic *plic = container_of(io, struct plic, device.io);
	unsigned long flags;
	u32 data;

	if (width != 4 || offset % 4)
		return 0;
	raw_spin_lock_irqsave(&plic->lock, flags);
	data = read(plic, vcpu, offset);
	raw_spin_unlock_irqrestore(&plic->lock, flags);
	return data;
}

static void write(struct plic *plic, struct axvm_riscv_plic_context *context,
		  struct axvm_vcpu *self, u64 offset,
		  u32 data)
{
	if (offset < PRIORITY_END)
		write_priority(plic, self, offset, data);
	else if (context && offset >= CONTEXT_BASE)
		write_context(plic, context, self, offset - CONTEXT_BASE, data);
	else if (context)
		write_enable(plic, context, self, offset - ENABLE_BASE, data);
}

/* The context that a write is to, or NULL. */
static struct axvm_riscv_plic_context *written_context(struct plic *plic, u64 offset)
{
	if (offset >= CONTEXT_BASE)
		return find_context(plic, (offset - CONTEXT_BASE) / CONTEXT_STRIDE);
	if (offset >= ENABLE_BASE && offset < ENABLE_END)
		return find_context(plic, (offset - ENABLE_BASE) / ENABLE_STRIDE);
	return NULL;
}

static void plic_write(struct axvm_io_device *io, struct axvm_vcpu *vcpu, u64 offset,
		       unsigned int width, u64 data)
{
	struct plic *plic = container_of(io, struct plic, device.io);
	struct axvm_riscv_plic_context *context;
	unsigned long flags;

	if (width != 4 || offset % 4)
		return;
	context = written_context(plic, offset);
	raw_spin_lock_irqsave(&plic->lock, flags);
	write(plic, context, vcpu, offset, data);
	raw_spin_unlock_irqrestore(&plic->lock, flags);
}

static const struct axvm_io_ops plic_io_ops = {
	.read	= plic_read,
	.write	= plic_write,
};

/* ---- the state as registers; under the VM's lock ---- */

static u32 *word_register(struct plic *plic, u32 index)
{
	u32 word = index % REG_PENDING;

	if (word > plic->device.irqs / 32)
		return NULL;
	switch (index - word) {
	case REG_PENDING:
		return &plic->pending[word];
	case REG_LEVEL:
		return &plic->level[word];
	case REG_CLAIMED:
		return &plic->claimed[word];
	default:
		return NULL;
	}
}

/* Context and number of a context's register. */
static bool is_context_register(struct plic *plic, u32 index, u32 *id, u32 *number)
{
	if (index < REG_CONTEXT)
		return false;
	*id = (index - REG_CONTEXT) >> 8;
	*number = index & 0xff;
	return find_context(plic, *id) &&
	       (*number == REG_THRESHOLD || *number <= plic->device.irqs / 32);
}

static u64 get_context_register(struct plic *plic, u32 id, u32 number)
{
	const struct axvm_riscv_plic_context *context = find_context(plic, id);

	return number == REG_THRESHOLD ? context->threshold : context->enable[number];
}

static int get_register(struct plic *plic, u32 index, u64 *value)
{
	u32 id, number;
	u32 *word;

	if (is_source(plic, index)) {
		*value = plic->priority[index];
		return 0;
	}
	if (is_context_register(plic, index, &id, &number)) {
		*value = get_context_register(plic, id, number);
		return 0;
	}
	word = word_register(plic, index);
	if (!word)
		return -ENOENT;
	*value = *word;
	return 0;
}

static int plic_get_reg(void *object, u64 id, u64 *value)
{
	struct plic *plic = plic_of(object);
	unsigned long flags;
	int error;

	if (id != AXVM_RISCV_REG(PLIC, AXVM_REG_INDEX(id)))
		return -ENOENT;
	raw_spin_lock_irqsave(&plic->lock, flags);
	error = get_register(plic, AXVM_REG_INDEX(id), value);
	raw_spin_unlock_irqrestore(&plic->lock, flags);
	return error;
}

static int check_context_register(const struct plic *plic, u32 number, u64 value)
{
	if (number == REG_THRESHOLD)
		return value < PRIORITIES ? 0 : -EINVAL;
	return value & ~(u64)valid_bits(plic, number) ? -EINVAL : 0;
}

static int plic_check_reg(void *object, u64 id, u64 value)
{
	struct plic *plic = plic_of(object);
	u32 index = AXVM_REG_INDEX(id);
	u32 context, number;
	u64 now;
	int error;

	error = plic_get_reg(object, id, &now);
	if (error)
		return error;
	if (is_source(plic, index))
		return value < PRIORITIES ? 0 : -EINVAL;
	if (is_context_register(plic, index, &context, &number))
		return check_context_register(plic, number, value);
	return value & ~(u64)valid_bits(plic, index % REG_PENDING) ? -EINVAL : 0;
}

static void set_context_register(struct plic *plic, u32 id, u32 number, u32 value)
{
	struct axvm_riscv_plic_context *context = find_context(plic, id);

	if (number == REG_THRESHOLD)
		context->threshold = value;
	else
		context->enable[number] = value;
}

static void set_register(struct plic *plic, u32 index, u32 value)
{
	u32 id, number;
	u32 *word;

	if (is_source(plic, index)) {
		set_priority(plic, index, value);
	} else if (is_context_register(plic, index, &id, &number)) {
		set_context_register(plic, id, number, value);
	} else {
		word = word_register(plic, index);
		if (!word)
			return;
		*word = value;
		number = index % REG_PENDING;
		set_pending_word(plic, number, plic->pending[number]);
	}
}

static void plic_set_reg(void *object, u64 id, u64 value)
{
	struct plic *plic = plic_of(object);
	unsigned long flags;

	raw_spin_lock_irqsave(&plic->lock, flags);
	set_register(plic, AXVM_REG_INDEX(id), value);
	update_all(plic);
	raw_spin_unlock_irqrestore(&plic->lock, flags);
}

static void list_contexts(struct plic *plic, struct axvm_reg_sink *sink)
{
	u32 words = plic->device.irqs / 32 + 1;
	struct axvm_vcpu *vcpu;
	unsigned long id;
	u32 word;

	axvm_for_each_vcpu(plic->device.vm, id, vcpu) {
		if (id >= CONTEXTS)
			break;
		for (word = 0; word < words; word++)
			axvm_reg_sink_add(sink, AXVM_RISCV_PLIC_ENABLE(id, word));
		axvm_reg_sink_add(sink, AXVM_RISCV_PLIC_THRESHOLD(id));
	}
}

static u32 plic_list_regs(void *object, u64 *ids, u32 room)
{
	struct axvm_reg_sink sink = { .ids = ids, .room = room };
	struct plic *plic = plic_of(object);
	u32 i;

	for (i = 1; i <= plic->device.irqs; i++)
		axvm_reg_sink_add(&sink, AXVM_RISCV_PLIC_PRIORITY(i));
	for (i = 0; i <= plic->device.irqs / 32; i++) {
		axvm_reg_sink_add(&sink, AXVM_RISCV_PLIC_PENDING(i));
		axvm_reg_sink_add(&sink, AXVM_RISCV_PLIC_LEVEL(i));
		axvm_reg_sink_add(&sink, AXVM_RISCV_PLIC_CLAIMED(i));
	}
	list_contexts(plic, &sink);
	return sink.count;
}

/* ---- its life; under the VM's lock ---- */

static int check_create(const struct axvm_vm *vm, const struct axvm_create_device *args)
{
	struct axvm_system_info info = {};

	axvm_arch_system_info(&info);
	if (!args->irqs || args->irqs >= SOURCES || !IS_ALIGNED(args->gpa, PAGE_SIZE) ||
	    args->gpa > BIT_ULL(info.gpa_bits) - PLIC_SIZE)
		return -EINVAL;
	return vm->arch.plic ? -EEXIST : 0;
}

static struct axvm_device *plic_create(struct axvm_vm *vm, const struct axvm_create_device *args)
{
	int error = check_create(vm, args);
	struct axvm_vcpu *vcpu;
	struct plic *plic;
	unsigned long id;

	if (error)
		return ERR_PTR(error);
	plic = kzalloc(sizeof(*plic), GFP_KERNEL_ACCOUNT);
	if (!plic)
		return ERR_PTR(-ENOMEM);
	plic->device.vm = vm;
	plic->device.irqs = args->irqs;
	plic->device.io.ops = &plic_io_ops;
	plic->device.io.gpa = args->gpa;
	plic->device.io.len = PLIC_SIZE;
	raw_spin_lock_init(&plic->lock);
	INIT_LIST_HEAD(&plic->contexts);
	axvm_for_each_vcpu(vm, id, vcpu)
		add_context(plic, vcpu);
	vm->arch.plic = &plic->device;
	return &plic->device;
}

/* A device that is no more holds no line. */
static void release_lines(struct plic *plic)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&plic->lock, flags);
	memset(plic->pending, 0, sizeof(plic->pending));
	plic->pending_words = 0;
	update_all(plic);
	raw_spin_unlock_irqrestore(&plic->lock, flags);
}

static void plic_destroy(struct axvm_device *device)
{
	struct plic *plic = plic_of(device);
	struct axvm_vcpu *vcpu;
	unsigned long id;

	release_lines(plic);
	axvm_for_each_vcpu(device->vm, id, vcpu)
		remove_context(plic, vcpu);
	device->vm->arch.plic = NULL;
	kfree(plic);
}

const struct axvm_device_ops axvm_riscv_plic_ops = {
	.name		= "axvm-plic",
	.type		= AXVM_DEVICE_RISCV_PLIC,
	.create		= plic_create,
	.destroy	= plic_destroy,
	.set_irq	= plic_set_irq,
	.regs		= {
		.get	= plic_get_reg,
		.check	= plic_check_reg,
		.set	= plic_set_reg,
		.list	= plic_list_regs,
	},
};
