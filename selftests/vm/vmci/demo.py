# SPDX-License-Identifier: GPL-2.0-only
"""The main job, shown: a CI VM inserts the module and boots a stock kernel as
guest, whose console is then used. It fails unless all of that happens."""

import os
import re
import tempfile
import time

from . import initramfs
from .backend import Problem
from .expect import Console
from .machine import Machine, SCRIPTED, cmdline

HOST = "axvm-host# "
GUEST = "axvm-guest# "
BOOT_SECONDS = 240
SECONDS = 60


def _guest_command(backend, cpus):
    return (f"axvm-run --cpus {cpus} --memory 512M --initrd /axvm/guest/initrd"
            f" --append console={backend['GUEST_CONSOLE']} /axvm/guest/Image")


def _ask(console, line, wanted):
    """A command in the guest, and what its answer must contain."""
    answer, prompt = console.command(line, f"{GUEST}|{HOST}", SECONDS)
    if prompt == HOST:
        raise Problem(f'axvm-run ended at "{line}"')
    if not re.search(wanted, answer, re.M):
        raise Problem(f'the guest answered "{line}" without /{wanted}/')


def _host(console):
    """The VM is up, with the module in it."""
    console.expect(HOST, BOOT_SECONDS, "the CI VM's shell")
    answer, _ = console.command("lsmod; ls -l /dev/axvm", HOST, SECONDS)
    if not re.search(r"^crw.*/dev/axvm$", answer, re.M):
        raise Problem("the module is not in: there is no /dev/axvm")


def _boot_guest(console, backend, cpus):
    _, prompt = console.command(_guest_command(backend, cpus), f"{GUEST}|{HOST}", BOOT_SECONDS)
    if prompt == HOST:
        raise Problem("axvm-run ended before the guest had a shell")


def _play(console, backend, cpus):
    _host(console)
    _boot_guest(console, backend, cpus)
    _ask(console, "uname -a", r"^Linux axvm-guest \S+ .*GNU/Linux$")
    _ask(console, "nproc", rf"^{cpus}$")
    _ask(console, "head -n 4 /proc/cpuinfo", r"^processor\s*: 0$")
    _ask(console, "echo $((6 * 7)) is typed and computed", r"^42 is")
    console.command("poweroff", HOST, SECONDS)
    status, _ = console.command("echo status=$?", HOST, SECONDS)
    if "status=0" not in status.split():
        raise Problem(f"axvm-run ended with {status.strip()} after the guest's poweroff")
    console.machine.type("exit\n")


def run(backend, cpus=2):
    began = time.monotonic()
    os.makedirs(backend.log, exist_ok=True)
    log = os.path.join(backend.log, "demo-kernel.log")
    with tempfile.TemporaryDirectory() as directory:
        initrd = initramfs.alone(backend, directory, "shell")
        with Machine(backend, initrd, cmdline(backend), log, SCRIPTED) as machine:
            try:
                _play(Console(machine), backend, cpus)
            except Problem as problem:
                print(f"\n\ndemo FAILED: {problem}\n  (the host kernel's log: {os.path.relpath(log)})")
                return 1
    print(f"\n\ndemo passed: a Debian kernel booted as guest of axvm ({backend.name},"
          f" {cpus} vCPUs), its shell answered, and it powered off"
          f" ({time.monotonic() - began:.0f} s)")
    return 0
