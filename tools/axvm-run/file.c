// SPDX-License-Identifier: GPL-2.0
/*
 * Files that go into guest memory
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "report.h"

static int check_type(const char *what, const char *path, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return fail("%s %s is not a regular file", what, path);
	if (!st->st_size)
		return fail("%s %s is empty", what, path);
	return 0;
}

int file_open(struct file *file, const char *what, const char *path)
{
	struct stat st;

	/* Not to be held up by opening a FIFO; regular files do not care. */
	*file = (struct file){ .path = path };
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file->fd < 0)
		return fail("cannot open %s %s: %s", what, path, strerror(errno));
	if (fstat(file->fd, &st)) {
		fail("cannot examine %s %s: %s", what, path, strerror(errno));
		file_close(file);
		return -1;
	}
	if (check_type(what, path, &st)) {
		file_close(file);
		return -1;
	}
	file->size = st.st_size;
	return 0;
}

void file_close(struct file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

int file_read(const struct file *file, void *buf, u64 len, u64 offset)
{
	while (len) {
		ssize_t n = pread(file->fd, buf, len, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail("cannot read %s: %s", file->path, strerror(errno));
		if (!n)
			return fail("cannot read %s: it has become shorter", file->path);
		buf = (char *)buf + n;
		offset += n;
		len -= n;
	}
	return 0;
}
