# SPDX-License-Identifier: GPL-2.0-only
"""Finds in a kernel's log what no test may cause."""

import re

_SPLAT = re.compile(
    r"Kernel panic|\bOops\b|\bBUG:|kernel BUG at|\bWARNING:|Unable to handle kernel"
    r"|possible circular locking|possible recursive locking|inconsistent lock state"
    r"|possible irq lock inversion|suspicious RCU|held lock freed|bad unlock balance"
    r"|sleeping function called|scheduling while atomic|\bKASAN\b|\bUBSAN\b"
    r"|kmemleak: \d+ new|rcu:? INFO:.*(?:stall|detected)|rcu_\w+ (?:self-)?detected"
    r"|soft lockup|hard LOCKUP|blocked for more than|general protection"
    r"|refcount_t:|list_(?:add|del) corruption|ODEBUG:|Bad page (?:state|map)"
    r"|internal error: |workqueue lockup")
# What these words mean in the lines of a boot.
_HARMLESS = re.compile(r"KernelAddressSanitizer initialized|kasan: Kernel|UBSAN: enabled")
_BEGIN = re.compile(r"axvm-ci: begin (\S+)$")
_END = re.compile(r"axvm-ci: end (\S+)")
# Lines shown of a splat, or of the end of a dead VM's log.
CONTEXT = 45


def is_splat(line):
    return bool(_SPLAT.search(line)) and not _HARMLESS.search(line)


class Log:
    """The kernel log of one VM, read while it grows."""

    def __init__(self, path):
        self.path = path
        self.offset = 0

    def new_lines(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                data = file.read()
        except FileNotFoundError:
            return []
        # Only whole lines: the rest comes with the next call.
        data = data[:data.rfind(b"\n") + 1]
        self.offset += len(data)
        return [l.rstrip("\r") for l in data.decode(errors="replace").split("\n")[:-1]]


class Watch:
    """The messages of each job: from its begin to the next job's."""

    def __init__(self, log):
        self.log = log
        self.current = "boot"
        self.lines = {"boot": []}
        self.ended = set()

    def update(self):
        for line in self.log.new_lines():
            begin, end = _BEGIN.search(line), _END.search(line)
            if begin:
                self.current = begin.group(1)
                self.lines[self.current] = []
            if end:
                self.ended.add(end.group(1))
            self.lines[self.current].append(line)

    def tail(self, job):
        return self.lines.get(job, self.lines["boot"])

    def splat(self, job):
        """The job's first splat with what follows it, or None."""
        lines = self.lines.get(job, [])
        for index, line in enumerate(lines):
            if is_splat(line):
                return lines[index:index + CONTEXT]
        return None
