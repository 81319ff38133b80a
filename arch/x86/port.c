// SPDX-License-Identifier: GPL-2.0
/* I/O ports: IN and OUT at once; INS and OUTS by the emulator */
#include "axvm_x86_arch.h"

enum axvm_next axvm_x86_handle_port(struct axvm_vcpu *vcpu,
				    const struct axvm_x86_port_access *access, bool quick)
{
	struct axvm_pending *pending = &vcpu->pending;
	u64 data;

	if (access->string)
		return quick ? AXVM_NEXT_HANDLE : axvm_x86_emulate_here(vcpu, NULL);
	axvm_count(vcpu, AXVM_COUNT_ARCH + AXVM_X86_COUNT_PORT);
	*pending = (struct axvm_pending){
		.reason = access->write ? AXVM_EXIT_PORT_WRITE : AXVM_EXIT_PORT_READ,
		.width = access->width,
		.reg_width = access->width,
		.length = static_call(axvm_x86_insn_length)(vcpu),
		.addr = access->port,
	};
	vcpu->arch.emulation.length = 0;
	data = vcpu->arch.sw.r[0];
	/* A write is over when it exits. */
	if (access->write)
		axvm_x86_advance(vcpu, pending->length);
	return axvm_exit_port(vcpu, access->port, 1, &data);
}
