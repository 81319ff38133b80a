# SPDX-License-Identifier: GPL-2.0-only
"""A backend's description, and where its files are."""

import os
import re
import shlex

from . import modules

VM_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(os.path.dirname(VM_DIR))
BUILD = os.path.join(TOP, "build")


def dies_with_us(command):
    """The command, so that it does not outlive a runner that was killed."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *command]


class Problem(Exception):
    """Something a person has to mend; the text says what and how."""


def names():
    return sorted(os.listdir(os.path.join(VM_DIR, "backends")))


def _values(path):
    """KEY = value; $(KEY) in it is the value that an earlier line has given, as in make."""
    values = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            key, equals, value = line.partition(" = ")
            if equals and not key.startswith("#"):
                values[key] = re.sub(r"\$\((\w+)\)", lambda name: values.get(name[1], ""),
                                     value.strip())
    return values


def read_description(name):
    """The backend's own values, and its architecture's."""
    path = os.path.join(VM_DIR, "backends", name)
    if not os.path.isfile(path):
        raise Problem(f'there is no backend "{name}"; there are: {" ".join(names())}')
    own = _values(path)
    return _values(os.path.join(VM_DIR, "arch", own["ARCH"])) | own


class Backend:
    """One backend: with a stock kernel or with the sanitizer kernel as host, and as
    its usual machine or as another that its description has."""

    def __init__(self, name, sanitize=False, kernel="", machine=""):
        self.name = name
        self.sanitize = sanitize
        self.values = read_description(name)
        self.machine = machine
        if machine and not self.get(f"MACHINE_{machine}"):
            raise Problem(f"selftests/vm/backends/{name} has no MACHINE_{machine}")
        # A machine can have a host kernel of its own.
        self.kernel = kernel or (not sanitize and self._own("KERNEL")) or self.kernels[0]
        if self.kernel not in self.kernels:
            raise Problem(f'{name} has no host kernel "{kernel}"; there are: '
                          + " ".join(self.kernels))
        self.env = os.path.join(BUILD, "env", self["DEB_ARCH"])
        # What is built is the same for all backends of an architecture.
        self.out = os.path.join(BUILD, self["ARCH"])
        self.log = os.path.join(BUILD, name + ("-sanitize" if sanitize else ""), "log")
        key = "SANITIZE_TIMEOUT_SCALE" if sanitize else "TIMEOUT_SCALE"
        self.timeout_scale = float(self.of_machine(key))

    def __getitem__(self, key):
        try:
            return self.values[key]
        except KeyError:
            raise Problem(f"selftests/vm/backends/{self.name} has no {key}") from None

    def get(self, key, default=""):
        return self.values.get(key, default)

    def _own(self, key):
        return self.get(f"{key}_{self.machine}") if self.machine else ""

    def of_machine(self, key):
        """This machine's own value, or the one of all machines."""
        return self._own(key) or self.get(key)

    def machine_with(self, kernel):
        """The machine whose host kernel this is; "", the usual one, without such."""
        for key, value in self.values.items():
            if key.startswith("KERNEL_") and value == kernel:
                return key.partition("_")[2]
        return ""

    def variant(self, kernel="", machine=""):
        """The same backend with another host kernel, as another machine."""
        return Backend(self.name, self.sanitize, kernel, machine)

    @property
    def kernels(self):
        """The names of the kernels that are hosts; the first is the usual one."""
        return ["sanitize"] if self.sanitize else self["KERNELS"].split()

    @property
    def guest_kernels(self):
        """Those that axvm-run boots, stock kernels all; the first is the usual one."""
        return self.get("GUEST_KERNELS", self["KERNELS"]).split()

    @property
    def machine_arguments(self):
        """What makes the emulator this machine."""
        return shlex.split(self[f"MACHINE_{self.machine}"]) if self.machine else []

    def guest_image(self, kernel):
        return os.path.join(self.env, kernel, "Image")

    @property
    def image(self):
        if self.sanitize:
            return os.path.join(self.env + "-sanitize", self["SANITIZE_IMAGE"])
        return self.guest_image(self.kernel)

    def kernel_modules(self, key):
        """The host kernel's own modules that the description lists under key, in the
        order in which they insert."""
        directory = os.path.join(self.env, self.kernel, "modules")
        if self.sanitize or not os.path.isdir(directory):
            return []
        paths = modules.closure(os.path.join(directory, "modules.dep"), self.get(key).split())
        return [os.path.join(directory, os.path.basename(path).removesuffix(".xz"))
                for path in paths]

    @property
    def module(self):
        return os.path.join(self.out, f"module-{self.kernel}", "axvm.ko")
