/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that axvm-run takes as images, or refuses with one line and status 1
 */
#ifndef SELFTESTS_TOOLS_X86_IMAGE_FILE_H
#define SELFTESTS_TOOLS_X86_IMAGE_FILE_H

#include "../command.h"

#define RUN(outcome, ...)						\
	command_run((const char *const []){ "axvm-run", __VA_ARGS__, NULL }, outcome)

static struct outcome outcome;

/* The file with these bytes is refused. */
static inline void check_refused(struct where where, const void *bytes, size_t len,
				 const char *words)
{
	write_file("image", bytes, len);
	RUN(&outcome, "image");
	check_said(where, &outcome, 1, words);
	check_said(where, &outcome, 1, "image");
}

#define CHECK_REFUSED(bytes, len, words)	check_refused(HERE, bytes, len, words)

/* It is well-formed: what it says is how it would be described. */
static inline void check_taken(struct where where, const void *bytes, size_t len)
{
	write_file("image", bytes, len);
	RUN(&outcome, "--dump-acpi", "tables", "image");
	if (outcome.status)
		check_failed(where, "refused: %s", outcome.err);
}

#define CHECK_TAKEN(bytes, len)			check_taken(HERE, bytes, len)

/* A good file, but for one field. */
#define CHECK_BAD(good, field, value, words) do {			\
	__auto_type __bad = good;					\
									\
	__bad.field = value;						\
	CHECK_REFUSED(&__bad, sizeof(__bad), words);			\
} while (0)

/* A file that is as good with another value in a field. */
#define CHECK_GOOD(good, field, value) do {				\
	__auto_type __other = good;					\
									\
	__other.field = value;						\
	CHECK_TAKEN(&__other, sizeof(__other));				\
} while (0)

/* The file "image" takes a command line of 65535 bytes, and no longer one. */
static inline void check_append_limit(struct where where)
{
	static char line[65537];

	memset(line, 'x', sizeof(line) - 1);
	RUN(&outcome, "--append", line, "image");
	check_said(where, &outcome, 1,
		   "--append: 65536 bytes are too long for a command line: it can have 65535");
	RUN(&outcome, "--append", line + 1, "--dump-acpi", "tables", "image");
	if (outcome.status)
		check_failed(where, "refused: %s", outcome.err);
}

#define CHECK_APPEND_LIMIT()			check_append_limit(HERE)

#endif /* SELFTESTS_TOOLS_X86_IMAGE_FILE_H */
