# SPDX-License-Identifier: GPL-2.0-only
"""An emulator of a newer Debian, in a root of its own under build/env: EMULATOR_ROOT."""

import os
import shlex

from .backend import BUILD, Problem


class Root:
    """Where it is, and how a program in it is started."""

    def __init__(self, backend):
        self.name = shlex.split(backend["EMULATOR"])[0]
        self.backend = backend
        self.path = os.path.join(BUILD, "env", self.name)
        self.libraries = self.file("usr/lib/x86_64-linux-gnu")

    def file(self, path):
        return os.path.join(self.path, path)

    def command(self, program):
        """The program, with the loader and the libraries there."""
        loader = os.path.join(self.libraries, "ld-linux-x86-64.so.2")
        if not os.path.exists(loader):
            raise Problem(f"{self.name} is not unpacked: "
                          f"run make setup BACKEND={self.backend.name}")
        return [loader, "--library-path", self.libraries, self.file(program)]
