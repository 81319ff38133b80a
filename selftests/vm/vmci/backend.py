# SPDX-License-Identifier: GPL-2.0-only
"""A backend's description, and where its files are."""

import os

VM_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(os.path.dirname(VM_DIR))
BUILD = os.path.join(TOP, "build")


class Problem(Exception):
    """Something a person has to mend; the text says what and how."""


def names():
    return sorted(os.listdir(os.path.join(VM_DIR, "backends")))


def read_description(name):
    path = os.path.join(VM_DIR, "backends", name)
    if not os.path.isfile(path):
        raise Problem(f'there is no backend "{name}"; there are: {" ".join(names())}')
    values = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            key, equals, value = line.partition(" = ")
            if equals and not key.startswith("#"):
                values[key] = value.strip()
    return values


class Backend:
    """One backend, with the stock kernel or with the sanitizer kernel."""

    def __init__(self, name, sanitize=False):
        self.name = name
        self.sanitize = sanitize
        self.values = read_description(name)
        self.env = os.path.join(BUILD, "env", self["DEB_ARCH"])
        self.out = os.path.join(BUILD, name)
        # The programs are the same under both kernels; the module is not.
        self.kernel_out = self.out + ("-sanitize" if sanitize else "")
        self.log = os.path.join(self.kernel_out, "log")
        key = "SANITIZE_TIMEOUT_SCALE" if sanitize else "TIMEOUT_SCALE"
        self.timeout_scale = float(self[key])

    def __getitem__(self, key):
        try:
            return self.values[key]
        except KeyError:
            raise Problem(f"selftests/vm/backends/{self.name} has no {key}") from None

    def get(self, key, default=""):
        return self.values.get(key, default)

    @property
    def kernel(self):
        if self.sanitize:
            return os.path.join(self.env + "-sanitize", self["SANITIZE_IMAGE"])
        return os.path.join(self.env, "kernel", "Image")

    @property
    def guest_kernel(self):
        """What axvm-run boots: always the stock kernel."""
        return os.path.join(self.env, "kernel", "Image")

    @property
    def kernel_modules(self):
        """The host kernel's own modules, in the order in which they insert."""
        if self.sanitize:
            return []
        directory = os.path.join(self.env, "kernel", "modules")
        return [os.path.join(directory, name + ".ko")
                for name in self.get("KERNEL_MODULES").split()]

    @property
    def module(self):
        return os.path.join(self.kernel_out, "module", "axvm.ko")
