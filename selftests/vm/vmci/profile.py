# SPDX-License-Identifier: GPL-2.0-only
"""Where the instructions of one row of the bench are executed. QEMU writes down the
address of each: one instruction a block, and only while the row is measured, which
axvm-bench waits for. No plugin, and nothing is added to what is measured."""

import collections
import itertools
import os
import shlex
import socket
import tempfile
import time

from . import bench, check, initramfs
from .backend import Problem
from .jobs import Job
from .machine import Machine, cmdline
from .symbols import GUEST, Symbols

# QEMU's words for it; 8.1 has renamed the first.
SINGLE = ("one-insn-per-tb on", "singlestep on")
PROMPT = b"(qemu) "
PORT = "axvm.symbols"


class Monitor:
    """QEMU's monitor, for people, on a socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self._answer()

    def _answer(self):
        text = b""
        while not text.endswith(PROMPT):
            data = self.socket.recv(65536)
            if not data:
                raise Problem("the emulator has closed its monitor")
            text += data
        return text.decode(errors="replace")

    def command(self, line):
        self.socket.sendall(line.encode() + b"\n")
        answer = self._answer()
        return "unknown command" not in answer

    def log_to(self, path):
        self.command(f"logfile {path}")
        if not any(self.command(line) for line in SINGLE):
            raise Problem("this QEMU cannot execute single instructions")
        self.command("log exec,nochain")

    def log_no_more(self):
        self.command("log none")


def _script(arguments):
    """What the VM does: settle, tell its symbols, measure."""
    return "\n".join((
        f"sleep {bench.SETTLE_SECONDS}",
        "for port in /sys/class/virtio-ports/*; do",
        f'  ! grep -qs {PORT} "$port/name" || cat /proc/kallsyms >"/dev/${{port##*/}}"',
        "done",
        ". /axvm/vm.conf",
        f"exec axvm-bench {shlex.join(arguments)} </dev/$CONSOLE"))


def _wait(machine, wanted):
    said = []
    while True:
        line = machine.line(float("inf"))
        if line is None:
            raise Problem("\n  ".join(["the VM ended too early", *said[-15:]]))
        if line == wanted:
            return
        mark = check.MARK.match(line)
        if mark and mark.group(1) == "end":
            raise Problem("\n  ".join(["axvm-bench ended too early", *said[-15:]]))
        if mark:
            said.clear()
        elif line:
            said.append(line)


def _connect(path):
    for _ in range(100):
        try:
            return Monitor(path)
        except (FileNotFoundError, ConnectionRefusedError):
            time.sleep(0.1)  # not made yet, or not listened to
    raise Problem("the emulator has no monitor")


def _record(backend, directory, arguments):
    """Boots and measures; leaves kallsyms and trace in the directory."""
    def there(name):
        return os.path.join(directory, name)

    os.makedirs(backend.log, exist_ok=True)
    initrd = initramfs.alone(backend, directory, "jobs",
                             [Job(f"script {bench.SECONDS} kvm", "profile")], _script(arguments))
    extra = ("-monitor", f"unix:{there('monitor')},server=on,wait=off",
             "-chardev", f"file,id=symbols,path={there('kallsyms')}",
             "-device", f"virtserialport,chardev=symbols,name={PORT}",
             *shlex.split(backend["BENCH_EMULATOR_ARGS"]))
    with Machine(backend, initrd, cmdline(backend, backend["BENCH_CMDLINE"]),
                 os.path.join(backend.log, "profile-kernel.log"), extra) as machine:
        monitor = _connect(there("monitor"))
        _wait(machine, "BENCH-WAIT")
        monitor.log_to(there("trace"))
        machine.type("\n")
        _wait(machine, "BENCH-DONE")
        monitor.log_no_more()


def _executed(path, begin, end):
    """The addresses between the two marks, in order."""
    def addresses():
        with open(path, "rb") as file:
            for line in file:
                if line.startswith(b"Trace "):
                    yield int(line.split(b"/", 2)[1], 16)

    inside = itertools.dropwhile(lambda pc: pc != begin, addresses())
    return list(itertools.takewhile(lambda pc: pc != end, inside))


class Profile:
    """The addresses that were executed for a number of operations."""

    def __init__(self, pcs, symbols, operations):
        self.pcs, self.operations = pcs, operations
        self.counts = collections.Counter(pcs)
        self.where = {pc: symbols.lookup(pc) for pc in self.counts}

    def functions(self):
        """Instructions and entries of each function, most first."""
        instructions, entries = collections.Counter(), collections.Counter()
        for pc, count in self.counts.items():
            name, owner, begin = self.where[pc]
            instructions[name, owner] += count
            if pc == begin:
                entries[name, owner] += count
        return [(who, count, entries[who]) for who, count in instructions.most_common()]

    def owners(self):
        sums = collections.Counter()
        for pc, count in self.counts.items():
            sums[self.where[pc][1]] += count
        return sums.most_common()

    def _turning_point(self):
        """An address that every operation passes once, in the guest if it can be."""
        once = [pc for pc, count in self.counts.items() if count == self.operations]
        if not once:
            raise Problem("no instruction is executed once for each operation")
        return min(once, key=lambda pc: (self.where[pc][1] != GUEST, pc))

    def path(self):
        """One operation from the middle: functions in order, with instructions."""
        one = self.pcs
        if self.operations > 2:
            turn = self._turning_point()
            turns = [index for index, pc in enumerate(self.pcs) if pc == turn]
            one = one[turns[self.operations // 2 - 1]:turns[self.operations // 2]]
        for who, run in itertools.groupby(one, key=lambda pc: self.where[pc][:2]):
            yield who, len(list(run))

    def _each(self, count):
        return count / self.operations

    def show(self, limit=0.5):
        print(f"{'instructions':>12} {'calls':>8}  function; all for one of {self.operations}"
              " operations")
        rest = 0
        for (name, owner), count, entries in self.functions():
            if self._each(count) < limit:
                rest += count
                continue
            print(f"{self._each(count):12.1f} {self._each(entries):8.2f}  {name} [{owner}]")
        print(f"{self._each(rest):12.1f}           all others\n")
        for owner, count in self.owners():
            print(f"{self._each(count):12.1f}           [{owner}]")
        print(f"{self._each(len(self.pcs)):12.1f}           in all")

    def show_path(self):
        print("\nOne operation, in order:")
        for (name, owner), count in self.path():
            print(f"{count:12}  {name} [{owner}]")


def run(backend, row, driver, operations, path):
    if not backend["EMULATOR"].startswith("qemu"):
        raise Problem("only QEMU writes down what it executes")
    arguments = ["--driver", driver, "--runs", "1", "--operations", str(operations), "--wait", row]
    program = os.path.join(backend.out, "tools", "axvm-bench")
    symbols = Symbols()
    with tempfile.TemporaryDirectory() as directory:
        values = symbols.read_program(program, backend["CROSS_COMPILE"] + "nm")
        _record(backend, directory, arguments)
        symbols.read_kallsyms(os.path.join(directory, "kallsyms"))
        symbols.seal()
        pcs = _executed(os.path.join(directory, "trace"), values["profile_begin"],
                        values["profile_end"])
    if not pcs:
        raise Problem("the emulator wrote down nothing of the row")
    profile = Profile(pcs, symbols, operations)
    profile.show()
    if path:
        profile.show_path()
    return 0
