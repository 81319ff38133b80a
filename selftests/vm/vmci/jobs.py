# SPDX-License-Identifier: GPL-2.0-only
"""The list of tests: selftests/TESTS, one a line, as their build leaves it.

    NAME SECONDS [CONDITION...]

SECONDS is the time-out with the stock kernel on an idle machine. Conditions:

    nomodule        the module is not inserted when the test begins
    kvm             KVM's modules are inserted
    machine=NAME    runs on the machine that the backend describes as MACHINE_NAME,
                    and not at all where there is none
    stock           not with the sanitizer kernel
    sanitize        only with the sanitizer kernel
    last            after all others
"""

import os
import re

from .backend import Problem, VM_DIR

_CONDITION = re.compile(r"^(nomodule|kvm|stock|sanitize|last|machine=\w+)$")


class Job:
    def __init__(self, text, where):
        fields = text.split()
        if len(fields) < 2 or not fields[1].isdigit():
            raise Problem(f'{where}: "{text}" is not "NAME SECONDS [CONDITION...]"')
        self.name, self.conditions = fields[0], fields[2:]
        self.seconds = int(fields[1])
        for condition in self.conditions:
            if not _CONDITION.match(condition):
                raise Problem(f'{where}: {self.name} has an unknown condition "{condition}"')

    @property
    def machine(self):
        """The machine it needs, "" for the backend's usual one."""
        for condition in self.conditions:
            if condition.startswith("machine="):
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
    if job.machine and not backend.get(f"MACHINE_{job.machine}"):
        return False
    if "stock" in job.conditions and backend.sanitize:
        return False
    return "sanitize" not in job.conditions or backend.sanitize


def load(backend, name=None):
    """The jobs for this backend in their order; only one if it is named."""
    jobs = _read(os.path.join(backend.out, "selftests", "TESTS"))
    jobs += _read(os.path.join(VM_DIR, "jobs", "TESTS"))
    jobs = [job for job in jobs if _wanted(job, backend)]
    if name:
        found = [job for job in jobs if job.name == name]
        if not found:
            raise Problem(f'there is no test "{name}" for {backend.name}; there are: '
                          + " ".join(sorted(job.name for job in jobs)))
        return found
    for job in jobs:
        job.seconds = round(job.seconds * backend.timeout_scale)
    return sorted(jobs, key=lambda job: "last" in job.conditions)
