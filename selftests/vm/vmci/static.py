# SPDX-License-Identifier: GPL-2.0-only
"""The checks that need no VM: style, and what compilers and sparse say."""

import glob
import os
import re
import shutil
import subprocess
import time

from . import tap
from .backend import BUILD, TOP, VM_DIR

# Where things would be in the kernel's tree: checkpatch asks other things of a
# uAPI header or of a tool than of the kernel's inside.
_PLACES = {"uapi": "include/uapi/axvm", "tools": "tools/axvm",
           "selftests": "tools/testing/selftests/axvm"}
_INSIDE = "virt/axvm"
_DIRECTORIES = ("arch", "include", "io", "mmu", "selftests", "tools", "uapi", "vcpu")
_COMPLAINT = re.compile(r"\b(warning|error): ")


def _sources():
    """All C, header and assembly files of the project."""
    found = glob.glob(os.path.join(TOP, "*.c"))
    for directory in _DIRECTORIES:
        for suffix in "chS":
            found += glob.glob(os.path.join(TOP, directory, "**", "*." + suffix),
                               recursive=True)
    return sorted(os.path.relpath(path, TOP) for path in found)


def _place(path):
    top, _, rest = path.partition("/")
    return f"{_PLACES[top]}/{rest}" if top in _PLACES else f"{_INSIDE}/{path}"


def _run(command, keep, directory=TOP):
    """The command's output, kept in a file for who wants all of it."""
    done = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    os.makedirs(os.path.dirname(keep), exist_ok=True)
    with open(keep, "w", encoding="utf-8") as file:
        file.write(done.stdout)
    return done.returncode, done.stdout.splitlines()


def checkpatch(backend, keep):
    script = os.path.join(BUILD, "env", "kernel-files", "scripts", "checkpatch.pl")
    tree = os.path.join(backend.out, "checkpatch")
    shutil.rmtree(tree, ignore_errors=True)
    places = {_place(path): path for path in _sources()}
    for place, path in places.items():
        os.makedirs(os.path.dirname(os.path.join(tree, place)), exist_ok=True)
        os.symlink(os.path.join(TOP, path), os.path.join(tree, place))
    status, lines = _run([script, "--no-tree", "--strict", "--quiet", "--terse",
                          "--show-types", "--no-summary", f"--root={tree}", "--file", *places], keep, tree)
    return status, [_at_home(line, places) for line in lines]


def _at_home(line, places):
    """A complaint with the file's name as it is here."""
    place, colon, rest = line.partition(":")
    return places.get(place, place) + colon + rest


def _module(backend, keep, *variables):
    """Builds the module in a directory of its own, from the beginning."""
    out = os.path.join(backend.out, "static")
    shutil.rmtree(out, ignore_errors=True)
    status, lines = _run(
        ["make", "-f", os.path.join(VM_DIR, "build.mk"), f"-j{os.cpu_count()}",
         f"BACKEND={backend.name}", f"MODULE_OUT={out}", *variables, "module"], keep)
    complaints = [line.replace(out + "/", "") for line in lines if _COMPLAINT.search(line)]
    return status or len(complaints), complaints or lines[-15:]


def warnings(backend, keep):
    return _module(backend, keep, "MODULE_FLAGS=W=1")


def sparse(backend, keep):
    check = os.path.join(VM_DIR, "sparse")
    return _module(backend, keep, f"MODULE_FLAGS=C=2 CHECK={check}")


# Name, whether it differs between backends, and what does it.
_CHECKS = (("checkpatch", False, checkpatch), ("warnings", True, warnings),
           ("sparse", True, sparse))


def names():
    return [name for name, _, _ in _CHECKS]


def run(backends, screen, only=None):
    for name, differs, function in _CHECKS:
        if only in (None, name):
            for backend in backends if differs else backends[:1]:
                _one(name + (f" ({backend.name})" if differs else ""),
                     function, backend, screen)


def _one(title, function, backend, screen):
    keep = os.path.join(backend.log, f"{function.__name__}.log")
    began = time.monotonic()
    status, lines = function(backend, keep)
    result = tap.Result()
    if status:
        result.failures.append((title, lines))
    else:
        result.passed = 1
    screen.add(title, result, time.monotonic() - began, os.path.relpath(keep, TOP))
