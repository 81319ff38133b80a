# SPDX-License-Identifier: GPL-2.0-only
"""The list of tests: selftests/TESTS, one a line, as their build leaves it.

    NAME SECONDS [CONDITION...]

SECONDS is the time-out with the stock kernel on an idle machine. Conditions:

    nomodule        the module is not inserted when the test begins
    kvm             KVM's modules are inserted
    guests          the images of all guest kernels are there
    vmlinux         the usual guest kernel is there as an ELF file, too
    machine=NAME    runs on the machine that the backend describes as MACHINE_NAME,
                    and not at all where there is none
    smp             needs several host CPUs: where the usual machine has one, runs as
                    with machine=smp
    kernel=NAME     runs with this host kernel, and not at all where there is none
    kernels         runs once with each host kernel
    backend=NAME    only on this backend
    long            not on a backend that says SLOW
    stock           not with the sanitizer kernel
    sanitize        only with the sanitizer kernel
    last            after all others
"""

import os
import re

from .backend import Problem, VM_DIR

_CONDITION = re.compile(r"^(nomodule|kvm|guests|vmlinux|smp|kernels|long|stock|sanitize|last"
                        r"|machine=\w+|backend=\w+|kernel=[\w.]+)$")


class Job:
    """A line of the list, with the host kernel and the machine on which it is to run,
    and a title that tells it from the same test elsewhere."""

    def __init__(self, text, where, kernel="", machine="", title=""):
        fields = text.split()
        if len(fields) < 2 or not fields[1].isdigit():
            raise Problem(f'{where}: "{text}" is not "NAME SECONDS [CONDITION...]"')
        self.name, self.conditions = fields[0], fields[2:]
        self.seconds = int(fields[1])
        self.kernel, self.machine, self.title = kernel, machine, title or self.name
        for condition in self.conditions:
            if not _CONDITION.match(condition):
                raise Problem(f'{where}: {self.name} has an unknown condition "{condition}"')

    def value(self, key):
        """Of a condition key=value; "" without one."""
        for condition in self.conditions:
            if condition.startswith(key + "="):
                return condition.partition("=")[2]
        return ""

    def line(self):
        """As the VM's init reads it."""
        return " ".join((self.name, str(self.seconds), *self.conditions))


def _read(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as file:
        lines = (line.partition("#")[0].strip() for line in file)
        return [Job(line, path) for line in lines if line]


def _wanted(job, backend):
    unwanted = {"sanitize": not backend.sanitize, "stock": backend.sanitize,
                "long": backend.get("SLOW")}
    return (job.value("backend") in ("", backend.name)
            and not any(unwanted.get(condition) for condition in job.conditions))


def _machine(job, backend):
    """The name of the machine for a job, None if there is none."""
    name = job.value("machine")
    if not name and "smp" in job.conditions and backend["CPUS"] == "1":
        name = "smp"
    return name if not name or backend.get(f"MACHINE_{name}") else None


def _kernels(job, backend, machine, only):
    """The names of the host kernels for a job."""
    if "kernels" in job.conditions and not only:
        return backend.kernels
    wanted = job.value("kernel") or only or backend.variant(machine=machine).kernel
    return [wanted] if wanted in backend.kernels and only in ("", wanted) else []


def _places(job, backend, only):
    """The job for each place where it is to run."""
    machine = _machine(job, backend)
    if machine is None or not _wanted(job, backend):
        return
    for kernel in _kernels(job, backend, machine, only):
        usual = kernel == backend.kernels[0]
        yield Job(job.line(), "", kernel,
                  machine or ("" if usual or only else backend.machine_with(kernel)),
                  job.name if usual or only else f"{job.name}-{kernel}")


def _tell_apart(jobs):
    """A test that runs on another machine, too, has that in its title there."""
    titles = set()
    for job in jobs:
        if job.title in titles:
            job.title += f"-{job.machine}"
        titles.add(job.title)


def load(backend, name=None, only=""):
    """The jobs for this backend in their order; with a name only that one, with a host
    kernel only what runs there."""
    jobs = _read(os.path.join(backend.out, "selftests", "TESTS"))
    jobs += _read(os.path.join(VM_DIR, "jobs", "TESTS"))
    jobs = [place for job in jobs for place in _places(job, backend, only)]
    for job in jobs:
        job.seconds = round(job.seconds
                            * backend.variant(job.kernel, job.machine).timeout_scale)
    _tell_apart(jobs)
    if name and name not in (job.name for job in jobs):
        raise Problem(f'there is no test "{name}" for {backend.name}; there are: '
                      + " ".join(sorted({job.name for job in jobs})))
    return sorted((job for job in jobs if name in (None, job.name)),
                  key=lambda job: "last" in job.conditions)
