// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that goes on in another VM
 */
#include <string.h>

#include "duplicate.h"
#include "image.h"
#include "regs.h"

struct vcpu *vcpu_duplicate(struct vcpu *vcpu)
{
	struct reg_set *vm_regs = regs_save(vcpu->vm->fd), *regs = regs_save(vcpu->ax.fd);
	struct vm *vm = vm_create(0);
	struct vcpu *copy = vcpu_create(vm, vcpu->id, NULL);

	memcpy(vm->ram, vcpu->vm->ram, RAM_LEN);
	memcpy(vm->image, vcpu->vm->image, image_len());
	regs_load(vm->fd, vm_regs);
	regs_load(copy->ax.fd, regs);
	return copy;
}
