# SPDX-License-Identifier: GPL-2.0-only
"""Instructions per operation, axvm and KVM side by side, in one VM whose
emulator counts them. axvm-bench measures; this boots, shows and keeps."""

import os
import shlex
import tempfile

from . import check, initramfs, klog
from .backend import BUILD, Problem, TOP
from .jobs import Job
from .machine import Machine, cmdline

# In the VM's time, which the emulator derives from the instructions: what a
# boot leaves behind must be over, or it is counted too.
SETTLE_SECONDS = 10
# A time-out in the VM's time can only be generous.
SECONDS = 24 * 3600

BEGIN, END = "BENCH-BEGIN", "BENCH-END"
COLUMNS = "operation\taxvm\tkvm"
NOT_MEASURED = "-"
# What it says besides the table, on the same console.
MESSAGE = "axvm-bench: "


class Row:
    """One operation: what axvm and KVM need for it."""

    def __init__(self, line):
        fields = line.split("\t")
        try:
            self.operation, self.axvm, self.kvm = fields
            for figure in self.axvm, self.kvm:
                _ = figure == NOT_MEASURED or float(figure)
        except ValueError:
            raise Problem(f'axvm-bench printed "{line}", which is no row') from None

    @property
    def ratio(self):
        if NOT_MEASURED in (self.axvm, self.kvm) or not float(self.kvm):
            return NOT_MEASURED
        return f"{float(self.axvm) / float(self.kvm):.3f}"

    def fields(self):
        return self.operation, self.axvm, self.kvm, self.ratio


class Table:
    """Shows each row when it comes; knows whether the last one has."""

    def __init__(self):
        self.rows = []
        self.inside = self.complete = False

    @staticmethod
    def show(operation, axvm, kvm, ratio):
        print(f"  {operation:<36} {axvm:>12} {kvm:>12} {ratio:>8}", flush=True)

    def line(self, text):
        """Takes a line of axvm-bench; False if it is not for the table."""
        if text == BEGIN:
            self.inside = True
            self.show("instructions per operation", "axvm", "kvm", "ratio")
        elif text == END:
            self.inside, self.complete = False, True
        elif self.inside and text != COLUMNS and not text.startswith(MESSAGE):
            self.rows.append(Row(text))
            self.show(*self.rows[-1].fields())
        return (self.inside or text == END) and not text.startswith(MESSAGE)

    def write(self, path):
        with open(path + ".tmp", "w", encoding="ascii") as file:
            file.write(f"{COLUMNS}\tratio\n")
            for row in self.rows:
                file.write("\t".join(row.fields()) + "\n")
        os.replace(path + ".tmp", path)


def _measure(machine, table):
    """Follows the VM until the job is over; its status, and what it printed
    besides the table."""
    inside, others = False, []
    while True:
        line = machine.line(float("inf"))
        if line is None:
            raise Problem("\n  ".join(["the VM ended before the measurement did", *others[-15:]]))
        mark = check.MARK.match(line)
        if mark and mark.group(1) == "end":
            return mark.group(2).split()[-1], others
        if mark:
            inside = mark.group(1) == "begin"
        elif inside and line and not table.line(line):
            others.append(line)


def _judge(table, status, others, log):
    if status != "0" or not table.complete:
        raise Problem("\n  ".join([f"axvm-bench ended with status {status}", *others[-15:]]))
    watch = klog.Watch(klog.Log(log))
    watch.update()
    splat = watch.splat("script")
    if splat:
        raise Problem("\n  ".join(["the kernel complained during the measurement:", *splat]))


def _guest(backend):
    """The whole guest that is one of the rows; it powers off by itself."""
    return ["--kernel", "/axvm/guest/Image", "--initrd", "/axvm/guest/initrd",
            "--append", f"console={backend['GUEST_CONSOLE']} axvm.test=poweroff"]


def _run(backend, arguments, table):
    log = os.path.join(backend.log, "bench-kernel.log")
    os.makedirs(backend.log, exist_ok=True)
    script = f"sleep {SETTLE_SECONDS}\nexec axvm-bench {shlex.join(_guest(backend) + arguments)}"
    extra = shlex.split(backend.get("BENCH_EMULATOR_ARGS"))
    with tempfile.TemporaryDirectory() as directory:
        initrd = initramfs.alone(backend, directory, "jobs", [Job(f"script {SECONDS} kvm", "bench")],
                                 script)
        with Machine(backend, initrd, cmdline(backend, backend["BENCH_CMDLINE"]), log,
                     extra) as machine:
            status, others = _measure(machine, table)
    _judge(table, status, others, log)
    return others


def run(backend, arguments):
    """The whole table is kept for others to read; a part of it is only shown."""
    table = Table()
    print(f"bench ({backend.name}): booting, then {SETTLE_SECONDS} s of the VM's time to settle",
          flush=True)
    for line in _run(backend, arguments, table):
        print(f"  {line}")
    if not arguments:
        path = os.path.join(BUILD, f"bench-{backend.name}.tsv")
        table.write(path)
        print(f"\n{len(table.rows)} rows, also in {os.path.relpath(path, TOP)}")
    return 0
