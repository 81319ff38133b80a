# SPDX-License-Identifier: GPL-2.0-only
"""Bochs. The first serial port carries what the jobs print, the second one the
kernel's messages: of a boot only the severe ones, because it waits for each
character; init sends the whole log when it is up."""

import os
import pty
import shlex
import shutil
import subprocess
import tempfile
import tty

from . import pvh
from .backend import dies_with_us
from .root import Root

# Heads and sectors: a disk's size in Bochs is a number of cylinders.
_HEADS, _SECTORS = 16, 63
_CYLINDER = _HEADS * _SECTORS * 512
# More than this it has in a file, as far as it is used. In megabytes.
_MOST_MEMORY = 2048
# The BIOS keeps its ACPI tables at the end of the memory.
_TABLES = 64 << 10

_CONFIGURATION = """\
config_interface: textconfig
display_library: rfb, options="timeout=0"
plugin_ctrl: unmapped=1, biosdev=1, serial=1, parallel=0, speaker=0
sound: driver=dummy
romimage: file={share}/BIOS-bochs-latest
vgaromimage: file={share}/VGABIOS-lgpl-latest
optromimage1: file={directory}/rom, address={rom:#x}
memory: guest={megabytes}, host={host}
ata0-master: type=disk, mode=flat, path={directory}/disk, cylinders={cylinders}, heads={heads}, spt={sectors}
boot: disk
cpu: reset_on_triple_fault=0
com1: enabled=1, mode=term, dev={terminal}
com2: enabled=1, mode=file, dev=/dev/fd/{log}
clock: sync=none, time0=utc
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
"""


class Bochs:
    """A started Bochs: see Qemu. It is Debian 13's, in a root of its own."""

    # A reboot by a triple fault ends it; by any other way it would boot again.
    log_arguments = "loglevel=4 reboot=t"
    late_log = True

    def __init__(self, backend, initrd, arguments, extra):
        self.root = Root(backend)
        command = self.root.command("usr/bin/bochs-bin")
        self.directory = tempfile.mkdtemp(prefix="axvm-bochs-")
        self.screen, terminal = pty.openpty()
        tty.setraw(terminal)
        self.keys = self.screen
        self.log, log = os.pipe()
        # Its own log is there, too: it refuses a configuration before it would open a file.
        self.said = open(os.path.join(self.directory, "said"), "w+b")
        self._configure(backend, initrd, arguments, os.ttyname(terminal), log)
        _, *machine = shlex.split(backend["EMULATOR"])
        self.process = subprocess.Popen(
            dies_with_us([*command, "-q", "-f", os.path.join(self.directory, "bochsrc"), *machine,
                          f"cpu: count={backend['CPUS']}", *backend.machine_arguments, *extra]),
            stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said,
            start_new_session=True, pass_fds=[log, terminal],
            env=os.environ | {"LTDL_LIBRARY_PATH":
                              os.path.join(self.root.libraries, "bochs/plugins")})
        # Only Bochs has them now, so that its end is seen.
        os.close(terminal)
        os.close(log)

    def _configure(self, backend, initrd, arguments, terminal, log):
        rom, disk, rc = (os.path.join(self.directory, name) for name in ("rom", "disk", "bochsrc"))
        megabytes = int(backend.of_machine("MEMORY").removesuffix("M"))
        pvh.prepare(pvh.Kernel(backend.image), arguments, initrd, megabytes, _TABLES,
                    backend["CROSS_COMPILE"] + "gcc", rom, disk)
        cylinders = -(-os.path.getsize(disk) // _CYLINDER)
        os.truncate(disk, cylinders * _CYLINDER)
        with open(rc, "w", encoding="ascii") as file:
            file.write(_CONFIGURATION.format(
                share=self.root.file("usr/share/bochs"), directory=self.directory,
                rom=pvh.ROM_ADDRESS, megabytes=megabytes, host=min(megabytes, _MOST_MEMORY),
                cylinders=cylinders, heads=_HEADS, sectors=_SECTORS,
                terminal=terminal, log=log))

    @staticmethod
    def sysrq(_letter):
        """No port of Bochs can send a break."""
        return False

    def complaints(self):
        """Why Bochs itself has ended, for the end of the kernel's log. Most often
        because the kernel powers the machine off, which is no complaint."""
        self.said.seek(0)
        return b"".join(b"bochs: " + line for line in self.said
                        if b">>PANIC<<" in line and b"soft power off" not in line)

    def close(self):
        os.close(self.screen)
        os.close(self.log)
        self.said.close()
        shutil.rmtree(self.directory)
