// SPDX-License-Identifier: GPL-2.0
/*
 * axvm-run where the module is not in: it says so, and what to do
 */
#include "test.h"
#include "command.h"

static struct outcome outcome;

TEST(no_device)
{
	const char *const argv[] = { "axvm-run", "image", NULL };

	static const char zeros[64];

	write_file("image", zeros, sizeof(zeros));
	command_run(argv, &outcome);
	CHECK_SAID(&outcome, 1, AXVM_DEVICE_PATH " is missing: insert axvm.ko");
}

/* A file is looked at before the device. */
TEST(no_device_and_a_bad_file)
{
	const char *const argv[] = { "axvm-run", "no-image", NULL };

	command_run(argv, &outcome);
	CHECK_SAID(&outcome, 1, "no-image: No such file");
}

TEST_HARNESS_MAIN
