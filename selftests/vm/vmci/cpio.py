# SPDX-License-Identifier: GPL-2.0-only
"""Writes an initramfs (cpio "newc") without being root."""

import os
import stat


class Archive:
    def __init__(self, path):
        self.file = open(path, "wb")
        self.inode = 0
        self.directories = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._entry("TRAILER!!!", 0, b"")
        self.file.close()

    def _entry(self, name, mode, data, device=(0, 0)):
        self.inode += 1
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device,
                  len(name) + 1, 0)
        header = b"070701" + b"".join(b"%08x" % field for field in fields)
        self._write_padded(header + name.encode() + b"\0")
        self._write_padded(data)

    def _write_padded(self, data):
        self.file.write(data)
        self.file.write(b"\0" * (-len(data) % 4))

    def directory(self, name):
        if name and name not in self.directories:
            self.directory(os.path.dirname(name))
            self.directories.add(name)
            self._entry(name, stat.S_IFDIR | 0o755, b"")

    def text(self, name, text, mode=0o644):
        self.directory(os.path.dirname(name))
        self._entry(name, stat.S_IFREG | mode, text.encode())

    def copy(self, name, source, mode=None):
        """The file source as name; it stays executable if it is."""
        if mode is None:
            mode = 0o755 if os.access(source, os.X_OK) else 0o644
        self.directory(os.path.dirname(name))
        with open(source, "rb") as file:
            self._entry(name, stat.S_IFREG | mode, file.read())

    def link(self, name, target):
        self.directory(os.path.dirname(name))
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def console(self):
        """/dev/console: the kernel opens it for init before devtmpfs is there."""
        self.directory("dev")
        self._entry("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1))
