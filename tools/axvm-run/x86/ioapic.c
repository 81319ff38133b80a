// SPDX-License-Identifier: GPL-2.0
/*
 * An 82093AA I/O APIC
 */
#include "ioapic.h"

/* What the page of registers shows. */
#define SELECT			0x00
#define WINDOW			0x10

#define REG_ID			0x00
#define REG_VERSION		0x01
#define REG_ARBITRATION		0x02
#define REG_TABLE		0x10

#define ID_BITS			0x0f000000U
#define VERSION			(0x11U | (IOAPIC_PINS - 1) << 16)

/* Fields of a redirection entry. */
#define ENTRY_VECTOR		0xffULL
#define ENTRY_MODE_SHIFT	8
#define ENTRY_LOGICAL		BIT_ULL(11)
#define ENTRY_STATUS		BIT_ULL(12)
#define ENTRY_REMOTE_IRR	BIT_ULL(14)
#define ENTRY_LEVEL		BIT_ULL(15)
#define ENTRY_MASKED		BIT_ULL(16)
#define ENTRY_READ_ONLY		(ENTRY_STATUS | ENTRY_REMOTE_IRR)
#define ENTRY_LOW		0x1ffffULL
/* Bits 14:8 of the destination, where the guest knows of them, and bits 7:0. */
#define ENTRY_EXTENDED_SHIFT	49
#define ENTRY_EXTENDED		(0x7fULL << ENTRY_EXTENDED_SHIFT)
#define ENTRY_DEST_SHIFT	56
#define ENTRY_DEST		(0xffULL << ENTRY_DEST_SHIFT)

#define MODE_FIXED		0
#define MODE_LOWEST		1
#define MODE_EXTINT		7

/* SDM volume 3, "Message Signalled Interrupts". */
#define MSI_BASE		0xfee00000ULL
#define MSI_DEST_SHIFT		12
#define MSI_EXTENDED_SHIFT	5
#define MSI_REDIRECT		BIT(3)
#define MSI_LOGICAL		BIT(2)
#define MSI_ASSERT		BIT(14)
#define MSI_LEVEL		BIT(15)

void ioapic_init(struct ioapic *ioapic, bool (*send)(void *opaque, u64 address, u32 data),
		 void *opaque)
{
	*ioapic = (struct ioapic){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.send = send,
		.opaque = opaque,
	};
	for (unsigned int i = 0; i < IOAPIC_PINS; i++)
		ioapic->entries[i] = ENTRY_MASKED;
}

void ioapic_destroy(struct ioapic *ioapic)
{
	pthread_mutex_destroy(&ioapic->lock);
}

static unsigned int mode_of(u64 entry)
{
	return (entry >> ENTRY_MODE_SHIFT) & 7;
}

/* In the other modes nobody ends an interrupt: they are edges, whatever the entry says. */
static bool is_level(u64 entry)
{
	unsigned int mode = mode_of(entry);

	return (entry & ENTRY_LEVEL) && (mode == MODE_FIXED || mode == MODE_LOWEST);
}

static u64 message_address(u64 entry)
{
	u64 address = MSI_BASE;

	address |= (entry & ENTRY_DEST) >> ENTRY_DEST_SHIFT << MSI_DEST_SHIFT;
	address |= (entry & ENTRY_EXTENDED) >> ENTRY_EXTENDED_SHIFT << MSI_EXTENDED_SHIFT;
	if (entry & ENTRY_LOGICAL)
		address |= MSI_LOGICAL;
	if (mode_of(entry) == MODE_LOWEST)
		address |= MSI_REDIRECT;
	return address;
}

static u32 message_data(u64 entry)
{
	u32 data = (entry & ENTRY_VECTOR) | mode_of(entry) << ENTRY_MODE_SHIFT | MSI_ASSERT;

	return is_level(entry) ? data | MSI_LEVEL : data;
}

/* The PIC has a line of its own to the CPU: nothing is behind an ExtINT entry here. */
static bool send(struct ioapic *ioapic, u64 entry)
{
	return mode_of(entry) != MODE_EXTINT &&
	       ioapic->send(ioapic->opaque, message_address(entry), message_data(entry));
}

/* A level that is asserted and not yet under way is sent. */
static void offer_level(struct ioapic *ioapic, unsigned int pin)
{
	u64 *entry = &ioapic->entries[pin];

	if (!(ioapic->lines & (1U << pin)) || !is_level(*entry) ||
	    (*entry & (ENTRY_MASKED | ENTRY_REMOTE_IRR)))
		return;
	if (send(ioapic, *entry))
		*entry |= ENTRY_REMOTE_IRR;
}

/* An edge that comes while the pin is masked is lost, as in the chip. */
static void take_edge(struct ioapic *ioapic, unsigned int pin)
{
	u64 entry = ioapic->entries[pin];

	if (!is_level(entry) && !(entry & ENTRY_MASKED))
		send(ioapic, entry);
}

void ioapic_set_irq(struct ioapic *ioapic, unsigned int pin, bool level)
{
	u32 bit;

	if (pin >= IOAPIC_PINS)
		return;
	bit = 1U << pin;
	pthread_mutex_lock(&ioapic->lock);
	if (level && !(ioapic->lines & bit))
		take_edge(ioapic, pin);
	ioapic->lines = level ? ioapic->lines | bit : ioapic->lines & ~bit;
	offer_level(ioapic, pin);
	pthread_mutex_unlock(&ioapic->lock);
}

void ioapic_end(struct ioapic *ioapic, u8 vector)
{
	pthread_mutex_lock(&ioapic->lock);
	for (unsigned int pin = 0; pin < IOAPIC_PINS; pin++) {
		u64 *entry = &ioapic->entries[pin];

		if ((*entry & ENTRY_VECTOR) != vector || !(*entry & ENTRY_REMOTE_IRR))
			continue;
		*entry &= ~ENTRY_REMOTE_IRR;
		offer_level(ioapic, pin);
	}
	pthread_mutex_unlock(&ioapic->lock);
}

/* ------------------------------------------------------------------------- */
/* Registers                                                                 */
/* ------------------------------------------------------------------------- */

static u32 read_register(const struct ioapic *ioapic)
{
	unsigned int half = ioapic->select - REG_TABLE;

	switch (ioapic->select) {
	case REG_ID:
	case REG_ARBITRATION:
		return ioapic->id;
	case REG_VERSION:
		return VERSION;
	}
	if (ioapic->select < REG_TABLE || half / 2 >= IOAPIC_PINS)
		return 0;
	return ioapic->entries[half / 2] >> (half % 2 ? 32 : 0);
}

static void write_entry(struct ioapic *ioapic, unsigned int pin, bool high, u32 value)
{
	u64 *entry = &ioapic->entries[pin];
	u64 kept = *entry & ENTRY_READ_ONLY;

	if (high)
		*entry = (*entry & 0xffffffff) | ((u64)value << 32 & (ENTRY_DEST | ENTRY_EXTENDED));
	else
		*entry = (*entry & ~0xffffffffULL) | (value & ENTRY_LOW & ~ENTRY_READ_ONLY) | kept;
	/* An edge is under way no longer than it takes to send it. */
	if (!is_level(*entry))
		*entry &= ~ENTRY_REMOTE_IRR;
	offer_level(ioapic, pin);
}

static void write_register(struct ioapic *ioapic, u32 value)
{
	unsigned int half = ioapic->select - REG_TABLE;

	if (ioapic->select == REG_ID)
		ioapic->id = value & ID_BITS;
	else if (ioapic->select >= REG_TABLE && half / 2 < IOAPIC_PINS)
		write_entry(ioapic, half / 2, half % 2, value);
}

u32 ioapic_read(struct ioapic *ioapic, u64 offset)
{
	u32 value = 0;

	pthread_mutex_lock(&ioapic->lock);
	if (offset == SELECT)
		value = ioapic->select;
	else if (offset == WINDOW)
		value = read_register(ioapic);
	pthread_mutex_unlock(&ioapic->lock);
	return value;
}

void ioapic_write(struct ioapic *ioapic, u64 offset, u32 value)
{
	pthread_mutex_lock(&ioapic->lock);
	if (offset == SELECT)
		ioapic->select = value;
	else if (offset == WINDOW)
		write_register(ioapic, value);
	pthread_mutex_unlock(&ioapic->lock);
}
