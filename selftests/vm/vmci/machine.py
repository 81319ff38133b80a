# SPDX-License-Identifier: GPL-2.0-only
"""A running emulator: its serial console, and the kernel's log."""

import os
import select
import signal
import time

from .backend import Problem
from .bochs import Bochs
from .qemu import Qemu

_EMULATORS = {"bochs": Bochs}


def _emulator(backend):
    """What knows how to start the emulator that the description names; Qemu unless
    it is in the list above."""
    return _EMULATORS.get(backend["EMULATOR"].split()[0], Qemu)


def cmdline(backend, extra=""):
    """The kernel's command line in every VM: a panic ends it (the emulators do
    not reboot), and every message goes to the log."""
    return " ".join(filter(None, (
        f"console={backend['LOG_CONSOLE']}", _emulator(backend).log_arguments, "panic=-1", backend.of_machine("CMDLINE"), extra)))


def late_log(backend):
    """The port to which init sends what the log lacks, "" if it lacks nothing."""
    return backend["LOG_CONSOLE"].partition(",")[0] if _emulator(backend).late_log else ""


class Machine:
    """The emulator's process, its console as lines (or bytes), and the kernel's
    log, which is kept in log_path while the console is read."""

    def __init__(self, backend, initrd, arguments, log_path, extra=()):
        if not os.path.exists(backend.image):
            raise Problem(f"{backend.image} is missing: run make setup BACKEND={backend.name}"
                          + (" SANITIZE=1" if backend.sanitize else ""))
        self.emulator = _emulator(backend)(backend, initrd, arguments, extra)
        self.process = self.emulator.process
        self.screen, self.keys, self.log = (
            self.emulator.screen, self.emulator.keys, self.emulator.log)
        self.log_file = open(log_path, "wb")
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.running():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        while self._read_log():
            pass
        self.log_file.write(self.emulator.complaints())
        self.log_file.close()
        self.emulator.close()

    def _read_log(self):
        """What the kernel says to the file; False when there is no more."""
        ready, _, _ = select.select([self.log], [], [], 0)
        data = _read(self.log) if ready else b""
        self.log_file.write(data)
        self.log_file.flush()
        return bool(data)

    def read(self, seconds, others=()):
        """Some bytes of the console, b"" after seconds without any or when one of
        the others has something to be read, None when the machine is off."""
        deadline = time.monotonic() + seconds
        while True:
            wait = min(max(deadline - time.monotonic(), 0), 3600)
            ready, _, _ = select.select([self.screen, self.log, *others], [], [], wait)
            if self.log in ready and not self._read_log():
                # The emulator is gone, and with it both ends: read the other.
                ready = [self.screen]
            if self.screen in ready:
                data = _read(self.screen)
                if not data:
                    self.process.wait()  # it is ending: let running() say so
                return data or None
            if not ready or self.log not in ready:
                return b""

    def type(self, text):
        self.send(text.encode())

    def send(self, data):
        try:
            while data:
                data = data[os.write(self.keys, data):]
        except OSError:
            pass  # the machine is off; the reader finds out

    def pump(self, seconds):
        """Takes in what comes within seconds, for line() to return later;
        False when the machine is off."""
        data = self.read(seconds)
        self.buffer += data or b""
        return data is not None

    def sysrq(self, letter):
        """Makes even a hung kernel say something, where there is a way to."""
        if not self.emulator.sysrq(letter):
            return
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and self.pump(0.1):
            pass

    def line(self, deadline):
        """The next line, or None when the machine is off or time is up (then
        running() tells which)."""
        while b"\n" not in self.buffer:
            before = len(self.buffer)
            if not self.pump(deadline - time.monotonic()) or len(self.buffer) == before:
                return None
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode(errors="replace").rstrip("\r")

    def running(self):
        return self.process.poll() is None


def _read(file):
    """The end of a terminal or of a connection can be an error, too."""
    try:
        return os.read(file, 65536)
    except OSError:
        return b""
