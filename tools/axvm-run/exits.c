// SPDX-License-Identifier: GPL-2.0
/*
 * What a vCPU's exits ask for
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arch.h"
#include "machine.h"
#include "report.h"
#include "vcpu.h"

static const struct axvm_run_exit *exit_of(const struct vcpu *vcpu)
{
	return vcpu->axvm.exit;
}

/* ------------------------------------------------------------------------- */
/* Device accesses                                                           */
/* ------------------------------------------------------------------------- */

void vcpu_complain(struct vcpu *vcpu, const char *what, unsigned int width, const char *where,
		   u64 addr)
{
	if (atomic_flag_test_and_set(&vcpu->machine->complained))
		return;
	report("vCPU %u, pc %#llx: %s %u bytes at %s%#llx, where nothing is (told only once)",
	       vcpu->index, arch_pc(vcpu), what, width, where, addr);
}

/* There is nothing: the guest takes what its architecture has for that. */
static void refuse_access(struct vcpu *vcpu, const char *what)
{
	const struct axvm_exit_mmio *mmio = &exit_of(vcpu)->mmio;

	if (arch_access_faults)
		axvm_request(&vcpu->axvm, AXVM_RUN_REFUSE);
	else
		axvm_answer(&vcpu->axvm, ~0ULL, 0);
	vcpu_complain(vcpu, what, mmio->width, "", mmio->addr);
}

static void handle_mmio_read(struct vcpu *vcpu)
{
	const struct axvm_exit_mmio *mmio = &exit_of(vcpu)->mmio;
	const struct bus_device *device;

	device = bus_find(&vcpu->machine->bus, mmio->addr, mmio->width);
	if (!device) {
		refuse_access(vcpu, "reads");
		return;
	}
	axvm_answer(&vcpu->axvm,
		    device->read(device->opaque, mmio->addr - device->base, mmio->width), 0);
}

static void handle_mmio_write(struct vcpu *vcpu)
{
	const struct axvm_exit_mmio *mmio = &exit_of(vcpu)->mmio;
	const struct bus_device *device;

	device = bus_find(&vcpu->machine->bus, mmio->addr, mmio->width);
	if (!device) {
		refuse_access(vcpu, "writes");
		return;
	}
	device->write(device->opaque, mmio->addr - device->base, mmio->width, mmio->data);
}

/* ------------------------------------------------------------------------- */
/* Ends                                                                      */
/* ------------------------------------------------------------------------- */

/* After this exit the guest cannot go on; the text says what the exit does not. */
[[gnu::format(printf, 3, 4)]]
static void give_up(struct vcpu *vcpu, enum ending_kind kind, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	end_run(&vcpu->machine->ending, kind, "vCPU %u, pc %#llx: %s%s%s", vcpu->index,
		arch_pc(vcpu), axvm_exit_name(exit_of(vcpu)->reason), text[0] ? ": " : "", text);
}

static void handle_system_down(struct vcpu *vcpu)
{
	const struct axvm_exit_system *system = &exit_of(vcpu)->system;
	struct ending *ending = &vcpu->machine->ending;

	switch (system->event) {
	case AXVM_SYSTEM_SHUTDOWN:
		end_run(ending, ENDING_POWERED_OFF, "%s", "");
		break;
	case AXVM_SYSTEM_RESET:
	case AXVM_SYSTEM_WARM_RESET:
		end_run(ending, ENDING_REBOOTED, "%s", "");
		break;
	case AXVM_SYSTEM_TRIPLE_FAULT:
		end_run(ending, ENDING_TRIPLE_FAULT, "vCPU %u, pc %#llx: triple fault",
			vcpu->index, arch_pc(vcpu));
		break;
	case AXVM_SYSTEM_CRASH:
		end_run(ending, ENDING_CRASHED, "it asked to be reset after a failure");
		break;
	default:
		give_up(vcpu, ENDING_ERROR, "event %s (%u) is not handled",
			axvm_system_event_name(system->event), system->event);
		break;
	}
}

/* Where nothing is mapped, or not for this access, it is the guest's mistake. */
static void handle_memory_fault(struct vcpu *vcpu)
{
	const struct axvm_exit_memory_fault *fault = &exit_of(vcpu)->memory_fault;
	bool wild = fault->error == -ENOENT || fault->error == -EACCES;

	give_up(vcpu, wild ? ENDING_CRASHED : ENDING_ERROR, "%s at %#llx%s: %s",
		axvm_access_name(fault->access), fault->gpa,
		fault->flags & AXVM_FAULT_TABLE_WALK ? " (page-table walk)" : "",
		wild ? "no such memory" : strerror(-fault->error));
}

static void handle_undecoded(struct vcpu *vcpu)
{
	const struct axvm_exit_undecoded *exit = &exit_of(vcpu)->undecoded;
	char rest[20] = "0x";

	if (exit->instruction_rest)
		snprintf(rest, sizeof(rest), "%#llx", exit->instruction_rest);
	give_up(vcpu, ENDING_CRASHED, "%s at %#llx by instruction %s%0*llx",
		axvm_access_name(exit->access), exit->gpa, rest, exit->instruction_rest ? 16 : 1,
		exit->instruction);
}

static void handle_fail_entry(struct vcpu *vcpu)
{
	const struct axvm_exit_fail_entry *exit = &exit_of(vcpu)->fail_entry;

	give_up(vcpu, ENDING_ERROR, "%.*s (reason %#llx, detail %#llx)",
		(int)sizeof(exit->check), exit->check, exit->reason, exit->detail);
}

static void handle_unknown(struct vcpu *vcpu)
{
	give_up(vcpu, ENDING_ERROR, "exit reason %u is not handled", exit_of(vcpu)->reason);
}

/* The loop in vcpu.c looks whether the run is over. */
static void handle_nothing(struct vcpu *vcpu)
{
	(void)vcpu;
}

/* Those missing are an architecture's, or never asked for by this program. */
static void (*const handlers[])(struct vcpu *vcpu) = {
	[AXVM_EXIT_NOTHING]		= handle_nothing,
	[AXVM_EXIT_MMIO_READ]		= handle_mmio_read,
	[AXVM_EXIT_MMIO_WRITE]		= handle_mmio_write,
	[AXVM_EXIT_MEMORY_FAULT]	= handle_memory_fault,
	[AXVM_EXIT_SYSTEM_DOWN]		= handle_system_down,
	[AXVM_EXIT_FAIL_ENTRY]		= handle_fail_entry,
	[AXVM_EXIT_KICK]		= handle_nothing,
	[AXVM_EXIT_SIGNAL]		= handle_nothing,
	[AXVM_EXIT_UNDECODED]		= handle_undecoded,
};

void vcpu_handle_exit(struct vcpu *vcpu)
{
	u32 reason = exit_of(vcpu)->reason;

	if (reason < ARRAY_SIZE(handlers) && handlers[reason])
		handlers[reason](vcpu);
	else if (!arch_handle_exit(vcpu))
		handle_unknown(vcpu);
}
