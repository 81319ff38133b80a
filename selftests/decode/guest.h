/* SPDX-License-Identifier: GPL-2.0 */
/* A guest for the emulator: memory, a device that is memory too, registers, ports. */
#ifndef DECODE_GUEST_H
#define DECODE_GUEST_H

#include "axvm_x86_emulate.h"

/* Linear addresses of both; the device's guest-physical ones are elsewhere. */
#define GUEST_DEVICE		0x60000000ULL
#define GUEST_MEMORY		0x60004000ULL
#define GUEST_BYTES		0x2000
#define GUEST_DEVICE_GPA	0xfe00000000ULL

/**
 * struct guest - All of it.
 * @gprs: registers.
 * @segments: segment registers, by enum axvm_x86_segment_name.
 * @vector: vector registers.
 * @mm: MMX registers.
 * @device: what is in the device.
 * @memory: what is in memory.
 * @read_only: memory is read-only: writes go to a device.
 * @away: memory cannot be had.
 * @unwritable: the guest's page tables do not let this page be written, if not 0.
 * @log: accesses to the device and to ports, as text.
 * @log_end: where it ends.
 * @port_data: what ports answer; counts up.
 * @wrong: an access came that is none.
 * @translations: how many addresses were translated.
 */
struct guest {
	struct axvm_gprs gprs;
	struct axvm_x86_segment segments[6];
	u8 vector[32][64];
	u64 mm[8];
	u8 device[GUEST_BYTES];
	u8 memory[GUEST_BYTES];
	bool read_only;
	bool away;
	u64 unwritable;
	char log[1024];
	unsigned int log_end;
	u64 port_data;
	bool wrong;
	unsigned int translations;
};

extern const struct axvm_x86_emulate_ops guest_ops;

/** guest_answer() - Make the access that is wanted, and answer it. */
void guest_answer(struct guest *guest, struct axvm_x86_emulation *em);

/**
 * guest_run() - Emulate an instruction to its end.
 * @guest: where.
 * @em: begun.
 * @forget: between accesses, keep only what has to be saved.
 *
 * Return: the last status: none that wants an access, and not %AXVM_X86_EMULATE_MORE.
 */
enum axvm_x86_emulate guest_run(struct guest *guest, struct axvm_x86_emulation *em, bool forget);

/** guest_forget() - What remains of an instruction that was saved and restored. */
void guest_forget(struct axvm_x86_emulation *em);

#endif /* DECODE_GUEST_H */
