# SPDX-License-Identifier: GPL-2.0-only
"""A running emulator: what it is started with, and its serial console."""

import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import time

from .backend import Problem


class Qemu:
    """QEMU's command line. The serial port carries what the jobs print; the
    kernel's messages leave by a virtio console, for the character device log."""

    log_console = "hvc0"

    @staticmethod
    def command(backend, initrd, arguments, log, extra=()):
        return [*shlex.split(backend["EMULATOR"]),
                "-smp", backend["CPUS"], "-m", backend["MEMORY"],
                "-kernel", backend.image, "-initrd", initrd, "-append", arguments,
                "-chardev", f"{log},id=log",
                "-device", "virtio-serial-pci", "-device", "virtconsole,chardev=log",
                *extra, *backend.machine_arguments]


# The serial port for a script, and for a person (whose Ctrl-A x ends it).
SCRIPTED = ("-monitor", "none", "-serial", "stdio")
INTERACTIVE = ("-serial", "mon:stdio")


def cmdline(backend, extra=""):
    """The kernel's command line in every VM: a panic ends it (the emulators do
    not reboot), and every message goes to the log."""
    return " ".join(filter(None, (
        f"console={Qemu.log_console} loglevel=8 panic=-1", backend.get("CMDLINE"), extra)))


def emulator(backend, initrd, arguments, log, extra):
    """The whole command, if there is what it needs."""
    command = Qemu.command(backend, initrd, arguments, log, extra)
    if not shutil.which(command[0]):
        raise Problem(f"{command[0]} is not installed: run make setup")
    if not os.path.exists(backend.image):
        raise Problem(f"{backend.image} is missing: run make setup BACKEND={backend.name}"
                      + (" SANITIZE=1" if backend.sanitize else ""))
    return command


class Machine:
    """The emulator's process, its console as lines (or bytes), and the kernel's
    log, which is kept in log_path while the console is read."""

    def __init__(self, backend, initrd, arguments, log_path, extra=SCRIPTED):
        self.log, log_end = socket.socketpair()
        command = emulator(backend, initrd, arguments, f"socket,fd={log_end.fileno()}", extra)
        self.log_file = open(log_path, "wb")
        # An emulator must not outlive a runner that was killed.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
            pass_fds=[log_end.fileno()])
        log_end.close()
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.running():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        while self._read_log():
            pass
        self.log_file.close()
        self.log.close()

    def _read_log(self):
        """What the kernel says to the file; False when there is no more."""
        ready, _, _ = select.select([self.log], [], [], 0)
        try:
            data = self.log.recv(65536) if ready else b""
        except ConnectionResetError:
            data = b""
        self.log_file.write(data)
        self.log_file.flush()
        return bool(data)

    def read(self, seconds):
        """Some bytes of the console, b"" after seconds without any, None when
        the machine is off."""
        deadline = time.monotonic() + seconds
        while True:
            wait = min(max(deadline - time.monotonic(), 0), 3600)
            ready, _, _ = select.select([self.process.stdout, self.log], [], [], wait)
            if self.log in ready and not self._read_log():
                # The emulator is gone, and with it both ends: read the other.
                ready = [self.process.stdout]
            if self.process.stdout in ready:
                data = os.read(self.process.stdout.fileno(), 65536)
                if not data:
                    self.process.wait()  # it is ending: let running() say so
                return data or None
            if not ready:
                return b""

    def type(self, text):
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the machine is off; the reader finds out

    def pump(self, seconds):
        """Takes in what comes within seconds, for line() to return later;
        False when the machine is off."""
        data = self.read(seconds)
        self.buffer += data or b""
        return data is not None

    def sysrq(self, letter):
        """Makes even a hung kernel say something: on a virtual console, SysRq
        is Ctrl-O and the letter."""
        try:
            self.log.send(b"\x0f" + letter.encode())
        except BrokenPipeError:
            return  # the machine is off
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
