/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything a test includes
 *
 * kselftest_harness.h runs the TEST()s of a file, each in its own process, and
 * prints TAP. In them, use CHECK_*() rather than its ASSERT_*(); see check.h.
 */
#ifndef SELFTESTS_TEST_H
#define SELFTESTS_TEST_H

#include <unistd.h>

#include "watch.h"

/* The harness gives each test its time by alarm(): as the watch, more where all is slow. */
static inline unsigned int test_alarm(unsigned int seconds)
{
	return alarm(seconds * watch_scale());
}

#define alarm(seconds)	test_alarm(seconds)
#include "kselftest_harness.h"
#undef alarm

#include "check.h"
#include "cpus.h"
#include "guest.h"
#include "process.h"
#include "thread.h"
#include "vm.h"

/*
 * The harness keeps the reason of a skip in shared memory that it hands to the
 * test it is about to run, and to no other.
 */
void test_set_reason(const char *reason)
{
	struct __fixture_metadata *f;
	struct __test_metadata *t;

	for (f = __fixture_list; f; f = f->next)
		for (t = f->tests; t; t = t->next)
			if (t->results)
				snprintf(t->results->reason, sizeof(t->results->reason), "%s",
					 reason);
}

#endif /* SELFTESTS_TEST_H */
