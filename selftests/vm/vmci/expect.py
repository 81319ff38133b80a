# SPDX-License-Identifier: GPL-2.0-only
"""Types at a console and waits for answers, showing all of it as it comes."""

import re
import sys
import time

from .backend import Problem


class Console:
    """The console of a machine, for a script that uses it as a person would."""

    def __init__(self, machine):
        self.machine = machine
        self.text = ""

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
        text = data.decode(errors="replace")
        sys.stdout.write(text)
        sys.stdout.flush()
        self.text += text.replace("\r", "")

    def command(self, line, prompt, seconds):
        """Types a command; what it printed until the prompt, and the prompt."""
        self.machine.type(line + "\n")
        # A terminal echoes what is typed: that line is not the answer.
        self.expect(re.escape(line[-20:]) + r".*\n", seconds, f'the echo of "{line}"')
        return self.expect(prompt, seconds, f'the end of "{line}"')
