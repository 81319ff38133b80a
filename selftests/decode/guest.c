// SPDX-License-Identifier: GPL-2.0
/*
 * A guest for the emulator: memory, a device that is memory too, registers, ports
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>

#include "guest.h"

#define PAGE_FAULT_WRITE	2
#define PAGE_FAULT_USER		4

static void note(struct guest *guest, const char *format, ...)
{
	size_t room = sizeof(guest->log) - guest->log_end;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(guest->log + guest->log_end, room, format, arguments);
	va_end(arguments);
	guest->log_end += min_t(size_t, length, room - 1);
}

static enum axvm_x86_place translate(void *context, u64 linear, bool write, u64 *gpa,
				     u32 *error_code)
{
	struct guest *guest = context;

	guest->translations++;
	*error_code = PAGE_FAULT_USER | (write ? PAGE_FAULT_WRITE : 0);
	if (write && guest->unwritable && (linear ^ guest->unwritable) < 4096) {
		*error_code |= 1;
		return AXVM_X86_PLACE_FAULT;
	}
	if (linear - GUEST_DEVICE < GUEST_BYTES) {
		*gpa = linear - GUEST_DEVICE + GUEST_DEVICE_GPA;
		return AXVM_X86_PLACE_DEVICE;
	}
	*gpa = linear;
	if (linear - GUEST_MEMORY >= GUEST_BYTES)
		return AXVM_X86_PLACE_FAULT;
	return write && guest->read_only ? AXVM_X86_PLACE_READ_ONLY : AXVM_X86_PLACE_MEMORY;
}

/* Memory, by guest-physical address; within a page. */
static u8 *find_memory(struct guest *guest, u64 gpa, unsigned int bytes)
{
	if (gpa - GUEST_MEMORY >= GUEST_BYTES || (gpa & 4095) + bytes > 4096) {
		guest->wrong = true;
		return NULL;
	}
	return guest->away ? NULL : guest->memory + (gpa - GUEST_MEMORY);
}

static bool read_memory(void *context, u64 gpa, void *data, unsigned int bytes)
{
	u8 *memory = find_memory(context, gpa, bytes);

	if (memory)
		memcpy(data, memory, bytes);
	return memory;
}

static bool write_memory(void *context, u64 gpa, const void *data, unsigned int bytes)
{
	u8 *memory = find_memory(context, gpa, bytes);

	if (memory)
		memcpy(memory, data, bytes);
	return memory;
}

static void get_segment(void *context, unsigned int name, struct axvm_x86_segment *segment)
{
	struct guest *guest = context;

	*segment = guest->segments[name];
}

/* A descriptor table of which only selector 0 is bad. */
static enum axvm_x86_emulate set_segment(void *context, unsigned int name, u16 selector,
					 struct axvm_x86_fault *fault)
{
	struct guest *guest = context;

	if (!selector) {
		*fault = (struct axvm_x86_fault){ .vector = 13 };
		return AXVM_X86_EMULATE_FAULT;
	}
	guest->segments[name].selector = selector;
	return AXVM_X86_EMULATE_DONE;
}

static bool get_vector(void *context, unsigned int reg, void *data, unsigned int bytes)
{
	struct guest *guest = context;

	if (reg >= AXVM_X86_MMX)
		memcpy(data, &guest->mm[reg - AXVM_X86_MMX], bytes);
	else
		memcpy(data, guest->vector[reg], bytes);
	return true;
}

static bool set_vector(void *context, unsigned int reg, const void *data, unsigned int bytes,
		       bool clear)
{
	struct guest *guest = context;

	if (reg >= AXVM_X86_MMX) {
		memcpy(&guest->mm[reg - AXVM_X86_MMX], data, bytes);
		return true;
	}
	memcpy(guest->vector[reg], data, bytes);
	if (clear)
		memset(guest->vector[reg] + bytes, 0, sizeof(guest->vector[reg]) - bytes);
	return true;
}

const struct axvm_x86_emulate_ops guest_ops = {
	.translate	= translate,
	.read		= read_memory,
	.write		= write_memory,
	.get_segment	= get_segment,
	.set_segment	= set_segment,
	.get_vector	= get_vector,
	.set_vector	= set_vector,
};

/* The device's; of read-only memory, writes have none. */
static u8 *find_device(struct guest *guest, const struct axvm_x86_access *access)
{
	u64 offset = access->address - GUEST_DEVICE_GPA;

	if (offset >= GUEST_BYTES || offset + access->width > GUEST_BYTES)
		return NULL;
	return guest->device + offset;
}

static u64 read_device(struct guest *guest, const struct axvm_x86_access *access)
{
	u8 *device = find_device(guest, access);
	u64 data = 0;

	if (device)
		memcpy(&data, device, access->width);
	else
		guest->wrong = true;
	note(guest, "r%u:%llx=%llx ", access->width, access->address, data);
	return data;
}

static void write_device(struct guest *guest, const struct axvm_x86_access *access)
{
	u8 *device = find_device(guest, access);

	if (device)
		memcpy(device, &access->data, access->width);
	else if (!guest->read_only)
		guest->wrong = true;
	if (access->width < 8 && access->data >> (access->width * 8))
		guest->wrong = true;
	note(guest, "w%u:%llx=%llx ", access->width, access->address, access->data);
}

static void write_port(struct guest *guest, const struct axvm_x86_access *access)
{
	unsigned int i;
	u32 unit;

	note(guest, "o%u:%llx=", access->width, access->address);
	for (i = 0; i < access->count; i++) {
		unit = 0;
		memcpy(&unit, access->units + i * access->width, access->width);
		note(guest, "%s%x", i ? "," : "", unit);
	}
	note(guest, " ");
}

static bool is_width(unsigned int width)
{
	return width == 1 || width == 2 || width == 4 || width == 8;
}

void guest_answer(struct guest *guest, struct axvm_x86_emulation *em)
{
	const struct axvm_x86_access *access = &em->access;
	u64 data = 0;

	if (!is_width(access->width) || !access->count)
		guest->wrong = true;
	switch (access->wanted) {
	case AXVM_X86_EMULATE_READ:
		data = read_device(guest, access);
		break;
	case AXVM_X86_EMULATE_WRITE:
		write_device(guest, access);
		break;
	case AXVM_X86_EMULATE_IN:
		data = guest->port_data++;
		note(guest, "i%u:%llx=%llx ", access->width, access->address, data);
		break;
	case AXVM_X86_EMULATE_OUT:
		write_port(guest, access);
		break;
	default:
		guest->wrong = true;
	}
	/* What is above a narrow answer is not the guest's to see. */
	axvm_x86_answer(em, data | (access->width < 8 ? ~0ULL << (access->width * 8) : 0));
}

void guest_forget(struct axvm_x86_emulation *em)
{
	struct axvm_x86_emulation restored = {
		.linear_bits = em->linear_bits,
		.checks_segments = em->checks_segments,
		.keeps_segments = em->keeps_segments,
		.gprs = em->gprs,
		.length = em->length,
		.nr_answers = em->nr_answers,
	};

	memcpy(restored.bytes, em->bytes, sizeof(restored.bytes));
	memcpy(restored.answers, em->answers, sizeof(restored.answers));
	axvm_x86_emulate_begin(&restored, em->insn.mode);
	*em = restored;
}

static bool is_wanted(enum axvm_x86_emulate status)
{
	return status >= AXVM_X86_EMULATE_READ && status <= AXVM_X86_EMULATE_OUT;
}

enum axvm_x86_emulate guest_run(struct guest *guest, struct axvm_x86_emulation *em, bool forget)
{
	enum axvm_x86_emulate status;

	for (;;) {
		status = axvm_x86_emulate(em, &guest_ops, guest);
		if (is_wanted(status)) {
			guest->wrong |= em->access.wanted != status;
			guest_answer(guest, em);
		} else if (status != AXVM_X86_EMULATE_MORE) {
			return status;
		}
		if (forget)
			guest_forget(em);
	}
}
