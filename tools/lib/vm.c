// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1
/*
 * The VM file: information and devices
 */
#include "internal.h"

int axvm_get_vm_info(int vm, struct axvm_vm_info *info)
{
	*info = (struct axvm_vm_info){ .size = sizeof(*info) };
	return axvm_ioctl(vm, AXVM_GET_INFO, info);
}

int axvm_create_device(int vm, __u32 type, __u64 gpa, __u32 irqs)
{
	struct axvm_create_device arg = {
		.size = sizeof(arg),
		.type = type,
		.irqs = irqs,
		.gpa = gpa,
	};

	return axvm_ioctl(vm, AXVM_CREATE_DEVICE, &arg);
}

int axvm_get_device_info(int device, struct axvm_device_info *info)
{
	*info = (struct axvm_device_info){ .size = sizeof(*info) };
	return axvm_ioctl(device, AXVM_GET_INFO, info);
}

int axvm_send_msi(int vm, __u64 address, __u32 data)
{
	struct axvm_msi arg = {
		.size = sizeof(arg),
		.address = address,
		.data = data,
	};

	return axvm_ioctl(vm, AXVM_SEND_MSI, &arg);
}
