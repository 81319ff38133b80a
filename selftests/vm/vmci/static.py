# SPDX-License-Identifier: GPL-2.0-only
"""The checks that need no VM: style, and what compilers and sparse say."""

import os
import re
import shutil
import subprocess
import time

from . import demo, tap
from .backend import BUILD, TOP, VM_DIR

# Where things would be in the kernel's tree: checkpatch asks other things of a
# uAPI header or of a tool than of the kernel's inside.
_PLACES = {"uapi": "include/uapi/axvm", "tools": "tools/axvm",
           "selftests": "tools/testing/selftests/axvm"}
_INSIDE = "virt/axvm"
# Macros here are tables, and loops in the kernel's own style; the one place that
# yields says why.
_NOT_ASKED = "MACRO_ARG_REUSE,YIELD"
# Calls a library whose names are in CamelCase.
_FOREIGN = "selftests/decode/zydis.c"
_COMPLAINT = re.compile(r"\b(warning|error): ")


def _files():
    """Every file of the project, as its path from the top."""
    for directory, names, files in os.walk(TOP):
        names[:] = [name for name in names if name not in (".git", "build", "__pycache__")]
        for name in files:
            yield os.path.relpath(os.path.join(directory, name), TOP)


def _sources():
    """All C, header and assembly files; kbuild leaves some of its own."""
    return sorted(path for path in _files()
                  if path.endswith((".c", ".h", ".S")) and not path.endswith(".mod.c"))


def _place(path):
    top, _, rest = path.partition("/")
    return f"{_PLACES[top]}/{rest}" if top in _PLACES else f"{_INSIDE}/{path}"


def _run(command, keep, directory=TOP, text=""):
    """The command's output, kept in a file for who wants all of it."""
    done = subprocess.run(command, cwd=directory, input=text, stdout=subprocess.PIPE,
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
    command = ["xargs", "-P", str(os.cpu_count()), "-n", "20", script, "--no-tree", "--strict",
               "--quiet", "--terse", "--show-types", "--no-summary", f"--root={tree}"]
    foreign = [place for place, path in places.items() if path == _FOREIGN]
    own = sorted(places.keys() - foreign)
    status, lines = _run([*command, "--ignore", _NOT_ASKED, "--file"], keep, tree, "\n".join(own))
    others, more = _run([*command, "--ignore", _NOT_ASKED + ",CAMELCASE", "--file"],
                        keep + ".foreign", tree, "\n".join(foreign))
    return status or others, [_at_home(line, places) for line in lines + more]


def _at_home(line, places):
    """A complaint with the file's name as it is here."""
    place, colon, rest = line.partition(":")
    return places.get(place, place) + colon + rest


def _module(backend, keep, *variables, prepare=lambda out: None):
    """Builds the module in a directory of its own, from the beginning."""
    out = os.path.join(backend.out, "static")
    shutil.rmtree(out, ignore_errors=True)
    prepare(out)
    status, lines = _run(
        ["make", "-k", "-f", os.path.join(VM_DIR, "build.mk"), f"-j{os.cpu_count()}",
         f"BACKEND={backend.name}", f"KERNEL={backend.kernel}", f"MODULE_OUT={out}", *variables,
         "module"], keep)
    complaints = [line.replace(out + "/", "") for line in lines if _COMPLAINT.search(line)]
    return status or len(complaints), complaints or lines[-15:]


def warnings(backend, keep):
    return _module(backend, keep, "MODULE_FLAGS=W=1")


def sparse(backend, keep):
    check = os.path.join(VM_DIR, "sparse")
    return _module(backend, keep, f"MODULE_FLAGS=C=2 CHECK={check}")


def headers(backend, keep):
    """Each of the module's headers is a source file of its own: it includes
    what it needs, and a second time there is nothing in it."""
    rooms = ("arch", "include", "io", "mmu", "uapi", "vcpu")
    wanted = {*rooms, f"arch/{backend['ARCH']}/include"}
    paths = [path for path in _sources()
             if path.endswith(".h") and os.path.dirname(path) in wanted]

    def prepare(out):
        parts = [path.replace("/", "-").removesuffix(".h") for path in paths]
        for part, path in zip(parts, paths):
            _write(os.path.join(out, part + ".c"), f'#include "{path}"\n' * 2)
        _write(os.path.join(out, "Kbuild"),
               f"include {TOP}/Kbuild\nccflags-y += -I$(src)\nobj-m := headers.o\n"
               f"headers-y := license.o {' '.join(part + '.o' for part in parts)}\n")
        _write(os.path.join(out, "license.c"),
               '#include <linux/module.h>\nMODULE_DESCRIPTION("");\nMODULE_LICENSE("GPL");\n')

    sources = " ".join(os.path.join(TOP, room) for room in rooms)
    return _module(backend, keep, f"MODULE_SOURCES={sources}", prepare=prepare)


def uapi(backend, keep):
    """What userspace includes, in the strictest C and C++ that has all it uses."""
    source = os.path.join(backend.out, "uapi.c")
    _write(source, '#include "axvm.h"\n' * 2)
    flags = ["-fsyntax-only", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", f"-I{TOP}/uapi"]
    for compiler, language in (("gcc", ["-std=c11"]), ("g++", ["-std=c++11", "-x", "c++"])):
        status, lines = _run([backend["CROSS_COMPILE"] + compiler, *flags, *language, source], keep)
        if status:
            break
    return status, lines


def _write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def shellcheck(_backend, keep):
    scripts = [path for path in _files() if path.endswith(".sh") or _is_shell(path)]
    return _run(["shellcheck", *scripts], keep)


def _is_shell(path):
    with open(os.path.join(TOP, path), "rb") as file:
        return re.match(rb"#!.*\b(ba)?sh$", file.readline())


def decode(_backend, keep):
    """x86's decoder and emulator as a program, beside another decoder and the CPU."""
    if os.uname().machine != "x86_64":
        return tap.judge(["this machine is none of x86-64"], tap.KSFT_SKIP)
    out = os.path.join(BUILD, "decode")
    status, lines = _run(["make", "-C", os.path.join(TOP, "selftests", "decode"),
                          f"-j{os.cpu_count()}", f"OUTPUT={out}"], keep)
    if status:
        return status, lines[-15:]
    status, lines = _run([os.path.join(out, "decode")], keep)
    return tap.judge(lines, status)


_CPUINFO = "processor\t: 0\nvendor_id\t: Sample\nflags\t\t: fpu {} lm svm_lock vmx_x\n"


def demo_hint(_backend, _keep):
    """What the demo says on a machine whose own CPU would do, and that it says nothing else."""
    wrong = []
    for flags, modules, wanted, unwanted in (
            ("vmx", "", "CPU has VMX:", "rmmod"),
            ("vmx", "kvm_intel 1 0 - Live\nkvm 2 1 kvm_intel", "  rmmod kvm_intel\n", "SVM"),
            ("svm", "kvm_amd 1 0 - Live", "  rmmod kvm_amd\n", "VMX"),
            ("svm", "kvm_intel 1 0 - Live", "CPU has SVM:", "rmmod"),
            ("pae", "kvm_amd 1 0 - Live", "", "own")):
        text = demo.own_machine(_CPUINFO.format(flags), modules)
        if wanted not in text or unwanted in text:
            wrong.append(f'with {flags} and "{modules}" the demo says: {text}')
    if demo.own_machine("", ""):
        wrong.append("without /proc/cpuinfo the demo says something")
    return len(wrong), wrong


# Name, what it differs between (nothing, architectures, kernels, or one architecture
# only has it), and what does it: it returns a status and what was said, or a result.
_CHECKS = (("checkpatch", None, checkpatch), ("shellcheck", None, shellcheck),
           ("headers", "architectures", headers), ("uapi", "architectures", uapi),
           ("warnings", "kernels", warnings), ("sparse", "kernels", sparse),
           ("decode", "x86", decode), ("demo-hint", None, demo_hint))


def names():
    return [name for name, _, _ in _CHECKS]


def _places(differs, backends):
    """The backends that a check has to look at, by what tells them in its name."""
    places = {}
    for backend in backends:
        arch = backend["ARCH"]
        names_of = {None: "", "architectures": f" ({arch})", arch: ""}
        for kernel in backend.kernels:
            names_of["kernels"] = f" ({arch} {kernel})"
            if differs in names_of:
                places.setdefault(names_of[differs], backend.variant(kernel))
    return places.items()


def run(backends, screen, only=None):
    for name, differs, function in _CHECKS:
        if only in (None, name):
            for place, backend in _places(differs, backends):
                _one(name + place, function, backend, screen)


def _one(title, function, backend, screen):
    keep = os.path.join(backend.log, re.sub(r"\W+", "-", title).strip("-") + ".log")
    began = time.monotonic()
    result = function(backend, keep)
    if not isinstance(result, tap.Result):
        result = _result(title, *result)
    screen.add(title, result, time.monotonic() - began, os.path.relpath(keep, TOP))


def _result(title, status, lines):
    result = tap.Result()
    if status:
        result.failures.append((title, lines))
    else:
        result.passed = 1
    return result
