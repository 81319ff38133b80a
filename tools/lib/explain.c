// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1
/*
 * What went wrong with the hardware, why, and what to do about it
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define MODULE_DIR	"/sys/module/axvm"

/* No device node: is there no module, or nothing it could use, or no node? */
static char *explain_no_device(char *text, size_t len)
{
	const char *missing = axvm_arch_missing();

	if (access(MODULE_DIR, F_OK) == 0)
		snprintf(text, len,
			 "%s is missing although the module is loaded: mount devtmpfs on /dev",
			 AXVM_DEVICE_PATH);
	else if (missing)
		snprintf(text, len, "%s is missing: this machine has no %s, which axvm needs",
			 AXVM_DEVICE_PATH, missing);
	else
		snprintf(text, len,
			 "%s is missing: insert axvm.ko; if it refuses, the kernel log says why",
			 AXVM_DEVICE_PATH);
	return text;
}

char *axvm_explain_open(int error, char *text, size_t len)
{
	switch (-error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return explain_no_device(text, len);
	case EACCES:
	case EPERM:
		snprintf(text, len, "no permission to open %s: run as root, or change its mode",
			 AXVM_DEVICE_PATH);
		return text;
	default:
		snprintf(text, len, "cannot open %s: %s", AXVM_DEVICE_PATH, strerror(-error));
		return text;
	}
}

static void explain_unusable(const struct axvm_system_info *info, char *text, size_t len)
{
	const char *why = "the virtualization hardware cannot be used";
	const char *advice = "the kernel log says why";
	char where[32] = "";

	switch (info->status) {
	case AXVM_STATUS_IN_USE:
		why = "the virtualization hardware is in use by another hypervisor";
		advice = "stop its guests or remove its module; the kernel log names it";
		break;
	case AXVM_STATUS_CPU_DIFFERS:
		why = "a CPU lacks what the first one has";
		advice = "take it offline; the kernel log says what it lacks";
		break;
	}
	if (info->status_cpu >= 0)
		snprintf(where, sizeof(where), " (CPU %d)", info->status_cpu);
	snprintf(text, len, "cannot create a VM: %s%s: %s", why, where, advice);
}

char *axvm_explain_create_vm(int sys, int error, char *text, size_t len)
{
	struct axvm_system_info info;

	switch (-error) {
	case EBUSY:
	case ENODEV:
		if (axvm_get_system_info(sys, &info))
			info = (struct axvm_system_info){ .status_cpu = -1 };
		explain_unusable(&info, text, len);
		return text;
	case EMFILE:
	case ENFILE:
		snprintf(text, len,
			 "cannot create a VM: no file descriptor is left: raise the limit (ulimit -n)");
		return text;
	case ENOTTY:
	case E2BIG:
	case EINVAL:
		snprintf(text, len,
			 "cannot create a VM: module and program are not of one release (%s)",
			 strerror(-error));
		return text;
	default:
		snprintf(text, len, "cannot create a VM: %s", strerror(-error));
		return text;
	}
}
