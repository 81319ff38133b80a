// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1
/*
 * The system file
 */
#include <fcntl.h>

#include "internal.h"

int axvm_open(void)
{
	int fd = open(AXVM_DEVICE_PATH, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int axvm_get_system_info(int sys, struct axvm_system_info *info)
{
	*info = (struct axvm_system_info){ .size = sizeof(*info) };
	return axvm_ioctl(sys, AXVM_GET_INFO, info);
}

int axvm_create_vm(int sys)
{
	struct axvm_create_vm arg = { .size = sizeof(arg) };

	return axvm_ioctl(sys, AXVM_CREATE_VM, &arg);
}
