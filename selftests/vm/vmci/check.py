# SPDX-License-Identifier: GPL-2.0-only
"""Runs jobs in VMs and judges them."""

import collections
import itertools
import os
import re
import shutil
import time

from . import initramfs, klog, tap
from .backend import TOP
from .machine import Machine, cmdline

BOOT_SECONDS = 90
BOOT_TRIES = 2
# Over a job's own time-out: its end must still be reported by the VM.
GRACE_SECONDS = 20
KEEP_RUNS = 10

MARK = re.compile(r"^@@axvm-ci (\w+) ?(.*)@@$")


class Screen:
    """What a person sees: a line a job, what failed, and the sum."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, name, result, seconds, note=""):
        self.passed += result.passed
        self.failed += result.failed
        self.skipped += result.skipped
        verdict = "FAIL" if result.failed else "PASS" if result.passed else "SKIP"
        counts = [f"{result.passed} passed"]
        counts += [f"{result.failed} failed"] if result.failed else []
        counts += [f"{result.skipped} skipped"] if result.skipped else []
        print(f"  {verdict}  {name:<28} {', '.join(counts):<34} {seconds:6.1f} s", flush=True)
        for reason, times in collections.Counter(result.skips).items():
            print(f"          skipped: {reason}" + (f" ({times} times)" if times > 1 else ""))
        for point, diagnostics in result.failures:
            self.show(f"not ok {point}", diagnostics)
        for problem in result.problems:
            self.show(problem, [])
        if result.failed and note:
            print(f"          see {note}", flush=True)

    @staticmethod
    def show(headline, lines, limit=15):
        print(f"          {headline}")
        if len(lines) > limit:
            print(f"            | ... {len(lines) - limit} lines before")
        for line in lines[-limit:]:
            print(f"            | {line}")

    def total(self):
        print(f"\n{self.passed} passed, {self.failed} failed, {self.skipped} skipped",
              flush=True)


class Run:
    """The directory of one run's logs; the latest runs are kept."""

    def __init__(self, backend):
        self.directory = os.path.join(backend.log, time.strftime("%Y%m%d-%H%M%S"))
        os.makedirs(self.directory, exist_ok=True)
        latest = os.path.join(backend.log, "latest")
        if os.path.islink(latest):
            os.unlink(latest)
        os.symlink(os.path.basename(self.directory), latest)
        self.forget(backend.log)

    @staticmethod
    def forget(log):
        runs = sorted(name for name in os.listdir(log) if re.match(r"\d{8}-\d{6}$", name))
        for name in runs[:-KEEP_RUNS]:
            shutil.rmtree(os.path.join(log, name))

    def path(self, name):
        return os.path.join(self.directory, name)


class Unbooted(Exception):
    """A VM did not come up; what its console and its kernel's log have."""

    @property
    def lines(self):
        return self.args[0]


class Session:
    """One VM with a list of jobs, until it is over or dies."""

    def __init__(self, backend, run, screen, number):
        self.backend, self.run, self.screen = backend, run, screen
        self.log = run.path(f"kernel-{number}.log")
        self.watch = klog.Watch(klog.Log(self.log))
        self.grace = GRACE_SECONDS * backend.timeout_scale

    def machine(self, base, jobs):
        initrd = self.run.path("initrd")
        initramfs.host(self.backend, base, initrd, "jobs", jobs)
        return Machine(self.backend, initrd, cmdline(self.backend), self.log)

    def execute(self, base, jobs):
        """Runs jobs in order; returns those that are still to be run. Raises
        Unbooted if it got to none."""
        todo = list(jobs)
        with self.machine(base, jobs) as machine:
            self.boot(machine)
            while todo:
                job = todo.pop(0)
                if not self.job(machine, job):
                    return todo
            machine.line(time.monotonic() + self.grace)
        return todo

    def boot(self, machine):
        lines = []
        deadline = time.monotonic() + BOOT_SECONDS * self.backend.timeout_scale
        if self.until(machine, "booted", deadline, lines) is None:
            self.watch.update()
            raise Unbooted(lines + self.watch.tail("boot"))

    def until(self, machine, mark, deadline, lines=None):
        """Reads up to a mark; its argument, or None if it never came."""
        while True:
            line = machine.line(deadline)
            if line is None:
                return None
            match = MARK.match(line)
            if match and match.group(1) == mark:
                return match.group(2)
            if lines is not None:
                lines.append(line)

    def job(self, machine, job):
        """Follows one job; False when the VM can run no other after it."""
        began, lines = time.monotonic(), []
        self.until(machine, "begin", began + self.grace)
        end = self.until(machine, "end", began + job.seconds + self.grace, lines)
        seconds = time.monotonic() - began
        self.keep(job, lines)
        if end is None:
            self.dead(job, lines, machine, seconds)
            return False
        status = end.split()[-1]
        if status == "prepare":
            result = tap.Result()
            result.problems.append("; ".join(l for l in lines if l.strip()))
        elif status == "137" and seconds >= job.seconds - 1:
            result = self.unfinished(lines, f"it was stopped after {job.seconds} s (time-out)")
        else:
            result = tap.judge(lines, int(status))
        return self.finish(machine, job, result, lines, seconds)

    def finish(self, machine, job, result, lines, seconds):
        splat = self.splat(machine, job)
        if splat:
            result.problems.append("the kernel complained")
        self.screen.add(job.title, result, seconds, self.relative(job))
        if splat:
            self.screen.show("kernel log:", splat, klog.CONTEXT)
        elif result.problems:
            self.screen.show("end of its output:", [l for l in lines if l.strip()])
        # After a splat the kernel's checks are off or its state is doubtful.
        return not splat

    def splat(self, machine, job):
        """What the kernel said against the job. Its log has its own way out of
        the VM, so wait until the job's end is seen there too."""
        deadline = time.monotonic() + 5 * self.backend.timeout_scale
        self.watch.update()
        while job.name not in self.watch.ended and time.monotonic() < deadline:
            machine.pump(0.02)
            self.watch.update()
        return self.watch.splat(job.name)

    def unfinished(self, lines, problem):
        """A job without an end: what it had reported counts, and the problem."""
        result, _ = tap.parse(lines)
        result.problems.append(problem)
        return result

    def dead(self, job, lines, machine, seconds):
        """The VM ended, or does not answer any more, with this job in it."""
        if machine.running():
            problem = "the VM hung during it"
            machine.sysrq("w")  # blocked tasks
            machine.sysrq("l")  # what each CPU does
        else:
            problem = "the VM ended during it"
        result = self.unfinished(lines, problem)
        self.watch.update()
        self.screen.add(job.title, result, seconds, self.relative(job))
        splat = self.watch.splat(job.name)
        self.screen.show("kernel log:", splat or self.watch.tail(job.name), klog.CONTEXT)

    def keep(self, job, lines):
        with open(self.run.path(job.title + ".log"), "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))

    def relative(self, job):
        top = os.path.dirname(os.path.dirname(self.backend.out))
        return f"{os.path.relpath(self.run.path(job.name + '.log'), top)}, {os.path.basename(self.log)}"


def _places(jobs):
    """Jobs by the kernel and machine on which they run, in their order."""
    places = {}
    for job in jobs:
        places.setdefault((job.kernel, job.machine), []).append(job)
    return places.items()


def _sessions(backend, run, screen, base, todo, numbers):
    """As many VMs as it takes to run all jobs. The module is not in yet while a
    VM boots, so it is not to blame for one that does not: there is another try."""
    tries = BOOT_TRIES
    while todo and tries:
        session = Session(backend, run, screen, next(numbers))
        try:
            todo = session.execute(base, todo)
        except Unbooted as unbooted:
            tries -= 1
            screen.show(f"the VM did not boot; tries left: {tries}", unbooted.lines, klog.CONTEXT)
    if todo:
        result = tap.Result()
        result.problems.append("not run: " + " ".join(job.title for job in todo))
        screen.add("boot", result, 0.0)


def check(backend, jobs, screen):
    run = Run(backend)
    base = run.path("base.cpio")
    numbers = itertools.count(1)
    for place, todo in _places(jobs):
        there = backend.variant(*place)
        initramfs.host_base(there, base, todo)
        _sessions(there, run, screen, base, todo, numbers)
    for name in ("base.cpio", "initrd"):
        os.unlink(run.path(name))
