/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest that does one memory access at a time, as it is told
 */
#ifndef SELFTESTS_ACCESSOR_H
#define SELFTESTS_ACCESSOR_H

#include "vm.h"

/** accessor_new() - A VM with one such vCPU, which has touched all that it needs itself. */
struct vcpu *accessor_new(unsigned int vm_flags);

/** accessor_add() - One more such vCPU. */
struct vcpu *accessor_add(struct vm *vm, __u64 id);

/** accessor_read() - The guest reads 64 bits of memory: their value. */
#define accessor_read(vcpu, gpa)	__accessor_read(HERE, vcpu, gpa)
__u64 __accessor_read(struct where where, struct vcpu *vcpu, __u64 gpa);

/** accessor_write() - The guest writes 64 bits of memory. */
#define accessor_write(vcpu, gpa, value)	__accessor_write(HERE, vcpu, gpa, value)
void __accessor_write(struct where where, struct vcpu *vcpu, __u64 gpa, __u64 value);

/** accessor_read32(), accessor_write32() - The same with 32 bits. */
#define accessor_read32(vcpu, gpa)	__accessor_read32(HERE, vcpu, gpa)
__u32 __accessor_read32(struct where where, struct vcpu *vcpu, __u64 gpa);
#define accessor_write32(vcpu, gpa, value)	__accessor_write32(HERE, vcpu, gpa, value)
void __accessor_write32(struct where where, struct vcpu *vcpu, __u64 gpa, __u32 value);

/** accessor_read_mmio() - The guest reads where there is no memory; the VMM answers. */
#define accessor_read_mmio(vcpu, gpa)	__accessor_read_mmio(HERE, vcpu, gpa)
void __accessor_read_mmio(struct where where, struct vcpu *vcpu, __u64 gpa);

/** accessor_write_mmio() - The guest writes where there is no memory, or where it must not. */
#define accessor_write_mmio(vcpu, gpa)	__accessor_write_mmio(HERE, vcpu, gpa)
void __accessor_write_mmio(struct where where, struct vcpu *vcpu, __u64 gpa);

/** accessor_order_read(), accessor_order_write() - What it is to do when it runs next. */
void accessor_order_read(struct vcpu *vcpu, __u64 gpa);
void accessor_order_write(struct vcpu *vcpu, __u64 gpa, __u64 value);

/** accessor_finish() - Run until that is done: what was read. */
#define accessor_finish(vcpu)	__accessor_finish(HERE, vcpu)
__u64 __accessor_finish(struct where where, struct vcpu *vcpu);

#endif /* SELFTESTS_ACCESSOR_H */
