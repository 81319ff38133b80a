/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Emulating x86 instructions that access devices
 *
 * axvm_x86_emulate() does an instruction as far as it can without a device. Where it
 * needs one it says which access, and its caller answers it (axvm_x86_answer()) and calls
 * again: the instruction begins anew, with the answers so far at hand. So what
 * is half done is plain data, the instruction's bytes and the answers, that can be
 * saved, restored elsewhere, and completed without running the guest.
 *
 * That works because nothing of the guest changes before the last answer is in:
 * first all addresses are translated and checked, then memory is read, devices are read, then
 * devices are written, then memory, then registers. What another vCPU changes in
 * between can make two accesses of one instruction disagree, as it may on a CPU.
 *
 * An access to a device that reads and writes (ADD, XCHG, CMPXCHG and so on) is a read
 * and then a write. With LOCK, too: a device is not memory that others change
 * meanwhile, but its answer may depend on who else accesses it. Memory is not changed
 * that way: see %AXVM_X86_EMULATE_RETRY.
 *
 * Translating and accessing are two operations, the latter by guest-physical address: so
 * what crosses into a page that faults has no effect at all.
 *
 * Accesses are of 1, 2, 4 or 8 bytes. Wider ones are several, in the order of their
 * addresses; one that crosses a page is several, each aligned. Others are not
 * aligned if the guest's is not.
 *
 * The processor has checked the access that made it exit. What can be checked here
 * still is, since another vCPU may have changed the instruction, and since a string
 * instruction has two operands; privileges in page tables are the caller's
 * translation's part. Not checked: alignment by EFLAGS.AC, debug registers.
 *
 * Nothing here depends on the kernel: selftests/decode compiles the same files as a
 * program, and compares them with the CPU it runs on.
 */
#ifndef _AXVM_X86_EMULATE_H
#define _AXVM_X86_EMULATE_H

#include <linux/types.h>

#include "axvm.h"
#include "axvm_x86_insn.h"

/** define AXVM_X86_PORT_BYTES - Most bytes that a single access writes to a port. */
#define AXVM_X86_PORT_BYTES	64
/** define AXVM_X86_BATCH - Repetitions of a string instruction that are done at once. */
#define AXVM_X86_BATCH		64

/**
 * enum axvm_x86_emulate - What became of emulating.
 * @AXVM_X86_EMULATE_DONE: the instruction is done, registers are set, RIP is behind it.
 * @AXVM_X86_EMULATE_MORE: some repetitions of a string instruction are done, and the
 *	registers say which. This is a boundary as that between two instructions: take an
 *	interrupt, enter the guest, or call again.
 * @AXVM_X86_EMULATE_READ: a device is to be read: @access; then axvm_x86_answer().
 * @AXVM_X86_EMULATE_WRITE: a device is to be written, likewise. The answer may be given
 *	before the device has it: what is left to do does not depend on it.
 * @AXVM_X86_EMULATE_IN: a port is to be read, likewise.
 * @AXVM_X86_EMULATE_OUT: a port is to be written, likewise; see @count.
 * @AXVM_X86_EMULATE_FAULT: an exception: @fault. The instruction has no effect, but for
 *	repetitions before.
 * @AXVM_X86_EMULATE_MEMORY: memory cannot be had: @access has its address, and in @wanted
 *	whether it would be read or written. Calling again tries again; answers so far are
 *	kept.
 * @AXVM_X86_EMULATE_RETRY: it accesses no device, and the guest can do it by itself.
 *	Memory is changed only by instructions that also access a device, or by string
 *	instructions, none of which is atomic.
 * @AXVM_X86_EMULATE_UNKNOWN: it cannot be emulated.
 */
enum axvm_x86_emulate {
	AXVM_X86_EMULATE_DONE,
	AXVM_X86_EMULATE_MORE,
	AXVM_X86_EMULATE_READ,
	AXVM_X86_EMULATE_WRITE,
	AXVM_X86_EMULATE_IN,
	AXVM_X86_EMULATE_OUT,
	AXVM_X86_EMULATE_FAULT,
	AXVM_X86_EMULATE_MEMORY,
	AXVM_X86_EMULATE_RETRY,
	AXVM_X86_EMULATE_UNKNOWN,
};

/**
 * enum axvm_x86_place - What a guest address leads to.
 * @AXVM_X86_PLACE_MEMORY: memory.
 * @AXVM_X86_PLACE_DEVICE: no memory.
 * @AXVM_X86_PLACE_READ_ONLY: memory that is read; who writes it writes to a device.
 * @AXVM_X86_PLACE_FAULT: nothing: a page fault.
 * @AXVM_X86_PLACE_UNAVAILABLE: it cannot be told, since the guest's page tables cannot be read.
 */
enum axvm_x86_place {
	AXVM_X86_PLACE_MEMORY,
	AXVM_X86_PLACE_DEVICE,
	AXVM_X86_PLACE_READ_ONLY,
	AXVM_X86_PLACE_FAULT,
	AXVM_X86_PLACE_UNAVAILABLE,
};

/**
 * struct axvm_x86_fault - An exception.
 * @vector: its number.
 * @error_code: its error code. #UD has none; in real mode nothing has.
 * @address: of a page fault: for CR2.
 */
struct axvm_x86_fault {
	u8 vector;
	u32 error_code;
	u64 address;
};

/**
 * struct axvm_x86_segment - A segment register with its hidden part.
 * @base: see %AXVM_X86_BASE.
 * @limit: in bytes.
 * @attributes: see %AXVM_X86_ATTRIBUTES.
 * @selector: the visible part.
 */
struct axvm_x86_segment {
	u64 base;
	u32 limit;
	u32 attributes;
	u16 selector;
};

/**
 * struct axvm_x86_access - An access that the caller is to make.
 * @wanted: %AXVM_X86_EMULATE_READ, WRITE, IN or OUT.
 * @address: guest-physical address, or the port.
 * @width: bytes: 1, 2, 4 or 8.
 * @count: of a port: how many units follow one another at @data, else 1. More than
 *	one are that many repetitions of OUTS: one answer takes all.
 * @data: what is written, zero-extended; the units of a port.
 */
struct axvm_x86_access {
	u64 address;
	u8 wanted;
	u8 width;
	u8 count;
	union {
		u64 data;
		u8 units[AXVM_X86_PORT_BYTES];
	};
};

/**
 * struct axvm_x86_emulation - An instruction that is being emulated.
 * @insn: taken apart; see axvm_x86_emulate_begin().
 * @gprs: the guest's registers, changed only when the instruction or a repetition is
 *	done. This and the next seven are set by the caller, before each call.
 * @linear_bits: width of linear addresses in 64-bit mode: 48 or 57.
 * @checks_segments: segments are checked for what they are: protected mode outside of
 *	64-bit mode, and not virtual-8086 mode.
 * @keeps_segments: what would load a segment register is %AXVM_X86_EMULATE_UNKNOWN, and
 *	reads nothing.
 * @known: the processor has told where @known_linear leads, and no memory is there, not
 *	even such that may only be read.
 * @known_write: for a write; else for a read.
 * @known_linear: an address in the page.
 * @known_gpa: its guest-physical address.
 * @access: the access that is wanted.
 * @fault: the exception.
 * @length: of @bytes. 0 is the caller's, for none.
 * @bytes: the instruction. With @answers, what has to be saved.
 * @nr_answers: how many accesses have been answered.
 * @answers: the answers: what was read; 0 for what was written; of a port the count.
 */
struct axvm_x86_emulation {
	struct axvm_x86_insn insn;
	struct axvm_gprs *gprs;
	u8 linear_bits;
	bool checks_segments;
	bool keeps_segments;
	bool known;
	bool known_write;
	u64 known_linear;
	u64 known_gpa;
	struct axvm_x86_access access;
	struct axvm_x86_fault fault;
	u8 length;
	u8 bytes[AXVM_X86_INSN_ROOM];
	u8 nr_answers;
	u64 answers[AXVM_X86_EMULATION_ANSWERS];
};

/**
 * struct axvm_x86_emulate_ops - What emulating needs of the guest.
 *
 * May be called again for the same thing when the instruction begins anew.
 *
 * @translate: where does a linear address lead, for a write or a read? Sets @gpa, or for a
 *	page fault @error_code; the guest's page tables are updated as by the CPU.
 * @read: read memory; it does not cross a page. Return: false if it cannot be had.
 * @write: write memory, likewise.
 * @get_segment: read a segment register: enum axvm_x86_segment_name.
 * @set_segment: load one with a selector, as MOV does, all checks included; SS holds
 *	interrupts back until after the next instruction. Return: %AXVM_X86_EMULATE_DONE,
 *	%AXVM_X86_EMULATE_FAULT with @fault filled, %AXVM_X86_EMULATE_MEMORY, or
 *	%AXVM_X86_EMULATE_UNKNOWN.
 * @get_vector: read the lowest @bytes of a vector register: XMM, YMM or ZMM 0 to 31, or
 *	MMX from %AXVM_X86_MMX on. Return: false if there is none such.
 * @set_vector: write them; with @clear what is above becomes 0, else it stays.
 */
struct axvm_x86_emulate_ops {
	enum axvm_x86_place (*translate)(void *context, u64 linear, bool write, u64 *gpa,
					 u32 *error_code);
	bool (*read)(void *context, u64 gpa, void *data, unsigned int bytes);
	bool (*write)(void *context, u64 gpa, const void *data, unsigned int bytes);
	void (*get_segment)(void *context, unsigned int name, struct axvm_x86_segment *segment);
	enum axvm_x86_emulate (*set_segment)(void *context, unsigned int name, u16 selector,
					     struct axvm_x86_fault *fault);
	bool (*get_vector)(void *context, unsigned int reg, void *data, unsigned int bytes);
	bool (*set_vector)(void *context, unsigned int reg, const void *data,
			   unsigned int bytes, bool clear);
};

/**
 * axvm_x86_emulate_begin() - Take the instruction at @bytes apart.
 * @em: @bytes and @length are set, perhaps to more than the instruction has;
 *	@nr_answers is 0, or what was restored.
 * @mode: how code is read.
 *
 * Sets @insn, and @length to the instruction's own. If it is #UD or #GP, @fault.
 *
 * Return: %AXVM_X86_EMULATE_DONE, %AXVM_X86_EMULATE_FAULT or %AXVM_X86_EMULATE_UNKNOWN;
 * the latter also if it needs more bytes than there are.
 */
enum axvm_x86_emulate axvm_x86_emulate_begin(struct axvm_x86_emulation *em,
					     enum axvm_x86_mode mode);

/**
 * axvm_x86_emulate() - Do the instruction as far as it goes.
 * @em: begun.
 * @ops: the guest.
 * @context: for @ops.
 *
 * With %AXVM_X86_EMULATE_DONE, RF is cleared; shadows of interrupts and single steps are
 * the caller's.
 *
 * Return: see enum axvm_x86_emulate.
 */
enum axvm_x86_emulate axvm_x86_emulate(struct axvm_x86_emulation *em,
				       const struct axvm_x86_emulate_ops *ops, void *context);

/**
 * axvm_x86_answer() - The access that was wanted has been made.
 * @em: being emulated; the last call wanted @access.
 * @data: what was read; of no meaning for a write.
 */
void axvm_x86_answer(struct axvm_x86_emulation *em, u64 data);

#endif /* _AXVM_X86_EMULATE_H */
