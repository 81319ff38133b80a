# SPDX-License-Identifier: GPL-2.0-only
"""A CI VM by hand: a shell in it, or one command line."""

import contextlib
import os
import select
import sys
import tempfile
import termios
import tty

from . import check, initramfs, klog
from .jobs import Job
from .machine import Machine, cmdline

ESCAPE = b"\x01"  # Ctrl-A
FOREVER = 7 * 24 * 3600


def interactive(backend):
    with tempfile.TemporaryDirectory() as directory:
        os.makedirs(backend.log, exist_ok=True)
        log = os.path.join(backend.log, "shell-kernel.log")
        print(f"Ctrl-A x ends it; the kernel's log: {os.path.relpath(log)}", flush=True)
        initrd = initramfs.alone(backend, directory, "shell")
        with Machine(backend, initrd, cmdline(backend), log) as machine, _raw(sys.stdin):
            _connect(machine)
    return 0


@contextlib.contextmanager
def _raw(terminal):
    """The terminal passes every key on; afterwards it is as it was."""
    if not terminal.isatty():
        yield
        return
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _connect(machine):
    """Keys to the VM, its answers to the screen, until it is off or Ctrl-A x is
    typed; Ctrl-A twice is one for the VM."""
    keyboard, escaped = [sys.stdin.fileno()], False
    while True:
        data = machine.read(3600, keyboard)
        if data is None:
            return
        os.write(sys.stdout.fileno(), data)
        if not keyboard or not select.select(keyboard, [], [], 0)[0]:
            continue
        keys = os.read(keyboard[0], 4096)
        if not keys:
            keyboard = []  # a script has typed all it had
        for key in (keys[index:index + 1] for index in range(len(keys))):
            if escaped and key == b"x":
                return
            escaped = key == ESCAPE and not escaped
            if not escaped:
                machine.send(key)


def execute(backend, line):
    """Runs line in the VM's shell, with the module in; its status is ours."""
    status = None
    with tempfile.TemporaryDirectory() as directory:
        os.makedirs(backend.log, exist_ok=True)
        # Several may run at once. All of it is shown, so only a log that was
        # not shown stays: that of a run which was stopped.
        log = os.path.join(backend.log, f"execute-{os.getpid()}-kernel.log")
        job = Job(f"script {FOREVER}" + ("" if os.path.exists(backend.module) else " nomodule"),
                  "execute")
        initrd = initramfs.alone(backend, directory, "jobs", [job], line)
        with Machine(backend, initrd, cmdline(backend), log) as machine:
            status = _relay(machine)
        _show_kernel_log(log)
        os.unlink(log)
    return status


def _relay(machine):
    """Shows what the job prints; its status, or 1 if the VM ended under it."""
    inside, status = False, 1
    while machine.running() or machine.buffer:
        text = machine.line(float("inf"))
        if text is None:
            break
        mark = check.MARK.match(text)
        if not mark:
            if inside:
                print(text, flush=True)
            continue
        inside = mark.group(1) == "begin"
        if mark.group(1) == "end":
            end = mark.group(2).split()[-1]
            status = int(end) if end.isdigit() else 1
    return status


def _show_kernel_log(path):
    watch = klog.Watch(klog.Log(path))
    watch.update()
    print("--- kernel log since the module went in")
    print("\n".join(watch.tail("script")))
