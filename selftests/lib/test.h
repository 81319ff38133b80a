/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything a test includes
 *
 * kselftest_harness.h runs the TEST()s of a file, each in its own process, and
 * prints TAP. In them, use CHECK_*() rather than its ASSERT_*(); see check.h.
 */
#ifndef SELFTESTS_TEST_H
#define SELFTESTS_TEST_H

#include "kselftest_harness.h"

#include "check.h"
#include "guest.h"
#include "process.h"
#include "thread.h"
#include "vm.h"
#include "watch.h"

#endif /* SELFTESTS_TEST_H */
