# SPDX-License-Identifier: GPL-2.0-only
"""QEMU. The serial port carries what the jobs print; the kernel's messages leave by
a second one or, on a machine that has only one, by a virtio console."""

import shlex
import shutil
import socket
import subprocess

from .backend import Problem, dies_with_us
from .root import Root


def _start(backend, program):
    """The system's own, or the one of a newer Debian."""
    if backend.get("EMULATOR_ROOT"):
        root = Root(backend)
        return [*root.command(f"usr/bin/{program}"),
                "-L", root.file("usr/share/qemu"), "-L", root.file("usr/share/seabios")]
    if not shutil.which(program):
        raise Problem(f"{program} is not installed: run make setup BACKEND={backend.name}")
    return [program]


class Qemu:
    """A started QEMU: its process, and files for what the VM prints (screen), what is
    typed there (keys), and the kernel's log."""

    log_arguments = "loglevel=8"
    late_log = False

    def __init__(self, backend, initrd, arguments, extra):
        program, *machine = shlex.split(backend["EMULATOR"])
        self.virtio = backend["LOG_CONSOLE"].startswith("hvc")
        self.socket, end = socket.socketpair()
        command = [
            *_start(backend, program), *machine,
            "-smp", backend["CPUS"], "-m", backend.of_machine("MEMORY"),
            "-kernel", backend.image, "-initrd", initrd, "-append", arguments,
            "-monitor", "none", "-serial", "stdio",
            *self._log_device(f"socket,fd={end.fileno()},id=log"),
            *backend.machine_arguments, *extra]
        self.process = subprocess.Popen(
            dies_with_us(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, pass_fds=[end.fileno()])
        end.close()
        self.screen, self.keys = self.process.stdout.fileno(), self.process.stdin.fileno()
        self.log = self.socket.fileno()

    def _log_device(self, chardev):
        if self.virtio:
            return ["-chardev", chardev, "-device", "virtio-serial-pci",
                    "-device", "virtconsole,chardev=log"]
        return ["-chardev", chardev + ",mux=on", "-serial", "chardev:log"]

    def sysrq(self, letter):
        """On a virtual console, SysRq is Ctrl-O and the letter; on a serial port a
        break, which to QEMU is Ctrl-A b."""
        try:
            self.socket.send((b"\x0f" if self.virtio else b"\x01b") + letter.encode())
        except OSError:
            return False  # the machine is off
        return True

    @staticmethod
    def complaints():
        """QEMU's own messages are among what the VM prints."""
        return b""

    def close(self):
        self.socket.close()
