# SPDX-License-Identifier: GPL-2.0-only
"""Types at a console and waits for answers."""

import re
import time

from .backend import Problem

# busybox asks the terminal where its cursor is; nobody is there to answer.
_QUESTION = "\x1b[6n"


class Console:
    """The console of a machine, for a script that uses it as a person would;
    show is called with each line that appears."""

    def __init__(self, machine, show):
        self.machine = machine
        self.show = show
        self.text = ""
        self.line = ""

    def expect(self, pattern, seconds, what):
        """Waits until pattern appears; the text before it, and the match."""
        deadline = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.text)
            if match:
                before, self.text = self.text[:match.start()], self.text[match.end():]
                return before, match.group()
            self._more(deadline, what)

    def _more(self, deadline, what):
        data = self.machine.read(deadline - time.monotonic())
        if data is None:
            raise Problem(f"the machine went off before {what}")
        if not data:
            raise Problem(f"time is up: waited for {what}")
        text = data.decode(errors="replace").replace("\r", "")
        self.text = (self.text + text).replace(_QUESTION, "")
        *lines, self.line = (self.line + text).replace(_QUESTION, "").split("\n")
        for line in lines:
            self.show(line)

    def command(self, line, prompt, seconds):
        """Types a command; what it printed until the prompt, and the prompt."""
        self.machine.type(line + "\n")
        # A terminal echoes what is typed: that line is not the answer.
        self.expect(re.escape(line[-20:]) + r".*\n", seconds, f'the echo of "{line}"')
        return self.expect(prompt, seconds, f'the end of "{line}"')
