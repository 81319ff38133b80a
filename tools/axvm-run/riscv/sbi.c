// SPDX-License-Identifier: GPL-2.0
/*
 * RISC-V: SBI calls that the module passes on: the debug console
 */
#include "arch.h"
#include "machine.h"

#define SBI_SUCCESS		0
#define SBI_ERR_NOT_SUPPORTED	(-2)
#define SBI_ERR_INVALID_PARAM	(-3)

#define SBI_EXT_DBCN		0x4442434e
#define SBI_DBCN_WRITE		0
#define SBI_DBCN_READ		1
#define SBI_DBCN_WRITE_BYTE	2

/*
 * Most bytes moved by a call: the guest may ask for gigabytes, and a vCPU that
 * moves them hears no kick. It calls again for the rest.
 */
#define DBCN_MAX		4096

struct sbi_result {
	long error;
	u64 value;
};

/* The guest memory that a call names: length, low and high part of the address. */
static void *dbcn_buffer(const struct machine *machine, const struct axvm_exit_hypercall *call,
			 u64 *len)
{
	*len = call->args[0] < DBCN_MAX ? call->args[0] : DBCN_MAX;
	if (call->args[2])
		return NULL;
	return ram_at(&machine->ram, call->args[1], call->args[0]);
}

static struct sbi_result dbcn_write(struct machine *machine,
				    const struct axvm_exit_hypercall *call)
{
	u64 len;
	const void *buf = dbcn_buffer(machine, call, &len);

	if (!buf)
		return (struct sbi_result){ .error = SBI_ERR_INVALID_PARAM };
	console_write(machine->console, buf, len);
	return (struct sbi_result){ .value = len };
}

static struct sbi_result dbcn_read(struct machine *machine,
				   const struct axvm_exit_hypercall *call)
{
	u64 len;
	void *buf = dbcn_buffer(machine, call, &len);

	if (!buf)
		return (struct sbi_result){ .error = SBI_ERR_INVALID_PARAM };
	return (struct sbi_result){ .value = console_read(machine->console, buf, len) };
}

static struct sbi_result dbcn_write_byte(struct machine *machine,
					 const struct axvm_exit_hypercall *call)
{
	u8 c = call->args[0];

	console_write(machine->console, &c, 1);
	return (struct sbi_result){ .error = SBI_SUCCESS };
}

static struct sbi_result sbi_call(struct machine *machine,
				  const struct axvm_exit_hypercall *call)
{
	if (call->nr == SBI_EXT_DBCN) {
		switch (call->function) {
		case SBI_DBCN_WRITE:
			return dbcn_write(machine, call);
		case SBI_DBCN_READ:
			return dbcn_read(machine, call);
		case SBI_DBCN_WRITE_BYTE:
			return dbcn_write_byte(machine, call);
		}
	}
	return (struct sbi_result){ .error = SBI_ERR_NOT_SUPPORTED };
}

bool arch_handle_exit(struct vcpu *vcpu)
{
	const struct axvm_run_exit *exit = vcpu->axvm.exit;
	struct sbi_result result;

	if (exit->reason != AXVM_EXIT_HYPERCALL)
		return false;
	result = sbi_call(vcpu->machine, &exit->hypercall);
	axvm_answer(&vcpu->axvm, result.error, result.value);
	return true;
}
