// SPDX-License-Identifier: GPL-2.0
/* Message-signalled interrupts: what a device, or an I/O APIC, writes to FEEx_xxxxH */
#include <linux/bitfield.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>

#include "apic.h"

/* SDM volume 3, "Message Address Register Format" and "Message Data Register Format". */
#define ADDRESS			0xfee00000ULL
#define ADDRESS_FIXED		GENMASK_ULL(63, 20)
#define ADDRESS_ID		GENMASK_ULL(19, 12)
/* Reserved there: the destination's upper bits, as other hypervisors have them. */
#define ADDRESS_ID_HIGH		GENMASK_ULL(11, 5)
/* The interrupt is remapped: there is nobody who does that. */
#define ADDRESS_REMAPPED	BIT_ULL(4)
#define ADDRESS_REDIRECT	BIT_ULL(3)
#define ADDRESS_LOGICAL		BIT_ULL(2)

#define DATA_VECTOR		GENMASK(7, 0)
#define DATA_MODE		GENMASK(10, 8)
#define DATA_ASSERT		BIT(14)
#define DATA_LEVEL		BIT(15)

static bool mode_exists(u8 mode)
{
	return mode == LAPIC_FIXED || mode == LAPIC_LOWEST || mode == LAPIC_NMI ||
	       mode == LAPIC_INIT;
}

/* In x2APIC mode everybody has more bits, and these ones are somebody's id. */
static bool is_for_one(struct axvm_vm *vm, u32 id)
{
	struct axvm_vcpu *target;
	bool one;

	rcu_read_lock();
	target = axvm_vm_vcpu(vm, id);
	one = target && axvm_x86_apic_x2apic(target);
	rcu_read_unlock();
	return one;
}

/*
 * 8 bits of destination are everybody, as from an I/O APIC that knows no more. The
 * logical or physical destination counts without the redirection hint, too: that is how
 * chipsets take it, and what systems rely on.
 */
int axvm_arch_vm_msi(struct axvm_vm *vm, u64 address, u32 data)
{
	u32 id = FIELD_GET(ADDRESS_ID, address) | FIELD_GET(ADDRESS_ID_HIGH, address) << 8;
	struct lapic_message message = {
		.destination = id,
		.vector = FIELD_GET(DATA_VECTOR, data),
		.mode = FIELD_GET(DATA_MODE, data),
		.logical = address & ADDRESS_LOGICAL,
	};

	if ((address & ADDRESS_FIXED) != ADDRESS || (address & ADDRESS_REMAPPED))
		return -EINVAL;
	if (!mode_exists(message.mode))
		return 1;
	message.all = id == 0xff && (message.logical || !is_for_one(vm, id));
	/* The end of a level has no message of its own on the way to a CPU. */
	if ((data & DATA_LEVEL) && !(data & DATA_ASSERT))
		return 0;
	if (message.mode == LAPIC_FIXED || message.mode == LAPIC_LOWEST) {
		message.level = data & DATA_LEVEL;
		message.lowest = message.mode == LAPIC_LOWEST || (address & ADDRESS_REDIRECT);
	}
	return lapic_send(vm, NULL, &message) ? 0 : 1;
}
